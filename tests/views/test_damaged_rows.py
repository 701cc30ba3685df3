"""Rows of a view that cannot be read are said to be so, and made again."""

from collections.abc import Callable

import pytest

from loyaltyledger import (
    AccountId,
    FindingKind,
    Ledger,
    StoreCorruptError,
    migrate,
)
from shop import Shop, open_shop
from views.history import run_on_views, view_rows

ANN = AccountId(
    programme_id="shop", owner_kind="member", owner_id="ann", point_type="points"
)
Ask = Callable[[Ledger], object]


def balances(ledger: Ledger) -> object:
    return dict(ledger.balances(programme_id="shop"))


def liability(ledger: Ledger) -> object:
    return ledger.liability(programme_id="shop")


def lots(ledger: Ledger) -> object:
    return ledger.views.lots(ANN)


def statement(ledger: Ledger) -> object:
    return ledger.views.statement(ANN)


def purchases(ledger: Ledger) -> object:
    return ledger.purchases(programme_id="shop", member_id="ann")


FAR = 2**63 - 1
FIRST_DAY = -62135596800000000  # of year 1, and before it in London
ON_EVERY_ENGINE: list[tuple[str, str, Ask]] = [
    ("accounts", f"view_lot SET expires_at = {FAR}", balances),
    ("accounts", f"view_lot SET expires_at = {FAR}", liability),
    ("accounts", f"view_lot SET expires_at = {FAR}", lots),
    ("accounts", f"view_lot SET expires_at = {FIRST_DAY}", liability),
    ("accounts", "view_account SET owner_kind = 'x' WHERE owner = 'ann'", balances),
    ("statements", f"view_statement SET at = {FAR}", statement),
    ("purchases", "view_purchase SET kind = 'x'", purchases),
    ("purchases", "view_purchase SET total = 'x'", purchases),
    ("purchases", f"view_purchase SET at = {FAR}", purchases),
    ("purchases", f"view_purchase SET recorded_at = {FAR}", purchases),
]
ON_SQLITE: list[tuple[str, str, Ask]] = [
    ("accounts", "view_lot SET expires_at = 'x'", balances),
    ("accounts", "view_lot SET expires_at = 'x'", liability),
    ("accounts", "view_lot SET expires_at = 'x'", lots),
    ("statements", "view_statement SET recorded_at = 'x'", statement),
    ("purchases", "view_purchase SET at = 'x'", purchases),
    ("purchases", "view_position SET version = 'x' WHERE name = 'purchases'", lots),
    ("accounts", "view_position SET position = 'x' WHERE name = 'accounts'", balances),
]


def fill(shop: Shop) -> None:
    shop.earn(10, entry_id="e")
    shop.buy("p", "3.00")
    shop.ledger.views.follow()


def check(shop: Shop, view: str, damage: str, ask: Ask) -> None:
    """Damage rows, ask, and make the views again."""
    answer, rows = ask(shop.ledger), view_rows(shop.ledger)
    run_on_views(shop.ledger, f"UPDATE {{schema}}{damage}")

    with pytest.raises(
        StoreCorruptError, match="rebuild makes the views anew"
    ) as found:
        ask(shop.ledger)

    assert f"view {view!r}" in str(found.value)
    verified = shop.ledger.verify()
    assert verified.kinds() == {FindingKind.VIEW_MISMATCH}, verified.findings
    shop.ledger.rebuild()
    assert view_rows(shop.ledger) == rows
    assert ask(shop.ledger) == answer


@pytest.mark.parametrize(("view", "damage", "ask"), ON_EVERY_ENGINE)
def test_a_row_that_cannot_be_is_told_and_healed(
    store_url: str, view: str, damage: str, ask: Ask
) -> None:
    with open_shop(url=store_url) as shop:
        fill(shop)
        check(shop, view, damage, ask)


@pytest.mark.parametrize(("view", "damage", "ask"), ON_SQLITE)
def test_a_row_of_another_type_is_told_and_healed(
    sqlite_url: str, view: str, damage: str, ask: Ask
) -> None:
    with open_shop(url=sqlite_url) as shop:
        fill(shop)
        check(shop, view, damage, ask)


def test_a_row_that_nothing_can_follow_is_not_the_fault_of_the_event(
    sqlite_url: str,
) -> None:
    with open_shop(url=sqlite_url) as shop:
        fill(shop)
        run_on_views(shop.ledger, "UPDATE view_lot SET remaining = 'x'")
        shop.spend(3)

        with pytest.raises(StoreCorruptError, match="remaining in view_lot of view"):
            shop.ledger.views.follow()

        assert shop.ledger.verify().kinds() == {FindingKind.VIEW_MISMATCH}
        shop.ledger.rebuild()
        assert shop.ledger.verify().is_sound


def test_migrating_makes_a_view_of_no_version_anew(sqlite_url: str) -> None:
    with open_shop(url=sqlite_url) as shop:
        fill(shop)
        run_on_views(
            shop.ledger,
            "UPDATE view_position SET version = 'x' WHERE name = 'accounts'",
        )

        assert migrate(sqlite_url) == ("view-accounts",)

        assert shop.ledger.verify().is_sound
