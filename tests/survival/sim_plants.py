"""Bugs to plant in the ledger, for the simulation to find."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from loyaltyledger import attempting, executing
from loyaltyledger.store import sqlite_write
from loyaltyledger.store import transaction as transactions
from loyaltyledger.store.sqlite import SqliteMemory

Plant = Callable[[pytest.MonkeyPatch], type[SqliteMemory]]
"""Plants a bug, and returns the kind of engine to run on."""


def key_not_looked_up(patch: pytest.MonkeyPatch) -> type[SqliteMemory]:
    """A commit without an answer is tried again as if it had not been."""
    patch.setattr(transactions.Transaction, "known_keys", lambda *_: frozenset())
    return SqliteMemory


def cache_never_brought_up_to_date(patch: pytest.MonkeyPatch) -> type[SqliteMemory]:
    """What other clients did since is not read, nor looked at again."""
    sound = attempting.loaded

    def stale(reading: Any, stream: str, cached: Any) -> Any:
        return cached or sound(reading, stream, cached)

    patch.setattr(attempting, "loaded", stale)
    patch.setattr(executing, "loaded", stale)
    patch.setattr(transactions.Transaction, "recheck", lambda *_: None)
    return SqliteMemory


def clock_believed(patch: pytest.MonkeyPatch) -> type[SqliteMemory]:
    """What is written later is dated earlier when the clock steps back."""
    last_id, _ = sqlite_write.LAST.split(", (")
    sound = sqlite_write._checked
    patch.setattr(sqlite_write, "LAST", f"{last_id}, NULL")
    patch.setattr(sqlite_write, "_checked", lambda *asked: (sound(*asked)[0], []))
    return SqliteMemory


def half_a_batch_committed(_patch: pytest.MonkeyPatch) -> type[SqliteMemory]:
    """A transaction that fails keeps what it had done by then."""

    class Careless(SqliteMemory):
        @contextlib.contextmanager
        def writing(self) -> Iterator[Any]:
            with self._session() as session:
                session.run("BEGIN IMMEDIATE")
                try:
                    yield session
                finally:
                    session.commit()

    return Careless


PLANTS: tuple[Plant, ...] = (
    key_not_looked_up,
    cache_never_brought_up_to_date,
    clock_believed,
    half_a_batch_committed,
)
