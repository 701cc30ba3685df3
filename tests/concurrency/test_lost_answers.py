"""A commit whose answer was lost is found again, and nothing is done twice."""

from collections.abc import Iterator

import attrs
import pytest

from loyaltyledger import Ledger
from shop import Clock, Shop, open_shop, tables
from store.proxy import WRITE, Proxy, proxy


@attrs.frozen
class Wire:
    """A shop that reaches its database through a wire that can be cut."""

    shop: Shop
    proxy: Proxy


@pytest.fixture
def wire(postgres_tcp_url: str) -> Iterator[Wire]:
    with open_shop(url=postgres_tcp_url) as shop:
        shop.earn(100)
    with proxy(postgres_tcp_url, WRITE) as made:
        clock = Clock()
        with Ledger.open(made.through(postgres_tcp_url), clock=clock) as ledger:
            yield Wire(Shop(ledger, clock), made)


def test_a_spend_whose_answer_was_lost_gives_its_receipt(wire: Wire) -> None:
    wire.proxy.cut_after.set()

    receipt = wire.shop.spend(60, key="order")

    assert wire.proxy.cuts == 1
    assert receipt.spent == 60
    assert wire.shop.ledger.receipt("order") == receipt
    assert wire.shop.spend(60, key="order") == receipt
    assert wire.shop.balance() == (40, 0, 0, 0)


def test_a_spend_that_never_arrived_is_done_again_once(wire: Wire) -> None:
    wire.proxy.cut_before.set()

    receipt = wire.shop.spend(60, key="order")

    assert wire.proxy.cuts == 1
    assert wire.shop.ledger.receipt("order") == receipt
    assert wire.shop.balance() == (40, 0, 0, 0)


def test_a_purchase_whose_answer_was_lost_is_recorded_once(wire: Wire) -> None:
    wire.proxy.cut_after.set()

    receipt = wire.shop.buy("p", "25.00", key="sale")

    assert wire.proxy.cuts == 1
    assert receipt.earned == 25
    assert wire.shop.balance() == (125, 0, 0, 0)
    assert len(tables(wire.shop.ledger)["ledger_command"]) == 5


def test_a_transfer_whose_answer_was_lost_moves_points_once(wire: Wire) -> None:
    wire.proxy.cut_after.set()

    wire.shop.points("transfer", to_member="bob", points=30)

    assert wire.proxy.cuts == 1
    assert wire.shop.balance("ann") == (70, 0, 0, 0)
    assert wire.shop.balance("bob") == (30, 0, 0, 0)
