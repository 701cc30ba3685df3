"""The tables of the views are made by migrating, and by nothing else."""

import threading

import psycopg
import pytest

from loyaltyledger import Ledger, NotMigratedError, StoreReadOnlyError, migrate
from loyaltyledger.views.tables import METADATA
from shop import open_shop
from views.history import run_on_views, view_rows

STEPS = ("view-accounts", "view-purchases", "view-statements")
DROPS = [f"DROP TABLE {{schema}}{name}" for name in METADATA.tables]


def test_a_ledger_that_had_no_views_gets_them_by_migrating(shared_url: str) -> None:
    with open_shop(url=shared_url) as shop:
        shop.earn(5)
        shop.ledger.views.follow()
        right = view_rows(shop.ledger)
        run_on_views(shop.ledger, *DROPS)

    with Ledger.open(shared_url) as ledger:
        with pytest.raises(NotMigratedError) as refused:
            ledger.liability(programme_id="shop")
        assert "migrate" in refused.value.remedy

        assert migrate(shared_url) == STEPS
        assert migrate(shared_url) == ()

        ledger.views.follow()
        assert view_rows(ledger) == right


def test_a_ledger_without_views_can_be_opened_and_written(shared_url: str) -> None:
    with open_shop(url=shared_url) as shop:
        run_on_views(shop.ledger, *DROPS)

        shop.earn(5)

        assert shop.free() == 5
    with Ledger.open(shared_url) as ledger, pytest.raises(NotMigratedError):
        ledger.views.follow()


def test_migrating_from_another_version_makes_the_tables_anew(shared_url: str) -> None:
    with open_shop(url=shared_url) as shop:
        shop.earn(5)
        shop.ledger.views.follow()
        right = view_rows(shop.ledger)
        run_on_views(
            shop.ledger,
            "DROP TABLE {schema}view_statement",
            "CREATE TABLE {schema}view_statement (other INTEGER)",
            "UPDATE {schema}view_position SET version = 0 WHERE name = 'statements'",
        )

        assert migrate(shared_url) == ("view-statements",)

        shop.ledger.views.follow()
        assert view_rows(shop.ledger) == right


def test_many_may_migrate_at_once(shared_url: str) -> None:
    ready = threading.Barrier(6)
    taken: list[tuple[str, ...]] = []
    failed: list[BaseException] = []

    def run() -> None:
        ready.wait()
        try:
            taken.append(migrate(shared_url))
        except BaseException as error:  # noqa: BLE001  # judged below
            failed.append(error)

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    steps = [step for steps in taken for step in steps]
    assert sorted(steps) == sorted(("tables", "one-write", *STEPS))


def test_many_may_open_a_new_file_at_once(sqlite_url: str) -> None:
    ready = threading.Barrier(6)
    found: list[object] = []

    def run() -> None:
        ready.wait()
        try:
            with Ledger.open(sqlite_url) as ledger:
                found.append(ledger.views.follow())
        except BaseException as error:  # noqa: BLE001  # judged below
            found.append(error)

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [0] * 6


def test_a_role_that_may_not_change_tables_can_do_all_else(postgres_url: str) -> None:
    with open_shop(url=postgres_url) as shop:
        shop.earn(5)
    role = f"clerk_{abs(hash(postgres_url))}"
    schema = "loyaltyledger"
    with psycopg.connect(postgres_url, autocommit=True) as owner:
        owner.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'clerk'")
        owner.execute(f"GRANT USAGE ON SCHEMA {schema} TO {role}")
        owner.execute(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema}"
            f" TO {role}"
        )
        user = owner.info.user
    url = postgres_url.replace(f"//{user}", f"//{role}", 1)
    try:
        with Ledger.open(url) as ledger:
            with pytest.raises(StoreReadOnlyError):
                run_on_views(ledger, "CREATE TABLE {schema}mine (id INTEGER)")
            ledger.earn(
                key="k",
                programme_id="shop",
                member_id="ann",
                point_type="points",
                points=6,
            )

            (balance,) = (one for _, one in ledger.balances(programme_id="shop"))
            assert balance.available == 11
            right = view_rows(ledger)
            assert ledger.rebuild() == len(ledger.store.log())
            assert view_rows(ledger) == right
    finally:
        with psycopg.connect(postgres_url, autocommit=True) as owner:
            owner.execute(f"DROP OWNED BY {role}")
            owner.execute(f"DROP ROLE {role}")
