"""Damaged copies of a file: refused, found by `verify`, or answered as ever.

Numbers of points are meant. A letter changed in a reason or in the name of a product is
seen by no rule.
"""

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import attrs
import pytest

from loyaltyledger import (
    DamagedEventError,
    DamagedKeyError,
    DamagedStreamError,
    Ledger,
    LedgerError,
    NotMigratedError,
    StoreCorruptError,
    StoreFailedError,
    UnknownError,
    UnknownEventError,
)
from survival.faults_shop import (
    MEMBERS,
    SETUP,
    VISIT,
    Log,
    Struggle,
    check_sound,
    log_of,
    reopened,
    visit,
)

LONG = os.environ.get("LOYALTYLEDGER_SURVIVAL") == "long"
IMAGES = 3000 if LONG else 90
PAGE, SECTOR = 4096, 512
COMMANDS = SETUP + 12 * VISIT
MEMORY = Path("/dev/shm")  # noqa: S108  # the folder's name is random

REFUSALS = (
    *(StoreCorruptError, StoreFailedError, NotMigratedError, UnknownEventError),
    *(DamagedEventError, DamagedStreamError, DamagedKeyError),
)
"""What may be said of a damaged file; what is not found may be unknown, too."""

pytestmark = pytest.mark.timeout(1800 if LONG else 300)


@attrs.frozen(kw_only=True)
class Whole:
    """A sound ledger: its file, what was beside it while in use, and its answers."""

    file: bytes
    early: bytes
    beside: bytes
    log: Log
    points: Any


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    place = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(dir=place) as name:
        yield Path(name)


@pytest.fixture(scope="module")
def whole(folder: Path) -> Whole:
    path = folder / "whole.db"
    with reopened(f"sqlite:///{path}") as ledger:
        Struggle().carry_out(ledger, range(SETUP))
        with contextlib.closing(sqlite3.connect(path)) as other:
            other.execute("PRAGMA wal_checkpoint(RESTART)")
        Struggle().carry_out(ledger, range(SETUP, COMMANDS))
        ledger.views.follow()
        log, points = log_of(ledger), points_of(ledger)
        early = path.read_bytes()
        beside = Path(f"{path}-wal").read_bytes()
    return Whole(
        file=path.read_bytes(), early=early, beside=beside, log=log, points=points
    )


@pytest.fixture
def copy(folder: Path) -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(dir=folder))
    yield place / "ledger.db"
    shutil.rmtree(place)


def write_copy(copy: Path, file: bytes, beside: bytes | None = None) -> str:
    for old in copy.parent.iterdir():
        old.unlink()
    copy.write_bytes(file)
    if beside is not None:
        Path(f"{copy}-wal").write_bytes(beside)
    return f"sqlite:///{copy}"


def points_of(ledger: Ledger) -> Any:
    whose: dict[str, Any] = {"programme_id": "shop", "point_type": "points"}
    return [
        (
            ledger.balance(member_id=member, **whose),
            ledger.lots(member_id=member, **whose),
        )
        for member in MEMBERS
    ]


def one_bit(file: bytearray, random: Random) -> None:
    file[random.randrange(len(file))] ^= 1 << random.randrange(8)


def some_bytes(file: bytearray, random: Random) -> None:
    start = random.randrange(len(file) - 16)
    file[start : start + 16] = random.randbytes(16)


def lost_page(file: bytearray, random: Random) -> None:
    start = PAGE * random.randrange(len(file) // PAGE)
    file[start : start + PAGE] = bytes(PAGE)


def lost_sector(file: bytearray, random: Random) -> None:
    start = SECTOR * random.randrange(len(file) // SECTOR)
    file[start : start + SECTOR] = bytes(SECTOR)


def another_page(file: bytearray, random: Random) -> None:
    """A page that was written to the wrong place."""
    to, of = (PAGE * random.randrange(len(file) // PAGE) for _ in range(2))
    file[to : to + PAGE] = file[of : of + PAGE]


def lost_end(file: bytearray, random: Random) -> None:
    del file[random.randrange(len(file)) :]


DAMAGES = (one_bit, some_bytes, lost_page, lost_sector, another_page, lost_end)


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_refused_or_found_or_does_no_harm(
    whole: Whole, copy: Path, damage: Any
) -> None:
    random = Random(damage.__name__)
    told = 0

    for number in range(IMAGES // len(DAMAGES) + 1):
        file = bytearray(whole.file)
        damage(file, random)
        url = write_copy(copy, bytes(file))
        seen = what_is_seen(url, whole)
        told += seen != "as ever"
        again = write_copy(copy, bytes(file))
        assert seen != "wrong" or is_found(again), (damage, number)

    assert told, "nothing was ever seen of any damage"


def what_is_seen(url: str, whole: Whole) -> str:
    """Ask for everybody's points, and sell, as a shop does that knows of no damage."""
    try:
        with reopened(url) as ledger:
            points = points_of(ledger)
            with contextlib.suppress(LedgerError):
                visit(ledger, COMMANDS)
            return "as ever" if points == whole.points else "wrong"
    except UnknownError:
        return "wrong"
    except REFUSALS:
        return "refused"


def is_found(url: str) -> bool:
    """Whether an auditor sees it: in SQLite's own check, or by replaying the log."""
    try:
        with reopened(url) as ledger:
            return bool(ledger.check().findings or ledger.verify().findings)
    except REFUSALS:
        return True


def test_a_copy_without_the_end_of_its_log_holds_a_whole_beginning(
    whole: Whole, copy: Path
) -> None:
    random = Random(3)
    lengths = [0, *(random.randrange(len(whole.beside)) for _ in range(IMAGES // 3))]

    found = [
        beginning(write_copy(copy, whole.early, whole.beside[:length]), whole, number)
        for number, length in enumerate(lengths)
    ]

    assert min(found) == SETUP
    assert len(set(found)) > 3, "the log was cut at different places"


def test_a_copy_whose_log_is_damaged_holds_a_whole_beginning(
    whole: Whole, copy: Path
) -> None:
    random = Random(4)
    found = []

    for number in range(IMAGES // 3):
        beside = bytearray(whole.beside)
        random.choice((one_bit, some_bytes, lost_sector))(beside, random)
        url = write_copy(copy, whole.early, bytes(beside))
        found.append(beginning(url, whole, number))

    assert len(set(found)) > 3, "the log was hit at different places"


def test_a_copy_without_the_log_beside_it_is_sound_and_older(
    whole: Whole, copy: Path
) -> None:
    url = write_copy(copy, whole.early)

    assert beginning(url, whole, number=0) == SETUP


def beginning(url: str, whole: Whole, number: int) -> int:
    """Say how many commands there are; they must be the first, and whole."""
    with reopened(url) as ledger:
        log = log_of(ledger)
        if number % 10 == 0:
            check_sound(ledger)
    assert log.keys == whole.log.keys[: len(log.keys)]
    assert log.events == whole.log.events[: len(log.events)]
    return len(log.keys)


def test_a_file_that_is_damaged_is_told_with_what_to_do(
    whole: Whole, copy: Path
) -> None:
    file = bytearray(whole.file)
    file[PAGE * 2 :] = os.urandom(len(file) - PAGE * 2)
    url = write_copy(copy, bytes(file))

    with pytest.raises(LedgerError) as refused, reopened(url) as ledger:
        points_of(ledger)

    assert isinstance(refused.value, StoreCorruptError)
    assert is_found(url)
