"""The ledger in a SQLite file, or in memory."""

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from .batch import Batch, Now, Written
from .engine import Session
from .errors import NestedTransactionError, StoreBusyError, StoreClosedError
from .host import sqlite_session
from .pool import Lease, Pool, finishing
from .settings import Durability, Settings
from .sqlite_found import sync_log
from .sqlite_schema import migrate, open_ledger
from .sqlite_session import SqliteSession, translated
from .sqlite_turns import Ticket, Turns, write_group
from .sqlite_waiting import until_free

SYNCHRONOUS = {
    Durability.FULL: "PRAGMA synchronous = FULL",
    Durability.RELAXED: "PRAGMA synchronous = NORMAL",
}
# Each time, one command waits for it: at SQLite's own 1000 that is one in 170.
CHECKPOINTS = "PRAGMA wal_autocheckpoint = 4000"


class SqliteFile:
    """Every use has its own connection; SQLite lets one of them write at a time."""

    dialect = "sqlite"
    schema = None

    def __init__(self, path: Path, settings: Settings) -> None:
        # A relative path must not move with the working directory.
        self.path = path.absolute()
        self.database = f"sqlite:///{path}"
        self._busy_timeout_s = settings.busy_timeout_s
        self._synchronous = SYNCHRONOUS[settings.durability]
        self._turns = Turns(self.database, wait_s=settings.busy_timeout_s)
        self._pool = Pool(
            self._connect_to_log,
            sqlite3.Connection.close,
            database=self.database,
            size=settings.pool_size,
            wait_s=settings.busy_timeout_s,
        )

    def _connect(self, *, waits_s: float = 0) -> sqlite3.Connection:
        """Open a connection; how long SQLite itself waits matters to its user only."""
        with translated(self.database, self.path):
            connection = sqlite3.connect(
                self.path,
                timeout=waits_s,
                isolation_level=None,
                check_same_thread=False,
            )
        try:
            self._set_up(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _connect_to_log(self) -> sqlite3.Connection:
        connection = self._connect()
        try:
            sync_log(self.database, self.path)
        except BaseException:
            connection.close()
            raise
        return connection

    def _set_up(self, connection: sqlite3.Connection) -> None:
        """Ask for write-ahead logging and for synchronisation."""

        def attempt() -> None:
            with translated(self.database, self.path):
                connection.execute(self._synchronous)
                connection.execute(CHECKPOINTS)
                # Changing the mode does not wait by itself.
                for statement in ("PRAGMA journal_mode", "PRAGMA journal_mode = WAL"):
                    if connection.execute(statement).fetchone() == ("wal",):
                        return
            problem = "it cannot be put into write-ahead logging"
            raise StoreBusyError(database=self.database, problem=problem)

        until_free(attempt, timeout_s=self._busy_timeout_s)

    def _begin(self, statement: str, connection: sqlite3.Connection) -> None:
        def attempt() -> None:
            with translated(self.database, self.path):
                if not connection.in_transaction:
                    connection.execute(statement)
                if statement == "BEGIN":
                    # A read transaction takes its picture at its first statement.
                    connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()

        until_free(attempt, timeout_s=self._busy_timeout_s)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        with self._pool.lease(partial(self._begin, "BEGIN")) as lease:
            session = self._session(lease)
            with finishing(lease, self.database, session.rollback, session.rollback):
                yield session

    @contextlib.contextmanager
    def writing(self) -> Iterator[Session]:
        with self._turns.taken(), self._writing() as session:
            yield session

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Session]:
        with self._pool.one_more(partial(self._begin, "BEGIN IMMEDIATE")) as lease:
            session = self._session(lease)
            with finishing(lease, self.database, session.commit, session.rollback):
                yield session

    def _session(self, lease: Lease[sqlite3.Connection]) -> SqliteSession:
        return SqliteSession(lease.connection, self.database, self.path)

    def asking(self) -> AbstractContextManager[Session]:
        return self.reading()

    def commit(self, batch: Batch, now: Now) -> Written:
        """Write a batch, and those of the threads that wait meanwhile."""
        ticket = Ticket(batch, now)
        with self._turns.waited_for(ticket):
            if not ticket.is_done:
                self._commit_with_others(ticket)
        return ticket.result()

    def _commit_with_others(self, first: Ticket) -> None:
        with self._writing() as session:
            # Only now, since those who wait may give up until the file is free.
            group = self._turns.group(first)
            write_group(session, group)
        for ticket in group:
            ticket.is_done = True

    def hosted(self, connection: object, *, ledger_id: str) -> Session:
        return sqlite_session(connection, database=self.database, ledger_id=ledger_id)

    def open(self) -> str:
        return open_ledger(self)

    def migrate(self) -> tuple[str, ...]:
        return migrate(self)

    def reads_own_connection(self) -> bool:
        return True

    def connect_views(self) -> sqlite3.Connection:
        """Open a connection that leaves transactions to its user."""
        connection = self._connect(waits_s=self._busy_timeout_s)
        # Else a write that follows a read fails at once where it could have waited.
        connection.isolation_level = "IMMEDIATE"
        return connection

    def patiently(self, attempt: Callable[[], None]) -> None:
        until_free(attempt, timeout_s=self._busy_timeout_s)

    def views_guard(self) -> AbstractContextManager[None]:
        return translated(self.database, self.path)

    def close(self) -> None:
        self._pool.close()


