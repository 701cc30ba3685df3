"""The members of the demo: when each joins, and how often each comes."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import attrs

YEAR = 2024
LONDON = ZoneInfo("Europe/London")
FIRST_DAY = datetime(YEAR, 1, 1, tzinfo=LONDON)
DAYS = (datetime(YEAR + 1, 1, 1, tzinfo=LONDON) - FIRST_DAY).days
END = datetime(YEAR + 1, 1, 1, tzinfo=LONDON).astimezone(UTC)

HOUSEHOLD_EVERY = 40
"""One member in so many starts a household with the next one or two."""


@attrs.frozen(kw_only=True)
class Person:
    """A member: the day of joining, and how many *visits* a whole year has."""

    member_id: str
    joins: int
    visits: float
    online: float
    brought: int
    household_id: str | None = None


def people(count: int, random: Random) -> tuple[Person, ...]:
    """Make members: most come seldom, a few come every week."""
    return tuple(_person(number, random) for number in range(count))


def _person(number: int, random: Random) -> Person:
    was_there = happens(random, 0.6)
    place = number % HOUSEHOLD_EVERY
    size = 2 + number // HOUSEHOLD_EVERY % 2
    household = f"home-{number // HOUSEHOLD_EVERY + 1:03}" if place < size else None
    return Person(
        member_id=f"M{number + 1:05}",
        joins=0 if was_there else random.randrange(DAYS - 30),
        visits=min(60.0, random.lognormvariate(1.75, 0.85)),
        online=random.choice((0.0, 0.1, 0.3, 0.8)),
        brought=random.randrange(1, 12) * 50 if was_there and number % 3 == 0 else 0,
        household_id=household,
    )


def happens(random: Random, chance: float) -> bool:
    return random.random() < chance


def instant(day: int, minute: int) -> datetime:
    """Return a minute of a day of the year, as the shop's clock shows it."""
    date = (FIRST_DAY + timedelta(days=day)).date()
    clock = time(hour=minute // 60, minute=minute % 60)
    return datetime.combine(date, clock, tzinfo=LONDON).astimezone(UTC)


def visits(person: Person, random: Random) -> Iterator[tuple[int, int]]:
    """Give the days and minutes at which somebody comes; more often in December."""
    day = person.joins + random.expovariate(person.visits / DAYS)
    while day < DAYS:
        yield int(day), random.randrange(9 * 60, 20 * 60)
        in_december = day > DAYS - 31
        rate = person.visits / DAYS * (1.8 if in_december else 1.0)
        day += random.expovariate(rate)
