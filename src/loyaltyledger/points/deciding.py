"""Decisions about one account: which case it is, and what time adds to it."""

from collections.abc import Callable
from datetime import datetime
from typing import assert_never
from zoneinfo import ZoneInfo

import attrs

from ..kernel.errors import (
    AccountClosedError,
    AlreadyExistsError,
    NotPendingError,
    UnknownEntryError,
)
from ..programme import PointType
from . import granting, reversing, spending
from .account import Account
from .commands import (
    Adjust,
    CaptureHold,
    Earn,
    OpenBalance,
    PlaceHold,
    ReleasePending,
    Rest,
    Reverse,
    Spend,
    VoidHold,
)
from .due import let_pass, take_back
from .events import Event
from .evolving import fold
from .granting import Dates, Why

AccountCommand = (
    Earn
    | OpenBalance
    | Adjust
    | Spend
    | PlaceHold
    | CaptureHold
    | VoidHold
    | Reverse
    | ReleasePending
)


@attrs.frozen(kw_only=True)
class Terms:
    """The terms a decision is made on: the point type of its day, and the zone."""

    kind: PointType
    tz: ZoneInfo
    at: datetime


@attrs.frozen
class Booked:
    """What happened to an account, and the account after it."""

    events: tuple[Event, ...]
    account: Account


Decision = Callable[[Account], tuple[Event, ...]]


def in_time(account: Account, terms: Terms, decision: Decision) -> Booked:
    """Let time pass, decide, and book what the decision changed of what time does.

    Debts count as paid as far as the facts reach and no further, swept or not.
    """
    order, to = terms.kind.spend_order, max(terms.at, account.latest_at)
    facts_to = max(terms.at, account.decided_at)
    unpaid, account = take_back(account, facts_to)
    before, account = let_pass(account, to, order, paid_to=facts_to)
    decided = decision(account)
    account = fold(account, decided)
    after, account = let_pass(account, to, order)
    return Booked((*unpaid, *before, *decided, *after), account)


def decide(
    command: AccountCommand, account: Account, terms: Terms
) -> tuple[Event, ...]:
    """Say what happens to an account in which time has passed, or refuse."""
    if account.is_closed and not isinstance(command, Reverse):
        raise AccountClosedError(account=terms.kind.name)
    match command:
        case Earn():
            return _earn(command, account, terms, entry_kind="earn", book="issued")
        case OpenBalance():
            kind = "opening"
            return _earn(command, account, terms, entry_kind=kind, book=kind)
        case Adjust():
            return _adjust(command, account, terms)
        case Spend():
            return _spend(command, account, terms)
        case PlaceHold():
            return _hold(command, account, terms)
        case CaptureHold():
            return _capture(command, account, terms)
        case VoidHold():
            hold = spending.open_hold(account, command.hold_id, terms.at)
            return spending.void_hold(hold, terms.at, command.reason)
        case Reverse():
            return undo(
                account,
                command.entry_id,
                command.points,
                reversal_id=command.reversal_id or command.key,
                terms=terms,
                why=why(command),
            )
        case ReleasePending():
            return _release(command, account, terms)
        case _:
            assert_never(command)


def why(command: Earn | OpenBalance | Adjust | Spend | CaptureHold | Reverse) -> Why:
    return Why(reference=command.reference, reason=command.reason, actor=command.actor)


def check_new_entry(account: Account, entry_id: str) -> None:
    if entry_id in account.entries:
        raise AlreadyExistsError(what="entry", name=entry_id)


def _earn(
    command: Earn | OpenBalance | Adjust,
    account: Account,
    terms: Terms,
    *,
    entry_kind: str,
    book: str,
) -> tuple[Event, ...]:
    return earn(
        account,
        command.points,
        entry_id=command.entry_id or command.key,
        terms=terms,
        dates=Dates(
            available_from=command.available_from, expires_at=command.expires_at
        ),
        why=why(command),
        entry_kind=entry_kind,
        book=book,
    )


