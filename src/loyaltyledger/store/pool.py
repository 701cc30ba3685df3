"""Connections that are kept for the next use.

No threads of its own, so a process may fork: a child never touches a connection of its
parent, not even to close it, since that would end the parent's session.
"""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from .errors import StoreBusyError, StoreClosedError, StoreError

C = TypeVar("C")
_LEFT_ALONE: list[Any] = []
"""Connections of a parent process, held here so that nothing ever closes them."""


class _Depth(threading.local):
    """How many connections a thread has in use."""

    def __init__(self) -> None:
        self.counter = [0]


class Lease(Generic[C]):
    """A connection in use, known here from its first moment on.

    So work that is broken off (by Ctrl-C) loses none, nor the lock that it may hold.
    """

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.held: C | None = None
        self.sound = False
        """Whether nothing is left open on it; else it is not kept."""

    @property
    def connection(self) -> C:
        assert self.held is not None, "taken, and not yet returned"
        return self.held

    @property
    def is_ours(self) -> bool:
        return self.pid == os.getpid()


class Pool(Generic[C]):
    """Hands out connections, at most *size* at a time to threads that have none yet."""

    def __init__(
        self,
        connect: Callable[[], C],
        discard: Callable[[C], None],
        *,
        database: str,
        size: int,
        wait_s: float,
    ) -> None:
        self._connect = connect
        self._discard = discard
        self._database = database
        self._size = size
        self._wait_s = wait_s
        self._closed = False
        self._start()

    def _start(self) -> None:
        self._pid = os.getpid()
        self._idle: list[C] = []
        # Unlike a semaphore, a queue survives an interruption (Ctrl-C) at any moment.
        self._free: SimpleQueue[None] = SimpleQueue()
        for _ in range(self._size):
            self._free.put(None)
        self._depth = _Depth()

    @contextlib.contextmanager
    def lease(self, begin: Callable[[C], None]) -> Iterator[Lease[C]]:
        """Lend a connection on which *begin* has worked."""
        self._after_fork()
        free, counter = self._free, self._depth.counter
        outermost = counter[0] == 0
        # A thread that holds one already must not wait: it might wait for itself.
        if outermost:
            self._wait_for(free)
        counter[0] += 1
        lease: Lease[C] = Lease()
        try:
            self._take(lease, begin)
            yield lease
        finally:
            counter[0] -= 1
            self._return(lease)
            if outermost:
                free.put(None)

    def _wait_for(self, free: SimpleQueue[None]) -> None:
        try:
            free.get(timeout=self._wait_s)
        except Empty:
            problem = f"all {self._size} connections were in use for {self._wait_s} s"
            raise StoreBusyError(database=self._database, problem=problem) from None

    @contextlib.contextmanager
    def one_more(self, begin: Callable[[C], None]) -> Iterator[Lease[C]]:
        """Lend a connection beyond the size, to a thread that others wait for."""
        self._after_fork()
        lease: Lease[C] = Lease()
        try:
            self._take(lease, begin)
            yield lease
        finally:
            self._return(lease)

    def _after_fork(self) -> None:
        if self._pid != os.getpid():
            _LEFT_ALONE.extend(self._idle)
            self._start()

    def _take(self, lease: Lease[C], begin: Callable[[C], None]) -> None:
        while True:
            if self._closed:
                problem = "the store was closed"
                raise StoreClosedError(database=self._database, problem=problem)
            lease.held = self._kept()
            is_new = lease.held is None
            if is_new:
                lease.held = self._connect()
            try:
                begin(lease.connection)
            except StoreError as error:
                self._return(lease)
                # One that was kept may have died meanwhile; a new one has not.
                if is_new or isinstance(error, StoreBusyError):
                    raise
            else:
                return

    def _kept(self) -> C | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _return(self, lease: Lease[C]) -> None:
        connection, lease.held = lease.held, None
        if connection is None:
            return
        if not lease.is_ours:
            _LEFT_ALONE.append(connection)
        elif lease.sound and not self._closed:
            self._idle.append(connection)
        else:
            self._discard(connection)

    def close(self) -> None:
        """Close what is idle; what is in use closes when it comes back."""
        self._closed = True
        if self._pid == os.getpid():
            while self._idle:
                self._discard(self._idle.pop())


@contextlib.contextmanager
def finishing(
    lease: Lease[C],
    database: str,
    commit: Callable[[], None],
    rollback: Callable[[], None],
) -> Iterator[None]:
    """Commit at the end, or roll back; a connection that fails in it is not kept."""
    try:
        yield
        _refuse_if_forked(lease, database)
        commit()
    except BaseException:
        if lease.is_ours:
            with contextlib.suppress(StoreError):
                rollback()
                lease.sound = True
        raise
    lease.sound = True


def _refuse_if_forked(lease: Lease[C], database: str) -> None:
    if not lease.is_ours:
        problem = "the process forked inside a transaction, which the parent ends"
        raise StoreClosedError(database=database, problem=problem)
