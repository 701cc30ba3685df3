"""Expressions made into functions, so that asking a thousand rules takes no time."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import reduce
from typing import Any, assert_never
from zoneinfo import ZoneInfo

import attrs

from ...kernel.errors import RefusedError, refusal
from .facts import NOW, Facts
from .kinds import Scope, looks_at_items
from .operators import ARITHMETIC, SIMPLE, When
from .tree import Apply, Kind, Literal, Tree, Var, size

STEPS_MAX = 1_000_000
"""How many parts may be looked at in one go; only items make them so many."""

Bound = Mapping[str, Any]
Item = Mapping[str, Any]
NO_ITEM: Item = {}


@refusal
class TooManyStepsError(RefusedError):
    """A condition on items that would take too long on so many of them."""

    text = "a condition on items needs more than {steps_max} steps"
    steps_max: int


@attrs.define
class Ask:
    """What one evaluation is asked about, and how much it may still do."""

    facts: Bound
    when: When
    steps: int = STEPS_MAX

    @classmethod
    def at(cls, facts: Bound, now: datetime, tz: ZoneInfo) -> "Ask":
        return cls({**facts, NOW: now}, When(now, tz))

    def spend(self, steps: int) -> None:
        self.steps -= steps
        if self.steps < 0:
            raise TooManyStepsError(steps_max=STEPS_MAX)


Asked = Callable[[Ask, Item], Any]
"""Gives the value of an expression; None is a missing number, date or text."""

ZERO = Decimal(0)


def compiled(tree: Tree, facts: Facts) -> Asked:
    """Make a function of a checked expression; a condition gives True or False."""
    return compiled_in(tree, Scope(facts))


def compiled_in(tree: Tree, scope: Scope) -> Asked:
    match tree:
        case Literal(value=value):
            return lambda _ask, _item: value
        case Var(name=name):
            return _var(name, scope)
        case Apply(op="has", parts=(Var(name=name),)):
            if scope.is_field(name):
                return lambda _ask, item: name in item
            return lambda ask, _item: name in ask.facts
        case Apply() if looks_at_items(tree, scope):
            return _over_items(tree, scope)
        case Apply(op=op, parts=parts):
            asked = [compiled_in(part, scope) for part in parts]
            return _simple(op, asked) if op in SIMPLE else _form(op, asked)
        case _:
            assert_never(tree)


def _var(name: str, scope: Scope) -> Asked:
    is_truth = scope.find(name, name).kind is Kind.TRUTH
    missing = False if is_truth else None
    if scope.is_field(name):
        return lambda _ask, item: item.get(name, missing)
    return lambda ask, _item: ask.facts.get(name, missing)


def _simple(op: str, asked: list[Asked]) -> Asked:
    """Give the meaning of all parts; where one is missing, so is the result."""
    known = SIMPLE[op]
    meaning, missing = known.meaning, False if known.gives is Kind.TRUTH else None
    if known.timed:

        def timed(ask: Ask, item: Item) -> object:
            values = [part(ask, item) for part in asked]
            return missing if None in values else meaning(ask.when, *values)

        return timed
    if len(asked) == 2:  # noqa: PLR2004  # most have two parts: the shortest way
        first, second = asked

        def two(ask: Ask, item: Item) -> object:
            one, other = first(ask, item), second(ask, item)
            return missing if one is None or other is None else meaning(one, other)

        return two

    def many(ask: Ask, item: Item) -> object:
        values = [part(ask, item) for part in asked]
        return missing if None in values else meaning(*values)

    return many


def _form(op: str, asked: list[Asked]) -> Asked:
    """Give what does not look at all of its parts."""
    match op:
        case "and":
            return lambda ask, item: all(part(ask, item) for part in asked)
        case "or":
            return lambda ask, item: any(part(ask, item) for part in asked)
        case "!":
            return lambda ask, item: not asked[0](ask, item)
        case _:
            assert op == "if", "the kinds were checked"
            test, yes, no = asked
            return lambda ask, item: (yes if test(ask, item) else no)(ask, item)


def _over_items(tree: Apply, scope: Scope) -> Asked:
    items = compiled_in(tree.parts[0], scope)
    inner = scope.within(tree.parts[0], tree.op)
    asked = [compiled_in(part, inner) for part in tree.parts[1:]]
    steps = sum(map(size, tree.parts[1:]))
    gather = _GATHERED.get(tree.op)
    if gather is None:
        return _condition_on_items(tree.op, items, asked[0], steps)
    value, test = (asked or [_one])[0], asked[1:]
    if tree.op == "count":
        value, test = _one, asked

    def gathered(ask: Ask, item: Item) -> Decimal | None:
        found = items(ask, item)
        if found is None:
            return None
        ask.spend(steps * len(found))
        chosen = [one for one in found if not test or test[0](ask, one)]
        values = (value(ask, one) for one in chosen)
        return gather([one for one in values if one is not None])

    return gathered


def _one(_ask: Ask, _item: Item) -> Decimal:
    return Decimal(1)


def _sum(values: list[Decimal]) -> Decimal:
    return reduce(ARITHMETIC.add, values, ZERO)


_GATHERED: dict[str, Callable[[list[Decimal]], Decimal | None]] = {
    "count": _sum,
    "sum": _sum,
    "min": lambda values: min(values, default=None),
    "max": lambda values: max(values, default=None),
}


def _condition_on_items(op: str, items: Asked, test: Asked, steps: int) -> Asked:
    """Ask about each item. Of no items *none* holds, and neither *some* nor *all*."""

    def told(ask: Ask, item: Item) -> bool:
        found = items(ask, item)
        if found is None:
            return False
        ask.spend(steps * len(found))
        if op == "all":
            return bool(found) and all(test(ask, one) for one in found)
        return any(test(ask, one) for one in found) is (op == "some")

    return told
