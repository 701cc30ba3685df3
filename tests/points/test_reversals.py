"""Undoing: whole, in parts, again, and of what was undone; exactly as recorded."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from loyaltyledger import (
    AlreadyExistsError,
    DebtPaid,
    Expiry,
    ExpiryKind,
    Pending,
    PendingKind,
    RestoredPolicy,
    ReversalExceedsError,
    ReversalPolicy,
    Reverse,
    Reversed,
    UnknownEntryError,
)
from loyaltyledger.points import Account, Terms, decide
from shop import NOW, TICK, Shop, basket, open_shop, point_type

A_DAY = timedelta(days=1)
TEN_DAYS = Expiry(kind=ExpiryKind.ROLLING, days=10)
IN_TWO_DAYS = Pending(kind=PendingKind.DURATION, days=2)


@pytest.mark.parametrize("parts", [(100,), (99, 1), (30, 30, 40), (1, 98, 1)])
def test_an_earn_undone_in_any_split_is_gone(
    shop: Shop, parts: tuple[int, ...]
) -> None:
    shop.earn(100, entry_id="gift")

    for points in parts:
        shop.reverse("gift", points=points)

    assert shop.balance() == (0, 0, 0, 0)
    with pytest.raises(ReversalExceedsError):
        shop.reverse("gift", points=1)


def test_a_spend_undone_in_part_fills_the_last_lot_first(shop: Shop) -> None:
    shop.earn(10, entry_id="soon", expires_at=NOW + A_DAY)
    shop.earn(10, entry_id="late", expires_at=NOW + 2 * A_DAY)
    shop.spend(20, entry_id="order")

    shop.reverse("order", points=12)

    assert [lot[:2] for lot in shop.lots()] == [("soon", 2), ("late", 10)]
    shop.reverse("order", points=3)
    assert [lot[:2] for lot in shop.lots()] == [("soon", 5), ("late", 10)]


def test_a_spend_undone_by_less_than_its_last_lot_touches_no_other(shop: Shop) -> None:
    shop.earn(10, entry_id="soon", expires_at=NOW + A_DAY)
    shop.earn(10, entry_id="late", expires_at=NOW + 2 * A_DAY)
    shop.spend(20, entry_id="order")

    shop.reverse("order", points=5)

    assert [lot[:2] for lot in shop.lots()] == [("late", 5)]


def test_a_capture_is_undone_like_a_spend(shop: Shop) -> None:
    shop.earn(10)
    shop.hold(6, "cart")
    shop.points("capture", hold_id="cart", entry_id="paid")

    shop.reverse("paid")

    assert shop.balance() == (10, 0, 0, 0)


@pytest.mark.parametrize("points", [5, -5])
def test_an_adjustment_is_undone_either_way(shop: Shop, points: int) -> None:
    shop.earn(10)
    shop.points("adjust", points=points, actor="a", reason="r", entry_id="slip")

    shop.reverse("slip")

    assert shop.balance() == (10, 0, 0, 0)


def test_a_pending_earn_is_undone_where_it_stands() -> None:
    with open_shop(point_type(pending=IN_TWO_DAYS)) as shop:
        shop.earn(10, entry_id="gift")

        shop.reverse("gift", points=4)

        assert shop.balance() == (0, 0, 6, 0)


def test_only_what_is_pending_is_taken_where_the_policy_says_so() -> None:
    kind = point_type(reversal=ReversalPolicy.PENDING_ONLY, pending=IN_TWO_DAYS)
    with open_shop(kind) as shop:
        shop.earn(10, entry_id="gift")
        shop.clock.go(days=2)
        late = shop.reverse("gift", points=4)
        shop.earn(10, entry_id="other")
        early = shop.reverse("other")

        assert (late.not_recovered, early.not_recovered) == (4, 0)
        assert shop.balance() == (10, 0, 0, 0)


def test_an_unlinked_claw_back_takes_pending_points_oldest_first() -> None:
    kind = point_type(reversal=ReversalPolicy.PENDING_ONLY, pending=IN_TWO_DAYS)
    with open_shop(kind) as shop:
        shop.earn(10, entry_id="first")
        shop.earn(10, entry_id="second")
        shop.reverse("first", points=10)
        shop.earn(10, entry_id="third")
        shop.do(
            "return_unlinked", member_id="ann", return_id="r", basket=basket("12.00")
        )

        assert [lot[:2] for lot in shop.lots()] == [("third", 8)]


def test_what_was_spent_is_taken_from_other_lots_where_the_policy_says_so() -> None:
    with open_shop(point_type(reversal=ReversalPolicy.WITHIN_BALANCE)) as shop:
        shop.earn(10, entry_id="gift")
        shop.spend(10)
        shop.earn(3)
        shop.earn(4)

        receipt = shop.reverse("gift")

        assert receipt.not_recovered == 3
        assert shop.balance() == (0, 0, 0, 0)


def test_points_that_are_held_are_not_taken_back(shop: Shop) -> None:
    shop.earn(10, entry_id="gift")
    shop.hold(4, "cart")

    shop.reverse("gift")

    assert shop.balance() == (4, 4, 0, 4)
    shop.points("void", hold_id="cart")
    assert shop.balance() == (0, 0, 0, 0), "what is free again pays the debt"


def test_debt_is_paid_by_what_is_earned_later_and_by_no_more(shop: Shop) -> None:
    shop.earn(10, entry_id="gift")
    shop.spend(10)
    shop.reverse("gift")

    receipt = shop.earn(4)
    assert [event.points for event in receipt.of(DebtPaid)] == [4]
    assert shop.balance() == (0, 0, 0, 6)
    shop.earn(7)
    assert shop.balance() == (1, 0, 0, 0)


def test_debt_waits_until_pending_points_are_usable(shop: Shop) -> None:
    shop.earn(10, entry_id="gift")
    shop.spend(10)
    shop.reverse("gift")
    shop.earn(10, available_from=NOW + A_DAY)

    assert shop.balance(at=NOW + A_DAY - TICK) == (0, 0, 10, 10)
    assert shop.balance(at=NOW + A_DAY) == (0, 0, 0, 0)


def test_the_oldest_debt_is_paid_first(shop: Shop) -> None:
    for name in ("first", "second"):
        shop.earn(10, entry_id=name)
    shop.spend(20)
    for name in ("first", "second"):
        shop.reverse(name, reversal_id=f"no {name}")

    receipt = shop.earn(15)

    paid = [(event.entry_id, event.points) for event in receipt.of(DebtPaid)]
    assert paid == [("no first", 10), ("no second", 5)]


def test_a_claw_back_undone_forgives_its_debt(shop: Shop) -> None:
    shop.earn(10, entry_id="gift")
    shop.spend(6)
    shop.reverse("gift", reversal_id="mistake")
    assert shop.balance() == (0, 0, 0, 6)

    shop.reverse("mistake")

    assert shop.balance() == (4, 0, 0, 0)


def test_a_claw_back_undone_gives_back_what_had_paid_its_debt(shop: Shop) -> None:
    shop.earn(10, entry_id="gift")
    shop.spend(10)
    shop.reverse("gift", reversal_id="mistake")
    shop.earn(2, entry_id="a")
    shop.earn(3, entry_id="b")
    assert shop.balance() == (0, 0, 0, 5)

    shop.reverse("mistake", points=6)
    assert shop.balance() == (1, 0, 0, 0)
    assert [lot[:2] for lot in shop.lots()] == [("b", 1)], "the last payer first"
    shop.reverse("mistake")

    assert shop.balance() == (5, 0, 0, 0)
    assert [lot[:2] for lot in shop.lots()] == [("a", 2), ("b", 3)]


def test_a_lost_claw_back_undone_gives_back_nothing() -> None:
    with open_shop(point_type(reversal=ReversalPolicy.WITHIN_BALANCE)) as shop:
        shop.earn(10, entry_id="gift")
        shop.spend(7)
        shop.reverse("gift", reversal_id="mistake")
        assert shop.balance() == (0, 0, 0, 0)

        shop.reverse("mistake")

        assert shop.balance() == (3, 0, 0, 0)


def test_undoing_an_undoing_can_itself_be_undone(shop: Shop) -> None:
    shop.earn(10, entry_id="gift")
    shop.reverse("gift", reversal_id="no")
    shop.reverse("no", reversal_id="yes")
    assert shop.balance() == (10, 0, 0, 0)

    shop.reverse("yes")

    assert shop.balance() == (0, 0, 0, 0)


def test_undoing_an_earn_reaches_what_cancelled_undoings_brought_back(
    shop: Shop,
) -> None:
    shop.earn(10, entry_id="gift")
    shop.reverse("gift", points=6, reversal_id="no")
    shop.reverse("no", reversal_id="yes")

    receipt = shop.reverse("gift", reversal_id="all")

    assert [one.entry_id for one in receipt.of(Reversed)] == ["all", "all#2"]
    assert shop.balance() == (0, 0, 0, 0)
    shop.reverse("all")
    assert shop.balance() == (10, 0, 0, 0)


def test_undoing_a_part_begins_with_what_was_brought_back_last(shop: Shop) -> None:
    shop.earn(10, entry_id="gift")
    shop.reverse("gift", points=6, reversal_id="no")
    shop.reverse("no", reversal_id="yes")

    (undone,) = shop.reverse("gift", points=5).of(Reversed)

    assert undone.reverses == "yes"
    assert shop.balance() == (5, 0, 0, 0)


@pytest.mark.parametrize("policy", [ReversalPolicy.DEBT, ReversalPolicy.WITHIN_BALANCE])
def test_forgiveness_undone_is_as_if_it_had_never_been(policy: ReversalPolicy) -> None:
    with open_shop(point_type(reversal=policy)) as shop:
        shop.earn(10, entry_id="gift")
        shop.spend(6)
        shop.reverse("gift", reversal_id="no")
        before = shop.balance()
        shop.reverse("no", reversal_id="yes")

        shop.reverse("yes")

        assert shop.balance() == before


def test_an_entry_that_was_never_recorded_is_not_undone() -> None:
    terms = Terms(kind=point_type(), tz=ZoneInfo("Europe/London"), at=NOW)
    command = Reverse(
        key="k",
        programme_id="shop",
        member_id="ann",
        point_type="points",
        entry_id="gift",
    )

    with pytest.raises(UnknownEntryError):
        decide(command, Account(), terms)


def test_what_continues_a_reversal_never_takes_the_id_of_another(shop: Shop) -> None:
    shop.earn(1, entry_id="all#2")
    shop.earn(10, entry_id="gift")
    shop.reverse("gift", points=6, reversal_id="no")
    shop.reverse("no")

    receipt = shop.reverse("gift", reversal_id="all")

    assert [one.entry_id for one in receipt.of(Reversed)] == ["all", "all#3"]
    assert shop.balance() == (1, 0, 0, 0)


def test_a_reversal_needs_an_id_of_its_own(shop: Shop) -> None:
    shop.earn(10, entry_id="gift")

    with pytest.raises(AlreadyExistsError):
        shop.reverse("gift", reversal_id="gift")


def test_a_grace_makes_one_lot_for_each_that_had_died() -> None:
    kind = point_type(expiry=TEN_DAYS, restored=RestoredPolicy.GRACE, grace_days=5)
    with open_shop(kind) as shop:
        shop.earn(10, entry_id="a")
        shop.earn(10, entry_id="b")
        shop.spend(20, entry_id="order")
        shop.clock.go(days=9)
        shop.earn(10, entry_id="no/1")
        shop.clock.go(days=1)
        end = shop.clock.now + 5 * A_DAY

        shop.reverse("order", reversal_id="no")

        lots = {lot: (points, dies) for lot, points, dies in shop.lots()}
        assert lots["no/2"] == lots["no/3"] == (10, end)
        assert shop.balance() == (30, 0, 0, 0)
        shop.reverse("no")
        assert shop.balance() == (10, 0, 0, 0)


def test_a_grace_is_not_for_what_is_alive() -> None:
    kind = point_type(expiry=TEN_DAYS, restored=RestoredPolicy.GRACE, grace_days=5)
    with open_shop(kind) as shop:
        shop.earn(10, entry_id="a")
        shop.spend(10, entry_id="order")
        before = NOW + 10 * A_DAY

        shop.clock.now = before - TICK
        shop.reverse("order")

        assert shop.lots() == [("a", 10, before)]


def test_an_undoing_is_never_dated_before_what_it_undoes(shop: Shop) -> None:
    shop.earn(10, entry_id="gift")

    (undone,) = shop.reverse("gift", at=NOW - A_DAY).of(Reversed)

    assert undone.at == NOW


def test_a_late_claw_back_takes_no_more_than_every_later_day_had(shop: Shop) -> None:
    shop.earn(10, entry_id="gift")
    shop.clock.go(days=2)
    shop.spend(7)
    shop.clock.go(days=2)
    shop.earn(20)

    shop.reverse("gift", at=NOW + A_DAY)

    assert shop.balance(at=NOW + A_DAY) == (0, 0, 0, 0), "what was there paid"
    assert shop.balance(at=NOW + 2 * A_DAY) == (0, 0, 0, 7)
    assert shop.balance() == (13, 0, 0, 0)


def test_a_late_debt_is_paid_by_what_has_expired_since() -> None:
    with open_shop(point_type(expiry=TEN_DAYS)) as shop:
        shop.earn(10, entry_id="gift")
        shop.spend(10)
        shop.clock.go(days=1)
        shop.earn(10)
        shop.clock.go(days=20)
        shop.ledger.sweep()

        shop.reverse("gift", at=NOW + TICK)

        assert shop.balance(at=NOW + TICK) == (0, 0, 0, 10)
        assert shop.balance(at=NOW + A_DAY) == (0, 0, 0, 0)
        assert shop.balance() == (0, 0, 0, 0)
