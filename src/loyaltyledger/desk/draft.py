"""What one command has read and decided so far, before anything is written."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, cast

import attrs

from ..kernel.ids import stream_kind, stream_name
from ..members import (
    Household,
    Member,
    evolve_household,
    evolve_member,
    household_stream,
    member_stream,
)
from ..points import Account, AccountId, Decision, Event, Terms, in_time
from ..points import evolve as evolve_account
from ..programme import Programme, ProgrammeHistory
from ..purchases import (
    Purchase,
    UnlinkedReturn,
    evolve_purchase,
    evolve_unlinked,
    purchase_stream,
    return_stream,
)


@attrs.frozen(kw_only=True)
class Loaded:
    """A state, and the version of the stream it was folded from.

    *recorded_at* is that of the last event, in microseconds: with the version it tells
    whether a stream is still the one that was read.
    """

    version: int
    state: Any
    recorded_at: int | None = None


@attrs.frozen(kw_only=True)
class _Kind:
    initial: Any
    evolve: Callable[[Any, Any], Any]


_KINDS = {
    "programme": _Kind(initial=ProgrammeHistory(), evolve=ProgrammeHistory.evolve),
    "member": _Kind(initial=Member(), evolve=evolve_member),
    "household": _Kind(initial=Household(), evolve=evolve_household),
    "account": _Kind(initial=Account(), evolve=evolve_account),
    "purchase": _Kind(initial=Purchase(), evolve=evolve_purchase),
    "return": _Kind(initial=UnlinkedReturn(), evolve=evolve_unlinked),
}


def fold_stream(stream: str, loaded: Loaded | None, events: Iterable[Any]) -> Loaded:
    """Take events of a stream into its state."""
    kind = _KINDS[stream_kind(stream)]
    version = loaded.version if loaded else 0
    state = loaded.state if loaded else kind.initial
    for event in events:
        state = kind.evolve(state, event)
        version += 1
    return Loaded(version=version, state=state)


def programme_stream(programme_id: str) -> str:
    return stream_name("programme", programme_id)


class Draft:
    """States as they were loaded and as decided since, and the events in between."""

    def __init__(self, load: Callable[[str], Loaded]) -> None:
        self._load = load
        self._seen: dict[str, Loaded] = {}
        self._decided: dict[str, list[Any]] = {}
        self._now: dict[str, Loaded] = {}

    def account(self, account_id: AccountId) -> Account:
        return cast("Account", self._state(account_id.stream))

    def member(self, programme_id: str, member_id: str) -> Member:
        return cast("Member", self._state(member_stream(programme_id, member_id)))

    def household(self, programme_id: str, household_id: str) -> Household:
        stream = household_stream(programme_id, household_id)
        return cast("Household", self._state(stream))

    def programmes(self, programme_id: str) -> ProgrammeHistory:
        return cast("ProgrammeHistory", self._state(programme_stream(programme_id)))

    def programme(self, programme_id: str, at: datetime) -> Programme:
        return self.programmes(programme_id).on(at, programme_id=programme_id)

    def purchase(self, programme_id: str, purchase_id: str) -> Purchase:
        return cast("Purchase", self._state(purchase_stream(programme_id, purchase_id)))

    def unlinked(self, programme_id: str, return_id: str) -> UnlinkedReturn:
        stream = return_stream(programme_id, return_id)
        return cast("UnlinkedReturn", self._state(stream))

    def book(
        self, account_id: AccountId, terms: Terms, decision: Decision
    ) -> tuple[Event, ...]:
        """Decide about an account in which time passes, and record all of it."""
        booked = in_time(self.account(account_id), terms, decision)
        if booked.events:
            stream = account_id.stream
            version = self._now[stream].version + len(booked.events)
            self._decided.setdefault(stream, []).extend(booked.events)
            self._now[stream] = Loaded(version=version, state=booked.account)
        return booked.events

    def record(self, stream: str, events: Iterable[Any]) -> None:
        """Add decided events to a stream; its state moves on at once."""
        new = tuple(events)
        if not new:
            return
        self._state(stream)
        self._decided.setdefault(stream, []).extend(new)
        self._now[stream] = fold_stream(stream, self._now[stream], new)

    def decided(self) -> tuple[tuple[str, int, tuple[Any, ...]], ...]:
        """Return what to write: (stream, version the decision saw, events)."""
        return tuple(
            (stream, self._seen[stream].version, tuple(events))
            for stream, events in self._decided.items()
        )

    def moved_on(self) -> dict[str, Loaded]:
        """Return the states of the streams that have new events."""
        return {stream: self._now[stream] for stream in self._decided}

    def _state(self, stream: str) -> Any:  # noqa: ANN401  # typed by the callers
        if stream not in self._now:
            self._seen[stream] = self._now[stream] = self._load(stream)
        return self._now[stream].state
