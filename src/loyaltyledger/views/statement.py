"""The view of statements: one row for each event that moved points."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

import attrs
from sqlalchemy import Connection, func, select

from ..kernel.quantities import POINTS_MAX
from ..points import (
    AccountClosed,
    AccountId,
    DebtPaid,
    Event,
    ExpirySlid,
    Granted,
    HoldLapsed,
    HoldPlaced,
    HoldVoided,
    LotReleased,
    PointsActivated,
    PointsCancelled,
    PointsExpired,
    Reversed,
    Taken,
    postings,
)
from ..store import Recorded
from ..store.records import instant, micros
from .events import POINTS_EVENTS
from .rows import Row, insert_all
from .tables import STATEMENT
from .view import UnfittingError, View, blaming, ids_of

MEMBER = "member:"
BUCKETS = ("available", "held", "pending", "debt")


@attrs.frozen(kw_only=True)
class StatementRow:
    """What an event changed.

    *change* is to what the shop owes the member, *balance* is that after it; the rest
    are the changes of each part of it. *entry* is the entry, hold or lot concerned.
    """

    position: int
    at: datetime
    recorded_at: datetime
    kind: str
    entry: str
    change: int
    available: int
    held: int
    pending: int
    debt: int
    balance: int


def take_in(connection: Connection, events: Sequence[Recorded]) -> None:
    rows = []
    for one in events:
        if isinstance(one.event, POINTS_EVENTS):
            with blaming(one):
                rows += statement_rows(one)
    insert_all(connection, STATEMENT, rows)


def statement_rows(one: Recorded) -> list[Row]:
    """Return the row of a points event; none if it moved nothing."""
    ids_of(one, "account", 4)
    legs = {leg.account: leg.points for leg in postings(one.event)}
    if not legs:
        return []
    changes = {bucket: legs.get(MEMBER + bucket, 0) for bucket in BUCKETS}
    if max(map(abs, changes.values())) > POINTS_MAX:
        raise UnfittingError(what="the change", value=max(changes.values(), key=abs))
    kind, entry = _what(one.event)
    row = {
        "position": one.position,
        "account": one.stream,
        "at": micros(one.at),
        "recorded_at": micros(one.recorded_at),
        "kind": kind,
        "entry": entry,
        "change": sum(changes.values()),
    }
    return [row | changes]


def _what(event: Event) -> tuple[str, str]:
    """Say in a word what happened, and to what."""
    match event:
        case Granted() | Taken():
            return event.kind, event.entry_id
        case Reversed():
            return "reversal", event.entry_id
        case HoldPlaced():
            return "hold", event.hold_id
        case HoldVoided():
            return "void", event.hold_id
        case HoldLapsed():
            return "lapse", event.hold_id
        case PointsActivated():
            return "activation", event.lot_id
        case LotReleased():
            return "release", event.entry_id
        case PointsExpired():
            return "expiry", event.lot_id
        case PointsCancelled():
            return "cancellation", event.lot_id
        case ExpirySlid():
            return "slide", ""
        case DebtPaid():
            return "debt-payment", event.entry_id
        case AccountClosed():
            return "closing", ""
        case _:
            assert_never(event)


STATEMENTS = View(name="statements", version=1, tables=(STATEMENT,), take_in=take_in)


def read_statement(
    connection: Connection,
    account_id: AccountId,
    *,
    at: datetime | None,
    known_at: datetime | None,
) -> tuple[StatementRow, ...]:
    """Return the rows in order of time; of one instant, in order of the log."""
    order = (STATEMENT.c.at, STATEMENT.c.position)
    balance = func.sum(STATEMENT.c.change).over(
        partition_by=STATEMENT.c.account, order_by=order
    )
    statement = select(STATEMENT, balance.label("balance")).where(
        STATEMENT.c.account == account_id.stream
    )
    if at is not None:
        statement = statement.where(STATEMENT.c.at <= micros(at))
    if known_at is not None:
        statement = statement.where(STATEMENT.c.recorded_at <= micros(known_at))
    found = connection.execute(statement.order_by(*order)).mappings().all()
    return tuple(
        StatementRow(
            position=row["position"],
            at=instant(row["at"]),
            recorded_at=instant(row["recorded_at"]),
            kind=row["kind"],
            entry=row["entry"],
            change=row["change"],
            available=row["available"],
            held=row["held"],
            pending=row["pending"],
            debt=row["debt"],
            balance=int(row["balance"]),
        )
        for row in found
    )
