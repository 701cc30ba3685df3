"""Expressions written in Python: facts with typed operators.

>>> total, channel = number("purchase.total"), text("purchase.channel")
>>> condition = (total >= 50) & channel.is_in("web", "app")

Each class has the operators that its kind has, so a wrong one does not even pass type
checking. Whether the facts exist is seen when the expression is checked.
"""

# ruff: noqa: PLW1641  # == makes an expression; nothing is compared or hashed

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Protocol

import attrs

from ...kernel.errors import InvalidInputError
from .reading import literal
from .tree import Apply, Tree, Var


class Written(Protocol):
    """Anything that stands for an expression."""

    @property
    def tree(self) -> Tree: ...


def _tree(part: object) -> Tree:
    tree = getattr(part, "tree", None)
    return literal(part) if tree is None else tree


def _apply(op: str, *parts: object) -> Apply:
    return Apply(op, tuple(map(_tree, parts)))


def _joined(op: str, first: Written, second: Written) -> Apply:
    """Join conditions; those that are joined the same way already stay in one row."""
    sides = (
        tree.parts if isinstance(tree, Apply) and tree.op == op else (tree,)
        for tree in (first.tree, second.tree)
    )
    return Apply(op, tuple(part for side in sides for part in side))


@attrs.frozen(eq=False)
class Condition:
    """What holds or does not: ``a & b``, ``a | b``, ``~a``."""

    tree: Tree

    def __and__(self, other: "Condition") -> "Condition":
        return Condition(_joined("and", self, other))

    def __or__(self, other: "Condition") -> "Condition":
        return Condition(_joined("or", self, other))

    def __invert__(self) -> "Condition":
        return Condition(_apply("!", self))

    def __bool__(self) -> bool:
        problem = (
            "holds or not only when it is asked: join with & and |, negate with ~, "
            "and write a < x < b as (a < x) & (x < b)"
        )
        raise InvalidInputError(field="condition", problem=problem)

    def then(self, value: "Number | int | Decimal", *, otherwise: object) -> "Number":
        """Give one number where it holds, and another where it does not."""
        return Number(_apply("if", self, value, otherwise))


@attrs.frozen(eq=False)
class Number:
    """A number: with ``+ - * /`` and comparisons. Never a float."""

    tree: Tree

    def __add__(self, other: "Number | int | Decimal") -> "Number":
        return Number(_apply("+", self, other))

    def __radd__(self, other: int | Decimal) -> "Number":
        return Number(_apply("+", other, self))

    def __sub__(self, other: "Number | int | Decimal") -> "Number":
        return Number(_apply("-", self, other))

    def __rsub__(self, other: int | Decimal) -> "Number":
        return Number(_apply("-", other, self))

    def __mul__(self, other: "Number | int | Decimal") -> "Number":
        return Number(_apply("*", self, other))

    def __rmul__(self, other: int | Decimal) -> "Number":
        return Number(_apply("*", other, self))

    def __truediv__(self, other: "Number | int | Decimal") -> "Number":
        return Number(_apply("/", self, other))

    def __neg__(self) -> "Number":
        return Number(_apply("-", self))

    def __eq__(self, other: object) -> Condition:  # type: ignore[override]
        return Condition(_apply("==", self, other))

    def __ne__(self, other: object) -> Condition:  # type: ignore[override]
        return Condition(_apply("!=", self, other))

    def __lt__(self, other: "Number | int | Decimal") -> Condition:
        return Condition(_apply("<", self, other))

    def __le__(self, other: "Number | int | Decimal") -> Condition:
        return Condition(_apply("<=", self, other))

    def __gt__(self, other: "Number | int | Decimal") -> Condition:
        return Condition(_apply(">", self, other))

    def __ge__(self, other: "Number | int | Decimal") -> Condition:
        return Condition(_apply(">=", self, other))

    def is_in(self, *numbers: int | Decimal) -> Condition:
        return Condition(_apply("in", self, numbers))

    def is_known(self) -> Condition:
        return Condition(_apply("has", self))


def least(first: Number, *others: Number | int | Decimal) -> Number:
    return Number(_apply("min", first, *others))


def greatest(first: Number, *others: Number | int | Decimal) -> Number:
    return Number(_apply("max", first, *others))


