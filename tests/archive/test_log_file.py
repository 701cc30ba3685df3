"""A log file is whole, and readable by anybody, or it is refused with its line."""

import gzip
import io
import json
import re
import threading
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from archive.conftest import Archived
from audit.story import Clock, opened
from loyaltyledger import (
    DamagedEventError,
    DamagedKeyError,
    InvalidInputError,
    Ledger,
)
from loyaltyledger.archive import LogFileError, export_log, read_log, replay_file
from loyaltyledger.archive import log_file as log_file_module
from loyaltyledger.audit.replay import replay

Lines = list[bytes]


# ── what is in it ────────────────────────────────────────────────────────────


def test_says_what_it_holds(archived: Archived) -> None:
    with archived.ledger() as ledger:
        log = ledger.store.log(limit=10_000)
        file = read_log(archived.path)

        assert file == archived.file
        assert file.ledger_id == ledger.store.ledger_id
        assert file.commands == len(list(ledger.store.commands()))
        assert file.events == len(log)
        assert file.streams == len(list(ledger.store.streams()))


def test_has_every_event_as_it_is_stored(archived: Archived) -> None:
    with archived.ledger() as ledger:
        stored = ledger.store.raw(limit=10_000)
        commands = {row.key: row for row in ledger.store.commands()}

    told = [json.loads(line) for line in archived.lines() if line.startswith(b'{"key"')]

    events = [event for command in told for event in command["events"]]
    assert events == [
        {
            "position": row.position,
            "stream": row.stream,
            "version": row.version,
            "name": row.name,
            "at": row.at,
            "recorded_at": row.recorded_at,
            "payload": json.loads(row.payload),
        }
        for row in stored
    ]
    assert [command["key"] for command in told] == list(commands)
    for command in told:
        row = commands[command["key"]]
        assert command["name"] == row.name
        assert command["digest"] == row.digest.hex()
        assert command["fields"] == row.fields
        assert command["recorded_at"] == row.recorded_at
        assert len(command["events"]) == row.events


def test_the_header_counts_the_names(archived: Archived) -> None:
    header = json.loads(archived.lines()[0])

    names = re.findall(rb'"version":\d+,"name":"([^"]+)"', archived.path.read_bytes())

    assert header["loyaltyledger_log"] == 1
    assert header["names"] == {
        name.decode(): names.count(name) for name in sorted({*names})
    }


def test_the_digest_is_made_as_the_page_says(archived: Archived) -> None:
    digest = sha256()
    for line in archived.lines():
        if line.startswith((b'{"loyaltyledger_log"', b'{"key"')):
            digest.update((len(line) - 1).to_bytes(8, "big") + line[:-1])

    assert json.loads(archived.lines()[-1])["sha256"] == digest.hexdigest()
    assert archived.file.sha256 == digest.hexdigest()


def test_a_replay_of_the_file_is_a_replay_of_the_ledger(archived: Archived) -> None:
    replayed = replay_file(archived.path)

    with archived.ledger() as ledger:
        of_ledger = replay(ledger.store)
    assert replayed == of_ledger
    assert list(replayed.balances()) == list(of_ledger.balances())
    assert replayed.digest == archived.file.events_sha256


