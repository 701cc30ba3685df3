"""What the processes do that are killed: sell for ever, or follow for ever."""

import contextlib
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import attrs

from loyaltyledger import (
    AlreadyExistsError,
    ContendedError,
    Durability,
    InvalidInputError,
    Ledger,
    Receipt,
    RefusedError,
    UnknownError,
)
from loyaltyledger.desk import Command
from loyaltyledger.store import CommitUnknownError, StoreUnavailableError
from survival.kills_journal import (
    Journal,
    Outcome,
    write_answers,
    write_begun,
    write_trouble,
)
from survival.kills_till import Till

PASSING = StoreUnavailableError, CommitUnknownError, ContendedError
"""Errors after which the same command may be sent again, and shall be."""
REFUSALS = AlreadyExistsError, InvalidInputError, RefusedError, UnknownError
PAUSE_S = 0.02

T = TypeVar("T")


class OverError(Exception):
    """The shift was over before it began."""


@attrs.frozen(kw_only=True)
class Shift:
    """One thread at work; it stops when the file *stop* is there."""

    name: str
    url: str
    journal: Path
    stop: Path
    shared: str
    seed: int
    durability: Durability = Durability.FULL

    @property
    def is_over(self) -> bool:
        return self.stop.exists()


def sell(shifts: Sequence[Shift]) -> None:
    """Let threads share a ledger, one for each shift."""
    try:
        with _opened(shifts[0]) as ledger:
            threads = [
                threading.Thread(target=_sell, args=(ledger, shift)) for shift in shifts
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    except OverError:
        return


def _sell(ledger: Ledger, shift: Shift) -> None:
    """Carry out commands; go on to the next when one is answered and noted."""
    file = Journal(path=shift.journal).open()
    till = Till(shift.name, shift.shared, shift.seed)
    try:
        while not shift.is_over:
            commands = till.next()
            write_begun(file, commands)
            start = time.monotonic()
            outcomes = until_answered(shift, lambda: carry_out(ledger, commands))  # noqa: B023  # used at once
            if outcomes is None:
                return
            write_answers(file, outcomes, start, time.monotonic())
            for command, outcome in zip(commands, outcomes, strict=True):
                if isinstance(outcome, Receipt):
                    till.learn(command, outcome)
    except BaseException:
        write_trouble(file, traceback.format_exc())
        raise


def follow(shift: Shift) -> None:
    """Keep the views up to date."""
    file = Journal(path=shift.journal).open()
    try:
        with _opened(shift) as ledger:
            while not shift.is_over:
                until_answered(shift, ledger.views.follow)
                time.sleep(PAUSE_S / 4)
    except OverError:
        return
    except BaseException:
        write_trouble(file, traceback.format_exc())
        raise


def carry_out(ledger: Ledger, commands: tuple[Command, ...]) -> tuple[Outcome, ...]:
    """Do one command as callers mostly do, several as a batch."""
    if len(commands) > 1:
        return ledger.execute_many(commands)
    try:
        return (ledger.execute(commands[0]),)
    except REFUSALS as refused:
        return (refused,)


def until_answered(shift: Shift, ask: Callable[[], T]) -> T | None:
    """Ask until there is an answer; None: the shift was over before."""
    while True:
        try:
            return ask()
        except PASSING:
            if shift.is_over:
                return None
            time.sleep(PAUSE_S)


@contextlib.contextmanager
def _opened(shift: Shift) -> Iterator[Ledger]:
    """Open the ledger once its database can be reached."""
    ledger = until_answered(
        shift, lambda: Ledger.open(shift.url, durability=shift.durability)
    )
    if ledger is None:
        raise OverError
    with ledger:
        yield ledger
