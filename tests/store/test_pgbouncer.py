"""Behind PgBouncer in transaction mode: each transaction may get another connection."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from loyaltyledger import Ledger, migrate
from shop import Clock, Shop, programme

MEMBERS = "ann", "bob", "eve"
EACH = 40
SETTINGS = """
[databases]
* = {server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 2
logfile = {folder}/log
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def pooled_url(postgres_url: str) -> Iterator[str]:
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("needs pgbouncer")
    given = conninfo_to_dict(postgres_url)
    name, port = given.pop("dbname"), free_port()
    server = " ".join(f"{key}={value}" for key, value in given.items())
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        file = Path(folder) / "pgbouncer.ini"
        text = SETTINGS.format(server=server, port=port, folder=folder)
        file.write_text(text, encoding="utf-8")
        user = ("-u", "nobody") if os.geteuid() == 0 else ()
        process = subprocess.Popen(
            [program, "-q", *user, file],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        url = f"postgresql://{given['user']}@127.0.0.1:{port}/{name}"
        try:
            wait_for(url)
            yield url
        finally:
            process.kill()
            process.wait()


def wait_for(url: str) -> None:
    for _ in range(200):
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError("pgbouncer did not start")


def test_a_ledger_that_prepares_nothing_works_behind_it(
    postgres_url: str, pooled_url: str
) -> None:
    migrate(postgres_url)
    clock = Clock()
    with Ledger.open(pooled_url, clock=clock, prepare_threshold=None) as ledger:
        shop = Shop(ledger, clock)
        shop.define(programme())
        shop.enrol(*MEMBERS)

        def earn(number: int) -> None:
            for member in MEMBERS:
                shop.earn(1, member, key=f"{member} {number}")

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(earn, range(EACH)))

        assert {shop.balance(member)[0] for member in MEMBERS} == {EACH}
        assert len(dict(ledger.balances(programme_id="shop"))) == len(MEMBERS)
        assert ledger.check().is_sound
        assert ledger.verify().is_sound


def test_no_statement_is_prepared_where_none_is_wanted(postgres_url: str) -> None:
    migrate(postgres_url)
    clock = Clock()
    with Ledger.open(postgres_url, clock=clock, prepare_threshold=None) as ledger:
        shop = Shop(ledger, clock)
        shop.define(programme())
        shop.enrol("ann")
        for _ in range(10):
            shop.earn(1)
            shop.balance()

        with ledger.store.reading() as reading:
            count = "SELECT count(*) FROM pg_prepared_statements"
            assert reading._session.rows(count) == [(0,)]
