"""Undoing brings back exactly what was: the same lots, the same dates, in any split."""

from itertools import accumulate
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from loyaltyledger import Ledger
from loyaltyledger.purchases import ReturnLine
from loyaltyledger.receipt import Receipt
from model.points_model import Terms
from model.shop import SHOP, Clock, basket_of, money
from properties.histories import (
    ANN,
    DAY,
    SMALL,
    START,
    STEPS,
    TERMS,
    do,
    fresh,
    picture,
)

LINES = st.dictionaries(
    st.sampled_from("abc"),
    st.tuples(st.integers(1, 5), st.integers(1, 3000)),
    min_size=1,
)
CALM = TERMS.filter(lambda terms: terms.expiry != "inactivity")


def free_after_a_gift(ledger: Ledger, clock: Clock) -> int:
    """Give some points that are usable at once; return what is free then."""
    dates: dict[str, Any] = {
        "available_from": clock.now,
        "expires_at": clock.now + 30 * DAY,
    }
    ledger.adjust(key="gift", points=20, actor="eve", reason="gift", **dates, **ANN)
    return ledger.balance(**ANN).free


def has_no_debt(ledger: Ledger) -> bool:
    return ledger.balance(**ANN).debt == 0


@given(CALM, STEPS, SMALL)
def test_a_spend_undone_leaves_no_trace(terms: Terms, steps: Any, points: int) -> None:
    ledger, clock = fresh(terms)
    do(ledger, clock, steps)
    points = min(points, free_after_a_gift(ledger, clock))
    assume(points)
    before = picture(ledger)

    ledger.spend(key="s", points=points, **ANN)
    ledger.reverse(key="r", entry_id="s", **ANN)

    assert picture(ledger) == before


@given(CALM, STEPS, SMALL)
def test_an_earn_undone_leaves_no_trace(terms: Terms, steps: Any, points: int) -> None:
    assume(terms.reversal != "pending_only" or terms.pending != "immediate")
    ledger, clock = fresh(terms)
    do(ledger, clock, steps)
    assume(has_no_debt(ledger))
    before = picture(ledger)

    ledger.earn(key="e", points=points, **ANN)
    ledger.reverse(key="r", entry_id="e", **ANN)

    assert picture(ledger) == before


@given(TERMS, STEPS, SMALL)
def test_a_hold_voided_leaves_no_trace(terms: Terms, steps: Any, points: int) -> None:
    ledger, clock = fresh(terms)
    do(ledger, clock, steps)
    points = min(points, free_after_a_gift(ledger, clock))
    assume(points)
    before = picture(ledger)

    ledger.hold(key="h", points=points, **ANN)
    ledger.void(key="v", hold_id="h", **ANN)

    assert picture(ledger) == before


@given(CALM, STEPS, SMALL)
def test_an_undoing_undone_leaves_no_trace(
    terms: Terms, steps: Any, points: int
) -> None:
    ledger, clock = fresh(terms)
    do(ledger, clock, steps)
    ledger.earn(key="e", points=points, **ANN)
    before = picture(ledger)

    ledger.reverse(key="r", entry_id="e", **ANN)
    ledger.reverse(key="back", entry_id="r", **ANN)

    assert picture(ledger) == before


@given(TERMS, STEPS, st.data())
def test_taking_back_never_raises_a_balance(
    terms: Terms, steps: Any, data: st.DataObject
) -> None:
    ledger, clock = fresh(terms)
    outcomes = do(ledger, clock, steps)
    earned = [
        (step[1]["entry_id"], step[1]["member"])
        for step, outcome in zip(steps, outcomes, strict=True)
        if step[0] == "earn" and isinstance(outcome, Receipt)
    ]
    assume(earned)
    entry_id, member = data.draw(st.sampled_from(earned))
    whose = {**ANN, "member_id": member}
    before = ledger.balance(**whose).outstanding
    left = _left(ledger, entry_id, whose)
    assume(left)

    ledger.reverse(key="r", entry_id=entry_id, points=left, **whose)

    assert before - left <= ledger.balance(**whose).outstanding <= before


def _left(ledger: Ledger, entry_id: str, whose: dict[str, Any]) -> int:
    """Ask for far too much, to be told what is left."""
    try:
        ledger.reverse(key="probe", entry_id=entry_id, points=10**6, **whose)
    except Exception as refused:  # noqa: BLE001  # its field is what is asked for
        return int(refused.left)  # type: ignore[attr-defined]
    pytest.fail("more was undone than there was")


