"""Processes, forks and transactions held open; threads are in the contract."""

import contextlib

import psycopg

from loyaltyledger.store import Store, StoreClosedError
from loyaltyledger.store.postgres_session import PostgresSession
from loyaltyledger.store.sqlite_session import SqliteSession
from store.sample import (
    in_child,
    opened,
    points_of,
    put,
    write,
)


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
