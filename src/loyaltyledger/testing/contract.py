"""The contract of a store: put an engine to it by a subclass.

class TestMyEngine(StoreContract):
    @pytest.fixture
    def open_store(self, tmp_path):
        def opened(*, names, clock):
            engine = MyEngine(tmp_path / "ledger")
            engine.migrate()
            return Store(
                engine, codec=Codec(names), clock=clock, ledger_id=engine.open()
            )

        return opened
"""

from collections.abc import Iterator

import pytest

from ..store import Store
from .appending import Appending
from .events import NAMES, Clock, OpenStore
from .racing import Racing
from .reading import Looking
from .sharing import Sharing


class StoreContract(Appending, Looking, Racing):
    """What every engine does; `open_store` says how one is opened."""

    @pytest.fixture
    def open_store(self) -> OpenStore:
        """Return what opens a store on this test's own, empty database."""
        raise NotImplementedError

    @pytest.fixture
    def store(self, open_store: OpenStore) -> Iterator[Store]:
        store = open_store(names=NAMES, clock=Clock())
        yield store
        store.close()


class SharedStoreContract(StoreContract, Sharing):
    """What an engine does besides whose database outlives a store.

    `open_store` opens the same database each time within a test.
    """
