"""What is measured of the whole log: replayed, and brought into an empty ledger."""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs
import msgspec

from loyaltyledger import Ledger, import_log

from .measure import Contest, Runner, stepping
from .place import Place
from .plain import BULK_ACCOUNTS, BULK_EVENTS, in_postgres, in_sqlite
from .raw_postgres import raw_table
from .raw_rows import RawRow, RawRows
from .raw_sqlite import RawLog, raw_log
from .stores import EVENTS_PER_MEMBER, store_of

BULK = BULK_ACCOUNTS * BULK_EVENTS
LOG = "SELECT stream, payload FROM ledger_event ORDER BY id"


@contextlib.contextmanager
def replayed(place: Place) -> Iterator[Contest]:
    """Measure the replay in one pass: lots, holds, debts, books, digest."""
    with _logged(place, place.scale.log_events) as (ledger, floor, plain):
        events = ledger.replay().events
        ours = stepping(ledger.replay, units=events)
        yield Contest(ours=ours, floor=floor, plain=plain)


@contextlib.contextmanager
def outstanding(place: Place) -> Iterator[Contest]:
    """Measure what is booked in every account, and nothing more."""
    events = place.scale.log_events
    with _logged(place, events) as (ledger, floor, plain):
        ours = stepping(ledger.outstanding, units=events)
        yield Contest(ours=ours, floor=floor, plain=plain)


@contextlib.contextmanager
def balances_as_of(place: Place) -> Iterator[Contest]:
    """Measure the balances of all accounts at an instant, from the log alone."""
    with _logged(place, place.scale.log_events) as (ledger, floor, plain):

        def ours() -> None:
            for _ in ledger.balances_as_of(programme_id="shop"):
                pass

        events = place.scale.log_events
        yield Contest(ours=stepping(ours, units=events), floor=floor, plain=plain)


@contextlib.contextmanager
def verified(place: Place) -> Iterator[Contest]:
    """Measure the check of everything, views included."""
    with _logged(place, place.scale.verified_events) as (ledger, floor, plain):
        events = ledger.verify().events
        ours = stepping(ledger.verify, units=events)
        yield Contest(ours=ours, floor=floor, plain=plain)


@contextlib.contextmanager
def imported_in_sqlite(place: Place) -> Iterator[Contest]:
    """Measure the import of a log file into a new SQLite file."""
    file, urls = _log_file(place), []

    def new_file() -> None:
        urls.append(f"sqlite:///{place.path('imported')}")

    def ours() -> None:
        import_log(urls[-1], file)

    with (
        in_sqlite(place.path("plain"), accounts=1, events=1) as shop,
        contextlib.ExitStack() as closing,
    ):
        raw = _FreshLog(place, _batches(place), closing)
        events = place.scale.log_events
        yield Contest(
            ours=stepping(ours, units=events, prepare=new_file),
            floor=stepping(raw.load, units=events, prepare=raw.prepare),
            plain=stepping(shop.bulk, units=BULK),
        )


@contextlib.contextmanager
def imported_in_postgres(place: Place) -> Iterator[Contest]:
    """Measure the same into a new database of PostgreSQL; the floor is its COPY."""
    file, urls = _log_file(place), []
    events, size = place.scale.log_events, place.scale.batch
    with place.database() as name, contextlib.ExitStack() as closing:
        url = place.server().url(name)
        raw = closing.enter_context(raw_table(url))
        shop = closing.enter_context(in_postgres(url, accounts=1, events=1))
        last = closing.enter_context(contextlib.ExitStack())

        def new_database() -> None:
            last.close()
            urls.append(place.server().url(last.enter_context(place.empty_database())))

        def ours() -> None:
            import_log(urls[-1], file)

        yield Contest(
            ours=stepping(ours, units=events, prepare=new_database),
            floor=stepping(raw.copied, units=size, prepare=raw.rows.prepare(size)),
            plain=stepping(shop.bulk, units=BULK),
        )


@attrs.define
class _FreshLog:
    """Loads the same rows into a new file each time."""

    _place: Place
    _batches: Sequence[list[RawRow]]
    _closing: contextlib.ExitStack
    _log: RawLog | None = None

    def prepare(self) -> None:
        self._closing.close()
        self._log = self._closing.enter_context(raw_log(self._place.path("raw")))

    def load(self) -> None:
        assert self._log, "prepare() came before"
        for batch in self._batches:
            self._log.commit(batch)


def _batches(place: Place) -> Sequence[list[RawRow]]:
    rows, size = RawRows(), place.scale.batch
    return [rows.make(size) for _ in range(place.scale.log_events // size)]


def _log_file(place: Place) -> Path:
    file = place.path("log").with_suffix(".jsonl")
    with Ledger.open(f"sqlite:///{store_of(place, place.scale.log_events)}") as ledger:
        ledger.export_log(file)
    return file


@contextlib.contextmanager
def _logged(place: Place, events: int) -> Iterator[tuple[Ledger, Runner, Runner]]:
    """Open a ledger of so many events, and give what its replay is held against."""
    path = store_of(place, events)
    accounts = events // EVENTS_PER_MEMBER
    plain = in_sqlite(place.path("plain"), accounts=accounts, events=EVENTS_PER_MEMBER)
    with Ledger.open(f"sqlite:///{path}") as ledger, plain as shop:
        floor = stepping(lambda: _decoded_and_folded(path), units=events)
        yield ledger, floor, stepping(shop.replay, units=events)


@attrs.frozen(kw_only=True)
class _Points:
    points: int


@attrs.frozen(kw_only=True)
class _Moved:
    """Of an event, what a balance needs."""

    lots: tuple[_Points, ...] = ()
    parts: tuple[_Points, ...] = ()


def _decoded_and_folded(path: Path) -> None:
    """Read every row, decode what gives and takes, add it up."""
    decode = msgspec.json.Decoder(_Moved).decode
    sums: dict[int, int] = {}
    with contextlib.closing(sqlite3.connect(path)) as database:
        for stream, payload in database.execute(LOG):
            moved = decode(payload)
            given = sum(lot.points for lot in moved.lots)
            taken = sum(part.points for part in moved.parts)
            sums[stream] = sums.get(stream, 0) + given - taken
