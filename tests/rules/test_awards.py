"""What a basket earns, line by line."""

from decimal import Context, Decimal, localcontext
from typing import Any

import pytest

from loyaltyledger import Basis, InvalidInputError, InvalidMoneyError, TaxBasis, Tender
from loyaltyledger.rules import points_for, value
from shop import basket, line, point_type, programme, rate

MONEY = Decimal


def worth(*lines: Any, basis: Basis | None = None, **fields: Any) -> list[int]:
    """Return the points of each line, at one for each pound."""
    made = programme(basis=basis or Basis())
    (award,) = value(basket(*lines, **fields), made).awards
    shares = [share.points for share in award.shares]
    assert sum(shares) == award.points
    return shares


@pytest.mark.parametrize(
    ("basis", "points"),
    [("-1.00", 0), ("0.00", 0), ("2.49", 0), ("2.50", 5), ("4.99", 5), ("5.00", 10)],
)
def test_whole_steps_count_from_the_first_full_one(basis: str, points: int) -> None:
    assert points_for(MONEY(basis), rate(5, "2.50")) == points


def test_a_fraction_of_a_point_goes_to_the_line_with_the_largest_remainder() -> None:
    assert worth("0.60", "0.90", "0.50") == [1, 1, 0]
    assert worth("0.50", "0.50") == [1, 0], "of equals the first"


def test_excluded_lines_earn_nothing() -> None:
    basis = Basis(
        excluded_categories=frozenset({"books"}), excluded_skus=frozenset({"sku-2"})
    )

    shares = worth(
        line("1", "5.00", category="books"), "7.00", line("3", "9.00"), basis=basis
    )

    assert shares == [0, 0, 9]


def test_a_discount_on_the_whole_is_shared_by_the_lines() -> None:
    assert worth("30.00", "10.00", discount=MONEY("4.00")) == [27, 9]


def test_a_discount_on_a_line_is_that_lines() -> None:
    assert worth(line("1", "30.00", discount=MONEY("4.00")), "10.00") == [26, 10]


@pytest.mark.parametrize(
    ("tax", "tax_included", "points"),
    [
        (TaxBasis.GROSS, True, 120),
        (TaxBasis.NET, True, 100),
        (TaxBasis.GROSS, False, 140),
        (TaxBasis.NET, False, 120),
    ],
)
def test_the_basis_is_with_or_without_tax(
    tax: TaxBasis, *, tax_included: bool, points: int
) -> None:
    taxed = line("1", "120.00", tax=MONEY("20.00"))

    assert worth(taxed, basis=Basis(tax=tax), tax_included=tax_included) == [points]


@pytest.mark.parametrize(("earns", "shares"), [(False, [45, 15]), (True, [60, 20])])
def test_the_share_paid_with_stored_value_earns_where_the_basis_says_so(
    *, earns: bool, shares: list[int]
) -> None:
    card = Tender(method="gift_card", amount=MONEY("20.00"))
    cash = Tender(method="cash", amount=MONEY("60.00"))
    basis = Basis(earn_on_stored_value=earns)

    assert worth("60.00", "20.00", tenders=(card, cash), basis=basis) == shares


def test_a_sale_of_nothing_paid_with_stored_value_earns_nothing() -> None:
    card = Tender(method="gift_card", amount=MONEY("0.00"))

    assert worth("0.00", tenders=(card,)) == [0]
    assert worth("1.00", line("2", "-1.00"), tenders=(card,)) == [0, 0]


def test_a_line_that_takes_back_shares_in_the_discount() -> None:
    worked_out = value(
        basket("30.00", line("2", "10.00", "-1"), discount=MONEY("2.00")), programme()
    )

    assert worked_out.line_amounts == (MONEY("27.00"), MONEY("-9.00"))
    assert worked_out.total == MONEY("18.00")


def test_amounts_smaller_than_the_smallest_coin_are_shared_to_the_last() -> None:
    worked_out = value(
        basket(line("1", "0.33", "0.5"), "0.33", discount=MONEY("0.10")), programme()
    )

    assert worked_out.total == MONEY("0.395")


def test_each_point_type_with_a_rate_for_the_currency_is_awarded() -> None:
    kinds = (
        point_type(),
        point_type(name="status", rates=(rate(2),)),
        point_type(name="miles", rates=()),
    )

    awards = value(basket("5.00"), programme(*kinds)).awards

    assert [(one.point_type, one.points) for one in awards] == [
        ("points", 5),
        ("status", 10),
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"discount": MONEY("0.001")},
        {"tenders": (Tender(method="card", amount=MONEY("4.999")),)},
        {"tenders": (Tender(method="card", amount=MONEY("4.99")),)},
        {"discount": MONEY("5.01")},
    ],
)
def test_money_that_does_not_add_up_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidMoneyError):
        value(basket("5.00", **fields), programme())


@pytest.mark.parametrize("field", ["tax", "discount", "unit_price"])
def test_an_amount_of_a_line_with_too_many_decimals_is_named(field: str) -> None:
    fields: dict[str, Any] = {field: MONEY("0.001")}
    wrong = line("7", "5.00", **fields)

    with pytest.raises(InvalidMoneyError) as refused:
        value(basket(wrong), programme())

    assert refused.value.field == f"line '7', {field}"


def test_points_that_paid_name_their_entry_and_their_type() -> None:
    with pytest.raises(InvalidInputError):
        Tender(method="points", amount=MONEY(1), entry_id="order")


def test_a_basket_holds_ten_thousand_lines_and_not_one_more() -> None:
    lines = tuple(line(str(number), "0.01") for number in range(10_001))

    assert len(basket(*lines[1:]).lines) == 10_000
    with pytest.raises(InvalidInputError):
        basket(*lines)


def test_a_basket_is_worked_out_exactly_whatever_the_host_has_set() -> None:
    with localcontext(Context(prec=3)):
        worked_out = value(basket("12345.67", line("2", "0.33", "3")), programme())

    assert worked_out.line_amounts == (MONEY("12345.67"), MONEY("0.99"))
    assert worked_out.total == MONEY("12346.66")
    assert worked_out.awards[0].points == 12346
