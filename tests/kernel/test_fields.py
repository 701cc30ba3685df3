"""A field refuses what it cannot hold, whatever it is."""

from datetime import date, datetime
from enum import Enum
from typing import Any

import attrs
import pytest

from loyaltyledger import InvalidIdError, InvalidInputError
from loyaltyledger.kernel.fields import (
    check_dates,
    check_flag,
    check_ids,
    check_reason,
    check_text,
    count,
    instance,
    instant,
    one_of,
    one_word_of,
    tuple_of,
)


class Colour(Enum):
    RED = "red"


@attrs.frozen(kw_only=True)
class Form:
    """Something with one field of each kind."""

    text: Any = attrs.field(default=None, validator=check_text)
    reason: Any = attrs.field(default="r", validator=check_reason)
    flag: Any = attrs.field(default=True, validator=check_flag)
    colour: Any = attrs.field(default=Colour.RED, validator=one_of(Colour))
    hue: Any = attrs.field(default=None, validator=one_of(Colour, optional=True))
    word: Any = attrs.field(default="a", validator=one_word_of("a", "b"))
    day: Any = attrs.field(default=date(2024, 1, 1), validator=instance(date))
    other: Any = attrs.field(default=None, validator=instance(date, optional=True))
    days: Any = attrs.field(default=(), validator=tuple_of(date))
    dates: Any = attrs.field(default=(), validator=check_dates)
    ids: Any = attrs.field(default=frozenset(), validator=check_ids)
    number: Any = attrs.field(default=1, validator=count(1, 3))
    maybe: Any = attrs.field(default=None, validator=count(1, 3, optional=True))
    at: datetime | None = instant("at")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", ""),
        ("text", "x" * 1000),
        ("flag", False),
        ("hue", Colour.RED),
        ("word", "b"),
        ("other", date(2024, 1, 1)),
        ("days", (date(2024, 1, 1),)),
        ("dates", (date(1900, 1, 1), date(3999, 12, 31))),
        ("ids", frozenset({"a", "b"})),
        ("number", 1),
        ("number", 3),
        ("maybe", 2),
    ],
)
def test_holds_what_it_is_for(field: str, value: Any) -> None:
    assert getattr(Form(**{field: value}), field) == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", 5),
        ("text", "x" * 1001),
        ("text", "a\nb"),
        ("text", "\0"),
        ("text", "\ud800"),
        ("reason", None),
        ("reason", " "),
        ("flag", 1),
        ("flag", None),
        ("colour", "red"),
        ("colour", None),
        ("hue", "red"),
        ("word", "c"),
        ("word", None),
        ("day", None),
        ("day", "2024-01-01"),
        ("other", 5),
        ("days", [date(2024, 1, 1)]),
        ("days", ("2024-01-01",)),
        ("dates", [date(2024, 1, 1)]),
        ("dates", ("2024-01-01",)),
        ("dates", (datetime(2024, 1, 1),)),
        ("dates", (date(1899, 12, 31),)),
        ("dates", (date(4000, 1, 1),)),
        ("ids", {"a"}),
        ("number", 0),
        ("number", 4),
        ("number", 1.0),
        ("number", True),
        ("number", None),
        ("maybe", 0),
        ("at", "now"),
    ],
)
def test_refuses_what_it_is_not_for(field: str, value: Any) -> None:
    with pytest.raises(InvalidInputError) as refused:
        Form(**{field: value})

    assert refused.value.field == field
    assert refused.value.problem


def test_refuses_an_id_among_ids_that_cannot_be() -> None:
    with pytest.raises(InvalidIdError) as refused:
        Form(ids=frozenset({""}))

    assert refused.value.field == "ids"
