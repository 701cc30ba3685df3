"""Every field of every event that members and households record, written out."""

from typing import Any

import pytest

from loyaltyledger import (
    AlreadyExistsError,
    HouseholdEntered,
    HouseholdError,
    HouseholdExited,
    HouseholdFormed,
    HouseholdJoined,
    HouseholdLeft,
    InvalidInputError,
    MemberClosed,
    MemberClosedError,
    MemberEnrolled,
    MemberFrozen,
    MemberUnfrozen,
    NotAllowedToSpendError,
    Receipt,
    SpendingAllowed,
    UnknownHouseholdError,
    UnknownMemberError,
)
from loyaltyledger.members import Household, check_may_spend
from shop import NOW, Shop

HOME: dict[str, Any] = {"household_id": "home"}
ANN: dict[str, Any] = {"member_id": "ann"}
HOME_STREAM = "household:shop:home"
ANN_STREAM = "member:shop:ann"


def events(receipt: Receipt) -> list[tuple[str, Any]]:
    return [(one.stream, one.event) for one in receipt.events]


def test_a_member_from_the_first_day_to_the_last(shop: Shop) -> None:
    dan: dict[str, Any] = {"member_id": "dan"}

    enrolled = shop.do("enrol", **dan, channel="web", actor="eve")
    frozen = shop.do("freeze", **dan, reason="fraud", actor="eve")
    unfrozen = shop.do("unfreeze", **dan, actor="eve")
    closed = shop.do("close_member", **dan, reason="left", actor="eve")

    stream = "member:shop:dan"
    assert events(enrolled) == [
        (stream, MemberEnrolled(at=NOW, channel="web", actor="eve"))
    ]
    assert events(frozen) == [
        (stream, MemberFrozen(at=NOW, reason="fraud", actor="eve"))
    ]
    assert events(unfrozen) == [(stream, MemberUnfrozen(at=NOW, actor="eve"))]
    assert events(closed)[-1] == (
        stream,
        MemberClosed(at=NOW, reason="left", actor="eve"),
    )
    with pytest.raises(AlreadyExistsError) as refused:
        shop.do("enrol", **dan)
    assert (refused.value.what, refused.value.name) == ("member", "dan")


def test_a_household_from_the_first_day_to_the_last(shop: Shop) -> None:
    formed = shop.do("form_household", **HOME, actor="eve")
    joined = shop.do("join_household", **HOME, **ANN, may_spend=False, actor="eve")
    allowed = shop.do("allow_spending", **HOME, **ANN, may_spend=True, actor="eve")
    left = shop.do("leave_household", **HOME, **ANN, actor="eve")

    assert events(formed) == [(HOME_STREAM, HouseholdFormed(at=NOW, actor="eve"))]
    who: dict[str, Any] = {"at": NOW, "member_id": "ann", "actor": "eve"}
    assert events(joined) == [
        (HOME_STREAM, HouseholdJoined(may_spend=False, **who)),
        (ANN_STREAM, HouseholdEntered(at=NOW, household_id="home")),
    ]
    assert events(allowed) == [(HOME_STREAM, SpendingAllowed(may_spend=True, **who))]
    assert events(left) == [
        (HOME_STREAM, HouseholdLeft(**who)),
        (ANN_STREAM, HouseholdExited(at=NOW, household_id="home")),
    ]
    with pytest.raises(AlreadyExistsError) as refused:
        shop.do("form_household", **HOME)
    assert (refused.value.what, refused.value.name) == ("household", "home")


@pytest.mark.parametrize(
    "what", ["join_household", "leave_household", "allow_spending"]
)
def test_a_household_that_nobody_formed_is_named(shop: Shop, what: str) -> None:
    fields = {} if what == "leave_household" else {"may_spend": True}

    with pytest.raises(UnknownHouseholdError) as refused:
        shop.do(what, **HOME, **ANN, **fields)

    assert refused.value.name == "home"


@pytest.mark.parametrize(
    "what", ["join_household", "freeze", "unfreeze", "close_member"]
)
def test_a_member_who_has_left_is_named(shop: Shop, what: str) -> None:
    shop.do("form_household", **HOME)
    shop.do("close_member", **ANN)
    more: dict[str, dict[str, Any]] = {
        "join_household": {**HOME, "may_spend": True},
        "freeze": {"reason": "fraud"},
    }

    with pytest.raises(MemberClosedError) as refused:
        shop.do(what, **ANN, **more.get(what, {}))

    assert refused.value.member == "ann"


@pytest.mark.parametrize("what", ["earn", "spend"])
def test_a_member_who_has_left_has_no_points_to_use(shop: Shop, what: str) -> None:
    shop.do("close_member", **ANN)

    with pytest.raises(MemberClosedError) as refused:
        shop.points(what, points=1)

    assert refused.value.member == "ann"


def test_a_member_who_is_none_is_named(shop: Shop) -> None:
    with pytest.raises(UnknownMemberError) as refused:
        shop.spend(1, "dan")

    assert refused.value.name == "dan"


def test_a_member_is_in_one_household_only(shop: Shop) -> None:
    for household_id in ("home", "away"):
        shop.do("form_household", household_id=household_id)
    shop.do("join_household", **HOME, **ANN, may_spend=True)

    with pytest.raises(HouseholdError) as refused:
        shop.do("join_household", household_id="away", **ANN, may_spend=True)

    assert refused.value.fields() == {
        "member": "ann",
        "household": "home",
        "problem": "shares an account already; leave first",
    }


@pytest.mark.parametrize("what", ["leave_household", "allow_spending"])
def test_who_is_not_in_a_household_is_named_with_it(shop: Shop, what: str) -> None:
    shop.do("form_household", **HOME)
    fields = {} if what == "leave_household" else {"may_spend": True}

    with pytest.raises(HouseholdError) as refused:
        shop.do(what, **HOME, **ANN, **fields)

    assert refused.value.fields() == {
        "member": "ann",
        "household": "home",
        "problem": "is not in it",
    }


def test_who_is_not_in_a_household_does_not_spend_for_it() -> None:
    with pytest.raises(NotAllowedToSpendError) as refused:
        check_may_spend(Household(is_formed=True), "home", "ann")

    assert refused.value.fields() == {"member": "ann", "household": "home"}


def test_only_the_frozen_are_unfrozen(shop: Shop) -> None:
    with pytest.raises(InvalidInputError) as refused:
        shop.do("unfreeze", **ANN)

    assert str(refused.value) == "member_id: member 'ann' is not frozen"
