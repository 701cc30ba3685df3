"""Why an expression says what it says: every part of it, with what it came to."""

from typing import Any

import attrs

from .compiling import NO_ITEM, Ask, Item, compiled_in
from .facts import Facts
from .kinds import Scope, looks_at_items
from .reading import written
from .tree import Apply, Tree, Var

ITEMS_SHOWN_MAX = 20


@attrs.frozen(kw_only=True)
class Told:
    """A part of an expression, and what it came to.

    *value* is None where it is *missing*. Of a condition on items, *parts* are those of
    each item in turn, of the first twenty.
    """

    expression: Any
    value: Any
    parts: tuple["Told", ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the facts that it asked for and that were not there."""
        if self.parts:
            found = (name for part in self.parts for name in part.missing)
            return tuple(dict.fromkeys(found))
        is_fact = isinstance(self.expression, dict) and "var" in self.expression
        return (self.expression["var"],) if is_fact and self.value is None else ()

    def reasons(self) -> tuple["Told", ...]:
        """Return the smallest parts that made a condition what it is."""
        if not isinstance(self.expression, dict):
            return (self,)
        (op,) = self.expression
        if op == "!":
            return self.parts[0].reasons()
        if op not in {"and", "or"}:
            return (self,)
        alike = [part for part in self.parts if part.value is self.value]
        enough = alike[:1] if op == "or" and self.value else alike
        return tuple(reason for part in enough for reason in part.reasons())


def traced(tree: Tree, facts: Facts, ask: Ask) -> Told:
    """Ask a checked expression, and keep what every part came to."""
    return _traced(tree, Scope(facts), ask, NO_ITEM)


def _traced(tree: Tree, scope: Scope, ask: Ask, item: Item) -> Told:
    value = compiled_in(tree, scope)(ask, item)
    if isinstance(tree, Var) and not _is_there(tree, scope, ask, item):
        value = None
    parts: list[Told] = []
    if isinstance(tree, Apply):
        if looks_at_items(tree, scope):
            inner = scope.within(tree.parts[0], tree.op)
            found = (ask.facts.get(_name(tree)) or ())[:ITEMS_SHOWN_MAX]
            parts = [
                _traced(part, inner, ask, one)
                for one in found
                for part in tree.parts[1:]
            ]
        else:
            parts = [_traced(part, scope, ask, item) for part in tree.parts]
    return Told(expression=written(tree), value=value, parts=tuple(parts))


def _is_there(var: Var, scope: Scope, ask: Ask, item: Item) -> bool:
    return var.name in (item if scope.is_field(var.name) else ask.facts)


def _name(tree: Apply) -> str:
    first = tree.parts[0]
    assert isinstance(first, Var), "items are named by a fact"
    return first.name
