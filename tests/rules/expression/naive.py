"""What an expression means, read from its JSON in the slowest and plainest way.

Shares no code with the library: numbers are fractions, and nothing is prepared.
"""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

Facts = dict[str, Any]


def told(data: Any, facts: Facts, now: datetime, tz: ZoneInfo) -> bool:
    return _Reader(facts | {"now": now}, tz).holds(data)


class _Reader:
    def __init__(self, facts: Facts, tz: ZoneInfo) -> None:
        self.facts = facts
        self.tz = tz

    def value(self, data: Any) -> Any:
        if isinstance(data, list):
            return [self.value(one) for one in data]
        if not isinstance(data, dict):
            return _plain(data)
        ((op, given),) = data.items()
        if op == "var":
            return _plain(self.facts.get(given))
        if op == "date" and isinstance(given, str):
            return date.fromisoformat(given)
        if op == "instant":
            return datetime.fromisoformat(given).astimezone(UTC)
        return self.applied(op, given)

    def applied(self, op: str, parts: list[Any]) -> Any:
        first = parts[0]
        is_list = isinstance(first, dict) and isinstance(self.value(first), list)
        if is_list and op not in {"in", "has"}:
            return self.over(op, self.value(first), parts[1:])
        if first == {"var": "lines"}:  # missing
            return None if op in {"count", "sum", "min", "max"} else False
        if op == "and":
            return False not in [self.holds(part) for part in parts]
        if op == "or":
            return True in [self.holds(part) for part in parts]
        if op == "!":
            return not self.holds(first)
        if op == "has":
            return self.value(first) is not None
        if op == "if":
            return self.value(parts[1] if self.holds(first) else parts[2])
        values = [self.value(part) for part in parts]
        truths = {"==", "!=", "<", "<=", ">", ">=", "in", "starts_with"}
        truths |= {"date_between", "time_between", "birthday_window"}
        if any(one is None for one in values):
            return False if op in truths else None
        return getattr(self, NAMES.get(op, op))(*values)

    def holds(self, part: Any) -> bool:
        return self.value(part) is True

    def over(self, op: str, items: list[Any], rest: list[Any]) -> Any:
        inner = [_Reader(self.facts | EMPTY | item, self.tz) for item in items]
        if op in {"some", "all", "none"}:
            held = [one.holds(rest[0]) for one in inner]
            if op == "some":
                return True in held
            return (
                (held != [] and False not in held) if op == "all" else True not in held
            )
        if op == "count":
            return Fraction(
                len([one for one in inner if not rest or one.holds(rest[0])])
            )
        chosen = [one for one in inner if len(rest) == 1 or one.holds(rest[1])]
        found = [one.value(rest[0]) for one in chosen]
        numbers = [one for one in found if one is not None]
        if op == "sum":
            return sum(numbers, Fraction(0))
        if not numbers:
            return None
        return sorted(numbers)[0 if op == "min" else -1]

    # ── operators ────────────────────────────────────────────────────────────

    def equal(self, one: Any, other: Any) -> bool:
        return bool(one == other)

    def unequal(self, one: Any, other: Any) -> bool:
        return bool(one != other)

    def less(self, *values: Any) -> bool:
        return list(values) == sorted(values) and len(set(values)) == len(values)

    def less_or_equal(self, *values: Any) -> bool:
        return list(values) == sorted(values)

    def more(self, one: Any, other: Any) -> bool:
        return bool(one > other)

    def more_or_equal(self, one: Any, other: Any) -> bool:
        return bool(one >= other)

    def within(self, one: Any, held: Any) -> bool:
        return one in held

    def starts_with(self, whole: str, start: str) -> bool:
        return whole[: len(start)] == start

    def plus(self, *values: Fraction) -> Fraction:
        return sum(values, Fraction(0))

    def minus(self, one: Fraction, other: Fraction | None = None) -> Fraction:
        return -one if other is None else one - other

    def times(self, *values: Fraction) -> Fraction:
        result = Fraction(1)
        for one in values:
            result = result * one
        return result

    def min(self, *values: Fraction) -> Fraction:
        return min(values)

    def max(self, *values: Fraction) -> Fraction:
        return max(values)

    def local(self, one: date) -> date:
        return one.astimezone(self.tz).date() if isinstance(one, datetime) else one

    def weekday(self, one: date) -> Fraction:
        return Fraction((self.local(one) - date(2024, 1, 1)).days % 7 + 1)

    def month(self, one: date) -> Fraction:
        return Fraction(self.local(one).month)

    def day_of(self, one: datetime) -> date:
        return self.local(one)

    def days_between(self, one: date, other: date) -> Fraction:
        day, count = self.local(one), 0
        step = 1 if self.local(other) >= day else -1
        while day != self.local(other):
            day, count = day + timedelta(days=step), count + step
        return Fraction(count)

    def days_since(self, one: date) -> Fraction:
        return self.days_between(one, self.facts["now"])

    def date_between(self, one: date, first: date, last: date) -> bool:
        return not (self.local(one) < first or self.local(one) > last)

    def time_between(self, one: datetime, start: str, end: str) -> bool:
        minute = one.astimezone(self.tz).strftime("%H:%M")
        if start < end:
            return start <= minute < end
        return not end <= minute < start

    def birthday_window(self, born: date, before: Fraction, after: Fraction) -> bool:
        today = self.local(self.facts["now"])
        for offset in range(-int(before), int(after) + 1):
            day = today - timedelta(days=offset)
            leaps = day.year % 4 == 0 and (day.year % 100 != 0 or day.year % 400 == 0)
            falls = (born.month, born.day)
            if falls == (2, 29) and not leaps:
                falls = (2, 28)
            if (day.month, day.day) == falls:
                return True
        return False


NAMES = {
    "date": "day_of",
    "==": "equal",
    "!=": "unequal",
    "<": "less",
    "<=": "less_or_equal",
    ">": "more",
    ">=": "more_or_equal",
    "in": "within",
    "+": "plus",
    "-": "minus",
    "*": "times",
}
EMPTY = dict.fromkeys(("sku", "quantity", "price", "label"))


def _plain(value: Any) -> Any:
    if isinstance(value, bool | str | date) or value is None:
        return value
    if isinstance(value, tuple | list):
        return [one if isinstance(one, dict) else _plain(one) for one in value]
    return Fraction(value)
