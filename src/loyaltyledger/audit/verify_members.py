"""Whether members and households went through what they can, and name each other."""

from collections.abc import Callable, Iterator, Sequence

from ..desk import fold_stream
from ..kernel.ids import stream_ids
from ..members import (
    Household,
    HouseholdEntered,
    HouseholdExited,
    HouseholdFormed,
    Member,
    MemberEnrolled,
    MemberEvent,
    Status,
    evolve_household,
    evolve_member,
    household_stream,
    member_stream,
)
from ..store import UNFOLDABLE, Recorded
from .findings import FindingKind as Kind
from .findings import Report

Look = Callable[[str], Sequence[Recorded]]
"""Reads another stream, as far as it can be read."""


def check_member(recorded: Sequence[Recorded], look: Look, report: Report) -> None:
    member = Member()
    for one in recorded:
        is_first = member.status is Status.UNKNOWN
        if is_first != isinstance(one.event, MemberEnrolled):
            problem = "a member is enrolled once, and first of all"
            report.add(Kind.IMPOSSIBLE_STEP, problem, place=one)
        if member.status is Status.CLOSED:
            problem = "the membership had ended"
            report.add(Kind.IMPOSSIBLE_STEP, problem, place=one)
        for problem in _household_problems(member, one.event):
            report.add(Kind.HOUSEHOLD_MISMATCH, problem, place=one)
        member = evolve_member(member, one.event)
    if member.household_id is None:
        return
    _, programme_id, member_id = stream_ids(recorded[-1].stream)
    household = look(household_stream(programme_id, member.household_id))
    if member_id not in _household(household).members:
        problem = f"household {member.household_id!r} does not have the member"
        report.add(Kind.HOUSEHOLD_MISMATCH, problem, place=recorded[-1])


def _household_problems(member: Member, event: MemberEvent) -> Iterator[str]:
    """Who enters a household is in none, and leaves the one that was entered."""
    if isinstance(event, HouseholdEntered) and member.household_id is not None:
        yield f"shares the account of household {member.household_id!r} already"
    if isinstance(event, HouseholdExited) and member.household_id != event.household_id:
        yield f"was not in household {event.household_id!r}"


def check_household(recorded: Sequence[Recorded], look: Look, report: Report) -> None:
    household = Household()
    for one in recorded:
        if household.is_formed == isinstance(one.event, HouseholdFormed):
            problem = "a household is formed once, and first of all"
            report.add(Kind.IMPOSSIBLE_STEP, problem, place=one)
        try:
            household = evolve_household(household, one.event)
        except UNFOLDABLE as error:
            problem = f"does not fit what came before: {error!r}"
            report.add(Kind.BROKEN_REFERENCE, problem, place=one)
            return
    _, programme_id, household_id = stream_ids(recorded[-1].stream)
    for member_id in sorted(household.members):
        stream = member_stream(programme_id, member_id)
        events = tuple(one.event for one in look(stream))
        if fold_stream(stream, None, events).state.household_id != household_id:
            problem = f"member {member_id!r} does not share this account"
            report.add(Kind.HOUSEHOLD_MISMATCH, problem, place=recorded[-1])


def _household(recorded: Sequence[Recorded]) -> Household:
    household = Household()
    for one in recorded:
        try:
            household = evolve_household(household, one.event)
        except UNFOLDABLE:
            # its own stream is reported when its turn comes
            return household
    return household
