"""Clients in processes of their own, which all work at the same time when told to."""

import contextlib
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from typing import Any, TypeVar
from uuid import UUID

import attrs

from loyaltyledger import Ledger

from .measure import Runner, Slice, Step, repeated
from .plain import joined_in_postgres
from .raw_postgres import raw_table
from .shop import Till

HEAD_START_S = 0.01
Item = TypeVar("Item")


@attrs.frozen(kw_only=True)
class Orders:
    """What a client is to open: its own ledger, raw connection and plain shop.

    The first member and account of all are the hot ones.
    """

    url: str
    number: int
    clients: int
    members: Sequence[str]
    accounts: Sequence[UUID]

    def own(self, whose: Sequence[Item]) -> Sequence[Item]:
        """Return those that no other client works for."""
        return whose[1 + self.number :: self.clients]


@attrs.frozen(kw_only=True)
class Turn:
    """One slice of work, at the same instants for all clients."""

    job: str
    starts: float
    ends: float


Done = tuple[float, list[float]]


@attrs.frozen
class Crew:
    """Clients that wait for work."""

    pipes: Sequence["Connection[Turn | None, Done]"]

    def runner(self, job: str, clients: range) -> Runner:
        """Have these clients do a job, all at once."""
        return self.runner_beside(job, clients, None, range(0))

    def runner_beside(
        self, job: str, clients: range, other: str | None, others: range
    ) -> Runner:
        """Measure a job of some clients while others do another one."""

        def run(seconds: float) -> Slice:
            starts = time.monotonic() + HEAD_START_S
            ends = starts + seconds
            for number in clients:
                self.pipes[number].send(Turn(job=job, starts=starts, ends=ends))
            for number in others:
                turn = Turn(job=str(other), starts=starts, ends=ends)
                self.pipes[number].send(turn)
            done = [self.pipes[number].recv() for number in clients]
            for number in others:
                self.pipes[number].recv()
            latencies = [latency for _, each in done for latency in each]
            last = max(ended for ended, _ in done)
            return Slice(
                units=len(latencies), seconds=last - starts, latencies=latencies
            )

        return run


@contextlib.contextmanager
def crew(
    clients: int, url: str, members: Sequence[str], accounts: Sequence[UUID]
) -> Iterator[Crew]:
    # A child that shares nothing: no connection of ours is in it.
    context = multiprocessing.get_context("spawn")
    with contextlib.ExitStack() as closing:
        pipes = []
        for number in range(clients):
            orders = Orders(
                url=url,
                number=number,
                clients=clients,
                members=members,
                accounts=accounts,
            )
            ours, theirs = context.Pipe()
            process = context.Process(target=_client, args=(theirs,), daemon=True)
            process.start()
            theirs.close()
            # Not as an argument: start() would wait for ever for a child that died.
            ours.send(orders)
            closing.callback(process.join)
            closing.callback(ours.send, None)
            pipes.append(ours)
        for pipe in pipes:
            pipe.recv()  # it is ready
        yield Crew(pipes)


def _client(pipe: "Connection[object, Any]") -> None:
    with contextlib.ExitStack() as closing:
        jobs = _jobs(pipe.recv(), closing)
        pipe.send(None)
        turn: Turn | None
        while turn := pipe.recv():
            time.sleep(max(0.0, turn.starts - time.monotonic()))
            latencies = repeated(jobs[turn.job], until=turn.ends)
            pipe.send((time.monotonic(), latencies))


def _jobs(orders: Orders, closing: contextlib.ExitStack) -> dict[str, Step]:
    """Open everything a client can be asked to use; the first of all is one's own."""
    ledger = closing.enter_context(Ledger.open(orders.url))
    raw = closing.enter_context(raw_table(orders.url, client=orders.number + 1))
    own = orders.own(orders.accounts)
    plain = closing.enter_context(joined_in_postgres(orders.url, own))
    shared_plain = attrs.evolve(plain, accounts=orders.accounts[1:])
    hot_plain = attrs.evolve(plain, accounts=orders.accounts[:1])
    till = Till(ledger, orders.own(orders.members))
    till.visit_all()
    return {
        "ours": till.command,
        "ours, shared": Till(ledger, orders.members[1:]).command,
        "ours, hot": Till(ledger, orders.members[:1]).command,
        "floor": raw.one,
        "plain": plain.command,
        "plain, shared": shared_plain.command,
        "plain, hot": hot_plain.command,
    }
