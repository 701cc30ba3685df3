"""Whether dates are what the policies of the day make them, or the command named them.

Decided as the commands decide, from the programme as it was known then.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from ..kernel.errors import LedgerError
from ..points import (
    Account,
    AccountId,
    ExpirySlid,
    Granted,
    HoldPlaced,
    LotReleased,
    Terms,
)
from ..points.granting import Dates, new_lot, slide
from ..programme import ExpiryKind, ProgrammeHistory, expires_at
from ..store import FieldDigests, Recorded
from .findings import FindingKind as Kind

Problem = tuple[Kind, str]
TermsOf = Callable[[Recorded], Terms | None]
"""Finds the policies that were known when an event of an account was decided."""

BY_POLICY = frozenset({"Earn", "OpenBalance", "Adjust", "Convert", "RecordPurchase"})
"""Commands whose lots have the dates of the policies, or those that the host gave."""


def known_terms(
    history: ProgrammeHistory, account_id: AccountId, at: datetime
) -> Terms | None:
    """Return the terms of the day; None where no version has the point type."""
    name = account_id.point_type
    try:
        programme = history.on(at, programme_id=account_id.programme_id)
        if all(kind.name != name for kind in programme.point_types):
            programme = history.last_with(name)
    except LedgerError:
        return None
    return Terms(kind=programme.point_type(name), tz=programme.tz, at=at)


# ── what a command decided ────────────────────────────────────────────────────


def wrong_dates(
    command: str, fields: FieldDigests, one: Recorded, terms_of: TermsOf
) -> Iterator[str]:
    """Name the dates of a grant or a hold that it cannot have been given."""
    match one.event:
        case Granted() if command in BY_POLICY:
            terms = terms_of(one)
            if terms is not None:
                yield from _wrong_lots(command, fields, one.event, terms)
        case Granted() if command == "Transfer":
            if any(
                lot.available_from != one.at or lot.cancel_by for lot in one.event.lots
            ):
                yield "dates"
        case HoldPlaced(lapses_at=lapses_at):
            if not fields.lacks("lapses_at"):
                if not fields.is_held("lapses_at", lapses_at):
                    yield "lapses_at"
                return
            terms = terms_of(one)
            if terms is not None and lapses_at != one.at + terms.kind.hold_for:
                yield "lapses_at"


def _wrong_lots(
    command: str, fields: FieldDigests, event: Granted, terms: Terms
) -> Iterator[str]:
    if [lot.lot_id for lot in event.lots] != [event.entry_id]:
        yield "lots"
        return
    (lot,) = event.lots
    given: dict[str, datetime | None] = {}
    for name in ("available_from", "expires_at"):
        is_given = not fields.lacks(name)
        given[name] = getattr(lot, name) if is_given else None
        if is_given and not fields.is_held(name, given[name]):
            yield name
    if command == "Convert":
        given["available_from"] = event.at
    try:
        expected = new_lot(
            lot.lot_id,
            lot.points,
            at=event.at,
            kind=terms.kind,
            tz=terms.tz,
            dates=Dates(**given),
        )
    except LedgerError:
        yield "dates"
        return
    if lot != expected:
        yield "dates"


# ── what happened to lots since ───────────────────────────────────────────────


def slide_problems(
    account: Account, event: ExpirySlid, terms: Terms | None
) -> Iterator[Problem]:
    """Activity moves the expiry of what is live, as far as the policy says."""
    if terms is None:
        return
    activity, *_ = terms.kind.expiry.resets
    expected = slide(account, activity, event.at, terms.kind, terms.tz)
    if expected != (event,):
        yield Kind.IMPOSSIBLE_STEP, "expiry moved otherwise than the policy moves it"


def release_problems(
    account: Account, event: LotReleased, terms: Terms | None
) -> Iterator[Problem]:
    """What waited for its event is usable from then on, for as long as its policy."""
    book = account.lots.get(event.lot_id)
    entry = account.entries.get(event.entry_id)
    if book is None or entry is None:
        yield Kind.BROKEN_REFERENCE, f"entry {event.entry_id!r} is not there"
        return
    if event.lot_id not in {part.lot_id for part in entry.parts}:
        problem = f"lot {event.lot_id!r} is not of entry {event.entry_id!r}"
        yield Kind.BROKEN_REFERENCE, problem
    if event.available_from != event.at:
        yield Kind.IMPOSSIBLE_STEP, "usable from another instant than its release"
    # released before it was granted, it was decided on the terms of another day
    if terms is None or event.at == book.granted_at:
        return
    own, policy = book.lot.expires_at, terms.kind.expiry
    until = own or expires_at(policy, event.at, terms.tz, point_type=terms.kind.name)
    slides = own is None and policy.kind is ExpiryKind.INACTIVITY
    if (event.expires_at, event.slides) != (until, slides):
        yield Kind.IMPOSSIBLE_STEP, "expires otherwise than the policy says"
