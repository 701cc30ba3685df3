"""What cannot be meant is refused when it is saved, and the error says where."""

from decimal import Decimal
from typing import Any

import pytest

from loyaltyledger.rules.expression import (
    InvalidExpressionError,
    Kind,
    check,
    parsed,
    read,
)
from rules.expression.samples import FACTS


def var(name: str) -> dict[str, str]:
    return {"var": name}


TOTAL, VISITS, CHANNEL = var("total"), var("visits"), var("channel")
IS_WEB = {"==": [CHANNEL, "web"]}
KNOWN = {"has": [CHANNEL]}

GOOD: dict[str, Any] = {
    "a comparison": {">=": [TOTAL, 50]},
    "a literal": True,
    "a chain": {"<": [0, TOTAL, 100]},
    "a guarded negation": {"and": [KNOWN, {"!": [IS_WEB]}]},
    "guarded by a comparison beside it": {
        "and": [{"starts_with": [CHANNEL, "w"]}, {"!": [IS_WEB]}]
    },
    "guarded within": {"!": [{"and": [KNOWN, IS_WEB]}]},
    "guarded by or": {"or": [{"!": [KNOWN]}, {"!": [IS_WEB]}]},
    "guarded by if": {"if": [KNOWN, {"!": [IS_WEB]}, {">": [TOTAL, 5]}]},
    "guarded by if the other way": {
        "if": [{"!": [KNOWN]}, {">": [TOTAL, 5]}, {"!": [IS_WEB]}]
    },
    "guarded within if": {"!": [{"if": [KNOWN, IS_WEB, {">": [TOTAL, 5]}]}]},
    "guarded within if the other way": {
        "!": [{"if": [{"!": [KNOWN]}, {">": [TOTAL, 5]}, IS_WEB]}]
    },
    "guarded within or": {"!": [{"or": [{"!": [KNOWN]}, IS_WEB]}]},
    "guarded by an or in an or": {
        "or": [{"or": [{"!": [KNOWN]}, {">": [TOTAL, 5]}]}, {"!": [IS_WEB]}]
    },
    "guarded by an and in an and": {
        "!": [{"and": [{"and": [KNOWN, {">": [TOTAL, 5]}]}, IS_WEB]}]
    },
    "guarded by either": {
        "and": [
            {"or": [IS_WEB, {"==": [CHANNEL, "app"]}]},
            {"!": [{"==": [CHANNEL, "kiosk"]}]},
        ]
    },
    "beside a count": {
        "and": [{">": [{"count": [var("lines")]}, 1]}, {"!": [{">": [TOTAL, 5]}]}]
    },
    "has of a field": {"some": [var("lines"), {"has": [var("label")]}]},
    "the negation of what is never missing": {"!": [{">": [TOTAL, 5]}]},
    "other than, which is false when missing": {"!=": [CHANNEL, "web"]},
    "none of the items": {"none": [var("lines"), {"==": [var("sku"), "a"]}]},
    "none, guarded": {
        "none": [
            var("lines"),
            {"and": [{"has": [var("label")]}, {"==": [var("label"), "x"]}]},
        ]
    },
    "limits that meet": {"and": [{">=": [TOTAL, 5]}, {"<=": [TOTAL, 5]}]},
    "limits of two facts": {"and": [{">": [TOTAL, 5]}, {"<": [VISITS, 3]}]},
    "limits that leave a gap": {"or": [{"<": [TOTAL, 3]}, {">": [TOTAL, 5]}]},
    "a window": {"birthday_window": [var("born"), 3, 4]},
    "items with a number": {">": [{"sum": [var("lines"), var("price")]}, 5]},
}

