"""What an account keeps of its events, field by field."""

from datetime import timedelta
from typing import Any

import pytest

from loyaltyledger import (
    AccountClosedError,
    Draw,
    Expiring,
    Granted,
    HoldPlaced,
    HoldVoided,
    Lot,
    Part,
    PartKind,
    ReversalExceedsError,
    Reversed,
    SpendOrder,
    Taken,
    UnknownEntryError,
)
from loyaltyledger.kernel.time import BEGINNING, NEVER
from loyaltyledger.points import (
    Account,
    Balance,
    Entry,
    Event,
    apply_due,
    balance,
    fold,
)
from loyaltyledger.points.holds import Hold, Resolution
from loyaltyledger.points.lots import LotBook, Move
from shop import NOW, TICK, Shop

A_DAY = timedelta(days=1)


def granted(name: str, points: int, **dates: Any) -> Granted:
    lot = Lot(lot_id=name, points=points, **{"available_from": NOW} | dates)
    return Granted(entry_id=name, at=NOW, lots=(lot,), counter="other")


def test_an_entry_that_gives() -> None:
    account = fold(Account(), (granted("gift", 5),))

    assert account.entries["gift"] == Entry(
        entry_id="gift",
        kind="earn",
        book="issued",
        gives=True,
        at=NOW,
        parts=(Part(points=5, lot_id="gift"),),
        undone=(0,),
        counter="other",
    )
    assert account.lots["gift"] == LotBook(
        lot=granted("gift", 5).lots[0],
        number=0,
        granted_at=NOW,
        remaining=5,
        is_active=True,
        in_at=NOW,
    )


def test_an_entry_that_takes_and_what_undoes_it() -> None:
    parts = (Part(points=3, lot_id="a"), Part(points=2, lot_id="b"))
    taken = Taken(
        entry_id="order",
        at=NOW,
        kind="transfer",
        book="transfer",
        parts=parts,
        counter="bob",
    )
    back = Reversed(
        entry_id="undo",
        reverses="order",
        at=NOW + A_DAY,
        gives=True,
        book="transfer",
        parts=(Part(points=2, lot_id="b", of=1), Part(points=1, lot_id="a")),
        counter="bob",
    )

    account = fold(Account(), (granted("a", 5), granted("b", 5), taken, back))

    assert account.entries["order"] == Entry(
        entry_id="order",
        kind="transfer",
        book="transfer",
        gives=False,
        at=NOW,
        parts=parts,
        undone=(1, 2),
        counter="bob",
        children=("undo",),
    )
    assert account.entries["order"].left == 2
    assert account.entries["undo"] == Entry(
        entry_id="undo",
        kind="reversal",
        book="transfer",
        gives=True,
        at=NOW + A_DAY,
        parts=back.parts,
        undone=(0, 0),
        reverses="order",
        counter="bob",
    )
    assert account.entries["order"].gives is False
    assert account.latest_at == NOW + A_DAY


def test_a_lot_made_by_a_grace_is_filled_by_its_part() -> None:
    regranted = Lot(lot_id="undo/1", points=5, available_from=NOW + A_DAY)
    taken = Taken(entry_id="order", at=NOW, parts=(Part(points=5, lot_id="a"),))
    back = Reversed(
        entry_id="undo",
        reverses="order",
        at=NOW + A_DAY,
        gives=True,
        book="spent",
        parts=(Part(points=5, lot_id="undo/1"),),
        regrants=(regranted,),
    )

    account = fold(Account(), (granted("a", 5), taken, back))

    assert account.lots["undo/1"] == LotBook(
        lot=regranted,
        number=1,
        granted_at=NOW + A_DAY,
        moves=(Move(at=NOW + A_DAY, points=-5), Move(at=NOW + A_DAY, points=5)),
        remaining=5,
        is_active=True,
        in_at=NOW + A_DAY,
    )
    assert account.in_lots == 5


