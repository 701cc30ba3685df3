"""Policies and single events in words: ids and numbers, nothing personal."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import assert_never

from ..points import (
    AccountClosed,
    DebtPaid,
    Draw,
    Event,
    ExpirySlid,
    Granted,
    HoldLapsed,
    HoldPlaced,
    HoldVoided,
    LotReleased,
    Part,
    PointsActivated,
    PointsCancelled,
    PointsExpired,
    Reversed,
    Taken,
)
from ..programme import Expiry, ExpiryKind, Rate, SpendOrder, Steps

SPEND_ORDERS = {
    SpendOrder.EARLIEST_EXPIRY: "earliest expiry first, undated last, then the oldest",
    SpendOrder.FIRST_IN: "first in, first out",
}


def expiry_said(policy: Expiry) -> str:
    """Say what a policy of expiry says."""
    span = " and ".join(
        f"{count} {unit}"
        for count, unit in ((policy.months, "months"), (policy.days, "days"))
        if count
    )
    end = "" if policy.round_to is None else f", to the end of the {policy.round_to}"
    match policy.kind:
        case ExpiryKind.NONE:
            return "points do not expire"
        case ExpiryKind.ROLLING:
            return f"{span} after they became usable{end}"
        case ExpiryKind.INACTIVITY:
            return f"{span} after the last {' or '.join(policy.resets)}{end}"
        case ExpiryKind.FIXED:
            days = [*map(str, policy.dates), *(f"every {day}" for day in policy.yearly)]
            return f"at the next of {', '.join(days)}"


def rate_said(rate: Rate) -> str:
    how = "whole steps"
    if rate.steps is Steps.PROPORTIONAL:
        how = f"in proportion, rounded by {rate.rounding}"
    return f"{rate.points} per {rate.per} {rate.currency}, {how}"


def arithmetic_said(basis: Decimal, rate: Rate, points: int) -> str:
    """Write down how a rate makes points of an amount."""
    if basis <= 0:
        return f"{basis} earns nothing"
    units = Fraction(basis) / Fraction(rate.per)
    exact = decimal_said(units)
    if rate.steps is Steps.WHOLE:
        steps = int(units)
        return (
            f"{basis} / {rate.per} = {exact}: {steps} steps x {rate.points} = {points}"
        )
    product = decimal_said(units * rate.points)
    return f"{basis} / {rate.per} x {rate.points} = {product}, rounded to {points}"


def decimal_said(value: Fraction) -> str:
    """Write a fraction with up to six decimals; ``~`` where that is not all of it."""
    digits = 6
    cut = round(value, digits)
    whole = cut.numerator * 10**digits // cut.denominator
    text = f"{'-' if whole < 0 else ''}{abs(whole) // 10**digits}"
    decimals = f"{abs(whole) % 10**digits:0{digits}}".rstrip("0")
    return f"{'' if cut == value else '~'}{text}{'.' if decimals else ''}{decimals}"


def effect_on(event: Event, lot_id: str) -> str | None:
    """Say what an event did to a lot; None: nothing."""
    match event:
        case Granted() | Taken() | Reversed() | AccountClosed():
            return _moved(event, lot_id)
        case HoldPlaced():
            points = _of_lot(event.pins, lot_id)
            return f"{points} points held by {event.hold_id}" if points else None
        case HoldVoided():
            points = _of_lot(event.released, lot_id)
            return f"{points} points let go by {event.hold_id}" if points else None
        case HoldLapsed():
            return None
        case PointsActivated():
            text = f"{event.points} points became usable"
        case LotReleased():
            text = (
                f"released by its event, usable from {event.available_from.isoformat()}"
            )
        case PointsExpired():
            text = f"{event.points} points expired"
        case PointsCancelled():
            text = f"{event.points} points cancelled: their event did not come in time"
        case DebtPaid():
            text = f"{event.points} points paid the debt of {event.entry_id}"
        case ExpirySlid():
            moved = f"expiry moved to {event.until.isoformat()} by activity"
            return moved if lot_id in event.lot_ids else None
        case _:
            assert_never(event)
    return text if event.lot_id == lot_id else None


def _moved(
    event: Granted | Taken | Reversed | AccountClosed, lot_id: str
) -> str | None:
    match event:
        case Granted():
            return None
        case AccountClosed():
            points = _of_lot(event.forfeited, lot_id)
            return f"{points} points forfeited by closing" if points else None
        case Taken():
            points = _of_lot(event.parts, lot_id)
            free = _of_lot(event.released, lot_id)
            rest = f", {free} let go" if free else ""
            text = f"{points} points taken by {event.kind} {event.entry_id}{rest}"
            return text if points or free else None
        case Reversed():
            points = _of_lot(event.parts, lot_id)
            verb = "given back" if event.gives else "taken back"
            text = (
                f"{points} points {verb} by {event.entry_id}, undoing {event.reverses}"
            )
            return text if points else None


def _of_lot(amounts: Iterable[Part | Draw], lot_id: str) -> int:
    return sum(one.points for one in amounts if one.lot_id == lot_id)
