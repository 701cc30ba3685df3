"""The list of what is measured, in the order of the table."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial

import attrs

from . import log_works, postgres_works, reading_works, size_works, sqlite_works
from .measure import Contest, measure
from .place import Place
from .rows import Row, rate_row, timed_row
from .scale import Scale

Opened = Callable[[Place], AbstractContextManager[Contest]]


@attrs.frozen(kw_only=True)
class Work:
    name: str
    row: Callable[[Place], Row]


def works(scale: Scale) -> tuple[Work, ...]:
    return (*_sqlite(scale), *_postgres(), *_reading(scale), *_sizes())


def _sqlite(scale: Scale) -> Iterator[Work]:
    yield _timed("sqlite.command", "commands/s", sqlite_works.command)
    for events in scale.streams:
        opened = partial(sqlite_works.long_stream, events=events)
        yield _timed(f"sqlite.command.stream_{events}", "commands/s", opened)
    for events in scale.stores:
        name = f"sqlite.command.store_{_short(events)}"
        opened = partial(sqlite_works.big_store, events=events)
        yield _timed(name, "commands/s", opened)
        opened = partial(sqlite_works.big_store_cold, events=events)
        yield _timed(f"{name}.cold", "commands/s", opened)
    yield _timed("sqlite.hold_capture", "pairs/s", sqlite_works.hold_capture)
    yield _timed("sqlite.threads_8", "commands/s", sqlite_works.threads)
    yield _rate("sqlite.execute_many", "commands/s", sqlite_works.execute_many)
    yield _rate("sqlite.execute_many.purchases", "purchases/s", sqlite_works.purchases)
    yield _rate("sqlite.bulk", "events/s", log_works.imported_in_sqlite)


def _postgres() -> Iterator[Work]:
    yield _timed("postgres.command.1", "commands/s", postgres_works.command)
    yield _timed("postgres.command.8", "commands/s", postgres_works.spread)
    yield _timed("postgres.command.8_shared", "commands/s", postgres_works.shared)
    yield _timed("postgres.command.4_hot", "commands/s", postgres_works.hot)
    name = "postgres.command.8_beside_4_hot"
    yield _timed(name, "commands/s", postgres_works.beside_hot)
    yield _timed("postgres.hold_capture", "pairs/s", postgres_works.hold_capture)
    yield _rate("postgres.execute_many", "commands/s", postgres_works.execute_many)
    yield _rate("postgres.bulk", "events/s", log_works.imported_in_postgres)


def _reading(scale: Scale) -> Iterator[Work]:
    lengths = (scale.history, *scale.streams)
    kinds = (
        ("balance.read", reading_works.balance),
        ("balance.read.at", reading_works.balance_at),
        ("balance.read.cold", reading_works.balance_cold),
    )
    for name, opened in kinds:
        for events in lengths:
            suffix = "" if events == scale.history else f".stream_{events}"
            yield _timed(name + suffix, "reads/s", partial(opened, events=events))
    yield _timed("balance.read.postgres", "reads/s", reading_works.balance_postgres)
    yield _rate("replay.python", "events/s", log_works.replayed)
    yield _rate("replay.balances", "events/s", log_works.outstanding)
    yield _rate("replay.balances_as_of", "events/s", log_works.balances_as_of)
    yield _rate("replay.verify", "events/s", log_works.verified)


def _sizes() -> Iterator[Work]:
    yield Work(name="disk", row=size_works.disk)
    yield Work(name="disk.postings", row=size_works.disk_of_postings)
    yield Work(name="disk.with_views", row=size_works.disk_with_views)
    yield Work(name="memory", row=size_works.memory)


def _timed(name: str, unit: str, opened: Opened) -> Work:
    return Work(name=name, row=partial(_measured, name, unit, opened, timed_row))


def _rate(name: str, unit: str, opened: Opened) -> Work:
    return Work(name=name, row=partial(_measured, name, unit, opened, rate_row))


def _measured(
    name: str,
    unit: str,
    opened: Opened,
    row: Callable[..., Row],
    place: Place,
) -> Row:
    with opened(place) as contest:
        return row(name, unit, contest, measure(contest, place.scale))


def _short(count: int) -> str:
    """Write 10000000 as 10m."""
    for size, letter in ((1_000_000, "m"), (1000, "k")):
        if count % size == 0:
            return f"{count // size}{letter}"
    return str(count)
