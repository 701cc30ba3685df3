"""Random histories of late facts: what is promised whatever the order of arrival.

Nothing is ever negative, on any day that can be asked about; a sweep changes nothing;
what was known is what a ledger says that was told only so much.
"""

import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from loyaltyledger import Ledger
from loyaltyledger.kernel.errors import LedgerError
from loyaltyledger.points import Reversed
from loyaltyledger.receipt import Receipt
from model.points_model import Terms
from model.shop import POINTS, START, Clock, carry_out, figures, open_shop
from test_state_machine import LONG_S, MEMORY, TERMS

DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
SMALL = st.integers(1, 20)
FEW = st.integers(1, 5)
MEMBER = st.sampled_from(["ann", "ann", "bob"])
FIRST_STEPS = 6
AGO = st.integers(0, 12).map(lambda halves: halves * DAY / 2)


class LateFacts(RuleBasedStateMachine):
    """Facts of the last days arrive in any order."""

    @initialize(terms=TERMS)
    def start(self, terms: Terms) -> None:
        self.clock = Clock()
        self.terms = terms
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY)
        self.url = f"sqlite:///{Path(self.folder.name) / 'ledger.db'}"
        self.disk = open_shop(self.url, terms, self.clock)
        self.unswept = open_shop("memory:", terms, self.clock)
        self.told: list[tuple[datetime, datetime, str, str, dict[str, Any]]] = []
        self.steps = 0
        self.do("earn", ago=0 * DAY, member="ann", points=20, available_from=START)

    def teardown(self) -> None:
        if hasattr(self, "disk"):
            self.holds_on_every_day()
            assert not self.disk.verify().findings
            self.disk.close()
            self.unswept.close()
            self.folder.cleanup()

    def do(self, name: str, *, ago: timedelta, **asked: Any) -> Receipt | None:
        self.steps += 1
        key = f"k{self.steps}"
        asked["at"] = max(START, self.clock.now - ago)
        outcomes = [
            _outcome(lambda one=one: carry_out(one, name, key, asked))  # type: ignore[misc]
            for one in (self.disk, self.unswept)
        ]
        assert _reason(outcomes[0]) == _reason(outcomes[1]), (name, asked)
        receipt = outcomes[0]
        if isinstance(receipt, LedgerError):
            return None
        assert receipt.recorded_at is not None
        assert not sum(leg.points for _, leg in receipt.postings())
        self.told.append((self.clock.now, receipt.recorded_at, key, name, asked))
        return receipt

    def hold_of(self, data: st.DataObject, member: str) -> str:
        """Choose a hold; make one where there is none."""
        if self.ids("hold", member) == ["nothing"]:
            now = self.clock.now
            self.do("earn", ago=2 * DAY, member=member, points=9, available_from=now)
            end = now + 3 * DAY
            self.do("hold", ago=0 * DAY, member=member, points=6, lapses_at=end)
        return data.draw(st.sampled_from(self.ids("hold", member)[-3:]))

    def ids(self, kind: str, member: str) -> list[str]:
        names = {
            "hold": ("hold",),
            "entry": ("earn", "spend", "capture", "reverse", "adjust", "transfer"),
        }[kind]
        return [
            key
            for _, _, key, name, asked in self.told
            if name in names and member in asked.values()
        ] or ["nothing"]

    # ── commands ────────────────────────────────────────────────────────────

    @rule(member=MEMBER, points=SMALL, ago=AGO)
    def earn(self, member: str, points: int, ago: timedelta) -> None:
        self.do("earn", ago=ago, member=member, points=points)

    @rule(
        member=MEMBER,
        points=SMALL,
        ago=AGO,
        start=st.integers(-6, 6),
        days=st.integers(1, 9),
    )
    def earn_with_dates(
        self, member: str, points: int, ago: timedelta, start: int, days: int
    ) -> None:
        begins = self.clock.now - ago + start * DAY
        asked = {"available_from": begins, "expires_at": begins + days * DAY}
        self.do("earn", ago=ago, member=member, points=points, **asked)

    @rule(member=MEMBER, points=FEW, ago=AGO)
    def spend(self, member: str, points: int, ago: timedelta) -> None:
        self.do("spend", ago=ago, member=member, points=points)

    @rule(member=MEMBER, points=st.integers(-20, 20).filter(bool), ago=AGO)
    def adjust(self, member: str, points: int, ago: timedelta) -> None:
        self.do("adjust", ago=ago, member=member, points=points)

    @rule(member=MEMBER, points=FEW, ago=AGO, days=st.integers(1, 9))
    def hold(self, member: str, points: int, ago: timedelta, days: int) -> None:
        end = self.clock.now - ago + days * DAY
        self.do("hold", ago=ago, member=member, points=points, lapses_at=end)

    @rule(member=MEMBER, ago=AGO, days=st.integers(1, 9), part=st.integers(1, 2))
    def hold_all_or_half(
        self, member: str, ago: timedelta, days: int, part: int
    ) -> None:
        free = self.disk.balance(member_id=member, **POINTS).free // part
        end = self.clock.now - ago + days * DAY
        if free:
            self.do("hold", ago=ago, member=member, points=free, lapses_at=end)

    @rule(member=MEMBER, points=SMALL, ago=AGO)
    def regret_what_was_spent(self, member: str, points: int, ago: timedelta) -> None:
        self.do("earn", ago=ago, member=member, points=points)
        entry_id = f"k{self.steps}"
        free = self.disk.balance(member_id=member, **POINTS).free
        if free:
            self.do("spend", ago=0 * DAY, member=member, points=free)
        self.do("reverse", ago=ago, member=member, entry_id=entry_id)

    @precondition(lambda self: self.terms.reversal == "debt")
    @rule(member=MEMBER, points=SMALL, starts=st.lists(st.integers(1, 6), max_size=3))
    def owe_what_time_will_pay(
        self, member: str, points: int, starts: list[int]
    ) -> None:
        now = self.clock.now
        self.do("earn", ago=0 * DAY, member=member, points=points, available_from=now)
        entry_id = f"k{self.steps}"
        free = self.disk.balance(member_id=member, **POINTS).free
        if free:
            self.do("spend", ago=0 * DAY, member=member, points=free)
        self.do("reverse", ago=0 * DAY, member=member, entry_id=entry_id)
        for halves in starts:
            begins = now + halves * DAY / 2
            asked = {"available_from": begins, "expires_at": begins + halves * DAY}
            self.do("earn", ago=0 * DAY, member=member, points=halves, **asked)

    @rule(
        data=st.data(),
        member=MEMBER,
        points=st.none() | FEW,
        rest=st.sampled_from(["release", "keep"]),
        ago=AGO,
    )
    def capture(
        self,
        data: st.DataObject,
        member: str,
        points: int | None,
        rest: str,
        ago: timedelta,
    ) -> None:
        hold_id = self.hold_of(data, member)
        asked = {"hold_id": hold_id, "points": points, "rest": rest}
        self.do("capture", ago=ago, member=member, **asked)

    @rule(data=st.data(), member=MEMBER, ago=AGO)
    def void(self, data: st.DataObject, member: str, ago: timedelta) -> None:
        hold_id = self.hold_of(data, member)
        self.do("void", ago=ago, member=member, hold_id=hold_id)

    @rule(data=st.data(), member=MEMBER, points=st.none() | SMALL, ago=AGO)
    def reverse(
        self, data: st.DataObject, member: str, points: int | None, ago: timedelta
    ) -> None:
        entry_id = data.draw(st.sampled_from(self.ids("entry", member)))
        asked = {"entry_id": entry_id, "points": points}
        before = self.outstanding(member)
        receipt = self.do("reverse", ago=ago, member=member, **asked)
        if receipt is None:
            return
        change = self.outstanding(member) - before
        given, taken = _undone(receipt, member)
        assert -taken <= change <= given

    def outstanding(self, member: str) -> int:
        return self.disk.balance(member_id=member, **POINTS).outstanding

    @precondition(lambda self: self.terms.pending == "event")
    @rule(data=st.data(), member=MEMBER, ago=AGO)
    def release_pending(self, data: st.DataObject, member: str, ago: timedelta) -> None:
        entry_id = data.draw(st.sampled_from(self.ids("entry", member)))
        self.do("release_pending", ago=ago, member=member, entry_id=entry_id)

    @rule(points=FEW, ago=AGO)
    def transfer(self, points: int, ago: timedelta) -> None:
        self.do("transfer", ago=ago, member="ann", to_member="bob", points=points)

    @rule(
        member=MEMBER,
        purchase_id=st.sampled_from(["p1", "p2"]),
        lines=st.dictionaries(
            st.sampled_from("ab"),
            st.tuples(st.integers(1, 3), st.integers(100, 2000)),
            min_size=1,
        ),
        ago=AGO,
    )
    def purchase(
        self,
        member: str,
        purchase_id: str,
        lines: dict[str, tuple[int, int]],
        ago: timedelta,
    ) -> None:
        asked = {"member": member, "purchase_id": purchase_id, "lines": lines}
        self.do("purchase", ago=ago, **asked)

    @rule(
        purchase_id=st.sampled_from(["p1", "p2"]),
        return_id=st.sampled_from(["r1", "r2"]),
        lines=st.dictionaries(st.sampled_from("ab"), st.integers(1, 2)),
        ago=AGO,
    )
    def give_back(
        self,
        purchase_id: str,
        return_id: str,
        lines: dict[str, int | None],
        ago: timedelta,
    ) -> None:
        asked = {"purchase_id": purchase_id, "return_id": return_id, "lines": lines}
        self.do("give_back", ago=ago, **asked)

    @rule(
        purchase_id=st.sampled_from(["p1", "p2"]),
        return_id=st.sampled_from(["r1", "r2"]),
        ago=AGO,
    )
    def cancel_return(self, purchase_id: str, return_id: str, ago: timedelta) -> None:
        asked = {"purchase_id": purchase_id, "return_id": return_id}
        self.do("cancel_return", ago=ago, **asked)

    @rule(member=MEMBER, number=st.integers(1, 3), ago=AGO)
    def return_unlinked(self, member: str, number: int, ago: timedelta) -> None:
        asked = {"return_id": f"u{number}", "pennies": 1500}
        self.do("return_unlinked", ago=ago, member=member, **asked)

    @precondition(lambda self: self.steps > FIRST_STEPS)
    @rule(ago=AGO)
    def close(self, ago: timedelta) -> None:
        self.do("close_member", ago=ago, member="bob")

    @rule(halves=st.integers(1, 12))
    def wait(self, halves: int) -> None:
        self.clock.now += halves * DAY / 2

    @rule(ago=AGO)
    def sweep(self, ago: timedelta) -> None:
        self.disk.sweep(at=self.clock.now - ago)

    @rule()
    def open_again(self) -> None:
        self.disk.close()
        self.disk = Ledger.open(self.url, clock=self.clock)

    # ── what must hold ──────────────────────────────────────────────────────

    @invariant()
    def a_sweep_changes_nothing(self) -> None:
        if hasattr(self, "disk"):
            for member in ("ann", "bob"):
                _check_same(self.disk, self.unswept, member)

    @precondition(lambda self: self.told)
    @rule(data=st.data(), member=MEMBER)
    def the_past_is_the_same_swept_or_not(
        self, data: st.DataObject, member: str
    ) -> None:
        at = data.draw(st.sampled_from(self.days()))
        _check_same(self.disk, self.unswept, member, at=at)

    @precondition(lambda self: self.told)
    @rule(data=st.data(), member=MEMBER)
    def what_was_known_is_what_was_told(self, data: st.DataObject, member: str) -> None:
        first = data.draw(st.integers(0, len(self.told) - 1))
        at = data.draw(st.sampled_from(self.days()))
        clock = Clock()
        fresh = open_shop("memory:", self.terms, clock)
        for now, _, key, name, asked in self.told[: first + 1]:
            clock.now = now
            carry_out(fresh, name, key, asked)
        known_at = self.told[first][1]

        known = self.disk.balance(member_id=member, **POINTS, at=at, known_at=known_at)
        told = fresh.balance(member_id=member, **POINTS, at=at)

        assert known == told
        fresh.close()

    def days(self) -> list[datetime]:
        found = {asked["at"] for *_, asked in self.told} | {self.clock.now}
        found |= {asked.get("lapses_at") for *_, asked in self.told} - {None}
        return sorted(found | {day + DAY / 4 for day in found})

    def holds_on_every_day(self) -> None:
        """Look at every instant at which anything happened, and just before."""
        for member in ("ann", "bob"):
            lines = self.disk.statement(member_id=member, **POINTS)
            days = {line.at for line in lines}
            for day in sorted(days | {day - MICROSECOND for day in days}):
                balance = self.disk.balance(member_id=member, **POINTS, at=day)
                lots = self.disk.lots(member_id=member, **POINTS, at=day)
                assert min(figures(balance).values()) >= 0
                assert balance.held <= balance.available
                assert sum(lot.points for lot in lots) == (
                    balance.available + balance.pending
                )
                assert all(lot.points >= lot.held >= 0 for lot in lots)
                assert all(one.points > 0 for one in balance.expiring)
                seen = self.disk.statement(member_id=member, **POINTS, at=day)
                said = seen[-1].balance if seen else 0
                assert said == balance.outstanding


