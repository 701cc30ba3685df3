"""The view of accounts: lots, what holds pin of them, and debts.

Each page of the log is applied to the rows it is about. This does not use the account
that decisions are made on: each of the two is checked against the other.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import assert_never

from sqlalchemy import Connection, tuple_

from ..kernel.quantities import POINTS_MAX
from ..points import (
    AccountClosed,
    DebtPaid,
    Draw,
    Event,
    ExpirySlid,
    Granted,
    HoldLapsed,
    HoldPlaced,
    HoldVoided,
    Lot,
    LotReleased,
    Part,
    PartKind,
    PointsActivated,
    PointsCancelled,
    PointsExpired,
    Reversed,
    Taken,
)
from ..store import Recorded
from ..store.records import micros
from .events import POINTS_EVENTS, lots_named, micros_or_none
from .rows import Row, Rows, chunks
from .tables import ACCOUNT, DEBT, LOT, PIN
from .view import UnfittingError, View, blaming, ids_of


def take_in(connection: Connection, events: Sequence[Recorded]) -> None:
    own = [one for one in events if isinstance(one.event, POINTS_EVENTS)]
    if own:
        page = _Page()
        page.load(connection, own)
        for one in own:
            with blaming(one):
                page.evolve(one)
        page.save(connection)


class _Page:
    """The rows that a page is about, and what its events make of them."""

    def __init__(self) -> None:
        self.accounts, self.lots = Rows(ACCOUNT), Rows(LOT)
        self.pins, self.debts = Rows(PIN), Rows(DEBT)
        self.by_stream: dict[str, Row] = {}
        self.pinned: dict[tuple[int, str], set[str]] = defaultdict(set)
        self.owing: dict[int, dict[tuple[str, int], None]] = defaultdict(dict)

    def load(self, connection: Connection, events: Sequence[Recorded]) -> None:
        for streams in chunks(sorted({one.stream for one in events})):
            self.accounts.load(connection, ACCOUNT.c.stream.in_(streams))
        self.by_stream = {row["stream"]: row for row in self.accounts.rows.values()}
        for ids in chunks(sorted(row["id"] for row in self.by_stream.values())):
            self.pins.load(connection, PIN.c.account.in_(ids))
            self.debts.load(connection, DEBT.c.account.in_(ids))
        for account, hold_id, lot_id in self.pins.rows:
            self.pinned[account, hold_id].add(lot_id)
        for account, entry_id, part in self.debts.rows:
            self.owing[account][entry_id, part] = None
        lots = {
            (self.by_stream[one.stream]["id"], lot_id)
            for one in events
            if one.stream in self.by_stream
            for lot_id in lots_named(one.event)
        }
        for keys in chunks(sorted(lots)):
            named = tuple_(LOT.c.account, LOT.c.lot_id).in_(keys)
            self.lots.load(connection, named)

    def save(self, connection: Connection) -> None:
        for rows in (self.accounts, self.lots, self.pins, self.debts):
            rows.save(connection)

    def evolve(self, one: Recorded) -> None:
        row = self.by_stream.get(one.stream) or self._new_account(one)
        row["latest_at"] = max(row["latest_at"], micros(one.event.at))
        self._happened(row["id"], one.event)

    def _new_account(self, one: Recorded) -> Row:
        programme, owner_kind, owner, point_type = ids_of(one, "account", 4)
        row = {
            "id": one.position,
            "stream": one.stream,
            "programme": programme,
            "owner_kind": owner_kind,
            "owner": owner,
            "point_type": point_type,
            "latest_at": micros(one.event.at),
        }
        self.accounts.add(row)
        self.by_stream[one.stream] = row
        return row

    def _happened(self, account: int, event: Event) -> None:
        match event:
            case Granted():
                for lot in event.lots:
                    self._grant(account, event.entry_id, lot, event.at)
            case Taken():
                self._taken(account, event)
            case Reversed():
                self._reversed(account, event)
            case HoldPlaced():
                self._hold(account, event)
            case HoldVoided():
                self._unpin(account, event.hold_id, event.released)
            case HoldLapsed():
                # at every instant from its latest event on, it pins nothing
                for lot_id in self.pinned.pop((account, event.hold_id), ()):
                    del self.pins.rows[account, event.hold_id, lot_id]
            case LotReleased():
                row = self.lots.rows[account, event.lot_id]
                row["available_from"] = micros(event.available_from)
                row["expires_at"] = micros_or_none(event.expires_at)
            case PointsExpired() | PointsCancelled():
                self._count(account, event.lot_id, "gone", event.points)
            case ExpirySlid():
                for lot_id in event.lot_ids:
                    self.lots.rows[account, lot_id]["expires_at"] = micros(event.until)
            case DebtPaid():
                self._move(account, event.lot_id, -event.points)
                self._owe(account, event.entry_id, event.part, -event.points)
            case AccountClosed():
                self._parts(account, event.forfeited, sign=-1)
                for entry_id, part in self.owing.pop(account, {}):
                    del self.debts.rows[account, entry_id, part]
            case PointsActivated():
                pass
            case _:
                assert_never(event)

    def _taken(self, account: int, event: Taken) -> None:
        self._parts(account, event.parts, sign=-1)
        self._indebt(account, event)
        if event.hold_id is not None:
            self._unpin(account, event.hold_id, (*event.parts, *event.released))

    def _reversed(self, account: int, event: Reversed) -> None:
        for lot in event.regrants:
            self._grant(account, event.entry_id, lot, event.at)
            # made empty: the part that gives its points back fills it
            self._move(account, lot.lot_id, -lot.points)
        self._parts(account, event.parts, sign=1 if event.gives else -1)
        if not event.gives:
            self._indebt(account, event)
            return
        for part in event.parts:
            if part.kind is PartKind.DEBT:
                self._owe(account, event.reverses, part.of, -part.points)

    def _grant(self, account: int, source: str, lot: Lot, at: datetime) -> None:
        row = {
            "account": account,
            "lot_id": lot.lot_id,
            "source": source,
            "granted": lot.points,
            "remaining": lot.points,
            "gone": 0,
            "granted_at": micros(at),
            "available_from": micros_or_none(lot.available_from),
            "expires_at": micros_or_none(lot.expires_at),
            "cancel_by": micros_or_none(lot.cancel_by),
        }
        self.lots.add(row)

    def _parts(self, account: int, parts: Iterable[Part], *, sign: int) -> None:
        for part in parts:
            if part.lot_id is not None:
                self._move(account, part.lot_id, sign * part.points)

    def _move(self, account: int, lot_id: str, points: int) -> None:
        self._count(account, lot_id, "remaining", points)

    def _count(self, account: int, lot_id: str, column: str, points: int) -> None:
        row = self.lots.rows[account, lot_id]
        row[column] += points
        if not 0 <= row[column] <= POINTS_MAX:
            raise UnfittingError(what=f"{column} of lot {lot_id!r}", value=row[column])

    def _indebt(self, account: int, event: Taken | Reversed) -> None:
        for index, part in enumerate(event.parts):
            if part.kind is PartKind.DEBT:
                row = {
                    "account": account,
                    "entry_id": event.entry_id,
                    "part": index,
                    "at": micros(event.at),
                    "owed": part.points,
                }
                self.debts.add(row)
                self.owing[account][event.entry_id, index] = None

    def _owe(self, account: int, entry_id: str, part: int, points: int) -> None:
        row = self.debts.rows[account, entry_id, part]
        row["owed"] += points
        if row["owed"] < 0:
            raise UnfittingError(what=f"debt of {entry_id!r}", value=row["owed"])
        if not row["owed"]:
            del self.debts.rows[account, entry_id, part]
            del self.owing[account][entry_id, part]

    def _hold(self, account: int, event: HoldPlaced) -> None:
        for pin in event.pins:
            row = {
                "account": account,
                "hold_id": event.hold_id,
                "lot_id": pin.lot_id,
                "points": pin.points,
                "lapses_at": micros(event.lapses_at),
            }
            self.pins.add(row)
            self.pinned[account, event.hold_id].add(pin.lot_id)

    def _unpin(self, account: int, hold_id: str, draws: Iterable[Draw | Part]) -> None:
        for draw in draws:
            assert draw.lot_id is not None, "what a hold pins is in a lot"
            row = self.pins.rows.get((account, hold_id, draw.lot_id))
            if row is None:
                continue  # it had lapsed before a late capture
            row["points"] -= draw.points
            if row["points"] < 0:
                raise UnfittingError(what=f"hold {hold_id!r}", value=row["points"])
            if not row["points"]:
                del self.pins.rows[account, hold_id, draw.lot_id]
                self.pinned[account, hold_id].discard(draw.lot_id)


ACCOUNTS = View(
    name="accounts", version=1, tables=(ACCOUNT, LOT, PIN, DEBT), take_in=take_in
)
