"""Copies of a SQLite ledger: taken while it is in use, and put back.

A copy gets its name only when it is whole, checked and on disk. What a process that was
killed leaves behind is a hidden file that ends in `.part`.
"""

import contextlib
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from .checking import DatabaseCheck, check
from .engine import Engine
from .errors import BackupError, NewerStoreError, StoreCorruptError, StoreError
from .schema import SUPPORTED
from .settings import Settings
from .sqlite import SqliteFile
from .sqlite_schema import read_meta
from .sqlite_session import translated
from .urls import FilePlace, place

BESIDE = "-wal", "-shm", "-journal"
"""What SQLite keeps beside a file; of another file, it would be mixed into ours."""

FILE = "SELECT file FROM pragma_database_list WHERE name = 'main'"
LAST_ID = "SELECT seq FROM sqlite_sequence WHERE name = 'ledger_event'"
CONTINUE = "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'ledger_event'"


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
        _give_name(part, to)
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
            _sync(to.parent)
        else:
            _settle(part)
            _give_name(part, to)
    return checked


@contextlib.contextmanager
def _new_file(to: Path, *, may_be_there: bool = False) -> Iterator[Path]:
    """Make a hidden file beside *to*, and leave nothing of it behind."""
    if not may_be_there:
        _refuse_taken(to)
    part = to.absolute().with_name(f".{to.name}.{secrets.token_hex(4)}.part")
    with _told(to):
        # Whoever may read the ledger is said later, once it is whole.
        os.close(os.open(part, os.O_CREAT | os.O_EXCL, 0o600))
        try:
            yield part
        finally:
            _remove(part, ("", *BESIDE))


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or str(error)
        raise BackupError(path=str(path), problem=problem) from error


def _refuse_taken(path: Path) -> None:
    for end in ("", *BESIDE):
        if os.path.lexists(f"{path}{end}"):
            problem = f"{path.name}{end} is there already; nothing is overwritten"
            raise BackupError(path=str(path), problem=problem)


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
    _sync(part)


def _one_file(path: Path) -> None:
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE").fetchone()


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _give_name(part: Path, to: Path) -> None:
    try:
        os.link(part, to)
    except FileExistsError:
        _refuse_taken(to)
    except OSError:
        # A memory stick has no second names.
        _refuse_taken(to)
        part.rename(to)
    _sync(to.absolute().parent)


def _keep(path: Path, aside: Path) -> None:
    """Give the ledger that is there a second name; nobody may have it open."""
    _refuse_taken(aside)
    # SQLite throws away what lies beside a file that it finds damaged.
    beside = [end for end in BESIDE if Path(f"{path}{end}").exists()]
    for end in beside:
        os.link(f"{path}{end}", f"{aside}{end}")
    try:
        with translated(f"sqlite:///{path}", path):
            _one_file(path)
    except StoreCorruptError:
        pass
    except StoreError:
        _remove(aside, beside)
        raise
    else:
        _remove(aside, beside)
    os.link(path, aside)
    _remove(path, BESIDE)


def _remove(path: Path, ends: Iterable[str]) -> None:
    for end in ends:
        Path(f"{path}{end}").unlink(missing_ok=True)


def _continue_after(part: Path, aside: Path) -> None:
    """Let no position that the old ledger gave away mean another event in the new."""
    with contextlib.suppress(sqlite3.Error), closing(_opened(aside)) as old:
        last = old.execute(LAST_ID).fetchone()
        with closing(sqlite3.connect(part, isolation_level=None)) as new:
            new.execute(CONTINUE, last)
