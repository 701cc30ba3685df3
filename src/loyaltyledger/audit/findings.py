"""What a verification found: what is wrong, and where."""

from collections import Counter
from enum import StrEnum
from typing import Protocol

import attrs

FINDINGS_MAX = 200
"""How many findings of one kind are kept; the rest are counted."""


class FindingKind(StrEnum):
    """What can be wrong. The names are for programs, and do not change."""

    DATABASE_DAMAGED = "database-damaged"
    DAMAGED_EVENT = "damaged-event"
    UNKNOWN_EVENT = "unknown-event"
    WRONG_STREAM = "wrong-stream"
    VERSION_GAP = "version-gap"
    VERSION_MISMATCH = "version-mismatch"
    POSITION_ORDER = "position-order"
    RECORDED_ORDER = "recorded-order"
    INSTANT_MISMATCH = "instant-mismatch"
    COMMAND_MISSING = "command-missing"
    COMMAND_OVERLAP = "command-overlap"
    COMMAND_INCOMPLETE = "command-incomplete"
    COMMAND_DAMAGED = "command-damaged"
    POSTINGS_UNBALANCED = "postings-unbalanced"
    TRANSFER_UNBALANCED = "transfer-unbalanced"
    WRONG_POINTS = "wrong-points"
    BROKEN_REFERENCE = "broken-reference"
    BEFORE_CAUSE = "before-cause"
    LOT_NOT_USABLE = "lot-not-usable"
    LOT_OVERDRAWN = "lot-overdrawn"
    HOLD_EXCEEDS_LOT = "hold-exceeds-lot"
    CAPTURE_EXCEEDS_HOLD = "capture-exceeds-hold"
    REVERSAL_EXCEEDS_ENTRY = "reversal-exceeds-entry"
    PAYMENT_EXCEEDS_DEBT = "payment-exceeds-debt"
    BALANCE_MISMATCH = "balance-mismatch"
    NOT_BOOKED = "not-booked"
    NEGATIVE_BALANCE = "negative-balance"
    AWARD_MISMATCH = "award-mismatch"
    CREDIT_MISMATCH = "credit-mismatch"
    RETURN_EXCEEDS_PURCHASE = "return-exceeds-purchase"
    IMPOSSIBLE_STEP = "impossible-step"
    HOUSEHOLD_MISMATCH = "household-mismatch"
    VIEW_MISMATCH = "view-mismatch"


@attrs.frozen(kw_only=True)
class Finding:
    """One thing that is wrong; where it applies: the event, stream or command."""

    kind: FindingKind
    problem: str
    position: int | None = None
    stream: str | None = None
    version: int | None = None
    key: str | None = None

    def __str__(self) -> str:
        where = [
            f"{name} {value!r}"
            for name, value in (
                ("position", self.position),
                ("stream", self.stream),
                ("version", self.version),
                ("key", self.key),
            )
            if value is not None
        ]
        place = f" ({', '.join(where)})" if where else ""
        return f"{self.kind}: {self.problem}{place}"


@attrs.frozen(kw_only=True)
class Verification:
    """How much was verified, and what is wrong.

    *left_out* counts findings beyond the first of a kind, which are not listed.
    *remarks* say what could not be looked at, though nothing there is known to be
    wrong: views that are behind the log and cannot be written.
    """

    findings: tuple[Finding, ...]
    left_out: int
    streams: int
    events: int
    commands: int
    remarks: tuple[str, ...] = ()

    @property
    def is_sound(self) -> bool:
        return not self.findings

    def kinds(self) -> frozenset[FindingKind]:
        return frozenset(one.kind for one in self.findings)


class Place(Protocol):
    """An event with its place, decoded or as it is stored."""

    @property
    def position(self) -> int: ...

    @property
    def stream(self) -> str: ...

    @property
    def version(self) -> int: ...


class Report:
    """Collects findings; of each kind only so many."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.remarks: list[str] = []
        self._counts: Counter[FindingKind] = Counter()

    def add(
        self,
        kind: FindingKind,
        problem: str,
        *,
        place: Place | None = None,
        stream: str | None = None,
        key: str | None = None,
    ) -> None:
        self._counts[kind] += 1
        if self._counts[kind] > FINDINGS_MAX:
            return
        finding = Finding(
            kind=kind,
            problem=problem,
            position=place.position if place else None,
            stream=place.stream if place else stream,
            version=place.version if place else None,
            key=key,
        )
        self.findings.append(finding)

    @property
    def left_out(self) -> int:
        return sum(self._counts.values()) - len(self.findings)
