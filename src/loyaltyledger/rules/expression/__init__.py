"""Conditions and amounts that a shop writes down: typed, checked, and explained."""

from .checking import check
from .compiling import Ask, Asked, TooManyStepsError, compiled
from .facts import NOW, Fact, Facts
from .kinds import InvalidExpressionError
from .reading import parsed, read, written
from .tracing import Told, traced
from .tree import VERSION, Apply, Kind, Literal, Tree, Value, Var

__all__ = [
    "NOW",
    "VERSION",
    "Apply",
    "Ask",
    "Asked",
    "Fact",
    "Facts",
    "InvalidExpressionError",
    "Kind",
    "Literal",
    "Told",
    "TooManyStepsError",
    "Tree",
    "Value",
    "Var",
    "check",
    "compiled",
    "parsed",
    "read",
    "traced",
    "written",
]
