"""Random histories, in the order of time, against one object for every point.

Every command goes to several ledgers: one on disk, which is swept at random and opened
again, and one that is never swept. After every step each must say what the model says.
"""

import tempfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import permutations
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

from loyaltyledger import Ledger, migrate
from loyaltyledger.kernel.errors import KeyReusedError, LedgerError
from loyaltyledger.receipt import Receipt
from model.points_model import FOREVER, Model, Terms, attempt
from model.shop import (
    MEMBERS,
    POINTS,
    START,
    Clock,
    carry_out,
    figures,
    lots_of,
    open_shop,
)

# Every commit is forced to disk; what is thrown away need not wear one out.
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
Ids = tuple[str, str]
"""A member, and the id of an entry or hold."""

SMALL = st.integers(1, 20)
MEMBER = st.sampled_from(["ann", "ann", "ann", "bob", "bob", "cem"])
MICROSECOND = timedelta(microseconds=1)
DATES = (
    *(datetime(2024, month, 1, tzinfo=UTC) for month in range(2, 13)),
    *(datetime(year, 7, 1, tzinfo=UTC) for year in (*range(2025, 2033), 2200)),
)
TERMS = st.builds(
    Terms,
    expiry=st.sampled_from(["none", "rolling", "fixed", "inactivity"]),
    expiry_days=st.integers(5, 30),
    expiry_dates=st.just(DATES),
    resets=st.sampled_from([("earn", "spend"), ("spend",), ("earn",)]),
    pending=st.sampled_from(["immediate", "immediate", "duration", "event"]),
    pending_days=st.integers(1, 4),
    cancel_after_days=st.sampled_from([0, 3]),
    spend_order=st.sampled_from(["earliest_expiry", "first_in"]),
    reversal=st.sampled_from(["debt", "debt", "within_balance", "pending_only"]),
    grace_days=st.sampled_from([0, 0, 7]),
    transfer_resets=st.booleans(),
    hold_minutes=st.sampled_from([60, 5000]),
)


