"""Stored names are for ever: each has a file, and a test of what it means."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from loyaltyledger import (
    AccountClosed,
    Award,
    Basis,
    Basket,
    Conversion,
    Currency,
    DebtPaid,
    Draw,
    Expiry,
    ExpiryKind,
    ExpirySlid,
    Granted,
    HoldLapsed,
    HoldPlaced,
    HoldVoided,
    HouseholdEntered,
    HouseholdExited,
    HouseholdFormed,
    HouseholdJoined,
    HouseholdLeft,
    Line,
    Lot,
    LotReleased,
    MemberClosed,
    MemberEnrolled,
    MemberFrozen,
    MemberUnfrozen,
    Part,
    PartKind,
    Pending,
    PendingKind,
    PointKind,
    PointsActivated,
    PointsBack,
    PointsCancelled,
    PointsExpired,
    PointType,
    Programme,
    ProgrammeDefined,
    PurchaseRecorded,
    Rate,
    Refund,
    RestoredPolicy,
    ReturnAwaited,
    ReturnCancelled,
    ReturnLine,
    ReturnRecorded,
    ReversalPolicy,
    Reversed,
    Share,
    SpendingAllowed,
    SpendOrder,
    Taken,
    TaxBasis,
    Tender,
    TransferExpiry,
    UnlinkedReturnRecorded,
)
from loyaltyledger.purchases import Credit, LineReturned, PointsTender
from loyaltyledger.store import Codec, RawEvent
from loyaltyledger.store.names import NAMES, UPCASTS

GOLDEN = Path(__file__).parent / "golden"
T = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
LATER = datetime(2026, 3, 1, 10, tzinfo=UTC)
NEXT_YEAR = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)
ACCOUNT = "account:shop:member:ann:points"
RATE = Rate(currency="GBP", points=1, per=Decimal(1))
AWARD = Award(
    point_type="points",
    points=9,
    currency="GBP",
    basis=Decimal("9.00"),
    rate=RATE,
    shares=(Share(line_id="1", basis=Decimal("9.00"), points=9),),
)
LINE = Line(
    line_id="1",
    sku="tea",
    quantity=Decimal(2),
    unit_price=Decimal("5.00"),
    category="food",
    discount=Decimal("1.00"),
    tax=Decimal("1.50"),
)
TENDERS = (
    Tender(method="card", amount=Decimal("6.00")),
    Tender(method="points", amount=Decimal("3.00"), entry_id="s1", point_type="points"),
)
POINTS = PointType(
    name="points",
    rates=(RATE,),
    expiry=Expiry(kind=ExpiryKind.ROLLING, months=12, round_to="month"),
    pending=Pending(kind=PendingKind.DURATION, days=14),
    restored=RestoredPolicy.GRACE,
    grace_days=30,
)
CASH = PointType(
    name="cash",
    kind=PointKind.CASHBACK,
    currency="GBP",
    expiry=Expiry(kind=ExpiryKind.FIXED, dates=(date(2027, 1, 1),), yearly=("07-01",)),
    spend_order=SpendOrder.FIRST_IN,
    reversal=ReversalPolicy.WITHIN_BALANCE,
    transfer_expiry=TransferExpiry.RESET,
    hold_minutes=5,
)
PROGRAMME = Programme(
    programme_id="shop",
    time_zone="Europe/London",
    currencies=(Currency(code="GBP", price_decimals=3),),
    point_types=(POINTS, CASH),
    basis=Basis(
        tax=TaxBasis.NET,
        excluded_categories=frozenset({"delivery"}),
        excluded_skus=frozenset({"bag"}),
        stored_value=frozenset({"gift_card", "points"}),
    ),
    conversions=(
        Conversion(source="points", into="cash", from_points=100, into_points=1),
    ),
)

MEANINGS: dict[str, Any] = {
    "programme-defined.v1": ProgrammeDefined(at=T, programme=PROGRAMME, actor="mona"),
    "member-enrolled.v1": MemberEnrolled(at=T, channel="web"),
    "member-frozen.v1": MemberFrozen(at=T, reason="fraud check", actor="mona"),
    "member-unfrozen.v1": MemberUnfrozen(at=T),
    "member-closed.v1": MemberClosed(at=T, reason="asked"),
    "household-entered.v1": HouseholdEntered(at=T, household_id="home"),
    "household-exited.v1": HouseholdExited(at=T, household_id="home"),
    "household-formed.v1": HouseholdFormed(at=T),
    "household-joined.v1": HouseholdJoined(at=T, member_id="ann", may_spend=True),
    "household-left.v1": HouseholdLeft(at=T, member_id="ann"),
    "spending-allowed.v1": SpendingAllowed(at=T, member_id="ann", may_spend=False),
    "points-granted.v1": Granted(
        entry_id="purchase:1",
        at=T,
        lots=(
            Lot(
                lot_id="purchase:1",
                points=100,
                available_from=T,
                expires_at=NEXT_YEAR,
            ),
        ),
    ),
    "points-taken.v1": Taken(
        entry_id="c1",
        at=T,
        kind="capture",
        parts=(Part(points=40, lot_id="purchase:1", bucket="held"),),
        hold_id="h1",
        released=(Draw(lot_id="purchase:1", points=20),),
        reference="order 7",
    ),
    "points-reversed.v1": Reversed(
        entry_id="return:1:r",
        reverses="purchase:1",
        at=T,
        gives=False,
        book="reversed",
        parts=(
            Part(points=60, lot_id="purchase:1"),
            Part(points=30, kind=PartKind.DEBT),
            Part(points=10, kind=PartKind.LOST),
        ),
    ),
    "hold-placed.v1": HoldPlaced(
        hold_id="h1",
        at=T,
        lapses_at=LATER,
        pins=(Draw(lot_id="purchase:1", points=60),),
    ),
    "hold-voided.v1": HoldVoided(
        hold_id="h1", at=T, released=(Draw(lot_id="purchase:1", points=60),)
    ),
    "hold-lapsed.v1": HoldLapsed(hold_id="h1", at=LATER, points=60),
    "points-activated.v1": PointsActivated(lot_id="purchase:1", at=T, points=100),
    "lot-released.v1": LotReleased(
        entry_id="review",
        lot_id="review",
        at=T,
        available_from=T,
        expires_at=NEXT_YEAR,
        slides=True,
    ),
    "points-expired.v1": PointsExpired(lot_id="purchase:1", at=NEXT_YEAR, points=-5),
    "points-cancelled.v1": PointsCancelled(lot_id="review", at=LATER, points=25),
    "expiry-slid.v1": ExpirySlid(at=T, until=NEXT_YEAR, lot_ids=("a", "b")),
    "debt-paid.v1": DebtPaid(
        entry_id="return:1:r", part=1, lot_id="x", at=T, points=30
    ),
    "debt-paid.v1+taken-back": DebtPaid(
        entry_id="return:1:r", part=1, lot_id="x", at=LATER, points=-30, owed_since=T
    ),
    "account-closed.v1": AccountClosed(
        at=T,
        forfeited=(Part(points=7, lot_id="x", bucket="pending"),),
        written_off=3,
        reason="asked",
    ),
    "purchase-recorded.v1": PurchaseRecorded(
        at=T,
        member_id="ann",
        basket=Basket(
            currency="GBP", lines=(LINE,), tenders=TENDERS, channel="web", store="bath"
        ),
        total=Decimal("9.00"),
        line_amounts=(Decimal("9.00"),),
        awards=(AWARD,),
        credits=(Credit(point_type="points", account=ACCOUNT, entry_id="purchase:1"),),
        points_tenders=(
            PointsTender(
                point_type="points", account=ACCOUNT, entry_id="s1", points=300
            ),
        ),
        quoted_at=T,
    ),
    "return-awaited.v1": ReturnAwaited(
        at=T,
        return_id="r",
        lines=(ReturnLine(line_id="1", quantity=Decimal(1)),),
        reason="broken",
    ),
    "return-recorded.v1": ReturnRecorded(
        at=T,
        return_id="r",
        lines=(LineReturned(line_id="1", quantity=Decimal(1), amount=Decimal("4.50")),),
        amount=Decimal("4.50"),
        taken=(
            PointsBack(
                point_type="points",
                account=ACCOUNT,
                entry_id="purchase:1",
                reversal_id="return:1:r",
                points=4,
                shares=(4,),
            ),
        ),
        restored=(
            PointsBack(
                point_type="points",
                account=ACCOUNT,
                entry_id="s1",
                reversal_id="refund:1:r:s1",
                points=150,
            ),
        ),
        refunds=(
            Refund(method="card", amount=Decimal("3.00")),
            Refund(method="points", amount=Decimal("1.50")),
        ),
    ),
    "return-cancelled.v1": ReturnCancelled(at=T, return_id="r"),
    "unlinked-return-recorded.v1": UnlinkedReturnRecorded(
        at=T,
        member_id="ann",
        basket=Basket(currency="GBP", lines=(LINE,), channel="web", store="bath"),
        total=Decimal("9.00"),
        awards=(AWARD,),
        credits=(Credit(point_type="points", account=ACCOUNT, entry_id="return:r"),),
    ),
}


def test_every_name_ever_stored_has_a_file_and_a_meaning() -> None:
    names = {*NAMES, *UPCASTS}
    files = {path.name.removesuffix(".json") for path in GOLDEN.iterdir()}

    assert files == set(MEANINGS)
    assert {stored_name(sample) for sample in files} == names


def stored_name(sample: str) -> str:
    """Of a name that has more than one file, the others tell what they add."""
    return sample.partition("+")[0]


@pytest.mark.parametrize("sample", sorted(MEANINGS))
def test_a_stored_event_means_what_it_always_meant(sample: str) -> None:
    payload = (GOLDEN / f"{sample}.json").read_bytes()

    recorded = Codec(NAMES, UPCASTS).decode(
        RawEvent(
            position=1,
            stream="any",
            version=1,
            name=stored_name(sample),
            at=0,
            recorded_at=0,
            payload=payload,
        )
    )

    assert recorded.event == MEANINGS[sample]


@pytest.mark.parametrize(
    "sample", sorted(one for one in MEANINGS if stored_name(one) in NAMES)
)
def test_an_event_is_still_stored_as_it_was(sample: str) -> None:
    stored = json.loads((GOLDEN / f"{sample}.json").read_bytes())

    stored_as, payload = Codec(NAMES, UPCASTS).encode(MEANINGS[sample])

    assert stored_as == stored_name(sample)
    assert json.loads(payload) == stored
