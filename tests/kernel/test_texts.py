"""What a refusal says: the field, and what is wrong with it, word for word."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any

import attrs
import pytest

from loyaltyledger import LedgerError
from loyaltyledger.kernel.fields import (
    check_dates,
    check_flag,
    check_ids,
    check_instant,
    check_reason,
    check_text,
    count,
    instance,
    instant,
    one_of,
    one_word_of,
    tuple_of,
)
from loyaltyledger.kernel.ids import (
    check_entry_id,
    check_id,
    check_optional_entry_id,
    check_optional_id,
    stream_name,
)
from loyaltyledger.kernel.quantities import (
    check_currency,
    check_decimal,
    check_decimal_or_more,
    check_optional_points,
    check_points,
    check_points_or_zero,
    minor_units,
)
from loyaltyledger.kernel.time import command_instant, utc, zone

NOON = datetime(2024, 5, 17, 12, tzinfo=UTC)
A_TEXT: Any = "2024-05-17"
EAST = timezone(timedelta(hours=14))


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


def given(validator: Any, value: Any) -> None:
    """Hold a value in a field called *it*."""
    attrs.make_class("Holder", {"it": attrs.field(validator=validator)})(value)


def dated(value: Any) -> None:
    attrs.make_class("Holder", {"it": instant("it")})(value)


TEXTS: list[tuple[Callable[[], object], str]] = [
    (lambda: given(check_text, 5), "it: must be text, not int"),
    (lambda: given(check_text, "x" * 1001), "it: at most 1000 characters, not 1001"),
    (
        lambda: given(check_text, "a\nb"),
        "it: must not hold control characters or line breaks",
    ),
    (lambda: given(check_reason, None), "it: must be text, not NoneType"),
    (lambda: given(check_reason, ""), "it: say why; it is kept for the audit"),
    (lambda: given(check_reason, "x" * 1001), "it: at most 1000 characters, not 1001"),
    (lambda: given(check_flag, 1), "it: must be True or False, not int"),
    (lambda: given(check_flag, None), "it: must be True or False, not NoneType"),
    (
        lambda: given(one_of(Colour), "red"),
        "it: must be a Colour (Colour.RED, Colour.BLUE), not a str",
    ),
    (
        lambda: given(one_of(Colour), None),
        "it: must be a Colour (Colour.RED, Colour.BLUE), not a NoneType",
    ),
    (
        lambda: given(one_of(Colour, optional=True), 5),
        "it: must be a Colour (Colour.RED, Colour.BLUE), not a int",
    ),
    (lambda: given(one_word_of("a", "b"), "c"), "it: must be a or b"),
    (lambda: given(instance(date), "2024-01-01"), "it: must be of class date, not str"),
    (lambda: given(instance(date), None), "it: must be of class date, not NoneType"),
    (
        lambda: given(instance(date, optional=True), 5),
        "it: must be of class date, not int",
    ),
    (lambda: given(tuple_of(date), []), "it: must be of class tuple, not list"),
    (
        lambda: given(tuple_of(date), (date(2024, 1, 1), 5)),
        "it: must be of class date, not int",
    ),
    (lambda: given(check_dates, []), "it: must be of class tuple, not list"),
    (
        lambda: given(check_dates, ("2024-01-01",)),
        "it: a str is not a date without a time",
    ),
    (
        lambda: given(check_dates, (date(2024, 1, 1), NOON)),
        "it: a datetime is not a date without a time",
    ),
    (
        lambda: given(check_dates, (date(1899, 12, 31),)),
        "it: 1899-12-31 is not within 1900-3999",
    ),
    (
        lambda: given(check_dates, (date(4000, 1, 1),)),
        "it: 4000-01-01 is not within 1900-3999",
    ),
    (lambda: given(check_ids, ("a",)), "it: must be of class frozenset, not tuple"),
    (lambda: given(check_ids, frozenset({""})), "it: an id must not be empty"),
    (lambda: given(count(1, 3), 0), "it: must be from 1 to 3"),
    (lambda: given(count(1, 3), 4), "it: must be from 1 to 3"),
    (lambda: given(count(1, 3), value=True), "it: must be a whole number, not a bool"),
    (lambda: given(count(1, 3), 1.0), "it: must be a whole number, not a float"),
    (lambda: given(count(1, 3), None), "it: must be a whole number, not a NoneType"),
    (lambda: given(count(1, 3, optional=True), 0), "it: must be from 1 to 3"),
    (lambda: given(check_instant, "now"), "it: 'now' is no datetime"),
    (
        lambda: given(check_instant, datetime(2024, 5, 17)),
        "it: 2024-05-17T00:00:00 has no time zone; say which one it is in",
    ),
    (
        lambda: given(check_instant, NOON.replace(year=1899)),
        "it: 1899-05-17T12:00:00+00:00 is not within 1900-3999",
    ),
    (lambda: dated("now"), "it: 'now' is no datetime"),
    (
        lambda: dated(NOON.replace(year=4000)),
        "it: 4000-05-17T12:00:00+00:00 is not within 1900-3999",
    ),
    (lambda: given(check_id, 5), "it: an id is text, not int"),
    (lambda: given(check_id, ""), "it: an id must not be empty"),
    (
        lambda: given(check_id, "x" * 201),
        "it: an id has at most 200 characters, this one 201",
    ),
    (
        lambda: given(check_id, "a\tb"),
        "it: an id must not hold control characters or line breaks",
    ),
    (
        lambda: given(check_id, "é\u2028"),
        "it: an id must not hold control characters or line breaks",
    ),
    (
        lambda: given(check_id, "é\u2029"),
        "it: an id must not hold control characters or line breaks",
    ),
    (lambda: given(check_id, " a"), "it: an id must not begin or end with white space"),
    (lambda: given(check_id, "é "), "it: an id must not begin or end with white space"),
    (
        lambda: given(check_id, "e\u0301"),
        "it: an id must be in Unicode normal form C; normalise it first",
    ),
    (lambda: given(check_optional_id, ""), "it: an id must not be empty"),
    (lambda: given(check_entry_id, ""), "it: an id must not be empty"),
    (
        lambda: given(check_entry_id, "x" * 10_001),
        "it: an id has at most 10000 characters, this one 10001",
    ),
    (lambda: given(check_optional_entry_id, ""), "it: an id must not be empty"),
    (lambda: stream_name("purchase", ""), "purchase_id: an id must not be empty"),
    (
        lambda: stream_name("purchase", "a", "x" * 10_001),
        "purchase_id: an id has at most 10000 characters, this one 10001",
    ),
    (
        lambda: given(check_points, 0),
        "it: must be at least 1; leave the command out instead of giving 0",
    ),
    (lambda: given(check_points, -1), "it: -1 is negative; use the opposite command"),
    (
        lambda: given(check_points, 2**63),
        "it: 9223372036854775808 is beyond 9223372036854775807",
    ),
    (lambda: given(check_points, 1.0), "it: points are whole numbers, not float"),
    (lambda: given(check_points, value=True), "it: points are whole numbers, not bool"),
    (
        lambda: given(check_points_or_zero, -1),
        "it: -1 is negative; use the opposite command",
    ),
    (
        lambda: given(check_optional_points, 0),
        "it: must be at least 1; leave the command out instead of giving 0",
    ),
    (
        lambda: given(check_decimal, 0.5),
        "it: must be a Decimal or int, not float; floats are not exact",
    ),
    (lambda: given(check_decimal, Decimal("NaN")), "it: NaN is not a number"),
    (
        lambda: given(check_decimal, Decimal("-Infinity")),
        "it: -Infinity is not a number",
    ),
    (lambda: given(check_decimal, Decimal("1E15")), "it: 1E+15 is beyond 1E+15"),
    (lambda: given(check_decimal, Decimal("-1E15")), "it: -1E+15 is beyond 1E+15"),
    (
        lambda: given(check_decimal, Decimal("1." + 40 * "0")),
        "it: is written with more than 40 digits",
    ),
    (
        lambda: given(check_decimal, Decimal("0E+40")),
        "it: is written with more than 40 digits",
    ),
    (
        lambda: given(check_decimal, Decimal("0E-40")),
        "it: is written with more than 40 digits",
    ),
    (
        lambda: given(check_decimal, Decimal("0.0000001")),
        "it: 1E-7 has more than 6 decimals",
    ),
    (
        lambda: given(check_decimal_or_more, Decimal("-0.01")),
        "it: -0.01 is negative; it must be zero or more",
    ),
    (
        lambda: given(check_decimal_or_more, 1),
        "it: must be a Decimal or int, not int; floats are not exact",
    ),
    (
        lambda: given(check_currency, "gbp"),
        "it: 'gbp' is not an ISO 4217 code, such as 'EUR'",
    ),
    (lambda: minor_units([]), "currency: [] is not an ISO 4217 code, such as 'EUR'"),
    (lambda: minor_units(826), "currency: 826 is not an ISO 4217 code, such as 'EUR'"),
    (
        lambda: minor_units("", field="price"),
        "price: '' is not an ISO 4217 code, such as 'EUR'",
    ),
    (
        lambda: utc(A_TEXT),
        "datetime: '2024-05-17' is no datetime",
    ),
    (
        lambda: utc(datetime(2024, 5, 17)),
        "datetime: 2024-05-17T00:00:00 has no time zone; say which one it is in",
    ),
    (
        lambda: utc(datetime.min.replace(tzinfo=EAST)),
        "datetime: 0001-01-01T00:00:00+14:00 has no place in the calendar of UTC",
    ),
    (
        lambda: command_instant(datetime(2024, 5, 17), field="at"),
        "at: 2024-05-17T00:00:00 has no time zone; say which one it is in",
    ),
    (
        lambda: command_instant(NOON.replace(year=4000), field="at"),
        "at: 4000-05-17T12:00:00+00:00 is not within 1900-3999",
    ),
    (
        lambda: zone("Europe/Atlantis"),
        (
            "time_zone: 'Europe/Atlantis' is not a zone of the IANA "
            "database, such as 'Europe/London'"
        ),
    ),
    (
        lambda: zone("../etc/passwd"),
        (
            "time_zone: '../etc/passwd' is not a zone of the IANA "
            "database, such as 'Europe/London'"
        ),
    ),
]


@pytest.mark.parametrize(("wrong", "text"), TEXTS, ids=[text for _, text in TEXTS])
def test_a_refusal_says_what_is_wrong(wrong: Callable[[], object], text: str) -> None:
    with pytest.raises(LedgerError) as refused:
        wrong()

    assert str(refused.value) == text


FINE: list[tuple[Callable[[], Any], Any]] = [
    (lambda: check_text, None),
    (lambda: check_text, "x" * 1000),
    (lambda: check_reason, "why"),
    (lambda: check_flag, False),
    (lambda: one_of(Colour), Colour.BLUE),
    (lambda: one_of(Colour, optional=True), None),
    (lambda: one_word_of("a", "b"), "b"),
    (lambda: instance(date), date(2024, 1, 1)),
    (lambda: instance(date, optional=True), None),
    (lambda: tuple_of(date), (date(2024, 1, 1),)),
    (lambda: check_dates, (date(1900, 1, 1), date(3999, 12, 31))),
    (lambda: check_ids, frozenset({"a"})),
    (lambda: count(1, 3), 1),
    (lambda: count(1, 3), 3),
    (lambda: count(1, 3, optional=True), None),
    (lambda: check_instant, NOON),
    (lambda: check_id, "x" * 200),
    (lambda: check_id, "é"),
    (lambda: check_optional_id, None),
    (lambda: check_entry_id, "x" * 10_000),
    (lambda: check_optional_entry_id, None),
    (lambda: check_points, 1),
    (lambda: check_points, 2**63 - 1),
    (lambda: check_points_or_zero, 0),
    (lambda: check_optional_points, None),
    (lambda: check_decimal, Decimal("-999999999999999.999999")),
    (lambda: check_decimal, Decimal("1." + 39 * "0")),
    (lambda: check_decimal, Decimal("0E+39")),
    (lambda: check_decimal, Decimal("0.0000010")),
    (lambda: check_decimal_or_more, Decimal(0)),
    (lambda: check_currency, "GBP"),
]


@pytest.mark.parametrize(("validator", "value"), FINE)
def test_what_is_within_bounds_is_taken(
    validator: Callable[[], Any], value: Any
) -> None:
    given(validator(), value)


def test_an_instant_may_be_left_out() -> None:
    made = attrs.make_class("Holder", {"it": instant("it")})

    assert made().it is None
    assert made(None).it is None
    assert made(NOON.astimezone(EAST)).it.tzinfo is UTC
