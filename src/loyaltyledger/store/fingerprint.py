"""Tell whether two commands are the same, and if not, in which fields.

Only digests are kept, so that a stored command shows nothing of its content. Fields
that hold their default count for nothing: a field added later changes no digest.
"""

import json
import re
from binascii import b2a_base64
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from hashlib import blake2b
from json.encoder import encode_basestring_ascii
from typing import Any, cast
from uuid import UUID

import attrs

from ..kernel.time import utc
from .errors import CodecError
from .records import MICROSECOND

DIGEST_SIZE = 16
"""Bytes of the digest of a command."""

NAMES_KEPT = 256
_SHORT_BYTES = 3
_SHORT = 4
"""Characters of a short digest: three bytes in base 64."""

_ARE_SHORT = re.compile(f"(?:[A-Za-z0-9+/]{{{2 * _SHORT}}})*").fullmatch
"""Whether a text is short digests of fields, name before value."""


@attrs.frozen
class Fingerprint:
    """A digest of a command, and short digests of its fields, name before value."""

    digest: bytes
    fields: str


@attrs.frozen
class _Field:
    name: str
    default: object
    opening: bytes
    short: str


_FIELDS: dict[type, tuple[_Field, ...]] = {}


def _fields_of(kind: type) -> tuple[_Field, ...]:
    known = _FIELDS.get(kind)
    if known is None:
        known = _FIELDS[kind] = _described(kind)
    return known


def _described(kind: type) -> tuple[_Field, ...]:
    """Return the fields of a command, in the order of their names."""
    if not attrs.has(kind):
        raise CodecError(name=kind.__name__, problem="a command is an attrs class")
    found = (
        _Field(
            field.name,
            field.default,
            _json(field.name) + b":",
            _short(field.name.encode()),
        )
        for field in attrs.fields(kind)
    )
    return tuple(sorted(found, key=lambda field: field.name))


def fingerprint(command: object) -> Fingerprint:
    """Digest a command; equal commands have equal digests on every machine."""
    kind = type(command)
    values = _values(command)
    body = b"{" + b",".join([field.opening + value for field, value in values]) + b"}"
    name = kind.__name__.encode()
    told = _length(name) + name + _length(body) + body
    digest = blake2b(told, digest_size=DIGEST_SIZE)
    shorts = "".join([field.short + _short(value) for field, value in values])
    return Fingerprint(digest.digest(), shorts)


@attrs.frozen
class FieldDigests:
    """Short digests of the fields of a stored command; none can be read back."""

    _held: dict[str, str]
    _name_of: Callable[[str], str]
    _digest_of: Callable[[bytes], str]

    @classmethod
    def read(cls, text: str) -> "FieldDigests | None":
        """Read what was stored, in any format; None: it is no such thing."""
        if _ARE_SHORT(text):
            cuts = range(0, len(text), 2 * _SHORT)
            held = {
                text[n : n + _SHORT]: text[n + _SHORT : n + 2 * _SHORT] for n in cuts
            }
            return cls(held, _short_name, _short)
        named = _first_fields(text)
        return None if named is None else cls(named, str, _first_format)

    def is_held(self, name: str, value: object) -> bool:
        """Whether the field *name* held *value*."""
        return self._held.get(self._name_of(name)) == self._digest_of(
            _quick_json(value)
        )

    def lacks(self, name: str) -> bool:
        """Whether the field was left out, or held its default."""
        return self._name_of(name) not in self._held

    def differing(self, command: object, kinds: Iterable[type] = ()) -> tuple[str, ...]:
        """Name the fields in which another command differs; *kinds* know the names."""
        values = {field.name: value for field, value in _values(command)}
        ours = {
            self._name_of(name): self._digest_of(value)
            for name, value in values.items()
        }
        names = {
            self._name_of(field.name): field.name
            for kind in (*kinds, type(command))
            for field in _fields_of(kind)
        }
        unlike = dict(self._held.items() ^ ours.items())
        return tuple(sorted({names.get(name, "another field") for name in unlike}))


