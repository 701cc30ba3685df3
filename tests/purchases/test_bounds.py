"""Returns and quotes at their bounds: to the penny, the unit and the microsecond."""

from datetime import datetime, timedelta
from decimal import Context, Decimal, localcontext
from typing import Any

import attrs
import pytest
from immutables import Map

from loyaltyledger import (
    Award,
    Basis,
    InvalidInputError,
    Line,
    PurchaseRecorded,
    Quote,
    QuoteError,
    Refund,
    ReturnAwaited,
    ReturnCancelled,
    ReturnExceedsPurchaseError,
    ReturnLine,
    ReturnRecorded,
    TaxBasis,
    Tender,
)
from loyaltyledger.purchases import (
    LineReturned,
    PointsBack,
    Purchase,
    check_quote,
    evolve_purchase,
    points_restored,
    quote,
    refunds,
)
from loyaltyledger.purchases.purchase import LineState
from shop import NOW, TICK, Shop, basket, line, programme

HALF_AN_HOUR = timedelta(minutes=30)


def came_back(
    shop: Shop, return_id: str, *asked: ReturnLine, **fields: Any
) -> list[tuple[str, Decimal, Decimal]]:
    """Return (line, quantity, amount) of a return of sale p."""
    fields |= {"lines": asked} if asked else {}
    (event,) = shop.give_back("p", return_id, **fields).of(ReturnRecorded)
    return [(one.line_id, one.quantity, one.amount) for one in event.lines]


def units(quantity: str, line_id: str = "1") -> ReturnLine:
    return ReturnLine(line_id=line_id, quantity=Decimal(quantity))


def money(amount: str, line_id: str = "1") -> ReturnLine:
    return ReturnLine(line_id=line_id, amount=Decimal(amount))


def test_several_units_come_back_with_their_part_of_the_money(shop: Shop) -> None:
    shop.buy("p", line("1", "10", "3", discount=Decimal(20)))

    assert came_back(shop, "r", units("2")) == [("1", Decimal(2), Decimal("6.66"))]
    assert came_back(shop, "s", units("1")) == [("1", Decimal(1), Decimal("3.34"))]


def test_a_part_of_a_unit_comes_back(shop: Shop) -> None:
    shop.buy("p", line("1", "8.00", "0.5"))

    first = came_back(shop, "r", units("0.25"))

    assert first == [("1", Decimal("0.25"), Decimal("2.00"))]
    assert came_back(shop, "s") == first


def test_a_line_that_took_back_comes_back_the_other_way(shop: Shop) -> None:
    shop.buy("p", "30.00", line("2", "5.00", "-2"))

    back = came_back(shop, "r", units("1", "2"))

    assert back == [("2", Decimal(-1), Decimal("-5.00"))]


@pytest.mark.parametrize(
    ("bought", "asked", "left"),
    [
        (line("1", "1.00", "0"), units("1"), "0"),
        (line("1", "1.00", "2"), units("2.01"), "2"),
        (line("1", "1.00", "2"), money("2.01"), "2.00"),
    ],
)
def test_no_more_comes_back_than_was_sold(
    shop: Shop, bought: Line, asked: ReturnLine, left: str
) -> None:
    shop.buy("p", bought, "5.00")

    with pytest.raises(ReturnExceedsPurchaseError) as refused:
        came_back(shop, "r", asked)

    assert refused.value.left == left


def test_money_for_the_whole_brings_the_units_back_with_the_last_of_it(
    shop: Shop,
) -> None:
    shop.buy("p", "10", "10")

    first = came_back(shop, "r", amount=Decimal(1))
    rest = came_back(shop, "s", amount=Decimal(19))

    half, zero = Decimal("0.50"), Decimal(0)
    assert first == [("1", zero, half), ("2", zero, half)]
    most = Decimal("9.50")
    assert rest == [("1", Decimal(1), most), ("2", Decimal(1), most)]


def test_money_for_a_line_brings_its_units_back_with_the_last_of_it(
    shop: Shop,
) -> None:
    shop.buy("p", line("1", "5.00", "2"))

    assert came_back(shop, "r", money("9.99")) == [
        ("1", Decimal(0), Decimal("9.99")),
    ]
    assert came_back(shop, "s", money("0.01")) == [
        ("1", Decimal(2), Decimal("0.01")),
    ]


