"""What users of other systems complain about: refunds and claw-backs."""

from decimal import Decimal

import pytest

from loyaltyledger import (
    AlreadyExistsError,
    Basis,
    Expiry,
    ExpiryKind,
    HoldSettledError,
    PurchaseRecorded,
    RestoredPolicy,
    ReturnLine,
    ReturnRecorded,
    ReversalExceedsError,
    ReversalPolicy,
    Tender,
)
from shop import TICK, Shop, line, open_shop, point_type, programme, rate

IN_A_MONTH = Expiry(kind=ExpiryKind.ROLLING, days=30)


def test_earning_and_refunding_again_and_again_gains_nothing(shop: Shop) -> None:
    """Complaint 1."""
    for number in range(5):
        shop.buy(f"p{number}", "100.00")
        shop.give_back(f"p{number}", "r")

    assert shop.balance() == (0, 0, 0, 0)


def paid_with_points(shop: Shop) -> None:
    """Ann has 100, uses 40 for 10.00 of a sale of 50.00, and earns 40 on the rest."""
    shop.earn(100, entry_id="gift")
    shop.spend(40, entry_id="pay")
    tenders = (
        Tender(
            method="points",
            amount=Decimal("10.00"),
            entry_id="pay",
            point_type="points",
        ),
        Tender(method="card", amount=Decimal("40.00")),
    )
    shop.buy("p", line("1", "25.00", "2"), tenders=tenders)


def test_a_refund_never_charges_the_points_that_paid_again(shop: Shop) -> None:
    """Complaint 2."""
    paid_with_points(shop)

    shop.give_back("p", "r")

    assert shop.balance() == (100, 0, 0, 0)


def test_a_partial_refund_gives_back_its_part_of_the_points_that_paid(
    shop: Shop,
) -> None:
    """Complaint 2."""
    paid_with_points(shop)

    shop.give_back("p", "r", amount=Decimal("25.00"))

    assert shop.balance() == (60 + 20 + 20, 0, 0, 0)


@pytest.mark.parametrize("rates", [(rate(2),), ()], ids=["doubled", "deleted"])
def test_a_refund_undoes_what_was_recorded_whatever_the_rule_is_now(
    shop: Shop, rates: tuple[object, ...]
) -> None:
    """Complaint 3."""
    shop.buy("p", "50.00")
    shop.define(programme(point_type(rates=rates)))

    shop.give_back("p", "r")

    assert shop.balance() == (0, 0, 0, 0)


@pytest.mark.parametrize("quarter", ["0.75", "0.50"])
def test_small_refunds_add_up_to_one_large_refund(shop: Shop, quarter: str) -> None:
    """Complaint 4."""
    shop.buy("p", str(Decimal(quarter) * 4))
    earned = shop.free()

    for number in range(4):
        shop.give_back("p", f"r{number}", amount=Decimal(quarter))

    assert earned > 0
    assert shop.balance() == (0, 0, 0, 0)


def test_returning_what_earned_nothing_takes_no_points() -> None:
    """Complaint 5."""
    basis = Basis(excluded_categories=frozenset({"gift card"}))
    with open_shop() as shop:
        shop.define(programme(basis=basis))
        shop.buy("p", "70.00", line("card", "70.00", category="gift card"))

        shop.give_back("p", "r", lines=(ReturnLine(line_id="card"),))

        assert shop.balance() == (70, 0, 0, 0)


@pytest.mark.parametrize(
    ("policy", "balance", "not_recovered"),
    [
        (ReversalPolicy.DEBT, (0, 0, 0, 30), 0),
        (ReversalPolicy.WITHIN_BALANCE, (0, 0, 0, 0), 30),
        (ReversalPolicy.PENDING_ONLY, (20, 0, 0, 0), 50),
    ],
)
def test_the_policy_says_what_becomes_of_a_claw_back_of_spent_points(
    policy: ReversalPolicy, balance: tuple[int, ...], not_recovered: int
) -> None:
    """Complaint 6."""
    with open_shop(point_type(reversal=policy)) as shop:
        shop.buy("p", "50.00")
        shop.spend(30)

        receipt = shop.give_back("p", "r")

        assert shop.balance() == balance
        assert receipt.not_recovered == not_recovered


@pytest.mark.parametrize("policy", list(ReversalPolicy))
def test_a_claw_back_from_somebody_in_debt_raises_nothing(
    policy: ReversalPolicy,
) -> None:
    """Complaint 7."""
    with open_shop() as shop:
        shop.buy("p", "50.00")
        shop.buy("q", "20.00")
        shop.spend(70)
        shop.give_back("p", "r")
        assert shop.balance() == (0, 0, 0, 50)
        shop.define(programme(point_type(reversal=policy)))

        shop.give_back("q", "r")

        assert shop.balance()[:3] == (0, 0, 0)
        assert shop.balance()[3] >= 50


def test_a_cancelled_redemption_restores_the_lots_with_their_dates() -> None:
    """Complaint 8."""
    with open_shop(point_type(expiry=IN_A_MONTH)) as shop:
        shop.earn(10, entry_id="old")
        shop.clock.go(days=7)
        shop.earn(10, entry_id="new")
        before = shop.lots()
        shop.spend(15, entry_id="reward")
        shop.clock.go(days=7)

        shop.reverse("reward")

        assert shop.lots() == before


