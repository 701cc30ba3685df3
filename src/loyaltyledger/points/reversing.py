"""Undoing: the exact reverse of what was recorded, never what today's rules would say.

An entry that gave points is undone by taking them from the lots it gave; what has
been spent since is taken as the policy says. An entry that took points is undone by
giving them back to the lots it took them from, with their own dates.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import count

import attrs

from ..kernel.errors import ReversalExceedsError
from ..programme import PointType, RestoredPolicy, ReversalPolicy
from .account import Account
from .entries import Entry, Part, PartKind
from .events import Event, Reversed
from .evolving import evolve
from .granting import Why, grace_until
from .lots import Lot, LotBook
from .standing import live_lots, takeable


def standing_for(account: Account, entry_id: str) -> tuple[Entry, ...]:
    """Return the entries of which something is left to undo, the newest first.

    They are the entry itself, and what undoing its reversals has brought back.
    """
    entry = account.entries[entry_id]
    roots = (entry, *(account.entries[one] for one in entry.continuations))
    family = (one for root in reversed(roots) for one in _family(account, root))
    return tuple(one for one in family if one.left)


def _family(account: Account, entry: Entry) -> Iterator[Entry]:
    for child in reversed(entry.children):
        for grandchild in reversed(account.entries[child].children):
            yield from _family(account, account.entries[grandchild])
    yield entry


def _continuation(account: Account, reversal_id: str) -> str:
    """Name a further entry of a reversal that has to undo several."""
    number = 2
    while f"{reversal_id}#{number}" in account.entries:
        number += 1
    return f"{reversal_id}#{number}"


def reverse(
    account: Account,
    entry_id: str,
    points: int | None,
    *,
    reversal_id: str,
    at: datetime,
    kind: PointType,
    why: Why,
) -> tuple[Event, ...]:
    """Undo *points* of an entry (None: all that is left), the last part first."""
    entries = standing_for(account, entry_id)
    left = sum(entry.left for entry in entries)
    wanted = left if points is None else points
    if not left or wanted > left:
        requested = account.entries[entry_id].points if points is None else points
        raise ReversalExceedsError(entry_id=entry_id, requested=requested, left=left)
    at = max([at, *(_not_before(account, entry) for entry in entries)])
    events: list[Event] = []
    for entry in entries:
        amount = min(wanted, entry.left)
        if amount:
            own_id, continues = reversal_id, None
            if events:
                own_id, continues = _continuation(account, reversal_id), reversal_id
            event = _undo(
                account, entry, amount, reversal_id=own_id, at=at, kind=kind, why=why
            )
            event = attrs.evolve(event, continues=continues)
            account = evolve(account, event)
            events.append(event)
            wanted -= amount
    return tuple(events)


def _not_before(account: Account, entry: Entry) -> datetime:
    """Return the instant before which an entry cannot be undone.

    That is when it was made, and when the debts it made were paid: so every instant
    shows an account in which what is undone had happened.
    """
    debts = (
        account.debts.get((entry.entry_id, index)) for index in range(len(entry.parts))
    )
    payments = (one for debt in debts if debt for one in debt.payments)
    return max([entry.at, *(one.at for one in payments)])


def _undo(
    account: Account,
    entry: Entry,
    points: int,
    *,
    reversal_id: str,
    at: datetime,
    kind: PointType,
    why: Why,
) -> Reversed:
    regrants: tuple[Lot, ...] = ()
    if entry.gives:
        policy = policy_for(account, kind)
        parts = _Taking(account, at, kind, policy).undo(entry, points)
    else:
        giving = _Giving(account, at, kind, reversal_id)
        parts = giving.undo(entry, points)
        regrants = tuple(giving.regrants)
    return Reversed(
        entry_id=reversal_id,
        reverses=entry.entry_id,
        at=at,
        gives=not entry.gives,
        book=_book(entry),
        parts=parts,
        regrants=regrants,
        counter=entry.counter,
        reference=why.reference,
        reason=why.reason,
        actor=why.actor,
    )


def _book(entry: Entry) -> str:
    """Say where the points come from or go to: earns taken back are *reversed*."""
    return "reversed" if entry.book == "issued" else entry.book


class _Taking:
    """Undoes what gave points. Remembers what it has taken so far from each lot."""

    def __init__(
        self, account: Account, at: datetime, kind: PointType, policy: ReversalPolicy
    ) -> None:
        self.account = account
        self.at = at
        self.kind = kind
        self.policy = policy
        self.taken: dict[str, int] = {}

    def undo(self, entry: Entry, points: int) -> tuple[Part, ...]:
        parts: list[Part] = []
        for index, amount in entry.last(points):
            parts += self._undo(entry, index, amount)
        return tuple(parts)

    def _undo(self, entry: Entry, index: int, amount: int) -> list[Part]:
        part = entry.parts[index]
        if part.kind in {PartKind.DEBT, PartKind.LOST}:
            owes = part.kind is PartKind.DEBT and not self.account.is_closed
            kind = PartKind.DEBT if owes else PartKind.LOST
            return [Part(points=amount, kind=kind, of=index)]
        assert part.lot_id is not None, "what moved points names its lot"
        book = self.account.lots[part.lot_id]
        parts = [] if self._spares(book, entry) else self._take(book, amount, index)
        short = amount - sum(one.points for one in parts)
        if short and self.policy is ReversalPolicy.WITHIN_BALANCE:
            for other in live_lots(self.account, self.at, self.kind.spend_order):
                parts += self._take(other, short, index)
                short = amount - sum(one.points for one in parts)
        if short:
            owes = self.policy is ReversalPolicy.DEBT
            kind = PartKind.DEBT if owes else PartKind.LOST
            parts.append(Part(points=short, kind=kind, of=index))
        return parts

    def _spares(self, book: LotBook, entry: Entry) -> bool:
        """Under *pending only*, leave earned points that have become usable alone."""
        only_pending = self.policy is ReversalPolicy.PENDING_ONLY
        is_grant = entry.reverses is None
        return only_pending and is_grant and not book.is_pending(self.at)

    def _take(self, book: LotBook, points: int, index: int) -> list[Part]:
        lot_id = book.lot.lot_id
        before = self.taken.get(lot_id, 0)
        taken = min(points, takeable(self.account, book, self.at) - before)
        if taken <= 0:
            return []
        self.taken[lot_id] = before + taken
        return [Part(points=taken, lot_id=lot_id, bucket=book.bucket, of=index)]


class _Giving:
    """Undoes what took points. Collects the lots of a grace that it has to make."""

    def __init__(
        self, account: Account, at: datetime, kind: PointType, reversal_id: str
    ) -> None:
        self.account = account
        self.at = at
        self.kind = kind
        self.reversal_id = reversal_id
        self.regrants: list[Lot] = []

    def undo(self, entry: Entry, points: int) -> tuple[Part, ...]:
        parts: list[Part] = []
        for index, amount in entry.last(points):
            part = entry.parts[index]
            if part.kind is PartKind.LOST:
                parts.append(Part(points=amount, kind=PartKind.LOST, of=index))
            elif part.kind is PartKind.DEBT:
                parts += self._forgive(entry, index, amount)
            else:
                parts.append(self._restore(entry, index, amount))
        return tuple(parts)

    def _restore(self, entry: Entry, index: int, points: int) -> Part:
        lot_id = entry.parts[index].lot_id
        assert lot_id is not None, "what moved points names its lot"
        book = self.account.lots[lot_id]
        if self._has_grace(entry, entry.parts[index], book):
            lot_id = self._regrant(points)
            return Part(points=points, lot_id=lot_id, of=index)
        return Part(points=points, lot_id=lot_id, bucket=book.bucket, of=index)

    def _has_grace(self, entry: Entry, part: Part, book: LotBook) -> bool:
        """Say whether points whose lot has died live on for a while.

        Only where they were alive when taken: undoing never gives more than that. What
        a hold had pinned was, even if its lot had died.
        """
        if self.kind.restored is not RestoredPolicy.GRACE or not book.is_dead(self.at):
            return False
        was_alive = part.bucket == "held" or not book.is_dead(entry.at)
        return was_alive and book.lot.available_from is not None

    def _regrant(self, points: int) -> str:
        taken = {lot.lot_id for lot in self.regrants} | set(self.account.lots)
        numbered = (f"{self.reversal_id}/{number}" for number in count(1))
        lot = Lot(
            lot_id=next(lot_id for lot_id in numbered if lot_id not in taken),
            points=points,
            available_from=self.at,
            expires_at=grace_until(self.at, self.kind),
        )
        self.regrants.append(lot)
        return lot.lot_id

    def _forgive(self, entry: Entry, index: int, points: int) -> list[Part]:
        """Take debt back; what paid it returns to the lots that paid, last first."""
        debt = self.account.debts[entry.entry_id, index]
        owed = min(points, debt.owed)
        parts = [Part(points=owed, kind=PartKind.DEBT, of=index)] if owed else []
        left = points - owed
        for payment in reversed(debt.payments):
            amount = min(left, payment.points)
            if amount:
                left -= amount
                bucket = self.account.lots[payment.lot_id].bucket
                parts.append(
                    Part(
                        points=amount,
                        kind=PartKind.REPAID,
                        lot_id=payment.lot_id,
                        bucket=bucket,
                        of=index,
                    )
                )
        assert left == 0, "debt left to undo is owed or was paid"
        return parts


def policy_for(account: Account, kind: PointType) -> ReversalPolicy:
    """Return the policy of the point type; a closed account never gets new debt."""
    if account.is_closed and kind.reversal is ReversalPolicy.DEBT:
        return ReversalPolicy.WITHIN_BALANCE
    return kind.reversal
