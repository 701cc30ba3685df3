"""What comes back undoes its share of the points: by lines, units, or money."""

from decimal import Decimal
from typing import Any

import pytest

from loyaltyledger import (
    AlreadyExistsError,
    IfUnknown,
    InvalidInputError,
    PurchaseRecorded,
    ReturnAwaited,
    ReturnExceedsPurchaseError,
    ReturnLine,
    ReturnRecorded,
    ReversalPolicy,
    Tender,
    UnknownReturnError,
)
from shop import Shop, basket, line, open_shop, point_type, programme, rate


def back(line_id: str = "1", **fields: str) -> ReturnLine:
    amounts = {name: Decimal(value) for name, value in fields.items()}
    return ReturnLine(line_id=line_id, **amounts)


def returned(shop: Shop, return_id: str, **fields: Any) -> tuple[str, int]:
    """Return what of purchase p; say its money and the points that it took."""
    before = shop.free()
    (event,) = shop.give_back("p", return_id, **fields).of(ReturnRecorded)
    return str(event.amount), before - shop.free()


def test_units_come_back_one_by_one_and_add_up_to_all(shop: Shop) -> None:
    shop.buy("p", line("1", "3.33", "3"))

    taken = [
        returned(shop, f"r{number}", lines=(back(quantity="1"),)) for number in range(3)
    ]

    assert taken == [("3.33", 3), ("3.33", 3), ("3.33", 3)]
    assert shop.free() == 0


def test_units_that_do_not_divide_the_money_leave_the_rest_to_the_last(
    shop: Shop,
) -> None:
    shop.buy("p", line("1", "10.00", "3", discount=Decimal("20.00")))

    taken = [
        returned(shop, f"r{number}", lines=(back(quantity="1"),)) for number in range(3)
    ]

    assert taken == [("3.33", 3), ("3.33", 3), ("3.34", 4)]


def test_money_comes_back_and_the_units_with_the_last_of_it(shop: Shop) -> None:
    shop.buy("p", line("1", "5.00", "2"))

    (first,) = shop.give_back("p", "r", lines=(back(amount="4.00"),)).of(ReturnRecorded)
    (last,) = shop.give_back("p", "s", lines=(back(amount="6.00"),)).of(ReturnRecorded)

    assert [one.quantity for one in (*first.lines, *last.lines)] == [0, 2]
    assert shop.free() == 0


def test_a_whole_line_comes_back_with_all_that_is_left_of_it(shop: Shop) -> None:
    shop.buy("p", line("1", "5.00", "2"), "7.00")
    returned(shop, "r", lines=(back(quantity="1"),))

    assert returned(shop, "s", lines=(back(),)) == ("5.00", 5)
    assert shop.free() == 7


def test_money_for_the_whole_is_shared_over_the_lines(shop: Shop) -> None:
    shop.buy("p", "30.00", "10.00")

    (event,) = shop.give_back("p", "r", amount=Decimal("10.00")).of(ReturnRecorded)

    assert [(one.line_id, str(one.amount)) for one in event.lines] == [
        ("1", "7.50"),
        ("2", "2.50"),
    ]
    assert shop.free() == 31, "7 of 30 and 2 of 10, each cut"
    assert returned(shop, "s", amount=Decimal("30.00")) == ("30.00", 31)


@pytest.mark.parametrize(
    ("lines", "requested", "left"),
    [
        ((back(quantity="3"),), "3", "2"),
        ((back(amount="10.01"),), "10.01", "10.00"),
    ],
)
def test_more_than_was_bought_does_not_come_back(
    shop: Shop, lines: tuple[ReturnLine, ...], requested: str, left: str
) -> None:
    shop.buy("p", line("1", "5.00", "2"))

    with pytest.raises(ReturnExceedsPurchaseError) as refused:
        shop.give_back("p", "r", lines=lines)

    assert (refused.value.requested, refused.value.left) == (requested, left)


def test_a_line_that_took_back_is_returned_as_well(shop: Shop) -> None:
    shop.buy("p", "70.00", line("2", "10.00", "-2"))

    assert returned(shop, "r", lines=(back("2", quantity="1"),)) == ("-10.00", 0)
    assert shop.free() == 50
    returned(shop, "s")
    assert shop.free() == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"lines": (back(), back())},
        {"lines": (back(),), "amount": Decimal(1)},
        {"amount": Decimal(0)},
    ],
)
def test_a_return_that_contradicts_itself_is_refused(
    shop: Shop, fields: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInputError):
        shop.give_back("p", "r", **fields)


