"""Totals are what the log says, added up by a second pair of eyes."""

import json
import sqlite3
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import attrs
import pytest

from audit.story import START, Clock, Shop, basket, day, live, opened
from loyaltyledger import Ledger, Totals, UnknownPointTypeError, UnknownProgrammeError


@pytest.fixture
def clock() -> Clock:
    return Clock()


def of_type(ledger: Ledger, point_type: str, **when: datetime) -> Totals:
    found = ledger.totals(programme_id="shop", **when)
    return next(one for one in found if one.point_type == point_type)


def raw_events(path: Path, point_type: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Read the log as an auditor would: without this library."""
    rows = (
        sqlite3.connect(path)
        .execute(
            "SELECT s.name, e.name, e.payload FROM ledger_event e "
            "JOIN ledger_stream s ON s.id = e.stream WHERE s.name LIKE ? ORDER BY e.id",
            (f"account:shop:%:{point_type}",),
        )
        .fetchall()
    )
    return [(stream, name, json.loads(payload)) for stream, name, payload in rows]


def raw_sums(events: list[tuple[str, str, dict[str, Any]]]) -> Counter[str]:
    """Add up what each kind of event says happened."""
    sums: Counter[str] = Counter()
    for _, name, event in events:
        match name:
            case "points-granted.v1":
                points = sum(lot["points"] for lot in event["lots"])
                sums[f"in {event['book']}"] += points
            case "points-taken.v1" | "points-reversed.v1":
                gives = event.get("gives", False)
                for part in event["parts"]:
                    sign = -part["points"] if gives else part["points"]
                    lost = part["kind"] == "lost"
                    sums["lost" if lost else f"out {event['book']}"] += sign
            case "points-expired.v1":
                sums["expired"] += event["points"]
            case "points-cancelled.v1":
                sums["cancelled"] += event["points"]
            case "account-closed.v1":
                forfeited = event.get("forfeited", [])
                sums["forfeited"] += sum(part["points"] for part in forfeited)
                sums["written_off"] += event["written_off"]
    return sums


def raw_outstanding(events: list[tuple[str, str, dict[str, Any]]]) -> int:
    """Keep a purse for each lot and a slate of debts; nothing else."""
    purses: Counter[tuple[str, str]] = Counter()
    owed = 0
    for stream, name, event in events:
        for lot in event.get("lots", []):
            purses[stream, lot["lot_id"]] += lot["points"]
        sign = 1 if event.get("gives") else -1
        for part in [*event.get("parts", []), *event.get("forfeited", [])]:
            if part["kind"] == "debt":
                owed -= sign * part["points"]
            elif part["kind"] != "lost":
                purses[stream, part["lot_id"]] += sign * part["points"]
        if name in {"points-expired.v1", "points-cancelled.v1", "debt-paid.v1"}:
            purses[stream, event["lot_id"]] -= event["points"]
        if name == "debt-paid.v1":
            owed -= event["points"]
        owed -= event.get("written_off", 0)
    return sum(purses.values()) - owed


@pytest.mark.parametrize("point_type", ["points", "miles"])
def test_totals_are_the_sums_of_the_stored_events(
    tmp_path: Path, clock: Clock, point_type: str
) -> None:
    path = tmp_path / "ledger.db"
    with opened(f"sqlite:///{path}", clock) as ledger:
        live(ledger, clock)
        ledger.sweep()

        totals = of_type(ledger, point_type)

    events = raw_events(path, point_type)
    sums = raw_sums(events)
    assert totals.earned == sums["in issued"] > 0
    assert totals.opening == sums["in opening"]
    assert totals.reversed == sums["out reversed"] > 0
    assert totals.not_recovered == sums["lost"]
    assert totals.spent == sums["out spent"] > 0
    assert totals.expired == sums["expired"]
    assert totals.cancelled == sums["cancelled"]
    assert totals.forfeited == sums["forfeited"] > 0
    assert totals.written_off == sums["written_off"]
    assert totals.adjusted == sums["in adjustment"] - sums["out adjustment"]
    assert totals.converted == sums["in conversion"] - sums["out conversion"] != 0
    assert totals.outstanding == raw_outstanding(events)


def test_every_figure_of_the_year(clock: Clock) -> None:
    ledger = opened("memory:", clock)
    live(ledger, clock)

    assert of_type(ledger, "points") == Totals(
        programme_id="shop",
        point_type="points",
        members=3,  # five came, two left
        purchases=5,
        earned=99 + 40 + 25 + 33 + 35,
        reversed=99 + 17,
        not_recovered=0,
        spent=40 + 70 + 60,
        expired=378,
        cancelled=0,
        forfeited=35,
        written_off=17,
        adjusted=25 - 5,
        opening=500,
        transferred=70 + 50,
        converted=-30,
        outstanding=40,
        available=40,
        pending=0,
        held=0,
        debt=0,
    )


@pytest.mark.parametrize("on", [0, 1, 2, 3, 31, 32, 33, 52, 60, 61, 91, 100, 120, 500])
def test_what_came_in_less_what_went_out_is_outstanding(
    clock: Clock, on: float
) -> None:
    ledger = opened("memory:", clock)
    live(ledger, clock)

    for totals in ledger.totals(at=day(on)):
        assert totals.difference == 0
        owed = totals.available + totals.pending - totals.debt
        assert totals.outstanding == owed
        assert totals.held <= totals.available


def test_a_difference_shows_when_a_figure_is_wrong(clock: Clock) -> None:
    ledger = opened("memory:", clock)
    live(ledger, clock)

    assert attrs.evolve(of_type(ledger, "points"), spent=171).difference == -1


def test_what_is_due_and_not_booked_counts_as_expired(clock: Clock) -> None:
    ledger = opened("memory:", clock)
    shop = Shop(ledger, clock)
    shop.start()
    shop.buys("ann", "p1", basket("50.00"))

    clock.on(91)

    assert of_type(ledger, "points").expired == 50
    assert of_type(ledger, "points").outstanding == 0
    assert of_type(ledger, "points", at=day(90)).expired == 0
    ledger.sweep()
    assert of_type(ledger, "points").expired == 50


def test_known_at_leaves_out_what_came_in_later(clock: Clock) -> None:
    ledger = opened("memory:", clock)
    live(ledger, clock)

    as_known = of_type(ledger, "points", at=day(11), known_at=day(60.5))
    as_it_was = of_type(ledger, "points", at=day(11))

    assert as_it_was.earned - as_known.earned == 33
    assert as_it_was.purchases - as_known.purchases == 1


def test_a_debt_is_taken_off_what_is_outstanding(clock: Clock) -> None:
    ledger = opened("memory:", clock)
    live(ledger, clock)

    totals = of_type(ledger, "points", at=day(60.5))

    assert totals.debt == 17
    assert totals.outstanding == totals.available + totals.pending - 17


def test_before_anything_happened_there_is_nothing(clock: Clock) -> None:
    ledger = opened("memory:", clock)
    live(ledger, clock)

    totals = of_type(ledger, "points", at=day(-1))

    assert (totals.members, totals.purchases, totals.outstanding) == (0, 0, 0)
    assert ledger.totals(known_at=START.replace(year=2020)) == ()


def test_programmes_are_kept_apart(clock: Clock) -> None:
    ledger = opened("memory:", clock)
    live(ledger, clock)

    assert ledger.totals() == ledger.totals(programme_id="shop")
    with pytest.raises(UnknownProgrammeError):
        ledger.totals(programme_id="sho")


def test_balances_add_up_to_the_totals(store_url: str, clock: Clock) -> None:
    with opened(store_url, clock) as ledger:
        live(ledger, clock)

        for on in (0.0, 31.0, 60.5, 120.0):
            totals = of_type(ledger, "points", at=day(on))
            balances = dict(
                ledger.balances_as_of(
                    programme_id="shop", point_type="points", at=day(on)
                )
            )

            outstanding = [one.outstanding for one in balances.values()]
            assert sum(outstanding) == totals.outstanding
            for account_id, balance in balances.items():
                assert balance == ledger.account_balance(account_id, at=day(on))


def test_balances_refuse_an_unknown_point_type(clock: Clock) -> None:
    ledger = opened("memory:", clock)
    Shop(ledger, clock).start()

    with pytest.raises(UnknownPointTypeError):
        ledger.balances_as_of(programme_id="shop", point_type="stars")
