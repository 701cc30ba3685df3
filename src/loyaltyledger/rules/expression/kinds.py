"""Of what kind each part of an expression is; a part that does not fit is refused."""

from difflib import get_close_matches
from typing import NoReturn, assert_never

import attrs

from ...kernel.errors import InvalidInputError, refusal
from .facts import Fact, Facts
from .operators import CONDITIONS_ON_ITEMS, JOINING, OPERATORS, SIMPLE
from .tree import DEPTH_MAX, NODES_MAX, Apply, Kind, Literal, Tree, Var

OVER_ITEMS = frozenset({"count", "sum", "min", "max"}) | CONDITIONS_ON_ITEMS
ITEM_FORMS = {
    **dict.fromkeys(CONDITIONS_ON_ITEMS, ((Kind.TRUTH,),)),
    "count": ((), (Kind.TRUTH,)),
    **dict.fromkeys(("sum", "min", "max"), ((Kind.NUMBER,), (Kind.NUMBER, Kind.TRUTH))),
}
"""What may follow the items: a condition, or a number and a condition."""


@refusal
class InvalidExpressionError(InvalidInputError):
    """An expression that cannot be kept; *field* says where in it."""


def refuse(where: str, problem: str) -> NoReturn:
    raise InvalidExpressionError(field=where, problem=problem)


def check_size(tree: Tree) -> None:
    """Refuse what is too large or too deep, before anything walks down it."""
    waiting, seen = [(tree, 1)], 0
    while waiting:
        node, depth = waiting.pop()
        seen += 1
        if seen > NODES_MAX:
            refuse("expression", f"has more than {NODES_MAX} parts")
        if depth > DEPTH_MAX:
            refuse("expression", f"is more than {DEPTH_MAX} levels deep")
        if isinstance(node, Apply):
            waiting += [(part, depth + 1) for part in node.parts]


@attrs.frozen
class Scope:
    """The facts, and the fields of the item that is looked at."""

    facts: Facts
    item: tuple[Fact, ...] | None = None

    def find(self, name: str, where: str) -> Fact:
        fields = {field.name: field for field in self.item or ()}
        found = fields.get(name) or self.facts.get(name)
        if found is None:
            _unknown(where, "fact", name, (*fields, *self.facts.names()))
        return found

    def is_field(self, name: str) -> bool:
        return any(field.name == name for field in self.item or ())

    def within(self, items: Tree, where: str) -> "Scope":
        """Look at one item after the other."""
        if self.item is not None:
            refuse(where, "a condition on items cannot look at items again")
        assert isinstance(items, Var), "items are named by a fact"
        return Scope(self.facts, self.find(items.name, where).fields)


def _unknown(where: str, what: str, name: str, known: tuple[str, ...]) -> NoReturn:
    close = get_close_matches(name, known, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    refuse(where, f"there is no {what} {name!r}{hint}")


def looks_at_items(tree: Apply, scope: Scope) -> bool:
    """Whether an operator goes through the items that its first part names."""
    first = tree.parts[0] if tree.parts else None
    if tree.op not in OVER_ITEMS or not isinstance(first, Var):
        return False
    return scope.find(first.name, tree.op).kind is Kind.ITEMS


def kind_of_tree(tree: Tree, scope: Scope, where: str) -> Kind:
    """Return what an expression gives, or say which part does not fit.

    Raises InvalidExpressionError.
    """
    match tree:
        case Literal():
            return tree.kind
        case Var():
            return scope.find(tree.name, where).kind
        case Apply(op=op, parts=parts):
            if op not in OPERATORS:
                _unknown(where, "operator", op, tuple(sorted(OPERATORS)))
            return _kind_of(tree, parts, scope, f"{where}.{op}")
        case _:
            assert_never(tree)


def _kind_of(tree: Apply, parts: tuple[Tree, ...], scope: Scope, where: str) -> Kind:
    if tree.op == "has":
        return _has(parts, scope, where)
    if looks_at_items(tree, scope):
        return _over_items(tree, scope, where)
    kinds = tuple(
        kind_of_tree(part, scope, f"{where}[{n}]") for n, part in enumerate(parts)
    )
    if tree.op in SIMPLE:
        return _simple(tree, kinds, where)
    if tree.op == "if":
        return _if(kinds, where)
    if tree.op in CONDITIONS_ON_ITEMS or tree.op in {"count", "sum"}:
        refuse(where, "takes items first")
    wanted = 1 if tree.op == "!" else 2
    if len(kinds) < wanted or (tree.op not in JOINING and len(kinds) > wanted):
        refuse(where, f"takes {'one condition' if wanted == 1 else 'two or more'}")
    for n, kind in enumerate(kinds):
        if kind is not Kind.TRUTH:
            refuse(f"{where}[{n}]", f"must be a condition, not {kind.value}")
    return Kind.TRUTH


def _has(parts: tuple[Tree, ...], scope: Scope, where: str) -> Kind:
    if len(parts) != 1 or not isinstance(parts[0], Var):
        refuse(where, "takes the name of one fact")
    fact = scope.find(parts[0].name, where)
    if not fact.optional:
        refuse(where, f"fact {fact.name!r} is never missing")
    return Kind.TRUTH


def _over_items(tree: Apply, scope: Scope, where: str) -> Kind:
    inner = scope.within(tree.parts[0], where)
    kinds = tuple(
        kind_of_tree(part, inner, f"{where}[{n}]")
        for n, part in enumerate(tree.parts[1:], start=1)
    )
    forms = ITEM_FORMS[tree.op]
    if kinds not in forms:
        shown = " or ".join(_listed(("items", *form)) for form in forms)
        refuse(where, f"takes {shown}, not {_listed(('items', *kinds))}")
    return Kind.TRUTH if tree.op in CONDITIONS_ON_ITEMS else Kind.NUMBER


def _simple(tree: Apply, kinds: tuple[Kind, ...], where: str) -> Kind:
    known = SIMPLE[tree.op]
    if not known.fits(kinds):
        shown = " or ".join(_listed(row) for row in known.takes)
        refuse(where, f"takes {shown}, not {_listed(kinds)}")
    if known.is_fixed:
        _check_fixed(tree, where)
    return known.gives


def _check_fixed(tree: Apply, where: str) -> None:
    values = []
    for n, part in enumerate(tree.parts[1:], start=1):
        if not isinstance(part, Literal):
            refuse(f"{where}[{n}]", "must be written down, not worked out")
        values.append(part.value)
    check = SIMPLE[tree.op].problem
    problem = check(*values) if check else None
    if problem:
        refuse(where, problem)


def _if(kinds: tuple[Kind, ...], where: str) -> Kind:
    if len(kinds) != 3:  # noqa: PLR2004  # a condition, and two ways
        refuse(where, "takes a condition, and what to give when it holds or not")
    if kinds[0] is not Kind.TRUTH:
        refuse(f"{where}[0]", f"must be a condition, not {kinds[0].value}")
    if kinds[1] is not kinds[2]:
        refuse(where, f"gives {kinds[1].value} or {kinds[2].value}: both must be alike")
    return kinds[1]


def _listed(kinds: tuple[str, ...]) -> str:
    return f"({', '.join(kinds)})"
