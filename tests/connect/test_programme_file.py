"""A programme file gives the programme that Python would, or says where it is wrong."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from loyaltyledger import (
    Basis,
    Conversion,
    Currency,
    Expiry,
    ExpiryKind,
    Ledger,
    Pending,
    PendingKind,
    PointKind,
    PointType,
    Programme,
    Rate,
    RestoredPolicy,
    ReversalPolicy,
    Rounding,
    SpendOrder,
    Steps,
    TaxBasis,
    TransferExpiry,
)
from loyaltyledger.connect import (
    ConfigurationError,
    Defined,
    define_programme,
    load_programme,
)

EVERYTHING = Programme(
    programme_id="shop",
    time_zone="Europe/London",
    currencies=(
        Currency(code="GBP"),
        Currency(code="EUR", price_decimals=3),
    ),
    point_types=(
        PointType(
            name="points",
            rates=(
                Rate(
                    currency="GBP",
                    points=5,
                    per=Decimal("2.50"),
                    steps=Steps.PROPORTIONAL,
                    rounding=Rounding.HALF_UP,
                ),
            ),
            expiry=Expiry(
                kind=ExpiryKind.FIXED,
                dates=(date(2024, 3, 31),),
                yearly=("12-31",),
            ),
            pending=Pending(kind=PendingKind.EVENT, cancel_after_days=30),
            spend_order=SpendOrder.FIRST_IN,
            reversal=ReversalPolicy.PENDING_ONLY,
            restored=RestoredPolicy.GRACE,
            grace_days=14,
            transfer_expiry=TransferExpiry.RESET,
            hold_minutes=5,
        ),
        PointType(name="cash", kind=PointKind.CASHBACK, currency="EUR"),
    ),
    basis=Basis(
        tax=TaxBasis.NET,
        excluded_categories=frozenset({"books"}),
        earn_on_stored_value=True,
    ),
    conversions=(
        Conversion(source="points", into="cash", from_points=100, into_points=50),
    ),
)

TOML = """
programme_id = "shop"
time_zone = "Europe/London"
currencies = [{ code = "GBP" }, { code = "EUR", price_decimals = 3 }]

[basis]
tax = "net"
excluded_categories = ["books"]
earn_on_stored_value = true

[[point_types]]
name = "points"
spend_order = "first_in"
reversal = "pending_only"
restored = "grace"
grace_days = 14
transfer_expiry = "reset"
hold_minutes = 5
expiry = { kind = "fixed", dates = [2024-03-31], yearly = ["12-31"] }
pending = { kind = "event", cancel_after_days = 30 }

[[point_types.rates]]
currency = "GBP"
points = 5
per = 2.50
steps = "proportional"
rounding = "half_up"

[[point_types]]
name = "cash"
kind = "cashback"
currency = "EUR"

[[conversions]]
source = "points"
into = "cash"
from_points = 100
into_points = 50
"""

SMALL = """
programme_id = "shop"
time_zone = "UTC"
currencies = [{ code = "GBP" }]

