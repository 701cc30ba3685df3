"""Views that follow the log say what the log says, whichever way they came to it."""

from datetime import timedelta
from itertools import accumulate

import pytest

from loyaltyledger import (
    Ledger,
    NewerStoreError,
    Pending,
    PendingKind,
    StatementLine,
    StatementRow,
)
from loyaltyledger.audit import AsOf, statement
from loyaltyledger.views.database import Database
from loyaltyledger.views.following import Follower, Progress
from shop import NOW, Clock, new_ledger, open_shop, point_type
from views.history import TYPES, History, run_on_views, view_rows

SEEDS = range(2)
HOURS = (None, 0, -60, -7, 1, 47, 24 * 7, 24 * 30)


@pytest.mark.parametrize("seed", SEEDS)
def test_rebuilt_views_equal_views_that_followed(store_url: str, seed: int) -> None:
    with new_ledger(store_url, clock := Clock()) as ledger:
        history = History(ledger, clock, seed)
        history.begin()
        for pages in range(1, 9):
            history.go_on(15)
            Follower(Database(ledger.store), events_per_page=pages).follow()
            history.go_on(5)
            ledger.views.follow()
        followed = view_rows(ledger)

        events = ledger.rebuild()

        assert view_rows(ledger) == followed
        assert events == len(ledger.store.log())
        assert list(ledger.views.differences()) == []
        assert len(history.accepted) > 10, history.accepted


@pytest.mark.parametrize("seed", SEEDS)
def test_balances_equal_those_of_the_ledger_at_any_instant(
    store_url: str, seed: int
) -> None:
    with new_ledger(store_url, clock := Clock()) as ledger:
        history = History(ledger, clock, seed + 100)
        history.begin()
        for _ in range(5):
            history.go_on(20)
            for hours in HOURS:
                assert_same_balances(ledger, clock, hours)


def assert_same_balances(ledger: Ledger, clock: Clock, hours: int | None) -> None:
    at = None if hours is None else clock.now + timedelta(hours=hours)

    found = dict(ledger.balances(programme_id="shop", at=at))

    assert {account_id.stream for account_id in found} == set(
        ledger.store.streams("account:")
    )
    assert found == {
        account_id: ledger.account_balance(account_id, at=at) for account_id in found
    }
    for one in ledger.liability(programme_id="shop", at=at):
        own = [
            had
            for account, had in found.items()
            if account.point_type == one.point_type
        ]
        assert one.available == sum(balance.available for balance in own)
        assert one.pending == sum(balance.pending for balance in own)
        assert one.outstanding == sum(balance.outstanding for balance in own)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_statement_is_what_the_ledger_has_booked(store_url: str, seed: int) -> None:
    with new_ledger(store_url, clock := Clock()) as ledger:
        history = History(ledger, clock, seed + 200)
        history.begin()
        history.go_on(120)

        kinds = {kind.name: kind for kind in TYPES}
        for account_id, _ in ledger.balances(programme_id="shop"):
            rows = ledger.views.statement(account_id)

            with ledger.store.reading() as reading:
                events = reading.events(account_id.stream)
            now = AsOf(at=clock.now, is_now=True)
            lines = statement(events, now, kinds[account_id.point_type])
            assert_same_lines(rows, lines)


def assert_same_lines(
    rows: tuple[StatementRow, ...], lines: tuple[StatementLine, ...]
) -> None:
    booked = [line for line in lines if line.position is not None and line.postings]
    balances = accumulate(line.change for line in booked)
    assert [(row.position, row.at, row.recorded_at, row.change) for row in rows] == [
        (line.position, line.at, line.recorded_at, line.change) for line in booked
    ]
    assert [row.balance for row in rows] == list(balances)
    for row, line in zip(rows, booked, strict=True):
        legs = {leg.account: leg.points for leg in line.postings}
        parts = (row.available, row.held, row.pending, row.debt)
        names = ("available", "held", "pending", "debt")
        assert parts == tuple(legs.get(f"member:{name}", 0) for name in names)


