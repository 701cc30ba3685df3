"""A log file becomes the ledger that it was, on either engine, or nothing changes."""

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pytest

from archive.conftest import Archived
from audit.story import Clock, day, live, opened
from loyaltyledger import KeyReusedError, Ledger, StoreIoError, migrate
from loyaltyledger.archive import (
    LedgerNotEmptyError,
    LogFileError,
    export_log,
    import_log,
)
from loyaltyledger.store import CommitUnknownError
from loyaltyledger.store.filling_postgres import PostgresFilling
from loyaltyledger.store.sqlite_session import SqliteSession
from postgres_server import Server, fresh_database
from shop import tables

WHOSE: dict[str, Any] = {"programme_id": "shop", "point_type": "points"}


@pytest.fixture(params=["sqlite", "postgres"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty place on each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


def log_of(ledger: Ledger) -> list[Any]:
    rows = ledger.store.raw(limit=10_000)
    return [list(rows), list(ledger.store.commands()), list(ledger.store.streams())]


def picture(ledger: Ledger) -> list[Any]:
    """What is said of every account, and of every key."""
    commands = list(ledger.store.commands())
    return [
        list(ledger.balances(programme_id="shop", at=day(130))),
        ledger.totals(at=day(130)),
        [ledger.receipt(row.key) for row in commands],
        ledger.verify(),
    ]


# ── it is the same ledger ────────────────────────────────────────────────────


def test_is_the_ledger_that_it_was(archived: Archived, new_url: str) -> None:
    file = import_log(new_url, archived.path)

    assert file == archived.file
    with archived.ledger() as old, Ledger.open(new_url) as new:
        assert new.store.ledger_id == old.store.ledger_id
        assert log_of(new) == log_of(old)
        assert picture(new) == picture(old)
        assert new.verify().is_sound


def test_goes_on_where_it_ended(archived: Archived, new_url: str) -> None:
    import_log(new_url, archived.path)

    with archived.ledger() as old, Ledger.open(new_url) as new:
        head = new.store.head()
        spent = {**WHOSE, "member_id": "dan", "point_type": "miles", "points": 9}
        again = new.spend(key="s2", **spent)
        assert again == old.receipt("s2")
        with pytest.raises(KeyReusedError):
            new.spend(key="s2", **{**spent, "points": 1})
        assert new.store.head() == head
        made = new.enrol(key="enrol fay", programme_id="shop", member_id="fay")
        more = new.earn(key="e9", points=5, member_id="ann", **WHOSE)
        positions = [event.position for event in (*made.events, *more.events)]
        assert positions == sorted(positions)
        assert positions[0] > head
        assert [row.position for row in new.store.log(after=head)] == positions
        assert new.verify().is_sound


def test_both_ways_between_the_engines(
    archived: Archived, postgres_url: str, tmp_path: Path
) -> None:
    there, back = tmp_path / "there.jsonl.gz", f"sqlite:///{tmp_path / 'back.db'}"
    import_log(postgres_url, archived.path)
    with Ledger.open(postgres_url) as ledger:
        export_log(ledger.store, there)
    import_log(back, there)

    with archived.ledger() as old, Ledger.open(back) as new:
        assert log_of(new) == log_of(old)
        assert tables(new) == tables(old)


def test_ids_of_a_server_go_to_a_younger_server(
    postgres_server: Server, postgres_url: str, tmp_path: Path
) -> None:
    """Its transactions have numbers below those of the ids that came."""
    clock, path = Clock(), tmp_path / "log.jsonl"
    with opened(postgres_url, clock) as old:
        live(old, clock)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(
            "UPDATE loyaltyledger.ledger_event SET id = id + (1::bigint << 45)"
        )
        connection.execute(
            "UPDATE loyaltyledger.ledger_command "
            "SET first_event = first_event + (1::bigint << 45)"
        )
    migrate(postgres_url)
    with Ledger.open(postgres_url, clock=clock) as old:
        export_log(old.store, path)
        with fresh_database(postgres_server) as name:
            url = postgres_server.url(name)
            import_log(url, path)
            with Ledger.open(url, clock=clock) as new:
                assert log_of(new) == log_of(old)
                head = new.store.head()
                made = new.enrol(key="fay", programme_id="shop", member_id="fay")
                assert made.events[0].position > head > 1 << 45


def test_views_follow_what_was_brought_in(archived: Archived, new_url: str) -> None:
    import_log(new_url, archived.path)

    with archived.ledger() as old, Ledger.open(new_url) as new:
        assert new.views.follow() == old.views.follow() or new.views.follow() == 0
        assert list(new.balances(programme_id="shop", at=day(130))) == list(
            old.balances(programme_id="shop", at=day(130))
        )


def test_an_empty_ledger_goes_too(tmp_path: Path, new_url: str) -> None:
    path = tmp_path / "log.jsonl"
    with opened("memory:", Clock()) as ledger:
        file = export_log(ledger.store, path)

    assert import_log(new_url, path) == file
    with Ledger.open(new_url) as ledger:
        assert ledger.store.ledger_id == file.ledger_id
        ledger.enrol  # noqa: B018  # it can be used
        assert ledger.verify().is_sound


def test_small_fills_join(
    archived: Archived, new_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loyaltyledger.archive.exporting.LINES_PER_SEAL", 4)
    monkeypatch.setattr("loyaltyledger.store.filling.SqliteFilling.events_at_once", 10)
    monkeypatch.setattr(PostgresFilling, "events_at_once", 10)
    told: list[tuple[int, int]] = []

    with archived.ledger() as old:
        archived.path.unlink()
        file = export_log(old.store, archived.path)
        import_log(
            new_url, archived.path, progress=lambda done, of: told.append((done, of))
        )
        with Ledger.open(new_url) as new:
            assert log_of(new) == log_of(old)

    assert told[-1] == (file.events, file.events)
    assert told == sorted(told)
    assert len(told) > 5


# ── or nothing ───────────────────────────────────────────────────────────────


def test_a_ledger_with_a_history_is_refused(archived: Archived, new_url: str) -> None:
    clock = Clock()
    with opened(new_url, clock) as ledger:
        live(ledger, clock)
        before = tables(ledger)

        with pytest.raises(LedgerNotEmptyError):
            import_log(new_url, archived.path)

        assert tables(ledger) == before


def test_twice_is_refused(archived: Archived, new_url: str) -> None:
    import_log(new_url, archived.path)

    with pytest.raises(LedgerNotEmptyError):
        import_log(new_url, archived.path)


Lines = list[dict[str, Any]]


def resealed(lines: list[bytes], change: Callable[[Lines], None]) -> list[bytes]:
    """Change the commands of a file, and seal it as if it had been so."""
    header = lines[0]
    commands = [json.loads(line) for line in lines if line.startswith(b'{"key"')]
    change(commands)
    made = [header[:-1], *(_line(command) for command in commands)]
    digest = sha256()
    for line in made:
        digest.update(len(line).to_bytes(8, "big") + line)
    seal = {"lines": len(made), "sha256": digest.hexdigest()}
    events = [event for command in commands for event in command["events"]]
    end = json.loads(lines[-1]) | {
        "commands": len(commands),
        "events": len(events),
        "streams": len({event["stream"] for event in events}),
        "sha256": digest.hexdigest(),
    }
    return [line + b"\n" for line in (*made, _line(seal), _line(end))]


def _line(document: Any) -> bytes:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def sets(number: int, *path: str | int, to: object) -> Callable[[Lines], None]:
    def change(commands: Lines) -> None:
        value: Any = commands[number]
        for step in path[:-1]:
            value = value[step]
        value[path[-1]] = to

    return change


def twice(commands: Lines) -> None:
    commands[8]["key"] = commands[3]["key"]


def without_a_zone(commands: Lines) -> None:
    payload = commands[9]["events"][0]["payload"]
    payload["at"] = payload["at"].removesuffix("Z")


UNFIT = {
    "a key twice": (twice, "the file"),
    "a key that cannot be stored": (sets(5, "key", to="a\0b"), "line 7"),
    "a digest of another size": (sets(5, "digest", to="00"), "line 7"),
    "a digest of no digits": (sets(5, "digest", to="x" * 32), "line 7"),
    "fields of another shape": (sets(5, "fields", to=[]), "line 7"),
    "fields that are no digests": (sets(5, "fields", to='{"key":1}'), "line 7"),
    "fields that are no fields": (sets(5, "fields", to="nothing"), "line 7"),
    "a command without events": (sets(5, "events", to=[]), "line 7"),
    "a command left out": (lambda commands: commands.__delitem__(7), "line 14"),
    "a position that goes back": (sets(9, "events", 0, "position", to=1), "line 11"),
    "a position beyond all": (sets(9, "events", 0, "position", to=2**62), "line 11"),
    "a gap inside a command": (sets(6, "events", 1, "position", to=99), "line 8"),
    "a version twice": (sets(9, "events", 0, "version", to=1), "line 11"),
    "another stream": (sets(9, "events", 0, "stream", to="account:x"), "line 11"),
    "a stream without a name": (
        sets(0, "events", 0, "stream", to=""),
        "line 2",
    ),
    "recorded apart from its command": (
        sets(9, "events", 0, "recorded_at", to=1),
        "line 11",
    ),
    "an unknown name": (sets(9, "events", 0, "name", to="points-given.v1"), "line 11"),
    "a name of another shape": (
        sets(9, "events", 0, "name", to="points-granted.v1"),
        "line 11",
    ),
    "a damaged payload": (sets(9, "events", 0, "payload", to={}), "line 11"),
    "another instant inside": (
        sets(9, "events", 0, "payload", "at", to="2020-01-01T00:00:00Z"),
        "line 11",
    ),
    "an instant without a zone": (without_a_zone, "line 11"),
}


@pytest.mark.parametrize("what", UNFIT)
def test_what_does_not_fit_is_refused_with_its_line(
    archived: Archived, new_url: str, what: str
) -> None:
    change, where = UNFIT[what]
    archived.rewrite(resealed(archived.lines(), change))

    with pytest.raises(LogFileError) as refused:
        import_log(new_url, archived.path)

    assert refused.value.where == where
    with Ledger.open(new_url) as ledger:
        assert ledger.store.head() == 0
        assert ledger.store.ledger_id != archived.file.ledger_id
        assert log_of(ledger) == [[], [], []]


def recorded_earlier(commands: Lines) -> None:
    for number in (9, 10):
        commands[number]["recorded_at"] = 5 - number + 10
        for event in commands[number]["events"]:
            event["recorded_at"] = 5 - number + 10


def test_a_stream_recorded_backwards_is_refused(
    archived: Archived, new_url: str
) -> None:
    archived.rewrite(resealed(archived.lines(), recorded_earlier))

    with pytest.raises(LogFileError, match="recorded"):
        import_log(new_url, archived.path)


def test_resealing_alone_changes_nothing(archived: Archived, new_url: str) -> None:
    archived.rewrite(resealed(archived.lines(), lambda _: None))

    import_log(new_url, archived.path)

    with archived.ledger() as old, Ledger.open(new_url) as new:
        assert new.store.head() == old.store.head()


@pytest.mark.parametrize("count", ["commands", "events", "streams"])
def test_the_counts_of_the_end_must_agree(archived: Archived, count: str) -> None:
    lines = archived.lines()
    end = json.loads(lines[-1])
    end[count] += 1
    archived.rewrite([*lines[:-1], _line(end) + b"\n"])
    new_url = archived.url.replace("ledger.db", "new.db")

    with pytest.raises(LogFileError, match="counts"):
        import_log(new_url, archived.path)


def test_a_file_that_breaks_off_leaves_an_empty_ledger(
    archived: Archived, new_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loyaltyledger.store.filling.SqliteFilling.events_at_once", 10)
    monkeypatch.setattr(PostgresFilling, "events_at_once", 10)
    monkeypatch.setattr("loyaltyledger.archive.exporting.LINES_PER_SEAL", 4)
    archived.path.unlink()
    with archived.ledger() as old:
        export_log(old.store, archived.path)
    archived.rewrite(archived.lines()[:40])

    with pytest.raises(LogFileError):
        import_log(new_url, archived.path)

    with Ledger.open(new_url) as ledger:
        assert log_of(ledger) == [[], [], []]


def test_a_commit_that_fails_says_why(
    archived: Archived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    reason = StoreIoError(database=url, problem="disk I/O error")

    def fail(_session: SqliteSession) -> None:
        raise CommitUnknownError(database=url, problem="") from reason

    def nearly_done(_events: int, _of: int) -> None:
        monkeypatch.setattr(SqliteSession, "commit", fail)

    with pytest.raises(StoreIoError) as told:
        import_log(url, archived.path, progress=nearly_done)

    assert told.value is reason


KILLED = """
import os, signal, sys
from loyaltyledger import import_log
from loyaltyledger.store.filling import SqliteFilling
from loyaltyledger.store import CommitUnknownError
from loyaltyledger.store.filling_postgres import PostgresFilling
from loyaltyledger.store.sqlite_session import SqliteSession

SqliteFilling.events_at_once = PostgresFilling.events_at_once = 1  # some are in

def die(done, of):
    os.kill(os.getpid(), signal.SIGKILL)

import_log(sys.argv[1], sys.argv[2], progress=die)
"""


def test_killed_on_the_way_it_leaves_an_empty_ledger(
    archived: Archived, new_url: str
) -> None:
    command = [sys.executable, "-c", KILLED, new_url, str(archived.path)]

    killed = subprocess.run(command, check=False, timeout=120)

    assert killed.returncode == -signal.SIGKILL
    with Ledger.open(new_url) as ledger:
        assert log_of(ledger) == [[], [], []]
    assert import_log(new_url, archived.path) == archived.file


SPILLING = """
import loyaltyledger.store.filling_sqlite as filling

filling.CACHE_KIB = 8  # so that most of it is in the file already
"""


def test_killed_when_much_is_in_the_file_it_leaves_an_empty_ledger(
    archived: Archived, tmp_path: Path
) -> None:
    new = tmp_path / "new.db"
    url = f"sqlite:///{new}"
    script = SPILLING + KILLED
    command = [sys.executable, "-c", script, url, str(archived.path)]

    killed = subprocess.run(command, check=False, timeout=120)

    assert killed.returncode == -signal.SIGKILL
    assert new.with_name("new.db-journal").exists()
    assert b"points-granted.v1" in new.read_bytes()
    with Ledger.open(url) as ledger:
        assert log_of(ledger) == [[], [], []]
        assert ledger.store.check().is_sound
    assert import_log(url, archived.path) == archived.file


def test_nobody_else_has_the_file_meanwhile(archived: Archived, tmp_path: Path) -> None:
    new = tmp_path / "new.db"
    seen = []

    def look(_done: int, _of: int) -> None:
        with closing(sqlite3.connect(new, timeout=0)) as other:
            for statement in "SELECT * FROM ledger_event", "DELETE FROM ledger_meta":
                with pytest.raises(sqlite3.OperationalError, match="locked"):
                    other.execute(statement)
                seen.append(statement)

    import_log(f"sqlite:///{new}", archived.path, progress=look)

    assert len(seen) == 2
    with closing(sqlite3.connect(new)) as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_who_has_the_file_open_sees_it_empty_and_cannot_write(
    archived: Archived, tmp_path: Path
) -> None:
    new = tmp_path / "new.db"
    url = f"sqlite:///{new}"
    count = "SELECT count(*) FROM ledger_event"
    seen = []
    with Ledger.open(url) as early, closing(sqlite3.connect(new, timeout=0)) as other:
        assert other.execute(count).fetchone() == (0,)

        def look(_done: int, _of: int) -> None:
            seen.append(other.execute(count).fetchone())
            assert early.store.head() == 0
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("DELETE FROM ledger_meta")

        import_log(url, archived.path, progress=look)

        assert seen == [(0,)]
        assert other.execute(count).fetchone() == (archived.file.events,)
        assert early.store.head() == archived.file.events


def test_rows_that_are_not_a_whole_statement(
    archived: Archived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loyaltyledger.store.filling_sqlite.ROWS_AT_ONCE", 7)
    new_url = f"sqlite:///{tmp_path / 'new.db'}"

    import_log(new_url, archived.path)

    with archived.ledger() as old, Ledger.open(new_url) as new:
        assert log_of(new) == log_of(old)
