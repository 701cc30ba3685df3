"""A verification says what is wrong and where, whatever was done to the rows."""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import attrs
import pytest

from audit.conftest import Case
from audit.damage import Patient
from audit.story import Clock, day, live, opened
from loyaltyledger import FindingKind as Kind
from loyaltyledger import Ledger
from loyaltyledger.audit import verify_account
from loyaltyledger.audit.verify_writers import WRITES
from loyaltyledger.desk import Command
from loyaltyledger.points import Account, Balance, Event, Posting, balance, postings

ANN = "account:shop:member:ann:points"
BOB = "account:shop:member:bob:points"
CAT = "account:shop:member:cat:points"
HOME = "account:shop:household:home:points"
VERSIONS = (Kind.VERSION_GAP, Kind.VERSION_MISMATCH)

Payload = dict[str, Any]


def test_a_sound_ledger_has_no_findings(store_url: str) -> None:
    clock = Clock()
    with opened(store_url, clock) as ledger:
        live(ledger, clock)

        found = ledger.verify()

        assert found.findings == ()
        assert found.is_sound
        assert found.events == len(ledger.store.log())
        assert found.streams == len(list(ledger.store.streams()))
        assert found.commands == len(list(ledger.store.commands()))


def test_an_empty_ledger_is_sound() -> None:
    found = Ledger.open("memory:").verify()

    assert (found.streams, found.events, found.commands) == (0, 0, 0)
    assert found.is_sound


def test_tells_how_far_it_has_come() -> None:
    clock = Clock()
    ledger = opened("memory:", clock)
    live(ledger, clock)
    told: list[int] = []

    found = ledger.verify(told.append)

    assert told == sorted(told)
    assert told[-1] == 2 * found.events


# ── one damage each: what is done, and the kind, stream and version to be found ──────


def changed(
    stream: str, name: str, how: Callable[[Payload], None], which: int = 0
) -> Callable[[Patient], int]:
    def damage(patient: Patient) -> int:
        position = patient.event(stream, name, which)
        patient.change(position, how)
        return position

    return damage


def sets(*path: str | int, to: object) -> Callable[[Payload], None]:
    """Set one value inside a payload."""

    def how(payload: Any) -> None:
        for step in path[:-1]:
            payload = payload[step]
        payload[path[-1]] = to

    return how


def adds(*path: str | int, more: int) -> Callable[[Payload], None]:
    def how(payload: Any) -> None:
        for step in path[:-1]:
            payload = payload[step]
        payload[path[-1]] += more

    return how


def updated(
    stream: str, name: str, assignment: str, *values: object
) -> Callable[[Patient], int]:
    def damage(patient: Patient) -> int:
        position = patient.event(stream, name)
        statement = f"UPDATE ledger_event SET {assignment} WHERE id = ?"
        patient.run(statement, *values, position)
        return position

    return damage


GRANTED, TAKEN, REVERSED = "points-granted.v1", "points-taken.v1", "points-reversed.v1"
P1, U1 = "purchase:shop:p1", "return:shop:u1"
SALE = "purchase-recorded.v1"

