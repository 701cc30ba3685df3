"""Several clients on a faulty database: whatever happens, the model is right.

Each run follows from its seed, which is in the name of the test or in the note on its
failure; LOYALTYLEDGER_SIMULATION_SEED runs that one again, on every engine.
"""

import os
import secrets
import time
from typing import Any

import pytest
from hypothesis import note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from loyaltyledger import migrate
from loyaltyledger.store import StoreError, open_store
from loyaltyledger.store.names import NAMES
from loyaltyledger.store.sqlite import SqliteMemory
from survival.scale import LONG
from survival.sim_faults import Clock, Fault
from survival.sim_plants import PLANTS, Plant
from survival.sim_world import CLIENTS, MEMBERS, WHAT, World, run

GIVEN = os.environ.get("LOYALTYLEDGER_SIMULATION_SEED")
SEEDS = [int(GIVEN)] if GIVEN else list(range(6))
STEPS = 30
LONG_S = 600


def engine_of(url: str) -> Any:
    if url != "memory:":
        migrate(url)
    return open_store(url, names=NAMES, clock=Clock())._engine


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_goes_wrong_the_model_is_right(seed: int) -> None:
    world = run(seed, SqliteMemory(), steps=STEPS)

    assert world.acknowledged
    assert sum(world.faults.done.values()) > 5, "so little goes wrong only in life"


@pytest.mark.parametrize("seed", SEEDS[:3])
def test_a_file_and_a_server_are_no_different(seed: int, shared_url: str) -> None:
    engine = engine_of(shared_url)
    try:
        run(seed, engine, steps=STEPS // 2)
    finally:
        engine.close()


def test_a_seed_gives_the_same_run_again() -> None:
    one, two = (run(42, SqliteMemory(), steps=STEPS) for _ in range(2))

    assert one.acknowledged == two.acknowledged
    assert one.faults.done == two.faults.done
    assert one.model == two.model


def test_every_fault_comes_up() -> None:
    done: set[Fault] = set()
    for seed in range(6):
        done |= set(run(seed, SqliteMemory(), steps=STEPS).faults.done)

    assert done == set(Fault)


@pytest.mark.skipif(not LONG, reason="ten minutes of new seeds are for the long run")
@pytest.mark.timeout(LONG_S * 2)
def test_new_seeds_for_ten_minutes() -> None:
    until = time.monotonic() + LONG_S
    while time.monotonic() < until:
        run(secrets.randbits(32), SqliteMemory(), steps=STEPS)


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
def test_a_planted_bug_is_found(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = plant(monkeypatch)

    with pytest.raises((AssertionError, StoreError)) as found:
        any(run(seed, engine(), steps=STEPS) is None for seed in range(20))

    assert "LOYALTYLEDGER_SIMULATION_SEED" in found.value.__notes__[-1]


WHO, OTHER = st.sampled_from(MEMBERS), st.sampled_from(MEMBERS)
ASKED = st.tuples(st.sampled_from(WHAT), st.integers(1, 30), WHO, OTHER)


class Machine(RuleBasedStateMachine):
    """The same world, where Hypothesis says who asks for what."""

    @initialize(seed=st.integers(0, 2**32 - 1))
    def begin(self, seed: int) -> None:
        note(f"seed {seed}")
        self.world = World(seed, SqliteMemory())

    @rule(client=st.integers(0, CLIENTS - 1), asked=st.lists(ASKED, min_size=1))
    def ask(self, client: int, asked: list[tuple[str, int, str, str]]) -> None:
        self.world.tick()
        batch = [self.world.asked(*one) for one in asked]
        self.world.step(client, batch)

    @rule()
    def audit(self) -> None:
        self.world.finish()


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=500 if LONG else 8, stateful_step_count=12)
