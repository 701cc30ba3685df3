"""Holds: points reserved while a checkout is open.

A hold pins points of certain lots from when it was placed until it is captured,
voided, or its deadline passes. Lapsing is a function of time.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Self

import attrs

from ..kernel.values import changed
from .lots import Draw


@attrs.frozen(kw_only=True)
class Resolution:
    """Points of a hold that were captured or released at an instant."""

    at: datetime
    draws: tuple[Draw, ...]


@attrs.frozen(kw_only=True)
class Hold:
    """A hold and what became of it; *lapsed* is how much was booked as lapsed."""

    hold_id: str
    at: datetime
    lapses_at: datetime
    pins: tuple[Draw, ...]
    resolutions: tuple[Resolution, ...] = ()
    lapsed: int = 0

    @property
    def open_pins(self) -> tuple[Draw, ...]:
        """What was neither captured nor released, whatever the time."""
        return self._left(self.resolutions)

    @property
    def points(self) -> int:
        return sum(pin.points for pin in self.open_pins)

    @property
    def is_settled(self) -> bool:
        return self.points == self.lapsed

    def has_lapsed(self, at: datetime) -> bool:
        return at >= self.lapses_at

    def pins_at(self, at: datetime) -> tuple[Draw, ...]:
        """Return what the hold pinned at an instant."""
        if at < self.at or self.has_lapsed(at):
            return ()
        return self._left(one for one in self.resolutions if one.at <= at)

    def resolved(self, at: datetime, draws: tuple[Draw, ...]) -> Self:
        resolutions = (*self.resolutions, Resolution(at=at, draws=draws))
        return changed(self, resolutions=resolutions)

    def _left(self, resolutions: Iterable[Resolution]) -> tuple[Draw, ...]:
        done: dict[str, int] = {}
        for resolution in resolutions:
            for draw in resolution.draws:
                done[draw.lot_id] = done.get(draw.lot_id, 0) + draw.points
        left = (
            Draw(lot_id=pin.lot_id, points=pin.points - done.get(pin.lot_id, 0))
            for pin in self.pins
        )
        return tuple(pin for pin in left if pin.points)
