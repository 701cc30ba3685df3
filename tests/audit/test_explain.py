"""An explanation goes from the sale line to the lot, and to everything after it."""

from decimal import Decimal
from typing import Any, cast

import attrs
import pytest

from audit.story import PROGRAMME, Clock, Shop, basket, day, live, opened
from loyaltyledger import (
    Explanation,
    InvalidInputError,
    Ledger,
    UnknownEntryError,
    UnknownHoldError,
    UnknownKeyError,
    UnknownLotError,
    UnknownMemberError,
    UnknownPurchaseError,
    UnknownReturnError,
)
from loyaltyledger.programme import (
    Basis,
    Currency,
    Expiry,
    ExpiryKind,
    PointType,
    Programme,
    Rate,
    RestoredPolicy,
    ReversalPolicy,
    SpendOrder,
    Steps,
    TaxBasis,
)
from loyaltyledger.rules import Basket, Line


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(clock: Clock) -> Ledger:
    ledger = opened("memory:", clock)
    live(ledger, clock)
    return ledger


def titles(explanation: Explanation) -> list[str]:
    return [one.title for one in explanation.all()]


def part(explanation: Explanation, title: str) -> Explanation:
    """Return the first part whose title begins so."""
    return next(one for one in explanation.all() if one.title.startswith(title))


def says(explanation: Explanation, title: str) -> bool:
    return any(one.startswith(title) for one in titles(explanation))


def of_ann(ledger: Ledger, **what: str) -> Explanation:
    return ledger.explain(
        programme_id="shop", member_id="ann", point_type="points", **what
    )


def with_points(**policies: Any) -> Programme:
    (points, miles) = PROGRAMME.point_types
    changed: PointType = attrs.evolve(points, **policies)
    return attrs.evolve(PROGRAMME, point_types=(changed, miles))


# ── purchases ────────────────────────────────────────────────────────────────────────


def test_a_purchase_is_explained_down_to_the_line(ledger: Ledger) -> None:
    purchase = ledger.explain(programme_id="shop", purchase_id="p1")

    award = part(purchase, "99 points")
    assert purchase.title == "purchase p1 of member ann"
    assert award.fact("basis") == "99.97 GBP"
    assert award.fact("rate") == "1 per 1 GBP, whole steps"
    assert award.fact("sum") == "99.97 / 1 = 99.97: 99 steps x 1 = 99"
    line = part(purchase, "line 1 ")
    assert line.title == "line 1 (sku1): 30 points"
    assert line.fact("basis") == Decimal("29.97")
    assert line.fact("exact share") == "~29.679204"


def test_a_line_says_what_of_it_did_not_earn(ledger: Ledger) -> None:
    tobacco = ledger.explain(programme_id="shop", purchase_id="p2")
    gift = ledger.explain(programme_id="shop", purchase_id="p5")

    assert part(tobacco, "line 1 ").fact("does not earn") == (
        "category tobacco is excluded"
    )
    line = part(gift, "line 1 ")
    assert line.fact("price") == "3 x 9.99"
    assert line.fact("discount of the line") == "0.97"
    assert line.fact("share of the discount on the whole") == "2.37"
    assert line.fact("came to") == "26.63"
    assert line.fact("paid with gift_card") == Decimal("5.92")
    assert line.fact("basis") == Decimal("20.71")


def test_a_purchase_goes_on_to_its_lot_and_what_became_of_it(ledger: Ledger) -> None:
    purchase = ledger.explain(programme_id="shop", purchase_id="p1")

    lot = part(purchase, "lot purchase:p1")
    assert lot.fact("granted at") == day(0)
    assert lot.fact("policy of expiry") == "3 months after they became usable"
    assert lot.fact("left") == 0
    assert titles(lot)[1:] == [
        "60 points held by h1",
        "40 points taken by capture c1, 20 let go",
        "20 points held by h2",
        "20 points let go: h2 lapsed",
        "59 points taken back by return:p1:r1, undoing purchase:p1",
    ]


