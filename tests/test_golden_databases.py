"""A ledger of every format that was ever released is read, and goes on."""

import contextlib
import json
import shutil
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import psycopg
import pytest

from golden_databases.answers import answers
from golden_databases.story import END, Clock, tell
from loyaltyledger import Ledger, NewerStoreError, NotMigratedError, migrate
from loyaltyledger.store.schema import SUPPORTED

GOLDEN = Path(__file__).parent / "golden_databases"
FORMATS = range(1, SUPPORTED + 1)


@attrs.frozen
class Old:
    """A copy of a golden database, as it was found."""

    format: int
    url: str

    def told(self) -> dict[str, Any]:
        path = GOLDEN / f"format-{self.format}.json"
        told: dict[str, Any] = json.loads(path.read_text())
        return told


@pytest.fixture(
    params=[(kind, number) for kind in ("sqlite", "postgres") for number in FORMATS],
    ids="{0[0]}-{0[1]}".format,
)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Old:
    kind, number = request.param
    if kind == "postgres":
        url: str = request.getfixturevalue("postgres_url")
        dump = (GOLDEN / f"format-{number}.postgres.sql").read_bytes()
        with psycopg.connect(url) as connection:
            connection.execute(dump)
        return Old(number, url)
    copy = tmp_path / "old.db"
    shutil.copy(GOLDEN / f"format-{number}.sqlite", copy)
    return Old(number, f"sqlite:///{copy}")


def at_the_end() -> Clock:
    return Clock(END)


def test_gives_the_answers_it_gave_when_it_was_written(old: Old) -> None:
    migrate(old.url)

    with Ledger.open(old.url, clock=at_the_end()) as ledger:
        assert answers(ledger) == old.told()
        assert ledger.verify().is_sound


def test_knows_each_command_again_by_its_key(old: Old) -> None:
    migrate(old.url)
    clock = Clock()

    with Ledger.open(old.url, clock=clock) as ledger:
        before = ledger.store.log(), list(ledger.store.commands())
        tell(ledger, clock)

        assert (ledger.store.log(), list(ledger.store.commands())) == before
        assert len(before[0]) == len(old.told()["log"])


def test_goes_on_where_it_ended(old: Old) -> None:
    migrate(old.url)
    cat: dict[str, Any] = {
        "programme_id": "shop",
        "member_id": "cat",
        "point_type": "stars",
    }
    clock = at_the_end()

    with Ledger.open(old.url, clock=clock) as ledger:
        last = ledger.store.head()
        receipt = ledger.earn(key="more", points=10, **cat)
        clock.now += timedelta(days=2)

        assert receipt.events[0].position > last
        assert ledger.balance(**cat).available == 10
        assert ledger.verify().is_sound


def test_an_older_format_asks_for_a_migration(old: Old) -> None:
    if old.format == SUPPORTED:
        pytest.skip("this is the format of today")

    with pytest.raises(NotMigratedError):
        Ledger.open(old.url)


def test_a_format_of_tomorrow_is_left_alone(old: Old) -> None:
    tomorrow = f"UPDATE {{}}ledger_meta SET value = '{SUPPORTED + 1}'"
    tomorrow += " WHERE name = 'schema_version'"
    if old.url.startswith("sqlite"):
        path = old.url.removeprefix("sqlite:///")
        with contextlib.closing(sqlite3.connect(path)) as file, file:
            file.execute(tomorrow.format(""))
    else:
        with psycopg.connect(old.url) as server:
            server.execute(tomorrow.format("loyaltyledger.").encode())

    for attempt in (Ledger.open, migrate):
        with pytest.raises(NewerStoreError) as refused:
            attempt(old.url)
        assert refused.value.found == SUPPORTED + 1


def test_migrating_again_does_nothing(old: Old) -> None:
    migrate(old.url)

    assert migrate(old.url) == ()
