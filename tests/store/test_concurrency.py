"""Many writers, readers and processes at once: nothing lost, nothing twice."""

import contextlib
import threading
import time
from collections.abc import Callable
from multiprocessing import get_context
from random import Random

import attrs
import psycopg

from loyaltyledger.store import (
    KeyTakenError,
    Recorded,
    Store,
    StoreClosedError,
    VersionConflictError,
    migrate_store,
    open_store,
)
from loyaltyledger.store.postgres_session import PostgresSession
from loyaltyledger.store.sqlite_session import SqliteSession
from store.sample import (
    NAMES,
    Clock,
    in_child,
    open_and_write,
    opened,
    points_of,
    put,
    write,
)


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
    for conflicts in range(10_000):
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


def test_twenty_threads_on_one_stream_lose_nothing(store: Store) -> None:
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


def test_twenty_threads_with_a_lock_meet_no_conflict(store: Store) -> None:
    write(store, "make", "a:1", 1000)

    def work(number: int) -> None:
        write(store, f"k{number}", "a:1", number)

    in_threads(20, work)

    assert sorted(points_of(store.log())) == [*range(20), 1000]


def test_twenty_threads_with_one_key_write_once(store: Store) -> None:
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
    store: Store,
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


def test_a_follower_misses_nothing_and_repeats_nothing(shared_url: str) -> None:
    store = opened(shared_url, pool_size=20)
    follower = Follower(store)
    following = threading.Thread(target=follower.run)
    following.start()

    def work(number: int) -> None:
        random = Random(number)
        for n in range(25):
            with store.transaction() as transaction:
                for part in range(random.randint(1, 3)):
                    stream = f"a:{number}-{n}-{part}"
                    put(transaction, stream, stream, 0, *range(1, random.randint(2, 5)))
                    # Hold it open, so that later ones overtake.
                    time.sleep(random.random() / 200)

    in_threads(8, work)
    follower.done.set()
    following.join()

    assert len(follower.seen) > 300
    everything = [event for _, events in store.all_streams() for event in events]
    assert follower.seen == sorted(everything, key=lambda each: each.position)
    store.close()


def test_a_follower_waits_for_a_transaction_held_open(postgres_url: str) -> None:
    store = opened(postgres_url)
    with psycopg.connect(postgres_url) as host:
        early = put(store.within(host), "early", "a:1", 0, 1)
        late = write(store, "late", "b:1", 2)

        assert early[0].position < late[0].position
        # Whoever read `late` now would go on behind `early`, and never see it.
        assert store.log() == ()
        assert store.head() == 0
        assert store.raw() == ()
        host.commit()

    assert store.log() == early + late
    assert store.head() == late[0].position
    store.close()


def test_a_transaction_keeps_to_its_own_ids(postgres_url: str) -> None:
    store = opened(postgres_url)
    with psycopg.connect(postgres_url) as host:
        first = put(store.within(host), "k1", "a:1", 0, 1, 2)
        overtaking = write(store, "k2", "b:1", 3)
        second = put(store.within(host), "k3", "a:1", 2, 4)
        host.commit()

    assert second[0].position == first[-1].position + 1
    assert store.log() == first + second + overtaking
    with store.reading() as reading:
        record = reading.key("k1")
    assert record is not None
    assert record.events == first
    store.close()


def test_processes_that_migrate_at_once_make_one_ledger(shared_url: str) -> None:
    context = get_context("spawn")
    with context.Pool(3) as pool:
        steps = pool.map_async(migrate_store, [shared_url] * 6).get(60)

    assert sorted(steps) == [()] * 5 + [("tables", "one-write")]
    store = open_store(shared_url, names=NAMES, clock=Clock())
    assert write(store, "k", "a:1", 1)
    store.close()


def test_threads_that_migrate_at_once_make_one_ledger(shared_url: str) -> None:
    steps: list[tuple[str, ...]] = []

    in_threads(20, lambda _: steps.append(migrate_store(shared_url)))

    assert sorted(steps) == [()] * 19 + [("tables", "one-write")]


def test_processes_that_open_an_absent_file_at_once_make_one_ledger(
    sqlite_url: str,
) -> None:
    context = get_context("spawn")
    tasks = [(sqlite_url, n) for n in range(1, 7)]
    with context.Pool(3) as pool:
        ids = pool.map_async(open_and_write, tasks).get(60)

    assert len(set(ids)) == 1
    store = open_store(sqlite_url, names=NAMES, clock=Clock())
    assert sorted(points_of(store.log())) == list(range(1, 7))
    store.close()


def used_connection(store: Store) -> int:
    """Tell which object is used next; a fork leaves objects where they are."""
    with store.reading() as reading:
        session = reading._session
    assert isinstance(session, SqliteSession | PostgresSession)
    return id(session._connection)


def test_a_child_writes_on_connections_of_its_own(shared_url: str) -> None:
    store = opened(shared_url)
    write(store, "before", "a:1", 1)

    ours = used_connection(store)
    theirs = in_child(lambda: used_connection(store))
    told = in_child(lambda: write(store, "child", "a:1", 2)[0].event.points)

    assert used_connection(store) == ours
    assert theirs not in {ours, None}
    assert told == 2
    assert points_of(write(store, "after", "a:1", 3)) == [3]
    assert points_of(store.log()) == [1, 2, 3]
    store.close()


def test_a_child_cannot_end_its_parents_transaction(shared_url: str) -> None:
    store = opened(shared_url)
    held = contextlib.ExitStack()
    transaction = held.enter_context(store.transaction())
    put(transaction, "k", "a:1", 0, 1)

    result = in_child(held.close)

    assert isinstance(result, StoreClosedError)
    assert store.log() == (), "the child has committed"
    held.close()
    assert points_of(store.log()) == [1]
    store.close()


def test_a_ledger_in_memory_stays_in_its_process() -> None:
    store = opened("memory:")
    write(store, "k", "a:1", 1)

    result = in_child(store.head)

    assert isinstance(result, StoreClosedError)
    assert points_of(store.log()) == [1]
    store.close()
