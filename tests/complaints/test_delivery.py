"""What users of other systems complain about: concurrency and delivery."""

import threading

import pytest

from loyaltyledger import (
    AlreadyExistsError,
    HoldSettledError,
    InsufficientPointsError,
    KeyReusedError,
    LedgerError,
    ReversalExceedsError,
)
from shop import Shop


def test_of_twenty_gifts_of_one_balance_exactly_one_arrives(shop: Shop) -> None:
    """Complaint 16."""
    shop.earn(100)
    ready = threading.Barrier(20)
    refused: list[LedgerError] = []

    def give(number: int) -> None:
        ready.wait()
        try:
            shop.points("transfer", to_member="bob", points=100, key=f"gift {number}")
        except InsufficientPointsError as error:
            refused.append(error)

    threads = [threading.Thread(target=give, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(refused) == 19
    assert (shop.free("ann"), shop.free("bob")) == (0, 100)


def test_of_two_checkouts_with_one_balance_one_is_refused(shop: Shop) -> None:
    """Complaint 17."""
    shop.earn(100)
    shop.hold(100, "till 1")

    with pytest.raises(InsufficientPointsError) as refused:
        shop.hold(1, "till 2")

    assert (refused.value.requested, refused.value.available) == (1, 0)


def test_undoing_adds_no_more_than_was_taken_whatever_came_between(
    shop: Shop,
) -> None:
    """Complaint 18."""
    shop.earn(100)
    shop.spend(100, entry_id="order")
    shop.earn(30)
    shop.reverse("order")

    with pytest.raises(ReversalExceedsError):
        shop.reverse("order", points=1)

    assert shop.free() == 130


def test_a_confirmation_that_comes_twice_counts_once(shop: Shop) -> None:
    """Complaint 19."""
    first = shop.buy("p", "50.00", key="order 17 confirmed")

    again = shop.buy("p", "50.00", key="order 17 confirmed")

    assert again == first
    assert shop.free() == 50


def test_a_confirmation_that_comes_twice_under_other_keys_is_refused(
    shop: Shop,
) -> None:
    """Complaint 19."""
    shop.buy("p", "50.00", key="web")

    with pytest.raises(AlreadyExistsError):
        shop.buy("p", "50.00", key="till")

    assert shop.free() == 50


def test_a_key_for_another_command_is_refused_and_says_what_differs(
    shop: Shop,
) -> None:
    """Complaint 19."""
    shop.earn(50, key="k")

    with pytest.raises(KeyReusedError) as refused:
        shop.earn(51, key="k")

    assert refused.value.differing == ("points",)
    assert shop.free() == 50


def test_two_channels_cannot_make_one_person_two_members(shop: Shop) -> None:
    """Complaint 20."""
    shop.do("enrol", member_id="cleo", channel="web")

    with pytest.raises(AlreadyExistsError) as refused:
        shop.do("enrol", member_id="cleo", channel="till")

    assert (refused.value.what, refused.value.name) == ("member", "cleo")


def test_points_promised_to_an_open_cart_cannot_be_deducted(shop: Shop) -> None:
    """Complaint 21."""
    shop.earn(100)
    shop.hold(60, "cart")

    with pytest.raises(InsufficientPointsError) as refused:
        shop.points("adjust", points=-41, actor="admin", reason="fraud")
    shop.points("capture", hold_id="cart")

    assert refused.value.available == 40
    assert shop.free() == 40


def test_a_cart_whose_points_were_given_back_is_checked_again_at_capture(
    shop: Shop,
) -> None:
    """Complaint 21."""
    shop.earn(100)
    shop.hold(100, "cart")
    shop.points("void", hold_id="cart")
    shop.points("adjust", points=-100, actor="admin", reason="fraud")

    with pytest.raises(HoldSettledError):
        shop.points("capture", hold_id="cart")

    assert shop.balance() == (0, 0, 0, 0)


def test_two_open_carts_are_never_promised_the_same_points(shop: Shop) -> None:
    """Complaint 22."""
    shop.earn(100)
    shop.hold(70, "web")
    shop.hold(30, "till")

    shop.points("capture", hold_id="web")
    shop.points("capture", hold_id="till")

    assert shop.balance() == (0, 0, 0, 0)
