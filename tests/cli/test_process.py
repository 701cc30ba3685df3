"""The command line as a process of its own: exit codes, streams, broken pipes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.shop import Shop

PYTHON = [sys.executable, "-m", "loyaltyledger"]
FULL = Path("/dev/full")
SCRIPT = Path(sys.executable).with_name("loyaltyledger")


def run(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PYTHON, *args], capture_output=True, text=True, check=False, timeout=60
    )


def test_results_go_to_stdout_and_remarks_to_stderr(shop: Shop) -> None:
    shop.take_in()
    args = ["import", "purchases", str(shop.folder / "lines.csv"), "--json"]
    args += ["--map", str(shop.folder / "map.toml"), "--db", f"{shop.url}2"]

    done = run(*args, "--programme", str(shop.folder / "shop.toml"))

    assert done.returncode == 0
    assert json.loads(done.stdout)["has_changed"] is True
    assert done.stderr == "programme 'shop' is new in this ledger\n"


def test_ends_with_2_for_wrong_usage() -> None:
    done = run("balance")

    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage: loyaltyledger balance" in done.stderr


def test_without_a_command_it_shows_help() -> None:
    done = run("--help")

    assert done.returncode == 0
    assert "import" in done.stdout


def test_the_installed_script_is_the_same() -> None:
    done = subprocess.run(
        [SCRIPT, "--version"], capture_output=True, text=True, check=True
    )

    assert done.stdout == run("--version").stdout


def test_a_reader_that_goes_away_leaves_no_traceback(shop: Shop) -> None:
    lines = "".join(
        f"m{number:05},r{number},tea,1,1.00,2024-01-01T10:00:00\n"
        for number in range(2000)
    )
    shop.take_in(f"card,receipt,item,qty,price,time\n{lines}")

    for options in ([], ["--json"]):
        with subprocess.Popen(
            [*PYTHON, "report", "balances", "--db", shop.url, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.close()
            said = process.stderr.read()
            code = process.wait(timeout=60)

        assert said == ""
        assert code == 1


def in_shell(line: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command with its output sent where it cannot go."""
    return subprocess.run(
        ["sh", "-c", f'"$0" -m loyaltyledger {line}', sys.executable],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **more},
    )


@pytest.mark.skipif(not FULL.exists(), reason="there is no such device")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("options", ["", "--json"])
def test_a_full_disk_is_told_in_a_line(
    filled: Shop, options: str, unbuffered: str
) -> None:
    asked = f"report balances --db {filled.url} {options} > /dev/full"

    done = in_shell(asked, PYTHONUNBUFFERED=unbuffered)

    assert done.returncode == 1
    assert done.stderr == (
        "Error: standard output takes no more: No space left on device; "
        "what was committed stays\n"
    )


@pytest.mark.skipif(not FULL.exists(), reason="there is no such device")
def test_help_on_a_full_disk_is_no_bug() -> None:
    done = in_shell("--help > /dev/full")

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "No space left on device" in done.stderr
    assert "bug" not in done.stderr


def test_a_closed_output_is_told_before_anything_is_done(filled: Shop) -> None:
    file = filled.folder / "more.db"

    done = in_shell(f"migrate --db sqlite:///{file} >&-")

    assert done.returncode == 2
    assert done.stderr == (
        "Error: standard output is closed; send it to /dev/null to see nothing\n"
    )
    assert not file.exists()


def test_without_standard_error_the_result_is_there(filled: Shop) -> None:
    done = in_shell(f"verify --db {filled.url} 2>&-")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(": sound\n")