@pytest.mark.parametrize(
    ("restored", "days", "points"),
    [(RestoredPolicy.EXPIRE_AT_ONCE, 0, 0), (RestoredPolicy.GRACE, 14, 10)],
)
def test_the_policy_says_what_becomes_of_points_restored_to_a_dead_lot(
    restored: RestoredPolicy, days: int, points: int
) -> None:
    """Complaint 9."""
    kind = point_type(expiry=IN_A_MONTH, restored=restored, grace_days=days)
    with open_shop(kind) as shop:
        shop.earn(10)
        shop.spend(10, entry_id="reward")
        shop.clock.go(days=31)

        shop.reverse("reward")

        assert shop.free() == points
        shop.clock.go(days=14)
        assert shop.free() == 0
        assert shop.free(at=shop.clock.now - TICK) == points


def test_a_cancelled_order_after_the_bonus_was_spent_balances_line_by_line(
    shop: Shop,
) -> None:
    """Complaint 10."""
    shop.earn(50, entry_id="bonus")
    shop.spend(50, entry_id="discount")
    shop.earn(21, entry_id="order")
    shop.reverse("order")
    shop.reverse("discount")

    lines = shop.ledger.statement(
        programme_id="shop", member_id="ann", point_type="points"
    )

    assert [line.change for line in lines] == [50, -50, 21, -21, 50]
    assert [line.balance for line in lines] == [50, 0, 21, 0, 50]


def test_points_of_a_failed_payment_come_back_once(shop: Shop) -> None:
    """Complaint 11."""
    shop.earn(100)
    shop.hold(60, "checkout")
    first = shop.points("void", hold_id="checkout", key="payment failed")

    again = shop.points("void", hold_id="checkout", key="payment failed")
    with pytest.raises(HoldSettledError):
        shop.points("void", hold_id="checkout", key="payment expired")

    assert again == first
    assert shop.balance() == (100, 0, 0, 0)


def test_a_cancelled_spend_comes_back_once(shop: Shop) -> None:
    """Complaint 11."""
    shop.earn(100)
    shop.spend(60, entry_id="order")
    shop.reverse("order")

    with pytest.raises(ReversalExceedsError) as refused:
        shop.reverse("order")

    assert (refused.value.requested, refused.value.left) == (60, 0)
    assert shop.balance() == (100, 0, 0, 0)


def test_the_share_paid_with_points_is_not_refunded_in_money(shop: Shop) -> None:
    """Complaint 12."""
    shop.earn(88)
    shop.spend(88, entry_id="pay")
    by_points = Tender(
        method="points", amount=Decimal("0.88"), entry_id="pay", point_type="points"
    )
    by_card = Tender(method="card", amount=Decimal("35.21"))
    shop.buy("p", "36.09", tenders=(by_points, by_card))

    (returned,) = shop.give_back("p", "r").of(ReturnRecorded)

    assert [(one.method, str(one.amount)) for one in returned.refunds] == [
        ("points", "0.88"),
        ("card", "35.21"),
    ]
    assert shop.balance() == (88, 0, 0, 0)


def test_an_order_completed_again_earns_again_under_a_new_id(shop: Shop) -> None:
    """Complaint 13."""
    shop.buy("p", "50.00")
    shop.give_back("p", "cancelled")

    with pytest.raises(AlreadyExistsError):
        shop.buy("p", "50.00")
    shop.buy("p again", "50.00")

    assert shop.balance() == (50, 0, 0, 0)


def test_a_return_cancelled_again_gives_back_what_it_took(shop: Shop) -> None:
    """Complaint 13."""
    shop.buy("p", "50.00")
    shop.give_back("p", "mistake")

    shop.do("cancel_return", purchase_id="p", return_id="mistake")

    assert shop.balance() == (50, 0, 0, 0)


def test_a_line_that_takes_back_lowers_the_cart_by_itself_only(shop: Shop) -> None:
    """Complaint 14."""
    (sale,) = shop.buy("p", "70.00", line("back", "20.00", "-1")).of(PurchaseRecorded)

    assert shop.balance() == (50, 0, 0, 0)
    assert [share.points for share in sale.awards[0].shares] == [70, -20]


def test_a_refund_goes_back_to_the_gift_card_that_paid(shop: Shop) -> None:
    """Complaint 15."""
    card = Tender(method="gift_card", amount=Decimal("30.00"))
    cash = Tender(method="cash", amount=Decimal("10.00"))
    shop.buy("p", "40.00", tenders=(card, cash))
    assert shop.balance() == (10, 0, 0, 0), "a gift card was paid for before"

    (returned,) = shop.give_back("p", "r", amount=Decimal("20.00")).of(ReturnRecorded)

    assert [(one.method, one.amount) for one in returned.refunds] == [
        ("gift_card", Decimal("15.00")),
        ("cash", Decimal("5.00")),
    ]
    assert shop.balance() == (5, 0, 0, 0)
