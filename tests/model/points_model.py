"""A slow, obvious loyalty scheme: one object for every point.

It shares no code with the library, looks everything up by walking over all points,
and knows only facts that come in the order of time. Its zone is UTC.
"""

import pickle
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

FOREVER = datetime.max.replace(tzinfo=UTC)


class Refused(Exception):  # noqa: N818  # the library's word
    """The model says no; *reason* is the name of the error the library should raise."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The policies of the one point type."""

    expiry: str = "none"
    expiry_days: int = 0
    expiry_dates: tuple[datetime, ...] = field(default=(), repr=False)
    resets: tuple[str, ...] = ("earn", "spend")
    pending: str = "immediate"
    pending_days: int = 0
    cancel_after_days: int = 0
    spend_order: str = "earliest_expiry"
    reversal: str = "debt"
    grace_days: int = 0
    transfer_resets: bool = False
    hold_minutes: int = 60

    def dies(self, start: datetime) -> datetime | None:
        if self.expiry in {"rolling", "inactivity"}:
            return start + timedelta(days=self.expiry_days)
        if self.expiry == "fixed":
            return min(date for date in self.expiry_dates if date > start)
        return None

    def starts(self, at: datetime) -> datetime | None:
        if self.pending == "duration":
            return at + timedelta(days=self.pending_days)
        return None if self.pending == "event" else at

    def cancels(self, at: datetime) -> datetime | None:
        if self.pending == "event" and self.cancel_after_days:
            return at + timedelta(days=self.cancel_after_days)
        return None


@dataclass(eq=False)
class Point:
    """One point: in its lot or out of it, and perhaps promised to a hold."""

    is_in: bool = True
    hold: "Hold | None" = None


@dataclass(eq=False, kw_only=True)
class Lot:
    lot_id: str
    number: int
    granted_at: datetime
    available_from: datetime | None
    expires_at: datetime | None
    cancel_by: datetime | None = None
    slides: bool = False
    points: list[Point] = field(default_factory=list)

    @property
    def dead_from(self) -> datetime:
        """A lot that waits dies by its own date too, whichever comes first."""
        end = self.expires_at or FOREVER
        if self.available_from is None:
            end = min(end, self.cancel_by or FOREVER)
        return end

    def is_dead(self, now: datetime) -> bool:
        return self.dead_from <= now

    def is_live(self, now: datetime) -> bool:
        start = self.available_from
        return start is not None and start <= now and not self.is_dead(now)

    def is_pending(self, now: datetime) -> bool:
        return not self.is_live(now) and not self.is_dead(now)

    def inside(self) -> list[Point]:
        return [point for point in self.points if point.is_in]

    def held(self) -> list[Point]:
        return [point for point in self.inside() if point.hold]

    def free(self) -> list[Point]:
        return [point for point in self.inside() if not point.hold]


@dataclass(eq=False)
class Owed:
    """One point of debt; *paid_by* is the lot that paid it, as the *nth* of all."""

    paid_by: Lot | None = None
    nth: int = 0
    is_gone: bool = False


@dataclass(eq=False)
class Part:
    """What one decision did to one lot, or made one debt."""


@dataclass(eq=False)
class Item:
    """One point of an entry: of a lot, of debt (with all owed together), or lost."""

    kind: str
    part: Part = field(default_factory=Part)
    lot: Lot | None = None
    owed: list[Owed] = field(default_factory=list)
    is_undone: bool = False
    was_alive: bool = True


@dataclass(eq=False, kw_only=True)
class Entry:
    entry_id: str
    kind: str
    gives: bool
    items: list[Item]
    other_side: str | None = None
    reversals: "list[Entry]" = field(default_factory=list)
    continuations: "list[Entry]" = field(default_factory=list)

    def left(self) -> list[Item]:
        return [item for item in self.items if not item.is_undone]


@dataclass(eq=False)
class Hold:
    hold_id: str
    lapses_at: datetime
    pinned: list[tuple[Lot, Point]]

    def open(self) -> list[tuple[Lot, Point]]:
        return [(lot, point) for lot, point in self.pinned if point.hold is self]


