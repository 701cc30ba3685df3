"""What time has done, event by event: in which order, and at which instant."""

from datetime import datetime, timedelta
from typing import Any

import attrs

from loyaltyledger import (
    DebtPaid,
    Draw,
    Granted,
    HoldLapsed,
    HoldPlaced,
    Lot,
    LotReleased,
    Part,
    PartKind,
    PointsActivated,
    PointsCancelled,
    PointsExpired,
    Reversed,
    Taken,
)
from loyaltyledger.points import Account, Event, due, evolve, fold
from loyaltyledger.programme import SpendOrder
from shop import NOW, TICK

A_DAY = timedelta(days=1)
ORDER = SpendOrder.EARLIEST_EXPIRY


def day(number: int) -> datetime:
    return NOW + number * A_DAY


def granted(name: str, points: int, *, at: datetime = NOW, **dates: Any) -> Granted:
    lot = Lot(lot_id=name, points=points, **{"available_from": at} | dates)
    return Granted(entry_id=name, at=at, lots=(lot,))


def in_debt(points: int) -> list[Event]:
    """Give points, use them, and take them back."""
    parts = (Part(points=points, kind=PartKind.DEBT),)
    taken = Taken(entry_id="order", at=NOW, parts=(Part(points=points, lot_id="gift"),))
    undone: dict[str, Any] = {"entry_id": "undo", "reverses": "gift", "at": NOW}
    return [
        granted("gift", points),
        taken,
        Reversed(gives=False, book="reversed", parts=parts, **undone),
    ]


def paid(lot_id: str, points: int, at: datetime) -> DebtPaid:
    return DebtPaid(entry_id="undo", part=0, lot_id=lot_id, at=at, points=points)


def hold(name: str, lapses_at: datetime, **pins: int) -> HoldPlaced:
    draws = tuple(Draw(lot_id=lot, points=points) for lot, points in pins.items())
    return HoldPlaced(hold_id=name, at=NOW, lapses_at=lapses_at, pins=draws)


def after(history: list[Event], to: datetime, order: SpendOrder = ORDER) -> list[Event]:
    """Return what is due at *to*, by its instant; applied, nothing more is."""
    account = fold(Account(), tuple(history))
    events = due(account, to, order)
    assert due(fold(account, events), to, order) == ()
    return sorted(events, key=lambda event: event.at)


def test_a_debt_is_paid_by_what_was_usable_for_a_while() -> None:
    short = granted("short", 4, available_from=day(2), expires_at=day(3))

    assert after([*in_debt(10), short], day(5)) == [
        PointsActivated(lot_id="short", at=day(2), points=4),
        paid("short", 4, day(2)),
    ]


def test_a_debt_is_paid_by_what_a_hold_let_go_before_it_died() -> None:
    history = [*in_debt(10), granted("a", 4, expires_at=day(3)), hold("h", day(2), a=4)]

    assert after(history, day(5)) == [
        HoldLapsed(hold_id="h", at=day(2), points=4),
        paid("a", 4, day(2)),
    ]


def test_a_debt_is_paid_when_there_is_something_to_pay_with() -> None:
    late = granted("late", 4, at=day(2), available_from=day(1))

    assert after([*in_debt(10), late], day(3)) == [paid("late", 4, day(2))]


def test_a_debt_is_never_paid_before_it_was_made() -> None:
    debt = in_debt(3)
    debt[-1] = attrs.evolve(debt[-1], at=day(2))

    assert after([granted("old", 3), *debt], day(3)) == [paid("old", 3, day(2))]


def test_lots_pay_in_the_order_of_spending() -> None:
    lots = [granted("a", 2), granted("b", 2, expires_at=day(9)), granted("c", 2)]
    history = [*in_debt(5), *lots]

    by_expiry = [paid("b", 2, NOW), paid("a", 2, NOW), paid("c", 1, NOW)]
    assert after(history, NOW) == by_expiry
    first_in = [paid("a", 2, NOW), paid("b", 2, NOW), paid("c", 1, NOW)]
    assert after(history, NOW, SpendOrder.FIRST_IN) == first_in


def test_what_is_pinned_or_waits_pays_nothing() -> None:
    waits = granted("waits", 9, available_from=None)
    history = [*in_debt(5), waits, granted("a", 4), hold("h", day(2), a=3)]

    assert after(history, day(1)) == [paid("a", 1, NOW)]


def test_holds_lapse_in_the_order_of_their_deadlines() -> None:
    history: list[Event] = [
        granted("a", 9),
        hold("x", day(3), a=1),
        hold("y", day(2), a=2),
    ]

    assert after(history, day(2) - TICK) == []
    assert after(history, day(2)) == [HoldLapsed(hold_id="y", at=day(2), points=2)]
    assert after(history, day(3)) == [
        HoldLapsed(hold_id="y", at=day(2), points=2),
        HoldLapsed(hold_id="x", at=day(3), points=1),
    ]


