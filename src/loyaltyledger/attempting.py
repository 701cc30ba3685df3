"""What one attempt at carrying commands out reads, decides and is going to write."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import get_args

import attrs

from .caching import StateCache
from .desk import Command, Draft, Loaded, fold_stream, handle
from .kernel.errors import KeyReusedError, LedgerError
from .receipt import Receipt, receipt_of
from .store import (
    UNFOLDABLE,
    Append,
    Batch,
    Codec,
    DamagedStreamError,
    Fingerprint,
    KeyRecord,
    Reading,
    Recorded,
    StoreError,
    Transaction,
    differing,
    events_follow,
    micros,
)

Outcome = Receipt | LedgerError
Marked = tuple[Command, Fingerprint]


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


class Attempt:
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
        except UNFOLDABLE as error:
            # States that were read one after the other may not fit each other.
            self._transaction.recheck(self.work.batch)
            problem = f"{type(error).__name__}: {error}"
            streams = " or ".join(self.work.batch.seen)
            raise DamagedStreamError(stream=streams, problem=problem) from error
        except LedgerError as refused:
            # The same command may have got in since the keys were read.
            if self._transaction.known_keys((command.key,)):
                return self._repeated(command, mark)
            return refused
        if not written:
            return new_receipt(command, ())
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
    return caught_up(reading, stream, cached)


def caught_up(reading: Reading, stream: str, cached: Loaded | None) -> Loaded:
    """Return the state of a stream, which has probably moved on from what is cached."""
    overlap = cached.version - 1 if cached else 0
    events = list(reading.events(stream, after=overlap))
    if cached is not None:
        last = events.pop(0) if events else None
        if last is None or micros(last.recorded_at) != cached.recorded_at:
            return caught_up(reading, stream, None)
    with events_follow(stream):
        state = fold_stream(stream, cached, [one.event for one in events])
    if not events:
        return state
    return attrs.evolve(state, recorded_at=micros(events[-1].recorded_at))


def _place(loaded: Loaded) -> tuple[int, int | None]:
    return loaded.version, loaded.recorded_at


def new_receipt(command: Command, events: tuple[Recorded, ...]) -> Receipt:
    return Receipt(
        key=command.key,
        command=type(command).__name__,
        recorded_at=events[0].recorded_at if events else None,
        events=events,
    )


def _reused(command: Command, before: KeyRecord | Fingerprint) -> KeyReusedError:
    differs = differing(before.fields, command, get_args(Command))
    return KeyReusedError(key=command.key, differing=differs)
