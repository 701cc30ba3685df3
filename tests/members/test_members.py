"""Members are enrolled, frozen and closed; households share an account."""

from collections.abc import Callable

import pytest

from loyaltyledger import (
    AccountClosed,
    AccountClosedError,
    AccountId,
    HouseholdError,
    InvalidInputError,
    MemberClosedError,
    MemberFrozenError,
    NotAllowedToSpendError,
    OpenHoldsError,
    Pending,
    PendingKind,
    ReversalPolicy,
    UnknownHouseholdError,
)
from shop import Shop, open_shop, point_type, programme


def join(shop: Shop, *members: str, may_spend: bool = True) -> None:
    for member in members:
        shop.do(
            "join_household", household_id="home", member_id=member, may_spend=may_spend
        )


@pytest.fixture
def home(shop: Shop) -> Shop:
    """A shop with a household that nobody has joined."""
    shop.do("form_household", household_id="home")
    return shop


def test_a_frozen_member_earns_and_returns_and_uses_nothing(shop: Shop) -> None:
    shop.earn(50)
    shop.hold(10, "cart")
    shop.do("freeze", member_id="ann", reason="fraud")

    shop.buy("p", "20.00")
    shop.give_back("p", "r")
    attempts: list[Callable[[], object]] = [
        lambda: shop.spend(1),
        lambda: shop.hold(1, "other"),
        lambda: shop.points("capture", hold_id="cart"),
        lambda: shop.points("transfer", to_member="bob", points=1),
    ]
    for attempt in attempts:
        with pytest.raises(MemberFrozenError):
            attempt()
    shop.points("void", hold_id="cart")

    assert shop.balance() == (50, 0, 0, 0)


def test_freezing_again_changes_the_reason(shop: Shop) -> None:
    shop.earn(1)
    shop.do("freeze", member_id="ann", reason="fraud")
    shop.do("freeze", member_id="ann", reason="theft")

    with pytest.raises(MemberFrozenError) as refused:
        shop.spend(1)

    assert refused.value.reason == "theft"


def test_an_unfrozen_member_uses_points_again(shop: Shop) -> None:
    shop.earn(1)
    shop.do("freeze", member_id="ann", reason="fraud")

    shop.do("unfreeze", member_id="ann")
    shop.spend(1)

    assert shop.balance() == (0, 0, 0, 0)


@pytest.mark.parametrize("what", ["freeze", "unfreeze", "close_member"])
def test_a_member_who_left_cannot_be_changed(shop: Shop, what: str) -> None:
    shop.do("close_member", member_id="ann")
    reason = {"reason": "r"} if what == "freeze" else {}

    with pytest.raises(MemberClosedError):
        shop.do(what, member_id="ann", **reason)


def test_closing_forfeits_what_is_there_and_writes_off_what_is_owed(
    shop: Shop,
) -> None:
    shop.earn(30)
    shop.buy("p", "50.00", member_id="bob")
    shop.spend(50, "bob")
    shop.give_back("p", "r")

    (rich,) = shop.do("close_member", member_id="ann", reason="r").of(AccountClosed)
    (poor,) = shop.do("close_member", member_id="bob").of(AccountClosed)

    assert [part.points for part in rich.forfeited] == [30]
    assert (rich.written_off, poor.forfeited, poor.written_off) == (0, (), 50)
    assert shop.balance("ann") == shop.balance("bob") == (0, 0, 0, 0)


def test_closing_forfeits_points_that_are_pending_too() -> None:
    waits = Pending(kind=PendingKind.DURATION, days=3)
    with open_shop(point_type(pending=waits)) as shop:
        shop.earn(30)
        shop.do("close_member", member_id="ann")
        shop.clock.go(days=3)

        assert shop.balance() == (0, 0, 0, 0)


def test_closing_takes_in_every_point_type_there_ever_was() -> None:
    with open_shop(point_type(name="miles")) as shop:
        shop.points("earn", point_type="miles", points=30)
        shop.define(programme())
        shop.do("close_member", member_id="ann")

        assert shop.balance(point_type="miles") == (0, 0, 0, 0)


def test_closing_waits_for_open_checkouts_and_not_for_lapsed_ones(shop: Shop) -> None:
    shop.earn(30)
    shop.hold(10, "cart")
    with pytest.raises(OpenHoldsError):
        shop.do("close_member", member_id="ann")
    shop.clock.go(minutes=30)

    shop.do("close_member", member_id="ann")

    assert shop.balance() == (0, 0, 0, 0)


