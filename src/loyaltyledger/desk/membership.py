"""Carrying out what concerns members and households."""

from datetime import datetime
from typing import assert_never

from ..members import (
    AllowSpending,
    CloseMember,
    Enrol,
    FormHousehold,
    Freeze,
    JoinHousehold,
    LeaveHousehold,
    Unfreeze,
    allow_spending,
    close_member,
    enrol,
    form,
    freeze,
    household_stream,
    join,
    leave,
    member_stream,
    unfreeze,
)
from ..points import Why, close
from .accounts import terms_of
from .draft import Draft
from .owners import own_account

MemberCommand = (
    Enrol
    | Freeze
    | Unfreeze
    | CloseMember
    | FormHousehold
    | JoinHousehold
    | LeaveHousehold
    | AllowSpending
)


def handle(command: MemberCommand, draft: Draft, at: datetime) -> None:
    draft.programme(command.programme_id, at)
    match command:
        case Enrol() | Freeze() | Unfreeze():
            _alone(command, draft, at)
        case CloseMember():
            _close(command, draft, at)
        case FormHousehold() | AllowSpending():
            _in_household(command, draft, at)
        case JoinHousehold() | LeaveHousehold():
            _together(command, draft, at)
        case _:
            assert_never(command)


def _alone(command: Enrol | Freeze | Unfreeze, draft: Draft, at: datetime) -> None:
    member = draft.member(command.programme_id, command.member_id)
    stream = member_stream(command.programme_id, command.member_id)
    match command:
        case Enrol():
            draft.record(stream, enrol(command, member, at))
        case Freeze():
            draft.record(stream, freeze(command, member, at))
        case Unfreeze():
            draft.record(stream, unfreeze(command, member, at))
        case _:
            assert_never(command)


def _in_household(
    command: FormHousehold | AllowSpending, draft: Draft, at: datetime
) -> None:
    household = draft.household(command.programme_id, command.household_id)
    stream = household_stream(command.programme_id, command.household_id)
    match command:
        case FormHousehold():
            draft.record(stream, form(command, household, at))
        case AllowSpending():
            draft.record(stream, allow_spending(command, household, at))
        case _:
            assert_never(command)


def _together(
    command: JoinHousehold | LeaveHousehold, draft: Draft, at: datetime
) -> None:
    household = draft.household(command.programme_id, command.household_id)
    match command:
        case JoinHousehold():
            member = draft.member(command.programme_id, command.member_id)
            shared, own = join(command, household, member, at)
        case LeaveHousehold():
            shared, own = leave(command, household, at)
        case _:
            assert_never(command)
    draft.record(household_stream(command.programme_id, command.household_id), shared)
    draft.record(member_stream(command.programme_id, command.member_id), own)


def _close(command: CloseMember, draft: Draft, at: datetime) -> None:
    """Close the membership and every account of the member's own."""
    programme_id, member_id = command.programme_id, command.member_id
    member = draft.member(programme_id, member_id)
    closed = close_member(command, member, at)
    why = Why(reason=command.reason, actor=command.actor)
    versions = draft.programmes(programme_id).versions
    kinds = {kind.name for one in versions for kind in one.programme.point_types}
    for name in sorted(kinds):
        account_id = own_account(programme_id, member_id, name)
        terms = terms_of(draft, account_id, at)
        draft.book(account_id, terms, lambda then: close(then, at, why))
    if member.household_id is not None:
        out = LeaveHousehold(
            key=command.key,
            programme_id=programme_id,
            household_id=member.household_id,
            member_id=member_id,
        )
        _together(out, draft, at)
    draft.record(member_stream(programme_id, member_id), closed)
