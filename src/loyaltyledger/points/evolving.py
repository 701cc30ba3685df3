"""How an account takes in what happened, in the order it was recorded.

There are no rules here: what happened, happened. Given only the events up to some
instant, the account is as it was then.
"""

from datetime import datetime
from typing import assert_never

from ..kernel.values import changed
from .account import Account
from .entries import Debt, Entry, Part, PartKind, Payment
from .events import (
    AccountClosed,
    DebtPaid,
    Event,
    ExpirySlid,
    Granted,
    HoldLapsed,
    HoldPlaced,
    HoldVoided,
    LotReleased,
    PointsActivated,
    PointsCancelled,
    PointsExpired,
    Reversed,
    Taken,
)
from .holds import Hold
from .lots import Draw, Lot, LotBook

MADE_BY_TIME = (HoldLapsed, PointsActivated, PointsExpired, PointsCancelled, DebtPaid)


def evolve(account: Account, event: Event) -> Account:
    """Take in one event. No rules here: what happened, happened."""
    account = _dated(account, event)
    match event:
        case Granted():
            return _granted(account, event)
        case Taken():
            return _taken(account, event)
        case Reversed():
            return _reversed(account, event)
        case HoldPlaced():
            return _held(account, event)
        case HoldVoided():
            return _resolved(account, event.hold_id, event.at, (), event.released)
        case HoldLapsed():
            return _lapsed(account, event)
        case PointsActivated():
            book = account.lots[event.lot_id]
            return account.with_lot(changed(book, is_active=True))
        case LotReleased():
            return _released(account, event)
        case PointsExpired() | PointsCancelled():
            return _gone(account, event)
        case ExpirySlid():
            return _slid(account, event)
        case DebtPaid():
            return _paid(account, event)
        case AccountClosed():
            return _closed(account, event)
        case _:
            assert_never(event)


def _dated(account: Account, event: Event) -> Account:
    at = event.at
    if at > account.decided_at and not isinstance(event, MADE_BY_TIME):
        return changed(account, decided_at=at, latest_at=max(at, account.latest_at))
    if at > account.latest_at:
        return changed(account, latest_at=at)
    return account


def fold(account: Account, events: tuple[Event, ...]) -> Account:
    for event in events:
        account = evolve(account, event)
    return account


def _granted(account: Account, event: Granted) -> Account:
    for lot in event.lots:
        account = account.with_lot(_book(lot, event.at, len(account.lots)))
    entry = Entry(
        entry_id=event.entry_id,
        kind=event.kind,
        book=event.book,
        gives=True,
        at=event.at,
        parts=tuple(Part(points=lot.points, lot_id=lot.lot_id) for lot in event.lots),
        undone=(0,) * len(event.lots),
        counter=event.counter,
    )
    return account.with_entry(entry)


def _book(lot: Lot, at: datetime, number: int) -> LotBook:
    start = lot.available_from
    return LotBook(
        lot=lot,
        number=number,
        granted_at=at,
        remaining=lot.points,
        is_active=start is not None and start <= at,
        in_at=at,
    )


def _taken(account: Account, event: Taken) -> Account:
    account = _parts_moved(account, event.entry_id, event.parts, event.at, gives=False)
    entry = Entry(
        entry_id=event.entry_id,
        kind=event.kind,
        book=event.book,
        gives=False,
        at=event.at,
        parts=event.parts,
        undone=(0,) * len(event.parts),
        counter=event.counter,
    )
    account = account.with_entry(entry)
    if event.hold_id is None:
        return account
    captured = tuple(_draw(part) for part in event.parts)
    return _resolved(account, event.hold_id, event.at, captured, event.released)


def _draw(part: Part) -> Draw:
    assert part.lot_id is not None, "only parts of lots are drawn"
    return Draw(lot_id=part.lot_id, points=part.points)


def _held(account: Account, event: HoldPlaced) -> Account:
    hold = Hold(
        hold_id=event.hold_id,
        at=event.at,
        lapses_at=event.lapses_at,
        pins=event.pins,
    )
    # a late hold may pin what was booked as gone, which time must look at again
    pinned = [pin.lot_id for pin in event.pins]
    if any(lot_id not in account.open_lots for lot_id in pinned):
        account = account.with_open(pinned)
    return account.with_hold(hold)


def _resolved(
    account: Account,
    hold_id: str,
    at: datetime,
    captured: tuple[Draw, ...],
    released: tuple[Draw, ...],
) -> Account:
    for draw in released:
        account = account.with_lot(_freed(account.lots[draw.lot_id], at))
    hold = account.holds[hold_id].resolved(at, (*captured, *released))
    return account.with_hold(hold)


def _freed(book: LotBook, at: datetime) -> LotBook:
    return changed(book, in_at=max(book.in_at, at))


def _lapsed(account: Account, event: HoldLapsed) -> Account:
    hold = account.holds[event.hold_id]
    for pin in hold.open_pins:
        account = account.with_lot(_freed(account.lots[pin.lot_id], event.at))
    return account.with_hold(changed(hold, lapsed=hold.lapsed + event.points))


