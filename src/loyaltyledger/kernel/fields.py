"""What the fields of commands and policies may hold, said once for each kind of field.

Each is a validator for ``attrs.field``, or makes one. All raise InvalidInputError, so
that a wrong type is refused like any other wrong value.
"""

import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from enum import Enum
from typing import Any

import attrs

from .errors import InvalidInputError
from .ids import check_id
from .time import YEAR_MAX, YEAR_MIN, command_instant

TEXT_MAX = 1000
"""The longest text, in characters, that is no id: a reason, a reference."""

_UNSTORABLE = {"Cc", "Cs", "Zl", "Zp"}

Validator = Callable[[object, Any, Any], None]


def instant(name: str) -> Any:  # as attrs.field, whose type is its own
    """Make the optional field *name*, an instant that is brought to UTC."""

    def converted(value: datetime | None) -> datetime | None:
        return None if value is None else command_instant(value, field=name)

    return attrs.field(default=None, converter=converted)


def check_instant(_instance: object, attribute: Any, value: Any) -> None:
    """Validate an instant that must be given, in any time zone."""
    command_instant(value, field=attribute.name)


def check_text(_instance: object, attribute: Any, value: Any) -> None:
    """Validate an optional text for people: one line, not too long."""
    if value is not None:
        _check_text(attribute.name, value)


def check_reason(_instance: object, attribute: Any, value: Any) -> None:
    """Validate a text that must be given."""
    _check_text(attribute.name, value)
    if not value.strip():
        _refuse(attribute.name, "say why; it is kept for the audit")


def _check_text(field: str, value: Any) -> None:
    if not isinstance(value, str):
        _refuse(field, f"must be text, not {type(value).__name__}")
    if len(value) > TEXT_MAX:
        _refuse(field, f"at most {TEXT_MAX} characters, not {len(value)}")
    if any(unicodedata.category(char) in _UNSTORABLE for char in value):
        _refuse(field, "must not hold control characters or line breaks")


def check_flag(_instance: object, attribute: Any, value: Any) -> None:
    """Validate a field that is True or False, and nothing that merely counts as it."""
    if not isinstance(value, bool):
        _refuse(attribute.name, f"must be True or False, not {type(value).__name__}")


def one_of(kind: type[Enum], *, optional: bool = False) -> Validator:
    """Validate a field that holds a member of an enumeration."""

    def check(_instance: object, attribute: Any, value: Any) -> None:
        if isinstance(value, kind) or (optional and value is None):
            return
        names = ", ".join(str(one) for one in kind)
        problem = f"must be a {kind.__name__} ({names}), not {_shown(value)}"
        _refuse(attribute.name, problem)

    return check


def one_word_of(*words: str) -> Validator:
    """Validate a field that holds one of a few words."""

    def check(_instance: object, attribute: Any, value: Any) -> None:
        if value not in words:
            _refuse(attribute.name, f"must be {' or '.join(words)}")

    return check


def instance(kind: type, *, optional: bool = False) -> Validator:
    """Validate a field that holds an object of one class."""

    def check(_instance: object, attribute: Any, value: Any) -> None:
        if not (isinstance(value, kind) or (optional and value is None)):
            check_instance(attribute.name, value, kind)

    return check


def check_instance(field: str, value: object, kind: type) -> None:
    """Refuse an argument of another class."""
    if not isinstance(value, kind):
        problem = f"must be of class {kind.__name__}, not {type(value).__name__}"
        _refuse(field, problem)


def tuple_of(kind: type) -> Validator:
    """Validate a tuple, every item of which is of one class."""

    def check(_instance: object, attribute: Any, value: Any) -> None:
        check_instance(attribute.name, value, tuple)
        for item in value:
            check_instance(attribute.name, item, kind)

    return check


def check_dates(_instance: object, attribute: Any, value: Any) -> None:
    """Validate a tuple of days that a calendar can step on from."""
    check_instance(attribute.name, value, tuple)
    for day in value:
        if not isinstance(day, date) or isinstance(day, datetime):
            _refuse(attribute.name, f"{_shown(day)} is not a date without a time")
        if not YEAR_MIN <= day.year <= YEAR_MAX:
            _refuse(attribute.name, f"{day} is not within {YEAR_MIN}-{YEAR_MAX}")


def check_ids(instance: object, attribute: Any, value: Any) -> None:
    """Validate a frozen set of ids."""
    check_instance(attribute.name, value, frozenset)
    for item in value:
        check_id(instance, attribute, item)


def count(least: int, most: int, *, optional: bool = False) -> Validator:
    """Validate a whole number from *least* to *most*."""

    def check(_instance: object, attribute: Any, value: Any) -> None:
        if optional and value is None:
            return
        if not isinstance(value, int) or isinstance(value, bool):
            _refuse(attribute.name, f"must be a whole number, not {_shown(value)}")
        if not least <= value <= most:
            _refuse(attribute.name, f"must be from {least} to {most}")

    return check


def _shown(value: object) -> str:
    """Name a wrong value by its type only: it may be large, or secret."""
    return f"a {type(value).__name__}"


def _refuse(field: str, problem: str) -> None:
    raise InvalidInputError(field=field, problem=problem)
