"""Accounts at an instant, from a checkpoint and the few events that follow it.

What a checkpoint has left out is what nothing happens to any more. Where something
does, or where something is owed, nothing is answered: the whole stream says it.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import attrs

from ..points import Balance, Expiring
from ..store import UNFOLDABLE, Reading, Store
from ..store.batch import is_storable
from ..store.records import instant, micros
from .accounts import ACCOUNTS
from .booking import Books
from .checkpoints import books_of, unpacked
from .rows import Row

EVER = 2**63 - 1
NOTHING = 0, (), (), ()

# A host's own role may be allowed less than ours.
TABLES = {
    "sqlite": "SELECT 1 FROM main.sqlite_master WHERE name = 'view_checkpoint' AND ?",
    "postgresql": "SELECT 1 FROM pg_catalog.pg_class c "
    "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ? "
    "AND c.relname IN ('view_account', 'view_checkpoint', 'view_position') "
    "AND has_table_privilege(c.oid, 'SELECT') HAVING count(*) = 3",
}
_OF = "account = (SELECT id FROM {schema}.view_account WHERE stream = ?)"
BASE = (
    "SELECT version, latest_at, state FROM {schema}.view_checkpoint "  # noqa: S608  # no data in it
    f"WHERE {_OF} AND latest_at <= ? AND recorded_at <= ? AND version >= ? "
    "AND version <= (SELECT version FROM {stream} WHERE name = ?) "
    "AND EXISTS (SELECT 1 FROM {schema}.view_position WHERE name = ? AND version = ?) "
    "ORDER BY latest_at DESC, version DESC LIMIT 1"
)
_BEYOND = (
    "SELECT version FROM {schema}.view_checkpoint "  # noqa: S608  # no data in it
    f"WHERE {_OF} AND latest_at >= ? AND version >= ? "
    "AND (earliest_after > ? OR recorded_at > ?) ORDER BY latest_at, version LIMIT 1"
)
_LAST = (
    f"SELECT version FROM {{schema}}.view_checkpoint WHERE {_OF} "  # noqa: S608  # no data in it
    "ORDER BY latest_at DESC, version DESC LIMIT 1"
)
SPAN = f"SELECT ({_BEYOND}), ({_LAST})"


@attrs.frozen(kw_only=True)
class Seen:
    """What is asked about: events that happened, and were recorded, by then."""

    stream: str
    at: int = EVER
    recorded_at: int = EVER


class CheckpointReader:
    """Reads checkpoints in the same picture of the database as the log."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._are_there = False

    def standing(
        self,
        reading: Reading,
        stream: str,
        *,
        at: datetime | None,
        known_at: datetime | None = None,
        version_min: int = 0,
    ) -> "RowStanding | None":
        """Return an account as of *at*, or as it is now; None: fold the whole stream.

        A checkpoint before *version_min* is left alone.
        """
        seen = Seen(
            stream=stream,
            at=EVER if at is None else micros(at),
            recorded_at=EVER if known_at is None else micros(known_at),
        )
        try:
            books = self._books(reading, seen, version_min)
        except UNFOLDABLE:
            return None
        if books is None or books.owing[0]:
            return None
        standing = RowStanding(books.by_stream[stream], books)
        return standing if standing.is_whole else None

    def _books(self, reading: Reading, seen: Seen, version_min: int) -> Books | None:
        if not (is_storable(seen.stream) and self._has_tables(reading)):
            return None
        asked = (seen.stream, seen.at, seen.recorded_at, version_min, seen.stream)
        found = reading.rows(BASE, (*asked, ACCOUNTS.name, ACCOUNTS.version))
        if found:
            version, latest_at, state = found[0]
            books = books_of(seen.stream, latest_at, unpacked(state))
        elif version_min:
            return None
        else:
            version, latest_at = 0, -EVER
            books = books_of(seen.stream, latest_at, NOTHING)
        return _followed(reading, seen, books, version, latest_at)

    def _has_tables(self, reading: Reading) -> bool:
        if not self._are_there:
            asked = (self._store.schema or "1",)
            self._are_there = bool(reading.rows(TABLES[self._store.dialect], asked))
        return self._are_there


def _followed(
    reading: Reading, seen: Seen, books: Books, version: int, latest_at: int
) -> Books | None:
    """Take in what follows a checkpoint and is seen."""
    beyond: int | None = version
    last: int | None = version
    if seen.at != EVER or seen.recorded_at != EVER:
        asked = (latest_at, version, seen.at, seen.recorded_at)
        ((beyond, last),) = reading.rows(SPAN, (seen.stream, *asked, seen.stream))
    if last is None:
        return None
    spans = [(version, EVER)]
    if beyond is not None and beyond < last:
        spans = [(version, beyond), (last, EVER)]
    for after, until in spans:
        if after < until:
            for one in reading.events_seen(
                seen.stream,
                after=after,
                until=until,
                at=seen.at,
                recorded_at=seen.recorded_at,
            ):
                books.evolve(one)
    return books


class LotAt(NamedTuple):
    """What is left in a lot at an instant, and how much of it open holds pin."""

    row: Row
    held: int
    status: str


LIVE, PENDING, DEAD = "live", "pending", "dead"


def _status(row: Row, at: int) -> str:
    starts = row["available_from"]
    dies = row["cancel_by"] if starts is None else row["expires_at"]
    if dies is not None and dies <= at:
        return DEAD
    return LIVE if starts is not None and starts <= at else PENDING


class RowStanding:
    """An account that owes nothing, as its rows say."""

    def __init__(self, account: Row, books: Books) -> None:
        self._latest_at: int = account["latest_at"]
        self._lots = books.touched[0]
        self._pins = books.pins.rows.items()

    @property
    def is_whole(self) -> bool:
        return all(lot_id in self._lots for (_, _, lot_id), _ in self._pins)

    def lots(self, at: datetime) -> Iterator[LotAt]:
        instant_at = max(micros(at), self._latest_at)
        held = self._held(instant_at)
        for lot_id, row in self._lots.items():
            yield LotAt(row, held.get(lot_id, 0), _status(row, instant_at))

    def _held(self, at: int) -> dict[str, int]:
        held: dict[str, int] = {}
        for (_, _, lot_id), pin in self._pins:
            if pin["lapses_at"] > at:
                held[lot_id] = held.get(lot_id, 0) + pin["points"]
        return held

    def balance(self, at: datetime) -> Balance:
        instant_at = max(micros(at), self._latest_at)
        pinned = self._held(instant_at)
        available = pending = 0
        expiring: dict[int, int] = {}
        for lot_id, row in self._lots.items():
            status = _status(row, instant_at)
            if status == LIVE:
                available += row["remaining"]
                dies = row["expires_at"]
                if dies is not None:
                    free = row["remaining"] - pinned.get(lot_id, 0)
                    expiring[dies] = expiring.get(dies, 0) + free
            elif status == PENDING:
                pending += row["remaining"]
            else:
                available += pinned.get(lot_id, 0)
        return Balance(
            at=instant(instant_at),
            available=available,
            held=sum(pinned.values()),
            pending=pending,
            expiring=tuple(
                Expiring(expires_at=instant(dies), points=points)
                for dies, points in sorted(expiring.items())
                if points
            ),
        )
