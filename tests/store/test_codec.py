"""Events come back as they were, and damage is told as damage."""

import contextlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyaltyledger.store import (
    Append,
    Codec,
    CodecError,
    DamagedEventError,
    RawEvent,
    Store,
    UnknownEventError,
    Upcast,
)
from store.sample import NAMES, NOW, Closed, Counted, Part, opened, points_of, write

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=-9, minutes=-30))])
EVENTS = st.builds(
    Counted,
    at=st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=ZONES),
    points=st.integers(-(2**63), 2**63 - 1),
    price=st.none() | st.decimals(allow_nan=False, allow_infinity=False),
    parts=st.lists(st.builds(Part, of=TEXT, points=st.integers(1, 9))).map(tuple),
    tags=st.frozensets(TEXT),
)
CODEC = Codec(NAMES)


def raw(name: str, payload: bytes) -> RawEvent:
    return RawEvent(
        position=7,
        stream="a:1",
        version=3,
        name=name,
        at=0,
        recorded_at=0,
        payload=payload,
    )


@given(EVENTS)
def test_an_event_comes_back_as_it_was(event: Counted) -> None:
    name, payload = CODEC.encode(event)

    found = CODEC.decode(raw(name, payload)).event

    assert found == event
    assert CODEC.encode(found) == (name, payload)
    assert str(found.price) == str(event.price), "1.50 has become 1.5"


def test_payloads_are_short_and_say_instants_in_utc() -> None:
    east = timezone(timedelta(hours=2))
    event = Counted(at=NOW.astimezone(east), points=1, tags=frozenset("ba"))

    assert CODEC.encode(event) == (
        "counted.v1",
        b'{"at":"2024-05-17T10:30:00Z","points":1,"tags":["a","b"]}',
    )


@attrs.frozen(kw_only=True)
class Noted:
    at: datetime
    needed: str | None
    shares: Mapping[str, float] = attrs.field(factory=dict)


def test_what_has_no_default_is_always_written() -> None:
    codec = Codec({"noted.v1": Noted})

    _, payload = codec.encode(Noted(at=NOW, needed=None, shares={"a": 0.5}))

    assert json.loads(payload)["needed"] is None
    assert json.loads(payload)["shares"] == {"a": 0.5}


@pytest.mark.parametrize(
    "event",
    [
        Noted(at=NOW, needed="\ud800"),
        Noted(at=NOW, needed=None, shares={"a": float("nan")}),
        Noted(at=datetime(2024, 1, 1), needed=None),
        Noted(at=None, needed=None),  # type: ignore[arg-type]  # on purpose
        Noted(at=NOW, needed=object()),  # type: ignore[arg-type]  # on purpose
        Closed(at=NOW, reason="no name"),
    ],
)
def test_refuses_what_would_not_come_back(event: object) -> None:
    store = opened("memory:", names={"noted.v1": Noted})
    append = Append(stream="a:1", expected=0, events=(event,))

    with pytest.raises(CodecError), store.transaction() as transaction:
        transaction.append(key="k", name="C", digest=b"", fields="", appends=[append])

    assert store.log() == ()
    store.close()


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"{}",
        b"[" * 100_000,
        b'{"at":"2024-05-17T10:30:00Z"}',
        b'{"at":"2024-05-17T10:30:00Z","points":1.5}',
        b'{"at":"2024-05-17T10:30:00Z","points":"1"}',
        b'{"at":"yesterday","points":1}',
        b'{"at":"2024-05-17T10:30:00Z","points":1,"price":"much"}',
        b'{"at":"2024-05-17T10:30:00Z","points":1,"parts":[{"of":"x","points":0}]}',
    ],
)
def test_tells_damage_with_its_place(payload: bytes) -> None:
    with pytest.raises(DamagedEventError) as refused:
        CODEC.decode(raw("counted.v1", payload))

    error = refused.value
    place = error.position, error.stream, error.version, error.name
    assert place == (7, "a:1", 3, "counted.v1")
    assert error.problem


@given(st.binary(max_size=50))
def test_any_bytes_are_an_event_or_damage(payload: bytes) -> None:
    with contextlib.suppress(DamagedEventError):
        CODEC.decode(raw("closed.v1", payload))


def test_tells_an_instant_out_of_range_as_damage() -> None:
    payload = CODEC.encode(Counted(at=NOW, points=1))[1]

    with pytest.raises(DamagedEventError):
        CODEC.decode(attrs.evolve(raw("counted.v1", payload), at=2**62))


def test_tells_an_unknown_name() -> None:
    with pytest.raises(UnknownEventError) as refused:
        CODEC.decode(raw("counted.v9", b"{}"))

    assert (refused.value.name, refused.value.position) == ("counted.v9", 7)


def _rename(fields: dict[str, Any]) -> dict[str, Any]:
    return {**fields, "count": fields.pop("amount")}


