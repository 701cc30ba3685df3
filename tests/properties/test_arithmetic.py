"""Sharing, rounding, rates and conversion against fractions worked out naively."""

from decimal import Decimal
from fractions import Fraction
from math import ceil, floor, trunc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyaltyledger.kernel.errors import NothingToConvertError
from loyaltyledger.kernel.quantities import Rounding, allot, rounded
from loyaltyledger.points import exchange
from loyaltyledger.programme import Conversion, Rate, Steps
from loyaltyledger.purchases import ReturnLine
from loyaltyledger.rules import Basket, Line, Tender, points_for, share_out, value
from model.points_model import Terms
from model.shop import SHOP, programme_of
from properties.histories import ANN, fresh

FRACTIONS = st.fractions(max_denominator=100, min_value=-50, max_value=50)
WEIGHTS = st.lists(
    st.fractions(min_value=0, max_value=1000, max_denominator=100), min_size=1
)
MONEY = st.decimals(min_value="0.01", max_value=5000, places=2)
ROUNDINGS = st.sampled_from(Rounding)


def deal(total: int, weights: list[Fraction]) -> list[int]:
    """Deal out one by one: whole shares, then one each to who lacks most."""
    whole = sum(weights)
    exact = [total * weight / whole for weight in weights]
    shares = [0 for _ in weights]
    for index, share in enumerate(exact):
        while shares[index] + 1 <= share:
            shares[index] += 1
    got_one: set[int] = set()
    while sum(shares) < total:
        best = None
        for index, share in enumerate(exact):
            missing = share - shares[index]
            if index not in got_one and (best is None or missing > best[0]):
                best = (missing, index)
        assert best is not None
        got_one.add(best[1])
        shares[best[1]] += 1
    return shares


@given(st.integers(0, 500), WEIGHTS.filter(any))
def test_sharing_deals_out_every_unit_by_largest_remainder(
    total: int, weights: list[Fraction]
) -> None:
    assert list(allot(total, weights)) == deal(total, weights)


@given(st.integers(0, 500), WEIGHTS)
def test_sharing_adds_up_and_stays_within_a_unit(
    total: int, weights: list[Fraction]
) -> None:
    shares = allot(total, weights)

    assert sum(shares) == total
    whole = sum(weights)
    if whole:
        for share, weight in zip(shares, weights, strict=True):
            assert abs(share - total * weight / whole) < 1


def test_nothing_to_share_by_gives_all_to_the_first() -> None:
    assert allot(7, [Fraction(0), Fraction(0)]) == (7, 0)
    assert allot(7, []) == ()


@given(st.decimals(0, 1000, places=2), st.lists(MONEY, min_size=1, max_size=6))
def test_money_shared_out_adds_up(total: Decimal, weights: list[Decimal]) -> None:
    shares = share_out(total, weights, Decimal("0.01"))

    pennies = deal(int(total * 100), [Fraction(one) for one in weights])
    assert [int(share * 100) for share in shares] == pennies
    assert sum(shares) == total


@given(FRACTIONS)
def test_rounding_is_what_its_name_says(number: Fraction) -> None:
    below, above = floor(number), ceil(number)
    middle = Fraction(below) + Fraction(1, 2)
    nearest = below if number < middle else above
    is_middle = number == middle

    assert rounded(number, Rounding.FLOOR) == below
    assert rounded(number, Rounding.CEILING) == above
    assert rounded(number, Rounding.TRUNCATE) == (below if number >= 0 else above)
    away = above if number >= 0 else below
    assert rounded(number, Rounding.HALF_UP) == (away if is_middle else nearest)
    even = below if below % 2 == 0 else above
    assert rounded(number, Rounding.HALF_EVEN) == (even if is_middle else nearest)


@given(st.decimals(-50, 5000, places=2), st.integers(1, 30), MONEY, ROUNDINGS)
def test_a_rate_counts_whole_steps_or_in_proportion(
    basis: Decimal, points: int, per: Decimal, how: Rounding
) -> None:
    rate = Rate(currency="GBP", points=points, per=per)
    steps = max(0, int(basis * 100)) // int(per * 100)

    assert points_for(basis, rate) == steps * points
    smooth = Rate(
        currency="GBP", points=points, per=per, steps=Steps.PROPORTIONAL, rounding=how
    )
    exact = max(Fraction(0), Fraction(basis) * points / Fraction(per))
    assert points_for(basis, smooth) == rounded(exact, how)


