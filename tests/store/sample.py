"""Events, commands and shortcuts for tests of the store."""

import os
import warnings
from collections.abc import Callable, Mapping
from datetime import datetime
from multiprocessing import get_context
from typing import TypedDict, Unpack

from loyaltyledger.store import (
    Durability,
    Store,
    Upcast,
    migrate_store,
    open_store,
)
from loyaltyledger.testing.events import (
    DIGEST,
    NAMES,
    NOW,
    Clock,
    Closed,
    Counted,
    Part,
    counted,
    points_of,
    put,
    write,
)

__all__ = [
    "DIGEST",
    "NAMES",
    "NOW",
    "Clock",
    "Closed",
    "Counted",
    "Part",
    "counted",
    "in_child",
    "open_and_write",
    "opened",
    "points_of",
    "put",
    "write",
]


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
    prepare_threshold: int | None
    durability: Durability


def opened(url: str, **given: Unpack[Settings]) -> Store:
    """Open a ledger, made first where that is a step of its own."""
    if not url.startswith("memory"):
        migrate_store(url, schema=given.get("schema", "loyaltyledger"))
    settings: Settings = {"names": NAMES, "clock": Clock(), **given}
    return open_store(url, **settings)


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
