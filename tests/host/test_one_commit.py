"""The host's order and the points become durable together, or not at all."""

import contextlib
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import attrs
import psycopg
import pytest

from host.hosts import (
    KINDS,
    Host,
    host_of,
    make_orders_table,
    order,
    orders,
)
from loyaltyledger import (
    ContendedError,
    HostConnectionError,
    InsufficientPointsError,
    Ledger,
    Receipt,
    Spend,
    TransactionRequiredError,
)
from shop import Shop, open_shop, tables


@attrs.frozen
class Till:
    """A shop, and a till of the host's that is in a transaction of its own."""

    shop: Shop
    host: Host
    inside: Shop
    url: str


@pytest.fixture
def shop(shared_url: str) -> Iterator[Shop]:
    with open_shop(url=shared_url) as shop:
        make_orders_table(shared_url)
        shop.earn(100)
        yield shop


@pytest.fixture(params=KINDS)
def till(request: pytest.FixtureRequest, shared_url: str, shop: Shop) -> Iterator[Till]:
    with host_of(request.param, shared_url) as host:
        inside = attrs.evolve(shop, ledger=shop.ledger.within(host))
        yield Till(shop, host, inside, shared_url)


def test_both_are_there_after_the_hosts_commit(till: Till) -> None:
    order(till.host, 1)
    till.inside.spend(60)
    till.host.commit()

    assert orders(till.url) == [1]
    assert till.shop.balance() == (40, 0, 0, 0)


def test_neither_is_there_after_the_hosts_rollback(till: Till) -> None:
    before = tables(till.shop.ledger)

    order(till.host, 1)
    till.inside.spend(60)
    till.host.rollback()

    assert orders(till.url) == []
    assert till.shop.balance() == (100, 0, 0, 0)
    after = tables(till.shop.ledger)
    assert {n: rows for n, rows in after.items() if n != "sqlite_sequence"} == {
        n: rows for n, rows in before.items() if n != "sqlite_sequence"
    }


def test_points_first_and_the_order_after_are_one_commit_too(till: Till) -> None:
    till.inside.buy("p", "25.00")
    order(till.host, 1)
    till.host.commit()

    assert orders(till.url) == [1]
    assert till.shop.balance() == (125, 0, 0, 0)


def test_a_refusal_leaves_the_hosts_transaction_usable(till: Till) -> None:
    order(till.host, 1)
    with pytest.raises(InsufficientPointsError):
        till.inside.spend(101)
    till.inside.spend(100)
    order(till.host, 2)
    till.host.commit()

    assert orders(till.url) == [1, 2]
    assert till.shop.balance() == (0, 0, 0, 0)


def test_reading_inside_sees_what_was_written_inside(till: Till) -> None:
    till.inside.spend(60)

    assert till.inside.balance() == (40, 0, 0, 0)
    assert till.inside.lots()[0][1] == 40
    assert till.shop.balance() == (100, 0, 0, 0), "not committed yet"
    till.host.rollback()


def test_several_commands_inside_build_on_each_other(till: Till) -> None:
    till.inside.hold(80, "cart")
    till.inside.points("capture", hold_id="cart")
    with pytest.raises(InsufficientPointsError):
        till.inside.spend(21)
    till.host.commit()

    assert till.shop.balance() == (20, 0, 0, 0)


def test_what_was_rolled_back_is_forgotten_everywhere(till: Till) -> None:
    till.shop.balance()  # so that the state is remembered
    till.inside.spend(100)
    till.host.rollback()

    till.shop.spend(100)
    till.inside.earn(7)
    till.host.commit()

    assert till.shop.balance() == till.inside.balance() == (7, 0, 0, 0)


def test_what_was_committed_inside_is_known_outside(till: Till) -> None:
    till.shop.balance()
    till.inside.spend(100)
    till.host.commit()

    with pytest.raises(InsufficientPointsError):
        till.shop.spend(1)


