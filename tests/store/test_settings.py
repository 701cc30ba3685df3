"""What a host may choose when it opens a ledger, and what comes of it."""

import contextlib
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psycopg
import pytest

from loyaltyledger import Durability, InvalidInputError, Ledger
from loyaltyledger.store import (
    CommitUnknownError,
    StoreBusyError,
    StoreUnavailableError,
    sqlite_waiting,
)
from loyaltyledger.store.errors import StoreError
from loyaltyledger.store.sqlite_waiting import until_free
from postgres_server import PostgresServer
from shop import Clock, open_shop
from store.sample import opened, put, write

WRITERS = 4
WRITING_S = 3.0


@pytest.mark.parametrize(
    ("durability", "synchronous"), [(Durability.FULL, 2), (Durability.RELAXED, 1)]
)
def test_durability_is_how_a_file_is_synchronised(
    sqlite_url: str, durability: Durability, synchronous: int
) -> None:
    store = opened(sqlite_url, durability=durability)

    with store.transaction() as transaction:
        rows = transaction._session.rows("PRAGMA synchronous")

    assert rows == [(synchronous,)]
    views = store.connect_views()
    assert views.execute("PRAGMA synchronous").fetchone() == (synchronous,)
    views.close()
    store.close()


@pytest.mark.parametrize(
    ("durability", "synchronous"),
    [(Durability.FULL, "on"), (Durability.RELAXED, "off")],
)
def test_durability_is_when_a_server_answers_a_commit(
    postgres_url: str, durability: Durability, synchronous: str
) -> None:
    store = opened(postgres_url, durability=durability)

    with store.transaction() as transaction:
        rows = transaction._session.rows("SHOW synchronous_commit")

    assert rows == [(synchronous,)]
    store.close()


def test_time_outs_are_those_of_every_connection(postgres_url: str) -> None:
    store = opened(
        postgres_url, busy_timeout_s=2, statement_timeout_s=3.5, idle_timeout_s=60
    )
    wanted = {
        "lock_timeout": "2s",
        "statement_timeout": "3500ms",
        "idle_in_transaction_session_timeout": "1min",
    }

    with store.reading() as reading, store.connect_views() as views:
        for name, value in wanted.items():
            assert reading._session.rows(f"SHOW {name}") == [(value,)]
            assert views.execute(f"SHOW {name}").fetchone() == (value,)

    store.close()


def test_a_statement_that_takes_too_long_is_stopped(postgres_url: str) -> None:
    store = opened(postgres_url, statement_timeout_s=0.05)

    with pytest.raises(StoreBusyError), store.reading() as reading:
        reading._session.rows("SELECT pg_sleep(5)")

    assert write(store, "k", "a:1", 1)
    store.close()


def test_a_transaction_that_stands_idle_is_ended(postgres_url: str) -> None:
    store = opened(postgres_url, idle_timeout_s=0.05)

    def work() -> None:
        with store.transaction() as transaction:
            transaction.lock(["a:1"])
            time.sleep(0.5)
            transaction.version("a:1")

    with pytest.raises(StoreUnavailableError):
        work()

    assert write(store, "k", "a:1", 1)
    store.close()


def test_a_commit_after_the_server_ended_the_transaction_is_no_success(
    postgres_url: str,
) -> None:
    store = opened(postgres_url, idle_timeout_s=0.05)

    def work() -> None:
        with store.transaction() as transaction:
            put(transaction, "k", "a:1", 0, 1)
            time.sleep(0.5)

    with pytest.raises((StoreUnavailableError, CommitUnknownError)):
        work()

    assert store.log() == ()
    store.close()


def test_more_threads_than_connections_are_told_so(shared_url: str) -> None:
    store = opened(shared_url, pool_size=1, busy_timeout_s=0.1)

    with store.reading(), ThreadPoolExecutor(1) as pool:
        error = pool.submit(store.head).exception()

    assert isinstance(error, StoreBusyError)
    assert "all 1 connections were in use for 0.1 s" in str(error)
    assert store.head() == 0
    store.close()


def test_the_pool_never_has_more_connections_than_asked_for(postgres_url: str) -> None:
    store = opened(postgres_url, pool_size=3)
    with ThreadPoolExecutor(12) as pool:
        for number in range(60):
            pool.submit(write, store, f"k{number}", f"a:{number}", 1)

    with psycopg.connect(postgres_url) as admin:
        ours = "SELECT count(*) FROM pg_stat_activity WHERE datname = "
        ours += "current_database() AND application_name = 'loyaltyledger'"
        (count,) = admin.execute(ours).fetchone() or (0,)

    assert len(store.log()) == 60
    assert 1 <= count <= 3
    store.close()


def test_a_server_sees_the_name_that_the_url_gives(postgres_url: str) -> None:
    with_name = f"{postgres_url}{'&' if '?' in postgres_url else '?'}"
    store = opened(f"{with_name}application_name=till%207")

    with store.reading() as reading:
        assert reading._session.rows("SHOW application_name") == [("till 7",)]

    store.close()


def test_encryption_is_as_the_url_says(postgres_tcp_url: str) -> None:
    opened(postgres_tcp_url).close()

    # The server has none: who insists on it is not served in the clear.
    with pytest.raises(StoreUnavailableError, match="SSL"):
        opened(f"{postgres_tcp_url}?sslmode=require")


