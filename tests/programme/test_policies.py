"""When points become usable and when they die, to the microsecond."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from loyaltyledger import (
    Expiry,
    ExpiryKind,
    InvalidInputError,
    NoExpiryDateError,
    Pending,
    PendingKind,
)
from loyaltyledger.programme import available_from, cancel_by, expires_at

LONDON = ZoneInfo("Europe/London")
DAY = date(2024, 1, 1)
NOON = datetime(2024, 5, 17, 12, tzinfo=UTC)


def starts(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=LONDON).astimezone(UTC)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Expiry(), None),
        (Expiry(kind=ExpiryKind.ROLLING, days=30), NOON + timedelta(days=30)),
        (Expiry(kind=ExpiryKind.ROLLING, months=1), NOON + timedelta(days=31)),
        (
            Expiry(kind=ExpiryKind.ROLLING, months=1, round_to="month"),
            starts(date(2024, 7, 1)),
        ),
        (Expiry(kind=ExpiryKind.INACTIVITY, days=30), NOON + timedelta(days=30)),
        (
            Expiry(kind=ExpiryKind.FIXED, dates=(date(2024, 9, 1), date(2024, 6, 1))),
            starts(date(2024, 6, 1)),
        ),
        (Expiry(kind=ExpiryKind.FIXED, yearly=("05-17",)), starts(date(2025, 5, 17))),
        (Expiry(kind=ExpiryKind.FIXED, yearly=("02-29",)), starts(date(2025, 2, 28))),
        (
            Expiry(kind=ExpiryKind.FIXED, yearly=("12-31", "06-30")),
            starts(date(2024, 6, 30)),
        ),
    ],
)
def test_a_lot_dies_when_its_policy_says(
    policy: Expiry, expected: datetime | None
) -> None:
    assert expires_at(policy, NOON, LONDON, point_type="points") == expected


def test_a_lot_granted_at_a_fixed_date_dies_at_the_next() -> None:
    policy = Expiry(kind=ExpiryKind.FIXED, yearly=("06-01",))
    first = starts(date(2024, 6, 1))

    just_before = first - timedelta(microseconds=1)
    assert expires_at(policy, just_before, LONDON, point_type="points") == first
    following = starts(date(2025, 6, 1))
    assert expires_at(policy, first, LONDON, point_type="points") == following


def test_the_29th_of_february_is_itself_in_a_leap_year() -> None:
    policy = Expiry(kind=ExpiryKind.FIXED, yearly=("02-29",))
    at = datetime(2028, 1, 1, tzinfo=UTC)

    end = expires_at(policy, at, LONDON, point_type="points")

    assert end == starts(date(2028, 2, 29))


@pytest.mark.parametrize(
    ("year", "day"), [(2096, 29), (2100, 28), (2101, 28), (2400, 29), (3200, 29)]
)
def test_a_century_is_a_leap_year_only_every_fourth_time(year: int, day: int) -> None:
    policy = Expiry(kind=ExpiryKind.FIXED, yearly=("02-29",))
    at = datetime(year, 1, 1, tzinfo=UTC)

    end = expires_at(policy, at, LONDON, point_type="points")

    assert end == starts(date(year, 2, day))


def test_the_year_is_that_of_the_shop() -> None:
    auckland = ZoneInfo("Pacific/Auckland")
    policy = Expiry(kind=ExpiryKind.FIXED, yearly=("01-01",))
    new_year = datetime(2025, 1, 1, 1, tzinfo=auckland)

    end = expires_at(policy, new_year, auckland, point_type="points")

    assert end == datetime(2026, 1, 1, tzinfo=auckland)


def test_dates_that_have_run_out_are_told() -> None:
    policy = Expiry(kind=ExpiryKind.FIXED, dates=(date(2024, 5, 1),))

    with pytest.raises(NoExpiryDateError) as refused:
        expires_at(policy, NOON, LONDON, point_type="points")

    assert refused.value.after == NOON


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Pending(), NOON),
        (
            Pending(kind=PendingKind.DURATION, days=1, hours=2),
            NOON + timedelta(hours=26),
        ),
        (
            Pending(kind=PendingKind.DURATION, hours=1, round_to="day"),
            starts(date(2024, 5, 18)),
        ),
        (
            Pending(kind=PendingKind.DATES, dates=(date(2024, 6, 1),)),
            starts(date(2024, 6, 1)),
        ),
        (Pending(kind=PendingKind.DATES, dates=(date(2024, 5, 1),)), None),
        (Pending(kind=PendingKind.EVENT), None),
    ],
)
def test_points_become_usable_when_their_policy_says(
    policy: Pending, expected: datetime | None
) -> None:
    assert available_from(policy, NOON, LONDON) == expected


def test_hours_are_hours_and_days_are_days_when_the_clocks_change() -> None:
    eve = datetime(2024, 3, 30, 12, tzinfo=UTC)
    by_day = Pending(kind=PendingKind.DURATION, days=1)
    by_hours = Pending(kind=PendingKind.DURATION, hours=24)

    assert available_from(by_day, eve, LONDON) == eve + timedelta(hours=23)
    assert available_from(by_hours, eve, LONDON) == eve + timedelta(hours=24)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Pending(), None),
        (Pending(kind=PendingKind.EVENT), None),
        (
            Pending(kind=PendingKind.EVENT, cancel_after_days=3),
            NOON + timedelta(days=3),
        ),
    ],
)
def test_what_waits_for_an_event_is_cancelled_at_its_deadline(
    policy: Pending, expected: datetime | None
) -> None:
    assert cancel_by(policy, NOON, LONDON) == expected


def test_a_policy_has_up_to_twenty_dates() -> None:
    days = ("01-31",) * 19

    for dates in ({"yearly": (*days, "02-01")}, {"yearly": days, "dates": (DAY,)}):
        fields: dict[str, Any] = dates
        assert Expiry(kind=ExpiryKind.FIXED, **fields).yearly[0] == "01-31"
        assert Pending(kind=PendingKind.DATES, **fields).yearly[0] == "01-31"


def test_a_deadline_is_in_days_of_the_shop() -> None:
    eve = datetime(2024, 3, 30, 12, tzinfo=UTC)
    policy = Pending(kind=PendingKind.EVENT, cancel_after_days=1)

    assert cancel_by(policy, eve, LONDON) == eve + timedelta(hours=23)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (Expiry, {"kind": ExpiryKind.ROLLING}),
        (Expiry, {"kind": ExpiryKind.INACTIVITY}),
        (Expiry, {"kind": ExpiryKind.FIXED}),
        (Expiry, {"kind": ExpiryKind.ROLLING, "days": 1, "round_to": "week"}),
        (Expiry, {"days": 1}),
        (Expiry, {"dates": (date(2024, 1, 1),)}),
        (Expiry, {"kind": ExpiryKind.FIXED, "yearly": ("01-31",) * 21}),
        (Expiry, {"yearly": ("02-30",)}),
        (Expiry, {"yearly": ("2-3",)}),
        (Expiry, {"yearly": ("W01-1",)}),
        (Expiry, {"yearly": (131,)}),
        (Expiry, {"yearly": ["01-31"]}),
        (Expiry, {"yearly": ("01-31",) * 20, "dates": (date(2024, 1, 1),)}),
        (Expiry, {"resets": ()}),
        (Expiry, {"resets": ("visit",)}),
        (Expiry, {"days": -1}),
        (Expiry, {"days": 36_601}),
        (Expiry, {"months": 1_201}),
        (Pending, {"kind": PendingKind.DURATION}),
        (Pending, {"kind": PendingKind.DATES}),
        (Pending, {"kind": PendingKind.DURATION, "days": 1, "round_to": "week"}),
        (Pending, {"kind": PendingKind.DATES, "yearly": ("01-31",) * 21}),
        (Pending, {"days": 1}),
        (Pending, {"yearly": ("01-31",)}),
        (Pending, {"cancel_after_days": 1}),
    ],
)
def test_a_policy_that_cannot_work_is_refused(
    kind: type, fields: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInputError):
        kind(**fields)
