"""The decision that closes an account: what is in it is forfeited."""

from datetime import datetime

from ..kernel.errors import OpenHoldsError
from .account import Account
from .entries import Part
from .events import AccountClosed, Event
from .granting import Why


def close(account: Account, at: datetime, why: Why) -> tuple[Event, ...]:
    """Forfeit what is left, write off what is owed; refuse while holds are open."""
    holds = tuple(sorted(account.open_holds))
    if holds:
        raise OpenHoldsError(holds=holds)
    parts = []
    for lot_id in sorted(account.open_lots):
        book = account.lots[lot_id]
        points = book.remaining - book.gone
        if points:
            parts.append(Part(points=points, lot_id=lot_id, bucket=book.bucket))
    event = AccountClosed(
        at=max(at, account.latest_at),
        forfeited=tuple(parts),
        written_off=account.debt,
        reason=why.reason,
        actor=why.actor,
    )
    return (event,)
