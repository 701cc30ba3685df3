"""Writing a batch in SQLite, inside a write transaction."""

import json
import sqlite3

from .batch import Batch, Now, Written
from .errors import KeyTakenError, VersionConflictError

FEW = 8
ABSENT = (0, None)
SEEN = {
    n: "SELECT name, id, version, recorded_at FROM main.ledger_stream WHERE name IN "  # noqa: S608  # no data in it
    f"({', '.join('?' * n)})"
    for n in range(1, FEW + 1)
}
ALL_SEEN = (
    "SELECT name, id, version, recorded_at FROM main.ledger_stream WHERE name IN "
    "(SELECT value FROM json_each(?))"
)
# The highest id ever given, so that none is used again; and when it was recorded.
LAST = (
    "SELECT (SELECT seq FROM main.sqlite_sequence WHERE name = 'ledger_event'),"
    " (SELECT recorded_at FROM main.ledger_event ORDER BY id DESC LIMIT 1)"
)
FOUND = "SELECT first_event FROM main.ledger_command WHERE key = ?"
INSERT_COMMAND = (
    "INSERT INTO main.ledger_command"
    " (key, name, digest, fields, first_event, events, recorded_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING"
)
INSERT_STREAM = (
    "INSERT INTO main.ledger_stream (name, version, recorded_at) VALUES (?, ?, ?)"
)
UPDATE_STREAM = (
    "UPDATE main.ledger_stream SET version = ?, recorded_at = ? WHERE id = ?"
)
INSERT_EVENT = (
    "INSERT INTO main.ledger_event"
    " (id, stream, version, name, at, recorded_at, payload)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)


def written(cursor: sqlite3.Cursor, batch: Batch, now: Now) -> Written:
    """Write a batch; when it raises the caller undoes what was begun."""
    ids, times = _checked(cursor, batch)
    last, latest = cursor.execute(LAST).fetchone()
    first = (last or 0) + 1
    if latest is not None:
        times.append(latest)  # of an imported log it need not be the last of all
    recorded_at = max(now(), max(times) + 1) if times else now()
    _write_commands(cursor, batch, first, recorded_at)
    _write_streams(cursor, batch, ids, recorded_at)
    _write_events(cursor, batch, ids, first, recorded_at)
    return Written(first, recorded_at)


def _checked(cursor: sqlite3.Cursor, batch: Batch) -> tuple[dict[str, int], list[int]]:
    """Return ids and times of the streams there are, if each is as decisions saw it."""
    names = list(batch.seen)
    if len(names) <= FEW:
        rows = cursor.execute(SEEN[len(names)], names).fetchall()
    else:
        rows = cursor.execute(ALL_SEEN, (json.dumps(names),)).fetchall()
    ids, found = {}, {}
    for name, row_id, version, recorded_at in rows:
        ids[name] = row_id
        found[name] = version, recorded_at
    for name, seen in batch.seen.items():
        there = found.get(name, ABSENT)
        if there != seen and (there[0] != seen[0] or seen[1] is not None):
            problem = f"expected version {seen[0]}, found {there[0]} or another one"
            raise VersionConflictError(stream=name, problem=problem)
    return ids, [at for _, at in found.values()]


def _write_commands(
    cursor: sqlite3.Cursor, batch: Batch, first: int, recorded_at: int
) -> None:
    rows: list[tuple[object, ...]] = []
    for n, (key, name, digest, fields, count) in enumerate(batch.commands):
        rows.append((key, name, digest, fields, first, count, recorded_at + n))
        first += count
    cursor.executemany(INSERT_COMMAND, rows)
    if cursor.rowcount != len(rows):
        raise KeyTakenError(key=_taken(cursor, rows))


def _taken(cursor: sqlite3.Cursor, rows: list[tuple[object, ...]]) -> str:
    """Name the first key that stands for another command than the one to be written."""
    for key, _, _, _, first, _, _ in rows:
        if cursor.execute(FOUND, (key,)).fetchone() != (first,):
            return str(key)
    return ""  # pragma: no cover  # one of them was not inserted


def _write_streams(
    cursor: sqlite3.Cursor, batch: Batch, ids: dict[str, int], recorded_at: int
) -> None:
    known = []
    for name, version in batch.moved.items():
        at = recorded_at + batch.moved_by[name]
        if name in ids:
            known.append((version, at, ids[name]))
        else:
            cursor.execute(INSERT_STREAM, (name, version, at))
            assert cursor.lastrowid is not None, "a row was inserted"
            ids[name] = cursor.lastrowid
    if known:
        cursor.executemany(UPDATE_STREAM, known)


def _write_events(
    cursor: sqlite3.Cursor,
    batch: Batch,
    ids: dict[str, int],
    first: int,
    recorded_at: int,
) -> None:
    rows, number = [], 0
    for after, command in enumerate(batch.commands):
        at_once = recorded_at + after
        for n in range(number, number + command[4]):
            stream, version, name, at, payload = batch.events[n]
            row = (first + n, ids[stream], version, name, at, at_once, payload)
            rows.append(row)
        number += command[4]
    cursor.executemany(INSERT_EVENT, rows)