BAD: dict[str, tuple[Any, str]] = {
    "an unknown fact": ({">": [var("totl"), 5]}, "did you mean 'total'"),
    "an unknown operator": ({"=>": [TOTAL, 5]}, "did you mean '>'"),
    "text for a number": ({">": [TOTAL, "5"]}, "not (number, text)"),
    "a truth for a number": ({"==": [TOTAL, True]}, "not (number, truth)"),
    "order of texts": ({"<": [CHANNEL, "x"]}, "not (text, text)"),
    "a number for a condition": ({"and": [TOTAL, IS_WEB]}, "must be a condition"),
    "one part of and": ({"and": [IS_WEB]}, "two or more"),
    "two parts of not": ({"!": [IS_WEB, IS_WEB]}, "one condition"),
    "no parts": ({"==": []}, "takes"),
    "no parts of items": ({"some": []}, "takes items first"),
    "if without else": ({"if": [IS_WEB, True]}, "what to give"),
    "if of a number": ({"if": [TOTAL, IS_WEB, IS_WEB]}, "must be a condition"),
    "if of two kinds": ({"if": [IS_WEB, IS_WEB, 5]}, "both must be alike"),
    "has of a value": ({"has": [5]}, "name of one fact"),
    "has of what is there": ({"has": [TOTAL]}, "never missing"),
    "items that are none": ({"some": [TOTAL, IS_WEB]}, "takes items first"),
    "a sum of a condition": (
        {">": [{"sum": [var("lines"), IS_WEB]}, 1]},
        "takes (items, number)",
    ),
    "items within items": (
        {"some": [var("lines"), {"some": [var("lines"), IS_WEB]}]},
        "cannot look at items again",
    ),
    "a field outside": ({"==": [var("sku"), "a"]}, "no fact 'sku'"),
    "a worked-out date": (
        {"date_between": [var("joined"), var("born"), {"date": "2026-01-01"}]},
        "must be written down",
    ),
    "dates the wrong way round": (
        {
            "date_between": [
                var("joined"),
                {"date": "2026-02-01"},
                {"date": "2026-01-01"},
            ]
        },
        "is before",
    ),
    "no time of day": (
        {"time_between": [var("now"), "9:00", "25:00"]},
        "no time of day",
    ),
    "an empty time": ({"time_between": [var("now"), "09:00", "09:00"]}, "nothing"),
    "half a day": (
        {"birthday_window": [var("born"), Decimal("0.5"), 1]},
        "whole number of days",
    ),
    "a year around it": ({"birthday_window": [var("born"), 1, 365]}, "from 0 to 180"),
    "a negation": ({"!": [IS_WEB]}, "has(channel)"),
    "a negation in or": ({"or": [{"!": [IS_WEB]}, {">": [TOTAL, 3]}]}, "has(channel)"),
    "a negated and": ({"!": [{"and": [IS_WEB, {">": [TOTAL, 3]}]}]}, "has(channel)"),
    "a negated truth": ({"!": [var("vip")]}, "has(vip)"),
    "guarded by another": (
        {"and": [{"has": [VISITS]}, {"!": [IS_WEB]}]},
        "has(channel)",
    ),
    "none of what may be missing": (
        {"none": [var("lines"), {"==": [var("label"), "x"]}]},
        "has(label)",
    ),
    "always": ({"==": [1, 1]}, "always holds"),
    "never": ({"and": [IS_WEB, {">": [1, 2]}]}, "can never hold"),
    "a fact and itself": ({">=": [TOTAL, TOTAL]}, "always holds"),
    "a fact beyond itself": ({"<": [TOTAL, TOTAL]}, "can never hold"),
    "in nothing": ({"in": [CHANNEL, []]}, "can never hold"),
    "a literal in or": ({"or": [IS_WEB, True]}, "always holds"),
    "a literal in and": ({"and": [False, IS_WEB]}, "can never hold"),
    "a contradiction": (
        {"and": [{">": [TOTAL, 5]}, {"!": [{">": [TOTAL, 5]}]}]},
        "can never hold",
    ),
    "limits that cross": ({"and": [{">": [TOTAL, 5]}, {"<": [TOTAL, 5]}]}, "never"),
    "limits that just cross": (
        {"and": [{">": [TOTAL, 5]}, {">=": [5, TOTAL]}]},
        "never",
    ),
    "two values at once": ({"and": [IS_WEB, {"==": [CHANNEL, "app"]}]}, "never"),
    "a value beyond a limit": (
        {"and": [{"==": [TOTAL, 3]}, {">": [TOTAL, 5]}]},
        "never",
    ),
    "limits that leave nothing": (
        {"or": [{"<": [TOTAL, 5]}, {">=": [TOTAL, 5]}]},
        "always",
    ),
    "a literal that is negated": ({"!": [True]}, "can never hold"),
    "if true": ({"if": [True, IS_WEB, {">": [TOTAL, 5]}]}, "always holds"),
}


@pytest.mark.parametrize("data", GOOD.values(), ids=GOOD)
def test_accepts(data: Any) -> None:
    check(read(data), FACTS, gives=Kind.TRUTH)


@pytest.mark.parametrize(("data", "said"), BAD.values(), ids=BAD)
def test_refuses(data: Any, said: str) -> None:
    with pytest.raises(InvalidExpressionError) as refused:
        check(read(data), FACTS, gives=Kind.TRUTH)

    assert said in str(refused.value)


def test_says_where() -> None:
    data = {"and": [IS_WEB, {"or": [{">": [TOTAL, 5]}, {">": [TOTAL, CHANNEL]}]}]}

    with pytest.raises(InvalidExpressionError) as refused:
        check(read(data), FACTS, gives=Kind.TRUTH)

    assert refused.value.field == "expression.and[1].or[1].>"


def test_refuses_what_gives_something_else() -> None:
    with pytest.raises(InvalidExpressionError, match="gives number, not truth"):
        check(read({"+": [TOTAL, 1]}), FACTS, gives=Kind.TRUTH)


def test_refuses_what_is_too_large_or_too_deep() -> None:
    deep: Any = IS_WEB
    for _ in range(40):
        deep = {"!": [deep]}

    with pytest.raises(InvalidExpressionError, match="levels deep"):
        read(deep)
    with pytest.raises(InvalidExpressionError, match="more than 500 parts"):
        read({"or": [IS_WEB] * 200})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ("NaN", "no number"),
        ("null", "holds a NoneType"),
        ('{"==": [1, 1], "==": [2, 2]}', "twice"),
        ('{"a": 1, "b": 2}', "one operator"),
        ("{}", "one operator"),
        ('{"var": ["total", 5]}', "no default"),
        ('{"date": "2026-13-01"}', "no date"),
        ('{"instant": "2026-01-01T00:00:00"}', "no time zone"),
        ('["a", 1]', "and nothing else"),
        (f'"{"x" * 1001}"', "1000 characters"),
        (f"[{'1,' * 10_000}1]", "10000 values"),
        ("1e999", "34 digits"),
        ("1" * 40, "34 digits"),
        ("1" * 5000, "is no JSON"),
    ],
)
def test_refuses_what_cannot_be_read(text: str, said: str) -> None:
    with pytest.raises(InvalidExpressionError, match=said):
        parsed(text)
