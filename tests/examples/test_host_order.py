"""The example host: its order and its points stay together, or go together."""

import importlib.util
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import Engine

from loyaltyledger import Ledger

EXAMPLE = Path(__file__).parents[2] / "examples" / "host_order" / "shop.py"


@pytest.fixture
def shop() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("host_order_shop", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def url(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def engine(shop: ModuleType, url: str) -> Iterator[Engine]:
    engine: Engine = shop.engine_for(url)
    yield engine
    engine.dispose()


@pytest.fixture
def ledger(shop: ModuleType, url: str, engine: Engine) -> Iterator[Ledger]:
    with shop.set_up(url, engine) as ledger:
        ledger.enrol(key="enrol", programme_id="web-shop", member_id="ann")
        yield ledger


def test_order_and_points_are_committed_together(
    shop: ModuleType, engine: Engine, ledger: Ledger
) -> None:
    order = {"order_id": "1", "member_id": "ann", "price": Decimal("35.50")}

    receipt = shop.place_order(engine, ledger, **order)

    assert receipt.earned == 35
    assert (shop.orders(engine), shop.points(ledger, "ann")) == (1, 35)


def test_order_and_points_are_rolled_back_together(
    shop: ModuleType, engine: Engine, ledger: Ledger
) -> None:
    order = {"order_id": "1", "member_id": "ann", "price": Decimal("35.50")}

    with pytest.raises(shop.CardDeclinedError):
        shop.place_order(engine, ledger, is_card_good=False, **order)

    assert (shop.orders(engine), shop.points(ledger, "ann")) == (0, 0)
    assert ledger.receipt("order 1") is None
    assert dict(ledger.balances(programme_id="web-shop")) == {}


def test_the_example_says_what_its_readme_says(
    shop: ModuleType, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.main(url)

    said = capsys.readouterr().out
    assert said in (EXAMPLE.parent / "README.md").read_text(encoding="utf-8")
