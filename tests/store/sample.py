"""Events, commands and shortcuts for tests of the store."""

import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from multiprocessing import get_context
from typing import TypedDict, Unpack

import attrs

from loyaltyledger.store import (
    Append,
    Durability,
    Recorded,
    Store,
    Transaction,
    Upcast,
    migrate_store,
    open_store,
)

NOW = datetime(2024, 5, 17, 10, 30, tzinfo=UTC)
DIGEST = bytes(range(16))


@attrs.frozen(kw_only=True)
class Part:
    of: str
    points: int = attrs.field(validator=attrs.validators.gt(0))


@attrs.frozen(kw_only=True)
class Counted:
    at: datetime
    points: int
    price: Decimal | None = None
    parts: tuple[Part, ...] = ()
    tags: frozenset[str] = frozenset()


@attrs.frozen(kw_only=True)
class Closed:
    at: datetime
    reason: str


NAMES: dict[str, type] = {"counted.v1": Counted, "closed.v1": Closed}


class Clock:
    """Gives an instant a second later each time."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def counted(points: int) -> Counted:
    return Counted(at=NOW, points=points)


class Settings(TypedDict, total=False):
    """What `open_store` may be told."""

    names: Mapping[str, type]
    upcasts: Mapping[str, Upcast]
    clock: Callable[[], datetime]
    schema: str
    busy_timeout_s: float
    statement_timeout_s: float | None
    idle_timeout_s: float | None
    pool_size: int
    durability: Durability


def opened(url: str, **given: Unpack[Settings]) -> Store:
    """Open a ledger, made first where that is a step of its own."""
    if not url.startswith("memory"):
        migrate_store(url, schema=given.get("schema", "loyaltyledger"))
    settings: Settings = {"names": NAMES, "clock": Clock(), **given}
    return open_store(url, **settings)


def put(
    transaction: Transaction, key: str, stream: str, expected: int, *points: int
) -> tuple[Recorded, ...]:
    """Append events that count *points* to one stream."""
    events = tuple(map(counted, points))
    return transaction.append(
        key=key,
        name="Count",
        digest=DIGEST,
        fields="{}",
        appends=[Append(stream=stream, expected=expected, events=events)],
    )


def write(store: Store, key: str, stream: str, *points: int) -> tuple[Recorded, ...]:
    """Append to the end of a stream, in a transaction of its own."""
    with store.transaction() as transaction:
        transaction.lock([stream])
        return put(transaction, key, stream, transaction.version(stream), *points)


def points_of(recorded: Iterator[Recorded] | tuple[Recorded, ...]) -> list[int]:
    return [each.event.points for each in recorded]


def in_child(work: Callable[[], object], *, as_nobody: bool = False) -> object:
    """Run *work* in a forked process, as a user who is not root; return its result."""
    context = get_context("fork")
    ours, theirs = context.Pipe()

    def run() -> None:
        if as_nobody and os.geteuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
        try:
            theirs.send(work())
        except Exception as error:  # noqa: BLE001  # the parent judges it
            theirs.send(error)

    child = context.Process(target=run)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads, and a fork
        child.start()
    assert ours.poll(60), "the child says nothing"
    result: object = ours.recv()
    child.join()
    return result


def open_and_write(task: tuple[str, int]) -> str:
    """What each of several processes does: make or open a ledger, and write to it."""
    url, number = task
    store = open_store(url, names=NAMES, clock=Clock())
    write(store, f"k{number}", "a:1", number)
    store.close()
    return store.ledger_id
