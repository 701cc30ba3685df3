"""The shop of the demo: its programme, and what it sells."""

from decimal import Decimal

import attrs

from ..connect import Columns, MissingMember, Negative, PurchaseMap, Times
from ..programme import (
    Basis,
    Currency,
    Expiry,
    ExpiryKind,
    Pending,
    PendingKind,
    PointType,
    Programme,
    Rate,
    RestoredPolicy,
)

POINT_TYPE = "points"
POINTS_PER_POUND = 100
"""So many points pay for one pound; a voucher is worth that much or a multiple."""

SHOP = Programme(
    programme_id="corner-shop",
    time_zone="Europe/London",
    currencies=(Currency(code="GBP"),),
    basis=Basis(excluded_categories=frozenset({"delivery"})),
    point_types=(
        PointType(
            name=POINT_TYPE,
            rates=(Rate(currency="GBP", points=3, per=Decimal(1)),),
            pending=Pending(kind=PendingKind.DURATION, days=2),
            expiry=Expiry(kind=ExpiryKind.ROLLING, months=6, round_to="month"),
            restored=RestoredPolicy.GRACE,
            grace_days=30,
        ),
    ),
)

TILL_FILE = PurchaseMap(
    currency="GBP",
    negative=Negative.UNLINKED_RETURN,
    missing_member=MissingMember.SKIP,
    enrol=False,
    columns=Columns(
        member="card",
        purchase=("receipt",),
        line="line",
        sku="sku",
        category="category",
        quantity="quantity",
        unit_price="price",
        discount="discount",
        time="time",
    ),
    time=Times(format="%d/%m/%Y %H:%M", zone="Europe/London"),
)


@attrs.frozen(kw_only=True)
class Product:
    """Something the shop sells, with its price in pence."""

    sku: str
    category: str
    pence: int


def _products() -> tuple[Product, ...]:
    ranges = (
        ("tea", 12, 350, 140),
        ("coffee", 10, 520, 210),
        ("biscuits", 14, 180, 95),
        ("kitchen", 12, 900, 640),
        ("garden", 8, 1250, 1130),
    )
    return tuple(
        Product(sku=f"{name}-{number:02}", category=name, pence=least + number * step)
        for name, count, least, step in ranges
        for number in range(count)
    )


PRODUCTS = _products()
DELIVERY = Product(sku="delivery", category="delivery", pence=395)
