"""A payload read for its shape says what the event says, and nothing is judged."""

import json
from pathlib import Path
from typing import Any

import attrs
import pytest

from loyaltyledger.store import RawEvent
from loyaltyledger.store.codec import Codec, UnreadableError, Upcast
from loyaltyledger.store.names import NAMES, UPCASTS
from loyaltyledger.store.shapes import readers_of

GOLDEN = Path(__file__).parents[1] / "golden"
CODEC = Codec(NAMES, UPCASTS)
READERS = readers_of(NAMES, CODEC)


def golden(name: str) -> bytes:
    return (GOLDEN / f"{name}.json").read_bytes()


def taken_apart(value: Any, like: Any) -> Any:
    """Take a light object apart by the fields of the real one."""
    if attrs.has(type(like)):
        names = [field.name for field in attrs.fields(type(like))]
        return {
            name: taken_apart(getattr(value, name), getattr(like, name))
            for name in names
        }
    if isinstance(like, tuple):
        pairs = zip(value, like, strict=True)
        return [taken_apart(one, other) for one, other in pairs]
    return value


@pytest.mark.parametrize("name", NAMES)
def test_a_shape_has_every_field_of_its_event(name: str) -> None:
    row = RawEvent(
        position=1,
        stream="s",
        version=1,
        name=name,
        at=0,
        recorded_at=0,
        payload=golden(name),
    )
    event = CODEC.decode(row).event

    shape = READERS[name](golden(name))

    assert taken_apart(shape, event) == taken_apart(event, event)


def test_no_rule_is_asked() -> None:
    payload = json.loads(golden("points-granted.v1"))
    payload["lots"][0]["points"] = -5

    shape = READERS["points-granted.v1"](json.dumps(payload).encode())

    assert shape.lots[0].points == -5


@pytest.mark.parametrize(
    "payload", [b"", b"{", b"[]", b'{"at":"2024-01-01T00:00:00Z"}', b"\xff"]
)
def test_another_shape_is_refused(payload: bytes) -> None:
    with pytest.raises((UnreadableError, UnicodeDecodeError)):
        READERS["points-granted.v1"](payload)


def test_an_old_name_is_read_as_its_newest() -> None:
    def change(fields: dict[str, Any]) -> dict[str, Any]:
        return {"at": fields["when"], "channel": "web"}

    upcast = Upcast(name="member-enrolled.v1", change=change)
    codec = Codec(NAMES, {"member-enrolled.v0": upcast})
    read = readers_of(NAMES, codec)["member-enrolled.v0"]

    shape = read(b'{"when":"2024-01-01T00:00:00Z"}')

    assert (shape.at.year, shape.channel) == (2024, "web")
