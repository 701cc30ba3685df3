"""An import that was killed is finished by the next one; memory does not grow."""

import os
import signal
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from connect.till import MAP, NOW, SHOP, Till
from loyaltyledger import Ledger
from loyaltyledger.connect import balances_report, define_programme, import_purchases

TESTS = Path(__file__).parents[1]
PURCHASES = 300


def many(till: Till, *, purchases: int, lines: int = 1) -> Path:
    """Write purchases of thirty members; each line a round-robin of the purchases."""
    return till.write(
        *(
            f"m{number % 30},r{number},tea,1,{number % 7 + 1}.50,"
            f"2024-01-{number % 28 + 1:02}T10:00:00"
            for _ in range(lines)
            for number in range(purchases)
        )
    )


def killed_after(batches: int, url: str, file: Path) -> None:
    """Import in another process, and kill it once some batches are committed."""
    paths = os.pathsep.join((str(TESTS), os.environ.get("PYTHONPATH", "")))
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / "crash.py"), url, str(file)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
    ) as process:
        assert process.stdout is not None
        seen = 0
        for line in process.stdout:
            seen += line.startswith("recording")
            if seen == batches:
                process.send_signal(signal.SIGKILL)
                break


def test_a_killed_import_is_finished_by_the_next(till: Till, sqlite_url: str) -> None:
    file = many(till, purchases=PURCHASES, lines=2)
    till.take_in(file)
    expected = balances_report(till.ledger, programme_id="shop", point_type="points")

    for batches in (1, 7, 20):
        killed_after(batches, sqlite_url, file)
    with Ledger.open(sqlite_url, clock=lambda: NOW) as ledger:
        define_programme(ledger, SHOP)
        report = import_purchases(ledger, file, MAP, programme_id="shop")
        balances = balances_report(ledger, programme_id="shop", point_type="points")
        verified = ledger.verify()

    assert 0 < report.already_there < PURCHASES
    assert report.already_there + report.purchases_recorded == PURCHASES
    assert balances == expected
    assert verified.is_sound


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(till: Till) -> None:
    def peak(lines: int) -> int:
        file = many(till, purchases=PURCHASES, lines=lines)
        url = f"sqlite:///{till.folder / f'{lines}.db'}"
        with Ledger.open(url, clock=lambda: NOW) as ledger:
            define_programme(ledger, SHOP)
            tracemalloc.start()
            # One batch holds as many lines in both, so the file alone differs.
            import_purchases(
                ledger,
                file,
                MAP,
                programme_id="shop",
                facts_per_batch=600 // lines,
            )
            most = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return most

    small, large = peak(10), peak(100)

    assert large < 1.5 * small
