"""Every field of every event that members and households record, written out."""

from typing import Any

import pytest

from loyaltyledger import (
    AlreadyExistsError,
    HouseholdEntered,
    HouseholdExited,
    HouseholdFormed,
    HouseholdJoined,
    HouseholdLeft,
    MemberClosed,
    MemberEnrolled,
    MemberFrozen,
    MemberUnfrozen,
    Receipt,
    SpendingAllowed,
)
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
