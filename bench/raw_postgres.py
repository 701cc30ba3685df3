"""The floor on PostgreSQL: rows of a log and nothing else, as durable as ours."""

import contextlib
import random
from collections.abc import Callable, Iterator

import attrs
import psycopg

from .raw_sqlite import BODY_BYTES, STREAMS, RawRow

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
    _first: int
    _versions: list[int] = attrs.field(factory=lambda: [0] * STREAMS)
    _random: random.Random = attrs.field(factory=random.Random)
    _prepared: list[RawRow] = attrs.field(factory=list)

    def one(self) -> None:
        self.connection.execute(INSERT, self._row(), prepare=True)

    def two(self) -> None:
        self.one()
        self.one()

    def prepare(self, size: int) -> Callable[[], None]:
        """Return what makes the rows for a batch, which is not to be timed."""

        def prepare() -> None:
            self._prepared = [self._row() for _ in range(size)]

        return prepare

    def batch(self) -> None:
        """Commit the prepared rows at once."""
        with self.connection.transaction(), self.connection.cursor() as cursor:
            cursor.executemany(INSERT, self._prepared)

    def copied(self) -> None:
        """Copy the prepared rows in and commit them."""
        with self.connection.cursor() as cursor, cursor.copy(COPY) as copy:
            copy.set_types(COPIED_TYPES)
            for row in self._prepared:
                copy.write_row(row)

    def fill(self, rows: int) -> None:
        self.prepare(rows)()
        self.batch()

    def seek(self) -> None:
        stream = self._random.randrange(STREAMS)
        whose = self._first + stream, self._versions[stream]
        self.connection.execute(SEEK, whose, prepare=True).fetchone()

    def _row(self) -> RawRow:
        stream = self._random.randrange(STREAMS)
        self._versions[stream] += 1
        body = self._random.randbytes(BODY_BYTES // 2).hex().encode()
        return self._first + stream, self._versions[stream], "points-granted.v1", body


@contextlib.contextmanager
def raw_table(url: str, *, client: int = 0) -> Iterator[RawTable]:
    with psycopg.connect(url, autocommit=True) as connection:
        if client == 0:
            connection.execute(TABLE)
        yield RawTable(connection, client * STREAMS)
