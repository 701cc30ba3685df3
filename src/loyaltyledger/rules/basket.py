"""The facts of a sale: lines, discounts, tax, and how it was paid."""

from decimal import Decimal
from fractions import Fraction

import attrs

from ..kernel.errors import InvalidInputError, InvalidMoneyError
from ..kernel.fields import check_flag, tuple_of
from ..kernel.ids import check_id, check_optional_entry_id, check_optional_id
from ..kernel.quantities import (
    allot,
    check_currency,
    check_decimal,
    check_decimal_or_more,
    exact,
)
from ..programme import Programme, TaxBasis

LINES_MAX = 10_000


@attrs.frozen(kw_only=True)
class Line:
    """One line: *quantity* at *unit_price*, less *discount*; *tax* is the line's.

    Amounts are in the basket's currency. A negative quantity or price is a line that
    takes back or off; the basket as a whole must not be negative.
    """

    line_id: str = attrs.field(validator=check_id)
    sku: str = attrs.field(validator=check_id)
    quantity: Decimal = attrs.field(converter=exact, validator=check_decimal)
    unit_price: Decimal = attrs.field(converter=exact, validator=check_decimal)
    category: str | None = attrs.field(default=None, validator=check_optional_id)
    discount: Decimal = attrs.field(
        default=Decimal(0), converter=exact, validator=check_decimal_or_more
    )
    tax: Decimal = attrs.field(
        default=Decimal(0), converter=exact, validator=check_decimal
    )

    @property
    def price(self) -> Decimal:
        """What the line costs after its own discount, as priced."""
        return self.quantity * self.unit_price - self.discount


@attrs.frozen(kw_only=True)
class Tender:
    """A part of the payment: *amount* by some *method* (``card``, ``gift_card``, …).

    Where points paid, *entry_id* and *point_type* name the spend or capture, so that a
    return gives them back.
    """

    method: str = attrs.field(validator=check_id)
    amount: Decimal = attrs.field(converter=exact, validator=check_decimal_or_more)
    entry_id: str | None = attrs.field(default=None, validator=check_optional_entry_id)
    point_type: str | None = attrs.field(default=None, validator=check_optional_id)

    def __attrs_post_init__(self) -> None:
        if (self.entry_id is None) != (self.point_type is None):
            problem = "a payment with points names both entry_id and point_type"
            raise InvalidInputError(field="entry_id", problem=problem)


@attrs.frozen(kw_only=True)
class Basket:
    """What was bought, or brought back. *discount* is on the whole, shared by lines."""

    currency: str = attrs.field(validator=check_currency)
    lines: tuple[Line, ...] = attrs.field(validator=tuple_of(Line))
    tenders: tuple[Tender, ...] = attrs.field(default=(), validator=tuple_of(Tender))
    discount: Decimal = attrs.field(
        default=Decimal(0), converter=exact, validator=check_decimal_or_more
    )
    tax_included: bool = attrs.field(default=True, validator=check_flag)
    channel: str | None = attrs.field(default=None, validator=check_optional_id)
    store: str | None = attrs.field(default=None, validator=check_optional_id)

    def __attrs_post_init__(self) -> None:
        if not 0 < len(self.lines) <= LINES_MAX:
            problem = f"a basket has from 1 to {LINES_MAX} lines"
            raise InvalidInputError(field="lines", problem=problem)
        ids = [line.line_id for line in self.lines]
        if len(ids) != len(set(ids)):
            problem = "each line needs a line_id of its own"
            raise InvalidInputError(field="lines", problem=problem)


@attrs.frozen(kw_only=True)
class Amounts:
    """What each line of a basket comes to, in order; exact."""

    gross: tuple[Decimal, ...]
    net: tuple[Decimal, ...]

    @property
    def total(self) -> Decimal:
        """What the customer pays."""
        return sum(self.gross, Decimal(0))


