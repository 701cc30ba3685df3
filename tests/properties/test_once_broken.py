"""What random histories have found, each as small as it can be told."""

from datetime import timedelta
from typing import Any

import pytest

from loyaltyledger import DebtPaid, Ledger
from loyaltyledger.kernel.errors import InsufficientPointsError
from model.points_model import Terms
from model.shop import POINTS, SHOP, START, Clock, basket_of, open_shop

ANN: dict[str, Any] = {"member_id": "ann", **POINTS}
BOB: dict[str, Any] = {"member_id": "bob", **POINTS}
DAY = timedelta(days=1)


def after(clock: Clock, days: int) -> None:
    clock.now = START + days * DAY


def test_a_lot_is_not_spent_before_it_was_granted() -> None:
    clock = Clock()
    ledger = open_shop("memory:", Terms(), clock)
    after(clock, 9)
    ledger.earn(
        key="e", points=5, at=START + 5 * DAY, available_from=START + DAY, **ANN
    )

    with pytest.raises(InsufficientPointsError):
        ledger.spend(key="s", points=5, at=START + 3 * DAY, **ANN)

    assert ledger.balance(at=START + 4 * DAY, **ANN).available == 0


def test_points_that_wait_are_not_clawed_back_before_they_were_granted() -> None:
    clock = Clock()
    terms = Terms(pending="event", reversal="pending_only")
    ledger = open_shop("memory:", terms, clock)
    after(clock, 9)
    ledger.earn(key="e", points=5, at=START + 5 * DAY, **ANN)

    ledger.return_unlinked(
        key="u",
        member_id="ann",
        return_id="u",
        basket=basket_of({"1": (1, 600)}),
        at=START + 3 * DAY,
        **SHOP,
    )

    assert ledger.balance(at=START + 4 * DAY, **ANN).pending == 0
    assert ledger.balance(**ANN).pending == 5


@pytest.mark.parametrize("is_swept", [True, False])
def test_what_lapses_pays_what_is_owed_before_its_lot_dies(is_swept: bool) -> None:  # noqa: FBT001  # a parameter of the test
    clock = Clock()
    ledger = open_shop("memory:", Terms(), clock)
    ledger.earn(key="first", points=10, **ANN)
    ledger.spend(key="s", points=10, **ANN)
    ledger.earn(key="second", points=10, expires_at=START + 7 * DAY, **ANN)
    ledger.hold(key="h", points=5, lapses_at=START + 6 * DAY, **ANN)
    ledger.hold(key="longer", points=5, lapses_at=START + 8 * DAY, **ANN)
    after(clock, 1)
    ledger.reverse(key="r", entry_id="first", **ANN)

    after(clock, 6)
    if is_swept:
        ledger.sweep()
    after(clock, 9)

    assert ledger.balance(**ANN).debt == 5


def test_a_late_debt_is_paid_by_what_was_there_before_its_lot_died() -> None:
    clock = Clock()
    ledger = open_shop("memory:", Terms(), clock)
    ledger.earn(key="gone", points=10, **ANN)
    ledger.spend(key="s", points=10, **ANN)
    ledger.earn(key="lot", points=10, expires_at=START + 7 * DAY, **ANN)
    ledger.spend(key="two", points=2, **ANN)
    after(clock, 9)
    ledger.reverse(key="given back too late", entry_id="two", **ANN)

    ledger.reverse(key="late", entry_id="gone", at=START + 3 * DAY, **ANN)

    assert ledger.balance(**ANN).debt == 2, "of ten, eight were there on the third day"


def test_a_closed_account_never_owes_again() -> None:
    clock = Clock()
    ledger = open_shop("memory:", Terms(), clock)
    owe(ledger)
    ledger.reverse(key="back", entry_id="r", **ANN)
    ledger.close_member(key="c", member_id="ann", **SHOP)

    ledger.reverse(key="again", entry_id="back", **ANN)

    assert ledger.balance(**ANN).debt == 0


def owe(ledger: Ledger) -> None:
    """Make ten points of debt, by the reversal *r*."""
    ledger.earn(key="e", points=10, **ANN)
    ledger.spend(key="s", points=10, **ANN)
    ledger.reverse(key="r", entry_id="e", **ANN)


