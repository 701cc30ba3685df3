"""Entries: what an account recorded, and how much of it has been undone.

An entry gave points (an earn, the undoing of a spend) or took them (a spend, the
undoing of an earn). It is made of parts, one for each lot it touched, and undoing it
undoes those parts, the last first: what is left then equals having given or taken
that much less in the beginning. Undoing an undoing makes an entry that stands for
what it brought back; it is a grandchild of the first, and can itself be undone.
"""

from datetime import datetime
from enum import StrEnum
from typing import Self

import attrs

from ..kernel.values import changed


class PartKind(StrEnum):
    """What a part did.

    *lot* moved points; *debt* made or forgave debt; *repaid* gave back what had paid a
    debt; *lost* is what could not be recovered, and moved nothing.
    """

    LOT = "lot"
    DEBT = "debt"
    REPAID = "repaid"
    LOST = "lost"


@attrs.frozen(kw_only=True)
class Part:
    """One part of an entry; *of* is the part of the undone entry that it undoes."""

    points: int
    kind: PartKind = PartKind.LOT
    lot_id: str | None = None
    bucket: str = "available"
    of: int = 0


@attrs.frozen(kw_only=True)
class Payment:
    """Points of a lot that went towards a debt."""

    lot_id: str
    points: int
    at: datetime


@attrs.frozen(kw_only=True)
class Debt:
    """Points owed after a reversal, and the lots that have paid towards it.

    *number* counts the debts of the account, from the first that was recorded.
    """

    entry_id: str
    part: int
    at: datetime
    points: int
    number: int = 0
    payments: tuple[Payment, ...] = ()

    @property
    def owed(self) -> int:
        return self.points - sum(payment.points for payment in self.payments)


@attrs.frozen(kw_only=True)
class Entry:
    """What was recorded under one id.

    *undone* counts per part; *children* are the reversals that undid it;
    *continuations* are further entries made by the same command; *counter* is
    the account that holds its other side.
    """

    entry_id: str
    kind: str
    book: str
    gives: bool
    at: datetime
    parts: tuple[Part, ...]
    undone: tuple[int, ...]
    reverses: str | None = None
    counter: str | None = None
    children: tuple[str, ...] = ()
    continuations: tuple[str, ...] = ()

    @property
    def points(self) -> int:
        return sum(part.points for part in self.parts)

    @property
    def left(self) -> int:
        """How many points are left to undo."""
        return self.points - sum(self.undone)

    def undone_by(self, reversal_id: str, parts: tuple[Part, ...]) -> Self:
        """Count *parts* of a reversal as undone."""
        undone = list(self.undone)
        for part in parts:
            undone[part.of] += part.points
        children = (*self.children, reversal_id)
        return changed(self, undone=tuple(undone), children=children)

    def last(self, points: int) -> tuple[tuple[int, int], ...]:
        """Choose which parts to undo for *points*: (part, points), the last first."""
        chosen = []
        for index in reversed(range(len(self.parts))):
            amount = min(points, self.parts[index].points - self.undone[index])
            if amount > 0:
                chosen.append((index, amount))
                points -= amount
        return tuple(chosen)
