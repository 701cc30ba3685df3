"""Clients of the simulation: ledgers on a faulty engine, and how they ask."""

from collections.abc import Sequence
from typing import Any

from loyaltyledger import ContendedError, Ledger, LedgerError, Receipt, StoreError
from loyaltyledger.caching import StateCache
from loyaltyledger.executing import Executor
from loyaltyledger.store import Codec, Store
from loyaltyledger.store.names import NAMES, UPCASTS
from loyaltyledger.views import Views
from survival.sim_faults import Clock
from survival.sim_model import Asked

Outcome = Receipt | LedgerError


class Impatient(Executor):
    def _wait(self, number: int) -> None:
        """Nobody is in the way any longer: there is one thread."""


def ledger_on(engine: Any, clock: Clock, cache: StateCache) -> Ledger:
    """Open a ledger on an engine that no URL names."""
    codec = Codec(NAMES, UPCASTS)
    store = Store(engine, codec=codec, clock=clock, ledger_id=engine.open())
    executor = Impatient(store, clock=clock, cache=cache, store=store)
    return Ledger(store, executor, clock=clock, views=Views(store, clock=clock))


def asked_of(ledger: Ledger, batch: Sequence[Asked]) -> tuple[Outcome, ...]:
    """Ask for a batch together, and for one command by itself."""
    if len(batch) > 1:
        return ledger.execute_many(batch)
    try:
        return (ledger.execute(batch[0]),)
    except (StoreError, ContendedError):
        raise
    except LedgerError as refused:
        return (refused,)


def as_done(
    batch: Sequence[Asked], outcomes: Sequence[Outcome | None]
) -> tuple[tuple[Asked, Receipt], ...]:
    """Return what was carried out, in the order of the log.

    A command that was refused in a commit without an answer is decided once more, after
    all that came with it; what it was refused for then was never told.
    """
    done = [
        (one, outcome)
        for one, outcome in zip(batch, outcomes, strict=True)
        if isinstance(outcome, Receipt)
    ]
    return tuple(sorted(done, key=lambda each: each[1].position))
