"""The log as a file, by the command line."""

import json
import sqlite3
from typing import Any

from click.testing import CliRunner, Result

from cli.shop import Shop
from loyaltyledger.cli.app import app


def new_one(shop: Shop) -> Shop:
    """Another shop, with nothing in it."""
    folder = shop.folder / "new"
    folder.mkdir()
    return Shop(folder=folder)


def without_a_ledger(*args: str) -> Result:
    return CliRunner().invoke(app, args)


def test_goes_out_and_into_another_ledger(filled: Shop) -> None:
    file, other = str(filled.folder / "log.jsonl.gz"), new_one(filled)

    out = filled.run("export-log", file)
    back = other.run("import-log", file, "--verify")

    assert out.exit_code == back.exit_code == 0
    assert back.stdout.startswith(out.stdout)
    assert back.stdout.endswith(": sound\n")
    asked = ("report", "balances", "--at", "2024-12-31")
    assert other.json(*asked) == filled.json(*asked)


def test_says_the_same_as_json(filled: Shop) -> None:
    file, other = str(filled.folder / "log.jsonl"), new_one(filled)

    out = filled.json("export-log", file)
    back = other.json("import-log", file, "--verify")

    assert back.pop("verification")["is_sound"]
    assert back == out
    assert out["events"] > out["commands"] > 0


def test_an_import_need_not_verify(filled: Shop) -> None:
    file, other = str(filled.folder / "log.jsonl"), new_one(filled)
    out = filled.run("export-log", file)

    assert other.run("import-log", file).stdout == out.stdout


def test_a_replay_of_the_file_is_that_of_the_ledger(filled: Shop) -> None:
    file = str(filled.folder / "log.jsonl")
    filled.run("export-log", file)

    of_ledger = filled.json("replay")

    assert of_ledger == replayed(file)
    assert of_ledger["is_sound"]
    assert "points outstanding in" in filled.run("replay").stdout
    assert "sound\n" in filled.run("replay").stdout


def replayed(file: str) -> dict[str, Any]:
    result = without_a_ledger("replay", file, "--json")
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_a_replay_tells_what_is_wrong(filled: Shop) -> None:
    with sqlite3.connect(filled.folder / "shop.db") as connection:
        connection.execute(
            "UPDATE ledger_event SET payload = replace(payload, '\"points\":20', "
            "'\"points\":-20') WHERE name = 'points-granted.v1'"
        )
    connection.close()

    told, as_json = filled.run("replay"), filled.run("replay", "--json")

    assert told.exit_code == as_json.exit_code == 1
    assert "wrong-points" in told.stdout
    assert "findings" in told.stdout
    assert not json.loads(as_json.stdout)["is_sound"]


def test_an_unsound_history_is_told_by_verify(filled: Shop) -> None:
    with sqlite3.connect(filled.folder / "shop.db") as connection:
        connection.execute(
            "UPDATE ledger_event SET payload = replace(payload, '\"points\":20', "
            "'\"points\":21') WHERE name = 'points-granted.v1'"
        )
    connection.close()
    file, other = str(filled.folder / "log.jsonl"), new_one(filled)
    filled.run("export-log", file)

    result = other.run("import-log", file, "--verify")

    assert result.exit_code == 1
    assert "findings" in result.stdout


def test_a_replay_needs_one_log(filled: Shop) -> None:
    file = str(filled.folder / "log.jsonl")
    filled.run("export-log", file)

    assert without_a_ledger("replay").exit_code == 2
    assert filled.run("replay", file).exit_code == 2


def test_a_file_that_is_not_whole_is_unusable(filled: Shop) -> None:
    file = filled.write("log.jsonl", "{}\n")

    result = new_one(filled).run("import-log", str(file))

    assert result.exit_code == 2
    assert "line 1" in result.stderr


def test_a_ledger_with_a_history_is_refused(filled: Shop) -> None:
    file = str(filled.folder / "log.jsonl")
    filled.run("export-log", file)

    assert filled.run("import-log", file).exit_code == 1


def test_what_is_gone_when_it_is_in_cannot_be_verified(filled: Shop) -> None:
    file = str(filled.folder / "log.jsonl")
    filled.run("export-log", file)

    result = without_a_ledger("import-log", file, "--db", "memory:", "--verify")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "a ledger in memory is gone before it is verified" in result.stderr
    assert "such as sqlite:///file.db" in result.stderr
