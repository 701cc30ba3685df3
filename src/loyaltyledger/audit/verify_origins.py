"""Whether events are what their command asked for.

A command is kept as digests of its fields. They cannot be read, but they tell whether
what an event says is what the command said: an event that was moved here from
elsewhere, or edited, is found, though it is sound by itself.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..kernel.ids import stream_ids
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
    AccountId,
    Granted,
    HoldPlaced,
    HoldVoided,
    LotReleased,
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
from .verify_dates import TermsOf, wrong_dates
from .verify_instants import instant_problems

Names = tuple[str, ...]
WHY = ("reference", "reason", "actor")
BY_WHOM = ("reason", "actor")

TOLD: Mapping[str, Mapping[type, Names]] = {
    "DefineProgramme": {ProgrammeDefined: ("programme", "actor")},
    "Enrol": {MemberEnrolled: ("channel", "actor")},
    "Freeze": {MemberFrozen: BY_WHOM},
    "Unfreeze": {MemberUnfrozen: ("actor",)},
    "CloseMember": {MemberClosed: BY_WHOM, AccountClosed: BY_WHOM},
    "FormHousehold": {HouseholdFormed: ("actor",)},
    "JoinHousehold": {
        HouseholdJoined: ("member_id", "may_spend", "actor"),
        HouseholdEntered: ("household_id",),
    },
    "LeaveHousehold": {
        HouseholdLeft: ("member_id", "actor"),
        HouseholdExited: ("household_id",),
    },
    "AllowSpending": {SpendingAllowed: ("member_id", "may_spend", "actor")},
    "Earn": {Granted: WHY},
    "OpenBalance": {Granted: WHY},
    "Adjust": {Granted: WHY, Taken: WHY},
    "Spend": {Taken: WHY},
    "PlaceHold": {HoldPlaced: ("reference",)},
    "CaptureHold": {Taken: ("hold_id", *WHY)},
    "VoidHold": {HoldVoided: ("hold_id", "reason")},
    "Reverse": {Reversed: WHY},
    "ReleasePending": {LotReleased: ("entry_id",)},
    "Transfer": {Taken: WHY, Granted: WHY},
    "Convert": {Taken: WHY, Granted: WHY},
    "RecordPurchase": {PurchaseRecorded: ("member_id", "basket", "actor")},
    "ReturnPurchase": {
        ReturnRecorded: ("return_id", *BY_WHOM),
        ReturnAwaited: ("return_id", "lines", "amount", *BY_WHOM),
        Reversed: WHY,
    },
    "ReturnUnlinked": {
        UnlinkedReturnRecorded: ("member_id", "basket", *BY_WHOM),
        Taken: WHY,
    },
    "CancelReturn": {ReturnCancelled: ("return_id", *BY_WHOM), Reversed: WHY},
}
"""What events of a command repeat of it, under the same names."""

SILENT: Mapping[tuple[str, type], Names] = {
    ("RecordPurchase", Granted): WHY,
    ("CloseMember", HouseholdLeft): ("actor",),
}
"""What events of a command leave empty, whatever it says."""

STREAM_IDS: Mapping[str, Names] = {
    "member": ("programme_id", "member_id"),
    "household": ("programme_id", "household_id"),
    "account": ("programme_id",),
    "purchase": ("programme_id", "purchase_id"),
    "return": ("programme_id", "return_id"),
}
"""What the name of a stream repeats of the command."""

ENTRY_KINDS: Mapping[tuple[str, type], tuple[str, str]] = {
    ("Earn", Granted): ("earn", "issued"),
    ("OpenBalance", Granted): ("opening", "opening"),
    ("Adjust", Granted): ("adjustment", "adjustment"),
    ("Adjust", Taken): ("adjustment", "adjustment"),
    ("Transfer", Granted): ("transfer", "transfer"),
    ("Transfer", Taken): ("transfer", "transfer"),
    ("Convert", Granted): ("conversion", "conversion"),
    ("Convert", Taken): ("conversion", "conversion"),
    ("RecordPurchase", Granted): ("earn", "issued"),
    ("Spend", Taken): ("spend", "spent"),
    ("CaptureHold", Taken): ("capture", "spent"),
    ("ReturnUnlinked", Taken): ("clawback", "reversed"),
}
"""The kind and the book of what a command gives and takes."""

Told = tuple[str, Recorded]


class Asked:
    """What a command asked for, as far as digests tell."""

    def __init__(
        self, row: CommandRow, fields: FieldDigests, terms_of: TermsOf
    ) -> None:
        self._key = row.key
        self._command = row.name
        self._fields = fields
        self._terms_of = terms_of
        self._told = TOLD.get(row.name, {})

    def problems(
        self, recorded: Sequence[Recorded], *, is_by_clock: bool
    ) -> Iterator[Told]:
        """Say where an event is not what the command asked for."""
        for one in recorded:
            wrong = [*self._wrong(one), *self._wrong_entry(one)]
            wrong += wrong_dates(self._command, self._fields, one, self._terms_of)
            if wrong:
                yield f"its command asked for another {', '.join(wrong)}", one
        yield from instant_problems(self._fields, recorded, is_by_clock=is_by_clock)
        if self._command == "Reverse":
            yield from self._wrong_sum(recorded)

    def _wrong(self, one: Recorded) -> Iterator[str]:
        """Name what an event, or the name of its stream, says wrongly."""
        for name in SILENT.get((self._command, type(one.event)), ()):
            if getattr(one.event, name) is not None:
                yield name
        names = self._told.get(type(one.event))
        if names is None:
            return
        for name in names:
            if not self._is(name, getattr(one.event, name)):
                yield name
        quotes = isinstance(one.event, PurchaseRecorded)
        if quotes and self._fields.lacks("quote") != (one.event.quoted_at is None):
            yield "quote"
        kind, *ids = stream_ids(one.stream)
        for name, value in zip(STREAM_IDS.get(kind, ()), ids, strict=False):
            if not self._is(name, value):
                yield name

    def _wrong_entry(self, one: Recorded) -> Iterator[str]:
        """Name what is wrong with an entry or a hold: its id, its points, its kind."""
        kinds = ENTRY_KINDS.get((self._command, type(one.event)))
        if kinds is not None and (one.event.kind, one.event.book) != kinds:
            yield "kind"
        if self._command == "CancelReturn" and isinstance(one.event, Reversed):
            # What it undoes may stand for the entry of the return, under another id.
            first = one.event.continues or one.event.entry_id
            if not first.startswith("cancel:"):
                yield "entry_id"
        for name, value in _entry(self._command, one).items():
            is_key = value == self._key and self._fields.lacks(name)
            if not is_key and not self._fields.is_held(name, value):
                yield name

    def _wrong_sum(self, recorded: Sequence[Recorded]) -> Iterator[Told]:
        """All that undoes an entry comes to the points that were asked for."""
        if self._fields.lacks("points"):
            return
        sums: Counter[str] = Counter()
        last: dict[str, Recorded] = {}
        for one in recorded:
            if isinstance(one.event, Reversed):
                sums[one.stream] += sum(part.points for part in one.event.parts)
                last[one.stream] = one
        for stream, points in sums.items():
            if not self._fields.is_held("points", points):
                yield "its command asked for other points", last[stream]

    def _is(self, name: str, value: object) -> bool:
        if self._fields.lacks(name):
            return value is None or value == ()
        return self._fields.is_held(name, value)


def _entry(command: str, one: Recorded) -> dict[str, Any]:
    """Return what a command asked for, if it made this entry or hold by itself."""
    account = AccountId.read(one.stream)
    if account is None:
        # reported where its stream is looked at
        return {}
    whose = {"point_type": account.point_type}
    event = one.event
    match command, event:
        case (("Earn" | "OpenBalance" | "Adjust" | "Transfer"), Granted()):
            points = sum(lot.points for lot in event.lots)
            return whose | {"entry_id": event.entry_id, "points": points}
        case (("Spend" | "Adjust" | "Transfer"), Taken()):
            points = sum(part.points for part in event.parts)
            signed = -points if command == "Adjust" else points
            return whose | {"entry_id": event.entry_id, "points": signed}
        case "CaptureHold", Taken():
            return whose | {"entry_id": event.entry_id}
        case "Convert", Taken():
            return whose | {"entry_id": event.entry_id}
        case "Convert", Granted():
            return {"into": account.point_type, "entry_id": event.entry_id}
        case "PlaceHold", HoldPlaced():
            points = sum(pin.points for pin in event.pins)
            return whose | {"hold_id": event.hold_id, "points": points}
        case "Reverse", Reversed():
            return {"reversal_id": event.continues or event.entry_id}
        case _:
            return {}
