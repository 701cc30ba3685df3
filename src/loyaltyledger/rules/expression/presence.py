"""Negations that would hold because a fact is missing, and so are refused.

A missing fact makes a comparison false, and its negation true: a shop that gives points
to all but its own staff would give them to whoever it knows nothing about. So what is
negated must ask by ``has`` whether its optional facts are there.
"""

from collections.abc import Iterable

from .kinds import OVER_ITEMS, Scope, looks_at_items, refuse
from .operators import SIMPLE
from .tree import Apply, Tree, Var

Names = frozenset[str]
NONE: Names = frozenset()


def check_negations(tree: Tree, scope: Scope, where: str, there: Names = NONE) -> None:
    """Refuse a negation of what may be missing; *there* are facts known to be there."""
    if not isinstance(tree, Apply):
        return
    where = f"{where}.{tree.op}"
    if tree.op in {"!", "none"}:
        negated = tree.parts[-1]
        inner = scope.within(tree.parts[0], where) if tree.op == "none" else scope
        missing = unguarded(negated, inner, there)
        if missing:
            name = min(missing)
            refuse(
                where,
                f"fact {name!r} may be missing, and this would hold then; "
                f"say what it shall be with has({name})",
            )
    for n, part in enumerate(tree.parts):
        inner = scope
        if n and looks_at_items(tree, scope):
            inner = scope.within(tree.parts[0], where)
        known = there | _known_beside(tree, n)
        check_negations(part, inner, f"{where}[{n}]", known)


def unguarded(tree: Tree, scope: Scope, there: Names) -> Names:
    """Return the optional facts that it uses without asking whether they are there."""
    if isinstance(tree, Var):
        is_safe = tree.name in there or not scope.find(tree.name, "").optional
        return NONE if is_safe else frozenset({tree.name})
    if not isinstance(tree, Apply) or tree.op == "has":
        return NONE
    goes_through = looks_at_items(tree, scope)
    found = []
    for n, part in enumerate(tree.parts):
        inner = scope.within(tree.parts[0], "") if n and goes_through else scope
        asked = there | _asked_beside(tree, n)
        found.append(unguarded(part, inner, asked))
    return _union(found)


def _known_beside(tree: Apply, n: int) -> Names:
    """Return the facts that are there whenever part *n* decides about the whole."""
    others = [part for m, part in enumerate(tree.parts) if m != n]
    match tree.op, n:
        case "and", _:
            return _union(map(_there_if_true, others))
        case "or", _:
            return _union(map(_asked_not, others))
        case "if", 1:
            return _there_if_true(tree.parts[0])
        case "if", 2:
            return _asked_not(tree.parts[0])
        case (("some" | "all" | "none" | "count" | "sum" | "min" | "max"), 1):
            return _union(map(_there_if_true, tree.parts[2:]))
        case _:
            return NONE


def _asked_beside(tree: Apply, n: int) -> Names:
    """Return the facts that the parts beside part *n* ask for with ``has``."""
    others = [part for m, part in enumerate(tree.parts) if m != n]
    match tree.op, n:
        case "and", _:
            return _union(map(_asked, others))
        case "or", _:
            return _union(map(_asked_not, others))
        case "if", 1:
            return _asked(tree.parts[0])
        case "if", 2:
            return _asked_not(tree.parts[0])
        case _:
            return NONE


def _there_if_true(tree: Tree) -> Names:
    """Return the facts that must be there for a condition to hold."""
    if isinstance(tree, Var):
        return frozenset({tree.name})
    if not isinstance(tree, Apply):
        return NONE
    if tree.op == "or":
        return frozenset.intersection(*map(_there_if_true, tree.parts))
    is_strict = tree.op in SIMPLE and tree.op not in OVER_ITEMS
    if is_strict or tree.op in {"and", "has"}:
        return _union(map(_there_if_true, tree.parts))
    return NONE


def _asked(tree: Tree) -> Names:
    match tree:
        case Apply(op="has", parts=(Var(name=name),)):
            return frozenset({name})
        case Apply(op="and", parts=parts):
            return _union(map(_asked, parts))
        case _:
            return NONE


def _asked_not(tree: Tree) -> Names:
    match tree:
        case Apply(op="!", parts=(part,)):
            return _asked(part)
        case Apply(op="or", parts=parts):
            return _union(map(_asked_not, parts))
        case _:
            return NONE


def _union(found: Iterable[Names]) -> Names:
    return NONE.union(*found)
