"""What is written in Python is the same as what is written in JSON."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from loyaltyledger import InvalidInputError
from loyaltyledger.rules.expression import Kind, check, read, written
from loyaltyledger.rules.expression.writing import (
    NOW,
    Condition,
    Number,
    day,
    greatest,
    instant,
    items,
    least,
    number,
    text,
    texts,
    truth,
)
from rules.expression.samples import FACTS

TOTAL, VISITS = number("total"), number("visits")
CHANNEL, BORN, JOINED = text("channel"), day("born"), instant("joined")
LINES, PRICE, SKU = items("lines"), number("price"), text("sku")
X, Y = {"var": "total"}, {"var": "visits"}
C, B, J, L = ({"var": name} for name in ("channel", "born", "joined", "lines"))
FIRST, START = date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC)

SAME: list[tuple[Condition | Number | Any, Any]] = [
    (TOTAL + 1, {"+": [X, 1]}),
    (1 + TOTAL, {"+": [1, X]}),
    (TOTAL - VISITS, {"-": [X, Y]}),
    (1 - TOTAL, {"-": [1, X]}),
    (TOTAL * Decimal("0.5"), {"*": [X, Decimal("0.5")]}),
    (2 * TOTAL, {"*": [2, X]}),
    (TOTAL / 2, {"/": [X, 2]}),
    (-TOTAL, {"-": [X]}),
    (TOTAL == 1, {"==": [X, 1]}),
    (TOTAL != 1, {"!=": [X, 1]}),
    (TOTAL < 1, {"<": [X, 1]}),
    (TOTAL <= VISITS, {"<=": [X, Y]}),
    (TOTAL > 1, {">": [X, 1]}),
    (TOTAL >= 1, {">=": [X, 1]}),
    (TOTAL.is_in(1, 2), {"in": [X, [1, 2]]}),
    (VISITS.is_known(), {"has": [Y]}),
    (least(TOTAL, VISITS, 5), {"min": [X, Y, 5]}),
    (greatest(TOTAL, 5), {"max": [X, 5]}),
    (CHANNEL == "web", {"==": [C, "web"]}),
    (CHANNEL != "web", {"!=": [C, "web"]}),
    (CHANNEL.is_in("web", "app"), {"in": [C, ["app", "web"]]}),
    (CHANNEL.starts_with("w"), {"starts_with": [C, "w"]}),
    (CHANNEL.is_known(), {"has": [C]}),
    (texts("segments").has("gold"), {"in": ["gold", {"var": "segments"}]}),
    (texts("segments").is_known(), {"has": [{"var": "segments"}]}),
    (BORN == FIRST, {"==": [B, {"date": "2026-01-01"}]}),
    (BORN != FIRST, {"!=": [B, {"date": "2026-01-01"}]}),
    (BORN < FIRST, {"<": [B, {"date": "2026-01-01"}]}),
    (BORN <= FIRST, {"<=": [B, {"date": "2026-01-01"}]}),
    (
        datetime(2026, 1, 1, tzinfo=UTC) < JOINED,
        {">": [J, {"instant": "2026-01-01T00:00Z"}]},
    ),
    (JOINED >= NOW, {">=": [J, {"var": "now"}]}),
    (
        JOINED.is_between(FIRST, FIRST),
        {"date_between": [J, {"date": "2026-01-01"}, {"date": "2026-01-01"}]},
    ),
    (
        NOW.is_at_time("17:00", "19:00"),
        {"time_between": [{"var": "now"}, "17:00", "19:00"]},
    ),
    (BORN.is_birthday(before=3, after=4), {"birthday_window": [B, 3, 4]}),
    (JOINED.weekday(), {"weekday": [J]}),
    (JOINED.month(), {"month": [J]}),
    (JOINED.day(), {"date": [J]}),
    (JOINED.days_ago(), {"days_since": [J]}),
    (JOINED.days_until(NOW), {"days_between": [J, {"var": "now"}]}),
    (BORN.is_known(), {"has": [B]}),
    (LINES.any(SKU == "tea"), {"some": [L, {"==": [{"var": "sku"}, "tea"]}]}),
    (LINES.all(PRICE > 1), {"all": [L, {">": [{"var": "price"}, 1]}]}),
    (LINES.none(PRICE > 1), {"none": [L, {">": [{"var": "price"}, 1]}]}),
    (LINES.count(), {"count": [L]}),
    (LINES.count(PRICE > 1), {"count": [L, {">": [{"var": "price"}, 1]}]}),
    (LINES.sum(PRICE), {"sum": [L, {"var": "price"}]}),
    (
        LINES.sum(PRICE, where=PRICE > 1),
        {"sum": [L, {"var": "price"}, {">": [{"var": "price"}, 1]}]},
    ),
    (LINES.min(PRICE), {"min": [L, {"var": "price"}]}),
    (LINES.max(PRICE), {"max": [L, {"var": "price"}]}),
    (truth("vip") & (TOTAL > 1), {"and": [{"var": "vip"}, {">": [X, 1]}]}),
    (truth("vip") | (TOTAL > 1), {"or": [{"var": "vip"}, {">": [X, 1]}]}),
    (~truth("vip"), {"!": [{"var": "vip"}]}),
    ((TOTAL > 1).then(2, otherwise=3), {"if": [{">": [X, 1]}, 2, 3]}),
]


@pytest.mark.parametrize(("ours", "data"), SAME)
def test_is_the_same_tree(ours: Any, data: Any) -> None:
    assert ours.tree == read(data)
    assert read(written(ours.tree)) == ours.tree


def test_conditions_that_are_joined_alike_stay_in_one_row() -> None:
    one, two, three = (limit < TOTAL for limit in (1, 2, 3))

    assert (one & two & three).tree == (one & (two & three)).tree
    assert ((one & two) | three).tree == read(
        {"or": [{"and": [{">": [X, 1]}, {">": [X, 2]}]}, {">": [X, 3]}]}
    )


@pytest.mark.parametrize(
    "wrong",
    [lambda: 1 < TOTAL < 3, lambda: TOTAL > 1 and VISITS, lambda: not TOTAL > 1],
)
def test_what_python_would_decide_itself_is_refused(wrong: Any) -> None:
    with pytest.raises(InvalidInputError, match="only when it is asked"):
        wrong()


def test_a_float_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="use Decimal"):
        TOTAL > 0.5  # type: ignore[operator]  # noqa: B015


def test_what_is_nested_too_deep_is_refused_when_it_is_checked() -> None:
    condition = TOTAL > 1
    for _ in range(40):
        condition = ~condition

    with pytest.raises(InvalidInputError, match="32 levels deep"):
        check(condition.tree, FACTS, gives=Kind.TRUTH)