def _undone(receipt: Receipt, member: str) -> tuple[int, int]:
    """Return how many points a reversal gave to a member, and how many it took."""
    points = {True: 0, False: 0}
    for one in receipt.events:
        if isinstance(one.event, Reversed) and f":{member}:" in one.stream:
            points[one.event.gives] += sum(part.points for part in one.event.parts)
    return points[True], points[False]


def _check_same(one: Ledger, other: Ledger, member: str, **as_of: datetime) -> None:
    first = one.balance(member_id=member, **POINTS, **as_of)  # type: ignore[arg-type]
    second = other.balance(member_id=member, **POINTS, **as_of)  # type: ignore[arg-type]
    assert first == second
    lots = [
        ledger.lots(member_id=member, **POINTS, **as_of)  # type: ignore[arg-type]
        for ledger in (one, other)
    ]
    assert lots[0] == lots[1]


def _outcome(doing: Callable[[], Receipt]) -> Receipt | LedgerError:
    try:
        return doing()
    except LedgerError as refused:
        return refused


def _reason(outcome: Receipt | LedgerError) -> str:
    return type(outcome).__name__


@pytest.mark.timeout(LONG_S)
def test_late_facts_break_no_promise() -> None:
    run_state_machine_as_test(
        LateFacts,
        settings=settings(
            stateful_step_count=40,
            suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
        ),
    )
