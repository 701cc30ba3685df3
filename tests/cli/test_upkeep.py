"""Keeping a ledger in order, and what becomes of errors."""

import json
import sqlite3

import pytest
from click.testing import CliRunner

from cli.shop import Shop
from loyaltyledger import Ledger, Verification, cli
from loyaltyledger.cli import upkeep
from loyaltyledger.cli.app import app


def test_sweep_says_how_many_accounts_changed(filled: Shop) -> None:
    first = filled.run("sweep", "--at", "2024-12-31")
    then = filled.json("sweep", "--at", "2025-01-02")
    again = filled.json("sweep", "--at", "2025-01-02")

    assert first.stdout == "0 accounts changed\n"
    assert (then, again) == ({"accounts_changed": 1}, {"accounts_changed": 0})


def test_migrate_says_what_it_did(shop: Shop) -> None:
    first = shop.json("migrate")
    again = shop.run("migrate")

    assert first["steps"]
    assert again.stdout == "nothing to do: the tables are up to date\n"


def test_rebuild_makes_the_views_again(filled: Shop) -> None:
    before = filled.json("report", "liability", "--at", "2024-12-31")

    result = filled.run("rebuild")

    assert result.stdout.startswith("views made again from ")
    assert filled.json("rebuild")["events"] > 0
    assert filled.json("report", "liability", "--at", "2024-12-31") == before


def test_verify_says_what_it_could_not_look_at(
    capsys: pytest.CaptureFixture[str],
) -> None:
    upkeep.print_verification(
        Verification(
            findings=(),
            left_out=0,
            streams=1,
            events=2,
            commands=2,
            remarks=("the views are behind",),
        )
    )

    assert capsys.readouterr().out.splitlines() == [
        "not looked at in full: the views are behind",
        "2 events in 1 streams, 2 commands: sound",
    ]


def test_verify_finds_a_sound_ledger_sound(filled: Shop) -> None:
    result = filled.run("verify")

    assert result.exit_code == 0
    assert result.stdout.endswith("commands: sound\n")
    assert filled.json("verify")["is_sound"] is True


def test_verify_ends_with_1_and_says_what_is_wrong_and_where(filled: Shop) -> None:
    with sqlite3.connect(filled.folder / "shop.db") as connection:
        connection.execute(
            "UPDATE ledger_event SET payload = replace(payload, '20', '21') "
            "WHERE name LIKE 'points-granted%'"
        )
    connection.close()

    result = filled.run("verify")
    for_programs = filled.run("verify", "--json")

    assert (result.exit_code, for_programs.exit_code) == (1, 1)
    assert "position" in result.stdout
    assert json.loads(for_programs.stdout)["is_sound"] is False


def test_a_database_that_is_none_ends_with_1(shop: Shop) -> None:
    shop.write("shop.db", "no database at all, and long enough to look like one" * 40)

    result = shop.run("verify")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "is no sound database" in result.stderr


def test_a_wrong_url_ends_with_2() -> None:
    result = CliRunner().invoke(app, ["migrate", "--db", "mysql://host/x"])

    assert result.exit_code == 2


def broken(*_: object, **__: object) -> None:
    problem = "the wheel came off"
    raise ValueError(problem)


def test_a_bug_is_told_without_a_traceback(
    filled: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ledger, "verify", broken)

    result = filled.run("verify")

    assert result.exit_code == 1
    assert "this is a bug in loyaltyledger, please report it" in result.stderr
    assert "ValueError: the wheel came off" in result.stderr
    assert "Traceback" not in result.stderr


def test_debug_shows_where_a_bug_is(
    filled: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ledger, "verify", broken)

    result = filled.run("--debug", "verify")

    assert "Traceback" in result.stderr
    assert upkeep.__name__.replace(".", "/") in result.stderr


def test_says_what_to_install_where_click_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "click", None)
    monkeypatch.delitem(__import__("sys").modules, "loyaltyledger.cli.app")

    with pytest.raises(SystemExit) as ended:
        cli.main()

    assert ended.value.code == 2
    assert "pip install 'loyaltyledger[cli]'" in capsys.readouterr().err
