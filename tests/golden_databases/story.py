"""What happens in the golden databases: every kind of event, as a table of commands.

The stored digests are of these very commands. Append, and never edit.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import attrs

from loyaltyledger import (
    Basket,
    Conversion,
    Currency,
    Expiry,
    ExpiryKind,
    IfUnknown,
    Ledger,
    Line,
    Pending,
    PendingKind,
    PointType,
    Programme,
    Rate,
    Rest,
    ReturnLine,
    ReversalPolicy,
    Tender,
)

START = datetime(2024, 1, 1, 9, tzinfo=UTC)
END = START + timedelta(days=134)
MEMBERS = ("ann", "bob", "cat", "dan", "eve", "Ζωή")
POINT_TYPES = ("points", "miles", "stars")


@attrs.define
class Clock:
    """Goes to a day of the story, and on by a second with every command."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def go(self, *, day: float, command: int) -> None:
        self.now = START + timedelta(days=day, seconds=command)


def programme(points: int) -> Programme:
    """Make the programme, with so many points for a pound."""
    rate = Rate(currency="GBP", points=points, per=Decimal(1))
    return Programme(
        programme_id="shop",
        time_zone="Europe/London",
        currencies=(Currency(code="GBP"),),
        point_types=(
            PointType(
                name="points",
                rates=(rate,),
                expiry=Expiry(kind=ExpiryKind.ROLLING, months=3),
            ),
            PointType(
                name="miles",
                pending=Pending(kind=PendingKind.EVENT, cancel_after_days=20),
                reversal=ReversalPolicy.WITHIN_BALANCE,
            ),
            PointType(
                name="stars",
                pending=Pending(kind=PendingKind.DURATION, days=2),
                expiry=Expiry(kind=ExpiryKind.INACTIVITY, days=60),
            ),
        ),
        conversions=(
            Conversion(source="points", into="miles", from_points=3, into_points=2),
        ),
    )


def line(line_id: str, quantity: str, price: str, **more: Any) -> Line:
    return Line(
        line_id=line_id,
        sku=f"sku {line_id}",
        quantity=Decimal(quantity),
        unit_price=Decimal(price),
        **more,
    )


def basket(*lines: Line, **more: Any) -> Basket:
    return Basket(currency="GBP", lines=lines, **more)


def whose(member_id: str, point_type: str = "points") -> dict[str, str]:
    return {"programme_id": "shop", "member_id": member_id, "point_type": point_type}


SHOP = {"programme_id": "shop"}
HOME = {**SHOP, "household_id": "home"}
TEA_AND_CAKE = basket(line("tea", "3", "9.99"), line("cake", "1", "70.00"))
GIFT = basket(
    line("mug", "3", "9.99", discount=Decimal("0.97"), category="kitchen"),
    line("salt", "0.75", "20.00", tax=Decimal("2.50")),
    discount=Decimal("4.00"),
    tenders=(
        Tender(method="card", amount=Decimal("30.00")),
        Tender(method="gift_card", amount=Decimal("10.00")),
    ),
)

