"""A ledger with a year in it, and its log as a file."""

import shutil
from pathlib import Path

import attrs
import pytest

from audit.story import Clock, live, opened
from loyaltyledger import Ledger
from loyaltyledger.archive import LogFile, export_log


@attrs.frozen
class Archived:
    """A ledger and what was written of it."""

    url: str
    path: Path
    file: LogFile

    def lines(self) -> list[bytes]:
        return self.path.read_bytes().splitlines(keepends=True)

    def rewrite(self, lines: list[bytes]) -> None:
        self.path.write_bytes(b"".join(lines))

    def ledger(self) -> Ledger:
        return Ledger.open(self.url)


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file in which the year has happened."""
    path = tmp_path_factory.mktemp("lived") / "ledger.db"
    clock = Clock()
    with opened(f"sqlite:///{path}", clock) as ledger:
        live(ledger, clock)
    return path


@pytest.fixture
def archived(lived: Path, tmp_path: Path) -> Archived:
    copy = tmp_path / "ledger.db"
    shutil.copy(lived, copy)
    path = tmp_path / "log.jsonl"
    url = f"sqlite:///{copy}"
    with Ledger.open(url) as ledger:
        file = export_log(ledger.store, path)
    return Archived(url, path, file)
