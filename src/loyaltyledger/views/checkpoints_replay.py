"""The checkpoints that the log asks for, from the fold that decisions are made on."""

from collections.abc import Sequence
from hashlib import blake2b

from ..points import Account, evolve
from ..store import Recorded
from ..store.codec import to_json
from ..store.records import micros
from .checkpoints import NOTHING_AFTER, Kept, followed, is_due, unpacked
from .events import micros_or_none
from .rows import Row


def replayed(
    events: Sequence[Recorded], number: int
) -> tuple[Account, list[Row], int | None]:
    """Return an account, its checkpoints, and the first instant since the last one."""
    account, since = Account(), None
    rows: list[Row] = []
    for one in events:
        account = evolve(account, one.event)
        at = micros(one.event.at)
        since = at if since is None else min(since, at)
        if is_due(one.version):
            followed(rows, since)
            rows.append(_row(account, one, number))
            since = None
    return account, rows, since


def _row(account: Account, one: Recorded, number: int) -> Row:
    return {
        "account": number,
        "latest_at": micros(account.latest_at),
        "version": one.version,
        "recorded_at": micros(one.recorded_at),
        "earliest_after": NOTHING_AFTER,
        "state": _digest(_kept(account)),
    }


def _kept(account: Account) -> Kept:
    books = (account.lots[lot_id] for lot_id in account.open_lots)
    lots = sorted(
        (book for book in books if not book.is_settled), key=lambda book: book.number
    )
    holds = (account.holds[hold_id] for hold_id in account.open_holds)
    pins = (
        (hold.hold_id, pin.lot_id, pin.points, micros(hold.lapses_at))
        for hold in holds
        for pin in (() if hold.lapsed else hold.open_pins)
    )
    debts = (
        (*key, micros(account.debts[key].at), account.debts[key].owed)
        for key in account.owing
    )
    return (
        len(account.lots),
        tuple(
            (
                book.lot.lot_id,
                book.number,
                book.remaining,
                book.gone,
                micros(book.granted_at),
                micros_or_none(book.lot.available_from),
                micros_or_none(book.lot.expires_at),
                micros_or_none(book.lot.cancel_by),
            )
            for book in lots
        ),
        tuple(sorted(pins)),
        tuple(sorted(debts)),
    )


def digest_of(state: bytes) -> str:
    """Name a stored state, whichever way it was compressed."""
    try:
        return _digest(unpacked(state))
    except ValueError:
        return "unreadable"


def _digest(kept: Kept) -> str:
    return blake2b(to_json(kept), digest_size=8).hexdigest()
