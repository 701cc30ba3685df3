"""The decision that closes an account: what is in it is forfeited."""

from datetime import datetime

from ..kernel.errors import OpenHoldsError
from .account import Account
from .entries import Part
from .events import AccountClosed, Event
from .granting import Why
from .lots import LotBook


def close(account: Account, at: datetime, why: Why) -> tuple[Event, ...]:
    """Forfeit what is left, write off what is owed; refuse while holds are open.

    What time has done after that instant does not count: a sweep may have booked it.
    """
    closed_at = max(at, account.decided_at)
    holds = account.holds.values()
    still_open = [
        hold.hold_id for hold in holds if hold.points and not hold.has_lapsed(closed_at)
    ]
    if still_open:
        raise OpenHoldsError(holds=tuple(sorted(still_open)))
    books = sorted(account.lots.values(), key=lambda book: book.lot.lot_id)
    event = AccountClosed(
        at=closed_at,
        forfeited=tuple(
            Part(points=points, lot_id=book.lot.lot_id, bucket=book.bucket)
            for book in books
            if (points := _left(book, closed_at))
        ),
        written_off=account.debt,
        reason=why.reason,
        actor=why.actor,
    )
    return (event,)


def _left(book: LotBook, at: datetime) -> int:
    return book.remaining - (book.gone if book.is_dead(at) else 0)
