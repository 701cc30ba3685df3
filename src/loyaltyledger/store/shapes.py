"""Payloads read for their shape alone: right names, right types, and no rules.

The objects have the fields of their class and nothing else of it: no validator runs.
That is many times faster, and enough to look at what was written by this library.
"""

import types
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs

from .codec import Codec, ZonedInstant, light_class, reader_of

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
    if kind is datetime:
        return ZonedInstant
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


def readers_of(kinds: Mapping[str, type], codec: Codec) -> dict[str, Reader]:
    """Return what reads each stored name for its shape, old names among them."""
    readers = {name: shape_reader(kind) for name, kind in kinds.items()}
    for old, newest in codec.old_names().items():
        if newest in readers:
            readers[old] = _upcasting(codec, old, readers[newest])
    return readers


def _upcasting(codec: Codec, name: str, reader: Reader) -> Reader:
    def read(payload: bytes | str) -> Any:  # noqa: ANN401  # any shape
        held = payload if isinstance(payload, bytes) else payload.encode()
        return reader(codec.current(name, held)[1])

    return read
