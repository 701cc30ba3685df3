"""Carrying commands out: once each, all or nothing, against other writers.

Each attempt looks the key up first. So a commit whose answer was lost is found again,
and never repeated.
"""

import random
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from typing import Protocol

from .desk import Command, Draft, Loaded, fold_stream, handle
from .kernel.errors import (
    ContendedError,
    FutureInstantError,
    InvalidInputError,
    KeyReusedError,
    LedgerError,
)
from .kernel.ids import stream_kind
from .programme import DefineProgramme
from .receipt import Receipt, receipt_of
from .store import (
    Append,
    CommitUnknownError,
    Fingerprint,
    KeyRecord,
    KeyTakenError,
    Reading,
    Store,
    StoreError,
    Transaction,
    VersionConflictError,
    differing,
    events_follow,
    fingerprint,
)

ATTEMPTS_MAX = 40
UNANSWERED_MAX = 3
"""After so many commits that failed on the way, the database is to blame."""
BACK_OFF_S = 0.002
BACK_OFF_MAX_S = 0.25
CLOCK_TOLERANCE = timedelta(minutes=5)
CACHED_STREAMS = 10_000
_CACHED_KINDS = frozenset({"account", "member", "household", "programme"})

Outcome = Receipt | LedgerError


class Desk(Protocol):
    """Where transactions come from: a store, or a host's connection."""

    def transaction(self) -> AbstractContextManager[Transaction]: ...

    def reading(self) -> AbstractContextManager[Reading]: ...


class HostDesk:
    """The host's own transaction, which only the host ends."""

    def __init__(self, store: Store, connection: object) -> None:
        self._store = store
        self._connection = connection

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        yield self._store.within(self._connection)

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        yield self._store.within(self._connection)


class StateCache:
    """States as last committed, the least recently used dropped. Threads share it."""

    def __init__(self, streams_max: int = CACHED_STREAMS) -> None:
        self._states: OrderedDict[str, Loaded] = OrderedDict()
        self._streams_max = streams_max
        self._lock = threading.Lock()

    def get(self, stream: str) -> Loaded | None:
        with self._lock:
            loaded = self._states.get(stream)
            if loaded is not None:
                self._states.move_to_end(stream)
            return loaded

    def keep(self, states: Mapping[str, Loaded]) -> None:
        """Keep committed states; an older one never replaces a newer."""
        with self._lock:
            for stream, loaded in states.items():
                if stream_kind(stream) not in _CACHED_KINDS:
                    continue
                known = self._states.get(stream)
                if known is None or known.version < loaded.version:
                    self._states[stream] = loaded
                self._states.move_to_end(stream)
            while len(self._states) > self._streams_max:
                self._states.popitem(last=False)


class Work:
    """What one transaction has seen and done."""

    def __init__(self, reading: Reading, cache: StateCache) -> None:
        self.states: dict[str, Loaded] = {}
        self._reading = reading
        self._cache = cache

    def load(self, stream: str) -> Loaded:
        """Return the state of a stream; only what the cache lacks is read."""
        loaded = self.states.get(stream)
        if loaded is None:
            cached = self._cache.get(stream)
            after = cached.version if cached else 0
            events = self._reading.events(stream, after=after)
            with events_follow(stream):
                loaded = fold_stream(stream, cached, (one.event for one in events))
            self.states[stream] = loaded
        return loaded


class Executor:
    """Carries commands out on a desk."""

    def __init__(
        self,
        desk: Desk,
        *,
        clock: Callable[[], datetime],
        cache: StateCache,
        owns_commit: bool,
    ) -> None:
        """Share *cache* only among executors that own their commits."""
        self.desk = desk
        self.clock = clock
        self.cache = cache
        self._owns_commit = owns_commit
        self._random = random.Random()  # noqa: S311  # jitter, nothing secret

    def execute(self, command: Command) -> Receipt:
        """Carry out one command, or raise what refused it."""
        (outcome,) = self.execute_many((command,))
        if isinstance(outcome, LedgerError):
            raise outcome
        return outcome

    def execute_many(self, commands: Iterable[Command]) -> tuple[Outcome, ...]:
        """Carry out commands in one commit; a refused one does not stop the others."""
        marked = [(checked(command), fingerprint(command)) for command in commands]
        streams: tuple[str, ...] = ()
        attempts_max = ATTEMPTS_MAX if self._owns_commit else 1
        unanswered: list[StoreError] = []
        for number in range(attempts_max):
            if number:
                self._wait(number)
            wanted: set[str] = set()
            try:
                return self._attempt(marked, streams, wanted)
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
        marked: list[tuple[Command, Fingerprint]],
        streams: tuple[str, ...],
        wanted: set[str],
    ) -> tuple[Outcome, ...]:
        with self.desk.transaction() as transaction:
            if streams:
                transaction.lock(streams)
            work = Work(transaction, self.cache)
            outcomes = tuple(
                self._one(transaction, work, command, mark, wanted)
                for command, mark in marked
            )
        if self._owns_commit:
            self.cache.keep(work.states)
        return outcomes

    def _one(
        self,
        transaction: Transaction,
        work: Work,
        command: Command,
        mark: Fingerprint,
        wanted: set[str],
    ) -> Outcome:
        try:
            found = transaction.key(command.key)
            if found is None:
                return self._carried_out(transaction, work, command, mark, wanted)
        except StoreError:
            raise
        except LedgerError as refused:
            # The same command may have got in since the first look, and be the reason.
            found = transaction.key(command.key)
            if found is None:
                return refused
        return _repeated(found, mark)

    def _carried_out(
        self,
        transaction: Transaction,
        work: Work,
        command: Command,
        mark: Fingerprint,
        wanted: set[str],
    ) -> Receipt:
        draft = Draft(work.load)
        handle(command, draft, self._instant(command))
        decided = draft.decided()
        wanted.update(stream for stream, _, _ in decided)
        name = type(command).__name__
        if not decided:
            return Receipt(key=command.key, command=name, recorded_at=None, events=())
        recorded = transaction.append(
            key=command.key,
            name=name,
            digest=mark.digest,
            fields=mark.fields,
            appends=[
                Append(stream=stream, expected=version, events=events)
                for stream, version, events in decided
            ],
        )
        work.states.update(draft.moved_on())
        return Receipt(
            key=command.key,
            command=name,
            recorded_at=recorded[0].recorded_at,
            events=recorded,
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


def _repeated(found: KeyRecord, mark: Fingerprint) -> Outcome:
    """Answer a command that was carried out before, as it was answered then."""
    if found.digest != mark.digest:
        fields = differing(found.fields, mark.fields)
        return KeyReusedError(key=found.key, differing=fields)
    return receipt_of(found)
