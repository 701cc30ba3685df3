"""A hold keeps its points, and only them, until it is captured, voided or lapsed."""

from datetime import timedelta
from typing import Any

import pytest

from loyaltyledger import (
    Expiry,
    ExpiryKind,
    HoldLapsed,
    HoldLapsedError,
    HoldSettledError,
    InsufficientPointsError,
    Rest,
    Taken,
)
from shop import NOW, TICK, Shop, open_shop, point_type

HALF_AN_HOUR = timedelta(minutes=30)
A_DAY = Expiry(kind=ExpiryKind.ROLLING, days=1)


def capture(shop: Shop, points: int, rest: Rest, **fields: Any) -> None:
    shop.points("capture", hold_id="cart", points=points, rest=rest, **fields)


def test_a_hold_takes_all_that_is_free_and_not_a_point_more(shop: Shop) -> None:
    shop.earn(100)
    shop.hold(60, "cart")

    with pytest.raises(InsufficientPointsError):
        shop.hold(41, "other")
    shop.hold(40, "other")

    assert shop.balance() == (100, 100, 0, 0)


def test_a_hold_can_be_captured_until_just_before_it_lapses(shop: Shop) -> None:
    shop.earn(100)
    shop.hold(60, "cart")
    shop.clock.now = NOW + HALF_AN_HOUR - TICK
    assert shop.balance() == (100, 60, 0, 0)

    shop.points("capture", hold_id="cart")

    assert shop.balance() == (40, 0, 0, 0)


def test_a_hold_has_lapsed_at_its_deadline_whether_booked_or_not(shop: Shop) -> None:
    shop.earn(100)
    shop.hold(60, "cart")
    shop.clock.now = NOW + HALF_AN_HOUR

    assert shop.balance() == (100, 0, 0, 0)
    assert shop.ledger.sweep() == 1
    assert shop.ledger.sweep(at=shop.clock.now + TICK) == 0
    assert shop.balance() == (100, 0, 0, 0)
    with pytest.raises(HoldLapsedError):
        shop.points("void", hold_id="cart")


def test_a_capture_dated_before_the_deadline_counts_though_it_comes_late(
    shop: Shop,
) -> None:
    shop.earn(100)
    shop.hold(60, "cart")
    shop.clock.go(hours=1)
    shop.ledger.sweep()

    receipt = shop.points("capture", hold_id="cart", at=NOW)

    assert [event.points for event in receipt.of(HoldLapsed)] == [-60]
    assert shop.balance() == (40, 0, 0, 0)


@pytest.mark.parametrize("rest", list(Rest))
def test_a_late_capture_of_points_that_were_used_since_is_refused(
    shop: Shop, rest: Rest
) -> None:
    shop.earn(100)
    shop.hold(60, "cart")
    shop.clock.go(hours=1)
    shop.spend(80)

    with pytest.raises(InsufficientPointsError) as refused:
        capture(shop, 60, rest, at=NOW + TICK)

    assert (refused.value.requested, refused.value.available) == (60, 20)


def test_a_late_part_capture_that_keeps_the_rest_needs_the_rest_too(
    shop: Shop,
) -> None:
    shop.earn(100)
    shop.hold(60, "cart")
    shop.clock.go(hours=1)
    shop.spend(80)

    with pytest.raises(InsufficientPointsError):
        capture(shop, 20, Rest.KEEP, at=NOW + TICK)
    capture(shop, 20, Rest.RELEASE, at=NOW + TICK)

    assert shop.balance() == (0, 0, 0, 0)


def test_a_part_capture_may_release_the_rest(shop: Shop) -> None:
    shop.earn(100)
    shop.hold(60, "cart")

    capture(shop, 59, Rest.RELEASE)

    assert shop.balance() == (41, 0, 0, 0)
    with pytest.raises(HoldSettledError):
        capture(shop, 1, Rest.RELEASE)


def test_a_part_capture_may_keep_the_rest_for_another(shop: Shop) -> None:
    shop.earn(100)
    shop.hold(60, "cart")

    capture(shop, 20, Rest.KEEP)
    assert shop.balance() == (80, 40, 0, 0)
    capture(shop, 15, Rest.KEEP)
    shop.points("capture", hold_id="cart")

    assert shop.balance() == (40, 0, 0, 0)


def test_the_rest_of_a_part_capture_can_be_voided(shop: Shop) -> None:
    shop.earn(100)
    shop.hold(60, "cart")
    capture(shop, 20, Rest.KEEP)

    shop.points("void", hold_id="cart")

    assert shop.balance() == (80, 0, 0, 0)


def test_a_capture_takes_the_lots_in_the_order_they_were_held(shop: Shop) -> None:
    shop.earn(10, entry_id="first")
    shop.earn(10, entry_id="second")
    shop.hold(15, "cart")

    receipt = shop.points("capture", hold_id="cart", points=12, rest=Rest.RELEASE)

    (taken,) = receipt.of(Taken)
    drawn = [(part.lot_id, part.points) for part in taken.parts]
    assert drawn == [("first", 10), ("second", 2)]


def test_a_capture_that_its_first_lot_covers_touches_no_other(shop: Shop) -> None:
    shop.earn(10, entry_id="first")
    shop.earn(10, entry_id="second")
    shop.hold(15, "cart")

    capture(shop, 10, Rest.RELEASE)

    assert [lot[:2] for lot in shop.lots()] == [("second", 10)]


def test_points_that_are_held_do_not_die() -> None:
    with open_shop(point_type(expiry=A_DAY, hold_minutes=3 * 24 * 60)) as shop:
        shop.earn(10)
        shop.hold(4, "cart")
        shop.clock.go(days=2)
        assert shop.balance() == (4, 4, 0, 0)
        shop.ledger.sweep()

        shop.points("capture", hold_id="cart")

        assert shop.balance() == (0, 0, 0, 0)


def test_points_that_outlived_their_lot_in_a_hold_die_when_it_is_voided() -> None:
    with open_shop(point_type(expiry=A_DAY, hold_minutes=3 * 24 * 60)) as shop:
        shop.earn(10)
        shop.hold(4, "cart")
        shop.clock.go(days=2)
        assert shop.lots() == [("earn-4", 4, NOW + timedelta(days=1))]

        shop.points("void", hold_id="cart")

        assert shop.balance() == (0, 0, 0, 0)
        assert shop.lots() == []


def test_a_hold_of_yesterday_has_been_one_on_that_day(shop: Shop) -> None:
    shop.earn(100)
    shop.clock.go(days=1)
    shop.hold(60, "cart", at=NOW + TICK)

    assert shop.balance(at=NOW) == (100, 0, 0, 0)
    assert shop.balance(at=NOW + TICK) == (100, 60, 0, 0)
    assert shop.balance() == (100, 0, 0, 0)


def test_a_late_hold_cannot_keep_what_was_spent_since(shop: Shop) -> None:
    shop.earn(100)
    shop.clock.go(minutes=10)
    shop.spend(70)

    with pytest.raises(InsufficientPointsError) as refused:
        shop.hold(31, "cart", at=NOW)
    shop.hold(30, "cart", at=NOW)

    assert refused.value.available == 30


def test_a_late_spend_cannot_take_what_is_held_since(shop: Shop) -> None:
    shop.earn(100)
    shop.clock.go(minutes=10)
    shop.hold(70, "cart")

    with pytest.raises(InsufficientPointsError) as refused:
        shop.spend(31, at=NOW + TICK)

    assert refused.value.available == 30
