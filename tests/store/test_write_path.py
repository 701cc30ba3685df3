"""One write: it takes whatever may be stored, and tells what the log says."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import psycopg
import pytest

from loyaltyledger import (
    AlreadyExistsError,
    ContendedError,
    Earn,
    Enrol,
    Freeze,
    InsufficientPointsError,
    Ledger,
    Receipt,
    Spend,
    import_log,
)
from shop import NOW, Clock, Shop, new_ledger, open_shop, programme

MOST = 2**63 - 1
ODD = [
    "'; DROP TABLE ledger_event; --",
    '"{}" \\u0000 \\ud800 \\',
    "%s ? {stream} $write$ :name",
    "null",
    "東京 🛒 é ß Ω",
    "\U0010ffff\ue000",
    "a" * 200,
    "\U0002070e" * 200,
]


@pytest.fixture
def shop(store_url: str) -> Iterator[Shop]:
    with open_shop(url=store_url) as shop:
        yield shop


def whose(member: str = "ann") -> dict[str, Any]:
    return {"programme_id": "shop", "member_id": member, "point_type": "points"}


@pytest.mark.parametrize("odd", ODD)
def test_takes_odd_text_as_it_is(shop: Shop, odd: str) -> None:
    shop.ledger.enrol(key=odd, programme_id="shop", member_id=odd)
    receipt = shop.earn(3, odd, actor=odd, reason=odd)

    found = shop.ledger.receipt(odd)
    assert found is not None
    assert (found.key, found.events) == (odd, shop.ledger.store.log()[3:4])
    assert receipt.events == shop.ledger.store.log()[4:]
    assert shop.balance(odd) == (3, 0, 0, 0)


def test_takes_the_greatest_numbers_exactly(shop: Shop) -> None:
    shop.clock.now = datetime(9999, 12, 1, 23, 59, 59, 999_999, tzinfo=UTC)

    receipt = shop.earn(MOST)
    shop.spend(MOST - 2**53 - 1)

    assert shop.balance() == (2**53 + 1, 0, 0, 0)
    assert receipt.recorded_at == shop.clock.now
    assert shop.ledger.receipt(receipt.key) == receipt


@pytest.mark.parametrize("members", [1, 20])
def test_tells_of_each_command_what_the_log_says(shop: Shop, members: int) -> None:
    """Of few streams and of many, which PostgreSQL writes in two ways."""
    names = [f"m{number}" for number in range(members)]
    enrol = [Enrol(key=f"e {one}", programme_id="shop", member_id=one) for one in names]
    earn = [Earn(key=f"p {one}", points=5, **whose(one)) for one in names]
    too_much = Spend(key="too much", points=6, **whose("m0"))
    spend = Spend(key="enough", points=5, **whose("m0"))

    told = shop.ledger.execute_many(
        [*enrol, enrol[0], too_much, *earn, too_much, spend, spend, *earn]
    )

    refused = [one for one in told if not isinstance(one, Receipt)]
    assert [type(one) for one in refused] == [InsufficientPointsError] * 2
    receipts = {one.key: one for one in told if isinstance(one, Receipt)}
    log = shop.ledger.store.log()[3:]
    assert tuple(event for one in receipts.values() for event in one.events) == log
    assert all(shop.ledger.receipt(key) == one for key, one in receipts.items())
    assert told[0] == told[members]
    assert told[-members - 1] == told[-members - 2]
    streams = {event.stream for event in log}
    for stream in streams:
        mine = [event.recorded_at for event in log if event.stream == stream]
        assert mine == sorted(set(mine)), "later for each event of a stream"
    assert shop.ledger.verify().is_sound


def test_a_refused_command_leaves_its_key_free_for_another(shop: Shop) -> None:
    enrol = Enrol(key="k", programme_id="shop", member_id="ann")
    earn = Earn(key="k", points=5, **whose())

    refused, done = shop.ledger.execute_many([enrol, earn])

    assert isinstance(refused, AlreadyExistsError)
    assert isinstance(done, Receipt)
    assert shop.balance() == (5, 0, 0, 0)


def test_a_stream_goes_on_later_than_it_came_from_elsewhere(
    postgres_url: str, sqlite_url: str, tmp_path: Path
) -> None:
    """In a log of several writers the last event need not be the latest."""
    with open_shop(url=postgres_url) as shop:
        ahead = Clock(NOW + timedelta(minutes=4))
        with Ledger.open(postgres_url, clock=ahead) as till:
            Shop(till, ahead).earn(5, key="ahead of time")
        shop.earn(5, "bob")
        shop.ledger.export_log(tmp_path / "log")
        import_log(sqlite_url, tmp_path / "log")

        with Ledger.open(sqlite_url, clock=shop.clock) as copy:
            again = Shop(copy, shop.clock)
            again.earn(1, key="later")

            assert copy.verify().is_sound


# ── what a PostgreSQL or a host may be set up to do ──────────────────────────


@pytest.mark.parametrize("level", ["REPEATABLE_READ", "SERIALIZABLE"])
def test_a_host_does_not_decide_on_what_was_changed_before(
    postgres_url: str, level: str
) -> None:
    with (
        open_shop(url=postgres_url) as shop,
        psycopg.connect(postgres_url) as host,
    ):
        shop.earn(10)
        host.isolation_level = psycopg.IsolationLevel[level]
        host.execute("SELECT 1")
        shop.do("freeze", member_id="ann", reason="stolen card")
        inside = attrs.evolve(shop, ledger=shop.ledger.within(host))

        with pytest.raises(ContendedError):
            inside.spend(10)

        host.commit()
        assert shop.balance() == (10, 0, 0, 0)


def test_a_host_with_a_picture_of_its_own_may_write(postgres_url: str) -> None:
    with (
        open_shop(url=postgres_url) as shop,
        psycopg.connect(postgres_url) as host,
    ):
        host.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
        inside = attrs.evolve(shop, ledger=shop.ledger.within(host))

        inside.earn(10)
        inside.spend(4)
        host.commit()

        assert shop.balance() == (6, 0, 0, 0)


@pytest.mark.parametrize(
    "setting",
    [
        "default_transaction_isolation = 'serializable'",
        "search_path = ''",
        "standard_conforming_strings = off",
    ],
)
def test_does_not_depend_on_how_the_server_is_set_up(
    postgres_url: str, setting: str
) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        with new_ledger(postgres_url, Clock()) as ledger:
            shop = Shop(ledger, Clock())
            shop.define(programme())
            shop.enrol("ann")
        admin.execute(f'ALTER DATABASE "{admin.info.dbname}" SET {setting}'.encode())

    with Ledger.open(postgres_url, clock=Clock()) as ledger:
        again = Shop(ledger, Clock())
        again.earn(10, key="earn")
        ledger.execute_many(
            [
                Spend(key="spend", points=4, **whose()),
                Freeze(key="f", programme_id="shop", member_id="ann", reason="\\'"),
            ]
        )

        assert again.balance() == (6, 0, 0, 0)
