"""What a replay reads of each event: stored names and fields, and nothing of the rooms.

Written from the stored form alone, so that a fault of the event classes shows.
"""

from datetime import datetime

import attrs


@attrs.frozen(kw_only=True)
class Lot:
    lot_id: str
    points: int
    available_from: datetime | None = None
    expires_at: datetime | None = None
    cancel_by: datetime | None = None


@attrs.frozen(kw_only=True)
class Draw:
    lot_id: str
    points: int


@attrs.frozen(kw_only=True)
class Part:
    points: int
    kind: str = "lot"
    lot_id: str | None = None
    bucket: str = "available"
    of: int = 0


@attrs.frozen(kw_only=True)
class Granted:
    entry_id: str
    at: datetime
    book: str = "issued"
    lots: tuple[Lot, ...]


@attrs.frozen(kw_only=True)
class Taken:
    entry_id: str
    at: datetime
    kind: str = "spend"
    book: str = "spent"
    parts: tuple[Part, ...]
    hold_id: str | None = None
    released: tuple[Draw, ...] = ()


@attrs.frozen(kw_only=True)
class Reversed:
    entry_id: str
    reverses: str
    at: datetime
    gives: bool
    book: str
    parts: tuple[Part, ...]
    regrants: tuple[Lot, ...] = ()


@attrs.frozen(kw_only=True)
class HoldPlaced:
    hold_id: str
    at: datetime
    lapses_at: datetime
    pins: tuple[Draw, ...]


@attrs.frozen(kw_only=True)
class HoldVoided:
    hold_id: str
    at: datetime
    released: tuple[Draw, ...]


@attrs.frozen(kw_only=True)
class HoldLapsed:
    hold_id: str
    at: datetime
    points: int


@attrs.frozen(kw_only=True)
class LotBooked:
    """Points of a lot became usable, expired or were cancelled."""

    lot_id: str
    at: datetime
    points: int


@attrs.frozen(kw_only=True)
class LotReleased:
    lot_id: str
    at: datetime
    available_from: datetime
    expires_at: datetime | None = None


@attrs.frozen(kw_only=True)
class ExpirySlid:
    at: datetime
    until: datetime
    lot_ids: tuple[str, ...]


@attrs.frozen(kw_only=True)
class DebtPaid:
    entry_id: str
    part: int
    lot_id: str
    at: datetime
    points: int


@attrs.frozen(kw_only=True)
class AccountClosed:
    at: datetime
    forfeited: tuple[Part, ...] = ()
    written_off: int = 0


@attrs.frozen(kw_only=True)
class PointType:
    name: str
    spend_order: str = "earliest_expiry"


@attrs.frozen(kw_only=True)
class Programme:
    point_types: tuple[PointType, ...]


@attrs.frozen(kw_only=True)
class ProgrammeDefined:
    at: datetime
    programme: Programme


@attrs.frozen(kw_only=True)
class Anything:
    """An event that moves no points by itself."""

    at: datetime


ACCOUNT_SHAPES: dict[str, type] = {
    "points-granted.v1": Granted,
    "points-taken.v1": Taken,
    "points-reversed.v1": Reversed,
    "hold-placed.v1": HoldPlaced,
    "hold-voided.v1": HoldVoided,
    "hold-lapsed.v1": HoldLapsed,
    "points-activated.v1": LotBooked,
    "points-expired.v1": LotBooked,
    "points-cancelled.v1": LotBooked,
    "lot-released.v1": LotReleased,
    "expiry-slid.v1": ExpirySlid,
    "debt-paid.v1": DebtPaid,
    "account-closed.v1": AccountClosed,
}
PROGRAMME_DEFINED = "programme-defined.v1"
