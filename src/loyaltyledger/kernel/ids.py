"""Ids: text chosen by the host, and the stream names made of them."""

import unicodedata
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote

from .errors import InvalidIdError

LENGTH_MAX = 200
"""The longest id that a host may choose, in characters."""

NAMES_KEPT = 4096

MADE_LENGTH_MAX = 10_000
"""The longest id that the ledger makes of several of the host's, escaped."""


def check_id(_instance: object, attribute: Any, value: Any) -> None:
    """Validate a field that holds an id."""
    problem = _problem(value)
    if problem:
        raise InvalidIdError(field=attribute.name, problem=problem)


def check_optional_id(instance: object, attribute: Any, value: Any) -> None:
    if value is not None:
        check_id(instance, attribute, value)


def check_entry_id(_instance: object, attribute: Any, value: Any) -> None:
    """Validate a field that names an entry, whose id the ledger may have made."""
    problem = _problem(value, MADE_LENGTH_MAX)
    if problem:
        raise InvalidIdError(field=attribute.name, problem=problem)


def check_optional_entry_id(instance: object, attribute: Any, value: Any) -> None:
    if value is not None:
        check_entry_id(instance, attribute, value)


def _problem(value: Any, length_max: int = LENGTH_MAX) -> str:
    if not isinstance(value, str):
        return f"an id is text, not {type(value).__name__}"
    if not value:
        return "an id must not be empty"
    if len(value) > length_max:
        return f"an id has at most {length_max} characters, this one {len(value)}"
    if value.isascii() and value.isprintable() and value == value.strip():
        return ""  # most ids; the rest looks at every character
    if any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in value):
        return "an id must not hold control characters or line breaks"
    if value != value.strip():
        return "an id must not begin or end with white space"
    if not unicodedata.is_normalized("NFC", value):
        return "an id must be in Unicode normal form C; normalise it first"
    return ""


def stream_name(kind: str, *ids: str) -> str:
    """Name a stream so that no two tuples of ids share a name."""
    for part in ids:
        if not isinstance(part, str):  # not all that is no text can be looked up
            raise InvalidIdError(field=f"{kind}_id", problem=_problem(part))
    return _stream_name(kind, *ids)


@lru_cache(maxsize=NAMES_KEPT)
def _stream_name(kind: str, *ids: str) -> str:
    for part in ids:
        problem = _problem(part, MADE_LENGTH_MAX)
        if problem:
            raise InvalidIdError(field=f"{kind}_id", problem=problem)
    return ":".join((kind, *map(_escaped, ids)))


def _escaped(part: str) -> str:
    if part.isascii() and part.isalnum():
        return part
    return quote(part, safe=" /@+=,;!*()'&$~")


def stream_kind(stream: str) -> str:
    """Return the kind that :func:`stream_name` was given."""
    return stream.partition(":")[0]


def stream_ids(stream: str) -> tuple[str, ...]:
    """Return the kind and the ids that :func:`stream_name` was given."""
    kind, *ids = stream.split(":")
    return (kind, *(map(unquote, ids) if "%" in stream else ids))
