"""Carrying commands out: once each, all or nothing, against other writers.

A command is decided on what the cache knows, and written by one statement or commit
that first checks every version the decision saw, and the key. Where that fails, or the
decision refuses, it is decided again on what a transaction reads, key first. So a
commit whose answer was lost is found again, and never repeated.
"""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from typing import Protocol

from .attempting import (
    Attempt,
    Marked,
    Outcome,
    Work,
    caught_up,
    loaded,
    new_receipt,
)
from .caching import StateCache
from .desk import Command, Loaded
from .kernel.errors import (
    ContendedError,
    FutureInstantError,
    InvalidInputError,
    LedgerError,
)
from .programme import DefineProgramme
from .receipt import Receipt
from .store import (
    UNFOLDABLE,
    Codec,
    CommitUnknownError,
    KeyTakenError,
    Reading,
    Store,
    StoreBusyError,
    StoreClosedError,
    StoreError,
    StoreUnavailableError,
    Transaction,
    VersionConflictError,
    fingerprint,
)

ATTEMPTS_MAX = 40
UNANSWERED_MAX = 3
"""After so many commits that failed on the way, the database is to blame."""
BACK_OFF_S = 0.002
BACK_OFF_MAX_S = 0.25
CLOCK_TOLERANCE = timedelta(minutes=5)


class Desk(Protocol):
    """Where transactions come from: a store, or a host's connection."""

    @property
    def codec(self) -> Codec: ...

    def transaction(self) -> AbstractContextManager[Transaction]: ...

    def reading(self) -> AbstractContextManager[Reading]: ...


class HostDesk:
    """The host's own transaction, which only the host ends."""

    def __init__(self, store: Store, connection: object) -> None:
        self._store = store
        self._connection = connection

    @property
    def codec(self) -> Codec:
        return self._store.codec

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        yield self._store.within(self._connection)

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        yield self._store.within(self._connection)


