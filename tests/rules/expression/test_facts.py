"""Facts are declared, and given as declared or refused."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from loyaltyledger import InvalidInputError
from loyaltyledger.rules.expression import (
    Ask,
    Fact,
    Facts,
    Kind,
    TooManyStepsError,
    compiled,
    read,
)
from rules.expression.samples import FACTS, NOW, TZ

SALE: dict[str, Any] = {"total": 1, "joined": NOW, "segments": ()}


def test_values_come_to_one_form() -> None:
    values = SALE | {
        "channel": "cafe\u0301",
        "joined": datetime(2026, 1, 1, 9, tzinfo=timezone(timedelta(hours=9))),
        "segments": {"b", "a"},
        "lines": [{"sku": "tea", "quantity": 2, "price": Decimal("0.5")}],
    }

    found = FACTS.bound(values)

    assert found == {
        "total": Decimal(1),
        "channel": "café",
        "joined": datetime(2026, 1, 1, tzinfo=UTC),
        "segments": ("a", "b"),
        "lines": ({"sku": "tea", "quantity": Decimal(2), "price": Decimal("0.5")},),
    }
    assert isinstance(found["total"], Decimal)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"total": None}, "'total': is missing"),
        ({"total": True}, "'total': must be number, not bool"),
        ({"total": "1"}, "must be number, not str"),
        ({"total": 0.5}, "must be number, not float"),
        ({"total": Decimal("NaN")}, "must be number"),
        ({"total": 10**40}, "34 digits"),
        ({"total": Decimal("1E40")}, "34 digits"),
        ({"channel": 5}, "must be text"),
        ({"born": NOW}, "must be date, not datetime"),
        ({"joined": date(2026, 1, 1)}, "must be instant, not date"),
        ({"joined": datetime(2026, 1, 1)}, "no time zone"),
        ({"segments": "gold"}, "must be texts, not str"),
        ({"segments": [5]}, "must be text, not int"),
        ({"lines": {"sku": "tea"}}, "must be items, not dict"),
        ({"lines": ["tea"]}, "must be items, not str"),
        ({"lines": [{"sku": "tea", "quantity": 1}]}, "an item has no 'price'"),
        ({"vip": 1}, "must be truth, not int"),
        ({"colour": "red"}, "'colour': not declared"),
    ],
)
def test_refuses_a_wrong_value(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        FACTS.bound(SALE | changes)

    assert said in str(refused.value)


ITEMS = Fact(name="lines", kind=Kind.ITEMS, fields=(Fact(name="a", kind=Kind.TEXT),))
RATINGS = Fact(name="ratings", kind=Kind.NUMBERS)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ((RATINGS, RATINGS), "declared twice"),
        ((Fact(name="now", kind=Kind.DATE),), "declared twice"),
        ((Fact(name="lines", kind=Kind.ITEMS),), "have fields"),
        ((Fact(name="x", kind=Kind.TEXT, fields=(RATINGS,)),), "have fields"),
        ((Fact(name="x", kind=Kind.ITEMS, fields=(ITEMS,)),), "holds no items"),
        ((ITEMS, Fact(name="a", kind=Kind.TEXT)), "rename one of them"),
    ],
)
def test_refuses_a_wrong_declaration(facts: tuple[Fact, ...], said: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        Facts.of(*facts)

    assert said in str(refused.value)


def test_numbers_may_come_in_a_row() -> None:
    facts = Facts.of(RATINGS)
    holds = compiled(read({"in": [10, {"var": "ratings"}]}), facts)

    assert holds(Ask.at(facts.bound({"ratings": [9, 10]}), NOW, TZ), {}) is True


def test_stops_where_items_make_it_too_long() -> None:
    lines = [{"sku": "tea", "quantity": 1, "price": 1}] * 10_000
    test = {">": [{"var": "price"}, {"+": [2] * 99}]}
    holds = compiled(read({"some": [{"var": "lines"}, test]}), FACTS)
    ask = Ask.at(FACTS.bound(SALE | {"lines": lines}), NOW, TZ)

    with pytest.raises(TooManyStepsError, match="1000000 steps"):
        holds(ask, {})