def _released(account: Account, event: LotReleased) -> Account:
    book = account.lots[event.lot_id]
    lot = changed(
        book.lot,
        available_from=event.available_from,
        expires_at=event.expires_at,
        slides=event.slides,
    )
    account = account.with_lot(changed(book, lot=lot))
    return account.with_open([event.lot_id])


def _gone(account: Account, event: PointsExpired | PointsCancelled) -> Account:
    book = account.lots[event.lot_id]
    gone = book.gone + event.points
    cancelled = isinstance(event, PointsCancelled) and gone > 0
    return account.with_lot(
        changed(book, gone=gone, gone_at=event.at, is_cancelled=cancelled)
    )


def _slid(account: Account, event: ExpirySlid) -> Account:
    for lot_id in event.lot_ids:
        book = account.lots[lot_id]
        lot = changed(book.lot, expires_at=event.until)
        account = account.with_lot(changed(book, lot=lot))
    # late activity may bring back what was booked as gone: time must look again
    if any(lot_id not in account.open_lots for lot_id in event.lot_ids):
        account = account.with_open(event.lot_ids)
    return account


def _paid(account: Account, event: DebtPaid) -> Account:
    before = account.lots[event.lot_id]
    book = before.moved(-event.points, event.at)
    debt = account.debts[event.entry_id, event.part]
    payments = debt.payments
    payment = Payment(lot_id=event.lot_id, points=abs(event.points), at=event.at)
    if event.points > 0:
        payments = (*payments, payment)
    else:
        which = payments.index(payment)
        payments = (*payments[:which], *payments[which + 1 :])
        book = changed(book, in_at=before.in_at)  # as if it had never paid
    debt = changed(debt, payments=payments)
    return _put_back(account, book).with_debt(debt)


def _put_back(account: Account, book: LotBook) -> Account:
    """Put back a lot that points moved in or out of.

    A hold may pin as many of them as had been booked as gone: it is not settled then.
    """
    account, lot_id = account.with_lot(book), book.lot.lot_id
    if not (book.gone and book.is_settled):
        return account
    holds = (account.holds[hold_id] for hold_id in account.open_holds)
    pins = (pin.lot_id for hold in holds for pin in hold.open_pins)
    return account.with_open([lot_id]) if lot_id in pins else account


def _closed(account: Account, event: AccountClosed) -> Account:
    account = _parts_moved(account, "", event.forfeited, event.at, gives=False)
    for key in account.owing:
        debt = account.debts[key]
        account = account.with_debt(changed(debt, points=debt.points - debt.owed))
    return changed(account, is_closed=True)


def _reversed(account: Account, event: Reversed) -> Account:
    for lot in event.regrants:
        # made empty: the part that gives its points back fills it
        book = _book(lot, event.at, len(account.lots)).moved(-lot.points, event.at)
        account = account.with_lot(book)
    parent = account.entries[event.reverses]
    if event.gives:
        account = _forgiven(account, parent, event.parts)
    account = _parts_moved(
        account, event.entry_id, event.parts, event.at, gives=event.gives
    )
    entry = Entry(
        entry_id=event.entry_id,
        kind="reversal",
        book=event.book,
        gives=event.gives,
        at=event.at,
        parts=event.parts,
        undone=(0,) * len(event.parts),
        reverses=event.reverses,
        counter=event.counter,
    )
    parent = account.entries[event.reverses].undone_by(event.entry_id, event.parts)
    account = account.with_entry(parent).with_entry(entry)
    if event.continues is None:
        return account
    first = account.entries[event.continues]
    continuations = (*first.continuations, event.entry_id)
    return account.with_entry(changed(first, continuations=continuations))


def _forgiven(account: Account, parent: Entry, parts: tuple[Part, ...]) -> Account:
    """Take back debt that *parent* made: owed still, or paid by lots meanwhile."""
    for part in parts:
        if part.kind not in {PartKind.DEBT, PartKind.REPAID}:
            continue
        debt = account.debts[parent.entry_id, part.of]
        payments = debt.payments
        if part.kind is PartKind.REPAID:
            payments = _without(payments, part)
        points = debt.points - part.points
        account = account.with_debt(changed(debt, points=points, payments=payments))
    return account


def _without(payments: tuple[Payment, ...], part: Part) -> tuple[Payment, ...]:
    """Take *part* out of the newest payment made by the same lot, or several."""
    left = part.points
    kept = []
    for payment in reversed(payments):
        taken = min(left, payment.points) if payment.lot_id == part.lot_id else 0
        left -= taken
        if payment.points > taken:
            kept.append(changed(payment, points=payment.points - taken))
    return tuple(reversed(kept))


def _parts_moved(
    account: Account,
    entry_id: str,
    parts: tuple[Part, ...],
    at: datetime,
    *,
    gives: bool,
) -> Account:
    sign = 1 if gives else -1
    for index, part in enumerate(parts):
        if part.lot_id is not None:
            book = account.lots[part.lot_id].moved(sign * part.points, at)
            account = _put_back(account, book)
        elif part.kind is PartKind.DEBT and not gives:
            debt = Debt(
                entry_id=entry_id,
                part=index,
                at=at,
                points=part.points,
                number=len(account.debts),
            )
            account = account.with_debt(debt)
    return account
