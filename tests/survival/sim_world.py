"""The simulation: several clients, one faulty database, a model, and what must hold.

Everything is decided by the seed, so a run can be had again. The clients share one
thread: what another one does in between happens when the plan says so.
"""

from collections.abc import Iterable, Sequence
from copy import deepcopy
from datetime import timedelta
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any

from loyaltyledger import (
    Basket,
    CaptureHold,
    ContendedError,
    Earn,
    Ledger,
    LedgerError,
    Line,
    PlaceHold,
    Receipt,
    RecordPurchase,
    Spend,
    StoreError,
    Transfer,
    VoidHold,
)
from loyaltyledger.caching import StateCache
from shop import Shop, programme, tables
from survival.sim_checks import (
    check_balances,
    check_keys,
    check_log,
    check_receipts,
)
from survival.sim_clients import Outcome, as_done, asked_of, ledger_on
from survival.sim_faults import Clock, Crash, Fault, Faults, FaultyEngine
from survival.sim_model import Asked, Purses

MEMBERS = ("ann", "bob", "cat")
CLIENTS = 3
TRIES_MAX = 30
WHAT: tuple[str, ...] = (
    *("earn", "earn", "spend", "spend", "spend"),
    *("hold", "capture", "void", "transfer", "buy"),
)


class World:
    """One run."""

    def __init__(self, seed: int, engine: Any) -> None:
        self.random = Random(seed)
        self.clock = Clock()
        self.faults = Faults(Random(seed + 1), self.clock, self._overtake)
        self.engine = FaultyEngine(engine, self.faults)
        self.judge = ledger_on(engine, self.clock, StateCache(0))
        self.judge.views.migrate()
        self.clients = [self._client() for _ in range(CLIENTS)]
        self.model = Purses()
        self.acknowledged: dict[str, Receipt] = {}
        self.numbers = count(1)
        self._asking: Sequence[Asked] = ()
        self._seen = 0
        shop = Shop(self.judge, self.clock)  # type: ignore[arg-type]  # only read
        shop.define(programme())
        shop.enrol(*MEMBERS)
        self.faults.on = True

    def _client(self) -> Ledger:
        return ledger_on(self.engine, self.clock, StateCache())

    def tick(self) -> None:
        self.clock.till += timedelta(seconds=self.random.randint(1, 400))

    # ── what clients ask ────────────────────────────────────────────────────

    def asked(self, what: str, points: int, member: str, other: str) -> Asked:
        """Make a command; a step happens at one instant, whoever gets in first."""
        now = self.clock.till
        base: dict[str, Any] = {
            "key": f"k{next(self.numbers)}",
            "programme_id": "shop",
            "member_id": member,
            "at": now,
        }
        one = base | {"point_type": "points"}
        match what:
            case "earn":
                return Earn(points=points, **one)
            case "spend":
                return Spend(points=points, **one)
            case "transfer" if other != member:
                return Transfer(points=points, to_member=other, **one)
            case "hold":
                until = now + timedelta(minutes=self.random.randint(1, 60))
                return PlaceHold(points=points, lapses_at=until, **one)
            case "capture" | "void" if self.model.holds:
                hold_id = self.random.choice(sorted(self.model.holds))
                one |= {"member_id": self.model.holds[hold_id].member}
                kind = CaptureHold if what == "capture" else VoidHold
                return kind(hold_id=hold_id, **one)
            case _:
                return RecordPurchase(
                    purchase_id=base["key"], basket=_basket(points), **base
                )

    def any_asked(self) -> Asked:
        choice = self.random.choice
        points = self.random.randint(1, 30)
        return self.asked(choice(WHAT), points, choice(MEMBERS), choice(MEMBERS))

    # ── one step ────────────────────────────────────────────────────────────

    def step(self, client: int, batch: Sequence[Asked]) -> None:
        """Let a client ask until it has its answers, and check everything."""
        self._asking = batch
        for _ in range(TRIES_MAX):
            before: dict[str, Any] | None = self._ledger_tables()
            overtaken = self.faults.done[Fault.OVERTAKEN]
            unanswered = self.faults.done[Fault.ANSWER_LOST]
            try:
                outcomes = asked_of(self.clients[client], batch)
            except (StoreError, ContendedError):
                there = self._known(batch)
                self._catch_up(batch)
                if self.faults.done[Fault.ANSWER_LOST] == unanswered:
                    assert self._known(batch) == there, "nothing was committed"
            except Crash:
                self.clients[client] = self._client()
                self._catch_up(batch)
            else:
                if self.faults.done[Fault.OVERTAKEN] > overtaken:
                    before = None
                if self.faults.done[Fault.ANSWER_LOST] > unanswered:
                    self._answered(as_done(batch, outcomes), before)
                else:
                    self._answered(zip(batch, outcomes, strict=True), before)
                self._check()
                return
            self._check()
        raise AssertionError("the client never got an answer")

    def _overtake(self) -> None:
        """Another client does something while this one is about to write."""
        with self.faults.off():
            self._catch_up(self._asking)
            asked = self.any_asked()
            other = self.random.choice(self.clients)
            outcomes = asked_of(other, (asked,))
            self._answered(zip((asked,), outcomes, strict=True), None)

    def _catch_up(self, batch: Sequence[Asked]) -> None:
        """Without an answer it is all there or nothing, which the keys tell."""
        with self.faults.off():
            receipts = [self.judge.receipt(one.key) for one in batch]
        if not self._known(batch) and any(receipts):
            self._check_whole(batch, receipts)
        # Asked again, what had been refused may have been done after all the rest.
        for one, receipt in as_done(batch, receipts):
            if one.key not in self.acknowledged:
                assert self.model.allows(one), f"{one} was carried out"
                self._happened(one, receipt)

    def _check_whole(
        self, batch: Sequence[Asked], receipts: Sequence[Receipt | None]
    ) -> None:
        trial = deepcopy(self.model)
        for one, receipt in zip(batch, receipts, strict=True):
            if trial.allows(one):
                trial.do(one)
                assert receipt, f"half a batch, without {one}"

    def _known(self, batch: Sequence[Asked]) -> set[str]:
        return {one.key for one in batch} & set(self.acknowledged)

    def _answered(
        self,
        answers: Iterable[tuple[Asked, Outcome]],
        before: dict[str, Any] | None,
    ) -> None:
        done = False
        for one, outcome in answers:
            if one.key in self.acknowledged:
                assert outcome == self.acknowledged[one.key], "the same receipt"
            elif isinstance(outcome, LedgerError):
                assert not self.model.allows(one), f"{one} refused: {outcome}"
            else:
                assert self.model.allows(one), f"{one} was carried out"
                self._happened(one, outcome)
                done = True
        if before is not None and not done:
            assert self._ledger_tables() == before, "a refusal writes nothing"

    def _happened(self, asked: Asked, receipt: Receipt) -> None:
        self.model.do(asked)
        self.acknowledged[asked.key] = receipt

    # ── what must hold after each step ──────────────────────────────────────

    def _check(self) -> None:
        with self.faults.off():
            for ledger in (self.judge, *self.clients):
                check_balances(ledger, self.model, MEMBERS, at=self.clock.till)
            self._seen = check_log(self.judge, seen=self._seen)
            check_keys(self.judge, self.acknowledged)

    def _ledger_tables(self) -> dict[str, Any]:
        with self.faults.off():
            return tables(self.judge)

    def finish(self) -> None:
        """Ask for everything once more, and replay it."""
        with self.faults.off():
            check_receipts(self.judge, self.acknowledged)
            assert self.judge.verify().is_sound


def _basket(pounds: int) -> Basket:
    line = Line(line_id="1", sku="tea", quantity=Decimal(1), unit_price=Decimal(pounds))
    return Basket(currency="GBP", lines=(line,))


def run(seed: int, engine: Any, *, steps: int) -> World:
    """Let a world happen by its seed alone; what goes wrong says the seed."""
    world = World(seed, engine)
    try:
        for _ in range(steps):
            world.tick()
            size = world.random.choice((1, 1, 1, 3))
            batch = [world.any_asked() for _ in range(size)]
            world.step(world.random.randrange(CLIENTS), batch)
        world.finish()
    except (AssertionError, LedgerError) as error:
        error.add_note(f"again with LOYALTYLEDGER_SIMULATION_SEED={seed}")
        raise
    return world
