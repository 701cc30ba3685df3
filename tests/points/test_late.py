"""Facts that come late, after time has been booked: to the last point and instant."""

from datetime import timedelta

import attrs
import pytest

from loyaltyledger import (
    AccountClosed,
    DebtPaid,
    Draw,
    Expiry,
    ExpiryKind,
    ExpirySlid,
    Granted,
    HoldLapsedError,
    HoldPlaced,
    InsufficientPointsError,
    Lot,
    NoExpiryDateError,
    Part,
    PartKind,
    Pending,
    PendingKind,
    PointsExpired,
    Reversed,
    Taken,
)
from loyaltyledger.points import Account, Event, Why, close, due, evolve, fold
from loyaltyledger.points.entries import Payment
from loyaltyledger.points.lots import Move
from loyaltyledger.programme import SpendOrder
from shop import NOW, TICK, Shop, open_shop, point_type

A_DAY = timedelta(days=1)
TEN_DAYS = Expiry(kind=ExpiryKind.ROLLING, days=10)
ORDER = SpendOrder.EARLIEST_EXPIRY
ON_EVENT = Pending(kind=PendingKind.EVENT)


def given(name: str, points: int, days: int = 10) -> Granted:
    lot = Lot(
        lot_id=name,
        points=points,
        available_from=NOW,
        expires_at=NOW + days * A_DAY,
        slides=True,
    )
    return Granted(entry_id=name, at=NOW, lots=(lot,))


DEAD = PointsExpired(lot_id="dead", at=NOW + 10 * A_DAY, points=10)
EXPIRED = fold(Account(), (given("dead", 10), DEAD, given("alive", 5, days=99)))
SLID = ExpirySlid(at=NOW + 5 * A_DAY, until=NOW + 15 * A_DAY, lot_ids=("dead",))
HELD = HoldPlaced(
    hold_id="cart",
    at=NOW + A_DAY,
    lapses_at=NOW + 20 * A_DAY,
    pins=(Draw(lot_id="dead", points=4),),
)


def test_late_activity_opens_what_was_booked_as_dead() -> None:
    assert EXPIRED.in_lots == 5

    account = evolve(EXPIRED, SLID)

    assert account.in_lots == 15
    back = attrs.evolve(DEAD, points=-10)
    assert due(account, NOW + 11 * A_DAY, ORDER) == (back,)
    assert set(account.open_lots) == {"alive", "dead"}


def test_late_activity_counts_what_is_open_once() -> None:
    later = ExpirySlid(at=NOW, until=NOW + 99 * A_DAY, lot_ids=("alive", "dead"))

    account = evolve(evolve(EXPIRED, later), later)

    assert account.in_lots == 15
    assert account.open_lots["dead"] == "dead"


def test_a_late_hold_opens_what_was_booked_as_dead() -> None:
    account = evolve(EXPIRED, HELD)

    assert account.in_lots == 15
    correction = attrs.evolve(DEAD, points=-4)
    assert due(account, NOW + 11 * A_DAY, ORDER) == (correction,)


def test_what_is_booked_as_dead_is_forfeited_by_no_closing() -> None:
    account = EXPIRED.with_open(["dead"])

    (closed,) = close(account, NOW + 11 * A_DAY, Why())

    assert isinstance(closed, AccountClosed)
    assert [(part.lot_id, part.points) for part in closed.forfeited] == [("alive", 5)]


def test_what_is_forfeited_leaves_its_lot_at_that_instant() -> None:
    forfeited = (Part(points=5, lot_id="alive"),)
    closed = AccountClosed(at=NOW + A_DAY, forfeited=forfeited)

    account = fold(Account(), (given("alive", 5), closed))

    assert account.lots["alive"].moves == (Move(at=NOW + A_DAY, points=-5),)
    assert (account.in_lots, account.is_closed) == (0, True)


def test_what_a_hold_kept_alive_dies_when_the_hold_lapses() -> None:
    with open_shop(point_type(expiry=TEN_DAYS)) as shop:
        shop.earn(10)
        shop.hold(4, "cart", lapses_at=NOW + 12 * A_DAY)
        died: list[PointsExpired] = []
        for days in (11, 2):
            now = shop.clock.go(days=days)
            stream = "account:shop:member:ann:points"
            swept = shop.ledger.sweep_account(key=f"{now}", account=stream)
            died += swept.of(PointsExpired)

        assert [(one.at, one.points) for one in died] == [
            (NOW + 10 * A_DAY, 6),
            (NOW + 12 * A_DAY, 4),
        ]