def differing(
    fields: str, command: object, kinds: Iterable[type] = ()
) -> tuple[str, ...]:
    """Name the fields in which a stored command differs from another.

    *kinds* are what the stored one may have been, if it was another kind of command.
    """
    stored = FieldDigests.read(fields)
    return stored.differing(command, kinds) if stored else ("a damaged field",)


def are_fields(text: str) -> bool:
    """Whether a text is what is stored of the fields of a command, in any format."""
    return _ARE_SHORT(text) is not None or _first_fields(text) is not None


def _first_fields(text: str) -> dict[str, str] | None:
    """Read digests by the names of their fields, as the first format had them."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    are_named = isinstance(found, dict) and all(
        isinstance(value, str) for value in found.values()
    )
    return found if are_named else None


def _first_format(value: bytes) -> str:
    return blake2b(value, digest_size=4).hexdigest()


def _values(command: object) -> list[tuple[_Field, bytes]]:
    """Return the fields that hold something else than their default, as JSON."""
    values = []
    for field in _fields_of(type(command)):
        held = getattr(command, field.name)
        if held is None and field.default is None:
            continue  # most fields of most commands
        if not _is_default(held, field.default):
            values.append((field, _quick_json(held)))
    return values


def _length(part: bytes) -> bytes:
    return len(part).to_bytes(8, "big")


def _short(value: bytes) -> str:
    digest = blake2b(value, digest_size=_SHORT_BYTES).digest()
    return b2a_base64(digest, newline=False).decode()


@lru_cache(maxsize=NAMES_KEPT)
def _short_name(name: str) -> str:
    return _short(name.encode())


def _quick_json(value: object) -> bytes:
    """Write what most fields hold without looking at it twice."""
    if type(value) is str:
        return encode_basestring_ascii(value).encode()
    if type(value) is int:
        return b"%d" % value
    return _json(_canonical(value))


def _json(value: object) -> bytes:
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    )
    return text.encode()


def _canonical_fields(value: attrs.AttrsInstance) -> dict[str, object]:
    fields = attrs.fields(type(value))
    named = [
        (field.name, field.default, getattr(value, field.name)) for field in fields
    ]
    return {
        name: _canonical(held)
        for name, default, held in named
        if not _is_default(held, default)
    }


_FACTORY: type = type(attrs.Factory(tuple))


def _is_default(held: object, default: object) -> bool:
    if isinstance(default, _FACTORY):
        made = cast("Any", default)
        return not made.takes_self and bool(held == made.factory())
    return bool(held == default)


def _canonical(value: object) -> object:
    """Bring a value into a form in which equal means equal, and different kinds differ.

    Bare JSON objects never stand for a mapping, so nothing can pose as something else.
    """
    match value:
        case Enum():
            return {"enum": [type(value).__name__, _canonical(value.value)]}
        case None | bool() | int() | str() | float():
            return value
        case Decimal():
            return {"decimal": _exact(value)}
        case datetime():
            return {"instant": utc(value).isoformat()}
        case date() | time():
            return {type(value).__name__: value.isoformat()}
        case timedelta():
            return {"microseconds": value // MICROSECOND}
        case UUID():
            return {"uuid": value.hex}
        case bytes():
            return {"bytes": value.hex()}
        case tuple() | list():
            return [_canonical(item) for item in value]
        case set() | frozenset():
            return {"set": _in_order(value)}
        case Mapping():
            return {"map": _in_order(value.items())}
    if attrs.has(type(value)):
        return {
            "type": type(value).__name__,
            "fields": _canonical_fields(cast("Any", value)),
        }
    kind = type(value).__name__
    raise CodecError(name=kind, problem="a command cannot hold such a value")


def _in_order(items: Iterable[object]) -> list[object]:
    return sorted((_canonical(item) for item in items), key=_json)


def _exact(value: Decimal) -> str:
    """Write equal decimals equally, without rounding: 1.50 as 1.5, 100 as 1E+2."""
    if not value.is_finite():
        return str(value)
    sign, digits, exponent = value.as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    if not text:
        return "0"
    kept = text.rstrip("0")
    return f"{'-' if sign else ''}{kept}E{int(exponent) + len(text) - len(kept)}"
