"""Every field of every event of a purchase and its returns, written out."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from loyaltyledger import (
    Award,
    Basket,
    IfUnknown,
    PointsBack,
    PurchaseRecorded,
    Receipt,
    Refund,
    ReturnAwaited,
    ReturnCancelled,
    ReturnExceedsPurchaseError,
    ReturnLine,
    ReturnRecorded,
    Reversed,
    Share,
    Tender,
    UnknownEntryError,
    UnknownPurchaseError,
    UnknownReturnError,
    UnlinkedReturnRecorded,
)
from loyaltyledger.purchases import Credit, LineReturned, PointsTender
from shop import NOW, Shop, basket, line, rate

POINTS = "account:shop:member:ann:points"
SALE = "purchase:shop:p"
BY: dict[str, Any] = {"reason": "broken", "actor": "till-3"}


def last(receipt: Receipt) -> tuple[str, Any]:
    """Return the stream and the event that a command records of a sale."""
    return receipt.events[-1].stream, receipt.events[-1].event


def bought() -> Basket:
    """Two lines for 30.00, of which 10.00 are paid with points."""
    return basket(
        line("1", "10.00", "2"),
        line("2", "10.00"),
        tenders=(
            Tender(
                method="points",
                amount=Decimal("10.00"),
                entry_id="order",
                point_type="points",
            ),
            Tender(method="card", amount=Decimal("20.00")),
        ),
    )


def sold(shop: Shop) -> Receipt:
    shop.earn(100, entry_id="gift")
    shop.spend(50, entry_id="order")
    return shop.do(
        "record_purchase",
        member_id="ann",
        purchase_id="p",
        basket=bought(),
        actor="till-3",
    )


def taken(points: int, *shares: int, return_id: str = "r") -> PointsBack:
    return PointsBack(
        point_type="points",
        account=POINTS,
        entry_id="purchase:p",
        reversal_id=f"return:p:{return_id}",
        points=points,
        shares=shares,
    )


def restored(points: int, return_id: str = "r") -> PointsBack:
    return PointsBack(
        point_type="points",
        account=POINTS,
        entry_id="order",
        reversal_id=f"refund:p:{return_id}:order",
        points=points,
    )


def test_a_sale_paid_with_points_and_a_card(shop: Shop) -> None:
    receipt = sold(shop)

    earning = Decimal(20)
    shares = (("1", "13.33", 13), ("2", "6.67", 7))
    award = Award(
        point_type="points",
        points=20,
        currency="GBP",
        basis=earning,
        rate=rate(),
        shares=tuple(
            Share(line_id=name, basis=Decimal(basis), points=points)
            for name, basis, points in shares
        ),
    )
    paid = PointsTender(
        point_type="points", account=POINTS, entry_id="order", points=50
    )
    assert last(receipt) == (
        SALE,
        PurchaseRecorded(
            at=NOW,
            member_id="ann",
            basket=bought(),
            total=Decimal(30),
            line_amounts=(Decimal(20), Decimal(10)),
            awards=(award,),
            credits=(
                Credit(point_type="points", account=POINTS, entry_id="purchase:p"),
            ),
            points_tenders=(paid,),
            actor="till-3",
        ),
    )


def test_what_comes_back_in_two_returns(shop: Shop) -> None:
    sold(shop)
    one = ReturnLine(line_id="1", quantity=Decimal(1))
    now = shop.clock.go(days=1)

    first = shop.give_back("p", "r", lines=(one,), **BY)
    rest = shop.give_back("p", "s")

    assert last(first) == (
        SALE,
        ReturnRecorded(
            at=now,
            return_id="r",
            lines=(LineReturned(line_id="1", quantity=Decimal(1), amount=Decimal(10)),),
            amount=Decimal(10),
            taken=(taken(6, 6, 0),),
            restored=(restored(16),),
            refunds=(
                Refund(method="points", amount=Decimal("3.33")),
                Refund(method="card", amount=Decimal("6.67")),
            ),
            **BY,
        ),
    )
    assert last(rest)[1] == ReturnRecorded(
        at=now,
        return_id="s",
        lines=(
            LineReturned(line_id="1", quantity=Decimal(1), amount=Decimal(10)),
            LineReturned(line_id="2", quantity=Decimal(1), amount=Decimal(10)),
        ),
        amount=Decimal(20),
        taken=(taken(14, 7, 7, return_id="s"),),
        restored=(restored(34, "s"),),
        refunds=(
            Refund(method="points", amount=Decimal("6.67")),
            Refund(method="card", amount=Decimal("13.33")),
        ),
    )
    undone = [
        (one.entry_id, one.reverses, one.gives, one.reason, one.actor)
        for one in first.of(Reversed)
    ]
    assert undone == [
        ("return:p:r", "purchase:p", False, "broken", "till-3"),
        ("refund:p:r:order", "order", True, "broken", "till-3"),
    ]
    assert shop.balance() == (100, 0, 0, 0)


def test_a_return_that_is_taken_back_leaves_the_sale_as_it_was(shop: Shop) -> None:
    sold(shop)
    before = shop.balance()
    shop.give_back("p", "r", amount=Decimal(7))
    shop.give_back("p", "s", lines=(ReturnLine(line_id="2"),))
    now = shop.clock.go(days=1)

    for return_id in ("r", "s"):
        cancelled = shop.do("cancel_return", return_id=return_id, purchase_id="p", **BY)
        assert last(cancelled) == (
            SALE,
            ReturnCancelled(at=now, return_id=return_id, **BY),
        )

    assert shop.balance() == before
    with pytest.raises(UnknownReturnError) as refused:
        shop.do("cancel_return", return_id="r", purchase_id="p")
    assert refused.value.name == "r"
    (again,) = shop.give_back("p", "t").of(ReturnRecorded)
    assert again.amount == Decimal(30)
    assert [one.amount for one in again.refunds] == [Decimal(10), Decimal(20)]
    assert [one.points for one in (*again.taken, *again.restored)] == [20, 50]


def test_returns_that_come_before_their_sale(shop: Shop) -> None:
    line_back = ReturnLine(line_id="2")
    asked: dict[str, Any] = {"if_unknown": IfUnknown.WAIT}
    by_line = shop.give_back("p", "r", lines=(line_back,), **asked, **BY)
    shop.give_back("p", "regretted", **asked)
    by_money = shop.give_back("p", "s", amount=Decimal(500), **asked)
    shop.do("cancel_return", return_id="regretted", purchase_id="p")
    now = shop.clock.go(days=1)

    receipt = sold(shop)

    assert last(by_line) == (
        SALE,
        ReturnAwaited(at=NOW, return_id="r", lines=(line_back,), **BY),
    )
    assert last(by_money)[1] == ReturnAwaited(
        at=NOW, return_id="s", amount=Decimal(500)
    )
    first, second = receipt.of(ReturnRecorded)
    assert (first.return_id, first.at, first.amount) == ("r", now, Decimal(10))
    assert (first.reason, first.actor) == ("broken", "till-3")
    assert (second.return_id, second.amount) == ("s", Decimal(20))
    assert shop.balance() == (100, 0, 0, 0)


def test_a_return_of_a_sale_that_was_never_told(shop: Shop) -> None:
    with pytest.raises(UnknownPurchaseError) as refused:
        shop.give_back("p", "r")

    assert refused.value.name == "p"


@pytest.mark.parametrize(
    ("fields", "line_id", "requested", "left"),
    [
        ({"lines": (ReturnLine(line_id="1", quantity=Decimal(3)),)}, "1", "3", "2"),
        ({"lines": (ReturnLine(line_id="2", amount=Decimal(11)),)}, "2", "11", "10.00"),
        ({"amount": Decimal("30.01")}, "*", "30.01", "30.00"),
    ],
)
def test_a_return_of_more_than_was_sold_says_how_much_is_left(
    shop: Shop, fields: dict[str, Any], line_id: str, requested: str, left: str
) -> None:
    sold(shop)

    with pytest.raises(ReturnExceedsPurchaseError) as refused:
        shop.give_back("p", "r", **fields)

    assert refused.value.fields() == {
        "purchase_id": "p",
        "line_id": line_id,
        "requested": requested,
        "left": left,
    }


def test_a_second_return_of_everything_finds_nothing(shop: Shop) -> None:
    sold(shop)
    shop.give_back("p", "r")

    with pytest.raises(ReturnExceedsPurchaseError) as refused:
        shop.give_back("p", "s")

    assert refused.value.fields() == {
        "purchase_id": "p",
        "line_id": "*",
        "requested": "something",
        "left": "0",
    }


def test_a_return_that_names_no_purchase_and_its_taking_back(shop: Shop) -> None:
    shop.earn(10, entry_id="gift")
    goods = basket("4.00")
    asked: dict[str, Any] = {"member_id": "ann", "return_id": "r"}
    recorded = shop.do("return_unlinked", **asked, basket=goods, **BY)
    now = shop.clock.go(days=1)

    cancelled = shop.do("cancel_return", return_id="r", **BY)

    share = Share(line_id="1", basis=Decimal(4), points=4)
    award = Award(
        point_type="points",
        points=4,
        currency="GBP",
        basis=Decimal(4),
        rate=rate(),
        shares=(share,),
    )
    credit = Credit(point_type="points", account=POINTS, entry_id="return:r")
    assert last(recorded) == (
        "return:shop:r",
        UnlinkedReturnRecorded(
            at=NOW,
            member_id="ann",
            basket=goods,
            total=Decimal(4),
            awards=(award,),
            credits=(credit,),
            **BY,
        ),
    )
    assert last(cancelled) == (
        "return:shop:r",
        ReturnCancelled(at=now, return_id="r", **BY),
    )
    assert shop.balance() == (10, 0, 0, 0)
    for return_id in ("r", "unheard of"):
        with pytest.raises(UnknownReturnError) as refused:
            shop.do("cancel_return", return_id=return_id)
        assert refused.value.name == return_id


def test_a_payment_with_points_that_nobody_knows(shop: Shop) -> None:
    with pytest.raises(UnknownEntryError) as refused:
        shop.do("record_purchase", member_id="ann", purchase_id="p", basket=bought())

    assert refused.value.name == "order"


def test_a_return_dated_before_its_sale_happens_with_it(shop: Shop) -> None:
    sold(shop)

    (event,) = shop.give_back("p", "r", at=NOW - timedelta(days=1)).of(ReturnRecorded)

    assert event.at == NOW
