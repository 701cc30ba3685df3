"""Decisions that give points: earn, opening balance, adjustment upwards, receipt."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import attrs

from ..kernel.errors import AlreadyExistsError, PeriodError, PointsOverflowError
from ..kernel.quantities import POINTS_MAX
from ..programme import ExpiryKind, PointType, available_from, cancel_by, expires_at
from .account import Account
from .events import Event, ExpirySlid, Granted, LotReleased
from .lots import Lot, LotBook
from .standing import lots_at


@attrs.frozen(kw_only=True)
class Why:
    """What a command says about itself, to be kept with what it did."""

    reference: str | None = None
    reason: str | None = None
    actor: str | None = None


@attrs.frozen(kw_only=True)
class Dates:
    """Dates that the host gives to a grant instead of the policies."""

    available_from: datetime | None = None
    expires_at: datetime | None = None


def new_lot(
    lot_id: str,
    points: int,
    *,
    at: datetime,
    kind: PointType,
    tz: ZoneInfo,
    dates: Dates,
) -> Lot:
    """Make a lot with the dates that the policies, or the host, give it."""
    start = dates.available_from or available_from(kind.pending, at, tz)
    end = dates.expires_at
    if start is None:
        _check_after(end, at)
        deadlines = (end, cancel_by(kind.pending, at, tz))
        until = min((one for one in deadlines if one is not None), default=None)
        return Lot(lot_id=lot_id, points=points, expires_at=end, cancel_by=until)
    slides = end is None and kind.expiry.kind is ExpiryKind.INACTIVITY
    if end is None:
        end = expires_at(kind.expiry, start, tz, point_type=kind.name)
    _check_after(end, start)
    return Lot(
        lot_id=lot_id,
        points=points,
        available_from=start,
        expires_at=end,
        slides=slides,
    )


def _check_after(end: datetime | None, start: datetime) -> None:
    if end is not None and end <= start:
        problem = f"{end.isoformat()} is not after {start.isoformat()}"
        raise PeriodError(field="expires_at", problem=problem)


def grant(
    account: Account,
    *,
    entry_id: str,
    lots: tuple[Lot, ...],
    at: datetime,
    entry_kind: str,
    book: str,
    why: Why,
    counter: str | None = None,
) -> tuple[Event, ...]:
    """Give lots to an account."""
    check_room(account, sum(lot.points for lot in lots))
    for lot in lots:
        if lot.lot_id in account.lots:
            raise AlreadyExistsError(what="lot", name=lot.lot_id)
    event = Granted(
        entry_id=entry_id,
        at=at,
        kind=entry_kind,
        book=book,
        lots=lots,
        counter=counter,
        reference=why.reference,
        reason=why.reason,
        actor=why.actor,
    )
    return (event,)


def check_room(account: Account, points: int) -> None:
    """Refuse what would take the account beyond what can be counted."""
    if account.in_lots + points > POINTS_MAX:
        raise PointsOverflowError(points=points, points_max=POINTS_MAX)


def slide(
    account: Account, activity: str, at: datetime, kind: PointType, tz: ZoneInfo
) -> tuple[Event, ...]:
    """Move on the expiry of what is live, where activity does that."""
    policy = kind.expiry
    if policy.kind is not ExpiryKind.INACTIVITY or activity not in policy.resets:
        return ()
    until = expires_at(policy, at, tz, point_type=kind.name)
    assert until is not None, "inactivity always ends"
    sliding = sorted(_sliding(lots_at(account, at), at, until), key=_number)
    if not sliding:
        return ()
    lot_ids = tuple(book.lot.lot_id for book in sliding)
    return (ExpirySlid(at=at, until=until, lot_ids=lot_ids),)


def _sliding(
    books: Iterable[LotBook], at: datetime, until: datetime
) -> Iterable[LotBook]:
    for book in books:
        end = book.lot.expires_at
        moves_on = book.lot.slides and end is not None and end < until
        if moves_on and book.remaining and book.is_live(at):
            yield book


def _number(book: LotBook) -> int:
    return book.number


def release(
    account: Account, entry_id: str, at: datetime, kind: PointType, tz: ZoneInfo
) -> tuple[Event, ...]:
    """Make what waited for an event usable; its expiry starts now."""
    events = []
    for part in account.entries[entry_id].parts:
        assert part.lot_id is not None, "grants are made of lots"
        book = account.lots[part.lot_id]
        start = max(at, book.granted_at)
        waits = book.lot.available_from is None and book.is_pending(start)
        if waits and book.remaining:
            events.append(_released(book, entry_id, start, kind, tz))
    return tuple(events)


def _released(
    book: LotBook, entry_id: str, start: datetime, kind: PointType, tz: ZoneInfo
) -> LotReleased:
    end = book.lot.expires_at
    if end is None:
        end = expires_at(kind.expiry, start, tz, point_type=kind.name)
    return LotReleased(
        entry_id=entry_id,
        lot_id=book.lot.lot_id,
        at=start,
        available_from=start,
        expires_at=end,
        slides=kind.expiry.kind is ExpiryKind.INACTIVITY
        and book.lot.expires_at is None,
    )


def grace_until(at: datetime, kind: PointType) -> datetime:
    return at + timedelta(days=kind.grace_days)
