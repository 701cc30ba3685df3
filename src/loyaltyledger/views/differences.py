"""Whether the views say what the log says, row by row.

Accounts are replayed with the very fold that decisions are made on, which the view
does not use.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import attrs
from sqlalchemy import Connection, Table, func, select

from ..points import Account, Event, Granted, Reversed, fold
from ..store import Recorded, Store, StoreError
from ..store.records import micros
from .accounts import ACCOUNTS, micros_or_none
from .purchases import PURCHASES, purchase_row
from .rows import Key, Row, Rows, chunks
from .statement import STATEMENTS, statement_rows
from .tables import ACCOUNT, DEBT, LOT, PIN, PURCHASE, STATEMENT
from .view import View, ids_of

BROKEN = (
    StoreError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
STREAMING = {"yield_per": 1000}


ByStream = dict[str, dict[Key, Row]]


@attrs.frozen(kw_only=True)
class Difference:
    """A row that is not as the log says; *stream* is what it is about, if one."""

    view: str
    table: str
    stream: str | None
    problem: str


def differences(
    connection: Connection, store: Store, positions: Mapping[str, int]
) -> Iterator[Difference]:
    """Compare what each view holds with the log up to where the view is."""
    for prefix, views in (
        ("account:", (ACCOUNTS, STATEMENTS)),
        ("purchase:", (PURCHASES,)),
        ("return:", (PURCHASES,)),
    ):
        for view in views:
            yield from _compared(connection, store, view, prefix, positions[view.name])
    yield from _orphans(connection, store)


def _compared(
    connection: Connection, store: Store, view: View, prefix: str, position: int
) -> Iterator[Difference]:
    for streams in chunks(store.streams(prefix)):
        stored = _stored(connection, view, streams)
        for stream in streams:
            expected = _expected(store, view, stream, position)
            for table in view.tables if expected is not None else ():
                assert expected is not None, "else no table is looked at"
                wanted = expected.get(table.name, {})
                found = stored[table.name].get(stream, {})
                yield from _differing(view, table, stream, wanted, found)


def _expected(
    store: Store, view: View, stream: str, position: int
) -> dict[str, dict[Key, Row]] | None:
    """Return the rows that a stream should have; None: it cannot be replayed."""
    try:
        with store.reading() as reading:
            events = reading.events(stream)
        seen = [one for one in events if one.position <= position]
        return _EXPECTED[view](seen) if seen else {}
    except BROKEN:
        # it is found by looking at the log itself
        return None


def _differing(
    view: View,
    table: Table,
    stream: str,
    wanted: Mapping[Key, Row],
    found: Mapping[Key, Row],
) -> Iterator[Difference]:
    for key in sorted(wanted.keys() | found.keys()):
        if wanted.get(key) != found.get(key):
            yield Difference(
                view=view.name,
                table=table.name,
                stream=stream,
                problem=_problem(key, wanted.get(key), found.get(key)),
            )


def _problem(key: Key, wanted: Row | None, found: Row | None) -> str:
    if found is None:
        return f"row {key} is missing"
    if wanted is None:
        return f"row {key} is of nothing in the log"
    columns = [name for name in wanted if wanted[name] != found[name]]
    said = ", ".join(
        f"{name} is {found[name]}, the log says {wanted[name]}" for name in columns
    )
    return f"row {key}: {said}"


def _stored(
    connection: Connection, view: View, streams: Sequence[str]
) -> dict[str, ByStream]:
    """Return the rows of these streams, by table and stream."""
    if view is not ACCOUNTS:
        (table,) = view.tables
        column = table.c.account if view is STATEMENTS else table.c.stream
        rows = Rows(table)
        rows.load(connection, column.in_(streams))
        return {table.name: _by(rows.rows, lambda row: row[column.name])}
    accounts = Rows(ACCOUNT)
    accounts.load(connection, ACCOUNT.c.stream.in_(streams))
    names = {row["id"]: row["stream"] for row in accounts.rows.values()}
    found = {ACCOUNT.name: _by(accounts.rows, lambda row: row["stream"])}
    for table in (LOT, PIN, DEBT):
        rows = Rows(table)
        rows.load(connection, table.c.account.in_(list(names)))
        found[table.name] = _by(rows.rows, lambda row: names[row["account"]])
    return found


def _by(rows: Mapping[Key, Row], stream: Callable[[Row], str]) -> ByStream:
    found: ByStream = {}
    for key, row in rows.items():
        found.setdefault(stream(row), {})[key] = row
    return found


def _orphans(connection: Connection, store: Store) -> Iterator[Difference]:
    """Find rows of streams that the log does not have."""
    of_stream = {ACCOUNTS: ACCOUNT.c.stream}
    of_stream |= {STATEMENTS: STATEMENT.c.account, PURCHASES: PURCHASE.c.stream}
    for view, column in of_stream.items():
        statement = select(column).distinct()
        found = connection.execute(statement, execution_options=STREAMING).scalars()
        for stream in found:
            with store.reading() as reading:
                if not reading.version(stream):
                    yield _orphan(view, column.table.name, stream)
    for table in (LOT, PIN, DEBT):
        known = select(ACCOUNT.c.id)
        lost = select(func.count()).where(table.c.account.not_in(known))
        if count := connection.execute(lost).scalar_one():
            problem = f"{count} rows are of no account"
            yield Difference(
                view=ACCOUNTS.name, table=table.name, stream=None, problem=problem
            )


def _orphan(view: View, table: str, stream: str) -> Difference:
    problem = "rows of a stream that is not in the log"
    return Difference(view=view.name, table=table, stream=stream, problem=problem)


def _expected_accounts(events: Sequence[Recorded]) -> dict[str, dict[Key, Row]]:
    own = tuple(one.event for one in events)
    account = fold(Account(), own)
    first = events[0].position
    programme, owner_kind, owner, point_type = ids_of(events[0], "account", 4)
    row = {
        "id": first,
        "stream": events[0].stream,
        "programme": programme,
        "owner_kind": owner_kind,
        "owner": owner,
        "point_type": point_type,
        "latest_at": micros(account.latest_at),
    }
    return {
        ACCOUNT.name: _keyed(ACCOUNT, (row,)),
        LOT.name: _keyed(LOT, _expected_lots(account, own, first)),
        PIN.name: _keyed(PIN, _expected_pins(account, first)),
        DEBT.name: _keyed(DEBT, _expected_debts(account, first)),
    }


def _expected_lots(
    account: Account, events: Sequence[Event], number: int
) -> Iterator[Row]:
    sources: dict[str, str] = {}
    for event in events:
        if isinstance(event, Granted | Reversed):
            lots = event.lots if isinstance(event, Granted) else event.regrants
            sources |= {lot.lot_id: event.entry_id for lot in lots}
    for lot_id, book in account.lots.items():
        yield {
            "account": number,
            "lot_id": lot_id,
            "source": sources[lot_id],
            "granted": book.lot.points,
            "remaining": book.remaining,
            "gone": book.gone,
            "granted_at": micros(book.granted_at),
            "available_from": micros_or_none(book.lot.available_from),
            "expires_at": micros_or_none(book.lot.expires_at),
            "cancel_by": micros_or_none(book.lot.cancel_by),
        }


def _expected_pins(account: Account, number: int) -> Iterator[Row]:
    for hold in account.holds.values():
        for pin in () if hold.lapsed else hold.open_pins:
            yield {
                "account": number,
                "hold_id": hold.hold_id,
                "lot_id": pin.lot_id,
                "points": pin.points,
                "lapses_at": micros(hold.lapses_at),
            }


def _expected_debts(account: Account, number: int) -> Iterator[Row]:
    for entry_id, part in account.owing:
        debt = account.debts[entry_id, part]
        yield {
            "account": number,
            "entry_id": entry_id,
            "part": part,
            "at": micros(debt.at),
            "owed": debt.owed,
        }


def _expected_statement(events: Sequence[Recorded]) -> dict[str, dict[Key, Row]]:
    rows = [row for one in events for row in statement_rows(one)]
    return {STATEMENT.name: _keyed(STATEMENT, rows)}


def _expected_purchases(events: Sequence[Recorded]) -> dict[str, dict[Key, Row]]:
    return {PURCHASE.name: _keyed(PURCHASE, map(purchase_row, events))}


def _keyed(table: Table, rows: Iterable[Row]) -> dict[Key, Row]:
    names = [column.name for column in table.primary_key.columns]
    return {tuple(row[name] for name in names): row for row in rows}


_EXPECTED = {
    ACCOUNTS: _expected_accounts,
    PURCHASES: _expected_purchases,
    STATEMENTS: _expected_statement,
}
