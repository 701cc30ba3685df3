"""Calendar steps against counting days one by one, and pinned at their odd ends."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyaltyledger.kernel.time import end_of, later, start_of_day
from loyaltyledger.programme import (
    Expiry,
    ExpiryKind,
    Pending,
    PendingKind,
    available_from,
    expires_at,
)

LONDON = ZoneInfo("Europe/London")
ZONES = st.sampled_from(
    [ZoneInfo(name) for name in ("UTC", "Europe/London", "Asia/Kolkata")]
    + [ZoneInfo("America/St_Johns"), ZoneInfo("Australia/Lord_Howe")]
)
INSTANTS = st.datetimes(
    datetime(2020, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC)
)


def naive_step(day: date, months: int, days: int) -> date:
    """Step month by month, then day by day."""
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    stepped = date(year, month, min(day.day, monthrange(year, month)[1]))
    for _ in range(days):
        stepped += timedelta(days=1)
    return stepped


@given(INSTANTS, st.integers(0, 40), st.integers(0, 60), ZONES)
def test_a_step_lands_on_the_day_that_counting_finds(
    start: datetime, months: int, days: int, tz: ZoneInfo
) -> None:
    local = start.astimezone(tz)

    stepped = later(start, months=months, days=days, tz=tz)

    day = naive_step(local.date(), months, days)
    wanted = datetime.combine(day, local.time(), tz)
    exists = wanted.astimezone(UTC).astimezone(tz).replace(tzinfo=None)
    if exists == wanted.replace(tzinfo=None):
        # the same time of day; where clocks go back, one of the two
        assert stepped.astimezone(tz).replace(tzinfo=None) == exists
    assert stepped.tzinfo is UTC
    assert abs(stepped - wanted.astimezone(UTC)) <= timedelta(hours=1)


@given(INSTANTS, st.integers(1, 300), st.integers(1, 300), ZONES)
def test_a_longer_step_is_never_earlier(
    start: datetime, days: int, more: int, tz: ZoneInfo
) -> None:
    assert later(start, days=days, tz=tz) <= later(start, days=days + more, tz=tz)
    assert later(start, days=days, tz=tz) > start


@given(
    INSTANTS, st.sampled_from(["day", "month", "quarter", "half_year", "year"]), ZONES
)
def test_the_end_of_a_period_is_the_first_day_of_the_next_at_midnight(
    at: datetime, period: str, tz: ZoneInfo
) -> None:
    lengths = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
    day = at.astimezone(tz).date()
    if start_of_day(day, tz) != at:
        day += timedelta(days=1)
    while period != "day" and (day.day != 1 or (day.month - 1) % lengths[period]):
        day += timedelta(days=1)

    assert end_of(period, at, tz) == start_of_day(day, tz)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2023-01-31", 1, "2023-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2023-12-31", 2, "2024-02-29"),
        ("2024-01-30", 1, "2024-02-29"),
        ("2023-10-31", 13, "2024-11-30"),
    ],
)
def test_points_of_a_day_that_a_month_lacks_die_on_its_last(
    start: str, months: int, end: str
) -> None:
    policy = Expiry(kind=ExpiryKind.ROLLING, months=months)
    at = datetime.fromisoformat(f"{start}T12:00").replace(tzinfo=LONDON)

    dies = expires_at(policy, at.astimezone(UTC), LONDON, point_type="points")

    assert dies is not None
    assert dies.astimezone(LONDON).isoformat()[:16] == f"{end}T12:00"


@pytest.mark.parametrize(
    ("start", "days", "hours"),
    [("2024-03-30T12:00", 1, 23), ("2024-10-26T12:00", 1, 25)],
)
def test_a_day_over_a_change_of_clocks_ends_at_the_same_time_of_day(
    start: str, days: int, hours: int
) -> None:
    at = datetime.fromisoformat(start).replace(tzinfo=LONDON).astimezone(UTC)

    assert later(at, days=days, tz=LONDON) - at == timedelta(hours=hours)


def test_a_time_of_day_that_a_change_of_clocks_skips_is_an_hour_later() -> None:
    at = datetime(2024, 3, 30, 1, 30, tzinfo=LONDON).astimezone(UTC)

    stepped = later(at, days=1, tz=LONDON)

    assert stepped == datetime(2024, 3, 31, 1, 30, tzinfo=UTC)
    assert stepped.astimezone(LONDON).hour == 2


def test_pending_hours_are_hours_also_over_a_change_of_clocks() -> None:
    at = datetime(2024, 3, 30, 12, tzinfo=UTC)
    policy = Pending(kind=PendingKind.DURATION, hours=24)

    assert available_from(policy, at, LONDON) == at + timedelta(hours=24)


@given(INSTANTS, st.integers(1, 72), st.integers(0, 5), ZONES)
def test_pending_hours_are_counted_after_days(
    at: datetime, hours: int, days: int, tz: ZoneInfo
) -> None:
    policy = Pending(kind=PendingKind.DURATION, hours=hours, days=days)

    start = available_from(policy, at, tz)

    assert start == later(at, days=days, tz=tz) + timedelta(hours=hours)


@given(
    INSTANTS,
    st.lists(st.dates(date(2019, 1, 1), date(2036, 12, 31)), max_size=5),
    st.sampled_from([("03-01", "09-01"), ("02-29",), ("12-31",), ("01-01",)]),
    ZONES,
)
def test_fixed_dates_are_the_first_that_comes_after(
    at: datetime, dates: list[date], yearly: tuple[str, ...], tz: ZoneInfo
) -> None:
    policy = Expiry(kind=ExpiryKind.FIXED, dates=tuple(dates), yearly=yearly)
    day = at.astimezone(tz).date()
    while not (start_of_day(day, tz) > at and _is_named(day, dates, yearly)):
        day += timedelta(days=1)

    assert expires_at(policy, at, tz, point_type="points") == start_of_day(day, tz)


def _is_named(day: date, dates: list[date], yearly: tuple[str, ...]) -> bool:
    name = day.isoformat()[5:]
    is_last_of_february = name == "02-28" and (day + timedelta(days=1)).month == 3
    return day in dates or name in yearly or (is_last_of_february and "02-29" in yearly)