def test_a_return_says_what_was_owed_and_who_paid_it(ledger: Ledger) -> None:
    back = ledger.explain(programme_id="shop", purchase_id="p1", return_id="r1")

    assert part(back, "99 points to be undone").fact("entry") == "purchase:p1"
    assert says(back, "30 points of line number 1")
    reversal = part(back, "reversal return:p1:r1")
    assert reversal.fact("when already spent") == "debt"
    assert says(reversal, "59 points from lot purchase:p1")
    owed = part(reversal, "40 points owed")
    assert owed.fact("still owed") == 0
    assert titles(owed)[1:] == ["40 points paid by lot purchase:p2"]


def test_a_return_that_was_cancelled_says_so(ledger: Ledger) -> None:
    back = ledger.explain(programme_id="shop", purchase_id="p3", return_id="r2")

    assert part(back, "cancelled: booked by mistake").fact("at") == day(61)
    assert says(back, "reversal cancel:return:p3:r2 of return:p3:r2: 8 points given")
    assert says(back, "8 points to lot purchase:p3")


def test_an_unlinked_return_is_explained_like_a_purchase(ledger: Ledger) -> None:
    back = ledger.explain(programme_id="shop", return_id="u1")

    assert part(back, "17 points").fact("sum") == "17.00 / 1 = 17: 17 steps x 1 = 17"
    assert says(back, "clawback return:u1: 17 points taken")
    assert says(back, "17 points owed: they were not there")


def test_rates_in_proportion_and_net_amounts_are_written_out(clock: Clock) -> None:
    rate = Rate(currency="GBP", points=3, per=Decimal("0.70"), steps=Steps.PROPORTIONAL)
    programme = attrs.evolve(
        with_points(rates=(rate,)), basis=Basis(excluded_skus=frozenset({"bag"}))
    )
    net = attrs.evolve(programme, basis=attrs.evolve(programme.basis, tax=TaxBasis.NET))
    ledger = opened("memory:", clock)
    shop = Shop(ledger, clock)
    shop.start()
    ledger.define(key="net", programme=net)
    lines = (
        Line(
            line_id="a",
            sku="tea",
            quantity=Decimal(1),
            unit_price=Decimal("6.00"),
            tax=Decimal("1.00"),
        ),
        Line(line_id="b", sku="bag", quantity=Decimal(1), unit_price=Decimal("0.10")),
    )
    shop.buys("ann", "p", Basket(currency="GBP", lines=lines))

    purchase = ledger.explain(programme_id="shop", purchase_id="p")

    award = part(purchase, "21 points")
    assert award.fact("rate") == "3 per 0.70 GBP, in proportion, rounded by floor"
    assert award.fact("sum") == "5.00 / 0.70 x 3 = ~21.428571, rounded to 21"
    assert part(purchase, "line a").fact("tax") == "1.00, in it"
    assert part(purchase, "line a").fact("without tax") == Decimal("5.00")
    assert part(purchase, "line b").fact("does not earn") == "sku bag is excluded"


def test_a_purchase_that_earns_nothing_says_why(clock: Clock) -> None:
    ledger = opened("memory:", clock)
    shop = Shop(ledger, clock)
    shop.start()
    shop.buys("ann", "p", basket("9.00", category="tobacco"))

    purchase = ledger.explain(programme_id="shop", purchase_id="p")

    assert part(purchase, "0 points").fact("sum") == "0 earns nothing"
    assert part(purchase, "line 1").fact("exact share") == "0"


# ── entries, lots, holds ─────────────────────────────────────────────────────────────


