"""An explanation: a statement, the facts it rests on, and why each is so."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

import attrs

Value = str | int | Decimal | datetime
Fact = tuple[str, Value]

INDENT = "  "


@attrs.frozen(kw_only=True)
class Explanation:
    """Something that happened, and what it follows from. Ids and numbers only."""

    title: str
    facts: tuple[Fact, ...] = ()
    because: tuple["Explanation", ...] = ()

    def text(self) -> str:
        """Return the whole of it for people to read, indented by depth."""
        return "\n".join(_lines(self, 0))

    def fact(self, name: str) -> Value | None:
        """Return the value of a fact; None where there is no such fact."""
        return dict(self.facts).get(name)

    def all(self) -> Iterator["Explanation"]:
        """Yield this and everything below it, in the order of the text."""
        yield self
        for reason in self.because:
            yield from reason.all()


def _lines(explanation: Explanation, depth: int) -> Iterator[str]:
    yield INDENT * depth + explanation.title
    for name, value in explanation.facts:
        yield f"{INDENT * (depth + 1)}{name}: {shown(value)}"
    for reason in explanation.because:
        yield from _lines(reason, depth + 1)


def shown(value: Value) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def present(*facts: tuple[str, Value | None]) -> tuple[Fact, ...]:
    """Return the facts that have a value."""
    return tuple((name, value) for name, value in facts if value is not None)
