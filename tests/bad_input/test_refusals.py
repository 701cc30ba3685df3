"""What is refused says why, in fields, and leaves nothing behind."""

import copy
from typing import Any

import pytest

from bad_input.cases import CASES, Case
from loyaltyledger import Earn, InsufficientPointsError, Receipt, Spend
from shop import open_shop, tables

MULTI = [case for case in CASES if case.name.startswith(("transfer", "payment_with"))]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_refuses_and_writes_nothing(case: Case) -> None:
    with open_shop() as shop:
        attempt = case.lead(shop)
        before = tables(shop.ledger)

        with pytest.raises(case.error) as refused:
            attempt()

        assert type(refused.value) is case.error
        facts = refused.value.fields()
        assert {name: facts[name] for name in case.facts} == case.facts
        assert str(refused.value)
        assert str(copy.copy(refused.value)) == str(refused.value)
        assert tables(shop.ledger) == before


@pytest.mark.parametrize("case", MULTI, ids=lambda case: case.name)
def test_refuses_and_writes_nothing_on_every_engine(case: Case, store_url: str) -> None:
    with open_shop(url=store_url) as shop:
        attempt = case.lead(shop)
        before = tables(shop.ledger)

        with pytest.raises(case.error):
            attempt()

        assert tables(shop.ledger) == before


def test_a_refusal_does_not_use_up_its_key() -> None:
    with open_shop() as shop:
        shop.earn(10)
        with pytest.raises(Exception, match="11 points were asked for, 10 are free"):
            shop.spend(11, key="order")
        shop.earn(1)

        receipt = shop.spend(11, key="order")

        assert shop.ledger.receipt("order") == receipt
        assert shop.free() == 0


def test_one_refused_command_does_not_stop_the_others() -> None:
    whose: dict[str, Any] = {
        "programme_id": "shop",
        "member_id": "ann",
        "point_type": "points",
    }
    with open_shop() as shop:
        first, refused, last = shop.ledger.execute_many(
            [
                Earn(key="a", points=10, **whose),
                Spend(key="b", points=11, **whose),
                Spend(key="c", points=4, **whose),
            ]
        )

        assert isinstance(refused, InsufficientPointsError)
        assert isinstance(first, Receipt)
        assert isinstance(last, Receipt)
        assert shop.free() == 6
        assert shop.ledger.receipt("b") is None