def _fold(fields: dict[str, Any]) -> dict[str, Any]:
    return {"at": fields["at"], "points": fields["count"] * 100}


CHAIN = {
    "counted.v-1": Upcast(name="counted.v0", change=_rename),
    "counted.v0": Upcast(name="counted.v1", change=_fold),
}


@pytest.mark.parametrize(
    ("name", "field"), [("counted.v-1", "amount"), ("counted.v0", "count")]
)
def test_old_events_are_read_as_new_ones(name: str, field: str) -> None:
    payload = f'{{"at":"2024-05-17T10:30:00Z","{field}":3}}'.encode()

    recorded = Codec(NAMES, CHAIN).decode(raw(name, payload))

    assert recorded.event == Counted(at=NOW, points=300)
    assert recorded.name == name


@pytest.mark.parametrize("payload", [b"{", b"[]", b'{"at":"2024-05-17T10:30:00Z"}'])
def test_damage_before_an_upcast_is_damage(payload: bytes) -> None:
    with pytest.raises(DamagedEventError):
        Codec(NAMES, CHAIN).decode(raw("counted.v0", payload))


@attrs.frozen(kw_only=True)
class Torn:
    at: datetime
    part: Counted | Closed


@attrs.frozen(kw_only=True)
class Timeless:
    points: int


def test_refuses_names_that_could_not_be_kept() -> None:
    def same(fields: dict[str, Any]) -> dict[str, Any]:
        return fields

    bad: list[tuple[dict[str, type], dict[str, Upcast]]] = [
        ({"a": Counted, "b": Counted}, {}),
        ({"a": Torn}, {}),
        ({"a": Timeless}, {}),
        ({"a": int}, {}),
        (NAMES, {"closed.v1": Upcast(name="counted.v1", change=same)}),
        (NAMES, {"x": Upcast(name="nobody", change=same)}),
        (NAMES, {n: Upcast(name=o, change=same) for n, o in ("xy", "yx")}),
    ]
    for names, upcasts in bad:
        with pytest.raises(CodecError):
            Codec(names, upcasts)


def test_damage_on_disk_is_told_and_the_rest_can_be_read(store: Store) -> None:
    told = [write(store, f"k{n}", f"a:{n}", n)[0] for n in (1, 2, 3)]
    with store.transaction() as transaction:
        for row, column, value in ((0, "payload", "{"), (1, "name", "nonsense")):
            transaction._session.run(
                f"UPDATE {{event}} SET {column} = ? WHERE id = ?",
                (value, told[row].position),
            )

    with pytest.raises(DamagedEventError) as damaged:
        store.log(limit=1)
    with pytest.raises(UnknownEventError) as unknown:
        store.log(after=told[0].position)
    with pytest.raises(DamagedEventError):
        list(store.all_streams("a:1"))
    with pytest.raises(DamagedEventError), store.reading() as reading:
        reading.key("k1")

    assert damaged.value.position == told[0].position
    assert unknown.value.position == told[1].position
    assert [(row.name, row.payload[:1]) for row in store.raw()] == [
        ("counted.v1", b"{"),
        ("nonsense", b"{"),
        ("counted.v1", b"{"),
    ]
    assert points_of(store.log(after=told[1].position)) == [3]


def test_bytes_that_are_no_text_are_damage(sqlite_url: str) -> None:
    store = opened(sqlite_url)
    write(store, "k", "a:1", 1)
    with store.transaction() as transaction:
        transaction._session.run("UPDATE {event} SET payload = CAST(x'7bff' AS TEXT)")

    assert store.raw()[0].payload == b"{\xff"
    with pytest.raises(DamagedEventError):
        store.log()
    store.close()


def test_prices_keep_their_zeros_on_disk(store: Store) -> None:
    event = Counted(at=NOW, points=1, price=Decimal("1.50"))
    with store.transaction() as transaction:
        append = Append(stream="a:1", expected=0, events=(event,))
        transaction.append(key="k", name="C", digest=b"", fields="", appends=[append])

    assert str(store.log()[0].event.price) == "1.50"
    assert store.raw()[0].payload == CODEC.encode(event)[1]


@pytest.mark.parametrize(
    ("held", "problem"),
    [
        ({"at": "2024-05-17T10:30:00"}, "has no time zone"),
        ({"price": "NaN"}, "no number"),
        ({"price": "sNaN"}, "no number"),
        ({"price": "-Infinity"}, "no number"),
        ({"price": "1E+999999"}, "no number"),
        ({"price": "0E-999999"}, "no number"),
    ],
)
def test_what_cannot_be_reckoned_with_is_damage(
    held: dict[str, str], problem: str
) -> None:
    sound = {"at": "2024-05-17T10:30:00Z", "points": 1, "price": "1.50"}

    with pytest.raises(DamagedEventError) as damaged:
        CODEC.decode(raw("counted.v1", json.dumps(sound | held).encode()))

    assert problem in damaged.value.problem
