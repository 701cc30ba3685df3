"""Checkpoints: what is open in an account after every few of its events.

So a question about an instant reads the few events that follow one, and not all. A
checkpoint says what the log says up to its version, and is never changed but for
*earliest_after*: the first instant of what follows it, up to the last checkpoint.
"""

import zlib
from collections.abc import Sequence
from operator import itemgetter

from sqlalchemy import Connection, bindparam, func, select, update

from ..store import Recorded
from ..store.codec import UnreadableError, reader_of, to_json
from ..store.records import micros
from .booking import Books
from .rows import Row, insert_all
from .tables import CHECKPOINT

EVERY = 16
"""How many events of an account lie between two checkpoints."""

NOTHING_AFTER = 2**63 - 1

_LOT = (
    "lot_id",
    "number",
    "remaining",
    "gone",
    "granted_at",
    "available_from",
    "expires_at",
    "cancel_by",
)
_PIN = ("hold_id", "lot_id", "points", "lapses_at")
_DEBT = ("entry_id", "part", "at", "owed")
Kept = tuple[
    int,
    tuple[tuple[str, int, int, int, int, int | None, int | None, int | None], ...],
    tuple[tuple[str, str, int, int], ...],
    tuple[tuple[str, int, int, int], ...],
]
"""How many lots there were; open lots, pins and debts."""

_READ = reader_of(Kept)
_lot, _pin, _debt = itemgetter(*_LOT), itemgetter(*_PIN), itemgetter(*_DEBT)
_OLDER = CHECKPOINT.alias()
_FOLLOWED = (
    update(CHECKPOINT)
    .where(
        CHECKPOINT.c.account == bindparam("of"),
        CHECKPOINT.c.earliest_after > bindparam("first"),
        # No older one can have been followed by nothing as early.
        CHECKPOINT.c.latest_at
        >= func.coalesce(
            select(func.max(_OLDER.c.latest_at))
            .where(
                _OLDER.c.account == bindparam("of"),
                _OLDER.c.latest_at <= bindparam("first"),
            )
            .scalar_subquery(),
            -NOTHING_AFTER,
        ),
    )
    .values(earliest_after=bindparam("first"))
)


def is_due(version: int) -> bool:
    return version % EVERY == 0


class NewCheckpoints:
    """The checkpoints that a page of the log brings, by account."""

    def __init__(self) -> None:
        self.rows: dict[int, list[Row]] = {}
        self._first: dict[int, int] = {}

    def add(self, books: Books, one: Recorded) -> None:
        """Keep what is open in an account after an event."""
        account = books.by_stream[one.stream]
        number, first = account["id"], account["earliest_at"]
        account["earliest_at"] = None
        self._first[number] = min(first, self._first.get(number, first))
        rows = self.rows.setdefault(number, [])
        followed(rows, first)
        row = {
            "account": number,
            "latest_at": account["latest_at"],
            "version": one.version,
            "recorded_at": micros(one.recorded_at),
            "earliest_after": NOTHING_AFTER,
            "state": _packed(books, account),
        }
        rows.append(row)

    def save(self, connection: Connection) -> None:
        first = [{"of": of, "first": first} for of, first in self._first.items()]
        if first:
            connection.execute(_FOLLOWED, first)
        rows = [row for rows in self.rows.values() for row in rows]
        insert_all(connection, CHECKPOINT, rows)


def followed(rows: Sequence[Row], first: int) -> None:
    """Note in checkpoints, given in order, that something as early has followed."""
    for row in reversed(rows):
        if row["earliest_after"] <= first:
            break
        row["earliest_after"] = first


def _packed(books: Books, account: Row) -> bytes:
    number = account["id"]
    touched = books.touched[number].values()
    lots = sorted(
        (lot for lot in touched if lot["remaining"] != lot["gone"]),
        key=itemgetter("number"),
    )
    books.touched[number] = {lot["lot_id"]: lot for lot in lots}
    pins = (
        books.pins.rows[number, hold_id, lot_id]
        for hold_id, lot_ids in books.pinned[number].items()
        for lot_id in lot_ids
    )
    debts = (books.debts.rows[number, *key] for key in books.owing[number])
    kept = (
        account["lots"],
        tuple(map(_lot, lots)),
        sorted(map(_pin, pins)),
        sorted(map(_debt, debts)),
    )
    return zlib.compress(to_json(kept), level=1)


def unpacked(state: bytes) -> Kept:
    """Read a state; what cannot be read is a ValueError."""
    try:
        kept: Kept = _READ(zlib.decompress(state))
    except (zlib.error, UnreadableError, TypeError) as error:
        raise ValueError(str(error)) from error
    return kept


def books_of(stream: str, latest_at: int, kept: Kept) -> Books:
    """Open the books of one account, numbered 0, at a checkpoint."""
    lots, open_lots, pins, debts = kept
    books = Books()
    account = {"id": 0, "latest_at": latest_at, "earliest_at": None, "lots": lots}
    books.by_stream[stream] = account
    touched, rows = books.touched[0], books.lots.rows
    for lot_id, number, remaining, gone, granted_at, start, end, cancel_by in open_lots:
        rows[0, lot_id] = touched[lot_id] = {
            "lot_id": lot_id,
            "number": number,
            "remaining": remaining,
            "gone": gone,
            "granted_at": granted_at,
            "available_from": start,
            "expires_at": end,
            "cancel_by": cancel_by,
        }
    for hold_id, lot_id, points, lapses_at in pins:
        pin = {"points": points, "lapses_at": lapses_at}
        books.pins.rows[0, hold_id, lot_id] = pin
        books.pinned[0].setdefault(hold_id, set()).add(lot_id)
    for entry_id, part, at, owed in debts:
        books.debts.rows[0, entry_id, part] = {"at": at, "owed": owed}
        books.owing[0][entry_id, part] = None
    return books