def test_a_spend_says_which_lots_in_which_order_and_where_they_came_from(
    ledger: Ledger,
) -> None:
    spend = ledger.explain(
        programme_id="shop", member_id="cat", point_type="points", entry_id="s3"
    )

    assert spend.fact("lots") == (
        "earliest expiry first, undated last, then the oldest"
    )
    first, second = spend.because
    assert first.title == "50 points from lot member:cat/t3/1"
    assert first.fact("in the spend order") == "1 of 2 usable"
    assert titles(first)[-1] == "came by opening open bob"
    assert second.title == "10 points from lot purchase:p3"
    assert second.fact("in the spend order") == "2 of 2 usable"
    assert titles(second)[-1] == "earned by purchase p3"


def test_a_spend_says_what_was_given_back(ledger: Ledger) -> None:
    spend = ledger.explain(
        programme_id="shop", member_id="bob", point_type="points", entry_id="s1"
    )

    assert spend.fact("left to undo") == 70
    assert says(spend, "reversal undo s1 of s1: 30 points given back")
    assert says(spend, "30 points to lot open bob")


def test_a_hold_says_what_became_of_it(ledger: Ledger) -> None:
    captured, lapsed = of_ann(ledger, hold_id="h1"), of_ann(ledger, hold_id="h2")

    assert captured.fact("neither captured nor let go") == 0
    assert says(captured, "60 points of lot purchase:p1 held")
    assert part(captured, "capture c1: 40 points taken").fact("lots") == (
        "of hold h1, in the order its points were pinned"
    )
    assert titles(lapsed)[-1] == "lapsed: 20 points let go"
    assert lapsed.fact("booked as lapsed") == 20


def test_a_voided_hold_says_so(clock: Clock) -> None:
    ledger = opened("memory:", clock)
    shop = Shop(ledger, clock)
    shop.start()
    ledger.earn(key="e", points=10, **shop.whose("ann"))
    ledger.hold(key="h", points=4, **shop.whose("ann"))
    ledger.void(key="v", hold_id="h", **shop.whose("ann"))

    assert titles(of_ann(ledger, hold_id="h"))[-1] == "voided: 4 points let go"
    assert "4 points let go by h" in titles(of_ann(ledger, lot_id="e"))


def test_a_lot_that_waited_tells_its_whole_life(ledger: Ledger) -> None:
    def lot(lot_id: str) -> Explanation:
        return ledger.explain(
            programme_id="shop", member_id="dan", point_type="miles", lot_id=lot_id
        )

    assert titles(lot("m1"))[1:] == [
        "came by earn m1",
        f"released by its event, usable from {day(35).isoformat()}",
        "11 points became usable",
        "9 points taken by spend s2",
        "2 points taken back by undo m1, undoing m1",
    ]
    assert titles(lot("m2"))[1:] == [
        "came by earn m2",
        "13 points cancelled: their event did not come in time",
    ]
    assert lot("m2").fact("usable from") == "when its event happens"
    assert lot("m2").fact("policy of expiry") == "points do not expire"


def test_what_could_not_be_recovered_is_said(ledger: Ledger) -> None:
    undone = ledger.explain(
        programme_id="shop", member_id="dan", point_type="miles", entry_id="undo m1"
    )

    assert undone.fact("when already spent") == ReversalPolicy.WITHIN_BALANCE
    assert says(undone, "9 points not recovered")


def test_an_adjustment_names_its_actor(ledger: Ledger) -> None:
    assert of_ann(ledger, entry_id="a1").fact("actor") == "desk"


def test_points_of_a_household_are_found_through_any_of_its_members(
    ledger: Ledger,
) -> None:
    for member in ("cat", "dan"):
        entry = ledger.explain(
            programme_id="shop",
            member_id=member,
            point_type="points",
            entry_id="purchase:p3",
        )
        assert entry.fact("account") == "account:shop:household:home:points"


