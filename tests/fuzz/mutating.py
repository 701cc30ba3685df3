"""Spoiling what is valid: a little, in structure or in bytes, by a given random source.

The source may be Hypothesis's own, which then finds the smallest thing that fails.
"""

import copy
import json
from collections.abc import Iterator
from random import Random
from typing import Any

TEXTS = (
    "",
    " ",
    "\x00",
    "\ud800",
    "é",
    "e\u0301",
    "😀" * 70,
    "x" * 300,
    "=1+1",
    "null",
    "NaN",
    "Infinity",
    "1e999999999",
    "-0",
    "0E-9999",
    "٣",
    "0x10",
    "1_000",
    "9" * 30,
    "2024-02-30",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999-23:59",
    "2024-05-17T10:30:00",
    "../../etc/passwd",
    "Europe/Atlantis",
    "account:shop:member:ann:points",
)
NUMBERS = (0, -1, 1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 10**40)
SCALARS: tuple[Any, ...] = (None, True, False, *NUMBERS, 0.5, -0.0, 1e308, *TEXTS)
TOKENS = (
    *(b"\x00", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\r", b"\n", b"\x1f\x8b"),
    *(b'"', b"'", b"[", b"]", b"{", b"}", b",", b";", b":", b"=", b"#", b"\\u"),
    *(b"NaN", b"-", b"1e9999", b"9" * 400, b"[" * 2000, b'{"a":' * 2000),
)

Place = tuple[Any, Any]
"""A container, and the key or index in it."""


def places(document: Any) -> Iterator[Place]:
    """Give every place in a document, however deep."""
    items: Any = ()
    if isinstance(document, dict):
        items = document.items()
    elif isinstance(document, list):
        items = enumerate(document)
    for name, held in items:
        yield document, name
        yield from places(held)


def spoilt(document: Any, random: Random) -> Any:
    """Return a copy with a thing or three changed."""
    changed = copy.deepcopy(document)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        found = list(places(changed))
        if not found:
            return random.choice(SCALARS)
        container, name = found[random.randrange(len(found))]
        _spoil(container, name, found, random)
    return changed


def _spoil(container: Any, name: Any, found: list[Place], random: Random) -> None:
    held = container[name]
    match random.randrange(10):
        case 0:
            container[name] = random.choice(SCALARS)
        case 1:
            del container[name]
        case 2 if isinstance(container, dict):
            container[random.choice(TEXTS)] = container.pop(name)
        case 3 if isinstance(container, list):
            container.extend([held] * random.randint(1, 30))
        case 4:
            other, its_name = found[random.randrange(len(found))]
            container[name] = copy.deepcopy(other[its_name])
        case 5:
            container[name] = random.choice(([], {}, [held], {"a": held}, [[[]]]))
        case _:
            container[name] = _nearby(held, random)


def _nearby(held: Any, random: Random) -> Any:
    """Return something of the same kind, which may well be valid."""
    match held:
        case bool():
            return not held
        case int():
            return held + random.choice((-1, 1, 1000, -held, -2 * held))
        case str():
            at = random.randint(0, len(held))
            return held[:at] + random.choice(TEXTS) + held[at:]
        case list():
            return held[::-1]
        case _:
            return random.choice(SCALARS)


def as_json(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=True).encode()


def garbled(content: bytes, random: Random) -> bytes:
    """Return bytes with a few of them changed, lost, repeated or put in."""
    spoilt_bytes = bytearray(content)
    for _ in range(random.randint(1, 4)):
        at = random.randint(0, len(spoilt_bytes))
        until = min(len(spoilt_bytes), at + random.randint(0, 12))
        match random.randrange(5):
            case 0:
                spoilt_bytes[at:until] = bytes(
                    random.randrange(256) for _ in range(until - at)
                )
            case 1:
                del spoilt_bytes[at:until]
            case 2:
                spoilt_bytes[at:at] = random.choice(TOKENS)
            case 3:
                spoilt_bytes[at:at] = spoilt_bytes[max(0, at - 80) : at]
            case _:
                spoilt_bytes[at:until] = random.choice(TOKENS)
    return bytes(spoilt_bytes)