def amounts(basket: Basket, programme: Programme) -> Amounts:
    """Work out the lines, with their share of the basket's discount.

    Raises InvalidMoneyError for a currency the programme does not take, an amount with
    too many decimals, a negative total, or payments that are not the total.
    """
    _check_money(basket, programme)
    unit = unit_of(programme, basket.currency)
    prices = [line.price for line in basket.lines]
    prices = _less(prices, basket.discount, unit)
    taxes = [line.tax for line in basket.lines]
    pairs = list(zip(prices, taxes, strict=True))
    if basket.tax_included:
        gross, net = prices, [price - tax for price, tax in pairs]
    else:
        gross, net = [price + tax for price, tax in pairs], prices
    worked_out = Amounts(gross=tuple(gross), net=tuple(net))
    _check_total(basket, worked_out.total)
    return worked_out


def earning_amounts(
    basket: Basket, worked_out: Amounts, programme: Programme
) -> tuple[Decimal, ...]:
    """Return the part of each line that earns, as the programme's basis says."""
    basis = programme.basis
    chosen = worked_out.gross if basis.tax is TaxBasis.GROSS else worked_out.net
    earning = [
        Decimal(0)
        if line.sku in basis.excluded_skus or line.category in basis.excluded_categories
        else amount
        for line, amount in zip(basket.lines, chosen, strict=True)
    ]
    stored = stored_value(basket, programme)
    if not stored or not worked_out.total:
        return tuple(earning)
    share = Fraction(stored) / Fraction(worked_out.total)
    unit = unit_of(programme, basket.currency)
    paid = round(sum(map(Fraction, earning), Fraction(0)) * share / Fraction(unit))
    return tuple(_less(earning, paid * unit, unit))


def stored_value(basket: Basket, programme: Programme) -> Decimal:
    """Return what was paid with value that had been paid for before."""
    if programme.basis.earn_on_stored_value:
        return Decimal(0)
    methods = programme.basis.stored_value
    paid = (one.amount for one in basket.tenders if one.method in methods)
    return sum(paid, Decimal(0))


def unit_of(programme: Programme, code: str) -> Decimal:
    """Return the smallest amount a price may have in a currency."""
    currency = programme.currency(code)
    assert currency is not None, "the currency was checked"
    return Decimal(1).scaleb(-currency.decimals)


def share_out(
    total: Decimal, weights: list[Decimal], unit: Decimal
) -> tuple[Decimal, ...]:
    """Share an amount in proportion, to the last *unit*: the shares add up to it."""
    units = Fraction(total) / Fraction(unit)
    shares = allot(int(units), [Fraction(weight) for weight in weights])
    shared = [share * unit for share in shares]
    assert sum(shared, Decimal(0)) == total, "amounts are whole numbers of units"
    return tuple(shared)


def _less(prices: list[Decimal], discount: Decimal, unit: Decimal) -> list[Decimal]:
    if not discount:
        return prices
    shares = share_out(discount, prices, unit)
    return [price - share for price, share in zip(prices, shares, strict=True)]


def _check_money(basket: Basket, programme: Programme) -> None:
    code = basket.currency
    if programme.currency(code) is None:
        taken = ", ".join(one.code for one in programme.currencies)
        problem = (
            f"{code} is not taken by programme {programme.programme_id!r}: {taken}"
        )
        raise InvalidMoneyError(field="currency", problem=problem)
    where = [("discount", basket.discount)]
    where += [(f"tender {one.method!r}", one.amount) for one in basket.tenders]
    for line in basket.lines:
        name = f"line {line.line_id!r}"
        where += [(f"{name}, unit_price", line.unit_price)]
        where += [(f"{name}, discount", line.discount), (f"{name}, tax", line.tax)]
    for field, amount in where:
        if not programme.is_price(amount, code):
            problem = f"{amount} has too many decimals for {code}"
            raise InvalidMoneyError(field=field, problem=problem)


def _check_total(basket: Basket, total: Decimal) -> None:
    if total < 0:
        problem = f"the total is {total}; record what comes back as a return"
        raise InvalidMoneyError(field="lines", problem=problem)
    paid = sum((one.amount for one in basket.tenders), Decimal(0))
    if basket.tenders and paid != total:
        problem = f"payments of {paid} do not make up the total of {total}"
        raise InvalidMoneyError(field="tenders", problem=problem)
