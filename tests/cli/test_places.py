"""Where the ledger and the files are that the commands name."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli.shop import Shop
from loyaltyledger.cli.app import app


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args])


def asked(*args: str | Path) -> Any:
    result = run(*args, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_every_command_reaches_a_ledger_in_another_schema(
    filled: Shop, postgres_url: str
) -> None:
    log = filled.folder / "log.jsonl"
    filled.run("export-log", log)
    points = ("--db", postgres_url, "--schema", "points")
    rest = ("--db", postgres_url, "--schema", "rest")
    lines, mapping, programme = (
        filled.folder / name for name in ("lines.csv", "map.toml", "shop.toml")
    )
    day = ("--at", "2024-12-31")

    brought = run("import-log", log, "--verify", *points)
    run("migrate", *rest)
    imported = run(
        *("import", "purchases", lines, "--map", mapping, "--programme", programme),
        *("--rejects", filled.folder / "rejects.csv", *rest),
    )

    assert brought.exit_code == imported.exit_code == 0, brought.stderr
    there = filled.json("report", "balances", *day)
    assert asked("report", "balances", *day, *points) == there
    assert asked("report", "balances", *day, *rest) == there
    for command in ("check", "verify", "replay"):
        assert asked(command, *points)["is_sound"]
    for command in ("sweep", "rebuild", "report totals", "explain --purchase r1"):
        assert asked(*command.split(), *points)
    assert asked("balance", "ann", *day, *points)["available"] == there["ann"]
    assert asked("statement", "ann", *points)
    default = run("verify", "--db", postgres_url)
    assert default.exit_code == 2
    assert "migrate" in default.stderr


def test_a_demo_can_be_kept_in_a_schema(postgres_url: str) -> None:
    there = ("--db", postgres_url, "--schema", "demo")
    run("migrate", *there)

    played = run("demo", "--members", "20", *there)

    assert played.exit_code == 0, played.stderr
    assert asked("verify", *there)["is_sound"]


def test_only_postgresql_has_schemas(filled: Shop) -> None:
    log = filled.folder / "log.jsonl"
    filled.run("export-log", log)

    for result in (
        filled.run("verify", "--schema", "points"),
        run("replay", log, "--schema", "points"),
        run("demo", "--schema", "points"),
        run("import-log", log, "--db", "memory:", "--schema", "points"),
    ):
        assert (result.exit_code, result.stdout) == (2, "")
        assert "--schema: only a ledger in PostgreSQL" in result.stderr


def test_a_schema_has_a_plain_name(postgres_url: str) -> None:
    result = run("migrate", "--db", postgres_url, "--schema", 'a"b')

    assert result.exit_code == 2
    assert "a schema has a plain name" in result.stderr


NAMELESS = {
    "backup": ("backup", "--to", ""),
    "restore": ("restore", ""),
    "aside": ("restore", "copy.db", "--aside", ""),
    "export": ("export-log", ""),
    "bring in": ("import-log", ""),
    "import": ("import", "purchases", ""),
}


@pytest.mark.parametrize("what", NAMELESS)
def test_no_name_is_no_file(filled: Shop, what: str) -> None:
    result = filled.run(*NAMELESS[what])

    assert (result.exit_code, result.stdout) == (2, "")
    assert "no file is named; give a path" in result.stderr