class Executor:
    """Carries commands out on a desk."""

    def __init__(
        self,
        desk: Desk,
        *,
        clock: Callable[[], datetime],
        cache: StateCache,
        store: Store | None = None,
    ) -> None:
        """Give the *store* where commands own their commits; only then share *cache*.

        Else they are part of a host's transaction, which *cache* must not outlive.
        """
        self.desk = desk
        self.clock = clock
        self.cache = cache
        self._store = store
        self._random = random.Random()  # noqa: S311  # jitter, nothing secret

    @property
    def is_hosted(self) -> bool:
        """Whether what is done is part of a host's transaction."""
        return self._store is None

    def execute(self, command: Command) -> Receipt:
        """Carry out one command, or raise what refused it."""
        marked = (checked(command), fingerprint(command))
        if self._store is not None:
            answer = self._at_once(self._store, marked)
            if isinstance(answer, VersionConflictError) and answer.stream:
                answer = self._at_once(self._store, marked, moved=answer.stream)
            if isinstance(answer, Receipt):
                return answer
        (outcome,) = self._carefully((marked,))
        if isinstance(outcome, LedgerError):
            raise outcome
        return outcome

    def execute_many(self, commands: Iterable[Command]) -> tuple[Outcome, ...]:
        """Carry out commands in one commit; a refused one does not stop the others."""
        return self._carefully(
            tuple((checked(command), fingerprint(command)) for command in commands)
        )

    def loading(self, reading: Reading) -> Callable[[str], Loaded]:
        """Return how states are loaded while a picture of the log is open."""
        states: dict[str, Loaded] = {}

        def load(stream: str) -> Loaded:
            known = states.get(stream)
            if known is None:
                known = loaded(reading, stream, self.cache.get(stream))
                states[stream] = known
                if self._store is not None and self._store.reads_own_connection():
                    self.cache.keep({stream: known})
            return known

        return load

    # ── on what is known ────────────────────────────────────────────────────

    def _at_once(
        self, store: Store, marked: Marked, *, moved: str | None = None
    ) -> Receipt | VersionConflictError | None:
        """Decide on what the cache knows, and on the news of a stream that *moved*.

        None: what the cache knows may be out of date, and nobody knows where.
        """
        command, mark = marked

        def load(stream: str) -> Loaded:
            cached = self.cache.get(stream)
            if cached is not None and stream != moved:
                return cached
            with store.asking() as reading:
                return caught_up(reading, stream, cached)

        work = Work(store.codec, load)
        try:
            if not work.decide(command, mark, self._instant(command)):
                return None
            (events,) = store.commit(work.batch)
        except VersionConflictError as conflict:
            return conflict
        except (StoreBusyError, StoreClosedError):
            raise
        except (KeyTakenError, CommitUnknownError, StoreUnavailableError):
            return None
        except StoreError:
            raise
        except (LedgerError, *UNFOLDABLE):
            # What is cached may be older than what was read, and not fit it.
            return None
        self.cache.keep(work.committed((events,)))
        return new_receipt(command, events)

    # ── on what is read ─────────────────────────────────────────────────────

    def _carefully(self, marked: Sequence[Marked]) -> tuple[Outcome, ...]:
        streams: tuple[str, ...] = ()
        attempts_max = 1 if self._store is None else ATTEMPTS_MAX
        unanswered: list[StoreError] = []
        answers: list[Outcome | int] = []
        for number in range(attempts_max):
            if number:
                self._wait(number)
            wanted: set[str] = set()
            before, answers = answers if unanswered else [], []
            try:
                return self._attempt(marked, streams, wanted, before, answers)
            except (VersionConflictError, KeyTakenError):
                streams = tuple(wanted)
            except CommitUnknownError as unknown:
                streams = tuple(wanted)
                unanswered.append(_reason(unknown))
            if len(unanswered) == UNANSWERED_MAX:
                raise unanswered[-1]
        raise ContendedError(attempts=attempts_max)

    def _attempt(
        self,
        marked: Sequence[Marked],
        streams: tuple[str, ...],
        wanted: set[str],
        before: Sequence[Outcome | int],
        answers: list[Outcome | int],
    ) -> tuple[Outcome, ...]:
        """Answer all commands; *before* is what a commit without an answer would say.

        What is given back through *wanted* and *answers* is there when it fails, too.
        """
        with self.desk.transaction() as transaction:
            if streams:
                transaction.lock(streams)
            attempt = Attempt(transaction, self.cache, self.desk.codec, self._instant)
            answers.extend(attempt.answers(marked, before))
            wanted.update(attempt.work.batch.moved)
            told = attempt.write()
        if self._store is not None:
            self.cache.keep(attempt.work.committed(told))
        return tuple(
            new_receipt(marked[at][0], told[answer])
            if isinstance(answer, int)
            else answer
            for at, answer in enumerate(answers)
        )

    def _instant(self, command: Command) -> datetime:
        now = self.clock()
        if command.at is None:
            return now
        announced = isinstance(command, DefineProgramme)
        if command.at > now + CLOCK_TOLERANCE and not announced:
            raise FutureInstantError(at=command.at, now=now)
        return command.at

    def _wait(self, number: int) -> None:
        """Back off before another attempt, each longer, none as long as another's."""
        most = min(BACK_OFF_MAX_S, BACK_OFF_S * 2**number)
        time.sleep(self._random.uniform(0, most))


def checked(command: object) -> Command:
    """Refuse what is no command before anything is looked up."""
    if not isinstance(command, Command):
        problem = f"{type(command).__name__} is no command of this ledger"
        raise InvalidInputError(field="command", problem=problem)
    return command


def _reason(unknown: CommitUnknownError) -> StoreError:
    """Return what the database said when it was to commit."""
    return unknown.__cause__ if isinstance(unknown.__cause__, StoreError) else unknown
