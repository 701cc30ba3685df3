"""The receipt: what a command did, in the log for ever."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import attrs

from .points import (
    AccountClosed,
    DebtPaid,
    ExpirySlid,
    Granted,
    HoldLapsed,
    HoldPlaced,
    HoldVoided,
    LotReleased,
    PartKind,
    PointsActivated,
    PointsCancelled,
    PointsExpired,
    Posting,
    Reversed,
    Taken,
    postings,
)
from .store import KeyRecord, Recorded

_POINTS_EVENTS = (
    Granted,
    Taken,
    Reversed,
    HoldPlaced,
    HoldVoided,
    HoldLapsed,
    PointsActivated,
    LotReleased,
    PointsExpired,
    PointsCancelled,
    ExpirySlid,
    DebtPaid,
    AccountClosed,
)


@attrs.frozen(kw_only=True)
class Receipt:
    """What was done under *key*: the same for every repetition of the command.

    *events* are as recorded, in the order of the log; none when nothing had to happen.
    """

    key: str
    command: str
    recorded_at: datetime | None
    events: tuple[Recorded, ...]

    @property
    def position(self) -> int:
        """The place in the log of the last event; 0 when nothing was written."""
        return self.events[-1].position if self.events else 0

    def of(self, kind: type) -> tuple[Any, ...]:
        """Return the events of one class, such as ``Granted``."""
        return tuple(one.event for one in self.events if isinstance(one.event, kind))

    def postings(self) -> tuple[tuple[str, Posting], ...]:
        """Return the double entry: (stream of the account, posting)."""
        return tuple(self._postings())

    def _postings(self) -> Iterator[tuple[str, Posting]]:
        for one in self.events:
            if isinstance(one.event, _POINTS_EVENTS):
                for posting in postings(one.event):
                    yield one.stream, posting

    def moved(self, account: str) -> int:
        """Add up the postings to an account of the chart, such as ``spent``.

        Positive is into it: the 10 points of a spend go to ``spent``, from the member.
        """
        legs = (posting for _, posting in self._postings())
        return sum(leg.points for leg in legs if leg.account == account)

    @property
    def earned(self) -> int:
        """Points issued; what a reversal takes back is not taken off."""
        return -self.moved("issued")

    @property
    def spent(self) -> int:
        """Points used; negative when a spend was undone."""
        return self.moved("spent")

    @property
    def not_recovered(self) -> int:
        """Points that a reversal should have taken back and could not."""
        parts = [
            part
            for event in (*self.of(Taken), *self.of(Reversed))
            if not getattr(event, "gives", False)
            for part in event.parts
        ]
        return sum(part.points for part in parts if part.kind is PartKind.LOST)


def receipt_of(found: KeyRecord) -> Receipt:
    """Make the receipt again from what is recorded under a key."""
    return Receipt(
        key=found.key,
        command=found.name,
        recorded_at=found.recorded_at,
        events=found.events,
    )
