"""Every field of every event that a command records, written out."""

from datetime import timedelta
from typing import Any

import pytest

from loyaltyledger import (
    AccountClosed,
    AlreadyExistsError,
    Conversion,
    Draw,
    Expiry,
    ExpiryKind,
    ExpirySlid,
    Granted,
    HoldPlaced,
    HoldVoided,
    Lot,
    LotReleased,
    Part,
    PartKind,
    Pending,
    PendingKind,
    Receipt,
    Rest,
    RestoredPolicy,
    ReversalPolicy,
    Reversed,
    Taken,
)
from shop import NOW, Shop, basket, open_shop, point_type, programme

A_DAY = timedelta(days=1)
WHY: dict[str, Any] = {"reference": "order 7", "reason": "goodwill", "actor": "till-3"}
ON_EVENT = Pending(kind=PendingKind.EVENT, cancel_after_days=5)
INACTIVITY = Expiry(kind=ExpiryKind.INACTIVITY, days=10)
SUMMER = Expiry(kind=ExpiryKind.FIXED, yearly=("07-01",))
JULY = NOW.replace(month=6, day=30, hour=23, minute=0)
"""The first of July in London, where it is summer."""


def lot(lot_id: str, points: int, **fields: Any) -> Lot:
    return Lot(lot_id=lot_id, points=points, **{"available_from": NOW} | fields)


def part(lot_id: str, points: int, **fields: Any) -> Part:
    return Part(points=points, lot_id=lot_id, **fields)


def events(receipt: Receipt) -> list[Any]:
    return [one.event for one in receipt.events]


@pytest.mark.parametrize(
    ("what", "kind", "book"),
    [
        ("earn", "earn", "issued"),
        ("open_balance", "opening", "opening"),
        ("adjust", "adjustment", "adjustment"),
    ],
)
def test_what_gives_points(shop: Shop, what: str, kind: str, book: str) -> None:
    receipt = shop.points(what, points=1, entry_id="gift", **WHY)

    assert events(receipt) == [
        Granted(
            entry_id="gift", at=NOW, kind=kind, book=book, lots=(lot("gift", 1),), **WHY
        )
    ]
    with pytest.raises(AlreadyExistsError):
        shop.points(what, points=1, entry_id="gift", **WHY)


@pytest.mark.parametrize(
    ("what", "points", "kind", "book"),
    [("spend", 4, "spend", "spent"), ("adjust", -4, "adjustment", "adjustment")],
)
def test_what_takes_points(
    shop: Shop, what: str, points: int, kind: str, book: str
) -> None:
    shop.earn(10, entry_id="gift")

    receipt = shop.points(what, points=points, entry_id="out", **WHY)

    assert events(receipt) == [
        Taken(
            entry_id="out",
            at=NOW,
            kind=kind,
            book=book,
            parts=(part("gift", 4),),
            **WHY,
        )
    ]
    with pytest.raises(AlreadyExistsError):
        shop.points(what, points=points, entry_id="out", **WHY)


def test_an_adjustment_takes_what_a_spend_would_take_first(shop: Shop) -> None:
    shop.earn(4, entry_id="late", expires_at=NOW + 9 * A_DAY)
    shop.earn(4, entry_id="soon", expires_at=NOW + A_DAY)

    (taken,) = shop.points("adjust", points=-1, actor="a", reason="r").of(Taken)

    assert taken.parts == (part("soon", 1),)


def test_a_hold_its_part_capture_and_the_void_of_the_rest(shop: Shop) -> None:
    shop.earn(10, entry_id="first")
    shop.earn(10, entry_id="second")

    placed = shop.hold(15, "cart", reference="order 7")
    asked: dict[str, Any] = {"hold_id": "cart", "points": 10, "rest": Rest.KEEP}
    captured = shop.points("capture", **asked, entry_id="paid", **WHY)
    with pytest.raises(AlreadyExistsError):
        shop.points("capture", **asked | {"points": 1}, entry_id="paid")
    voided = shop.points("void", hold_id="cart", reason="left")

    pins = (Draw(lot_id="first", points=10), Draw(lot_id="second", points=5))
    assert events(placed) == [
        HoldPlaced(
            hold_id="cart",
            at=NOW,
            lapses_at=NOW + timedelta(minutes=30),
            pins=pins,
            reference="order 7",
        )
    ]
    assert events(captured) == [
        Taken(
            entry_id="paid",
            at=NOW,
            kind="capture",
            book="spent",
            parts=(part("first", 10, bucket="held"),),
            hold_id="cart",
            released=(),
            **WHY,
        )
    ]
    assert events(voided) == [
        HoldVoided(hold_id="cart", at=NOW, released=pins[1:], reason="left")
    ]


def test_a_part_capture_that_releases_the_rest(shop: Shop) -> None:
    shop.earn(10, entry_id="first")
    shop.earn(10, entry_id="second")
    shop.hold(15, "cart")

    receipt = shop.points("capture", hold_id="cart", points=10, rest=Rest.RELEASE)

    (taken,) = receipt.of(Taken)
    assert taken.parts == (part("first", 10, bucket="held"),)
    assert taken.released == (Draw(lot_id="second", points=5),)


