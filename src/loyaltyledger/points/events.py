"""What can have happened to an account. Each event records the outcome of a decision.

Every instant is in UTC; ``at`` is when it happened. Points are whole and, where the
text does not say otherwise, positive.
"""

from datetime import datetime

import attrs

from .entries import Part
from .lots import Draw, Lot


@attrs.frozen(kw_only=True)
class Granted:
    """Points were given: an earn, opening, adjustment, transfer or conversion."""

    entry_id: str
    at: datetime
    kind: str = "earn"
    book: str = "issued"
    lots: tuple[Lot, ...]
    counter: str | None = None
    reference: str | None = None
    reason: str | None = None
    actor: str | None = None


@attrs.frozen(kw_only=True)
class Taken:
    """Points were taken.

    *kind* is spend, capture, clawback, adjustment, transfer or conversion. A capture
    names its hold and what it released of it.
    """

    entry_id: str
    at: datetime
    kind: str = "spend"
    book: str = "spent"
    parts: tuple[Part, ...]
    hold_id: str | None = None
    released: tuple[Draw, ...] = ()
    counter: str | None = None
    reference: str | None = None
    reason: str | None = None
    actor: str | None = None


@attrs.frozen(kw_only=True)
class Reversed:
    """An entry was undone, whole or in part; *gives* says which way points moved.

    *regrants* are new lots for points given back to lots that had died, where the
    programme grants them a grace. A reversal that has to undo several entries is
    continued by further events, which name the first.
    """

    entry_id: str
    reverses: str
    at: datetime
    gives: bool
    book: str
    parts: tuple[Part, ...]
    regrants: tuple[Lot, ...] = ()
    continues: str | None = None
    counter: str | None = None
    reference: str | None = None
    reason: str | None = None
    actor: str | None = None


@attrs.frozen(kw_only=True)
class HoldPlaced:
    """Points of these lots are reserved until *lapses_at*."""

    hold_id: str
    at: datetime
    lapses_at: datetime
    pins: tuple[Draw, ...]
    reference: str | None = None


@attrs.frozen(kw_only=True)
class HoldVoided:
    """What was open of a hold was given back."""

    hold_id: str
    at: datetime
    released: tuple[Draw, ...]
    reason: str | None = None


@attrs.frozen(kw_only=True)
class HoldLapsed:
    """Books that a hold timed out; negative where a late capture says otherwise."""

    hold_id: str
    at: datetime
    points: int


@attrs.frozen(kw_only=True)
class PointsActivated:
    """Books that a lot became usable; *points* is what was left of it."""

    lot_id: str
    at: datetime
    points: int


@attrs.frozen(kw_only=True)
class LotReleased:
    """The event that a lot waited for has happened."""

    entry_id: str
    lot_id: str
    at: datetime
    available_from: datetime
    expires_at: datetime | None = None
    slides: bool = False


@attrs.frozen(kw_only=True)
class PointsExpired:
    """Books what died with its lot; negative where a late fact says otherwise."""

    lot_id: str
    at: datetime
    points: int


@attrs.frozen(kw_only=True)
class PointsCancelled:
    """Books what its event did not release in time; negative as for expiry."""

    lot_id: str
    at: datetime
    points: int


@attrs.frozen(kw_only=True)
class ExpirySlid:
    """Activity moved the expiry of these lots to *until*."""

    at: datetime
    until: datetime
    lot_ids: tuple[str, ...]


@attrs.frozen(kw_only=True)
class DebtPaid:
    """Points of a lot paid towards the debt that a part of an entry had made.

    Negative where a late fact comes before a payment that time alone had made; then
    *owed_since* says when the debt was made.
    """

    entry_id: str
    part: int
    lot_id: str
    at: datetime
    points: int
    owed_since: datetime | None = None


@attrs.frozen(kw_only=True)
class AccountClosed:
    """The account was closed; what was in it is forfeited, what it owed written off."""

    at: datetime
    forfeited: tuple[Part, ...] = ()
    written_off: int = 0
    reason: str | None = None
    actor: str | None = None


Event = (
    Granted
    | Taken
    | Reversed
    | HoldPlaced
    | HoldVoided
    | HoldLapsed
    | PointsActivated
    | LotReleased
    | PointsExpired
    | PointsCancelled
    | ExpirySlid
    | DebtPaid
    | AccountClosed
)
