"""What each operator takes, gives and means, in version 1.

A part that is missing makes a condition false, and any other result missing. The few
forms that do not look at all their parts, or look at items one by one, are named here
and carried out by :mod:`.compiling`.
"""

import operator
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation, Overflow
from functools import reduce
from typing import Any
from zoneinfo import ZoneInfo

import attrs
from dateutil.relativedelta import relativedelta

from .tree import Kind

ARITHMETIC = Context(
    prec=34, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, Overflow]
)
"""Numbers have up to 34 digits; more are rounded half to even, as in IEEE 754."""

TRUTH, NUMBER, TEXT = Kind.TRUTH, Kind.NUMBER, Kind.TEXT
DATE, INSTANT = Kind.DATE, Kind.INSTANT


@attrs.frozen
class When:
    """The instant of the decision, and the programme's time zone."""

    now: datetime
    tz: ZoneInfo

    def day_of(self, value: date) -> date:
        """Return the day on which an instant falls; a date stays as it is."""
        if isinstance(value, datetime):
            return value.astimezone(self.tz).date()
        return value


Signature = tuple[Kind, ...]
Meaning = Callable[..., Any]


@attrs.frozen(kw_only=True)
class Operator:
    """*takes* are the kinds of its parts, one row for each way to use it.

    The last kind of a row may come again, up to *most* parts. *meaning* gets a
    :class:`When` first where it is *timed*. Where *is_fixed*, all parts but the first
    are written down, and checked by *problem*.
    """

    takes: tuple[Signature, ...]
    gives: Kind
    most: int = 0
    meaning: Meaning
    timed: bool = False
    is_fixed: bool = False
    problem: Callable[..., str | None] | None = None

    def fits(self, kinds: Signature) -> bool:
        return any(self._fits(row, kinds) for row in self.takes)

    def _fits(self, row: Signature, kinds: Signature) -> bool:
        if not len(row) <= len(kinds) <= max(self.most, len(row)):
            return False
        wanted = row + row[-1:] * (len(kinds) - len(row))
        return wanted == kinds


SINGLE = (TRUTH, NUMBER, TEXT, DATE, INSTANT)
ORDERED = (NUMBER, DATE, INSTANT)
DAYS = ((DATE,), (INSTANT,))
PARTS_MAX = 100
WINDOW_MAX = 180
"""Days before or after a birthday."""


def _same(kinds: tuple[Kind, ...]) -> tuple[Signature, ...]:
    return tuple((kind, kind) for kind in kinds)


def _rising(compare: Callable[[Any, Any], bool]) -> Meaning:
    """Compare each part with the next: 1 < x < 10."""

    def meaning(*values: object) -> bool:
        return all(map(compare, values, values[1:]))

    return meaning


def _minus(first: Decimal, second: Decimal | None = None) -> Decimal:
    if second is None:
        return ARITHMETIC.minus(first)
    return ARITHMETIC.subtract(first, second)


def _divided(first: Decimal, second: Decimal) -> Decimal | None:
    return ARITHMETIC.divide(first, second) if second else None


def _days_between(when: When, first: date, second: date) -> Decimal:
    return Decimal((when.day_of(second) - when.day_of(first)).days)


def _days_since(when: When, past: date) -> Decimal:
    return _days_between(when, past, when.now)


def _date_between(when: When, value: date, first: date, last: date) -> bool:
    return first <= when.day_of(value) <= last


def _time_between(when: When, value: datetime, start: str, end: str) -> bool:
    local = value.astimezone(when.tz).time()
    opens, closes = time.fromisoformat(start), time.fromisoformat(end)
    if opens <= closes:
        return opens <= local < closes
    return local >= opens or local < closes  # over midnight


def _times_problem(start: object, end: object) -> str | None:
    for text in (start, end):
        try:
            is_short = time.fromisoformat(str(text)).isoformat("minutes") == text
        except ValueError:
            is_short = False
        if not is_short:
            return f"{text!r} is no time of day such as '17:30'"
    return "starts when it ends: it would hold nothing" if start == end else None


def _dates_problem(first: date, last: date) -> str | None:
    return f"{last} is before {first}" if last < first else None


def _birthday_window(when: When, born: date, before: Decimal, after: Decimal) -> bool:
    """Whether today is so close to a birthday; of 29 February, else the 28th."""
    today = when.day_of(when.now)
    years = (today.year - born.year + step for step in (-1, 0, 1))
    birthdays = (born + relativedelta(years=year) for year in years)
    return any(-before <= (today - day).days <= after for day in birthdays)


