"""Checkpoints: how little is read with them, and what is done without them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from loyaltyledger import Balance, Ledger, NotMigratedError, migrate
from loyaltyledger.store import Reading, Recorded
from loyaltyledger.views.booking import Books
from loyaltyledger.views.checkpoints import EVERY
from loyaltyledger.views.checkpoints_read import RowStanding
from shop import NOW, Shop, open_shop
from views.history import run_on_views

ANN = "account:shop:member:ann:points"
MANY = 20 * EVERY + 5


def balance(ledger: Ledger, **asked: datetime | None) -> Balance:
    whose = {"programme_id": "shop", "member_id": "ann", "point_type": "points"}
    return ledger.balance(**whose, **asked)  # type: ignore[arg-type]


def fill(shop: Shop) -> None:
    """Give ann 1 point a day."""
    for _ in range(MANY):
        shop.clock.go(days=1)
        shop.earn(1)


def day(number: int) -> datetime:
    return NOW + timedelta(days=number)


@contextmanager
def reopened(url: str, shop: Shop) -> Iterator[Ledger]:
    """Open the ledger once more: nothing is cached in it."""
    with Ledger.open(url, clock=shop.clock) as ledger:
        yield ledger


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note how many events of ann's account are read at a time."""
    counts: list[int] = []
    whole, seen = Reading.events, Reading.events_seen

    def counted(found: tuple[Recorded, ...]) -> tuple[Recorded, ...]:
        if any(one.stream == ANN for one in found):
            counts.append(len(found))
        return found

    def events(self: Reading, stream: str, **asked: Any) -> tuple[Recorded, ...]:
        return counted(whole(self, stream, **asked))

    def events_seen(self: Reading, stream: str, **asked: Any) -> tuple[Recorded, ...]:
        return counted(seen(self, stream, **asked))

    monkeypatch.setattr(Reading, "events", events)
    monkeypatch.setattr(Reading, "events_seen", events_seen)
    return counts


def test_a_balance_reads_a_few_events_of_a_long_account(
    shared_url: str, read: list[int]
) -> None:
    with open_shop(url=shared_url) as shop:
        fill(shop)
        shop.ledger.views.follow()

        with reopened(shared_url, shop) as ledger:
            for number in (0, 1, EVERY, EVERY + 1, 150, MANY - 1, MANY, MANY + 9):
                read.clear()
                found = balance(ledger, at=day(number))
                assert found.available == min(number, MANY)
                assert sum(read) <= EVERY
            read.clear()
            assert balance(ledger).available == MANY
            assert sum(read) == MANY % EVERY
            read.clear()
            assert balance(ledger, known_at=day(100)).available == 100
            assert sum(read) <= EVERY


def test_a_late_fact_is_read_beside_the_few(shared_url: str, read: list[int]) -> None:
    with open_shop(url=shared_url) as shop:
        fill(shop)
        shop.earn(1000, at=day(90))
        fill(shop)
        shop.ledger.views.follow()

        with reopened(shared_url, shop) as ledger:
            for number, late in ((89, 0), (90, 1000), (91, 1000), (200, 1000)):
                read.clear()
                found = balance(ledger, at=day(number))
                assert found.available == number + late
                assert sum(read) <= EVERY + 1
            then = day(MANY) - timedelta(hours=1)
            assert balance(ledger, at=day(90), known_at=then).available == 90


def test_what_has_come_since_the_views_followed_is_read_too(
    shared_url: str, read: list[int]
) -> None:
    with open_shop(url=shared_url) as shop:
        fill(shop)
        shop.ledger.views.follow()
        fill(shop)

        with reopened(shared_url, shop) as ledger:
            assert balance(ledger).available == 2 * MANY
            assert sum(read) == MANY % EVERY + MANY
            assert balance(ledger, at=day(MANY + 7)).available == MANY + 7


def test_a_host_sees_what_its_own_transaction_did(sqlite_url: str) -> None:
    with open_shop(url=sqlite_url) as shop:
        fill(shop)
        shop.ledger.views.follow()
        connection = shop.ledger.store.connect_views()

        inside = Shop(shop.ledger.within(connection), shop.clock)
        inside.earn(7, key="inside")

        assert balance(inside.ledger).available == MANY + 7
        assert balance(shop.ledger).available == MANY
        connection.close()


def test_a_ledger_whose_views_are_older_answers_without_them(shared_url: str) -> None:
    with open_shop(url=shared_url) as shop:
        fill(shop)
        shop.ledger.views.follow()
        older = "UPDATE {schema}view_position SET version = 1 WHERE name = 'accounts'"
        run_on_views(shop.ledger, "DROP TABLE {schema}view_checkpoint", older)

        with reopened(shared_url, shop) as ledger:
            assert balance(ledger, at=day(30)).available == 30
            with pytest.raises(NotMigratedError):
                ledger.views.follow()
            assert migrate(shared_url) == ("view-accounts",)
            ledger.views.follow()
            assert balance(ledger, at=day(30)).available == 30
            assert list(ledger.views.differences()) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {schema}view_checkpoint SET state = 'x'",
        "UPDATE {schema}view_checkpoint SET version = version + 1000, state = state",
        "UPDATE {schema}view_position SET version = 99 WHERE name = 'accounts'",
        "DELETE FROM {schema}view_checkpoint WHERE version > 100",
        "DELETE FROM {schema}view_checkpoint",
    ],
)
def test_where_a_checkpoint_cannot_be_used_the_log_answers(
    store_url: str, statement: str
) -> None:
    with open_shop(url=store_url) as shop:
        fill(shop)
        shop.ledger.views.follow()
        run_on_views(shop.ledger, statement)

        for number in (5, 150, MANY):
            assert balance(shop.ledger, at=day(number)).available == number


def test_points_held_of_a_lot_that_is_not_there_are_no_answer() -> None:
    books = Books()
    books.pins.rows[0, "hold", "lot"] = {"points": 1, "lapses_at": 0}
    account = {"latest_at": 0}

    assert not RowStanding(account, books).is_whole
    books.touched[0]["lot"] = {}
    assert RowStanding(account, books).is_whole


@pytest.mark.parametrize("undone", [False, True])
def test_who_owes_is_told_so_at_any_instant(store_url: str, *, undone: bool) -> None:
    with open_shop(url=store_url) as shop:
        shop.earn(500, entry_id="gift")
        shop.clock.go(days=1)
        shop.spend(400)
        fill(shop)
        if undone:
            shop.reverse("gift", at=day(2))
        shop.ledger.views.follow()

        assert balance(shop.ledger).outstanding == 100 + MANY - 500 * undone
        assert balance(shop.ledger, at=day(20)).debt == (381 if undone else 0)