class _Shared(sqlite3.Connection):
    """The one connection of a ledger in memory: closing it would lose the ledger."""

    def close(self) -> None:
        pass

    def close_for_good(self) -> None:
        super().close()


class SqliteMemory:
    """One connection that threads take turns with."""

    dialect = "sqlite"
    schema = None
    database = "memory:"
    path = None

    def __init__(self) -> None:
        self._connection = sqlite3.connect(
            ":memory:",
            isolation_level="IMMEDIATE",
            check_same_thread=False,
            factory=_Shared,
        )
        self._turn = threading.RLock()
        self._pid = os.getpid()
        self._closed = False

    @contextlib.contextmanager
    def _session(self) -> Iterator[SqliteSession]:
        if self._pid != os.getpid():
            problem = "it lives in the memory of the process that made it"
            raise StoreClosedError(database=self.database, problem=problem)
        with self._turn:
            if self._closed:
                problem = "the store was closed"
                raise StoreClosedError(database=self.database, problem=problem)
            yield SqliteSession(self._connection, self.database, None)

    def reading(self) -> AbstractContextManager[Session]:
        return self._session()

    def asking(self) -> AbstractContextManager[Session]:
        return self._session()

    def commit(self, batch: Batch, now: Now) -> Written:
        with self.writing() as session:
            return session.write(batch, now)

    @contextlib.contextmanager
    def writing(self) -> Iterator[Session]:
        with self._session() as session:
            if self._connection.in_transaction:
                raise NestedTransactionError(database=self.database)
            try:
                session.run("BEGIN IMMEDIATE")
                yield session
                session.commit()
            except BaseException:
                session.rollback()
                raise

    def hosted(self, connection: object, *, ledger_id: str) -> Session:
        return sqlite_session(connection, database=self.database, ledger_id=ledger_id)

    def open(self) -> str:
        return open_ledger(self)

    def migrate(self) -> tuple[str, ...]:
        return migrate(self)

    def reads_own_connection(self) -> bool:
        return False

    def connect_views(self) -> sqlite3.Connection:
        return self._connection

    def patiently(self, attempt: Callable[[], None]) -> None:
        """Once: threads wait for each other by their turn."""
        attempt()

    @contextlib.contextmanager
    def views_guard(self) -> Iterator[None]:
        """Take the turn, and keep out of a transaction that is open."""
        with self._session():
            if self._connection.in_transaction:
                raise NestedTransactionError(database=self.database)
            with translated(self.database):
                yield

    def close(self) -> None:
        if self._pid == os.getpid():
            with self._turn:
                self._closed = True
                self._connection.close_for_good()
