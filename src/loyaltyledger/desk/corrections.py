"""Carrying out returns that name no purchase, and taking returns back."""

from datetime import datetime

import attrs

from ..kernel.errors import (
    AlreadyExistsError,
)
from ..kernel.ids import stream_name
from ..members import check_open
from ..points import (
    Why,
    check_new_entry,
    claw_back,
    policy_for,
)
from ..purchases import (
    CancelReturn,
    Credit,
    PointsBack,
    ReturnCancelled,
    ReturnUnlinked,
    UnlinkedReturnRecorded,
    purchase_stream,
    return_stream,
)
from ..rules import Award, value
from .accounts import terms_of
from .draft import Draft
from .owners import current_account
from .returns import at_most_left, undo_back


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
    check_new_entry(draft.account(account_id), entry_id)
    policy = policy_for(draft.account(account_id), terms.kind)
    draft.book(
        account_id,
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
            undoing = at_most_left(draft, undoing)
            undo_back(draft, undoing, at, _why(command))
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
        undoing = at_most_left(draft, undoing)
        undo_back(draft, undoing, at, _why(command))
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
