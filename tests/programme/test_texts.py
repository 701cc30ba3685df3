"""What a refusal says: the field, and what is wrong with it, word for word."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from loyaltyledger import (
    Conversion,
    Currency,
    Expiry,
    ExpiryKind,
    LedgerError,
    Pending,
    PendingKind,
    PointKind,
    RestoredPolicy,
)
from shop import point_type, programme, rate

expiry: Any = Expiry
pending: Any = Pending
DAY = date(2024, 1, 1)
YEARLY = ("01-31",) * 21


def conversion(source: str, into: str) -> Conversion:
    return Conversion(source=source, into=into, from_points=10, into_points=1)


TEXTS: list[tuple[Callable[[], object], str]] = [
    (lambda: expiry(kind=ExpiryKind.ROLLING), "expiry: rolling needs days or months"),
    (
        lambda: expiry(kind=ExpiryKind.INACTIVITY),
        "expiry: inactivity needs days or months",
    ),
    (lambda: expiry(kind=ExpiryKind.FIXED), "expiry: fixed needs dates or yearly days"),
    (
        lambda: expiry(kind=ExpiryKind.ROLLING, days=1, round_to="week"),
        "expiry: round_to must be one of day, month, quarter, half_year, year",
    ),
    (lambda: expiry(days=1), "expiry: none takes no days, months or round_to"),
    (lambda: expiry(months=1), "expiry: none takes no days, months or round_to"),
    (lambda: expiry(round_to="day"), "expiry: none takes no days, months or round_to"),
    (
        lambda: expiry(kind=ExpiryKind.FIXED, dates=("2024-01-01",)),
        "dates: a str is not a date without a time",
    ),
    (lambda: expiry(dates=(DAY,)), "expiry: none takes no dates"),
    (lambda: expiry(yearly=("01-31",)), "expiry: none takes no dates"),
    (lambda: expiry(kind=ExpiryKind.FIXED, yearly=YEARLY), "expiry: at most 20 dates"),
    (
        lambda: expiry(kind=ExpiryKind.FIXED, yearly=("02-30",)),
        "yearly: '02-30' is not a day of the year written MM-DD",
    ),
    (
        lambda: expiry(kind=ExpiryKind.FIXED, yearly=["01-31"]),
        "yearly: must be of class tuple, not list",
    ),
    (
        lambda: expiry(resets=()),
        "resets: at least one of earn and spend counts as activity",
    ),
    (
        lambda: expiry(resets=("visit",)),
        "resets: at least one of earn and spend counts as activity",
    ),
    (lambda: expiry(resets=["earn"]), "resets: must be of class tuple, not list"),
    (lambda: expiry(days=-1), "days: must be from 0 to 36600"),
    (lambda: expiry(days=36_601), "days: must be from 0 to 36600"),
    (lambda: expiry(months=1_201), "months: must be from 0 to 1200"),
    (lambda: expiry(months=-1), "months: must be from 0 to 1200"),
    (
        lambda: expiry(kind="rolling"),
        "kind: must be a ExpiryKind (none, rolling, fixed, inactivity), not a str",
    ),
    (
        lambda: pending(kind=PendingKind.DURATION),
        "pending: duration needs days or hours",
    ),
    (
        lambda: pending(kind=PendingKind.DATES),
        "pending: dates needs dates or yearly days",
    ),
    (
        lambda: pending(kind=PendingKind.DURATION, hours=1, round_to="week"),
        "pending: round_to must be one of day, month, quarter, half_year, year",
    ),
    (lambda: pending(days=1), "pending: immediate takes no days, hours or round_to"),
    (lambda: pending(hours=1), "pending: immediate takes no days, hours or round_to"),
    (
        lambda: pending(round_to="day"),
        "pending: immediate takes no days, hours or round_to",
    ),
    (lambda: pending(dates=(DAY,)), "pending: immediate takes no dates"),
    (lambda: pending(yearly=("01-31",)), "pending: immediate takes no dates"),
    (
        lambda: pending(kind=PendingKind.DATES, yearly=YEARLY),
        "pending: at most 20 dates",
    ),
    (
        lambda: pending(cancel_after_days=1),
        "pending: immediate takes no cancel_after_days",
    ),
    (
        lambda: pending(kind=PendingKind.DURATION, hours=878_401),
        "hours: must be from 0 to 878400",
    ),
    (
        lambda: pending(kind=PendingKind.EVENT, cancel_after_days=36_601),
        "cancel_after_days: must be from 0 to 36600",
    ),
    (
        lambda: pending(kind=PendingKind.EVENT, cancel_after_days=-1),
        "cancel_after_days: must be from 0 to 36600",
    ),
    (lambda: rate(1, "0"), "per: 0 is not above 0"),
    (lambda: rate(1, "-1"), "per: -1 is not above 0"),
    (
        lambda: rate(0),
        "points: must be at least 1; leave the command out instead of giving 0",
    ),
    (
        lambda: rate(currency="GBX"),
        "currency: 'GBX' is not an ISO 4217 code, such as 'EUR'",
    ),
    (
        lambda: rate(steps="whole"),
        "steps: must be a Steps (whole, proportional), not a str",
    ),
    (
        lambda: rate(rounding="floor"),
        (
            "rounding: must be a Rounding (floor, ceiling, truncate, "
            "half_up, half_even), not a str"
        ),
    ),
    (
        lambda: point_type(kind=PointKind.CASHBACK),
        "currency: cashback, and only cashback, names its currency",
    ),
    (
        lambda: point_type(currency="GBP"),
        "currency: cashback, and only cashback, names its currency",
    ),
    (
        lambda: point_type(kind=PointKind.CASHBACK, currency="POUNDS"),
        "currency: 'POUNDS' is not an ISO 4217 code, such as 'EUR'",
    ),
    (lambda: point_type(restored=RestoredPolicy.GRACE), "grace_days: grace needs days"),
    (lambda: point_type(rates=(rate(), rate(2))), "rates: one rate per currency"),
    (lambda: point_type(hold_minutes=0), "hold_minutes: must be from 1 to 52704000"),
    (
        lambda: point_type(hold_minutes=52_704_001),
        "hold_minutes: must be from 1 to 52704000",
    ),
    (lambda: point_type(grace_days=-1), "grace_days: must be from 0 to 36600"),
    (lambda: point_type(grace_days=36_601), "grace_days: must be from 0 to 36600"),
    (
        lambda: programme(time_zone="Europe/Atlantis"),
        (
            "time_zone: 'Europe/Atlantis' is not a zone of the IANA "
            "database, such as 'Europe/London'"
        ),
    ),
    (
        lambda: programme(point_types=()),
        "point_types: at least one point type, each with a name of its own",
    ),
    (
        lambda: programme(point_types=(point_type(), point_type())),
        "point_types: at least one point type, each with a name of its own",
    ),
    (lambda: programme(currencies=()), "currencies: rates use GBP, not listed here"),
    (
        lambda: programme(
            currencies=(),
            point_types=(point_type(rates=(rate(), rate(currency="EUR"))),),
        ),
        "currencies: rates use EUR, GBP, not listed here",
    ),
    (
        lambda: programme(conversions=(conversion("points", "miles"),)),
        "conversions: points into miles: unknown type",
    ),
    (
        lambda: programme(conversions=(conversion("miles", "points"),)),
        "conversions: miles into points: unknown type",
    ),
    (
        lambda: programme(conversions=(conversion("points", "points"),)),
        "conversions: points into itself",
    ),
    (lambda: programme().point_type("miles"), "point type 'miles' is not known"),
    (
        lambda: programme().conversion("points", "miles"),
        "conversion 'points into miles' is not known",
    ),
    (
        lambda: Currency(code="GBP", price_decimals=7),
        "price_decimals: must be from 0 to 6",
    ),
    (
        lambda: Currency(code="GBP", price_decimals=-1),
        "price_decimals: must be from 0 to 6",
    ),
    (
        lambda: Currency(code="gbp"),
        "code: 'gbp' is not an ISO 4217 code, such as 'EUR'",
    ),
]


@pytest.mark.parametrize(("wrong", "text"), TEXTS, ids=[text for _, text in TEXTS])
def test_a_refusal_says_what_is_wrong(wrong: Callable[[], object], text: str) -> None:
    with pytest.raises(LedgerError) as refused:
        wrong()

    assert str(refused.value) == text