def test_a_line_comes_back_by_quantity_or_by_amount() -> None:
    with pytest.raises(InvalidInputError):
        back(quantity="1", amount="1.00")


@pytest.mark.parametrize(
    ("fields", "points"),
    [
        ({}, 0),
        ({"lines": (back(quantity="1"),)}, 15),
        ({"lines": (back(quantity="9"),)}, 10),
        ({"lines": (back(amount="4.00"),)}, 16),
        ({"lines": (back(amount="99.00"),)}, 10),
        ({"lines": (back("nowhere"),)}, 20),
        ({"amount": Decimal("10.00")}, 10),
        ({"amount": Decimal("99.00")}, 0),
    ],
)
def test_a_return_that_comes_before_its_purchase_takes_what_there_is(
    shop: Shop, fields: dict[str, Any], points: int
) -> None:
    asked = {"if_unknown": IfUnknown.WAIT} | fields
    assert shop.give_back("p", "r", **asked).of(ReturnAwaited)

    shop.buy("p", line("1", "5.00", "2"), "10.00")

    assert shop.free() == points


def test_a_return_that_waits_can_be_cancelled(shop: Shop) -> None:
    shop.give_back("p", "r", if_unknown=IfUnknown.WAIT)
    with pytest.raises(AlreadyExistsError):
        shop.give_back("p", "r", if_unknown=IfUnknown.WAIT)

    shop.do("cancel_return", purchase_id="p", return_id="r")
    shop.buy("p", "10.00")

    assert shop.free() == 10
    with pytest.raises(AlreadyExistsError):
        shop.give_back("p", "r")


def test_a_return_may_say_that_it_waits_for_a_purchase_that_is_there(
    shop: Shop,
) -> None:
    shop.buy("p", "10.00")

    shop.give_back("p", "r", if_unknown=IfUnknown.WAIT)

    assert shop.free() == 0


def test_two_returns_that_wait_take_no_more_than_the_purchase_gave(
    shop: Shop,
) -> None:
    for return_id in ("r", "s"):
        shop.give_back("p", return_id, if_unknown=IfUnknown.WAIT)

    shop.buy("p", "10.00")

    assert shop.balance() == (0, 0, 0, 0)


def test_a_cancelled_return_can_be_booked_again_under_another_id(shop: Shop) -> None:
    shop.buy("p", "10.00")
    shop.give_back("p", "r")
    shop.do("cancel_return", purchase_id="p", return_id="r")
    assert shop.free() == 10
    with pytest.raises(UnknownReturnError):
        shop.do("cancel_return", purchase_id="p", return_id="r")

    shop.give_back("p", "s")

    assert shop.free() == 0


def test_a_cancelled_return_takes_back_the_points_that_had_paid(shop: Shop) -> None:
    shop.earn(100)
    shop.spend(40, entry_id="pay")
    tender = Tender(
        method="points", amount=Decimal("4.00"), entry_id="pay", point_type="points"
    )
    shop.buy("p", "4.00", tenders=(tender,))
    shop.give_back("p", "r")
    assert shop.free() == 100

    shop.do("cancel_return", purchase_id="p", return_id="r")

    assert shop.balance() == (60, 0, 0, 0)


def test_a_sale_of_nothing_comes_back_with_what_had_paid_for_it(shop: Shop) -> None:
    shop.earn(100)
    shop.spend(40, entry_id="pay")
    tender = Tender(
        method="points", amount=Decimal(0), entry_id="pay", point_type="points"
    )
    shop.buy("p", "0.00", tenders=(tender,))

    shop.give_back("p", "r")

    assert shop.balance() == (100, 0, 0, 0)


def test_a_line_of_nothing_undoes_nothing(shop: Shop) -> None:
    shop.buy("p", line("1", "9.00", "0"), "5.00")

    returned(shop, "r")

    assert shop.balance() == (0, 0, 0, 0)


def test_a_line_that_cost_nothing_comes_back_with_the_others(shop: Shop) -> None:
    shop.buy("p", line("1", "0.00", "2"), "5.00")

    assert returned(shop, "r", lines=(back("1", quantity="1"),)) == ("0.00", 0)
    returned(shop, "s")

    assert shop.balance() == (0, 0, 0, 0)


