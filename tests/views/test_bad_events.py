"""A stored event that cannot be read stops the views where they are, and says why."""

import pytest

from loyaltyledger import DamagedEventError, Ledger, StoreBusyError, UnknownEventError
from loyaltyledger.views.database import Database
from loyaltyledger.views.following import Follower
from shop import Shop, open_shop
from views.history import run_on_views, view_rows

BAD = [
    ("payload = 'no json'", DamagedEventError),
    ("payload = '{{}}'", DamagedEventError),
    ("name = 'points-dreamt.v1'", UnknownEventError),
]


def position_of_last(shop: Shop) -> int:
    return shop.ledger.store.log()[-1].position


def positions(ledger: Ledger) -> set[object]:
    return {row[2] for row in view_rows(ledger)["view_position"]}


@pytest.mark.parametrize(("change", "refused"), BAD)
@pytest.mark.parametrize("events_per_page", [1, 4, 2000])
def test_the_views_stay_before_a_bad_event(
    store_url: str, change: str, refused: type[Exception], events_per_page: int
) -> None:
    with open_shop(url=store_url) as shop:
        shop.earn(5)
        last_good = position_of_last(shop)
        shop.earn(6)
        bad = shop.ledger.store.raw(after=last_good)[0]
        shop.earn(7)
        change_event = f"UPDATE {{schema}}ledger_event SET {change} WHERE id = "
        run_on_views(shop.ledger, f"{change_event}{bad.position}")
        follower = Follower(
            Database(shop.ledger.store), events_per_page=events_per_page
        )

        for _ in range(2):
            with pytest.raises(refused):
                follower.follow()

            assert positions(shop.ledger) == {last_good}
            (lot,) = view_rows(shop.ledger)["view_lot"]
            assert lot[4] == 5

        assert list(shop.ledger.views.differences()) == []
        run_on_views(
            shop.ledger,
            f"UPDATE {{schema}}ledger_event SET name = '{bad.name}', payload = "
            f"'{braced(bad.payload)}' WHERE id = {bad.position}",
        )
        (balance,) = (one for _, one in shop.ledger.balances(programme_id="shop"))
        assert balance.available == 18


def braced(payload: bytes) -> str:
    return payload.decode().replace("{", "{{").replace("}", "}}")


FORGED = [
    ('"points":3', '"points":30'),  # more than was there
    ('"points":3', '"points":99999999999999999999'),
    ('"lot_id":"e"', '"lot_id":"f"'),
    # a capture of what was never in a lot
    (
        '"kind":"lot","lot_id":"e","bucket":"available","of":0}}]',
        '"kind":"debt"}}],"hold_id":"h"',
    ),
]


@pytest.mark.parametrize(("true", "false"), FORGED)
def test_an_event_that_does_not_follow_from_the_rest_is_damaged(
    store_url: str, true: str, false: str
) -> None:
    with open_shop(url=store_url) as shop:
        shop.earn(10, entry_id="e")
        last_good = position_of_last(shop)
        shop.spend(3)
        spend = shop.ledger.store.raw(after=last_good)[0]
        forged = braced(spend.payload).replace(true, false)
        assert forged != braced(spend.payload)
        run_on_views(
            shop.ledger,
            f"UPDATE {{schema}}ledger_event SET payload = '{forged}' "
            f"WHERE id = {spend.position}",
        )

        with pytest.raises(DamagedEventError) as found:
            shop.ledger.views.follow()

        assert found.value.position == spend.position


def test_an_event_in_a_stream_of_another_kind_is_damaged(store_url: str) -> None:
    with open_shop(url=store_url) as shop:
        shop.earn(10)
        shop.buy("p1", "3.00")
        run_on_views(
            shop.ledger,
            "UPDATE {schema}ledger_stream SET name = 'return:shop:p1' "
            "WHERE name = 'purchase:shop:p1'",
        )

        with pytest.raises(DamagedEventError):
            shop.ledger.views.follow()


def test_a_file_that_somebody_else_holds_is_busy(sqlite_url: str) -> None:
    with open_shop(url=sqlite_url) as shop:
        shop.earn(5)
        with Ledger.open(sqlite_url, busy_timeout_s=0.05) as other:
            with shop.ledger.store.transaction(), pytest.raises(StoreBusyError):
                other.views.follow()

            assert other.views.follow() > 0
