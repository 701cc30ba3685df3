"""Stores of millions of events, stamped out of the rows of one member's history.

The library writes that history; its rows are then repeated for every other member,
with the names in them exchanged. So the rows are well-formed, whatever the tables are.
"""

import contextlib
import hashlib
import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import attrs

from loyaltyledger import Ledger

from .place import Place
from .shop import fill_with

HISTORY = 19
EVENTS_PER_MEMBER = HISTORY + 1
MARK = "stamp0000000"
STAMPED = "replace({column}, '" + MARK + "', printf('stamp%07d', n))"
NUMBERS = (
    "WITH RECURSIVE numbers (n) AS "
    "(SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < {last})"
)
SWIFT = ("journal_mode = OFF", "synchronous = OFF", "cache_size = -1000000")


@attrs.frozen(kw_only=True)
class Part:
    """A command of the history and where its rows go; *shared* rows come before."""

    first: int
    events: int
    members: int
    shared: int

    def position(self, place: str) -> str:
        """Say in SQL where an event at *place* of the history goes for member n."""
        begin = self.shared + (self.first - 1 - self.shared) * self.members + 1
        return f"{begin} + n * {self.events} + {place} - {self.first}"


def store_of(place: Place, events: int) -> Path:
    """Return a store with this many events, a copy of the one that is kept."""
    path = place.path(f"store-{events}")
    place.kept.mkdir(parents=True, exist_ok=True)
    kept = place.kept / f"store-{events}-{_version(place)}.db"
    if not kept.exists():
        # Half a store must never have the name of a whole one.
        half = kept.with_suffix(".half")
        half.unlink(missing_ok=True)
        _build(place, half, events)
        half.rename(kept)
    shutil.copyfile(kept, path)
    return path


def members_of(events: int) -> tuple[str, ...]:
    return tuple(f"stamp{n:07d}" for n in range(events // EVENTS_PER_MEMBER))


def _version(place: Place) -> str:
    """Digest what a store is made from: the tables, and the rows of the history."""
    history = _history(place)
    with contextlib.closing(sqlite3.connect(history)) as database:
        tables = database.execute("SELECT sql FROM sqlite_master ORDER BY sql")
        shapes = database.execute("SELECT name, length(payload) FROM ledger_event")
        text = repr((tables.fetchall(), shapes.fetchall()))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _history(place: Place) -> Path:
    path = place.path("history")
    fill_with(f"sqlite:///{path}", (MARK,), HISTORY)
    return path


def _build(place: Place, path: Path, events: int) -> None:
    Ledger.open(f"sqlite:///{path}").close()
    history = _history(place)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        for setting in SWIFT:
            database.execute(f"PRAGMA {setting}")
        database.execute("ATTACH ? AS history", (str(history),))
        database.execute("BEGIN")
        _stamp(database, events // EVENTS_PER_MEMBER)
        database.execute("COMMIT")


def _stamp(database: sqlite3.Connection, members: int) -> None:
    shared = 1  # the programme: one stream with one event, made by one command
    for table, key in (("stream", "id"), ("event", "id"), ("command", "first_event")):
        columns = _columns(database, table)
        names = ", ".join(columns)
        database.execute(
            f"INSERT INTO main.ledger_{table} ({names}) "
            f"SELECT {names} FROM history.ledger_{table} WHERE {key} <= {shared}"
        )
    found = database.execute(
        "SELECT first_event, events FROM history.ledger_command "
        "WHERE first_event > ? ORDER BY first_event",
        (shared,),
    )
    for first, events in found.fetchall():
        part = Part(first=first, events=events, members=members, shared=shared)
        rows = f"first_event = {first}"
        _copy(
            database,
            "command",
            rows,
            {"first_event": part.position("first_event")},
            members,
        )
        within = f"t.id BETWEEN {first} AND {first + events - 1} ORDER BY n, t.id"
        moved = {
            "id": part.position("t.id"),
            "stream": _stream("stream", shared, members),
        }
        _copy(database, "event", within, moved, members)
    rows = f"t.id > {shared} ORDER BY t.id, n"
    _copy(database, "stream", rows, {"id": _stream("t.id", shared, members)}, members)


def _stream(column: str, shared: int, members: int) -> str:
    return f"{shared} + ({column} - {shared} - 1) * {members} + n + 1"


def _copy(
    database: sqlite3.Connection,
    table: str,
    rows: str,
    moved: dict[str, str],
    members: int,
) -> None:
    """Repeat rows of the history for every member."""
    columns = _columns(database, table)
    values = [moved.get(name) or _named(name, kind) for name, kind in columns.items()]
    database.execute(
        f"{NUMBERS.format(last=members - 1)} "
        f"INSERT INTO main.ledger_{table} ({', '.join(columns)}) "
        f"SELECT {', '.join(values)} "
        f"FROM numbers CROSS JOIN history.ledger_{table} t WHERE {rows}"
    )


def _named(column: str, kind: str) -> str:
    return STAMPED.format(column=f"t.{column}") if kind == "TEXT" else f"t.{column}"


def _columns(database: sqlite3.Connection, table: str) -> dict[str, str]:
    found = database.execute(f"PRAGMA history.table_info(ledger_{table})")
    return {row[1]: row[2] for row in found}


def sample(names: Sequence[str], size: int) -> tuple[str, ...]:
    """Take names from everywhere in the list."""
    return tuple(names[:: max(1, len(names) // size)][:size])
