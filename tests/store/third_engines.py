"""Engines of somebody else, for the contract to judge; run by test_contract_judges.

The sound one is a wrapper that only hands on. Each other one is a memory engine with a
fault planted in its database, below all of our code.
"""

import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pytest

from loyaltyledger.store import Codec, Store
from loyaltyledger.store.sqlite import SqliteMemory
from loyaltyledger.testing import OpenStore, StoreContract


class Wrapper:
    """An engine that hands everything on to another."""

    def __init__(self, inner: SqliteMemory) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def opener(fault: str) -> OpenStore:
    def open_store(
        *, names: Mapping[str, type], clock: Callable[[], datetime]
    ) -> Store:
        memory = SqliteMemory()
        ledger_id = memory.open()
        connection: sqlite3.Connection = memory.connect_views()
        connection.executescript(fault)
        engine: Any = Wrapper(memory)
        return Store(engine, codec=Codec(names), clock=clock, ledger_id=ledger_id)

    return open_store


class TestSound(StoreContract):
    @pytest.fixture
    def open_store(self) -> OpenStore:
        return opener("")


class TestLosesAnUpdate(StoreContract):
    """Says that a stream has moved on, and leaves it where it was."""

    @pytest.fixture
    def open_store(self) -> OpenStore:
        return opener("""
            CREATE TRIGGER fault AFTER UPDATE OF version ON ledger_stream BEGIN
                UPDATE ledger_stream SET version = OLD.version WHERE id = NEW.id;
            END
        """)


class TestSkipsAnEvent(StoreContract):
    """Loses each fourth event."""

    @pytest.fixture
    def open_store(self) -> OpenStore:
        return opener("""
            CREATE TRIGGER fault AFTER INSERT ON ledger_event
            WHEN NEW.id % 4 = 0 BEGIN
                DELETE FROM ledger_event WHERE id = NEW.id;
            END
        """)


class TestDropsAKey(StoreContract):
    """Forgets what was done under the first key of each database."""

    @pytest.fixture
    def open_store(self) -> OpenStore:
        return opener("""
            CREATE TRIGGER fault AFTER INSERT ON ledger_command
            WHEN NEW.first_event = 1 BEGIN
                DELETE FROM ledger_command WHERE key = NEW.key;
            END
        """)


class TestTurnsTheClockBack(StoreContract):
    """Forgets when it last wrote."""

    @pytest.fixture
    def open_store(self) -> OpenStore:
        return opener("""
            CREATE TRIGGER fault_1 AFTER INSERT ON ledger_event BEGIN
                UPDATE ledger_event SET recorded_at = at WHERE id = NEW.id;
            END;
            CREATE TRIGGER fault_2 AFTER UPDATE ON ledger_stream BEGIN
                UPDATE ledger_stream SET recorded_at = 0 WHERE id = NEW.id;
            END
        """)


class TestSwapsPayloads(StoreContract):
    """Gives each event what the one before it said."""

    @pytest.fixture
    def open_store(self) -> OpenStore:
        return opener("""
            CREATE TRIGGER fault AFTER INSERT ON ledger_event
            WHEN NEW.version > 1 BEGIN
                UPDATE ledger_event SET payload = (
                    SELECT payload FROM ledger_event
                    WHERE stream = NEW.stream AND version = NEW.version - 1
                ) WHERE id = NEW.id;
            END
        """)
