"""A PostgreSQL for the pages of the documentation that need one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from postgres_server import GivenServer, Server, fresh_database, running_postgres


@contextmanager
def empty_database() -> Iterator[str]:
    """Give the URL of an empty database, on the server that the tests would use."""
    with _server() as server, fresh_database(server) as name:
        yield server.url(name)


@contextmanager
def _server() -> Iterator[Server]:
    given = os.environ.get("LOYALTYLEDGER_TEST_POSTGRES")
    if given:
        yield GivenServer(given=given)
        return
    wheel_only = os.environ.get("LOYALTYLEDGER_TEST_POSTGRES_FROM") == "wheel"
    with running_postgres(durable=False, wheel_only=wheel_only) as server:
        yield server
