"""A replay that shares no code with the ledger comes to the same points."""

import json
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from audit.conftest import Case
from audit.story import Clock, live, opened
from audit.test_verify import DAMAGE_OF_AN_EVENT
from loyaltyledger import AccountId, InvalidInputError, Ledger
from loyaltyledger import FindingKind as Kind
from loyaltyledger.audit.replay import Replayed, replay
from loyaltyledger.audit.replay_steps import STEPS
from loyaltyledger.audit.replay_sums import outstanding
from loyaltyledger.points import Event
from loyaltyledger.store.names import NAMES
from model.shop import POINTS, SHOP
from test_late_facts import LateFacts
from test_state_machine import LONG_S, Histories

BOB = "account:shop:member:bob:points"
CHECKS = (HealthCheck.too_slow, HealthCheck.data_too_large)


def figures(balance: Any) -> tuple[int, int, int, int]:
    return balance.available, balance.held, balance.pending, balance.debt


def agreeing(ledger: Ledger) -> Replayed:
    """Compare every account, in the end and at some days after it."""
    replayed = replay(ledger.store)
    assert replayed.findings == ()
    for days in (0, 1, 5, 400):
        at = None if replayed.at is None else replayed.at + timedelta(days=days)
        for stream, balance in replayed.balances(at):
            account_id = AccountId.read(stream)
            assert account_id is not None
            told = ledger.account_balance(account_id, at=at)
            assert figures(balance) == figures(told), (stream, days)
            assert balance.outstanding == told.outstanding
    return replayed


# ── it agrees ────────────────────────────────────────────────────────────────


def test_agrees_on_a_year_in_which_everything_happens(store_url: str) -> None:
    clock = Clock()
    with opened(store_url, clock) as ledger:
        live(ledger, clock)

        replayed = agreeing(ledger)

        assert replayed.is_sound
        assert replayed.events == len(ledger.store.log())
        assert replayed.streams == len(list(ledger.store.streams()))
        accounts = list(ledger.store.streams("account:"))
        assert [stream for stream, _ in replayed.balances()] == accounts


def test_an_empty_ledger_is_sound() -> None:
    replayed = agreeing(Ledger.open("memory:"))

    assert (replayed.events, replayed.streams, replayed.at) == (0, 0, None)


def test_every_event_of_an_account_has_a_step() -> None:
    moving = {name for name, kind in NAMES.items() if kind in Event.__args__}

    assert set(STEPS) == moving


def test_the_past_cannot_be_asked_about() -> None:
    clock = Clock()
    ledger = opened("memory:", clock)
    live(ledger, clock)
    replayed = replay(ledger.store)
    assert replayed.at is not None

    with pytest.raises(InvalidInputError):
        list(replayed.balances(replayed.at - timedelta(microseconds=1)))


class ReplayedHistories(Histories):
    """After every history its events are played again."""

    def teardown(self) -> None:
        if hasattr(self, "disk") and self.is_sound:
            for ledger in (self.disk, self.unswept):
                replayed = agreeing(ledger)
                assert replayed.at is not None
                for stream, _ in replayed.balances():
                    member = stream.split(":")[3]
                    asked = {**SHOP, **POINTS, "at": replayed.at}
                    lots = ledger.lots(member_id=member, **asked)
                    told = [(one.lot_id, one.points, one.held) for one in lots]
                    ours = replayed.lots(stream)
                    assert [(one.lot_id, one.points, one.held) for one in ours] == told
        super().teardown()


class ReplayedLateFacts(LateFacts):
    """Its own checks are left out: they are made elsewhere, and take long."""

    def a_sweep_changes_nothing(self) -> None:
        pass

    def holds_on_every_day(self) -> None:
        for ledger in (self.disk, self.unswept):
            agreeing(ledger)


@pytest.mark.slow
@pytest.mark.timeout(LONG_S)
@pytest.mark.parametrize("machine", [ReplayedHistories, ReplayedLateFacts])
def test_agrees_on_random_histories(machine: Any) -> None:
    few = max(15, settings().max_examples // 2)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=few, stateful_step_count=30, suppress_health_check=CHECKS
        ),
    )


def test_sums_are_the_balances_of_what_is_booked(store_url: str) -> None:
    clock = Clock()
    with opened(store_url, clock) as ledger:
        live(ledger, clock)
        ledger.sweep()

        balances = replay(ledger.store).balances(clock.now)

        told = {stream: balance.outstanding for stream, balance in balances}
        assert outstanding(ledger.store) == told