def test_points_that_paid_are_not_given_back_to_who_has_left(shop: Shop) -> None:
    shop.earn(100)
    shop.spend(40, entry_id="pay")
    tender = Tender(
        method="points", amount=Decimal("4.00"), entry_id="pay", point_type="points"
    )
    shop.buy("p", "4.00", tenders=(tender,))
    shop.do("close_member", member_id="ann")

    (event,) = shop.give_back("p", "r").of(ReturnRecorded)

    assert [one.points for one in event.restored] == [0]
    assert shop.balance() == (0, 0, 0, 0)


def test_what_the_host_has_undone_by_itself_is_not_undone_twice(shop: Shop) -> None:
    shop.buy("p", "10.00")
    shop.reverse("purchase:p", points=7)

    shop.give_back("p", "r")

    assert shop.balance() == (0, 0, 0, 0)


def test_a_return_of_points_undone_by_hand_moves_nothing(shop: Shop) -> None:
    shop.buy("p", "10.00")
    shop.reverse("purchase:p")

    shop.give_back("p", "r")
    shop.do("cancel_return", purchase_id="p", return_id="r")

    assert shop.balance() == (0, 0, 0, 0)


@pytest.mark.parametrize("policy", list(ReversalPolicy))
def test_an_unlinked_return_is_decided_by_the_rules_of_its_day(
    policy: ReversalPolicy,
) -> None:
    with open_shop(point_type(reversal=policy, rates=(rate(2),))) as shop:
        shop.earn(15)

        receipt = shop.do(
            "return_unlinked", member_id="ann", return_id="r", basket=basket("10.00")
        )

        expected = {
            ReversalPolicy.DEBT: ((0, 0, 0, 5), 0),
            ReversalPolicy.WITHIN_BALANCE: ((0, 0, 0, 0), 5),
            ReversalPolicy.PENDING_ONLY: ((15, 0, 0, 0), 20),
        }
        assert (shop.balance(), receipt.not_recovered) == expected[policy]

        shop.do("cancel_return", return_id="r")
        assert shop.balance() == (15, 0, 0, 0)


def test_an_unlinked_return_that_earned_nothing_takes_nothing(shop: Shop) -> None:
    shop.earn(5)

    shop.do("return_unlinked", member_id="ann", return_id="r", basket=basket("0.99"))
    shop.do("cancel_return", return_id="r")

    assert shop.balance() == (5, 0, 0, 0)


def test_an_unlinked_return_undone_by_hand_can_still_be_cancelled(shop: Shop) -> None:
    shop.earn(5)
    shop.do("return_unlinked", member_id="ann", return_id="r", basket=basket("3.00"))
    shop.reverse("return:r", points=2)

    shop.do("cancel_return", return_id="r")

    assert shop.balance() == (5, 0, 0, 0)


@pytest.mark.parametrize(("tax_included", "total"), [(True, 120), (False, 140)])
def test_tax_is_in_the_price_or_comes_on_top(
    shop: Shop, *, tax_included: bool, total: int
) -> None:
    taxed = line("1", "120.00", tax=Decimal("20.00"))

    (sale,) = shop.buy("p", taxed, tax_included=tax_included).of(PurchaseRecorded)

    assert (sale.total, shop.free()) == (total, total)


def test_a_quote_is_for_the_basket_and_its_own_time(shop: Shop) -> None:
    quoted = shop.ledger.quote(programme_id="shop", basket=basket("10.00"))

    assert quoted.points("points") == 10
    assert quoted.points("miles") == 0


def test_a_purchase_that_earns_nothing_is_recorded(shop: Shop) -> None:
    receipt = shop.buy("p", "0.99")

    assert receipt.of(PurchaseRecorded)
    assert receipt.earned == 0


def test_a_purchase_of_last_month_is_decided_by_the_rules_of_last_month() -> None:
    with open_shop() as shop:
        earlier = shop.clock.now
        shop.clock.go(days=30)
        shop.define(programme(point_type(rates=(rate(2),))))

        shop.buy("p", "10.00", at=earlier)
        shop.buy("q", "10.00")

        assert shop.free() == 30


def test_an_unlinked_return_never_takes_the_id_of_another_entry(shop: Shop) -> None:
    shop.earn(10, entry_id="return:r")

    with pytest.raises(AlreadyExistsError):
        shop.do("return_unlinked", member_id="ann", return_id="r", basket=basket("3"))

    shop.reverse("return:r")
    assert shop.free() == 0, "the earn can still be undone, whole"
