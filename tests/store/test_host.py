"""Points and the host's own rows become durable together, or not at all."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from loyaltyledger.store import (
    HostConnectionError,
    KeyTakenError,
    Store,
    TransactionRequiredError,
    VersionConflictError,
)
from store.sample import opened, points_of, put, write

KINDS = ["driver", "connection", "session", "scoped_session"]


@pytest.fixture
def store(shared_url: str) -> Iterator[Store]:
    store = opened(shared_url)
    yield store
    store.close()


@contextlib.contextmanager
def connected(url: str) -> Iterator[Any]:
    """Open the driver's own connection, as a host would."""
    connection: Any
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    else:
        connection = psycopg.connect(url)
    with contextlib.closing(connection):
        yield connection


@contextlib.contextmanager
def host_of(kind: str, url: str) -> Iterator[Any]:
    """Open whatever a host may hold."""
    if kind == "driver":
        with connected(url) as connection:
            yield connection
        return
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    made: Any
    match kind:
        case "connection":
            made = engine.connect()
        case "session":
            made = Session(engine)
        case _:
            made = scoped_session(sessionmaker(engine))
    yield made
    made.close()
    engine.dispose()


def order(host: Any, number: int) -> None:  # whatever a host has
    statement = f"INSERT INTO orders VALUES ({number})"
    host.execute(statement if hasattr(host, "cursor") else sa.text(statement))


def orders(url: str) -> list[int]:
    with connected(url) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT id FROM orders ORDER BY id")
        return [number for (number,) in cursor.fetchall()]


@pytest.fixture(autouse=True)
def orders_table(shared_url: str, store: Store) -> None:
    assert store.head() == 0
    with connected(shared_url) as connection:
        connection.cursor().execute("CREATE TABLE orders (id INTEGER)")
        connection.commit()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("points_first", [True, False])
def test_commits_with_the_host(
    store: Store,
    shared_url: str,
    kind: str,
    points_first: bool,  # noqa: FBT001  # a case
) -> None:
    with host_of(kind, shared_url) as host:
        if not points_first:
            order(host, 1)
        transaction = store.within(host)
        assert transaction.version("a:1") == 0
        put(transaction, "k1", "a:1", 0, 1)
        if points_first:
            order(host, 1)
        put(store.within(host), "k2", "a:1", 1, 2)
        assert store.log() == ()
        host.commit()

    assert points_of(store.log()) == [1, 2]
    assert orders(shared_url) == [1]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("points_first", [True, False])
def test_rolls_back_with_the_host(
    store: Store,
    shared_url: str,
    kind: str,
    points_first: bool,  # noqa: FBT001  # a case
) -> None:
    with host_of(kind, shared_url) as host:
        if not points_first:
            order(host, 1)
        put(store.within(host), "k1", "a:1", 0, 1)
        if points_first:
            order(host, 1)
        host.rollback()

    assert store.log() == ()
    assert orders(shared_url) == []
    assert points_of(write(store, "k1", "a:1", 2)) == [2]


@pytest.mark.parametrize("kind", KINDS)
def test_commits_with_a_host_that_writes_nothing_itself(
    store: Store, shared_url: str, kind: str
) -> None:
    with host_of(kind, shared_url) as host:
        put(store.within(host), "k1", "a:1", 0, 1)
        host.commit()

    assert points_of(store.log()) == [1]


@pytest.mark.parametrize("kind", KINDS)
def test_never_commits_for_the_host(store: Store, shared_url: str, kind: str) -> None:
    with host_of(kind, shared_url) as host:
        order(host, 1)
        put(store.within(host), "k1", "a:1", 0, 1)

    assert store.log() == ()
    assert orders(shared_url) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_refused_append_leaves_the_hosts_rows(
    store: Store, shared_url: str, kind: str
) -> None:
    write(store, "taken", "a:1", 1)

    with host_of(kind, shared_url) as host:
        order(host, 1)
        transaction = store.within(host)
        transaction.lock(["a:1"])
        with pytest.raises(VersionConflictError):
            put(transaction, "k1", "a:1", 0, 1)
        with pytest.raises(KeyTakenError):
            put(transaction, "taken", "a:1", 1, 1)
        order(host, 2)
        put(transaction, "k1", "a:1", 1, 2)
        host.commit()

    assert orders(shared_url) == [1, 2]
    assert points_of(store.log()) == [1, 2]


