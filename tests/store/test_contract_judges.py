"""The contract passes a sound engine of somebody else, and fails a faulty one."""

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ENGINES = Path(__file__).with_name("third_engines.py")
OUTCOME = re.compile(r"^(PASSED|FAILED|ERROR) \S+::(\w+)::(\w+)", re.MULTILINE)
FAULTY = (
    "TestLosesAnUpdate",
    "TestSkipsAnEvent",
    "TestDropsAKey",
    "TestTurnsTheClockBack",
    "TestSwapsPayloads",
)


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Counter[tuple[str, str]]:
    """Put each engine to the contract, as its maker would, and count what came out."""
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "--tb=no", "-p"]
    command += ["no:cacheprovider", "--noconftest", "-c", "/dev/null", str(ENGINES)]
    folder = tmp_path_factory.mktemp("judge")
    # its own run: what this one was asked for besides does not concern it
    env = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    run = subprocess.run(  # noqa: PLW1510  # most fail
        command, cwd=folder, env=env, capture_output=True, text=True
    )
    found = Counter((kind, engine) for kind, engine, _ in OUTCOME.findall(run.stdout))
    assert found, run.stdout + run.stderr
    return found


def test_a_sound_engine_keeps_the_contract(
    verdicts: Counter[tuple[str, str]],
) -> None:
    assert verdicts["PASSED", "TestSound"] > 30
    assert verdicts["FAILED", "TestSound"] == verdicts["ERROR", "TestSound"] == 0


@pytest.mark.parametrize("engine", FAULTY)
def test_a_faulty_engine_breaks_it(
    verdicts: Counter[tuple[str, str]], engine: str
) -> None:
    assert verdicts["FAILED", engine] > 0
    assert verdicts["ERROR", engine] == 0