def _window_problem(before: Decimal, after: Decimal) -> str | None:
    for days in (before, after):
        if days != int(days) or not 0 <= days <= WINDOW_MAX:
            return f"{days} is no whole number of days from 0 to {WINDOW_MAX}"
    return None


SIMPLE: dict[str, Operator] = {
    "==": Operator(takes=_same(SINGLE), gives=TRUTH, meaning=operator.eq),
    "!=": Operator(takes=_same(SINGLE), gives=TRUTH, meaning=operator.ne),
    "<": Operator(
        takes=_same(ORDERED), most=3, gives=TRUTH, meaning=_rising(operator.lt)
    ),
    "<=": Operator(
        takes=_same(ORDERED), most=3, gives=TRUTH, meaning=_rising(operator.le)
    ),
    ">": Operator(takes=_same(ORDERED), gives=TRUTH, meaning=operator.gt),
    ">=": Operator(takes=_same(ORDERED), gives=TRUTH, meaning=operator.ge),
    "in": Operator(
        takes=(
            (TEXT, Kind.TEXTS),
            (NUMBER, Kind.NUMBERS),
        ),
        gives=TRUTH,
        meaning=lambda value, held: value in held,
    ),
    "starts_with": Operator(
        takes=((TEXT, TEXT),),
        gives=TRUTH,
        meaning=lambda text, start: text.startswith(start),
    ),
    "+": Operator(
        takes=((NUMBER, NUMBER),),
        most=PARTS_MAX,
        gives=NUMBER,
        meaning=lambda *values: reduce(ARITHMETIC.add, values),
    ),
    "*": Operator(
        takes=((NUMBER, NUMBER),),
        most=PARTS_MAX,
        gives=NUMBER,
        meaning=lambda *values: reduce(ARITHMETIC.multiply, values),
    ),
    "-": Operator(takes=((NUMBER,), (NUMBER, NUMBER)), gives=NUMBER, meaning=_minus),
    "/": Operator(takes=((NUMBER, NUMBER),), gives=NUMBER, meaning=_divided),
    "min": Operator(
        takes=((NUMBER, NUMBER),), most=PARTS_MAX, gives=NUMBER, meaning=min
    ),
    "max": Operator(
        takes=((NUMBER, NUMBER),), most=PARTS_MAX, gives=NUMBER, meaning=max
    ),
    "date": Operator(takes=((INSTANT,),), gives=DATE, timed=True, meaning=When.day_of),
    "weekday": Operator(
        takes=DAYS,
        gives=NUMBER,
        timed=True,
        meaning=lambda when, value: Decimal(when.day_of(value).isoweekday()),
    ),
    "month": Operator(
        takes=DAYS,
        gives=NUMBER,
        timed=True,
        meaning=lambda when, value: Decimal(when.day_of(value).month),
    ),
    "days_between": Operator(
        takes=tuple(
            (first, second) for first in (DATE, INSTANT) for second in (DATE, INSTANT)
        ),
        gives=NUMBER,
        timed=True,
        meaning=_days_between,
    ),
    "days_since": Operator(takes=DAYS, gives=NUMBER, timed=True, meaning=_days_since),
    "date_between": Operator(
        takes=tuple((kind, DATE, DATE) for kind in (DATE, INSTANT)),
        gives=TRUTH,
        timed=True,
        is_fixed=True,
        meaning=_date_between,
        problem=_dates_problem,
    ),
    "time_between": Operator(
        takes=((INSTANT, TEXT, TEXT),),
        gives=TRUTH,
        timed=True,
        is_fixed=True,
        meaning=_time_between,
        problem=_times_problem,
    ),
    "birthday_window": Operator(
        takes=((DATE, NUMBER, NUMBER),),
        gives=TRUTH,
        timed=True,
        is_fixed=True,
        meaning=_birthday_window,
        problem=_window_problem,
    ),
}

JOINING = frozenset({"and", "or"})
CONDITIONS_ON_ITEMS = frozenset({"some", "all", "none"})
FORMS = frozenset({"has", "!", "if", "count", "sum"}) | JOINING | CONDITIONS_ON_ITEMS
"""Operators that do not look at all their parts, or look at items one by one."""

OPERATORS = frozenset(SIMPLE) | FORMS
