"""Carrying out a purchase: what it earns, and the points that paid for it."""

from datetime import datetime

from ..kernel.errors import (
    AlreadyExistsError,
    InvalidInputError,
    UnknownEntryError,
)
from ..kernel.ids import stream_name
from ..members import check_open
from ..points import Why, earn
from ..purchases import (
    Credit,
    PointsTender,
    PurchaseRecorded,
    RecordPurchase,
    check_quote,
    purchase_stream,
)
from ..rules import Award, Tender, Valuation, value
from .accounts import terms_of
from .draft import Draft
from .owners import account_with_entry, current_account
from .returns import apply_return


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
        apply_return(awaited, draft, programme_id, purchase_id)


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
    draft.book(
        account_id,
        terms,
        lambda then: earn(
            then, award.points, entry_id=entry_id, terms=terms, why=Why()
        ),
    )
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
