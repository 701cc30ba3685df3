"""A year in which everything happens at least once, and a clock to live it by."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import attrs

from loyaltyledger import Ledger, migrate
from loyaltyledger.points import Rest
from loyaltyledger.programme import (
    Basis,
    Conversion,
    Currency,
    Expiry,
    ExpiryKind,
    Pending,
    PendingKind,
    PointType,
    Programme,
    Rate,
    ReversalPolicy,
)
from loyaltyledger.purchases import ReturnLine
from loyaltyledger.rules import Basket, Line, Tender

START = datetime(2024, 1, 1, 9, tzinfo=UTC)

PROGRAMME = Programme(
    programme_id="shop",
    time_zone="Europe/London",
    currencies=(Currency(code="GBP"),),
    basis=Basis(excluded_categories=frozenset({"tobacco"})),
    point_types=(
        PointType(
            name="points",
            rates=(Rate(currency="GBP", points=1, per=Decimal(1)),),
            expiry=Expiry(kind=ExpiryKind.ROLLING, months=3),
        ),
        PointType(
            name="miles",
            pending=Pending(kind=PendingKind.EVENT, cancel_after_days=20),
            reversal=ReversalPolicy.WITHIN_BALANCE,
        ),
    ),
    conversions=(
        Conversion(source="points", into="miles", from_points=3, into_points=2),
    ),
)


@attrs.define
class Clock:
    """Stands still until told otherwise."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def on(self, day: float) -> None:
        """Go to a day after the start, counted from 0."""
        self.now = START + timedelta(days=day)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def opened(url: str, clock: Clock) -> Ledger:
    if url.startswith("postgresql"):
        migrate(url)
    return Ledger.open(url, clock=clock)


def basket(*prices: str, category: str | None = None) -> Basket:
    lines = tuple(
        Line(
            line_id=str(number),
            sku=f"sku{number}",
            category=category if number == 1 else None,
            quantity=Decimal(1),
            unit_price=Decimal(price),
        )
        for number, price in enumerate(prices, 1)
    )
    return Basket(currency="GBP", lines=lines)


