"""Instants carry a zone; calendar steps follow the wall clock of the shop."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from loyaltyledger import InvalidInputError, NaiveDatetimeError
from loyaltyledger.kernel.time import (
    command_instant,
    end_of,
    later,
    start_of_day,
    utc,
    utc_or_none,
    zone,
)

LONDON = ZoneInfo("Europe/London")
NOON = datetime(2024, 5, 17, 12, tzinfo=UTC)


def test_an_instant_is_brought_to_utc() -> None:
    there = datetime(2024, 5, 17, 13, tzinfo=LONDON)

    assert utc(there) == NOON
    assert utc(there).tzinfo is UTC
    assert utc(NOON) is NOON
    assert utc_or_none(None) is None
    assert utc_or_none(there) == NOON


def test_an_instant_needs_a_zone() -> None:
    with pytest.raises(NaiveDatetimeError):
        utc(datetime(2024, 5, 17))


@pytest.mark.parametrize("value", ["2024-05-17", date(2024, 5, 17), None])
def test_an_instant_is_no_text_and_no_day(value: Any) -> None:
    with pytest.raises(InvalidInputError):
        utc(value)


def test_an_instant_before_the_first_of_utc_is_refused() -> None:
    east = timezone(timedelta(hours=14))

    with pytest.raises(InvalidInputError):
        utc(datetime.min.replace(tzinfo=east))


@pytest.mark.parametrize("year", [1900, 3999])
def test_a_command_may_be_dated_within_these_years(year: int) -> None:
    assert command_instant(NOON.replace(year=year), field="at").year == year


@pytest.mark.parametrize("year", [1899, 4000])
def test_a_command_may_not_be_dated_outside_these_years(year: int) -> None:
    with pytest.raises(InvalidInputError) as refused:
        command_instant(NOON.replace(year=year), field="at")

    assert refused.value.field == "at"


@pytest.mark.parametrize("name", ["", "Europe/Atlantis", "../etc/passwd", "\0", None])
def test_a_zone_is_one_of_the_database(name: Any) -> None:
    with pytest.raises(InvalidInputError) as refused:
        zone(name)

    assert refused.value.field == "time_zone"


def test_a_day_later_is_the_same_time_of_day_across_the_change_of_clocks() -> None:
    before = datetime(2024, 3, 30, 12, tzinfo=LONDON)

    after = later(before, days=1, tz=LONDON)

    assert after == datetime(2024, 3, 31, 11, tzinfo=UTC)
    assert after.tzinfo is UTC


def test_a_month_after_the_31st_is_the_last_of_february() -> None:
    start = datetime(2023, 1, 31, 12, tzinfo=UTC)

    assert later(start, months=1, tz=LONDON) == datetime(2023, 2, 28, 12, tzinfo=UTC)


def test_a_day_starts_at_midnight_where_the_shop_is() -> None:
    start = start_of_day(date(2024, 7, 1), LONDON)

    assert start == datetime(2024, 6, 30, 23, tzinfo=UTC)
    assert start.tzinfo is UTC


@pytest.mark.parametrize(
    ("period", "end"),
    [
        ("day", date(2024, 5, 18)),
        ("month", date(2024, 6, 1)),
        ("quarter", date(2024, 7, 1)),
        ("half_year", date(2024, 7, 1)),
        ("year", date(2025, 1, 1)),
    ],
)
def test_a_period_ends_where_the_next_begins(period: str, end: date) -> None:
    boundary = start_of_day(end, LONDON)

    assert end_of(period, NOON, LONDON) == boundary
    assert end_of(period, boundary - timedelta(microseconds=1), LONDON) == boundary
    assert end_of(period, boundary, LONDON) == boundary
    assert end_of(period, boundary + timedelta(microseconds=1), LONDON) > boundary