def test_a_hold_pins_nothing_after_its_deadline(shop: Shop) -> None:
    shop.earn(100)
    shop.hold(60, "cart")
    shop.clock.go(hours=2)
    shop.earn(1)

    shop.spend(100, at=NOW + timedelta(hours=1))

    assert shop.free() == 1


def test_a_late_spend_leaves_a_later_hold_its_points(shop: Shop) -> None:
    shop.earn(100)
    shop.clock.go(minutes=10)
    shop.hold(60, "cart")

    with pytest.raises(InsufficientPointsError) as refused:
        shop.spend(41, at=NOW)

    assert refused.value.available == 40
    shop.spend(40, at=NOW)


def test_a_late_spend_leaves_what_has_paid_a_debt_since(shop: Shop) -> None:
    shop.earn(10, entry_id="gift")
    shop.spend(10)
    shop.clock.go(days=1)
    shop.earn(8, entry_id="pays")
    shop.clock.go(days=1)
    (paid,) = shop.reverse("gift", points=3).of(DebtPaid)
    assert (paid.lot_id, paid.points) == ("pays", 3)

    with pytest.raises(InsufficientPointsError) as refused:
        shop.spend(6, at=NOW + A_DAY)

    assert refused.value.available == 5


def test_a_hold_that_has_lapsed_says_when(shop: Shop) -> None:
    shop.earn(1)
    shop.hold(1, "cart")
    now = shop.clock.go(hours=1)

    with pytest.raises(HoldLapsedError) as refused:
        shop.points("capture", hold_id="cart")

    assert refused.value.fields() == {
        "hold_id": "cart",
        "lapsed_at": NOW + timedelta(minutes=30),
        "at": now,
    }


def test_debt_after_a_lot_is_undone_part_by_part(shop: Shop) -> None:
    shop.earn(10, entry_id="gift")
    shop.spend(6)
    shop.reverse("gift", reversal_id="undo")

    (first,) = shop.reverse("undo", points=2).of(Reversed)
    (rest,) = shop.reverse("undo").of(Reversed)

    debt = Part(points=2, kind=PartKind.DEBT, of=1)
    assert first.parts == (debt,)
    assert rest.parts == (
        attrs.evolve(debt, points=4),
        Part(points=4, lot_id="gift"),
    )
    assert shop.balance() == (4, 0, 0, 0)


def test_debt_paid_after_a_lot_is_undone_part_by_part(shop: Shop) -> None:
    shop.earn(10, entry_id="gift")
    shop.spend(6)
    shop.reverse("gift", reversal_id="undo")
    shop.earn(6, entry_id="pays")

    (back,) = shop.reverse("undo", points=2).of(Reversed)

    assert back.parts == (Part(points=2, kind=PartKind.REPAID, lot_id="pays", of=1),)


def test_of_several_payments_the_newest_is_taken_back_and_no_other() -> None:
    taken = Taken(entry_id="spend", at=NOW, parts=(Part(points=9, lot_id="a"),))
    undone = Reversed(
        entry_id="undo",
        reverses="a",
        at=NOW,
        gives=False,
        book="reversed",
        parts=(Part(points=9, kind=PartKind.DEBT),),
    )
    paid = [
        DebtPaid(entry_id="undo", part=0, lot_id=name, at=NOW + day * A_DAY, points=3)
        for day, name in enumerate(["b", "c", "b"], start=1)
    ]
    before: list[Event] = [given("a", 9), taken, undone, given("b", 9), given("c", 9)]
    back = Reversed(
        entry_id="back",
        reverses="undo",
        at=NOW + 4 * A_DAY,
        gives=True,
        book="reversed",
        parts=(Part(points=4, kind=PartKind.REPAID, lot_id="b"),),
    )

    account = fold(Account(), (*before, *paid, back))

    assert account.debts["undo", 0].points == 5
    assert account.debts["undo", 0].payments == (
        Payment(lot_id="b", points=2, at=NOW + A_DAY),
        Payment(lot_id="c", points=3, at=NOW + 2 * A_DAY),
    )
    assert account.debt == 0


