"""Conditions that always hold, or never can: mistakes, wherever they can be seen."""

from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from .kinds import refuse
from .operators import SIMPLE
from .tree import Apply, Literal, Tree, Var

MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


def check_decides(tree: Tree, where: str) -> None:
    """Refuse a condition, or a part of one, that says the same whatever the facts."""
    if not isinstance(tree, Apply):
        return
    where = f"{where}.{tree.op}"
    told = _always(tree)
    if told is not None:
        refuse(where, "always holds" if told else "can never hold")
    for n, part in enumerate(tree.parts):
        check_decides(part, f"{where}[{n}]")


def _always(tree: Apply) -> bool | None:
    """Say what a condition always is; None: it depends, or cannot be seen."""
    match tree.op, tree.parts:
        case "and" | "or", parts:
            return _joined(tree.op, parts)
        case "==" | "<=" | ">=", (Var() as first, Var() as second) if first == second:
            return True
        case "!=" | "<" | ">", (Var() as first, Var() as second) if first == second:
            return False
        case "in", (_, Literal(value=())):
            return False
        case "!" | "if", (Literal(value=bool()), *_):
            return bool(tree.parts[0].value) ^ (tree.op == "!")  # type: ignore[union-attr]  # a literal
        case op, parts if op in SIMPLE and not SIMPLE[op].timed:
            return _worked_out(tree)
        case _:
            return None


def _worked_out(tree: Apply) -> bool | None:
    values = [part.value for part in tree.parts if isinstance(part, Literal)]
    if len(values) < len(tree.parts):
        return None
    told = SIMPLE[tree.op].meaning(*values)
    return told if isinstance(told, bool) else None


def _joined(op: str, parts: Iterable[Tree]) -> bool | None:
    """Look for a literal, for two parts that contradict, and for limits that cross."""
    parts = tuple(parts)
    decisive = op == "or"
    for part in parts:
        if isinstance(part, Literal):
            return decisive if part.value is decisive else None
        if Apply("!", (part,)) in parts:
            return decisive
    limits = [limit for part in parts for limit in _limits(part)]
    if decisive:
        if len(limits) < len(parts):
            return None
        limits = [attrs.evolve(one, op=OPPOSITE[one.op]) for one in limits]
    return decisive if _cross(limits) else None


@attrs.frozen
class _Limit:
    """A fact compared with a value that is written down."""

    name: str
    op: str
    value: Any


def _limits(part: Tree) -> Iterator[_Limit]:
    match part:
        case Apply(op=op, parts=(Var(name=name), Literal(value=value))) if (
            op in MIRRORED
        ):
            yield _Limit(name, op, value)
        case Apply(op=op, parts=(Literal(value=value), Var(name=name))) if (
            op in MIRRORED
        ):
            yield _Limit(name, MIRRORED[op], value)
        case _:
            return


def _cross(limits: list[_Limit]) -> bool:
    return any(_exclude(one, other) for one in limits for other in limits)


def _exclude(one: _Limit, other: _Limit) -> bool:
    """Whether no value of a fact can meet both."""
    if one.name != other.name:
        return False
    if one.op == "==":
        return not SIMPLE[other.op].meaning(one.value, other.value)
    if one.op in {">", ">="} and other.op in {"<", "<="}:
        is_strict = one.op == ">" or other.op == "<"
        return bool(one.value > other.value or (is_strict and one.value == other.value))
    return False
