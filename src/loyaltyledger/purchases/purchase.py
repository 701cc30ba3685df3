"""A purchase: what was bought, what it earned, and how much of it has come back."""

from datetime import datetime
from decimal import Decimal, localcontext
from typing import assert_never

import attrs
from immutables import Map

from ..kernel.errors import UnknownPurchaseError, UnknownReturnError
from ..kernel.ids import stream_name
from ..kernel.quantities import EXACT
from .events import (
    PurchaseEvent,
    PurchaseRecorded,
    ReturnAwaited,
    ReturnCancelled,
    ReturnRecorded,
    UnlinkedReturnEvent,
    UnlinkedReturnRecorded,
)

ZERO = Decimal(0)


def purchase_stream(programme_id: str, purchase_id: str) -> str:
    return stream_name("purchase", programme_id, purchase_id)


def return_stream(programme_id: str, return_id: str) -> str:
    return stream_name("return", programme_id, return_id)


@attrs.frozen(kw_only=True)
class LineState:
    """How much of a line came back so far."""

    quantity: Decimal = ZERO
    amount: Decimal = ZERO


@attrs.frozen(kw_only=True)
class Purchase:
    """Where a purchase stands; without *sale* only returns of it have arrived.

    *undone* are the points undone per (entry, line), *restored* per entry,
    and *refunded* is the money per means of payment, by its place in the basket.
    """

    sale: PurchaseRecorded | None = None
    lines: Map[str, LineState] = Map()
    returns: Map[str, ReturnRecorded] = Map()
    cancelled: frozenset[str] = frozenset()
    awaited: tuple[ReturnAwaited, ...] = ()
    undone: Map[tuple[str, str], int] = Map()
    restored: Map[str, int] = Map()
    refunded: Map[int, Decimal] = Map()

    def known_return(self, return_id: str) -> bool:
        awaited = any(one.return_id == return_id for one in self.awaited)
        return awaited or return_id in self.returns or return_id in self.cancelled

    def require_sale(self, purchase_id: str) -> PurchaseRecorded:
        if self.sale is None:
            raise UnknownPurchaseError(name=purchase_id)
        return self.sale

    def standing_return(self, return_id: str) -> ReturnRecorded:
        found = self.returns.get(return_id)
        if found is None:
            raise UnknownReturnError(name=return_id)
        return found


def evolve_purchase(purchase: Purchase, event: PurchaseEvent) -> Purchase:
    """Take in one event."""
    match event:
        case PurchaseRecorded():
            return attrs.evolve(purchase, sale=event)
        case ReturnAwaited():
            return attrs.evolve(purchase, awaited=(*purchase.awaited, event))
        case ReturnRecorded():
            awaited = tuple(
                one for one in purchase.awaited if one.return_id != event.return_id
            )
            purchase = attrs.evolve(purchase, awaited=awaited)
            return _counted(purchase, event, sign=1)
        case ReturnCancelled():
            return _cancelled(purchase, event.return_id)
        case _:
            assert_never(event)


def _cancelled(purchase: Purchase, return_id: str) -> Purchase:
    cancelled = purchase.cancelled | {return_id}
    awaited = tuple(one for one in purchase.awaited if one.return_id != return_id)
    purchase = attrs.evolve(purchase, cancelled=cancelled, awaited=awaited)
    recorded = purchase.returns.get(return_id)
    if recorded is None:
        return purchase
    purchase = _counted(purchase, recorded, sign=-1)
    return attrs.evolve(purchase, returns=purchase.returns.delete(return_id))


def _counted(purchase: Purchase, event: ReturnRecorded, *, sign: int) -> Purchase:
    """Add (or, with -1, take off) what a return brought back."""
    with localcontext(EXACT):
        return attrs.evolve(
            purchase,
            lines=_lines(purchase.lines, event, sign),
            undone=_undone(purchase, event, sign),
            restored=_restored(purchase.restored, event, sign),
            refunded=_refunded(purchase.refunded, event, sign),
            returns=purchase.returns.set(event.return_id, event),
        )


def _lines(
    lines: Map[str, LineState], event: ReturnRecorded, sign: int
) -> Map[str, LineState]:
    for line in event.lines:
        state = lines.get(line.line_id, LineState())
        state = LineState(
            quantity=state.quantity + sign * line.quantity,
            amount=state.amount + sign * line.amount,
        )
        lines = lines.set(line.line_id, state)
    return lines


def _undone(
    purchase: Purchase, event: ReturnRecorded, sign: int
) -> Map[tuple[str, str], int]:
    assert purchase.sale is not None, "a return is recorded after its sale"
    ids = [line.line_id for line in purchase.sale.basket.lines]
    undone = purchase.undone
    for back in event.taken:
        for line_id, points in zip(ids, back.shares, strict=True):
            key = (back.entry_id, line_id)
            undone = undone.set(key, undone.get(key, 0) + sign * points)
    return undone


def _restored(
    restored: Map[str, int], event: ReturnRecorded, sign: int
) -> Map[str, int]:
    for back in event.restored:
        before = restored.get(back.entry_id, 0)
        restored = restored.set(back.entry_id, before + sign * back.points)
    return restored


def _refunded(
    refunded: Map[int, Decimal], event: ReturnRecorded, sign: int
) -> Map[int, Decimal]:
    for index, refund in enumerate(event.refunds):
        before = refunded.get(index, ZERO)
        refunded = refunded.set(index, before + sign * refund.amount)
    return refunded


@attrs.frozen(kw_only=True)
class UnlinkedReturn:
    """A return that names no purchase."""

    recorded: UnlinkedReturnRecorded | None = None
    cancelled_at: datetime | None = None

    def standing(self, return_id: str) -> UnlinkedReturnRecorded:
        if self.recorded is None or self.cancelled_at is not None:
            raise UnknownReturnError(name=return_id)
        return self.recorded


def evolve_unlinked(
    unlinked: UnlinkedReturn, event: UnlinkedReturnEvent
) -> UnlinkedReturn:
    """Take in one event."""
    match event:
        case UnlinkedReturnRecorded():
            return attrs.evolve(unlinked, recorded=event)
        case ReturnCancelled():
            return attrs.evolve(unlinked, cancelled_at=event.at)
        case _:
            assert_never(event)