def test_a_line_that_cost_nothing_comes_back_by_its_units(shop: Shop) -> None:
    shop.buy("p", line("1", "0.00", "3"), "5.00")

    assert came_back(shop, "r", units("2")) == [("1", Decimal(2), Decimal("0.00"))]
    assert came_back(shop, "s") == [
        ("1", Decimal(1), Decimal("0.00")),
        ("2", Decimal(1), Decimal("5.00")),
    ]


def test_a_line_that_was_never_sold_is_named(shop: Shop) -> None:
    shop.buy("p", "5.00")

    with pytest.raises(InvalidInputError) as refused:
        came_back(shop, "r", units("1", "9"))

    assert str(refused.value) == "lines: purchase 'p' has no line '9'"


def of_line(shop: Shop, line_id: str, *back: ReturnLine) -> list[int]:
    """Return the points of each line that a return takes; tax earns nothing."""
    shop.define(programme(basis=Basis(tax=TaxBasis.NET)))
    free = line(line_id, "0.00", "2", tax=Decimal(-5))
    empty = line("empty", "1.00", "0", tax=Decimal(-3))
    shop.buy("p", "10.00", free, empty)
    (event,) = shop.give_back("p", "r", lines=back).of(ReturnRecorded)
    (taken,) = event.taken
    return [*taken.shares]


def test_points_of_what_cost_nothing_go_with_its_units(shop: Shop) -> None:
    assert of_line(shop, "gift", units("1", "gift")) == [0, 2, 0]


def test_points_of_what_had_neither_price_nor_units_stay(shop: Shop) -> None:
    assert of_line(shop, "gift", units("1")) == [10, 0, 0]


def test_points_that_paid_for_nothing_come_back_with_anything(shop: Shop) -> None:
    shop.earn(10)
    shop.spend(5, entry_id="order")
    paid = Tender(
        method="points", amount=Decimal(0), entry_id="order", point_type="points"
    )
    (sale,) = shop.buy("p", "0.00", tenders=(paid,)).of(PurchaseRecorded)

    (restored,) = points_restored(Purchase(sale=sale), sale, "undo")

    assert (restored.points, restored.reversal_id) == (5, "undo:order")


def quoted() -> Quote:
    return quote(basket("5.00"), programme(), NOW)


def test_a_quote_says_what_a_basket_earns_and_until_when() -> None:
    made = quoted()

    assert (made.at, made.valid_until) == (NOW, NOW + HALF_AN_HOUR)
    assert (made.points("points"), made.points("miles")) == (5, 0)


@pytest.mark.parametrize("at", [NOW, NOW + HALF_AN_HOUR - TICK])
def test_a_quote_holds_from_its_instant_to_its_last(at: datetime) -> None:
    check_quote(quoted(), quoted().awards, at)


@pytest.mark.parametrize(
    ("at", "awards", "problem"),
    [
        (
            NOW + HALF_AN_HOUR,
            None,
            "it was valid until 2024-05-17T12:30:00+00:00",
        ),
        (NOW - TICK, None, "it was made at 2024-05-17T12:00:00+00:00, later"),
        (NOW, (), "it was made for another basket or programme"),
    ],
)
def test_a_quote_that_no_longer_holds_says_why(
    at: datetime, awards: tuple[Award, ...] | None, problem: str
) -> None:
    made = quoted()

    with pytest.raises(QuoteError) as refused:
        check_quote(made, made.awards if awards is None else awards, at)

    assert refused.value.problem == problem


def test_a_quote_is_asked_of_a_basket_at_an_instant() -> None:
    nothing: Any = None
    with pytest.raises(InvalidInputError) as refused:
        quote(nothing, programme(), NOW)
    assert refused.value.field == "basket"

    with pytest.raises(InvalidInputError) as refused:
        quote(basket("5.00"), programme(), NOW.replace(tzinfo=None))
    assert refused.value.field == "at"


