"""Whether an event can follow what came before it in its account."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import assert_never

from ..points import (
    Account,
    AccountClosed,
    Debt,
    DebtPaid,
    Draw,
    Event,
    ExpirySlid,
    Granted,
    Hold,
    HoldLapsed,
    HoldPlaced,
    HoldVoided,
    LotBook,
    LotReleased,
    Part,
    Payment,
    PointsActivated,
    PointsCancelled,
    PointsExpired,
    Reversed,
    Taken,
    Terms,
)
from .findings import FindingKind as Kind
from .verify_dates import release_problems, slide_problems
from .verify_parts import forfeited_problems, taken_problems, undone_problems

Problem = tuple[Kind, str]
USES = frozenset({"spend", "transfer", "conversion", "adjustment"})
"""Kinds of taking that only what is usable can serve; a capture has its hold."""


def problems(
    account: Account, event: Event, terms: Callable[[], Terms | None]
) -> Iterator[Problem]:
    """Say what is wrong with an event, given the account before it.

    *terms* are the policies in force for it, which few events need.
    """
    match event:
        case Granted():
            yield from _new_entry(account, event.entry_id)
            yield from _new_lots(account, (lot.lot_id for lot in event.lots))
        case Taken():
            yield from _taken(account, event)
        case Reversed():
            yield from _reversed(account, event)
        case HoldPlaced():
            yield from _placed(account, event)
        case HoldVoided():
            yield from _voided(account, event)
        case HoldLapsed():
            yield from _lapsed(account, event)
        case PointsActivated():
            yield from _activated(account, event)
        case PointsExpired() | PointsCancelled():
            yield from _died(account, event)
        case LotReleased():
            yield from _lots(account, (event.lot_id,), event.at)
            yield from release_problems(account, event, terms())
        case ExpirySlid():
            yield from _lots(account, event.lot_ids, event.at)
            yield from slide_problems(account, event, terms())
        case DebtPaid():
            yield from _paid(account, event)
        case AccountClosed():
            yield from _closed(account, event)
        case _:
            assert_never(event)


def _new_entry(account: Account, entry_id: str) -> Iterator[Problem]:
    if entry_id in account.entries:
        yield Kind.BROKEN_REFERENCE, f"entry {entry_id!r} is recorded a second time"


def _new_lots(account: Account, lot_ids: Iterable[str]) -> Iterator[Problem]:
    for lot_id in lot_ids:
        if lot_id in account.lots:
            yield Kind.BROKEN_REFERENCE, f"lot {lot_id!r} is granted a second time"


def _lots(
    account: Account, lot_ids: Iterable[str | None], at: datetime
) -> Iterator[Problem]:
    """The lots were granted, and by then."""
    for lot_id in lot_ids:
        book = None if lot_id is None else account.lots.get(lot_id)
        if book is None:
            yield Kind.BROKEN_REFERENCE, f"lot {lot_id!r} was never granted"
        elif at < book.granted_at:
            problem = f"{at.isoformat()} is before lot {lot_id!r} was granted"
            yield Kind.BEFORE_CAUSE, problem


def _positive(amounts: Iterable[Part | Draw]) -> Iterator[Problem]:
    for one in amounts:
        if one.points < 1:
            yield Kind.WRONG_POINTS, f"{one.points} points of lot {one.lot_id!r}"


def _usable(
    account: Account, lot_ids: Iterable[str | None], at: datetime
) -> Iterator[Problem]:
    for lot_id in lot_ids:
        book = None if lot_id is None else account.lots.get(lot_id)
        if book is not None and not book.is_live(at):
            problem = f"lot {lot_id!r} was not usable at {at.isoformat()}"
            yield Kind.LOT_NOT_USABLE, problem


def _taken(account: Account, event: Taken) -> Iterator[Problem]:
    yield from _new_entry(account, event.entry_id)
    yield from _positive(event.parts)
    moved = [part for part in event.parts if part.lot_id is not None]
    lot_ids = [part.lot_id for part in moved]
    yield from _lots(account, lot_ids, event.at)
    yield from taken_problems(account, event)
    if event.hold_id is not None:
        draws = tuple(
            Draw(lot_id=part.lot_id, points=part.points)
            for part in moved
            if part.lot_id is not None
        )
        yield from _resolved(
            account, event.hold_id, event.at, (*draws, *event.released), event.parts
        )
    elif event.kind in USES:
        yield from _usable(account, lot_ids, event.at)


def _resolved(
    account: Account,
    hold_id: str,
    at: datetime,
    draws: tuple[Draw, ...],
    parts: tuple[Part, ...],
) -> Iterator[Problem]:
    """What is captured and released was open in the hold, at that instant."""
    hold = account.holds.get(hold_id)
    if hold is None:
        yield Kind.BROKEN_REFERENCE, f"hold {hold_id!r} was never placed"
        return
    yield from _positive(draws if not parts else ())
    yield from _in_its_time(hold, at)
    left = {pin.lot_id: pin.points for pin in hold.open_pins}
    for draw in draws:
        left[draw.lot_id] = left.get(draw.lot_id, 0) - draw.points
    for lot_id, points in left.items():
        if points < 0:
            problem = f"{-points} points of lot {lot_id!r} beyond hold {hold_id!r}"
            yield Kind.CAPTURE_EXCEEDS_HOLD, problem


def _voided(account: Account, event: HoldVoided) -> Iterator[Problem]:
    yield from _resolved(account, event.hold_id, event.at, event.released, ())
    hold = account.holds.get(event.hold_id)
    if hold is not None and event.released != hold.open_pins:
        yield Kind.WRONG_POINTS, f"hold {event.hold_id!r} is voided in part"


def _in_its_time(hold: Hold, at: datetime) -> Iterator[Problem]:
    if at < hold.at:
        yield Kind.BEFORE_CAUSE, f"before hold {hold.hold_id!r} was placed"
    if hold.has_lapsed(at):
        problem = f"hold {hold.hold_id!r} had lapsed at {hold.lapses_at.isoformat()}"
        yield Kind.CAPTURE_EXCEEDS_HOLD, problem


def _reversed(account: Account, event: Reversed) -> Iterator[Problem]:
    yield from _new_entry(account, event.entry_id)
    yield from _new_lots(account, (lot.lot_id for lot in event.regrants))
    yield from _positive(event.parts)
    made = {lot.lot_id for lot in event.regrants}
    others = {part.lot_id for part in event.parts if part.lot_id is not None} - made
    yield from _lots(account, sorted(others), event.at)
    parent = account.entries.get(event.reverses)
    if parent is None or parent.gives == event.gives:
        yield Kind.BROKEN_REFERENCE, f"entry {event.reverses!r} is not there to undo"
        return
    if event.at < parent.at:
        problem = f"entry {event.reverses!r} is undone before it happened"
        yield Kind.BEFORE_CAUSE, problem
    yield from undone_problems(account, event)
    left = dict(enumerate(part.points for part in parent.parts))
    for index, undone in enumerate(parent.undone):
        left[index] -= undone
    for part in event.parts:
        left[part.of] = left.get(part.of, 0) - part.points
    for index, points in left.items():
        if points < 0:
            what = f"part {index} of entry {event.reverses!r}"
            yield Kind.REVERSAL_EXCEEDS_ENTRY, f"{-points} points beyond {what}"


def _placed(account: Account, event: HoldPlaced) -> Iterator[Problem]:
    if event.hold_id in account.holds:
        yield Kind.BROKEN_REFERENCE, f"hold {event.hold_id!r} is placed a second time"
    lot_ids = [pin.lot_id for pin in event.pins]
    yield from _positive(event.pins)
    yield from _lots(account, lot_ids, event.at)
    yield from _usable(account, lot_ids, event.at)


def _lapsed(account: Account, event: HoldLapsed) -> Iterator[Problem]:
    hold = account.holds.get(event.hold_id)
    if hold is None:
        yield Kind.BROKEN_REFERENCE, f"hold {event.hold_id!r} was never placed"
        return
    if hold.lapsed + event.points != hold.points:
        expected = hold.points - hold.lapsed
        problem = f"{event.points} points lapsed of {expected} that were open"
        yield Kind.WRONG_POINTS, problem
    yield from _booked_at(event.at, {hold.lapses_at})


def _activated(account: Account, event: PointsActivated) -> Iterator[Problem]:
    yield from _lots(account, (event.lot_id,), event.at)
    book = account.lots.get(event.lot_id)
    if book is not None and book.is_active:
        problem = f"lot {event.lot_id!r} becomes usable a second time"
        yield Kind.BROKEN_REFERENCE, problem
    elif book is not None and event.points != book.remaining - book.gone:
        expected = book.remaining - book.gone
        problem = f"{event.points} points became usable of {expected} in the lot"
        yield Kind.WRONG_POINTS, problem
    if book is not None:
        yield from _booked_at(event.at, {book.lot.available_from})


def _booked_at(at: datetime, due: set[datetime | None]) -> Iterator[Problem]:
    """What time does is booked as of when it did it."""
    if at not in due:
        yield Kind.IMPOSSIBLE_STEP, f"time did nothing of this at {at.isoformat()}"


def _died(
    account: Account, event: PointsExpired | PointsCancelled
) -> Iterator[Problem]:
    yield from _lots(account, (event.lot_id,), event.at)
    book = account.lots.get(event.lot_id)
    if book is not None and not 0 <= book.gone + event.points <= book.remaining:
        there = book.remaining - book.gone
        problem = f"{event.points} points of lot {event.lot_id!r} died, {there} were in"
        yield Kind.WRONG_POINTS, problem
    if book is not None:
        yield from _booked_at(event.at, _deaths(book))


def _deaths(book: LotBook) -> set[datetime | None]:
    """Return when what is in a lot can have died, or come back to life."""
    if book.dead_from is None:
        return {book.gone_at}
    since = {max(book.dead_from, at) for at in (book.in_at, book.granted_at)}
    return {*since, book.gone_at}


def _paid(account: Account, event: DebtPaid) -> Iterator[Problem]:
    yield from _lots(account, (event.lot_id,), event.at)
    yield from _usable(account, (event.lot_id,), event.at)
    debt = account.debts.get((event.entry_id, event.part))
    if debt is None:
        problem = f"part {event.part} of {event.entry_id!r} made no debt"
        yield Kind.BROKEN_REFERENCE, problem
    elif event.points < 0:
        yield from _taken_back(debt, event)
    elif not 1 <= event.points <= debt.owed:
        problem = f"{event.points} points paid towards {debt.owed} owed"
        yield Kind.PAYMENT_EXCEEDS_DEBT, problem
    elif event.at < debt.at:
        yield Kind.BEFORE_CAUSE, "a debt is paid before it was made"


def _taken_back(debt: Debt, event: DebtPaid) -> Iterator[Problem]:
    lot_id, points = event.lot_id, -event.points
    if Payment(lot_id=lot_id, points=points, at=event.at) not in debt.payments:
        problem = f"lot {lot_id!r} gets {points} points back that it had not paid"
        yield Kind.PAYMENT_EXCEEDS_DEBT, problem
    if event.owed_since != debt.at:
        problem = f"a debt of {debt.at.isoformat()} is taken up as of another instant"
        yield Kind.INSTANT_MISMATCH, problem


def _closed(account: Account, event: AccountClosed) -> Iterator[Problem]:
    yield from _positive(event.forfeited)
    yield from _lots(account, [part.lot_id for part in event.forfeited], event.at)
    if account.is_closed:
        yield Kind.IMPOSSIBLE_STEP, "the account is closed a second time"
    if event.at < account.decided_at:
        yield Kind.BEFORE_CAUSE, "the account is closed before its latest fact"
    yield from forfeited_problems(account, event.forfeited, event.at)
    if event.written_off != account.debt:
        problem = f"{event.written_off} points written off of {account.debt} owed"
        yield Kind.WRONG_POINTS, problem