def test_an_earn_undone(shop: Shop) -> None:
    shop.earn(10, entry_id="gift")

    receipt = shop.reverse("gift", points=4, reversal_id="undo", **WHY)

    assert events(receipt) == [
        Reversed(
            entry_id="undo",
            reverses="gift",
            at=NOW,
            gives=False,
            book="reversed",
            parts=(part("gift", 4),),
            **WHY,
        )
    ]
    with pytest.raises(AlreadyExistsError):
        shop.reverse("gift", points=1, reversal_id="undo")


def test_a_spend_undone_with_grace_for_what_has_died() -> None:
    kind = point_type(restored=RestoredPolicy.GRACE, grace_days=7)
    with open_shop(kind) as shop:
        shop.earn(5, entry_id="gone", expires_at=NOW + A_DAY)
        shop.earn(5, entry_id="stays")
        shop.spend(10, entry_id="order")
        now = shop.clock.go(days=2)

        (undone,) = shop.reverse("order", reversal_id="undo").of(Reversed)

        regranted = lot(
            "undo/1", 5, available_from=now, expires_at=now + timedelta(days=7)
        )
        assert undone == Reversed(
            entry_id="undo",
            reverses="order",
            at=now,
            gives=True,
            book="spent",
            parts=(part("stays", 5, of=1), part("undo/1", 5)),
            regrants=(regranted,),
        )


def test_debt_undone_after_a_part_of_it_was_paid(shop: Shop) -> None:
    shop.earn(10, entry_id="gift")
    shop.spend(10)
    shop.reverse("gift", reversal_id="undo")
    shop.earn(4, entry_id="pays")

    (back,) = shop.reverse("undo").of(Reversed)

    owed = Part(points=6, kind=PartKind.DEBT, of=0)
    repaid = part("pays", 4, kind=PartKind.REPAID, bucket="available", of=0)
    assert back.parts == (owed, repaid)
    assert shop.balance() == (4, 0, 0, 0)


def test_debt_undone_after_all_of_it_was_paid(shop: Shop) -> None:
    shop.earn(10, entry_id="gift")
    shop.spend(10)
    shop.reverse("gift", reversal_id="undo")
    shop.earn(4, entry_id="pays")
    shop.earn(6, entry_id="pays too")

    (back,) = shop.reverse("undo", points=7).of(Reversed)

    assert [(one.kind, one.lot_id, one.points) for one in back.parts] == [
        (PartKind.REPAID, "pays too", 6),
        (PartKind.REPAID, "pays", 1),
    ]
    assert [one[:2] for one in shop.lots()] == [("pays", 1), ("pays too", 6)]


def test_points_released_to_a_policy_of_inactivity() -> None:
    kind = point_type(pending=ON_EVENT, expiry=INACTIVITY)
    with open_shop(kind) as shop:
        shop.earn(10, entry_id="gift")
        now = shop.clock.go(days=1)

        receipt = shop.points("release_pending", entry_id="gift")

        (released,) = receipt.of(LotReleased)
        end = now + 10 * A_DAY
        assert released == LotReleased(
            entry_id="gift",
            lot_id="gift",
            at=now,
            available_from=now,
            expires_at=end,
            slides=True,
        )
        now = shop.clock.go(days=1)
        shop.earn(1, entry_id="active")
        assert shop.lots()[0] == ("gift", 10, now + 10 * A_DAY)


def test_points_released_with_an_expiry_of_their_own() -> None:
    kind = point_type(pending=ON_EVENT, expiry=INACTIVITY)
    with open_shop(kind) as shop:
        end = NOW + 30 * A_DAY
        shop.earn(10, entry_id="gift", expires_at=end)

        receipt = shop.points("release_pending", entry_id="gift")

        (released,) = receipt.of(LotReleased)
        assert (released.expires_at, released.slides) == (end, False)


def test_points_released_to_a_calendar_that_is_london_s() -> None:
    with open_shop(point_type(pending=ON_EVENT, expiry=SUMMER)) as shop:
        shop.earn(10, entry_id="gift")

        receipt = shop.points("release_pending", entry_id="gift")

        (released,) = receipt.of(LotReleased)
        assert released.expires_at == JULY
        assert released.slides is False


def test_a_spend_that_moves_an_expiry_on() -> None:
    with open_shop(point_type(expiry=INACTIVITY)) as shop:
        shop.earn(10, entry_id="gift")
        now = shop.clock.go(days=1)

        receipt = shop.spend(4, entry_id="order")

        taken = Taken(entry_id="order", at=now, parts=(part("gift", 4),))
        until = now + 10 * A_DAY
        slid = ExpirySlid(at=now, until=until, lot_ids=("gift",))
        assert events(receipt) == [taken, slid]


def test_activity_at_the_same_instant_moves_nothing_on() -> None:
    with open_shop(point_type(expiry=INACTIVITY)) as shop:
        shop.earn(10)

        assert not shop.earn(10).of(ExpirySlid)


