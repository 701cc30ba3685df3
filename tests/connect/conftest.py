"""A shop with a till, on each engine or on the quickest."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connect.till import NOW, SHOP, Till
from loyaltyledger import Ledger, migrate


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Till]:
    with Ledger.open("memory:", clock=lambda: NOW) as ledger:
        ledger.define(key="define shop", programme=SHOP)
        yield Till(ledger=ledger, folder=tmp_path)


@pytest.fixture
def any_till(store_url: str, tmp_path: Path) -> Iterator[Till]:
    """Use the till on each engine."""
    if store_url.startswith("postgresql"):
        migrate(store_url)
    with Ledger.open(store_url, clock=lambda: NOW) as ledger:
        ledger.define(key="define shop", programme=SHOP)
        yield Till(ledger=ledger, folder=tmp_path)
