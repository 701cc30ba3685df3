"""What is measured on SQLite: single commits, many in one commit, threads."""

import contextlib
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from loyaltyledger import Ledger

from .measure import Contest, Runner, Slice, Step, repeated, stepping
from .place import Place
from .plain import PlainShop, in_sqlite
from .raw_sqlite import RawLog, raw_log
from .shop import Till, fill, fill_with, members
from .stores import members_of, sample, store_of

COMMAND = "sqlite.command"


@contextlib.contextmanager
def small_till(place: Place) -> Iterator[Till]:
    """Open a till in a copy of the small shop, every member's state in the cache."""
    filled = place.folder / "small.db"
    if not filled.exists():
        fill(f"sqlite:///{filled}", place.scale)
    path = place.path("small")
    shutil.copyfile(filled, path)
    with _till(path, members(place.scale)) as till:
        till.visit_all()
        yield till


@contextlib.contextmanager
def _till(path: Path, names: Sequence[str]) -> Iterator[Till]:
    with Ledger.open(f"sqlite:///{path}") as ledger:
        yield Till(ledger, names)


@contextlib.contextmanager
def _rivals(place: Place) -> Iterator[tuple[Till, RawLog, PlainShop]]:
    plain = in_sqlite(
        place.path("plain"), accounts=place.scale.members, events=place.scale.history
    )
    with small_till(place) as till, raw_log(place.path("raw")) as raw, plain as shop:
        yield till, raw, shop


@contextlib.contextmanager
def command(place: Place) -> Iterator[Contest]:
    """Measure one durable command."""
    members_, history = place.scale.members, place.scale.history
    with _rivals(place) as (till, raw, plain):
        yield Contest(
            ours=stepping(till.command),
            floor=stepping(raw.one),
            plain=stepping(plain.command),
            facts={"stream_events": history, "store_events": members_ * (history + 1)},
        )


@contextlib.contextmanager
def hold_capture(place: Place) -> Iterator[Contest]:
    """Measure a hold and its capture: two commits."""
    with _rivals(place) as (till, raw, plain):
        yield Contest(
            ours=stepping(till.hold_and_capture),
            floor=stepping(raw.two),
            plain=stepping(plain.hold_and_capture),
            beside=(COMMAND, stepping(till.command)),
        )


@contextlib.contextmanager
def execute_many(place: Place) -> Iterator[Contest]:
    """Measure many earns in one commit."""
    size = place.scale.batch
    with _rivals(place) as (till, raw, plain):
        yield Contest(
            ours=stepping(till.batch(size), units=size),
            floor=stepping(raw.batch, units=size, prepare=raw.prepare(size)),
            plain=stepping(plain.batch(size), units=size),
        )


@contextlib.contextmanager
def purchases(place: Place) -> Iterator[Contest]:
    """Measure many purchases in one commit; each has two lines, two streams."""
    size = place.scale.batch
    with _rivals(place) as (till, raw, _):
        yield Contest(
            ours=stepping(till.purchases(size), units=size),
            floor=stepping(raw.batch, units=size, prepare=raw.prepare(size)),
        )


@contextlib.contextmanager
def threads(place: Place) -> Iterator[Contest]:
    """Measure single commands of several threads that share one ledger."""
    clients = place.scale.clients
    with _rivals(place) as (till, raw, plain):
        turn = threading.Lock()

        def one_in_turn() -> None:
            with turn:
                raw.one()

        tills = [Till(till.ledger, till.members) for _ in range(clients)]
        shops = [PlainShop(plain.app, plain.accounts) for _ in range(clients)]
        yield Contest(
            ours=_together([each.command for each in tills]),
            floor=_together([one_in_turn] * clients),
            plain=_together([each.command for each in shops]),
            beside=(COMMAND, stepping(till.command)),
        )


@contextlib.contextmanager
def long_stream(place: Place, *, events: int) -> Iterator[Contest]:
    """Measure one durable command on accounts with a long history."""
    accounts = max(1, place.scale.long_events // events)
    names = tuple(f"long-{n}" for n in range(accounts))
    path = place.path(f"stream-{events}")
    fill_with(f"sqlite:///{path}", names, events)
    plain = in_sqlite(place.path("plain"), accounts=2, events=events)
    with (
        _till(path, names) as till,
        small_till(place) as short,
        raw_log(place.path("raw")) as raw,
        plain as shop,
    ):
        till.visit_all()
        yield Contest(
            ours=stepping(till.command),
            floor=stepping(raw.one),
            plain=stepping(shop.command),
            beside=(COMMAND, stepping(short.command)),
            facts={"stream_events": events},
        )


@contextlib.contextmanager
def big_store(place: Place, *, events: int) -> Iterator[Contest]:
    """Measure one durable command in a big store, on members with a cached state."""
    path = store_of(place, events)
    names = sample(members_of(events), place.scale.members)
    with _till(path, names) as till, _rivals(place) as (small, raw, plain):
        till.visit_all()
        yield Contest(
            ours=stepping(till.command),
            floor=stepping(raw.one),
            plain=stepping(plain.command),
            beside=(COMMAND, stepping(small.command)),
            facts={"store_events": events},
        )


@contextlib.contextmanager
def big_store_cold(place: Place, *, events: int) -> Iterator[Contest]:
    """Measure the same on members nobody has asked for since the ledger was opened."""
    path = store_of(place, events)
    with _rivals(place) as (small, raw, plain):
        yield Contest(
            ours=_opened_anew(path, members_of(events)),
            floor=stepping(raw.one),
            plain=stepping(plain.command),
            beside=(COMMAND, stepping(small.command)),
            facts={"store_events": events},
        )


def _opened_anew(path: Path, names: Sequence[str]) -> Runner:
    """Open the ledger for each slice, so that hardly a member is met twice."""

    def run(seconds: float) -> Slice:
        with _till(path, names) as till:
            till.command()  # what every member needs: a connection, the programme
            return stepping(till.command)(seconds)

    return run


def _together(steps: Sequence[Step]) -> Runner:
    """Let each thread do its step again and again; the clock on the wall counts."""

    def run(seconds: float) -> Slice:
        started = time.monotonic()
        found: list[list[float]] = []
        work: Callable[[Step], None] = partial(_collect, found, started + seconds)
        running = [threading.Thread(target=work, args=(step,)) for step in steps]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()
        latencies = [latency for one in found for latency in one]
        return Slice(
            units=len(latencies),
            seconds=time.monotonic() - started,
            latencies=latencies,
        )

    return run


def _collect(found: list[list[float]], until: float, step: Step) -> None:
    found.append(repeated(step, until=until))
