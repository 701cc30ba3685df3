"""Plain data into attrs classes, with errors that say where and what is wrong."""

import types
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from enum import Enum
from functools import cache
from typing import (
    Any,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

import attrs

from ..kernel.errors import LedgerError
from .errors import ConfigurationError

T = TypeVar("T")


def structured(kind: type[T], data: object, *, file: str) -> T:
    """Build a *kind* from what a file holds."""
    return cast("T", _Builder(file).build(kind, data, ""))


class _Builder:
    def __init__(self, file: str) -> None:
        self._file = file

    def build(self, kind: Any, data: object, path: str) -> object:  # noqa: ANN401  # a type, or a form such as `int | None`
        origin, args = get_origin(kind), get_args(kind)
        if origin in {Union, types.UnionType}:
            (inner,) = (arg for arg in args if arg is not type(None))
            return None if data is None else self.build(inner, data, path)
        if origin in {tuple, frozenset}:
            return origin(self._items(args[0], data, path))
        if attrs.has(kind):
            return self._instance(kind, data, path)
        if issubclass(kind, Enum):
            return self._choice(kind, data, path)
        return self._plain(kind, data, path)

    def _items(self, kind: type, data: object, path: str) -> list[object]:
        if not isinstance(data, list):
            raise self._error(path, f"must be a list, not {_named(data)}")
        return [
            self.build(kind, item, f"{path}[{number}]")
            for number, item in enumerate(data)
        ]

    def _instance(self, kind: type, data: object, path: str) -> object:
        if not isinstance(data, dict):
            raise self._error(
                path, f"must be a table of named fields, not {_named(data)}"
            )
        fields = _fields(kind)
        for name in data:
            if name not in fields:
                raise self._error(
                    _inside(path, name), f"is not known{_nearest(name, fields)}"
                )
        built = {
            name: self.build(fields[name].type, item, _inside(path, name))
            for name, item in data.items()
        }
        for name, field in fields.items():
            if field.default is attrs.NOTHING and name not in built:
                raise self._error(_inside(path, name), "is missing")
        try:
            return kind(**built)
        except LedgerError as error:
            field_name = str(error.fields().get("field", ""))
            problem = str(error.fields().get("problem", error))
            place = path if path.endswith(field_name) else _inside(path, field_name)
            raise ConfigurationError(
                file=self._file, path=place, problem=problem
            ) from error
        except (TypeError, ValueError) as error:
            problem = str(error.args[0]) if error.args else type(error).__name__
            raise ConfigurationError(
                file=self._file, path=path, problem=problem
            ) from error

    def _choice(self, kind: type[Enum], data: object, path: str) -> Enum:
        choices = {str(one.value): one for one in kind}
        if isinstance(data, str) and data in choices:
            return choices[data]
        raise self._error(path, f"{data!r} is not known{_nearest(data, choices)}")

    def _plain(self, kind: type, data: object, path: str) -> object:
        if kind is Decimal:
            return self._decimal(data, path)
        if kind is date:
            return self._date(data, path)
        if type(data) is not kind:
            raise self._error(path, f"must be {_WORDS[kind]}, not {_named(data)}")
        return data

    def _decimal(self, data: object, path: str) -> Decimal:
        if isinstance(data, Decimal | int | str) and not isinstance(data, bool):
            try:
                return Decimal(data)
            except InvalidOperation:
                pass
        raise self._error(path, f"must be a number, not {data!r}")

    def _date(self, data: object, path: str) -> date:
        if isinstance(data, date) and not isinstance(data, datetime):
            return data
        try:
            return date.fromisoformat(cast("str", data))
        except (TypeError, ValueError):
            problem = f"must be a date such as 2024-12-31, not {data!r}"
            raise self._error(path, problem) from None

    def _error(self, path: str, problem: str) -> ConfigurationError:
        return ConfigurationError(file=self._file, path=path, problem=problem)


_WORDS = {str: "text", int: "a whole number", bool: "true or false"}


@cache
def _fields(kind: Any) -> Mapping[str, Any]:  # noqa: ANN401  # any attrs class
    hints = get_type_hints(kind)
    return {
        field.name: _Field(default=field.default, type=hints[field.name])
        for field in attrs.fields(kind)
    }


@attrs.frozen(kw_only=True)
class _Field:
    default: object
    type: Any


def _inside(path: str, name: str) -> str:
    return ".".join(part for part in (path, name) if part)


def _nearest(name: object, known: Mapping[str, object]) -> str:
    near = get_close_matches(str(name), known, n=1)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; known are {', '.join(known)}"


def _named(data: object) -> str:
    match data:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case str():
            return f"the text {data!r}"
        case int() | Decimal():
            return f"the number {data}"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return str(data)