Step = tuple[float, str, dict[str, Any]]
STORY: tuple[Step, ...] = (
    (0, "define", {"programme": programme(1)}),
    *((0, "enrol", {**SHOP, "member_id": member}) for member in MEMBERS),
    (
        0,
        "record_purchase",
        {**SHOP, "member_id": "ann", "purchase_id": "p1", "basket": TEA_AND_CAKE},
    ),
    (1, "open_balance", {**whose("bob"), "points": 500, "reference": "old cards"}),
    (1, "hold", {**whose("ann"), "points": 60, "hold_id": "h1"}),
    (
        1,
        "capture",
        {**whose("ann"), "hold_id": "h1", "points": 40, "rest": Rest.RELEASE},
    ),
    (2, "hold", {**whose("ann"), "points": 20, "hold_id": "lapses"}),
    (2, "hold", {**whose("bob"), "points": 50, "hold_id": "voided"}),
    (2, "void", {**whose("bob"), "hold_id": "voided"}),
    # 59 points are left of 99, and all are to come back: 40 are owed.
    (3, "return_purchase", {**SHOP, "purchase_id": "p1", "return_id": "r1"}),
    (
        3,
        "record_purchase",
        {
            **SHOP,
            "member_id": "ann",
            "purchase_id": "p2",
            "basket": basket(line("pot", "1", "55.50")),
        },
    ),
    (3, "spend", {**whose("bob"), "points": 100, "entry_id": "s1"}),
    (4, "reverse", {**whose("bob"), "entry_id": "s1", "points": 30}),
    (
        5,
        "adjust",
        {**whose("ann"), "points": 25, "actor": "desk", "reason": "goodwill"},
    ),
    (5, "adjust", {**whose("bob"), "points": -5, "actor": "desk", "reason": "mistake"}),
    (6, "transfer", {**whose("bob"), "points": 70, "to_member": "cat"}),
    (
        6,
        "transfer",
        {**whose("bob"), "points": 30, "to_member": "cat", "entry_id": "t2"},
    ),
    (7, "reverse", {**whose("bob"), "entry_id": "t2"}),
    (7, "convert", {**whose("bob"), "points": 31, "into": "miles"}),
    (8, "earn", {**whose("dan", "miles"), "points": 11, "entry_id": "m1"}),
    (8, "earn", {**whose("dan", "miles"), "points": 13, "entry_id": "cancelled"}),
    (10, "release_pending", {**whose("dan", "miles"), "entry_id": "m1"}),
    (11, "spend", {**whose("dan", "miles"), "points": 9}),
    (12, "reverse", {**whose("dan", "miles"), "entry_id": "m1"}),
    (12, "earn", {**whose("Ζωή", "stars"), "points": 40, "reason": "grüße"}),
    (30, "spend", {**whose("Ζωή", "stars"), "points": 15}),
    (40, "define", {"programme": programme(2)}),
    (60, "form_household", HOME),
    (60, "join_household", {**HOME, "member_id": "cat", "may_spend": True}),
    (60, "join_household", {**HOME, "member_id": "dan", "may_spend": False}),
    (60, "allow_spending", {**HOME, "member_id": "dan", "may_spend": True}),
    (
        61,
        "record_purchase",
        {**SHOP, "member_id": "dan", "purchase_id": "p3", "basket": TEA_AND_CAKE},
    ),
    (61, "transfer", {**whose("cat"), "points": 50, "to_household": "home"}),
    (
        62,
        "return_purchase",
        {
            **SHOP,
            "purchase_id": "p3",
            "return_id": "r2",
            "lines": (ReturnLine(line_id="tea", quantity=Decimal(1)),),
        },
    ),
    (62, "spend", {**whose("dan"), "points": 60}),
    (63, "cancel_return", {**SHOP, "purchase_id": "p3", "return_id": "r2"}),
    (63, "leave_household", {**HOME, "member_id": "dan"}),
    (
        64,
        "return_unlinked",
        {
            **SHOP,
            "member_id": "eve",
            "return_id": "u1",
            "basket": basket(line("jug", "1", "17.00")),
        },
    ),
    (
        65,
        "return_purchase",
        {
            **SHOP,
            "purchase_id": "p4",
            "return_id": "r3",
            "lines": (ReturnLine(line_id="mug", quantity=Decimal(1)),),
            "if_unknown": IfUnknown.WAIT,
        },
    ),
    (
        66,
        "record_purchase",
        {**SHOP, "member_id": "bob", "purchase_id": "p4", "basket": GIFT},
    ),
    # Known late: ann had bought something in January.
    (
        67,
        "record_purchase",
        {
            **SHOP,
            "member_id": "ann",
            "purchase_id": "p5",
            "basket": basket(line("cup", "2", "16.50")),
            "at": START + timedelta(days=10),
        },
    ),
    *(
        (130, "sweep_account", {"account": f"account:shop:{account}"})
        for account in (
            "member:ann:points",
            "member:bob:points",
            "member:dan:miles",
            "member:%CE%96%CF%89%CE%AE:stars",
        )
    ),
    (131, "freeze", {**SHOP, "member_id": "ann", "reason": "fraud"}),
    (132, "unfreeze", {**SHOP, "member_id": "ann"}),
    (133, "close_member", {**SHOP, "member_id": "bob"}),
    (133, "close_member", {**SHOP, "member_id": "eve"}),
)


def tell(ledger: Ledger, clock: Clock) -> None:
    """Let it happen, each command under its number as its key."""
    for number, (day, what, fields) in enumerate(STORY):
        clock.go(day=day, command=number)
        getattr(ledger, what)(key=f"command {number}", **fields)
    clock.now = END
