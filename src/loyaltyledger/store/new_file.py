"""Files that get their name when they are whole, and take nobody else's."""

import contextlib
import errno
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path

NOTHING_BESIDE = ("",)


@contextlib.contextmanager
def new_part(
    to: Path, *, ends: Iterable[str] = NOTHING_BESIDE, mode: int = 0o600
) -> Iterator[Path]:
    """Make a hidden file beside *to*, and leave nothing of it behind.

    *ends* are those of the files that may come to lie beside it.
    """
    part = to.absolute().with_name(f".{to.name}.{secrets.token_hex(4)}.part")
    os.close(os.open(part, os.O_CREAT | os.O_EXCL, mode))
    try:
        yield part
    finally:
        remove(part, ends)


def refuse_taken(path: Path, *, ends: Iterable[str] = NOTHING_BESIDE) -> None:
    """Raise FileExistsError where there is anything of that name already."""
    for end in ends:
        if os.path.lexists(f"{path}{end}"):
            problem = f"{path.name}{end} is there already; nothing is overwritten"
            raise FileExistsError(errno.EEXIST, problem)


def give_name(part: Path, to: Path, *, ends: Iterable[str] = NOTHING_BESIDE) -> None:
    """Give a whole file its name; raise FileExistsError where that is taken."""
    try:
        os.link(part, to)
    except OSError:
        refuse_taken(to, ends=ends)
        # A memory stick has no second names.
        part.rename(to)
    sync(to.absolute().parent)


def sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def remove(path: Path, ends: Iterable[str]) -> None:
    for end in ends:
        Path(f"{path}{end}").unlink(missing_ok=True)