# ── it finds damage ──────────────────────────────────────────────────────────

OUTSIDE_OF_ACCOUNTS = frozenset(
    {
        "name of another room",
        "event of another kind of stream",
        "recorded after its command",
        "a transfer to somebody else",
        "an award of more",
        "an award shared otherwise",
        "another price",
        "a price that cannot be",
        "a credit that is not there",
        "a credit left out",
        "a claw-back of more",
        "a return of more than was bought",
        "a return of more money",
        "a return that undoes more",
        "a return that undoes another number",
        "a return before its purchase",
        "a cancellation of nothing",
        "a member who left unasked",
        "a member in another household",
    }
)
"""Damage that leaves every point where it was: `verify` finds it."""
WITHOUT_VALIDATORS = {
    "no points in a lot": Kind.WRONG_POINTS,
    "negative points in a lot": Kind.WRONG_POINTS,
}


@pytest.mark.parametrize("what", sorted({*DAMAGE_OF_AN_EVENT} - OUTSIDE_OF_ACCOUNTS))
def test_finds_a_damaged_event(case: Case, what: str) -> None:
    damage, kind = DAMAGE_OF_AN_EVENT[what]

    position = damage(case.patient)
    with Ledger.open(case.url) as ledger:
        replayed = replay(ledger.store)

    wanted = WITHOUT_VALIDATORS.get(what, kind)
    found = [one for one in replayed.findings if one.kind is wanted]
    assert found, [str(one) for one in replayed.findings]
    assert not replayed.is_sound
    streams = case.patient.run(
        "SELECT s.name FROM ledger_event e JOIN ledger_stream s ON s.id = e.stream "
        "WHERE e.id = ?",
        position,
    )
    assert {streams[0][0], None} & {one.stream for one in found}


def test_finds_a_payload_nested_without_end(case: Case) -> None:
    payload = '{"at":' + "[" * 100_000
    place = case.patient.last(BOB)
    case.patient.run("UPDATE ledger_event SET payload = ? WHERE id = ?", payload, place)

    with Ledger.open(case.url) as ledger:
        found = replay(ledger.store)

    assert [(one.kind, one.position) for one in found.findings] == [
        (Kind.DAMAGED_EVENT, place)
    ]


def test_finds_an_instant_without_a_zone(case: Case) -> None:
    place = case.patient.last(BOB)
    case.patient.change(
        place, lambda payload: payload.update(at=payload["at"].removesuffix("Z"))
    )

    with Ledger.open(case.url) as ledger:
        found = replay(ledger.store)

    kinds = {one.kind for one in found.findings if one.position == place}
    assert kinds == {Kind.DAMAGED_EVENT}


def test_finds_an_event_deleted_in_the_middle(case: Case) -> None:
    position = case.patient.event(BOB, "points-taken.v1")
    case.patient.run("DELETE FROM ledger_event WHERE id = ?", position)

    with Ledger.open(case.url) as ledger:
        found = replay(ledger.store).findings

    gaps = [(one.stream, one.version) for one in found if one.kind is Kind.VERSION_GAP]
    assert gaps == [(BOB, 3)]


def test_finds_a_stream_with_an_impossible_name(case: Case) -> None:
    name = "account:shop:member"
    case.patient.run("UPDATE ledger_stream SET name = ? WHERE name = ?", name, BOB)

    with Ledger.open(case.url) as ledger:
        found = replay(ledger.store).findings

    assert (Kind.WRONG_STREAM, name) in {(one.kind, one.stream) for one in found}


# ── its digest ───────────────────────────────────────────────────────────────


def test_the_digest_is_that_of_the_events(sqlite_case: Case) -> None:
    with Ledger.open(sqlite_case.url) as ledger:
        digest = sha256()
        for row in ledger.store.raw(limit=10_000):
            told = [row.stream, row.version, row.name, row.at, row.recorded_at]
            line = json.dumps([*told, len(row.payload)], separators=(",", ":"))
            digest.update(line.encode() + b"\n" + row.payload + b"\n")

        assert replay(ledger.store).digest == digest.hexdigest()


def test_any_change_changes_the_digest(sqlite_case: Case) -> None:
    def digest() -> str:
        with Ledger.open(sqlite_case.url) as ledger:
            return replay(ledger.store).digest

    before = digest()
    position = sqlite_case.patient.event(BOB, "points-taken.v1")
    sqlite_case.patient.run(
        "UPDATE ledger_event SET payload = payload || ' ' WHERE id = ?", position
    )

    assert digest() != before
