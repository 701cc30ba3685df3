"""The floor on SQLite: rows of a log and nothing else, as durable as ours."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import attrs

from .raw_rows import RawRow, RawRows

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


@attrs.define
class RawLog:
    """One connection to a table of rows."""

    connection: sqlite3.Connection
    rows: RawRows = attrs.field(factory=RawRows)

    def one(self) -> None:
        self.commit(self.rows.make(1))

    def two(self) -> None:
        self.one()
        self.one()

    def batch(self) -> None:
        """Commit the prepared rows at once."""
        self.commit(self.rows.prepared)

    def fill(self, rows: int) -> None:
        self.commit(self.rows.make(rows))

    def commit(self, rows: list[RawRow]) -> None:
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.executemany(INSERT, rows)
        self.connection.execute("COMMIT")

    def seek(self) -> None:
        self.connection.execute(SEEK, self.rows.any_last()).fetchone()

    def bytes_per_row(self) -> float:
        self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (rows,) = self.connection.execute("SELECT count(*) FROM event").fetchone()
        return file_bytes(self.connection) / int(rows)


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
