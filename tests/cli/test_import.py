"""`import purchases`: what it says, and how it ends."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.shop import LINES, MAPPING, Shop
from loyaltyledger.cli.app import app

BAD = LINES + "ann,r6,tea,one,1.00,2024-04-01T10:00:00\n"


def test_says_what_was_imported(shop: Shop) -> None:
    result = shop.take_in()

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "5 lines read",
        "2 purchases and 2 returns recorded, 2 members enrolled",
        "1 purchases name no member, and were left out",
    ]
    assert result.stderr == "programme 'shop' is new in this ledger\n"


def test_says_that_a_second_run_changed_nothing(filled: Shop) -> None:
    result = filled.take_in()

    assert result.exit_code == 0
    assert "nothing changed" in result.stdout
    assert "4 purchases and returns were there already" in result.stdout


def test_ends_with_1_where_lines_were_refused(shop: Shop) -> None:
    result = shop.take_in(BAD)

    assert result.exit_code == 1
    assert "1 purchases were refused" in result.stdout
    assert f"1 lines were refused; see {shop.folder / 'rejects.csv'}" in result.stderr
    rejects = (shop.folder / "rejects.csv").read_text(encoding="utf-8")
    assert rejects == (
        "line,purchase,reason\n7,r6,column 'qty': 'one' is not a number\n"
    )


def test_prints_one_json_document(shop: Shop) -> None:
    result = shop.take_in(BAD, "--json")

    document = json.loads(result.stdout)
    assert (document["purchases_recorded"], document["lines_refused"]) == (2, 1)
    assert document["last_at"] == "2024-03-03T10:00:00+00:00"


def test_puts_rejects_in_this_folder_only_if_there_are_any(
    filled: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(filled.folder)
    mapping = filled.folder / "map.toml"
    default = filled.folder / "more.csv.rejects.csv"

    good = filled.run(
        "import", "purchases", filled.write("more.csv", LINES), "--map", mapping
    )
    assert (good.exit_code, default.exists()) == (0, False)

    bad = filled.run(
        "import", "purchases", filled.write("more.csv", BAD), "--map", mapping
    )
    assert (bad.exit_code, default.exists()) == (1, True)


def test_says_that_a_programme_has_changed(filled: Shop) -> None:
    changed = filled.write(
        "changed.toml",
        (filled.folder / "shop.toml")
        .read_text(encoding="utf-8")
        .replace("months = 12", "months = 6"),
    )

    result = filled.run(
        "import",
        "purchases",
        filled.folder / "lines.csv",
        "--map",
        filled.folder / "map.toml",
        "--programme",
        changed,
    )

    assert "has changed: the new version is in force from now on" in result.stderr


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("item", "article", "has no column 'article'"),
        ("negative =", "negatives =", "negatives: is not known; did you mean"),
    ],
)
def test_ends_with_2_for_a_wrong_mapping(
    filled: Shop, old: str, new: str, message: str
) -> None:
    mapping = filled.write("wrong.toml", MAPPING.replace(old, new))

    result = filled.run(
        "import", "purchases", filled.folder / "lines.csv", "--map", mapping
    )

    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_ends_with_2_without_a_programme(shop: Shop) -> None:
    file, mapping = shop.write("lines.csv", LINES), shop.write("map.toml", MAPPING)
    shop.run("migrate")

    result = shop.run("import", "purchases", file, "--map", mapping)

    assert result.exit_code == 2
    assert "the ledger has none yet; define one by" in result.stderr


def test_makes_no_ledger_without_a_programme(shop: Shop) -> None:
    file, mapping = shop.write("lines.csv", LINES), shop.write("map.toml", MAPPING)

    result = shop.run("import", "purchases", file, "--map", mapping)

    assert result.exit_code == 2
    assert "a ledger is made by `import purchases` with --programme" in result.stderr
    assert sorted(shop.folder.iterdir()) == [file, mapping]


LEAVES_NOTHING = {
    "programme": ("shop.toml", "no programme", "shop.toml"),
    "mapping": ("map.toml", MAPPING.replace("item", "article"), "no column 'article'"),
    "heading": ("lines.csv", "a,b\n", "no column 'receipt'"),
    "rejects": ("rejects.csv", "something else\n", "refused lines cannot go there"),
}


@pytest.mark.parametrize("wrong", LEAVES_NOTHING)
def test_what_is_wrong_is_told_before_anything_is_made(shop: Shop, wrong: str) -> None:
    name, text, problem = LEAVES_NOTHING[wrong]
    shop.take_in()
    (shop.folder / "shop.db").unlink()
    (shop.folder / "rejects.csv").unlink()
    file = shop.write(name, text)
    there = {one: one.read_bytes() for one in shop.folder.iterdir()}

    result = shop.run(*importing(shop), "--rejects", shop.folder / "rejects.csv")

    assert result.exit_code == 2
    assert problem in result.stderr
    assert {one: one.read_bytes() for one in shop.folder.iterdir()} == there
    assert file in there


def importing(shop: Shop) -> tuple[str | Path, ...]:
    files = (shop.folder / name for name in ("lines.csv", "map.toml", "shop.toml"))
    lines, mapping, programme = files
    return ("import", "purchases", lines, "--map", mapping, "--programme", programme)


@pytest.mark.parametrize(
    "name",
    ["lines.csv", "map.toml", "shop.toml", "shop.db", "shop.db-wal", "notes.txt"],
)
def test_rejects_never_go_where_something_else_is(filled: Shop, name: str) -> None:
    filled.write("notes.txt", "line,purchases\n")
    link = filled.folder / "link"
    link.symlink_to(filled.folder / name)
    there = {one: one.read_bytes() for one in filled.folder.glob("*.*")}

    for place in (filled.folder / name, link):
        result = filled.run(*importing(filled), "--rejects", place)

        assert (result.exit_code, result.stdout) == (2, "")
        assert f"{place}: refused lines cannot go there" in result.stderr
        assert "name another file for them" in result.stderr
    assert {one: one.read_bytes() for one in filled.folder.glob("*.*")} == there


def test_rejects_go_into_no_ledger_that_is_yet_to_be(shop: Shop) -> None:
    shop.take_in()
    (shop.folder / "shop.db").unlink()

    result = shop.run(*importing(shop), "--rejects", shop.folder / "shop.db")

    assert result.exit_code == 2
    assert "refused lines cannot go there" in result.stderr
    assert not (shop.folder / "shop.db").exists()


def test_rejects_go_over_those_of_an_earlier_run(shop: Shop) -> None:
    first, again = shop.take_in(BAD), shop.take_in()

    assert (first.exit_code, again.exit_code) == (1, 0)
    rejects = (shop.folder / "rejects.csv").read_text(encoding="utf-8")
    assert rejects == "line,purchase,reason\n"


def test_rejects_may_go_into_an_empty_file_or_to_nowhere(filled: Shop) -> None:
    empty = filled.write("empty.csv", "")

    for place in (empty, "/dev/null"):
        result = filled.run(*importing(filled), "--rejects", place)

        assert result.exit_code == 0, result.stderr
    assert empty.read_text(encoding="utf-8") == "line,purchase,reason\n"


def test_says_that_it_was_the_rejects_which_have_no_folder(filled: Shop) -> None:
    place = filled.folder / "absent" / "rejects.csv"

    result = filled.run(*importing(filled), "--rejects", place)

    assert result.exit_code == 2
    assert f"{place}: refused lines cannot be written there: No such" in result.stderr


def test_refuses_another_programme_than_the_file_defines(filled: Shop) -> None:
    result = filled.take_in(LINES, "--programme-id", "other")

    assert result.exit_code == 2
    assert "the file defines 'shop'" in result.stderr


def test_ends_with_2_for_a_file_that_is_absent(filled: Shop) -> None:
    result = filled.run("import", "purchases", "absent.csv", "--map", "absent.toml")

    assert result.exit_code == 2
    assert "does not exist" in result.stderr


def test_imports_into_postgresql(shop: Shop, postgres_url: str) -> None:
    shop.take_in()
    args = ["import", "purchases", str(shop.folder / "lines.csv"), "--json"]
    args += ["--map", str(shop.folder / "map.toml"), "--db", postgres_url]
    args += ["--programme", str(shop.folder / "shop.toml")]

    unready = CliRunner().invoke(app, args)
    migrated = CliRunner().invoke(app, ["migrate", "--db", postgres_url])
    imported = CliRunner().invoke(app, args)

    assert unready.exit_code == 2
    assert "loyaltyledger migrate" in unready.stderr
    assert migrated.exit_code == 0
    assert json.loads(imported.stdout)["returns_recorded"] == 2
