"""Whether a command is what its name says: its key, its fields, and its events.

The name itself is in no digest that could be worked out again, so it is held against
what commands of that name have as fields, and which events they write.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import get_args

import attrs

from ..desk import Command
from ..members import (
    HouseholdEntered,
    HouseholdExited,
    HouseholdFormed,
    HouseholdJoined,
    HouseholdLeft,
    MemberClosed,
    MemberEnrolled,
    MemberFrozen,
    MemberUnfrozen,
    SpendingAllowed,
)
from ..points import (
    AccountClosed,
    DebtPaid,
    ExpirySlid,
    Granted,
    HoldLapsed,
    HoldPlaced,
    HoldVoided,
    LotReleased,
    PointsActivated,
    PointsCancelled,
    PointsExpired,
    Reversed,
    Taken,
)
from ..programme import ProgrammeDefined
from ..purchases import (
    PurchaseRecorded,
    ReturnAwaited,
    ReturnCancelled,
    ReturnRecorded,
    UnlinkedReturnRecorded,
)
from ..store import CommandRow, FieldDigests, Recorded

Kinds = tuple[type, ...]
TIME: Kinds = (HoldLapsed, PointsActivated, PointsExpired, PointsCancelled, DebtPaid)
"""What time does to an account that a command looks at."""


@attrs.frozen
class Writes:
    """A command has an event of *own* at least, and none but those and *besides*."""

    own: Kinds
    besides: Kinds = ()


LEAVING = (HouseholdLeft, HouseholdExited)
WRITES: Mapping[str, Writes] = {
    "DefineProgramme": Writes((ProgrammeDefined,)),
    "Enrol": Writes((MemberEnrolled,)),
    "Freeze": Writes((MemberFrozen,)),
    "Unfreeze": Writes((MemberUnfrozen,)),
    "CloseMember": Writes((MemberClosed,), (AccountClosed, *LEAVING, *TIME)),
    "FormHousehold": Writes((HouseholdFormed,)),
    "JoinHousehold": Writes((HouseholdJoined, HouseholdEntered)),
    "LeaveHousehold": Writes(LEAVING),
    "AllowSpending": Writes((SpendingAllowed,)),
    "Earn": Writes((Granted,), (ExpirySlid, *TIME)),
    "OpenBalance": Writes((Granted,), TIME),
    "Adjust": Writes((Granted, Taken), TIME),
    "Spend": Writes((Taken,), (ExpirySlid, *TIME)),
    "PlaceHold": Writes((HoldPlaced,), TIME),
    "CaptureHold": Writes((Taken,), (ExpirySlid, *TIME)),
    "VoidHold": Writes((HoldVoided,), TIME),
    "Reverse": Writes((Reversed,), TIME),
    "ReleasePending": Writes((LotReleased,), TIME),
    "Transfer": Writes((Taken, Granted), TIME),
    "Convert": Writes((Taken, Granted), TIME),
    "SweepAccount": Writes(TIME),
    "RecordPurchase": Writes(
        (PurchaseRecorded,), (Granted, ExpirySlid, ReturnRecorded, Reversed, *TIME)
    ),
    "ReturnPurchase": Writes((ReturnRecorded, ReturnAwaited), (Reversed, *TIME)),
    "ReturnUnlinked": Writes((UnlinkedReturnRecorded,), (Taken, *TIME)),
    "CancelReturn": Writes((ReturnCancelled,), (Reversed, *TIME)),
}
"""Which events each command writes."""

FIELDS = {kind.__name__: attrs.fields(kind) for kind in get_args(Command)}
NAMES = {field.name for fields in FIELDS.values() for field in fields}
REQUIRED = {
    name: tuple(field.name for field in fields if field.default is attrs.NOTHING)
    for name, fields in FIELDS.items()
}
"""The fields that are stored of every command of a name."""

FOREIGN = {
    name: tuple(sorted(NAMES - {field.name for field in fields}))
    for name, fields in FIELDS.items()
}
"""The fields that only commands of other names have."""


def row_problems(row: CommandRow, fields: FieldDigests) -> Iterator[str]:
    """Say where a row is not what a command of its name and key leaves."""
    if not fields.is_held("key", row.key):
        yield "its fields are those of another key"
    if row.name not in WRITES:
        yield f"no command is called {row.name!r}"
        return
    lacking = [name for name in REQUIRED[row.name] if fields.lacks(name)]
    if lacking:
        yield f"{row.name} without its {', '.join(lacking)}"
    foreign = [name for name in FOREIGN[row.name] if not fields.lacks(name)]
    if foreign:
        yield f"{row.name} with {', '.join(foreign)}, which is another command's"


def writing_problems(
    row: CommandRow, recorded: Sequence[Recorded]
) -> Iterator[tuple[str, Recorded]]:
    """Say which events no command of the row's name writes, or that its own lack."""
    writes = WRITES.get(row.name)
    if writes is None or not recorded:
        return
    for one in recorded:
        if not isinstance(one.event, (*writes.own, *writes.besides)):
            yield f"{row.name} never writes {one.name}", one
    if not any(isinstance(one.event, writes.own) for one in recorded):
        yield f"what {row.name} always writes is not there", recorded[0]
