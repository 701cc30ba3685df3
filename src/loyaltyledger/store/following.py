"""Events that were stored, and cannot have happened one after the other."""

from collections.abc import Iterator
from contextlib import contextmanager

from .errors import DamagedStreamError

UNFOLDABLE = (
    LookupError,
    AssertionError,
    ValueError,
    TypeError,
    ArithmeticError,
    AttributeError,
    RecursionError,
)
"""What comes of folding events that no command can have written."""


@contextmanager
def events_follow(stream: str) -> Iterator[None]:
    """Whoever folds a stream trusts it; say so where that was a mistake."""
    try:
        yield
    except UNFOLDABLE as error:
        problem = f"{type(error).__name__}: {error}"
        raise DamagedStreamError(stream=stream, problem=problem) from error
