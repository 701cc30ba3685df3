"""SQLite when the power goes: what was acknowledged is there, and nothing is half.

A till works under `strace`. From the trace follows what the disk may hold at any moment
in between, and the library opens each such disk.
"""

import contextlib
import os
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby
from pathlib import Path
from random import Random

import attrs
import pytest

from loyaltyledger import Ledger, LedgerError
from survival.faults_images import Disk, Worst
from survival.faults_shop import Log, check_sound, command, log_of, reopened
from survival.faults_trace import (
    Change,
    Deed,
    Told,
    deeds,
    skip_without_strace,
    strace,
    traced,
)

LONG = os.environ.get("LOYALTYLEDGER_SURVIVAL") == "long"
VISITS = 100 if LONG else 20
POINTS = 400 if LONG else 60
VERIFIED_EACH = 25
MEMORY = Path("/dev/shm")  # noqa: S108  # the folder's name is random

pytestmark = pytest.mark.timeout(1200 if LONG else 300)


@attrs.frozen(kw_only=True)
class Run:
    """What a till did, and the log that it left behind."""

    deeds: Sequence[Deed]
    folder: Path
    log: Log


@attrs.frozen(kw_only=True)
class Image:
    """A disk after the power went, and what had been acknowledged by then."""

    number: int
    path: Path
    told: frozenset[str]


