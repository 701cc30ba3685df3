"""One shop for the tests of whole histories: the library's side of the model."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from loyaltyledger import Ledger
from loyaltyledger.points import Balance, Rest
from loyaltyledger.programme import (
    Currency,
    Expiry,
    ExpiryKind,
    Pending,
    PendingKind,
    PointType,
    Programme,
    Rate,
    RestoredPolicy,
    ReversalPolicy,
    SpendOrder,
    TransferExpiry,
)
from loyaltyledger.purchases import ReturnLine
from loyaltyledger.receipt import Receipt
from loyaltyledger.rules import Basket, Line
from model.points_model import Terms

START = datetime(2024, 1, 1, 9, tzinfo=UTC)
MEMBERS = ("ann", "bob", "cem")
SHOP: dict[str, Any] = {"programme_id": "shop"}
POINTS: dict[str, Any] = {**SHOP, "point_type": "points"}


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, **steps: float) -> None:
        self.now += timedelta(**steps)


def programme_of(terms: Terms) -> Programme:
    """Say what *terms* say, in the library's words; a point for every 3.00."""
    days = terms.expiry_days if terms.expiry in {"rolling", "inactivity"} else 0
    dates = terms.expiry_dates if terms.expiry == "fixed" else ()
    kind = PointType(
        name="points",
        rates=(Rate(currency="GBP", points=1, per=Decimal(3)),),
        expiry=Expiry(
            kind=ExpiryKind(terms.expiry),
            days=days,
            dates=tuple(date.date() for date in dates),
            resets=terms.resets,
        ),
        pending=Pending(
            kind=PendingKind(terms.pending),
            days=terms.pending_days if terms.pending == "duration" else 0,
            cancel_after_days=(
                terms.cancel_after_days if terms.pending == "event" else 0
            ),
        ),
        spend_order=SpendOrder(terms.spend_order),
        reversal=ReversalPolicy(terms.reversal),
        restored=(
            RestoredPolicy.GRACE if terms.grace_days else RestoredPolicy.EXPIRE_AT_ONCE
        ),
        grace_days=terms.grace_days,
        transfer_expiry=(
            TransferExpiry.RESET if terms.transfer_resets else TransferExpiry.KEEP
        ),
        hold_minutes=terms.hold_minutes,
    )
    return Programme(
        programme_id="shop",
        time_zone="UTC",
        currencies=(Currency(code="GBP"),),
        point_types=(kind,),
    )


def open_shop(url: str, terms: Terms, clock: Clock, **settings: Any) -> Ledger:
    """Open a ledger with the programme and its members."""
    ledger = Ledger.open(url, clock=clock, **settings)
    ledger.define(key="define", programme=programme_of(terms))
    for member in MEMBERS:
        ledger.enrol(key=f"enrol {member}", member_id=member, **SHOP)
    return ledger


def money(pennies: int) -> Decimal:
    return Decimal(pennies).scaleb(-2)


def basket_of(lines: dict[str, tuple[int, int]]) -> Basket:
    return Basket(
        currency="GBP",
        lines=tuple(
            Line(
                line_id=line_id,
                sku=line_id,
                quantity=Decimal(quantity),
                unit_price=money(each),
            )
            for line_id, (quantity, each) in lines.items()
        ),
    )


def _purchase(
    ledger: Ledger, lines: dict[str, tuple[int, int]], **more: Any
) -> Receipt:
    return ledger.record_purchase(basket=basket_of(lines), **SHOP, **more)


def _give_back(ledger: Ledger, lines: dict[str, int | None], **more: Any) -> Receipt:
    back = tuple(
        ReturnLine(line_id=line_id, quantity=None if units is None else Decimal(units))
        for line_id, units in lines.items()
    )
    return ledger.return_purchase(lines=back, **SHOP, **more)


def _unlinked(ledger: Ledger, pennies: int, **more: Any) -> Receipt:
    basket = basket_of({"1": (1, pennies)})
    return ledger.return_unlinked(basket=basket, **SHOP, **more)


def _capture(ledger: Ledger, rest: str | None = None, **more: Any) -> Receipt:
    return ledger.capture(rest=None if rest is None else Rest(rest), **POINTS, **more)


_OF_POINTS: dict[str, Callable[..., Receipt]] = {
    "earn": Ledger.earn,
    "open_balance": Ledger.open_balance,
    "spend": Ledger.spend,
    "hold": Ledger.hold,
    "void": Ledger.void,
    "reverse": Ledger.reverse,
    "release_pending": Ledger.release_pending,
    "transfer": Ledger.transfer,
}
_OF_THE_SHOP: dict[str, Callable[..., Receipt]] = {
    "unfreeze": Ledger.unfreeze,
    "close_member": Ledger.close_member,
    "cancel_return": Ledger.cancel_return,
    "cancel_unlinked": Ledger.cancel_return,
}
_OTHERS: dict[str, Callable[..., Receipt]] = {
    "capture": _capture,
    "purchase": _purchase,
    "give_back": _give_back,
    "return_unlinked": _unlinked,
}


def carry_out(ledger: Ledger, name: str, key: str, asked: dict[str, Any]) -> Receipt:
    """Ask the library for what the model calls *name*."""
    asked = {"key": key, **asked}
    if "member" in asked:
        asked["member_id"] = asked.pop("member")
    if name in _OTHERS:
        return _OTHERS[name](ledger, **asked)
    if name == "adjust":
        return ledger.adjust(actor="eve", reason="goodwill", **POINTS, **asked)
    if name == "freeze":
        return ledger.freeze(reason="suspected", **SHOP, **asked)
    if name in _OF_POINTS:
        return _OF_POINTS[name](ledger, **POINTS, **asked)
    return _OF_THE_SHOP[name](ledger, **SHOP, **asked)


def figures(balance: Balance) -> dict[str, int]:
    return {
        "available": balance.available,
        "held": balance.held,
        "pending": balance.pending,
        "debt": balance.debt,
    }


def lots_of(ledger: Ledger, member: str, **as_of: Any) -> list[Any]:
    return sorted(
        (
            lot.lot_id,
            lot.status.value,
            lot.points,
            lot.held,
            lot.granted_at,
            lot.available_from,
            lot.expires_at,
        )
        for lot in ledger.lots(member_id=member, **POINTS, **as_of)
    )
