"""What can go wrong with a file."""

import contextlib
import os
import resource
import sqlite3
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from loyaltyledger.store import (
    CommitUnknownError,
    NewerStoreError,
    NotMigratedError,
    Recorded,
    Store,
    StoreBusyError,
    StoreCorruptError,
    StoreError,
    StoreFailedError,
    StoreFullError,
    StoreIoError,
    StoreReadOnlyError,
    StoreUnavailableError,
    migrate_store,
    open_store,
)
from loyaltyledger.store.sqlite import SqliteFile
from store.sample import NAMES, Clock, in_child, opened, points_of, put, write


def open_file(path: Path, busy_timeout_s: float = 5) -> Store:
    return open_store(
        f"sqlite:///{path}", names=NAMES, clock=Clock(), busy_timeout_s=busy_timeout_s
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def file_store(path: Path) -> Iterator[Store]:
    store = open_file(path)
    yield store
    store.close()


def idle_connection(store: Store) -> sqlite3.Connection:
    store.head()
    engine = store._engine
    assert isinstance(engine, SqliteFile)
    (connection,) = engine._pool._idle
    return connection


def test_refuses_a_file_that_is_no_database(path: Path) -> None:
    path.write_bytes(b"Dear diary, today I was no database at all." * 100)

    with pytest.raises(StoreCorruptError):
        open_file(path)

    assert path.read_bytes().startswith(b"Dear diary"), "it was overwritten"


def test_refuses_a_directory_that_is_absent(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError):
        open_file(tmp_path / "nowhere" / "ledger.db")


def test_refuses_a_directory_for_a_file(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError):
        open_file(tmp_path)


def test_says_that_a_file_is_read_only(open_folder: Path) -> None:
    path = open_folder / "ledger.db"
    store = open_file(path)
    write(store, "k", "a:1", 1)
    store.close()
    path.chmod(0o444)

    def work() -> list[int]:
        store = open_file(path)
        try:
            write(store, "k2", "a:1", 2)
        except StoreReadOnlyError:
            return points_of(store.log())
        return []

    assert in_child(work, as_nobody=True) == [1]


def test_says_that_a_directory_is_read_only(open_folder: Path) -> None:
    open_folder.chmod(0o555)

    result = in_child(lambda: open_file(open_folder / "new.db"), as_nobody=True)

    assert isinstance(result, StoreReadOnlyError)


def test_says_that_a_file_in_a_read_only_directory_is_read_only(
    open_folder: Path,
) -> None:
    open_file(open_folder / "ledger.db").close()
    open_folder.chmod(0o555)

    result = in_child(lambda: open_file(open_folder / "ledger.db"), as_nobody=True)

    assert isinstance(result, StoreReadOnlyError)


def test_a_full_disk_loses_nothing_that_was_told(file_store: Store) -> None:
    connection = idle_connection(file_store)
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + 3}")
    told: list[Recorded] = []

    def fill() -> None:
        for n in range(10_000):
            told.extend(write(file_store, f"k{n}", f"a:{n}", *range(1, 20)))

    with pytest.raises(StoreFullError):
        fill()

    assert told
    assert file_store.log(limit=10_000) == tuple(told)
    connection.execute("PRAGMA max_page_count = 100000")
    assert write(file_store, "more", "more", 1)


def test_a_file_that_cannot_grow_loses_nothing_that_was_told(path: Path) -> None:
    def work() -> tuple[int, StoreError | None]:
        store = open_file(path)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
        told = 0
        try:
            while told < 10_000:
                write(store, f"k{told}", f"a:{told}", *range(1, 20))
                told += 1
        except StoreError as error:
            return told, error
        return told, None

    result = in_child(work)

    assert isinstance(result, tuple)
    told, error = result
    assert isinstance(error, StoreIoError | StoreFullError | CommitUnknownError)
    store = open_file(path)
    assert told <= len(list(store.commands())) <= told + 1
    assert len(list(store.commands())) >= 5
    store.close()


def test_says_that_somebody_else_is_writing(path: Path) -> None:
    store = open_file(path, busy_timeout_s=0.05)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(StoreBusyError):
            write(store, "k", "a:1", 1)

        assert store.log() == ()
        other.execute("ROLLBACK")
    assert write(store, "k", "a:1", 1)
    store.close()


