"""Whether every lot held what was asked of it, at every instant."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby

from ..points import Account, LotBook
from .findings import FindingKind as Kind
from .verify_steps import Problem

Change = tuple[datetime, int, int]
"""When, how many points came into a lot, and how many more of it were promised."""


def lot_problems(account: Account) -> Iterator[Problem]:
    """Say which lots were overdrawn or promised twice, and when first."""
    promised = _promised(account)
    for lot_id, book in account.lots.items():
        yield from _problems(book, [*_moves(book), *promised[lot_id]])


def _moves(book: LotBook) -> Iterator[Change]:
    yield book.granted_at, book.lot.points, 0
    for move in book.moves:
        yield move.at, move.points, 0


def _promised(account: Account) -> dict[str, list[Change]]:
    """Say for each lot when holds took their promise, and when they gave it back."""
    changes: dict[str, list[Change]] = defaultdict(list)
    for hold in account.holds.values():
        for pin in hold.pins:
            changes[pin.lot_id].append((hold.at, 0, pin.points))
        for resolution in hold.resolutions:
            for draw in resolution.draws:
                changes[draw.lot_id].append((resolution.at, 0, -draw.points))
        for pin in hold.open_pins:
            changes[pin.lot_id].append((hold.lapses_at, 0, -pin.points))
    return changes


def _problems(book: LotBook, changes: list[Change]) -> Iterator[Problem]:
    inside = promised = 0
    changes.sort()
    for at, together in groupby(changes, key=_when):
        for _, points, promise in together:
            inside += points
            promised += promise
        where = f"lot {book.lot.lot_id!r} at {at.isoformat()}"
        if inside < 0:
            yield Kind.LOT_OVERDRAWN, f"{inside} points in {where}"
            return
        if promised > inside:
            problem = f"{promised} points held of {inside} in {where}"
            yield Kind.HOLD_EXCEEDS_LOT, problem
            return


def _when(change: Change) -> datetime:
    return change[0]