def test_undoing_the_undoing_of_dead_points_gives_them_no_grace() -> None:
    clock = Clock()
    terms = Terms(expiry="rolling", expiry_days=3, grace_days=7)
    ledger = open_shop("memory:", terms, clock)
    ledger.earn(key="e", points=5, **ANN)
    after(clock, 4)

    ledger.reverse(key="r", entry_id="e", **ANN)
    ledger.reverse(key="back", entry_id="r", **ANN)

    assert ledger.balance(**ANN).outstanding == 0


def test_points_that_a_hold_kept_alive_have_their_grace() -> None:
    clock = Clock()
    terms = Terms(expiry="rolling", expiry_days=3, grace_days=7)
    ledger = open_shop("memory:", terms, clock)
    ledger.earn(key="e", points=5, **ANN)
    ledger.hold(key="h", points=5, lapses_at=START + 5 * DAY, **ANN)
    after(clock, 4)

    ledger.capture(key="c", hold_id="h", **ANN)
    ledger.reverse(key="r", entry_id="c", **ANN)

    assert ledger.balance(**ANN).free == 5


def shop_that_owes_until_tomorrow(clock: Clock, *, is_swept: bool) -> Ledger:
    """Bob owes five points; what he bought for pays two of them tomorrow."""
    terms = Terms(pending="duration", pending_days=1)
    ledger = open_shop("memory:", terms, clock)
    ledger.earn(key="e", points=20, available_from=START, **ANN)
    basket = basket_of({"a": (3, 246)})
    ledger.record_purchase(
        key="p", purchase_id="p1", member_id="bob", basket=basket, **SHOP
    )
    ledger.return_unlinked(
        key="u",
        member_id="bob",
        return_id="u1",
        basket=basket_of({"1": (1, 1500)}),
        **SHOP,
    )
    after(clock, 2)
    if is_swept:
        ledger.sweep()
    return ledger


@pytest.mark.parametrize("is_swept", [True, False])
def test_a_sweep_does_not_decide_which_lot_pays(is_swept: bool) -> None:  # noqa: FBT001  # a parameter of the test
    clock = Clock()
    ledger = shop_that_owes_until_tomorrow(clock, is_swept=is_swept)

    ledger.transfer(key="late", points=4, to_member="bob", at=START, **ANN)

    assert [(lot.lot_id, lot.points) for lot in ledger.lots(**BOB)] == [
        ("purchase:p1", 1)
    ]
    assert not ledger.verify().findings
    assert not ledger.replay().findings


@pytest.mark.parametrize("is_swept", [True, False])
def test_a_late_capture_has_its_points_even_if_a_sweep_had_paid_with_them(
    is_swept: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    clock = Clock()
    ledger = open_shop("memory:", Terms(), clock)
    ledger.earn(key="held", points=5, **ANN)
    ledger.hold(key="h", points=5, lapses_at=START + DAY, **ANN)
    owe(ledger)
    after(clock, 2)
    if is_swept:
        ledger.sweep()

    ledger.capture(key="late", hold_id="h", at=START, **ANN)

    balance = ledger.balance(**ANN)
    assert (balance.available, balance.debt) == (0, 10)
    assert not ledger.verify().findings
    assert not ledger.replay().findings


def test_debts_that_are_taken_up_again_are_paid_the_oldest_first() -> None:
    clock = Clock()
    ledger = open_shop("memory:", Terms(), clock)
    for name in ("first", "second"):
        ledger.earn(key=name, points=3, **ANN)
    ledger.spend(key="both", points=6, **ANN)
    for name in ("first", "second"):
        ledger.reverse(key=f"undo {name}", entry_id=name, **ANN)
    ledger.earn(key="soon", points=3, available_from=START + DAY, **ANN)
    after(clock, 2)
    ledger.sweep()

    receipt = ledger.earn(key="late", points=4, at=START, **ANN)

    assert [(one.entry_id, one.lot_id, one.points) for one in receipt.of(DebtPaid)] == [
        ("undo first", "soon", -3),
        ("undo first", "late", 3),
        ("undo second", "late", 1),
        ("undo second", "soon", 2),
    ]


def test_what_a_hold_pins_is_not_taken_for_what_is_dead() -> None:
    clock = Clock()
    ledger = open_shop("memory:", Terms(), clock)
    ledger.earn(key="e", points=4, expires_at=START + 5 * DAY, **ANN)
    ledger.hold(key="h", points=2, lapses_at=START + 9 * DAY, **ANN)
    after(clock, 6)
    ledger.sweep()

    ledger.spend(key="late", points=2, at=START + DAY, **ANN)

    balance = ledger.balance(**ANN)
    assert (balance.available, balance.held) == (2, 2)
