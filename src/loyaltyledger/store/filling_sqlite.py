"""A whole log into a SQLite file, in one transaction."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache
from itertools import chain

from .engine import Row, Session
from .errors import StoreBusyError, StoreError
from .filling_rows import COMMAND, EVENT, FILLED, STREAM
from .schema import SET_META
from .sqlite import SqliteFile
from .sqlite_session import SqliteSession

CACHE_KIB = 256 * 1024
"""How much of the file SQLite may keep in memory, so that it writes each page once."""

ROWS_AT_ONCE = 100
"""Rows of one statement; a build of SQLite takes 999 values, if not more."""

TO_JOURNAL, TO_LOG = "PRAGMA journal_mode = DELETE", "PRAGMA journal_mode = WAL"
SYNCED = "PRAGMA synchronous = EXTRA"


class SqliteFilling:
    """Many rows to a statement, by a connection that keeps its pages in memory."""

    events_at_once = 200  # what waits should fit into the processor's own cache

    def __init__(self, session: Session) -> None:
        self._session = session
        session.run(f"PRAGMA cache_size = -{CACHE_KIB}")

    def is_empty(self) -> bool:
        return not self._session.rows(FILLED)

    def events(self, rows: Sequence[Row]) -> None:
        self._fill("event", EVENT, rows)

    def commands(self, rows: Sequence[Row]) -> None:
        self._fill("command", COMMAND, rows)

    def streams(self, rows: Sequence[Row]) -> None:
        self._fill("stream", STREAM, rows)

    def _fill(self, table: str, columns: tuple[str, ...], rows: Sequence[Row]) -> None:
        for first in range(0, len(rows), ROWS_AT_ONCE):
            some = rows[first : first + ROWS_AT_ONCE]
            into = _insert(table, columns, len(some))
            self._session.run(into, tuple(chain.from_iterable(some)))

    def finish(self, ledger_id: str) -> None:
        self._session.run(SET_META, ("ledger_id", ledger_id))


@cache
def _insert(table: str, columns: tuple[str, ...], rows: int) -> str:
    row = f"({', '.join('?' * len(columns))})"
    values = ", ".join([row] * rows)
    return f"INSERT INTO {{{table}}} ({', '.join(columns)}) VALUES {values}"  # noqa: S608  # our own names


@contextmanager
def alone(engine: SqliteFile) -> Iterator[SqliteSession]:
    """Write one transaction in a file that nobody else has open.

    Pages that are new need no log then: each is written once, to its place. The journal
    has what was there before, so a crash takes back what was begun. Where others have
    the file open, it is logged as always.
    """
    engine.close()
    with closing(engine.connect_views()) as connection:
        session = SqliteSession(connection, engine.database, engine.path)
        with suppress(StoreBusyError):
            session.rows(TO_JOURNAL)
        session.run(SYNCED)
        try:
            session.run("BEGIN EXCLUSIVE")
            yield session
            session.commit()
        finally:
            # Who opens it next does the same.
            with suppress(StoreError):
                session.rollback()
                session.rows(TO_LOG)
