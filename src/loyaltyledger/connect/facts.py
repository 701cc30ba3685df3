"""From the lines of a purchase to the command that records it."""

from collections.abc import Iterable, Sequence
from decimal import Decimal, localcontext
from hashlib import blake2b

import attrs

from ..kernel.ids import LENGTH_MAX, stream_name
from ..kernel.quantities import EXACT
from ..purchases import RecordPurchase, ReturnUnlinked
from ..rules import Basket, Line, Tender
from .purchase_map import Negative, PurchaseMap, TenderPer
from .staging import StagedLine, StagedPurchase

Fact = RecordPurchase | ReturnUnlinked

_ZERO = Decimal(0)


class BadPurchaseError(Exception):
    """The lines cannot be one purchase; all of them are refused."""


def import_key(what: str, programme_id: str, name: str) -> str:
    """Make the key of a purchase or member: the same whatever file it comes in."""
    key = stream_name(what, programme_id, name)
    if len(key) <= LENGTH_MAX:
        return key
    return f"{what}:{blake2b(key.encode(), digest_size=32).hexdigest()}"


def fact_of(purchase: StagedPurchase, how: PurchaseMap, programme_id: str) -> Fact:
    """Build the command; LedgerError or BadPurchaseError say why it cannot be."""
    with localcontext(EXACT):
        basket = _basket(purchase.lines, how, sign=1)
        is_return = _total(basket) < 0
        if is_return:
            if how.negative is Negative.REFUSE:
                problem = f"the lines come to {_total(basket)}, which is negative"
                raise BadPurchaseError(problem)
            basket = _basket(purchase.lines, how, sign=-1)
    key = import_key("import", programme_id, purchase.purchase_id)
    member_id = _same(purchase.lines, "member")
    if is_return:
        return ReturnUnlinked(
            key=key,
            programme_id=programme_id,
            member_id=member_id,
            return_id=purchase.purchase_id,
            basket=basket,
            at=purchase.at,
        )
    return RecordPurchase(
        key=key,
        programme_id=programme_id,
        member_id=member_id,
        purchase_id=purchase.purchase_id,
        basket=basket,
        at=purchase.at,
    )


@attrs.frozen(kw_only=True)
class _Amounts:
    """The numbers of a line, turned round for what comes back."""

    parts: dict[str, str]
    sign: int

    def of(self, name: str, default: Decimal = _ZERO) -> Decimal:
        text = self.parts.get(name)
        return default if text is None else Decimal(text)

    def turned(self, name: str, default: Decimal = _ZERO) -> Decimal:
        value = self.of(name, default)
        return value * self.sign if value else _ZERO


def _basket(lines: Sequence[StagedLine], how: PurchaseMap, *, sign: int) -> Basket:
    return Basket(
        currency=how.currency or _same(lines, "currency"),
        lines=tuple(
            _line(line, str(number), sign) for number, line in enumerate(lines, 1)
        ),
        tenders=tuple(_tenders(lines, how, sign)),
        tax_included=how.tax_included,
        channel=_same(lines, "channel") or None,
        store=_same(lines, "store") or None,
    )


def _line(line: StagedLine, number: str, sign: int) -> Line:
    amounts = _Amounts(parts=line.parts, sign=sign)
    return Line(
        line_id=line.parts.get("line", number),
        sku=line.parts["sku"],
        quantity=amounts.turned("quantity", Decimal(1)),
        unit_price=amounts.of("unit_price"),
        category=line.parts.get("category"),
        discount=amounts.turned("discount"),
        tax=amounts.turned("tax"),
    )


def _total(basket: Basket) -> Decimal:
    prices = (line.price for line in basket.lines)
    taxes = (_ZERO if basket.tax_included else line.tax for line in basket.lines)
    return sum(prices, _ZERO) + sum(taxes, _ZERO)


def _tenders(
    lines: Sequence[StagedLine], how: PurchaseMap, sign: int
) -> Iterable[Tender]:
    for at, column in enumerate(how.tenders):
        paid = [Decimal(line.paid[at] or 0) for line in lines]
        if column.per is TenderPer.LINE:
            amount = sum(paid, _ZERO)
        else:
            amount = paid[0]
            if any(one != amount for one in paid):
                problem = f"its lines differ in {column.column!r}"
                raise BadPurchaseError(problem)
        if amount:
            yield Tender(method=column.method, amount=amount * sign)


def _same(lines: Sequence[StagedLine], name: str) -> str:
    """Return what all lines agree on, such as the currency."""
    values = {
        line.member_id if name == "member" else line.parts.get(name, "")
        for line in lines
    }
    if len(values) > 1:
        problem = f"its lines differ in {name}: {', '.join(sorted(values))}"
        raise BadPurchaseError(problem)
    return values.pop()
