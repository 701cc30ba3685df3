"""Many threads on one store: nothing lost, nothing twice, nobody stuck."""

import threading
import time
from collections.abc import Callable

import attrs

from ..store import KeyTakenError, Recorded, Store, VersionConflictError
from .events import points_of, put, write


def in_threads(count: int, work: Callable[[int], None]) -> None:
    """Run *work* in many threads at once; raise what one of them raised."""
    raised: list[BaseException] = []
    ready = threading.Barrier(count)

    def run(number: int) -> None:
        try:
            ready.wait()
            work(number)
        except BaseException as error:  # noqa: BLE001  # raised below
            raised.append(error)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]


def write_until_it_works(store: Store, key: str, stream: str) -> int:
    """Append without a lock, as if alone; on conflict again."""
    for conflicts in range(500):
        try:
            with store.reading() as reading:
                version = reading.version(stream)
            time.sleep(0.005)  # let others see the same
            with store.transaction() as transaction:
                put(transaction, key, stream, version, 1)
        except VersionConflictError:
            continue
        return conflicts
    raise AssertionError("never")


@attrs.define
class Follower:
    """Reads the log to its end, over and over, until told that no more will come."""

    store: Store
    seen: list[Recorded] = attrs.field(factory=list)
    done: threading.Event = attrs.field(factory=threading.Event)

    def run(self) -> None:
        last = False
        while True:
            after = self.seen[-1].position if self.seen else 0
            page = self.store.log(after=after, limit=7)
            self.seen += page
            if last and not page:
                return
            last = self.done.is_set()


class Racing:
    """Many threads on one store: nothing lost, nothing twice, nobody stuck."""

    def test_twenty_threads_on_one_stream_lose_nothing(self, store: Store) -> None:
        conflicts: list[int] = []

        def work(number: int) -> None:
            keys = [f"k{number}-{n}" for n in range(5)]
            conflicts.extend(write_until_it_works(store, key, "a:1") for key in keys)

        in_threads(20, work)

        with store.reading() as reading:
            events = reading.events("a:1")
        assert [each.version for each in events] == list(range(1, 101))
        assert sorted(row.key for row in store.commands()) == sorted(
            f"k{number}-{n}" for number in range(20) for n in range(5)
        )
        assert sum(conflicts) > 0, "nobody ever met"

    def test_twenty_threads_with_a_lock_meet_no_conflict(self, store: Store) -> None:
        write(store, "make", "a:1", 1000)

        def work(number: int) -> None:
            write(store, f"k{number}", "a:1", number)

        in_threads(20, work)

        assert sorted(points_of(store.log())) == [*range(20), 1000]

    def test_twenty_threads_with_one_key_write_once(self, store: Store) -> None:
        taken = []

        def work(number: int) -> None:
            try:
                with store.transaction() as transaction:
                    put(transaction, "k", f"a:{number}", 0, 1)
            except KeyTakenError:
                taken.append(number)

        in_threads(20, work)

        assert len(store.log()) == 1
        assert len(taken) == 19

    def test_streams_locked_in_any_order_never_block_each_other_for_ever(
        self, store: Store
    ) -> None:
        for name in ("a:1", "b:1"):
            write(store, name, name, 1)

        def work(number: int) -> None:
            order = ["a:1", "b:1"] if number % 2 else ["b:1", "a:1"]
            for n in range(10):
                with store.transaction() as transaction:
                    transaction.lock(order)
                    for name in order:
                        version = transaction.version(name)
                        put(transaction, f"{number} {n} {name}", name, version, 1)

        in_threads(4, work)

        assert len(store.log()) == 2 + 4 * 10 * 2