def test_holds_that_lapse_together_do_so_by_name() -> None:
    history: list[Event] = [
        granted("a", 9),
        hold("y", day(2), a=1),
        hold("x", day(2), a=2),
    ]

    names = [getattr(one, "hold_id", "") for one in after(history, day(2))]

    assert names == ["x", "y"]


def test_what_was_cancelled_and_is_released_late_comes_back_and_dies() -> None:
    waits = granted("a", 5, available_from=None, cancel_by=day(3))
    gone = PointsCancelled(lot_id="a", at=day(3), points=5)
    assert after([waits], day(3) - TICK) == []
    assert after([waits], day(4)) == [gone]

    released = LotReleased(
        entry_id="a",
        lot_id="a",
        at=day(2),
        available_from=day(2),
        expires_at=day(6),
    )

    back = attrs.evolve(gone, points=-5)
    active = PointsActivated(lot_id="a", at=day(2), points=5)
    assert after([waits, gone, released], day(6) - TICK) == [active, back]
    assert after([waits, gone, released], day(6)) == [
        active,
        back,
        PointsExpired(lot_id="a", at=day(6), points=5),
    ]


def test_what_has_one_point_left_to_die_dies_when_it_came_free() -> None:
    history: list[Event] = [
        granted("a", 5, expires_at=day(3)),
        hold("h", day(5), a=1),
    ]
    first = PointsExpired(lot_id="a", at=day(3), points=4)
    assert after(history, day(4)) == [first]

    assert after([*history, first], day(6)) == [
        HoldLapsed(hold_id="h", at=day(5), points=1),
        PointsExpired(lot_id="a", at=day(5), points=1),
    ]


def test_a_death_that_was_booked_too_high_is_corrected_as_of_then() -> None:
    gone = PointsExpired(lot_id="a", at=day(3), points=5)
    late = Taken(entry_id="late", at=day(2), parts=(Part(points=2, lot_id="a"),))

    found = after([granted("a", 5, expires_at=day(3)), gone, late], day(4))

    assert found == [PointsExpired(lot_id="a", at=day(3), points=-2)]


def test_each_lot_dies_on_its_own() -> None:
    lots: list[Event] = [
        granted("never", 1),
        granted("late", 2, expires_at=day(9)),
        granted("soon", 3, expires_at=day(2)),
        granted("too", 4, expires_at=day(2)),
    ]

    assert after(lots, day(2)) == [
        PointsExpired(lot_id="soon", at=day(2), points=3),
        PointsExpired(lot_id="too", at=day(2), points=4),
    ]


def test_what_is_granted_after_it_died_dies_at_once() -> None:
    late = granted("a", 3, at=day(5), available_from=day(1), expires_at=day(2))

    assert after([late], day(6)) == [PointsExpired(lot_id="a", at=day(5), points=3)]


def test_a_lot_is_cancelled_only_while_points_of_it_are() -> None:
    waits = granted("a", 5, available_from=None, cancel_by=day(3))
    gone = PointsCancelled(lot_id="a", at=day(3), points=1)
    account = fold(Account(), (waits, gone))

    assert account.lots["a"].is_cancelled
    back = evolve(account, attrs.evolve(gone, points=-1)).lots["a"]
    assert (back.is_cancelled, back.gone, back.gone_at) == (False, 0, day(3))
    expired = PointsExpired(lot_id="a", at=day(3), points=1)
    assert not fold(Account(), (waits, expired)).lots["a"].is_cancelled


def test_a_debt_is_paid_by_each_hold_that_let_go_in_time() -> None:
    lot = granted("a", 10, expires_at=day(3))
    history = [*in_debt(10), lot, hold("x", day(2), a=4), hold("y", day(4), a=6)]

    assert after(history, day(5)) == [
        HoldLapsed(hold_id="x", at=day(2), points=4),
        paid("a", 4, day(2)),
        HoldLapsed(hold_id="y", at=day(4), points=6),
        PointsExpired(lot_id="a", at=day(4), points=6),
    ]


def test_a_death_that_came_in_parts_is_corrected_as_of_the_first() -> None:
    history: list[Event] = [
        granted("a", 5, expires_at=day(3)),
        hold("h", day(5), a=1),
        PointsExpired(lot_id="a", at=day(3), points=4),
        HoldLapsed(hold_id="h", at=day(5), points=1),
        PointsExpired(lot_id="a", at=day(5), points=1),
        Taken(entry_id="late", at=day(1), parts=(Part(points=2, lot_id="a"),)),
    ]

    assert after(history, day(6)) == [PointsExpired(lot_id="a", at=day(3), points=-2)]
