"""What the views ask of an event of an account."""

from collections.abc import Iterator
from datetime import datetime
from typing import assert_never, get_args

from ..points import (
    AccountClosed,
    DebtPaid,
    Event,
    ExpirySlid,
    Granted,
    HoldLapsed,
    HoldPlaced,
    HoldVoided,
    LotReleased,
    PointsActivated,
    PointsCancelled,
    PointsExpired,
    Reversed,
    Taken,
)
from ..store.records import instant, micros

POINTS_EVENTS = get_args(Event)


def micros_or_none(at: datetime | None) -> int | None:
    return None if at is None else micros(at)


def instant_or_none(count: int | None) -> datetime | None:
    return None if count is None else instant(count)


def lots_named(event: Event) -> Iterator[str]:
    """Name the lots that an event changes and that may be older than the page."""
    match event:
        case Taken() | Reversed():
            yield from (part.lot_id for part in event.parts if part.lot_id is not None)
        case AccountClosed():
            named = (part.lot_id for part in event.forfeited)
            yield from (lot_id for lot_id in named if lot_id is not None)
        case LotReleased() | PointsExpired() | PointsCancelled() | DebtPaid():
            yield event.lot_id
        case ExpirySlid():
            yield from event.lot_ids
        case Granted() | HoldPlaced() | HoldVoided() | HoldLapsed() | PointsActivated():
            pass
        case _:
            assert_never(event)
