"""Questions to a ledger, for people and for programs."""

import sqlite3
from contextlib import closing

import pytest

from cli.shop import PROGRAMME, Shop
from loyaltyledger import Ledger

AT = ("--at", "2024-03-05")


def test_a_balance_for_people(filled: Shop) -> None:
    result = filled.run("balance", "ann", *AT)

    assert result.exit_code == 0
    assert "available" in result.stdout
    assert "2025-01-01 10:00" in result.stdout


def test_a_balance_for_programs(filled: Shop) -> None:
    balance = filled.json("balance", "ann", *AT)

    assert balance == {
        "programme": "shop",
        "member": "ann",
        "points": "points",
        "at": "2024-03-05T23:59:59.999999+00:00",
        "available": 10,
        "held": 0,
        "free": 10,
        "pending": 0,
        "debt": 0,
        "outstanding": 10,
        "expiring": [{"expires_at": "2025-01-01T10:00:00+00:00", "points": 10}],
    }


@pytest.mark.parametrize(
    ("at", "outstanding"),
    [
        ("2023-12-31", 0),
        ("2024-01-01", 20),
        ("2024-01-01T10:59+01:00", 0),
        ("2024-01-01T11:00+01:00", 20),
        ("2024-03-01T10:00Z", 10),
    ],
)
def test_a_balance_as_of_a_day_or_an_instant(
    filled: Shop, at: str, outstanding: int
) -> None:
    balances = filled.json("report", "balances", "--at", at)

    assert balances.get("ann", 0) == outstanding


def test_a_day_ends_at_midnight_of_the_programme(filled: Shop) -> None:
    balance = filled.json("balance", "ann", "--at", "2024-06-01")

    assert balance["at"] == "2024-06-01T22:59:59.999999+00:00"


def test_what_was_recorded_later_can_be_left_out(filled: Shop) -> None:
    past = ("--known-at", "2024-05-01T00:00Z")

    assert filled.run("report", "totals", *past).exit_code == 2
    assert (
        filled.json("report", "totals", *AT, "--known-at", "2999-01-01")["debt"] == 10
    )


def test_a_statement_for_people(filled: Shop) -> None:
    result = filled.run("statement", "ann", *AT)

    assert result.exit_code == 0
    assert [line.split() for line in result.stdout.splitlines()[-3:-1]] == [
        ["2024-01-01", "10:00", "earn", "purchase:r1", "20", "20"],
        ["2024-03-01", "10:00", "clawback", "return:r3", "-10", "10"],
    ]


def test_a_statement_for_programs(filled: Shop) -> None:
    lines = filled.json("statement", "ann", *AT)

    assert [(line["what"], line["change"], line["balance"]) for line in lines] == [
        ("earn", 20, 20),
        ("clawback", -10, 10),
    ]


def test_totals_for_programs_lie_flat(filled: Shop) -> None:
    totals = filled.json("report", "totals", *AT)

    named = ("members", "earned", "reversed", "not_recovered", "spent", "expired")
    assert [totals[name] for name in named] == [2, 30, 30, 0, 0, 0]
    assert (totals["outstanding"], totals["debt"]) == (0, 10)


def test_totals_for_people(filled: Shop) -> None:
    result = filled.run("report", "totals", *AT)

    assert "shop: points" in result.stdout
    assert "not recovered" in result.stdout


def test_balances_of_all_members(filled: Shop) -> None:
    assert filled.json("report", "balances", *AT) == {"ann": 10, "bob": -10}
    assert "bob" in filled.run("report", "balances", *AT).stdout
    assert filled.json("report", "balances", "--of", "household") == {}


def test_the_liability_by_month(filled: Shop) -> None:
    (liability,) = filled.json("report", "liability", *AT)
    (known,) = filled.json("report", "liability", *AT, "--known-at", "2999-01-01")

    assert liability["months"] == [{"month": "2025-01", "available": 10, "pending": 0}]
    assert (liability["debt"], liability["outstanding"]) == (10, 0)
    assert known == liability
    assert "2025-01" in filled.run("report", "liability", *AT).stdout


def test_an_explanation_of_a_key_or_an_id(filled: Shop) -> None:
    by_key = filled.run("explain", "import:shop:r1")
    by_id = filled.json("explain", "--purchase", "r1")
    entry = filled.json("explain", "--entry", "purchase:r1", "--member", "ann")

    assert "20 points" in by_key.stdout
    assert by_id["because"]
    assert entry["title"]


@pytest.mark.parametrize("args", [(), ("import:shop:r1", "--purchase", "r1")])
def test_an_explanation_is_of_one_thing(filled: Shop, args: tuple[str, ...]) -> None:
    result = filled.run("explain", *args)

    assert result.exit_code == 2
    assert "give the key of a command, or one id" in result.stderr


