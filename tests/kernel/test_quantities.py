"""Points are whole, money is exact, and what is shared out adds up."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs
import pytest

from loyaltyledger import InvalidMoneyError, InvalidPointsError, Rounding
from loyaltyledger.kernel.quantities import (
    POINTS_MAX,
    allot,
    check_decimal,
    check_decimal_or_more,
    check_points,
    check_points_or_zero,
    decimals,
    minor_units,
    rounded,
)
from shop import line


@attrs.frozen(kw_only=True)
class Held:
    """Something with one of each field."""

    points: Any = attrs.field(default=1, validator=check_points)
    rest: Any = attrs.field(default=0, validator=check_points_or_zero)
    change: Any = attrs.field(default=Decimal(0), validator=check_decimal)
    price: Any = attrs.field(default=Decimal(0), validator=check_decimal_or_more)


@pytest.mark.parametrize(
    ("how", "results"),
    [
        (Rounding.FLOOR, (2, 2, 2, 3, -3, -3)),
        (Rounding.CEILING, (3, 3, 3, 4, -2, -2)),
        (Rounding.TRUNCATE, (2, 2, 2, 3, -2, -2)),
        (Rounding.HALF_UP, (2, 3, 3, 4, -3, -2)),
        (Rounding.HALF_EVEN, (2, 2, 3, 4, -2, -2)),
    ],
)
def test_a_fraction_is_rounded_as_named(
    how: Rounding, results: tuple[int, ...]
) -> None:
    values = ("2.4", "2.5", "2.6", "3.5", "-2.5", "-2.4")

    assert tuple(rounded(Fraction(value), how) for value in values) == results


def test_half_a_point_is_rounded_up_as_named() -> None:
    assert rounded(Fraction(1, 2), Rounding.HALF_UP) == 1
    assert rounded(Fraction(-1, 2), Rounding.HALF_UP) == -1


def test_a_whole_number_is_taken_for_an_exact_decimal_and_a_truth_is_not() -> None:
    assert line("1", "1.00", discount=1).discount == Decimal(1)
    assert isinstance(line("1", "1.00", discount=1).discount, Decimal)
    for wrong in (True, 0.5, 10**15):
        with pytest.raises(InvalidMoneyError):
            line("1", "1.00", discount=wrong)


@pytest.mark.parametrize("points", [1, POINTS_MAX])
def test_points_are_from_one_to_the_most(points: int) -> None:
    assert Held(points=points).points == points


@pytest.mark.parametrize("points", [0, -1, POINTS_MAX + 1, 1.0, "1", None, True])
def test_points_are_nothing_else(points: object) -> None:
    with pytest.raises(InvalidPointsError) as refused:
        Held(points=points)

    assert refused.value.field == "points"


def test_no_points_are_a_number_of_points_where_that_makes_sense() -> None:
    assert Held(rest=0).rest == 0
    with pytest.raises(InvalidPointsError):
        Held(rest=-1)


@pytest.mark.parametrize(
    "amount", ["999999999999999.999999", "-999999999999999", "0.000001", "1.5000000"]
)
def test_money_is_exact_to_six_decimals(amount: str) -> None:
    assert Held(change=Decimal(amount)).change == Decimal(amount)


@pytest.mark.parametrize(
    "amount",
    [
        0.1,
        1,
        "1",
        None,
        *map(
            Decimal,
            ("NaN", "Infinity", "1E15", "-1E15", "0.0000001", "0E-99", "1." + "0" * 50),
        ),
    ],
)
def test_money_is_nothing_else(amount: object) -> None:
    with pytest.raises(InvalidMoneyError) as refused:
        Held(change=amount)

    assert refused.value.field == "change"


def test_a_price_is_not_negative() -> None:
    assert Held(price=Decimal(0)).price == 0
    with pytest.raises(InvalidMoneyError):
        Held(price=Decimal("-0.01"))


@pytest.mark.parametrize(
    ("amount", "count"),
    [("1.50", 1), ("1", 0), ("100", 0), ("1E+2", 0), ("0.00", 0), ("0.010", 2)],
)
def test_only_decimals_that_matter_count(amount: str, count: int) -> None:
    assert decimals(Decimal(amount)) == count


@pytest.mark.parametrize(
    ("code", "units"), [("GBP", 2), ("JPY", 0), ("KWD", 3), ("XAU", 0)]
)
def test_a_currency_has_its_own_decimals(code: str, units: int) -> None:
    assert minor_units(code) == units


@pytest.mark.parametrize("code", ["gbp", "", "POUND", None, 826])
def test_a_currency_is_one_of_the_list(code: object) -> None:
    with pytest.raises(InvalidMoneyError) as refused:
        minor_units(code, field="price")

    assert refused.value.field == "price"


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        (10, (1, 1, 1), (4, 3, 3)),
        (10, (1, 2), (3, 7)),
        (0, (1, 2), (0, 0)),
        (7, (0, 0), (7, 0)),
        (5, (3, 0), (5, 0)),
        (5, (7, -2), (7, -2)),
        (5, (), ()),
    ],
)
def test_what_is_shared_out_goes_to_the_largest_remainders_and_then_the_first(
    total: int, weights: tuple[int, ...], shares: tuple[int, ...]
) -> None:
    assert allot(total, [Fraction(weight) for weight in weights]) == shares
