"""A shop with two members, in memory."""

from collections.abc import Iterator

import pytest

from shop import Shop, open_shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as shop:
        yield shop
