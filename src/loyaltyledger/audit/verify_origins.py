"""Whether events are what their command asked for.

A command is kept as digests of its fields. They cannot be read, but they tell whether
the points, the account and the entry are those of the command: an event that was
moved here from elsewhere is found, though it is sound by itself.
"""

from collections.abc import Iterator, Sequence

from ..points import AccountId, Granted, HoldPlaced, Taken
from ..store import FieldDigests, Recorded

SIMPLE = frozenset({"Earn", "OpenBalance", "Adjust", "Spend", "PlaceHold"})
"""Commands that make one entry, or one hold, in one account."""


def origin_problems(
    key: str, command: str, fields: FieldDigests, recorded: Sequence[Recorded]
) -> Iterator[tuple[str, Recorded]]:
    """Say where an entry is not what the command under *key* asked for."""
    if command not in SIMPLE:
        return
    for one in recorded:
        wrong = [
            name
            for name, value in _asked(one).items()
            if not fields.is_held(name, value)
            and not (fields.lacks(name) and value == key)
        ]
        if wrong:
            yield f"its command asked for another {', '.join(wrong)}", one


def _asked(one: Recorded) -> dict[str, object]:
    """Return what the event says its command asked for; ids left out are the key."""
    account = AccountId.read(one.stream)
    if account is None:
        # reported where its stream is looked at
        return {}
    match one.event:
        case Granted(entry_id=entry_id, lots=lots):
            asked = {"entry_id": entry_id, "points": sum(lot.points for lot in lots)}
        case Taken(entry_id=entry_id, parts=parts, kind=kind):
            points = sum(part.points for part in parts)
            signed = -points if kind == "adjustment" else points
            asked = {"entry_id": entry_id, "points": signed}
        case HoldPlaced(hold_id=hold_id, pins=pins):
            asked = {"hold_id": hold_id, "points": sum(pin.points for pin in pins)}
        case _:
            return {}
    return asked | {
        "programme_id": account.programme_id,
        "point_type": account.point_type,
    }
