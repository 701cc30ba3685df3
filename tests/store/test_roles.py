"""The roles that the page on PostgreSQL makes can do what they must, and no more."""

import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import attrs
import psycopg
import pytest
from psycopg import sql

from loyaltyledger import (
    Ledger,
    NotMigratedError,
    StoreReadOnlyError,
    migrate,
)
from shop import Clock, Shop, programme

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "postgresql.md"
ROLES = "points_owner", "points_shop", "points_auditor"
HAS_AMCHECK = "SELECT 1 FROM pg_available_extensions WHERE name = 'amcheck'"
PASSWORD = "choose-one"


@attrs.frozen(kw_only=True)
class Roles:
    """URLs of one database, each as another role."""

    admin: str
    owner: str
    shop: str
    auditor: str


def statements(names: dict[str, str]) -> Iterator[list[str]]:
    """Give each block of SQL of the page, with the roles' names replaced."""
    for block in re.findall(r"```sql\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL):
        for name, other in names.items():
            block = block.replace(name, other)  # noqa: PLW2901  # as it is to be run
        yield [each.strip() for each in block.split(";") if each.strip()]


@pytest.fixture
def roles(postgres_url: str) -> Iterator[Roles]:
    mark = secrets.token_hex(4)
    names = {name: f"{name}_{mark}" for name in ROLES}
    urls = [
        postgres_url.replace("postgres@", f"{name}:{PASSWORD}@", 1)
        for name in names.values()
    ]
    before, after, amcheck = statements(names)
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        for statement in before:
            admin.execute(statement)
        migrate(urls[0])
        for statement in after:
            admin.execute(statement)
        if admin.execute(HAS_AMCHECK).fetchone():
            for statement in amcheck:
                admin.execute(statement)
        yield Roles(admin=postgres_url, owner=urls[0], shop=urls[1], auditor=urls[2])
        for name in names.values():
            admin.execute(f"DROP OWNED BY {name} CASCADE")
            admin.execute(f"DROP ROLE {name}")


@pytest.fixture
def shop(roles: Roles) -> Iterator[Shop]:
    clock = Clock()
    with Ledger.open(roles.shop, clock=clock) as ledger:
        shop = Shop(ledger, clock)
        shop.define(programme())
        shop.enrol("ann", "bob")
        yield shop


def test_the_shop_does_all_it_has_to(shop: Shop) -> None:
    shop.earn(100)
    shop.buy("p1", "5.00")
    shop.give_back("p1", "r1")
    shop.hold(10, "h1")
    shop.do("capture", member_id="ann", point_type="points", hold_id="h1")
    shop.ledger.sweep()

    assert dict(shop.ledger.balances(programme_id="shop"))
    assert shop.ledger.rebuild() > 0
    assert shop.ledger.verify().is_sound
    assert shop.ledger.check().is_sound
    assert shop.balance() == (90, 0, 0, 0)


def test_the_shop_does_it_in_its_own_transaction(shop: Shop, roles: Roles) -> None:
    with psycopg.connect(roles.shop) as connection:
        within = Shop(shop.ledger.within(connection), shop.clock, shop.keys)
        within.earn(10)
        connection.commit()

    assert shop.balance() == (10, 0, 0, 0)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE loyaltyledger.ledger_event SET payload = ''",
        "DELETE FROM loyaltyledger.ledger_event",
        "DELETE FROM loyaltyledger.ledger_stream",
        "UPDATE loyaltyledger.ledger_command SET key = 'x'",
        "DELETE FROM loyaltyledger.ledger_command",
        "UPDATE loyaltyledger.ledger_stream SET name = 'x'",
        "UPDATE loyaltyledger.ledger_meta SET value = '0'",
        "TRUNCATE loyaltyledger.ledger_event",
        "CREATE TABLE loyaltyledger.mine (id int)",
        "DROP TABLE loyaltyledger.view_lot",
        "CREATE SCHEMA mine",
        "ALTER TABLE loyaltyledger.ledger_event DISABLE TRIGGER ALL",
    ],
)
@pytest.mark.parametrize("who", ["shop", "auditor"])
def test_nobody_who_runs_the_shop_can_change_what_was_written(
    shop: Shop, roles: Roles, statement: str, who: str
) -> None:
    shop.earn(1)

    with (
        psycopg.connect(getattr(roles, who)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)


def test_the_auditor_reads_everything_and_writes_nothing(
    shop: Shop, roles: Roles
) -> None:
    shop.earn(100)
    shop.ledger.views.follow()

    with Ledger.open(roles.auditor, clock=shop.clock) as ledger:
        auditor = Shop(ledger, shop.clock, shop.keys)
        with pytest.raises(StoreReadOnlyError):
            auditor.earn(1)

        assert auditor.balance() == (100, 0, 0, 0)
        assert dict(ledger.balances(programme_id="shop"))
        assert ledger.liability(programme_id="shop")
        assert ledger.totals()
        assert ledger.verify().is_sound
        checked = ledger.check()
        assert checked.is_sound
        assert checked.engine_check == ("amcheck" if has_amcheck(roles) else None)
        assert ledger.explain("earn-4").text()


def has_amcheck(roles: Roles) -> bool:
    with psycopg.connect(roles.admin) as admin:
        return admin.execute(HAS_AMCHECK).fetchone() is not None


def test_the_auditor_asks_the_log_where_the_views_are_behind(
    shop: Shop, roles: Roles
) -> None:
    shop.earn(100)

    with Ledger.open(roles.auditor, clock=shop.clock) as ledger:
        with pytest.raises(StoreReadOnlyError):
            list(ledger.balances(programme_id="shop"))

        assert dict(ledger.balances_as_of(programme_id="shop"))
        assert ledger.check().is_sound
        verified = ledger.verify()
        assert verified.is_sound
        (remark,) = verified.remarks
        assert "is read-only" in remark


def test_a_fenced_database_is_verified_where_the_views_are_behind(
    shop: Shop, roles: Roles
) -> None:
    shop.earn(100)
    with psycopg.connect(roles.admin, autocommit=True) as admin:
        name = sql.Identifier(admin.info.dbname)
        fence = sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on")
        admin.execute(fence.format(name))

    with Ledger.open(roles.shop, clock=shop.clock) as ledger:
        verified = ledger.verify()

        assert verified.is_sound
        assert verified.remarks
        assert ledger.check().is_sound


def test_only_the_owner_migrates(roles: Roles, postgres_url: str) -> None:
    assert migrate(roles.owner) == ()
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute("DROP SCHEMA loyaltyledger CASCADE")

    with pytest.raises(StoreReadOnlyError):
        migrate(roles.shop)
    with pytest.raises(NotMigratedError):
        Ledger.open(roles.shop)


def test_opening_and_writing_makes_no_table(shop: Shop, roles: Roles) -> None:
    count = "SELECT count(*), max(oid::bigint) FROM pg_class"
    with psycopg.connect(roles.admin, autocommit=True) as admin:
        before = admin.execute(count).fetchone()
        with Ledger.open(roles.shop, clock=shop.clock) as ledger:
            Shop(ledger, shop.clock, shop.keys).earn(1)
            assert dict(ledger.balances(programme_id="shop"))

        assert admin.execute(count).fetchone() == before
