"""What the views answer, pinned by hand."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from loyaltyledger import (
    AccountId,
    Expiring,
    Expiry,
    ExpiryKind,
    ExpiryMonth,
    IfUnknown,
    NaiveDatetimeError,
    Pending,
    PendingKind,
    PointType,
    PurchaseKind,
    RestoredPolicy,
    ReturnLine,
    UnknownMemberError,
    UnknownProgrammeError,
)
from shop import NOW, TICK, Shop, basket, open_shop, point_type

ANN = AccountId(
    programme_id="shop", owner_kind="member", owner_id="ann", point_type="points"
)


def kinds_of(shop: Shop, **asked: object) -> list[str]:
    rows = shop.ledger.purchases(programme_id="shop", member_id="ann", **asked)  # type: ignore[arg-type]
    return [row.kind.value for row in rows]


def months_of(shop: Shop, at: datetime | None = None) -> dict[str, tuple[int, int]]:
    (found,) = shop.ledger.liability(programme_id="shop", at=at)
    return {one.month: (one.available, one.pending) for one in found.months}


# ── purchases ───────────────────────────────────────────────────────────────


def test_tells_what_was_bought_and_what_came_back(store_url: str) -> None:
    with open_shop(url=store_url) as shop:
        shop.buy("p1", "10.00", "2.50")
        shop.clock.go(days=1)
        line = ReturnLine(line_id="2")
        shop.give_back("p1", "r1", lines=(line,))
        shop.clock.go(days=1)
        shop.do("cancel_return", purchase_id="p1", return_id="r1")
        shop.buy("p2", "1.00", member_id="bob")

        bought, returned, cancelled = shop.ledger.purchases(
            programme_id="shop", member_id="ann"
        )

    assert (bought.kind, bought.total, bought.currency) == (
        PurchaseKind.PURCHASED,
        Decimal("12.50"),
        "GBP",
    )
    assert (bought.purchase_id, bought.return_id) == ("p1", None)
    assert bought.at == NOW
    assert bought.recorded_at >= NOW
    assert (returned.kind, returned.total) == (PurchaseKind.RETURNED, Decimal("2.50"))
    assert (returned.purchase_id, returned.return_id) == ("p1", "r1")
    assert returned.at == NOW + timedelta(days=1)
    assert cancelled.kind is PurchaseKind.RETURN_CANCELLED
    assert cancelled.total == Decimal("2.50")
    assert cancelled.currency == "GBP"


def test_tells_of_returns_that_name_no_purchase(store_url: str) -> None:
    with open_shop(url=store_url) as shop:
        given = {"return_id": "u1", "basket": basket("4.00")}
        shop.do("return_unlinked", member_id="ann", **given)
        shop.do("cancel_return", return_id="u1")

        returned, cancelled = shop.ledger.purchases(
            programme_id="shop", member_id="ann"
        )

    assert returned.kind is PurchaseKind.RETURNED_UNLINKED
    assert (returned.purchase_id, returned.return_id) == (None, "u1")
    assert returned.total == cancelled.total == Decimal("4.00")
    assert cancelled.kind is PurchaseKind.RETURN_CANCELLED


def test_a_return_that_waits_is_told_once_its_purchase_is_known(store_url: str) -> None:
    with open_shop(url=store_url) as shop:
        shop.give_back("p1", "r1", if_unknown=IfUnknown.WAIT)
        assert kinds_of(shop) == []

        shop.buy("p1", "10.00", at=NOW - timedelta(days=1))

        awaited = shop.ledger.purchases(programme_id="shop", member_id="ann")[1]
        assert (awaited.kind, awaited.total, awaited.currency) == (
            PurchaseKind.RETURN_AWAITED,
            None,
            "GBP",
        )
        assert kinds_of(shop) == ["purchased", "return-awaited", "returned"]


def test_purchases_are_told_as_they_were_and_as_they_were_known(store_url: str) -> None:
    with open_shop(url=store_url) as shop:
        shop.buy("p1", "10.00")
        shop.clock.go(days=3)
        shop.give_back("p1", "r1")
        shop.buy("late", "10.00", at=NOW - timedelta(days=1))
        then = NOW + timedelta(days=3)

        assert kinds_of(shop) == ["purchased", "purchased", "returned"]
        assert kinds_of(shop, at=then) == ["purchased", "purchased", "returned"]
        assert kinds_of(shop, at=then - TICK) == ["purchased", "purchased"]
        assert kinds_of(shop, at=NOW - TICK) == ["purchased"]
        assert kinds_of(shop, known_at=then - TICK) == ["purchased"]
        assert kinds_of(shop, at=NOW - TICK, known_at=then - TICK) == []


def test_refuses_members_and_programmes_that_are_not_known(store_url: str) -> None:
    with open_shop(url=store_url) as shop:
        with pytest.raises(UnknownMemberError):
            shop.ledger.purchases(programme_id="shop", member_id="zoe")
        with pytest.raises(UnknownProgrammeError):
            shop.ledger.liability(programme_id="no")
        with pytest.raises(UnknownProgrammeError):
            shop.ledger.balances(programme_id="no")


def test_refuses_instants_without_a_time_zone() -> None:
    naive = datetime(2024, 5, 17)
    with open_shop() as shop:
        whose: dict[str, Any] = {"programme_id": "shop"}
        for ask in (
            lambda: shop.ledger.balances(**whose, at=naive),
            lambda: shop.ledger.liability(**whose, at=naive),
            lambda: shop.ledger.purchases(**whose, member_id="ann", at=naive),
            lambda: shop.ledger.purchases(**whose, member_id="ann", known_at=naive),
            lambda: shop.ledger.views.statement(ANN, at=naive),
            lambda: shop.ledger.views.statement(ANN, known_at=naive),
        ):
            with pytest.raises(NaiveDatetimeError):
                ask()


# ── liability ───────────────────────────────────────────────────────────────


def dated(shop: Shop, points: int, expires_at: datetime) -> None:
    shop.earn(points, expires_at=expires_at)


def test_liability_is_by_month_of_the_programmes_time_zone(store_url: str) -> None:
    with open_shop(url=store_url) as shop:
        # midnight of 1 July in London is 23:00 of 30 June in UTC
        midnight = datetime(2024, 6, 30, 23, tzinfo=UTC)
        dated(shop, 1, midnight - TICK)
        dated(shop, 2, midnight)
        dated(shop, 4, datetime(2025, 1, 5, tzinfo=UTC))
        shop.earn(8)

        assert months_of(shop) == {
            "2024-06": (1, 0),
            "2024-07": (2, 0),
            "2025-01": (4, 0),
            "never": (8, 0),
        }
        (found,) = shop.ledger.liability(programme_id="shop", at=midnight - TICK)
        assert found.months[0] == ExpiryMonth(month="2024-07", available=2, pending=0)
        assert found.available == found.outstanding == 14
        assert months_of(shop, at=midnight) == {"2025-01": (4, 0), "never": (8, 0)}
        assert months_of(shop, at=NOW - TICK) == {}


def test_liability_counts_what_is_pending_and_takes_off_debt(store_url: str) -> None:
    pending = Pending(kind=PendingKind.DURATION, days=10)
    with open_shop(point_type(pending=pending), url=store_url) as shop:
        shop.earn(30)
        shop.earn(20, "bob", available_from=NOW, entry_id="e")
        shop.spend(15, "bob")
        shop.reverse("e", member="bob")

        (found,) = shop.ledger.liability(programme_id="shop")

        assert (found.available, found.pending, found.debt) == (0, 30, 15)
        assert found.outstanding == 15
        assert found.months == (ExpiryMonth(month="never", available=0, pending=30),)
        assert found.months[0].points == 30


def test_a_type_that_nobody_has_is_told_too(store_url: str) -> None:
    kinds = (point_type(), PointType(name="stars"))
    with open_shop(*kinds, url=store_url) as shop:
        shop.earn(3)

        points, stars = shop.ledger.liability(programme_id="shop")

        assert (points.point_type, points.outstanding) == ("points", 3)
        assert (stars.point_type, stars.outstanding, stars.months) == ("stars", 0, ())


def test_more_points_than_one_number_holds_are_added_up(store_url: str) -> None:
    with open_shop(url=store_url) as shop:
        shop.earn(2**63 - 1, "ann")
        shop.earn(2**63 - 1, "bob")

        (found,) = shop.ledger.liability(programme_id="shop")

        assert found.outstanding == 2**64 - 2


# ── balances ────────────────────────────────────────────────────────────────


def test_points_that_time_sets_free_pay_debts_without_a_sweep(store_url: str) -> None:
    pending = Pending(kind=PendingKind.DURATION, days=10)
    with open_shop(point_type(pending=pending), url=store_url) as shop:
        shop.earn(20, available_from=NOW, entry_id="e")
        shop.spend(20)
        shop.reverse("e")
        shop.earn(50)
        free = NOW + timedelta(days=10)

        for at, expected in (
            (NOW, (0, 50, 20)),
            (free - TICK, (0, 50, 20)),
            (free, (30, 0, 0)),
        ):
            ((_, found),) = shop.ledger.balances(programme_id="shop", at=at)
            assert (found.available, found.pending, found.debt) == expected


def test_a_hold_keeps_points_until_it_lapses(store_url: str) -> None:
    expiry = Expiry(kind=ExpiryKind.ROLLING, days=1)
    kind = point_type(expiry=expiry, hold_minutes=60 * 48)
    with open_shop(kind, url=store_url) as shop:
        shop.earn(20)
        shop.hold(5, "h")
        dead = NOW + timedelta(days=1)
        lapsed = NOW + timedelta(days=2)

        for at, expected in (
            (NOW, (20, 5)),
            (dead - TICK, (20, 5)),
            (dead, (5, 5)),
            (lapsed - TICK, (5, 5)),
            (lapsed, (0, 0)),
        ):
            ((_, found),) = shop.ledger.balances(programme_id="shop", at=at)
            assert (found.available, found.held) == expected
        ((_, now),) = shop.ledger.balances(programme_id="shop")
        assert now.expiring == (Expiring(expires_at=dead, points=15),)
        assert months_of(shop, at=dead) == {"2024-05": (5, 0)}


def test_debt_is_forgiven_when_what_made_it_is_undone(store_url: str) -> None:
    with open_shop(url=store_url) as shop:
        shop.earn(20, entry_id="e")
        shop.spend(20)
        shop.reverse("e", reversal_id="r")
        shop.reverse("r", points=8)

        ((_, part),) = shop.ledger.balances(programme_id="shop")
        shop.reverse("r")
        ((_, none),) = shop.ledger.balances(programme_id="shop")

        assert (part.debt, none.debt) == (12, 0)
        assert list(shop.ledger.views.differences()) == []


def test_points_that_waited_for_an_event_are_released(store_url: str) -> None:
    kind = point_type(
        pending=Pending(kind=PendingKind.EVENT, cancel_after_days=4),
        expiry=Expiry(kind=ExpiryKind.ROLLING, days=9),
    )
    with open_shop(kind, url=store_url) as shop:
        shop.earn(20, entry_id="e")
        shop.earn(5)
        shop.clock.go(days=1)
        shop.points("release_pending", entry_id="e")

        ((_, found),) = shop.ledger.balances(programme_id="shop")
        cancelled = NOW + timedelta(days=4)
        ((_, after),) = shop.ledger.balances(programme_id="shop", at=cancelled)

        assert (found.available, found.pending) == (20, 5)
        assert (after.available, after.pending) == (20, 0)
        dies = NOW + timedelta(days=10)
        assert found.expiring == (Expiring(expires_at=dies, points=20),)
        assert list(shop.ledger.views.differences()) == []


def test_a_member_who_leaves_owes_and_owns_nothing(store_url: str) -> None:
    with open_shop(url=store_url) as shop:
        shop.earn(20, entry_id="e")
        shop.spend(20)
        shop.reverse("e")
        shop.earn(7, "bob")
        shop.do("close_member", member_id="ann")
        shop.do("close_member", member_id="bob")

        found = [
            one.outstanding for _, one in shop.ledger.balances(programme_id="shop")
        ]

        assert found == [0, 0]
        assert shop.ledger.views.statement(ANN)[-1].kind == "closing"
        assert list(shop.ledger.views.differences()) == []


def test_a_hold_that_is_voided_holds_nothing(store_url: str) -> None:
    with open_shop(url=store_url) as shop:
        shop.earn(20)
        shop.hold(5, "h")
        shop.points("void", hold_id="h")

        ((_, found),) = shop.ledger.balances(programme_id="shop")

        assert (found.available, found.held) == (20, 0)
        told = shop.ledger.views.statement(ANN)[-1]
        assert (told.kind, told.entry, told.held, told.change) == ("void", "h", -5, 0)
        assert list(shop.ledger.views.differences()) == []


def test_points_given_back_to_a_dead_lot_live_on_for_the_grace(store_url: str) -> None:
    kind = point_type(
        expiry=Expiry(kind=ExpiryKind.ROLLING, days=1),
        restored=RestoredPolicy.GRACE,
        grace_days=5,
    )
    with open_shop(kind, url=store_url) as shop:
        shop.earn(20)
        shop.spend(12, entry_id="s")
        shop.clock.go(days=2)
        shop.reverse("s", points=7, reversal_id="r")

        ((_, found),) = shop.ledger.balances(programme_id="shop")

        dies = NOW + timedelta(days=7)
        assert found.expiring == (Expiring(expires_at=dies, points=7),)
        assert found.available == 7
        lot = shop.ledger.views.lots(ANN)[1]
        assert (lot.source, lot.granted, lot.remaining) == ("r", 7, 7)


# ── statement and lots ──────────────────────────────────────────────────────


def test_the_statement_runs_in_order_of_time(store_url: str) -> None:
    with open_shop(url=store_url) as shop:
        shop.earn(10, entry_id="first")
        shop.clock.go(days=2)
        shop.spend(3, entry_id="spent")
        shop.earn(5, entry_id="late", at=NOW + timedelta(days=1))

        def told(**asked: datetime) -> list[tuple[str, str, int, int]]:
            rows = shop.ledger.views.statement(ANN, **asked)
            return [(row.kind, row.entry, row.change, row.balance) for row in rows]

        first = ("earn", "first", 10, 10)
        assert told() == [
            first,
            ("earn", "late", 5, 15),
            ("spend", "spent", -3, 12),
        ]
        day = NOW + timedelta(days=1)
        assert told(at=day) == [first, ("earn", "late", 5, 15)]
        assert told(at=day - TICK) == [first]
        assert told(known_at=day) == [first]


def test_the_statement_shows_debt_as_less_than_nothing(store_url: str) -> None:
    with open_shop(url=store_url) as shop:
        shop.earn(10, entry_id="e")
        shop.spend(8)
        shop.reverse("e", reversal_id="r")

        (*_, row) = shop.ledger.views.statement(ANN)

        assert (row.kind, row.entry, row.change, row.balance) == (
            "reversal",
            "r",
            -10,
            -8,
        )
        assert (row.available, row.debt, row.held, row.pending) == (-2, -8, 0, 0)


def test_lots_are_told_as_booked(store_url: str) -> None:
    kind = point_type(expiry=Expiry(kind=ExpiryKind.ROLLING, days=1))
    with open_shop(kind, url=store_url) as shop:
        shop.earn(10, entry_id="e")
        shop.spend(3)
        shop.clock.go(days=1)
        (before,) = shop.ledger.views.lots(ANN)
        shop.ledger.sweep()

        (after,) = shop.ledger.views.lots(ANN)

        assert (before.granted, before.remaining, before.gone) == (10, 7, 0)
        assert (after.granted, after.remaining, after.gone) == (10, 7, 7)
        assert (after.lot_id, after.source) == ("e", "e")
        assert after.granted_at == after.available_from == NOW
        assert after.expires_at == NOW + timedelta(days=1)
        assert after.cancel_by is None
