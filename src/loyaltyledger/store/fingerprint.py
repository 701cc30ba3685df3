"""Tell whether two commands are the same, and if not, in which fields.

Only digests are kept, so that a stored command shows nothing of its content. Fields
that hold their default count for nothing: a field added later changes no digest.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from hashlib import blake2b
from typing import Any, cast
from uuid import UUID

import attrs

from ..kernel.time import utc
from .errors import CodecError
from .records import MICROSECOND


@attrs.frozen(kw_only=True)
class Fingerprint:
    """A digest of a command, and short digests of each field as JSON."""

    digest: bytes
    fields: str


def fingerprint(command: object) -> Fingerprint:
    """Digest a command; equal commands have equal digests on every machine."""
    kind = type(command)
    if not attrs.has(kind):
        raise CodecError(name=kind.__name__, problem="a command is an attrs class")
    held = _canonical_fields(cast("attrs.AttrsInstance", command))
    body = _json(held)
    digest = blake2b(digest_size=16)
    for part in (kind.__name__.encode(), body):
        digest.update(len(part).to_bytes(8, "big") + part)
    short = {name: _short(value) for name, value in held.items()}
    return Fingerprint(digest=digest.digest(), fields=_json(short).decode())


def field_digest(value: object) -> str:
    """Digest one field of a command, as `fields` of its fingerprint has it."""
    return _short(_canonical(value))


def differing(fields: str, others: str) -> tuple[str, ...]:
    """Name the fields in which two commands differ."""
    one, other = (cast("dict[str, str]", json.loads(text)) for text in (fields, others))
    return tuple(sorted(dict(one.items() ^ other.items())))


def _short(canonical: object) -> str:
    return blake2b(_json(canonical), digest_size=4).hexdigest()


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
