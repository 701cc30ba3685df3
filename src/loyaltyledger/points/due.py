"""What time has done to an account: lapses, activations, debts paid, expiry.

Reads apply :func:`due` without writing it, commands write it with what they decide,
sweeps write nothing else. So the sweep may come late, twice or never.
"""

from collections.abc import Iterator
from datetime import datetime

from ..programme import SpendOrder
from .account import Account, DebtKey
from .events import (
    DebtPaid,
    Event,
    HoldLapsed,
    PointsActivated,
    PointsCancelled,
    PointsExpired,
)
from .evolving import evolve, fold
from .lots import LotBook, spend_key
from .standing import pinned, takeable


def due(account: Account, to: datetime, order: SpendOrder) -> tuple[Event, ...]:
    """Return what must be booked for the account to be right at *to*.

    Applied once, nothing more is due. A late fact can make a booked amount wrong; the
    correction is then a booking with a negative number of points.
    """
    if to < account.next_due and not account.owing:
        return ()
    events: list[Event] = [*_revivals(account, to)]
    account = fold(account, tuple(events))
    for instant in _instants(account, to):
        for step in (_lapses, _activations):
            new = tuple(step(account, instant))
            account = fold(account, new)
            events += new
        while (payment := _payment(account, instant, order)) is not None:
            account = evolve(account, payment)
            events.append(payment)
    events += _deaths(account, to)
    return tuple(events)


def _instants(account: Account, to: datetime) -> tuple[datetime, ...]:
    """Return when points come free by themselves, and *to*.

    While something is owed each instant counts, since what pays it may die later.
    """
    if not account.owing:
        return (to,)
    starts = (book.lot.available_from for book in _open_lots(account))
    lapses = (account.holds[hold_id].lapses_at for hold_id in account.open_holds)
    found = {at for at in (*starts, *lapses) if at is not None and at < to}
    return (*sorted(found), to)


def let_pass(
    account: Account, to: datetime, order: SpendOrder
) -> tuple[tuple[Event, ...], Account]:
    """Return what is due at *to*, and the account as it stands then."""
    if to < account.next_due and not account.owing:
        return (), account
    events = due(account, to, order)
    return events, fold(account, events).looked_at()


def apply_due(account: Account, to: datetime, order: SpendOrder) -> Account:
    """Return the account as it stands at *to*."""
    return fold(account, due(account, to, order))


def _lapses(account: Account, to: datetime) -> Iterator[Event]:
    holds = (account.holds[hold_id] for hold_id in account.open_holds)
    for hold in sorted(holds, key=lambda hold: (hold.lapses_at, hold.hold_id)):
        points = hold.points - hold.lapsed
        if hold.has_lapsed(to) and points:
            yield HoldLapsed(hold_id=hold.hold_id, at=hold.lapses_at, points=points)


def _revivals(account: Account, to: datetime) -> Iterator[Event]:
    """Take back the death of what a late fact has brought back to life."""
    for book in _open_lots(account):
        released_late = book.is_cancelled and book.lot.available_from is not None
        if book.gone and (released_late or not book.is_dead(to)):
            yield _death(book, -book.gone, _gone_at(book))


def _gone_at(book: LotBook) -> datetime:
    assert book.gone_at is not None, "what is gone went at some instant"
    return book.gone_at


def _death(book: LotBook, points: int, at: datetime) -> Event:
    """Book points as dead, the way the lot died."""
    lot_id = book.lot.lot_id
    if book.is_cancelled or book.lot.available_from is None:
        return PointsCancelled(lot_id=lot_id, at=at, points=points)
    return PointsExpired(lot_id=lot_id, at=at, points=points)


def _activations(account: Account, to: datetime) -> Iterator[Event]:
    for book in _open_lots(account):
        start = book.lot.available_from
        if start is not None and start <= to and not book.is_active:
            yield PointsActivated(
                lot_id=book.lot.lot_id, at=start, points=book.remaining - book.gone
            )


def _payment(account: Account, to: datetime, order: SpendOrder) -> DebtPaid | None:
    """Return the earliest payment towards the oldest debt; None: no more."""
    for key in account.owing:
        found = _lot_that_pays(account, key, to, order)
        if found is not None:
            at, book, points = found
            lot_id = book.lot.lot_id
            entry_id, part = key
            return DebtPaid(
                entry_id=entry_id, part=part, lot_id=lot_id, at=at, points=points
            )
    return None


def _lot_that_pays(
    account: Account, key: DebtKey, to: datetime, order: SpendOrder
) -> tuple[datetime, LotBook, int] | None:
    debt = account.debts[key]
    candidates = []
    # not only open lots: a debt of a late fact is paid by what was live at its time
    for book in account.lots.values():
        start = book.lot.available_from
        if start is None or not book.remaining:
            continue
        earliest = max(start, book.granted_at, debt.at)
        # what came free later pays then; the rest had been there before
        candidates += [
            (at, spend_key(book, order), book)
            for at in {earliest, max(earliest, book.in_at)}
            if at <= to and book.is_live(at)
        ]
    for at, _, book in sorted(candidates, key=lambda one: one[:2]):
        points = min(debt.owed, takeable(account, book, at))
        if points:
            return at, book, points
    return None


def _deaths(account: Account, to: datetime) -> Iterator[Event]:
    for book in _open_lots(account):
        dead_from = book.dead_from
        if dead_from is None or to < dead_from:
            continue
        pins = pinned(account, book.lot.lot_id, to)
        points = book.remaining - pins - book.gone
        if points:
            since = book.in_at if points > 0 else book.granted_at
            at = max(dead_from, since)
            yield _death(book, points, at)


def _open_lots(account: Account) -> list[LotBook]:
    books = [account.lots[lot_id] for lot_id in account.open_lots]
    return sorted(books, key=lambda book: book.number)
