"""`backup`, `restore` and `check`."""

import json
import sqlite3
from contextlib import closing

from click.testing import CliRunner, Result

from cli.shop import Shop
from loyaltyledger import migrate
from loyaltyledger.cli.app import app


def restore(shop: Shop, *args: str) -> Result:
    return shop.run("restore", shop.folder / "copy.db", *args)


def test_a_backup_is_made_and_put_back(filled: Shop) -> None:
    before = filled.json("report", "totals")

    made = filled.run("backup", "--to", filled.folder / "copy.db")
    again = filled.run("backup", "--to", filled.folder / "copy.db")
    (filled.folder / "shop.db").unlink()
    back = restore(filled)

    assert (made.exit_code, back.exit_code) == (0, 0), made.output + back.output
    assert made.stdout == back.stdout
    assert made.stdout.endswith("commands (integrity_check): sound\n")
    assert again.exit_code == 1
    assert "there already; nothing is overwritten" in again.stderr
    assert filled.json("report", "totals") == before


def test_a_ledger_is_replaced_only_when_told_where_it_goes(filled: Shop) -> None:
    filled.run("backup", "--to", filled.folder / "copy.db")

    refused = restore(filled)
    done = restore(filled, "--aside", str(filled.folder / "old.db"), "--json")

    assert refused.exit_code == 1
    assert done.exit_code == 0
    assert json.loads(done.stdout)["is_sound"] is True
    assert (filled.folder / "old.db").exists()


def test_a_backup_of_nothing_makes_nothing(shop: Shop) -> None:
    result = shop.run("backup", "--to", shop.folder / "copy.db")

    assert result.exit_code == 2
    assert list(shop.folder.glob("*.db")) == []


def test_check_ends_with_1_and_names_the_damage(filled: Shop) -> None:
    sound = filled.run("check")
    with closing(sqlite3.connect(filled.folder / "shop.db")) as connection:
        connection.execute("DELETE FROM ledger_event WHERE version > 1")
        connection.commit()

    damaged = filled.run("check")
    for_programs = filled.run("check", "--json")

    assert (sound.exit_code, damaged.exit_code, for_programs.exit_code) == (0, 1, 1)
    assert sound.stdout.endswith("sound\n")
    assert "stream 'account:shop:member:" in damaged.stdout
    assert damaged.stdout.endswith("findings\n")
    told = json.loads(for_programs.stdout)
    assert told["is_sound"] is False
    assert told["findings"][0] in damaged.stdout


def test_check_says_what_was_not_looked_at(postgres_url: str) -> None:
    migrate(postgres_url)

    result = CliRunner().invoke(app, ["check", "--db", postgres_url])

    assert result.exit_code == 0, result.stderr
    assert "0 commands (log only; no amcheck): sound" in result.stdout