[[point_types]]
name = "points"
rates = [{ currency = "GBP", points = 1, per = 1 }]
"""


def written(folder: Path, text: str, name: str = "shop.toml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_toml_gives_the_programme_that_python_would(tmp_path: Path) -> None:
    assert load_programme(written(tmp_path, TOML)) == EVERYTHING


def test_json_gives_the_programme_that_python_would(tmp_path: Path) -> None:
    document = {
        "programme_id": "shop",
        "time_zone": "UTC",
        "currencies": [{"code": "GBP", "price_decimals": None}],
        "point_types": [
            {
                "name": "points",
                "rates": [{"currency": "GBP", "points": 1, "per": "0.10"}],
                "expiry": {"kind": "fixed", "dates": ["2024-03-31"]},
            }
        ],
    }
    file = written(tmp_path, json.dumps(document), "shop.json")

    programme = load_programme(file)

    assert programme.point_types[0].rates[0].per == Decimal("0.10")
    assert programme.point_types[0].expiry.dates == (date(2024, 3, 31),)


def test_no_number_of_a_file_is_a_float(tmp_path: Path) -> None:
    text = json.dumps(
        {
            "programme_id": "shop",
            "time_zone": "UTC",
            "currencies": [{"code": "GBP"}],
            "point_types": [
                {"name": "p", "rates": [{"currency": "GBP", "points": 1, "per": 0.1}]}
            ],
        }
    )

    programme = load_programme(written(tmp_path, text, "shop.json"))

    assert programme.point_types[0].rates[0].per == Decimal("0.1")


WRONG = {
    "expiry = { kind = 'rollin', days = 3 }": (
        "point_types[0].expiry.kind",
        "'rollin' is not known; did you mean 'rolling'?",
    ),
    "expires = 3": ("point_types[0].expires", "is not known; did you mean 'expiry'?"),
    "hold_minutes = '5'": (
        "point_types[0].hold_minutes",
        "must be a whole number, not the text '5'",
    ),
    "hold_minutes = true": (
        "point_types[0].hold_minutes",
        "must be a whole number, not true or false",
    ),
    "hold_minutes = 0": ("point_types[0].hold_minutes", "from 1"),
    "restored = 'grace'": ("point_types[0].grace_days", "grace needs days"),
    "expiry = { kind = 'rolling' }": (
        "point_types[0].expiry",
        "rolling needs days or months",
    ),
    "expiry = 'rolling'": (
        "point_types[0].expiry",
        "must be a table of named fields, not the text 'rolling'",
    ),
    "expiry = { kind = 'fixed', dates = ['soon'] }": (
        "point_types[0].expiry.dates[0]",
        "must be a date such as 2024-12-31, not 'soon'",
    ),
    "expiry = { kind = 'fixed', yearly = '12-31' }": (
        "point_types[0].expiry.yearly",
        "must be a list, not the text '12-31'",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_says_where_a_programme_is_wrong_and_what(tmp_path: Path, wrong: str) -> None:
    file = written(tmp_path, f"{SMALL}{wrong}\n")

    with pytest.raises(ConfigurationError) as refused:
        load_programme(file)

    path, problem = WRONG[wrong]
    assert refused.value.path == path
    assert problem in refused.value.problem
    assert str(refused.value) == f"{file}: {path}: {refused.value.problem}"


@pytest.mark.parametrize(
    ("old", "new", "path", "problem"),
    [
        ("per = 1", "per = 0", "point_types[0].rates[0].per", "not above 0"),
        ("per = 1", "per = 'one'", "point_types[0].rates[0].per", "must be a number"),
        ("points = 1,", "", "point_types[0].rates[0].points", "is missing"),
        ('"GBP" }', '"XXQ" }', "currencies[0].code", "ISO 4217"),
        ('"UTC"', '"Mars"', "time_zone", "'Mars' is not a zone"),
        ('programme_id = "shop"', "", "programme_id", "is missing"),
        ('= "shop"', '= "a\\u0007"', "programme_id", "control characters"),
        ("[[point_types]]", "[point_types]", "point_types", "must be a list"),
    ],
)
def test_errors_keep_the_field_of_the_validator(
    tmp_path: Path, old: str, new: str, path: str, problem: str
) -> None:
    file = written(tmp_path, SMALL.replace(old, new, 1))

    with pytest.raises(ConfigurationError) as refused:
        load_programme(file)

    assert refused.value.path == path
    assert problem in refused.value.problem


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("a.toml", "a = 1\nb = =\n", "line 2"),
        ("a.json", '{"a": 1,}', "line 1"),
        ("a.json", '{"a": 1, "a": 2}', "'a' is given twice"),
        ("a.json", '{"a": NaN}', "NaN is not a number"),
        ("a.json", "[]", "must hold one object"),
        ("a.json", "[" * 100_000, "recursion"),
        ("a.yaml", "a: 1", "must end in .toml or .json"),
    ],
)
def test_refuses_what_is_no_document(
    tmp_path: Path, name: str, text: str, problem: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_programme(written(tmp_path, text, name))

    assert problem in refused.value.problem


def test_refuses_a_file_that_is_absent_or_not_text(tmp_path: Path) -> None:
    binary = tmp_path / "b.toml"
    binary.write_bytes(b"\xff\xfe")

    with pytest.raises(ConfigurationError, match="No such file"):
        load_programme(tmp_path / "absent.toml")
    with pytest.raises(ConfigurationError, match=r"not UTF-8 \(byte 0\)"):
        load_programme(binary)


def test_defines_a_programme_only_where_it_differs(tmp_path: Path) -> None:
    clock = [datetime(2024, 1, 1, tzinfo=UTC)]
    first = load_programme(written(tmp_path, SMALL))
    other = load_programme(written(tmp_path, SMALL.replace("points = 1", "points = 2")))

    with Ledger.open("memory:", clock=lambda: clock[0]) as ledger:
        became = []
        for programme in (first, first, other, first, first):
            clock[0] += timedelta(days=1)
            became.append(define_programme(ledger, programme))
        versions = ledger.store.log()

    assert became == [
        Defined.NEW,
        Defined.UNCHANGED,
        Defined.CHANGED,
        Defined.CHANGED,
        Defined.UNCHANGED,
    ]
    assert [one.event.programme for one in versions] == [first, other, first]
