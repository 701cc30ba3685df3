"""Carrying out what concerns purchases and returns, with the points they move."""

from datetime import datetime

import attrs

from ..kernel.errors import (
    AlreadyExistsError,
    InvalidInputError,
    UnknownEntryError,
)
from ..kernel.ids import stream_name
from ..members import check_open
from ..points import (
    Why,
    claw_back,
    earn,
    in_time,
    policy_for,
    standing_for,
    undo,
)
from ..purchases import (
    CancelReturn,
    Credit,
    IfUnknown,
    PointsBack,
    PointsTender,
    Purchase,
    PurchaseRecorded,
    RecordPurchase,
    ReturnAwaited,
    ReturnCancelled,
    ReturnPurchase,
    ReturnRecorded,
    ReturnUnlinked,
    UnlinkedReturnRecorded,
    Wanted,
    check_quote,
    evolve_purchase,
    lines_returned,
    points_restored,
    points_taken,
    purchase_stream,
    refunds,
    return_stream,
)
from ..rules import Award, Tender, Valuation, value
from .accounts import terms_of
from .draft import Draft
from .owners import account_from, account_with_entry, current_account


def record_purchase(command: RecordPurchase, draft: Draft, at: datetime) -> None:
    """Record a sale, award its points, and apply returns that came before it."""
    programme_id, purchase_id = command.programme_id, command.purchase_id
    check_open(draft.member(programme_id, command.member_id), command.member_id)
    purchase = draft.purchase(programme_id, purchase_id)
    if purchase.sale is not None:
        raise AlreadyExistsError(what="purchase", name=purchase_id)
    valued = _valued(command, draft, at)
    tenders = tuple(
        _points_tender(command, tender, draft)
        for tender in command.basket.tenders
        if tender.entry_id is not None
    )
    entry_id = stream_name("purchase", purchase_id)
    credited = tuple(
        _award(draft, command, award, entry_id, at)
        for award in valued.awards
        if award.points
    )
    event = PurchaseRecorded(
        at=at,
        member_id=command.member_id,
        basket=command.basket,
        total=valued.total,
        line_amounts=valued.line_amounts,
        awards=valued.awards,
        credits=credited,
        points_tenders=tenders,
        quoted_at=command.quote.at if command.quote else None,
        actor=command.actor,
    )
    draft.record(purchase_stream(programme_id, purchase_id), (event,))
    for awaited in purchase.awaited:
        _apply_return(awaited, draft, programme_id, purchase_id)


def _valued(command: RecordPurchase, draft: Draft, at: datetime) -> Valuation:
    """Work out the basket by the rules of the day, or of the quote's."""
    day = at if command.quote is None else command.quote.at
    valued = value(command.basket, draft.programme(command.programme_id, day))
    if command.quote is not None:
        check_quote(command.quote, valued.awards, at)
    return valued


def _award(
    draft: Draft, command: RecordPurchase, award: Award, entry_id: str, at: datetime
) -> Credit:
    account_id = current_account(
        draft, command.programme_id, command.member_id, award.point_type
    )
    terms = terms_of(draft, account_id, at)
    events = in_time(
        draft.account(account_id),
        terms,
        lambda then: earn(
            then, award.points, entry_id=entry_id, terms=terms, why=Why()
        ),
    )
    draft.record(account_id.stream, events)
    return Credit(
        point_type=award.point_type, account=account_id.stream, entry_id=entry_id
    )


def _points_tender(
    command: RecordPurchase, tender: Tender, draft: Draft
) -> PointsTender:
    """Find the spend or capture that paid, so that a return can give it back."""
    entry_id, point_type = tender.entry_id, tender.point_type
    assert entry_id is not None, "only payments with points come here"
    assert point_type is not None, "it is named together with the entry"
    account_id = account_with_entry(
        draft, command.programme_id, command.member_id, point_type, entry_id
    )
    entry = draft.account(account_id).entries.get(entry_id)
    if entry is None:
        raise UnknownEntryError(name=entry_id)
    if entry.kind not in {"spend", "capture"}:
        problem = f"{entry_id!r} is no spend or capture, and cannot have paid"
        raise InvalidInputError(field="tenders", problem=problem)
    return PointsTender(
        point_type=point_type,
        account=account_id.stream,
        entry_id=entry_id,
        points=entry.left,
    )


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
    _apply_return(asked, draft, programme_id, purchase_id)


def _apply_return(
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
        _undo(draft, back.account, back, event.at, why)
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
        taken=tuple(_at_most_left(draft, back) for back in taken),
        restored=tuple(_at_most_left(draft, back) for back in restored),
        refunds=refunds(purchase, sale, event.amount),
    )


