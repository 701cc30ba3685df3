"""A row that is not as the log says is found, and said where."""

import pytest

from loyaltyledger import DamagedEventError
from loyaltyledger.views import Difference
from loyaltyledger.views.checkpoints import EVERY
from shop import Shop, open_shop
from views.history import run_on_views, view_rows

LAST = "SELECT state FROM {schema}view_checkpoint ORDER BY version DESC LIMIT 1"
CHANGES = {
    "view_account": (
        "UPDATE {schema}view_account SET latest_at = latest_at + 1 WHERE owner = 'ann'",
        "UPDATE {schema}view_account SET owner = 'eve' WHERE owner = 'ann'",
        "UPDATE {schema}view_account SET lots = 0 WHERE owner = 'ann'",
        "UPDATE {schema}view_account SET earliest_at = 0 WHERE owner = 'ann'",
    ),
    "view_lot": (
        "UPDATE {schema}view_lot SET remaining = remaining + 1 WHERE lot_id = 'e'",
        "UPDATE {schema}view_lot SET gone = 1 WHERE lot_id = 'e'",
        "UPDATE {schema}view_lot SET expires_at = 5 WHERE lot_id = 'e'",
        "UPDATE {schema}view_lot SET source = 'x' WHERE lot_id = 'e'",
        "DELETE FROM {schema}view_lot WHERE lot_id = 'e'",
    ),
    "view_pin": (
        "UPDATE {schema}view_pin SET points = points + 1",
        "DELETE FROM {schema}view_pin",
    ),
    "view_debt": (
        "UPDATE {schema}view_debt SET owed = owed + 1",
        "DELETE FROM {schema}view_debt",
    ),
    "view_checkpoint": (
        "UPDATE {schema}view_checkpoint SET recorded_at = 5",
        "UPDATE {schema}view_checkpoint SET earliest_after = 5",
        "UPDATE {schema}view_checkpoint SET latest_at = latest_at + 1",
        "UPDATE {schema}view_checkpoint SET state = 'x'",
        f"UPDATE {{schema}}view_checkpoint SET state = ({LAST})",
        "DELETE FROM {schema}view_checkpoint",
    ),
    "view_statement": (
        "UPDATE {schema}view_statement SET change = 0 WHERE kind = 'spend'",
        "DELETE FROM {schema}view_statement WHERE kind = 'spend'",
        "UPDATE {schema}view_statement SET position = -1 WHERE kind = 'spend'",
    ),
    "view_purchase": (
        "UPDATE {schema}view_purchase SET total = '1'",
        "UPDATE {schema}view_purchase SET member = 'bob'",
        "DELETE FROM {schema}view_purchase",
    ),
}


def fill(shop: Shop) -> None:
    """Give every table of the views a row."""
    shop.earn(10, entry_id="e")
    shop.hold(2, "h")
    shop.earn(9, "bob", entry_id="b")
    shop.spend(9, "bob")
    shop.reverse("b", member="bob")
    shop.buy("p", "3.00")
    for _ in range(2 * EVERY):
        shop.earn(1)
    shop.ledger.views.follow()
    assert all(view_rows(shop.ledger).values())


def differences_of(shop: Shop) -> list[Difference]:
    found = list(shop.ledger.views.differences())
    wrong = [one for one in found if isinstance(one, Difference)]
    assert wrong == found, "the views can follow"
    return wrong


@pytest.mark.parametrize(
    ("table", "statement"),
    [(table, one) for table, found in CHANGES.items() for one in found],
)
def test_finds_a_row_that_was_changed(
    store_url: str, table: str, statement: str
) -> None:
    with open_shop(url=store_url) as shop:
        fill(shop)
        assert list(shop.ledger.views.differences()) == []
        run_on_views(shop.ledger, statement)

        found = differences_of(shop)

        assert {one.table for one in found} == {table}
        assert all(one.stream is not None for one in found)


ORPHANS = {
    "view_account": "INSERT INTO {schema}view_account VALUES "
    "(99, 'account:shop:member:eve:points', 'shop', 'member', 'eve', 'points', "
    "0, NULL, 0)",
    "view_lot": "INSERT INTO {schema}view_lot VALUES "
    "(99, 'l', 0, 'l', 1, 1, 0, 0, NULL, NULL, NULL)",
    "view_checkpoint": "INSERT INTO {schema}view_checkpoint VALUES "
    "(99, 0, 16, 0, 0, 'x')",
    "view_pin": "INSERT INTO {schema}view_pin VALUES (99, 'h', 'l', 1, 0)",
    "view_debt": "INSERT INTO {schema}view_debt VALUES (99, 'e', 0, 0, 1)",
    "view_statement": "INSERT INTO {schema}view_statement VALUES "
    "(99, 'account:shop:member:eve:points', 0, 0, 'earn', 'e', 1, 1, 0, 0, 0)",
    "view_purchase": "INSERT INTO {schema}view_purchase VALUES "
    "(99, 'purchase:shop:x', 'shop', 'purchased', 'eve', 'x', NULL, 0, 0, '1', 'GBP')",
}


@pytest.mark.parametrize("table", ORPHANS)
def test_finds_rows_of_nothing_in_the_log(store_url: str, table: str) -> None:
    with open_shop(url=store_url) as shop:
        fill(shop)
        run_on_views(shop.ledger, ORPHANS[table])

        (found,) = differences_of(shop)

        assert found.table == table


def test_leaves_what_cannot_be_replayed_to_those_who_look_at_the_log(
    store_url: str,
) -> None:
    with open_shop(url=store_url) as shop:
        fill(shop)
        event = shop.earn(1).position
        shop.ledger.views.follow()
        run_on_views(
            shop.ledger,
            f"UPDATE {{schema}}ledger_event SET payload = '' WHERE id = {event}",
            "UPDATE {schema}view_lot SET remaining = 77 WHERE lot_id = 'b'",
        )

        found = differences_of(shop)

        assert {one.stream for one in found} == {"account:shop:member:bob:points"}
        with pytest.raises(DamagedEventError):
            shop.ledger.rebuild()