def test_activity_that_moved_an_expiry_is_part_of_a_lots_life(clock: Clock) -> None:
    policy = Expiry(kind=ExpiryKind.INACTIVITY, days=30)
    ledger = opened("memory:", clock)
    shop = Shop(ledger, clock)
    shop.start()
    programme = with_points(expiry=policy, spend_order=SpendOrder.FIRST_IN)
    ledger.define(key="inactivity", programme=programme)
    ledger.earn(key="e1", points=10, **shop.whose("ann"))
    clock.on(7)
    ledger.spend(key="s", points=1, **shop.whose("ann"))

    lot = of_ann(ledger, lot_id="e1")

    assert lot.fact("policy of expiry") == "30 days after the last earn or spend"
    assert titles(lot)[-1].startswith("expiry moved to 2024-02-07")
    spend = of_ann(ledger, entry_id="s")
    assert spend.fact("lots") == "first in, first out"
    assert spend.because[0].fact("expires") == day(30)  # as it was when spent


def test_a_grace_is_a_new_lot_that_says_where_it_came_from(clock: Clock) -> None:
    ledger = opened("memory:", clock)
    shop = Shop(ledger, clock)
    shop.start()
    programme = with_points(restored=RestoredPolicy.GRACE, grace_days=5)
    ledger.define(key="grace", programme=programme)
    ledger.earn(key="e1", points=10, **shop.whose("ann"))
    ledger.spend(key="s", points=10, **shop.whose("ann"))
    clock.on(100)
    ledger.reverse(key="back", entry_id="s", **shop.whose("ann"))

    back = of_ann(ledger, entry_id="back")
    assert part(back, "10 points to lot back/1").fact("new lot") == (
        "the old one had died: a grace"
    )
    assert says(of_ann(ledger, lot_id="back/1"), "came back by back, undoing s")


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        (
            Expiry(kind=ExpiryKind.ROLLING, months=12, round_to="year"),
            "12 months after they became usable, to the end of the year",
        ),
        (
            Expiry(kind=ExpiryKind.FIXED, yearly=("03-31",)),
            "at the next of every 03-31",
        ),
    ],
)
def test_policies_are_said_in_words(clock: Clock, policy: Expiry, text: str) -> None:
    ledger = opened("memory:", clock)
    shop = Shop(ledger, clock)
    shop.start()
    ledger.define(key="other", programme=with_points(expiry=policy))
    ledger.earn(key="e1", points=10, **shop.whose("ann"))

    assert of_ann(ledger, lot_id="e1").fact("policy of expiry") == text


# ── keys and receipts ────────────────────────────────────────────────────────────────


def test_every_key_of_the_year_can_be_explained(store_url: str, clock: Clock) -> None:
    with opened(store_url, clock) as ledger:
        live(ledger, clock)

        for row in ledger.store.commands():
            explanation = ledger.explain(row.key)

            assert explanation.title == f"{row.name} under key {row.key}"
            assert explanation.fact("events") == row.events
            assert explanation.because
            assert explanation.text().count("\n") >= row.events


def test_a_receipt_is_explained_like_its_key(ledger: Ledger) -> None:
    receipt = ledger.receipt("c1")
    assert receipt is not None

    assert ledger.explain(receipt) == ledger.explain("c1")
    assert says(ledger.explain(receipt), "capture c1: 40 points taken")


def test_a_receipt_of_nothing_says_that_nothing_had_to_be_done(
    ledger: Ledger,
) -> None:
    nothing = ledger.sweep_account(
        key="nothing", account="account:shop:member:ann:points"
    )

    assert ledger.explain(nothing).title == (
        "SweepAccount under key nothing: nothing had to be done"
    )


def test_what_time_had_done_is_named_with_the_command_that_booked_it(
    ledger: Ledger,
) -> None:
    sweeps = [row.key for row in ledger.store.commands() if row.name == "SweepAccount"]

    named = {title for key in sweeps for title in titles(ledger.explain(key))}

    assert "points-expired in account:shop:member:bob:points" in named


# ── what an explanation rests on ─────────────────────────────────────────────────────


