"""Processes, forks and transactions held open; threads are in the contract."""

import contextlib
from multiprocessing import get_context

import psycopg

from loyaltyledger.store import Store, StoreClosedError, migrate_store, open_store
from loyaltyledger.store.postgres_session import PostgresSession
from loyaltyledger.store.sqlite_session import SqliteSession
from loyaltyledger.testing.racing import in_threads
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

    assert sorted(steps) == [()] * 5 + [("tables",)]
    store = open_store(shared_url, names=NAMES, clock=Clock())
    assert write(store, "k", "a:1", 1)
    store.close()


def test_threads_that_migrate_at_once_make_one_ledger(shared_url: str) -> None:
    steps: list[tuple[str, ...]] = []

    in_threads(20, lambda _: steps.append(migrate_store(shared_url)))

    assert sorted(steps) == [()] * 19 + [("tables",)]


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
