"""Closing an account forfeits what is there, and nothing that is not."""

from datetime import timedelta

import pytest

from loyaltyledger import (
    AccountClosed,
    Expiry,
    ExpiryKind,
    Granted,
    Lot,
    OpenHoldsError,
    Part,
    Taken,
)
from loyaltyledger.points import Account, Why, close, fold
from shop import NOW, open_shop, point_type

A_DAY = timedelta(days=1)
TEN_DAYS = Expiry(kind=ExpiryKind.ROLLING, days=10)

GIFT = Granted(
    entry_id="gift",
    at=NOW,
    lots=(Lot(lot_id="gift", points=5, available_from=NOW),),
)
ORDER = Taken(entry_id="order", at=NOW, parts=(Part(points=5, lot_id="gift"),))


def test_a_lot_that_is_empty_forfeits_nothing() -> None:
    account = fold(Account(), (GIFT, ORDER))
    looked_at_again = account.with_open(["gift"])

    (closed,) = close(looked_at_again, NOW, Why())

    assert isinstance(closed, AccountClosed)
    assert closed.forfeited == ()


def test_an_account_is_never_closed_before_its_latest_event() -> None:
    account = fold(Account(), (GIFT,))

    (closed,) = close(account, NOW - timedelta(days=1), Why())

    assert isinstance(closed, AccountClosed)
    assert closed.at == NOW
    assert [part.points for part in closed.forfeited] == [5]


@pytest.mark.parametrize("sweeps", [0, 1])
def test_a_late_closing_forfeits_the_same_swept_or_not(sweeps: int) -> None:
    with open_shop(point_type(expiry=TEN_DAYS)) as shop:
        shop.earn(10, key="gift")
        shop.clock.go(days=12)
        for _ in range(sweeps):
            shop.ledger.sweep()

        closed = shop.do("close_member", member_id="ann", at=NOW + 9 * A_DAY)

        (event,) = closed.of(AccountClosed)
        assert event.at == NOW + 9 * A_DAY
        assert [(part.lot_id, part.points) for part in event.forfeited] == [
            ("gift", 10)
        ]
        (books,) = shop.ledger.totals()
        assert (books.forfeited, books.expired, books.outstanding) == (10, 0, 0)
        assert shop.balance() == (0, 0, 0, 0)
        assert not shop.ledger.verify().findings


@pytest.mark.parametrize("sweeps", [0, 1])
def test_a_late_closing_is_refused_for_what_was_held_then(sweeps: int) -> None:
    with open_shop(point_type()) as shop:
        shop.earn(10)
        shop.hold(4, "cart", lapses_at=NOW + 10 * A_DAY)
        shop.clock.go(days=12)
        for _ in range(sweeps):
            shop.ledger.sweep()

        with pytest.raises(OpenHoldsError):
            shop.do("close_member", member_id="ann", at=NOW + 9 * A_DAY)
        shop.do("close_member", member_id="ann", at=NOW + 10 * A_DAY)
