"""The demo: the same year for the same seed, and books that balance."""

import json
from typing import Any

from click.testing import CliRunner

from cli.shop import Shop
from loyaltyledger.cli.app import app


def demo(*args: str) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["demo", "--members", "40", "--json", *args])
    assert result.exit_code == 0, result.stderr
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_the_same_seed_makes_the_same_year() -> None:
    first, again, other = demo(), demo(), demo("--seed", "2")

    assert again == first
    assert other["totals"] != first["totals"]
    assert first["verification"]["is_sound"]


def test_everything_that_can_happen_happens() -> None:
    result = CliRunner().invoke(app, ["demo", "--members", "150", "--json"])
    document = json.loads(result.stdout)

    missing = {
        "Adjust",
        "CancelReturn",
        "CaptureHold",
        "CloseMember",
        "Enrol",
        "FormHousehold",
        "Freeze",
        "JoinHousehold",
        "OpenBalance",
        "PlaceHold",
        "RecordPurchase",
        "ReturnPurchase",
        "Reverse",
        "Spend",
        "Transfer",
        "Unfreeze",
        "VoidHold",
    } - set(document["commands"])
    assert not missing
    assert document["refusals"]
    assert document["imported"]["returns_recorded"]
    named = ("earned", "spent", "expired", "reversed", "forfeited", "transferred")
    assert [name for name in named if not document["totals"][name]] == []
    assert len(document["liability"][0]["months"]) > 3


def test_reports_to_people_and_keeps_the_ledger(shop: Shop) -> None:
    result = shop.run("demo", "--members", "150")

    for heading in ("Refused, as they must be", "by month of expiry", "Statement of"):
        assert heading in result.stdout
    assert "Why, of purchase" in result.stdout
    assert result.stdout.endswith("sound\n")
    assert shop.json("report", "totals", "--at", "2024-12-31")["earned"] > 0


def test_a_shop_of_few_is_reported_too(shop: Shop) -> None:
    result = shop.run("demo", "--members", "10")

    assert result.exit_code == 0
    assert result.stdout.endswith("sound\n")


def test_is_not_played_twice_in_one_ledger(shop: Shop) -> None:
    shop.run("demo", "--members", "10")

    again = shop.run("demo", "--members", "10")

    assert again.exit_code == 1
    assert "exists already in this ledger; give another --db" in again.stderr
