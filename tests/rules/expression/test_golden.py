"""What each operator means is for ever: a file for each version says it.

A rule that was saved in 2026 must give the same answer when it is replayed in 2036.
"""

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from loyaltyledger.rules.expression import (
    VERSION,
    Ask,
    Fact,
    Facts,
    Kind,
    Literal,
    compiled,
    read,
)
from loyaltyledger.rules.expression.operators import OPERATORS
from loyaltyledger.rules.expression.tree import Apply, nodes

FOLDER = Path(__file__).parents[2] / "golden_expressions"
FIELDS = (
    Fact(name="sku", kind=Kind.TEXT),
    Fact(name="quantity", kind=Kind.NUMBER),
    Fact(name="price", kind=Kind.NUMBER),
    Fact(name="label", kind=Kind.TEXT, optional=True),
    Fact(name="weight", kind=Kind.NUMBER, optional=True),
)
KINDS = {
    Kind.NUMBER: ("total", "visits"),
    Kind.TEXT: ("channel", "missing_text"),
    Kind.DATE: ("born", "missing_date"),
    Kind.INSTANT: ("joined",),
    Kind.TRUTH: ("vip", "missing_truth"),
    Kind.TEXTS: ("segments",),
}
LISTS = ("lines", "no_lines", "missing_lines")
FACTS = Facts.of(
    *(
        Fact(name=name, kind=kind, optional=True)
        for kind, names in KINDS.items()
        for name in names
    ),
    *(Fact(name=name, kind=Kind.ITEMS, optional=True, fields=FIELDS) for name in LISTS),
)
GOLDEN = json.loads((FOLDER / "v1.json").read_bytes(), parse_float=Decimal)
CASES = GOLDEN["cases"]


def plain(value: Any) -> Any:
    """Read a date or an instant as an expression has it."""
    if isinstance(value, dict) and set(value) <= {"date", "instant"}:
        literal = read(value)
        assert isinstance(literal, Literal)
        return literal.value
    return value


VALUES = {name: plain(value) for name, value in GOLDEN["facts"].items()}


def ask() -> Ask:
    now = datetime.fromisoformat(GOLDEN["now"])
    return Ask.at(FACTS.bound(VALUES), now, ZoneInfo(GOLDEN["time_zone"]))


def test_today_is_the_version_that_is_pinned() -> None:
    assert GOLDEN["version"] == VERSION
    assert [path.name for path in FOLDER.iterdir()] == [f"v{VERSION}.json"]


@pytest.mark.parametrize(
    ("expression", "told"),
    CASES,
    ids=[json.dumps(case[0], default=str) for case in CASES],
)
def test_an_expression_says_what_it_always_said(expression: Any, told: Any) -> None:
    expected = Decimal(told) if told is not None and _is_number(told) else plain(told)

    found = compiled(read(expression), FACTS)(ask(), {})

    assert found == expected
    assert type(found) is type(expected)


def _is_number(told: Any) -> bool:
    return isinstance(told, int | Decimal | str) and not isinstance(told, bool)


def test_every_operator_is_pinned() -> None:
    used = {
        node.op
        for expression, _ in CASES
        for node in nodes(read(expression))
        if isinstance(node, Apply)
    }

    assert used == OPERATORS
