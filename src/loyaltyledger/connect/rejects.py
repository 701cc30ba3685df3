"""The file of lines that were refused: line number, purchase, reason."""

import csv
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from ..store.backup import BESIDE
from ..store.urls import FilePlace, place
from .errors import ImportFileError
from .staging import RefusedLine

HEADING = ("line", "purchase", "reason")
HEADING_BYTES_MAX = 100
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_safe(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text


def begin_rejects(file: Path, *, url: str, kept: Iterable[Path]) -> None:
    """Make a file of no rejects yet; where it cannot be, nothing is begun."""
    check_rejects(file, url=url, kept=kept)
    write_rejects(file, ())


def check_rejects(file: Path, *, url: str, kept: Iterable[Path]) -> None:
    """Refuse a place for rejects that something else has, or that is no place.

    Only an empty file and the rejects of an earlier run are ever written over, and
    never one of *kept* or of the ledger of *url*. Nothing is written here.
    """
    for other in (*kept, *_database_files(url)):
        if _is_same(file, other):
            problem = f"is {str(other)!r} itself, which they would overwrite"
            raise _refused(file, problem)
    try:
        if not _can_be_written_over(file):
            problem = f"is there already, and does not begin with {','.join(HEADING)}"
            raise _refused(file, problem)
    except OSError as error:
        raise _unwritable(file, error) from None


def _database_files(url: str) -> tuple[Path, ...]:
    """Return the files of a ledger in SQLite, there or not; of others none."""
    found = place(url)
    if not isinstance(found, FilePlace):
        return ()
    return tuple(Path(f"{found.path}{end}") for end in ("", *BESIDE))


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:  # one of them is not there
        return os.path.realpath(one) == os.path.realpath(other)


def _can_be_written_over(file: Path) -> bool:
    target = Path(os.path.realpath(file))
    if not target.exists():
        target.open("x").close()  # where it cannot be, this says why
        target.unlink()
        return True
    mode = target.stat().st_mode
    if not stat.S_ISREG(mode):
        return not stat.S_ISBLK(mode)  # a pipe or a terminal holds nothing to lose
    with target.open("r+b") as opened:
        first = opened.readline(HEADING_BYTES_MAX)
    return not first or first.rstrip(b"\r\n") == ",".join(HEADING).encode()


def _refused(file: Path, problem: str) -> ImportFileError:
    said = f"refused lines cannot go there: it {problem}; name another file for them"
    return ImportFileError(file=str(file), problem=said)


def _unwritable(file: Path, error: OSError) -> ImportFileError:
    reason = error.strerror or type(error).__name__
    problem = f"refused lines cannot be written there: {reason}; name another file"
    return ImportFileError(file=str(file), problem=problem)


def write_rejects(file: Path, refused: Iterable[RefusedLine]) -> None:
    """Write the file anew; with nothing refused it holds the heading only.

    Whatever it held is gone: `check_rejects` comes first.
    """
    try:
        with file.open("w", encoding="utf-8", newline="") as opened:
            writer = csv.writer(opened, lineterminator="\n")
            writer.writerow(HEADING)
            for line in refused:
                cells = (csv_safe(line.purchase_id), csv_safe(line.reason))
                writer.writerow((line.number, *cells))
    except OSError as error:
        raise _unwritable(file, error) from None
