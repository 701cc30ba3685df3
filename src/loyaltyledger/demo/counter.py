"""What the demo's staff and customers ask of the ledger, command by command."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from ..desk import Command
from ..members import (
    Enrol,
    FormHousehold,
    JoinHousehold,
)
from ..points import (
    CaptureHold,
    OpenBalance,
    PlaceHold,
    Reverse,
    Spend,
    Transfer,
    VoidHold,
)
from ..purchases import CancelReturn, RecordPurchase, ReturnLine, ReturnPurchase
from ..rules import Basket, Line, Tender
from .people import Person, happens
from .shop import POINT_TYPE, POINTS_PER_POUND, SHOP
from .year import BroughtBack, Item, Sale

SHOP_ID = SHOP.programme_id
VOUCHER_MAX = 500


def joining(person: Person, at: datetime) -> Iterator[Command]:
    """Enrol somebody, with the points of the card they had before."""
    member_id = person.member_id
    key = f"join {member_id}"
    yield Enrol(key=key, programme_id=SHOP_ID, member_id=member_id, at=at)
    if person.brought:
        yield OpenBalance(
            key=f"old card {member_id}",
            programme_id=SHOP_ID,
            member_id=member_id,
            point_type=POINT_TYPE,
            points=person.brought,
            reason="points of the old card",
            at=at,
        )


def moving_in(
    person: Person, at: datetime, *, points: int, is_first: bool
) -> Iterator[Command]:
    """Share an account with the household, and bring along what one has."""
    member_id, household_id = person.member_id, person.household_id
    assert household_id is not None, "only who has a household moves in"
    if is_first:
        key = f"form {household_id}"
        yield FormHousehold(
            key=key, programme_id=SHOP_ID, household_id=household_id, at=at
        )
    if points:
        yield Transfer(
            key=f"bring along {member_id}",
            programme_id=SHOP_ID,
            member_id=member_id,
            point_type=POINT_TYPE,
            points=points,
            to_household=household_id,
            at=at,
        )
    yield JoinHousehold(
        key=f"move in {member_id}",
        programme_id=SHOP_ID,
        household_id=household_id,
        member_id=member_id,
        may_spend=is_first or bool(points),
        at=at,
    )


def checkout(sale: Sale, free: int, random: Random) -> Iterator[Command]:
    """Buy in the web shop, perhaps paying with points that are held meanwhile."""
    pounds = int(sum((_price(item) for item in sale.items), Decimal(0)))
    vouchers = min(pounds, free // POINTS_PER_POUND, VOUCHER_MAX // POINTS_PER_POUND)
    tenders: tuple[Tender, ...] = ()
    if sale.wants_points and vouchers > 0:
        points = vouchers * POINTS_PER_POUND
        hold_at = sale.at - timedelta(minutes=5)
        yield _hold(sale, points, hold_at)
        if happens(random, 0.86):
            yield _capture(sale)
            tenders = _payments(sale, vouchers)
        elif happens(random, 0.5):
            yield _void(sale)
    yield RecordPurchase(
        key=f"order {sale.receipt}",
        programme_id=SHOP_ID,
        member_id=sale.member_id,
        purchase_id=sale.receipt,
        basket=_basket(sale, tenders),
        at=sale.at,
    )


def voucher(sale: Sale, free: int, random: Random) -> Iterator[Command]:
    """Take a voucher at the till; now and then it was pressed by mistake."""
    vouchers = min(free, VOUCHER_MAX) // POINTS_PER_POUND
    if not (sale.wants_points and vouchers and sale.member_id):
        return
    entry_id = f"voucher {sale.receipt}"
    yield Spend(
        key=entry_id,
        programme_id=SHOP_ID,
        member_id=sale.member_id,
        point_type=POINT_TYPE,
        points=vouchers * POINTS_PER_POUND,
        reference=sale.receipt,
        at=sale.at,
    )
    if happens(random, 0.02):
        yield Reverse(
            key=f"undo {entry_id}",
            programme_id=SHOP_ID,
            member_id=sale.member_id,
            point_type=POINT_TYPE,
            entry_id=entry_id,
            reason="pressed by mistake",
            at=sale.at + timedelta(minutes=2),
        )


def bringing_back(back: BroughtBack) -> Iterator[Command]:
    """Take goods back; some of it is booked by mistake, and cancelled."""
    lines = () if back.line_id is None else (ReturnLine(line_id=back.line_id),)
    yield ReturnPurchase(
        key=f"return {back.return_id}",
        programme_id=SHOP_ID,
        purchase_id=back.receipt,
        return_id=back.return_id,
        lines=lines,
        at=back.at,
    )
    if back.is_mistake:
        yield CancelReturn(
            key=f"cancel {back.return_id}",
            programme_id=SHOP_ID,
            purchase_id=back.receipt,
            return_id=back.return_id,
            reason="wrong receipt scanned",
            at=back.at + timedelta(minutes=30),
        )


def _price(item: Item) -> Decimal:
    return item.price * item.quantity - item.discount


def _basket(sale: Sale, tenders: tuple[Tender, ...]) -> Basket:
    lines = tuple(
        Line(
            line_id=str(number),
            sku=item.product.sku,
            category=item.product.category,
            quantity=Decimal(item.quantity),
            unit_price=item.price,
            discount=item.discount,
        )
        for number, item in enumerate(sale.items, 1)
    )
    return Basket(currency="GBP", lines=lines, tenders=tenders, channel="web")


def _payments(sale: Sale, pounds: int) -> tuple[Tender, ...]:
    total = sum((_price(item) for item in sale.items), Decimal(0))
    paid = Tender(
        method="points",
        amount=Decimal(pounds),
        entry_id=f"capture {sale.receipt}",
        point_type=POINT_TYPE,
    )
    rest = total - pounds
    return (paid, Tender(method="card", amount=rest)) if rest else (paid,)


def _hold(sale: Sale, points: int, at: datetime) -> Command:
    return PlaceHold(
        key=f"hold {sale.receipt}",
        programme_id=SHOP_ID,
        member_id=sale.member_id,
        point_type=POINT_TYPE,
        points=points,
        reference=sale.receipt,
        at=at,
    )


def _capture(sale: Sale) -> Command:
    return CaptureHold(
        key=f"capture {sale.receipt}",
        programme_id=SHOP_ID,
        member_id=sale.member_id,
        point_type=POINT_TYPE,
        hold_id=f"hold {sale.receipt}",
        reference=sale.receipt,
        at=sale.at,
    )


def _void(sale: Sale) -> Command:
    return VoidHold(
        key=f"void {sale.receipt}",
        programme_id=SHOP_ID,
        member_id=sale.member_id,
        point_type=POINT_TYPE,
        hold_id=f"hold {sale.receipt}",
        reason="paid by card after all",
        at=sale.at,
    )