class Shop:
    """Short ways to say what happened."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self.ledger = ledger
        self.clock = clock

    def start(self) -> None:
        self.ledger.define(key="define", programme=PROGRAMME)
        for name in ("ann", "bob", "cat", "dan", "eve"):
            self.ledger.enrol(key=f"enrol {name}", programme_id="shop", member_id=name)

    def whose(self, member: str, point_type: str = "points") -> dict[str, Any]:
        return {"programme_id": "shop", "member_id": member, "point_type": point_type}

    def buys(self, member: str, purchase: str, bought: Basket) -> None:
        self.ledger.record_purchase(
            key=f"buy {purchase}",
            programme_id="shop",
            member_id=member,
            purchase_id=purchase,
            basket=bought,
        )

    def returns(self, purchase: str, name: str, *lines: ReturnLine) -> None:
        self.ledger.return_purchase(
            key=f"return {name}",
            programme_id="shop",
            purchase_id=purchase,
            return_id=name,
            lines=lines,
        )


def live(ledger: Ledger, clock: Clock) -> Shop:
    """Let the year happen."""
    shop = Shop(ledger, clock)
    shop.start()
    _january(shop)
    _february(shop)
    _march(shop)
    _later(shop)
    return shop


def _january(shop: Shop) -> None:
    ledger, clock = shop.ledger, shop.clock
    shop.buys("ann", "p1", basket("29.97", "70.00"))
    clock.on(1)
    ledger.open_balance(key="open bob", points=500, **shop.whose("bob"))
    ledger.hold(key="h1", points=60, **shop.whose("ann"))
    ledger.capture(
        key="c1", hold_id="h1", points=40, rest=Rest.RELEASE, **shop.whose("ann")
    )
    clock.on(2)
    ledger.hold(key="h2", points=20, **shop.whose("ann"))
    clock.on(3)
    # h2 has lapsed; 59 points are left of 99, and 99 are to come back: 40 are owed
    shop.returns("p1", "r1")
    shop.buys("ann", "p2", basket("15.50", "40.00", category="tobacco"))
    ledger.spend(key="s1", points=100, **shop.whose("bob"))
    ledger.reverse(key="undo s1", entry_id="s1", points=30, **shop.whose("bob"))


def _february(shop: Shop) -> None:
    ledger, clock = shop.ledger, shop.clock
    clock.on(31)
    ledger.adjust(
        key="a1", points=25, actor="desk", reason="goodwill", **shop.whose("ann")
    )
    ledger.adjust(
        key="a2", points=-5, actor="desk", reason="mistake", **shop.whose("bob")
    )
    ledger.transfer(key="t1", points=70, to_member="cat", **shop.whose("bob"))
    ledger.transfer(key="t2", points=30, to_member="cat", **shop.whose("bob"))
    clock.on(32)
    ledger.reverse(key="undo t2", entry_id="t2", **shop.whose("bob"))
    ledger.convert(key="v1", points=31, into="miles", **shop.whose("bob"))
    ledger.earn(key="m1", points=11, **shop.whose("dan", "miles"))
    ledger.earn(key="m2", points=13, **shop.whose("dan", "miles"))
    clock.on(35)
    ledger.release_pending(key="free m1", entry_id="m1", **shop.whose("dan", "miles"))
    ledger.spend(key="s2", points=9, **shop.whose("dan", "miles"))
    ledger.reverse(key="undo m1", entry_id="m1", **shop.whose("dan", "miles"))


def _march(shop: Shop) -> None:
    ledger, clock = shop.ledger, shop.clock
    clock.on(60)
    ledger.form_household(key="form", programme_id="shop", household_id="home")
    for name in ("cat", "dan"):
        ledger.join_household(
            key=f"join {name}",
            programme_id="shop",
            household_id="home",
            member_id=name,
            may_spend=name == "cat",
        )
    shop.buys("dan", "p3", basket("12.00", "8.00", "5.00"))
    ledger.transfer(key="t3", points=50, to_household="home", **shop.whose("cat"))
    shop.returns("p3", "r2", ReturnLine(line_id="2"))
    ledger.spend(key="s3", points=60, **shop.whose("cat"))
    ledger.return_unlinked(
        key="u1",
        programme_id="shop",
        member_id="eve",
        return_id="u1",
        basket=basket("17.00"),
    )
    clock.on(61)
    ledger.cancel_return(
        key="cancel r2", programme_id="shop", purchase_id="p3", return_id="r2"
    )
    # known late: bob had bought something in January
    ledger.record_purchase(
        key="buy p4",
        programme_id="shop",
        member_id="bob",
        purchase_id="p4",
        basket=basket("33.00"),
        at=day(10),
    )


def _later(shop: Shop) -> None:
    ledger, clock = shop.ledger, shop.clock
    clock.on(100)
    ledger.sweep()
    gift = Basket(
        currency="GBP",
        lines=(
            Line(
                line_id="1",
                sku="sku1",
                quantity=Decimal(3),
                unit_price=Decimal("9.99"),
                discount=Decimal("0.97"),
            ),
            Line(
                line_id="2",
                sku="sku2",
                quantity=Decimal(1),
                unit_price=Decimal("20.00"),
            ),
        ),
        discount=Decimal("4.00"),
        tenders=(
            Tender(method="card", amount=Decimal("35.00")),
            Tender(method="gift_card", amount=Decimal("10.00")),
        ),
    )
    shop.buys("bob", "p5", gift)
    clock.on(120)
    ledger.freeze(key="freeze", programme_id="shop", member_id="ann", reason="fraud")
    ledger.close_member(key="close eve", programme_id="shop", member_id="eve")
    ledger.close_member(key="close bob", programme_id="shop", member_id="bob")
