"""What a basket earns. One function answers for quote, award, what-if and explain."""

from decimal import Decimal, localcontext
from fractions import Fraction

import attrs

from ..kernel.quantities import EXACT, allot, rounded
from ..programme import PointType, Programme, Rate, Steps
from .basket import Amounts, Basket, amounts, earning_amounts


@attrs.frozen(kw_only=True)
class Share:
    """A line's part of an award: *basis* is the amount that earned *points*."""

    line_id: str
    basis: Decimal
    points: int


@attrs.frozen(kw_only=True)
class Award:
    """What a basket earns of one point type, and how it comes about."""

    point_type: str
    points: int
    currency: str
    basis: Decimal
    rate: Rate
    shares: tuple[Share, ...]


@attrs.frozen(kw_only=True)
class Valuation:
    """A basket worked out: its total, what each line comes to, what it earns."""

    total: Decimal
    line_amounts: tuple[Decimal, ...]
    awards: tuple[Award, ...]


def value(basket: Basket, programme: Programme) -> Valuation:
    """Work out a basket under a programme; see :func:`.basket.amounts` for errors."""
    with localcontext(EXACT):
        return _value(basket, programme)


def _value(basket: Basket, programme: Programme) -> Valuation:
    worked_out = amounts(basket, programme)
    awards = (
        _award(basket, worked_out, kind, rate, programme)
        for kind in programme.point_types
        if (rate := kind.rate(basket.currency)) is not None
    )
    return Valuation(
        total=worked_out.total,
        line_amounts=worked_out.gross,
        awards=tuple(awards),
    )


def _award(
    basket: Basket,
    worked_out: Amounts,
    kind: PointType,
    rate: Rate,
    programme: Programme,
) -> Award:
    earning = earning_amounts(basket, worked_out, programme)
    basis = sum(earning, Decimal(0))
    points = points_for(basis, rate)
    shares = allot(points, [Fraction(amount) for amount in earning])
    return Award(
        point_type=kind.name,
        points=points,
        currency=basket.currency,
        basis=basis,
        rate=rate,
        shares=tuple(
            Share(line_id=line.line_id, basis=amount, points=share)
            for line, amount, share in zip(basket.lines, earning, shares, strict=True)
        ),
    )


def points_for(basis: Decimal, rate: Rate) -> int:
    """Apply a rate to an amount: exact, and rounded once."""
    if basis <= 0:
        return 0
    units = Fraction(basis) / Fraction(rate.per)
    if rate.steps is Steps.WHOLE:
        return int(units) * rate.points
    return rounded(units * rate.points, rate.rounding)