def test_does_not_mind_the_hosts_own_row_settings(
    store: Store, shared_url: str
) -> None:
    told = write(store, "k1", "a:1", 1)
    with connected(shared_url) as host:
        if isinstance(host, sqlite3.Connection):
            host.row_factory = lambda cursor, row: {"row": row, "cursor": cursor}
        else:
            host.row_factory = psycopg.rows.dict_row
        transaction = store.within(host)

        assert transaction.events("a:1") == told
        put(transaction, "k2", "a:1", 1, 2)
        host.commit()

    assert points_of(store.log()) == [1, 2]


def test_refuses_a_connection_of_another_kind(store: Store, shared_url: str) -> None:
    wrong: list[Any] = [None, object(), "connection"]
    with contextlib.closing(sqlite3.connect(":memory:")) as lite:
        if not shared_url.startswith("sqlite"):
            wrong.append(lite)
        for each in wrong:
            with pytest.raises(HostConnectionError):
                store.within(each)


def test_refuses_a_database_without_a_ledger_and_leaves_it_alone(
    store: Store, shared_url: str, tmp_path: Path
) -> None:
    with connected(shared_url) as host:
        order(host, 1)
        if isinstance(host, psycopg.Connection):
            host.execute("ALTER SCHEMA loyaltyledger RENAME TO hidden")
        else:
            host.execute("ALTER TABLE ledger_meta RENAME TO hidden")

        with pytest.raises(HostConnectionError, match="no ledger"):
            store.within(host)

        order(host, 2)
        host.rollback()
    with contextlib.closing(sqlite3.connect(tmp_path / "other.db")) as lite:
        with pytest.raises(HostConnectionError):
            store.within(lite)
        assert not lite.in_transaction


def test_refuses_another_ledger(store: Store, shared_url: str) -> None:
    with connected(shared_url) as host:
        name = "ledger_meta"
        if isinstance(host, psycopg.Connection):
            name = "loyaltyledger.ledger_meta"
        host.execute(f"UPDATE {name} SET value = 'x' WHERE name = 'ledger_id'")

        with pytest.raises(HostConnectionError, match="another"):
            store.within(host)


def test_refuses_to_begin_where_the_host_commits_every_statement(
    store: Store, shared_url: str
) -> None:
    with connected(shared_url) as host:
        if isinstance(host, psycopg.Connection):
            host.autocommit = True
        else:
            host.isolation_level = None

        with pytest.raises(TransactionRequiredError):
            store.within(host)

        host.execute("BEGIN")
        put(store.within(host), "k1", "a:1", 0, 1)
        host.execute("ROLLBACK")

    assert store.log() == ()


def test_refuses_a_transaction_that_has_failed(postgres_url: str) -> None:
    store = opened(postgres_url)
    with psycopg.connect(postgres_url) as host:
        with contextlib.suppress(psycopg.Error):
            host.execute("SELECT 1 / 0")

        with pytest.raises(HostConnectionError):
            store.within(host)
    with pytest.raises(HostConnectionError):
        store.within(host)
    store.close()


def test_a_lock_that_fails_leaves_the_hosts_transaction(postgres_url: str) -> None:
    store = opened(postgres_url)
    write(store, "k1", "a:1", 1)
    with psycopg.connect(postgres_url) as host, psycopg.connect(postgres_url) as other:
        store.within(other).lock(["a:1"])
        host.execute("SET lock_timeout = '50ms'")

        with pytest.raises(Exception, match="busy"):
            store.within(host).lock(["a:1"])

        put(store.within(host), "k2", "b:1", 0, 2)
        host.commit()

    assert points_of(store.log()) == [1, 2]
    store.close()


def test_a_stale_picture_is_a_conflict(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    store = opened(f"sqlite:///{path}")
    write(store, "k1", "a:1", 1)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as host:
        host.execute("BEGIN")
        host.execute("SELECT * FROM ledger_event").fetchall()
        write(store, "k2", "a:1", 2)

        with pytest.raises(VersionConflictError):
            put(store.within(host), "k3", "a:1", 1, 3)

        host.execute("ROLLBACK")
    store.close()
