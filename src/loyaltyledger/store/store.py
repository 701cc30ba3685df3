"""The store: transactions on the log, and the log itself in its order."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from ..kernel.time import utc
from .backup import back_up
from .batch import Batch, is_storable
from .checking import DatabaseCheck, check
from .codec import Codec
from .engine import Engine, Session
from .errors import NestedTransactionError
from .host import driver_connection
from .records import CommandRow, RawEvent, Recorded, micros
from .transaction import (
    COMMANDS,
    EVENTS,
    Reading,
    Transaction,
    command_row,
    raw_event,
)
from .urls import sqlalchemy_url

STREAMS_PER_PAGE = 200
ROWS_PER_PAGE = 1000
LAST_CHARACTER = chr(0x10FFFF)

LOG = EVENTS + "WHERE e.id > ? AND e.id < {horizon} ORDER BY e.id LIMIT ?"
HEAD = "SELECT max(id) FROM {event} WHERE id < {horizon}"
NAMES = (
    "SELECT name FROM {stream} WHERE name >= ? AND name <= ? AND name > ? "
    "ORDER BY name LIMIT ?"
)
STREAM_RANGE = EVENTS + "WHERE s.name >= ? AND s.name <= ? ORDER BY s.name, e.version"
COMMAND_PAGE = COMMANDS + "WHERE first_event > ? ORDER BY first_event LIMIT ?"


class Store:
    """A ledger's database. Threads may share it; a forked child may go on using it."""

    def __init__(
        self,
        engine: Engine,
        *,
        codec: Codec,
        clock: Callable[[], datetime],
        ledger_id: str,
    ) -> None:
        self._engine = engine
        self._codec = codec
        self._clock = clock
        self._writing = threading.local()
        self.ledger_id = ledger_id

    def __repr__(self) -> str:
        return f"<Store {self._engine.database}>"

    # ── transactions ────────────────────────────────────────────────────────

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Commit at the end, or roll back on an exception."""
        if getattr(self._writing, "on", False):
            raise NestedTransactionError(database=self._engine.database)
        self._writing.on = True
        try:
            with self._engine.writing() as session:
                yield Transaction(session, self._codec, self._now)
        finally:
            self._writing.on = False

    def commit(self, batch: Batch) -> list[tuple[Recorded, ...]]:
        """Write a batch as a transaction of its own; return the events of each command.

        Raises VersionConflictError or KeyTakenError when others got in first.
        """
        if getattr(self._writing, "on", False):
            raise NestedTransactionError(database=self._engine.database)
        return batch.recorded(self._engine.commit(batch, self._now))

    def _now(self) -> int:
        return micros(utc(self._clock()))

    @contextlib.contextmanager
    def asking(self) -> Iterator[Reading]:
        """Ask single questions, each of the log as it is then."""
        with self._engine.asking() as session:
            yield Reading(session, self._codec)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Reading]:
        """One picture of the log, however long it takes to look at it."""
        with self._engine.reading() as session:
            yield Reading(session, self._codec)

    def within(self, connection: object) -> Transaction:
        """Write inside the host's own transaction, which the host ends."""
        session = self._engine.hosted(
            driver_connection(connection), ledger_id=self.ledger_id
        )
        return Transaction(session, self._codec, self._now, is_hosted=True)

    # ── the log in its order ────────────────────────────────────────────────

    def log(
        self, *, after: int = 0, limit: int = ROWS_PER_PAGE
    ) -> tuple[Recorded, ...]:
        """Return what follows position *after*; nothing can appear behind it later."""
        return tuple(map(self._codec.decode, self.raw(after=after, limit=limit)))

    def raw(
        self, *, after: int = 0, limit: int = ROWS_PER_PAGE
    ) -> tuple[RawEvent, ...]:
        """Return the same as :meth:`log`, as it is stored."""
        with self._engine.reading() as session:
            return tuple(map(raw_event, session.rows(LOG, (after, limit))))

    @property
    def codec(self) -> Codec:
        return self._codec

    def decode(self, row: RawEvent) -> Recorded:
        """Read a stored event, or say what is wrong with it."""
        return self._codec.decode(row)

    def head(self) -> int:
        """Return the last position that :meth:`log` shows; 0 when there is none."""
        with self._engine.reading() as session:
            return int(session.rows(HEAD)[0][0] or 0)

    # ── everything, a page at a time ────────────────────────────────────────

    def streams(self, prefix: str = "") -> Iterator[str]:
        """Name the streams in order; meanwhile the log may be written."""
        last = ""
        while True:
            with self._engine.reading() as session:
                names = _names(session, prefix, last, ROWS_PER_PAGE)
            yield from names
            if len(names) < ROWS_PER_PAGE:
                return
            last = names[-1]

    def all_streams(
        self, prefix: str = ""
    ) -> Iterator[tuple[str, tuple[Recorded, ...]]]:
        """Give every stream with its events, all as of one instant."""
        pages = self._stream_pages(prefix)
        # In memory a reader that stays open would stop the same thread from writing.
        yield from pages if self.reads_own_connection() else list(pages)

    def _stream_pages(self, prefix: str) -> Iterator[tuple[str, tuple[Recorded, ...]]]:
        last = ""
        with self._engine.reading() as session:
            while names := _names(session, prefix, last, STREAMS_PER_PAGE):
                last = names[-1]
                rows = map(raw_event, session.rows(STREAM_RANGE, (names[0], last)))
                for name, events in groupby(rows, key=lambda row: row.stream):
                    yield name, tuple(map(self._codec.decode, events))

    def commands(self) -> Iterator[CommandRow]:
        """Give every command in the order of the log, without its events."""
        last = -1
        while True:
            with self._engine.reading() as session:
                found = session.rows(COMMAND_PAGE, (last, ROWS_PER_PAGE))
            rows = tuple(map(command_row, found))
            yield from rows
            if len(rows) < ROWS_PER_PAGE:
                return
            last = rows[-1].first_event

    # ── the database itself ─────────────────────────────────────────────────

    def migrate(self) -> tuple[str, ...]:
        """Bring the tables up to date, and name the steps that this took."""
        return self._engine.migrate()

    def back_up(self, to: Path) -> DatabaseCheck:
        """Copy the ledger to a new file while it is in use, and check the copy."""
        return back_up(self._engine, to)

    def check(self) -> DatabaseCheck:
        """Say whether the database is sound, without reading what it says."""
        return check(self._engine)

    def close(self) -> None:
        self._engine.close()

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._engine.dialect

    @property
    def database(self) -> str:
        """Name the database for people, without any password."""
        return self._engine.database

    @property
    def schema(self) -> str | None:
        """Where the tables are in PostgreSQL; None in SQLite."""
        return self._engine.schema

    def reads_own_connection(self) -> bool:
        """Whether a reader may stay open while the same thread writes."""
        return self._engine.reads_own_connection()

    def sqlalchemy_url(self) -> str:
        """Name the driver to SQLAlchemy, with :meth:`connect_views` as its creator."""
        return sqlalchemy_url(self._engine.dialect)

    def connect_views(self) -> Any:  # noqa: ANN401  # the driver's connection
        """Open a connection to the same database; the one and only one in memory."""
        return self._engine.connect_views()

    def patiently(self, attempt: Callable[[], None]) -> None:
        """Repeat what other writers are in the way of, up to the time-out."""
        self._engine.patiently(attempt)

    def views_guard(self) -> AbstractContextManager[None]:
        """Hold this around every use of a connection from :meth:`connect_views`.

        It also turns the driver's errors into those of the store.
        """
        return self._engine.views_guard()


def _names(session: Session, prefix: str, last: str, limit: int) -> list[str]:
    if prefix and not is_storable(prefix):
        return []
    beyond = prefix + LAST_CHARACTER
    return [row[0] for row in session.rows(NAMES, (prefix, beyond, last, limit))]
