"""A household: several members share one account, and some of them may spend."""

from datetime import datetime
from typing import assert_never

import attrs
from immutables import Map

from ..kernel.errors import (
    AlreadyExistsError,
    HouseholdError,
    NotAllowedToSpendError,
    UnknownHouseholdError,
)
from ..kernel.fields import check_flag, instant
from ..kernel.ids import check_id, check_optional_id, stream_name
from .member import HouseholdEntered, HouseholdExited, Member, MemberEvent, check_open


def household_stream(programme_id: str, household_id: str) -> str:
    return stream_name("household", programme_id, household_id)


@attrs.frozen(kw_only=True)
class FormHousehold:
    """Make a household, with nobody in it yet."""

    key: str = attrs.field(validator=check_id)
    programme_id: str = attrs.field(validator=check_id)
    household_id: str = attrs.field(validator=check_id)
    at: datetime | None = instant("at")
    actor: str | None = attrs.field(default=None, validator=check_optional_id)


@attrs.frozen(kw_only=True)
class JoinHousehold:
    """Let a member share the household's account from now on.

    Points the member has stay in the member's own account until transferred.
    """

    key: str = attrs.field(validator=check_id)
    programme_id: str = attrs.field(validator=check_id)
    household_id: str = attrs.field(validator=check_id)
    member_id: str = attrs.field(validator=check_id)
    may_spend: bool = attrs.field(validator=check_flag)
    at: datetime | None = instant("at")
    actor: str | None = attrs.field(default=None, validator=check_optional_id)


@attrs.frozen(kw_only=True)
class LeaveHousehold:
    """Let a member go; the household's points stay with the household."""

    key: str = attrs.field(validator=check_id)
    programme_id: str = attrs.field(validator=check_id)
    household_id: str = attrs.field(validator=check_id)
    member_id: str = attrs.field(validator=check_id)
    at: datetime | None = instant("at")
    actor: str | None = attrs.field(default=None, validator=check_optional_id)


@attrs.frozen(kw_only=True)
class AllowSpending:
    """Say whether a member of a household may use its points."""

    key: str = attrs.field(validator=check_id)
    programme_id: str = attrs.field(validator=check_id)
    household_id: str = attrs.field(validator=check_id)
    member_id: str = attrs.field(validator=check_id)
    may_spend: bool = attrs.field(validator=check_flag)
    at: datetime | None = instant("at")
    actor: str | None = attrs.field(default=None, validator=check_optional_id)


@attrs.frozen(kw_only=True)
class HouseholdFormed:
    """A household was made."""

    at: datetime
    actor: str | None = None


@attrs.frozen(kw_only=True)
class HouseholdJoined:
    """A member came in."""

    at: datetime
    member_id: str
    may_spend: bool
    actor: str | None = None


@attrs.frozen(kw_only=True)
class HouseholdLeft:
    """A member went."""

    at: datetime
    member_id: str
    actor: str | None = None


@attrs.frozen(kw_only=True)
class SpendingAllowed:
    """Who may spend changed."""

    at: datetime
    member_id: str
    may_spend: bool
    actor: str | None = None


HouseholdEvent = HouseholdFormed | HouseholdJoined | HouseholdLeft | SpendingAllowed


@attrs.frozen(kw_only=True)
class Household:
    """Who is in it, and whether each may spend."""

    is_formed: bool = False
    members: Map[str, bool] = Map()


def evolve_household(household: Household, event: HouseholdEvent) -> Household:
    """Take in one event."""
    match event:
        case HouseholdFormed():
            return attrs.evolve(household, is_formed=True)
        case HouseholdJoined() | SpendingAllowed():
            members = household.members.set(event.member_id, event.may_spend)
            return attrs.evolve(household, members=members)
        case HouseholdLeft():
            members = household.members.delete(event.member_id)
            return attrs.evolve(household, members=members)
        case _:
            assert_never(event)


def check_formed(household: Household, household_id: str) -> None:
    if not household.is_formed:
        raise UnknownHouseholdError(name=household_id)


def check_may_spend(household: Household, household_id: str, member_id: str) -> None:
    """Refuse a member whom the household does not let spend."""
    if not household.members.get(member_id, False):
        raise NotAllowedToSpendError(member=member_id, household=household_id)


def form(
    command: FormHousehold, household: Household, at: datetime
) -> tuple[HouseholdEvent, ...]:
    if household.is_formed:
        raise AlreadyExistsError(what="household", name=command.household_id)
    return (HouseholdFormed(at=at, actor=command.actor),)


def join(
    command: JoinHousehold, household: Household, member: Member, at: datetime
) -> tuple[tuple[HouseholdEvent, ...], tuple[MemberEvent, ...]]:
    """Take a member in: what the household records, and what the member."""
    check_formed(household, command.household_id)
    check_open(member, command.member_id)
    if member.household_id is not None:
        raise HouseholdError(
            member=command.member_id,
            household=member.household_id,
            problem="shares an account already; leave first",
        )
    joined = HouseholdJoined(
        at=at,
        member_id=command.member_id,
        may_spend=command.may_spend,
        actor=command.actor,
    )
    entered = HouseholdEntered(at=at, household_id=command.household_id)
    return (joined,), (entered,)


def leave(
    command: LeaveHousehold, household: Household, at: datetime
) -> tuple[tuple[HouseholdEvent, ...], tuple[MemberEvent, ...]]:
    """Let a member go: what the household records, and what the member."""
    check_formed(household, command.household_id)
    _check_inside(household, command.household_id, command.member_id)
    left = HouseholdLeft(at=at, member_id=command.member_id, actor=command.actor)
    exited = HouseholdExited(at=at, household_id=command.household_id)
    return (left,), (exited,)


def allow_spending(
    command: AllowSpending, household: Household, at: datetime
) -> tuple[HouseholdEvent, ...]:
    check_formed(household, command.household_id)
    _check_inside(household, command.household_id, command.member_id)
    event = SpendingAllowed(
        at=at,
        member_id=command.member_id,
        may_spend=command.may_spend,
        actor=command.actor,
    )
    return (event,)


def _check_inside(household: Household, household_id: str, member_id: str) -> None:
    if member_id not in household.members:
        raise HouseholdError(
            member=member_id, household=household_id, problem="is not in it"
        )
