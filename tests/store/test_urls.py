"""A URL names one database, or is refused; a password is never shown."""

from pathlib import Path

import pytest

from loyaltyledger import Ledger, StoreUnavailableError
from loyaltyledger.store import StoreUrlError
from loyaltyledger.store.urls import FilePlace, MemoryPlace, ServerPlace, place


def test_reads_every_form() -> None:
    assert place("memory:") == MemoryPlace()
    assert place("sqlite:///shop.db") == FilePlace(path=Path("shop.db"))
    assert place("sqlite:////var/my shop.db") == FilePlace(path=Path("/var/my shop.db"))
    server = place("postgresql://u:pw@h:5433/db?host=/run&password=pw&sslmode=require")
    assert isinstance(server, ServerPlace)
    assert server.shown == "postgresql://u@h:5433/db?host=/run"
    assert "pw" not in repr(server)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop.db",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///shop.db?mode=ro",
        "sqlite:///shop.db#x",
        "sqlite:///a\x00b",
        "sqlite://shop.db",
        "memory://",
        "mysql://u:pw@host/db",
        "postgresql+psycopg://u:pw@host/db",
        "//u:pw@[::1/x",
    ],
)
def test_refuses_any_other(url: str) -> None:
    with pytest.raises(StoreUrlError) as refused:
        place(url)

    assert "pw" not in str(refused.value)


def test_a_name_that_no_file_can_have_is_refused() -> None:
    with pytest.raises(StoreUrlError, match="no file can have this name"):
        place("sqlite:///\ud800.db")
    with pytest.raises(StoreUnavailableError):
        Ledger.open(f"sqlite:///{'a' * 5000}")
