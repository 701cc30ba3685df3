"""What every engine does alike."""

from datetime import UTC, datetime, timedelta

import pytest

from loyaltyledger.store import (
    Append,
    AppendError,
    KeyTakenError,
    NestedTransactionError,
    Store,
    StoreClosedError,
    VersionConflictError,
)
from loyaltyledger.store import store as store_module
from store.sample import (
    DIGEST,
    NAMES,
    NOW,
    Clock,
    Closed,
    counted,
    opened,
    points_of,
    put,
    write,
)


def test_gives_back_what_was_appended(store: Store) -> None:
    with store.transaction() as transaction:
        told = put(transaction, "k", "a:1", 0, 10, 20)

    with store.reading() as reading:
        record = reading.key("k")
        assert reading.events("a:1") == told
        assert reading.events("a:1", after=1) == told[1:]
        assert reading.version("a:1") == 2
    assert store.log() == told
    assert record is not None
    assert record.events == told
    assert (record.name, record.digest, record.fields) == ("Count", DIGEST, "{}")
    assert record.recorded_at == told[0].recorded_at
    assert [(each.version, each.at, each.name) for each in told] == [
        (1, NOW, "counted.v1"),
        (2, NOW, "counted.v1"),
    ]


def test_knows_nothing_of_what_was_never_written(store: Store) -> None:
    with store.reading() as reading:
        assert reading.key("k") is None
        assert reading.version("a:1") == 0
        assert reading.events("a:1") == ()
    assert store.log() == ()
    assert store.head() == 0
    assert list(store.streams()) == []
    assert list(store.all_streams()) == []
    assert list(store.commands()) == []


def test_appends_to_several_streams_as_one(store: Store) -> None:
    appends = [
        Append(stream="b:1", expected=0, events=(counted(1), counted(2))),
        Append(stream="a:1", expected=0, events=(Closed(at=NOW, reason="ok"),)),
        Append(stream="b:1", expected=2, events=(counted(3),)),
    ]

    with store.transaction() as transaction:
        told = transaction.append(
            key="k", name="C", digest=DIGEST, fields="{}", appends=appends
        )

    assert store.log() == told
    assert [(each.stream, each.version) for each in told] == [
        ("b:1", 1),
        ("b:1", 2),
        ("a:1", 1),
        ("b:1", 3),
    ]
    assert [each.position - told[0].position for each in told] == [0, 1, 2, 3]
    assert len({each.recorded_at for each in told}) == 1


def test_holds_several_commands_in_one_transaction(store: Store) -> None:
    with store.transaction() as transaction:
        first = put(transaction, "k1", "a:1", 0, 1, 2)
        second = put(transaction, "k2", "a:1", 2, 3)

        assert transaction.events("a:1") == first + second

    with store.reading() as reading:
        records = reading.key("k1"), reading.key("k2")
    assert [record.events for record in records if record] == [first, second]
    assert store.log() == first + second


@pytest.mark.parametrize("expected", [0, 2])
def test_refuses_the_wrong_version(store: Store, expected: int) -> None:
    told = write(store, "k1", "a:1", 1)

    with pytest.raises(VersionConflictError) as refused, store.transaction() as attempt:
        put(attempt, "k2", "a:1", expected, 2)

    assert refused.value.stream == "a:1"
    assert store.log() == told


def test_refuses_a_version_of_a_stream_that_is_absent(store: Store) -> None:
    with pytest.raises(VersionConflictError), store.transaction() as transaction:
        put(transaction, "k", "a:1", 1, 2)

    assert store.log() == ()


def test_refuses_a_key_twice(store: Store) -> None:
    told = write(store, "k", "a:1", 1)

    with pytest.raises(KeyTakenError) as refused, store.transaction() as transaction:
        put(transaction, "k", "b:1", 0, 2)

    assert refused.value.key == "k"
    assert store.log() == told


