"""Bringing a log file into an empty ledger: trusted history, checked as a set."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from ..audit.replay import no_search_for_cycles
from ..store import (
    CommitUnknownError,
    Store,
    VersionConflictError,
    migrate_store,
    open_store,
)
from ..store.engine import Row
from ..store.filling import Filling, filling
from ..store.names import NAMES, UPCASTS
from ..views import Views
from .checking import SetCheck, UnfitError
from .errors import LedgerNotEmptyError
from .lines import Header
from .log_file import Batch, LogFile, LogReader

Tell = Callable[[int, int], None]
"""Is told how many events are in, and of how many."""


def import_log(
    url: str,
    path: Path | str,
    *,
    schema: str = "loyaltyledger",
    progress: Tell | None = None,
) -> LogFile:
    """Bring the history of a log file into an empty ledger: all of it, or nothing.

    It becomes the ledger that it was: the same id, positions, keys and receipts. The
    tables are made if they are not there.
    """
    migrate_store(url, schema=schema)
    store = open_store(url, names=NAMES, upcasts=UPCASTS, clock=_now, schema=schema)
    try:
        Views(store, clock=_now).migrate()
        return _fill(store, LogReader(path), progress or _tell_nobody)
    finally:
        store.close()


def _now() -> datetime:
    return datetime.now(UTC)


def _tell_nobody(_events: int, _of: int) -> None:
    pass


def _fill(store: Store, reader: LogReader, tell: Tell) -> LogFile:
    try:
        with filling(store) as into, no_search_for_cycles():
            if not into.is_empty():
                raise LedgerNotEmptyError(database=store.database)
            return _filled(into, reader, tell)
    except VersionConflictError:
        reader.refuse("the file", "a key is there twice")
    except CommitUnknownError as unknown:
        # All of it is there, or nothing: the next attempt will tell.
        raise (unknown.__cause__ or unknown) from unknown


def _filled(into: Filling, reader: LogReader, tell: Tell) -> LogFile:
    check, rows = SetCheck(), _Rows(into)
    for batch in reader.batches():
        _take(batch, check, rows, reader)
        tell(check.events, _expected(reader.header))
    rows.write()
    into.streams(check.stream_rows())
    found = reader.log_file()
    counted = (check.commands, check.events, len(check.streams))
    if counted != (found.commands, found.events, found.streams):
        reader.refuse("the last line", "its counts are those of another log")
    into.finish(found.ledger_id)
    return found


def _expected(header: Header | None) -> int:
    return sum(header.names.values()) if header else 0


def _take(batch: Batch, check: SetCheck, rows: "_Rows", reader: LogReader) -> None:
    for number, command in enumerate(batch.commands, batch.first):
        try:
            row, events = check.take(command)
        except (UnfitError, ValueError) as error:
            reader.refuse(f"line {number}", str(error))
        rows.commands.append(row)
        rows.events += events
    if len(rows.events) >= rows.into.events_at_once:
        rows.write()


class _Rows:
    """Rows that wait to be written together."""

    def __init__(self, into: Filling) -> None:
        self.events: list[Row] = []
        self.commands: list[Row] = []
        self.into = into

    def write(self) -> None:
        self.into.events(self.events)
        self.into.commands(self.commands)
        self.events, self.commands = [], []
