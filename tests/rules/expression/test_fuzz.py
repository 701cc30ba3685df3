"""Whatever JSON is given: it is refused by our own error, or it can be asked."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from loyaltyledger.rules.expression import (
    Ask,
    InvalidExpressionError,
    Kind,
    check,
    compiled,
    parsed,
    read,
    traced,
)
from loyaltyledger.rules.expression.operators import OPERATORS
from rules.expression.samples import FACTS, NOW, TZ, VALUES, conditions

NAMES = ["var", "date", "instant", "total", "channel", "lines", "sku", "now", "born"]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=True, allow_infinity=True)
    | st.text()
    | st.sampled_from([*NAMES, *sorted(OPERATORS), "2026-11-22", "17:00"])
)
ANY = st.recursive(
    SCALARS | st.sampled_from([{"var": name} for name in NAMES]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([*sorted(OPERATORS), *NAMES]) | st.text(), inner, max_size=2
        )
        | st.tuples(
            st.sampled_from(sorted(OPERATORS)), st.lists(inner, max_size=3)
        ).map(lambda made: {made[0]: made[1]})
    ),
    max_leaves=12,
)


def try_out(data: Any, values: dict[str, Any]) -> None:
    try:
        tree = read(data)
        check(tree, FACTS, gives=Kind.TRUTH)
    except InvalidExpressionError:
        return
    ask = Ask.at(FACTS.bound(values), NOW, TZ)
    assert compiled(tree, FACTS)(ask, {}) is bool(traced(tree, FACTS, ask).value)


@given(ANY, VALUES)
def test_anything(data: Any, values: dict[str, Any]) -> None:
    try_out(data, values)


@given(conditions(3, on_items=False), VALUES)
def test_anything_that_looks_right(data: Any, values: dict[str, Any]) -> None:
    try_out(data, values)


@given(st.text() | st.binary() | ANY.map(lambda data: json.dumps(data, default=str)))
def test_any_text(text: str | bytes) -> None:
    try:
        parsed(text)
    except InvalidExpressionError:
        return
