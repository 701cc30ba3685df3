"""A database that comes back without its last commits, under a process that lives on.

A server that confirms before it writes, a standby that lags, a backup put back.
"""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from loyaltyledger import InsufficientPointsError, Ledger
from shop import Shop, open_shop


def lose_last_command(path: Path) -> None:
    """Take the only command of the youngest stream out of the file."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "DELETE FROM ledger_command"
            " WHERE first_event = (SELECT max(id) FROM ledger_event);"
            "DELETE FROM ledger_stream"
            " WHERE id = (SELECT stream FROM ledger_event ORDER BY id DESC LIMIT 1);"
            "DELETE FROM ledger_event WHERE id = (SELECT max(id) FROM ledger_event);"
        )


@pytest.mark.parametrize("is_asked_first", [True, False])
def test_nobody_spends_what_the_database_has_lost(
    tmp_path: Path,
    is_asked_first: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with open_shop(url=url) as survivor, Ledger.open(url, clock=survivor.clock) as new:
        survivor.earn(100, key="lost")
        lose_last_command(tmp_path / "ledger.db")
        survivor.clock.go(seconds=1)
        Shop(new, survivor.clock).earn(1, key="other")

        if is_asked_first:
            assert survivor.balance() == (1, 0, 0, 0)
        with pytest.raises(InsufficientPointsError):
            survivor.spend(50, key="voucher")
        survivor.spend(1, key="stamp")

        assert survivor.balance() == (0, 0, 0, 0)
        assert new.verify().is_sound
