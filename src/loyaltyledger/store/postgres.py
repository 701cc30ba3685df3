"""The ledger in PostgreSQL, shared by many processes.

No lock on a table, no NOTIFY and no sequence decides the order of the log. The id of an
event is the number of its transaction, then its place in it. A reader stops below the
oldest transaction still open, so nothing can appear behind it. Ids have gaps.

The price: a transaction that has written anything, in any database of the same server,
and stays open holds readers of the log back until it ends. Writers go on.
"""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import LiteralString

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus

from .batch import Batch, Now, Written
from .conninfo import conninfo
from .engine import Session
from .errors import (
    HostConnectionError,
    TransactionRequiredError,
)
from .host import refuse_other_ledger, wrong
from .pool import Lease, Pool, finishing
from .postgres_schema import check, migrate
from .postgres_session import PostgresSession, renderer, translated
from .settings import Durability, Settings
from .urls import ServerPlace

# The picture is taken by the first statement, not by BEGIN.
READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1"
# Who may not write by default is not to: a database may be fenced off that way.
WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED"
# A server may be set up to acknowledge a commit before it is on disk.
SYNCHRONOUS: dict[Durability, LiteralString] = {
    Durability.FULL: "CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on'"
    " ELSE current_setting('synchronous_commit') END",
    Durability.RELAXED: "'off'",
}


def session_settings(settings: Settings) -> sql.Composed:
    """Make the statement with which a connection begins."""
    given = {
        "lock_timeout": settings.busy_timeout_s,
        "statement_timeout": settings.statement_timeout_s,
        "idle_in_transaction_session_timeout": settings.idle_timeout_s,
    }
    values: dict[str, sql.Composable] = {
        name: sql.Literal(f"{max(1, int(seconds * 1000))}ms")
        for name, seconds in given.items()
        if seconds is not None
    }
    # A command alone is a transaction of whatever kind the server is set up for.
    values["default_transaction_isolation"] = sql.Literal("read committed")
    values["synchronous_commit"] = sql.SQL(SYNCHRONOUS[settings.durability])
    calls = (
        sql.SQL("set_config({}, {}, false)").format(name, value)
        for name, value in values.items()
    )
    return sql.SQL("SELECT {}").format(sql.SQL(", ").join(calls))


def _as_it_is(_connection: object) -> None:
    """Begin nothing: a statement alone is a transaction."""


class PostgresEngine:
    """Every use has its own connection from a small pool."""

    dialect = "postgresql"

    def __init__(self, place: ServerPlace, settings: Settings) -> None:
        self.database = place.shown
        self.schema = settings.schema
        self._conninfo = conninfo(place)
        self._prepare_threshold = settings.prepare_threshold
        self._begin_with = session_settings(settings)
        self._render = renderer(settings.schema)
        self._pool = Pool(
            self._connect,
            psycopg.Connection.close,
            database=self.database,
            size=settings.pool_size,
            wait_s=settings.busy_timeout_s,
        )

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        with translated(self.database):
            connection = psycopg.connect(**self._conninfo, autocommit=True)  # type: ignore[arg-type]  # all of them text
            connection.prepare_threshold = self._prepare_threshold
            try:
                connection.execute(self._begin_with)
            except BaseException:
                connection.close()
                raise
            return connection

    @contextlib.contextmanager
    def _session(
        self, begin: LiteralString, end: Callable[[PostgresSession], None]
    ) -> Iterator[PostgresSession]:
        def start(connection: psycopg.Connection[tuple[object, ...]]) -> None:
            self._wrapped(connection).control(begin)

        with self._pool.lease(start) as lease:
            session = self._wrapped(lease.connection)
            with finishing(
                lease, self.database, partial(end, session), session.rollback
            ):
                yield session

    def _wrapped(
        self, connection: psycopg.Connection[tuple[object, ...]]
    ) -> PostgresSession:
        return PostgresSession(connection, self.database, self._render, hosted=False)

    def reading(self) -> AbstractContextManager[Session]:
        return self._session(READ, PostgresSession.rollback)

    def writing(self) -> AbstractContextManager[Session]:
        return self._session(WRITE, PostgresSession.commit)

    @contextlib.contextmanager
    def asking(self) -> Iterator[Session]:
        with self._pool.lease(_as_it_is) as lease, self._kept_if_sound(lease):
            yield self._wrapped(lease.connection)

    def commit(self, batch: Batch, now: Now) -> Written:
        """Write a batch by one statement, which is a transaction by itself."""
        with self._pool.lease(_as_it_is) as lease, self._kept_if_sound(lease):
            session = self._wrapped(lease.connection)
            with session.committing():
                return session.write(batch, now)

    @contextlib.contextmanager
    def _kept_if_sound(
        self, lease: Lease[psycopg.Connection[tuple[object, ...]]]
    ) -> Iterator[None]:
        try:
            yield
        finally:
            status = lease.connection.info.transaction_status
            lease.sound = status == TransactionStatus.IDLE

    def hosted(self, connection: object, *, ledger_id: str) -> Session:
        """Write on the host's connection, if a transaction is or can be open on it."""
        if not isinstance(connection, psycopg.Connection):
            raise HostConnectionError(problem=wrong(connection, "psycopg.Connection"))
        status = connection.info.transaction_status
        if status in {TransactionStatus.INERROR, TransactionStatus.UNKNOWN}:
            raise HostConnectionError(
                problem="its transaction has failed, or it is closed"
            )
        if connection.autocommit and status == TransactionStatus.IDLE:
            problem = "it is in autocommit; begin a transaction"
            raise TransactionRequiredError(problem=problem)
        session = PostgresSession(connection, self.database, self._render, hosted=True)
        with session.savepoint():
            refuse_other_ledger(session, ledger_id)
        return session

    def open(self) -> str:
        with self._session(READ, PostgresSession.rollback) as session:
            return check(session, self.schema, self.database)

    def migrate(self) -> tuple[str, ...]:
        with self._session(WRITE, PostgresSession.commit) as session:
            return migrate(session, self.schema, self.database)

    def reads_own_connection(self) -> bool:
        return True

    def connect_views(self) -> psycopg.Connection[tuple[object, ...]]:
        """Open a connection that leaves transactions to its user."""
        connection = self._connect()
        connection.autocommit = False
        return connection

    def patiently(self, attempt: Callable[[], None]) -> None:
        """Once: the server itself waits, and wakes whoever is next."""
        attempt()

    def views_guard(self) -> AbstractContextManager[None]:
        return translated(self.database)

    def close(self) -> None:
        self._pool.close()
