"""Whether what one command wrote to several streams is one story."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from ..points import Granted, Reversed, Taken, postings
from ..purchases import PurchaseRecorded, ReturnRecorded, UnlinkedReturnRecorded
from ..store import Recorded
from .findings import FindingKind as Kind

Told = tuple[Kind, str, Recorded]
Moved = Granted | Taken | Reversed


def together_problems(recorded: Sequence[Recorded]) -> Iterator[Told]:
    """Say what does not fit among the events of one command."""
    if len(recorded) == 1 and not isinstance(recorded[0].event, Moved):
        return
    moved = [one for one in recorded if isinstance(one.event, Moved)]
    yield from _transfers(moved)
    yield from _counters(moved)
    entries = _entries(moved)
    for one in recorded:
        match one.event:
            case PurchaseRecorded() | UnlinkedReturnRecorded():
                yield from _credits(one, one.event, entries)
            case ReturnRecorded():
                yield from _backs(one, one.event, entries)
                yield from _reasons(one.event, moved)
            case _:
                pass


def _transfers(moved: Sequence[Recorded]) -> Iterator[Told]:
    """What one account sends, another receives."""
    sums: Counter[str] = Counter()
    last: dict[str, Recorded] = {}
    for one in moved:
        for leg in postings(one.event):
            if leg.account == "transfer":
                *_, point_type = one.stream.split(":")
                sums[point_type] += leg.points
                last[point_type] = one
    for point_type, points in sums.items():
        if points:
            problem = f"{points} more points were sent than received"
            yield Kind.TRANSFER_UNBALANCED, problem, last[point_type]


def _counters(moved: Sequence[Recorded]) -> Iterator[Told]:
    """Each side of a transfer or conversion has its other side, the other way."""
    sides = {
        (one.stream, one.event.counter, _gives(one.event))
        for one in moved
        if one.event.counter is not None
    }
    for one in moved:
        counter = one.event.counter
        if counter is None:
            continue
        if (counter, one.stream, not _gives(one.event)) not in sides:
            problem = f"{counter!r} has no other side of {one.event.entry_id!r}"
            yield Kind.TRANSFER_UNBALANCED, problem, one


def _gives(event: Moved) -> bool:
    return isinstance(event, Granted) or (isinstance(event, Reversed) and event.gives)


Entries = dict[tuple[str, str], int]
"""Points by stream and entry; of a reversal, with those that continue it."""


def _entries(moved: Sequence[Recorded]) -> Entries:
    entries: Entries = defaultdict(int)
    for one in moved:
        event: Moved = one.event
        if isinstance(event, Granted):
            points = sum(lot.points for lot in event.lots)
            entries[one.stream, event.entry_id] += points
            continue
        points = sum(part.points for part in event.parts)
        first = event.continues if isinstance(event, Reversed) else None
        entries[one.stream, first or event.entry_id] += points
    return entries


def _credits(
    one: Recorded, event: PurchaseRecorded | UnlinkedReturnRecorded, entries: Entries
) -> Iterator[Told]:
    awarded = {award.point_type: award.points for award in event.awards}
    for credit in event.credits:
        found = entries.get((credit.account, credit.entry_id))
        expected = awarded.get(credit.point_type)
        if found != expected:
            where = f"entry {credit.entry_id!r} of {credit.account!r}"
            problem = f"{expected} points awarded, {found} in {where}"
            yield Kind.CREDIT_MISMATCH, problem, one


def _backs(one: Recorded, event: ReturnRecorded, entries: Entries) -> Iterator[Told]:
    for back in (*event.taken, *event.restored):
        found = entries.get((back.account, back.reversal_id), 0)
        if found != back.points:
            where = f"entry {back.reversal_id!r} of {back.account!r}"
            problem = f"{back.points} points to be undone, {found} in {where}"
            yield Kind.CREDIT_MISMATCH, problem, one


def _reasons(event: ReturnRecorded, moved: Sequence[Recorded]) -> Iterator[Told]:
    """What a return undoes is undone for its reason, by whoever took it."""
    own = {(back.account, back.reversal_id) for back in (*event.taken, *event.restored)}
    for one in moved:
        undone = one.event
        if not isinstance(undone, Reversed):
            continue
        if (one.stream, undone.continues or undone.entry_id) not in own:
            continue
        if (undone.reference, undone.reason, undone.actor) != (
            None,
            event.reason,
            event.actor,
        ):
            problem = f"undone for another reason than return {event.return_id!r}"
            yield Kind.CREDIT_MISMATCH, problem, one