@dataclass(eq=False)
class Member:
    """A member and the member's account."""

    name: str
    is_frozen: bool = False
    is_closed: bool = False
    lots: list[Lot] = field(default_factory=list)
    holds: dict[str, Hold] = field(default_factory=dict)
    lapsed: set[str] = field(default_factory=set)
    entries: dict[str, Entry] = field(default_factory=dict)
    debt: list[Owed] = field(default_factory=list)
    payments: int = 0

    def owing(self) -> list[Owed]:
        return [one for one in self.debt if not (one.paid_by or one.is_gone)]


@dataclass(eq=False, kw_only=True)
class Sale:
    """A purchase, in whole pennies; *points* are each line's share of the award."""

    member: str
    quantities: dict[str, int]
    pennies: dict[str, int]
    points: dict[str, int]
    back_quantities: dict[str, int]
    back_pennies: dict[str, int]
    undone: dict[str, int]
    returns: dict[str, "Return"] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)


@dataclass(kw_only=True)
class Return:
    quantities: dict[str, int]
    pennies: dict[str, int]
    undone: dict[str, int]
    points: int


class Model:
    """The scheme: its members, sales, and a clock that only goes forward."""

    def __init__(self, terms: Terms, members: Iterable[str], now: datetime) -> None:
        self.terms = terms
        self.now = now
        self.members = {name: Member(name) for name in members}
        self.sales: dict[str, Sale] = {}
        self.unlinked: dict[str, tuple[str, int, bool]] = {}

    def copy(self) -> "Model":
        copied: Model = pickle.loads(pickle.dumps(self))  # noqa: S301  # our own
        return copied

    # ── time ────────────────────────────────────────────────────────────────

    def advance(self, to: datetime) -> None:
        """Let time pass, stopping wherever something happens by itself."""
        for member in self.members.values():
            instants = {hold.lapses_at for hold in member.holds.values()}
            instants |= {lot.available_from or FOREVER for lot in member.lots}
            for instant in sorted(instants):
                if self.now < instant <= to:
                    self._lapse(member, instant)
                    self._pay(member, instant)
        self.now = to

    def _lapse(self, member: Member, now: datetime) -> None:
        for hold in member.holds.values():
            if hold.lapses_at <= now and hold.open():
                member.lapsed.add(hold.hold_id)
                for _, point in hold.open():
                    point.hold = None

    def _pay(self, member: Member, now: datetime) -> None:
        """Free live points pay what is owed, the oldest debt first."""
        for owed in member.owing():
            for lot in self._spendable(member, now):
                if lot.free() and owed.paid_by is None:
                    lot.free()[0].is_in = False
                    member.payments += 1
                    owed.paid_by, owed.nth = lot, member.payments

    def _spendable(self, member: Member, now: datetime) -> list[Lot]:
        def order(lot: Lot) -> tuple[datetime, datetime, int]:
            if self.terms.spend_order == "first_in":
                return lot.granted_at, lot.granted_at, lot.number
            return lot.expires_at or FOREVER, lot.granted_at, lot.number

        return sorted((lot for lot in member.lots if lot.is_live(now)), key=order)

    # ── questions ───────────────────────────────────────────────────────────

    def balance(self, name: str) -> dict[str, int]:
        member = self.members[name]
        live = [lot for lot in member.lots if lot.is_live(self.now)]
        dead = [lot for lot in member.lots if lot.is_dead(self.now)]
        pending = [lot for lot in member.lots if lot.is_pending(self.now)]
        in_live = sum(len(lot.inside()) for lot in live)
        return {
            "available": in_live + sum(len(lot.held()) for lot in dead),
            "held": sum(len(lot.held()) for lot in member.lots),
            "pending": sum(len(lot.inside()) for lot in pending),
            "debt": len(member.owing()),
        }

    def lots(self, name: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        for lot in self.members[name].lots:
            status, points = "held", len(lot.held())
            if lot.is_live(self.now):
                status, points = "live", len(lot.inside())
            elif lot.is_pending(self.now):
                status, points = "pending", len(lot.inside())
            dates = (lot.granted_at, lot.available_from, lot.expires_at)
            if points:
                found.append((lot.lot_id, status, points, len(lot.held()), *dates))
        return sorted(found)

    # ── members ─────────────────────────────────────────────────────────────

    def freeze(self, *, member: str) -> None:
        self._open_member(member).is_frozen = True

    def unfreeze(self, *, member: str) -> None:
        if not self._open_member(member).is_frozen:
            raise Refused("InvalidInputError")
        self.members[member].is_frozen = False

    def close_member(self, *, member: str) -> None:
        closing = self._open_member(member)
        if any(hold.open() for hold in closing.holds.values()):
            raise Refused("OpenHoldsError")
        for lot in closing.lots:
            if not lot.is_dead(self.now):
                for point in lot.inside():
                    point.is_in = False
        for owed in closing.owing():
            owed.is_gone = True
        closing.is_closed = True

    def _open_member(self, name: str) -> Member:
        if name not in self.members:
            raise Refused("UnknownMemberError")
        if self.members[name].is_closed:
            raise Refused("MemberClosedError")
        return self.members[name]

    def _user(self, name: str) -> Member:
        member = self._open_member(name)
        if member.is_frozen:
            raise Refused("MemberFrozenError")
        return member

    # ── giving ──────────────────────────────────────────────────────────────

    def earn(
        self,
        *,
        member: str,
        points: int,
        entry_id: str,
        available_from: datetime | None = None,
        expires_at: datetime | None = None,
    ) -> None:
        self._earn(
            self._open_member(member),
            points,
            entry_id,
            kind="earn",
            start=available_from,
            end=expires_at,
        )

    def open_balance(self, *, member: str, points: int, entry_id: str) -> None:
        self._earn(self._open_member(member), points, entry_id, kind="opening")

    def adjust(self, *, member: str, points: int, entry_id: str) -> None:
        adjusted = self._open_member(member)
        if points > 0:
            self._earn(adjusted, points, entry_id, kind="adjustment")
        else:
            self._take(adjusted, -points, entry_id, kind="adjustment")

    def _earn(
        self,
        member: Member,
        points: int,
        entry_id: str,
        *,
        kind: str,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> None:
        self._new_entry(member, entry_id)
        start = start or self.terms.starts(self.now)
        by_policy = self.terms.dies(start) if start else None
        if start and end and end <= start:
            raise Refused("PeriodError")
        if kind == "earn":
            self._slide(member, "earn")
        lot = self._lot(member, entry_id, points, start, end or by_policy)
        lot.slides = bool(start) and self.terms.expiry == "inactivity" and not end
        lot.cancel_by = None if start else self.terms.cancels(self.now)
        self._granted(member, entry_id, kind, [lot])

    def _lot(
        self,
        member: Member,
        lot_id: str,
        points: int,
        start: datetime | None,
        end: datetime | None,
    ) -> Lot:
        lot = Lot(
            lot_id=lot_id,
            number=len(member.lots),
            granted_at=self.now,
            available_from=start,
            expires_at=end,
            points=[Point() for _ in range(points)],
        )
        member.lots.append(lot)
        return lot

    def _granted(
        self,
        member: Member,
        entry_id: str,
        kind: str,
        lots: list[Lot],
        other_side: str | None = None,
    ) -> None:
        items = [Item("lot", lot=lot) for lot in lots for _ in lot.points]
        member.entries[entry_id] = Entry(
            entry_id=entry_id,
            kind=kind,
            gives=True,
            items=_parted(items),
            other_side=other_side,
        )
        self._pay(member, self.now)

    def _new_entry(self, member: Member, entry_id: str) -> None:
        if entry_id in member.entries:
            raise Refused("AlreadyExistsError")

    def _slide(self, member: Member, activity: str) -> None:
        if self.terms.expiry != "inactivity" or activity not in self.terms.resets:
            return
        until = self.now + timedelta(days=self.terms.expiry_days)
        for lot in member.lots:
            if lot.slides and lot.is_live(self.now) and lot.inside():
                assert lot.expires_at is not None
                lot.expires_at = max(lot.expires_at, until)

    def release_pending(self, *, member: str, entry_id: str) -> None:
        known = self.members[member]
        if known.is_closed:
            raise Refused("AccountClosedError")
        if entry_id not in known.entries:
            raise Refused("UnknownEntryError")
        entry = known.entries[entry_id]
        lots = {item.lot for item in entry.items if entry.gives and item.lot}
        waiting = [
            lot
            for lot in lots
            if entry.kind != "reversal"
            and lot.available_from is None
            and not lot.is_dead(self.now)
            and lot.inside()
        ]
        if not waiting:
            raise Refused("NotPendingError")
        for lot in waiting:
            if lot.expires_at and lot.expires_at <= self.now:
                raise Refused("PeriodError")
            lot.slides = self.terms.expiry == "inactivity" and not lot.expires_at
            lot.available_from = self.now
            lot.expires_at = lot.expires_at or self.terms.dies(self.now)
        self._pay(known, self.now)

    # ── using ───────────────────────────────────────────────────────────────

    def spend(self, *, member: str, points: int, entry_id: str) -> None:
        user = self._user(member)
        self._take(user, points, entry_id, kind="spend")
        self._slide(user, "spend")

    def _draw(self, member: Member, points: int) -> list[tuple[Lot, Point]]:
        drawn = self._draw_up_to(member, points)
        if len(drawn) < points:
            raise Refused("InsufficientPointsError")
        return drawn

    def _draw_up_to(self, member: Member, points: int) -> list[tuple[Lot, Point]]:
        lots = self._spendable(member, self.now)
        return [(lot, point) for lot in lots for point in lot.free()][:points]

    def _take(
        self,
        member: Member,
        points: int,
        entry_id: str,
        *,
        kind: str,
        other_side: str | None = None,
    ) -> list[Lot]:
        self._new_entry(member, entry_id)
        drawn = self._draw(member, points)
        self._taken(member, drawn, entry_id, kind, other_side=other_side)
        return [lot for lot, _ in drawn]

    def _taken(
        self,
        member: Member,
        drawn: list[tuple[Lot, Point]],
        entry_id: str,
        kind: str,
        *,
        more: Iterable[Item] = (),
        other_side: str | None = None,
    ) -> None:
        for _, point in drawn:
            point.is_in, point.hold = False, None
        items = [Item("lot", lot=lot) for lot, _ in drawn]
        member.entries[entry_id] = Entry(
            entry_id=entry_id,
            kind=kind,
            gives=False,
            items=_parted([*items, *more]),
            other_side=other_side,
        )

    def hold(
        self,
        *,
        member: str,
        points: int,
        hold_id: str,
        lapses_at: datetime | None = None,
    ) -> None:
        user = self._user(member)
        if hold_id in user.holds:
            raise Refused("AlreadyExistsError")
        if lapses_at is not None and lapses_at <= self.now:
            raise Refused("PeriodError")
        end = lapses_at or self.now + timedelta(minutes=self.terms.hold_minutes)
        hold = Hold(hold_id, end, self._draw(user, points))
        for _, point in hold.pinned:
            point.hold = hold
        user.holds[hold_id] = hold

    def capture(
        self,
        *,
        member: str,
        hold_id: str,
        entry_id: str,
        points: int | None = None,
        rest: str | None = None,
    ) -> None:
        user = self._user(member)
        hold = self._open_hold(user, hold_id)
        self._new_entry(user, entry_id)
        pinned = hold.open()
        if points is not None and points > len(pinned):
            raise Refused("CaptureExceedsHoldError")
        wanted = len(pinned) if points is None else points
        self._taken(user, pinned[:wanted], entry_id, "capture")
        if rest != "keep":
            for _, point in pinned[wanted:]:
                point.hold = None
        self._slide(user, "spend")
        self._pay(user, self.now)

    def void(self, *, member: str, hold_id: str) -> None:
        known = self.members[member]
        if known.is_closed:
            raise Refused("AccountClosedError")
        for _, point in self._open_hold(known, hold_id).open():
            point.hold = None
        self._pay(known, self.now)

    def _open_hold(self, member: Member, hold_id: str) -> Hold:
        if hold_id not in member.holds:
            raise Refused("UnknownHoldError")
        if hold_id in member.lapsed:
            raise Refused("HoldLapsedError")
        if not member.holds[hold_id].open():
            raise Refused("HoldSettledError")
        return member.holds[hold_id]

    def transfer(
        self, *, member: str, to_member: str, points: int, entry_id: str
    ) -> None:
        sender = self._user(member)
        receiver = self._open_member(to_member)
        if sender is receiver:
            raise Refused("InvalidInputError")
        drawn = self._take(
            sender, points, entry_id, kind="transfer", other_side=to_member
        )
        self._new_entry(receiver, entry_id)
        new: list[Lot] = []
        for source in dict.fromkeys(drawn):
            end = source.expires_at
            if self.terms.transfer_resets:
                end = self.terms.dies(self.now)
            lot_id = f"member:{member}/{entry_id}/{len(new) + 1}"
            lot = self._lot(receiver, lot_id, drawn.count(source), self.now, end)
            lot.slides = source.slides
            new.append(lot)
        self._granted(receiver, entry_id, "transfer", new, other_side=member)

    # ── undoing ─────────────────────────────────────────────────────────────

    def reverse(
        self,
        *,
        member: str,
        entry_id: str,
        reversal_id: str,
        points: int | None = None,
    ) -> None:
        known = self.members[member]
        if entry_id not in known.entries:
            raise Refused("UnknownEntryError")
        entry = known.entries[entry_id]
        if entry.other_side is None:
            self._reverse(known, entry_id, reversal_id, points)
            return
        other = self.members[entry.other_side]
        given, gave = (known, other) if entry.gives else (other, known)
        made = self._reverse(given, entry_id, reversal_id, points)
        if any(item.kind == "lost" for one in made for item in one.items):
            raise Refused("InsufficientPointsError")
        self._reverse(gave, entry_id, reversal_id, points)

    def _reverse(
        self, member: Member, entry_id: str, reversal_id: str, points: int | None
    ) -> list[Entry]:
        if member.is_closed and not member.entries[entry_id].gives:
            raise Refused("AccountClosedError")
        self._new_entry(member, reversal_id)
        standing = _standing_for(member.entries[entry_id])
        left = sum(len(entry.left()) for entry in standing)
        wanted = left if points is None else points
        if not left or wanted > left:
            raise Refused("ReversalExceedsError")
        made: list[Entry] = []
        for entry in standing:
            chosen = list(reversed(entry.left()))[:wanted]
            if chosen:
                wanted -= len(chosen)
                own_id = reversal_id
                if made:
                    own_id = _unused(member, reversal_id)
                made.append(self._undo(member, entry, chosen, own_id))
                made[0].continuations += made[1:][-1:]
        self._pay(member, self.now)
        return made

    def _undo(
        self, member: Member, entry: Entry, chosen: list[Item], reversal_id: str
    ) -> Entry:
        undo = self._take_back if entry.gives else self._give_back
        made: list[Item] = []
        parts = list(dict.fromkeys(item.part for item in chosen))
        regrants: list[Lot] = []
        for part in parts:
            items = [item for item in chosen if item.part is part]
            made += _parted(undo(member, entry, items, reversal_id, regrants))
        for item in chosen:
            item.is_undone = True
        reversal = Entry(
            entry_id=reversal_id,
            kind="reversal",
            gives=not entry.gives,
            items=made,
            other_side=entry.other_side,
        )
        entry.reversals.append(reversal)
        member.entries[reversal_id] = reversal
        return reversal

    def _take_back(
        self,
        member: Member,
        entry: Entry,
        items: list[Item],
        _reversal_id: str,
        _regrants: list[Lot],
    ) -> list[Item]:
        """Undo a giving: take from its own lot, then do as the policy says."""
        made: list[Item] = []
        short = _Short(member, "lost" if member.is_closed else "debt")
        if items[0].kind == "lost":
            return [Item("lost") for _ in items]
        if items[0].kind == "debt":
            return [short.one() for _ in items]
        own = items[0].lot
        assert own is not None
        policy = self.terms.reversal
        spared = (
            policy == "pending_only"
            and entry.kind != "reversal"
            and not own.is_pending(self.now)
        )
        if policy != "debt":
            short.kind = "lost"
        within = policy == "within_balance" or (policy == "debt" and member.is_closed)
        for _ in items:
            lots = [] if spared else [own]
            if within:
                lots += self._spendable(member, self.now)
            lot = next((lot for lot in lots if lot.free()), None)
            if lot is None:
                made.append(short.one())
            else:
                lot.free()[0].is_in = False
                alive = not lot.is_dead(self.now)
                made.append(Item("lot", lot=lot, was_alive=alive))
        return made

    def _give_back(
        self,
        member: Member,
        _entry: Entry,
        items: list[Item],
        reversal_id: str,
        regrants: list[Lot],
    ) -> list[Item]:
        """Undo a taking: back into the same lot, or out of debt."""
        if items[0].kind == "lost":
            return [Item("lost") for _ in items]
        if items[0].kind == "debt":
            return [self._forgive(item) for item in items]
        lot = items[0].lot
        assert lot is not None
        usable_once = lot.available_from is not None and items[0].was_alive
        if self.terms.grace_days and usable_once and lot.is_dead(self.now):
            lot_id = f"{reversal_id}/{len(regrants) + 1}"
            until = self.now + timedelta(days=self.terms.grace_days)
            lot = self._lot(member, lot_id, len(items), self.now, until)
            regrants.append(lot)
        else:
            out = [point for point in lot.points if not point.is_in]
            for point in out[: len(items)]:
                point.is_in = True
        return [Item("lot", lot=lot) for _ in items]

    def _forgive(self, item: Item) -> Item:
        """Take one point of debt back: one still owed, else the one paid last."""
        standing = [owed for owed in item.owed if not owed.is_gone]
        unpaid = [owed for owed in standing if owed.paid_by is None]
        if unpaid:
            unpaid[0].is_gone = True
            return Item("debt")
        last = max(standing, key=lambda owed: owed.nth)
        last.is_gone = True
        lot = last.paid_by
        assert lot is not None
        next(point for point in lot.points if not point.is_in).is_in = True
        return Item("lot", lot=lot)

    # ── sales ───────────────────────────────────────────────────────────────

    def purchase(
        self, *, member: str, purchase_id: str, lines: dict[str, tuple[int, int]]
    ) -> None:
        """Record a sale; *lines* are (quantity, pennies each). One point for 3.00."""
        buyer = self._open_member(member)
        if purchase_id in self.sales:
            raise Refused("AlreadyExistsError")
        quantities = {line: quantity for line, (quantity, _) in lines.items()}
        pennies = {line: quantity * each for line, (quantity, each) in lines.items()}
        points = sum(pennies.values()) // 300
        self.sales[purchase_id] = Sale(
            member=member,
            quantities=quantities,
            pennies=pennies,
            points=share(points, pennies),
            back_quantities=dict.fromkeys(lines, 0),
            back_pennies=dict.fromkeys(lines, 0),
            undone=dict.fromkeys(lines, 0),
        )
        if points:
            self._earn(buyer, points, f"purchase:{purchase_id}", kind="earn")

    def give_back(
        self, *, purchase_id: str, return_id: str, lines: dict[str, int | None]
    ) -> None:
        """Return units of lines (None: all that is left of it); no lines: all."""
        if purchase_id not in self.sales:
            raise Refused("UnknownPurchaseError")
        sale = self.sales[purchase_id]
        if return_id in sale.returns or return_id in sale.cancelled:
            raise Refused("AlreadyExistsError")
        back = Return(quantities={}, pennies={}, undone={}, points=0)
        for line, asked in (lines or dict.fromkeys(sale.quantities)).items():
            units = sale.quantities[line] - sale.back_quantities[line]
            pennies = sale.pennies[line] - sale.back_pennies[line]
            quantity = units if asked is None else asked
            if quantity > units:
                raise Refused("ReturnExceedsPurchaseError")
            if quantity:
                back.quantities[line] = quantity
                back.pennies[line] = pennies * quantity // units
        if not back.quantities:
            raise Refused("ReturnExceedsPurchaseError")
        for line, quantity in back.quantities.items():
            sale.back_quantities[line] += quantity
            sale.back_pennies[line] += back.pennies[line]
            due = sale.points[line] * sale.back_pennies[line] // sale.pennies[line]
            back.undone[line] = due - sale.undone[line]
            sale.undone[line] = due
        self._undo_award(sale, purchase_id, return_id, back)
        sale.returns[return_id] = back

    def _undo_award(
        self, sale: Sale, purchase_id: str, return_id: str, back: Return
    ) -> None:
        member, entry_id = self.members[sale.member], f"purchase:{purchase_id}"
        if not any(back.undone.values()):
            return
        standing = _standing_for(member.entries[entry_id])
        left = sum(len(entry.left()) for entry in standing)
        back.points = min(left, sum(back.undone.values()))
        if back.points:
            reversal_id = f"return:{purchase_id}:{return_id}"
            self._reverse(member, entry_id, reversal_id, back.points)

    def cancel_return(self, *, purchase_id: str, return_id: str) -> None:
        sale = self.sales.get(purchase_id)
        if sale is None or return_id not in sale.returns:
            raise Refused("UnknownReturnError")
        back = sale.returns.pop(return_id)
        sale.cancelled.add(return_id)
        for line, quantity in back.quantities.items():
            sale.back_quantities[line] -= quantity
            sale.back_pennies[line] -= back.pennies[line]
            sale.undone[line] -= back.undone[line]
        if back.points:
            entry_id = f"return:{purchase_id}:{return_id}"
            self._cancel(self.members[sale.member], entry_id, back.points)

    def _cancel(self, member: Member, entry_id: str, points: int) -> None:
        """Put back what is left to put back; what was closed stays closed."""
        standing = _standing_for(member.entries[entry_id])
        points = min(points, sum(len(entry.left()) for entry in standing))
        if points and not member.is_closed:
            self._reverse(member, entry_id, f"cancel:{entry_id}", points)

    def return_unlinked(self, *, member: str, return_id: str, pennies: int) -> None:
        """Claw back what the goods would earn today."""
        buyer = self._open_member(member)
        if return_id in self.unlinked:
            raise Refused("AlreadyExistsError")
        points = pennies // 300
        self.unlinked[return_id] = (member, points, True)
        if not points:
            return
        if self.terms.reversal == "pending_only":
            lots = [lot for lot in buyer.lots if lot.is_pending(self.now)]
            drawn = [(lot, point) for lot in lots for point in lot.free()][:points]
        else:
            drawn = self._draw_up_to(buyer, points)
        short = _Short(buyer, "debt" if self.terms.reversal == "debt" else "lost")
        rest = [short.one() for _ in range(points - len(drawn))]
        self._taken(buyer, drawn, f"return:{return_id}", "clawback", more=rest)
        self._pay(buyer, self.now)

    def cancel_unlinked(self, *, return_id: str) -> None:
        member, points, stands = self.unlinked.get(return_id, ("", 0, False))
        if not stands:
            raise Refused("UnknownReturnError")
        self.unlinked[return_id] = (member, points, False)
        if points:
            self._cancel(self.members[member], f"return:{return_id}", points)


class _Short:
    """What could not be taken: as debt, all of it together, or lost."""

    def __init__(self, member: Member, kind: str) -> None:
        self.member = member
        self.kind = kind
        self.together: list[Owed] = []

    def one(self) -> Item:
        if self.kind == "lost":
            return Item("lost")
        owed = Owed()
        self.member.debt.append(owed)
        self.together.append(owed)
        return Item("debt", owed=self.together)


def _parted(items: list[Item]) -> list[Item]:
    """Put neighbours that are alike into one part."""
    before: Item | None = None
    for item in items:
        alike = before and (before.kind, before.lot) == (item.kind, item.lot)
        item.part = before.part if before and alike else Part()
        before = item
    return items


def _standing_for(entry: Entry) -> list[Entry]:
    """Return an entry and what cancelled reversals brought back of it, newest first."""
    roots = [*reversed(entry.continuations), entry]
    return [one for root in roots for one in _family(root)]


def _family(entry: Entry) -> list[Entry]:
    found: list[Entry] = []
    for reversal in reversed(entry.reversals):
        for again in reversed(reversal.reversals):
            found += _family(again)
    return [*found, entry]


def _unused(member: Member, reversal_id: str) -> str:
    number = 2
    while f"{reversal_id}#{number}" in member.entries:
        number += 1
    return f"{reversal_id}#{number}"


def share(total: int, weights: dict[str, int]) -> dict[str, int]:
    """Deal *total* out by largest remainder, the earlier line first."""
    whole = sum(weights.values())
    if not whole:
        return dict.fromkeys(weights, 0)
    shares = {name: total * weight // whole for name, weight in weights.items()}

    def remainder(name: str) -> int:
        return -(total * weights[name] % whole)

    missing = total - sum(shares.values())
    for name in sorted(weights, key=remainder)[:missing]:
        shares[name] += 1
    return shares


def attempt(model: Model, doing: Callable[[Model], None]) -> tuple[Model, str]:
    """Do something in a copy; return what then is, and why it was refused, or ""."""
    copy = model.copy()
    try:
        doing(copy)
    except Refused as refused:
        return model, refused.reason
    return copy, ""
