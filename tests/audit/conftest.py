"""A sound ledger on each engine, and a copy to damage."""

from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from audit.damage import Patient, postgres_patient, sqlite_patient
from audit.story import Clock, live, opened
from loyaltyledger import Ledger, Verification
from postgres_server import Server, fresh_database


@attrs.frozen
class Case:
    """A damaged ledger: its rows, and what a verification says of it."""

    patient: Patient
    url: str

    def verify(self) -> Verification:
        with Ledger.open(self.url) as ledger:
            return ledger.verify()


def _lived(url: str) -> None:
    clock = Clock()
    with opened(url, clock) as ledger:
        live(ledger, clock)


@pytest.fixture(scope="session")
def sound_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "ledger.db"
    _lived(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def sound_postgres(postgres_server: Server) -> Iterator[str]:
    with fresh_database(postgres_server) as name:
        url = postgres_server.url(name)
        _lived(url)
        yield url


@pytest.fixture
def sqlite_case(sound_file: Path, tmp_path: Path) -> Iterator[Case]:
    copy = tmp_path / "ledger.db"
    with sqlite_patient(sound_file, copy) as patient:
        yield Case(patient, f"sqlite:///{copy}")


@pytest.fixture(params=["sqlite", "postgres"])
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    """One damaged ledger on each engine."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_case")
        return
    url: str = request.getfixturevalue("sound_postgres")
    with postgres_patient(url) as patient:
        yield Case(patient, url)
    with Ledger.open(url) as ledger:
        ledger.rebuild()
