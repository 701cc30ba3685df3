"""A shop for the command line."""

from pathlib import Path

import pytest

from cli.shop import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(folder=tmp_path)


@pytest.fixture
def filled(shop: Shop) -> Shop:
    result = shop.take_in()
    assert result.exit_code == 0, result.stderr
    return shop
