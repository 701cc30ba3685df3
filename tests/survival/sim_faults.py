"""A seeded, faulty database: an engine around an engine, where each use may go wrong.

Faults come far more often than in life, and always between two things that the ledger
does: the engine inside stays sound.
"""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any

import attrs

from loyaltyledger.store import (
    Batch,
    CommitUnknownError,
    StoreBusyError,
    StoreUnavailableError,
    VersionConflictError,
)
from loyaltyledger.store.batch import Now, Written
from loyaltyledger.store.sqlite_session import SqliteSession
from loyaltyledger.store.sqlite_write import written

START = datetime(2024, 5, 17, 12, tzinfo=UTC)
PROBLEM = {"database": "simulated", "problem": "planned"}


class Crash(BaseException):
    """The client's process is gone, with all it had in memory."""


class Fault(StrEnum):
    """What can happen to a write transaction: before, inside, at its end or after."""

    BUSY = "busy"
    LOST = "connection lost"
    CONFLICT = "conflict"
    OVERTAKEN = "another client gets in first"
    CRASH = "crash"
    SLOW = "slow"
    CLOCK_BACK = "clock back"
    COMMIT_LOST = "commit lost: rolled back, and no answer"
    ANSWER_LOST = "answer lost: committed, and no answer"
    CRASH_AFTER = "crash after the commit"


BEFORE = (Fault.BUSY, Fault.LOST, Fault.OVERTAKEN, Fault.CRASH)
INSIDE = (Fault.LOST, Fault.CONFLICT, Fault.CRASH, Fault.SLOW, Fault.CLOCK_BACK)
END = (Fault.LOST, Fault.CONFLICT, Fault.CRASH, Fault.COMMIT_LOST)
AFTER = (Fault.ANSWER_LOST, Fault.CRASH_AFTER)


@attrs.define
class Clock:
    """What the till says it is, which only goes on; and the server's, which may not."""

    till: datetime = START
    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return self.till + self.ahead


@attrs.define
class Faults:
    """Decides by its seed what goes wrong; counts what did."""

    random: Random
    clock: Clock
    overtake: Callable[[], None]
    rate: float = 0.08
    on: bool = False
    done: Counter[Fault] = attrs.field(factory=Counter)

    def maybe(self, among: tuple[Fault, ...]) -> None:
        # There are many places inside, and one of each other kind.
        rate = self.rate / 5 if among is INSIDE else self.rate
        if not self.on or self.random.random() >= rate:
            return
        fault = self.random.choice(among)
        self.done[fault] += 1
        match fault:
            case Fault.BUSY:
                raise StoreBusyError(**PROBLEM)
            case Fault.LOST:
                raise StoreUnavailableError(**PROBLEM)
            case Fault.CONFLICT:
                raise VersionConflictError(problem="planned")
            case Fault.CRASH | Fault.CRASH_AFTER:
                raise Crash
            case Fault.COMMIT_LOST | Fault.ANSWER_LOST:
                raise CommitUnknownError(**PROBLEM)
            case Fault.SLOW:
                self.clock.ahead += timedelta(seconds=self.random.randint(1, 20_000))
            case Fault.CLOCK_BACK:
                self.clock.ahead = timedelta(0)
            case Fault.OVERTAKEN:
                self.overtake()

    @contextlib.contextmanager
    def off(self) -> Iterator[None]:
        was, self.on = self.on, False
        try:
            yield
        finally:
            self.on = was


class FaultySession:
    """A session that may fail before each use of it."""

    def __init__(self, session: Any, faults: Faults) -> None:
        self._session = session
        self._faults = faults

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._session, name)
        if callable(found):
            self._faults.maybe(INSIDE)
        return found

    def write(self, batch: Batch, now: Now) -> Written:
        """Write, where each statement may fail, on the engine that shows its own."""
        self._faults.maybe(INSIDE)
        if not isinstance(self._session, SqliteSession):
            sound: Written = self._session.write(batch, now)
            return sound
        cursor: Any = FaultyCursor(self._session._cursor(), self._faults)
        return written(cursor, batch, now)


class FaultyCursor:
    """A cursor that may fail before each use of it."""

    def __init__(self, cursor: object, faults: Faults) -> None:
        self._cursor = cursor
        self._faults = faults

    def __getattr__(self, name: str) -> Any:
        if name in {"execute", "executemany"}:
            self._faults.maybe(INSIDE)
        return getattr(self._cursor, name)


class FaultyEngine:
    """An engine whose write transactions may fail at any point."""

    def __init__(self, engine: Any, faults: Faults) -> None:
        self._engine = engine
        self._faults = faults

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    @contextlib.contextmanager
    def writing(self) -> Iterator[FaultySession]:
        self._faults.maybe(BEFORE)
        with self._engine.writing() as session:
            yield FaultySession(session, self._faults)
            self._faults.maybe(END)
        self._faults.maybe(AFTER)

    @contextlib.contextmanager
    def asking(self) -> Iterator[FaultySession]:
        with self._engine.asking() as session:
            yield FaultySession(session, self._faults)

    def commit(self, batch: Batch, now: Now) -> Written:
        """Commit as the engine does at once, or where each statement may fail."""
        if self._faults.random.random() < 0.5:  # every other time
            with self.writing() as session:
                return session.write(batch, now)
        self._faults.maybe((*BEFORE, *END))
        written: Written = self._engine.commit(batch, now)
        self._faults.maybe(AFTER)
        return written
