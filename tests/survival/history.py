"""What concurrent clients did and saw, checked against the log.

The log is the order of everything. So each acknowledged key stands in it once, streams
count 1..n, who began after another's answer stands behind it, and every read is the sum
of a prefix that holds what was acknowledged before, and never shrinks.

Times are of one monotonic clock. All functions are pure, and return faults as text.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

import attrs


@attrs.frozen(kw_only=True)
class Entry:
    """An event of the log; *points* is what it changed."""

    position: int
    stream: str
    version: int
    key: str
    points: int


@attrs.frozen(kw_only=True)
class Write:
    """A command that was answered: when it was sent, when answered, and where it is."""

    key: str
    start: float
    end: float
    places: tuple[tuple[int, str, int], ...]


@attrs.frozen(kw_only=True)
class Read:
    """The points of one stream, as seen between *start* and *end*."""

    stream: str
    start: float
    end: float
    points: int


@attrs.frozen(kw_only=True)
class History:
    """Everything that the clients noted."""

    writes: tuple[Write, ...] = ()
    reads: tuple[Read, ...] = ()
    followed: tuple[tuple[int, ...], ...] = ()


def faults(history: History, log: Sequence[Entry]) -> tuple[str, ...]:
    """Say what cannot be; *log* is in the order of positions."""
    return (
        *wrong_versions(log),
        *wrong_keys(history.writes, log),
        *wrong_order(history.writes),
        *wrong_reads(history, log),
        *(
            fault
            for seen in history.followed
            for fault in wrong_following(seen, [entry.position for entry in log])
        ),
    )


def wrong_versions(log: Iterable[Entry]) -> Iterator[str]:
    last: Counter[str] = Counter()
    position = 0
    for entry in log:
        if entry.version != last[entry.stream] + 1:
            yield f"{entry.stream}: {entry.version} follows {last[entry.stream]}"
        if entry.position <= position:
            yield f"position {entry.position} follows {position}"
        last[entry.stream], position = entry.version, entry.position


def wrong_keys(writes: Iterable[Write], log: Iterable[Entry]) -> Iterator[str]:
    """Each key is there with what its clients were told, and no other is."""
    places: dict[str, list[tuple[int, str, int]]] = {}
    for entry in log:
        place = entry.position, entry.stream, entry.version
        places.setdefault(entry.key, []).append(place)
    told: dict[str, tuple[tuple[int, str, int], ...]] = {}
    for write in writes:
        if told.setdefault(write.key, write.places) != write.places:
            yield f"{write.key} has two receipts"
    for key in told.keys() | places.keys():
        if list(told.get(key, ())) != places.get(key, []):
            yield f"{key}: told {told.get(key)}, found {places.get(key)}"


def merged(writes: Iterable[Write]) -> list[Write]:
    """Make one of those that several clients sent.

    It was done between the first sending and the first answer.
    """
    done: dict[str, Write] = {}
    for write in writes:
        known = done.get(write.key, write)
        start, end = min(known.start, write.start), min(known.end, write.end)
        done[write.key] = attrs.evolve(known, start=start, end=end)
    return list(done.values())


def wrong_order(writes: Iterable[Write]) -> Iterator[str]:
    """What was answered before another began stands before it."""
    done = merged(writes)
    by_end = sorted(done, key=lambda write: write.end)
    latest, answered = 0, 0
    for write in sorted(done, key=lambda write: write.start):
        while by_end[answered].end < write.start:
            latest = max(latest, *(place[0] for place in by_end[answered].places))
            answered += 1
        first = min(place[0] for place in write.places)
        if first <= latest:
            yield f"{write.key} at {first} began after {latest} was answered"


def wrong_following(seen: Sequence[int], log: Sequence[int]) -> Iterator[str]:
    """Who has followed to the end has seen each event once, in the order of the log."""
    if tuple(seen) == tuple(log):
        return
    missed = len(set(log) - set(seen))
    repeated = len(seen) - len(set(seen))
    yield f"a follower missed {missed} and saw {repeated} again, of {len(log)}"


def wrong_reads(history: History, log: Iterable[Entry]) -> Iterator[str]:
    sums: dict[str, list[int]] = {}
    for entry in log:
        sums.setdefault(entry.stream, []).append(entry.points)
    done = merged(history.writes)
    for stream in sorted({read.stream for read in history.reads}):
        balances = list(accumulate(sums.get(stream, ()), initial=0))
        reads = [read for read in history.reads if read.stream == stream]
        yield from _wrong_reads(reads, balances, Bounds.of(done, stream))


@attrs.frozen(kw_only=True)
class Bounds:
    """Which versions of a stream a read must have seen, and which it can have seen."""

    answered: tuple[tuple[float, int], ...]
    sent: tuple[tuple[float, int], ...]

    @classmethod
    def of(cls, done: Iterable[Write], stream: str) -> "Bounds":
        versions = [
            (write, version)
            for write in done
            for _, name, version in write.places
            if name == stream
        ]
        answered = sorted((write.end, version) for write, version in versions)
        sent = sorted((write.start, version) for write, version in versions)
        newest = accumulate((version for _, version in answered), max)
        oldest = list(accumulate((version for _, version in reversed(sent)), min))
        return cls(
            answered=tuple(zip((end for end, _ in answered), newest, strict=True)),
            sent=tuple(
                zip((start for start, _ in sent), reversed(oldest), strict=True)
            ),
        )

    def least(self, start: float) -> int:
        """Return the newest version that was answered before *start*."""
        count = bisect_left(self.answered, (start, 0))
        return self.answered[count - 1][1] if count else 0

    def most(self, end: float, newest: int) -> int:
        """Return the version before the oldest one that was sent only after *end*."""
        count = bisect_right(self.sent, (end, newest))
        return self.sent[count][1] - 1 if count < len(self.sent) else newest


def _wrong_reads(
    reads: Sequence[Read], balances: Sequence[int], bounds: Bounds
) -> Iterator[str]:
    """Give each read the oldest version it can have seen; later ones see no less."""
    by_start = sorted(reads, key=lambda read: read.start)
    by_end = sorted(range(len(by_start)), key=lambda number: by_start[number].end)
    seen: list[int] = []
    floor, ended = 0, 0
    for read in by_start:
        while by_start[by_end[ended]].end < read.start:
            floor = max(floor, seen[by_end[ended]])
            ended += 1
        least = max(floor, bounds.least(read.start))
        most = bounds.most(read.end, len(balances) - 1)
        fits = (at for at in range(least, most + 1) if balances[at] == read.points)
        version = next(fits, None)
        if version is None:
            yield f"{read} fits no version of {least} to {most}"
        seen.append(least if version is None else version)
