"""Carrying out what concerns two accounts: transfer, conversion, and undoing them."""

from datetime import datetime

import attrs

from ..kernel.errors import (
    InsufficientPointsError,
    InvalidInputError,
    ReversalExceedsError,
    UnknownEntryError,
)
from ..members import check_formed, check_known, check_open
from ..points import (
    AccountId,
    Convert,
    Event,
    PartKind,
    Reverse,
    Reversed,
    Taken,
    Transfer,
    Why,
    converted_lot,
    decide,
    exchange,
    receive,
    send,
    sent_lots,
    standing_for,
    undo,
)
from .accounts import terms_of
from .draft import Draft
from .owners import (
    account_from,
    account_with_entry,
    check_user,
    current_account,
    household_account,
)


def transfer(command: Transfer, draft: Draft, at: datetime) -> None:
    """Move points to another account, in one commit."""
    programme_id = command.programme_id
    check_user(draft, programme_id, command.member_id)
    draft.programme(programme_id, at).point_type(command.point_type)
    source = _source(command, draft)
    target = _target(command, draft)
    if source == target:
        problem = "sender and receiver have the same account"
        raise InvalidInputError(field="to_member", problem=problem)
    entry_id = command.entry_id or command.key
    why = _why(command)
    taken = _send(
        draft, source, command.points, entry_id=entry_id, at=at, why=why, target=target
    )
    terms = terms_of(draft, target, at)
    owner = f"{source.owner_kind}:{source.owner_id}"
    lots = sent_lots(draft.account(source), taken, terms=terms, sender_owner=owner)
    draft.book(
        target,
        terms,
        lambda then: receive(
            then, lots, entry_id=entry_id, terms=terms, why=why, counter=source.stream
        ),
    )


def convert(command: Convert, draft: Draft, at: datetime) -> None:
    """Turn points into another point type, in one commit."""
    programme_id, member_id = command.programme_id, command.member_id
    check_user(draft, programme_id, member_id)
    programme = draft.programme(programme_id, at)
    programme.point_type(command.point_type)
    programme.point_type(command.into)
    rate = programme.conversion(command.point_type, command.into)
    deal = exchange(command.points, rate)
    source = current_account(draft, programme_id, member_id, command.point_type)
    target = current_account(draft, programme_id, member_id, command.into)
    entry_id = command.entry_id or command.key
    why, kind = _why(command), "conversion"
    _send(
        draft,
        source,
        deal.taken,
        entry_id=entry_id,
        at=at,
        why=why,
        target=target,
        entry_kind=kind,
    )
    terms = terms_of(draft, target, at)
    lots = (converted_lot(entry_id, deal.made, terms=terms),)
    draft.book(
        target,
        terms,
        lambda then: receive(
            then,
            lots,
            entry_id=entry_id,
            terms=terms,
            why=why,
            counter=source.stream,
            entry_kind=kind,
        ),
    )


def _why(command: Transfer | Convert) -> Why:
    return Why(reference=command.reference, reason=command.reason, actor=command.actor)


def _source(command: Transfer, draft: Draft) -> AccountId:
    """Return the sender's account.

    What a member moves into the household shared with others comes from the member's
    own account.
    """
    whose = (command.programme_id, command.member_id, command.point_type)
    current = current_account(draft, *whose)
    own_household = current.owner_kind == "household"
    if own_household and current.owner_id == command.to_household:
        return attrs.evolve(current, owner_kind="member", owner_id=command.member_id)
    return current


def _target(command: Transfer, draft: Draft) -> AccountId:
    programme_id, point_type = command.programme_id, command.point_type
    if command.to_household is not None:
        household = draft.household(programme_id, command.to_household)
        check_formed(household, command.to_household)
        return household_account(programme_id, command.to_household, point_type)
    assert command.to_member is not None, "one receiver is named"
    check_open(draft.member(programme_id, command.to_member), command.to_member)
    return current_account(draft, programme_id, command.to_member, point_type)


def _send(
    draft: Draft,
    source: AccountId,
    points: int,
    *,
    entry_id: str,
    at: datetime,
    why: Why,
    target: AccountId,
    entry_kind: str = "transfer",
) -> Taken:
    terms = terms_of(draft, source, at)
    events = draft.book(
        source,
        terms,
        lambda then: send(
            then,
            points,
            entry_id=entry_id,
            terms=terms,
            why=why,
            counter=target.stream,
            entry_kind=entry_kind,
        ),
    )
    return next(one for one in events if isinstance(one, Taken))


def reverse(command: Reverse, draft: Draft, at: datetime) -> None:
    """Undo an entry; one with another side is undone on both."""
    programme_id, member_id = command.programme_id, command.member_id
    check_known(draft.member(programme_id, member_id), member_id)
    account_id = account_with_entry(
        draft, programme_id, member_id, command.point_type, command.entry_id
    )
    account = draft.account(account_id)
    entry = account.entries.get(command.entry_id)
    if entry is None:
        raise UnknownEntryError(name=command.entry_id)
    if entry.counter is None:
        terms = terms_of(draft, account_id, at)
        draft.book(account_id, terms, lambda then: decide(command, then, terms))
        return
    other_id = account_from(entry.counter)
    whole = account_id.point_type != other_id.point_type
    if whole and command.points is not None:
        problem = "a conversion is undone as a whole; leave points out"
        raise InvalidInputError(field="points", problem=problem)
    first, second = other_id, account_id
    if entry.gives:
        first, second = account_id, other_id
    _take_back(command, draft, first, at)
    _undo(command, draft, second, at)


def _take_back(
    command: Reverse, draft: Draft, account_id: AccountId, at: datetime
) -> None:
    """Take back what one side was given; all of it, or the other side stays too."""
    events = _undo(command, draft, account_id, at)
    parts = [p for one in events if isinstance(one, Reversed) for p in one.parts]
    lost = sum(part.points for part in parts if part.kind is PartKind.LOST)
    if lost:
        requested = sum(part.points for part in parts)
        raise InsufficientPointsError(requested=requested, available=requested - lost)


def _undo(
    command: Reverse, draft: Draft, account_id: AccountId, at: datetime
) -> tuple[Event, ...]:
    terms = terms_of(draft, account_id, at)
    account = draft.account(account_id)
    points = command.points
    left = sum(one.left for one in standing_for(account, command.entry_id))
    if points is not None and points > left:
        raise ReversalExceedsError(
            entry_id=command.entry_id, requested=points, left=left
        )
    return draft.book(
        account_id,
        terms,
        lambda then: undo(
            then,
            command.entry_id,
            points,
            reversal_id=command.reversal_id or command.key,
            terms=terms,
            why=Why(
                reference=command.reference,
                reason=command.reason,
                actor=command.actor,
            ),
        ),
    )