@pytest.fixture
def certified(durable_postgres: PostgresServer) -> Path:
    """Let the server encrypt, and return the certificate that it shows."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    folder = durable_postgres.folder / "data"
    made = subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
            *("-keyout", folder / "server.key", "-out", folder / "server.crt"),
            *("-subj", "/CN=shop", "-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        capture_output=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    (folder / "server.key").chmod(0o600)
    if durable_postgres.owner:
        for name in ("server.key", "server.crt"):
            shutil.chown(folder / name, durable_postgres.owner.pw_uid)
    admin = psycopg.connect(durable_postgres.url("postgres"), autocommit=True)
    with contextlib.closing(admin):
        try:
            admin.execute("ALTER SYSTEM SET ssl = on")
        except psycopg.errors.InvalidParameterValue:
            pytest.skip("this PostgreSQL was built without encryption")
        admin.execute("SELECT pg_reload_conf()")
    return folder / "server.crt"


def test_a_server_is_known_by_its_certificate(
    durable_postgres: PostgresServer, certified: Path, tmp_path: Path
) -> None:
    """The first connection may be before the server has read its new settings."""
    strict = f"{durable_postgres.tcp_url('postgres')}?sslmode=verify-full"
    for _ in range(100):
        with contextlib.suppress(StoreUnavailableError):
            opened(f"{strict}&sslrootcert={certified}").close()
            break
        time.sleep(0.05)

    store = opened(f"{strict}&sslrootcert={certified}")

    encrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    with store.reading() as reading:
        assert reading._session.rows(encrypted) == [(True,)]
    store.close()
    with pytest.raises(StoreUnavailableError, match="certificate"):
        # Nobody else vouches for it.
        opened(f"{strict}&sslrootcert={tmp_path / 'none.crt'}")


@pytest.mark.parametrize(
    "wrong",
    [
        {"busy_timeout_s": -1},
        {"busy_timeout_s": "soon"},
        {"busy_timeout_s": None},
        {"busy_timeout_s": float("nan")},
        {"busy_timeout_s": 10**400},
        {"schema": None},
        {"statement_timeout_s": float("inf")},
        {"statement_timeout_s": True},
        {"idle_timeout_s": 10**9},
        {"pool_size": 0},
        {"pool_size": 2.5},
        {"durability": "none"},
        {"prepare_threshold": -1},
    ],
)
def test_refuses_settings_that_cannot_be(
    sqlite_url: str, wrong: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        Ledger.open(sqlite_url, **wrong)

    assert [refused.value.field] == list(wrong)


# ── taking turns ────────────────────────────────────────────────────────────


def _write_all_the_time(url: str, number: int, gate: Any, told: Any) -> None:
    store = opened(url)
    gate.wait()
    end = time.monotonic() + WRITING_S
    longest, count = 0.0, 0
    while (now := time.monotonic()) < end:
        write(store, f"{number}/{count}", f"a:{number}", 1)
        count += 1
        longest = max(longest, time.monotonic() - now)
    store.close()
    told.put((count, longest))


def test_no_process_starves_among_busy_ones(sqlite_url: str) -> None:
    context = get_context("fork")
    gate, told = context.Barrier(WRITERS), context.Queue()
    opened(sqlite_url).close()
    writers = [
        context.Process(
            target=_write_all_the_time, args=(sqlite_url, number, gate, told)
        )
        for number in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    results = [told.get(timeout=60) for _ in writers]
    for writer in writers:
        writer.join()

    counts = [count for count, _ in results]
    assert min(counts) >= sum(counts) / WRITERS / 2, counts
    assert max(longest for _, longest in results) < WRITING_S / 2, results


def _earn_all_the_time(url: str, number: int, gate: Any) -> None:
    with Ledger.open(url, clock=Clock()) as ledger:
        gate.wait()
        for count in range(10**9):
            ledger.earn(
                key=f"{number}/{count}",
                programme_id="shop",
                member_id="ann",
                point_type="points",
                points=1,
            )


def test_views_are_brought_up_to_date_among_busy_writers(sqlite_url: str) -> None:
    context = get_context("fork")
    gate = context.Barrier(WRITERS)
    open_shop_once(sqlite_url)
    writers = [
        context.Process(target=_earn_all_the_time, args=(sqlite_url, number, gate))
        for number in range(WRITERS - 1)
    ]
    for writer in writers:
        writer.start()
    gate.wait()
    end = time.monotonic() + WRITING_S
    answers = 0
    with Ledger.open(sqlite_url, clock=Clock()) as ledger:
        while time.monotonic() < end:
            ledger.views.follow()
            answers += 1
    for writer in writers:
        writer.kill()
        writer.join()

    assert answers >= 5


def open_shop_once(url: str) -> None:
    with open_shop(url=url):
        pass


def busy() -> StoreBusyError:
    return StoreBusyError(database="x", problem="busy")


def test_waits_until_it_is_free() -> None:
    tries: list[float] = []

    def attempt() -> None:
        tries.append(time.monotonic())
        if tries[-1] - tries[0] < 0.1:
            raise busy()

    until_free(attempt, timeout_s=5)

    steps = [after - before for before, after in pairwise(tries)]
    assert tries[-1] - tries[0] < 1
    assert sum(steps[:5]) > sum(steps[-5:]), "who waits longer asks more often"


def test_waits_no_longer_than_told() -> None:
    began = time.monotonic()

    def attempt() -> None:
        raise busy()

    with pytest.raises(StoreBusyError):
        until_free(attempt, timeout_s=0.2)

    assert 0.2 <= time.monotonic() - began < 1


def test_any_other_error_comes_at_once() -> None:
    tries: list[int] = []

    def attempt() -> None:
        tries.append(1)
        raise StoreError

    with pytest.raises(StoreError):
        until_free(attempt, timeout_s=5)

    assert len(tries) == 1


def test_a_long_wait_asks_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    now = [0.0]

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", sleep)

    def attempt() -> None:
        raise busy()

    with pytest.raises(StoreBusyError):
        until_free(attempt, timeout_s=30)

    assert len(slept) < 40_000
    assert slept[-2] == sqlite_waiting.FIRST_S
