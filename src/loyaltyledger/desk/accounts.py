"""Carrying out what concerns one account."""

from datetime import datetime
from typing import assert_never

from ..members import check_known, check_open
from ..points import (
    AccountCommand,
    AccountId,
    Adjust,
    CaptureHold,
    Earn,
    OpenBalance,
    PlaceHold,
    ReleasePending,
    Reverse,
    Spend,
    SweepAccount,
    Terms,
    VoidHold,
    decide,
)
from .draft import Draft
from .owners import (
    account_from,
    account_with_entry,
    account_with_hold,
    check_user,
    current_account,
)


def handle(command: AccountCommand, draft: Draft, at: datetime) -> None:
    _check_member(command, draft)
    draft.programme(command.programme_id, at).point_type(command.point_type)
    account_id = _account_id(command, draft)
    terms = terms_of(draft, account_id, at)
    draft.book(account_id, terms, lambda then: decide(command, then, terms))


def terms_of(draft: Draft, account_id: AccountId, at: datetime) -> Terms:
    """Return the terms of the day for an account.

    A point type that the programme has dropped keeps the last terms it had.
    """
    history = draft.programmes(account_id.programme_id)
    programme = history.on(at, programme_id=account_id.programme_id)
    names = {kind.name for kind in programme.point_types}
    if account_id.point_type not in names:
        programme = history.last_with(account_id.point_type)
    kind = programme.point_type(account_id.point_type)
    return Terms(kind=kind, tz=programme.tz, at=at)


def _check_member(command: AccountCommand, draft: Draft) -> None:
    programme_id, member_id = command.programme_id, command.member_id
    match command:
        case Spend() | PlaceHold() | CaptureHold():
            check_user(draft, programme_id, member_id)
        case Earn() | OpenBalance() | Adjust():
            check_open(draft.member(programme_id, member_id), member_id)
        case VoidHold() | ReleasePending() | Reverse():
            check_known(draft.member(programme_id, member_id), member_id)
        case _:
            assert_never(command)


def _account_id(command: AccountCommand, draft: Draft) -> AccountId:
    whose = (command.programme_id, command.member_id, command.point_type)
    match command:
        case CaptureHold() | VoidHold():
            return account_with_hold(draft, *whose, command.hold_id)
        case ReleasePending() | Reverse():
            return account_with_entry(draft, *whose, command.entry_id)
        case _:
            return current_account(draft, *whose)


def sweep_account(command: SweepAccount, draft: Draft, at: datetime) -> None:
    """Book what time has done to the account of this stream."""
    account_id = account_from(command.account)
    terms = terms_of(draft, account_id, at)
    draft.book(account_id, terms, lambda _: ())
