"""Writers that hold transactions open, so that later ones overtake them."""

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import attrs
import psycopg

from loyaltyledger import Ledger
from loyaltyledger.points import PointsActivated
from loyaltyledger.store import Append, Transaction
from shop import NOW

EVENTS_PER_COMMAND_MAX = 100
PAUSES_S = (0, 0, 0, 0, 0.005, 0.03)
GIVEN_UP = 0.1
"""The share of transactions that are rolled back."""


@attrs.frozen(kw_only=True)
class Filling:
    """How much one writer is to add."""

    name: str
    url: str
    events: int


@contextlib.contextmanager
def host(url: str) -> Iterator[Any]:
    """Connect as an application does that has tables of its own there."""
    if url.startswith("postgres"):
        with psycopg.connect(url) as connection:
            yield connection
    else:
        path = urlsplit(url).path.removeprefix("/")
        with contextlib.closing(sqlite3.connect(path, timeout=120)) as connection:
            yield connection


def fill(filling: Filling) -> int:
    """Commit so many events, in transactions that last for different times."""
    random = Random(filling.name)
    committed = 0
    with Ledger.open(filling.url) as ledger, host(filling.url) as connection:
        while committed < filling.events:
            transaction = ledger.store.within(connection)
            added = 0
            for _ in range(random.randint(1, 4)):
                left = filling.events - committed - added
                count = min(left, random.randint(1, EVENTS_PER_COMMAND_MAX))
                if count:
                    name = f"{filling.name}-{committed + added}"
                    added += _append(transaction, name, count)
                    time.sleep(random.choice(PAUSES_S))
            if random.random() < GIVEN_UP:
                connection.rollback()
            else:
                connection.commit()
                committed += added
    return committed


def _append(transaction: Transaction, name: str, count: int) -> int:
    """Write to a stream that nobody else writes to; what, does not matter here."""
    event = PointsActivated(lot_id=name, at=NOW, points=1)
    events = (event,) * count
    written = transaction.append(
        key=name,
        name="Fill",
        digest=b"",
        fields="",
        appends=(Append(stream=f"fill:{name}", expected=0, events=events),),
    )
    return len(written)


def follow_ids_alone(url: str, stop: Path) -> list[int]:
    """Page through the rows as if ids appeared in order; in PostgreSQL some do not."""
    seen: list[int] = []
    is_postgres = url.startswith("postgres")
    table = "loyaltyledger.ledger_event" if is_postgres else "ledger_event"
    mark = "%s" if is_postgres else "?"
    page = f"SELECT id FROM {table} WHERE id > {mark} ORDER BY id LIMIT 500"
    with host(url) as connection:
        while True:
            was_over = stop.exists()
            after = seen[-1] if seen else 0
            rows = connection.execute(page, (after,)).fetchall()
            connection.rollback()
            seen += [row[0] for row in rows]
            if was_over and not rows:
                return seen
