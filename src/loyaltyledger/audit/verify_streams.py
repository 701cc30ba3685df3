"""Whether a stream is whole: its versions, its order, and that it can be read."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from ..store import RawEvent, Reading, Recorded, StoreError, UnknownEventError
from ..store.records import micros
from .findings import FindingKind as Kind
from .findings import Report

BEFORE_ALL = -(2**62)

Decode = Callable[[RawEvent], Recorded]


def readable(
    reading: Reading,
    stream: str,
    *,
    decode: Decode,
    classes: tuple[type, ...],
    report: Report,
) -> tuple[int, list[Recorded]]:
    """Return how many events there are, and those that can be followed.

    What comes after a gap or a damaged event cannot be judged, and is left out.
    """
    rows = reading.raw_events(stream, after=BEFORE_ALL)
    _order(rows, reading.version(stream), stream, report)
    decoded = list(_decoded(rows, decode, classes, report))
    followed = []
    for number, one in enumerate(decoded, 1):
        if one is None or one.version != number:
            break
        followed.append(one)
    return len(rows), followed


def quietly(reading: Reading, stream: str, *, decode: Decode) -> list[Recorded]:
    """Return the events of another stream, up to the first that cannot be read."""
    found = []
    for row in reading.raw_events(stream):
        try:
            found.append(decode(row))
        except StoreError:
            break
    return found


def _order(rows: Sequence[RawEvent], version: int, stream: str, report: Report) -> None:
    expected = 1
    for row in rows:
        if row.version != expected:
            problem = f"version {expected} is missing"
            report.add(Kind.VERSION_GAP, problem, place=row)
        expected = row.version + 1
    last = rows[-1].version if rows else 0
    if last != version:
        problem = f"the stream says version {version}, its last event is {last}"
        report.add(Kind.VERSION_MISMATCH, problem, stream=stream)
    for before, row in pairwise(rows):
        if row.position <= before.position:
            problem = f"stands before version {before.version} in the log"
            report.add(Kind.POSITION_ORDER, problem, place=row)
        if row.recorded_at < before.recorded_at:
            problem = f"recorded before version {before.version}"
            report.add(Kind.RECORDED_ORDER, problem, place=row)


def _decoded(
    rows: Sequence[RawEvent],
    decode: Decode,
    classes: tuple[type, ...],
    report: Report,
) -> Iterator[Recorded | None]:
    for row in rows:
        try:
            one = decode(row)
        except UnknownEventError:
            problem = f"no event is called {row.name!r}"
            report.add(Kind.UNKNOWN_EVENT, problem, place=row)
            yield None
            continue
        except StoreError as error:
            report.add(Kind.DAMAGED_EVENT, str(error), place=row)
            yield None
            continue
        if not isinstance(one.event, classes):
            problem = f"{row.name!r} does not belong in such a stream"
            report.add(Kind.WRONG_STREAM, problem, place=row)
            yield None
            continue
        if micros(_at(one)) != row.at:
            problem = f"its instant is {one.at.isoformat()} outside, another inside"
            report.add(Kind.INSTANT_MISMATCH, problem, place=row)
        yield one


def _at(one: Recorded) -> datetime:
    at: datetime = one.event.at
    return at
