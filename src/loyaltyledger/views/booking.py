"""Lots, pins and debts as rows, and what each event makes of them.

This does not use the account that decisions are made on: each of the two is checked
against the other.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

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
from .events import micros_or_none
from .rows import Row, Rows
from .tables import ACCOUNT, DEBT, LOT, PIN
from .view import UnfittingError, ids_of


class Books:
    """Rows of accounts, changed in memory.

    *touched* are the lots of each account that something was granted in, moved in or
    loaded as open; *pinned* names the lots of each hold, *owing* the debts.
    """

    def __init__(self) -> None:
        self.accounts, self.lots = Rows(ACCOUNT), Rows(LOT)
        self.pins, self.debts = Rows(PIN), Rows(DEBT)
        self.by_stream: dict[str, Row] = {}
        self.touched: dict[int, dict[str, Row]] = defaultdict(dict)
        self.pinned: dict[int, dict[str, set[str]]] = defaultdict(dict)
        self.owing: dict[int, dict[tuple[str, int], None]] = defaultdict(dict)

    def evolve(self, one: Recorded) -> None:
        row = self.by_stream.get(one.stream) or self._new_account(one)
        at, earliest = micros(one.event.at), row["earliest_at"]
        row["latest_at"] = max(row["latest_at"], at)
        row["earliest_at"] = at if earliest is None else min(earliest, at)
        self._happened(row, one.event)

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
            "earliest_at": None,
            "lots": 0,
        }
        self.accounts.add(row)
        self.by_stream[one.stream] = row
        return row

    def _happened(self, row: Row, event: Event) -> None:
        account = row["id"]
        match event:
            case Granted():
                for lot in event.lots:
                    self._grant(row, event.entry_id, lot, event.at)
            case Taken():
                self._taken(account, event)
            case Reversed():
                self._reversed(row, event)
            case HoldPlaced():
                self._hold(account, event)
            case HoldVoided():
                self._unpin(account, event.hold_id, event.released)
            case HoldLapsed():
                # at every instant from its latest event on, it pins nothing
                for lot_id in self.pinned[account].pop(event.hold_id, ()):
                    del self.pins.rows[account, event.hold_id, lot_id]
            case LotReleased():
                released = self.lots.rows[account, event.lot_id]
                released["available_from"] = micros(event.available_from)
                released["expires_at"] = micros_or_none(event.expires_at)
            case PointsExpired() | PointsCancelled():
                self._count(account, event.lot_id, "gone", event.points)
            case ExpirySlid():
                for lot_id in event.lot_ids:
                    self.lots.rows[account, lot_id]["expires_at"] = micros(event.until)
            case DebtPaid():
                self._move(account, event.lot_id, -event.points)
                self._pay(account, event)
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

    def _reversed(self, row: Row, event: Reversed) -> None:
        account = row["id"]
        for lot in event.regrants:
            self._grant(row, event.entry_id, lot, event.at)
            # made empty: the part that gives its points back fills it
            self._move(account, lot.lot_id, -lot.points)
        self._parts(account, event.parts, sign=1 if event.gives else -1)
        if not event.gives:
            self._indebt(account, event)
            return
        for part in event.parts:
            if part.kind is PartKind.DEBT:
                self._owe(account, event.reverses, part.of, -part.points)

    def _grant(self, row: Row, source: str, lot: Lot, at: datetime) -> None:
        granted = {
            "account": row["id"],
            "lot_id": lot.lot_id,
            "number": row["lots"],
            "source": source,
            "granted": lot.points,
            "remaining": lot.points,
            "gone": 0,
            "granted_at": micros(at),
            "available_from": micros_or_none(lot.available_from),
            "expires_at": micros_or_none(lot.expires_at),
            "cancel_by": micros_or_none(lot.cancel_by),
        }
        row["lots"] += 1
        self.lots.add(granted)
        self.touched[row["id"]][lot.lot_id] = granted

    def _parts(self, account: int, parts: Iterable[Part], *, sign: int) -> None:
        for part in parts:
            if part.lot_id is not None:
                self._move(account, part.lot_id, sign * part.points)

    def _move(self, account: int, lot_id: str, points: int) -> None:
        self._count(account, lot_id, "remaining", points)

    def _count(self, account: int, lot_id: str, column: str, points: int) -> None:
        row = self.lots.rows[account, lot_id]
        self.touched[account][lot_id] = row
        row[column] += points
        if not 0 <= row[column] <= POINTS_MAX:
            raise UnfittingError(what=f"{column} of lot {lot_id!r}", value=row[column])

    def _indebt(self, account: int, event: Taken | Reversed) -> None:
        for index, part in enumerate(event.parts):
            if part.kind is PartKind.DEBT:
                debt = event.entry_id, index
                self._new_debt(account, *debt, at=event.at, owed=part.points)

    def _pay(self, account: int, event: DebtPaid) -> None:
        debt, since = (event.entry_id, event.part), event.owed_since
        if since is not None and debt not in self.owing[account]:
            self._new_debt(account, *debt, at=since, owed=0)
        self._owe(account, *debt, -event.points)

    def _new_debt(
        self, account: int, entry_id: str, part: int, *, at: datetime, owed: int
    ) -> None:
        row = {
            "account": account,
            "entry_id": entry_id,
            "part": part,
            "at": micros(at),
            "owed": owed,
        }
        self.debts.add(row)
        self.owing[account][entry_id, part] = None

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
            self.pinned[account].setdefault(event.hold_id, set()).add(pin.lot_id)

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
                self.pinned[account][hold_id].discard(draw.lot_id)
