"""Double entry: every points event as postings that sum to zero.

The member's side is ``member:pending``, ``member:available``, ``member:held`` and
``member:debt`` (negative while points are owed). The programme's side says where
points come from and go to: ``issued``, ``opening``, ``adjustment``, ``transfer``,
``conversion``, ``spent``, ``reversed``, ``expired``, ``cancelled``, ``forfeited`` and
``written_off``. A positive posting brings points to an account.
"""

from collections.abc import Iterable, Iterator
from typing import assert_never

import attrs

from .entries import Part, PartKind
from .events import (
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

PENDING = "member:pending"
AVAILABLE = "member:available"
HELD = "member:held"
DEBT = "member:debt"


@attrs.frozen(kw_only=True)
class Posting:
    """One leg: signed points on an account of the chart."""

    account: str
    points: int


def postings(event: Event) -> tuple[Posting, ...]:
    """Return the legs of an event; they sum to zero. Legs of zero are left out."""
    legs: dict[str, int] = {}
    for account, points in _legs(event):
        legs[account] = legs.get(account, 0) + points
    return tuple(
        Posting(account=account, points=points)
        for account, points in legs.items()
        if points
    )


def _legs(event: Event) -> Iterable[tuple[str, int]]:
    match event:
        case Granted():
            return _granted(event)
        case Taken():
            return _taken(event)
        case Reversed():
            return _parts(event.parts, event.book, sign=1 if event.gives else -1)
        case HoldPlaced():
            return _move(AVAILABLE, HELD, sum(pin.points for pin in event.pins))
        case HoldVoided():
            return _move(HELD, AVAILABLE, sum(one.points for one in event.released))
        case HoldLapsed():
            return _move(HELD, AVAILABLE, event.points)
        case PointsActivated():
            return _move(PENDING, AVAILABLE, event.points)
        case PointsExpired():
            return _move(AVAILABLE, "expired", event.points)
        case PointsCancelled():
            return _move(PENDING, "cancelled", event.points)
        case DebtPaid():
            return _move(AVAILABLE, DEBT, event.points)
        case AccountClosed():
            return _closed(event)
        case LotReleased() | ExpirySlid():
            return ()
        case _:
            assert_never(event)


def _move(source: str, target: str, points: int) -> Iterator[tuple[str, int]]:
    yield source, -points
    yield target, points


def _granted(event: Granted) -> Iterator[tuple[str, int]]:
    for lot in event.lots:
        start = lot.available_from
        active = start is not None and start <= event.at
        yield from _move(event.book, AVAILABLE if active else PENDING, lot.points)


def _taken(event: Taken) -> Iterator[tuple[str, int]]:
    yield from _parts(event.parts, event.book, sign=-1)
    yield from _move(HELD, AVAILABLE, sum(one.points for one in event.released))


def _parts(parts: Iterable[Part], book: str, *, sign: int) -> Iterator[tuple[str, int]]:
    for part in parts:
        points = sign * part.points
        match part.kind:
            case PartKind.LOT | PartKind.REPAID:
                yield from _move(book, f"member:{part.bucket}", points)
            case PartKind.DEBT:
                yield from _move(book, DEBT, points)
            case PartKind.LOST:
                pass
            case _:
                assert_never(part.kind)


def _closed(event: AccountClosed) -> Iterator[tuple[str, int]]:
    yield from _parts(event.forfeited, "forfeited", sign=-1)
    yield from _move("written_off", DEBT, event.written_off)
