"""A process in trouble: a wrong clock, no memory, no files, work that is broken off."""

import contextlib
import os
import resource
import signal
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from types import FrameType

import pytest

from loyaltyledger import (
    Earn,
    InsufficientPointsError,
    Ledger,
    LedgerError,
    StoreError,
    StoreUnavailableError,
)
from shop import NOW, Clock, Shop, new_ledger, programme
from store.sample import in_child
from survival.faults_shop import (
    MEMBERS,
    SETUP,
    VISIT,
    Struggle,
    check_sound,
    command,
    commands,
    log_of,
    reopened,
)

LONG = os.environ.get("LOYALTYLEDGER_SURVIVAL") == "long"
INTERRUPTIONS = 3000 if LONG else 300
BATCH = 5000 if LONG else 600
STEPS = 2000 if LONG else 100
SOUND = "sound"

pytestmark = pytest.mark.timeout(1200 if LONG else 300)


# ── broken off in the middle ─────────────────────────────────────────────────


class BrokenOffError(BaseException):
    """Raised between any two instructions, as Ctrl-C is."""


def _break_off(_number: int, _frame: FrameType | None) -> None:
    raise BrokenOffError


@contextlib.contextmanager
def broken_off(random: Random) -> Iterator[None]:
    """Break off what is done inside, at a random moment of the first milliseconds."""
    signal.setitimer(signal.ITIMER_REAL, random.uniform(0.00002, 0.0012))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


@pytest.mark.skipif(
    sys.gettrace() is not None,
    reason="an interruption would break off the tracer; CI runs it without one",
)
def test_work_broken_off_anywhere_is_whole_or_absent(shared_url: str) -> None:
    assert in_child(lambda: worked_though_broken_off(shared_url)) == SOUND


def worked_though_broken_off(url: str) -> str:
    signal.signal(signal.SIGALRM, _break_off)
    random, number, broken = Random(5), 0, 0
    with reopened(url) as ledger:
        while broken < INTERRUPTIONS:
            try:
                with broken_off(random):
                    ledger.execute(command(number))
                    number += 1
            except BrokenOffError:
                broken += 1
            except StoreUnavailableError:
                # So many sessions are given up that the server cannot keep pace.
                time.sleep(0.1)
        carry_on(ledger, max(number, SETUP) + VISIT)
    return SOUND


def carry_on(ledger: Ledger, beyond: int) -> None:
    """Carry out every command so far once more, and some more; all must be well."""
    struggle = Struggle()
    struggle.carry_out(ledger, range(beyond))
    assert not struggle.errors, struggle.errors
    assert log_of(ledger).keys == tuple(one.key for one in commands(beyond))
    check_sound(ledger)


# ── no memory, no files ──────────────────────────────────────────────────────