def test_a_key_counts_once_inside_and_after(till: Till) -> None:
    first = till.inside.spend(60, key="order")
    again = till.inside.spend(60, key="order")
    till.host.commit()

    assert first == again
    assert till.shop.spend(60, key="order") == first
    assert till.inside.spend(60, key="order") == first
    assert till.shop.balance() == (40, 0, 0, 0)
    till.host.rollback()


def test_a_key_that_was_rolled_back_is_free_again(till: Till) -> None:
    till.inside.spend(60, key="order")
    till.host.rollback()

    assert till.shop.ledger.receipt("order") is None
    assert till.shop.spend(50, key="order").spent == 50


def test_a_key_used_before_is_known_inside(till: Till) -> None:
    first = till.shop.spend(60, key="order")

    assert till.inside.spend(60, key="order") == first
    assert till.inside.ledger.receipt("order") == first
    till.host.rollback()


def test_many_commands_inside_are_one_commit_of_the_hosts(till: Till) -> None:
    def spend(key: str, points: int) -> Spend:
        return Spend(
            key=key,
            programme_id="shop",
            member_id="ann",
            point_type="points",
            points=points,
        )

    first, refused, last = till.inside.ledger.execute_many(
        [spend("a", 60), spend("b", 60), spend("c", 40)]
    )
    till.host.commit()

    assert isinstance(first, Receipt)
    assert isinstance(refused, InsufficientPointsError)
    assert isinstance(last, Receipt)
    assert till.shop.balance() == (0, 0, 0, 0)


def test_the_connection_of_another_database_is_refused(
    till: Till, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other") / "other.db"
    with contextlib.closing(sqlite3.connect(other)) as connection:
        inside = till.shop.ledger.within(connection)

        with pytest.raises(HostConnectionError):
            attrs.evolve(till.shop, ledger=inside).spend(1)


def test_a_connection_that_commits_every_statement_is_refused(
    shop: Shop, shared_url: str
) -> None:
    with host_of("driver", shared_url) as host:
        if isinstance(host, sqlite3.Connection):
            host.isolation_level = None
        else:
            host.autocommit = True  # type: ignore[attr-defined]  # of psycopg

        with pytest.raises(TransactionRequiredError):
            attrs.evolve(shop, ledger=shop.ledger.within(host)).spend(1)

    assert shop.balance() == (100, 0, 0, 0)


def test_a_picture_that_is_too_old_to_decide_on_is_told(postgres_url: str) -> None:
    with (
        open_shop(url=postgres_url) as shop,
        psycopg.connect(postgres_url) as host,
    ):
        shop.earn(100)
        host.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        inside = attrs.evolve(shop, ledger=shop.ledger.within(host))
        assert inside.balance() == (100, 0, 0, 0)
        shop.spend(100)

        with pytest.raises(ContendedError) as refused:
            inside.spend(100)

        assert refused.value.attempts == 1
        host.rollback()
        assert shop.balance() == (0, 0, 0, 0)


def test_the_ledger_inside_is_a_ledger() -> None:
    with open_shop() as shop, contextlib.closing(sqlite3.connect(":memory:")) as other:
        inside = shop.ledger.within(other)

        assert isinstance(inside, Ledger)
        with pytest.raises(HostConnectionError):
            inside.receipt("k")


def test_the_ledger_inside_ends_and_the_shops_stays_open(till: Till) -> None:
    with till.inside.ledger as inside:
        attrs.evolve(till.shop, ledger=inside).spend(1)
    till.inside.ledger.close()
    till.host.commit()

    assert till.shop.balance() == (99, 0, 0, 0)


def test_says_why_a_connection_cannot_be_used(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    closed = sqlite3.connect(path)
    closed.close()
    with ThreadPoolExecutor(1) as thread, open_shop(url=f"sqlite:///{path}") as shop:
        foreign = thread.submit(sqlite3.connect, path).result()

        for connection, said in ((closed, "closed"), (foreign, "same thread")):
            inside = attrs.evolve(shop, ledger=shop.ledger.within(connection))
            with pytest.raises(HostConnectionError, match=said):
                inside.earn(1)
        thread.submit(foreign.close).result()
