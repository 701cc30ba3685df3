"""Transfers and conversions concern two accounts, and both or neither change."""

from datetime import timedelta
from typing import Any

import pytest

from loyaltyledger import (
    Conversion,
    Expiry,
    ExpiryKind,
    InsufficientPointsError,
    InvalidInputError,
    PointKind,
    ReversalExceedsError,
    ReversalPolicy,
    Rounding,
    TransferExpiry,
    UnknownEntryError,
)
from shop import NOW, Shop, open_shop, point_type, programme

A_DAY = timedelta(days=1)
TEN_DAYS = Expiry(kind=ExpiryKind.ROLLING, days=10)


def send(shop: Shop, points: int, **fields: Any) -> None:
    shop.points("transfer", to_member="bob", points=points, **fields)


def both(shop: Shop) -> tuple[int, int]:
    return shop.free("ann"), shop.free("bob")


def test_a_transfer_moves_all_there_is_and_not_a_point_more(shop: Shop) -> None:
    shop.earn(100)

    with pytest.raises(InsufficientPointsError):
        send(shop, 101)
    assert both(shop) == (100, 0)
    send(shop, 100)

    assert both(shop) == (0, 100)


def test_points_that_are_held_are_not_sent(shop: Shop) -> None:
    shop.earn(100)
    shop.hold(1, "cart")

    with pytest.raises(InsufficientPointsError):
        send(shop, 100)


def test_status_points_are_not_sent() -> None:
    with open_shop(point_type(kind=PointKind.STATUS)) as shop:
        shop.earn(1)
        with pytest.raises(InvalidInputError):
            send(shop, 1)


@pytest.mark.parametrize(
    ("policy", "days"), [(TransferExpiry.KEEP, 10), (TransferExpiry.RESET, 14)]
)
def test_the_policy_says_whether_sent_points_keep_their_dates(
    policy: TransferExpiry, days: int
) -> None:
    with open_shop(point_type(expiry=TEN_DAYS, transfer_expiry=policy)) as shop:
        shop.earn(5)
        shop.clock.go(days=4)

        send(shop, 5)

        assert [lot[1:] for lot in shop.lots("bob")] == [(5, NOW + days * A_DAY)]


def test_each_lot_arrives_as_a_lot_with_its_own_date() -> None:
    with open_shop(point_type(expiry=TEN_DAYS)) as shop:
        shop.earn(5)
        shop.clock.go(days=1)
        shop.earn(5)

        send(shop, 7)

        assert [lot[1:] for lot in shop.lots("bob")] == [
            (5, NOW + 10 * A_DAY),
            (2, NOW + 11 * A_DAY),
        ]


@pytest.mark.parametrize("whose", ["ann", "bob"])
def test_either_side_undoes_a_transfer_on_both(shop: Shop, whose: str) -> None:
    shop.earn(100)
    send(shop, 60, entry_id="gift")

    shop.points("reverse", whose, entry_id="gift", points=20)
    assert both(shop) == (60, 40)
    shop.points("reverse", whose, entry_id="gift")

    assert both(shop) == (100, 0)
    with pytest.raises(ReversalExceedsError):
        shop.points("reverse", whose, entry_id="gift", points=1)


def test_an_undone_transfer_can_be_done_again_by_undoing_that(shop: Shop) -> None:
    shop.earn(100)
    send(shop, 60, entry_id="gift")
    shop.reverse("gift", reversal_id="no")

    shop.reverse("no")

    assert both(shop) == (40, 60)


def test_a_gift_that_was_spent_is_owed_by_who_got_it(shop: Shop) -> None:
    shop.earn(100)
    send(shop, 60, entry_id="gift")
    shop.spend(50, "bob")

    shop.reverse("gift")

    assert shop.balance("ann") == (100, 0, 0, 0)
    assert shop.balance("bob") == (0, 0, 0, 50)


def test_a_gift_that_cannot_be_taken_back_is_not_given_back() -> None:
    with open_shop(point_type(reversal=ReversalPolicy.WITHIN_BALANCE)) as shop:
        shop.earn(100)
        send(shop, 60, entry_id="gift")
        shop.spend(50, "bob")

        with pytest.raises(InsufficientPointsError) as refused:
            shop.reverse("gift")
        shop.reverse("gift", points=10)

        assert (refused.value.requested, refused.value.available) == (60, 10)
        assert both(shop) == (50, 0)


def test_more_than_was_sent_is_not_undone(shop: Shop) -> None:
    shop.earn(100)
    send(shop, 60, entry_id="gift")

    with pytest.raises(ReversalExceedsError) as refused:
        shop.reverse("gift", points=61)

    assert (refused.value.requested, refused.value.left) == (61, 60)


def test_somebody_else_has_no_such_transfer(shop: Shop) -> None:
    shop.enrol("cleo")
    shop.earn(100)
    send(shop, 60, entry_id="gift")

    with pytest.raises(UnknownEntryError):
        shop.points("reverse", "cleo", entry_id="gift")


def exchange_office(shop: Shop, **fields: Any) -> Shop:
    """Seven points make two miles."""
    terms: dict[str, Any] = {
        "source": "points",
        "into": "miles",
        "from_points": 7,
        "into_points": 2,
    }
    kinds = (point_type(), point_type(name="miles", rates=(), expiry=TEN_DAYS))
    rate = Conversion(**terms | fields)
    shop.define(programme(*kinds, conversions=(rate,)))
    return shop


@pytest.mark.parametrize(
    ("points", "taken", "made"),
    [(4, 4, 1), (7, 7, 2), (10, 7, 2), (11, 11, 3), (100, 98, 28)],
)
def test_a_conversion_takes_no_more_than_its_result_needs(
    shop: Shop, points: int, taken: int, made: int
) -> None:
    exchange_office(shop).earn(100)

    shop.points("convert", into="miles", points=points)

    assert (shop.free(), shop.free(point_type="miles")) == (100 - taken, made)


def test_a_conversion_rounds_as_it_says(shop: Shop) -> None:
    exchange_office(shop, rounding=Rounding.CEILING).earn(100)

    shop.points("convert", into="miles", points=1)

    assert (shop.free(), shop.free(point_type="miles")) == (99, 1)


def test_converted_points_live_by_the_policies_of_what_they_became(
    shop: Shop,
) -> None:
    exchange_office(shop).earn(7)
    shop.points("convert", into="miles", points=7)

    assert shop.free(point_type="miles", at=NOW + 10 * A_DAY) == 0


def test_a_conversion_is_undone_as_a_whole(shop: Shop) -> None:
    exchange_office(shop).earn(100)
    shop.points("convert", into="miles", points=98, entry_id="swap")

    with pytest.raises(InvalidInputError):
        shop.reverse("swap", points=7)
    shop.points("reverse", point_type="miles", entry_id="swap")

    assert (shop.free(), shop.free(point_type="miles")) == (100, 0)


def test_a_point_type_that_was_dropped_can_still_be_swept_and_read() -> None:
    with open_shop(point_type(name="miles", expiry=TEN_DAYS)) as shop:
        shop.points("earn", point_type="miles", points=5)
        shop.define(programme())
        shop.clock.go(days=10)

        assert shop.ledger.sweep() == 1
        assert shop.balance(point_type="miles") == (0, 0, 0, 0)
