"""Databases to test on, and how long Hypothesis searches."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from postgres_server import (
    GivenServer,
    PostgresServer,
    Server,
    fresh_database,
    running_postgres,
)

GIVEN = os.environ.get("LOYALTYLEDGER_TEST_POSTGRES")
WHEEL_ONLY = os.environ.get("LOYALTYLEDGER_TEST_POSTGRES_FROM") == "wheel"
DURABLE = os.environ.get("LOYALTYLEDGER_TEST_POSTGRES_FSYNC") == "on"

# A deadline would measure the machine's other work.
settings.register_profile("dev", deadline=None, max_examples=50)
# The same examples each time: whether a change is sound must not hang on the draw.
settings.register_profile("ci", deadline=None, derandomize=True, max_examples=50)
settings.register_profile("long", deadline=None, print_blob=True, max_examples=5000)
settings.load_profile(
    os.environ.get("LOYALTYLEDGER_HYPOTHESIS")
    or ("ci" if "CI" in os.environ else "dev")
)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """One PostgreSQL for the whole run, or for each worker of a parallel one."""
    if GIVEN:
        yield GivenServer(given=GIVEN)
        return
    with running_postgres(durable=DURABLE, wheel_only=WHEEL_ONLY) as server:
        yield server


@pytest.fixture
def postgres_database(postgres_server: Server) -> Iterator[str]:
    with fresh_database(postgres_server) as name:
        yield name


@pytest.fixture
def postgres_url(postgres_server: Server, postgres_database: str) -> str:
    """Give an empty database of its own to one test."""
    return postgres_server.url(postgres_database)


@pytest.fixture
def postgres_tcp_url(postgres_server: Server, postgres_database: str) -> str:
    """Name the database of `postgres_url` over TCP, for a proxy to stand between."""
    return postgres_server.tcp_url(postgres_database)


@pytest.fixture
def durable_postgres() -> Iterator[PostgresServer]:
    """A server that one test may kill; what it acknowledged is on disk."""
    with running_postgres(durable=True, wheel_only=WHEEL_ONLY) as server:
        yield server


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest) -> str:
    """Run the test once on each engine."""
    if request.param == "memory":
        return "memory:"
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=["sqlite", "postgres"])
def shared_url(request: pytest.FixtureRequest) -> str:
    """An engine that several processes can share."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that any user can reach."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder
        folder.chmod(0o777)
