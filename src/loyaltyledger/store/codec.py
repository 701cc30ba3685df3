"""Events to JSON and back, under names that outlive their classes.

The only module that knows the serializer.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Annotated, Any, cast

import attrs
import msgspec

from ..kernel.errors import InvalidInputError
from ..kernel.time import utc
from .errors import CodecError, DamagedEventError, UnknownEventError
from .records import RawEvent, Recorded, instant
from .soundness import check_of

_ENCODER = msgspec.json.Encoder()


def to_json(document: object) -> bytes:
    """Encode a document. Where memory ends, a buffer of Python's own raises.

    One of the encoder's own would crash the process (msgspec 0.22).
    """
    buffer = bytearray()
    _ENCODER.encode_into(document, buffer)
    return bytes(buffer)


_DROPPED_WHEN_DEFAULT: tuple[object, ...] = (None, (), frozenset())
_UNENCODABLE = (TypeError, ValueError, OverflowError, RecursionError)


@attrs.frozen(kw_only=True)
class Upcast:
    """How an event stored under an old name becomes one of a newer name."""

    name: str
    change: Callable[[dict[str, Any]], dict[str, Any]]


class Codec:
    """Knows each stored name and its class; two names never share a class."""

    def __init__(
        self, names: Mapping[str, type], upcasts: Mapping[str, Upcast] | None = None
    ) -> None:
        self._upcasts = dict(upcasts or {})
        self._decoders = {name: _decoder(name, kind) for name, kind in names.items()}
        self._checks = {name: check_of(kind) for name, kind in names.items()}
        self._names = {kind: name for name, kind in names.items()}
        for name in names:
            if self._names[names[name]] != name:
                raise CodecError(name=name, problem="its class has another name too")
        for name in self._upcasts:
            self._check_upcast(name)

    def _check_upcast(self, name: str) -> None:
        if name in self._decoders:
            raise CodecError(name=name, problem="it has both a class and an upcast")
        passed = {name}
        while name in self._upcasts:
            name = self._upcasts[name].name
            if name in passed:
                raise CodecError(name=name, problem="its upcasts go round in a circle")
            passed.add(name)
        if name not in self._decoders:
            raise CodecError(
                name=name, problem="an upcast leads to it, but no class does"
            )

    def encode(self, event: object) -> tuple[str, bytes]:
        """Return the stored name and the payload."""
        name = self._names.get(type(event))
        if name is None:
            raise CodecError(name=type(event).__name__, problem="it has no stored name")
        try:
            return name, to_json(_shortened(event))
        except (AssertionError, InvalidInputError, *_UNENCODABLE) as error:
            raise CodecError(name=name, problem=str(error)) from error

    def decode(self, row: RawEvent) -> Recorded:
        """Read a stored event back."""
        try:
            return Recorded(
                position=row.position,
                stream=row.stream,
                version=row.version,
                name=row.name,
                at=instant(row.at),
                recorded_at=instant(row.recorded_at),
                event=self._event(row),
            )
        except UnknownEventError:
            raise
        except Exception as error:  # bad bytes raise errors of many kinds
            raise DamagedEventError(
                position=row.position,
                stream=row.stream,
                version=row.version,
                name=row.name,
                problem=str(error) or type(error).__name__,
            ) from error

    def old_names(self) -> dict[str, str]:
        """Return each name that has an upcast, with the newest it leads to."""
        newest = {}
        for old in self._upcasts:
            name = old
            while name in self._upcasts:
                name = self._upcasts[name].name
            newest[old] = name
        return newest

    def current(self, name: str, payload: bytes) -> tuple[str, bytes]:
        """Bring a payload of an old name to the newest one."""
        if name not in self._upcasts:
            return name, payload
        fields = json.loads(payload)
        while name in self._upcasts:
            fields = self._upcasts[name].change(fields)
            name = self._upcasts[name].name
        return name, to_json(fields)

    def _event(self, row: RawEvent) -> object:
        name, payload = self.current(row.name, row.payload)
        decoder = self._decoders.get(name)
        if decoder is None:
            raise UnknownEventError(
                position=row.position,
                stream=row.stream,
                version=row.version,
                name=row.name,
            )
        event = decoder.decode(payload)
        check = self._checks[name]
        if check is not None:
            check(event)
        return event


def _decoder(name: str, kind: type) -> msgspec.json.Decoder[Any]:
    if not attrs.has(kind) or not (
        hasattr(kind, "at") or "at" in attrs.fields_dict(kind)
    ):
        raise CodecError(
            name=name, problem="an event is an attrs class with a field `at`"
        )
    try:
        return msgspec.json.Decoder(kind)
    except TypeError as error:
        raise CodecError(name=name, problem=str(error)) from error


_KEPT = object()
_Fields = tuple[tuple[str, ...], tuple[object, ...], Callable[[Any], tuple[Any, ...]]]
_FIELDS: dict[type, _Fields] = {}
_PLAIN = frozenset({str, int, bool, type(None)})


def _fields(kind: type) -> _Fields:
    """Return the fields of an attrs class: names, what says nothing, and a getter."""
    names = tuple(field.name for field in attrs.fields(kind))
    defaults = (field.default for field in attrs.fields(kind))
    silent = tuple(
        default if default in _DROPPED_WHEN_DEFAULT else _KEPT for default in defaults
    )
    held = attrgetter(*names)
    getter = held if len(names) > 1 else lambda value: (held(value),)
    _FIELDS[kind] = names, silent, getter
    return _FIELDS[kind]


def _shortened(value: Any) -> Any:
    """Leave out what says nothing, put instants into UTC and sets into order."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is datetime:
        return utc(value)
    fields = _FIELDS.get(kind)
    if fields is None and attrs.has(kind):
        fields = _fields(kind)
    if fields is not None:
        found = {}
        for name, silent, held in zip(*fields[:2], fields[2](value), strict=True):
            if held is silent:
                continue
            if type(held) in _PLAIN:
                found[name] = held
            elif held != silent:
                found[name] = _shortened(held)
        return found
    if isinstance(value, tuple | list):
        return [_shortened(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((_shortened(item) for item in value), key=to_json)
    if isinstance(value, Mapping):
        return {key: _shortened(item) for key, item in value.items()}
    # The encoder would write null, and nobody would know.
    assert not isinstance(value, float) or math.isfinite(value), "a number is finite"
    return value


def event_at(name: str, event: object) -> datetime:
    """Return when the event happened, in UTC."""
    try:
        return utc(cast("Any", event).at)
    except InvalidInputError as error:
        raise CodecError(name=name, problem=str(error)) from error


# ── other documents ───────────────────────────────────────────────────────────

UnreadableError = msgspec.MsgspecError
"""What a reader of :func:`reader_of` raises, and UnicodeDecodeError."""

RawJson = msgspec.Raw
"""The type of a part of a document that is kept as it is written."""

ZonedInstant = Annotated[datetime, msgspec.Meta(tz=True)]
"""The type of an instant that is refused without a time zone."""


def reader_of(kind: Any) -> Callable[[bytes | str], Any]:
    """Return what reads JSON documents of a type."""
    return msgspec.json.Decoder(kind).decode


def light_class(name: str, fields: Sequence[tuple[str, Any, Any]]) -> type:
    """Make a class that is read fast: (name, type, default or NOTHING) by field."""
    made = (
        (field, kind) if default is attrs.NOTHING else (field, kind, default)
        for field, kind, default in fields
    )
    return msgspec.defstruct(name, made, kw_only=True, gc=False)
