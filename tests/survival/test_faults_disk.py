"""Disks that are full, failing or read-only: a clear error, and nothing lost."""

import contextlib
import os
import resource
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from loyaltyledger import LedgerError, StoreFullError, StoreIoError
from store.sample import in_child
from survival.faults_images import Disk, Worst
from survival.faults_shop import (
    SETUP,
    Log,
    Struggle,
    check_once,
    check_sound,
    command,
    log_of,
    reopened,
    visit,
)
from survival.faults_trace import Told, deeds, skip_without_strace, strace, traced
from survival.faults_worker import REFUSED

LONG = os.environ.get("LOYALTYLEDGER_SURVIVAL") == "long"
MANY = 5000
SMALL = 700_000
DONE = 60 if LONG else 25

pytestmark = pytest.mark.timeout(1200 if LONG else 300)


# ── no room ──────────────────────────────────────────────────────────────────


@contextlib.contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond *size*."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def full_and_free_again(
    url: str, full: Callable[[], contextlib.AbstractContextManager[None]]
) -> Struggle:
    """Work until there is no room, look at what is there, and work on with room."""
    struggle = Struggle()
    with reopened(url) as ledger:
        struggle.carry_out(ledger, range(SETUP))
        with full():
            struggle.carry_out(ledger, range(SETUP, MANY))
            assert log_of(ledger).keys == tuple(struggle.acknowledged)
            struggle.carry_out(ledger, [len(struggle.acknowledged)])
        done = len(struggle.acknowledged)
        struggle.carry_out(ledger, range(done, done + 20))
        check_sound(ledger)
    return struggle


def check_struggle(struggle: object, url: str) -> None:
    assert isinstance(struggle, Struggle), struggle
    assert struggle.errors
    assert struggle.kinds <= {StoreFullError, StoreIoError}, struggle.errors
    with reopened(url) as ledger:
        assert log_of(ledger).keys == tuple(struggle.acknowledged)
        assert len(struggle.acknowledged) >= SETUP + 20
        check_sound(ledger)


def test_a_file_that_may_not_grow_refuses_and_recovers(sqlite_url: str) -> None:
    struggle = in_child(
        lambda: full_and_free_again(sqlite_url, lambda: file_size_limit(SMALL))
    )

    check_struggle(struggle, sqlite_url)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "none", str(disk)]
    tried = subprocess.run(mount, capture_output=True, check=False)
    if tried.returncode:
        pytest.skip("a small disk can only be mounted by root")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@contextlib.contextmanager
def filled(disk: Path, left: int = 0) -> Iterator[None]:
    """Take the room that is left on a disk."""
    found = os.statvfs(disk)
    filler = disk / "filler"
    filler.write_bytes(bytes(found.f_bavail * found.f_frsize - left))
    try:
        yield
    finally:
        filler.unlink()


@pytest.mark.parametrize("left", [0, 4096, 100_000])
def test_a_full_disk_refuses_and_recovers(small_disk: Path, left: int) -> None:
    url = f"sqlite:///{small_disk}/ledger.db"

    struggle = full_and_free_again(url, lambda: filled(small_disk, left))

    check_struggle(struggle, url)


@pytest.mark.parametrize("left", range(0, 120_000, 4096 if LONG else 40_960))
def test_a_ledger_opens_on_a_full_disk_or_says_why_not(
    small_disk: Path, left: int
) -> None:
    old, new = (f"sqlite:///{small_disk}/{name}.db" for name in ("old", "new"))
    with reopened(old) as ledger:
        Struggle().carry_out(ledger, range(SETUP))

    with filled(small_disk, left):
        said = [said_by(partial(log_in, url)) for url in (old, new)]

    assert set(said) <= {"nothing", "StoreFullError", "StoreIoError"}
    for url in (old, new):
        with reopened(url) as ledger:
            Struggle().carry_out(ledger, range(SETUP + 8))
            assert len(log_of(ledger).keys) == SETUP + 8
            check_sound(ledger)


# ── a disk that fails ────────────────────────────────────────────────────────


FAULTS = [
    # call, error, first and step, what may be said
    ("fdatasync", "EIO", "30+2", {"StoreIoError"}),
    ("pwrite64", "EIO", "150+47", {"StoreIoError"}),
    ("pwrite64", "ENOSPC", "150+41", {"StoreFullError", "StoreIoError"}),
    *(
        (call, error, f"{first}+{step}", {"StoreIoError", "StoreFullError"})
        for first, step in ((1, 61), (11, 83), (37, 97))
        for call, error in (
            *(("fdatasync", "EIO"), ("fdatasync", "ENOSPC")),
            *(("pwrite64", "EIO"), ("pwrite64", "ENOSPC"), ("pwrite64", "EDQUOT")),
            # The first reads are those of the program itself; few files are cut.
            *((("pread64", "EIO"),) if first == 11 else ()),
            *((("ftruncate", "EIO"), ("ftruncate", "ENOSPC")) if first == 1 else ()),
        )
        if LONG
    ),
]


