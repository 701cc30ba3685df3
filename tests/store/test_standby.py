"""A standby answers questions, and goes on where the primary stopped."""

import contextlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import attrs
import psycopg
import pytest

from loyaltyledger import Ledger, StoreReadOnlyError
from postgres_server import PostgresServer
from shop import Clock, Shop, open_shop

WAIT_S = 60


@attrs.frozen(kw_only=True)
class Pair:
    """A primary whose commits wait until the standby has them too."""

    primary: PostgresServer
    folder: Path

    @property
    def primary_url(self) -> str:
        return self.primary.url("postgres")

    @property
    def standby_url(self) -> str:
        where = f"host={self.folder}&port={self.primary.port}"
        return f"postgresql://postgres@/postgres?{where}"


def wait_for(url: str) -> None:
    give_up = time.monotonic() + WAIT_S
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            assert time.monotonic() < give_up, "the standby did not start"
            time.sleep(0.05)
        else:
            return


@pytest.fixture
def pair(durable_postgres: PostgresServer) -> Iterator[Pair]:
    pair = Pair(primary=durable_postgres, folder=durable_postgres.folder / "standby")
    with standby_of(pair):
        with psycopg.connect(pair.primary_url, autocommit=True) as admin:
            admin.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            admin.execute("ALTER SYSTEM SET synchronous_commit = remote_apply")
            admin.execute("SELECT pg_reload_conf()")
        yield pair


@contextlib.contextmanager
def standby_of(pair: Pair) -> Iterator[None]:
    primary, port = pair.primary, str(pair.primary.port)
    copied = primary._run(
        *("pg_basebackup", "-h", str(primary.folder), "-p", port, "-U", "postgres"),
        *("-D", str(pair.folder), "-R", "-X", "stream", "--checkpoint=fast"),
    )
    assert copied.wait(WAIT_S) == 0, primary.log()[-2000:]
    process = primary._run(
        *("postgres", "-D", str(pair.folder), "-k", str(pair.folder), "-p", port),
        *("-h", "", "-c", "max_connections=200"),
    )
    try:
        wait_for(pair.standby_url)
        yield
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def test_a_standby_answers_and_takes_no_writes(pair: Pair) -> None:
    with open_shop(url=pair.primary_url) as shop:
        shop.earn(100)
        assert dict(shop.ledger.balances(programme_id="shop"))
        positions = [each.position for each in shop.ledger.store.raw()]

        with Ledger.open(pair.standby_url, clock=shop.clock) as ledger:
            there = Shop(ledger, shop.clock, shop.keys)
            assert [each.position for each in ledger.store.raw()] == positions
            assert there.balance() == (100, 0, 0, 0)
            assert dict(ledger.balances(programme_id="shop"))
            assert ledger.totals()
            assert ledger.check().is_sound
            assert ledger.verify().is_sound
            with pytest.raises(StoreReadOnlyError):
                there.earn(1)


def test_a_promoted_standby_goes_on_and_knows_the_keys(pair: Pair) -> None:
    with open_shop(url=pair.primary_url) as shop:
        receipts = [shop.earn(1, key=f"gift {number}") for number in range(20)]
    pair.primary.kill()
    with psycopg.connect(pair.standby_url, autocommit=True) as admin:
        admin.execute("SELECT pg_promote()")
        # Else it waits for a standby of its own.
        admin.execute("ALTER SYSTEM RESET synchronous_standby_names")
        admin.execute("SELECT pg_reload_conf()")

    clock = Clock()
    with Ledger.open(pair.standby_url, clock=clock) as ledger:
        shop = Shop(ledger, clock)
        again = [shop.earn(1, key=f"gift {number}") for number in range(20)]
        head = ledger.store.head()
        shop.earn(1, key="one more")

        assert again == receipts
        assert shop.balance() == (21, 0, 0, 0)
        assert ledger.store.head() > head
        assert ledger.verify().is_sound
