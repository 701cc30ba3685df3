"""One PostgreSQL connection inside a transaction, and what its errors mean."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import LiteralString

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row

from .batch import Batch, Now, Written
from .engine import Row
from .errors import (
    CommitUnknownError,
    KeyTakenError,
    NotMigratedError,
    StoreBusyError,
    StoreCorruptError,
    StoreError,
    StoreFailedError,
    StoreFullError,
    StoreIoError,
    StoreReadOnlyError,
    StoreUnavailableError,
    TransactionFullError,
    VersionConflictError,
)
from .postgres_write import CALL, LOCK, LOCKS, LOCKS_MAX, arguments
from .settings import SCHEMA, migrate_command

ORDINAL_BITS = 20
EVENTS_MAX = 1 << ORDINAL_BITS
"""How many events one transaction can number."""

KNOWN_KEYS = "SELECT key FROM {command} WHERE key = ANY(?::text[])"

KINDS: dict[str, type[StoreFailedError]] = {
    "55P03": StoreBusyError,  # lock_not_available
    "57014": StoreBusyError,  # query_canceled
    "53300": StoreBusyError,  # too_many_connections
    "25006": StoreReadOnlyError,  # read_only_sql_transaction
    "0A000": StoreReadOnlyError,  # feature_not_supported: to write on a standby
    "25P03": StoreUnavailableError,  # idle_in_transaction_session_timeout
    "42501": StoreReadOnlyError,  # insufficient_privilege
    "53100": StoreFullError,  # disk_full
    "58030": StoreIoError,  # io_error
    "XX001": StoreCorruptError,  # data_corrupted
    "XX002": StoreCorruptError,  # index_corrupted
}
SERIALIZATION_FAILURE, DEADLOCK, UNIQUE_VIOLATION = "40001", "40P01", "23505"
CONFLICTS = {SERIALIZATION_FAILURE, DEADLOCK, UNIQUE_VIOLATION}
UNDEFINED_TABLE, INVALID_SCHEMA, UNDEFINED_FUNCTION = "42P01", "3F000", "42883"
ABSENT = {UNDEFINED_TABLE, INVALID_SCHEMA, UNDEFINED_FUNCTION}
LOST = {"08", "28", "3D", "53", "57"}
"""Classes of errors that come with no connection, or end it."""


def renderer(schema: str) -> Callable[[str], bytes]:
    """Make statements for one schema; its name is quoted, whatever it is."""
    names: dict[str, sql.Composable] = {
        name: sql.Identifier(schema, f"ledger_{name}")
        for name in ("meta", "stream", "event", "command", "write")
    }
    names["locks"], names["locks_max"] = sql.Literal(LOCKS), sql.Literal(LOCKS_MAX)
    names["payload"] = sql.SQL("e.payload")
    names["schema"] = sql.Identifier(schema)
    # No transaction below the oldest one still open can add anything any more.
    horizon = (
        "((SELECT value::bigint FROM {meta} WHERE name = 'xid_offset')"
        " + pg_snapshot_xmin(pg_current_snapshot())::text::bigint) << {bits}"
    )
    bits = sql.Literal(ORDINAL_BITS)
    names["bits"] = bits
    names["horizon"] = sql.SQL(horizon).format(meta=names["meta"], bits=bits)

    @cache
    def render(statement: str) -> bytes:
        marked = sql.SQL(statement.replace("?", "%s"))
        return marked.format(**names).as_bytes(None)

    return render


@contextlib.contextmanager
def translated(database: str) -> Iterator[None]:
    """Let no error of the driver through."""
    try:
        yield
    except psycopg.Error as error:
        raise meaning(error, database) from error
    except OSError as error:
        # Of the driver's own waiting: the process may have no file left to open.
        raise StoreUnavailableError(database=database, problem=str(error)) from error


def meaning(error: psycopg.Error, database: str) -> StoreError:
    state = error.sqlstate
    # Only the primary message: the details may quote what was to be stored.
    problem = error.diag.message_primary or str(error).strip() or type(error).__name__
    if state in CONFLICTS:
        return VersionConflictError(problem=problem)
    if state in ABSENT:
        return not_migrated(database)
    if state in KINDS:
        return KINDS[state](database=database, problem=problem)
    lost = isinstance(error, psycopg.OperationalError) and state is None
    if lost or (state or "")[:2] in LOST:
        return StoreUnavailableError(database=database, problem=problem)
    return StoreFailedError(
        database=database, problem=f"{problem} ({state or type(error).__name__})"
    )


def not_migrated(database: str, schema: str = SCHEMA) -> NotMigratedError:
    remedy = migrate_command(database, schema)
    return NotMigratedError(database=database, remedy=remedy)


class PostgresSession:
    """A connection, ours or the host's; its own settings for rows do not matter."""

    def __init__(
        self,
        connection: psycopg.Connection[object],
        database: str,
        render: Callable[[str], bytes],
        *,
        hosted: bool,
    ) -> None:
        self._connection = connection
        self._database = database
        self._render = render
        self._hosted = hosted

    def _cursor(self) -> psycopg.Cursor[Row]:
        return psycopg.Cursor(self._connection, row_factory=tuple_row)

    def rows(self, statement: str, parameters: Sequence[object] = ()) -> list[Row]:
        with translated(self._database), self._cursor() as cursor:
            return cursor.execute(self._render(statement), parameters).fetchall()

    def run(self, statement: str, parameters: Sequence[object] = ()) -> int:
        with translated(self._database), self._cursor() as cursor:
            return cursor.execute(self._render(statement), parameters).rowcount

    def copy(self, statement: str, kinds: Sequence[str], rows: Iterable[Row]) -> None:
        """Send rows as COPY takes them, each value of its kind."""
        with (
            translated(self._database),
            self._cursor() as cursor,
            cursor.copy(self._render(statement)) as copy,
        ):
            copy.set_types(kinds)
            for row in rows:
                copy.write_row(row)

    def control(self, statement: LiteralString) -> None:
        """Begin, end or divide the transaction; there is nothing in it to prepare."""
        with translated(self._database), self._cursor() as cursor:
            cursor.execute(statement, prepare=False)

    @contextlib.contextmanager
    def savepoint(self) -> Iterator[None]:
        self.control("SAVEPOINT ledger_append")
        try:
            yield
        except BaseException:
            # A lost connection has nothing left to go back to.
            if not self._connection.closed:
                self.control("ROLLBACK TO SAVEPOINT ledger_append")
                self.control("RELEASE SAVEPOINT ledger_append")
            raise
        self.control("RELEASE SAVEPOINT ledger_append")

    def lock(self, streams: Iterable[str]) -> None:
        # A failure here must not spoil a transaction that is not ours.
        with self.savepoint() if self._hosted else contextlib.nullcontext():
            self.rows(LOCK, (list(streams),))

    def known_keys(self, keys: Sequence[str]) -> list[str]:
        return [row[0] for row in self.rows(KNOWN_KEYS, (list(keys),))]

    def write(self, batch: Batch, now: Now) -> Written:
        values = arguments(batch, now(), EVENTS_MAX)
        try:
            ((outcome, subject, first, at),) = self.rows(CALL, values)
        except VersionConflictError as error:
            if len(batch.commands) == 1 and _is_about_keys(error.__cause__):
                raise KeyTakenError(key=batch.commands[0][0]) from error
            raise
        match outcome:
            case "moved":
                problem = "it was written meanwhile"
                raise VersionConflictError(stream=subject, problem=problem)
            case "taken":
                raise KeyTakenError(key=subject)
            case "full":
                raise TransactionFullError(events_max=EVENTS_MAX)
        return Written(first, at)

    def commit(self) -> None:
        status = self._connection.info.transaction_status
        if status != TransactionStatus.INTRANS:
            problem = "the transaction had failed, and was rolled back"
            raise StoreFailedError(database=self._database, problem=problem)
        with self.committing():
            self.control("COMMIT")

    @contextlib.contextmanager
    def committing(self) -> Iterator[None]:
        """Say so where nobody can know whether what is inside has committed."""
        try:
            yield
        except StoreFailedError as error:
            if not self._connection.closed:
                raise
            problem = error.problem
            raise CommitUnknownError(
                database=self._database, problem=problem
            ) from error

    def rollback(self) -> None:
        self.control("ROLLBACK")


def _is_about_keys(error: BaseException | None) -> bool:
    """Whether the same key was written at the same moment."""
    return (
        isinstance(error, psycopg.errors.UniqueViolation)
        and error.diag.constraint_name == "ledger_command_pkey"
    )