def test_waits_for_somebody_else_to_finish(path: Path) -> None:
    store = open_file(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    def work() -> int:
        return len(write(store, "k", "a:1", 1))

    other.execute("COMMIT")
    assert work() == 1
    other.close()
    store.close()


def test_waits_no_longer_than_the_time_out_for_write_ahead_logging(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        other.execute("CREATE TABLE orders (id INTEGER)")

        with pytest.raises(StoreBusyError):
            open_file(path, busy_timeout_s=0.05)


def test_refuses_a_newer_schema(path: Path) -> None:
    opened(f"sqlite:///{path}").close()
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute(
            "UPDATE ledger_meta SET value = '99' WHERE name = 'schema_version'"
        )
        other.commit()

    for attempt in (open_file, lambda path: migrate_store(f"sqlite:///{path}")):
        with pytest.raises(NewerStoreError) as refused:
            attempt(path)
        assert (refused.value.found, refused.value.supported) == (99, 2)


def test_moves_into_the_hosts_own_file_only_when_told(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as host:
        host.execute("CREATE TABLE orders (id INTEGER)")

    with pytest.raises(NotMigratedError, match="loyaltyledger migrate --db sqlite:///"):
        open_file(path)

    assert migrate_store(f"sqlite:///{path}") == ("tables", "one-write")
    open_file(path).close()


def test_an_empty_file_becomes_a_ledger(path: Path) -> None:
    path.touch()

    store = open_file(path)

    assert write(store, "k", "a:1", 1)
    assert store.migrate() == ()
    store.close()


def test_a_damaged_page_is_told_as_such(path: Path) -> None:
    store = open_file(path)
    for n in range(200):
        write(store, f"k{n}", f"a:{n}", 1)
    store.close()
    data = bytearray(path.read_bytes())
    data[4096 * 2 :] = b"\xff" * (len(data) - 4096 * 2)
    path.write_bytes(data)

    with pytest.raises(StoreCorruptError):
        open_file(path).log()


def test_every_commit_is_synchronised(file_store: Store) -> None:
    connection = idle_connection(file_store)

    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_an_auditor_reads_payloads_without_this_library(path: Path) -> None:
    store = open_file(path)
    write(store, "k", "a:1", 7)
    store.close()

    with contextlib.closing(sqlite3.connect(path)) as auditor:
        rows = auditor.execute("SELECT name, payload FROM ledger_event").fetchall()
        with pytest.raises(sqlite3.IntegrityError):
            auditor.execute("UPDATE ledger_event SET version = 'one'")

    assert rows == [("counted.v1", '{"at":"2024-05-17T10:30:00Z","points":7}')]


def test_a_relative_path_stays_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = open_store("sqlite:///here.db", names=NAMES, clock=Clock())
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    with store.reading(), store.reading():
        write(store, "k", "a:1", 1)

    store.close()
    assert (tmp_path / "here.db").exists()
    assert not list((tmp_path / "elsewhere").iterdir())


def test_closing_leaves_no_file_open(path: Path) -> None:
    store = open_file(path)
    with store.reading(), store.reading():
        write(store, "k", "a:1", 1)
    assert _open_files(path)

    store.close()

    assert not _open_files(path)


def test_closing_waits_for_what_is_in_use(path: Path) -> None:
    store = open_file(path)

    with store.transaction() as transaction:
        store.close()
        put(transaction, "k", "a:1", 0, 1)

    assert not _open_files(path)
    store = open_file(path)
    assert points_of(store.log()) == [1]
    store.close()


def _open_files(path: Path) -> list[str]:
    folder = Path("/proc/self/fd")
    if not folder.exists():
        pytest.skip("needs /proc to see which files are open")
    links = []
    for each in folder.iterdir():
        with contextlib.suppress(OSError):
            links.append(os.readlink(each))  # noqa: PTH115  # of a link, as text
    return [link for link in links if link.startswith(str(path))]


def test_more_threads_than_connections_wait_for_their_turn(path: Path) -> None:
    store = open_store(
        f"sqlite:///{path}",
        names=NAMES,
        clock=Clock(),
        pool_size=1,
        busy_timeout_s=0.05,
    )

    with store.reading():
        # The same thread may read again: it would wait for itself.
        assert store.head() == 0
        result = _in_thread(store.head)

    assert isinstance(result, StoreBusyError)
    assert _in_thread(store.head) == 0
    store.close()


def _in_thread(work: Callable[[], object]) -> object:
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(work)
        return future.exception() or future.result()


def test_a_transaction_that_the_database_ended_is_not_committed(
    file_store: Store,
) -> None:
    def work() -> None:
        with file_store.transaction() as transaction:
            put(transaction, "k", "a:1", 0, 1)
            transaction._session.run("ROLLBACK")

    with pytest.raises(StoreFailedError):
        work()

    assert file_store.log() == ()


def test_the_environment_has_no_effect(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.db"
    for name in ("", "LEDGER_", "STORE_", "LOYALTYLEDGER_", "APPLICATION_"):
        monkeypatch.setenv(f"{name}PERSISTENCE_MODULE", "eventsourcing.popo")
        monkeypatch.setenv(f"{name}SQLITE_DBNAME", str(other))
        monkeypatch.setenv(f"{name}COMPRESSOR_TOPIC", "zlib")

    store = open_file(path)
    write(store, "k", "a:1", 1)
    store.close()

    assert not other.exists()
    assert stat.S_ISREG(path.stat().st_mode)
    store = open_file(path)
    assert points_of(store.log()) == [1]
    store.close()
