"""What users of other systems complain about: expiry, time, and the books."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from loyaltyledger import (
    Conversion,
    Expiry,
    ExpiryKind,
    InvalidInputError,
    Pending,
    PendingKind,
    QuoteError,
)
from shop import TICK, Shop, basket, open_shop, point_type, programme, rate, tables

A_MONTH = Expiry(kind=ExpiryKind.ROLLING, months=1)


def converted(shop: Shop) -> None:
    shop.points("earn", point_type="miles", points=5)
    shop.points("convert", point_type="miles", into="points", points=5)


def transferred(shop: Shop) -> None:
    shop.earn(5, "bob")
    shop.points("transfer", "bob", to_member="ann", points=5)


WAYS: dict[str, Callable[[Shop], Any]] = {
    "earned": lambda shop: shop.earn(5),
    "bought": lambda shop: shop.buy("p", "5.00"),
    "brought in": lambda shop: shop.points("open_balance", points=5),
    "adjusted": lambda shop: shop.points("adjust", points=5, actor="a", reason="r"),
    "transferred": transferred,
    "converted": converted,
}


@pytest.mark.parametrize("way", WAYS)
def test_points_expire_however_they_came(way: str) -> None:
    """Complaint 35."""
    rate_of_miles = Conversion(
        source="miles", into="points", from_points=1, into_points=1
    )
    kinds = (point_type(expiry=A_MONTH), point_type(name="miles", rates=()))
    with open_shop() as shop:
        shop.define(programme(*kinds, conversions=(rate_of_miles,)))
        WAYS[way](shop)
        assert shop.free() == 5

        shop.clock.now = datetime(2024, 6, 17, 12, tzinfo=UTC)

        assert shop.free(at=shop.clock.now - TICK) == 5
        assert shop.free() == 0
        assert shop.ledger.sweep() >= 1
        assert shop.free() == 0


def test_a_quote_holds_until_the_commit_though_the_day_has_changed() -> None:
    """Complaint 36."""
    with open_shop() as shop:
        bought = basket("50.00")
        quoted = shop.ledger.quote(programme_id="shop", basket=bought)
        shop.clock.go(minutes=10)
        shop.define(programme(point_type(rates=(rate(2),))))
        shop.clock.go(minutes=20, microseconds=-1)

        shop.buy("p", "50.00", quote=quoted)

        assert shop.free() == 50
        shop.clock.go(microseconds=1)
        with pytest.raises(QuoteError):
            shop.buy("q", "50.00", quote=quoted)


def test_the_zone_of_the_host_decides_nothing() -> None:
    """Complaint 36."""
    end_of_day = Expiry(kind=ExpiryKind.ROLLING, days=1, round_to="day")
    for hours in (-11, 0, 13):
        with open_shop(point_type(expiry=end_of_day)) as shop:
            zone = timezone(timedelta(hours=hours))
            shop.earn(5, at=shop.clock.now.astimezone(zone))

            ((_, _, expires_at),) = shop.lots()

            # The end of 18 May in London, which is in summer time.
            assert expires_at == datetime(2024, 5, 18, 23, tzinfo=UTC)


def test_a_lot_lives_to_the_end_of_its_last_day_where_the_shop_is() -> None:
    """Complaint 37."""
    summer = Expiry(kind=ExpiryKind.FIXED, dates=(date(2024, 6, 1),))
    with open_shop(point_type(expiry=summer)) as shop:
        shop.earn(5)
        midnight = datetime(2024, 5, 31, 23, tzinfo=UTC)

        assert shop.free(at=midnight - TICK) == 5
        assert shop.free(at=midnight) == 0


@pytest.mark.parametrize(
    ("months", "granted", "expires"),
    [
        (1, (2023, 1, 31), (2023, 2, 28)),
        (1, (2024, 1, 31), (2024, 2, 29)),
        (12, (2024, 2, 29), (2025, 2, 28)),
        (1, (2024, 2, 29), (2024, 3, 29)),
        (2, (2023, 12, 31), (2024, 2, 29)),
    ],
)
def test_a_month_after_a_day_that_the_next_lacks_is_its_last(
    months: int, granted: tuple[int, int, int], expires: tuple[int, int, int]
) -> None:
    """Complaint 39."""
    policy = Expiry(kind=ExpiryKind.ROLLING, months=months)
    with open_shop(point_type(expiry=policy)) as shop:
        shop.earn(5, at=datetime(*granted, 12, tzinfo=UTC))
        end = datetime(*expires, 12, tzinfo=UTC)

        assert shop.free(at=end - TICK) == 5
        assert shop.free(at=end) == 0


def test_points_that_become_usable_are_their_owners_and_reading_writes_nothing() -> (
    None
):
    """Complaint 44."""
    waits = Pending(kind=PendingKind.DURATION, days=3)
    with open_shop(point_type(pending=waits)) as shop:
        shop.earn(5, "ann")
        shop.earn(7, "bob")
        before = tables(shop.ledger)
        shop.clock.go(days=3)

        assert shop.balance("ann") == (5, 0, 0, 0)
        assert shop.balance("bob") == (7, 0, 0, 0)
        assert tables(shop.ledger) == before


def test_points_earned_one_way_are_spent_any_other_way(shop: Shop) -> None:
    """Complaint 45."""
    shop.buy("p", "100.00")

    shop.spend(25)
    shop.hold(25, "cart")
    shop.points("capture", hold_id="cart")
    shop.points("transfer", to_member="bob", points=25)
    shop.points("adjust", points=-25, actor="a", reason="r")

    assert shop.balance() == (0, 0, 0, 0)


def test_bringing_two_accounts_together_adds_up_once(shop: Shop) -> None:
    """Complaint 46."""
    shop.earn(50, "ann")
    shop.earn(100, "bob")

    for _ in range(2):
        shop.points("transfer", "ann", to_member="bob", points=50, key="merge")

    assert (shop.free("ann"), shop.free("bob")) == (0, 150)


def test_points_taken_by_hand_need_no_dates_and_refuse_them() -> None:
    """Complaint 47."""
    with open_shop(point_type(expiry=A_MONTH)) as shop:
        shop.earn(10)
        by_hand: dict[str, Any] = {"points": -4, "actor": "a", "reason": "r"}
        end = shop.clock.now + timedelta(days=1)

        with pytest.raises(InvalidInputError) as refused:
            shop.points("adjust", **by_hand, expires_at=end)
        shop.points("adjust", **by_hand)

        assert refused.value.field == "expires_at"
        assert shop.free() == 6


def test_cancelling_only_adds_to_the_log(shop: Shop) -> None:
    """Complaint 48."""
    shop.buy("p", "50.00")
    shop.earn(10, entry_id="bonus")
    before = shop.ledger.store.raw()

    shop.give_back("p", "r")
    shop.do("cancel_return", purchase_id="p", return_id="r")
    shop.reverse("bonus")

    after = shop.ledger.store.raw()
    assert after[: len(before)] == before
    assert len(after) > len(before)
