"""An evaluation can be taken apart: what every part came to, and what decided."""

from typing import Any

from hypothesis import given

from loyaltyledger.rules.expression import Ask, Told, compiled, read, traced
from rules.expression.samples import FACTS, NOW, TZ, VALUES, conditions

SALE: dict[str, Any] = {
    "total": 20,
    "joined": NOW,
    "segments": [],
    "lines": [
        {"sku": "tea", "quantity": 1, "price": 5},
        {"sku": "pot", "quantity": 3, "price": 5, "label": "sale"},
    ],
}
BIG = {">=": [{"var": "total"}, 50]}
WEB = {"==": [{"var": "channel"}, "web"]}
MANY = {"some": [{"var": "lines"}, {">": [{"var": "quantity"}, 2]}]}


def told(data: Any) -> Told:
    return traced(read(data), FACTS, Ask.at(FACTS.bound(SALE), NOW, TZ))


@given(conditions(3, on_items=False), VALUES)
def test_a_trace_comes_to_what_is_answered(data: Any, values: dict[str, Any]) -> None:
    tree, facts = read(data), FACTS.bound(values)

    found = traced(tree, FACTS, Ask.at(facts, NOW, TZ))

    assert bool(found.value) is compiled(tree, FACTS)(Ask.at(facts, NOW, TZ), {})


def test_names_the_conditions_that_failed() -> None:
    found = told({"and": [BIG, WEB, MANY]})

    assert found.value is False
    assert [reason.expression for reason in found.reasons()] == [BIG, WEB]


def test_one_condition_is_enough_for_or() -> None:
    found = told({"or": [BIG, MANY, {"<": [{"var": "total"}, 50]}]})

    assert [reason.expression for reason in found.reasons()] == [MANY]


def test_a_negation_holds_for_what_failed_in_it() -> None:
    found = told({"!": [{"or": [BIG, {"has": [{"var": "channel"}]}]}]})

    assert found.value is True
    assert [reason.value for reason in found.reasons()] == [False, False]


def test_a_missing_fact_is_told() -> None:
    found = told({"and": [BIG, WEB]})

    assert found.missing == ("channel",)
    assert found.parts[1].parts[0].value is None


def test_each_item_is_told() -> None:
    found = told(MANY)

    assert [part.value for part in found.parts] == [False, True]
    assert [reason.expression for reason in found.reasons()] == [MANY]


def test_a_literal_is_its_own_reason() -> None:
    found = told({"or": [True, BIG]})

    assert [reason.expression for reason in found.reasons()] == [True]
