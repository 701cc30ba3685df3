"""Closing an account forfeits what is there, and nothing that is not."""

from datetime import timedelta

from loyaltyledger import AccountClosed, Granted, Lot, Part, Taken
from loyaltyledger.points import Account, Why, close, fold
from shop import NOW

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
