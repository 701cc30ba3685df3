"""The floor on SQLite: rows of a log and nothing else, as durable as ours."""

import contextlib
import random
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs

STREAMS = 20_000
BODY_BYTES = 150
CACHE = "PRAGMA cache_size = -65536"
TABLE = """CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (stream, version)
)"""
INSERT = "INSERT INTO event (stream, version, name, body) VALUES (?, ?, ?, ?)"
SEEK = (
    "SELECT body FROM event WHERE stream = ? AND version <= ? "
    "ORDER BY version DESC LIMIT 1"
)

RawRow = tuple[int, int, str, bytes]


@attrs.define
class RawLog:
    """One connection; versions are known beforehand, so nothing is read."""

    connection: sqlite3.Connection
    _versions: list[int] = attrs.field(factory=lambda: [0] * STREAMS)
    _random: random.Random = attrs.field(factory=random.Random)
    _prepared: list[RawRow] = attrs.field(factory=list)

    def one(self) -> None:
        self._commit([self._row()])

    def two(self) -> None:
        self.one()
        self.one()

    def prepare(self, size: int) -> Callable[[], None]:
        """Return what makes the rows for :meth:`batch`, which is not to be timed."""

        def prepare() -> None:
            self._prepared = [self._row() for _ in range(size)]

        return prepare

    def batch(self) -> None:
        """Commit the prepared rows at once."""
        self._commit(self._prepared)

    def fill(self, rows: int) -> None:
        self.prepare(rows)()
        self.batch()

    def seek(self) -> None:
        stream = self._random.randrange(STREAMS)
        self.connection.execute(SEEK, (stream, self._versions[stream])).fetchone()

    def bytes_per_row(self) -> float:
        self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (rows,) = self.connection.execute("SELECT count(*) FROM event").fetchone()
        return file_bytes(self.connection) / int(rows)

    def _commit(self, rows: list[RawRow]) -> None:
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.executemany(INSERT, rows)
        self.connection.execute("COMMIT")

    def _row(self) -> RawRow:
        stream = self._random.randrange(STREAMS)
        self._versions[stream] += 1
        body = self._random.randbytes(BODY_BYTES // 2).hex().encode()
        return stream, self._versions[stream], "points-granted.v1", body


@contextlib.contextmanager
def raw_log(path: Path) -> Iterator[RawLog]:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    with contextlib.closing(connection):
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(CACHE)
        connection.execute(TABLE)
        yield RawLog(connection)


def file_bytes(connection: sqlite3.Connection) -> int:
    """Count the bytes of all tables and indexes."""
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    return int(pages) * int(size)