def test_a_rebuild_tells_how_far_it_is() -> None:
    with open_shop() as shop:
        for _ in range(3):
            shop.earn(5)
        told: list[Progress] = []
        follower = Follower(Database(shop.ledger.store), events_per_page=4)
        follower.clear()

        follower.follow(told.append)

        head = shop.ledger.store.head()
        assert [one.events for one in told] == [4, 6]
        assert [one.position for one in told] == [4, head]
        assert {one.head for one in told} == {head}


def test_reading_finds_what_was_done_just_before(store_url: str) -> None:
    with open_shop(url=store_url) as shop:
        for points in range(1, 6):
            shop.earn(points)

            (balance,) = (one for _, one in shop.ledger.balances(programme_id="shop"))

            assert balance.available == points * (points + 1) // 2


def test_balances_are_of_one_instant_of_the_log(shared_url: str) -> None:
    with open_shop(url=shared_url) as shop:
        shop.earn(5, "ann")
        shop.earn(5, "bob")
        reading = shop.ledger.balances(programme_id="shop")
        next(reading)

        shop.earn(7, "bob")

        (rest,) = reading
        assert rest[1].available == 5


def test_what_is_folded_is_of_the_same_instant_of_the_log(shared_url: str) -> None:
    pending = Pending(kind=PendingKind.DURATION, days=10)
    with open_shop(point_type(pending=pending), url=shared_url) as shop:
        shop.earn(1, "ann")
        shop.earn(20, "bob", entry_id="e", available_from=NOW)
        shop.spend(20, "bob")
        shop.reverse("e", member="bob")
        shop.earn(50, "bob")
        reading = shop.ledger.balances(programme_id="shop")
        next(reading)

        shop.earn(7, "bob")

        (rest,) = reading
        assert (rest[1].pending, rest[1].debt) == (50, 20)


def test_a_ledger_in_memory_can_be_written_while_balances_are_read() -> None:
    with open_shop() as shop:
        shop.earn(5, "ann")
        shop.earn(5, "bob")

        for account_id, balance in shop.ledger.balances(programme_id="shop"):
            shop.spend(balance.free, account_id.owner_id)

        assert [one.free for _, one in shop.ledger.balances(programme_id="shop")] == [
            0,
            0,
        ]


@pytest.mark.parametrize("view", ["accounts", "purchases", "statements"])
def test_what_an_older_version_made_is_made_again(store_url: str, view: str) -> None:
    with new_ledger(store_url, clock := Clock()) as ledger:
        history = History(ledger, clock, 7)
        history.begin()
        history.go_on(60)
        ledger.views.follow()
        right = view_rows(ledger)
        run_on_views(
            ledger,
            "UPDATE {schema}view_lot SET remaining = 999 WHERE granted > 3",
            "DELETE FROM {schema}view_purchase",
            "DELETE FROM {schema}view_statement WHERE change > 0",
            f"UPDATE {{schema}}view_position SET version = 0 WHERE name = '{view}'",
        )

        ledger.views.follow()

        table = {"accounts": "lot"}.get(view, view.removesuffix("s"))
        made = view_rows(ledger)
        assert [name for name in right if made[name] == right[name]] == [
            name
            for name in right
            if name == f"view_{table}"
            or name not in {"view_lot", "view_purchase", "view_statement"}
        ]


def test_what_a_newer_version_made_is_left_alone(store_url: str) -> None:
    with open_shop(url=store_url) as shop:
        shop.earn(5)
        shop.ledger.views.follow()
        newer = "UPDATE {schema}view_position SET version = 99 WHERE name = 'accounts'"
        run_on_views(shop.ledger, newer)
        before = view_rows(shop.ledger)
        shop.earn(6)

        with pytest.raises(NewerStoreError) as refused:
            shop.ledger.balances(programme_id="shop").__next__()

        assert (refused.value.found, refused.value.supported) == (99, 2)
        assert view_rows(shop.ledger) == before
        assert shop.free() == 11
