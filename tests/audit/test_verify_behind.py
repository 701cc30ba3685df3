"""Views that are behind, and cannot be written, do not stop a verification."""

import contextlib
import resource
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from loyaltyledger import Finding, Ledger, Verification
from loyaltyledger import FindingKind as Kind
from shop import Clock, open_shop
from views.history import run_on_views


def grown(url: str, *statements: str) -> None:
    """Make a ledger whose views do not have the last of its log."""
    with open_shop(url=url) as shop:
        shop.earn(5, entry_id="e")
        shop.ledger.views.follow()
        shop.earn(6)
        run_on_views(shop.ledger, *statements)


@contextlib.contextmanager
def held(url: str) -> Iterator[None]:
    """Hold the write lock of a file, as somebody else would."""
    path = url.removeprefix("sqlite:///")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def verify(url: str) -> Verification:
    with Ledger.open(url, clock=Clock(), busy_timeout_s=0.05) as ledger:
        return ledger.verify()


def test_a_file_that_somebody_else_writes_to_is_verified(sqlite_url: str) -> None:
    grown(sqlite_url)

    with held(sqlite_url):
        found = verify(sqlite_url)

    assert found.is_sound
    assert found.events == 5
    (remark,) = found.remarks
    assert "is busy" in remark
    assert remark.endswith("accounts up to 4, purchases up to 4, statements up to 4")
    assert verify(sqlite_url).remarks == ()


def test_views_that_are_behind_are_compared_as_far_as_they_are(sqlite_url: str) -> None:
    grown(sqlite_url, "UPDATE view_lot SET remaining = 7 WHERE lot_id = 'e'")

    with held(sqlite_url):
        found = verify(sqlite_url)

    (finding,) = found.findings
    assert finding.kind is Kind.VIEW_MISMATCH
    assert "remaining is 7, the log says 5" in finding.problem
    assert found.remarks


def test_a_view_of_an_older_version_is_not_compared(sqlite_url: str) -> None:
    grown(
        sqlite_url,
        "UPDATE view_position SET version = 0",
        "DROP TABLE view_lot",
        "UPDATE view_account SET stream = 'x'",
    )

    with held(sqlite_url):
        found = verify(sqlite_url)

    assert found.is_sound
    (remark,) = found.remarks
    assert "accounts not at all, of an older version" in remark


def without_room(url: str) -> Verification:
    """Verify where no file may grow."""
    size = Path(url.removeprefix("sqlite:///") + "-wal").stat().st_size
    with Ledger.open(url, clock=Clock()) as ledger:
        ledger.store.head()
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        return ledger.verify()


def test_a_full_disk_is_no_damage(sqlite_url: str) -> None:
    grown(sqlite_url)

    with (
        Ledger.open(sqlite_url) as keeps_the_log_beside_the_file,
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as child,
    ):
        assert keeps_the_log_beside_the_file.store.head()
        found = child.submit(without_room, sqlite_url).result(60)

    assert found.findings == ()
    (remark,) = found.remarks
    assert "disk" in remark


def test_a_finding_without_a_place_says_none() -> None:
    finding = Finding(kind=Kind.DATABASE_DAMAGED, problem="no page 7")

    assert str(finding) == "database-damaged: no page 7"
