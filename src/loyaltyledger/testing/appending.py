"""What a transaction writes, and what it refuses."""

from datetime import UTC, datetime, timedelta

import pytest

from ..store import (
    Append,
    AppendError,
    KeyTakenError,
    NestedTransactionError,
    Store,
    StoreClosedError,
    VersionConflictError,
)
from .events import (
    DIGEST,
    NAMES,
    NOW,
    Closed,
    OpenStore,
    counted,
    points_of,
    put,
    write,
)


class Appending:
    """What a transaction writes, and what it refuses."""

    def test_gives_back_what_was_appended(self, store: Store) -> None:
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

    def test_appends_to_several_streams_as_one(self, store: Store) -> None:
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

    def test_holds_several_commands_in_one_transaction(self, store: Store) -> None:
        with store.transaction() as transaction:
            first = put(transaction, "k1", "a:1", 0, 1, 2)
            second = put(transaction, "k2", "a:1", 2, 3)

            assert transaction.events("a:1") == first + second

        with store.reading() as reading:
            records = reading.key("k1"), reading.key("k2")
        assert [record.events for record in records if record] == [first, second]
        assert store.log() == first + second

    @pytest.mark.parametrize("expected", [0, 2])
    def test_refuses_the_wrong_version(self, store: Store, expected: int) -> None:
        told = write(store, "k1", "a:1", 1)

        with (
            pytest.raises(VersionConflictError) as refused,
            store.transaction() as attempt,
        ):
            put(attempt, "k2", "a:1", expected, 2)

        assert refused.value.stream == "a:1"
        assert store.log() == told

    def test_refuses_a_version_of_a_stream_that_is_absent(self, store: Store) -> None:
        with pytest.raises(VersionConflictError), store.transaction() as transaction:
            put(transaction, "k", "a:1", 1, 2)

        assert store.log() == ()

    def test_refuses_a_key_twice(self, store: Store) -> None:
        told = write(store, "k", "a:1", 1)

        with (
            pytest.raises(KeyTakenError) as refused,
            store.transaction() as transaction,
        ):
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
    def test_writes_nothing_without_events(
        self, store: Store, appends: list[Append]
    ) -> None:
        with pytest.raises(AppendError), store.transaction() as transaction:
            transaction.append(
                key="k", name="C", digest=DIGEST, fields="{}", appends=appends
            )

        with store.reading() as reading:
            assert reading.key("k") is None

    @pytest.mark.parametrize("text", ["", "a\x00b", "a\ud800"])
    def test_refuses_names_that_cannot_be_stored(self, store: Store, text: str) -> None:
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
    def test_keeps_any_other_name(self, store: Store, text: str) -> None:
        told = write(store, text, text, 1)

        with store.reading() as reading:
            record = reading.key(text)
            assert reading.events(text) == told
        assert record is not None
        assert list(store.streams(text)) == [text]

    def test_an_exception_undoes_the_transaction(self, store: Store) -> None:
        def fail() -> None:
            with store.transaction() as transaction:
                put(transaction, "k", "a:1", 0, 1)
                raise ValueError

        with pytest.raises(ValueError, match=r"^$"):
            fail()

        assert store.raw() == ()
        assert points_of(write(store, "k", "a:1", 2)) == [2]

    def test_a_refused_append_leaves_the_rest_of_the_transaction(
        self, store: Store
    ) -> None:
        with store.transaction() as transaction:
            first = put(transaction, "k1", "a:1", 0, 1)
            with pytest.raises(VersionConflictError):
                put(transaction, "k2", "a:1", 0, 2)
            with pytest.raises(KeyTakenError):
                put(transaction, "k1", "b:1", 0, 3)
            second = put(transaction, "k2", "a:1", 1, 4)

        assert store.log() == first + second
        assert list(store.streams()) == ["a:1"]

    def test_refuses_a_transaction_inside_another(self, store: Store) -> None:
        with store.transaction() as transaction:
            told = put(transaction, "k", "a:1", 0, 1)
            with pytest.raises(NestedTransactionError), store.transaction():
                pass

        assert store.log() == told
        assert write(store, "k2", "a:1", 1)

    @pytest.mark.parametrize(
        "at",
        [
            NOW.replace(year=1),
            NOW.replace(year=1969, microsecond=999_999),
            datetime.max.replace(tzinfo=UTC),
        ],
    )
    def test_keeps_every_instant_exactly(self, store: Store, at: datetime) -> None:
        event = Closed(at=at, reason="x")

        with store.transaction() as transaction:
            append = Append(stream="a:1", expected=0, events=(event,))
            transaction.append(
                key="k", name="C", digest=DIGEST, fields="", appends=[append]
            )

        (recorded,) = store.log()
        assert recorded.at == at
        assert recorded.event == event

    def test_recorded_at_follows_the_clock_and_never_steps_back(
        self, open_store: OpenStore
    ) -> None:
        hour = timedelta(hours=1)
        times = iter([NOW, NOW + hour, NOW, NOW, NOW + 2 * hour])
        store = open_store(names=NAMES, clock=lambda: next(times))

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

    def test_says_that_it_is_closed(self, store: Store) -> None:
        store.close()
        store.close()

        with pytest.raises(StoreClosedError):
            store.head()
        with pytest.raises(StoreClosedError), store.transaction():
            pass