def test_points_with_an_expiry_of_their_own_are_moved_on_by_nothing() -> None:
    with open_shop(point_type(expiry=Expiry(kind=ExpiryKind.INACTIVITY, days=10))) as s:
        s.earn(1, entry_id="fixed", expires_at=NOW + 5 * A_DAY)
        s.earn(1, entry_id="slides")
        now = s.clock.go(days=1)

        s.spend(1)

        assert s.lots() == [("slides", 1, now + 10 * A_DAY)]
        s.earn(1, entry_id="fixed too", expires_at=now + 5 * A_DAY)
        (slid,) = s.earn(1, entry_id="new", at=s.clock.go(days=1)).of(ExpirySlid)
        assert slid.lot_ids == ("slides",)


def test_a_release_that_finds_no_date_says_for_which_points() -> None:
    past = Expiry(kind=ExpiryKind.FIXED, dates=(NOW.date(),))
    with open_shop(point_type(pending=ON_EVENT, expiry=past)) as shop:
        shop.earn(1, entry_id="gift")

        with pytest.raises(NoExpiryDateError) as refused:
            shop.points("release_pending", entry_id="gift")

    assert refused.value.fields() == {"point_type": "points", "after": NOW}


def test_the_instant_before_a_late_hold_is_free(shop: Shop) -> None:
    shop.earn(10)
    shop.clock.go(days=1)
    shop.hold(4, "cart", at=NOW + TICK, lapses_at=NOW + 2 * A_DAY)

    assert shop.free(at=NOW) == 10
    assert shop.free(at=NOW + TICK) == 6


OWING: tuple[Event, ...] = (
    given("a", 9),
    Taken(entry_id="spend", at=NOW, parts=(Part(points=9, lot_id="a"),)),
    Reversed(
        entry_id="undo",
        reverses="a",
        at=NOW,
        gives=False,
        book="reversed",
        parts=(Part(points=9, kind=PartKind.DEBT),),
    ),
    given("b", 9),
)


def payment(day: int, points: int = 3) -> DebtPaid:
    at = NOW + day * A_DAY
    return DebtPaid(entry_id="undo", part=0, lot_id="b", at=at, points=points)


def test_a_payment_that_is_taken_back_never_was() -> None:
    before = fold(Account(), (*OWING, payment(2), payment(3)))
    paid = evolve(before, payment(1))
    again = attrs.evolve(payment(2), points=-3, owed_since=NOW)

    account = evolve(paid, again)

    days = [one.at for one in account.debts["undo", 0].payments]
    assert days == [NOW + 3 * A_DAY, NOW + A_DAY]
    assert account.lots["b"].in_at == paid.lots["b"].in_at == NOW


def test_a_fact_of_the_instant_of_a_payment_leaves_it_alone(shop: Shop) -> None:
    shop.earn(10, entry_id="gift")
    shop.spend(10)
    shop.reverse("gift")
    shop.earn(4, available_from=NOW + A_DAY)
    shop.earn(2, available_from=NOW + A_DAY + TICK)
    shop.clock.go(days=2)
    shop.ledger.sweep()

    late = shop.earn(3, at=NOW + A_DAY)

    assert [one.points for one in late.of(DebtPaid)] == [-2, 3, 2]


def test_a_single_point_that_comes_back_pays(shop: Shop) -> None:
    shop.earn(5, entry_id="gift")
    shop.earn(1, entry_id="one")
    shop.spend(6, entry_id="order")
    shop.reverse("gift")
    shop.clock.go(days=1)

    paid = shop.reverse("order", points=1).of(DebtPaid)

    assert [(one.points, one.at) for one in paid] == [(1, NOW + A_DAY)]


def test_the_oldest_debt_is_paid_first_whatever_its_name(shop: Shop) -> None:
    shop.earn(5, entry_id="first")
    shop.earn(5, entry_id="second")
    shop.spend(10)
    shop.reverse("first", reversal_id="z")
    shop.reverse("second", reversal_id="a")

    paid = shop.earn(7).of(DebtPaid)

    assert [(one.entry_id, one.points) for one in paid] == [("z", 5), ("a", 2)]