def test_a_name_that_ends_in_gz_is_gzipped(archived: Archived, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl.gz"

    with archived.ledger() as ledger:
        export_log(ledger.store, path)

    with gzip.open(path) as file:
        assert file.readlines()[1:-2] == archived.lines()[1:-2]
    assert path.stat().st_size < archived.path.stat().st_size / 3
    assert read_log(path).events_sha256 == archived.file.events_sha256


def test_goes_into_an_open_file_too(archived: Archived) -> None:
    file = io.BytesIO()

    with archived.ledger() as ledger:
        export_log(ledger.store, file)

    assert (
        file.getvalue().splitlines()[1:-2]
        == archived.path.read_bytes().splitlines()[1:-2]
    )


def test_an_empty_ledger_has_a_file(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"

    with opened("memory:", Clock()) as ledger:
        file = export_log(ledger.store, path)

    assert read_log(path) == file
    assert (file.commands, file.events, file.streams) == (0, 0, 0)


def test_long_logs_have_more_seals(
    archived: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loyaltyledger.archive.exporting.LINES_PER_SEAL", 7)

    archived.path.unlink()
    with archived.ledger() as ledger:
        file = export_log(ledger.store, archived.path)

    seals = [line for line in archived.lines() if line.startswith(b'{"lines"')]
    assert len(seals) == -(-(file.commands + 1) // 7)
    assert read_log(archived.path) == file


def test_pages_of_the_log_join(
    archived: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loyaltyledger.store.bulk.COMMANDS_PER_PAGE", 3)
    monkeypatch.setattr("loyaltyledger.store.bulk.ROWS_PER_PAGE", 2)

    archived.path.unlink()
    with archived.ledger() as ledger:
        file = export_log(ledger.store, archived.path)
        digest = replay(ledger.store).digest

    assert file.events_sha256 == archived.file.events_sha256 == digest
    assert file.commands == archived.file.commands


# ── what is refused ──────────────────────────────────────────────────────────


def test_nothing_is_overwritten_not_even_the_ledger(tmp_path: Path) -> None:
    path, other = tmp_path / "ledger.db", tmp_path / "other.jsonl"
    other.write_text("mine")
    with Ledger.open(f"sqlite:///{path}") as ledger:
        for taken in (path, other):
            before = taken.read_bytes()

            with pytest.raises(LogFileError, match="is there already"):
                ledger.export_log(taken)

            assert taken.read_bytes() == before
    assert not list(tmp_path.glob("*.part"))


def test_of_two_at_once_one_gets_the_name_and_the_file_is_whole(
    archived: Archived,
) -> None:
    archived.path.unlink()
    told: list[object] = []

    def export() -> None:
        try:
            told.append(export_log(ledger.store, archived.path).sha256)
        except LogFileError as error:
            told.append(error)

    with archived.ledger() as ledger:
        threads = [threading.Thread(target=export) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    (written,) = [one for one in told if isinstance(one, str)]
    assert read_log(archived.path).sha256 == written


def test_a_name_that_no_file_can_have_is_told() -> None:
    with pytest.raises(LogFileError, match="null byte"):
        read_log("a\0b")


@pytest.mark.parametrize(
    ("to", "kind"),
    [
        ("", LogFileError),
        ("a\0b", LogFileError),
        ("x" * 300, LogFileError),
        ("no-such-folder/log", LogFileError),
        (5, InvalidInputError),
    ],
)
def test_what_is_no_file_is_told(to: Any, kind: type[Exception]) -> None:
    with Ledger.open("memory:") as ledger, pytest.raises(kind):
        ledger.export_log(to)


def dropped(number: int) -> Callable[[Lines], None]:
    return lambda lines: lines.__delitem__(number)


def replaced(old: bytes, new: bytes, number: int) -> Callable[[Lines], None]:
    def change(lines: Lines) -> None:
        assert old in lines[number]
        lines[number] = lines[number].replace(old, new, 1)

    return change


def moved(lines: Lines) -> None:
    lines[3], lines[4] = lines[4], lines[3]


def cut(lines: Lines) -> None:
    lines[20] = lines[20][:-5]
    del lines[21:]


def sealed_no_more(lines: Lines) -> None:
    del lines[-2]


ALTERED = {
    "a number": (replaced(b'"points":', b'"points":1', 13), "lines 1 to "),
    "a key": (replaced(b'"key":"h1"', b'"key":"h7"', 9), "lines 1 to "),
    "the ledger": (replaced(b'"ledger_id":"', b'"ledger_id":"x', 0), "lines 1 to "),
    "a line gone": (dropped(5), "lines 1 to "),
    "two lines changed places": (moved, "lines 1 to "),
    "a line that is no JSON": (replaced(b"}", b"]", 5), "line 6"),
    "a line of another shape": (replaced(b'"events"', b'"event"', 5), "line 6"),
    "not UTF-8": (replaced(b'"key":"', b'"key":"\xff', 5), "line 6"),
    "cut off inside a line": (cut, "line 21"),
    "cut off after a line": (lambda lines: lines.__delitem__(slice(20, None)), "after"),
    "the end gone": (dropped(-1), "after line "),
    "no header": (dropped(0), "line 1"),
    "two headers": (lambda lines: lines.insert(1, lines[0]), "line 2"),
    "another format": (replaced(b'_log":1', b'_log":2', 0), "line 1"),
    "no seal": (sealed_no_more, "line "),
    "something else": (lambda lines: lines.insert(4, b'{"x":1}\n'), "line 5"),
    "something after the end": (lambda lines: lines.append(lines[1]), "line "),
    "nothing": (lambda lines: lines.clear(), "after line 0"),
    "another end": (replaced(b'"sha256":"', b'"sha256":"0', -1), "line "),
}


@pytest.mark.parametrize("what", ALTERED)
def test_an_altered_file_is_refused_with_its_line(
    archived: Archived, what: str
) -> None:
    change, where = ALTERED[what]
    lines = archived.lines()
    change(lines)
    archived.rewrite(lines)

    with pytest.raises(LogFileError) as refused:
        read_log(archived.path)

    assert refused.value.where.startswith(where)
    assert refused.value.file == str(archived.path)


def test_unsealed_lines_do_not_fill_the_memory(
    archived: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_file_module, "LINES_PER_SEAL", 10)

    with pytest.raises(LogFileError, match="a seal is missing"):
        read_log(archived.path)


@pytest.mark.parametrize("count", ["events", "streams", "events_sha256"])
def test_a_replay_checks_the_counts_of_the_end(archived: Archived, count: str) -> None:
    lines = archived.lines()
    end = json.loads(lines[-1])
    end[count] = "0" * 64 if count == "events_sha256" else end[count] + 1
    archived.rewrite(
        [*lines[:-1], json.dumps(end, separators=(",", ":")).encode() + b"\n"]
    )

    with pytest.raises(LogFileError, match="counts"):
        replay_file(archived.path)


def test_a_damaged_gzip_is_refused(archived: Archived, tmp_path: Path) -> None:
    path = tmp_path / "log.gz"
    whole = gzip.compress(archived.path.read_bytes())
    for damaged in (whole[:-20], whole[:2000] + b"\0\0\0\0" + whole[2004:]):
        path.write_bytes(damaged)
        with pytest.raises(LogFileError):
            read_log(path)


def test_a_line_without_a_bottom_is_refused(archived: Archived) -> None:
    first, *rest = archived.lines()
    deep = b'{"key":' + b"[" * 100_000 + b"\n"
    archived.rewrite([first, deep, *rest])

    with pytest.raises(LogFileError) as refused:
        read_log(archived.path)

    assert refused.value.where == "line 2"


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing", tmp_path):
        with pytest.raises(LogFileError, match="cannot be read"):
            read_log(path)


def test_a_file_that_cannot_be_written_is_refused(
    archived: Archived, tmp_path: Path
) -> None:
    with archived.ledger() as ledger, pytest.raises(LogFileError, match="written"):
        export_log(ledger.store, tmp_path / "nowhere" / "log.jsonl")


# ── a log that is not whole is not exported ──────────────────────────────────


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("DELETE FROM ledger_command WHERE key = 's1'", DamagedEventError),
        ("DELETE FROM ledger_command WHERE key = 'define'", DamagedEventError),
        ("DELETE FROM ledger_command WHERE key = 'close bob'", DamagedEventError),
        ("DELETE FROM ledger_event WHERE id = 12", DamagedKeyError),
        ("UPDATE ledger_event SET payload = '{' WHERE id = 12", DamagedEventError),
        ("UPDATE ledger_event SET payload = '[]' WHERE id = 12", DamagedEventError),
        (
            "UPDATE ledger_event SET payload = payload || char(10) WHERE id = 12",
            DamagedEventError,
        ),
        ("UPDATE ledger_command SET events = 9 WHERE key = 's1'", DamagedKeyError),
    ],
)
def test_a_damaged_log_leaves_no_file(
    archived: Archived, tmp_path: Path, statement: str, error: type[Exception]
) -> None:
    with archived.ledger() as ledger:
        with ledger.store.views_guard():
            connection = ledger.store.connect_views()
            with connection:
                connection.execute(statement)
            connection.close()

        with pytest.raises(error):
            export_log(ledger.store, tmp_path / "other.jsonl")

    assert not list(tmp_path.glob("other*"))


def test_what_is_written_meanwhile_is_left_out(
    archived: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is one picture of the log, however long the writing takes."""
    monkeypatch.setattr("loyaltyledger.store.bulk.COMMANDS_PER_PAGE", 3)
    with archived.ledger() as ledger, Ledger.open(archived.url) as other:

        class Slow(io.BytesIO):
            def write(self, data: object, /) -> int:
                other.enrol(
                    key=f"new {self.tell()}",
                    programme_id="shop",
                    member_id=f"new-{self.tell()}",
                )
                return super().write(data)  # type: ignore[arg-type]  # bytes

        monkeypatch.setattr("loyaltyledger.archive.exporting.LINES_PER_SEAL", 5)
        file = export_log(ledger.store, Slow())

        assert file.events_sha256 == archived.file.events_sha256
        assert len(list(ledger.store.commands())) > file.commands
