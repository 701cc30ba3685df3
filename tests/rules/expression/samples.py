"""Facts of a shop, values for them, and expressions on them, for the tests."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from loyaltyledger.rules.expression import Fact, Facts, Kind

NOW = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)
TZ = ZoneInfo("Asia/Tokyo")

LINES = (
    Fact(name="sku", kind=Kind.TEXT),
    Fact(name="quantity", kind=Kind.NUMBER),
    Fact(name="price", kind=Kind.NUMBER),
    Fact(name="label", kind=Kind.TEXT, optional=True),
)
FACTS = Facts.of(
    Fact(name="total", kind=Kind.NUMBER),
    Fact(name="visits", kind=Kind.NUMBER, optional=True),
    Fact(name="channel", kind=Kind.TEXT, optional=True),
    Fact(name="born", kind=Kind.DATE, optional=True),
    Fact(name="joined", kind=Kind.INSTANT),
    Fact(name="vip", kind=Kind.TRUTH, optional=True),
    Fact(name="segments", kind=Kind.TEXTS),
    Fact(name="lines", kind=Kind.ITEMS, optional=True, fields=LINES),
)

AMOUNTS = st.integers(-3, 6) | st.integers(-300, 600).map(lambda n: Decimal(n) / 100)
WORDS = st.sampled_from(["web", "store", "café", "cafe\u0301", "w", ""])
DATES = st.sampled_from(
    [date(2000, 2, 29), date(1990, 11, 23), date(1990, 11, 22), date(1990, 12, 31)]
) | st.dates(date(2026, 1, 1), date(2026, 12, 31))
INSTANTS = st.datetimes(
    datetime(2026, 1, 1),  # the zone is given below
    datetime(2026, 12, 31),
    timezones=st.just(UTC),
)


def missing(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


VALUES = st.fixed_dictionaries(
    {
        "total": AMOUNTS,
        "visits": missing(AMOUNTS),
        "channel": missing(WORDS),
        "born": missing(DATES),
        "joined": INSTANTS,
        "vip": missing(st.booleans()),
        "segments": st.lists(WORDS, max_size=3),
        "lines": missing(
            st.lists(
                st.fixed_dictionaries(
                    {"sku": WORDS, "quantity": AMOUNTS, "price": AMOUNTS},
                    optional={"label": WORDS},
                ),
                max_size=3,
            )
        ),
    }
)


def var(*names: str) -> st.SearchStrategy[Any]:
    return st.sampled_from(names).map(lambda name: {"var": name})


def op(name: str, *parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(*parts).map(lambda made: {name: list(made)})


def ops(names: str, *parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(*(op(name, *parts) for name in names.split()))


def dated(value: date) -> dict[str, str]:
    kind = "instant" if isinstance(value, datetime) else "date"
    return {kind: value.isoformat()}


def conditions(depth: int, *, on_items: bool) -> st.SearchStrategy[Any]:
    """Conditions of every kind; *on_items* they may ask for the fields of an item."""
    numbers = _numbers(depth, on_items=on_items)
    texts = WORDS | var("channel", *(("sku", "label") if on_items else ()))
    days = var("born") | DATES.map(dated) | op("date", var("joined", "now"))
    moments = var("joined", "now") | INSTANTS.map(dated)
    plain = [
        ops("== != < <= > >=", numbers, numbers),
        op("<", numbers, numbers, numbers),
        op("<=", numbers, numbers, numbers),
        ops("== !=", texts, texts),
        ops("== != < <= > >=", days, days),
        ops("== != < <= > >=", moments, moments),
        op("in", texts, st.lists(WORDS, max_size=3) | var("segments")),
        op("in", numbers, st.lists(st.integers(0, 5), min_size=1, max_size=3)),
        op("starts_with", texts, texts),
        op("has", var("visits", "vip", *(("label",) if on_items else ("born",)))),
        op("date_between", days | moments, DATES.map(dated), DATES.map(dated)),
        st.tuples(moments, st.permutations(TIMES)).map(
            lambda made: {"time_between": [made[0], *made[1][:2]]}
        ),
        op("birthday_window", days, st.integers(0, 40), st.integers(0, 40)),
        var("vip"),
        st.booleans(),
    ]
    if not depth:
        return st.one_of(plain)
    inner = conditions(depth - 1, on_items=on_items)
    joined = [
        ops("and or", inner, inner),
        op("!", inner),
        op("if", inner, inner, inner),
    ]
    if not on_items:
        of_items = conditions(depth - 1, on_items=True)
        joined.append(ops("some all none", var("lines"), of_items))
    return st.one_of(*plain, *joined)


TIMES = ["00:00", "02:30", "09:00", "17:30", "23:59"]


def _numbers(depth: int, *, on_items: bool) -> st.SearchStrategy[Any]:
    facts = var("total", "visits", *(("quantity", "price") if on_items else ()))
    plain = AMOUNTS | facts
    if not depth:
        return plain
    inner = _numbers(depth - 1, on_items=on_items)
    days = var("born", "joined") | DATES.map(dated)
    made = [
        ops("+ * - min max", inner, inner),
        op("-", inner),
        ops("weekday month days_since", days),
        op("days_between", days, days),
        op("if", conditions(depth - 1, on_items=on_items), inner, inner),
    ]
    if not on_items:
        value = _numbers(depth - 1, on_items=True)
        test = conditions(depth - 1, on_items=True)
        made += [
            op("count", var("lines")),
            op("count", var("lines"), test),
            ops("sum min max", var("lines"), value),
            ops("sum min max", var("lines"), value, test),
        ]
    return st.one_of(plain, *made)
