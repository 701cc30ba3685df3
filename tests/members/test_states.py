"""What a member and a household are after each event, field by field."""

from immutables import Map

from loyaltyledger import (
    HouseholdEntered,
    HouseholdExited,
    HouseholdFormed,
    HouseholdJoined,
    HouseholdLeft,
    MemberClosed,
    MemberEnrolled,
    MemberFrozen,
    MemberUnfrozen,
    SpendingAllowed,
)
from loyaltyledger.members import Household, Member, evolve_household, evolve_member
from loyaltyledger.members.member import MemberEvent, Status
from shop import NOW, TICK


def after(*events: MemberEvent) -> Member:
    member = Member()
    for event in events:
        member = evolve_member(member, event)
    return member


ENROLLED = MemberEnrolled(at=NOW)
FROZEN = MemberFrozen(at=NOW + TICK, reason="fraud")


def test_what_a_member_is() -> None:
    enrolled = Member(status=Status.ENROLLED, enrolled_at=NOW)

    assert after(ENROLLED) == enrolled
    assert after(ENROLLED, FROZEN) == Member(
        status=Status.FROZEN, enrolled_at=NOW, frozen_for="fraud"
    )
    assert after(ENROLLED, FROZEN, MemberUnfrozen(at=NOW)) == enrolled


def test_where_a_member_is_and_was() -> None:
    def entered(name: str) -> HouseholdEntered:
        return HouseholdEntered(at=NOW, household_id=name)

    def exited(name: str) -> HouseholdExited:
        return HouseholdExited(at=NOW, household_id=name)

    stays: list[MemberEvent] = [entered("a"), exited("a"), entered("b"), exited("b")]
    assert after(ENROLLED, entered("a")).household_id == "a"
    left = after(ENROLLED, *stays)
    assert (left.household_id, left.former_households) == (None, ("b", "a"))
    again = after(ENROLLED, *stays, entered("a"), exited("a"))
    assert (again.household_id, again.former_households) == (None, ("a", "b"))
    closed = after(ENROLLED, entered("a"), MemberClosed(at=NOW))
    assert closed == Member(status=Status.CLOSED, enrolled_at=NOW)


def test_who_is_in_a_household() -> None:
    household = evolve_household(Household(), HouseholdFormed(at=NOW))
    joined = HouseholdJoined(at=NOW, member_id="ann", may_spend=False)
    allowed = SpendingAllowed(at=NOW, member_id="ann", may_spend=True)

    inside = evolve_household(household, joined)
    spending = evolve_household(inside, allowed)
    left = evolve_household(spending, HouseholdLeft(at=NOW, member_id="ann"))

    assert household == Household(is_formed=True)
    assert inside == Household(is_formed=True, members=Map({"ann": False}))
    assert spending == Household(is_formed=True, members=Map({"ann": True}))
    assert left == household
