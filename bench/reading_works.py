"""What is measured of reading balances."""

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import attrs

from loyaltyledger import Balance, Ledger

from .measure import Contest, Runner, Slice, Step, stepping
from .place import Place
from .plain import in_postgres, in_sqlite
from .raw_postgres import raw_table
from .raw_sqlite import raw_log
from .shop import Till, fill_with, members, points_of

ACCOUNTS_MAX = 200
SHORT = "short"


@attrs.define
class Reader:
    """Asks for the balances of its members, one after the other."""

    ledger: Ledger
    members: Sequence[str]
    at: datetime | None = None
    _turn: int = 0

    def balance(self) -> Balance:
        self._turn += 1
        whose = points_of(self.members[self._turn % len(self.members)])
        return self.ledger.balance(at=self.at, **whose)


@contextlib.contextmanager
def balance(place: Place, *, events: int) -> Iterator[Contest]:
    """Measure the balance now, in a ledger that has carried out a command on it."""
    with (
        _read(place, events) as (path, names, floor, plain),
        Ledger.open(f"sqlite:///{path}") as ledger,
    ):
        Till(ledger, names).visit_all()
        ledger.views.follow()
        reader = Reader(ledger, names)
        yield _contest(stepping(reader.balance), floor, plain, events)


@contextlib.contextmanager
def balance_at(place: Place, *, events: int) -> Iterator[Contest]:
    """Measure the balance at an instant in the middle of the history."""
    with (
        _read(place, events) as (path, names, floor, plain),
        Ledger.open(f"sqlite:///{path}") as ledger,
    ):
        Till(ledger, names).visit_all()
        ledger.views.follow()
        reader = Reader(ledger, names, _middle(path, names[0]))
        yield _contest(stepping(reader.balance), floor, plain, events)


@contextlib.contextmanager
def balance_cold(place: Place, *, events: int) -> Iterator[Contest]:
    """Measure the first balance after the ledger was opened."""
    with _read(place, events) as (path, names, floor, plain):

        def run(seconds: float) -> Slice:
            with Ledger.open(f"sqlite:///{path}") as ledger:
                # What every account needs: a connection, the programme.
                Reader(ledger, (SHORT,)).balance()
                return _at_most(len(names), Reader(ledger, names).balance, seconds)

        yield _contest(run, floor, plain, events)


@contextlib.contextmanager
def balance_postgres(place: Place) -> Iterator[Contest]:
    """Measure the balance now on PostgreSQL."""
    scale = place.scale
    with place.database() as name:
        url = place.server().url(name)
        plain = in_postgres(url, accounts=ACCOUNTS_MAX, events=scale.history)
        with Ledger.open(url) as ledger, raw_table(url) as raw, plain as shop:
            raw.fill(scale.batch)
            Till(ledger, members(scale)).visit_all()
            ledger.views.follow()
            yield Contest(
                ours=stepping(Reader(ledger, members(scale)).balance),
                floor=stepping(raw.seek),
                plain=stepping(shop.read),
            )


@contextlib.contextmanager
def _read(
    place: Place, events: int
) -> Iterator[tuple[Path, Sequence[str], Step, Step]]:
    """Make accounts of a length, with lots and holds, and the others' beside them."""
    accounts = max(1, min(ACCOUNTS_MAX, place.scale.long_events // events))
    names = tuple(f"long-{n}" for n in range(accounts))
    filled = place.folder / f"read-{events}.db"
    if not filled.exists():
        fill_with(f"sqlite:///{filled}", names, events)
        fill_with(f"sqlite:///{filled}", (SHORT,), place.scale.history)
        with Ledger.open(f"sqlite:///{filled}") as ledger:
            ledger.views.follow()
    path = place.path("read")
    shutil.copyfile(filled, path)
    plain = in_sqlite(place.path("plain"), accounts=2, events=events)
    with raw_log(place.path("raw")) as raw, plain as shop:
        raw.fill(place.scale.batch)
        yield path, names, raw.seek, shop.read


def _contest(ours: Runner, floor: Step, plain: Step, events: int) -> Contest:
    return Contest(
        ours=ours,
        floor=stepping(floor),
        plain=stepping(plain),
        facts={"stream_events": events},
    )


def _at_most(steps: int, step: Step, seconds: float) -> Slice:
    """Do a step until time is up, or until it would meet somebody again."""
    done = [stepping(step)(0)]
    while len(done) < steps and sum(one.seconds for one in done) < seconds:
        done.append(stepping(step)(0))
    latencies = [latency for one in done for latency in one.latencies]
    return Slice(units=len(latencies), seconds=sum(latencies), latencies=latencies)


def _middle(path: Path, member_id: str) -> datetime:
    """Return when the event in the middle of an account happened."""
    query = (
        "SELECT e.at FROM ledger_event e JOIN ledger_stream s ON s.id = e.stream "
        "WHERE s.name = ? AND e.version = s.version / 2"
    )
    name = f"account:shop:member:{member_id}:points"
    with contextlib.closing(sqlite3.connect(path)) as database:
        ((micros,),) = database.execute(query, (name,)).fetchall()
    return datetime.fromtimestamp(micros / 1_000_000, UTC)