@contextlib.contextmanager
def limited(what: int, most: int) -> Iterator[None]:
    before = resource.getrlimit(what)
    resource.setrlimit(what, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(what, before)


def memory_in_use() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


@contextlib.contextmanager
def memory_left(size: int) -> Iterator[None]:
    """Use up all memory but *size*, also what was freed and not given back."""
    hoard = []
    with limited(resource.RLIMIT_AS, memory_in_use() + size):
        for chunk in (1 << 20, 1 << 16, 1 << 12, 400):
            with contextlib.suppress(MemoryError):
                while True:
                    hoard.append(bytearray(chunk))
        for _ in range(size >> 20):
            hoard.pop(0)
        try:
            yield
        finally:
            hoard.clear()


@pytest.fixture
def needs_proc() -> None:
    if not Path("/proc/self/statm").exists():
        pytest.skip("needs /proc")


@pytest.mark.usefixtures("needs_proc")
@pytest.mark.parametrize("more", [0, 1 << 20, 4 << 20] if LONG else [0])
def test_a_worker_without_memory_loses_nothing(shared_url: str, more: int) -> None:
    said = in_child(lambda: worked_without_memory(shared_url, more))

    assert said == SOUND


def worked_without_memory(url: str, more: int) -> str:
    big = [earning(number) for number in range(BATCH)]
    errors: list[Exception] = []
    with reopened(url) as ledger:
        Struggle().carry_out(ledger, range(SETUP))
        with memory_left(more):
            for batch in (big, commands(SETUP + VISIT, SETUP)):
                try:
                    ledger.execute_many(batch)
                except (MemoryError, StoreError) as error:  # nobody else's
                    errors.append(error)
        done = len(log_of(ledger).keys)
        assert done in {
            SETUP + first + second for first in (0, len(big)) for second in (0, VISIT)
        }
        outcomes = ledger.execute_many(big)
        assert not any(isinstance(one, LedgerError) for one in outcomes)
        ledger.execute_many(commands(SETUP + VISIT, SETUP))
        assert len(set(log_of(ledger).keys)) == SETUP + VISIT + len(big)
        check_sound(ledger)
    assert errors or more, "there was memory enough"
    return SOUND


def earning(number: int) -> Earn:
    return Earn(
        key=f"gift {number}",
        programme_id="shop",
        member_id=MEMBERS[number % len(MEMBERS)],
        point_type="points",
        points=1,
        reason="x" * 500,
    )


@pytest.mark.parametrize("more", [0, 1])
def test_a_process_without_files_is_told_and_goes_on(
    shared_url: str, more: int
) -> None:
    said = in_child(lambda: worked_without_files(shared_url, more))

    assert said == SOUND


def worked_without_files(url: str, more: int) -> str:
    errors: list[StoreError] = []
    with reopened(url) as ledger:
        Struggle().carry_out(ledger, range(SETUP))
        with limited(resource.RLIMIT_NOFILE, next_file() + more):
            for attempt in (
                lambda: ledger.execute(command(SETUP)),
                ledger.views.follow,
                lambda: check_opens(url),
            ):
                try:
                    attempt()
                except StoreUnavailableError as error:
                    errors.append(error)
        carry_on(ledger, SETUP + VISIT)
    assert errors, "there were files enough"
    return SOUND


def next_file() -> int:
    """Return the lowest number that an open file can have now."""
    probe = os.dup(0)
    os.close(probe)
    return probe


def check_opens(url: str) -> None:
    with reopened(url) as ledger:
        assert log_of(ledger).keys


# ── a wrong clock ────────────────────────────────────────────────────────────


def test_a_clock_that_jumps_about_changes_no_number(store_url: str) -> None:
    clock, random = Clock(), Random(8)
    with new_ledger(store_url, clock) as ledger:
        shop = Shop(ledger, clock)
        shop.define(programme())
        shop.enrol("ann")
        points, told = 0, []
        for _ in range(STEPS):
            clock.go(hours=random.choice((-5, -1, -0.001, 0, 0.001, 2)))
            clock.now = max(clock.now, NOW)
            wanted = random.randint(1, 9)
            with contextlib.suppress(InsufficientPointsError):
                if random.random() < 1 / 2:
                    told.append(shop.earn(wanted))
                    points += wanted
                else:
                    told.append(shop.spend(wanted))
                    points -= wanted
        early, clock.now = clock.now, NOW + timedelta(days=9)
        assert shop.balance() == (points, 0, 0, 0)
        clock.now = early - timedelta(days=2)
        assert [ledger.receipt(receipt.key) for receipt in told] == told
        check_rises(ledger, whole=ledger.store.dialect == "sqlite")
        check_sound(ledger)


def check_rises(ledger: Ledger, *, whole: bool) -> None:
    """Each command was recorded after those before it, in the log or in a stream."""
    lines: dict[str, list[int]] = {}
    for event in log_of(ledger).events:
        line = lines.setdefault("the log" if whole else event.stream, [])
        if event.recorded_at not in line[-1:]:  # of another command
            line.append(event.recorded_at)
    for line in lines.values():
        assert line == sorted(set(line))
