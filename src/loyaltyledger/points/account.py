"""The account: lots, holds, entries and debts of one owner and one point type."""

from collections.abc import Iterable
from datetime import datetime

import attrs
from immutables import Map

from ..kernel.errors import InvalidInputError
from ..kernel.fields import one_word_of
from ..kernel.ids import check_id, stream_ids, stream_name
from ..kernel.time import BEGINNING, NEVER
from ..kernel.values import changed
from .entries import Debt, Entry
from .holds import Hold
from .lots import LotBook

DebtKey = tuple[str, int]


@attrs.frozen(kw_only=True)
class AccountId:
    """Whose points, and of which type; *owner_kind* is member or household."""

    programme_id: str = attrs.field(validator=check_id)
    owner_kind: str = attrs.field(validator=one_word_of("member", "household"))
    owner_id: str = attrs.field(validator=check_id)
    point_type: str = attrs.field(validator=check_id)

    @property
    def stream(self) -> str:
        """The name of the account's stream in the log."""
        ids = (self.programme_id, self.owner_kind, self.owner_id, self.point_type)
        return stream_name("account", *ids)

    @classmethod
    def read(cls, stream: object) -> "AccountId | None":
        """Read the stream name of an account; None: it is none."""
        found = stream_ids(stream) if isinstance(stream, str) else ()
        if len(found) != 5 or found[0] != "account":  # noqa: PLR2004  # see `stream`
            return None
        try:
            _, programme_id, owner_kind, owner_id, point_type = found
            account_id = cls(
                programme_id=programme_id,
                owner_kind=owner_kind,
                owner_id=owner_id,
                point_type=point_type,
            )
        except InvalidInputError:
            return None
        return account_id if account_id.stream == stream else None


@attrs.frozen(kw_only=True)
class Account:
    """What decisions about an account need to know.

    *open_lots* and *open_holds* are those that time may still change, each mapped to
    itself; *in_lots* is what remains in the open lots. *latest_at* is the latest
    instant of all events, *decided_at* that of those which time did not make. Before
    *next_due* time changes nothing, unless something is owed.
    """

    lots: Map[str, LotBook] = Map()
    open_lots: Map[str, str] = Map()
    in_lots: int = 0
    holds: Map[str, Hold] = Map()
    open_holds: Map[str, str] = Map()
    entries: Map[str, Entry] = Map()
    debts: Map[DebtKey, Debt] = Map()
    owing: tuple[DebtKey, ...] = ()
    latest_at: datetime = BEGINNING
    decided_at: datetime = BEGINNING
    next_due: datetime = attrs.field(default=NEVER, eq=False)
    is_closed: bool = False

    @property
    def debt(self) -> int:
        return sum(self.debts[key].owed for key in self.owing)

    def is_settled_at(self, to: datetime) -> bool:
        """Whether time has done nothing by then that is not booked."""
        return to < self.next_due and not self.owing

    def with_lot(self, book: LotBook) -> "Account":
        """Put a lot back, and keep the open lots true."""
        lot_id, open_lots, in_lots = book.lot.lot_id, self.open_lots, self.in_lots
        if lot_id in open_lots:
            in_lots -= self.lots[lot_id].remaining
        next_due = self.next_due
        if not book.is_settled:
            in_lots += book.remaining
            next_due = min(next_due, book.next_due)
            if lot_id not in open_lots:
                open_lots = open_lots.set(lot_id, lot_id)
        elif lot_id in open_lots:
            open_lots = open_lots.delete(lot_id)
        return changed(
            self,
            lots=self.lots.set(lot_id, book),
            open_lots=open_lots,
            in_lots=in_lots,
            next_due=next_due,
        )

    def with_open(self, lot_ids: Iterable[str]) -> "Account":
        """Let time look again at lots that were settled."""
        open_lots, in_lots = self.open_lots, self.in_lots
        for lot_id in lot_ids:
            if lot_id not in open_lots:
                open_lots = open_lots.set(lot_id, lot_id)
                in_lots += self.lots[lot_id].remaining
        return changed(self, open_lots=open_lots, in_lots=in_lots, next_due=BEGINNING)

    def with_hold(self, hold: Hold) -> "Account":
        hold_id, open_holds, next_due = hold.hold_id, self.open_holds, self.next_due
        if not hold.is_settled:
            open_holds = open_holds.set(hold_id, hold_id)
            next_due = min(next_due, hold.lapses_at)
        elif hold_id in open_holds:
            open_holds = open_holds.delete(hold_id)
        return changed(
            self,
            holds=self.holds.set(hold_id, hold),
            open_holds=open_holds,
            next_due=next_due,
        )

    def with_entry(self, entry: Entry) -> "Account":
        return changed(self, entries=self.entries.set(entry.entry_id, entry))

    def with_debt(self, debt: Debt) -> "Account":
        key = (debt.entry_id, debt.part)
        owing, debts = self.owing, self.debts.set(key, debt)
        if not debt.owed:
            owing = tuple(one for one in owing if one != key)
        elif key not in owing:
            owing = tuple(sorted((*owing, key), key=lambda one: debts[one].number))
        return changed(self, debts=debts, owing=owing)

    def looked_at(self) -> "Account":
        """Find out anew when time changes something next."""
        lots = (self.lots[lot_id].next_due for lot_id in self.open_lots)
        holds = (self.holds[hold_id].lapses_at for hold_id in self.open_holds)
        return changed(self, next_due=min((*lots, *holds), default=NEVER))
