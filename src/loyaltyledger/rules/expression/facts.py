"""The facts that an expression may ask for: declared, and checked when given."""

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import attrs

from ...kernel.errors import InvalidInputError
from ...kernel.time import command_instant
from .tree import Kind

DIGITS_MAX = 34
NOW = "now"
"""The instant of the decision: a fact of every expression, and never the clock's."""


@attrs.frozen(kw_only=True)
class Fact:
    """A fact by its name; an *optional* one may be missing. Items have *fields*."""

    name: str
    kind: Kind
    optional: bool = False
    fields: tuple["Fact", ...] = ()


@attrs.frozen
class Facts:
    """All facts that expressions of one purpose may ask for."""

    _by_name: Mapping[str, Fact]

    @classmethod
    def of(cls, *facts: Fact) -> "Facts":
        """Declare facts; *now* is always one of them."""
        declared = (*facts, Fact(name=NOW, kind=Kind.INSTANT))
        by_name: dict[str, Fact] = {}
        for fact in declared:
            _check_declared(fact, by_name)
            by_name[fact.name] = fact
        fields = {field.name for fact in declared for field in fact.fields}
        for name in sorted(fields & set(by_name)):
            problem = "a field of an item has the name of a fact: rename one of them"
            raise InvalidInputError(field=f"fact {name!r}", problem=problem)
        return cls(by_name)

    def get(self, name: str) -> Fact | None:
        return self._by_name.get(name)

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._by_name))

    def bound(self, values: Mapping[str, object]) -> dict[str, Any]:
        """Bring values into the form in which they are compared, or refuse them.

        Text comes to Unicode's form NFC and instants to UTC; None is a missing fact.
        """
        unknown = sorted(set(values) - set(self._by_name))
        if unknown:
            raise InvalidInputError(
                field=f"fact {unknown[0]!r}", problem="not declared"
            )
        found = {}
        for name, fact in self._by_name.items():
            value = _bound(fact, values.get(name))
            if value is not None:
                found[name] = value
            elif not fact.optional and name != NOW:
                problem = "is missing, and not declared as optional"
                raise InvalidInputError(field=f"fact {name!r}", problem=problem)
        return found


def _check_declared(fact: Fact, known: Mapping[str, Fact]) -> None:
    where = f"fact {fact.name!r}"
    if fact.name in known:
        raise InvalidInputError(field=where, problem="is declared twice")
    if bool(fact.fields) != (fact.kind is Kind.ITEMS):
        raise InvalidInputError(
            field=where, problem="items, and only they, have fields"
        )
    if any(field.kind is Kind.ITEMS for field in fact.fields):
        raise InvalidInputError(field=where, problem="an item holds no items")


def _bound(fact: Fact, value: object) -> object:
    if value is None:
        return None
    match fact.kind:
        case Kind.TEXTS:
            return tuple(_scalar(fact, Kind.TEXT, one) for one in _many(fact, value))
        case Kind.NUMBERS:
            return tuple(_scalar(fact, Kind.NUMBER, one) for one in _many(fact, value))
        case Kind.ITEMS:
            return tuple(_item(fact, one) for one in _many(fact, value))
        case _:
            return _scalar(fact, fact.kind, value)


def _many(fact: Fact, value: object) -> Iterable[object]:
    if isinstance(value, tuple | list | frozenset | set):
        return sorted(value) if isinstance(value, frozenset | set) else value
    raise _wrong(fact, fact.kind, value)


def _item(fact: Fact, value: object) -> dict[str, object]:
    if not isinstance(value, Mapping):
        raise _wrong(fact, fact.kind, value)
    found = {}
    for field in fact.fields:
        held = _bound(field, value.get(field.name))
        if held is not None:
            found[field.name] = held
        elif not field.optional:
            problem = f"an item has no {field.name!r}, which is not optional"
            raise InvalidInputError(field=f"fact {fact.name!r}", problem=problem)
    return found


def _scalar(fact: Fact, kind: Kind, value: object) -> object:
    if kind_of(value) is not kind:
        raise _wrong(fact, kind, value)
    return normal(value, f"fact {fact.name!r}")


def kind_of(value: object) -> Kind | None:
    """Return the kind of a single value; None: no expression can hold it."""
    match value:
        case bool():
            return Kind.TRUTH
        case int():
            return Kind.NUMBER
        case Decimal():
            return Kind.NUMBER if value.is_finite() else None
        case str():
            return Kind.TEXT
        case datetime():
            return Kind.INSTANT
        case date():
            return Kind.DATE
        case _:
            return None


def normal(value: Any, where: str) -> Any:  # noqa: ANN401  # one of the kinds above
    """Bring a value into the one form in which it is compared.

    Raises InvalidInputError for an instant without a zone, and for a number with too
    many digits or too far from one.
    """
    if isinstance(value, str):
        return value if value.isascii() else unicodedata.normalize("NFC", value)
    if isinstance(value, datetime):
        return command_instant(value, field=where)
    if isinstance(value, bool | date):
        return value
    number = Decimal(value)
    digits = len(number.as_tuple().digits)
    if digits > DIGITS_MAX or abs(number.adjusted()) > DIGITS_MAX:
        problem = f"a number has at most {DIGITS_MAX} digits"
        raise InvalidInputError(field=where, problem=problem)
    return number


def _wrong(fact: Fact, kind: Kind, value: object) -> InvalidInputError:
    problem = f"must be {kind.value}, not {type(value).__name__}"
    return InvalidInputError(field=f"fact {fact.name!r}", problem=problem)
