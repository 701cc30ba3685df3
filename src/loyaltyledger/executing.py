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

import attrs

from .caching import StateCache
from .desk import Command, Draft, Loaded, fold_stream, handle
from .kernel.errors import (
    ContendedError,
    FutureInstantError,
    InvalidInputError,
    KeyReusedError,
    LedgerError,
)
from .programme import DefineProgramme
from .receipt import Receipt, receipt_of
from .store import (
    UNFOLDABLE,
    Append,
    Batch,
    Codec,
    CommitUnknownError,
    Fingerprint,
    KeyRecord,
    KeyTakenError,
    Reading,
    Recorded,
    Store,
    StoreBusyError,
    StoreClosedError,
    StoreError,
    StoreUnavailableError,
    Transaction,
    VersionConflictError,
    differing,
    events_follow,
    fingerprint,
    micros,
)

ATTEMPTS_MAX = 40
UNANSWERED_MAX = 3
"""After so many commits that failed on the way, the database is to blame."""
BACK_OFF_S = 0.002
BACK_OFF_MAX_S = 0.25
CLOCK_TOLERANCE = timedelta(minutes=5)
OTHERS_FIRST = (VersionConflictError, KeyTakenError, CommitUnknownError)

Outcome = Receipt | LedgerError
Marked = tuple[Command, Fingerprint]


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


