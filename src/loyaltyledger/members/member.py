"""A member: enrolled, frozen, unfrozen, closed. The ledger knows only an id."""

from datetime import datetime
from enum import StrEnum
from typing import assert_never

import attrs

from ..kernel.errors import (
    AlreadyExistsError,
    InvalidInputError,
    MemberClosedError,
    MemberFrozenError,
    UnknownMemberError,
)
from ..kernel.fields import check_reason, check_text, instant
from ..kernel.ids import check_id, check_optional_id, stream_name


def member_stream(programme_id: str, member_id: str) -> str:
    return stream_name("member", programme_id, member_id)


class Status(StrEnum):
    UNKNOWN = "unknown"
    ENROLLED = "enrolled"
    FROZEN = "frozen"
    CLOSED = "closed"


@attrs.frozen(kw_only=True)
class Enrol:
    """Make somebody a member of a programme."""

    key: str = attrs.field(validator=check_id)
    programme_id: str = attrs.field(validator=check_id)
    member_id: str = attrs.field(validator=check_id)
    at: datetime | None = instant("at")
    channel: str | None = attrs.field(default=None, validator=check_text)
    actor: str | None = attrs.field(default=None, validator=check_optional_id)


@attrs.frozen(kw_only=True)
class Freeze:
    """Stop a member from using points; earning and returns go on."""

    key: str = attrs.field(validator=check_id)
    programme_id: str = attrs.field(validator=check_id)
    member_id: str = attrs.field(validator=check_id)
    reason: str = attrs.field(validator=check_reason)
    at: datetime | None = instant("at")
    actor: str | None = attrs.field(default=None, validator=check_optional_id)


@attrs.frozen(kw_only=True)
class Unfreeze:
    """Let a frozen member use points again."""

    key: str = attrs.field(validator=check_id)
    programme_id: str = attrs.field(validator=check_id)
    member_id: str = attrs.field(validator=check_id)
    at: datetime | None = instant("at")
    actor: str | None = attrs.field(default=None, validator=check_optional_id)


@attrs.frozen(kw_only=True)
class CloseMember:
    """End a membership: own points are forfeited, debt is written off."""

    key: str = attrs.field(validator=check_id)
    programme_id: str = attrs.field(validator=check_id)
    member_id: str = attrs.field(validator=check_id)
    reason: str | None = attrs.field(default=None, validator=check_text)
    at: datetime | None = instant("at")
    actor: str | None = attrs.field(default=None, validator=check_optional_id)


@attrs.frozen(kw_only=True)
class MemberEnrolled:
    """Somebody became a member."""

    at: datetime
    channel: str | None = None
    actor: str | None = None


@attrs.frozen(kw_only=True)
class MemberFrozen:
    """The member may not use points."""

    at: datetime
    reason: str
    actor: str | None = None


@attrs.frozen(kw_only=True)
class MemberUnfrozen:
    """The member may use points again."""

    at: datetime
    actor: str | None = None


@attrs.frozen(kw_only=True)
class MemberClosed:
    """The membership ended."""

    at: datetime
    reason: str | None = None
    actor: str | None = None


@attrs.frozen(kw_only=True)
class HouseholdEntered:
    """The member shares the account of a household from now on."""

    at: datetime
    household_id: str


@attrs.frozen(kw_only=True)
class HouseholdExited:
    """The member has an account of their own again."""

    at: datetime
    household_id: str


MemberEvent = (
    MemberEnrolled
    | MemberFrozen
    | MemberUnfrozen
    | MemberClosed
    | HouseholdEntered
    | HouseholdExited
)


@attrs.frozen(kw_only=True)
class Member:
    """Where a member stands; of former households, the last left comes first."""

    status: Status = Status.UNKNOWN
    enrolled_at: datetime | None = None
    frozen_for: str = ""
    household_id: str | None = None
    former_households: tuple[str, ...] = ()


def evolve_member(member: Member, event: MemberEvent) -> Member:
    """Take in one event."""
    match event:
        case MemberEnrolled():
            return attrs.evolve(member, status=Status.ENROLLED, enrolled_at=event.at)
        case MemberFrozen():
            return attrs.evolve(member, status=Status.FROZEN, frozen_for=event.reason)
        case MemberUnfrozen():
            return attrs.evolve(member, status=Status.ENROLLED, frozen_for="")
        case MemberClosed():
            return attrs.evolve(member, status=Status.CLOSED, household_id=None)
        case HouseholdEntered():
            return attrs.evolve(member, household_id=event.household_id)
        case HouseholdExited():
            left = tuple(
                one for one in member.former_households if one != event.household_id
            )
            former = (event.household_id, *left)
            return attrs.evolve(member, household_id=None, former_households=former)
        case _:
            assert_never(event)


def check_known(member: Member, member_id: str) -> None:
    if member.status is Status.UNKNOWN:
        raise UnknownMemberError(name=member_id)


def check_open(member: Member, member_id: str) -> None:
    """Refuse somebody who is no member, or no longer one."""
    check_known(member, member_id)
    if member.status is Status.CLOSED:
        raise MemberClosedError(member=member_id)


def check_may_use(member: Member, member_id: str) -> None:
    """Refuse a member who may not use points."""
    check_open(member, member_id)
    if member.status is Status.FROZEN:
        raise MemberFrozenError(member=member_id, reason=member.frozen_for)


def enrol(command: Enrol, member: Member, at: datetime) -> tuple[MemberEvent, ...]:
    if member.status is not Status.UNKNOWN:
        raise AlreadyExistsError(what="member", name=command.member_id)
    return (MemberEnrolled(at=at, channel=command.channel, actor=command.actor),)


def freeze(command: Freeze, member: Member, at: datetime) -> tuple[MemberEvent, ...]:
    """Freeze; freezing again changes the reason."""
    check_open(member, command.member_id)
    return (MemberFrozen(at=at, reason=command.reason, actor=command.actor),)


def unfreeze(
    command: Unfreeze, member: Member, at: datetime
) -> tuple[MemberEvent, ...]:
    check_open(member, command.member_id)
    if member.status is not Status.FROZEN:
        problem = f"member {command.member_id!r} is not frozen"
        raise InvalidInputError(field="member_id", problem=problem)
    return (MemberUnfrozen(at=at, actor=command.actor),)


def close_member(
    command: CloseMember, member: Member, at: datetime
) -> tuple[MemberEvent, ...]:
    check_open(member, command.member_id)
    return (MemberClosed(at=at, reason=command.reason, actor=command.actor),)
