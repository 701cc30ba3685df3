"""What can go wrong with a server."""

import sys
import threading
import time
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.sql import SQL, Literal

from loyaltyledger import Ledger
from loyaltyledger.store import (
    CommitUnknownError,
    LogAheadError,
    NewerStoreError,
    NotMigratedError,
    Store,
    StoreBusyError,
    StoreFailedError,
    StoreReadOnlyError,
    StoreUnavailableError,
    StoreUrlError,
    TransactionFullError,
    VersionConflictError,
    migrate_store,
    open_store,
    postgres_session,
)
from store.proxy import Proxy, proxy
from store.sample import NAMES, Clock, opened, points_of, put, write

SECRET = "s3cr3t!"


def open_only(url: str, schema: str = "loyaltyledger") -> Store:
    return open_store(url, names=NAMES, clock=Clock(), schema=schema)


@pytest.fixture
def admin(postgres_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def pg(postgres_url: str) -> Iterator[Store]:
    store = opened(postgres_url, busy_timeout_s=5)
    yield store
    store.close()


@pytest.fixture
def wire(postgres_tcp_url: str) -> Iterator[Proxy]:
    with proxy(postgres_tcp_url) as made:
        yield made


def test_says_how_to_make_the_tables(postgres_url: str) -> None:
    with pytest.raises(NotMigratedError, match="run: loyaltyledger migrate --db "):
        open_only(postgres_url)


def test_says_that_a_newer_version_was_here(
    pg: Store, postgres_url: str, admin: psycopg.Connection
) -> None:
    admin.execute(
        "UPDATE loyaltyledger.ledger_meta SET value = '99' "
        "WHERE name = 'schema_version'"
    )

    with pytest.raises(NewerStoreError):
        open_only(postgres_url)
    with pytest.raises(NewerStoreError):
        pg.migrate()


def test_a_commit_without_an_answer_is_told_as_unknown(
    wire: Proxy, postgres_tcp_url: str, pg: Store
) -> None:
    store = open_only(wire.through(postgres_tcp_url))
    write(store, "k0", "a:1", 1)

    for n in range(1, 11):
        wire.cut_after.set()
        with pytest.raises(CommitUnknownError):
            write(store, f"k{n}", "a:1", 1)
        # What the caller has to do: look the key up. It was stored.
        with store.reading() as reading:
            record = reading.key(f"k{n}")
        assert record is not None

    assert wire.cuts == 10
    assert [row.version for row in pg.raw()] == list(range(1, 12))
    store.close()


def test_a_connection_lost_before_commit_has_stored_nothing(
    wire: Proxy, postgres_tcp_url: str, pg: Store
) -> None:
    store = open_only(wire.through(postgres_tcp_url))

    for n in range(5):
        wire.cut_before.set()
        # From here nobody can tell whether the server got it.
        with pytest.raises(CommitUnknownError):
            write(store, f"k{n}", "a:1", 1)

    assert wire.cuts == 5
    assert pg.log() == ()
    assert write(store, "k", "a:1", 1)
    store.close()


def test_a_connection_lost_inside_a_transaction_has_stored_nothing(
    pg: Store, admin: psycopg.Connection
) -> None:
    def work() -> None:
        with pg.transaction() as transaction:
            put(transaction, "k", "a:1", 0, 1)
            terminate_others(admin)
            put(transaction, "k2", "a:1", 1, 1)

    with pytest.raises(StoreUnavailableError):
        work()

    assert pg.log() == ()
    assert write(pg, "k", "a:1", 1)


def test_an_idle_connection_that_died_is_replaced_unseen(
    pg: Store, admin: psycopg.Connection
) -> None:
    with pg.reading(), pg.reading():
        write(pg, "k1", "a:1", 1)
    terminate_others(admin)

    write(pg, "k2", "a:1", 2)

    assert points_of(pg.log()) == [1, 2]


def terminate_others(admin: psycopg.Connection) -> None:
    admin.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


def test_says_that_nobody_answers() -> None:
    with pytest.raises(StoreUnavailableError) as refused:
        open_only(f"postgresql://shop:{SECRET}@127.0.0.1:1/shop")

    assert SECRET not in f"{refused.value} {refused.value!r}"


def test_says_that_there_is_no_such_database(postgres_url: str) -> None:
    with pytest.raises(StoreUnavailableError):
        open_only(postgres_url.replace("loyaltyledger_test", "nothing"))


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://shop:{SECRET}@[::1/shop",
        f"postgresql://shop:{SECRET}@host/shop?nonsense=1&password={SECRET}",
        f"postgresql://:{SECRET}@host/shop",
        f"postgresql://shop:{SECRET}@host",
        f"postgresql://shop:{SECRET}@host/shop?service=x",
    ],
)
def test_never_shows_a_password(url: str) -> None:
    with pytest.raises(StoreUrlError) as refused:
        open_only(url)

    error = refused.value
    assert SECRET not in f"{error} {error!r} {error.args} {error.__cause__}"