def test_rules_of_today_do_not_change_what_was_decided(
    ledger: Ledger, clock: Clock
) -> None:
    before = ledger.explain(programme_id="shop", purchase_id="p5").text()
    dearer = Rate(currency="GBP", points=1, per=Decimal(5))
    changed = attrs.evolve(
        with_points(
            rates=(dearer,), expiry=Expiry(), reversal=ReversalPolicy.PENDING_ONLY
        ),
        basis=Basis(excluded_skus=frozenset({"sku1"})),
        currencies=(Currency(code="GBP"), Currency(code="EUR")),
    )

    clock.on(130)
    ledger.define(key="today", programme=changed)
    ledger.define(key="as if always", programme=changed, at=day(-1))

    assert ledger.explain(programme_id="shop", purchase_id="p5").text() == before


def test_no_reason_and_no_reference_is_shown(clock: Clock) -> None:
    ledger = opened("memory:", clock)
    shop = Shop(ledger, clock)
    shop.start()
    ledger.earn(
        key="e", points=9, reason="SECRET", reference="SECRET", **shop.whose("ann")
    )
    ledger.spend(
        key="s", points=3, reason="SECRET", reference="SECRET", **shop.whose("ann")
    )
    ledger.reverse(key="r", entry_id="s", reason="SECRET", **shop.whose("ann"))

    told = [ledger.explain(row.key).text() for row in ledger.store.commands()]
    told.append(of_ann(ledger, lot_id="e").text())

    assert "SECRET" not in "".join(told)


def test_the_text_is_indented_by_what_follows_from_what() -> None:
    inner = Explanation(title="inner", facts=(("at", day(0)),))
    outer = Explanation(title="outer", facts=(("points", 3),), because=(inner,))

    assert outer.text().splitlines() == [
        "outer",
        "  points: 3",
        "  inner",
        "    at: 2024-01-01T09:00:00+00:00",
    ]
    assert outer.fact("nothing") is None


# ── refusals ─────────────────────────────────────────────────────────────────────────


def test_what_was_never_recorded_cannot_be_explained(ledger: Ledger) -> None:
    with pytest.raises(UnknownKeyError):
        ledger.explain("no such key")
    with pytest.raises(UnknownPurchaseError):
        ledger.explain(programme_id="shop", purchase_id="p9")
    with pytest.raises(UnknownReturnError):
        ledger.explain(programme_id="shop", purchase_id="p1", return_id="r9")
    with pytest.raises(UnknownReturnError):
        ledger.explain(programme_id="shop", return_id="r1")
    with pytest.raises(UnknownEntryError):
        of_ann(ledger, entry_id="s9")
    with pytest.raises(UnknownHoldError):
        of_ann(ledger, hold_id="h9")
    with pytest.raises(UnknownLotError) as refused:
        of_ann(ledger, lot_id="l9")
    assert str(refused.value) == "lot 'l9' is not known"
    with pytest.raises(UnknownMemberError):
        ledger.explain(
            programme_id="shop", member_id="zoe", point_type="points", lot_id="l"
        )


@pytest.mark.parametrize(
    ("what", "field"),
    [
        ({}, "programme_id"),
        ({"programme_id": "shop"}, "subject"),
        ({"programme_id": "shop", "lot_id": "l", "hold_id": "h"}, "subject"),
        ({"programme_id": "shop", "lot_id": "l"}, "member_id"),
        ({"programme_id": "shop", "lot_id": "l", "member_id": "ann"}, "point_type"),
        ({"programme_id": "shop", "purchase_id": 5}, "purchase_id"),
    ],
)
def test_asks_for_what_is_missing(
    ledger: Ledger, what: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        ledger.explain(None, **what)

    assert refused.value.field == field


def test_refuses_a_subject_that_is_no_key() -> None:
    with pytest.raises(InvalidInputError) as refused:
        Ledger.open("memory:").explain(cast("Any", 5))

    assert refused.value.field == "subject"
