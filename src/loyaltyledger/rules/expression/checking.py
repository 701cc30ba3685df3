"""Checking an expression when it is saved, so that it cannot fail when it is asked."""

from .constant import check_decides
from .facts import Facts
from .kinds import Scope, check_size, kind_of_tree, refuse
from .presence import check_negations
from .tree import Kind, Literal, Tree

EXPRESSION = "expression"


def check(tree: Tree, facts: Facts, *, gives: Kind, where: str = EXPRESSION) -> None:
    """Refuse what cannot be asked of these facts, or cannot be meant.

    Raises InvalidExpressionError for facts and operators that do not exist, parts of a
    wrong kind, a negation of what may be missing, a condition that always or never
    holds, and for more than 500 parts or 32 levels.
    """
    check_size(tree)
    scope = Scope(facts)
    kind = kind_of_tree(tree, scope, where)
    if kind is not gives:
        refuse(where, f"gives {kind.value}, not {gives.value}")
    check_negations(tree, scope, where)
    if not isinstance(tree, Literal):
        check_decides(tree, where)