WRONG = {
    ("balance", "nobody"): "member 'nobody' is not known",
    ("balance", "ann", "--points", "miles"): "point type 'miles' is not known",
    ("balance", "ann", "--programme-id", "x"): "programme 'x' is not known",
    ("balance", "ann", "--at", "2024-01-01T10:00"): "names no time zone",
    ("balance", "ann", "--at", "soon"): "'soon' is no time",
    ("balance", "ann", "--at", "2024-02-30"): "'2024-02-30' is no time",
    ("balance", "ann", "--at", "9999-12-31"): "is no time",
    ("balance", "ann", "--at", "0001-01-01T00:00+14:00"): "is no time",
    ("balance", "ann", "--at", "9999-12-31T23:59-14:00"): "is no time",
    ("statement", "ann", "--known-at", "0001-01-01T00:00+14:00"): "is no time",
    ("report", "totals", "--known-at", "9999-12-31T23:59-14:00"): "is no time",
    ("sweep", "--at", "0001-01-01T00:00+14:00"): "is no time",
    ("sweep", "--at", "2024-01-01T00:00"): "names no time zone",
    ("sweep", "--programme-id", "shop"): "--programme-id says whose day --at is",
    ("report", "totals", "--known-at", "soon"): "--known-at",
    ("explain", "no such key"): "no such key",
    ("balance",): "Missing argument",
    ("frobnicate",): "No such command",
}


@pytest.mark.parametrize("args", WRONG)
def test_wrong_questions_end_with_2_and_a_message(
    filled: Shop, args: tuple[str, ...]
) -> None:
    result = filled.run(*args)

    assert (result.exit_code, result.stdout) == (2, "")
    assert WRONG[args] in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("command", ["sweep", "verify", "rebuild", "balance x"])
def test_a_question_never_makes_a_new_file(shop: Shop, command: str) -> None:
    result = shop.run(*command.split())

    assert result.exit_code == 2
    assert "no such file" in result.stderr
    assert list(shop.folder.iterdir()) == []


@pytest.mark.parametrize(
    "command", ["sweep", "verify", "check", "rebuild", "replay", "balance x"]
)
def test_an_empty_file_is_no_ledger(shop: Shop, command: str) -> None:
    file = shop.write("shop.db", "")

    result = shop.run(*command.split())

    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{file}: the file is empty, and so no ledger" in result.stderr
    assert list(shop.folder.iterdir()) == [file]
    assert file.read_bytes() == b""


def test_a_database_without_tables_is_no_ledger(shop: Shop) -> None:
    file = shop.folder / "shop.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE one (x)")
        connection.execute("DROP TABLE one")
    before = file.read_bytes()

    result = shop.run("verify")

    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{file}: the file is empty, and so no ledger" in result.stderr
    assert file.read_bytes() == before != b""


def with_another(filled: Shop) -> Shop:
    """Define a second programme in the ledger."""
    other = PROGRAMME.replace('"shop"', '"other"').replace('"points"', '"miles"')
    filled.run(
        "import",
        "purchases",
        filled.folder / "lines.csv",
        "--map",
        filled.folder / "map.toml",
        "--programme",
        filled.write("other.toml", other.replace("Europe/London", "Asia/Tokyo")),
    )
    return filled


def test_several_programmes_must_be_told_apart(filled: Shop) -> None:
    with_another(filled)

    unclear = filled.run("balance", "ann")
    clear = filled.json("report", "totals", "--programme-id", "other")

    assert unclear.exit_code == 2
    assert "the ledger has other, shop; name one" in unclear.stderr
    assert clear["point_type"] == "miles"


def test_a_sweep_of_several_programmes_asks_only_whose_day_it_is(filled: Shop) -> None:
    with_another(filled)

    unclear = filled.run("sweep", "--at", "2024-12-31")
    day = filled.run("sweep", "--at", "2024-12-31", "--programme-id", "other")
    instant = filled.run("sweep", "--at", "2025-01-02T00:00Z")

    assert unclear.exit_code == 2
    assert "--programme-id: the ledger has other, shop; name one" in unclear.stderr
    assert day.stdout == "0 accounts changed\n"
    assert instant.stdout == "2 accounts changed\n"


def test_several_point_types_must_be_told_apart(filled: Shop) -> None:
    more = PROGRAMME + '\n[[point_types]]\nname = "stars"\nkind = "status"\n'
    filled.run(
        "import",
        "purchases",
        filled.folder / "lines.csv",
        "--map",
        filled.folder / "map.toml",
        "--programme",
        filled.write("more.toml", more),
    )

    unclear = filled.run("balance", "ann")

    assert unclear.exit_code == 2
    assert "the programme has points, stars; name one" in unclear.stderr
    assert len(filled.json("report", "totals")["totals"]) == 2
    assert filled.json("report", "totals", "--points", "stars")["earned"] == 0


def test_nothing_in_the_data_reaches_the_terminal_as_a_command(filled: Shop) -> None:
    with Ledger.open(filled.url) as ledger:
        ledger.enrol(key="x", programme_id="shop", member_id="[red]\u202eeve\u200b")

    result = filled.run("report", "balances")

    assert "[red]\\u202eeve\\u200b" in result.stdout


def test_an_error_shows_no_control_characters(filled: Shop) -> None:
    result = filled.run("balance", "\x1b[31mred")

    assert result.exit_code == 2
    assert "\x1b" not in result.stderr
