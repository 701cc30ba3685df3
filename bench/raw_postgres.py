"""The floor on PostgreSQL: rows of a log and nothing else, as durable as ours."""

import contextlib
from collections.abc import Iterator

import attrs
import psycopg

from .raw_rows import STREAMS, RawRows

TABLE = """CREATE TABLE IF NOT EXISTS raw_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream bigint NOT NULL,
    version bigint NOT NULL,
    name text NOT NULL,
    body bytea NOT NULL,
    UNIQUE (stream, version)
)"""
INSERT = "INSERT INTO raw_event (stream, version, name, body) VALUES (%s, %s, %s, %s)"
COPY = "COPY raw_event (stream, version, name, body) FROM STDIN (FORMAT BINARY)"
COPIED_TYPES = ("int8", "int8", "text", "bytea")
SEEK = (
    "SELECT body FROM raw_event WHERE stream = %s AND version <= %s "
    "ORDER BY version DESC LIMIT 1"
)


@attrs.define
class RawTable:
    """One connection with streams of its own, so that nobody is in its way."""

    connection: psycopg.Connection
    rows: RawRows

    def one(self) -> None:
        (row,) = self.rows.make(1)
        self.connection.execute(INSERT, row, prepare=True)

    def two(self) -> None:
        self.one()
        self.one()

    def batch(self) -> None:
        """Commit the prepared rows at once."""
        with self.connection.transaction(), self.connection.cursor() as cursor:
            cursor.executemany(INSERT, self.rows.prepared)

    def copied(self) -> None:
        """Copy the prepared rows in and commit them."""
        with self.connection.cursor() as cursor, cursor.copy(COPY) as copy:
            copy.set_types(COPIED_TYPES)
            for row in self.rows.prepared:
                copy.write_row(row)

    def fill(self, rows: int) -> None:
        self.rows.prepare(rows)()
        self.copied()

    def seek(self) -> None:
        self.connection.execute(SEEK, self.rows.any_last(), prepare=True).fetchone()


@contextlib.contextmanager
def raw_table(url: str, *, client: int = 0) -> Iterator[RawTable]:
    with psycopg.connect(url, autocommit=True) as connection:
        if client == 0:
            connection.execute(TABLE)
        yield RawTable(connection, RawRows(client * STREAMS))
