"""Working out a return: what of each line, and which points that undoes.

Points follow the lines they were earned with. Of a line whose share is *s*, the part
*f* that has come back in all undoes ``s x f``, cut to whole points; a return undoes
what is missing to that. So any split of a return undoes, in the end, exactly the share.
"""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from math import trunc

import attrs

from ..kernel.errors import InvalidInputError, ReturnExceedsPurchaseError
from ..rules import Award, Line, share_out
from .commands import ReturnLine
from .events import Credit, LineReturned, PointsBack, PurchaseRecorded, Refund
from .purchase import ZERO, LineState, Purchase


@attrs.frozen(kw_only=True)
class Wanted:
    """What a return asks for; with neither, all that is left."""

    lines: tuple[ReturnLine, ...] = ()
    amount: Decimal | None = None
    is_late: bool = False


def lines_returned(
    purchase: Purchase, sale: PurchaseRecorded, wanted: Wanted, *, purchase_id: str
) -> tuple[LineReturned, ...]:
    """Say what comes back of each line.

    Raises ReturnExceedsPurchaseError for more than is left; a return that arrived
    before its purchase takes what there is instead, since it can no longer be refused.
    """
    if wanted.amount is not None:
        return _by_amount(purchase, sale, wanted, purchase_id)
    if wanted.lines:
        found = (
            _by_line(purchase, sale, one, wanted, purchase_id) for one in wanted.lines
        )
    else:
        found = (
            _all_of(purchase, line, amount)
            for line, amount in zip(sale.basket.lines, sale.line_amounts, strict=True)
        )
    lines = tuple(line for line in found if line.quantity or line.amount)
    if not lines and not wanted.is_late:
        _refuse(purchase_id, "*", "something", "0")
    return lines


def _left(purchase: Purchase, line: Line, amount: Decimal) -> LineState:
    back = purchase.lines.get(line.line_id, LineState())
    return LineState(
        quantity=line.quantity - back.quantity, amount=amount - back.amount
    )


def _all_of(purchase: Purchase, line: Line, amount: Decimal) -> LineReturned:
    left = _left(purchase, line, amount)
    return LineReturned(
        line_id=line.line_id, quantity=left.quantity, amount=left.amount
    )


def _by_line(
    purchase: Purchase,
    sale: PurchaseRecorded,
    asked: ReturnLine,
    wanted: Wanted,
    purchase_id: str,
) -> LineReturned:
    pairs = zip(sale.basket.lines, sale.line_amounts, strict=True)
    found = [pair for pair in pairs if pair[0].line_id == asked.line_id]
    if not found:
        if wanted.is_late:
            return LineReturned(line_id=asked.line_id, quantity=ZERO, amount=ZERO)
        problem = f"purchase {purchase_id!r} has no line {asked.line_id!r}"
        raise InvalidInputError(field="lines", problem=problem)
    line, amount = found[0]
    left = _left(purchase, line, amount)
    if asked.quantity is not None:
        return _by_quantity(line, left, asked.quantity, wanted, purchase_id)
    if asked.amount is not None:
        return _by_line_amount(line, left, asked.amount, wanted, purchase_id)
    return _all_of(purchase, line, amount)


def _by_quantity(
    line: Line, left: LineState, asked: Decimal, wanted: Wanted, purchase_id: str
) -> LineReturned:
    """Take back units: their share of what is left of the line, the last all of it."""
    sign = -1 if line.quantity < 0 else 1
    most = sign * left.quantity
    if asked > most:
        if not wanted.is_late:
            _refuse(purchase_id, line.line_id, str(asked), str(most))
        asked = most
    if asked == most:
        return LineReturned(
            line_id=line.line_id, quantity=left.quantity, amount=left.amount
        )
    exact = Fraction(left.amount) * Fraction(asked) / Fraction(most)
    amount = _cut(exact, left.amount)
    return LineReturned(line_id=line.line_id, quantity=sign * asked, amount=amount)


def _cut(exact: Fraction, like: Decimal) -> Decimal:
    """Cut an exact amount to the decimals of money: two, or those of *like*."""
    exponent = like.as_tuple().exponent
    assert isinstance(exponent, int), "amounts are finite"
    unit = Decimal(1).scaleb(min(exponent, -2))
    return trunc(exact / Fraction(unit)) * unit


def _by_line_amount(
    line: Line, left: LineState, asked: Decimal, wanted: Wanted, purchase_id: str
) -> LineReturned:
    """Refund money on a line; its quantity has come back when all the money has."""
    if asked > left.amount:
        if not wanted.is_late:
            _refuse(purchase_id, line.line_id, str(asked), str(left.amount))
        asked = left.amount
    quantity = left.quantity if asked == left.amount else ZERO
    return LineReturned(line_id=line.line_id, quantity=quantity, amount=asked)