@attrs.define
class Count:
    images: int = 0
    broken: int = 0
    lost: int = 0


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder in memory where there is one: images need not survive anything."""
    place = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(dir=place) as name:
        yield Path(name)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run_of(tmp_path_factory.mktemp("power"), "visits", VISITS)


def run_of(folder: Path, work: str, count: int, durability: str = "full") -> Run:
    """Let a till work under strace in a new folder."""
    skip_without_strace()
    place = folder / "shop"
    place.mkdir()
    found = work_traced(place, folder / "trace", work, count, durability=durability)
    with reopened(url_in(place)) as ledger:
        return Run(deeds=found, folder=place, log=log_of(ledger))


def work_traced(
    place: Path,
    trace: Path,
    work: str,
    count: int,
    *options: str,
    durability: str = "full",
) -> list[Deed]:
    env = os.environ | {"DURABILITY": durability}
    program = ("survival.faults_worker", work, url_in(place), str(count))
    done = strace(*traced(trace), *options, program=program, env=env)
    assert (done.returncode == 0) is not bool(options), done.stderr.decode()
    return deeds(trace, place)


def url_in(place: Path) -> str:
    return f"sqlite:///{place}/ledger.db"


def images(run: Run, into: Path, *, obeys: bool = True) -> Iterator[Image]:
    """Cut the power at random points; the first fifth of them while all is new."""
    random = Random(7)
    told_first = next(n for n, deed in enumerate(run.deeds) if isinstance(deed, Told))
    ends = [told_first if n % 5 == 0 else len(run.deeds) for n in range(POINTS)]
    points = sorted(random.randint(1, end) for end in ends)
    disk, told = Disk(folder=run.folder, obeys=obeys), set[str]()
    for number, (begin, end) in enumerate(zip([0, *points], points, strict=False)):
        for deed in run.deeds[begin:end]:
            disk.take(deed)
            told |= {deed.text} if isinstance(deed, Told) else set()
        with tempfile.TemporaryDirectory(dir=into) as name:
            disk.write_image(Path(name), random)
            path = Path(name) / "ledger.db"
            yield Image(number=number, path=path, told=frozenset(told))


def log_in(image: Image, whole: Log) -> Log:
    """Read an image, which must be sound and begin as the whole log does."""
    with contextlib.closing(sqlite3.connect(image.path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    with reopened(f"sqlite:///{image.path}") as ledger:
        log = log_of(ledger)
        if log.keys and image.number % VERIFIED_EACH == 0:
            check_sound(ledger)
        if log.keys:
            check_goes_on(ledger, len(log.keys))
    assert log.keys == whole.keys[: len(log.keys)]
    assert log.events == whole.events[: len(log.events)]
    return log


def check_goes_on(ledger: Ledger, done: int) -> None:
    """What is there is answered as it was; what is not can be done now."""
    ledger.execute(command(done - 1))
    assert len(list(ledger.store.commands())) == done
    ledger.execute(command(done))
    assert len(list(ledger.store.commands())) == done + 1


def commits_of(run: Run) -> set[int]:
    """Say after how many commands a commit ended; each was told in one go."""
    told = [deed for deed in run.deeds if isinstance(deed, Told)]
    sizes = (len(list(group)) for _, group in groupby(told, lambda deed: deed.begun))
    return set(accumulate(sizes, initial=0))


def test_nothing_acknowledged_is_lost_and_no_commit_is_half(
    run: Run, folder: Path
) -> None:
    commits = commits_of(run)

    for image in images(run, folder):
        log = log_in(image, run.log)
        assert image.told <= set(log.keys), image
        assert len(log.keys) in commits, "half a commit"


def test_relaxed_durability_loses_the_last_commits_and_never_half_of_one(
    tmp_path: Path, folder: Path
) -> None:
    run = run_of(tmp_path, "visits", VISITS, durability="relaxed")
    commits = commits_of(run)
    lost = 0

    for image in images(run, folder):
        log = log_in(image, run.log)
        assert len(log.keys) in commits, "half a commit"
        lost += not image.told <= set(log.keys)

    assert lost, "nothing was lost: the setting makes no difference"


def test_the_trace_holds_what_the_images_are_to_show(run: Run) -> None:
    written = {deed.path.name for deed in run.deeds if isinstance(deed, Change)}
    starts = [
        deed
        for deed in run.deeds
        if isinstance(deed, Change)
        and deed.path.name == "ledger.db-wal"
        and deed.offset == 0
    ]

    assert {"ledger.db", "ledger.db-wal"} <= written
    assert len(starts) >= 2, "the log beside the file never began anew"
    assert len(commits_of(run)) > VISITS


def test_a_disk_that_only_claims_to_have_written_is_seen(
    run: Run, folder: Path
) -> None:
    """Else the test above could not fail."""
    count = Count()

    for image in images(run, folder, obeys=False):
        count.images += 1
        try:
            count.lost += not image.told <= set(log_in(image, run.log).keys)
        except (AssertionError, LedgerError, sqlite3.DatabaseError):
            count.broken += 1

    assert count.lost + count.broken > count.images // 3, count


def test_threads_that_write_at_once_lose_nothing(tmp_path: Path, folder: Path) -> None:
    run = run_of(tmp_path, "threads", VISITS)

    for image in images(run, folder):
        assert image.told <= set(log_in_threads(image, run.log).keys), image


def log_in_threads(image: Image, whole: Log) -> Log:
    with reopened(f"sqlite:///{image.path}") as ledger:
        log = log_of(ledger)
    assert log.keys == whole.keys[: len(log.keys)]
    assert log.events == whole.events[: len(log.events)]
    return log


@pytest.mark.parametrize("killed_at", range(8, 48, 4) if LONG else (12, 23))
def test_what_a_killed_process_left_is_on_disk_before_it_is_answered(
    tmp_path: Path, folder: Path, killed_at: int
) -> None:
    """Killed between a write and its sync; the next process finds the command done."""
    skip_without_strace()
    place = tmp_path / "shop"
    place.mkdir()
    kill = ("-e", f"inject=fdatasync:signal=KILL:when={killed_at}")

    first = work_traced(place, tmp_path / "first", "visits", VISITS, *kill)
    done = sum(isinstance(deed, Told) for deed in first)
    second = work_traced(place, tmp_path / "second", "repeat", done + 1)

    disk = Disk(folder=place)
    for deed in (*first, *later(second, than=first)):
        disk.take(deed)
    image = folder / f"killed-{killed_at}"
    image.mkdir()
    disk.write_image(image, Worst())
    with reopened(f"sqlite:///{image}/ledger.db") as ledger:
        assert log_of(ledger).keys == tuple(command(n).key for n in range(done + 1))


def later(found: Sequence[Deed], *, than: Sequence[Deed]) -> list[Deed]:
    """Number the lines of a second trace on from those of the first."""
    after = max(deed.done for deed in than) + 1
    return [
        attrs.evolve(deed, begun=deed.begun + after, done=deed.done + after)
        for deed in found
    ]
