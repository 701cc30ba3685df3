"""Decisions that use points: spend, hold, capture, void, claw-back."""

from datetime import datetime

import attrs

from ..kernel.errors import (
    CaptureExceedsHoldError,
    HoldLapsedError,
    HoldSettledError,
    InsufficientPointsError,
    InvalidInputError,
    PeriodError,
    UnknownHoldError,
)
from ..programme import PointType, ReversalPolicy, SpendOrder
from .account import Account
from .entries import Part, PartKind
from .events import Event, HoldPlaced, HoldVoided, Taken
from .granting import Why
from .holds import Hold
from .lots import Draw
from .standing import live_lots, takeable


def draw(
    account: Account, points: int, at: datetime, order: SpendOrder
) -> tuple[Draw, ...]:
    """Choose how much to take from which lot; refuse more than is free."""
    draws = draw_up_to(account, points, at, order)
    available = sum(one.points for one in draws)
    if available < points:
        raise InsufficientPointsError(requested=points, available=available)
    return draws


def draw_up_to(
    account: Account, points: int, at: datetime, order: SpendOrder
) -> tuple[Draw, ...]:
    """Choose as much as there is, up to *points*."""
    draws = []
    for book in live_lots(account, at, order):
        taken = min(points, takeable(account, book, at)) if points else 0
        if taken:
            draws.append(Draw(lot_id=book.lot.lot_id, points=taken))
            points -= taken
    return tuple(draws)


def check_usable(kind: PointType) -> None:
    if not kind.is_usable:
        problem = f"{kind.name!r} are status points: they are counted, never used"
        raise InvalidInputError(field="point_type", problem=problem)


def parts_of(account: Account, draws: tuple[Draw, ...]) -> tuple[Part, ...]:
    return tuple(
        Part(
            points=one.points,
            lot_id=one.lot_id,
            bucket=account.lots[one.lot_id].bucket,
        )
        for one in draws
    )


def take(
    account: Account,
    points: int,
    *,
    entry_id: str,
    at: datetime,
    order: SpendOrder,
    entry_kind: str,
    book: str,
    why: Why,
    counter: str | None = None,
) -> tuple[Event, ...]:
    """Take free points; refuse more than there is."""
    event = Taken(
        entry_id=entry_id,
        at=at,
        kind=entry_kind,
        book=book,
        parts=parts_of(account, draw(account, points, at, order)),
        counter=counter,
        reference=why.reference,
        reason=why.reason,
        actor=why.actor,
    )
    return (event,)


def claw_back(
    account: Account,
    points: int,
    *,
    entry_id: str,
    at: datetime,
    kind: PointType,
    policy: ReversalPolicy,
    why: Why,
) -> tuple[Event, ...]:
    """Take points back for a return that names no earn, as the policy says."""
    draws: tuple[Draw, ...]
    if policy is ReversalPolicy.PENDING_ONLY:
        draws = _draw_pending(account, points, at)
    else:
        draws = draw_up_to(account, points, at, kind.spend_order)
    parts = parts_of(account, draws)
    short = points - sum(one.points for one in draws)
    if short:
        debt = policy is ReversalPolicy.DEBT
        rest = Part(points=short, kind=PartKind.DEBT if debt else PartKind.LOST)
        parts = (*parts, rest)
    event = Taken(
        entry_id=entry_id,
        at=at,
        kind="clawback",
        book="reversed",
        parts=parts,
        reference=why.reference,
        reason=why.reason,
        actor=why.actor,
    )
    return (event,)


def _draw_pending(account: Account, points: int, at: datetime) -> tuple[Draw, ...]:
    draws = []
    for book in sorted(account.lots.values(), key=lambda book: book.number):
        if book.is_pending(at) and points:
            taken = min(points, takeable(account, book, at))
            if taken:
                draws.append(Draw(lot_id=book.lot.lot_id, points=taken))
                points -= taken
    return tuple(draws)


def place_hold(
    account: Account,
    points: int,
    *,
    hold_id: str,
    at: datetime,
    lapses_at: datetime,
    order: SpendOrder,
    reference: str | None,
) -> tuple[Event, ...]:
    """Reserve free points: what one hold has, no other gets."""
    if lapses_at <= at:
        problem = f"{lapses_at.isoformat()} is not after {at.isoformat()}"
        raise PeriodError(field="lapses_at", problem=problem)
    event = HoldPlaced(
        hold_id=hold_id,
        at=at,
        lapses_at=lapses_at,
        pins=draw(account, points, at, order),
        reference=reference,
    )
    return (event,)


def open_hold(account: Account, hold_id: str, at: datetime) -> Hold:
    """Return a hold that can still be captured or voided at *at*, or say why not."""
    hold = account.holds.get(hold_id)
    if hold is None:
        raise UnknownHoldError(name=hold_id)
    if not hold.points:
        raise HoldSettledError(hold_id=hold_id)
    if hold.has_lapsed(at):
        raise HoldLapsedError(hold_id=hold_id, lapsed_at=hold.lapses_at, at=at)
    return hold


def capture(
    account: Account,
    hold: Hold,
    points: int,
    *,
    entry_id: str,
    at: datetime,
    keep_rest: bool,
    why: Why,
) -> tuple[Event, ...]:
    """Use points of a hold, of its lots in the order they were pinned."""
    if points > hold.points:
        raise CaptureExceedsHoldError(
            hold_id=hold.hold_id, requested=points, held=hold.points
        )
    draws, rest = _split(hold.open_pins, points)
    _check_still_there(account, hold, at, keep_rest=keep_rest, draws=draws)
    event = Taken(
        entry_id=entry_id,
        at=max(at, hold.at),
        kind="capture",
        parts=tuple(
            Part(points=one.points, lot_id=one.lot_id, bucket="held") for one in draws
        ),
        hold_id=hold.hold_id,
        released=() if keep_rest else rest,
        reference=why.reference,
        reason=why.reason,
        actor=why.actor,
    )
    return (event,)


def _split(
    pins: tuple[Draw, ...], points: int
) -> tuple[tuple[Draw, ...], tuple[Draw, ...]]:
    """Split pins into the first *points* of them, and the rest."""
    first, rest = [], []
    for pin in pins:
        taken = min(points, pin.points)
        points -= taken
        if taken:
            first.append(attrs.evolve(pin, points=taken))
        if pin.points > taken:
            rest.append(attrs.evolve(pin, points=pin.points - taken))
    return tuple(first), tuple(rest)


def _check_still_there(
    account: Account,
    hold: Hold,
    at: datetime,
    *,
    keep_rest: bool,
    draws: tuple[Draw, ...],
) -> None:
    """Refuse a late capture of points that were used after the hold had lapsed."""
    if at >= account.latest_at:
        return
    for one in hold.open_pins if keep_rest else draws:
        book = account.lots[one.lot_id]
        there = takeable(account, book, at, besides=hold.hold_id)
        if there < one.points:
            raise InsufficientPointsError(requested=one.points, available=there)


def void_hold(hold: Hold, at: datetime, reason: str | None) -> tuple[Event, ...]:
    event = HoldVoided(
        hold_id=hold.hold_id,
        at=max(at, hold.at),
        released=hold.open_pins,
        reason=reason,
    )
    return (event,)