def test_the_environment_has_no_effect(
    pg: Store, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(pg, "k", "a:1", 1)
    for name in ("HOST", "HOSTADDR", "USER", "DATABASE", "PASSWORD", "PASSFILE"):
        monkeypatch.setenv(f"PG{name}", "192.0.2.1")
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGOPTIONS", "-c search_path=evil -c synchronous_commit=off")
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    monkeypatch.setenv("PGTARGETSESSIONATTRS", "standby")
    monkeypatch.setenv("PGREQUIREAUTH", "scram-sha-256")
    monkeypatch.setenv("PERSISTENCE_MODULE", "eventsourcing.popo")
    monkeypatch.setenv("POSTGRES_DBNAME", "other")

    store = open_only(postgres_url)

    assert points_of(store.log()) == [1]
    with store.transaction() as transaction:
        (setting,) = transaction._session.rows("SHOW synchronous_commit")
    assert setting == ("on",)
    write(store, "ключ", "ключ", 1)
    store.close()


def test_a_commit_is_on_disk_whatever_the_server_is_set_to(
    postgres_url: str, admin: psycopg.Connection
) -> None:
    (name,) = admin.execute("SELECT current_database()").fetchone() or ("",)
    admin.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')

    store = opened(postgres_url)

    with store.transaction() as transaction:
        assert transaction._session.rows("SHOW synchronous_commit") == [("on",)]
    store.close()


def test_waits_no_longer_than_the_time_out(postgres_url: str) -> None:
    store = opened(postgres_url, busy_timeout_s=0.1)
    write(store, "k1", "a:1", 1)
    with psycopg.connect(postgres_url) as host:
        store.within(host).lock(["a:1"])

        with pytest.raises(StoreBusyError):
            write(store, "k2", "a:1", 2)

        host.rollback()
    assert write(store, "k2", "a:1", 2)
    store.close()


def test_a_deadlock_is_a_conflict(pg: Store) -> None:
    for name in ("a:1", "b:1"):
        write(pg, name, name, 1)
    both = threading.Barrier(2)
    outcomes: list[BaseException | None] = []

    def work(first: str, second: str) -> None:
        try:
            with pg.transaction() as transaction:
                transaction.lock([first])
                both.wait(10)
                transaction.lock([second])
        except VersionConflictError as error:
            outcomes.append(error)
        else:
            outcomes.append(None)

    threads = [
        threading.Thread(target=work, args=pair)
        for pair in (("a:1", "b:1"), ("b:1", "a:1"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [type(outcome) for outcome in outcomes].count(VersionConflictError) == 1
    assert len(outcomes) == 2


def test_a_new_stream_waits_for_whoever_is_making_it(
    pg: Store, postgres_url: str
) -> None:
    with psycopg.connect(postgres_url) as host:
        put(pg.within(host), "theirs", "a:1", 0, 1)
        thread = threading.Thread(target=write, args=(pg, "mine", "a:1", 2))
        thread.start()
        time.sleep(0.2)
        assert thread.is_alive()
        host.commit()
    thread.join()

    assert points_of(pg.log()) == [1, 2]


def test_refuses_a_log_that_came_from_another_server(
    pg: Store, postgres_url: str, admin: psycopg.Connection
) -> None:
    write(pg, "k1", "a:1", 1)
    # As after dump and reload: the server counts from lower down than the log.
    ahead = 5_000_000
    shift = SQL("UPDATE loyaltyledger.ledger_event SET id = id + {}")
    admin.execute(shift.format(Literal(ahead << 20)))

    with pytest.raises(LogAheadError, match="loyaltyledger migrate"):
        open_only(postgres_url)

    assert migrate_store(postgres_url) == ("xid-offset",)
    assert migrate_store(postgres_url) == ()
    store = open_only(postgres_url)
    assert points_of(write(store, "k2", "a:1", 2)) == [2]
    assert points_of(store.log()) == [1, 2]
    store.close()


def test_refuses_more_events_than_a_transaction_can_number(
    pg: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_session, "EVENTS_MAX", 4)

    with pg.transaction() as transaction:
        put(transaction, "k1", "a:1", 0, 1, 2)
        put(transaction, "k2", "a:1", 2, 3, 4)
        with pytest.raises(TransactionFullError):
            put(transaction, "k3", "a:1", 4, 5)

    assert points_of(pg.log()) == [1, 2, 3, 4]


def test_a_transaction_that_failed_is_not_taken_for_committed(pg: Store) -> None:
    def work() -> None:
        with pg.transaction() as transaction:
            put(transaction, "k", "a:1", 0, 1)
            with pytest.raises(StoreFailedError):
                transaction._session.run("SELECT 1 / 0")

    with pytest.raises(StoreFailedError, match="rolled back"):
        work()

    assert pg.log() == ()


def test_a_user_who_may_not_write_is_told_so(
    pg: Store, postgres_url: str, admin: psycopg.Connection
) -> None:
    write(pg, "k", "a:1", 1)
    (name,) = admin.execute("SELECT current_database()").fetchone() or ("",)
    admin.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    admin.execute("DROP ROLE IF EXISTS ledger_reader")
    admin.execute("CREATE ROLE ledger_reader LOGIN PASSWORD 'x'")
    admin.execute("GRANT USAGE ON SCHEMA loyaltyledger TO ledger_reader")
    admin.execute("GRANT SELECT ON ALL TABLES IN SCHEMA loyaltyledger TO ledger_reader")
    reader = open_only(postgres_url.replace("postgres@", "ledger_reader:x@", 1))

    assert points_of(reader.log()) == [1]
    with pytest.raises(StoreReadOnlyError):
        write(reader, "k2", "a:1", 2)

    reader.close()
    admin.execute("DROP OWNED BY ledger_reader")
    admin.execute("DROP ROLE ledger_reader")


def test_says_how_to_migrate_another_schema(postgres_url: str) -> None:
    for schema, said in (("loyaltyledger", ""), ("north", " --schema north")):
        with pytest.raises(NotMigratedError) as refused:
            Ledger.open(postgres_url, schema=schema)

        assert refused.value.remedy.startswith("loyaltyledger migrate --db ")
        assert refused.value.remedy.endswith(f"{postgres_url[-8:]}{said}")


def test_two_schemas_hold_two_ledgers(
    postgres_url: str, admin: psycopg.Connection
) -> None:
    odd = "Select"
    one = opened(postgres_url)
    other = opened(postgres_url, schema=odd)

    write(one, "k", "a:1", 1)
    write(other, "k", "a:1", 2)

    assert points_of(one.log()) == [1]
    assert points_of(other.log()) == [2]
    assert one.ledger_id != other.ledger_id
    found = admin.execute(
        "SELECT 1 FROM pg_tables WHERE schemaname = %s AND tablename = 'ledger_event'",
        (odd,),
    )
    assert found.fetchone()
    one.close()
    other.close()


@pytest.mark.parametrize(
    "schema", ["", "a b", 'we"ird', "%s", "{event}", "x" * 64, "1a"]
)
def test_refuses_an_odd_schema(postgres_url: str, schema: str) -> None:
    with pytest.raises(StoreUrlError):
        open_only(postgres_url, schema=schema)


def test_names_are_in_the_order_of_their_bytes_in_any_language(
    pg: Store, admin: psycopg.Connection
) -> None:
    assert pg.schema == "loyaltyledger"
    found = admin.execute(
        "SELECT c.relname, l.collname FROM pg_attribute a "
        "JOIN pg_class c ON c.oid = a.attrelid JOIN pg_collation l "
        "ON l.oid = a.attcollation "
        "WHERE c.relnamespace = 'loyaltyledger'::regnamespace "
        "AND c.relname || '.' || a.attname "
        "IN ('ledger_stream.name', 'ledger_command.key')"
    )

    assert set(found.fetchall()) == {("ledger_stream", "C"), ("ledger_command", "C")}


def test_says_what_to_install(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "loyaltyledger.store.postgres", None)

    with pytest.raises(StoreUrlError, match="pip install"):
        open_only(postgres_url)
