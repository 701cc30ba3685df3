"""Change the pure core in every small way, and see that some test turns red.

Works on a copy, for a stopped run can leave a mutant behind. `README.md` says more.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from mutation.plain import make_plain
from mutation.score import score, unexplained

ROOMS = ("kernel", "points", "programme", "rules", "members", "purchases")
ROOT = Path(__file__).parents[2]
CONFIG = """
[tool.mutmut]
source_paths = ["src"]
only_mutate = [{only}]
also_copy = ["docs"]
pytest_add_cli_args = [{options}]
pytest_add_cli_args_test_selection = [{tests}]
timeout_constant = 0.8
timeout_multiplier = 5.0
track_dependencies = false
use_git_change_detection = false
"""
OPTIONS = (
    *("-p", "mutation.quick"),
    *("-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov"),
    *("-k", "not postgres and not sqlite"),
)
TESTS = (
    *(f"tests/{room}" for room in ROOMS),
    "tests/desk",
    "tests/complaints",
    "tests/bad_input/test_refusals.py",
    "tests/properties/test_arithmetic.py",
)
MORE_TESTS = ("tests/properties", "tests/test_late_facts.py")
ALONE_S = 300


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rooms", nargs="*", default=ROOMS, help="of the pure core")
    parser.add_argument("--folder", type=Path, help="of a run, to go on with it")
    parser.add_argument("--minutes", type=float, default=60)
    asked = parser.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="mutation-"))
    end = time.monotonic() + asked.minutes * 60
    sys.stdout.write(f"in {folder}\n")
    if not (folder / "src").exists():
        make_copy(folder, asked.rooms)
    os.chdir(folder)
    mutate(folder, seconds=asked.minutes * 60)
    for room in asked.rooms:
        try_alone(folder, room, end=end)
    return score(asked.rooms)


def make_copy(folder: Path, rooms: Iterable[str]) -> None:
    for name in ("src", "tests", "docs"):
        ignored = shutil.ignore_patterns("__pycache__", "_build")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for room in rooms:
        for module in (folder / "src" / "loyaltyledger" / room).glob("*.py"):
            make_plain(module)
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    text += CONFIG.format(
        only=_listed(f"src/loyaltyledger/{room}/*" for room in rooms),
        options=_listed(OPTIONS),
        tests=_listed(TESTS),
    )
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)


def mutate(folder: Path, *, seconds: float) -> None:
    """Run ``mutmut`` on what has no result yet, and not for ever."""
    command = [*_politely("mutation.warm"), "run", "--max-children", "1"]
    _run(command, folder, seconds, {"PYTHONPATH": str(folder / "tests")})


def try_alone(folder: Path, room: str, *, end: float) -> None:
    """Try what is alive in a process of its own, with more tests.

    ``mutmut`` puts a mutant in after everything was imported, and so never sees what
    runs only then.
    """
    command = [*_politely("pytest"), "-x", "-q", *OPTIONS, *TESTS, *MORE_TESTS]
    folder /= "mutants"
    own = {"PYTHONPATH": f"{folder / 'src'}{os.pathsep}{folder / 'tests'}"}
    assert not _run(command, folder, ALONE_S, own), "red without any mutant"
    for mutant in unexplained(room):
        left = min(ALONE_S, end - time.monotonic())
        if left <= 0:
            return
        if _run(command, folder, left, own | {"MUTANT_UNDER_TEST": mutant.name}):
            mutant.found(exit_code=1)


def _politely(module: str) -> list[str]:
    return ["nice", "-n", "19", sys.executable, "-m", module]


def _run(
    command: list[str], folder: Path, seconds: float, settings: dict[str, str]
) -> int:
    """Run a program, and return its exit code; 0 when it took too long."""
    own = {"LOYALTYLEDGER_HYPOTHESIS": "mutation", "MUTANT_UNDER_TEST": ""}
    with (folder / "mutation.log").open("a") as log:
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env=os.environ | own | settings,
                stdout=log,
                stderr=subprocess.STDOUT,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            sys.stdout.write("the time is up\n")
            return 0
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