def test_a_reversal_that_goes_on_names_its_continuations() -> None:
    def undone(entry_id: str, continues: str | None) -> Reversed:
        return Reversed(
            entry_id=entry_id,
            reverses="gift",
            at=NOW,
            gives=False,
            book="reversed",
            parts=(Part(points=1, lot_id="gift"),),
            continues=continues,
        )

    more = (undone("u#2", "u"), undone("u#3", "u"))
    account = fold(Account(), (granted("gift", 5), undone("u", None), *more))

    assert account.entries["u"].continuations == ("u#2", "u#3")
    assert account.entries["gift"].children == ("u", "u#2", "u#3")


def test_points_that_come_in_are_new_and_those_that_go_out_are_not() -> None:
    book = fold(Account(), (granted("a", 5),)).lots["a"]

    assert book.moved(1, NOW + A_DAY).in_at == NOW + A_DAY
    assert book.moved(1, NOW - A_DAY).in_at == NOW
    assert book.moved(-1, NOW + A_DAY).in_at == NOW


def test_what_remained_is_counted_to_the_instant() -> None:
    book = fold(Account(), (granted("a", 5),)).lots["a"].moved(-2, NOW + A_DAY)

    assert book.remaining_at(NOW + A_DAY - TICK) == 5
    assert book.remaining_at(NOW + A_DAY) == book.remaining == 3


def test_a_hold_keeps_what_was_resolved_and_when() -> None:
    pins = (Draw(lot_id="a", points=3), Draw(lot_id="b", points=4))
    placed = HoldPlaced(hold_id="h", at=NOW, lapses_at=NOW + A_DAY, pins=pins)
    part = HoldVoided(hold_id="h", at=NOW + TICK, released=(pins[0],))

    account = fold(Account(), (granted("a", 5), granted("b", 5), placed, part))

    hold = account.holds["h"]
    assert hold.resolutions == (Resolution(at=NOW + TICK, draws=(pins[0],)),)
    assert (hold.open_pins, hold.points) == ((pins[1],), 4)
    assert hold.pins_at(NOW - TICK) == ()
    assert hold.pins_at(NOW) == pins
    assert hold.pins_at(NOW + TICK) == (pins[1],)
    assert hold.pins_at(NOW + A_DAY - TICK) == (pins[1],)
    assert hold.pins_at(NOW + A_DAY) == ()
    assert dict(account.open_holds) == {"h": "h"}
    assert account.next_due == NOW + A_DAY


def test_when_a_lot_is_looked_at_next() -> None:
    lots = (
        granted("usable", 1),
        granted("dies", 1, expires_at=NOW + 3 * A_DAY),
        granted("waits", 1, available_from=NOW + A_DAY, expires_at=NOW + 2 * A_DAY),
        granted("event", 1, available_from=None, cancel_by=NOW + 4 * A_DAY),
    )
    account = fold(Account(), lots)

    next_due = {name: book.next_due for name, book in account.lots.items()}
    assert next_due == {
        "usable": NEVER,
        "dies": NOW + 3 * A_DAY,
        "waits": NOW + A_DAY,
        "event": NOW + 4 * A_DAY,
    }
    assert account.next_due == account.looked_at().next_due == NOW + A_DAY
    assert Account().looked_at().next_due == NEVER
    assert account.with_open(()).next_due == BEGINNING
    assert account.with_open(()).looked_at().next_due == NOW + A_DAY


def test_a_balance_adds_up_every_lot() -> None:
    dies = NOW + 2 * A_DAY
    history: list[Event] = [
        *(granted(f"usable {number}", 10) for number in range(3)),
        *(granted(f"dies {number}", 100, expires_at=dies) for number in range(3)),
        *(
            granted(f"waits {number}", 1000, available_from=NOW + 9 * A_DAY)
            for number in range(3)
        ),
        HoldPlaced(
            hold_id="h",
            at=NOW,
            lapses_at=NOW + 9 * A_DAY,
            pins=tuple(Draw(lot_id=f"dies {number}", points=7) for number in range(3)),
        ),
    ]
    order = SpendOrder.EARLIEST_EXPIRY
    account = fold(Account(), tuple(history))

    assert balance(account, NOW) == Balance(
        at=NOW,
        available=330,
        held=21,
        pending=3000,
        expiring=(Expiring(expires_at=dies, points=279),),
    )
    assert balance(apply_due(account, dies, order), dies) == Balance(
        at=dies, available=51, held=21, pending=3000
    )