@attrs.frozen(eq=False)
class Text:
    """A text, an id or a word; upper and lower case are different."""

    tree: Tree

    def __eq__(self, other: object) -> Condition:  # type: ignore[override]
        return Condition(_apply("==", self, other))

    def __ne__(self, other: object) -> Condition:  # type: ignore[override]
        return Condition(_apply("!=", self, other))

    def is_in(self, *texts: str) -> Condition:
        return Condition(_apply("in", self, texts))

    def starts_with(self, start: str) -> Condition:
        return Condition(_apply("starts_with", self, start))

    def is_known(self) -> Condition:
        return Condition(_apply("has", self))


@attrs.frozen(eq=False)
class Texts:
    """Several texts, such as labels or segments."""

    tree: Tree

    def has(self, one: "str | Text") -> Condition:
        return Condition(_apply("in", one, self))

    def is_known(self) -> Condition:
        return Condition(_apply("has", self))


@attrs.frozen(eq=False)
class Day:
    """A date, or an instant, which is on some day in the programme's time zone."""

    tree: Tree

    def __eq__(self, other: object) -> Condition:  # type: ignore[override]
        return Condition(_apply("==", self, other))

    def __ne__(self, other: object) -> Condition:  # type: ignore[override]
        return Condition(_apply("!=", self, other))

    def __lt__(self, other: "Day | date") -> Condition:
        return Condition(_apply("<", self, other))

    def __le__(self, other: "Day | date") -> Condition:
        return Condition(_apply("<=", self, other))

    def __gt__(self, other: "Day | date") -> Condition:
        return Condition(_apply(">", self, other))

    def __ge__(self, other: "Day | date") -> Condition:
        return Condition(_apply(">=", self, other))

    def is_between(self, first: date, last: date) -> Condition:
        """From the first day to the last, both included."""
        return Condition(_apply("date_between", self, first, last))

    def is_at_time(self, start: str, end: str) -> Condition:
        """From a time of day, such as ``"17:00"``, until just before another."""
        return Condition(_apply("time_between", self, start, end))

    def is_birthday(self, *, before: int = 0, after: int = 0) -> Condition:
        """Whether today is so many days before or after the birthday."""
        return Condition(_apply("birthday_window", self, before, after))

    def weekday(self) -> Number:
        """From 1, Monday, to 7, Sunday."""
        return Number(_apply("weekday", self))

    def month(self) -> Number:
        return Number(_apply("month", self))

    def day(self) -> "Day":
        """Return the day of an instant."""
        return Day(_apply("date", self))

    def days_ago(self) -> Number:
        """How many days ago it was; what is still to come is less than 0."""
        return Number(_apply("days_since", self))

    def days_until(self, other: "Day | date") -> Number:
        return Number(_apply("days_between", self, other))

    def is_known(self) -> Condition:
        return Condition(_apply("has", self))


@attrs.frozen(eq=False)
class Items:
    """Items with fields, such as the lines of a basket; within, fields are facts."""

    tree: Tree

    def any(self, condition: Condition) -> Condition:
        return Condition(_apply("some", self, condition))

    def all(self, condition: Condition) -> Condition:
        """Whether there are items, and each meets the condition."""
        return Condition(_apply("all", self, condition))

    def none(self, condition: Condition) -> Condition:
        return Condition(_apply("none", self, condition))

    def count(self, condition: Condition | None = None) -> Number:
        return Number(_apply("count", self, *_given(condition)))

    def sum(self, value: Number, where: Condition | None = None) -> Number:
        """Add up a number of each item; items that lack it are left out."""
        return Number(_apply("sum", self, value, *_given(where)))

    def min(self, value: Number, where: Condition | None = None) -> Number:
        return Number(_apply("min", self, value, *_given(where)))

    def max(self, value: Number, where: Condition | None = None) -> Number:
        return Number(_apply("max", self, value, *_given(where)))


def _given(condition: Condition | None) -> Iterable[Condition]:
    return () if condition is None else (condition,)


def truth(name: str) -> Condition:
    return Condition(Var(name))


def number(name: str) -> Number:
    return Number(Var(name))


def text(name: str) -> Text:
    return Text(Var(name))


def texts(name: str) -> Texts:
    return Texts(Var(name))


def day(name: str) -> Day:
    return Day(Var(name))


def instant(name: str) -> Day:
    return Day(Var(name))


def items(name: str) -> Items:
    return Items(Var(name))


NOW = instant("now")
"""The instant of the decision."""
