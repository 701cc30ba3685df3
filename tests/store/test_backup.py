"""Copies of a ledger in use, and what is found in a damaged one."""

import errno
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from loyaltyledger import (
    BackupError,
    DatabaseCheck,
    InvalidInputError,
    Ledger,
    LedgerError,
    NewerStoreError,
    StoreBusyError,
    StoreCorruptError,
    StoreUnavailableError,
    migrate,
    restore,
)
from loyaltyledger.store import backup as backup_module
from loyaltyledger.store import checking, restore_store
from shop import Shop, open_shop
from store.sample import opened, points_of, write


@pytest.fixture
def shop(store_url: str) -> Iterator[Shop]:
    with open_shop(url=store_url) as shop:
        shop.earn(100)
        yield shop


@pytest.fixture
def file_shop(sqlite_url: str) -> Iterator[Shop]:
    with open_shop(url=sqlite_url) as shop:
        shop.earn(100)
        yield shop


def again(path: Path) -> Ledger:
    return Ledger.open(f"sqlite:///{path}")


def points_in(path: Path) -> int:
    with again(path) as ledger:
        found = ledger.balance(
            programme_id="shop", member_id="ann", point_type="points"
        )
        return found.available


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def run(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


# ── making them ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize("url", ["memory:", "sqlite"])
def test_a_backup_is_one_file_that_is_a_ledger(
    url: str, tmp_path: Path, sqlite_url: str
) -> None:
    with open_shop(url=url if url == "memory:" else sqlite_url) as shop:
        shop.earn(100)
        shop.ledger.balances(programme_id="shop")
        to = tmp_path / "copies" / "monday.db"
        to.parent.mkdir()

        checked = shop.ledger.backup(to)
        shop.earn(1)

        assert names(to.parent) == ["monday.db"]
        assert to.read_bytes()[18:20] == b"\x01\x01", "it needs no file beside it"
        assert checked.is_sound
        assert (checked.events, checked.engine_check) == (4, "integrity_check")
        with again(to) as copy:
            assert copy.store.ledger_id == shop.ledger.store.ledger_id
            assert copy.verify().is_sound
    assert points_in(to) == 100


def test_a_backup_may_be_read_by_whom_the_ledger_may(
    file_shop: Shop, tmp_path: Path
) -> None:
    (tmp_path / "ledger.db").chmod(0o640)

    file_shop.ledger.backup(tmp_path / "copy.db")

    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("end", ["", "-wal", "-journal", "-shm"])
def test_nothing_is_overwritten(file_shop: Shop, tmp_path: Path, end: str) -> None:
    there = tmp_path / f"copy.db{end}"
    there.write_text("mine", encoding="utf-8")

    with pytest.raises(BackupError, match="there already"):
        file_shop.ledger.backup(tmp_path / "copy.db")

    assert there.read_text(encoding="utf-8") == "mine"


def test_a_link_to_nowhere_is_not_followed(file_shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "copy.db").symlink_to(tmp_path / "nowhere")

    with pytest.raises(BackupError):
        file_shop.ledger.backup(tmp_path / "copy.db")


def test_who_comes_second_to_a_name_is_refused(
    file_shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = tmp_path / "copy.db"
    settle = backup_module._settle

    def overtaken(part: Path) -> None:
        settle(part)
        to.write_text("mine", encoding="utf-8")

    monkeypatch.setattr(backup_module, "_settle", overtaken)

    with pytest.raises(BackupError):
        file_shop.ledger.backup(to)

    assert to.read_text(encoding="utf-8") == "mine"


def test_a_disk_without_links_takes_a_backup_too(
    file_shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_link(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_link)

    file_shop.ledger.backup(tmp_path / "copy.db")

    assert points_in(tmp_path / "copy.db") == 100


@pytest.mark.parametrize("place", ["nowhere/copy.db", "\0", "ledger.db/copy.db", "."])
def test_a_place_that_cannot_be_is_told(
    file_shop: Shop, tmp_path: Path, place: str
) -> None:
    before = names(tmp_path)

    with pytest.raises(BackupError):
        file_shop.ledger.backup(tmp_path / place)

    assert names(tmp_path) == before


def test_a_path_of_another_type_is_refused(file_shop: Shop) -> None:
    wrong: Any = 7

    with pytest.raises(InvalidInputError):
        file_shop.ledger.backup(wrong)


def test_postgresql_has_its_own_tools(postgres_url: str, tmp_path: Path) -> None:
    migrate(postgres_url)

    with (
        Ledger.open(postgres_url) as ledger,
        pytest.raises(BackupError, match="pg_dump"),
    ):
        ledger.backup(tmp_path / "copy.db")
    with pytest.raises(BackupError, match="pg_restore"):
        restore(tmp_path / "copy.db", postgres_url)


def test_a_damaged_ledger_makes_no_backup(file_shop: Shop, tmp_path: Path) -> None:
    run(tmp_path / "ledger.db", "DELETE FROM ledger_event WHERE version = 1")

    with pytest.raises(BackupError, match="not sound"):
        file_shop.ledger.backup(tmp_path / "copy.db")

    assert not [name for name in names(tmp_path) if "copy" in name]


def _write_until_killed(url: str) -> None:
    store = opened(url)
    number = 0
    while True:
        write(store, f"k{number}", f"a:{number % 7}", 1, 2)
        number += 1


def test_a_backup_is_one_picture_while_others_write(
    sqlite_url: str, tmp_path: Path
) -> None:
    store = opened(sqlite_url)
    context = get_context("fork")
    writers = [
        context.Process(target=_write_until_killed, args=(sqlite_url,)),
    ]
    for writer in writers:
        writer.start()
    while store.head() < 50:
        time.sleep(0.01)

    heads = []
    for number in range(10):
        before = store.head()
        copy = tmp_path / f"copy{number}.db"
        assert store.back_up(copy).is_sound
        heads.append((before, copy, store.head()))
    for writer in writers:
        writer.kill()
        writer.join()

    for before, copy, after in heads:
        with closing(sqlite3.connect(copy)) as found:
            count, last = found.execute(
                "SELECT count(*), max(id) FROM ledger_event"
            ).fetchone()
        assert before <= last <= after
        assert count == last
        assert count % 2 == 0, "half a command"
    assert heads[-1][2] > heads[0][0], "nobody wrote meanwhile"
    store.close()


def kill_after_one(process: Any, folder: Path, *, later_s: float) -> None:
    """Kill a process when it has made a file, and has begun another."""
    before = len(list(folder.glob("*.db")))
    give_up = time.monotonic() + 30
    while len(list(folder.glob("*.db"))) == before:
        assert time.monotonic() < give_up, "nothing was made"
        time.sleep(0.001)
    time.sleep(later_s)
    process.kill()
    process.join()


def _back_up_for_ever(url: str, folder: Path) -> None:
    store = opened(url)
    number = 0
    while True:
        store.back_up(folder / f"copy{number}.db")
        number += 1


def test_a_backup_that_was_killed_never_has_its_name(
    sqlite_url: str, tmp_path: Path
) -> None:
    store = opened(sqlite_url)
    for number in range(50):
        write(store, f"k{number}", f"a:{number}", *range(1, 100))
    folder = tmp_path / "copies"
    folder.mkdir()
    context = get_context("fork")

    for number in range(12):
        process = context.Process(target=_back_up_for_ever, args=(sqlite_url, folder))
        process.start()
        kill_after_one(process, folder, later_s=0.005 * number)
        for copy in folder.glob("copy*.db"):
            with closing(opened(f"sqlite:///{copy}")) as found:
                assert found.check().is_sound
                assert len(list(found.commands())) == 50
            copy.unlink()
    store.close()


# ── putting them back ───────────────────────────────────────────────────────


def test_a_restored_ledger_goes_on_above(sqlite_url: str, tmp_path: Path) -> None:
    store = opened(sqlite_url)
    write(store, "k1", "a:1", 1)
    store.back_up(tmp_path / "copy.db")
    store.close()
    there = tmp_path / "new.db"

    restore_store(tmp_path / "copy.db", f"sqlite:///{there}")

    new = opened(f"sqlite:///{there}")
    (told,) = write(new, "k2", "a:1", 2)
    assert told.position == 2
    assert points_of(new.log()) == [1, 2]
    with new.reading() as reading:
        assert reading.key("k1") is not None, "keys are kept"
    new.close()


def test_a_restored_empty_ledger_goes_on_above_too(
    sqlite_url: str, tmp_path: Path
) -> None:
    store = opened(sqlite_url)
    store.back_up(tmp_path / "empty.db")
    write(store, "k1", "a:1", 1)
    store.close()

    restore_store(tmp_path / "empty.db", sqlite_url, aside=tmp_path / "old.db")

    new = opened(sqlite_url)
    (told,) = write(new, "k2", "a:1", 2)
    assert told.position == 2
    new.close()


def test_what_goes_aside_stays_on_its_disk(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened(sqlite_url)
    store.back_up(tmp_path / "copy.db")
    store.close()

    def refuse(*_: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr("os.link", refuse)

    with pytest.raises(BackupError, match="same disk") as refused:
        restore_store(tmp_path / "copy.db", sqlite_url, aside=tmp_path / "old.db")

    assert refused.value.path == str(tmp_path / "old.db")


def test_a_ledger_that_is_there_is_never_replaced(
    file_shop: Shop, tmp_path: Path
) -> None:
    file_shop.ledger.backup(tmp_path / "copy.db")
    file_shop.earn(1)

    with pytest.raises(BackupError, match="there already"):
        restore(tmp_path / "copy.db", f"sqlite:///{tmp_path}/ledger.db")

    assert file_shop.balance() == (101, 0, 0, 0)


def test_a_ledger_that_is_there_is_kept_aside(
    file_shop: Shop, sqlite_url: str, tmp_path: Path
) -> None:
    file_shop.ledger.backup(tmp_path / "copy.db")
    lost = file_shop.earn(1)
    file_shop.ledger.close()

    restore(tmp_path / "copy.db", sqlite_url, aside=tmp_path / "old.db")

    assert points_in(tmp_path / "ledger.db") == 100
    assert points_in(tmp_path / "old.db") == 101
    with again(tmp_path / "ledger.db") as ledger:
        found = ledger.earn(
            key="new",
            programme_id="shop",
            member_id="ann",
            point_type="points",
            points=5,
        )
    position = found.events[0].position
    assert position > max(each.position for each in lost.events), "used twice"


def test_a_ledger_that_somebody_has_open_is_not_replaced(
    file_shop: Shop, sqlite_url: str, tmp_path: Path
) -> None:
    file_shop.ledger.backup(tmp_path / "copy.db")
    file_shop.earn(1)

    with pytest.raises(StoreBusyError):
        restore(tmp_path / "copy.db", sqlite_url, aside=tmp_path / "old.db")

    assert file_shop.balance() == (101, 0, 0, 0)
    assert not [name for name in names(tmp_path) if "old" in name]


def _restore_for_ever(copy: Path, url: str, folder: Path) -> None:
    number = 0
    while True:
        restore(copy, url, aside=folder / f"old {os.getpid()} {number}.db")
        number += 1


def test_a_restore_that_was_killed_leaves_a_whole_ledger(
    file_shop: Shop, sqlite_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "aside"
    folder.mkdir()
    file_shop.ledger.backup(tmp_path / "copy.db")
    file_shop.ledger.close()
    context = get_context("fork")
    work = (tmp_path / "copy.db", sqlite_url, folder)

    for number in range(12):
        process = context.Process(target=_restore_for_ever, args=work)
        process.start()
        kill_after_one(process, folder, later_s=0.005 * number)
        with again(tmp_path / "ledger.db") as ledger:
            assert ledger.check().is_sound
        assert points_in(tmp_path / "ledger.db") == 100


def test_a_damaged_ledger_is_kept_as_it_lies_there(
    file_shop: Shop, sqlite_url: str, tmp_path: Path
) -> None:
    file_shop.ledger.backup(tmp_path / "copy.db")
    file_shop.ledger.close()
    (tmp_path / "ledger.db").write_bytes(b"no database" * 1000)
    (tmp_path / "ledger.db-wal").write_bytes(b"of the damaged one")

    restore(tmp_path / "copy.db", sqlite_url, aside=tmp_path / "old.db")

    assert points_in(tmp_path / "ledger.db") == 100
    assert (tmp_path / "old.db").read_bytes() == b"no database" * 1000
    assert (tmp_path / "old.db-wal").read_bytes() == b"of the damaged one"


def test_aside_matters_only_where_a_ledger_is(file_shop: Shop, tmp_path: Path) -> None:
    file_shop.ledger.backup(tmp_path / "copy.db")

    restore(
        str(tmp_path / "copy.db"),
        f"sqlite:///{tmp_path}/new.db",
        aside=str(tmp_path / "old.db"),
    )

    assert points_in(tmp_path / "new.db") == 100
    assert not (tmp_path / "old.db").exists()


def _newer(path: Path) -> None:
    run(path, "UPDATE ledger_meta SET value = '99' WHERE name = 'schema_version'")


def _half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _garbled(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096 * 3 : 4096 * 4] = b"\xff" * 4096
    path.write_bytes(data)


def _shortened(path: Path) -> None:
    run(path, "DELETE FROM ledger_event WHERE id = 4")


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (_newer, NewerStoreError),
        (_half, BackupError),
        (_garbled, BackupError),
        (_shortened, BackupError),
        (_emptied, BackupError),
        (lambda path: path.write_bytes(b"Dear diary" * 1000), BackupError),
        (Path.unlink, StoreUnavailableError),
    ],
)
def test_a_bad_backup_is_not_put_back(
    file_shop: Shop,
    tmp_path: Path,
    damage: Callable[[Path], None],
    error: type[LedgerError],
) -> None:
    copy = tmp_path / "copies" / "copy.db"
    copy.parent.mkdir()
    file_shop.ledger.backup(copy)
    damage(copy)

    with pytest.raises(error):
        restore(copy, f"sqlite:///{tmp_path}/new.db")

    assert not [name for name in names(tmp_path) if "new" in name]


def test_a_backup_stays_as_it_is(file_shop: Shop, tmp_path: Path) -> None:
    copy = tmp_path / "copies" / "copy.db"
    copy.parent.mkdir()
    file_shop.ledger.backup(copy)
    before = copy.read_bytes()

    restore(copy, f"sqlite:///{tmp_path}/new.db")

    assert copy.read_bytes() == before
    assert names(copy.parent) == ["copy.db"]


# ── looking at them ─────────────────────────────────────────────────────────


def test_a_sound_ledger_is_found_sound(shop: Shop) -> None:
    shop.buy("p1", "5.00", "7.00")
    shop.give_back("p1", "r1")

    checked = shop.ledger.check()

    assert checked.findings == ()
    assert checked.is_sound
    assert checked.events == len(shop.ledger.store.log())
    assert checked.streams == len(list(shop.ledger.store.streams()))
    assert checked.commands == len(list(shop.ledger.store.commands()))


ANN, BOB = "account:shop:member:ann:points", "member:shop:bob"
DAMAGE = {
    "DELETE FROM ledger_event WHERE id = 3": {
        f"stream {BOB!r} has 0 events (0 to 0), but is at version 1",
        "key 'enrol-3' has 1 events from 3 on, but 0 are there",
    },
    "UPDATE ledger_event SET version = 3 WHERE id = 4": {
        f"stream {ANN!r} has 2 events (2 to 3), but is at version 2",
        "event 4 comes after the next version of its stream",
    },
    "UPDATE ledger_event SET stream = 99 WHERE id = 3": {
        f"stream {BOB!r} has 0 events (0 to 0), but is at version 1",
        "event 3 belongs to no stream",
    },
    "UPDATE ledger_event SET recorded_at = 2e15 WHERE id = 4": {
        "event 5 comes after the next version of its stream",
    },
    "UPDATE ledger_stream SET recorded_at = 5 WHERE name = 'member:shop:bob'": {
        f"stream {BOB!r} was last recorded at another time than its last event",
    },
    "DELETE FROM ledger_command WHERE key = 'enrol-3'": {
        "event 3 belongs to no key",
    },
    "DELETE FROM ledger_command WHERE key = 'define-1'": {
        "event 1 belongs to no key",
    },
    "UPDATE ledger_command SET events = 2 WHERE key = 'enrol-3'": {
        "key 'earn-4' has events of another key too",
    },
    "UPDATE ledger_command SET events = 0 WHERE key = 'enrol-3'": {
        "key 'enrol-3' has 0 events from 3 on, but 0 are there",
        "event 3 belongs to no key",
    },
    "UPDATE ledger_command SET events = 9223372036854775800 WHERE key = 'earn-5'": {
        "key 'earn-5' has 9223372036854775800 events from 5 on, but 0 are there",
        "event 5 belongs to no key",
    },
}


@pytest.mark.parametrize("statement", DAMAGE)
def test_damage_is_named(file_shop: Shop, tmp_path: Path, statement: str) -> None:
    file_shop.earn(100)
    run(tmp_path / "ledger.db", statement)

    checked = file_shop.ledger.check()

    assert set(checked.findings) == DAMAGE[statement]
    assert not checked.is_sound


def test_no_question_looks_at_the_whole_log_again_for_each_row(
    file_shop: Shop,
) -> None:
    with file_shop.ledger.store.reading() as reading:
        for question in checking.QUESTIONS:
            plan = reading._session.rows(f"EXPLAIN QUERY PLAN {question.statement}")
            within = [str(row[3]) for row in plan if row[1]]
            assert not [step for step in within if "(rowid>?)" in step], plan
            assert not [step for step in within if step.startswith("SCAN e")], plan


def test_damaged_pages_are_found(file_shop: Shop, tmp_path: Path) -> None:
    for number in range(300):
        file_shop.earn(1, reason=f"gift {number}" * 20)
    file_shop.ledger.close()
    path = tmp_path / "ledger.db"
    whole = path.read_bytes()
    pages = len(whole) // 4096

    for page in range(1, pages):
        damaged = bytearray(whole)
        damaged[page * 4096 : page * 4096 + 64] = b"\xff" * 64
        path.write_bytes(damaged)
        assert _is_noticed(path), f"page {page}"
    path.write_bytes(whole)
    with again(path) as ledger:
        assert ledger.check().is_sound


def _is_noticed(path: Path) -> bool:
    try:
        with again(path) as ledger:
            return not ledger.check().is_sound
    except StoreCorruptError:
        return True


def test_many_findings_are_told_up_to_a_number(sqlite_url: str, tmp_path: Path) -> None:
    store = opened(sqlite_url)
    for number in range(150):
        write(store, f"k{number}", f"a:{number}", 1)
    run(tmp_path / "ledger.db", "DELETE FROM ledger_command")

    checked = store.check()

    assert len(checked.findings) == 100
    assert checked == DatabaseCheck(
        engine_check="integrity_check",
        streams=150,
        events=150,
        commands=0,
        findings=checked.findings,
    )
    store.close()


def test_a_copy_by_hand_without_its_log_is_found_out(
    file_shop: Shop, tmp_path: Path
) -> None:
    """What `cp` takes of a ledger in use is old, and can be told by its head only."""
    file_shop.earn(1)
    shutil.copy(tmp_path / "ledger.db", tmp_path / "copied.db")

    with again(tmp_path / "copied.db") as copied:
        assert copied.store.head() < file_shop.ledger.store.head()
