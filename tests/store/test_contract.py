"""Our engines keep the contract of a store."""

from collections.abc import Callable, Mapping
from datetime import datetime

import pytest

from loyaltyledger.store import Store, VersionConflictError
from loyaltyledger.testing import OpenStore, SharedStoreContract, StoreContract
from store.sample import opened, points_of, put, write


def opener(url: str) -> OpenStore:
    def open_store(
        *, names: Mapping[str, type], clock: Callable[[], datetime]
    ) -> Store:
        return opened(url, names=names, clock=clock)

    return open_store


class TestMemory(StoreContract):
    @pytest.fixture
    def open_store(self) -> OpenStore:
        return opener("memory:")


class TestSqlite(SharedStoreContract):
    @pytest.fixture
    def open_store(self, sqlite_url: str) -> OpenStore:
        return opener(sqlite_url)


class TestPostgres(SharedStoreContract):
    @pytest.fixture
    def open_store(self, postgres_url: str) -> OpenStore:
        return opener(postgres_url)


def test_an_append_that_fails_half_way_leaves_nothing(store: Store) -> None:
    write(store, "k1", "a:1", 1)

    with store.transaction() as transaction:
        # The stream says that it is empty, so only the last statement fails.
        transaction._session.run("UPDATE {stream} SET version = 0")
        with pytest.raises(VersionConflictError):
            put(transaction, "k2", "a:1", 0, 2)

        assert transaction.key("k2") is None
        assert transaction.version("a:1") == 0
    assert points_of(store.log()) == [1]