DAMAGE_OF_AN_EVENT = {
    "payload cut short": (updated(ANN, GRANTED, "payload = '{'"), Kind.DAMAGED_EVENT),
    "payload of another shape": (
        changed(ANN, GRANTED, lambda payload: payload.pop("lots")),
        Kind.DAMAGED_EVENT,
    ),
    "no points in a lot": (
        changed(ANN, GRANTED, sets("lots", 0, "points", to=0)),
        Kind.DAMAGED_EVENT,
    ),
    "negative points in a lot": (
        changed(ANN, GRANTED, sets("lots", 0, "points", to=-99)),
        Kind.DAMAGED_EVENT,
    ),
    "unknown name": (
        updated(ANN, GRANTED, "name = 'points-given.v1'"),
        Kind.UNKNOWN_EVENT,
    ),
    "name of another room": (
        updated("member:shop:ann", "member-frozen.v1", "name = 'return-cancelled.v1'"),
        Kind.DAMAGED_EVENT,
    ),
    "event of another kind of stream": (
        updated("member:shop:ann", "member-frozen.v1", "name = 'household-formed.v1'"),
        Kind.WRONG_STREAM,
    ),
    "instant outside": (updated(ANN, GRANTED, "at = at + 1"), Kind.INSTANT_MISMATCH),
    "recorded before": (
        updated(ANN, TAKEN, "recorded_at = recorded_at - 999999999999"),
        Kind.RECORDED_ORDER,
    ),
    "recorded after its command": (
        updated(
            "member:shop:dan", "member-enrolled.v1", "recorded_at = recorded_at + 1"
        ),
        Kind.COMMAND_DAMAGED,
    ),
    "negative points of a spend": (
        changed(BOB, TAKEN, sets("parts", 0, "points", to=-100)),
        Kind.WRONG_POINTS,
    ),
    "spend of more than there is": (
        changed(CAT, TAKEN, adds("parts", 0, "points", more=1000)),
        Kind.LOT_OVERDRAWN,
    ),
    "spend of an unknown lot": (
        changed(BOB, TAKEN, sets("parts", 0, "lot_id", to="nothing")),
        Kind.BROKEN_REFERENCE,
    ),
    "spend of a dead lot": (
        changed(BOB, GRANTED, sets("lots", 0, "expires_at", to="2024-01-02T00:00:00Z")),
        Kind.LOT_NOT_USABLE,
    ),
    "hold of more than there is": (
        changed(ANN, "hold-placed.v1", adds("pins", 0, "points", more=1000)),
        Kind.HOLD_EXCEEDS_LOT,
    ),
    "capture of more than is held": (
        changed(ANN, TAKEN, adds("parts", 0, "points", more=21)),
        Kind.CAPTURE_EXCEEDS_HOLD,
    ),
    "capture of another hold": (
        changed(ANN, TAKEN, sets("hold_id", to="h9")),
        Kind.BROKEN_REFERENCE,
    ),
    "capture after the hold had lapsed": (
        changed(ANN, "hold-placed.v1", sets("lapses_at", to="2024-01-02T09:00:00Z")),
        Kind.CAPTURE_EXCEEDS_HOLD,
    ),
    "lapse of another number": (
        changed(ANN, "hold-lapsed.v1", adds("points", more=1)),
        Kind.WRONG_POINTS,
    ),
    "reversal of more than there was": (
        changed(BOB, REVERSED, adds("parts", 0, "points", more=100)),
        Kind.REVERSAL_EXCEEDS_ENTRY,
    ),
    "reversal of nothing": (
        changed(BOB, REVERSED, sets("reverses", to="s9")),
        Kind.BROKEN_REFERENCE,
    ),
    "reversal before its cause": (
        changed(BOB, REVERSED, sets("at", to="2023-01-01T00:00:00Z")),
        Kind.BEFORE_CAUSE,
    ),
    "payment of more than is owed": (
        changed(ANN, "debt-paid.v1", adds("points", more=1)),
        Kind.PAYMENT_EXCEEDS_DEBT,
    ),
    "expiry of more than was left": (
        changed(BOB, "points-expired.v1", adds("points", more=1)),
        Kind.WRONG_POINTS,
    ),
    "expiry of less than was left": (
        changed(BOB, "points-expired.v1", adds("points", more=-1)),
        Kind.NOT_BOOKED,
    ),
    "points in the wrong bucket": (
        changed(BOB, TAKEN, sets("parts", 0, "bucket", to="pending")),
        Kind.BALANCE_MISMATCH,
    ),
    "a transfer that arrives short": (
        changed(CAT, GRANTED, adds("lots", 0, "points", more=-1)),
        Kind.TRANSFER_UNBALANCED,
    ),
    "a transfer to somebody else": (
        changed(CAT, GRANTED, sets("counter", to=ANN)),
        Kind.TRANSFER_UNBALANCED,
    ),
    "a write-off of another number": (
        changed(
            "account:shop:member:eve:points",
            "account-closed.v1",
            adds("written_off", more=1),
        ),
        Kind.WRONG_POINTS,
    ),
    "an award of more": (
        changed(P1, SALE, adds("awards", 0, "points", more=1)),
        Kind.AWARD_MISMATCH,
    ),
    "an award shared otherwise": (
        changed(P1, SALE, adds("awards", 0, "shares", 0, "points", more=1)),
        Kind.AWARD_MISMATCH,
    ),
    "another price": (
        changed(P1, SALE, sets("basket", "lines", 0, "unit_price", to="30.97")),
        Kind.AWARD_MISMATCH,
    ),
    "a price that cannot be": (
        changed(P1, SALE, sets("basket", "lines", 0, "unit_price", to="30.975")),
        Kind.AWARD_MISMATCH,
    ),
    "a credit that is not there": (
        changed(P1, SALE, sets("credits", 0, "entry_id", to="other")),
        Kind.CREDIT_MISMATCH,
    ),
    "a credit left out": (
        changed(P1, SALE, lambda payload: payload.pop("credits")),
        Kind.CREDIT_MISMATCH,
    ),
    "a claw-back of more": (
        changed(U1, "unlinked-return-recorded.v1", adds("awards", 0, "points", more=1)),
        Kind.AWARD_MISMATCH,
    ),
    "a return of more than was bought": (
        changed(P1, "return-recorded.v1", sets("lines", 0, "quantity", to="2")),
        Kind.RETURN_EXCEEDS_PURCHASE,
    ),
    "a return of more money": (
        changed(P1, "return-recorded.v1", sets("lines", 0, "amount", to="30.97")),
        Kind.RETURN_EXCEEDS_PURCHASE,
    ),
    "a return that undoes more": (
        changed(P1, "return-recorded.v1", adds("taken", 0, "shares", 0, more=1)),
        Kind.RETURN_EXCEEDS_PURCHASE,
    ),
    "a return that undoes another number": (
        changed(P1, "return-recorded.v1", adds("taken", 0, "points", more=-1)),
        Kind.CREDIT_MISMATCH,
    ),
    "a return before its purchase": (
        changed(P1, "return-recorded.v1", sets("at", to="2023-01-01T00:00:00Z")),
        Kind.BEFORE_CAUSE,
    ),
    "a cancellation of nothing": (
        changed("purchase:shop:p3", "return-cancelled.v1", sets("return_id", to="r9")),
        Kind.BROKEN_REFERENCE,
    ),
    "a member who left unasked": (
        changed(
            "household:shop:home",
            "household-joined.v1",
            sets("member_id", to="ann"),
        ),
        Kind.HOUSEHOLD_MISMATCH,
    ),
    "a member in another household": (
        changed(
            "member:shop:dan",
            "household-entered.v1",
            sets("household_id", to="other"),
        ),
        Kind.HOUSEHOLD_MISMATCH,
    ),
}