def test_both_sides_of_a_transfer(shop: Shop) -> None:
    end = NOW + 9 * A_DAY
    shop.earn(10, entry_id="gift", expires_at=end)

    receipt = shop.points("transfer", points=4, to_member="bob", entry_id="move", **WHY)

    ann, bob = (f"account:shop:member:{name}:points" for name in ("ann", "bob"))
    sent = lot("member:ann/move/1", 4, expires_at=end)
    assert events(receipt) == [
        Taken(
            entry_id="move",
            at=NOW,
            kind="transfer",
            book="transfer",
            parts=(part("gift", 4),),
            counter=bob,
            **WHY,
        ),
        Granted(
            entry_id="move",
            at=NOW,
            kind="transfer",
            book="transfer",
            lots=(sent,),
            counter=ann,
            **WHY,
        ),
    ]


def test_both_sides_of_a_conversion() -> None:
    later = Pending(kind=PendingKind.DURATION, days=3)
    made = programme(
        point_type(),
        point_type(name="miles", pending=later, expiry=SUMMER, rates=()),
        conversions=(
            Conversion(source="points", into="miles", from_points=3, into_points=2),
        ),
    )
    with open_shop() as shop:
        shop.define(made)
        shop.earn(10, entry_id="gift")

        asked: dict[str, Any] = {"points": 7, "into": "miles", "entry_id": "swap"}
        receipt = shop.points("convert", **asked, **WHY)

        points, miles = (
            f"account:shop:member:ann:{name}" for name in ("points", "miles")
        )
        both: dict[str, Any] = {"entry_id": "swap", "at": NOW, **WHY}
        both |= {"kind": "conversion", "book": "conversion"}
        dies = JULY
        assert events(receipt) == [
            Taken(parts=(part("gift", 6),), counter=miles, **both),
            Granted(lots=(lot("swap", 4, expires_at=dies),), counter=points, **both),
        ]


def test_a_return_that_names_no_purchase_takes_what_dies_first(shop: Shop) -> None:
    shop.earn(4, entry_id="late", expires_at=NOW + 9 * A_DAY)
    shop.earn(4, entry_id="soon", expires_at=NOW + A_DAY)
    asked = {"member_id": "ann", "return_id": "r", "basket": basket("5.00")}

    receipt = shop.do("return_unlinked", **asked, reason="broken", actor="till-3")

    (taken,) = receipt.of(Taken)
    assert taken == Taken(
        entry_id="return:r",
        at=NOW,
        kind="clawback",
        book="reversed",
        parts=(part("soon", 4), part("late", 1)),
        reason="broken",
        actor="till-3",
    )


@pytest.mark.parametrize(
    ("policy", "rest"),
    [
        (ReversalPolicy.DEBT, Part(points=3, kind=PartKind.DEBT)),
        (ReversalPolicy.WITHIN_BALANCE, Part(points=3, kind=PartKind.LOST)),
    ],
)
def test_a_return_that_names_no_purchase_and_finds_too_little(
    policy: ReversalPolicy, rest: Part
) -> None:
    with open_shop(point_type(reversal=policy)) as shop:
        shop.earn(4, entry_id="gift")
        asked = {"member_id": "ann", "return_id": "r", "basket": basket("7.00")}

        (taken,) = shop.do("return_unlinked", **asked).of(Taken)

        assert taken.parts == (part("gift", 4), rest)


def test_a_return_that_names_no_purchase_takes_what_is_pending_in_its_order() -> None:
    later = Pending(kind=PendingKind.DURATION, days=3)
    kind = point_type(reversal=ReversalPolicy.PENDING_ONLY, pending=later)
    with open_shop(kind) as shop:
        shop.earn(9, entry_id="usable", available_from=NOW)
        for name in ("a", "b", "c"):
            shop.earn(4, entry_id=name)
        asked = {"member_id": "ann", "return_id": "r", "basket": basket("6.00")}

        (taken,) = shop.do("return_unlinked", **asked).of(Taken)

        assert taken.parts == (
            part("a", 4, bucket="pending"),
            part("b", 2, bucket="pending"),
        )


def test_a_membership_that_ends() -> None:
    later = Pending(kind=PendingKind.DURATION, days=3)
    with open_shop(point_type(pending=later)) as shop:
        shop.earn(10, entry_id="waits")
        shop.earn(10, entry_id="ready", available_from=NOW)

        receipt = shop.do("close_member", member_id="ann", reason="left", actor="eve")

        (closed,) = receipt.of(AccountClosed)
        assert closed == AccountClosed(
            at=NOW,
            forfeited=(part("ready", 10), part("waits", 10, bucket="pending")),
            written_off=0,
            reason="left",
            actor="eve",
        )


def test_what_is_outstanding_is_net_of_debt(shop: Shop) -> None:
    shop.earn(10, entry_id="gift")
    shop.spend(10)
    shop.reverse("gift", points=3)
    shop.earn(5, available_from=NOW + A_DAY)

    found = shop.ledger.balance(
        programme_id="shop", member_id="ann", point_type="points"
    )

    assert (found.available, found.pending, found.debt) == (0, 5, 3)
    assert (found.free, found.outstanding) == (0, 2)
