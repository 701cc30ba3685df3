"""Bringing a whole log into an empty ledger at once: all of it, or nothing.

Rows go in as they are; whether they are right is for the caller to check.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from .engine import Row, Session
from .filling_sqlite import SqliteFilling, alone
from .sqlite import SqliteFile
from .store import Store


class Filling(Protocol):
    """Takes rows, each a tuple of the columns of its table; the streams come last.

    What it was given it keeps: it may write later, and raise later what became of it.
    """

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


@contextmanager
def filling(store: Store) -> Iterator[Filling]:
    """Open an empty ledger to be filled, and commit it at the end.

    The store is closed: its own connections would be in the way.
    """
    engine = store._engine  # noqa: SLF001  # the store's own way to work in bulk
    if isinstance(engine, SqliteFile):
        with alone(engine) as session:
            yield SqliteFilling(session)
        return
    with engine.writing() as session:
        if store.schema is None:
            yield SqliteFilling(session)
            return
        with _by_copy(session, store.schema, store.database) as into:
            yield into


def _by_copy(
    session: Session, schema: str, database: str
) -> AbstractContextManager[Filling]:
    # The driver is an extra.
    from .filling_postgres import filled_by_copy  # noqa: PLC0415
    from .postgres_session import PostgresSession  # noqa: PLC0415

    assert isinstance(session, PostgresSession), "only its engine has schemas"
    return filled_by_copy(session, schema=schema, database=database)
