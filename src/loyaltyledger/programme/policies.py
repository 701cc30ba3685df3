"""What a programme decides once for each point type: when points are usable and die.

A policy is one flat value with a *kind*, so that it reads the same in Python, in a
file and in the log. The functions turn a policy and an instant into an instant.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, assert_never
from zoneinfo import ZoneInfo

import attrs

from ..kernel.errors import InvalidInputError, NoExpiryDateError
from ..kernel.fields import check_dates, check_instance, count, one_of
from ..kernel.time import end_of, later, start_of_day

DATES_MAX = 20
DAYS_MAX = 36_600
MONTHS_MAX = 1_200
"""A hundred years: a policy that looks further ahead is a slip of the pen."""

_YEAR_DAY = re.compile("[0-9]{2}-[0-9]{2}")
PERIODS = ("day", "month", "quarter", "half_year", "year")


class ExpiryKind(StrEnum):
    """How long points live; see Expiry for what each needs."""

    NONE = "none"
    ROLLING = "rolling"
    FIXED = "fixed"
    INACTIVITY = "inactivity"


class PendingKind(StrEnum):
    """When points become usable; see Pending for what each needs."""

    IMMEDIATE = "immediate"
    DURATION = "duration"
    DATES = "dates"
    EVENT = "event"


class SpendOrder(StrEnum):
    """Which lot is drawn first; ties go to the older, then the first recorded."""

    EARLIEST_EXPIRY = "earliest_expiry"
    FIRST_IN = "first_in"


class ReversalPolicy(StrEnum):
    """What undoing an earn does when its points are already spent."""

    DEBT = "debt"
    WITHIN_BALANCE = "within_balance"
    PENDING_ONLY = "pending_only"


class RestoredPolicy(StrEnum):
    """What becomes of points given back to a lot that has died meanwhile."""

    EXPIRE_AT_ONCE = "expire_at_once"
    GRACE = "grace"


class TransferExpiry(StrEnum):
    """Whether points that move to another account keep their dates."""

    KEEP = "keep"
    RESET = "reset"


def _check_year_days(_instance: object, attribute: Any, value: Any) -> None:
    check_instance(attribute.name, value, tuple)
    for day in value:
        if not isinstance(day, str) or not _YEAR_DAY.fullmatch(day) or _no_day(day):
            problem = f"{day!r} is not a day of the year written MM-DD"
            raise InvalidInputError(field=attribute.name, problem=problem)


def _no_day(text: str) -> bool:
    try:
        date.fromisoformat(f"2000-{text}")
    except ValueError:
        return True
    return False


def _check_activities(_instance: object, attribute: Any, value: Any) -> None:
    check_instance(attribute.name, value, tuple)
    if not value or any(one not in ("earn", "spend") for one in value):
        problem = "at least one of earn and spend counts as activity"
        raise InvalidInputError(field=attribute.name, problem=problem)


def _days() -> Any:
    return attrs.field(default=0, validator=count(0, DAYS_MAX))


def _yearly() -> Any:
    return attrs.field(default=(), validator=_check_year_days)


def _kind(default: StrEnum) -> Any:
    return attrs.field(default=default, validator=one_of(type(default)))


def _dates() -> Any:
    return attrs.field(default=(), validator=check_dates)


@attrs.frozen(kw_only=True)
class Expiry:
    """When a lot dies: ``expires_at`` is the first instant at which it is dead.

    *rolling*: days and months after it became available, rounded up to the end of
    *round_to*. *fixed*: at the start of the next of *dates* or *yearly* (``MM-DD``)
    days. *inactivity*: days and months after the last activity of the account, where
    *resets* says which of ``earn`` and ``spend`` is activity.
    """

    kind: ExpiryKind = _kind(ExpiryKind.NONE)
    days: int = _days()
    months: int = attrs.field(default=0, validator=count(0, MONTHS_MAX))
    round_to: str | None = None
    dates: tuple[date, ...] = _dates()
    yearly: tuple[str, ...] = _yearly()
    resets: tuple[str, ...] = attrs.field(
        default=("earn", "spend"), validator=_check_activities
    )

    def __attrs_post_init__(self) -> None:
        moves = self.kind in {ExpiryKind.ROLLING, ExpiryKind.INACTIVITY}
        if moves and not (self.days or self.months):
            _refuse("expiry", f"{self.kind} needs days or months")
        if not moves and (self.days or self.months or self.round_to):
            _refuse("expiry", f"{self.kind} takes no days, months or round_to")
        if self.kind is not ExpiryKind.FIXED and (self.dates or self.yearly):
            _refuse("expiry", f"{self.kind} takes no dates")
        if self.kind is ExpiryKind.FIXED and not (self.dates or self.yearly):
            _refuse("expiry", "fixed needs dates or yearly days")
        if self.round_to is not None and self.round_to not in PERIODS:
            _refuse("expiry", f"round_to must be one of {', '.join(PERIODS)}")
        if len(self.dates) + len(self.yearly) > DATES_MAX:
            _refuse("expiry", f"at most {DATES_MAX} dates")


@attrs.frozen(kw_only=True)
class Pending:
    """When granted points become usable.

    *duration*: after days and hours, rounded up to the end of *round_to*. *dates*: at
    the start of the next of these days. *event*: when the host says so; if it has not
    within *cancel_after_days* (0: no limit), the points are cancelled.
    """

    kind: PendingKind = _kind(PendingKind.IMMEDIATE)
    days: int = _days()
    hours: int = attrs.field(default=0, validator=count(0, DAYS_MAX * 24))
    round_to: str | None = None
    dates: tuple[date, ...] = _dates()
    yearly: tuple[str, ...] = _yearly()
    cancel_after_days: int = _days()

    def __attrs_post_init__(self) -> None:
        lasts = self.kind is PendingKind.DURATION
        if lasts and not (self.days or self.hours):
            _refuse("pending", "duration needs days or hours")
        if not lasts and (self.days or self.hours or self.round_to):
            _refuse("pending", f"{self.kind} takes no days, hours or round_to")
        if self.kind is not PendingKind.DATES and (self.dates or self.yearly):
            _refuse("pending", f"{self.kind} takes no dates")
        if self.kind is not PendingKind.EVENT and self.cancel_after_days:
            _refuse("pending", f"{self.kind} takes no cancel_after_days")
        if self.kind is PendingKind.DATES and not (self.dates or self.yearly):
            _refuse("pending", "dates needs dates or yearly days")
        if self.round_to is not None and self.round_to not in PERIODS:
            _refuse("pending", f"round_to must be one of {', '.join(PERIODS)}")
        if len(self.dates) + len(self.yearly) > DATES_MAX:
            _refuse("pending", f"at most {DATES_MAX} dates")


def _refuse(field: str, problem: str) -> None:
    raise InvalidInputError(field=field, problem=problem)


def available_from(policy: Pending, at: datetime, tz: ZoneInfo) -> datetime | None:
    """Return when points granted at *at* become usable; None: on an event."""
    match policy.kind:
        case PendingKind.IMMEDIATE:
            return at
        case PendingKind.DURATION:
            day = later(at, days=policy.days, tz=tz)
            until = datetime.fromtimestamp(
                day.timestamp() + policy.hours * 3600, tz=UTC
            ).replace(microsecond=day.microsecond)
            return _rounded(until, policy.round_to, tz)
        case PendingKind.DATES:
            return _next_date(policy.dates, policy.yearly, at, tz)
        case PendingKind.EVENT:
            return None
        case _:
            assert_never(policy.kind)


def cancel_by(policy: Pending, at: datetime, tz: ZoneInfo) -> datetime | None:
    """Return when points that wait for an event are cancelled; None: never."""
    if policy.kind is not PendingKind.EVENT or not policy.cancel_after_days:
        return None
    return later(at, days=policy.cancel_after_days, tz=tz)


def expires_at(
    policy: Expiry, available: datetime, tz: ZoneInfo, *, point_type: str
) -> datetime | None:
    """Return the first instant at which a lot usable from *available* is dead."""
    match policy.kind:
        case ExpiryKind.NONE:
            return None
        case ExpiryKind.ROLLING | ExpiryKind.INACTIVITY:
            until = later(available, months=policy.months, days=policy.days, tz=tz)
            return _rounded(until, policy.round_to, tz)
        case ExpiryKind.FIXED:
            until_or_none = _next_date(policy.dates, policy.yearly, available, tz)
            if until_or_none is None:
                raise NoExpiryDateError(point_type=point_type, after=available)
            return until_or_none
        case _:
            assert_never(policy.kind)


def _rounded(at: datetime, period: str | None, tz: ZoneInfo) -> datetime:
    return at if period is None else end_of(period, at, tz)


def _next_date(
    dates: tuple[date, ...], yearly: tuple[str, ...], after: datetime, tz: ZoneInfo
) -> datetime | None:
    """Return the start of the first of the days that comes after *after*."""
    year = after.astimezone(tz).year
    days = [*dates, *_of_years(yearly, range(year, year + 2))]
    starts = (start_of_day(day, tz) for day in days)
    return min((start for start in starts if start > after), default=None)


def _of_years(yearly: tuple[str, ...], years: range) -> Iterator[date]:
    """Yield each MM-DD in each year; 29 February is 28 where there is none."""
    for year in years:
        for text in yearly:
            month, day = (int(part) for part in text.split("-"))
            leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
            yield date(year, month, 28 if (month, day) == (2, 29) and not leap else day)
