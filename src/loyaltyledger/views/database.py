"""The views' own connections to the ledger's database, through SQLAlchemy."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from hashlib import blake2b

from sqlalchemy import Connection, bindparam, create_engine, func, inspect, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from ..store import NotMigratedError, Store
from ..store.settings import migrate_command

READ = {
    "sqlite": "BEGIN",
    "postgresql": "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
}


class Database:
    """Opens a connection for each use: nothing is left behind for a forked child."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._is_migrated = False
        self._engine = create_engine(
            store.sqlalchemy_url(), creator=store.connect_views, poolclass=NullPool
        ).execution_options(schema_translate_map={None: store.schema})

    @property
    def is_sqlite(self) -> bool:
        return self.store.dialect == "sqlite"

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        with self.store.views_guard():
            try:
                with self._engine.connect() as connection:
                    yield connection
            except DBAPIError as error:
                # the guard knows what the driver's own error means
                raise error.orig or error from error

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One picture of the views, however long it takes to look at it."""
        with self._connected() as connection:
            connection.exec_driver_sql(READ[self.store.dialect])
            self._check_migrated(connection)
            yield connection

    @contextmanager
    def writing(self, *, wait: bool = True) -> Iterator[Connection]:
        """Commit at the end, or roll back on an exception.

        Without *wait* it is an error that somebody else is writing to the file.
        """
        with self._connected() as connection:
            if self.is_sqlite:
                # The store waits more fairly than SQLite does.
                connection.exec_driver_sql("PRAGMA busy_timeout = 0")
                begin = partial(self._begin, connection)
                if wait:
                    self.store.patiently(begin)
                else:
                    begin()
            yield connection
            connection.commit()

    def _begin(self, connection: Connection) -> None:
        with self.store.views_guard():
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            except DBAPIError as error:
                raise error.orig or error from error

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """Write, while nobody else changes the tables."""
        with self.writing() as connection:
            if not self.is_sqlite:
                lock = func.pg_advisory_xact_lock(bindparam("number"))
                connection.execute(select(lock), {"number": self._lock_number()})
            yield connection

    def _lock_number(self) -> int:
        text = f"loyaltyledger views {self.store.schema}"
        digest = blake2b(text.encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big", signed=True)

    def is_migrated(self) -> bool:
        with self._connected() as connection:
            return self._has_tables(connection)

    def _has_tables(self, connection: Connection) -> bool:
        return inspect(connection).has_table("view_position", self.store.schema)

    def _check_migrated(self, connection: Connection) -> None:
        if not self._is_migrated and not self._has_tables(connection):
            raise self.not_migrated()
        self._is_migrated = True

    def not_migrated(self) -> NotMigratedError:
        remedy = migrate_command(self.store.database, self.store.schema)
        return NotMigratedError(database=self.store.database, remedy=remedy)
