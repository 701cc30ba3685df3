"""What time does to points: they become usable, slide, and die."""

from datetime import timedelta
from typing import Any

import pytest

from loyaltyledger import (
    Expiring,
    Expiry,
    ExpiryKind,
    InsufficientPointsError,
    NotPendingError,
    Pending,
    PendingKind,
    PeriodError,
    PointsCancelled,
    PointsExpired,
    SpendOrder,
    Taken,
)
from shop import NOW, TICK, Shop, open_shop, point_type

A_DAY = timedelta(days=1)
TEN_DAYS = Expiry(kind=ExpiryKind.ROLLING, days=10)
SLIDING = Expiry(kind=ExpiryKind.INACTIVITY, days=10)
IN_TWO_DAYS = Pending(kind=PendingKind.DURATION, days=2)
ON_EVENT = Pending(kind=PendingKind.EVENT, cancel_after_days=5)


def test_points_are_usable_from_their_instant_and_dead_from_theirs() -> None:
    with open_shop(point_type(expiry=TEN_DAYS, pending=IN_TWO_DAYS)) as shop:
        shop.earn(10)
        start, end = NOW + 2 * A_DAY, NOW + 12 * A_DAY

        assert shop.balance(at=NOW - TICK) == (0, 0, 0, 0)
        assert shop.balance(at=NOW) == (0, 0, 10, 0)
        assert shop.balance(at=start - TICK) == (0, 0, 10, 0)
        assert shop.balance(at=start) == (10, 0, 0, 0)
        assert shop.balance(at=end - TICK) == (10, 0, 0, 0)
        assert shop.balance(at=end) == (0, 0, 0, 0)


@pytest.mark.parametrize("days", [1, 2, 11, 12, 40])
def test_a_sweep_changes_no_answer(days: int) -> None:
    with open_shop(point_type(expiry=TEN_DAYS, pending=IN_TWO_DAYS)) as shop:
        shop.earn(10)
        shop.clock.go(days=days)
        before = shop.balance(), shop.lots()

        shop.ledger.sweep()

        assert (shop.balance(), shop.lots()) == before
        later = shop.clock.now + TICK
        assert shop.ledger.sweep(at=later) == 0


def test_pending_points_cannot_be_used(shop: Shop) -> None:
    shop.earn(10, available_from=NOW + A_DAY)

    with pytest.raises(InsufficientPointsError):
        shop.spend(1)


def test_the_host_may_give_the_dates(shop: Shop) -> None:
    shop.earn(10, available_from=NOW + A_DAY, expires_at=NOW + 2 * A_DAY)

    assert shop.balance(at=NOW + A_DAY) == (10, 0, 0, 0)
    assert shop.balance(at=NOW + 2 * A_DAY) == (0, 0, 0, 0)


def test_a_balance_says_what_dies_when() -> None:
    with open_shop(point_type(expiry=TEN_DAYS)) as shop:
        shop.earn(10)
        shop.earn(5)
        shop.clock.go(days=1)
        shop.earn(7)
        shop.hold(12, "cart")
        found = shop.ledger.balance(
            programme_id="shop", member_id="ann", point_type="points"
        )

        assert found.expiring == (
            Expiring(expires_at=NOW + 10 * A_DAY, points=3),
            Expiring(expires_at=NOW + 11 * A_DAY, points=7),
        )
        assert (found.free, found.outstanding) == (10, 22)


def test_what_waits_for_an_event_is_usable_once_it_has_happened() -> None:
    with open_shop(point_type(pending=ON_EVENT, expiry=TEN_DAYS)) as shop:
        shop.earn(10, entry_id="gift")
        assert shop.balance() == (0, 0, 10, 0)
        shop.clock.go(days=5, microseconds=-1)

        shop.points("release_pending", entry_id="gift")

        assert shop.balance() == (10, 0, 0, 0)
        assert shop.lots()[0][2] == shop.clock.now + 10 * A_DAY, "counts from now"
        with pytest.raises(NotPendingError):
            shop.points("release_pending", entry_id="gift")


def test_what_waits_for_an_event_is_gone_at_its_deadline() -> None:
    with open_shop(point_type(pending=ON_EVENT)) as shop:
        shop.earn(10, entry_id="gift")
        shop.clock.go(days=5)

        assert shop.balance() == (0, 0, 0, 0)
        stream = "account:shop:member:ann:points"
        swept = shop.ledger.sweep_account(key="k", account=stream)
        assert [event.points for event in swept.of(PointsCancelled)] == [10]


def test_an_event_told_late_brings_back_what_was_booked_as_cancelled() -> None:
    with open_shop(point_type(pending=ON_EVENT)) as shop:
        shop.earn(10, entry_id="gift")
        shop.clock.go(days=6)
        shop.ledger.sweep()

        shop.points("release_pending", entry_id="gift", at=NOW + A_DAY)

        assert shop.balance() == (10, 0, 0, 0)


def test_what_waits_for_an_event_is_gone_at_its_own_expiry_too() -> None:
    with open_shop(point_type(pending=Pending(kind=PendingKind.EVENT))) as shop:
        shop.earn(10, entry_id="early", expires_at=NOW + A_DAY)
        shop.earn(10, entry_id="late", expires_at=NOW + 9 * A_DAY)
        shop.clock.go(days=1)

        with pytest.raises(NotPendingError):
            shop.points("release_pending", entry_id="early")
        shop.points("release_pending", entry_id="late")

        assert shop.lots() == [("late", 10, NOW + 9 * A_DAY)]
        assert shop.balance() == (10, 0, 0, 0)
        with pytest.raises(PeriodError):
            shop.earn(10, expires_at=shop.clock.now)


