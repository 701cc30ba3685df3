"""Expressions as JSON in JsonLogic's shape, read strictly and written back.

``{"and": [{">=": [{"var": "purchase.total"}, 50]}, …]}``. Numbers are exact; a date is
``{"date": "2026-12-24"}``, an instant ``{"instant": "2026-12-24T18:00:00+01:00"}``.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NoReturn, assert_never

from ...kernel.errors import InvalidInputError
from .facts import kind_of, normal
from .kinds import check_size, refuse
from .tree import DEPTH_MAX, Apply, Kind, Literal, Tree, Value, Var

TEXT_MAX = 1000
LIST_MAX = 10_000


def literal(value: object, where: str = "expression") -> Literal:
    """Write a value down; refuse what no expression can hold."""
    if isinstance(value, tuple | list | frozenset | set):
        return _list(value, where)
    kind = kind_of(value)
    if kind is None:
        refuse(where, f"holds a {type(value).__name__}: use Decimal, text, dates")
    try:
        held = normal(value, where)
    except InvalidInputError as error:
        refuse(where, error.problem)
    if isinstance(held, str) and len(held) > TEXT_MAX:
        refuse(where, f"a text has at most {TEXT_MAX} characters")
    return Literal(kind, held)


def _list(values: Any, where: str) -> Literal:  # noqa: ANN401  # tuple, list or set
    if len(values) > LIST_MAX:
        refuse(where, f"a list has at most {LIST_MAX} values")
    found = [literal(one, where) for one in values]
    kinds = {one.kind for one in found}
    if kinds <= {Kind.TEXT}:
        kind = Kind.TEXTS
    elif kinds == {Kind.NUMBER}:
        kind = Kind.NUMBERS
    else:
        refuse(where, "a list holds texts, or numbers, and nothing else")
    held: Any = dict.fromkeys(one.value for one in found)
    return Literal(kind, tuple(sorted(held)))


def parsed(text: str | bytes) -> Tree:
    """Read an expression from JSON text. Raises InvalidExpressionError."""
    try:
        data = json.loads(
            text,
            parse_float=Decimal,
            parse_constant=_not_finite,
            object_pairs_hook=_object,
        )
    except (ValueError, RecursionError) as error:
        refuse("expression", f"is no JSON: {error}")
    return read(data)


def _not_finite(name: str) -> NoReturn:
    refuse("expression", f"{name} is no number")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        refuse("expression", "an object names one thing twice")
    return found


def read(data: object) -> Tree:
    """Make an expression of what JSON holds: lists, objects, texts and numbers."""
    tree = _read(data, "expression", 1)
    check_size(tree)
    return tree


def _read(data: object, where: str, depth: int) -> Tree:
    if depth > DEPTH_MAX:
        refuse(where, f"is more than {DEPTH_MAX} levels deep")
    if not isinstance(data, Mapping):
        return literal(data, where)
    if len(data) != 1:
        refuse(where, f"has one operator, not {len(data)}")
    ((op, given),) = data.items()
    match op:
        case "var":
            return _var(given, where)
        case "date" | "instant" if isinstance(given, str):
            return _dated(op, given, where)
    parts = given if isinstance(given, list | tuple) else [given]
    return Apply(
        str(op),
        tuple(
            _read(part, f"{where}.{op}[{n}]", depth + 1) for n, part in enumerate(parts)
        ),
    )


def _var(given: object, where: str) -> Var:
    name = given[0] if isinstance(given, list) and len(given) == 1 else given
    if not isinstance(name, str):
        refuse(where, "var takes the name of one fact, and no default: use has")
    return Var(name)


def _dated(op: str, text: str, where: str) -> Literal:
    kind = date if op == "date" else datetime
    try:
        return literal(kind.fromisoformat(text), where)
    except ValueError:
        refuse(where, f"{text!r} is no {op} as ISO 8601 writes it")


def written(tree: Tree) -> Any:  # noqa: ANN401  # what JSON holds
    """Return what :func:`read` makes the same expression of."""
    match tree:
        case Literal(value=value):
            return _written(value)
        case Var(name=name):
            return {"var": name}
        case Apply(op=op, parts=parts):
            return {op: [written(part) for part in parts]}
        case _:
            assert_never(tree)


def _written(value: Value) -> object:
    match value:
        case tuple():
            return list(value)
        case datetime():
            return {"instant": value.isoformat()}
        case date():
            return {"date": value.isoformat()}
        case _:
            return value
