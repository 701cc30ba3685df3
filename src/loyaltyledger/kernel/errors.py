"""Everything this library refuses, one class per reason a caller could act on.

LedgerError
├── InvalidInputError            a value that can never be right
│   ├── NaiveDatetimeError       an instant without a time zone
│   ├── InvalidIdError           an id that is empty, too long or not storable
│   ├── InvalidPointsError       points that are not a whole number in range
│   ├── InvalidMoneyError        an amount or currency that cannot be
│   └── PeriodError              an end that is not after its start
├── UnknownError                 something that was never recorded
│   ├── UnknownProgrammeError, UnknownPointTypeError, UnknownMemberError,
│   │   UnknownHouseholdError, UnknownEntryError, UnknownHoldError,
│   ├── UnknownLotError, UnknownKeyError,
│   └── UnknownPurchaseError, UnknownReturnError, UnknownConversionError
├── AlreadyExistsError           an id that was used before for something else
├── RefusedError                 understood, and against the rules
│   ├── InsufficientPointsError  more than the free balance
│   ├── PointsOverflowError      beyond what can be counted (2**63 - 1)
│   ├── MemberFrozenError, MemberClosedError, AccountClosedError
│   ├── NotAllowedToSpendError   a household member without the right
│   ├── HouseholdError           joining or leaving that cannot be
│   ├── OpenHoldsError           closing while a checkout is open
│   ├── HoldLapsedError, HoldSettledError, CaptureExceedsHoldError
│   ├── NotPendingError          nothing of it waits for an event
│   ├── ReversalExceedsError     more than is left to undo
│   ├── ReturnExceedsPurchaseError
│   ├── NothingToConvertError    too few points for one unit
│   ├── NoExpiryDateError        the calendar of expiry dates has run out
│   ├── FutureInstantError       dated after now
│   └── QuoteError               a quote that no longer holds
├── KeyReusedError               same key, another command
├── ContendedError               other writers got in first, every time
└── StoreError                   (``store``) the database, and what is in it
"""

from datetime import datetime
from typing import Any, ClassVar, TypeVar, cast, dataclass_transform

import attrs

T = TypeVar("T")


class LedgerError(Exception):
    """Base of everything this library raises on purpose."""

    text: ClassVar[str] = "the ledger refused"

    def __str__(self) -> str:
        return self.text.format_map(self.fields())

    def fields(self) -> dict[str, Any]:
        """Return the facts of the refusal, for a program to act on."""
        names = [field.name for field in attrs.fields(cast("Any", type(self)))]
        return {name: getattr(self, name) for name in names}

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.fields())


def _rebuild(kind: type[LedgerError], fields: dict[str, Any]) -> LedgerError:
    return kind(**fields)


@dataclass_transform(kw_only_default=True)
def refusal(kind: type[T]) -> type[T]:
    """Decorate every error: keyword fields, and a text made of them."""
    return attrs.define(kw_only=True, str=False, slots=False)(kind)


@refusal
class InvalidInputError(LedgerError):
    """A value that can never be right, whatever the ledger holds."""

    text = "{field}: {problem}"
    field: str
    problem: str


@refusal
class NaiveDatetimeError(InvalidInputError):
    """An instant without a time zone."""


@refusal
class InvalidIdError(InvalidInputError):
    """An id that is empty, over-long, or holds what cannot be stored safely."""


@refusal
class InvalidPointsError(InvalidInputError):
    """Points that are not a whole number within range."""


@refusal
class InvalidMoneyError(InvalidInputError):
    """An amount that is not exact, or in a currency that cannot be used here."""


@refusal
class PeriodError(InvalidInputError):
    """An end that does not come after its start."""


@refusal
class UnknownError(LedgerError):
    """Something was named that was never recorded."""

    what: ClassVar[str] = "it"
    name: str

    def __str__(self) -> str:
        return f"{self.what} {self.name!r} is not known"


@refusal
class UnknownProgrammeError(UnknownError):
    """No such programme: define it first."""

    what = "programme"


@refusal
class UnknownPointTypeError(UnknownError):
    """The programme has no such point type."""

    what = "point type"


@refusal
class UnknownMemberError(UnknownError):
    """No such member: enrol first."""

    what = "member"


@refusal
class UnknownHouseholdError(UnknownError):
    """No such household: form it first."""

    what = "household"


@refusal
class UnknownEntryError(UnknownError):
    """The account has no earn, spend or reversal with this id."""

    what = "entry"


@refusal
class UnknownHoldError(UnknownError):
    """The account has no hold with this id."""

    what = "hold"


@refusal
class UnknownLotError(UnknownError):
    """The account has no lot with this id."""

    what = "lot"


@refusal
class UnknownKeyError(UnknownError):
    """Nothing was done under this key."""

    what = "key"


