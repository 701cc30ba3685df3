"""Views hold what the host has committed, and nothing that it rolled back."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from loyaltyledger import Ledger, StoreBusyError
from shop import open_shop
from views.history import view_rows

EARN: dict[str, Any] = {
    "programme_id": "shop",
    "member_id": "ann",
    "point_type": "points",
}


def connected(url: str) -> sqlite3.Connection | psycopg.Connection[tuple[object, ...]]:
    if url.startswith("sqlite"):
        return sqlite3.connect(Path(url.removeprefix("sqlite:///")))
    return psycopg.connect(url)


def available(ledger: Ledger) -> list[int]:
    return [one.available for _, one in ledger.balances(programme_id="shop")]


def test_what_is_rolled_back_is_in_no_view(shared_url: str) -> None:
    with open_shop(url=shared_url) as shop:
        shop.earn(5)
        shop.ledger.views.follow()
        before = view_rows(shop.ledger)
        with closing(connected(shared_url)) as host:
            shop.ledger.within(host).earn(key="k", points=70, **EARN)
            host.rollback()

        assert available(shop.ledger) == [5]
        assert view_rows(shop.ledger) == before
        shop.earn(1)
        assert available(shop.ledger) == [6]


def test_what_is_committed_is_in_the_views(shared_url: str) -> None:
    with open_shop(url=shared_url) as shop, closing(connected(shared_url)) as host:
        shop.ledger.within(host).earn(key="k", points=70, **EARN)
        host.commit()

        assert available(shop.ledger) == [70]


def test_views_do_not_see_what_the_host_has_yet_to_commit(postgres_url: str) -> None:
    with open_shop(url=postgres_url) as shop, closing(connected(postgres_url)) as host:
        shop.earn(5)
        inside = shop.ledger.within(host)
        inside.earn(key="k", points=70, **EARN)

        assert available(inside) == [5]
        assert available(shop.ledger) == [5]
        host.commit()
        assert available(shop.ledger) == [75]


def test_views_are_read_inside_a_host_that_writes_to_their_file(
    sqlite_url: str,
) -> None:
    with open_shop(url=sqlite_url) as shop, closing(connected(sqlite_url)) as host:
        shop.earn(5)
        shop.ledger.views.follow()
        inside = shop.ledger.within(host)
        inside.earn(key="k", points=70, **EARN)

        assert available(inside) == [5]


def test_what_would_wait_for_its_own_host_is_refused_at_once(sqlite_url: str) -> None:
    with open_shop(url=sqlite_url) as shop, closing(connected(sqlite_url)) as host:
        shop.earn(5)
        inside = shop.ledger.within(host)
        inside.earn(key="k", points=70, **EARN)

        begun = time.monotonic()
        with pytest.raises(StoreBusyError):
            available(inside)
        assert time.monotonic() - begun < 10, "it waited for what cannot come"

        host.commit()
        assert available(inside) == [75]


def test_a_late_transaction_of_a_host_is_not_passed_over(
    postgres_url: str,
) -> None:
    with open_shop(url=postgres_url) as shop, closing(connected(postgres_url)) as host:
        shop.ledger.within(host).earn(key="first", points=70, **EARN)
        shop.earn(5, "bob")
        assert available(shop.ledger) in ([], [5])

        host.commit()

        assert available(shop.ledger) == [70, 5]
        assert list(shop.ledger.views.differences()) == []