def earn(
    account: Account,
    points: int,
    *,
    entry_id: str,
    terms: Terms,
    why: Why,
    dates: Dates | None = None,
    entry_kind: str = "earn",
    book: str = "issued",
) -> tuple[Event, ...]:
    """Grant one lot under the policies of the point type."""
    check_new_entry(account, entry_id)
    at, kind, tz = terms.at, terms.kind, terms.tz
    lot = granting.new_lot(
        entry_id, points, at=at, kind=kind, tz=tz, dates=dates or Dates()
    )
    granted = granting.grant(
        account,
        entry_id=entry_id,
        lots=(lot,),
        at=at,
        entry_kind=entry_kind,
        book=book,
        why=why,
    )
    if entry_kind != "earn":
        return granted
    return (*granting.slide(account, "earn", at, kind, tz), *granted)


def _adjust(command: Adjust, account: Account, terms: Terms) -> tuple[Event, ...]:
    kind = "adjustment"
    if command.points > 0:
        return _earn(command, account, terms, entry_kind=kind, book=kind)
    entry_id = command.entry_id or command.key
    check_new_entry(account, entry_id)
    return spending.take(
        account,
        -command.points,
        entry_id=entry_id,
        at=terms.at,
        order=terms.kind.spend_order,
        entry_kind=kind,
        book=kind,
        why=why(command),
    )


def _spend(command: Spend, account: Account, terms: Terms) -> tuple[Event, ...]:
    entry_id = command.entry_id or command.key
    check_new_entry(account, entry_id)
    spending.check_usable(terms.kind)
    taken = spending.take(
        account,
        command.points,
        entry_id=entry_id,
        at=terms.at,
        order=terms.kind.spend_order,
        entry_kind="spend",
        book="spent",
        why=why(command),
    )
    return (*taken, *_slide_after(account, taken, terms))


def _slide_after(
    account: Account, events: tuple[Event, ...], terms: Terms
) -> tuple[Event, ...]:
    """Count a spend as activity for what it left."""
    left = fold(account, events)
    return granting.slide(left, "spend", terms.at, terms.kind, terms.tz)


def _hold(command: PlaceHold, account: Account, terms: Terms) -> tuple[Event, ...]:
    hold_id = command.hold_id or command.key
    if hold_id in account.holds:
        raise AlreadyExistsError(what="hold", name=hold_id)
    spending.check_usable(terms.kind)
    return spending.place_hold(
        account,
        command.points,
        hold_id=hold_id,
        at=terms.at,
        lapses_at=command.lapses_at or terms.at + terms.kind.hold_for,
        order=terms.kind.spend_order,
        reference=command.reference,
    )


def _capture(command: CaptureHold, account: Account, terms: Terms) -> tuple[Event, ...]:
    hold = spending.open_hold(account, command.hold_id, terms.at)
    entry_id = command.entry_id or command.key
    check_new_entry(account, entry_id)
    captured = spending.capture(
        account,
        hold,
        hold.points if command.points is None else command.points,
        entry_id=entry_id,
        at=terms.at,
        keep_rest=command.rest is Rest.KEEP,
        why=why(command),
    )
    return (*captured, *_slide_after(account, captured, terms))


def undo(
    account: Account,
    entry_id: str,
    points: int | None,
    *,
    reversal_id: str,
    terms: Terms,
    why: Why,
) -> tuple[Event, ...]:
    """Undo an entry, whole or in part; see :mod:`.reversing`."""
    entry = account.entries.get(entry_id)
    if entry is None:
        raise UnknownEntryError(name=entry_id)
    if account.is_closed and not entry.gives:
        raise AccountClosedError(account=terms.kind.name)
    check_new_entry(account, reversal_id)
    return reversing.reverse(
        account,
        entry_id,
        points,
        reversal_id=reversal_id,
        at=terms.at,
        kind=terms.kind,
        why=why,
    )


def _release(
    command: ReleasePending, account: Account, terms: Terms
) -> tuple[Event, ...]:
    entry = account.entries.get(command.entry_id)
    if entry is None:
        raise UnknownEntryError(name=command.entry_id)
    events: tuple[Event, ...] = ()
    if entry.gives and entry.reverses is None:
        at, kind, tz = terms.at, terms.kind, terms.tz
        events = granting.release(account, command.entry_id, at, kind, tz)
    if not events:
        raise NotPendingError(entry_id=command.entry_id, at=terms.at)
    return events