@pytest.mark.parametrize("what", DAMAGE_OF_AN_EVENT)
def test_finds_a_damaged_event(case: Case, what: str) -> None:
    damage, kind = DAMAGE_OF_AN_EVENT[what]

    position = damage(case.patient)
    found = case.verify()

    of_kind = [one for one in found.findings if one.kind is kind]
    assert of_kind, f"found only {[str(one) for one in found.findings]}"
    stream = case.patient.run(
        "SELECT s.name FROM ledger_event e JOIN ledger_stream s ON s.id = e.stream "
        "WHERE e.id = ?",
        position,
    )[0][0]
    streams = {one.stream for one in of_kind}
    assert stream in streams or kind is Kind.HOUSEHOLD_MISMATCH


@pytest.mark.parametrize(
    "what",
    [
        "payload cut short",
        "unknown name",
        "instant outside",
        "spend of an unknown lot",
        "negative points of a spend",
        "an award of more",
        "reversal of nothing",
        "capture of more than is held",
    ],
)
def test_says_which_event_it_is(sqlite_case: Case, what: str) -> None:
    damage, kind = DAMAGE_OF_AN_EVENT[what]

    position = damage(sqlite_case.patient)

    found = [one for one in sqlite_case.verify().findings if one.kind is kind]
    assert found[0].position == position
    version = sqlite_case.patient.run(
        "SELECT version FROM ledger_event WHERE id = ?", position
    )[0][0]
    assert found[0].version == version
    assert str(position) in str(found[0])


# ── damage of the order and of the tables ────────────────────────────────────────────


def test_finds_an_event_deleted_in_the_middle(case: Case) -> None:
    position = case.patient.event(BOB, TAKEN)
    key = case.patient.key_of(position)

    case.patient.run("DELETE FROM ledger_event WHERE id = ?", position)

    found = case.verify()
    gaps = [one for one in found.findings if one.kind is Kind.VERSION_GAP]
    assert [(one.stream, one.version) for one in gaps] == [(BOB, 3)]
    keys = [one.key for one in found.findings if one.kind is Kind.COMMAND_INCOMPLETE]
    assert keys == [key]


