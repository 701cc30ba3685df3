"""How an award is shared over the lines of a sale, and what of each line earns."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from ..programme import Programme, TaxBasis
from ..purchases import PurchaseRecorded, UnlinkedReturnRecorded
from ..rules import Award, Line, Share
from .explain_words import decimal_said
from .explanation import Explanation, Fact

Sale = PurchaseRecorded | UnlinkedReturnRecorded


def explain_lines(
    award: Award, sale: Sale, programme: Programme
) -> Iterator[Explanation]:
    """Explain the share of each line: recorded amounts, rules of their day."""
    pairs = zip(sale.basket.lines, award.shares, strict=True)
    for number, (line, share) in enumerate(pairs):
        yield Explanation(
            title=f"line {line.line_id} ({line.sku}): {share.points} points",
            facts=(
                *_price(line, number, sale),
                *_excluded(line, number, share, sale, programme),
                ("basis", share.basis),
                ("exact share", _exact(award, share)),
            ),
        )


def _price(line: Line, number: int, sale: Sale) -> tuple[Fact, ...]:
    """Say what a line came to, and its part of the discount on the whole."""
    facts = [("price", f"{line.quantity} x {line.unit_price}")]
    if line.discount:
        facts.append(("discount of the line", str(line.discount)))
    if line.tax:
        said = "in it" if sale.basket.tax_included else "added"
        facts.append(("tax", f"{line.tax}, {said}"))
    if isinstance(sale, PurchaseRecorded):
        amount = sale.line_amounts[number]
        added = Decimal(0) if sale.basket.tax_included else line.tax
        share = line.price + added - amount
        if share:
            facts.append(("share of the discount on the whole", str(share)))
        facts.append(("came to", str(amount)))
    return tuple(facts)


def _excluded(
    line: Line, number: int, share: Share, sale: Sale, programme: Programme
) -> Iterator[Fact]:
    """Say what of a line does not earn: recorded amounts, rules of their day."""
    basis = programme.basis
    if line.sku in basis.excluded_skus:
        yield "does not earn", f"sku {line.sku} is excluded"
    elif line.category in basis.excluded_categories:
        yield "does not earn", f"category {line.category} is excluded"
    elif isinstance(sale, PurchaseRecorded):
        counted = sale.line_amounts[number]
        if basis.tax is TaxBasis.NET:
            yield "without tax", counted - line.tax
            counted -= line.tax
        if counted != share.basis:
            methods = {tender.method for tender in sale.basket.tenders}
            paid = ", ".join(sorted(methods & basis.stored_value))
            yield f"paid with {paid or 'stored value'}", counted - share.basis


def _exact(award: Award, share: Share) -> str:
    if not award.basis:
        return "0"
    return decimal_said(award.points * Fraction(share.basis) / Fraction(award.basis))