def _by_amount(
    purchase: Purchase, sale: PurchaseRecorded, wanted: Wanted, purchase_id: str
) -> tuple[LineReturned, ...]:
    """Refund money on the whole: shared over what is left of the lines."""
    assert wanted.amount is not None, "asked by amount"
    pairs = zip(sale.basket.lines, sale.line_amounts, strict=True)
    left = [(line, _left(purchase, line, amount)) for line, amount in pairs]
    most = sum((state.amount for _, state in left), ZERO)
    asked = wanted.amount
    if asked > most:
        if not wanted.is_late:
            _refuse(purchase_id, "*", str(asked), str(most))
        asked = most
    unit = _unit(asked, [state.amount for _, state in left])
    shares = share_out(asked, [state.amount for _, state in left], unit)
    found = (
        LineReturned(
            line_id=line.line_id,
            quantity=state.quantity if asked == most else ZERO,
            amount=share,
        )
        for (line, state), share in zip(left, shares, strict=True)
    )
    return tuple(line for line in found if line.quantity or line.amount)


def _unit(amount: Decimal, others: list[Decimal]) -> Decimal:
    exponents = [one.as_tuple().exponent for one in (amount, *others)]
    return Decimal(1).scaleb(min(-2, *(e for e in exponents if isinstance(e, int))))


def _refuse(purchase_id: str, line_id: str, requested: str, left: str) -> None:
    raise ReturnExceedsPurchaseError(
        purchase_id=purchase_id, line_id=line_id, requested=requested, left=left
    )


def points_taken(
    purchase: Purchase, sale: PurchaseRecorded, reversal_id: str
) -> tuple[PointsBack, ...]:
    """Say which points of each award go, *purchase* having taken the lines in."""
    awards = {award.point_type: award for award in sale.awards}
    found = (
        _points_of(purchase, sale, awards[credit.point_type], credit, reversal_id)
        for credit in sale.credits
    )
    return tuple(back for back in found if any(back.shares))


def _points_of(
    purchase: Purchase,
    sale: PurchaseRecorded,
    award: Award,
    credit: Credit,
    reversal_id: str,
) -> PointsBack:
    shares = tuple(_line_points(purchase, sale, award, credit.entry_id))
    return PointsBack(
        point_type=credit.point_type,
        account=credit.account,
        entry_id=credit.entry_id,
        reversal_id=reversal_id,
        points=max(0, sum(shares)),
        shares=shares,
    )


def _line_points(
    purchase: Purchase, sale: PurchaseRecorded, award: Award, entry_id: str
) -> Iterator[int]:
    pairs = zip(sale.basket.lines, sale.line_amounts, strict=True)
    for (line, amount), share in zip(pairs, award.shares, strict=True):
        back = purchase.lines.get(line.line_id, LineState())
        due = trunc(share.points * _part(line, amount, back))
        yield due - purchase.undone.get((entry_id, line.line_id), 0)


def _part(line: Line, amount: Decimal, back: LineState) -> Fraction:
    """Return which part of a line has come back: of its money, else of its units."""
    if amount:
        return Fraction(back.amount) / Fraction(amount)
    if line.quantity:
        return Fraction(back.quantity) / Fraction(line.quantity)
    return Fraction(0)


def points_restored(
    purchase: Purchase, sale: PurchaseRecorded, reversal_id: str
) -> tuple[PointsBack, ...]:
    """Say which points that paid come back, *purchase* having taken the lines in."""
    back = sum((state.amount for state in purchase.lines.values()), ZERO)
    part = Fraction(back) / Fraction(sale.total) if sale.total else Fraction(1)
    found = (
        PointsBack(
            point_type=paid.point_type,
            account=paid.account,
            entry_id=paid.entry_id,
            reversal_id=f"{reversal_id}:{paid.entry_id}",
            points=trunc(paid.points * part) - purchase.restored.get(paid.entry_id, 0),
        )
        for paid in sale.points_tenders
    )
    return tuple(one for one in found if one.points > 0)


def refunds(
    purchase: Purchase, sale: PurchaseRecorded, amount: Decimal
) -> tuple[Refund, ...]:
    """Share the money of a return over the means of payment, as they were used."""
    tenders = sale.basket.tenders
    if not tenders:
        return ()
    left = [
        tender.amount - purchase.refunded.get(index, ZERO)
        for index, tender in enumerate(tenders)
    ]
    shares = share_out(amount, left, _unit(amount, left))
    return tuple(
        Refund(method=tender.method, amount=share)
        for tender, share in zip(tenders, shares, strict=True)
    )