class Histories(RuleBasedStateMachine):
    """Drives ledgers and model with the same commands."""

    def open_disk(self) -> Ledger:
        return Ledger.open(self.url, clock=self.clock)

    def make_disk(self, terms: Terms) -> Ledger:
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY)
        self.url = f"sqlite:///{Path(self.folder.name) / 'ledger.db'}"
        return open_shop(self.url, terms, self.clock)

    @initialize(terms=TERMS)
    def start(self, terms: Terms) -> None:
        self.clock = Clock()
        self.model = Model(terms, MEMBERS, START)
        self.disk = self.make_disk(terms)
        self.unswept = open_shop("memory:", terms, self.clock)
        self.done: dict[str, tuple[str, dict[str, Any], Receipt]] = {}
        self.history: list[tuple[datetime, datetime, Model]] = []
        self.keys = 0
        self.is_sound = False
        for points in (20, 7):
            self.do("open_balance", member="ann", points=points)

    def teardown(self) -> None:
        if hasattr(self, "disk"):
            if self.is_sound:
                self.look_back_at_everything()
            self.disk.close()
            self.unswept.close()
        if hasattr(self, "folder"):
            self.folder.cleanup()

    # ── what every rule comes to ────────────────────────────────────────────

    def do(self, name: str, **asked: Any) -> None:
        self.keys += 1
        self.send(f"k{self.keys}", name, asked)

    def send(self, key: str, name: str, asked: dict[str, Any]) -> None:
        own_id = {
            "earn": "entry_id",
            "open_balance": "entry_id",
            "adjust": "entry_id",
            "spend": "entry_id",
            "capture": "entry_id",
            "transfer": "entry_id",
            "hold": "hold_id",
            "reverse": "reversal_id",
        }.get(name)
        known = {own_id: key, **asked} if own_id else asked
        self.is_sound = False
        model, refusal = attempt(self.model, lambda copy: getattr(copy, name)(**known))
        outcomes = [
            _outcome(lambda one=one: carry_out(one, name, key, asked))  # type: ignore[misc]
            for one in (self.disk, self.unswept)
        ]
        assert [got for got, _ in outcomes] == [refusal, refusal], (name, asked)
        self.model = model
        receipt = outcomes[0][1]
        if receipt is not None and receipt.recorded_at is not None:
            assert all(sum(p.points for _, p in [leg]) for leg in receipt.postings())
            assert not sum(leg.points for _, leg in receipt.postings())
            self.done[key] = (name, asked, receipt)
            self.history.append((self.clock.now, receipt.recorded_at, model.copy()))

    def free(self, member: str) -> int:
        balance = self.model.balance(member)
        return balance["available"] - balance["held"]

    def some(self, data: st.DataObject, member: str) -> int:
        """Choose points that are there; see that there are some, if that can be."""
        if not self.free(member):
            now = self.clock.now
            self.do("earn", member=member, points=10, available_from=now)
        return data.draw(st.integers(1, max(1, self.free(member))))

    def one_of(
        self, data: st.DataObject, likely: Iterable[Ids], others: Iterable[Ids]
    ) -> Ids:
        """Choose something to act on: mostly where there is something to do."""
        likely = list(likely)
        if not likely or data.draw(st.integers(0, 9)) == 9:
            likely = [*others, ("ann", "nothing")]
        return data.draw(st.sampled_from(likely))

    def entry(self, data: st.DataObject) -> Ids:
        known = [
            (member.name, entry)
            for member in self.model.members.values()
            for entry in member.entries.values()
        ]
        return self.one_of(
            data,
            [(name, entry.entry_id) for name, entry in known if entry.left()][-8:],
            [(name, entry.entry_id) for name, entry in known],
        )

    def any_hold(self, data: st.DataObject) -> Ids:
        """Choose a hold, where one is open, or make one."""
        if not any(self.open_holds()):
            self.do("hold", member="ann", points=self.some(data, "ann"))
        known = [
            (member.name, hold)
            for member in self.model.members.values()
            for hold in member.holds.values()
        ]
        others = [(name, hold.hold_id) for name, hold in known]
        return self.one_of(data, self.open_holds(), others)

    def open_holds(self) -> list[Ids]:
        return [
            (member.name, hold.hold_id)
            for member in self.model.members.values()
            for hold in member.holds.values()
            if hold.open()
        ]

    # ── commands ────────────────────────────────────────────────────────────

    @rule(member=MEMBER, points=SMALL, entry_id=st.sampled_from("xyz"))
    def earn_under_an_id_that_may_be_taken(
        self, member: str, points: int, entry_id: str
    ) -> None:
        self.do("earn", member=member, points=points, entry_id=entry_id)

    @rule(
        member=MEMBER,
        points=SMALL,
        start=st.none() | st.integers(0, 5),
        days=st.none() | st.integers(1, 9),
    )
    def earn(
        self, member: str, points: int, start: int | None, days: int | None
    ) -> None:
        now = self.clock.now
        begins = None if start is None else now + timedelta(days=start)
        ends = None if days is None else (begins or now) + timedelta(days=days)
        asked = {"available_from": begins, "expires_at": ends}
        self.do("earn", member=member, points=points, **asked)

    @rule(member=MEMBER, days=st.permutations([3, 6, 9]))
    def earn_in_another_order_than_it_dies(self, member: str, days: list[int]) -> None:
        now = self.clock.now
        for one in days:
            asked = {"available_from": now, "expires_at": now + timedelta(days=one)}
            self.do("earn", member=member, points=one, **asked)

    @rule(member=MEMBER, points=SMALL)
    def open_balance(self, member: str, points: int) -> None:
        self.do("open_balance", member=member, points=points)

    @rule(member=MEMBER, points=st.integers(-20, 20).filter(bool))
    def adjust(self, member: str, points: int) -> None:
        self.do("adjust", member=member, points=points)

    @rule(data=st.data(), member=MEMBER)
    def spend(self, data: st.DataObject, member: str) -> None:
        self.do("spend", member=member, points=self.some(data, member))

    @rule(member=MEMBER)
    def spend_all(self, member: str) -> None:
        free = self.free(member)
        if free:
            self.do("spend", member=member, points=free)
        self.do("spend", member=member, points=free + 1)

    @rule(data=st.data(), member=MEMBER, days=st.none() | st.integers(-1, 9))
    def hold(self, data: st.DataObject, member: str, days: int | None) -> None:
        points = self.some(data, member)
        end = None if days is None else self.clock.now + timedelta(days=days)
        self.do("hold", member=member, points=points, lapses_at=end)

    @rule(member=MEMBER, days=st.integers(1, 9), part=st.integers(1, 2))
    def hold_all_or_half(self, member: str, days: int, part: int) -> None:
        points = self.free(member) // part
        end = self.clock.now + timedelta(days=days)
        if points:
            self.do("hold", member=member, points=points, lapses_at=end)

    @rule(member=MEMBER, points=SMALL)
    def regret_what_was_spent(self, member: str, points: int) -> None:
        """Bring back what earned points that were all spent since."""
        self.do("earn", member=member, points=points)
        entry_id = f"k{self.keys}"
        free = self.free(member)
        if free:
            self.do("spend", member=member, points=free)
        self.do("reverse", member=member, entry_id=entry_id)

    @rule(
        data=st.data(),
        is_whole=st.booleans(),
        rest=st.sampled_from(["release", "keep"]),
    )
    def capture(self, data: st.DataObject, is_whole: bool, rest: str) -> None:  # noqa: FBT001  # drawn
        member, hold_id = self.any_hold(data)
        hold = self.model.members[member].holds.get(hold_id)
        most = len(hold.open()) if hold else 1
        points = None if is_whole else data.draw(st.integers(1, most + 1))
        asked = {"hold_id": hold_id, "points": points, "rest": rest}
        self.do("capture", member=member, **asked)

    @rule(data=st.data())
    def void(self, data: st.DataObject) -> None:
        member, hold_id = self.any_hold(data)
        self.do("void", member=member, hold_id=hold_id)

    @rule(data=st.data(), points=st.none() | st.integers(1, 9))
    def reverse(self, data: st.DataObject, points: int | None) -> None:
        member, entry_id = self.entry(data)
        self.do("reverse", member=member, entry_id=entry_id, points=points)

    @rule(member=MEMBER)
    def reverse_the_latest(self, member: str) -> None:
        known = [*self.model.members[member].entries]
        if known:
            self.do("reverse", member=member, entry_id=known[-1])

    @precondition(lambda self: self.model.terms.pending == "event")
    @rule(data=st.data())
    def release_pending(self, data: st.DataObject) -> None:
        member, entry_id = self.entry(data)
        self.do("release_pending", member=member, entry_id=entry_id)

    @rule(
        data=st.data(), way=st.sampled_from([*permutations(MEMBERS, 2), ("ann",) * 2])
    )
    def transfer(self, data: st.DataObject, way: Ids) -> None:
        member, to_member = way
        points = self.some(data, member)
        self.do("transfer", member=member, to_member=to_member, points=points)

    @rule(
        member=MEMBER,
        purchase_id=st.sampled_from(["p1", "p2", "p3"]),
        lines=st.dictionaries(
            st.sampled_from("abc"),
            st.tuples(st.integers(1, 4), st.integers(1, 2000)),
            min_size=1,
        ),
    )
    def purchase(
        self, member: str, purchase_id: str, lines: dict[str, tuple[int, int]]
    ) -> None:
        self.do("purchase", member=member, purchase_id=purchase_id, lines=lines)

    @precondition(lambda self: self.model.sales)
    @rule(data=st.data(), number=st.integers(1, 6))
    def give_back(self, data: st.DataObject, number: int) -> None:
        purchase_id = data.draw(st.sampled_from(sorted(self.model.sales)))
        bought = self.model.sales[purchase_id].quantities
        lines: dict[str, int | None] = {}
        for line_id in data.draw(st.sets(st.sampled_from(sorted(bought)))):
            units = st.none() | st.integers(1, bought[line_id])
            lines[line_id] = data.draw(units)
        asked = {"return_id": f"r{number}", "lines": lines}
        self.do("give_back", purchase_id=purchase_id, **asked)

    @precondition(lambda self: self.model.sales)
    @rule(data=st.data())
    def cancel_return(self, data: st.DataObject) -> None:
        purchase_id = data.draw(st.sampled_from(sorted(self.model.sales)))
        returns = [*self.model.sales[purchase_id].returns, "r1"]
        return_id = data.draw(st.sampled_from(returns))
        self.do("cancel_return", purchase_id=purchase_id, return_id=return_id)

    @rule(
        member=MEMBER,
        return_id=st.sampled_from(["u1", "u2"]),
        pennies=st.integers(1, 6000),
    )
    def return_unlinked(self, member: str, return_id: str, pennies: int) -> None:
        asked = {"return_id": return_id, "pennies": pennies}
        self.do("return_unlinked", member=member, **asked)

    @precondition(lambda self: self.model.unlinked)
    @rule(return_id=st.sampled_from(["u1", "u2"]))
    def cancel_unlinked(self, return_id: str) -> None:
        self.do("cancel_unlinked", return_id=return_id)

    @rule(number=st.integers(0, 99))
    def freeze_or_close_rarely(self, number: int) -> None:
        if number in range(40, 60):
            self.do("freeze", member="bob")
        elif number in range(60, 80):
            self.do("unfreeze", member="bob")
        elif number in range(80, 90):
            self.do("close_member", member="cem")

    # ── repeats ─────────────────────────────────────────────────────────────

    @precondition(lambda self: self.done)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.done)))
        name, asked, receipt = self.done[key]
        assert carry_out(self.disk, name, key, asked) == receipt

    @precondition(lambda self: self.done)
    @rule(data=st.data(), points=st.integers(10**6, 10**6 + 9))  # more than anybody has
    def use_a_key_again(self, data: st.DataObject, points: int) -> None:
        key = data.draw(st.sampled_from(sorted(self.done)))
        asked = {"member": "ann", "points": points}
        got, _ = _outcome(lambda: carry_out(self.disk, "spend", key, asked))
        assert got == KeyReusedError.__name__

    # ── time ────────────────────────────────────────────────────────────────

    @rule(
        step=st.sampled_from(
            [
                timedelta(seconds=1),
                timedelta(minutes=30),
                timedelta(hours=1),
                timedelta(hours=1),
                timedelta(days=1),
                timedelta(days=3),
                timedelta(days=10),
            ]
        )
    )
    def wait(self, step: timedelta) -> None:
        self.until(self.clock.now + step)

    @rule(data=st.data())
    def wait_for_something_to_happen(self, data: st.DataObject) -> None:
        coming = [one for one in self.instants() if one > self.clock.now]
        if coming:
            self.until(data.draw(st.sampled_from(sorted(coming)[:4])))

    def until(self, now: datetime) -> None:
        self.clock.now = now
        self.model.advance(now)

    def instants(self) -> set[datetime]:
        """Return when something happens by itself, and the moments around it."""
        found = {at for at, _, _ in self.history}
        for member in self.model.members.values():
            found |= {hold.lapses_at for hold in member.holds.values()}
            for lot in member.lots:
                found |= {lot.dead_from, lot.available_from or FOREVER}
        found -= {one for one in found if one.year > START.year + 50}
        return {one + step for one in found for step in (-MICROSECOND, 0 * MICROSECOND)}

    @rule()
    def sweep(self) -> None:
        self.disk.sweep()

    @rule(days=st.integers(1, 5))
    def sweep_late(self, days: int) -> None:
        self.disk.sweep(at=self.clock.now - timedelta(days=days))

    @rule()
    def open_again(self) -> None:
        self.disk.close()
        self.disk = self.open_disk()

    # ── what must hold ──────────────────────────────────────────────────────

    @precondition(lambda self: self.history)
    @rule(data=st.data(), member=MEMBER)
    def look_back(self, data: st.DataObject, member: str) -> None:
        past = sorted({START, *self.instants(), self.clock.now + timedelta(days=20)})
        at = data.draw(st.sampled_from(past))
        known = st.sampled_from([recorded for _, recorded, _ in self.history])
        self.was(member, at, data.draw(st.none() | known))

    def was(self, member: str, at: datetime, known_at: datetime | None) -> None:
        """Compare what is said of an instant with the model as it was then."""
        past = [one for one in self.history if one[0] <= at]
        known = [one for one in past if known_at is None or one[1] <= known_at]
        if known != past[: len(known)]:
            return  # of two streams at one instant, either may have been known first
        seen = [model for _, _, model in known]
        terms = self.model.terms
        model = seen[-1].copy() if seen else Model(terms, MEMBERS, START)
        model.advance(max(at, model.now))
        as_of: dict[str, Any] = {"at": at, "known_at": known_at}
        for ledger in (self.disk, self.unswept) if known_at is None else (self.disk,):
            balance = ledger.balance(member_id=member, **POINTS, **as_of)
            assert figures(balance) == model.balance(member)
            assert lots_of(ledger, member, **as_of) == model.lots(member)
            lines = ledger.statement(member_id=member, **POINTS, **as_of)
            assert balance.outstanding == (lines[-1].balance if lines else 0)

    def look_back_at_everything(self) -> None:
        for at in sorted({happened for happened, _, _ in self.history}):
            self.was("ann", at, None)
            self.was("ann", at - MICROSECOND, None)

    @invariant()
    def says_what_the_model_says(self) -> None:
        if not hasattr(self, "disk"):
            return
        self.is_sound = False
        for ledger in (self.disk, self.unswept):
            for member in MEMBERS:
                balance = ledger.balance(member_id=member, **POINTS)
                assert figures(balance) == self.model.balance(member)
                assert lots_of(ledger, member) == self.model.lots(member)
        self.is_sound = True


