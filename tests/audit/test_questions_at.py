"""Whatever is asked about an account, checkpoints say what the whole log says."""

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from loyaltyledger import AccountId, Ledger, LedgerError
from loyaltyledger.audit import AsOf, Questions
from loyaltyledger.store import Reading
from loyaltyledger.views import CheckpointReader, RowStanding, checkpoints
from shop import TICK, Clock, new_ledger
from test_late_facts import LateFacts
from test_state_machine import Histories
from views.history import History

OFTEN = 3


class Watched(CheckpointReader):
    """Counts what checkpoints could tell; while off they tell nothing."""

    told = 0
    is_on = True

    def standing(
        self, reading: Reading, stream: str, **asked: Any
    ) -> RowStanding | None:
        found = super().standing(reading, stream, **asked) if self.is_on else None
        self.told += found is not None
        return found


def watch(ledger: Ledger) -> Watched:
    watched = Watched(ledger.store)
    ledger._checkpoints = watched
    return watched


def answers(ledger: Ledger, account_id: AccountId, as_of: AsOf) -> list[object]:
    """Ask for the balance and the lots, with nothing in the cache."""

    def load(reading: Reading) -> Questions:
        return Questions(
            reading,
            ledger._executor.loading(reading),
            is_cached=lambda _: False,
            checkpoints=ledger._checkpoints,
        )

    with ledger.store.reading() as reading:
        return [
            outcome(lambda: load(reading).balance(account_id, as_of)),
            outcome(lambda: load(reading).lots(account_id, as_of)),
        ]


def outcome(ask: Callable[[], object]) -> object:
    try:
        return ask()
    except LedgerError as refused:
        return type(refused)


def accounts(ledger: Ledger) -> Iterator[AccountId]:
    for stream in ledger.store.streams("account:"):
        account_id = AccountId.read(stream)
        assert account_id is not None
        yield account_id


def moments(ledger: Ledger, account_id: AccountId, random: Random) -> Iterator[AsOf]:
    """Give instants around what happened, and around when it was recorded."""
    with ledger.store.reading() as reading:
        events = reading.events(account_id.stream)
    now = ledger._clock()
    yield AsOf(at=now, is_now=True)
    for one in random.sample(events, min(8, len(events))):
        known = random.choice(events)
        for step in (-TICK, 0 * TICK, TICK):
            yield AsOf(at=one.at + step)
            yield AsOf(at=now, known_at=one.recorded_at + step)
            yield AsOf(at=one.at, known_at=known.recorded_at + step)


def check(ledger: Ledger, random: Random) -> Watched:
    """Ask everything twice: with checkpoints, and of the whole log."""
    watched = watch(ledger)
    for account_id in accounts(ledger):
        for as_of in moments(ledger, account_id, random):
            watched.is_on = True
            quick = answers(ledger, account_id, as_of)
            watched.is_on = False
            assert quick == answers(ledger, account_id, as_of), (account_id, as_of)
    watched.is_on = True
    return watched


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "EVERY", OFTEN)
    monkeypatch.setattr("loyaltyledger.audit.questions.LONG", 0)


@pytest.mark.parametrize("seed", range(2))
def test_checkpoints_tell_what_the_log_says(store_url: str, seed: int) -> None:
    with new_ledger(store_url, clock := Clock()) as ledger:
        history = History(ledger, clock, seed)
        history.begin()
        random = Random(seed)
        told = 0
        for _ in range(5):
            history.go_on(60)
            if random.random() < 0.7:
                ledger.views.follow()
            told += check(ledger, random).told

        assert list(ledger.views.differences()) == []
        assert told > 1000


class LateFactsAsked(LateFacts):
    """What arrives late changes no answer between checkpoints and log."""

    @invariant()
    def checkpoints_tell_what_the_log_says(self) -> None:
        if hasattr(self, "disk") and not self.steps % 5:
            self.disk.views.follow()
            check(self.disk, Random(self.steps))


class HistoriesAsked(Histories):
    """The same of histories in the order of time."""

    @invariant()
    def checkpoints_tell_what_the_log_says(self) -> None:
        if hasattr(self, "disk") and not self.keys % 5:
            self.disk.views.follow()
            check(self.disk, Random(self.keys))


@pytest.mark.parametrize("machine", [LateFactsAsked, HistoriesAsked])
def test_random_histories_say_the_same(machine: Any) -> None:
    few = settings(
        max_examples=5,
        stateful_step_count=30,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=few)
