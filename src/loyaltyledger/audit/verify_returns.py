"""Whether a return undid what its lines say: worked out again from the purchase."""

from collections.abc import Iterator

import attrs

from ..kernel.ids import stream_ids, stream_name
from ..purchases import (
    LineReturned,
    PointsBack,
    Purchase,
    PurchaseRecorded,
    ReturnLine,
    ReturnRecorded,
    Wanted,
    evolve_purchase,
    lines_returned,
    points_restored,
    points_taken,
    refunds,
)
from .findings import FindingKind as Kind

Problem = tuple[Kind, str]


def return_problems(
    event: ReturnRecorded, before: Purchase, stream: str
) -> Iterator[Problem]:
    """Say what a return should have undone and given back instead.

    What each line came to is taken as recorded, where it can have been asked for.
    """
    sale = before.sale
    assert sale is not None, "a return is recorded after its sale"
    yield from _lines(event, before, sale)
    purchase_id = stream_ids(stream)[2]
    bare = attrs.evolve(event, taken=(), restored=(), refunds=())
    after = evolve_purchase(before, bare)
    taken_id = stream_name("return", purchase_id, event.return_id)
    given_id = stream_name("refund", purchase_id, event.return_id)
    yield from _backs(event.taken, points_taken(after, sale, taken_id))
    yield from _backs(event.restored, points_restored(after, sale, given_id))
    if event.refunds != refunds(before, sale, event.amount):
        problem = "the money does not go back by the means it came by"
        yield Kind.RETURN_EXCEEDS_PURCHASE, problem
    yield from _waited(event, before, sale)


def _lines(
    event: ReturnRecorded, before: Purchase, sale: PurchaseRecorded
) -> Iterator[Problem]:
    """So many pieces come to so much money; money alone brings no pieces back."""
    for line in event.lines:
        if line.quantity and line != _of_pieces(line, before, sale):
            problem = f"{line.quantity} of line {line.line_id!r} come to another amount"
            yield Kind.RETURN_EXCEEDS_PURCHASE, problem


def _of_pieces(
    line: LineReturned, before: Purchase, sale: PurchaseRecorded
) -> LineReturned | None:
    asked = ReturnLine(line_id=line.line_id, quantity=abs(line.quantity))
    wanted = Wanted(lines=(asked,), is_late=True)
    found = lines_returned(before, sale, wanted, purchase_id="")
    return next(iter(found), None)


def _backs(
    recorded: tuple[PointsBack, ...], expected: tuple[PointsBack, ...]
) -> Iterator[Problem]:
    """No more points than the lines say; less where some had been undone before."""
    shown = [attrs.evolve(back, points=0) for back in recorded]
    if shown != [attrs.evolve(back, points=0) for back in expected]:
        problem = "the points undone are not those of the lines"
        yield Kind.RETURN_EXCEEDS_PURCHASE, problem
        return
    for back, whole in zip(recorded, expected, strict=True):
        if not 0 <= back.points <= whole.points:
            problem = f"{back.points} of {whole.points} points undone"
            yield Kind.RETURN_EXCEEDS_PURCHASE, f"{problem} of {back.entry_id!r}"


def _waited(
    event: ReturnRecorded, before: Purchase, sale: PurchaseRecorded
) -> Iterator[Problem]:
    """What waited for its purchase is recorded as it was asked for, and when."""
    for asked in before.awaited:
        if asked.return_id == event.return_id:
            why = (max(asked.at, sale.at), asked.reason, asked.actor)
            if (event.at, event.reason, event.actor) != why:
                problem = f"return {event.return_id!r} is not the one that waited"
                yield Kind.BROKEN_REFERENCE, problem
