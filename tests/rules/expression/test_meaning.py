"""Compiled expressions say what a naive reading of their JSON says."""

from typing import Any

from hypothesis import given

from loyaltyledger.rules.expression import Ask, compiled, read, written
from rules.expression import naive
from rules.expression.samples import FACTS, NOW, TZ, VALUES, conditions


def asked(data: Any, values: dict[str, Any]) -> Any:
    ask = Ask.at(FACTS.bound(values), NOW, TZ)
    return compiled(read(data), FACTS)(ask, {})


@given(conditions(3, on_items=False), VALUES)
def test_says_what_a_naive_reading_says(data: Any, values: dict[str, Any]) -> None:
    expected = naive.told(composed(data), composed(values), NOW, TZ)

    assert asked(data, values) is expected


def composed(data: Any) -> Any:
    """Write one letter in one way, as the library does before it compares."""
    if isinstance(data, str):
        return data.replace("e\u0301", "é")
    if isinstance(data, dict):
        return {key: composed(value) for key, value in data.items()}
    if isinstance(data, list):
        return [composed(value) for value in data]
    return data


@given(conditions(3, on_items=False))
def test_what_is_written_is_read_as_the_same(data: Any) -> None:
    tree = read(data)

    assert read(written(tree)) == tree
