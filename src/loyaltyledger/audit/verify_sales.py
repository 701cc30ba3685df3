"""Whether purchases and returns say what the rules of their day said."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import assert_never

from ..kernel.errors import LedgerError
from ..programme import Programme
from ..purchases import (
    Purchase,
    PurchaseEvent,
    PurchaseRecorded,
    ReturnAwaited,
    ReturnCancelled,
    ReturnRecorded,
    UnlinkedReturn,
    UnlinkedReturnEvent,
    UnlinkedReturnRecorded,
    evolve_purchase,
    evolve_unlinked,
)
from ..rules import Award, Valuation, value
from ..store import UNFOLDABLE, Recorded
from .findings import FindingKind as Kind
from .findings import Report
from .verify_returns import return_problems
from .verify_steps import Problem

Rules = Callable[[Recorded, PurchaseRecorded | UnlinkedReturnRecorded], Programme]
"""Finds the programme that a decision knew on the day it counts for."""


def check_purchase(recorded: Sequence[Recorded], rules: Rules, report: Report) -> None:
    purchase = Purchase()
    for one in recorded:
        event: PurchaseEvent = one.event
        try:
            before, purchase = purchase, evolve_purchase(purchase, event)
            found = list(_problems(event, before, purchase, one, rules))
        except UNFOLDABLE as error:
            problem = f"does not fit what came before: {error!r}"
            report.add(Kind.BROKEN_REFERENCE, problem, place=one)
            return
        for kind, problem in found:
            report.add(kind, problem, place=one)


def _problems(
    event: PurchaseEvent, before: Purchase, after: Purchase, one: Recorded, rules: Rules
) -> Iterator[Problem]:
    match event:
        case PurchaseRecorded():
            if before.sale is not None:
                yield Kind.IMPOSSIBLE_STEP, "the purchase is recorded a second time"
            yield from _sale(event, one, rules)
        case ReturnRecorded():
            yield from _return(event, before, after)
            yield from return_problems(event, before, one.stream)
        case ReturnCancelled():
            if not before.known_return(event.return_id):
                problem = f"return {event.return_id!r} was never recorded"
                yield Kind.BROKEN_REFERENCE, problem
        case ReturnAwaited():
            if before.known_return(event.return_id):
                problem = f"return {event.return_id!r} is recorded a second time"
                yield Kind.IMPOSSIBLE_STEP, problem
        case _:
            assert_never(event)


def check_unlinked(recorded: Sequence[Recorded], rules: Rules, report: Report) -> None:
    unlinked = UnlinkedReturn()
    for one in recorded:
        event: UnlinkedReturnEvent = one.event
        is_first = unlinked.recorded is None
        if is_first != isinstance(event, UnlinkedReturnRecorded):
            problem = "a return is recorded once, and then cancelled"
            report.add(Kind.IMPOSSIBLE_STEP, problem, place=one)
        unlinked = evolve_unlinked(unlinked, event)
        if isinstance(event, UnlinkedReturnRecorded):
            for kind, problem in _sale(event, one, rules):
                report.add(kind, problem, place=one)


def _sale(
    event: PurchaseRecorded | UnlinkedReturnRecorded, one: Recorded, rules: Rules
) -> Iterator[Problem]:
    """Work the recorded basket out again, by the rules of its day."""
    try:
        valued = value(event.basket, rules(one, event))
    except (LedgerError, *UNFOLDABLE) as error:
        yield Kind.AWARD_MISMATCH, f"the basket cannot be worked out: {error}"
        return
    yield from _amounts(event, valued)
    quoted_at = event.quoted_at if isinstance(event, PurchaseRecorded) else None
    if quoted_at is not None and quoted_at > event.at:
        yield Kind.BEFORE_CAUSE, "the quote it honours is of later"
    worked_out = {award.point_type: award for award in valued.awards}
    kept = {award.point_type: award for award in event.awards}
    for name in sorted(worked_out.keys() | kept.keys()):
        if worked_out.get(name) != kept.get(name):
            recorded, expected = _said(kept.get(name)), _said(worked_out.get(name))
            problem = f"{name}: {recorded} recorded, the rules of the day {expected}"
            yield Kind.AWARD_MISMATCH, problem
    credited = sorted(credit.point_type for credit in event.credits)
    awarded = sorted(award.point_type for award in event.awards if award.points)
    if credited != awarded:
        problem = f"credited are {credited}, awarded were {awarded}"
        yield Kind.CREDIT_MISMATCH, problem


def _amounts(
    event: PurchaseRecorded | UnlinkedReturnRecorded, valued: Valuation
) -> Iterator[Problem]:
    if event.total != valued.total:
        problem = f"a total of {event.total} recorded, {valued.total} by the lines"
        yield Kind.AWARD_MISMATCH, problem
    if (
        isinstance(event, PurchaseRecorded)
        and event.line_amounts != valued.line_amounts
    ):
        yield Kind.AWARD_MISMATCH, "the amounts of the lines are not what they come to"


def _said(award: Award | None) -> str:
    if award is None:
        return "nothing"
    shares = ", ".join(str(share.points) for share in award.shares)
    return f"{award.points} ({shares}) for {award.basis}"


def _return(
    event: ReturnRecorded, before: Purchase, after: Purchase
) -> Iterator[Problem]:
    kind = Kind.RETURN_EXCEEDS_PURCHASE
    sale = after.sale
    assert sale is not None, "it was taken in"
    if before.known_return(event.return_id) and event.return_id in before.returns:
        problem = f"return {event.return_id!r} is recorded a second time"
        yield Kind.IMPOSSIBLE_STEP, problem
    if event.at < sale.at:
        yield Kind.BEFORE_CAUSE, "the return is before the purchase"
    if sum((line.amount for line in event.lines), Decimal(0)) != event.amount:
        yield kind, f"{event.amount} is not the sum of the lines"
    bought = {
        line.line_id: (line.quantity, amount)
        for line, amount in zip(sale.basket.lines, sale.line_amounts, strict=True)
    }
    for line_id, back in after.lines.items():
        quantity, amount = bought.get(line_id, (Decimal(0), Decimal(0)))
        if not _within(back.quantity, quantity):
            problem = f"{back.quantity} of {quantity} of line {line_id!r} came back"
            yield kind, problem
        if not _within(back.amount, amount):
            problem = f"{back.amount} of {amount} of line {line_id!r} came back"
            yield kind, problem
    yield from _points_back(after)


def _within(part: Decimal, whole: Decimal) -> bool:
    return min(whole, Decimal(0)) <= part <= max(whole, Decimal(0))


def _points_back(after: Purchase) -> Iterator[Problem]:
    """No more is undone of a line than it earned, or of a payment than it paid."""
    kind = Kind.RETURN_EXCEEDS_PURCHASE
    sale = after.sale
    assert sale is not None, "it was taken in"
    awards = {award.point_type: award for award in sale.awards}
    earned = {
        (credit.entry_id, share.line_id): share.points
        for credit in sale.credits
        for share in awards[credit.point_type].shares
    }
    for (entry_id, line_id), points in after.undone.items():
        there = earned.get((entry_id, line_id), 0)
        if not min(0, there) <= points <= max(0, there):
            problem = f"{points} of {there} points undone of line {line_id!r}"
            yield kind, problem
    paid = {one.entry_id: one.points for one in sale.points_tenders}
    for entry_id, points in after.restored.items():
        if not 0 <= points <= paid.get(entry_id, 0):
            there = paid.get(entry_id, 0)
            yield kind, f"{points} of {there} points given back of {entry_id!r}"
