"""Carrying out the return of a purchase, with the points that it undoes."""

from datetime import datetime

import attrs

from ..kernel.errors import (
    AlreadyExistsError,
)
from ..kernel.ids import stream_name
from ..points import (
    Why,
    standing_for,
    undo,
)
from ..purchases import (
    IfUnknown,
    PointsBack,
    Purchase,
    PurchaseRecorded,
    ReturnAwaited,
    ReturnPurchase,
    ReturnRecorded,
    Wanted,
    evolve_purchase,
    lines_returned,
    points_restored,
    points_taken,
    purchase_stream,
    refunds,
)
from .accounts import terms_of
from .draft import Draft
from .owners import account_from


def return_purchase(command: ReturnPurchase, draft: Draft, at: datetime) -> None:
    """Take goods back, and undo what was recorded for them."""
    programme_id, purchase_id = command.programme_id, command.purchase_id
    draft.programme(programme_id, at)
    purchase = draft.purchase(programme_id, purchase_id)
    if purchase.known_return(command.return_id):
        raise AlreadyExistsError(what="return", name=command.return_id)
    asked = ReturnAwaited(
        at=at,
        return_id=command.return_id,
        lines=command.lines,
        amount=command.amount,
        reason=command.reason,
        actor=command.actor,
    )
    if purchase.sale is None and command.if_unknown is IfUnknown.WAIT:
        draft.record(purchase_stream(programme_id, purchase_id), (asked,))
        return
    purchase.require_sale(purchase_id)
    apply_return(asked, draft, programme_id, purchase_id)


def apply_return(
    asked: ReturnAwaited, draft: Draft, programme_id: str, purchase_id: str
) -> None:
    """Work a return out, and undo its points; one that waited takes what there is."""
    purchase = draft.purchase(programme_id, purchase_id)
    sale = purchase.require_sale(purchase_id)
    wanted = Wanted(
        lines=asked.lines, amount=asked.amount, is_late=asked in purchase.awaited
    )
    lines = lines_returned(purchase, sale, wanted, purchase_id=purchase_id)
    amount = sum((line.amount for line in lines), sale.total * 0)
    event = ReturnRecorded(
        at=max(asked.at, sale.at),
        return_id=asked.return_id,
        lines=lines,
        amount=amount,
        reason=asked.reason,
        actor=asked.actor,
    )
    event = _with_points(event, purchase, sale, draft, purchase_id)
    why = Why(reason=asked.reason, actor=asked.actor)
    for back in (*event.taken, *event.restored):
        undo_back(draft, back, event.at, why)
    draft.record(purchase_stream(programme_id, purchase_id), (event,))


def _with_points(
    event: ReturnRecorded,
    purchase: Purchase,
    sale: PurchaseRecorded,
    draft: Draft,
    purchase_id: str,
) -> ReturnRecorded:
    """Add to a return the points it undoes and the money it gives back."""
    after = evolve_purchase(purchase, event)
    taken_id = stream_name("return", purchase_id, event.return_id)
    given_id = stream_name("refund", purchase_id, event.return_id)
    taken = points_taken(after, sale, taken_id)
    restored = points_restored(after, sale, given_id)
    return attrs.evolve(
        event,
        taken=tuple(at_most_left(draft, back) for back in taken),
        restored=tuple(at_most_left(draft, back) for back in restored),
        refunds=refunds(purchase, sale, event.amount),
    )


def at_most_left(draft: Draft, back: PointsBack) -> PointsBack:
    """Undo no more than is left, where the host has undone some of it by itself.

    An account that was closed gets nothing back: it was forfeited.
    """
    account = draft.account(account_from(back.account))
    if account.is_closed and not account.entries[back.entry_id].gives:
        return attrs.evolve(back, points=0)
    left = sum(entry.left for entry in standing_for(account, back.entry_id))
    return attrs.evolve(back, points=min(back.points, left))


def undo_back(draft: Draft, back: PointsBack, at: datetime, why: Why) -> None:
    if not back.points:
        return
    account_id = account_from(back.account)
    terms = terms_of(draft, account_id, at)
    draft.book(
        account_id,
        terms,
        lambda then: undo(
            then,
            back.entry_id,
            back.points,
            reversal_id=back.reversal_id,
            terms=terms,
            why=why,
        ),
    )
