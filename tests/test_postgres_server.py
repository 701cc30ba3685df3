"""The throw-away PostgreSQL is ours alone, survives a crash, and goes when we go."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from postgres_server import (
    GivenServer,
    PostgresServer,
    Server,
    find_binaries,
    fresh_database,
    running_postgres,
)

DIES_WITHOUT_GOODBYE = """
import os
from postgres_server import running_postgres

with running_postgres(durable=False, wheel_only=False) as server:
    print(server.folder, server._process.pid, flush=True)
    os.kill(os.getpid(), 9)
"""


def test_each_test_gets_an_empty_database_by_socket_and_by_tcp(
    postgres_url: str, postgres_tcp_url: str
) -> None:
    with psycopg.connect(postgres_url) as by_socket:
        there = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        assert by_socket.execute(there).fetchone() == (0,)
        by_socket.execute("CREATE TABLE told (word text)")

    with psycopg.connect(postgres_tcp_url) as by_tcp:
        assert by_tcp.execute("SELECT count(*) FROM told").fetchone() == (0,)


def test_a_database_is_dropped_while_somebody_is_still_in_it(
    postgres_server: Server,
) -> None:
    with fresh_database(postgres_server) as name:
        left_open = psycopg.connect(postgres_server.url(name))

    with pytest.raises(psycopg.OperationalError):
        left_open.execute("SELECT 1")
    left_open.close()


def test_what_was_acknowledged_is_there_after_a_crash(
    durable_postgres: PostgresServer,
) -> None:
    with psycopg.connect(durable_postgres.url("postgres"), autocommit=True) as writer:
        assert writer.execute("SHOW fsync").fetchone() == ("on",)
        writer.execute("CREATE TABLE kept (n int)")
        writer.execute("INSERT INTO kept VALUES (1)")

        durable_postgres.kill()
        durable_postgres.start()

    with psycopg.connect(durable_postgres.url("postgres")) as reader:
        assert reader.execute("SELECT n FROM kept").fetchall() == [(1,)]


def test_a_stranger_cannot_come_in_by_tcp_without_the_password(
    durable_postgres: PostgresServer,
) -> None:
    port = durable_postgres.port

    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"host=127.0.0.1 port={port} user=postgres passfile=/dev/null")


def test_starts_from_the_wheel_too() -> None:
    assert find_binaries(wheel_only=True).origin == "wheel"

    with running_postgres(durable=False, wheel_only=True) as server:
        psycopg.connect(server.tcp_url("postgres")).close()

    assert not server.folder.exists()


def test_goes_when_its_test_run_dies() -> None:
    died = subprocess.run(
        [sys.executable, "-c", DIES_WITHOUT_GOODBYE],
        cwd=Path(__file__).parent,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    folder, process_id = died.stdout.split()

    assert died.returncode == -9
    give_up = time.monotonic() + 30
    while Path(folder).exists() or _is_running(int(process_id)):
        assert time.monotonic() < give_up, "the server outlived its test run"
        time.sleep(0.1)


def _is_running(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process_id}/stat")
    return not status.exists() or ") Z " not in status.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("postgresql://me:a%40b@db:6/x", "postgresql://me:a%40b@db:6/fresh"),
        (
            "postgresql://me@db/x?sslmode=disable",
            "postgresql://me@db/fresh?sslmode=disable",
        ),
        (
            "host=/run/pg user=me dbname=x",
            "postgresql://me@/fresh?host=%2Frun%2Fpg",
        ),
    ],
)
def test_a_given_server_keeps_all_but_the_database(given: str, expected: str) -> None:
    assert GivenServer(given=given).url("fresh") == expected