def test_debts_are_paid_in_the_order_of_the_point_type() -> None:
    parts = (Part(points=5, kind=PartKind.DEBT),)
    debt = (
        granted("gift", 5),
        Taken(entry_id="order", at=NOW, parts=(Part(points=5, lot_id="gift"),)),
        Reversed(
            entry_id="undo",
            reverses="gift",
            at=NOW,
            gives=False,
            book="reversed",
            parts=parts,
        ),
    )
    later = (granted("old", 5), granted("soon", 5, expires_at=NOW + A_DAY))
    account = fold(Account(), (*debt, *later))

    first_in = apply_due(account, NOW, SpendOrder.FIRST_IN)
    by_expiry = apply_due(account, NOW, SpendOrder.EARLIEST_EXPIRY)

    assert first_in.lots["old"].remaining == 0
    assert by_expiry.lots["soon"].remaining == 0


def test_a_refusal_names_what_it_is_about(shop: Shop) -> None:
    shop.earn(1, entry_id="gift")
    with pytest.raises(UnknownEntryError) as unknown:
        shop.reverse("order")
    shop.do("close_member", member_id="bob")
    shop.do("form_household", household_id="home")
    assert unknown.value.name == "order"

    with pytest.raises(ReversalExceedsError) as exceeds:
        shop.reverse("gift", points=2)
    assert exceeds.value.fields() == {"entry_id": "gift", "requested": 2, "left": 1}
    shop.reverse("gift")
    with pytest.raises(ReversalExceedsError) as nothing:
        shop.reverse("gift")
    assert nothing.value.fields() == {"entry_id": "gift", "requested": 1, "left": 0}


def test_a_closed_account_says_which(shop: Shop) -> None:
    shop.earn(1)
    shop.spend(1, entry_id="order")
    shop.do("close_member", member_id="ann")

    with pytest.raises(AccountClosedError) as refused:
        shop.reverse("order")

    assert refused.value.account == "points"


def test_an_earn_is_undone_again_and_again(shop: Shop) -> None:
    shop.earn(9, entry_id="gift")
    for number in range(3):
        shop.reverse("gift", reversal_id=f"undo {number}")
        assert shop.free() == 0
        with pytest.raises(ReversalExceedsError):
            shop.reverse("gift")
        shop.reverse(f"undo {number}", reversal_id=f"back {number}")
        assert shop.free() == 9


def test_a_reversal_of_several_entries_goes_on_under_names_of_its_own(
    shop: Shop,
) -> None:
    shop.earn(9, entry_id="gift")
    shop.reverse("gift", points=4, reversal_id="undo")
    shop.reverse("undo", reversal_id="back")

    receipt = shop.reverse("gift", points=6, reversal_id="all")
    rest = shop.reverse("gift", reversal_id="rest")

    undone = [
        (one.entry_id, one.reverses, one.continues, one.parts[0].points)
        for one in (*receipt.of(Reversed), *rest.of(Reversed))
    ]
    assert undone == [
        ("all", "back", None, 4),
        ("all#2", "gift", "all", 2),
        ("rest", "gift", None, 3),
    ]
    again = shop.reverse("all", reversal_id="regret").of(Reversed)
    assert [(one.reverses, one.parts[0].points) for one in again] == [
        ("all#2", 2),
        ("all", 4),
    ]
    assert shop.free() == 6


def test_a_hold_with_nothing_in_it_was_never_open() -> None:
    empty = Hold(hold_id="h", at=NOW, lapses_at=NOW + A_DAY, pins=())

    account = Account().with_hold(empty)

    assert account.holds["h"] == empty
    assert not account.open_holds