def test_a_spend_and_a_reversal_wait_for_no_event(shop: Shop) -> None:
    shop.earn(10, entry_id="gift")
    shop.spend(5, entry_id="order")

    with pytest.raises(NotPendingError):
        shop.points("release_pending", entry_id="order")


@pytest.mark.parametrize(
    ("resets", "earning", "spending"),
    [
        (("earn", "spend"), True, True),
        (("earn",), True, False),
        (("spend",), False, True),
    ],
)
def test_activity_moves_the_expiry_of_what_is_live(
    resets: tuple[str, ...], *, earning: bool, spending: bool
) -> None:
    policy = Expiry(kind=ExpiryKind.INACTIVITY, days=10, resets=resets)
    for what, slides in (("earn", earning), ("spend", spending)):
        with open_shop(point_type(expiry=policy)) as shop:
            shop.earn(10, entry_id="first")
            shop.clock.go(days=4)

            shop.points(what, points=1)

            dies = {lot: end for lot, _, end in shop.lots()}["first"]
            assert dies == NOW + (14 if slides else 10) * A_DAY


def test_activity_never_brings_an_expiry_forward_or_the_dead_back() -> None:
    with open_shop(point_type(expiry=SLIDING)) as shop:
        shop.earn(10, entry_id="dead")
        shop.earn(10, entry_id="fixed", expires_at=NOW + 30 * A_DAY)
        shop.clock.go(days=10)

        shop.earn(10, entry_id="new")

        assert shop.lots() == [
            ("new", 10, NOW + 20 * A_DAY),
            ("fixed", 10, NOW + 30 * A_DAY),
        ]
        shop.earn(1, entry_id="late", at=NOW + 9 * A_DAY)
        ends = {lot: end for lot, _, end in shop.lots()}
        assert ends["new"] == NOW + 20 * A_DAY


def test_holding_and_capturing_counts_as_spending() -> None:
    with open_shop(point_type(expiry=SLIDING)) as shop:
        shop.earn(10, entry_id="first")
        shop.clock.go(days=4)
        shop.hold(1, "cart")
        shop.points("capture", hold_id="cart")

        assert shop.lots() == [("first", 9, NOW + 14 * A_DAY)]


@pytest.mark.parametrize(
    ("order", "drawn"),
    [
        (SpendOrder.EARLIEST_EXPIRY, ["soon", "later", "old", "new"]),
        (SpendOrder.FIRST_IN, ["old", "later", "soon", "new"]),
    ],
)
def test_lots_are_spent_in_a_total_order(order: SpendOrder, drawn: list[str]) -> None:
    with open_shop(point_type(spend_order=order)) as shop:
        shop.earn(1, entry_id="old")
        shop.clock.go(days=1)
        shop.earn(1, entry_id="later", expires_at=NOW + 9 * A_DAY)
        shop.clock.go(days=1)
        shop.earn(1, entry_id="soon", expires_at=NOW + 8 * A_DAY)
        shop.earn(1, entry_id="new")

        (taken,) = shop.spend(4).of(Taken)

        assert [part.lot_id for part in taken.parts] == drawn


def test_a_late_spend_of_what_was_booked_as_dead_corrects_the_booking() -> None:
    with open_shop(point_type(expiry=TEN_DAYS)) as shop:
        shop.earn(10)
        shop.clock.go(days=11)
        shop.ledger.sweep()

        receipt = shop.spend(4, at=NOW + A_DAY)

        assert [event.points for event in receipt.of(PointsExpired)] == [-4]
        assert shop.balance(at=NOW + A_DAY) == (6, 0, 0, 0)
        assert shop.balance() == (0, 0, 0, 0)


def test_a_late_hold_of_what_was_booked_as_dead_keeps_it_from_dying() -> None:
    kind = point_type(expiry=TEN_DAYS, hold_minutes=20 * 24 * 60)
    with open_shop(kind) as shop:
        shop.earn(10)
        shop.clock.go(days=11)
        shop.ledger.sweep()

        shop.hold(4, "cart", at=NOW + A_DAY)

        assert shop.balance() == (4, 4, 0, 0)


def test_points_earned_late_are_as_old_as_their_date() -> None:
    with open_shop(point_type(expiry=TEN_DAYS)) as shop:
        shop.clock.go(days=11)
        shop.earn(10, at=NOW)

        assert shop.balance() == (0, 0, 0, 0)
        assert shop.balance(at=NOW + 9 * A_DAY) == (10, 0, 0, 0)
        assert shop.balance(at=NOW + 9 * A_DAY, known_at=NOW + A_DAY) == (0, 0, 0, 0)


def test_a_balance_of_a_day_is_what_had_happened_by_then(shop: Shop) -> None:
    fields: dict[str, Any] = {"points": 10}
    for _ in range(3):
        shop.points("earn", **fields)
        shop.clock.go(days=1)

    assert [shop.free(at=NOW + n * A_DAY) for n in (-1, 0, 1, 2, 3)] == [
        0,
        10,
        20,
        30,
        30,
    ]
