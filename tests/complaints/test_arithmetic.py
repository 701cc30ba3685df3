"""What users of other systems complain about: arithmetic."""

from decimal import Decimal

import pytest

from loyaltyledger import (
    Currency,
    InvalidMoneyError,
    InvalidPointsError,
    PurchaseRecorded,
    Rest,
    ReturnLine,
    Rounding,
    Steps,
    Tender,
)
from shop import Shop, basket, line, open_shop, point_type, programme, rate


def test_tenths_add_up_without_dust() -> None:
    """Complaint 23."""
    with open_shop(point_type(rates=(rate(1, "0.10"),))) as shop:
        shop.buy("p", "0.10", "0.20")

        assert shop.free() == 3
        shop.spend(3)


def test_a_float_is_no_price() -> None:
    """Complaint 23."""
    with pytest.raises(InvalidMoneyError) as refused:
        line("1", "1.00", discount=0.1)

    assert refused.value.field == "discount"


@pytest.mark.parametrize(("code", "price"), [("JPY", "150"), ("KWD", "150.123")])
def test_the_rounding_of_a_currency_never_touches_points(code: str, price: str) -> None:
    """Complaint 24."""
    with open_shop() as shop:
        shop.define(
            programme(
                point_type(rates=(rate(1, "100", currency=code),)),
                currencies=(Currency(code=code),),
            )
        )
        shop.buy("p", price, currency=code)

        assert shop.free() == 1
        shop.give_back("p", "r")
        assert shop.free() == 0


def test_an_order_below_half_a_unit_still_counts() -> None:
    """Complaint 25."""
    with open_shop(point_type(rates=(rate(1, "0.10"),))) as shop:
        (sale,) = shop.buy("p", "0.40").of(PurchaseRecorded)

        assert (sale.total, shop.free()) == (Decimal("0.40"), 4)


def test_each_currency_earns_at_its_own_rate_or_not_at_all() -> None:
    """Complaint 26."""
    codes = ("GBP", "JPY", "EUR")
    with open_shop() as shop:
        shop.define(
            programme(
                point_type(rates=(rate(), rate(1, "200", currency="JPY"))),
                currencies=tuple(Currency(code=code) for code in codes),
            )
        )
        shop.buy("pounds", "100.00", currency="GBP")
        assert shop.free() == 100
        shop.buy("yen", "17000", currency="JPY")
        assert shop.free() == 185
        shop.buy("euros", "100.00", currency="EUR")
        assert shop.free() == 185


def test_a_currency_that_the_programme_does_not_take_is_refused(shop: Shop) -> None:
    """Complaint 26."""
    with pytest.raises(InvalidMoneyError) as refused:
        shop.buy("p", "100.00", currency="USD")

    assert refused.value.field == "currency"


@pytest.mark.parametrize(
    ("steps", "points"), [(Steps.WHOLE, 5), (Steps.PROPORTIONAL, 6)]
)
def test_five_points_per_two_and_a_half_are_five_of_three(
    steps: Steps, points: int
) -> None:
    """Complaint 27."""
    with open_shop(point_type(rates=(rate(5, "2.50", steps=steps),))) as shop:
        shop.buy("p", "3.00")

        assert shop.free() == points


@pytest.mark.parametrize(
    ("rounding", "points"),
    [
        (Rounding.FLOOR, 1),
        (Rounding.TRUNCATE, 1),
        (Rounding.HALF_UP, 2),
        (Rounding.HALF_EVEN, 2),
        (Rounding.CEILING, 2),
    ],
)
def test_a_rate_that_comes_to_a_fraction_still_earns(
    rounding: Rounding, points: int
) -> None:
    """Complaint 28."""
    by_half = rate(1, "2", steps=Steps.PROPORTIONAL, rounding=rounding)
    with open_shop(point_type(rates=(by_half,))) as shop:
        shop.buy("p", "3.00")

        assert shop.free() == points


def test_zero_is_refused_and_not_taken_for_everything(shop: Shop) -> None:
    """Complaint 29."""
    shop.earn(100)
    shop.hold(50, "cart")

    with pytest.raises(InvalidPointsError):
        shop.points("capture", hold_id="cart", points=0, rest=Rest.RELEASE)
    with pytest.raises(InvalidPointsError):
        shop.spend(0)

    assert shop.balance() == (100, 50, 0, 0)


def test_payments_make_up_the_total_to_the_last_penny(shop: Shop) -> None:
    """Complaint 30."""
    lines = ("0.33", "0.33", "0.33")
    paid = Tender(method="card", amount=Decimal("0.89"))

    shop.buy("p", *lines, discount=Decimal("0.10"), tenders=(paid,))
    with pytest.raises(InvalidMoneyError) as refused:
        shop.buy("q", *lines, discount=Decimal("0.11"), tenders=(paid,))

    assert refused.value.field == "tenders"


def test_the_lines_refunded_one_by_one_leave_no_remainder(shop: Shop) -> None:
    """Complaint 30."""
    shop.buy("p", "0.33", "0.33", "0.33", discount=Decimal("0.10"))

    refunded = [
        shop.give_back("p", f"r{n}", lines=(ReturnLine(line_id=str(n)),))
        .events[-1]
        .event.amount
        for n in (1, 2, 3)
    ]

    assert sum(refunded) == Decimal("0.89")


def test_the_award_is_what_the_quote_said(shop: Shop) -> None:
    """Complaint 31."""
    bought = basket("9.99", "70.00", discount=Decimal("5.55"))
    quoted = shop.ledger.quote(programme_id="shop", basket=bought)

    receipt = shop.do(
        "record_purchase",
        member_id="ann",
        purchase_id="p",
        basket=bought,
        quote=quoted,
    )

    (sale,) = receipt.of(PurchaseRecorded)
    assert sale.awards == quoted.awards
    assert shop.free() == quoted.points("points") == 74


def test_a_basket_that_needs_fewer_points_takes_fewer(shop: Shop) -> None:
    """Complaint 32."""
    shop.earn(100)
    shop.hold(100, "cart")

    shop.points("capture", hold_id="cart", points=60, rest=Rest.RELEASE)

    assert shop.balance() == (40, 0, 0, 0)
