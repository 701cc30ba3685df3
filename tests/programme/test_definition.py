"""A programme is one value that makes sense, and each change is a version of it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from loyaltyledger import (
    Conversion,
    Currency,
    DefineProgramme,
    InvalidInputError,
    InvalidMoneyError,
    PointKind,
    PointType,
    RestoredPolicy,
    Rounding,
    UnknownConversionError,
    UnknownPointTypeError,
    UnknownProgrammeError,
)
from loyaltyledger.programme import ProgrammeDefined, ProgrammeHistory, define
from shop import NOW, TICK, point_type, programme, rate


def conversion(source: str, into: str) -> Conversion:
    return Conversion(source=source, into=into, from_points=10, into_points=1)


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": PointKind.CASHBACK},
        {"currency": "GBP"},
        {"restored": RestoredPolicy.GRACE},
        {"rates": (rate(), rate(2))},
        {"hold_minutes": 0},
    ],
)
def test_a_point_type_that_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        point_type(**fields)


def test_cashback_is_in_a_currency_that_exists() -> None:
    assert point_type(kind=PointKind.CASHBACK, currency="GBP").is_usable
    with pytest.raises(InvalidMoneyError):
        point_type(kind=PointKind.CASHBACK, currency="POUNDS")


def test_status_points_are_counted_and_never_used() -> None:
    assert not point_type(kind=PointKind.STATUS).is_usable


def test_a_rate_counts_units_of_something() -> None:
    with pytest.raises(InvalidInputError):
        rate(1, "0")


@pytest.mark.parametrize(
    "fields",
    [
        {"time_zone": "Europe/Atlantis"},
        {"point_types": ()},
        {"point_types": (point_type(), point_type())},
        {"currencies": ()},
        {"conversions": (conversion("points", "miles"),)},
        {"conversions": (conversion("miles", "points"),)},
        {"conversions": (conversion("points", "points"),)},
    ],
)
def test_a_programme_that_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        programme(**fields)


def test_a_conversion_rounds_down_unless_told() -> None:
    assert conversion("points", "miles").rounding is Rounding.FLOOR


def test_a_conversion_is_found_by_both_its_ends() -> None:
    kinds = [point_type(name=name, rates=()) for name in "abc"]
    made = programme(*kinds, conversions=(conversion("a", "b"), conversion("b", "c")))

    assert made.conversion("b", "c").into == "c"
    with pytest.raises(UnknownConversionError):
        made.conversion("a", "c")


@pytest.mark.parametrize(
    ("currency", "amount", "is_price"),
    [
        (Currency(code="GBP"), "1.99", True),
        (Currency(code="GBP"), "1.990", True),
        (Currency(code="GBP"), "1.999", False),
        (Currency(code="GBP", price_decimals=3), "1.999", True),
        (Currency(code="GBP", price_decimals=0), "1.9", False),
        (Currency(code="EUR"), "1", False),
    ],
)
def test_a_price_has_no_more_decimals_than_the_currency(
    currency: Currency, amount: str, *, is_price: bool
) -> None:
    made = programme(PointType(name="points"), currencies=(currency,))

    assert made.is_price(Decimal(amount), "GBP") is is_price


def defined(name: str, days: int) -> ProgrammeDefined:
    made = programme(point_type(name=name))
    return ProgrammeDefined(at=NOW + timedelta(days=days), programme=made)


def history(*versions: ProgrammeDefined) -> ProgrammeHistory:
    made = ProgrammeHistory()
    for version in versions:
        made = made.evolve(version)
    return made


def names_on(made: ProgrammeHistory, days: int, step: timedelta = 0 * TICK) -> str:
    at = NOW + timedelta(days=days) + step
    return made.on(at, programme_id="shop").point_types[0].name


def test_each_instant_has_the_version_of_its_day() -> None:
    made = history(defined("old", 0), defined("new", 5))

    assert names_on(made, 5, -TICK) == "old"
    assert names_on(made, 5) == "new"
    assert names_on(made, -99) == "old", "the first rules what came before it"


def test_a_version_recorded_late_rules_its_own_days_only() -> None:
    made = history(defined("old", 0), defined("new", 5), defined("between", 3))

    assert names_on(made, 4) == "between"
    assert names_on(made, 5) == "new"


def test_of_two_versions_of_one_instant_the_later_recorded_rules() -> None:
    made = history(defined("wrong", 0), defined("right", 0))

    assert names_on(made, 0) == "right"


def test_a_programme_that_was_never_defined_is_unknown() -> None:
    with pytest.raises(UnknownProgrammeError):
        ProgrammeHistory().on(NOW, programme_id="shop")


def test_a_point_type_that_was_dropped_keeps_its_last_terms() -> None:
    made = history(defined("old", 0), defined("new", 5))

    assert made.last_with("old").point_types[0].name == "old"
    with pytest.raises(UnknownPointTypeError):
        made.last_with("miles")


def test_a_rate_is_found_by_its_currency() -> None:
    assert point_type().rate("GBP") == rate()
    assert point_type().rate("EUR") is None


def test_a_version_says_from_when_and_by_whom() -> None:
    made = programme()
    command = DefineProgramme(key="k", programme=made, actor="eve")

    assert define(command, at=NOW) == (
        ProgrammeDefined(at=NOW, programme=made, actor="eve"),
    )
