"""Payloads read for their shape alone: right names, right types, and no rules.

The objects have the fields of their class and nothing else of it: no validator runs.
That is many times faster, and enough to look at what was written by this library.
"""

import types
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs

from .codec import Codec, light_class, reader_of

Reader = Callable[[bytes | str], Any]


def shape_reader(kind: type) -> Reader:
    """Return what reads a class of attrs for its shape."""
    return reader_of(_shape(kind))


def shape_of(kind: type) -> Callable[..., Any]:
    """Return the class of such objects, written field by field as they are defined."""
    made: Callable[..., Any] = _shape(kind)
    return made


@cache
def _shape(kind: Any) -> Any:  # noqa: ANN401  # any type there is
    if attrs.has(kind):
        hints = get_type_hints(kind)
        fields = [
            (field.name, _shape(hints[field.name]), field.default)
            for field in attrs.fields(kind)
        ]
        return light_class(kind.__name__, fields)
    arguments = get_args(kind)
    if not arguments:
        return kind
    shapes = tuple(one if one is Ellipsis else _shape(one) for one in arguments)
    origin = get_origin(kind)
    return Union[shapes] if origin is types.UnionType else origin[shapes]  # noqa: UP007  # made at run time


class Shapes:
    """Reads the payload of every stored name for its shape."""

    def __init__(self, codec: Codec, names: Mapping[str, type]) -> None:
        self._codec = codec
        self._readers = {name: shape_reader(kind) for name, kind in names.items()}

    def read(self, name: str, payload: bytes) -> Any:  # noqa: ANN401  # any event
        """Raise KeyError for a name that nobody knows."""
        reader = self._readers.get(name)
        if reader is None:
            name, payload = self._codec.current(name, payload)
            reader = self._readers[name]
        return reader(payload)
