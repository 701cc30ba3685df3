"""Each fault of a database has a class of its own, and nothing is half-written."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest

from loyaltyledger import (
    DamagedEventError,
    DamagedKeyError,
    DamagedStreamError,
    Ledger,
    LedgerError,
    NewerStoreError,
    NotMigratedError,
    StoreBusyError,
    StoreClosedError,
    StoreCorruptError,
    StoreFullError,
    StoreReadOnlyError,
    StoreUnavailableError,
    StoreUrlError,
    UnknownEventError,
    migrate,
)
from postgres_server import PostgresServer, fresh_database
from shop import Clock, Shop, basket, open_shop, programme, tables
from store.sample import in_child


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@contextlib.contextmanager
def shop_in(path: Path) -> Iterator[Shop]:
    with open_shop(url=f"sqlite:///{path}") as shop:
        shop.earn(100)
        yield shop


@contextlib.contextmanager
def opened_again(path: Path, busy_timeout_s: float = 30) -> Iterator[Shop]:
    clock = Clock()
    url = f"sqlite:///{path}"
    with Ledger.open(url, clock=clock, busy_timeout_s=busy_timeout_s) as ledger:
        yield Shop(ledger, clock)


def run(path: Path, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
        connection.commit()


GRANTED = "WHERE name = 'points-granted.v1'"


def test_an_event_of_an_unknown_name_is_named_with_its_place(path: Path) -> None:
    with shop_in(path):
        pass
    run(path, f"UPDATE ledger_event SET name = 'points-guessed.v9' {GRANTED}")

    with opened_again(path) as shop:
        before = tables(shop.ledger)
        for attempt in (shop.balance, lambda: shop.spend(1)):
            with pytest.raises(UnknownEventError) as refused:
                attempt()
            error = refused.value
            assert (error.name, error.version) == ("points-guessed.v9", 1)
            assert error.stream == "account:shop:member:ann:points"
        assert tables(shop.ledger) == before


@pytest.mark.parametrize(
    "payload",
    ["", "{", "[]", '{"entry_id": 5}', '{"at": "yesterday"}', "null", '{"at"'],
)
def test_a_damaged_event_is_named_with_its_place(path: Path, payload: str) -> None:
    with shop_in(path):
        pass
    quoted = payload.replace("'", "''")
    run(path, f"UPDATE ledger_event SET payload = '{quoted}' {GRANTED}")

    with opened_again(path) as shop:
        before = tables(shop.ledger)
        for attempt in (shop.balance, lambda: shop.spend(1)):
            with pytest.raises(DamagedEventError) as refused:
                attempt()
            error = refused.value
            assert (error.name, error.version) == ("points-granted.v1", 1)
            assert error.position > 0
            assert error.problem
        assert tables(shop.ledger) == before
        assert shop.balance("bob") == (0, 0, 0, 0), "the others are well"


def test_a_stored_number_of_points_that_cannot_be_is_damage(path: Path) -> None:
    with shop_in(path):
        pass
    change = """payload = replace(payload, '"points":100', '"points":-100')"""
    run(path, f"UPDATE ledger_event SET {change} {GRANTED}")

    with opened_again(path) as shop, pytest.raises(DamagedEventError):
        shop.balance()


@pytest.mark.parametrize(
    "change",
    [
        "first_event = 9223372036854775807",
        "first_event = first_event + 100",
        "events = events + 1000",
        "events = 0",
    ],
)
def test_a_key_whose_events_are_not_there_is_damage(path: Path, change: str) -> None:
    with shop_in(path) as shop:
        shop.ledger.enrol(key="enrol dan", programme_id="shop", member_id="dan")
    run(path, f"UPDATE ledger_command SET {change} WHERE key = 'enrol dan'")

    with opened_again(path) as shop:
        before = tables(shop.ledger)
        with pytest.raises(DamagedKeyError) as refused:
            shop.ledger.receipt("enrol dan")

        assert refused.value.key == "enrol dan"
        assert tables(shop.ledger) == before


def test_events_that_do_not_follow_from_each_other_are_damage(path: Path) -> None:
    with shop_in(path) as shop:
        shop.spend(1)
    change = """payload = replace(payload, '"lot_id":"', '"lot_id":"x')"""
    run(path, f"UPDATE ledger_event SET {change} WHERE name = 'points-taken.v1'")

    with opened_again(path) as shop:
        before = tables(shop.ledger)
        for attempt in (shop.balance, shop.lots, lambda: shop.spend(1)):
            with pytest.raises(DamagedStreamError) as refused:
                attempt()
            assert refused.value.stream == "account:shop:member:ann:points"
        assert tables(shop.ledger) == before
        assert shop.balance("bob") == (0, 0, 0, 0), "the others are well"


def test_a_database_of_a_newer_version_is_left_alone(path: Path) -> None:
    with shop_in(path):
        pass
    run(path, "UPDATE ledger_meta SET value = '99' WHERE name = 'schema_version'")
    before = path.read_bytes()

    with pytest.raises(NewerStoreError) as refused:
        Ledger.open(f"sqlite:///{path}")

    assert refused.value.found == 99
    assert path.read_bytes() == before


def test_a_folder_that_is_absent_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError):
        Ledger.open(f"sqlite:///{tmp_path}/nowhere/ledger.db")


def test_a_file_that_is_no_database_is_left_alone(path: Path) -> None:
    path.write_bytes(b"Dear diary" * 1000)

    with pytest.raises(StoreCorruptError):
        Ledger.open(f"sqlite:///{path}")

    assert path.read_bytes() == b"Dear diary" * 1000


@pytest.mark.parametrize("url", ["", "ledger.db", "mysql://localhost/shop", "sqlite:"])
def test_a_url_that_names_no_database_is_told(url: str) -> None:
    with pytest.raises(StoreUrlError) as refused:
        Ledger.open(url)

    assert refused.value.url == url


def test_a_read_only_file_can_be_read_and_not_written(open_folder: Path) -> None:
    path = open_folder / "ledger.db"
    with shop_in(path):
        pass
    path.chmod(0o444)

    def work() -> object:
        with opened_again(path) as shop:
            try:
                shop.spend(1)
            except StoreReadOnlyError:
                return shop.balance()
            return "written"

    assert in_child(work, as_nobody=True) == (100, 0, 0, 0)


def test_a_full_disk_refuses_and_keeps_what_was_told(path: Path) -> None:
    with shop_in(path) as shop:
        engine = shop.ledger.store._engine
        shop.balance()
        connection = engine._pool._idle[0]  # type: ignore[attr-defined]  # of SQLite
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")

        told = earn_until_it_fails(shop, StoreFullError)

        assert shop.balance() == (100 + told, 0, 0, 0)
        assert shop.ledger.receipt(f"gift {told}") is None
        connection.execute("PRAGMA max_page_count = 1000000")
        shop.earn(1, reason="x" * 900, key=f"gift {told}")
        assert shop.balance() == (101 + told, 0, 0, 0)


def earn_until_it_fails(shop: Shop, error: type[LedgerError]) -> int:
    for number in range(10_000):
        try:
            shop.earn(1, reason="x" * 900, key=f"gift {number}")
        except error:
            return number
    raise AssertionError("there was room for everything")


def test_a_closed_ledger_says_so(path: Path) -> None:
    with shop_in(path) as shop:
        pass

    with pytest.raises(StoreClosedError):
        shop.spend(1)


def test_a_writer_that_never_ends_is_waited_for_no_longer_than_asked(
    path: Path,
) -> None:
    with shop_in(path):
        pass
    other = sqlite3.connect(path, isolation_level=None)
    with (
        contextlib.closing(other),
        opened_again(path, busy_timeout_s=0.05) as shop,
    ):
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(StoreBusyError):
            shop.spend(1, key="order")

        assert shop.balance() == (100, 0, 0, 0), "reading goes on"
        other.execute("ROLLBACK")
        shop.spend(1, key="order")
        assert shop.balance() == (99, 0, 0, 0)


def test_a_postgresql_without_tables_says_how_to_make_them(postgres_url: str) -> None:
    with pytest.raises(NotMigratedError, match="loyaltyledger migrate"):
        Ledger.open(postgres_url)


def test_a_postgresql_of_a_newer_version_is_left_alone(postgres_url: str) -> None:
    migrate(postgres_url)
    with psycopg.connect(postgres_url) as connection:
        connection.execute(
            "UPDATE loyaltyledger.ledger_meta SET value = '99' "
            "WHERE name = 'schema_version'"
        )

    with pytest.raises(NewerStoreError):
        Ledger.open(postgres_url)


def test_a_postgresql_that_is_not_there_is_told() -> None:
    with pytest.raises(StoreUnavailableError):
        Ledger.open("postgresql://nobody@127.0.0.1:1/nothing")


def test_a_postgresql_that_goes_and_comes_back_has_lost_nothing(
    durable_postgres: PostgresServer,
) -> None:
    with fresh_database(durable_postgres) as name:
        url = durable_postgres.url(name)
        with open_shop(url=url) as shop:
            shop.earn(100)
            durable_postgres.kill()

            with pytest.raises(StoreUnavailableError):
                shop.spend(1, key="order")

            durable_postgres.start()
            shop.spend(1, key="order")
            assert shop.balance() == (99, 0, 0, 0)


def test_a_lot_of_ids_of_full_length_in_any_script_is_kept(store_url: str) -> None:
    random = Random(1)
    long = "".join(chr(random.randrange(0x20000, 0x2A000)) for _ in range(200))
    with open_shop(url=store_url, members=()) as shop:
        shop.ledger.define(key="long", programme=programme(programme_id=long))
        whose: dict[str, Any] = {"programme_id": long, "member_id": long}
        shop.do("enrol", **whose)
        shop.do("record_purchase", **whose, purchase_id=long, basket=basket("5.00"))
        shop.do("return_purchase", programme_id=long, purchase_id=long, return_id=long)
        found = shop.ledger.balance(**whose, point_type="points")

    assert found.outstanding == 0