def test_after_closing_a_return_makes_no_debt_and_a_spend_is_not_undone(
    shop: Shop,
) -> None:
    shop.buy("p", "50.00")
    shop.earn(20)
    shop.spend(20, entry_id="order")
    shop.do("close_member", member_id="ann")

    receipt = shop.give_back("p", "r")
    with pytest.raises(AccountClosedError):
        shop.reverse("order")

    assert receipt.not_recovered == 50
    assert shop.balance() == (0, 0, 0, 0)


def test_after_closing_pending_points_are_not_released() -> None:
    waits = Pending(kind=PendingKind.EVENT)
    with open_shop(point_type(pending=waits)) as shop:
        shop.earn(5, entry_id="gift")
        shop.do("close_member", member_id="ann")

        with pytest.raises(AccountClosedError):
            shop.points("release_pending", entry_id="gift")


def test_after_closing_other_policies_stay_as_they_are() -> None:
    with open_shop(point_type(reversal=ReversalPolicy.PENDING_ONLY)) as shop:
        shop.buy("p", "50.00")
        shop.do("close_member", member_id="ann")

        assert shop.give_back("p", "r").not_recovered == 50


def test_a_household_earns_into_one_account_and_spends_from_it(home: Shop) -> None:
    join(home, "ann", "bob")

    home.earn(30, "ann")
    home.earn(20, "bob")
    home.spend(45, "bob")

    assert home.balance("ann") == home.balance("bob") == (5, 0, 0, 0)


def test_only_those_who_may_spend_do(home: Shop) -> None:
    join(home, "ann", may_spend=False)
    home.earn(30)
    with pytest.raises(NotAllowedToSpendError):
        home.spend(1)

    home.do("allow_spending", household_id="home", member_id="ann", may_spend=True)
    home.spend(1)

    assert home.balance() == (29, 0, 0, 0)


def test_own_points_stay_behind_until_they_are_moved(home: Shop) -> None:
    home.earn(30)
    join(home, "ann")
    assert home.balance() == (0, 0, 0, 0)

    home.points("transfer", to_household="home", points=30)

    assert home.balance() == (30, 0, 0, 0)


def test_a_stranger_gives_to_a_household(home: Shop) -> None:
    join(home, "ann")
    home.earn(30, "bob")

    home.points("transfer", "bob", to_household="home", points=10)
    home.points("transfer", "bob", to_member="ann", points=10)

    assert home.balance("ann") == (20, 0, 0, 0)


def test_who_leaves_has_an_own_account_again_and_the_household_keeps_its_points(
    home: Shop,
) -> None:
    home.earn(7)
    join(home, "ann", "bob")
    home.earn(30)

    home.do("leave_household", household_id="home", member_id="ann")

    assert home.balance("ann") == (7, 0, 0, 0)
    assert home.balance("bob") == (30, 0, 0, 0)


def test_closing_leaves_the_household_with_its_points(home: Shop) -> None:
    join(home, "ann", "bob")
    home.earn(30, "ann")

    home.do("close_member", member_id="ann")

    assert home.balance("bob") == (30, 0, 0, 0)
    with pytest.raises(HouseholdError):
        home.do("leave_household", household_id="home", member_id="ann")


def test_what_began_before_joining_goes_on_in_the_own_account(home: Shop) -> None:
    home.earn(30, entry_id="gift")
    home.hold(10, "cart")
    join(home, "ann")

    home.points("capture", hold_id="cart")
    home.reverse("gift", points=20)

    own = AccountId(
        programme_id="shop", owner_kind="member", owner_id="ann", point_type="points"
    )
    found = home.ledger.account_balance(own)
    assert (found.available, found.debt) == (0, 0)


@pytest.mark.parametrize("what", ["join_household", "leave_household"])
def test_a_household_must_be_formed(shop: Shop, what: str) -> None:
    fields = {"may_spend": True} if what == "join_household" else {}

    with pytest.raises(UnknownHouseholdError):
        shop.do(what, household_id="nowhere", member_id="ann", **fields)


def test_a_household_must_be_formed_to_allow(shop: Shop) -> None:
    fields = {"household_id": "nowhere", "member_id": "ann", "may_spend": True}

    with pytest.raises(UnknownHouseholdError):
        shop.do("allow_spending", **fields)


def test_only_who_is_inside_is_allowed(home: Shop) -> None:
    fields = {"household_id": "home", "member_id": "ann", "may_spend": True}

    with pytest.raises(HouseholdError):
        home.do("allow_spending", **fields)


def test_moving_within_one_household_is_refused(home: Shop) -> None:
    join(home, "ann", "bob")
    home.earn(1)

    with pytest.raises(InvalidInputError):
        home.points("transfer", to_member="bob", points=1)