@pytest.mark.parametrize(("call", "error", "when", "kinds"), FAULTS)
def test_a_failing_disk_is_told_and_survived(
    tmp_path: Path, call: str, error: str, when: str, kinds: set[str]
) -> None:
    said = struggled(tmp_path, "struggle", f"{call}:error={error}:when={when}")

    assert said <= kinds


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("fdatasync:error=EIO:when=30+", "StoreIoError"),
        ("pwrite64:error=EIO:when=150+", "StoreIoError"),
        ("pwrite64:error=ENOSPC:when=150+", "StoreFullError"),
    ][: None if LONG else 1],
)
def test_a_disk_that_fails_for_good_is_told(
    tmp_path: Path, fault: str, kind: str
) -> None:
    said = struggled(tmp_path, "give_up", fault)

    assert said == {kind}


def test_what_a_killed_process_left_is_not_read_while_it_cannot_be_synchronised(
    tmp_path: Path,
) -> None:
    skip_without_strace()
    url, trace = f"sqlite:///{tmp_path}/ledger.db", tmp_path / "trace"
    program = ("survival.faults_worker", "struggle", url, str(DONE))
    strace(*traced(trace), program=program, env=os.environ)
    fault = "inject=fsync:error=EIO:when=1"

    done = strace(*traced(trace), "-e", fault, program=program, env=os.environ)

    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode().splitlines()[0] == f"{REFUSED}StoreIoError"
    assert "INJECTED" in trace.read_text()


def struggled(folder: Path, work: str, fault: str) -> set[str]:
    """Work on a disk with a fault, and then cut the power; return what was said."""
    skip_without_strace()
    place = folder / "shop"
    place.mkdir()
    url, trace = f"sqlite:///{place}/ledger.db", folder / "trace"
    program = ("survival.faults_worker", work, url, str(DONE))
    call, _, _ = fault.partition(":")
    options = (*traced(trace, call), "-e", f"inject={fault}")
    done = strace(*options, program=program, env=os.environ)
    assert done.returncode == 0, done.stderr.decode()
    assert "INJECTED" in trace.read_text()

    found = deeds(trace, place)
    told = {deed.text for deed in found if isinstance(deed, Told)}
    disk, image = Disk(folder=place), folder / "image"
    for deed in found:
        disk.take(deed)
    image.mkdir()
    disk.write_image(image, Worst())
    for each in (url, f"sqlite:///{image}/ledger.db"):
        with reopened(each) as ledger:
            check_once(ledger, told, ())
            Struggle().carry_out(ledger, range(DONE))
            assert log_of(ledger).keys == tuple(command(n).key for n in range(DONE))
            check_sound(ledger)
    lines = done.stdout.decode().splitlines()
    return {line.removeprefix(REFUSED) for line in lines if line.startswith(REFUSED)}


# ── no right to write, no turn ───────────────────────────────────────────────


def test_a_file_that_may_only_be_read_is_read_and_later_written(
    open_folder: Path,
) -> None:
    path = open_folder / "ledger.db"
    url = f"sqlite:///{path}"

    def work() -> list[str]:
        with reopened(url) as ledger:
            Struggle().carry_out(ledger, range(SETUP))
        path.chmod(0o444)
        struggle, said = Struggle(), list[str]()
        with reopened(url) as ledger:
            struggle.carry_out(ledger, [SETUP])
            assert len(log_of(ledger).keys) == SETUP
            said += [said_by(ledger.views.follow), said_by(lambda: visit(ledger, 0))]
        # What a reader leaves beside the file may only be read either.
        for each in open_folder.iterdir():
            each.chmod(0o644)
        with reopened(url) as ledger:
            Struggle().carry_out(ledger, range(SETUP, SETUP + 8))
            check_sound(ledger)
        return [*said, *map(name_of, struggle.errors)]

    assert in_child(work, as_nobody=True) == ["StoreReadOnlyError"] * 3
    with reopened(url) as ledger:
        assert len(log_of(ledger).keys) == SETUP + 8


def test_a_disk_that_may_only_be_read_is_told(small_disk: Path) -> None:
    url = f"sqlite:///{small_disk}/ledger.db"
    with reopened(url) as ledger:
        Struggle().carry_out(ledger, range(SETUP))
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)

    said = said_by(partial(log_in, url))

    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    assert said == "StoreReadOnlyError"
    with reopened(url) as ledger:
        assert len(log_of(ledger).keys) == SETUP


def test_a_database_that_stays_locked_is_told_and_waited_for_no_longer(
    tmp_path: Path,
) -> None:
    path = tmp_path / "ledger.db"
    url = f"sqlite:///{path}"
    with reopened(url) as ledger:
        Struggle().carry_out(ledger, range(SETUP))
    other = sqlite3.connect(path, isolation_level=None)
    with contextlib.closing(other), reopened(url, busy_timeout_s=0.05) as ledger:
        struggle = Struggle()
        other.execute("BEGIN IMMEDIATE")

        struggle.carry_out(ledger, [SETUP])
        said = [
            said_by(lambda: visit(ledger, 0)),
            said_by(ledger.rebuild),
            *map(name_of, struggle.errors),
        ]

        other.execute("ROLLBACK")
        assert said == ["StoreBusyError"] * 3
        struggle.carry_out(ledger, range(SETUP, SETUP + 8))
        check_once(ledger, struggle.acknowledged, ())
        check_sound(ledger)


def log_in(url: str) -> Log:
    with reopened(url) as ledger:
        return log_of(ledger)


def said_by(work: Callable[[], object]) -> str:
    """Name the class of the library's error that *work* ends with."""
    try:
        work()
    except LedgerError as error:
        return name_of(error)
    return "nothing"


def name_of(error: LedgerError) -> str:
    return type(error).__name__
