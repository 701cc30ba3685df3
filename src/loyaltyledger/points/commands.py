"""What can be asked of accounts.

Every command carries the caller's *key*: the same command under the same key is
carried out once, whenever and however often it is sent. *at* is when it happened; left
out, it is now. Ids that are left out are the key.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

import attrs

from ..kernel.errors import InvalidInputError, InvalidPointsError, PeriodError
from ..kernel.fields import check_reason, check_text, instant, one_of
from ..kernel.ids import check_entry_id, check_id, check_optional_id
from ..kernel.quantities import POINTS_MAX, check_optional_points, check_points
from .account import AccountId


class Rest(StrEnum):
    """What a part capture does with the rest of the hold; the caller must say."""

    RELEASE = "release"
    KEEP = "keep"


def _id() -> Any:
    return attrs.field(validator=check_id)


def _id_or_key() -> Any:
    return attrs.field(default=None, validator=check_optional_id)


def _text() -> Any:
    return attrs.field(default=None, validator=check_text)


def _check_change(_instance: object, attribute: Any, value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not value:
        problem = "must be a whole number, positive or negative, and not 0"
        raise InvalidPointsError(field=attribute.name, problem=problem)
    if abs(value) > POINTS_MAX:
        problem = f"{value} is beyond {POINTS_MAX}"
        raise InvalidPointsError(field=attribute.name, problem=problem)


def _check_account(_instance: object, attribute: Any, value: Any) -> None:
    if AccountId.read(value) is None:
        problem = "is not the stream of an account"
        raise InvalidInputError(field=attribute.name, problem=problem)


@attrs.frozen(kw_only=True)
class Earn:
    """Grant points to a member.

    Without *available_from* and *expires_at* the policies of the point type say when
    the points are usable and when they die.
    """

    key: str = _id()
    programme_id: str = _id()
    member_id: str = _id()
    point_type: str = _id()
    points: int = attrs.field(validator=check_points)
    at: datetime | None = instant("at")
    entry_id: str | None = _id_or_key()
    available_from: datetime | None = instant("available_from")
    expires_at: datetime | None = instant("expires_at")
    reference: str | None = _text()
    reason: str | None = _text()
    actor: str | None = _id_or_key()

    def __attrs_post_init__(self) -> None:
        _check_period(self.available_from, self.expires_at)


@attrs.frozen(kw_only=True)
class OpenBalance:
    """Bring in points that a member had before this ledger."""

    key: str = _id()
    programme_id: str = _id()
    member_id: str = _id()
    point_type: str = _id()
    points: int = attrs.field(validator=check_points)
    at: datetime | None = instant("at")
    entry_id: str | None = _id_or_key()
    available_from: datetime | None = instant("available_from")
    expires_at: datetime | None = instant("expires_at")
    reference: str | None = _text()
    reason: str | None = _text()
    actor: str | None = _id_or_key()

    def __attrs_post_init__(self) -> None:
        _check_period(self.available_from, self.expires_at)


@attrs.frozen(kw_only=True)
class Adjust:
    """Change a balance by hand; *points* may be negative, and never makes debt."""

    key: str = _id()
    programme_id: str = _id()
    member_id: str = _id()
    point_type: str = _id()
    points: int = attrs.field(validator=_check_change)
    actor: str = _id()
    reason: str = attrs.field(validator=check_reason)
    at: datetime | None = instant("at")
    entry_id: str | None = _id_or_key()
    available_from: datetime | None = instant("available_from")
    expires_at: datetime | None = instant("expires_at")
    reference: str | None = _text()

    def __attrs_post_init__(self) -> None:
        if self.points < 0 and (self.available_from or self.expires_at):
            problem = "points that are taken away have no dates; leave them out"
            raise InvalidInputError(field="expires_at", problem=problem)
        _check_period(self.available_from, self.expires_at)


@attrs.frozen(kw_only=True)
class Spend:
    """Use points at once."""

    key: str = _id()
    programme_id: str = _id()
    member_id: str = _id()
    point_type: str = _id()
    points: int = attrs.field(validator=check_points)
    at: datetime | None = instant("at")
    entry_id: str | None = _id_or_key()
    reference: str | None = _text()
    reason: str | None = _text()
    actor: str | None = _id_or_key()


@attrs.frozen(kw_only=True)
class PlaceHold:
    """Reserve points until *lapses_at*, or for as long as the point type says."""

    key: str = _id()
    programme_id: str = _id()
    member_id: str = _id()
    point_type: str = _id()
    points: int = attrs.field(validator=check_points)
    at: datetime | None = instant("at")
    hold_id: str | None = _id_or_key()
    lapses_at: datetime | None = instant("lapses_at")
    reference: str | None = _text()

    def __attrs_post_init__(self) -> None:
        _check_period(self.at, self.lapses_at, end="lapses_at")


@attrs.frozen(kw_only=True)
class CaptureHold:
    """Use points of a hold: all that is open, or *points* of it."""

    key: str = _id()
    programme_id: str = _id()
    member_id: str = _id()
    point_type: str = _id()
    hold_id: str = _id()
    points: int | None = attrs.field(default=None, validator=check_optional_points)
    rest: Rest | None = attrs.field(default=None, validator=one_of(Rest, optional=True))
    at: datetime | None = instant("at")
    entry_id: str | None = _id_or_key()
    reference: str | None = _text()
    reason: str | None = _text()
    actor: str | None = _id_or_key()

    def __attrs_post_init__(self) -> None:
        if self.points is not None and self.rest is None:
            problem = "say what a part capture does with the rest: release or keep"
            raise InvalidInputError(field="rest", problem=problem)


@attrs.frozen(kw_only=True)
class VoidHold:
    """Give back what is open of a hold."""

    key: str = _id()
    programme_id: str = _id()
    member_id: str = _id()
    point_type: str = _id()
    hold_id: str = _id()
    at: datetime | None = instant("at")
    reason: str | None = _text()


@attrs.frozen(kw_only=True)
class Reverse:
    """Undo an entry (an earn, spend, capture, adjustment, or another reversal).

    Undoes all that is left of it, or *points* of it. A transfer or a conversion is
    undone on both accounts.
    """

    key: str = _id()
    programme_id: str = _id()
    member_id: str = _id()
    point_type: str = _id()
    entry_id: str = attrs.field(validator=check_entry_id)
    points: int | None = attrs.field(default=None, validator=check_optional_points)
    at: datetime | None = instant("at")
    reversal_id: str | None = _id_or_key()
    reference: str | None = _text()
    reason: str | None = _text()
    actor: str | None = _id_or_key()


@attrs.frozen(kw_only=True)
class ReleasePending:
    """Say that the event which points of an entry waited for has happened."""

    key: str = _id()
    programme_id: str = _id()
    member_id: str = _id()
    point_type: str = _id()
    entry_id: str = attrs.field(validator=check_entry_id)
    at: datetime | None = instant("at")


@attrs.frozen(kw_only=True)
class Transfer:
    """Move points of one member to another, in one commit.

    *to_household* moves them to a household instead of a member.
    """

    key: str = _id()
    programme_id: str = _id()
    member_id: str = _id()
    point_type: str = _id()
    points: int = attrs.field(validator=check_points)
    to_member: str | None = _id_or_key()
    to_household: str | None = _id_or_key()
    at: datetime | None = instant("at")
    entry_id: str | None = _id_or_key()
    reference: str | None = _text()
    reason: str | None = _text()
    actor: str | None = _id_or_key()

    def __attrs_post_init__(self) -> None:
        if (self.to_member is None) == (self.to_household is None):
            problem = "name one receiver: to_member or to_household"
            raise InvalidInputError(field="to_member", problem=problem)


@attrs.frozen(kw_only=True)
class Convert:
    """Turn points of one type into another at the programme's rate.

    Takes only as many points as the result needs, so up to *points*.
    """

    key: str = _id()
    programme_id: str = _id()
    member_id: str = _id()
    point_type: str = _id()
    into: str = _id()
    points: int = attrs.field(validator=check_points)
    at: datetime | None = instant("at")
    entry_id: str | None = _id_or_key()
    reference: str | None = _text()
    reason: str | None = _text()
    actor: str | None = _id_or_key()


@attrs.frozen(kw_only=True)
class SweepAccount:
    """Book what time has done to one account, named by its ``AccountId.stream``."""

    key: str = _id()
    account: str = attrs.field(validator=_check_account)
    at: datetime | None = instant("at")


def _check_period(
    start: datetime | None, end_at: datetime | None, *, end: str = "expires_at"
) -> None:
    if start is not None and end_at is not None and end_at <= start:
        problem = f"{end_at.isoformat()} is not after {start.isoformat()}"
        raise PeriodError(field=end, problem=problem)


Command = (
    Earn
    | OpenBalance
    | Adjust
    | Spend
    | PlaceHold
    | CaptureHold
    | VoidHold
    | Reverse
    | ReleasePending
    | Transfer
    | Convert
    | SweepAccount
)
