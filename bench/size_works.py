"""What is measured of sizes: an event on disk, an account in memory."""

import contextlib
import gc
import sqlite3
import tracemalloc
from collections.abc import Callable

import attrs

from loyaltyledger import Ledger
from loyaltyledger.points import postings

from .place import Place
from .plain import in_sqlite
from .raw_sqlite import file_bytes, raw_log
from .rows import Row, size_row
from .shop import Till, fill, members

LOTS = 4


def disk(place: Place) -> Row:
    """All tables and indexes of the record; the views have not followed yet."""
    path = place.path("disk")
    fill(f"sqlite:///{path}", place.scale)
    return _disk_row(place, "disk", _file_bytes(str(path)) / _events(str(path)))


def disk_of_postings(place: Place) -> Row:
    """The same for each posting: a leg of double entry, of which an event has two."""
    path = str(place.path("disk"))
    fill(f"sqlite:///{path}", place.scale)
    ours = _file_bytes(path) / _postings(path)
    return _disk_row(place, "disk.postings", ours) | {"unit": "B/posting"}


def disk_with_views(place: Place) -> Row:
    """The same after the views have followed."""
    path = place.path("disk")
    fill(f"sqlite:///{path}", place.scale)
    with Ledger.open(f"sqlite:///{path}") as ledger:
        ledger.liability(programme_id="shop")
    ours = _file_bytes(str(path)) / _events(str(path))
    return _disk_row(place, "disk.with_views", ours)


def memory(place: Place) -> Row:
    """What a cached account needs, that of its member included."""
    names = members(place.scale)
    path = place.path("memory")
    fill(f"sqlite:///{path}", place.scale)
    plain = in_sqlite(place.path("plain"), accounts=1, events=place.scale.history)
    with Ledger.open(f"sqlite:///{path}") as ledger, plain as shop:
        shown = Till(ledger, names[:1])
        shown.visit_all()
        ours = _allocated(Till(ledger, names).visit_all)
        theirs = _allocated(lambda: [shop.account() for _ in names])
        floor = _allocated(lambda: {name: _account(name) for name in names})
    count = len(names)
    return size_row(
        "memory",
        "B/account",
        ours=ours / count,
        floor=floor / count,
        plain=theirs / count,
    )


def _disk_row(place: Place, work: str, ours: float) -> Row:
    scale = place.scale
    path = place.path("plain")
    with in_sqlite(path, accounts=scale.members, events=scale.history):
        pass
    with contextlib.closing(sqlite3.connect(path)) as database:
        plain = file_bytes(database) / (scale.members * scale.history)
    with raw_log(place.path("raw")) as raw:
        raw.fill(scale.members * scale.history)
        floor = raw.bytes_per_row()
    return size_row(work, "B/event", ours=ours, floor=floor, plain=plain)


def _file_bytes(path: str) -> int:
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return file_bytes(database)


def _events(path: str) -> int:
    with contextlib.closing(sqlite3.connect(path)) as database:
        (events,) = database.execute("SELECT count(*) FROM ledger_event").fetchone()
        return int(events)


def _postings(path: str) -> int:
    with Ledger.open(f"sqlite:///{path}") as ledger:
        streams = ledger.store.all_streams("account:")
        return sum(len(postings(one.event)) for _, events in streams for one in events)


def _allocated(make: Callable[[], object]) -> int:
    """Count the bytes that Python keeps of what was made, caches included."""
    gc.collect()
    tracemalloc.start()
    try:
        made = make()
        gc.collect()
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    del made
    return kept


@attrs.frozen
class _Lot:
    points: int
    expires: int


@attrs.frozen
class _Account:
    """The least that an account in memory is made of."""

    version: int
    balance: int
    held: int
    lots: tuple[_Lot, ...]


def _account(name: str) -> _Account:
    seed = hash(name)
    lots = tuple(_Lot(seed + number, seed - number) for number in range(LOTS))
    return _Account(seed, seed + 1, seed + 2, lots)
