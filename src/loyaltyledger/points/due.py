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
    return let_pass(account, to, order)[0]


def let_pass(
    account: Account,
    to: datetime,
    order: SpendOrder,
    *,
    paid_to: datetime | None = None,
) -> tuple[tuple[Event, ...], Account]:
    """Return what is due at *to*, and the account as it stands then.

    *paid_to* leaves out what pays debts after it.
    """
    if account.is_settled_at(to):
        return (), account
    events: list[Event] = []
    for step in (_revivals, _lapses, _activations):
        new = tuple(step(account, to))
        account = fold(account, new)
        events += new
    while (payment := _payment(account, paid_to or to, order)) is not None:
        account = evolve(account, payment)
        events.append(payment)
    deaths = tuple(_deaths(account, to))
    return (*events, *deaths), fold(account, deaths).looked_at()


def take_back(
    account: Account, facts_to: datetime
) -> tuple[tuple[Event, ...], Account]:
    """Take back the payments after *facts_to*, which no decision has relied on.

    Otherwise what a sweep has booked would decide about a fact that comes late.
    """
    if facts_to >= account.latest_at:
        return (), account
    debts = sorted(account.debts.values(), key=lambda debt: debt.number)
    events = tuple(
        DebtPaid(
            entry_id=debt.entry_id,
            part=debt.part,
            lot_id=payment.lot_id,
            at=payment.at,
            points=-payment.points,
            owed_since=debt.at,
        )
        for debt in debts
        for payment in debt.payments
        if payment.at > facts_to
    )
    return events, fold(account, events)


def apply_due(account: Account, to: datetime, order: SpendOrder) -> Account:
    """Return the account as it stands at *to*."""
    return let_pass(account, to, order)[1]


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
    """Return the earliest payment, towards the oldest debt; None: no more."""
    freed = _freed(account) if account.owing else {}
    found = (_earliest(account, key, to, order, freed) for key in account.owing)
    payments = [payment for payment in found if payment is not None]
    return min(payments, key=lambda payment: payment.at, default=None)


def _freed(account: Account) -> dict[str, set[datetime]]:
    """Return when holds let points of each lot go."""
    freed: dict[str, set[datetime]] = {}
    for hold in account.holds.values():
        ends = {hold.lapses_at, *(one.at for one in hold.resolutions)}
        for pin in hold.pins:
            freed.setdefault(pin.lot_id, set()).update(ends)
    return freed


def _earliest(
    account: Account,
    key: DebtKey,
    to: datetime,
    order: SpendOrder,
    freed: dict[str, set[datetime]],
) -> DebtPaid | None:
    """Return the earliest payment towards a debt, by the lot that is spent first."""
    debt = account.debts[key]
    candidates = []
    # not only open lots: a debt of a late fact is paid by what was live at its time
    for book in account.lots.values():
        start = book.lot.available_from
        if start is None or not book.remaining:
            continue
        earliest = max(start, book.granted_at, debt.at)
        # what came free later pays then; the rest had been there before
        later = freed.get(book.lot.lot_id, set()) | {
            move.at for move in book.moves if move.points > 0
        }
        candidates += [
            (at, spend_key(book, order), book)
            for at in {earliest, *(max(earliest, at) for at in later)}
            if at <= to and book.is_live(at)
        ]
    for at, _, book in sorted(candidates, key=lambda one: one[:2]):
        points = min(debt.owed, takeable(account, book, at))
        if points:
            return DebtPaid(
                entry_id=debt.entry_id,
                part=debt.part,
                lot_id=book.lot.lot_id,
                at=at,
                points=points,
            )
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
