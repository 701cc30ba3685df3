"""What an account comes to in the end: judged against its books, and measured."""

from collections.abc import Iterator
from datetime import UTC, datetime

import attrs

from .findings import FindingKind as Kind
from .replay_state import Account, Lot

NEVER = datetime.max.replace(tzinfo=UTC)
FIRST_IN = "first_in"


@attrs.frozen(kw_only=True)
class ReplayedBalance:
    """An account as of the end of a replay; the figures mean what Balance says."""

    available: int = 0
    held: int = 0
    pending: int = 0
    debt: int = 0

    @property
    def outstanding(self) -> int:
        return self.available + self.pending - self.debt


@attrs.frozen(kw_only=True)
class ReplayedLot:
    """Points that are left of a lot, of which *held* are promised."""

    lot_id: str
    points: int
    held: int


def judge(account: Account) -> None:
    """Tell what the account itself should have booked by its latest event."""
    at = account.latest_at
    available = pending = held = 0
    for lot_id, lot in account.lots.items():
        if lot.remaining or lot.gone:
            _judge_lot(account, lot_id, lot, at)
            if lot.is_active:
                available += lot.remaining - lot.gone
            else:
                pending += lot.remaining - lot.gone
        held += lot.pinned
    for hold_id, hold in account.holds.items():
        if hold.lapses_at <= at and hold.lapsed != sum(hold.pins.values()):
            account.tell(Kind.NOT_BOOKED, f"hold {hold_id!r} has lapsed")
    owed = account.owed()
    if owed and any(_free(lot) for lot in account.lots.values() if lot.is_usable(at)):
        account.tell(Kind.NOT_BOOKED, f"{owed} points owed could have been paid")
    by_lots = (available - held, pending, held, owed)
    posted = (account.available, account.pending, account.held, account.debt)
    if by_lots != posted:
        problem = f"{by_lots} by lots, {posted} by postings"
        account.tell(
            Kind.BALANCE_MISMATCH, f"available, pending, held, debt: {problem}"
        )
    if min(posted) < 0:
        account.tell(Kind.NEGATIVE_BALANCE, f"{posted} by postings")


def _judge_lot(account: Account, lot_id: str, lot: Lot, at: datetime) -> None:
    dead = lot.remaining - lot.pinned if lot.is_dead(at) else 0
    if lot.gone != dead:
        problem = f"{dead} points of lot {lot_id!r} are dead, {lot.gone} booked"
        account.tell(Kind.NOT_BOOKED, problem)
    is_due = lot.starts is not None and lot.starts <= at
    if is_due and not lot.is_active and lot.remaining != lot.gone:
        account.tell(Kind.NOT_BOOKED, f"lot {lot_id!r} has become usable")


def _free(lot: Lot) -> int:
    return max(0, lot.remaining - lot.pinned)


# ── as of an instant at the end, or later ─────────────────────────────────────


def measured(
    account: Account, at: datetime, spend_order: str
) -> tuple[ReplayedBalance, tuple[ReplayedLot, ...]]:
    """Let time pass until *at*; the account itself is left as it is."""
    copy = _copy(account)
    for instant in _instants(copy, at):
        _lapse(copy, instant)
        _pay(copy, instant, spend_order)
    available = pending = held = 0
    lots = []
    for lot_id, lot in _in_order(copy, spend_order):
        held += lot.pinned
        if lot.is_usable(at):
            points = lot.remaining
            available += points
        elif not lot.is_dead(at):
            points = lot.remaining
            pending += points
        else:
            points = lot.pinned
            available += points
        if points:
            lots.append(ReplayedLot(lot_id=lot_id, points=points, held=lot.pinned))
    balance = ReplayedBalance(
        available=available, held=held, pending=pending, debt=copy.owed()
    )
    return balance, tuple(lots)


def _copy(account: Account) -> Account:
    copy = Account({}, [], account.latest_at)
    copy.lots = {lot_id: attrs.evolve(lot) for lot_id, lot in account.lots.items()}
    copy.holds = {name: attrs.evolve(hold) for name, hold in account.holds.items()}
    copy.debts = {key: attrs.evolve(debt) for key, debt in account.debts.items()}
    return copy


def _instants(account: Account, at: datetime) -> list[datetime]:
    """When points come free until *at*: only then can more of a debt be paid."""
    if not account.owed():
        return [at]
    starts = (lot.starts for lot in account.lots.values() if lot.starts is not None)
    lapses = (hold.lapses_at for hold in account.holds.values())
    coming = {one for one in (*starts, *lapses) if account.latest_at < one < at}
    return [*sorted(coming), at]


def _lapse(account: Account, at: datetime) -> None:
    for hold in account.holds.values():
        if hold.lapses_at <= at and not hold.is_over:
            hold.is_over = True
            for lot_id, points in hold.pins.items():
                account.lots[lot_id].pinned -= points


def _pay(account: Account, at: datetime, spend_order: str) -> None:
    """Pay debts, the oldest first, with what is free."""
    for debt in account.debts.values():
        for _, lot in _in_order(account, spend_order):
            if debt.owed and lot.is_usable(at):
                points = min(debt.owed, _free(lot))
                debt.owed -= points
                lot.remaining -= points


def _in_order(account: Account, spend_order: str) -> Iterator[tuple[str, Lot]]:
    def key(item: tuple[str, Lot]) -> tuple[datetime, datetime, int]:
        lot = item[1]
        first = lot.granted_at if spend_order == FIRST_IN else lot.ends or NEVER
        return first, lot.granted_at, lot.number

    yield from sorted(account.lots.items(), key=key)
