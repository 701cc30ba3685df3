"""For a long time: memory and latency stay flat, and nothing is left open.

LOYALTYLEDGER_SOAK_S says how long. Flatness needs minutes to be seen.
"""

import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, wait
from pathlib import Path
from statistics import median

import psycopg
import pytest

from loyaltyledger import Ledger, migrate
from postgres_server import PostgresServer, fresh_database
from survival.kills_loop import CONTEXT, set_up
from survival.kills_server import children, postmaster
from survival.scale import SOAK_S, TIMEOUT_S
from survival.soak import (
    SAMPLE_S,
    Post,
    Sample,
    Stretch,
    memory,
    samples,
    sell_on,
    stretches,
)

PROCESSES = 2
POOL_SIZE = 10
FLAT_FROM_S = 600
"""Before, the cache of states fills up."""
MEMORY_GROWTH_MAX = 1.15
SLOWER_MAX = 1.5
CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(TIMEOUT_S)]


def test_sqlite_for_a_long_time(sqlite_url: str, tmp_path: Path) -> None:
    set_up(sqlite_url)

    soak(sqlite_url, tmp_path, "SQLite")


def test_postgresql_for_a_long_time(
    durable_postgres: PostgresServer, tmp_path: Path
) -> None:
    with fresh_database(durable_postgres) as database:
        url = durable_postgres.url(database)
        migrate(url)
        set_up(url)

        server = soak(url, tmp_path, "PostgreSQL", durable_postgres)

        assert left_open(durable_postgres, database) == 0
        minutes = [round(median(part) / 2**20, 1) for part in parts(server)]
        sys.stdout.write(f"PostgreSQL: the server's memory in MiB: {minutes}\n")
        if SOAK_S >= 2 * FLAT_FROM_S:
            assert minutes[-1] <= minutes[len(minutes) // 2] * MEMORY_GROWTH_MAX


def soak(
    url: str, folder: Path, name: str, server: PostgresServer | None = None
) -> list[int]:
    """Let processes work; return what memory the server had, second by second."""
    start = time.monotonic()
    posts = [
        Post(
            name=f"p{number}",
            url=url,
            file=folder / f"p{number}",
            start=start,
            end=start + SOAK_S,
        )
        for number in range(PROCESSES)
    ]
    used = []
    with ProcessPoolExecutor(PROCESSES, mp_context=CONTEXT) as pool:
        working = [pool.submit(sell_on, post) for post in posts]
        while wait(working, timeout=SAMPLE_S).not_done:
            used.append(server_memory(server) if server else 0)
        assert all(one.result() for one in working)
    told = told_by([one for post in posts for one in samples(post.file)], name)

    assert max(one.files for one in told) <= told[0].files + POOL_SIZE
    with Ledger.open(url) as ledger:
        assert list(ledger.views.differences()) == []
    if SOAK_S >= 2 * FLAT_FROM_S:
        assert_flat([one for one in told if one.part * 60 >= FLAT_FROM_S])
    return used


def told_by(found: Sequence[Sample], name: str) -> list[Stretch]:
    told = stretches(found, min(60.0, SOAK_S / 5))
    for stretch in told:
        sys.stdout.write(f"{name}: {stretch}\n")
    return told


def parts(used: Sequence[int]) -> list[Sequence[int]]:
    """Divide what was sampled each second into minutes, or fifths."""
    size = max(1, min(60, len(used) // 5))
    return [used[begin : begin + size] for begin in range(0, len(used), size)]


def assert_flat(told: Sequence[Stretch]) -> None:
    """Compare the first and the last five minutes of those that count."""
    early, late = told[:5], told[-6:-1]
    for measure, most in (
        ("memory_mib", MEMORY_GROWTH_MAX),
        ("p50_ms", SLOWER_MAX),
        ("p99_ms", SLOWER_MAX),
    ):
        first = sorted(getattr(one, measure) for one in early)[2]
        last = sorted(getattr(one, measure) for one in late)[2]
        assert last <= first * most, (measure, first, last)


def left_open(server: PostgresServer, database: str) -> int:
    """Count connections; a backend takes a moment to go."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        give_up = time.monotonic() + 5
        while True:
            (count,) = admin.execute(CONNECTIONS, (database,)).fetchall()[0]
            if not count or time.monotonic() > give_up:
                return int(count)
            time.sleep(0.05)


def server_memory(server: PostgresServer) -> int:
    pids = [postmaster(server), *children(postmaster(server))]
    return sum(map(memory, pids))
