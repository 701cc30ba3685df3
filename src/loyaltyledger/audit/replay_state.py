"""An account as a replay keeps it: plain numbers that are changed in place.

A second implementation: it shares nothing with the rooms that decide, so a fault would
have to be made twice to go unseen.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

import attrs

from .findings import FindingKind as Kind
from .replay_shapes import Lot as MadeLot


class OfLot(Protocol):
    """Points that may be those of a lot."""

    @property
    def lot_id(self) -> str | None: ...


@attrs.define
class Lot:
    """*remaining* is all that is in it, *gone* the dead part, *pinned* is held."""

    number: int
    granted_at: datetime
    remaining: int
    starts: datetime | None
    ends: datetime | None
    cancel_by: datetime | None
    is_active: bool
    gone: int = 0
    pinned: int = 0

    def is_dead(self, at: datetime) -> bool:
        dies_at = self.cancel_by if self.starts is None else self.ends
        return dies_at is not None and dies_at <= at

    def is_usable(self, at: datetime) -> bool:
        starts = self.starts
        if starts is None or at < starts or at < self.granted_at:
            return False
        return self.ends is None or at < self.ends


@attrs.define
class Hold:
    """*pins* are what is open of each lot, *lapsed* what was booked so."""

    at: datetime
    lapses_at: datetime
    pins: dict[str, int]
    lapsed: int = 0
    is_over: bool = False


@attrs.define
class Entry:
    """*left* is what can still be undone of each part."""

    gives: bool
    at: datetime
    left: list[int]


@attrs.define
class Debt:
    at: datetime
    owed: int
    paid: dict[str, int] = attrs.Factory(dict)


Problems = list[tuple[Kind, str]]
Books = dict[str, int]


class Account:
    """The figures are the member's side of the books, *books* that of the programme.

    They are a second set of numbers for what is in the lots; both are compared.
    """

    __slots__ = (
        "available",
        "books",
        "debt",
        "debts",
        "entries",
        "held",
        "holds",
        "is_closed",
        "latest_at",
        "lots",
        "pending",
        "problems",
    )

    def __init__(self, books: Books, problems: Problems, at: datetime) -> None:
        self.books = books
        self.problems = problems
        self.latest_at = at
        self.is_closed = False
        self.available = self.pending = self.held = self.debt = 0
        self.lots: dict[str, Lot] = {}
        self.holds: dict[str, Hold] = {}
        self.entries: dict[str, Entry] = {}
        self.debts: dict[tuple[str, int], Debt] = {}

    def tell(self, kind: Kind, problem: str) -> None:
        self.problems.append((kind, problem))

    def owed(self) -> int:
        return sum(debt.owed for debt in self.debts.values())

    def posted(self) -> int:
        """Add up the member's side of the books."""
        return self.available + self.pending + self.held - self.debt

    def book(self, book: str, points: int) -> None:
        self.books[book] = self.books.get(book, 0) + points

    def post(self, bucket: str, points: int) -> None:
        """Move the member's side of points that a part names."""
        match bucket:
            case "available":
                self.available += points
            case "pending":
                self.pending += points
            case "held":
                self.held += points
            case _:
                self.tell(Kind.BALANCE_MISMATCH, f"no points are called {bucket!r}")

    def free(self, points: int) -> None:
        """Points that were held can be used again."""
        self.held -= points
        self.available += points

    def new_entry(self, entry_id: str, entry: Entry) -> None:
        if entry_id in self.entries:
            problem = f"entry {entry_id!r} is recorded a second time"
            self.tell(Kind.BROKEN_REFERENCE, problem)
        self.entries[entry_id] = entry

    def new_lot(self, made: MadeLot, at: datetime, points: int) -> Lot:
        lots = self.lots
        if made.lot_id in lots:
            problem = f"lot {made.lot_id!r} is granted a second time"
            self.tell(Kind.BROKEN_REFERENCE, problem)
        starts = made.available_from
        active = starts is not None and starts <= at
        ends, cancel_by = made.expires_at, made.cancel_by
        lot = Lot(len(lots), at, points, starts, ends, cancel_by, active)
        lots[made.lot_id] = lot
        return lot

    def out(self, lot_id: str, points: int, at: datetime) -> None:
        """Take points out of a lot: it must hold them, and what is held besides."""
        lot = self.lots[lot_id]
        left = lot.remaining = lot.remaining - points
        if points < 1:
            self.tell(Kind.WRONG_POINTS, f"{points} points of lot {lot_id!r}")
        if at < lot.granted_at:
            self.tell(Kind.BEFORE_CAUSE, f"before lot {lot_id!r} was granted")
        if left < 0:
            self.tell(Kind.LOT_OVERDRAWN, f"{left} points in lot {lot_id!r}")
        elif left < lot.pinned:
            problem = f"{lot.pinned} points held of {left} in lot {lot_id!r}"
            self.tell(Kind.HOLD_EXCEEDS_LOT, problem)

    def check_usable(self, draws: Iterable[OfLot], at: datetime) -> None:
        for draw in draws:
            lot_id = draw.lot_id
            if lot_id is not None and not self.lots[lot_id].is_usable(at):
                problem = f"lot {lot_id!r} was not usable at {at.isoformat()}"
                self.tell(Kind.LOT_NOT_USABLE, problem)