def _at_most_left(draft: Draft, back: PointsBack) -> PointsBack:
    """Undo no more than is left, where the host has undone some of it by itself.

    An account that was closed gets nothing back: it was forfeited.
    """
    account = draft.account(account_from(back.account))
    if account.is_closed and not account.entries[back.entry_id].gives:
        return attrs.evolve(back, points=0)
    left = sum(entry.left for entry in standing_for(account, back.entry_id))
    return attrs.evolve(back, points=min(back.points, left))


def _undo(draft: Draft, stream: str, back: PointsBack, at: datetime, why: Why) -> None:
    if not back.points:
        return
    account_id = account_from(stream)
    terms = terms_of(draft, account_id, at)
    events = in_time(
        draft.account(account_id),
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
    draft.record(stream, events)


def return_unlinked(command: ReturnUnlinked, draft: Draft, at: datetime) -> None:
    """Take back goods of an unknown purchase, by the rules of the day."""
    programme_id, member_id = command.programme_id, command.member_id
    check_open(draft.member(programme_id, member_id), member_id)
    if draft.unlinked(programme_id, command.return_id).recorded is not None:
        raise AlreadyExistsError(what="return", name=command.return_id)
    valued = value(command.basket, draft.programme(programme_id, at))
    entry_id = stream_name("return", command.return_id)
    credited = tuple(
        _claw_back(draft, command, award, entry_id, at)
        for award in valued.awards
        if award.points
    )
    event = UnlinkedReturnRecorded(
        at=at,
        member_id=member_id,
        basket=command.basket,
        total=valued.total,
        awards=valued.awards,
        credits=credited,
        reason=command.reason,
        actor=command.actor,
    )
    draft.record(return_stream(programme_id, command.return_id), (event,))


def _claw_back(
    draft: Draft, command: ReturnUnlinked, award: Award, entry_id: str, at: datetime
) -> Credit:
    account_id = current_account(
        draft, command.programme_id, command.member_id, award.point_type
    )
    terms = terms_of(draft, account_id, at)
    policy = policy_for(draft.account(account_id), terms.kind)
    events = in_time(
        draft.account(account_id),
        terms,
        lambda then: claw_back(
            then,
            award.points,
            entry_id=entry_id,
            at=at,
            kind=terms.kind,
            policy=policy,
            why=Why(reason=command.reason, actor=command.actor),
        ),
    )
    draft.record(account_id.stream, events)
    return Credit(
        point_type=award.point_type, account=account_id.stream, entry_id=entry_id
    )


def cancel_return(command: CancelReturn, draft: Draft, at: datetime) -> None:
    """Put back what a return booked by mistake had undone."""
    if command.purchase_id is None:
        _cancel_unlinked(command, draft, at)
        return
    stream = purchase_stream(command.programme_id, command.purchase_id)
    purchase = draft.purchase(command.programme_id, command.purchase_id)
    if any(one.return_id == command.return_id for one in purchase.awaited):
        draft.record(stream, (_cancelled(command, at),))
        return
    recorded = purchase.standing_return(command.return_id)
    at = max(at, recorded.at)
    for back in (*recorded.taken, *recorded.restored):
        if back.points:
            undoing = attrs.evolve(
                back,
                entry_id=back.reversal_id,
                reversal_id=f"cancel:{back.reversal_id}",
            )
            undoing = _at_most_left(draft, undoing)
            _undo(draft, back.account, undoing, at, _why(command))
    draft.record(stream, (_cancelled(command, at),))


def _cancel_unlinked(command: CancelReturn, draft: Draft, at: datetime) -> None:
    unlinked = draft.unlinked(command.programme_id, command.return_id)
    recorded = unlinked.standing(command.return_id)
    at = max(at, recorded.at)
    points = {award.point_type: award.points for award in recorded.awards}
    for credit in recorded.credits:
        undoing = PointsBack(
            point_type=credit.point_type,
            account=credit.account,
            entry_id=credit.entry_id,
            reversal_id=f"cancel:{credit.entry_id}",
            points=points[credit.point_type],
        )
        undoing = _at_most_left(draft, undoing)
        _undo(draft, credit.account, undoing, at, _why(command))
    stream = return_stream(command.programme_id, command.return_id)
    draft.record(stream, (_cancelled(command, at),))


def _why(command: CancelReturn) -> Why:
    return Why(reason=command.reason, actor=command.actor)


def _cancelled(command: CancelReturn, at: datetime) -> ReturnCancelled:
    return ReturnCancelled(
        at=at,
        return_id=command.return_id,
        reason=command.reason,
        actor=command.actor,
    )
