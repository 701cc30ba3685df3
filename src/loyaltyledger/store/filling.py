"""Bringing a whole log into an empty ledger at once: all of it, or nothing.

Rows go in as they are; whether they are right is for the caller to check.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from .engine import Row, Session
from .schema import SET_META
from .store import Store

FILLED = (
    "SELECT 1 WHERE EXISTS (SELECT 1 FROM {event}) OR EXISTS (SELECT 1 FROM {stream})"
    " OR EXISTS (SELECT 1 FROM {command})"
)
CACHE_KIB = 256 * 1024
"""How much of the file SQLite may keep in memory, so that it writes each page once."""

EVENT = ("id", "stream", "version", "name", "at", "recorded_at", "payload")
STREAM = ("id", "name", "version", "recorded_at")
COMMAND = (
    "key",
    "name",
    "digest",
    "fields",
    "first_event",
    "events",
    "recorded_at",
)


class Filling(Protocol):
    """Takes rows, each a tuple of the columns above; the streams come last."""

    @property
    def events_at_once(self) -> int:
        """How many events are best written together."""
        ...

    def is_empty(self) -> bool:
        """Say whether there is no history, and let nobody begin one."""
        ...

    def events(self, rows: Sequence[Row]) -> None: ...

    def commands(self, rows: Sequence[Row]) -> None: ...

    def streams(self, rows: Sequence[Row]) -> None: ...

    def finish(self, ledger_id: str) -> None:
        """Make it the ledger that it was, which goes on where it ended."""
        ...


class SqliteFilling:
    """Rows by `executemany`, in one transaction that keeps its pages in memory."""

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

    def _fill(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        marks = ", ".join("?" * len(columns))
        into = f"INSERT INTO {{{table}}} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608  # our own names
        self._session.run_many(into, rows)

    def finish(self, ledger_id: str) -> None:
        self._session.run(SET_META, ("ledger_id", ledger_id))


@contextmanager
def filling(store: Store) -> Iterator[Filling]:
    """Open an empty ledger to be filled; it is committed at the end."""
    with store._engine.writing() as session:  # noqa: SLF001  # the store's own way to work in bulk
        if store.schema is None:
            yield SqliteFilling(session)
        else:
            yield _postgres(session, store.schema, store.database)


def _postgres(session: Session, schema: str, database: str) -> Filling:
    # The driver is an extra.
    from .filling_postgres import PostgresFilling  # noqa: PLC0415
    from .postgres_session import PostgresSession  # noqa: PLC0415

    assert isinstance(session, PostgresSession), "only its engine has schemas"
    return PostgresFilling(session, schema=schema, database=database)
