"""The view of accounts: lots, what holds pin of them, debts, and checkpoints.

Each page of the log is applied to the rows it is about.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, and_, tuple_

from ..store import DamagedEventError, Recorded
from .booking import Books
from .checkpoints import NewCheckpoints, is_due
from .events import POINTS_EVENTS, lots_named
from .rows import chunks
from .tables import ACCOUNT, CHECKPOINT, DEBT, IS_OPEN, LOT, PIN
from .view import View, blaming


def take_in(connection: Connection, events: Sequence[Recorded]) -> None:
    own = [one for one in events if isinstance(one.event, POINTS_EVENTS)]
    if own:
        books, checkpoints = Books(), NewCheckpoints()
        _load(books, connection, own)
        tables = (books.accounts, books.lots, books.pins, books.debts)
        try:
            for one in own:
                with blaming(one):
                    books.evolve(one)
                if is_due(one.version):
                    checkpoints.add(books, one)
        except DamagedEventError:
            # the event is not to blame for rows that nothing can be done with
            for rows in tables:
                rows.check("accounts")
            raise
        for rows in tables:
            rows.save(connection)
        checkpoints.save(connection)


def _load(books: Books, connection: Connection, events: Sequence[Recorded]) -> None:
    for streams in chunks(sorted({one.stream for one in events})):
        books.accounts.load(connection, ACCOUNT.c.stream.in_(streams))
    books.by_stream |= {row["stream"]: row for row in books.accounts.rows.values()}
    for ids in chunks(sorted(row["id"] for row in books.by_stream.values())):
        books.pins.load(connection, PIN.c.account.in_(ids))
        books.debts.load(connection, DEBT.c.account.in_(ids))
    for account, hold_id, lot_id in books.pins.rows:
        books.pinned[account].setdefault(hold_id, set()).add(lot_id)
    for account, entry_id, part in books.debts.rows:
        books.owing[account][entry_id, part] = None
    _load_lots(books, connection, events)


def _load_lots(
    books: Books, connection: Connection, events: Sequence[Recorded]
) -> None:
    """Load all that is open where a checkpoint is due, else only what is named."""
    due = {one.stream for one in events if is_due(one.version)}
    for ids in chunks(
        sorted(books.by_stream[one]["id"] for one in due & books.by_stream.keys())
    ):
        books.lots.load(connection, and_(LOT.c.account.in_(ids), IS_OPEN))
    for (account, lot_id), row in books.lots.rows.items():
        books.touched[account][lot_id] = row
    named = {
        (books.by_stream[one.stream]["id"], lot_id)
        for one in events
        if one.stream in books.by_stream
        for lot_id in lots_named(one.event)
    }
    for keys in chunks(sorted(named - books.lots.rows.keys())):
        is_named = tuple_(LOT.c.account, LOT.c.lot_id).in_(keys)
        books.lots.load(connection, is_named)


ACCOUNTS = View(
    name="accounts",
    version=2,
    tables=(ACCOUNT, LOT, PIN, DEBT, CHECKPOINT),
    take_in=take_in,
)
