"""What each event does to an account, and whether it can."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from . import replay_shapes as shapes
from .findings import FindingKind as Kind
from .replay_state import Account, Debt, Entry, Hold

USES = frozenset({"spend", "transfer", "conversion", "adjustment"})


def granted(account: Account, event: shapes.Granted) -> None:
    at = event.at
    left = []
    total = 0
    for made in event.lots:
        points = made.points
        if points < 1:
            account.tell(Kind.WRONG_POINTS, f"a lot of {points} points")
        if account.new_lot(made, at, points).is_active:
            account.available += points
        else:
            account.pending += points
        total += points
        left.append(points)
    account.book(event.book, -total)
    account.new_entry(event.entry_id, Entry(gives=True, at=at, left=left))


def taken(account: Account, event: shapes.Taken) -> None:
    parts, at = event.parts, event.at
    if event.hold_id is not None:
        _resolve(account, event.hold_id, at, parts)
        _resolve(account, event.hold_id, at, event.released)
        account.free(sum(draw.points for draw in event.released))
    elif event.kind in USES:
        account.check_usable(parts, at)
    _take(account, event.entry_id, parts, event.book, at)
    left = [part.points for part in parts]
    account.new_entry(event.entry_id, Entry(gives=False, at=at, left=left))


def undone(account: Account, event: shapes.Reversed) -> None:
    parent = account.entries[event.reverses]
    parts, at, gives = event.parts, event.at, event.gives
    if parent.gives == gives:
        problem = f"entry {event.reverses!r} went the same way"
        account.tell(Kind.BROKEN_REFERENCE, problem)
    if at < parent.at:
        problem = f"entry {event.reverses!r} is undone before it happened"
        account.tell(Kind.BEFORE_CAUSE, problem)
    for part in parts:
        parent.left[part.of] -= part.points
        if parent.left[part.of] < 0:
            problem = f"more than part {part.of} of entry {event.reverses!r}"
            account.tell(Kind.REVERSAL_EXCEEDS_ENTRY, problem)
    for made in event.regrants:
        # its points come with the parts
        account.new_lot(made, at, 0)
    if gives:
        _give(account, event)
    else:
        _take(account, event.entry_id, parts, event.book, at)
    left = [part.points for part in parts]
    account.new_entry(event.entry_id, Entry(gives=gives, at=at, left=left))


def closed(account: Account, event: shapes.AccountClosed) -> None:
    if account.is_closed:
        account.tell(Kind.IMPOSSIBLE_STEP, "the account is closed a second time")
    account.is_closed = True
    _take(account, "", event.forfeited, "forfeited", event.at)
    owed = account.owed()
    if event.written_off != owed:
        problem = f"{event.written_off} points written off of {owed} owed"
        account.tell(Kind.WRONG_POINTS, problem)
    for debt in account.debts.values():
        debt.owed = 0
    account.debt -= event.written_off
    account.book("written_off", -event.written_off)


# ── holds ─────────────────────────────────────────────────────────────────────


def hold_placed(account: Account, event: shapes.HoldPlaced) -> None:
    if event.hold_id in account.holds:
        problem = f"hold {event.hold_id!r} is placed a second time"
        account.tell(Kind.BROKEN_REFERENCE, problem)
    account.check_usable(event.pins, event.at)
    pins: dict[str, int] = {}
    held = 0
    for pin in event.pins:
        lot, points = account.lots[pin.lot_id], pin.points
        lot.pinned += points
        held += points
        pins[pin.lot_id] = pins.get(pin.lot_id, 0) + points
        if points < 1:
            account.tell(Kind.WRONG_POINTS, f"a hold of {points} points")
        if lot.pinned > lot.remaining:
            problem = f"{lot.pinned} points held of {lot.remaining} in {pin.lot_id!r}"
            account.tell(Kind.HOLD_EXCEEDS_LOT, problem)
    account.free(-held)
    account.holds[event.hold_id] = Hold(event.at, event.lapses_at, pins)


def hold_voided(account: Account, event: shapes.HoldVoided) -> None:
    _resolve(account, event.hold_id, event.at, event.released)
    account.free(sum(draw.points for draw in event.released))


def hold_lapsed(account: Account, event: shapes.HoldLapsed) -> None:
    hold = account.holds[event.hold_id]
    hold.lapsed += event.points
    still_open = sum(hold.pins.values())
    if hold.lapsed != still_open or event.at != hold.lapses_at:
        problem = f"{hold.lapsed} points lapsed of {still_open} that were open"
        account.tell(Kind.WRONG_POINTS, problem)
    if not hold.is_over:
        hold.is_over = True
        for lot_id, points in hold.pins.items():
            account.lots[lot_id].pinned -= points
    account.free(event.points)


def _resolve(
    account: Account, hold_id: str, at: datetime, draws: Iterable[Any]
) -> None:
    """What is captured or released was pinned until now."""
    hold = account.holds[hold_id]
    if at < hold.at:
        account.tell(Kind.BEFORE_CAUSE, f"before hold {hold_id!r} was placed")
    if at >= hold.lapses_at:
        account.tell(Kind.CAPTURE_EXCEEDS_HOLD, f"hold {hold_id!r} had lapsed")
    for draw in draws:
        lot_id = draw.lot_id
        left = hold.pins[lot_id] = hold.pins.get(lot_id, 0) - draw.points
        if left < 0:
            problem = f"{-left} points of lot {lot_id!r} beyond hold {hold_id!r}"
            account.tell(Kind.CAPTURE_EXCEEDS_HOLD, problem)
        if not hold.is_over:
            account.lots[lot_id].pinned -= draw.points


# ── what time did ─────────────────────────────────────────────────────────────


def activated(account: Account, event: shapes.LotBooked) -> None:
    lot = account.lots[event.lot_id]
    inside = lot.remaining - lot.gone
    if lot.is_active:
        problem = f"lot {event.lot_id!r} becomes usable a second time"
        account.tell(Kind.BROKEN_REFERENCE, problem)
    if event.points != inside or lot.starts != event.at:
        problem = f"{event.points} points became usable of {inside} in the lot"
        account.tell(Kind.WRONG_POINTS, problem)
    lot.is_active = True
    account.pending -= event.points
    account.available += event.points


def expired(account: Account, event: shapes.LotBooked) -> None:
    _died(account, event)
    account.available -= event.points
    account.book("expired", event.points)


def cancelled(account: Account, event: shapes.LotBooked) -> None:
    _died(account, event)
    account.pending -= event.points
    account.book("cancelled", event.points)


def _died(account: Account, event: shapes.LotBooked) -> None:
    lot = account.lots[event.lot_id]
    inside = lot.remaining - lot.gone
    lot.gone += event.points
    is_early = event.points > 0 and not lot.is_dead(event.at)
    if is_early or not 0 <= lot.gone <= lot.remaining:
        problem = f"{event.points} points of lot {event.lot_id!r} died"
        account.tell(Kind.WRONG_POINTS, f"{problem}, {inside} were in it")


def released(account: Account, event: shapes.LotReleased) -> None:
    lot = account.lots[event.lot_id]
    lot.starts, lot.ends = event.available_from, event.expires_at


def slid(account: Account, event: shapes.ExpirySlid) -> None:
    for lot_id in event.lot_ids:
        account.lots[lot_id].ends = event.until


def paid(account: Account, event: shapes.DebtPaid) -> None:
    debt = account.debts[event.entry_id, event.part]
    points, paid = event.points, debt.paid.get(event.lot_id, 0) + event.points
    if points < 0:
        account.lots[event.lot_id].remaining -= points
    else:
        account.out(event.lot_id, points, event.at)
    if not points or points > debt.owed or paid < 0:
        problem = f"{points} points paid towards {debt.owed} owed"
        account.tell(Kind.PAYMENT_EXCEEDS_DEBT, problem)
    if event.at < debt.at:
        account.tell(Kind.BEFORE_CAUSE, "a debt is paid before it was made")
    account.check_usable((event,), event.at)
    debt.owed -= points
    debt.paid[event.lot_id] = paid
    account.available -= points
    account.debt -= points


# ── parts ─────────────────────────────────────────────────────────────────────


def _take(
    account: Account,
    entry_id: str,
    parts: Iterable[shapes.Part],
    book: str,
    at: datetime,
) -> None:
    for index, part in enumerate(parts):
        points = part.points
        if part.lot_id is not None:
            account.out(part.lot_id, points, at)
            account.post(part.bucket, -points)
            account.book(book, points)
        elif part.kind == "debt":
            account.debts[entry_id, index] = Debt(at, points)
            account.debt += points
            account.book(book, points)


def _give(account: Account, event: shapes.Reversed) -> None:
    for part in event.parts:
        points, lot_id = part.points, part.lot_id
        if points < 1:
            account.tell(Kind.WRONG_POINTS, f"{points} points given back")
        if lot_id is not None:
            account.lots[lot_id].remaining += points
            account.post(part.bucket, points)
            account.book(event.book, -points)
        if part.kind == "debt":
            account.debts[event.reverses, part.of].owed -= points
            account.debt -= points
            account.book(event.book, -points)
        elif part.kind == "repaid" and lot_id is not None:
            left = account.debts[event.reverses, part.of].paid[lot_id] - points
            account.debts[event.reverses, part.of].paid[lot_id] = left
            if left < 0:
                problem = f"lot {lot_id!r} gets back more than it had paid"
                account.tell(Kind.PAYMENT_EXCEEDS_DEBT, problem)


Step = Callable[[Account, Any], None]

STEPS: dict[str, Step] = {
    "points-granted.v1": granted,
    "points-taken.v1": taken,
    "points-reversed.v1": undone,
    "hold-placed.v1": hold_placed,
    "hold-voided.v1": hold_voided,
    "hold-lapsed.v1": hold_lapsed,
    "points-activated.v1": activated,
    "points-expired.v1": expired,
    "points-cancelled.v1": cancelled,
    "lot-released.v1": released,
    "expiry-slid.v1": slid,
    "debt-paid.v1": paid,
    "account-closed.v1": closed,
}
