"""What is measured on SQLite: single commits, many in one commit, threads."""

import contextlib
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import attrs

from loyaltyledger import Ledger

from .measure import Contest, Runner, Slice, Step, repeated, stepping
from .place import Place
from .plain import PlainShop, in_sqlite
from .raw_sqlite import raw_log
from .rivals import Rivals
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
def _rivals(place: Place) -> Iterator[Rivals]:
    plain = in_sqlite(
        place.path("plain"), accounts=place.scale.members, events=place.scale.history
    )
    with small_till(place) as till, raw_log(place.path("raw")) as raw, plain as shop:
        yield Rivals(till, raw, shop)


@contextlib.contextmanager
def command(place: Place) -> Iterator[Contest]:
    """Measure one durable command."""
    members_, history = place.scale.members, place.scale.history
    facts = {"stream_events": history, "store_events": members_ * (history + 1)}
    with _rivals(place) as rivals:
        yield attrs.evolve(rivals.command(), facts=facts)


@contextlib.contextmanager
def hold_capture(place: Place) -> Iterator[Contest]:
    """Measure a hold and its capture: two commits."""
    with _rivals(place) as rivals:
        yield rivals.hold_capture(COMMAND)


@contextlib.contextmanager
def execute_many(place: Place) -> Iterator[Contest]:
    """Measure many earns in one commit."""
    with _rivals(place) as rivals:
        yield rivals.execute_many(place.scale.batch)


@contextlib.contextmanager
def purchases(place: Place) -> Iterator[Contest]:
    """Measure many purchases in one commit."""
    with _rivals(place) as rivals:
        yield rivals.purchases(place.scale.batch)


@contextlib.contextmanager
def threads(place: Place) -> Iterator[Contest]:
    """Measure single commands of several threads that share one ledger."""
    clients = place.scale.clients
    with _rivals(place) as rivals:
        till, plain, turn = rivals.till, rivals.plain, threading.Lock()

        def one_in_turn() -> None:
            with turn:
                rivals.raw.one()

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
        contest = Rivals(till, raw, shop).command_beside(COMMAND, short.command)
        yield attrs.evolve(contest, facts={"stream_events": events})


@contextlib.contextmanager
def big_store(place: Place, *, events: int) -> Iterator[Contest]:
    """Measure one durable command in a big store, on members with a cached state."""
    path = store_of(place, events)
    names = sample(members_of(events), place.scale.members)
    with _till(path, names) as till, _rivals(place) as rivals:
        till.visit_all()
        big = attrs.evolve(rivals, till=till)
        contest = big.command_beside(COMMAND, rivals.till.command)
        yield attrs.evolve(contest, facts={"store_events": events})


@contextlib.contextmanager
def big_store_cold(place: Place, *, events: int) -> Iterator[Contest]:
    """Measure the same on members nobody has asked for since the ledger was opened."""
    path = store_of(place, events)
    with _rivals(place) as rivals:
        contest = rivals.command_beside(COMMAND, rivals.till.command)
        ours, facts = _opened_anew(path, members_of(events)), {"store_events": events}
        yield attrs.evolve(contest, ours=ours, facts=facts)


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