@given(
    CALM,
    st.integers(1, 20),
    st.integers(0, 20),
    st.lists(st.integers(1, 7), max_size=8),
    st.sampled_from(["e", "s"]),
)
def test_any_split_of_a_reversal_is_the_whole(
    terms: Terms, earned: int, spent: int, parts: list[int], entry_id: str
) -> None:
    """Of an earn some of which was spent, or of the spend, which two lots paid."""
    spent = min(spent, earned)
    assume(spent or entry_id == "e")
    assume(terms.pending == "immediate")
    pictures = []
    for is_whole in (True, False):
        ledger, _ = fresh(terms)
        ledger.earn(key="other", points=3, expires_at=START + 90 * DAY, **ANN)
        ledger.earn(key="e", points=earned, **ANN)
        if spent:
            ledger.spend(key="s", points=spent, **ANN)
        whole = spent if entry_id == "s" else earned
        _undo_in_parts(ledger, entry_id, [] if is_whole else parts, whole)
        pictures.append(picture(ledger))

    assert pictures[0] == pictures[1]


def _undo_in_parts(ledger: Ledger, entry_id: str, parts: list[int], whole: int) -> None:
    cuts = [*(sum_ for sum_ in accumulate(parts) if sum_ < whole), whole]
    before = 0
    for number, cut in enumerate(cuts):
        points = cut - before
        ledger.reverse(key=f"r{number}", entry_id=entry_id, points=points, **ANN)
        before = cut


@given(TERMS, LINES, st.randoms(use_true_random=False), st.data())
def test_any_split_of_a_return_is_the_whole(
    terms: Terms, lines: Any, random: Any, data: st.DataObject
) -> None:
    """By units, in any order, with some of what was earned spent in between."""
    spent = data.draw(st.integers(0, 30))
    pictures = []
    units = [line for line, (quantity, _) in lines.items() for _ in range(quantity)]
    random.shuffle(units)
    for is_whole in (True, False):
        ledger, clock = fresh(terms)
        bought(ledger, lines)
        clock.go_on(hours=1)
        spend_up_to(ledger, spent)
        if is_whole:
            give_back(ledger, "whole")
        else:
            for number, line_id in enumerate(units):
                one = ReturnLine(line_id=line_id, quantity=money(100))
                give_back(ledger, f"r{number}", lines=(one,))
        pictures.append(picture(ledger))

    assert pictures[0] == pictures[1]


@given(TERMS, LINES, st.lists(st.integers(1, 2000), max_size=6))
def test_any_split_of_a_refund_of_money_is_the_whole(
    terms: Terms, lines: Any, parts: list[int]
) -> None:
    total = sum(quantity * each for quantity, each in lines.values())
    cuts = [*(cut for cut in accumulate(parts) if cut < total), total]
    pictures = []
    for chosen in (cuts, [total]):
        ledger, _ = fresh(terms)
        bought(ledger, lines)
        before = 0
        for number, cut in enumerate(chosen):
            give_back(ledger, f"r{number}", amount=money(cut - before))
            before = cut
        pictures.append(picture(ledger))

    assert pictures[0] == pictures[1]


@given(CALM, LINES, STEPS, st.data())
def test_a_return_cancelled_leaves_no_trace(
    terms: Terms, lines: Any, steps: Any, data: st.DataObject
) -> None:
    steps = [step for step in steps if step[0] not in {"purchase", "give_back"}]
    ledger, clock = fresh(terms)
    bought(ledger, lines)
    do(ledger, clock, steps)
    before = picture(ledger)
    line_id = data.draw(st.sampled_from(sorted(lines)))
    some = (ReturnLine(line_id=line_id, quantity=money(100)),)

    give_back(ledger, "r", lines=some)
    ledger.cancel_return(key="c", purchase_id="p", return_id="r", **SHOP)

    assert picture(ledger) == before


def bought(ledger: Ledger, lines: Any) -> None:
    basket = basket_of(lines)
    ledger.record_purchase(
        key="p", member_id="ann", purchase_id="p", basket=basket, **SHOP
    )


def give_back(ledger: Ledger, return_id: str, **what: Any) -> None:
    ledger.return_purchase(
        key=return_id, purchase_id="p", return_id=return_id, **SHOP, **what
    )


def spend_up_to(ledger: Ledger, points: int) -> None:
    points = min(points, ledger.balance(**ANN).free)
    if points:
        ledger.spend(key="spent", points=points, **ANN)
