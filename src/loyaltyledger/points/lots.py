"""Lots: points granted together, which become usable and die together.

A :class:`Lot` is what was granted. A :class:`LotBook` is the lot with everything that
has happened to it. What a lot is worth at an instant is a function of time; sweeps
only book it, so nothing here depends on whether one has run.
"""

from datetime import datetime
from typing import Self

import attrs

from ..kernel.ids import check_entry_id
from ..kernel.quantities import check_points
from ..kernel.time import BEGINNING, NEVER
from ..kernel.values import changed
from ..programme import SpendOrder


@attrs.frozen(kw_only=True)
class Lot:
    """Points as they were granted; without *available_from* they wait for an event."""

    lot_id: str = attrs.field(validator=check_entry_id)
    points: int = attrs.field(validator=check_points)
    available_from: datetime | None = None
    expires_at: datetime | None = None
    cancel_by: datetime | None = None
    slides: bool = False


@attrs.frozen(kw_only=True)
class Draw:
    """Points of one lot."""

    lot_id: str
    points: int


@attrs.frozen(kw_only=True)
class Move:
    """Points that went into a lot (or out, negative) at an instant."""

    at: datetime
    points: int


@attrs.frozen(kw_only=True)
class LotBook:
    """A lot and what happened to it.

    *remaining* is what was neither drawn nor taken back, dead or alive. *gone* is how
    much of it has been booked as dead, the last time as of *gone_at*, and
    *is_cancelled* says that it was booked as cancelled. *is_active* says whether its
    activation has been booked; *in_at* is when points last came free in it.
    """

    lot: Lot
    number: int
    granted_at: datetime
    moves: tuple[Move, ...] = ()
    remaining: int
    gone: int = 0
    gone_at: datetime | None = None
    is_cancelled: bool = False
    is_active: bool = False
    in_at: datetime

    @property
    def dead_from(self) -> datetime | None:
        """The first instant at which the lot is dead; None: never."""
        if self.lot.available_from is None:
            return self.lot.cancel_by
        return self.lot.expires_at

    @property
    def next_due(self) -> datetime:
        """The first instant at which time may change it, while it is not settled."""
        if self.gone:
            return BEGINNING  # what had been booked as gone: look at once
        due = self.dead_from or NEVER
        start = self.lot.available_from
        if not self.is_active and start is not None:
            return min(start, due)
        return due

    @property
    def is_settled(self) -> bool:
        """Nothing is left in it, or all that is left is booked as gone."""
        return self.remaining == self.gone

    @property
    def bucket(self) -> str:
        """Where its points stand in the books."""
        return "available" if self.is_active else "pending"

    def is_dead(self, at: datetime) -> bool:
        return self.dead_from is not None and at >= self.dead_from

    def is_live(self, at: datetime) -> bool:
        """Say whether it is usable: never before it was granted, whatever its dates."""
        start = self.lot.available_from
        is_there = start is not None and max(start, self.granted_at) <= at
        return is_there and not self.is_dead(at)

    def is_pending(self, at: datetime) -> bool:
        start = self.lot.available_from
        waits = self.granted_at <= at and (start is None or at < start)
        return waits and not self.is_dead(at)

    def remaining_at(self, at: datetime) -> int:
        """Return what remained of it after all that had happened by *at*."""
        return self.lot.points + sum(m.points for m in self.moves if m.at <= at)

    def moved(self, points: int, at: datetime) -> Self:
        return changed(
            self,
            moves=(*self.moves, Move(at=at, points=points)),
            remaining=self.remaining + points,
            in_at=max(self.in_at, at) if points > 0 else self.in_at,
        )


def spend_key(book: LotBook, order: SpendOrder) -> tuple[datetime, datetime, int]:
    """Sort lots for spending: a total order, with no tie left to chance."""
    first = NEVER
    if order is SpendOrder.FIRST_IN:
        first = book.granted_at
    elif book.lot.expires_at is not None:
        first = book.lot.expires_at
    return first, book.granted_at, book.number
