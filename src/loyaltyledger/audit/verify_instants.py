"""Whether events happened when their command did, as far as that can be told."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from ..members import HouseholdEvent, MemberEvent
from ..points import (
    DebtPaid,
    Granted,
    HoldLapsed,
    HoldPlaced,
    PointsActivated,
    PointsCancelled,
    PointsExpired,
    Taken,
)
from ..programme import ProgrammeDefined
from ..purchases import PurchaseRecorded, ReturnAwaited, UnlinkedReturnRecorded
from ..store import FieldDigests, Recorded

AHEAD_MAX = timedelta(minutes=5)
"""How far the clock of whoever sends a command may be ahead."""

BEHIND_MAX = timedelta(days=1)
"""How long at most a command waits for the database, having looked at the clock."""

AT_ONCE = (
    MemberEvent
    | HouseholdEvent
    | ProgrammeDefined
    | Granted
    | HoldPlaced
    | PurchaseRecorded
    | ReturnAwaited
    | UnlinkedReturnRecorded
)
"""Events of the instant of their command; others can have to wait for their cause."""

BY_TIME = HoldLapsed | PointsActivated | PointsExpired | PointsCancelled | DebtPaid
"""Events that only book what time had done."""

Told = tuple[str, Recorded]


def instant_problems(
    fields: FieldDigests, recorded: Sequence[Recorded], *, is_by_clock: bool
) -> Iterator[Told]:
    """Say which events of a command cannot have happened then.

    *is_by_clock* says that they were recorded at what the clock said, and not at the
    instant of something recorded before, with a clock that was ahead.
    """
    at_once = [one for one in recorded if _is_at_once(one)]
    if at_once and not (fields.lacks("at") or fields.is_held("at", at_once[0].at)):
        yield "its command asked for another instant", at_once[0]
    for one in at_once:
        if one.at != at_once[0].at:
            yield "happened at another instant than the rest of its command", one
    names_none = fields.lacks("at")
    for one in recorded:
        announced = isinstance(one.event, ProgrammeDefined) and not names_none
        if one.at > one.recorded_at + AHEAD_MAX and not announced:
            yield "happened after it was recorded", one
        decided = is_by_clock and names_none and not isinstance(one.event, BY_TIME)
        if decided and one.at < one.recorded_at - BEHIND_MAX:
            yield "happened long before its command, which named no instant", one


def _is_at_once(one: Recorded) -> bool:
    if isinstance(one.event, Taken):
        return one.event.hold_id is None
    return isinstance(one.event, AT_ONCE)