def test_finds_that_the_last_event_is_gone(case: Case) -> None:
    case.patient.run("DELETE FROM ledger_event WHERE id = ?", case.patient.last(ANN))

    found = case.verify()

    (mismatch,) = [one for one in found.findings if one.kind is Kind.VERSION_MISMATCH]
    assert mismatch.stream == ANN
    assert Kind.COMMAND_INCOMPLETE in found.kinds()


def test_finds_that_the_newest_command_has_lost_its_events(case: Case) -> None:
    rows = case.patient.run("SELECT max(first_event) FROM ledger_command")
    key = case.patient.key_of(rows[0][0])
    case.patient.run("DELETE FROM ledger_event WHERE id >= ?", rows[0][0])

    found = case.verify()

    keys = [one.key for one in found.findings if one.kind is Kind.COMMAND_INCOMPLETE]
    assert keys == [key]


def test_finds_two_events_that_changed_places(case: Case) -> None:
    run = case.patient.run
    first, second = case.patient.event(BOB, TAKEN), case.patient.event(BOB, REVERSED)
    rows = run(
        "SELECT version FROM ledger_event WHERE id IN (?, ?) ORDER BY id",
        first,
        second,
    )
    for position, version in (
        (first, -1),
        (second, rows[0][0]),
        (first, rows[1][0]),
    ):
        run("UPDATE ledger_event SET version = ? WHERE id = ?", version, position)

    found = case.verify()

    orders = [one for one in found.findings if one.kind is Kind.POSITION_ORDER]
    assert BOB in {one.stream for one in orders}


def test_finds_payloads_that_changed_places(case: Case) -> None:
    run = case.patient.run
    events = [case.patient.event(BOB, TAKEN, which) for which in (0, 1)]
    payloads = [
        run("SELECT payload FROM ledger_event WHERE id = ?", one)[0][0]
        for one in events
    ]
    for position, payload in zip(events, reversed(payloads), strict=True):
        run("UPDATE ledger_event SET payload = ? WHERE id = ?", payload, position)

    found = case.verify()

    assert Kind.INSTANT_MISMATCH in found.kinds()
    assert Kind.BROKEN_REFERENCE in found.kinds()


def test_finds_an_event_moved_to_another_stream(case: Case) -> None:
    position = case.patient.last(BOB)
    case.patient.run(
        "UPDATE ledger_event SET version = 99, stream = "
        "(SELECT id FROM ledger_stream WHERE name = ?) WHERE id = ?",
        ANN,
        position,
    )

    found = case.verify()

    mismatches = [one for one in found.findings if one.kind in VERSIONS]
    assert {one.stream for one in mismatches} == {ANN, BOB}


def test_finds_an_event_moved_under_its_own_number(case: Case) -> None:
    """Moved with care: all versions agree, and what the command did does not."""
    position, eve = case.patient.last(HOME), "account:shop:member:eve:points"
    for stream, more in ((eve, 1), (HOME, -1)):
        case.patient.run(
            "UPDATE ledger_stream SET version = version + ? WHERE name = ?",
            more,
            stream,
        )
    case.patient.run(
        "UPDATE ledger_event SET (stream, version) = "
        "(SELECT id, version FROM ledger_stream WHERE name = ?) WHERE id = ?",
        eve,
        position,
    )

    found = case.verify()

    assert not {*VERSIONS} & found.kinds()
    assert (eve, Kind.BROKEN_REFERENCE) in {
        (one.stream, one.kind) for one in found.findings
    }


def test_finds_an_event_of_no_stream(case: Case) -> None:
    position = case.patient.event(BOB, TAKEN)
    case.patient.run("UPDATE ledger_event SET stream = 99999 WHERE id = ?", position)

    found = case.verify()

    assert {Kind.VERSION_GAP, Kind.COMMAND_INCOMPLETE} <= found.kinds()


@pytest.mark.parametrize("version", [0, 1, 1000])
def test_finds_a_version_that_the_stream_does_not_have(
    case: Case, version: int
) -> None:
    case.patient.run(
        "UPDATE ledger_stream SET version = ? WHERE name = ?", version, BOB
    )

    found = case.verify()

    assert found.kinds() - {Kind.VIEW_MISMATCH} == {Kind.VERSION_MISMATCH}
    assert found.findings[0].stream == BOB
    assert str(version) in found.findings[0].problem


def test_finds_a_stream_with_another_name(case: Case) -> None:
    case.patient.run("UPDATE ledger_stream SET name = 'till:1' WHERE name = ?", BOB)

    found = case.verify()

    (wrong,) = [one for one in found.findings if one.kind is Kind.WRONG_STREAM]
    assert wrong.stream == "till:1"