@refusal
class UnknownPurchaseError(UnknownError):
    """No such purchase: record it first, or return it as unlinked or waiting."""

    what = "purchase"


@refusal
class UnknownReturnError(UnknownError):
    """The purchase has no such return."""

    what = "return"


@refusal
class UnknownConversionError(UnknownError):
    """The programme has no rate between these point types."""

    what = "conversion"


@refusal
class AlreadyExistsError(LedgerError):
    """An id was given that was used before for something else."""

    text = "{what} {name!r} exists already; give another id"
    what: str
    name: str


@refusal
class RefusedError(LedgerError):
    """Understood, and against the rules."""


@refusal
class InsufficientPointsError(RefusedError):
    """More was asked for than is free, then or at some later instant."""

    text = "{requested} points were asked for, {available} are free"
    requested: int
    available: int


@refusal
class PointsOverflowError(RefusedError):
    """The account would hold more points than can be counted."""

    text = "{points} more points do not fit: an account holds at most {points_max}"
    points: int
    points_max: int


@refusal
class MemberFrozenError(RefusedError):
    """The member is frozen: points cannot be used until unfrozen."""

    text = "member {member!r} is frozen ({reason}); unfreeze first"
    member: str
    reason: str


@refusal
class MemberClosedError(RefusedError):
    """The member has left the programme."""

    text = "member {member!r} has closed the membership"
    member: str


@refusal
class AccountClosedError(RefusedError):
    """The account was closed and takes no more points."""

    text = "account {account!r} is closed"
    account: str


@refusal
class NotAllowedToSpendError(RefusedError):
    """The household has not allowed this member to use its points."""

    text = "member {member!r} may not spend the points of household {household!r}"
    member: str
    household: str


@refusal
class HouseholdError(RefusedError):
    """Joining or leaving a household that cannot be."""

    text = "member {member!r} {problem} (household {household!r})"
    member: str
    household: str
    problem: str


@refusal
class OpenHoldsError(RefusedError):
    """The account has open holds: capture or void them first."""

    text = "holds {holds} are still open; capture or void them first"
    holds: tuple[str, ...]


@refusal
class HoldLapsedError(RefusedError):
    """The hold timed out before the instant of the command."""

    text = "hold {hold_id!r} lapsed at {lapsed_at}, before {at}; hold again"
    hold_id: str
    lapsed_at: datetime
    at: datetime


@refusal
class HoldSettledError(RefusedError):
    """Nothing of the hold is open: it was captured or voided."""

    text = "hold {hold_id!r} has nothing open: it was captured or voided"
    hold_id: str


@refusal
class CaptureExceedsHoldError(RefusedError):
    """More was to be captured than the hold still holds."""

    text = "hold {hold_id!r} has {held} points open, {requested} were to be captured"
    hold_id: str
    requested: int
    held: int


@refusal
class NotPendingError(RefusedError):
    """Nothing of the entry waits for its event."""

    text = "nothing of entry {entry_id!r} waits for an event at {at}"
    entry_id: str
    at: datetime


@refusal
class ReversalExceedsError(RefusedError):
    """More was to be undone than is left to undo."""

    text = "{requested} points of {entry_id!r} were to be undone, {left} are left"
    entry_id: str
    requested: int
    left: int


@refusal
class ReturnExceedsPurchaseError(RefusedError):
    """More was to be returned than was bought and not yet returned."""

    text = (
        "purchase {purchase_id!r}, line {line_id!r}: {requested} returned, {left} left"
    )
    purchase_id: str
    line_id: str
    requested: str
    left: str


@refusal
class NothingToConvertError(RefusedError):
    """The points are too few for one unit of the other point type."""

    text = "{points} points are too few to convert into one {into!r}"
    points: int
    into: str


@refusal
class NoExpiryDateError(RefusedError):
    """The programme's list of dates has none left after the grant."""

    text = "point type {point_type!r} has no date left after {after}; add dates"
    point_type: str
    after: datetime


@refusal
class FutureInstantError(RefusedError):
    """The command is dated after now, beyond the tolerance for clocks."""

    text = "dated {at}, which is after {now}; correct the clock or the date"
    at: datetime
    now: datetime


@refusal
class QuoteError(RefusedError):
    """A quote that was carried to the commit and no longer holds."""

    text = "quote does not hold: {problem}; quote again"
    problem: str


@refusal
class KeyReusedError(LedgerError):
    """The key was used before, for a command that differs."""

    text = "key {key!r} was used before; what differs: {differing}"
    key: str
    differing: tuple[str, ...]


@refusal
class ContendedError(LedgerError):
    """Other writers got in first, every time; try again with the same key."""

    text = "gave up after {attempts} attempts against other writers; try again"
    attempts: int
