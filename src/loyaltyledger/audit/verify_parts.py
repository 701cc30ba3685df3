"""Whether the parts of an entry say what the account says: kinds, buckets, order."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from ..points import Account, Part, PartKind, Reversed, Taken
from .findings import FindingKind as Kind

Problem = tuple[Kind, str]
OF_LOTS = {PartKind.LOT, PartKind.REPAID}


def taken_problems(account: Account, event: Taken) -> Iterator[Problem]:
    """Say where a taking moves points otherwise than the account has them."""
    is_capture = event.hold_id is not None
    kinds = {PartKind.LOT, PartKind.DEBT, PartKind.LOST}
    yield from _fitting(event.parts, kinds)
    yield from _undoing_nothing(event.parts)
    for part in event.parts:
        yield from _bucket(account, part, "held" if is_capture else None)


def forfeited_problems(
    account: Account, forfeited: tuple[Part, ...], at: datetime
) -> Iterator[Problem]:
    """Closing takes all that is left, and nothing else."""
    dead = {
        name: book.gone if book.is_dead(at) else 0
        for name, book in account.lots.items()
    }
    expected = tuple(
        Part(points=points, lot_id=name, bucket=book.bucket)
        for name, book in sorted(account.lots.items())
        if (points := book.remaining - dead[name])
    )
    if forfeited != expected:
        points = sum(part.points for part in forfeited)
        there = sum(part.points for part in expected)
        yield Kind.WRONG_POINTS, f"{points} points forfeited, {there} were in the lots"


def undone_problems(account: Account, event: Reversed) -> Iterator[Problem]:
    """Say where an undoing is not one of its entry, or moves points otherwise."""
    parent = account.entries[event.reverses]
    kinds = {PartKind.LOT, PartKind.DEBT, PartKind.LOST}
    yield from _fitting(
        event.parts, kinds | {PartKind.REPAID} if event.gives else kinds
    )
    made = {lot.lot_id for lot in event.regrants}
    for part in event.parts:
        yield from _bucket(account, part, "available" if part.lot_id in made else None)
    book = "reversed" if parent.book == "issued" else parent.book
    if event.book != book:
        yield Kind.IMPOSSIBLE_STEP, f"booked as {event.book!r}, not as {book!r}"
    if event.counter != parent.counter:
        yield Kind.BROKEN_REFERENCE, "its other side is not that of what it undoes"
    if event.continues is not None and event.continues not in account.entries:
        yield (
            Kind.BROKEN_REFERENCE,
            f"continues {event.continues!r}, which is not there",
        )


def _fitting(parts: Iterable[Part], kinds: set[PartKind]) -> Iterator[Problem]:
    for part in parts:
        if part.kind not in kinds or (part.kind in OF_LOTS) != (
            part.lot_id is not None
        ):
            problem = f"a part of kind {part.kind} with lot {part.lot_id!r}"
            yield Kind.IMPOSSIBLE_STEP, problem


def _undoing_nothing(parts: Iterable[Part]) -> Iterator[Problem]:
    for part in parts:
        if part.of:
            problem = f"a part says to undo part {part.of}, and nothing is undone"
            yield Kind.BROKEN_REFERENCE, problem


def _bucket(account: Account, part: Part, bucket: str | None) -> Iterator[Problem]:
    """Points leave, or come into, where the books have them; None: ask the lot."""
    book = None if part.lot_id is None else account.lots.get(part.lot_id)
    expected = bucket or ("available" if book is None else book.bucket)
    if part.kind not in OF_LOTS:
        expected = "available"
    if part.bucket != expected:
        problem = f"{part.points} points of {part.bucket!r}, which are {expected}"
        yield Kind.WRONG_POINTS, problem