@pytest.mark.parametrize("name", ["account:shop:member", "account:a:b:c: ", "account"])
def test_finds_a_stream_with_an_impossible_name(case: Case, name: str) -> None:
    case.patient.run("UPDATE ledger_stream SET name = ? WHERE name = ?", name, BOB)

    found = case.verify()

    assert name in {one.stream for one in found.findings}
    assert Kind.WRONG_STREAM in found.kinds()


def test_finds_a_command_recorded_twice(case: Case) -> None:
    again = (
        "INSERT INTO ledger_command"
        " (key, name, digest, fields, first_event, events, recorded_at)"
        " SELECT 'again', name, digest, fields, first_event, events, recorded_at"
        " FROM ledger_command WHERE key = 's1'"
    )
    if case.patient.mark == "?":
        # In SQLite the table has room for one command that begins with an event.
        with pytest.raises(sqlite3.IntegrityError):
            case.patient.run(again)
        return
    case.patient.run(again)

    found = case.verify()

    # Whichever comes second overlaps, and entry s1 is not what "again" can have made.
    assert Kind.COMMAND_OVERLAP in found.kinds()
    assert found.kinds() <= {Kind.COMMAND_OVERLAP, Kind.COMMAND_DAMAGED}
    assert found.findings[0].key in {"again", "s1"}


def test_finds_commands_whose_events_overlap(case: Case) -> None:
    case.patient.run(
        "UPDATE ledger_command SET events = 99999999 WHERE key = 'open bob'"
    )

    found = case.verify()

    assert Kind.COMMAND_OVERLAP in found.kinds()
    keys = [one.key for one in found.findings if one.kind is Kind.COMMAND_INCOMPLETE]
    assert keys == ["open bob"]


def test_finds_an_event_without_a_command(case: Case) -> None:
    position = case.patient.event(BOB, TAKEN)
    case.patient.run(
        "DELETE FROM ledger_command WHERE key = ?", case.patient.key_of(position)
    )

    found = case.verify()

    assert found.kinds() == {Kind.COMMAND_MISSING}
    assert found.findings[0].position == position
    assert found.findings[0].stream == BOB


def test_finds_that_the_last_command_is_gone(case: Case) -> None:
    rows = case.patient.run("SELECT max(first_event) FROM ledger_command")
    case.patient.run("DELETE FROM ledger_command WHERE first_event = ?", rows[0][0])

    assert case.verify().kinds() == {Kind.COMMAND_MISSING}


@pytest.mark.parametrize(
    ("column", "value"),
    [("digest", b""), ("fields", "[]"), ("fields", "no json"), ("recorded_at", 1)],
)
def test_finds_a_damaged_command(case: Case, column: str, value: object) -> None:
    case.patient.run(f"UPDATE ledger_command SET {column} = ? WHERE key = 's1'", value)

    found = case.verify()

    assert found.kinds() == {Kind.COMMAND_DAMAGED}
    assert {one.key for one in found.findings} == {"s1"}


@pytest.mark.parametrize("name", ["Spend", "", "Gift"])
def test_finds_a_command_with_the_name_of_another(case: Case, name: str) -> None:
    case.patient.run("UPDATE ledger_command SET name = ? WHERE name = 'Enrol'", name)
    keys = case.patient.run("SELECT key FROM ledger_command WHERE name = ?", name)

    found = case.verify()

    assert found.kinds() == {Kind.COMMAND_DAMAGED}
    assert {one.key for one in found.findings} >= {"enrol ann", "enrol bob"}
    assert {(one.key,) for one in found.findings} <= set(keys)


