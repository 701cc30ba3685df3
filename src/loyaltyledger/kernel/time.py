"""Instants, periods and calendar steps. An instant always carries a zone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil.relativedelta import relativedelta

from .errors import InvalidInputError, NaiveDatetimeError

BEGINNING = datetime.min.replace(tzinfo=UTC)
"""Before every instant."""

NEVER = datetime.max.replace(tzinfo=UTC)
"""After every instant: the sort key of what has no end."""

YEAR_MIN = 1900
YEAR_MAX = 3999
"""Commands are dated within these years: from them any policy can step on safely."""


def utc(value: datetime) -> datetime:
    """Bring an instant to UTC; refuse one that names no zone."""
    if not isinstance(value, datetime):
        raise InvalidInputError(field="datetime", problem=f"{value!r} is no datetime")
    if value.tzinfo is UTC:
        return value
    if value.utcoffset() is None:
        raise NaiveDatetimeError(
            field="datetime",
            problem=f"{value.isoformat()} has no time zone; say which one it is in",
        )
    try:
        return value.astimezone(UTC)
    except OverflowError:
        problem = f"{value.isoformat()} has no place in the calendar of UTC"
        raise InvalidInputError(field="datetime", problem=problem) from None


def command_instant(value: datetime, *, field: str) -> datetime:
    """Bring the instant of a command to UTC; errors name the *field*."""
    try:
        instant = utc(value)
    except InvalidInputError as error:
        raise type(error)(field=field, problem=error.problem) from None
    if not YEAR_MIN <= instant.year <= YEAR_MAX:
        problem = f"{instant.isoformat()} is not within {YEAR_MIN}-{YEAR_MAX}"
        raise InvalidInputError(field=field, problem=problem)
    return instant


def utc_or_none(value: datetime | None) -> datetime | None:
    return None if value is None else utc(value)


def zone(name: str) -> ZoneInfo:
    """Return the time zone called *name* in the IANA database."""
    try:
        if isinstance(name, str):
            return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    problem = f"{name!r} is not a zone of the IANA database, such as 'Europe/London'"
    raise InvalidInputError(field="time_zone", problem=problem)


def later(start: datetime, *, months: int = 0, days: int = 0, tz: ZoneInfo) -> datetime:
    """Step on by calendar months and days, on the wall clock of *tz*.

    31 January and one month is the last day of February.
    """
    local = start.astimezone(tz) + relativedelta(months=months, days=days)
    return local.astimezone(UTC)


def start_of_day(day: date, tz: ZoneInfo) -> datetime:
    """Return the first instant of *day* in *tz*, in UTC."""
    return datetime.combine(day, time.min, tzinfo=tz).astimezone(UTC)


_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


def end_of(period: str, at: datetime, tz: ZoneInfo) -> datetime:
    """Return the first instant after the day, month, … year that holds *at*.

    An instant that is itself such a boundary stays where it is.
    """
    local = at.astimezone(tz)
    if period == "day":
        first = local.date()
        following = first + timedelta(days=1)
    else:
        months = _MONTHS[period]
        month = (local.month - 1) // months * months + 1
        first = local.date().replace(month=month, day=1)
        following = first + relativedelta(months=months)
    if start_of_day(first, tz) == at:
        return at
    return start_of_day(following, tz)
