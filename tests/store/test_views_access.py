"""Views live in the same database, on connections of their own."""

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.pool import NullPool, StaticPool

from loyaltyledger.store import NestedTransactionError, Store
from store.sample import opened, points_of, put, write


def engine_of(store: Store) -> sa.Engine:
    pool = StaticPool if store.dialect == "sqlite" else NullPool
    return sa.create_engine(
        store.sqlalchemy_url(), creator=store.connect_views, poolclass=pool
    )


def test_a_view_is_kept_beside_the_log(store: Store) -> None:
    write(store, "k", "a:1", 1)
    engine = engine_of(store)
    events = "ledger_event" if store.schema is None else f"{store.schema}.ledger_event"

    with store.views_guard(), engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE totals (points INTEGER)"))
        connection.execute(sa.text(f"INSERT INTO totals SELECT version FROM {events}"))
    with store.views_guard(), engine.connect() as connection:
        connection.execute(sa.text("INSERT INTO totals VALUES (9)"))
        connection.rollback()

    with store.views_guard(), engine.connect() as connection:
        assert connection.execute(sa.text("SELECT points FROM totals")).all() == [(1,)]
    engine.dispose()
    assert points_of(write(store, "k2", "a:1", 2)) == [2]
    assert points_of(store.log()) == [1, 2]


def test_a_view_never_ends_a_transaction_of_the_ledger(store: Store) -> None:
    engine = engine_of(store)
    done = threading.Event()

    def look() -> None:
        with store.views_guard(), engine.connect() as connection:
            connection.execute(sa.text("SELECT 1"))
        done.set()

    with store.transaction() as transaction:
        put(transaction, "k", "a:1", 0, 1)
        thread = threading.Thread(target=look)
        thread.start()
        # Only in memory, where there is one connection, does it have to wait.
        waited = not done.wait(0.3)
        put(transaction, "k2", "a:1", 1, 2)
    thread.join()

    assert waited == (repr(store) == "<Store memory:>")
    assert done.is_set()
    assert points_of(store.log()) == [1, 2]
    engine.dispose()


def test_a_view_in_the_middle_of_a_transaction_in_memory_is_refused() -> None:
    store = opened("memory:")
    with store.transaction() as transaction:
        put(transaction, "k", "a:1", 0, 1)
        with pytest.raises(NestedTransactionError), store.views_guard():
            pass
    assert points_of(store.log()) == [1]
    store.close()