def test_finds_whatever_name_a_command_is_given(
    sqlite_case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loyaltyledger.audit.findings.FINDINGS_MAX", 10_000)
    run = sqlite_case.patient.run
    rows = run("SELECT key, name FROM ledger_command")
    names = sorted(WRITES)

    for step in range(1, len(names)):
        for key, name in rows:
            other = names[(names.index(name) + step) % len(names)]
            run("UPDATE ledger_command SET name = ? WHERE key = ?", other, key)
        found = sqlite_case.verify()

        assert {one.key for one in found.findings} == {key for key, _ in rows}


def test_every_command_says_which_events_it_writes() -> None:
    names = {kind.__name__ for kind in get_args(Command)}

    assert set(WRITES) == names


def test_finds_a_command_that_is_another_without_its_own_event(
    sqlite_case: Case,
) -> None:
    swept = sqlite_case.patient.run(
        "SELECT key FROM ledger_command WHERE name = 'SweepAccount'"
    )[0][0]
    sqlite_case.patient.run(
        "UPDATE ledger_command SET name = 'Earn' WHERE key = ?", swept
    )

    found = sqlite_case.verify()

    problems = [one.problem for one in found.findings]
    assert "what Earn always writes is not there" in problems


def test_finds_a_forged_key(case: Case) -> None:
    case.patient.run("UPDATE ledger_command SET key = 'forged' WHERE key = 's1'")

    found = case.verify()

    assert found.kinds() == {Kind.COMMAND_DAMAGED}
    assert {one.key for one in found.findings} == {"forged"}
    assert found.findings[0].problem == "its fields are those of another key"


def test_finds_a_command_without_events(case: Case) -> None:
    case.patient.run("UPDATE ledger_command SET events = 0 WHERE key = 's1'")

    assert case.verify().kinds() == {Kind.COMMAND_DAMAGED, Kind.COMMAND_MISSING}


def test_finds_a_view_that_differs_from_the_log(case: Case) -> None:
    with Ledger.open(case.url) as ledger:
        ledger.views.follow()
    column = "remaining"
    case.patient.run(f"UPDATE view_lot SET {column} = {column} + 1")

    try:
        found = case.verify()
    finally:
        with Ledger.open(case.url) as ledger:
            ledger.rebuild()

    assert found.kinds() == {Kind.VIEW_MISMATCH}
    assert "remaining" in found.findings[0].problem


def test_finds_members_who_go_through_what_they_cannot(case: Case) -> None:
    position = case.patient.event("member:shop:eve", "member-enrolled.v1")
    case.patient.run(
        "UPDATE ledger_event SET name = 'member-unfrozen.v1' WHERE id = ?", position
    )

    found = case.verify()

    assert Kind.IMPOSSIBLE_STEP in found.kinds()


def test_lists_only_so_many_findings_of_a_kind_and_counts_the_rest(
    sqlite_case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loyaltyledger.audit.findings.FINDINGS_MAX", 3)
    sqlite_case.patient.run("UPDATE ledger_event SET payload = 'x'")

    found = sqlite_case.verify()

    damaged = [one for one in found.findings if one.kind is Kind.DAMAGED_EVENT]
    assert len(damaged) == 3
    assert found.left_out >= found.events - 3
    assert not found.is_sound


def test_a_broken_file_is_a_finding(sqlite_case: Case) -> None:
    run = sqlite_case.patient.run
    (root,) = run("SELECT rootpage FROM sqlite_master WHERE name = 'ledger_command'")
    (size,) = run("PRAGMA page_size")
    run("PRAGMA wal_checkpoint(TRUNCATE)")
    with Path(sqlite_case.url.removeprefix("sqlite:///")).open("r+b") as file:
        file.seek((root[0] - 1) * size[0])
        file.write(b"\xff" * size[0])

    found = sqlite_case.verify()

    assert found.kinds() == {Kind.DATABASE_DAMAGED}


def test_postings_that_do_not_balance_are_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def lopsided(event: Event) -> tuple[Posting, ...]:
        return postings(event)[:1]

    clock = Clock()
    ledger = opened("memory:", clock)
    live(ledger, clock)
    monkeypatch.setattr(verify_account, "postings", lopsided)

    assert Kind.POSTINGS_UNBALANCED in ledger.verify().kinds()


@pytest.mark.parametrize(
    ("available", "kind"),
    [(1000, Kind.BALANCE_MISMATCH), (-1, Kind.NEGATIVE_BALANCE)],
)
def test_an_account_is_measured_as_of_a_late_fact(
    monkeypatch: pytest.MonkeyPatch, available: int, kind: Kind
) -> None:
    """A fault of measuring that shows only as of the day of the late purchase."""

    def faulty(account: Account, at: datetime) -> Balance:
        measured = balance(account, at)
        if at != day(10):
            return measured
        return attrs.evolve(measured, available=available)

    clock = Clock()
    ledger = opened("memory:", clock)
    live(ledger, clock)
    monkeypatch.setattr(verify_account, "balance", faulty)

    found = [one for one in ledger.verify().findings if one.kind is kind]

    assert [one.stream for one in found] == [BOB]
    assert day(10).isoformat() in found[0].problem
