"""Points and money: whole numbers and exact decimals, never a float."""

from collections.abc import Sequence
from decimal import (
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
    Underflow,
)
from enum import StrEnum
from fractions import Fraction
from math import ceil, floor, trunc
from typing import Any, assert_never

import iso4217

from .errors import InvalidMoneyError, InvalidPointsError

_CURRENCIES = {currency.code: currency for currency in iso4217.Currency}

POINTS_MAX = 2**63 - 1
"""The most points that are ever counted together: a 64-bit whole number."""

EXACT = Context(
    prec=200, traps=[InvalidOperation, DivisionByZero, Overflow, Underflow, Inexact]
)
"""Decimal arithmetic that is exact or raises, whatever context the host has set."""

MONEY_LIMIT = Decimal("1E15")
"""Every amount and quantity is below this."""

DECIMALS_MAX = 6
_DIGITS_MAX = 40


class Rounding(StrEnum):
    """How a fraction becomes a whole number; named by the rule that uses it."""

    FLOOR = "floor"
    CEILING = "ceiling"
    TRUNCATE = "truncate"
    HALF_UP = "half_up"
    HALF_EVEN = "half_even"


def rounded(value: Fraction, how: Rounding) -> int:
    """Round an exact fraction; half up means half away from zero."""
    match how:
        case Rounding.FLOOR:
            return floor(value)
        case Rounding.CEILING:
            return ceil(value)
        case Rounding.TRUNCATE:
            return trunc(value)
        case Rounding.HALF_UP:
            half = Fraction(1, 2)
            return floor(value + half) if value >= 0 else ceil(value - half)
        case Rounding.HALF_EVEN:
            return round(value)
        case _:
            assert_never(how)


def check_points(_instance: object, attribute: Any, value: Any) -> None:
    """Validate a field that holds a positive number of points."""
    check_points_or_zero(_instance, attribute, value)
    if value == 0:
        problem = "must be at least 1; leave the command out instead of giving 0"
        raise InvalidPointsError(field=attribute.name, problem=problem)


def check_points_or_zero(_instance: object, attribute: Any, value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        problem = f"points are whole numbers, not {type(value).__name__}"
        raise InvalidPointsError(field=attribute.name, problem=problem)
    if value < 0:
        problem = f"{value} is negative; use the opposite command"
        raise InvalidPointsError(field=attribute.name, problem=problem)
    if value > POINTS_MAX:
        problem = f"{value} is beyond {POINTS_MAX}"
        raise InvalidPointsError(field=attribute.name, problem=problem)


def check_optional_points(instance: object, attribute: Any, value: Any) -> None:
    if value is not None:
        check_points(instance, attribute, value)


def exact(value: Any) -> Any:
    """Take a whole number for an exact decimal; a validator refuses all else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return value


def check_decimal(_instance: object, attribute: Any, value: Any) -> None:
    """Validate a field that holds an exact, finite, storable decimal."""
    if not isinstance(value, Decimal):
        kind = type(value).__name__
        problem = f"must be a Decimal or int, not {kind}; floats are not exact"
        raise InvalidMoneyError(field=attribute.name, problem=problem)
    if not value.is_finite():
        raise InvalidMoneyError(
            field=attribute.name, problem=f"{value} is not a number"
        )
    if not -MONEY_LIMIT < value < MONEY_LIMIT:
        problem = f"{value} is beyond {MONEY_LIMIT}"
        raise InvalidMoneyError(field=attribute.name, problem=problem)
    _, digits, exponent = value.as_tuple()
    if len(digits) > _DIGITS_MAX or not -_DIGITS_MAX < int(exponent) < _DIGITS_MAX:
        problem = f"is written with more than {_DIGITS_MAX} digits"
        raise InvalidMoneyError(field=attribute.name, problem=problem)
    if -int(exponent) > DECIMALS_MAX and decimals(value) > DECIMALS_MAX:
        problem = f"{value} has more than {DECIMALS_MAX} decimals"
        raise InvalidMoneyError(field=attribute.name, problem=problem)


def check_decimal_or_more(instance: object, attribute: Any, value: Any) -> None:
    """Validate a decimal that must not be negative."""
    check_decimal(instance, attribute, value)
    if isinstance(value, Decimal) and value < 0:
        problem = f"{value} is negative; it must be zero or more"
        raise InvalidMoneyError(field=attribute.name, problem=problem)


def check_currency(_instance: object, attribute: Any, value: Any) -> None:
    """Validate an ISO 4217 code."""
    minor_units(value, field=attribute.name)


def minor_units(code: Any, *, field: str = "currency") -> int:
    """Return the number of decimals of a currency (ISO 4217)."""
    found = _CURRENCIES.get(code) if isinstance(code, str) else None
    if found is None:
        problem = f"{code!r} is not an ISO 4217 code, such as 'EUR'"
        raise InvalidMoneyError(field=field, problem=problem)
    return found.exponent or 0


def decimals(value: Decimal) -> int:
    """Count the decimals that matter: 1.50 has one."""
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int), "amounts are finite"
    count = max(0, -exponent) if value else 0
    left = list(digits)
    while count and not left.pop():
        count -= 1
    return count


def allot(total: int, weights: Sequence[Fraction]) -> tuple[int, ...]:
    """Share *total* in proportion to *weights*, to the last unit.

    Largest remainder: each share is floored, and what is left goes one by one to
    the largest remainders, the earlier first. Weights that sum to zero share
    nothing: then all of *total* goes to the first.
    """
    if not weights:
        return ()
    whole = sum(weights)
    if whole == 0:
        return (total, *(0 for _ in weights[1:]))
    exact = [total * weight / whole for weight in weights]
    shares = [floor(share) for share in exact]
    order = sorted(range(len(exact)), key=lambda i: (shares[i] - exact[i], i))
    for i in order[: total - sum(shares)]:
        shares[i] += 1
    return tuple(shares)
