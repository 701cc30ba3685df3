"""One SQLite connection inside a transaction, and what its errors mean."""

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from types import TracebackType

from .batch import Batch, Now, Written
from .engine import Row
from .errors import (
    CommitUnknownError,
    StoreBusyError,
    StoreClosedError,
    StoreCorruptError,
    StoreError,
    StoreFailedError,
    StoreFullError,
    StoreIoError,
    StoreReadOnlyError,
    StoreUnavailableError,
    VersionConflictError,
)
from .sqlite_write import written

KNOWN_KEYS = "SELECT key FROM {command} WHERE key IN (SELECT value FROM json_each(?))"
NAMES = {
    "schema": "main",
    "meta": "main.ledger_meta",
    "stream": "main.ledger_stream",
    "event": "main.ledger_event",
    "command": "main.ledger_command",
    # As bytes, so that damage is found by the codec and not by the driver.
    "payload": "CAST(e.payload AS BLOB)",
    "horizon": str(2**63 - 1),
    "strict": "STRICT",
    "strict_rowless": "STRICT, WITHOUT ROWID",
}
if sqlite3.sqlite_version_info < (3, 37):  # pragma: no cover  # older than STRICT
    NAMES |= {"strict": "", "strict_rowless": "WITHOUT ROWID"}

KINDS: dict[int, type[StoreFailedError]] = {
    sqlite3.SQLITE_BUSY: StoreBusyError,
    sqlite3.SQLITE_LOCKED: StoreBusyError,
    sqlite3.SQLITE_READONLY: StoreReadOnlyError,
    sqlite3.SQLITE_FULL: StoreFullError,
    sqlite3.SQLITE_IOERR: StoreIoError,
    sqlite3.SQLITE_CORRUPT: StoreCorruptError,
    sqlite3.SQLITE_NOTADB: StoreCorruptError,
    sqlite3.SQLITE_CANTOPEN: StoreUnavailableError,
    sqlite3.SQLITE_PERM: StoreUnavailableError,
}


@cache
def rendered(statement: str) -> str:
    return statement.format_map(NAMES)


class translated:  # noqa: N801  # read as a word: `with translated(…)`
    """Let no error of the driver through."""

    __slots__ = ("_database", "_path")

    def __init__(self, database: str, path: Path | None = None) -> None:
        self._database = database
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, sqlite3.Error):
            raise _meaning(error, self._database, self._path) from error
        if isinstance(error, UnicodeDecodeError):
            # The driver cannot even read what the database says of itself.
            problem = str(error)
            raise StoreCorruptError(database=self._database, problem=problem) from error


def _meaning(error: sqlite3.Error, database: str, path: Path | None) -> StoreError:
    code = getattr(error, "sqlite_errorcode", None)
    problem = str(error)
    if code is None:
        if "closed database" in problem:
            return StoreClosedError(database=database, problem=problem)
        if "decode" in problem:
            return StoreCorruptError(database=database, problem=problem)
        return StoreFailedError(database=database, problem=problem)
    if code == sqlite3.SQLITE_BUSY_SNAPSHOT or code & 0xFF == sqlite3.SQLITE_CONSTRAINT:
        return VersionConflictError(problem=problem)
    kind = KINDS.get(code & 0xFF, StoreFailedError)
    if kind is StoreUnavailableError and path and _is_write_protected(path):
        kind = StoreReadOnlyError
    return kind(database=database, problem=f"{problem} ({error.sqlite_errorname})")


def _is_write_protected(path: Path) -> bool:
    """Whether SQLite cannot open a file because it cannot make one beside it."""
    folder = path.parent
    is_file = folder.is_dir() and not os.path.isdir(path)  # noqa: PTH112  # too long a name is none
    return is_file and not os.access(folder, os.W_OK)


class SqliteSession:
    """A connection, ours or the host's; its own settings for rows do not matter."""

    def __init__(
        self, connection: sqlite3.Connection, database: str, path: Path | None
    ) -> None:
        self._connection = connection
        self._database = database
        self._path = path

    def _cursor(self) -> sqlite3.Cursor:
        cursor = self._connection.cursor(sqlite3.Cursor)
        cursor.row_factory = None
        return cursor

    def rows(self, statement: str, parameters: Sequence[object] = ()) -> list[Row]:
        with translated(self._database, self._path):
            cursor = self._cursor().execute(rendered(statement), tuple(parameters))
            return cursor.fetchall()

    def run(self, statement: str, parameters: Sequence[object] = ()) -> int:
        with translated(self._database, self._path):
            return (
                self._cursor().execute(rendered(statement), tuple(parameters)).rowcount
            )

    @contextlib.contextmanager
    def savepoint(self) -> Iterator[None]:
        self.run("SAVEPOINT ledger_append")
        try:
            yield
        except BaseException:
            # A full disk may have rolled back everything already.
            if self._connection.in_transaction:
                self.run("ROLLBACK TO ledger_append")
                self.run("RELEASE ledger_append")
            raise
        self.run("RELEASE ledger_append")

    def lock(self, streams: Iterable[str]) -> None:
        """Nothing to do: a write transaction has the whole file."""

    def known_keys(self, keys: Sequence[str]) -> list[str]:
        return [row[0] for row in self.rows(KNOWN_KEYS, (json.dumps(list(keys)),))]

    def write(self, batch: Batch, now: Now) -> Written:
        with translated(self._database, self._path):
            return written(self._cursor(), batch, now)

    def commit(self) -> None:
        if not self._connection.in_transaction:
            problem = "the transaction was rolled back by the database"
            raise StoreFailedError(database=self._database, problem=problem)
        try:
            self.run("COMMIT")
        except StoreIoError as error:
            # What reached the disk may be found valid when the file is opened again.
            problem = error.problem
            raise CommitUnknownError(
                database=self._database, problem=problem
            ) from error

    def rollback(self) -> None:
        if self._connection.in_transaction:
            self.run("ROLLBACK")
