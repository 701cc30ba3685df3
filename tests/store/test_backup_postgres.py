"""A ledger that is dumped and loaded elsewhere goes on; a broken index is found."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from loyaltyledger import Ledger, LogAheadError, migrate
from postgres_server import (
    PostgresServer,
    Server,
    fresh_database,
    running_postgres,
)
from shop import Clock, Shop, open_shop
from store.sample import opened, write

WHEEL_ONLY = os.environ.get("LOYALTYLEDGER_TEST_POSTGRES_FROM") == "wheel"
HAS_AMCHECK = "SELECT 1 FROM pg_available_extensions WHERE name = 'amcheck'"
AHEAD = 2000
"""How many transactions the first server is ahead of the second."""


def program(server: Server, name: str) -> str:
    if isinstance(server, PostgresServer):
        return str(server.binaries.folder / name)
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"needs {name}")
    return found


@pytest.fixture
def other_url() -> Iterator[str]:
    """An empty database on a server that counts from its own beginning."""
    with (
        running_postgres(durable=False, wheel_only=WHEEL_ONLY) as server,
        fresh_database(server) as name,
    ):
        yield server.url(name)


def dump_and_load(server: Server, url: str, other_url: str, folder: Path) -> None:
    file = folder / "ledger.dump"
    dump = program(server, "pg_dump"), "--format=custom", f"--file={file}", url
    load = program(server, "pg_restore"), "--no-owner", f"--dbname={other_url}", file
    for command in (dump, load):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def let_transactions_pass(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(AHEAD):
            connection.execute("SELECT pg_current_xact_id()")


def test_a_dump_goes_on_in_another_server_above_what_it_had(
    postgres_server: Server, postgres_url: str, other_url: str, tmp_path: Path
) -> None:
    let_transactions_pass(postgres_url)
    with open_shop(url=postgres_url) as shop:
        shop.earn(100, key="gift")
        assert dict(shop.ledger.balances(programme_id="shop"))
        receipt = shop.ledger.receipt("gift")
        positions = [each.position for each in shop.ledger.store.raw()]
        ledger_id = shop.ledger.store.ledger_id

    dump_and_load(postgres_server, postgres_url, other_url, tmp_path)

    with pytest.raises(LogAheadError, match="loyaltyledger migrate"):
        Ledger.open(other_url)
    assert migrate(other_url) == ("xid-offset",)
    assert migrate(other_url) == ()
    clock = Clock()
    with Ledger.open(other_url, clock=clock) as ledger:
        shop = Shop(ledger, clock)
        assert ledger.store.ledger_id == ledger_id
        assert shop.earn(100, key="gift") == receipt, "the key is known here too"
        shop.spend(30, key="voucher")
        head = ledger.store.head()
        assert [each.position for each in ledger.store.raw()] == [*positions, head]
        assert head > positions[-1]
        ((_, of_view),) = [
            (account, balance)
            for account, balance in ledger.balances(programme_id="shop")
            if "ann" in str(account)
        ]
        assert of_view.available == 70, "the views followed on"
        assert ledger.check().is_sound
        assert ledger.verify().is_sound


def test_a_dump_goes_on_in_another_database_of_the_same_server(
    postgres_server: Server, postgres_url: str, tmp_path: Path
) -> None:
    store = opened(postgres_url)
    write(store, "k1", "a:1", 1)
    store.close()

    with fresh_database(postgres_server) as name:
        other = postgres_server.url(name)
        dump_and_load(postgres_server, postgres_url, other, tmp_path)
        store = opened(other)
        (told,) = write(store, "k2", "a:1", 2)
        positions = [each.position for each in store.raw()]
        store.close()

    assert len(positions) == 2
    assert positions == sorted(positions)
    assert positions[-1] == told.position


def test_a_broken_index_is_found_where_amcheck_is_installed(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        if not admin.execute(HAS_AMCHECK).fetchone():
            pytest.skip("this PostgreSQL came without amcheck")
        store = opened(postgres_url)
        write(store, "k1", "a:1", 1)
        assert store.check().engine_check is None
        admin.execute("CREATE EXTENSION amcheck")
        sound = store.check()
        ready = (
            "UPDATE pg_index SET indisready = %s "
            "WHERE indexrelid = 'loyaltyledger.ledger_event_pkey'::regclass"
        )
        admin.execute(ready, (False,))
        store.close()
        store = opened(postgres_url)
        write(store, "k2", "a:1", 2)
        admin.execute(ready, (True,))

    broken = store.check()

    assert (sound.engine_check, sound.findings) == ("amcheck", ())
    assert any(
        finding.startswith("index loyaltyledger.ledger_event_pkey: heap tuple")
        for finding in broken.findings
    ), broken.findings
    store.close()