@pytest.mark.parametrize(
    "appends",
    [
        [],
        [Append(stream="a:1", expected=0, events=())],
        [
            Append(stream="a:1", expected=0, events=(counted(1),)),
            Append(stream="b:1", expected=0, events=()),
        ],
    ],
)
def test_writes_nothing_without_events(store: Store, appends: list[Append]) -> None:
    with pytest.raises(AppendError), store.transaction() as transaction:
        transaction.append(
            key="k", name="C", digest=DIGEST, fields="{}", appends=appends
        )

    with store.reading() as reading:
        assert reading.key("k") is None


@pytest.mark.parametrize("text", ["", "a\x00b", "a\ud800"])
def test_refuses_names_that_cannot_be_stored(store: Store, text: str) -> None:
    for key, stream in ((text, "a:1"), ("k", text)):
        with pytest.raises(AppendError), store.transaction() as transaction:
            put(transaction, key, stream, 0, 1)

    with store.transaction() as transaction:
        transaction.lock([text])
        assert transaction.key(text) is None
        assert transaction.version(text) == 0
        assert transaction.events(text) == ()
    assert list(store.streams(text or "\x00")) == []


@pytest.mark.parametrize(
    "text", ["ключ", "a'b\"c;--", "%s ? {event}", "a b\n", "😀" * 99]
)
def test_keeps_any_other_name(store: Store, text: str) -> None:
    told = write(store, text, text, 1)

    with store.reading() as reading:
        record = reading.key(text)
        assert reading.events(text) == told
    assert record is not None
    assert list(store.streams(text)) == [text]


def test_an_exception_undoes_the_transaction(store: Store) -> None:
    def fail() -> None:
        with store.transaction() as transaction:
            put(transaction, "k", "a:1", 0, 1)
            raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        fail()

    assert store.raw() == ()
    assert points_of(write(store, "k", "a:1", 2)) == [2]


def test_a_refused_append_leaves_the_rest_of_the_transaction(store: Store) -> None:
    with store.transaction() as transaction:
        first = put(transaction, "k1", "a:1", 0, 1)
        with pytest.raises(VersionConflictError):
            put(transaction, "k2", "a:1", 0, 2)
        with pytest.raises(KeyTakenError):
            put(transaction, "k1", "b:1", 0, 3)
        second = put(transaction, "k2", "a:1", 1, 4)

    assert store.log() == first + second
    assert list(store.streams()) == ["a:1"]


def test_an_append_that_fails_half_way_leaves_nothing(store: Store) -> None:
    write(store, "k1", "a:1", 1)

    with store.transaction() as transaction:
        # The stream says that it is empty, so only the last statement fails.
        transaction._session.run("UPDATE {stream} SET version = 0")
        with pytest.raises(VersionConflictError):
            put(transaction, "k2", "a:1", 0, 2)

        assert transaction.key("k2") is None
        assert transaction.version("a:1") == 0
    assert points_of(store.log()) == [1]


def test_refuses_a_transaction_inside_another(store: Store) -> None:
    with store.transaction() as transaction:
        told = put(transaction, "k", "a:1", 0, 1)
        with pytest.raises(NestedTransactionError), store.transaction():
            pass

    assert store.log() == told
    assert write(store, "k2", "a:1", 1)


def test_recorded_at_follows_the_clock_and_never_steps_back(store_url: str) -> None:
    hour = timedelta(hours=1)
    times = iter([NOW, NOW + hour, NOW, NOW, NOW + 2 * hour])
    store = opened(store_url, clock=lambda: next(times))

    for n in range(5):
        write(store, f"k{n}", "a:1", n + 1)

    moment = timedelta(microseconds=1)
    assert [each.recorded_at - NOW for each in store.log()] == [
        timedelta(0),
        hour,
        hour + moment,
        hour + 2 * moment,
        2 * hour,
    ]
    store.close()


