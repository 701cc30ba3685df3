"""Whether the views say what the log says, row by row.

Accounts are replayed with the very fold that decisions are made on, which the view
does not use.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import attrs
from sqlalchemy import Connection, Table, func, select

from ..store import Reading, Recorded, Store, StoreError
from .accounts import ACCOUNTS
from .checkpoints_replay import digest_of
from .purchases import PURCHASES
from .replay import REPLAYS, ByKey
from .rows import Key, Row, Rows, chunks
from .statement import STATEMENTS
from .tables import ACCOUNT, CHECKPOINT, DEBT, LOT, PIN, PURCHASE, STATEMENT
from .view import View

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


ByStream = dict[str, ByKey]


@attrs.frozen(kw_only=True)
class Difference:
    """A row that is not as the log says; *stream* is what it is about, if one."""

    view: str
    table: str
    stream: str | None
    problem: str


@attrs.frozen(kw_only=True)
class Behind:
    """The views could not take in all of the log; *problem* says what was compared."""

    problem: str


def differences(
    connection: Connection, store: Store, positions: Mapping[str, int]
) -> Iterator[Difference]:
    """Compare what each view holds with the log up to where the view is.

    A view that an older version made (its position is -1) is left alone.
    """
    for prefix, views in (
        ("account:", (ACCOUNTS, STATEMENTS)),
        ("purchase:", (PURCHASES,)),
        ("return:", (PURCHASES,)),
    ):
        made = [view for view in views if positions[view.name] >= 0]
        yield from _compared(connection, store, made, prefix, positions)
    yield from _orphans(connection, store, positions)


def behind(error: StoreError, positions: Mapping[str, int]) -> Behind:
    """Say how far the views were compared that could not follow the log."""
    said = ", ".join(
        f"{name} up to {at}" if at >= 0 else f"{name} not at all, of an older version"
        for name, at in positions.items()
    )
    problem = f"the views could not follow the log ({error}); compared: {said}"
    return Behind(problem=problem)


def _compared(
    connection: Connection,
    store: Store,
    views: Sequence[View],
    prefix: str,
    positions: Mapping[str, int],
) -> Iterator[Difference]:
    for streams in chunks(store.streams(prefix)):
        stored = {view: _stored(connection, view, streams) for view in views}
        found: list[Difference] = []
        with store.reading() as reading:
            for stream in streams:
                events = _events(reading, stream)
                for view in views:
                    expected = _expected(view, events, positions[view.name])
                    found += _unlike(view, stream, expected, stored[view])
        yield from found


def _events(reading: Reading, stream: str) -> tuple[Recorded, ...] | None:
    """Read a stream; None: it cannot be read, and the log itself is wrong."""
    try:
        return reading.events(stream)
    except BROKEN:
        return None


def _expected(
    view: View, events: Sequence[Recorded] | None, position: int
) -> dict[str, ByKey] | None:
    """Return the rows that a stream should have; None: it cannot be replayed."""
    if events is None:
        return None
    try:
        seen = [one for one in events if one.position <= position]
        return REPLAYS[view](seen) if seen else {}
    except BROKEN:
        # it is found by looking at the log itself
        return None


def _unlike(
    view: View,
    stream: str,
    expected: dict[str, ByKey] | None,
    stored: dict[str, ByStream],
) -> Iterator[Difference]:
    if expected is None:
        return
    for table in view.tables:
        wanted = expected.get(table.name, {})
        found = stored[table.name].get(stream, {})
        if wanted != found:
            yield from _differing(view, table, stream, wanted, found)


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
    for table in (LOT, PIN, DEBT, CHECKPOINT):
        rows = Rows(table)
        rows.load(connection, table.c.account.in_(list(names)))
        if table is CHECKPOINT:
            for row in rows.rows.values():
                row["state"] = digest_of(row["state"])
        found[table.name] = _by(rows.rows, lambda row: names[row["account"]])
    return found


def _by(rows: Mapping[Key, Row], stream: Callable[[Row], str]) -> ByStream:
    found: ByStream = {}
    for key, row in rows.items():
        found.setdefault(stream(row), {})[key] = row
    return found


def _orphans(
    connection: Connection, store: Store, positions: Mapping[str, int]
) -> Iterator[Difference]:
    """Find rows of streams that the log does not have."""
    of_stream = {ACCOUNTS: ACCOUNT.c.stream}
    of_stream |= {STATEMENTS: STATEMENT.c.account, PURCHASES: PURCHASE.c.stream}
    for view, column in of_stream.items():
        if positions[view.name] < 0:
            continue
        statement = select(column).distinct()
        found = connection.execute(statement, execution_options=STREAMING).scalars()
        for streams in chunks(found):
            with store.reading() as reading:
                nowhere = [one for one in streams if not reading.version(one)]
            for stream in nowhere:
                yield _orphan(view, column.table.name, stream)
    if positions[ACCOUNTS.name] < 0:
        return
    for table in (LOT, PIN, DEBT, CHECKPOINT):
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
