"""What an account is worth at an instant: a function of its events and of time."""

from collections.abc import Iterable, Iterator
from datetime import datetime

import attrs

from ..programme import SpendOrder
from .account import Account
from .holds import Hold
from .lots import LotBook, spend_key


@attrs.frozen(kw_only=True)
class Expiring:
    """Points that die together at *expires_at*, if nothing happens to them."""

    expires_at: datetime
    points: int


@attrs.frozen(kw_only=True)
class Balance:
    """An account at an instant. All figures are points, zero or more.

    *available* are usable, of which *held* are promised to open checkouts and *free*
    can be used now; *pending* are not usable yet; *debt* is owed.
    """

    at: datetime
    available: int = 0
    held: int = 0
    pending: int = 0
    debt: int = 0
    expiring: tuple[Expiring, ...] = ()

    @property
    def free(self) -> int:
        return self.available - self.held

    @property
    def outstanding(self) -> int:
        """What the shop owes the member, net of debt."""
        return self.available + self.pending - self.debt


def pinned(account: Account, lot_id: str, at: datetime, *, besides: str = "") -> int:
    """Return how much of a lot open holds pin at *at*, leaving out hold *besides*."""
    return sum(
        pin.points
        for hold in _holds(account, at)
        if hold.hold_id != besides
        for pin in hold.pins_at(at)
        if pin.lot_id == lot_id
    )


def _pinned_of(account: Account, at: datetime) -> dict[str, int]:
    """Return how much open holds pin of each lot, in one look at them."""
    found: dict[str, int] = {}
    for hold in _holds(account, at):
        for pin in hold.pins_at(at):
            found[pin.lot_id] = found.get(pin.lot_id, 0) + pin.points
    return found


def _holds(account: Account, at: datetime) -> Iterator[Hold]:
    """Yield the holds that may be open; settled ones only matter for the past."""
    if at < account.latest_at:
        yield from account.holds.values()
    else:
        yield from (account.holds[hold_id] for hold_id in account.open_holds)


def takeable(
    account: Account, book: LotBook, at: datetime, *, besides: str = ""
) -> int:
    """Return what can be taken out of a lot at *at* so that no later instant lacks it.

    For a fact that is not back-dated this is what remains less what holds pin. For a
    back-dated one it is the least of that over every later instant.
    """
    lot_id = book.lot.lot_id
    if at >= account.latest_at:
        return max(0, book.remaining - pinned(account, lot_id, at, besides=besides))
    instants = {at} | {move.at for move in book.moves if move.at > at}
    for hold in account.holds.values():
        changes = {hold.at, *(one.at for one in hold.resolutions)}
        instants |= {change for change in changes if change > at}
    return max(
        0,
        min(
            book.remaining_at(when) - pinned(account, lot_id, when, besides=besides)
            for when in instants
        ),
    )


def lots_at(account: Account, at: datetime) -> Iterable[LotBook]:
    """Return the lots that may be live at an instant; settled ones only in the past."""
    if at < account.latest_at:
        return account.lots.values()
    return [account.lots[lot_id] for lot_id in account.open_lots]


def live_lots(account: Account, at: datetime, order: SpendOrder) -> tuple[LotBook, ...]:
    """Return the lots that are usable at *at*, in the order they are spent."""
    live = (book for book in lots_at(account, at) if book.is_live(at))
    return tuple(sorted(live, key=lambda book: spend_key(book, order)))


def balance(account: Account, at: datetime) -> Balance:
    """Measure an account to which everything due by *at* has been applied."""
    assert account.latest_at <= at, "fold only what had happened by then"
    available = held = pending = 0
    expiring: dict[datetime, int] = {}
    pinned_of = _pinned_of(account, at)
    for lot_id in account.open_lots:
        book = account.lots[lot_id]
        pins = pinned_of.get(lot_id, 0)
        held += pins
        if book.is_live(at):
            available += book.remaining
            if book.lot.expires_at is not None:
                dies = book.lot.expires_at
                expiring[dies] = expiring.get(dies, 0) + book.remaining - pins
        elif book.is_pending(at):
            pending += book.remaining
        else:
            available += pins
    return Balance(
        at=at,
        available=available,
        held=held,
        pending=pending,
        debt=account.debt,
        expiring=tuple(
            Expiring(expires_at=dies, points=points)
            for dies, points in sorted(expiring.items())
            if points
        ),
    )