class Work:
    """What one attempt has seen, and what it is going to write."""

    def __init__(self, codec: Codec, load: Callable[[str], Loaded]) -> None:
        self.states: dict[str, Loaded] = {}
        self.batch = Batch()
        self._codec = codec
        self._load = load

    def load(self, stream: str) -> Loaded:
        """Return the state of a stream, and rely on its version."""
        loaded = self.states.get(stream)
        if loaded is None:
            loaded = self._load(stream)
            self.states[stream] = loaded
            self.batch.saw(stream, loaded.version, loaded.recorded_at)
        return loaded

    def decide(self, command: Command, mark: Fingerprint, at: datetime) -> bool:
        """Decide a command; say whether there is anything to write."""
        draft = Draft(self.load)
        handle(command, draft, at)
        decided = draft.decided()
        if not decided:
            return False
        self.batch.add(
            self._codec,
            key=command.key,
            name=type(command).__name__,
            digest=mark.digest,
            fields=mark.fields,
            appends=[
                Append(stream=stream, expected=version, events=events)
                for stream, version, events in decided
            ],
        )
        self.states.update(draft.moved_on())
        return True

    def committed(self, told: Iterable[Sequence[Recorded]]) -> dict[str, Loaded]:
        """Return the states after what was written, which say when that was."""
        latest = {one.stream: one.recorded_at for events in told for one in events}
        for stream, at in latest.items():
            moved = self.states[stream]
            self.states[stream] = Loaded(
                version=moved.version, state=moved.state, recorded_at=micros(at)
            )
        return self.states


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

    def execute(self, command: Command) -> Receipt:
        """Carry out one command, or raise what refused it."""
        marked = (checked(command), fingerprint(command))
        if self._store is not None:
            receipt = self._at_once(self._store, *marked)
            if receipt is not None:
                return receipt
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
        self, store: Store, command: Command, mark: Fingerprint
    ) -> Receipt | None:
        """Decide on what the cache knows; None: that may be out of date."""

        def load(stream: str) -> Loaded:
            cached = self.cache.get(stream)
            if cached is not None:
                return cached
            with store.asking() as reading:
                return loaded(reading, stream, None)

        work = Work(store.codec, load)
        try:
            if not work.decide(command, mark, self._instant(command)):
                return None
            (events,) = store.commit(work.batch)
        except (StoreBusyError, StoreClosedError):
            raise
        except (*OTHERS_FIRST, StoreUnavailableError):
            return None
        except StoreError:
            raise
        except (LedgerError, *UNFOLDABLE):
            # What is cached may be older than what was read, and not fit it.
            return None
        self.cache.keep(work.committed((events,)))
        return _receipt(command, events)

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
            attempt = _Attempt(transaction, self.cache, self.desk.codec, self._instant)
            answers.extend(attempt.answers(marked, before))
            wanted.update(attempt.work.batch.moved)
            told = attempt.write()
        if self._store is not None:
            self.cache.keep(attempt.work.committed(told))
        return tuple(
            _receipt(marked[at][0], told[answer]) if isinstance(answer, int) else answer
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


class _Attempt:
    """Commands decided in one transaction, in order, to be written together."""

    def __init__(
        self,
        transaction: Transaction,
        cache: StateCache,
        codec: Codec,
        instant: Callable[[Command], datetime],
    ) -> None:
        def load(stream: str) -> Loaded:
            return loaded(transaction, stream, cache.get(stream))

        self.work = Work(codec, load)
        self._transaction = transaction
        self._instant = instant
        self._decided: dict[str, tuple[Fingerprint, int]] = {}

    def answers(
        self, marked: Sequence[Marked], before: Sequence[Outcome | int]
    ) -> list[Outcome | int]:
        """Answer each command; a number stands for what will be written.

        Where *before* was committed after all, what it refused stays refused.
        """
        keys = [command.key for command, _ in marked]
        known = self._transaction.known_keys(keys)
        refused: dict[int, LedgerError] = {}
        written = [n for n, answer in enumerate(before) if isinstance(answer, int)]
        if any(keys[n] in known for n in written):
            refused = {
                n: answer
                for n, answer in enumerate(before)
                if isinstance(answer, LedgerError)
            }
        return [
            refused[n] if n in refused else self._answer(command, mark, known)
            for n, (command, mark) in enumerate(marked)
        ]

    def write(self) -> list[tuple[Recorded, ...]]:
        """Write what was decided; what was only read is checked with it."""
        batch = self.work.batch
        if batch.commands:
            return self._transaction.write(batch)
        self._transaction.recheck(batch)
        return []

    def _answer(
        self, command: Command, mark: Fingerprint, known: frozenset[str]
    ) -> Outcome | int:
        if command.key in known:
            return self._repeated(command, mark)
        if command.key in self._decided:
            first, number = self._decided[command.key]
            return number if first.digest == mark.digest else _reused(command, first)
        try:
            written = self.work.decide(command, mark, self._instant(command))
        except StoreError:
            raise
        except UNFOLDABLE:
            # States that were read one after the other may not fit each other.
            self._transaction.recheck(self.work.batch)
            raise
        except LedgerError as refused:
            # The same command may have got in since the keys were read.
            if self._transaction.known_keys((command.key,)):
                return self._repeated(command, mark)
            return refused
        if not written:
            return _receipt(command, ())
        number = len(self._decided)
        self._decided[command.key] = mark, number
        return number

    def _repeated(self, command: Command, mark: Fingerprint) -> Outcome:
        """Answer a command that was carried out before, as it was answered then."""
        found = self._transaction.key(command.key)
        assert found is not None, "no key is ever removed"
        if found.digest != mark.digest:
            return _reused(command, found)
        return receipt_of(found)


def loaded(reading: Reading, stream: str, cached: Loaded | None) -> Loaded:
    """Return the state of a stream; only what is not cached is read.

    A database may come back without its last commits, and go on from there: a cached
    state counts only where its last event is still the one that was folded.
    """
    if cached is not None and reading.latest(stream) == _place(cached):
        return cached
    overlap = cached.version - 1 if cached else 0
    events = list(reading.events(stream, after=overlap))
    if cached is not None:
        last = events.pop(0) if events else None
        if last is None or micros(last.recorded_at) != cached.recorded_at:
            return loaded(reading, stream, None)
    with events_follow(stream):
        state = fold_stream(stream, cached, [one.event for one in events])
    if not events:
        return state
    return attrs.evolve(state, recorded_at=micros(events[-1].recorded_at))


def _place(loaded: Loaded) -> tuple[int, int | None]:
    return loaded.version, loaded.recorded_at


def checked(command: object) -> Command:
    """Refuse what is no command before anything is looked up."""
    if not isinstance(command, Command):
        problem = f"{type(command).__name__} is no command of this ledger"
        raise InvalidInputError(field="command", problem=problem)
    return command


def _reason(unknown: CommitUnknownError) -> StoreError:
    """Return what the database said when it was to commit."""
    return unknown.__cause__ if isinstance(unknown.__cause__, StoreError) else unknown


def _receipt(command: Command, events: tuple[Recorded, ...]) -> Receipt:
    return Receipt(
        key=command.key,
        command=type(command).__name__,
        recorded_at=events[0].recorded_at if events else None,
        events=events,
    )


def _reused(command: Command, before: KeyRecord | Fingerprint) -> KeyReusedError:
    differs = differing(before.fields, command)
    return KeyReusedError(key=command.key, differing=differs)
