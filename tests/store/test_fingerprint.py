"""The same command has the same fingerprint; another one says what differs."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyaltyledger.kernel.errors import NaiveDatetimeError
from loyaltyledger.store import CodecError, differing, fingerprint
from store.sample import NOW, Part


class Way(Enum):
    CARD = "card"
    CASH = "cash"


class OtherWay(Enum):
    CARD = "card"


@attrs.frozen(kw_only=True)
class Other:
    of: str
    points: int


@attrs.frozen(kw_only=True)
class Pay:
    key: str = "k"
    what: Any = None


@attrs.frozen(kw_only=True)
class Refund:
    key: str = "k"
    what: Any = None


@attrs.frozen(kw_only=True)
class PayToo:
    key: str
    what: Any
    more: tuple[str, ...] = ()
    most: Mapping[str, str] = attrs.field(factory=dict)


PayToo.__name__ = "Pay"
EAST = timezone(timedelta(hours=2))
ALIKE: list[tuple[Any, Any]] = [
    (Decimal("1.50"), Decimal("1.5")),
    (Decimal(100), Decimal("1E+2")),
    (Decimal("-0.0"), Decimal(0)),
    (NOW, NOW.astimezone(EAST)),
    ((1, 2), [1, 2]),
    (frozenset("abc"), {"c", "b", "a"}),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
]
DIFFERENT: list[Any] = [
    *(None, True, False, 0, 1, 2, "", "1", "a", 1.5, "1.5", b"1", b"a"),
    *(Decimal(1), Decimal("1.5"), Decimal("1E+2"), Decimal("-1.5"), Decimal("NaN")),
    Decimal("1." + "0" * 40 + "1"),
    Decimal("1." + "0" * 40 + "2"),
    *(NOW, NOW + timedelta(microseconds=1), NOW.isoformat()),
    *(date(2024, 5, 17), time(10, 30), timedelta(1), timedelta(2)),
    *(UUID(int=1), UUID(int=2), Way.CARD, Way.CASH, OtherWay.CARD, "card"),
    *((), (1,), ((1,),), (1, 2), (2, 1), ("1",), frozenset(), frozenset({1})),
    *({}, {"a": 1}, {"a": 2}, {1: "a"}, (("a", 1),), {"decimal": "15E-1"}),
    *(Part(of="x", points=1), Part(of="x", points=2), Other(of="x", points=1)),
    {"of": "x", "points": 1},
    "é",
    "e\u0301",
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_equal_values_have_one_fingerprint(one: object, other: object) -> None:
    assert fingerprint(Pay(what=one)) == fingerprint(Pay(what=other))


def test_values_that_differ_have_fingerprints_that_differ() -> None:
    prints = [fingerprint(Pay(key="k2", what=value)) for value in DIFFERENT]

    assert len({each.digest for each in prints}) == len(DIFFERENT)
    assert {len(each.digest) for each in prints} == {16}


def test_another_class_is_another_command() -> None:
    assert fingerprint(Pay(what=1)).digest != fingerprint(Refund(what=1)).digest


def test_says_which_fields_differ() -> None:
    one = fingerprint(Pay(key="a", what=1)).fields

    assert differing(one, Pay(key="a", what=1)) == ()
    assert differing(one, Pay(key="a", what=2)) == ("what",)
    assert differing(one, Pay(key="a")) == ("what",)
    assert differing(one, Pay(key="b", what=2)) == ("key", "what")


def test_names_no_field_that_the_other_command_has_not() -> None:
    fuller = fingerprint(PayToo(key="a", what=1, more=("x",))).fields

    assert differing(fuller, Pay(key="a", what=1)) == ("another field",)
    assert differing(fuller, Pay(key="a", what=1), [PayToo]) == ("more",)


def test_reads_the_digests_of_the_first_format() -> None:
    stored = '{"key":"4f156f29","what":"5e9f5c30"}'
    command = Pay(key="a", what=(Decimal("1.5"), frozenset({"x", "y"}), NOW, Way.CARD))

    assert differing(stored, command) == ()
    assert differing(stored, attrs.evolve(command, what=1)) == ("what",)


def test_a_field_added_later_with_a_default_changes_nothing() -> None:
    assert fingerprint(Pay(key="a", what=1)) == fingerprint(PayToo(key="a", what=1))
    fuller = PayToo(key="a", what=1, most={"x": "y"})
    assert differing(fingerprint(Pay(key="a", what=1)).fields, fuller) == ("most",)


def test_is_the_same_in_every_process_and_version() -> None:
    command = Pay(key="a", what=(Decimal("1.5"), frozenset({"x", "y"}), NOW, Way.CARD))

    found = fingerprint(command)

    assert (found.digest.hex(), found.fields) == (
        "9b5c281114061f5c19c528c3a76a0377",
        "r2cWEjqpAJ4oK5Jm",
    )


DECIMALS = st.decimals(allow_nan=False, allow_infinity=False)


@given(DECIMALS, st.integers(1, 60))
def test_zeros_at_the_end_change_nothing(one: Decimal, zeros: int) -> None:
    sign, digits, exponent = one.as_tuple()
    other = Decimal((sign, digits + (0,) * zeros, int(exponent) - zeros))

    assert fingerprint(Pay(what=(one,))) == fingerprint(Pay(what=(other,)))


@given(DECIMALS, DECIMALS)
def test_decimals_are_alike_exactly_when_equal(one: Decimal, other: Decimal) -> None:
    alike = fingerprint(Pay(what=(one,))) == fingerprint(Pay(what=(other,)))

    assert alike == (one == other)


@pytest.mark.parametrize("value", [object(), object, float("nan")])
def test_refuses_what_has_no_fixed_form(value: object) -> None:
    with pytest.raises((CodecError, ValueError)):
        fingerprint(Pay(what=value))


def test_refuses_what_is_no_command() -> None:
    with pytest.raises(CodecError):
        fingerprint({"key": "k"})


def test_refuses_an_instant_without_a_zone() -> None:
    with pytest.raises(NaiveDatetimeError):
        fingerprint(Pay(what=datetime(2024, 1, 1)))
