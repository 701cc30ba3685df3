"""Copies of a SQLite ledger: taken while it is in use, and put back.

A copy gets its name only when it is whole, checked and on disk. What a process that was
killed leaves behind is a hidden file that ends in `.part`.
"""

import contextlib
import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from .checking import DatabaseCheck, check
from .engine import Engine
from .errors import BackupError, NewerStoreError, StoreCorruptError, StoreError
from .new_file import give_name, new_part, refuse_taken, remove, sync
from .schema import SUPPORTED
from .settings import Settings
from .sqlite import SqliteFile
from .sqlite_schema import read_meta
from .sqlite_session import translated
from .urls import FilePlace, place

BESIDE = "-wal", "-shm", "-journal"
"""What SQLite keeps beside a file; of another file, it would be mixed into ours."""

ALL = ("", *BESIDE)

FILE = "SELECT file FROM pragma_database_list WHERE name = 'main'"
LAST_ID = "SELECT seq FROM sqlite_sequence WHERE name = 'ledger_event'"
CONTINUE = (
    "DELETE FROM sqlite_sequence WHERE name = 'ledger_event'",
    "INSERT INTO sqlite_sequence (name, seq) VALUES ('ledger_event', ?)",
)


def back_up(engine: Engine, to: Path) -> DatabaseCheck:
    """Copy the ledger as it is now to a new file, and check the copy."""
    if engine.dialect != "sqlite":
        problem = "a ledger in PostgreSQL is backed up by pg_dump or pg_basebackup"
        raise BackupError(path=str(to), problem=problem)
    with _new_file(to) as part:
        with engine.views_guard(), closing(engine.connect_views()) as source:
            (file,) = source.execute(FILE).fetchone()
            _copy(source, part, shown=to)
        checked = _checked(part, shown=to)
        if file:
            _take_mode(part, Path(file))
        _settle(part)
        give_name(part, to, ends=ALL)
    return checked


def restore_store(
    backup: Path, url: str, *, aside: Path | None = None
) -> DatabaseCheck:
    """Make a backup the ledger of *url*; the one that is there goes *aside*."""
    found = place(url)
    if not isinstance(found, FilePlace):
        problem = "only a SQLite file is restored so; PostgreSQL has pg_restore"
        raise BackupError(path=str(backup), problem=problem)
    to = found.path.absolute()
    replaces = aside is not None and to.exists()
    with _new_file(to, may_be_there=replaces) as part:
        with translated(f"sqlite:///{backup}"), closing(_opened(backup)) as source:
            _copy(source, part, shown=backup)
        checked = _checked(part, shown=backup)
        _take_mode(part, to if replaces else backup)
        if aside is not None and replaces:
            _keep(to, aside)
            _continue_after(part, aside)
            _settle(part)
            part.replace(to)
            sync(to.parent)
        else:
            _settle(part)
            give_name(part, to, ends=ALL)
    return checked


@contextlib.contextmanager
def _new_file(to: Path, *, may_be_there: bool = False) -> Iterator[Path]:
    with _told(to):
        if not may_be_there:
            refuse_taken(to, ends=ALL)
        with new_part(to, ends=ALL) as part:
            yield part


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or str(error)
        raise BackupError(path=str(path), problem=problem) from error


def _opened(backup: Path) -> sqlite3.Connection:
    """Open a backup without changing it."""
    uri = f"file:{quote(str(backup.absolute()))}?mode=ro"
    return sqlite3.connect(uri, uri=True, isolation_level=None)


@contextlib.contextmanager
def _refusing_damage(shown: Path) -> Iterator[None]:
    try:
        yield
    except StoreCorruptError as error:
        raise BackupError(path=str(shown), problem=error.problem) from error


def _copy(source: sqlite3.Connection, part: Path, *, shown: Path) -> None:
    """Copy one picture of a database, while others go on writing it."""
    target = sqlite3.connect(part, isolation_level=None)
    database = f"sqlite:///{part}"
    with _refusing_damage(shown), translated(database, part), closing(target):
        source.backup(target)


def _checked(part: Path, *, shown: Path) -> DatabaseCheck:
    engine = SqliteFile(part, Settings(pool_size=1))
    with _refusing_damage(shown), closing(engine):
        with engine.reading() as session:
            meta = read_meta(session)
        if meta.version > SUPPORTED:
            raise NewerStoreError(
                database=f"sqlite:///{shown}", found=meta.version, supported=SUPPORTED
            )
        if not meta.version:
            raise BackupError(path=str(shown), problem="it holds no ledger")
        checked = check(engine)
    if not checked.is_sound:
        problem = f"it is not sound: {checked.findings[0]}"
        raise BackupError(path=str(shown), problem=problem)
    return checked


def _take_mode(part: Path, of: Path) -> None:
    # A memory stick has no modes.
    with contextlib.suppress(OSError):
        shutil.copymode(of, part)


def _settle(part: Path) -> None:
    """Bring all of it into one file, and onto the disk."""
    with translated(f"sqlite:///{part}", part):
        _one_file(part)
    sync(part)


def _one_file(path: Path) -> None:
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE").fetchone()


def _keep(path: Path, aside: Path) -> None:
    """Give the ledger that is there a second name; nobody may have it open."""
    refuse_taken(aside, ends=ALL)
    # SQLite throws away what lies beside a file that it finds damaged.
    beside = [end for end in BESIDE if Path(f"{path}{end}").exists()]
    for end in beside:
        _name_too(Path(f"{path}{end}"), Path(f"{aside}{end}"))
    try:
        with translated(f"sqlite:///{path}", path):
            _one_file(path)
    except StoreCorruptError:
        pass
    except StoreError:
        remove(aside, beside)
        raise
    else:
        remove(aside, beside)
    _name_too(path, aside)
    remove(path, BESIDE)


def _name_too(path: Path, aside: Path) -> None:
    try:
        os.link(path, aside)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        problem = "it has to be on the same disk as the ledger"
        raise BackupError(path=str(aside), problem=problem) from error


def _continue_after(part: Path, aside: Path) -> None:
    """Let no position that the old ledger gave away mean another event in the new."""
    with contextlib.suppress(sqlite3.Error), closing(_opened(aside)) as old:
        found = old.execute(LAST_ID).fetchone()
        if not found:
            return
        with closing(sqlite3.connect(part, isolation_level=None)) as new:
            # There is no such row where nothing was ever written.
            last = max(
                row[0] for row in (found, new.execute(LAST_ID).fetchone()) if row
            )
            new.execute(CONTINUE[0])
            new.execute(CONTINUE[1], (last,))
