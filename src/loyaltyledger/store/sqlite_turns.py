"""Threads that wait to write to a SQLite file: one of them commits for all.

Only one can write at a time, and each commit waits for the disk. So who gets the turn
takes along what the others have ready.
"""

import contextlib
import os
import threading
from collections import deque
from collections.abc import Iterator, Sequence

import attrs

from .batch import Batch, Now, Written
from .engine import Session
from .errors import KeyTakenError, StoreBusyError, StoreError, VersionConflictError

GROUP_MAX = 64


@attrs.define(eq=False, repr=False)
class Ticket:
    """A batch that waits to be written, and what became of it."""

    batch: Batch
    now: Now
    outcome: Written | StoreError | None = None
    is_waiting: bool = True
    is_done: bool = False

    def result(self) -> Written:
        if isinstance(self.outcome, StoreError):
            raise self.outcome
        assert self.outcome is not None, "it was its turn, or that of another"
        return self.outcome


class Turns:
    """The queue of one process; SQLite itself would let its threads sleep."""

    def __init__(self, database: str, *, wait_s: float) -> None:
        self._database = database
        self._wait_s = wait_s
        self._start()

    def _start(self) -> None:
        self._pid = os.getpid()
        self._turn = threading.RLock()
        self._waiting: deque[Ticket] = deque()

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for one's turn, and have it."""
        self._after_fork()
        turn = self._turn
        try:
            if not turn.acquire(timeout=self._wait_s):
                raise self._busy()
            yield
        finally:
            _give_back(turn)

    @contextlib.contextmanager
    def waited_for(self, ticket: Ticket) -> Iterator[None]:
        """Have one's turn, or learn that another thread has written the ticket."""
        self._after_fork()
        turn = self._turn
        self._waiting.append(ticket)
        try:
            if not turn.acquire(timeout=self._wait_s):
                self._withdraw(ticket)
                turn.acquire()
            yield
        finally:
            self._leave(ticket)
            _give_back(turn)

    def group(self, first: Ticket) -> tuple[Ticket, ...]:
        """Take the tickets that are waiting, *first* among them."""
        self._leave(first)
        group = [first]
        # Who gives up at this moment may have been the last.
        with contextlib.suppress(IndexError):
            while self._waiting and len(group) < GROUP_MAX:
                ticket = self._waiting.popleft()
                ticket.is_waiting = False
                group.append(ticket)
        return tuple(group)

    def _after_fork(self) -> None:
        if self._pid != os.getpid():
            self._start()  # the threads that waited are the parent's

    def _withdraw(self, ticket: Ticket) -> None:
        """Give up, unless another thread is writing the ticket at this moment."""
        if self._leave(ticket):
            raise self._busy()

    def _leave(self, ticket: Ticket) -> bool:
        """Leave the queue; say whether the ticket was still in it."""
        if ticket.is_waiting:
            with contextlib.suppress(ValueError):
                self._waiting.remove(ticket)
                ticket.is_waiting = False
                return True
        return False

    def _busy(self) -> StoreBusyError:
        problem = f"another thread wrote for {self._wait_s} s"
        return StoreBusyError(database=self._database, problem=problem)


def _give_back(turn: threading.RLock) -> None:
    """Release a turn, if it had come before the wait was broken off (by Ctrl-C)."""
    with contextlib.suppress(RuntimeError):
        turn.release()


def write_group(session: Session, group: Sequence[Ticket]) -> None:
    """Write what can be written of a group; a conflict is only its owner's."""
    if len(group) == 1:
        (alone,) = group
        alone.outcome = session.write(alone.batch, alone.now)
        return
    for ticket in group:
        try:
            with session.savepoint():
                ticket.outcome = session.write(ticket.batch, ticket.now)
        except (VersionConflictError, KeyTakenError) as refused:
            ticket.outcome = refused
