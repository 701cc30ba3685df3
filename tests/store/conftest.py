"""A ledger on each engine."""

from collections.abc import Iterator

import pytest

from loyaltyledger.store import Store
from store.sample import opened


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    store = opened(store_url)
    yield store
    store.close()
