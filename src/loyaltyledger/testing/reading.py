"""What the log shows, in its order, a page at a time."""

import pytest

from ..store import Store
from ..store import store as store_module
from .events import DIGEST, points_of, write


class Looking:
    """What the log shows, in its order, a page at a time."""

    def test_knows_nothing_of_what_was_never_written(self, store: Store) -> None:
        with store.reading() as reading:
            assert reading.key("k") is None
            assert reading.version("a:1") == 0
            assert reading.events("a:1") == ()
        assert store.log() == ()
        assert store.head() == 0
        assert list(store.streams()) == []
        assert list(store.all_streams()) == []
        assert list(store.commands()) == []

    def test_reads_the_log_in_pages(self, store: Store) -> None:
        told = sum((write(store, f"k{n}", f"a:{n % 3}", n, n) for n in range(1, 8)), ())

        assert store.head() == told[-1].position
        assert store.log(limit=3) == told[:3]
        assert store.log(after=told[2].position, limit=4) == told[3:7]
        assert store.log(after=told[-1].position) == ()
        assert [row.position for row in store.raw()] == [each.position for each in told]

    def test_names_streams_in_the_order_of_their_bytes(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
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
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(store_module, "STREAMS_PER_PAGE", 2)
        for n in range(10):
            write(store, f"k{n}", f"a:{n % 5}", n + 1)
        write(store, "other", "b:1", 1)

        found = [(name, points_of(events)) for name, events in store.all_streams("a:")]

        assert found == [(f"a:{n}", [n + 1, n + 6]) for n in range(5)]

    def test_writes_while_it_walks_through_all_streams(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
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
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(store_module, "ROWS_PER_PAGE", 2)
        told = [
            write(store, key, "a:1", *range(1, n + 2)) for n, key in enumerate("zyxwv")
        ]

        rows = list(store.commands())

        assert [row.key for row in rows] == list("zyxwv")
        assert [row.first_event for row in rows] == [each[0].position for each in told]
        assert [row.events for row in rows] == [1, 2, 3, 4, 5]
        assert {(row.name, row.digest, row.fields) for row in rows} == {
            ("Count", DIGEST, "{}")
        }
