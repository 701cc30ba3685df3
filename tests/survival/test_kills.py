"""Killed at random moments: nothing acknowledged is lost, nothing happens twice."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from loyaltyledger import Durability, migrate
from postgres_server import PostgresServer, fresh_database
from survival.kills_loop import Crew, Rounds, Strike, kill_some, report, set_up
from survival.kills_server import kill_a_backend, kill_everything, stop_at_once
from survival.scale import KILLS, TIMEOUT_S

KILLS_PER_LEDGER = 8

pytestmark = [pytest.mark.slow, pytest.mark.timeout(TIMEOUT_S)]


def run(rounds: Rounds, strikes: Iterator[Strike], kills: int) -> None:
    for left in reversed(range(kills)):
        verdict = rounds.go(next(strikes), thoroughly=not left)
        assert verdict.is_clean, verdict


def portions(kills: int) -> list[int]:
    """Divide kills among ledgers: accounts that are looked at again stay short."""
    whole, rest = divmod(kills, KILLS_PER_LEDGER)
    return [KILLS_PER_LEDGER] * whole + ([rest] if rest else [])


def test_processes_killed_on_one_sqlite_file(tmp_path: Path) -> None:
    random = Random(1)
    strikes = iter(lambda: kill_some(random), None)
    done = []
    for number, kills in enumerate(portions(KILLS)):
        folder = tmp_path / str(number)
        folder.mkdir()
        rounds = Rounds(
            url=f"sqlite:///{folder / 'ledger.db'}", folder=folder, random=random
        )
        set_up(rounds.url)
        done.append(rounds)
        run(rounds, strikes, kills)

    sys.stdout.write(report("SQLite", done) + "\n")


def test_processes_and_servers_killed_on_postgresql(
    durable_postgres: PostgresServer, tmp_path: Path
) -> None:
    random = Random(2)
    strikes = server_strikes(durable_postgres, random)
    done = []
    for number, kills in enumerate(portions(KILLS)):
        folder = tmp_path / str(number)
        folder.mkdir()
        with fresh_database(durable_postgres) as database:
            url = durable_postgres.url(database)
            migrate(url)
            set_up(url)
            rounds = Rounds(url=url, folder=folder, random=random)
            done.append(rounds)
            run(rounds, strikes, kills)

    sys.stdout.write(report("PostgreSQL", done) + "\n")


def test_relaxed_durability_loses_the_newest_and_leaves_nothing_half(
    durable_postgres: PostgresServer, tmp_path: Path
) -> None:
    """As documented; and a sign that the tests above would see a loss."""
    with fresh_database(durable_postgres) as database:
        url = durable_postgres.url(database)
        migrate(url)
        set_up(url)
        rounds = Rounds(
            url=url,
            folder=tmp_path,
            random=Random(3),
            durability=Durability.RELAXED,
        )
        lost: tuple[str, ...] = ()
        while not lost and rounds.number < KILLS_PER_LEDGER:
            verdict = rounds.go(restarted(durable_postgres, kill_everything))
            assert verdict.doubled == verdict.half == ()
            lost = verdict.lost

    assert lost


def restarted(server: PostgresServer, end: Callable[[PostgresServer], None]) -> Strike:
    def strike(_crew: Crew) -> int:
        end(server)
        server.start()
        return 1

    return strike


def server_strikes(server: PostgresServer, random: Random) -> Iterator[Strike]:
    """Kill clients and servers in turn."""

    def one_backend(_crew: Crew) -> int:
        kill_a_backend(server, random.randrange(100))
        return 1

    while True:
        yield kill_some(random)
        yield restarted(server, kill_everything)
        yield restarted(server, stop_at_once)
        yield one_backend
