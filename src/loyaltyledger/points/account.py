"""The account: lots, holds, entries and debts of one owner and one point type."""

from datetime import UTC, datetime

import attrs
from immutables import Map

from ..kernel.errors import InvalidInputError
from ..kernel.fields import one_word_of
from ..kernel.ids import check_id, stream_ids, stream_name
from .entries import Debt, Entry
from .holds import Hold
from .lots import LotBook

BEGINNING = datetime.min.replace(tzinfo=UTC)

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

    *open_lots* and *open_holds* are those that time may still change; *total* is what
    remains in all lots that are not settled.
    """

    lots: Map[str, LotBook] = Map()
    open_lots: frozenset[str] = frozenset()
    holds: Map[str, Hold] = Map()
    open_holds: frozenset[str] = frozenset()
    entries: Map[str, Entry] = Map()
    debts: Map[DebtKey, Debt] = Map()
    owing: tuple[DebtKey, ...] = ()
    latest_at: datetime = BEGINNING
    is_closed: bool = False

    @property
    def debt(self) -> int:
        return sum(self.debts[key].owed for key in self.owing)

    def with_lot(self, book: LotBook) -> "Account":
        """Put a lot back, and keep the set of open lots true."""
        lot_id = book.lot.lot_id
        if book.is_settled:
            open_lots = self.open_lots - {lot_id}
        elif lot_id in self.open_lots:
            open_lots = self.open_lots
        else:
            open_lots = self.open_lots | {lot_id}
        lots = self.lots.set(lot_id, book)
        return attrs.evolve(self, lots=lots, open_lots=open_lots)

    def with_hold(self, hold: Hold) -> "Account":
        holds = self.holds.set(hold.hold_id, hold)
        ids = {hold.hold_id}
        open_holds = self.open_holds - ids if hold.is_settled else self.open_holds | ids
        return attrs.evolve(self, holds=holds, open_holds=open_holds)

    def with_entry(self, entry: Entry) -> "Account":
        entries = self.entries.set(entry.entry_id, entry)
        return attrs.evolve(self, entries=entries)

    def with_debt(self, debt: Debt) -> "Account":
        key = (debt.entry_id, debt.part)
        owing = self.owing
        if not debt.owed:
            owing = tuple(one for one in owing if one != key)
        elif key not in owing:
            owing = (*owing, key)
        return attrs.evolve(self, debts=self.debts.set(key, debt), owing=owing)
