"""PostgreSQL in trouble: a clear error, and nothing lost once it is well again."""

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from loyaltyledger import (
    Ledger,
    StoreBusyError,
    StoreFullError,
    StoreReadOnlyError,
    StoreUnavailableError,
    migrate,
)
from postgres_server import PostgresServer
from shop import Clock
from survival.faults_shop import (
    SETUP,
    VISIT,
    Struggle,
    check_once,
    check_sound,
    log_of,
    reopened,
)

LONG = os.environ.get("LOYALTYLEDGER_SURVIVAL") == "long"
TERMINATED = 300 if LONG else 30

pytestmark = pytest.mark.timeout(1200 if LONG else 300)


@pytest.fixture
def url(postgres_url: str) -> str:
    migrate(postgres_url)
    with reopened(postgres_url) as ledger:
        Struggle().carry_out(ledger, range(SETUP))
    return postgres_url


@contextmanager
def admin_of(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def check_recovered(url: str, struggle: Struggle) -> None:
    """What was acknowledged is there once; what was not can be done now."""
    with reopened(url) as ledger:
        check_once(ledger, struggle.acknowledged, ())
        again = Struggle()
        again.carry_out(ledger, range(SETUP + VISIT))
        assert not again.errors
        check_sound(ledger)


def test_sessions_that_are_terminated_lose_nothing(url: str) -> None:
    """At random moments, while four threads sell."""
    random, stop = Random(6), threading.Event()
    struggles = [Struggle() for _ in range(4)]

    def sell(ledger: Ledger, first: int) -> None:
        visits = range(first, 10_000, len(struggles))
        for number in visits:
            if stop.is_set():
                return
            begin = SETUP + VISIT * number
            struggles[first].carry_out(ledger, range(begin, begin + VISIT), tries=50)

    with reopened(url) as ledger, admin_of(url) as admin:
        sellers = [
            threading.Thread(target=sell, args=(ledger, number))
            for number in range(len(struggles))
        ]
        for seller in sellers:
            seller.start()
        for _ in range(TERMINATED):
            time.sleep(random.uniform(0, 0.05))
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid() "
                "ORDER BY random() LIMIT 1"
            )
        stop.set()
        for seller in sellers:
            seller.join()
        acknowledged = [key for one in struggles for key in one.acknowledged]
        check_once(ledger, acknowledged, ())
        check_sound(ledger)

    assert len(acknowledged) > TERMINATED
    assert {kind for one in struggles for kind in one.kinds} <= {StoreUnavailableError}


def test_too_many_connections_are_told(url: str) -> None:
    if "//postgres@" not in url:
        pytest.skip("needs the superuser of a server of ours")
    struggle, till = Struggle(), url.replace("//postgres@", "//till@")
    with admin_of(url) as admin:
        admin.execute("CREATE ROLE till LOGIN")
        admin.execute("GRANT ALL ON SCHEMA loyaltyledger TO till")
        admin.execute("GRANT ALL ON ALL TABLES IN SCHEMA loyaltyledger TO till")
        admin.execute("ALTER ROLE till CONNECTION LIMIT 0")
        try:
            with pytest.raises(StoreUnavailableError) as refused, reopened(till):
                pass
            admin.execute("ALTER ROLE till CONNECTION LIMIT 5")
            with reopened(till) as ledger:
                struggle.carry_out(ledger, [SETUP])
        finally:
            admin.execute("DROP OWNED BY till; DROP ROLE till")
    assert "too many connections" in refused.value.problem
    assert not struggle.errors
    check_recovered(url, struggle)


def test_a_database_that_is_fenced_off_by_its_defaults_is_not_written(
    url: str, postgres_database: str
) -> None:
    struggle = Struggle()
    database = Identifier(postgres_database)
    fenced = SQL("ALTER DATABASE {} SET default_transaction_read_only = on")
    with admin_of(url) as admin:
        admin.execute(fenced.format(database))
        with reopened(url) as ledger:
            struggle.carry_out(ledger, [SETUP])
            assert len(log_of(ledger).keys) == SETUP
        free = SQL("ALTER DATABASE {} RESET default_transaction_read_only")
        with admin.transaction():
            admin.execute("SET TRANSACTION READ WRITE")
            admin.execute(free.format(database))
    assert struggle.kinds == {StoreReadOnlyError}
    check_recovered(url, struggle)


def test_a_statement_that_takes_too_long_is_told(url: str) -> None:
    struggle = Struggle()
    with (
        admin_of(url) as admin,
        Ledger.open(url, clock=Clock(), statement_timeout_s=0.2) as ledger,
    ):
        with admin.transaction():
            admin.execute("LOCK TABLE loyaltyledger.ledger_event")
            struggle.carry_out(ledger, [SETUP])
        struggle.carry_out(ledger, [SETUP])

    assert struggle.kinds == {StoreBusyError}
    check_recovered(url, struggle)


@pytest.fixture
def small_space(url: str, postgres_server: object) -> Iterator[Path]:
    """Move the log to a disk of 8 MB."""
    if not isinstance(postgres_server, PostgresServer) or not postgres_server.owner:
        pytest.skip("a small disk can only be mounted by root, for a server of ours")
    disk = postgres_server.folder / "small"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted")
    os.chown(disk, postgres_server.owner.pw_uid, postgres_server.owner.pw_gid)
    with admin_of(url) as admin:
        admin.execute(f"CREATE TABLESPACE small LOCATION '{disk}'")
        tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'loyaltyledger'"
        for (table,) in admin.execute(tables).fetchall():
            admin.execute(f"ALTER TABLE loyaltyledger.{table} SET TABLESPACE small")
    try:
        yield disk
    finally:
        with admin_of(url) as admin:
            for (table,) in admin.execute(tables).fetchall():
                admin.execute(f"DROP TABLE loyaltyledger.{table} CASCADE")
            admin.execute("CHECKPOINT")
            admin.execute("DROP TABLESPACE small")
        subprocess.run(["umount", str(disk)], check=True)
        disk.rmdir()


def test_a_full_disk_refuses_and_recovers(url: str, small_space: Path) -> None:
    struggle = Struggle()
    filler = small_space / "filler"
    with reopened(url) as ledger:
        found = os.statvfs(small_space)
        filler.write_bytes(bytes(found.f_bavail * found.f_frsize - 50_000))
        struggle.carry_out(ledger, range(SETUP, 5000))
        assert len(log_of(ledger).keys) == SETUP + len(struggle.acknowledged)
        filler.unlink()
        done = SETUP + len(struggle.acknowledged)
        struggle.carry_out(ledger, range(done, done + 20))

    assert struggle.kinds == {StoreFullError}
    check_recovered(url, struggle)
