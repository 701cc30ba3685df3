"""What undoing records, part by part, where parts are of several kinds."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from loyaltyledger import (
    AccountClosedError,
    AlreadyExistsError,
    Conversion,
    DebtPaid,
    Draw,
    Expiry,
    ExpiryKind,
    ExpirySlid,
    Granted,
    HoldPlaced,
    InvalidInputError,
    Lot,
    NoExpiryDateError,
    NotPendingError,
    Part,
    PartKind,
    Pending,
    PendingKind,
    PeriodError,
    PointKind,
    Receipt,
    RestoredPolicy,
    ReversalPolicy,
    Reversed,
    Spend,
    SpendOrder,
    Taken,
    TransferExpiry,
    UnknownEntryError,
)
from loyaltyledger.points import (
    Account,
    Event,
    Terms,
    Why,
    claw_back,
    decide,
    due,
    fold,
    receive,
    send,
    undo,
)
from loyaltyledger.points.reversing import reverse
from shop import NOW, TICK, Shop, basket, open_shop, point_type, programme

A_DAY = timedelta(days=1)
GRACE: dict[str, Any] = {"restored": RestoredPolicy.GRACE, "grace_days": 7}


def granted(name: str, points: int, at: datetime = NOW, **dates: Any) -> Granted:
    lot = Lot(lot_id=name, points=points, **{"available_from": NOW} | dates)
    return Granted(entry_id=name, at=at, lots=(lot,))


def taken(entry_id: str, at: datetime, **points: int) -> Taken:
    parts = tuple(Part(points=many, lot_id=lot) for lot, many in points.items())
    return Taken(entry_id=entry_id, at=at, parts=parts)


def undone(entry_id: str, reverses: str, *parts: Part, gives: bool) -> Reversed:
    return Reversed(
        entry_id=entry_id,
        reverses=reverses,
        at=NOW,
        gives=gives,
        book="reversed",
        parts=parts,
    )


MIXED: tuple[Event, ...] = (
    granted("a", 9),
    taken("order", NOW, a=7),
    undone(
        "undo",
        "a",
        Part(points=3, kind=PartKind.DEBT),
        Part(points=2, lot_id="a"),
        gives=False,
    ),
)


def test_debt_before_a_lot_is_undone_after_it() -> None:
    (back,) = reverse(
        fold(Account(), MIXED),
        "undo",
        None,
        reversal_id="back",
        at=NOW,
        kind=point_type(),
        why=Why(),
    )

    assert isinstance(back, Reversed)
    assert back.parts == (
        Part(points=2, lot_id="a", of=1),
        Part(points=3, kind=PartKind.DEBT, of=0),
    )
    account = fold(Account(), (*MIXED, back))
    assert (account.debt, account.owing, account.in_lots) == (0, (), 2)


def test_debt_that_was_forgiven_is_owed_again_of_its_own_part() -> None:
    back = undone(
        "back",
        "undo",
        Part(points=2, lot_id="a", of=1),
        Part(points=3, kind=PartKind.DEBT, of=0),
        gives=True,
    )
    account = fold(Account(), (*MIXED, back))
    own: dict[str, Any] = {"at": NOW, "kind": point_type(), "why": Why()}

    (again,) = reverse(account, "back", 4, reversal_id="again", **own)

    assert isinstance(again, Reversed)
    assert again.parts == (
        Part(points=3, kind=PartKind.DEBT, of=1),
        Part(points=1, lot_id="a", of=0),
    )


@pytest.mark.parametrize("entry_id", ["return:r", "cancel:return:r"])
def test_only_an_earn_is_released(entry_id: str) -> None:
    waits = Pending(kind=PendingKind.EVENT)
    kind = point_type(pending=waits, reversal=ReversalPolicy.PENDING_ONLY)
    with open_shop(kind) as shop:
        shop.earn(10, entry_id="a")
        asked: dict[str, Any] = {"member_id": "ann", "return_id": "r"}
        shop.do("return_unlinked", **asked, basket=basket("4.00"))
        shop.do("cancel_return", return_id="r")

        with pytest.raises(NotPendingError):
            shop.points("release_pending", entry_id=entry_id)


def test_what_came_in_later_pays_a_late_debt_later() -> None:
    lot = granted("b", 5, NOW + 2 * A_DAY)
    back = Reversed(
        entry_id="back",
        reverses="spend",
        at=NOW + 4 * A_DAY,
        gives=True,
        book="spent",
        parts=(Part(points=2, lot_id="b"),),
    )
    spent = taken("spend", NOW + 3 * A_DAY, b=2)
    debt = undone("undo", "a", Part(points=5, kind=PartKind.DEBT), gives=False)
    history = (granted("a", 5), taken("order", NOW, a=5), lot, spent, back, debt)

    found = due(fold(Account(), history), NOW + 5 * A_DAY, SpendOrder.EARLIEST_EXPIRY)

    paid = [(one.at, one.points) for one in found if isinstance(one, DebtPaid)]
    assert paid == [(NOW + 2 * A_DAY, 3), (NOW + 4 * A_DAY, 2)]


def test_what_could_not_be_taken_is_undone_as_that() -> None:
    with open_shop(point_type(reversal=ReversalPolicy.WITHIN_BALANCE)) as shop:
        shop.earn(4, entry_id="gift")
        asked: dict[str, Any] = {"member_id": "ann", "return_id": "r"}
        shop.do("return_unlinked", **asked, basket=basket("7.00"))

        (back,) = shop.do("cancel_return", return_id="r").of(Reversed)

        lost = Part(points=3, kind=PartKind.LOST, of=1)
        assert back.parts == (lost, Part(points=4, lot_id="gift"))
        assert shop.free() == 4


def test_two_lots_that_died_both_get_a_grace() -> None:
    with open_shop(point_type(**GRACE)) as shop:
        for name in ("a", "b"):
            shop.earn(5, entry_id=name, expires_at=NOW + A_DAY)
        shop.spend(10, entry_id="order")
        now = shop.clock.go(days=2)

        (back,) = shop.reverse("order", reversal_id="undo").of(Reversed)

        assert back.parts == (
            Part(points=5, lot_id="undo/1", of=1),
            Part(points=5, lot_id="undo/2", of=0),
        )
        assert shop.lots() == [
            (name, 5, now + timedelta(days=7)) for name in ("undo/1", "undo/2")
        ]


def test_what_a_hold_kept_alive_gets_a_grace() -> None:
    with open_shop(point_type(**GRACE)) as shop:
        shop.earn(5, entry_id="a", expires_at=NOW + A_DAY)
        shop.hold(5, "cart", lapses_at=NOW + 9 * A_DAY)
        shop.clock.go(days=2)
        shop.points("capture", hold_id="cart", entry_id="paid")

        (back,) = shop.reverse("paid", reversal_id="undo").of(Reversed)

        assert [part.lot_id for part in back.parts] == ["undo/1"]
        assert shop.free() == 5


def test_what_was_cancelled_while_it_waited_gets_no_grace() -> None:
    waits = Pending(kind=PendingKind.EVENT, cancel_after_days=5)
    kind = point_type(pending=waits, reversal=ReversalPolicy.PENDING_ONLY, **GRACE)
    with open_shop(kind) as shop:
        shop.earn(10, entry_id="a")
        asked: dict[str, Any] = {"member_id": "ann", "return_id": "r"}
        shop.do("return_unlinked", **asked, basket=basket("4.00"))
        shop.clock.go(days=6)

        (back,) = shop.do("cancel_return", return_id="r").of(Reversed)

        assert back.parts == (Part(points=4, lot_id="a", bucket="pending"),)
        assert back.regrants == ()


WITHIN = point_type(
    spend_order=SpendOrder.FIRST_IN, reversal=ReversalPolicy.WITHIN_BALANCE
)


@pytest.fixture
def first_in() -> Iterator[Shop]:
    one_to_one = Conversion(source="points", into="miles", from_points=1, into_points=1)
    kinds = WITHIN, point_type(name="miles", rates=())
    with open_shop() as shop:
        shop.define(programme(*kinds, conversions=(one_to_one,)))
        shop.earn(5, entry_id="old")
        shop.earn(5, entry_id="soon", expires_at=NOW + A_DAY)
        yield shop


BY: dict[str, Any] = {"actor": "eve", "reason": "slip"}


@pytest.mark.parametrize(
    "ask",
    [
        lambda shop: shop.spend(3),
        lambda shop: shop.points("adjust", points=-3, **BY),
        lambda shop: shop.points("transfer", points=3, to_member="bob"),
        lambda shop: shop.points("convert", points=3, into="miles"),
        lambda shop: shop.do(
            "return_unlinked", member_id="ann", return_id="r", basket=basket("3.00")
        ),
    ],
)
def test_what_came_first_goes_first(
    first_in: Shop, ask: Callable[[Shop], Receipt]
) -> None:
    (event,) = ask(first_in).of(Taken)

    assert [(part.lot_id, part.points) for part in event.parts] == [("old", 3)]


def test_what_came_first_is_held_first(first_in: Shop) -> None:
    (placed,) = first_in.hold(3, "cart").of(HoldPlaced)

    assert placed.pins == (Draw(lot_id="old", points=3),)


def test_what_came_first_stands_in_first_for_what_was_spent(first_in: Shop) -> None:
    first_in.points("open_balance", points=9, entry_id="gift")
    first_in.hold(10, "cart")
    first_in.spend(9)
    first_in.points("void", hold_id="cart")

    (back,) = first_in.reverse("gift", points=6).of(Reversed)

    assert [(part.lot_id, part.points) for part in back.parts] == [
        ("old", 5),
        ("soon", 1),
    ]


def test_a_claw_back_keeps_all_that_is_said_of_it() -> None:
    why = Why(reference="order 7", reason="broken", actor="eve")

    (event,) = claw_back(
        Account(),
        3,
        entry_id="r",
        at=NOW,
        kind=point_type(),
        policy=ReversalPolicy.DEBT,
        why=why,
    )

    assert event == Taken(
        entry_id="r",
        at=NOW,
        kind="clawback",
        book="reversed",
        parts=(Part(points=3, kind=PartKind.DEBT),),
        reference="order 7",
        reason="broken",
        actor="eve",
    )


def test_a_transfer_to_new_dates_is_dated_where_the_shop_is() -> None:
    fixed = Expiry(kind=ExpiryKind.FIXED, yearly=("07-01",))
    kind = point_type(expiry=fixed, transfer_expiry=TransferExpiry.RESET)
    with open_shop(kind) as shop:
        shop.earn(5, expires_at=NOW + A_DAY)
        shop.points("transfer", points=2, to_member="bob")
        july = NOW.replace(month=6, day=30, hour=23)
        assert [end for _, _, end in shop.lots("bob")] == [july]

        past = Expiry(kind=ExpiryKind.FIXED, dates=(NOW.date(),))
        shop.define(
            programme(point_type(expiry=past, transfer_expiry=TransferExpiry.RESET))
        )
        with pytest.raises(NoExpiryDateError) as refused:
            shop.points("transfer", points=2, to_member="bob")
        assert refused.value.point_type == "points"


def test_a_transfer_keeps_what_slides_sliding() -> None:
    idle = Expiry(kind=ExpiryKind.INACTIVITY, days=10)
    with open_shop(point_type(expiry=idle)) as shop:
        shop.earn(5)
        shop.points("transfer", points=2, to_member="bob")
        now = shop.clock.go(days=1)
        shop.spend(1, "bob")

        assert [end for _, _, end in shop.lots("bob")] == [now + 10 * A_DAY]


def moved(shop: Shop) -> None:
    """Send two lots of five to bob."""
    for name in ("a", "b"):
        shop.earn(5, entry_id=name)
    shop.points("transfer", points=10, to_member="bob", entry_id="move")


def test_a_transfer_is_undone_from_its_last_lot(shop: Shop) -> None:
    moved(shop)

    theirs, ours = shop.reverse("move", points=7).of(Reversed)

    lots = [f"member:ann/move/{number}" for number in (1, 2)]
    assert theirs.parts == (
        Part(points=5, lot_id=lots[1], of=1),
        Part(points=2, lot_id=lots[0]),
    )
    assert ours.parts == (
        Part(points=5, lot_id="b", of=1),
        Part(points=2, lot_id="a"),
    )


def test_a_transfer_that_was_spent_is_undone_as_debt(shop: Shop) -> None:
    moved(shop)
    shop.spend(10, "bob", entry_id="gone")

    theirs, _ = shop.reverse("move", points=7, reversal_id="undo").of(Reversed)

    assert theirs.parts == (
        Part(points=5, kind=PartKind.DEBT, of=1),
        Part(points=2, kind=PartKind.DEBT),
    )
    again = shop.points("reverse", "bob", entry_id="undo", points=1)
    (ours, *_) = again.of(Reversed)
    assert [part.of for part in ours.parts] == [1]


def test_an_earn_that_waits_is_taken_back_from_what_waits() -> None:
    waits = Pending(kind=PendingKind.DURATION, days=3)
    with open_shop(point_type(pending=waits)) as shop:
        shop.earn(5, entry_id="a")

        (back,) = shop.reverse("a", points=2).of(Reversed)

        assert back.parts == (Part(points=2, lot_id="a", bucket="pending"),)


def test_a_transfer_has_an_id_that_is_new_to_both(shop: Shop) -> None:
    shop.earn(9, entry_id="gift")
    shop.earn(1, "bob", entry_id="theirs")

    for name in ("gift", "theirs"):
        with pytest.raises(AlreadyExistsError) as refused:
            shop.points("transfer", points=1, to_member="bob", entry_id=name)
        assert refused.value.fields() == {"what": "entry", "name": name}


def test_what_is_sent_and_received_is_a_transfer_unless_told() -> None:
    terms = Terms(kind=point_type(), tz=ZoneInfo("Europe/London"), at=NOW)
    asked: dict[str, Any] = {"entry_id": "e", "terms": terms, "why": Why()}
    account = fold(Account(), (granted("a", 5),))

    (sent,) = send(account, 2, **asked, counter="them")
    (got,) = receive(Account(), granted("b", 2).lots, **asked, counter="us")

    assert isinstance(sent, Taken)
    assert isinstance(got, Granted)
    assert (sent.kind, sent.book, got.kind, got.book) == ("transfer",) * 4


def test_a_hold_ends_after_it_begins(shop: Shop) -> None:
    shop.earn(1)

    with pytest.raises(PeriodError) as refused:
        shop.hold(1, "cart", lapses_at=NOW)

    moment = "2024-05-17T12:00:00+00:00"
    assert str(refused.value) == f"lapses_at: {moment} is not after {moment}"


def test_activity_counts_days_as_the_shop_does() -> None:
    idle = Expiry(kind=ExpiryKind.INACTIVITY, days=200)
    with open_shop(point_type(expiry=idle)) as shop:
        shop.earn(5)
        now = shop.clock.go(days=1)

        (slid,) = shop.spend(1).of(ExpirySlid)

        assert slid.until == now + timedelta(days=200, hours=1), "it is winter then"


def test_status_points_say_that_they_are_never_used() -> None:
    with open_shop(point_type(kind=PointKind.STATUS)) as shop:
        shop.earn(1)

        with pytest.raises(InvalidInputError) as refused:
            shop.spend(1)

    text = "'points' are status points: they are counted, never used"
    assert str(refused.value) == f"point_type: {text}"


def test_a_debt_is_forgiven_no_earlier_than_it_was_paid(shop: Shop) -> None:
    shop.earn(10, entry_id="gift")
    shop.spend(10)
    shop.reverse("gift", reversal_id="undo")
    now = shop.clock.go(days=2)
    shop.earn(4, entry_id="pays")

    (back,) = shop.reverse("undo", at=NOW + A_DAY).of(Reversed)

    assert back.at == now


def test_an_entry_that_is_not_there_is_named() -> None:
    terms = Terms(kind=point_type(), tz=ZoneInfo("Europe/London"), at=NOW)

    with pytest.raises(UnknownEntryError) as refused:
        undo(Account(), "gift", None, reversal_id="undo", terms=terms, why=Why())

    assert refused.value.name == "gift"


def test_a_closed_account_is_named() -> None:
    terms = Terms(kind=point_type(), tz=ZoneInfo("Europe/London"), at=NOW)
    spend = Spend(key="k", programme_id="p", member_id="m", point_type="x", points=1)

    with pytest.raises(AccountClosedError) as refused:
        decide(spend, Account(is_closed=True), terms)

    assert refused.value.account == "points"


@pytest.mark.parametrize("days", [0, 2])
def test_a_debt_is_paid_by_what_came_first(days: int) -> None:
    usable = NOW + days * A_DAY
    with open_shop(point_type(spend_order=SpendOrder.FIRST_IN)) as shop:
        shop.earn(5, entry_id="gift")
        shop.spend(5)
        shop.earn(5, entry_id="old", available_from=usable)
        shop.earn(5, entry_id="soon", available_from=usable, expires_at=NOW + 9 * A_DAY)
        receipts = [shop.reverse("gift")]
        shop.clock.go(days=3)
        receipts.append(shop.earn(1))

        paid = [one for receipt in receipts for one in receipt.of(DebtPaid)]
        assert [(one.lot_id, one.at, one.points) for one in paid] == [
            ("old", usable, 5)
        ]


def test_a_sale_gives_an_earn_of_its_own(shop: Shop) -> None:
    (given,) = shop.buy("p", "5.00").of(Granted)

    assert given == Granted(
        entry_id="purchase:p",
        at=NOW,
        kind="earn",
        book="issued",
        lots=(Lot(lot_id="purchase:p", points=5, available_from=NOW),),
    )
    with pytest.raises(AlreadyExistsError) as refused:
        shop.earn(1, entry_id="purchase:p")
    assert refused.value.fields() == {"what": "entry", "name": "purchase:p"}


def test_what_is_earned_moves_on_all_that_slides_in_its_order() -> None:
    idle = Expiry(kind=ExpiryKind.INACTIVITY, days=200)
    with open_shop(point_type(expiry=idle)) as shop:
        for name in ("x", "y", "a"):
            shop.earn(5, entry_id=name)
        now = shop.clock.go(days=1)

        (slid,) = shop.earn(1).of(ExpirySlid)

        winter = now + timedelta(days=200, hours=1)
        assert (slid.lot_ids, slid.until) == (("x", "y", "a"), winter)


def test_points_wait_for_days_of_the_shop() -> None:
    july = NOW.replace(month=6, day=30, hour=23)
    dates = Pending(kind=PendingKind.DATES, yearly=("07-01",))
    event = Pending(kind=PendingKind.EVENT, cancel_after_days=200)
    with open_shop(point_type(pending=dates)) as shop:
        (given,) = shop.earn(1).of(Granted)
        assert given.lots[0].available_from == july
    with open_shop(point_type(pending=event)) as shop:
        (given,) = shop.earn(1).of(Granted)
        assert given.lots[0].cancel_by == NOW + timedelta(days=200, hours=1)


def test_points_that_would_die_before_they_are_usable_say_when() -> None:
    waits = Pending(kind=PendingKind.DURATION, days=2)
    with open_shop(point_type(pending=waits)) as shop:
        with pytest.raises(PeriodError) as refused:
            shop.earn(1, expires_at=NOW + 2 * A_DAY)

        moment = "2024-05-19T12:00:00+00:00"
        assert str(refused.value) == f"expires_at: {moment} is not after {moment}"
        shop.earn(1, expires_at=NOW + 2 * A_DAY + TICK)