class OnPostgres(Histories):
    """The ledger that is swept lies in PostgreSQL."""

    url: str
    number = 0

    def open_disk(self) -> Ledger:
        return Ledger.open(self.url, clock=self.clock, schema=self.schema)

    def make_disk(self, terms: Terms) -> Ledger:
        OnPostgres.number += 1
        self.schema = f"run{OnPostgres.number}"
        migrate(self.url, schema=self.schema)
        return open_shop(self.url, terms, self.clock, schema=self.schema)


def _outcome(doing: Callable[[], Receipt]) -> tuple[str, Receipt | None]:
    try:
        return "", doing()
    except LedgerError as refused:
        return type(refused).__name__, None


LONG_S = 4 * 3600
"""The long profile, and making a failure small, take their time."""
CHECKS = (HealthCheck.too_slow, HealthCheck.data_too_large)


@pytest.mark.timeout(LONG_S)
def test_a_file_says_what_the_model_says() -> None:
    run_state_machine_as_test(
        Histories,
        settings=settings(stateful_step_count=40, suppress_health_check=CHECKS),
    )


@pytest.mark.timeout(LONG_S)
def test_postgres_says_what_the_model_says(postgres_url: str) -> None:
    OnPostgres.url = postgres_url
    few = max(5, settings().max_examples // 5)
    run_state_machine_as_test(
        OnPostgres,
        settings=settings(
            max_examples=few, stateful_step_count=30, suppress_health_check=CHECKS
        ),
    )
