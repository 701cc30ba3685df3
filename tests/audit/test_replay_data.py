"""A replay agrees with the ledger on whole shops: a made-up one, and a real one."""

import subprocess
import sys
from pathlib import Path

import pytest

from audit.test_replay import agreeing
from loyaltyledger import Ledger, demo
from real_data import ONLINE_RETAIL, needs_real_data

EXAMPLE = Path(__file__).parents[2] / "examples" / "online_retail"


def test_agrees_on_the_year_of_the_demo() -> None:
    clock = demo.StoryClock()
    with Ledger.open("memory:", clock=clock) as ledger:
        demo.play(ledger, clock, members=120, seed=3, progress=lambda *_: None)

        replayed = agreeing(ledger)

        assert len(list(replayed.balances())) > 100


@needs_real_data
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("programme", ["unlimited", "within_balance", "expiring"])
def test_agrees_on_a_real_year(tmp_path: Path, programme: str) -> None:
    url = f"sqlite:///{tmp_path / 'retail.db'}"
    command: list[Path | str] = [sys.executable, EXAMPLE / "run.py", ONLINE_RETAIL]
    command += ["--programme", f"{programme}.toml", "--db", url]
    command += ["--json", tmp_path / "out.json"]
    subprocess.run(command, check=True, cwd=tmp_path)

    with Ledger.open(url) as ledger:
        assert len(list(agreeing(ledger).balances())) > 2000
