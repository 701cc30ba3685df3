"""The rows that the log asks for, made the slow way: one whole stream at a time."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Table

from ..points import Account, Event, Granted, Reversed
from ..store import Recorded
from ..store.records import micros
from .accounts import ACCOUNTS
from .checkpoints_replay import replayed
from .events import micros_or_none
from .purchases import PURCHASES, purchase_row
from .rows import Key, Row
from .statement import STATEMENTS, statement_rows
from .tables import ACCOUNT, CHECKPOINT, DEBT, LOT, PIN, PURCHASE, STATEMENT
from .view import View, ids_of

ByKey = dict[Key, Row]
"""Rows of a table, by their primary key."""


def account_rows(events: Sequence[Recorded]) -> dict[str, ByKey]:
    own = tuple(one.event for one in events)
    first = events[0].position
    account, checkpoints, since = replayed(events, first)
    programme, owner_kind, owner, point_type = ids_of(events[0], "account", 4)
    row = {
        "id": first,
        "stream": events[0].stream,
        "programme": programme,
        "owner_kind": owner_kind,
        "owner": owner,
        "point_type": point_type,
        "latest_at": micros(account.latest_at),
        "earliest_at": since,
        "lots": len(account.lots),
    }
    return {
        ACCOUNT.name: _keyed(ACCOUNT, (row,)),
        LOT.name: _keyed(LOT, _lots(account, own, first)),
        PIN.name: _keyed(PIN, _pins(account, first)),
        DEBT.name: _keyed(DEBT, _debts(account, first)),
        CHECKPOINT.name: _keyed(CHECKPOINT, checkpoints),
    }


def _lots(account: Account, events: Sequence[Event], number: int) -> Iterator[Row]:
    sources: dict[str, str] = {}
    for event in events:
        if isinstance(event, Granted | Reversed):
            lots = event.lots if isinstance(event, Granted) else event.regrants
            sources |= {lot.lot_id: event.entry_id for lot in lots}
    for lot_id, book in account.lots.items():
        yield {
            "account": number,
            "lot_id": lot_id,
            "number": book.number,
            "source": sources[lot_id],
            "granted": book.lot.points,
            "remaining": book.remaining,
            "gone": book.gone,
            "granted_at": micros(book.granted_at),
            "available_from": micros_or_none(book.lot.available_from),
            "expires_at": micros_or_none(book.lot.expires_at),
            "cancel_by": micros_or_none(book.lot.cancel_by),
        }


def _pins(account: Account, number: int) -> Iterator[Row]:
    for hold in account.holds.values():
        for pin in () if hold.lapsed else hold.open_pins:
            yield {
                "account": number,
                "hold_id": hold.hold_id,
                "lot_id": pin.lot_id,
                "points": pin.points,
                "lapses_at": micros(hold.lapses_at),
            }


def _debts(account: Account, number: int) -> Iterator[Row]:
    for entry_id, part in account.owing:
        debt = account.debts[entry_id, part]
        yield {
            "account": number,
            "entry_id": entry_id,
            "part": part,
            "at": micros(debt.at),
            "owed": debt.owed,
        }


def rows_of_statement(events: Sequence[Recorded]) -> dict[str, ByKey]:
    rows = [row for one in events for row in statement_rows(one)]
    return {STATEMENT.name: _keyed(STATEMENT, rows)}


def rows_of_purchases(events: Sequence[Recorded]) -> dict[str, ByKey]:
    return {PURCHASE.name: _keyed(PURCHASE, map(purchase_row, events))}


def _keyed(table: Table, rows: Iterable[Row]) -> ByKey:
    names = [column.name for column in table.primary_key.columns]
    return {tuple(row[name] for name in names): row for row in rows}


REPLAYS: Mapping[View, Callable[[Sequence[Recorded]], dict[str, ByKey]]] = {
    ACCOUNTS: account_rows,
    PURCHASES: rows_of_purchases,
    STATEMENTS: rows_of_statement,
}
"""For each view: the rows of a stream, by table."""