def returned(return_id: str, **fields: Any) -> ReturnRecorded:
    return ReturnRecorded(
        at=NOW,
        return_id=return_id,
        lines=(LineReturned(line_id="1", quantity=Decimal(1), amount=THIRD),),
        amount=THIRD,
        refunds=(
            Refund(method="card", amount=THIRD),
            Refund(method="cash", amount=ONE),
        ),
        taken=(attrs.evolve(BACK, entry_id="sale", shares=(2,)),),
        restored=(BACK,),
        **fields,
    )


BACK = PointsBack(
    point_type="points", account="a", entry_id="order", reversal_id="undo", points=2
)
ONE, THIRD = Decimal("1.00"), Decimal("12345.67")


def test_a_purchase_adds_up_exactly_whatever_the_host_has_set() -> None:
    sale = PurchaseRecorded(
        at=NOW,
        member_id="ann",
        basket=basket("99999.99"),
        total=Decimal("99999.99"),
        line_amounts=(Decimal("99999.99"),),
        awards=(),
    )
    first, second = returned("r"), returned("s")
    cancelled = ReturnCancelled(at=NOW, return_id="r")
    with localcontext(Context(prec=3)):
        one = evolve_purchase(evolve_purchase(Purchase(), sale), first)
        both = evolve_purchase(one, second)
        left = evolve_purchase(both, cancelled)

    assert dict(both.refunded) == {0: 2 * THIRD, 1: 2 * ONE}
    assert dict(left.refunded) == dict(one.refunded) == {0: THIRD, 1: ONE}
    assert both.lines["1"] == LineState(quantity=Decimal(2), amount=2 * THIRD)
    assert left.lines == one.lines
    assert dict(both.undone) == {("sale", "1"): 4}
    assert dict(left.undone) == {("sale", "1"): 2}
    assert (dict(both.restored), dict(left.restored)) == ({"order": 4}, {"order": 2})
    assert (dict(left.returns), set(left.cancelled)) == ({"s": second}, {"r"})
    assert (both.known_return("r"), left.known_return("r")) == (True, True)
    assert not left.known_return("t")


def test_money_goes_back_to_what_has_not_had_it_back() -> None:
    card, cash = (Tender(method=name, amount=Decimal(10)) for name in ("card", "cash"))
    sale = PurchaseRecorded(
        at=NOW,
        member_id="ann",
        basket=basket("20.00", tenders=(card, cash)),
        total=Decimal(20),
        line_amounts=(Decimal(20),),
        awards=(),
    )
    purchase = Purchase(sale=sale, refunded=Map({0: Decimal(10), 1: Decimal(2)}))

    found = refunds(purchase, sale, Decimal(8))

    assert [(one.method, one.amount) for one in found] == [
        ("card", Decimal(0)),
        ("cash", Decimal(8)),
    ]
    none = attrs.evolve(sale, basket=basket("20.00"))
    assert refunds(purchase, none, Decimal(8)) == ()


def test_a_return_too_small_for_a_point_gives_none_back(shop: Shop) -> None:
    shop.earn(10)
    shop.spend(1, entry_id="order")
    paid = Tender(
        method="points", amount=Decimal(30), entry_id="order", point_type="points"
    )
    shop.buy("p", "30.00", tenders=(paid,))

    (event,) = shop.give_back("p", "r", amount=Decimal("0.50")).of(ReturnRecorded)

    assert (event.taken, event.restored) == ((), ())


def test_a_return_that_has_been_applied_is_awaited_no_more() -> None:
    asked = [ReturnAwaited(at=NOW, return_id=name) for name in ("r", "s", "t")]
    sale = PurchaseRecorded(
        at=NOW,
        member_id="ann",
        basket=basket("99999.99"),
        total=Decimal("99999.99"),
        line_amounts=(Decimal("99999.99"),),
        awards=(),
    )
    purchase = Purchase()
    history: list[Any] = [*asked, sale, returned("s")]
    for event in history:
        purchase = evolve_purchase(purchase, event)

    assert purchase.awaited == (asked[0], asked[2])
    assert dict(purchase.returns) == {"s": returned("s")}
    cancelled = ReturnCancelled(at=NOW, return_id="r")
    assert evolve_purchase(purchase, cancelled).awaited == (asked[2],)
