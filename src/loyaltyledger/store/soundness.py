"""Whether values of a decoded event can be reckoned with.

The serializer takes instants without a zone, and decimals that are no numbers, for what
they are called. Whoever compares or adds them up later would fail, far from the cause.
"""

import types
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs

Check = Callable[[Any], None]

ADJUSTED_MAX = 200
"""Decimals are calculated exactly, in as many digits."""


@cache
def check_of(kind: Any) -> Check | None:  # noqa: ANN401  # any type there is
    """Return what raises ValueError for an unsound value; None: all are sound."""
    if kind is datetime:
        return _check_instant
    if kind is Decimal:
        return _check_decimal
    if attrs.has(kind):
        return _check_of_fields(kind)
    inner = [check for check in map(check_of, get_args(kind)) if check]
    if not inner:
        return None
    assert len(inner) == 1, "what may be one thing or another is not stored"
    (check,) = inner
    is_union = get_origin(kind) in {Union, types.UnionType}
    return _check_of_optional(check) if is_union else _check_of_items(check)


def _check_instant(at: datetime) -> None:
    if at.tzinfo is None:
        problem = f"{at.isoformat()} has no time zone"
        raise ValueError(problem)


def _check_decimal(value: Decimal) -> None:
    if not value.is_finite() or abs(value.adjusted()) > ADJUSTED_MAX:
        problem = f"{value} is no number to reckon with"
        raise ValueError(problem)


def _check_of_fields(kind: type) -> Check | None:
    hints = get_type_hints(kind)
    checks = [(field.name, check_of(hints[field.name])) for field in attrs.fields(kind)]
    needed = tuple((name, check) for name, check in checks if check)

    def check_fields(value: object) -> None:
        for name, check in needed:
            check(getattr(value, name))

    return check_fields if needed else None


def _check_of_optional(check: Check) -> Check:
    def check_optional(value: object) -> None:
        if value is not None:
            check(value)

    return check_optional


def _check_of_items(check: Check) -> Check:
    def check_items(values: tuple[object, ...]) -> None:
        for value in values:
            check(value)

    return check_items
