"""Concurrent clients of one ledger, who note what they do and see."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import attrs

from loyaltyledger import Ledger, Receipt
from loyaltyledger.points import Granted, Taken
from loyaltyledger.store import Recorded
from shop import programme
from survival.history import Entry, History, Read, Write
from survival.kills_work import REFUSALS

MEMBERS = ("ann", "bob", "cem")
THREADS = 2
WRITES_MIN = 100
"""Of each client, however slow the machine is."""
ERA_S = 2.0
"""After so long come other members: long accounts are measured elsewhere."""


@attrs.frozen(kw_only=True)
class Task:
    """One process with a ledger of its own; all begin at *start*."""

    name: str
    url: str
    start: float
    seconds: float = 0
    stop: Path

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self.start + self.seconds


def set_up(url: str) -> History:
    start = time.monotonic()
    with Ledger.open(url) as ledger:
        receipt = ledger.define(key="define", programme=programme())
    return History(writes=(written(receipt, start),))


def written(receipt: Receipt, start: float) -> Write:
    places = tuple((one.position, one.stream, one.version) for one in receipt.events)
    end = time.monotonic()
    return Write(key=receipt.key, start=start, end=end, places=places)


def record(task: Task) -> History:
    """Let threads share a ledger, and put together what they noted."""
    with Ledger.open(task.url) as ledger:
        clients = [
            Client(ledger, task, f"{task.name}-{number}") for number in range(THREADS)
        ]
        threads = [threading.Thread(target=client.run) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for client in clients:
        if client.raised is not None:
            raise client.raised
    return together(client.history() for client in clients)


def follow(task: Task) -> History:
    """Page through the log until nothing more can come."""
    random = Random(task.name)
    seen: list[int] = []
    with Ledger.open(task.url) as ledger:
        while True:
            was_over = task.stop.exists()
            after = seen[-1] if seen else 0
            page = ledger.store.raw(after=after, limit=random.randint(1, 700))
            seen += [event.position for event in page]
            if was_over and not page:
                return History(followed=(tuple(seen),))


def together(histories: Iterable[History]) -> History:
    every = list(histories)
    return History(
        writes=tuple(one for each in every for one in each.writes),
        reads=tuple(one for each in every for one in each.reads),
        followed=tuple(one for each in every for one in each.followed),
    )


class Client:
    """One thread, that does whatever chance says."""

    def __init__(self, ledger: Ledger, task: Task, name: str) -> None:
        self.raised: BaseException | None = None
        self._ledger = ledger
        self._task = task
        self._name = name
        self._random = Random(name)
        self._writes: list[Write] = []
        self._reads: list[Read] = []
        self._made = 0

    def history(self) -> History:
        return History(writes=tuple(self._writes), reads=tuple(self._reads))

    def run(self) -> None:
        acts = (self._earn, self._earn, self._spend, self._move, self._hold_or_void)
        choices = (*acts, self._read, self._read, self._read, self._same)
        try:
            while not self._task.is_over or len(self._writes) < WRITES_MIN:
                self._random.choice(choices)()
        except BaseException as error:  # noqa: BLE001  # raised by `record`
            self.raised = error

    def _member(self) -> str:
        """Choose one of this era's members, and see that they are enrolled."""
        era = int((time.monotonic() - self._task.start) / ERA_S)
        member = f"{self._random.choice(MEMBERS)}{era}"
        self._do(self._ledger.enrol, key=f"enrol {member}", member_id=member)
        return member

    def _key(self) -> str:
        self._made += 1
        return f"{self._name}-{self._made}"

    def _do(self, act: Callable[..., Receipt], key: str, **fields: Any) -> None:
        start = time.monotonic()
        try:
            receipt = act(key=key, programme_id="shop", **fields)
        except REFUSALS:
            return
        self._writes.append(written(receipt, start))

    def _points(self, act: Callable[..., Receipt], key: str, **fields: Any) -> None:
        self._do(act, key, point_type="points", **fields)

    def _earn(self) -> None:
        points = self._random.randint(1, 9)
        member = self._member()
        self._points(self._ledger.earn, self._key(), member_id=member, points=points)

    def _spend(self) -> None:
        points = self._random.randint(1, 9)
        member = self._member()
        self._points(self._ledger.spend, self._key(), member_id=member, points=points)

    def _move(self) -> None:
        giver, taker = self._member(), self._member()
        move = {"member_id": giver, "to_member": taker, "points": 2}
        self._points(self._ledger.transfer, self._key(), **move)

    def _hold_or_void(self) -> None:
        hold = {"member_id": self._member(), "hold_id": self._key(), "points": 1}
        self._points(self._ledger.hold, self._key(), **hold)
        del hold["points"]
        self._points(self._ledger.void, self._key(), **hold)

    def _same(self) -> None:
        """Send what others send too, under the same key."""
        member = self._member()
        number = self._random.randint(1, 20)
        earn = {"member_id": member, "points": number}
        self._points(self._ledger.earn, f"same {member} {number}", **earn)

    def _read(self) -> None:
        member = self._member()
        start = time.monotonic()
        found = self._ledger.balance(
            programme_id="shop", member_id=member, point_type="points"
        )
        end = time.monotonic()
        stream = f"account:shop:member:{member}:points"
        points = found.available - found.debt
        self._reads.append(Read(stream=stream, start=start, end=end, points=points))


def log_of(ledger: Ledger) -> list[Entry]:
    """Read the log with the key of each event; only points given and taken count."""
    keys = {
        row.first_event + number: row.key
        for row in ledger.store.commands()
        for number in range(row.events)
    }
    return [
        Entry(
            position=one.position,
            stream=one.stream,
            version=one.version,
            key=keys[one.position],
            points=_change(one.event),
        )
        for one in _all(ledger)
    ]


def positions(ledger: Ledger) -> tuple[int, ...]:
    return tuple(one.position for one in _all(ledger))


def _all(ledger: Ledger) -> Iterator[Recorded]:
    after = 0
    while page := ledger.store.log(after=after):
        yield from page
        after = page[-1].position


def _change(event: object) -> int:
    match event:
        case Granted():
            return sum(lot.points for lot in event.lots)
        case Taken():
            return -sum(part.points for part in event.parts)
        case _:
            return 0