@given(st.integers(1, 300), st.integers(1, 40), st.integers(1, 40), ROUNDINGS)
def test_a_conversion_takes_no_more_than_the_result_needs(
    points: int, source: int, into: int, how: Rounding
) -> None:
    rate = Conversion(
        source="a", into="b", from_points=source, into_points=into, rounding=how
    )
    made = rounded(Fraction(points * into, source), how)
    if made < 1:
        with pytest.raises(NothingToConvertError):
            exchange(points, rate)
        return

    deal_ = exchange(points, rate)

    assert deal_.made == made
    enough = [n for n in range(1, points + 1) if Fraction(n * into, source) >= made]
    assert deal_.taken == (enough[0] if enough else points)


@given(
    st.lists(st.tuples(st.integers(1, 9), MONEY, MONEY), min_size=1, max_size=5),
    st.integers(0, 100),
    st.integers(0, 100),
)
def test_a_basket_is_worth_what_fractions_say(
    rows: list[tuple[int, Decimal, Decimal]], off: int, stored: int
) -> None:
    """Discounts of lines and of the whole lower it; stored value pays its part."""
    lines = tuple(
        Line(
            line_id=str(number),
            sku="x",
            quantity=Decimal(quantity),
            unit_price=price,
            discount=min(discount, price),
        )
        for number, (quantity, price, discount) in enumerate(rows)
    )
    prices = [Fraction(line.price) for line in lines]
    total = sum(prices, Fraction(0))
    discount = _pennies(total * off / 100)
    paid = total - discount
    card = _pennies(paid * stored / 100)
    basket = Basket(
        currency="GBP",
        lines=lines,
        discount=_decimal(discount),
        tenders=(
            Tender(method="gift_card", amount=_decimal(card)),
            Tender(method="cash", amount=_decimal(paid - card)),
        ),
    )

    worth = value(basket, programme_of(Terms()))

    assert Fraction(worth.total) == paid
    (award,) = worth.awards
    assert Fraction(award.basis) == paid - card
    assert award.points == floor((paid - card) / 3)
    assert sum(share.points for share in award.shares) == award.points
    assert sum(Fraction(share.basis) for share in award.shares) == paid - card


def _pennies(amount: Fraction) -> Fraction:
    return Fraction(trunc(amount * 100), 100)


def _decimal(amount: Fraction) -> Decimal:
    return (Decimal(amount.numerator) / Decimal(amount.denominator)).quantize(
        Decimal("0.01")
    )


BASKETS = st.lists(st.tuples(st.integers(1, 9), MONEY), min_size=1, max_size=5).map(
    lambda rows: Basket(
        currency="GBP",
        lines=tuple(
            Line(
                line_id=str(number),
                sku="x",
                quantity=Decimal(quantity),
                unit_price=price,
            )
            for number, (quantity, price) in enumerate(rows)
        ),
    )
)


@given(BASKETS)
def test_the_award_is_what_was_quoted(basket: Basket) -> None:
    ledger, clock = fresh(Terms())
    quoted = ledger.quote(basket=basket, **SHOP)
    clock.go_on(minutes=29)

    receipt = ledger.record_purchase(
        key="p",
        member_id="ann",
        purchase_id="p",
        basket=basket,
        quote=quoted,
        **SHOP,
    )

    assert receipt.earned == quoted.points("points")
    assert ledger.balance(**ANN).available == quoted.points("points")


@given(BASKETS, st.data())
def test_points_paid_come_back_in_proportion_and_in_the_end_all(
    basket: Basket, data: st.DataObject
) -> None:
    """The points that paid a part of a sale, against the money that came back."""
    ledger, _ = fresh(Terms())
    ledger.open_balance(key="o", points=1000, **ANN)
    spent = data.draw(st.integers(1, 1000))
    ledger.spend(key="s", points=spent, **ANN)
    total = sum((line.price for line in basket.lines), Decimal(0))
    tender = Tender(method="points", amount=total, entry_id="s", point_type="points")
    basket = Basket(currency="GBP", lines=basket.lines, tenders=(tender,))
    sale: dict[str, Any] = {"purchase_id": "p", **SHOP}
    ledger.record_purchase(key="p", member_id="ann", basket=basket, **sale)

    back = Fraction(0)
    for line in data.draw(st.permutations(basket.lines)):
        one = ReturnLine(line_id=line.line_id)
        ledger.return_purchase(
            key=line.line_id, return_id=line.line_id, lines=(one,), **sale
        )
        back += Fraction(line.price)
        expected = 1000 - spent + trunc(spent * back / Fraction(total))
        assert ledger.balance(**ANN).available == expected

    assert ledger.balance(**ANN).available == 1000
