"""An expression as data: literals, facts, and operators applied to parts.

Written in Python or read from JSON, it is the same frozen tree. It says what is asked;
what it means is in :mod:`.operators`, for the version that is stored with it.
"""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import attrs

VERSION = 1
"""What the operators mean; a rule keeps the version that it was written in."""

NODES_MAX = 500
DEPTH_MAX = 32


class Kind(StrEnum):
    """What a part of an expression is; none is ever taken for another."""

    TRUTH = "truth"
    NUMBER = "number"
    TEXT = "text"
    DATE = "date"
    INSTANT = "instant"
    TEXTS = "texts"
    NUMBERS = "numbers"
    ITEMS = "items"


Value = (
    bool | int | Decimal | str | date | datetime | tuple[str, ...] | tuple[Decimal, ...]
)


@attrs.frozen
class Literal:
    """A value that is written down. Its kind says what it is: 1 is not True."""

    kind: Kind
    value: Value


@attrs.frozen
class Var:
    """A fact by its name; within a condition on items, a field of the item."""

    name: str


@attrs.frozen
class Apply:
    """An operator with its parts."""

    op: str
    parts: tuple["Tree", ...]


Tree = Literal | Var | Apply


def nodes(tree: Tree) -> Iterator[Tree]:
    """Give every part, the whole first."""
    yield tree
    if isinstance(tree, Apply):
        for part in tree.parts:
            yield from nodes(part)


def size(tree: Tree) -> int:
    return sum(1 for _ in nodes(tree))