@pytest.mark.parametrize(
    "at",
    [
        NOW.replace(year=1),
        NOW.replace(year=1969, microsecond=999_999),
        datetime.max.replace(tzinfo=UTC),
    ],
)
def test_keeps_every_instant_exactly(store: Store, at: datetime) -> None:
    event = Closed(at=at, reason="x")

    with store.transaction() as transaction:
        append = Append(stream="a:1", expected=0, events=(event,))
        transaction.append(
            key="k", name="C", digest=DIGEST, fields="", appends=[append]
        )

    (recorded,) = store.log()
    assert recorded.at == at
    assert recorded.event == event


def test_reads_the_log_in_pages(store: Store) -> None:
    told = sum((write(store, f"k{n}", f"a:{n % 3}", n, n) for n in range(1, 8)), ())

    assert store.head() == told[-1].position
    assert store.log(limit=3) == told[:3]
    assert store.log(after=told[2].position, limit=4) == told[3:7]
    assert store.log(after=told[-1].position) == ()
    assert [row.position for row in store.raw()] == [each.position for each in told]


def test_names_streams_in_the_order_of_their_bytes(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "ROWS_PER_PAGE", 2)
    names = [
        "Z",
        "a",
        "a:",
        "a:1",
        "a:10",
        "a:2",
        "a:é",
        "a:\uffff",
        "a:😀",
        "a;",
        "b",
        "é",
    ]
    for name in reversed(names):
        write(store, name, name, 1)

    assert list(store.streams()) == names
    assert list(store.streams("a:")) == names[2:9]
    assert list(store.streams("a:1")) == ["a:1", "a:10"]
    assert list(store.streams("nothing")) == []


def test_gives_all_streams_with_their_events(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "STREAMS_PER_PAGE", 2)
    for n in range(10):
        write(store, f"k{n}", f"a:{n % 5}", n + 1)
    write(store, "other", "b:1", 1)

    found = [(name, points_of(events)) for name, events in store.all_streams("a:")]

    assert found == [(f"a:{n}", [n + 1, n + 6]) for n in range(5)]


def test_writes_while_it_walks_through_all_streams(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "STREAMS_PER_PAGE", 2)
    for n in range(5):
        write(store, f"k{n}", f"a:{n}", 1)

    found = []
    for name, events in store.all_streams():
        found.append((name, len(events)))
        write(store, f"again {name}", "a:4", 2)
        write(store, f"new {name}", f"new {name}", 2)

    assert found == [(f"a:{n}", 1) for n in range(5)]


def test_lists_commands_in_the_order_of_the_log(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "ROWS_PER_PAGE", 2)
    told = [write(store, key, "a:1", *range(1, n + 2)) for n, key in enumerate("zyxwv")]

    rows = list(store.commands())

    assert [row.key for row in rows] == list("zyxwv")
    assert [row.first_event for row in rows] == [each[0].position for each in told]
    assert [row.events for row in rows] == [1, 2, 3, 4, 5]
    assert {(row.name, row.digest, row.fields) for row in rows} == {
        ("Count", DIGEST, "{}")
    }


def test_a_picture_does_not_change_while_it_is_open(shared_url: str) -> None:
    store = opened(shared_url)
    write(store, "k1", "a:1", 1)

    with store.reading() as reading:
        write(store, "k2", "a:1", 2)

        assert reading.version("a:1") == 1
        assert reading.key("k2") is None

    assert [row.version for row in store.raw()] == [1, 2]
    store.close()


def test_says_that_it_is_closed(store: Store) -> None:
    store.close()
    store.close()

    with pytest.raises(StoreClosedError):
        store.head()
    with pytest.raises(StoreClosedError), store.transaction():
        pass


def test_keeps_everything_when_opened_again(shared_url: str) -> None:
    first = opened(shared_url)
    told = write(first, "k", "a:1", 1)
    first.close()

    second = opened(shared_url, names=NAMES, clock=Clock())

    assert second.log() == told
    assert second.ledger_id == first.ledger_id
    assert write(second, "k2", "a:1", 2)[0].position > told[0].position
    second.close()
