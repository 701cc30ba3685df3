"""What goes into the log, and what comes out of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import attrs

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@attrs.frozen(kw_only=True)
class Recorded:
    """An event with its place in the log."""

    position: int
    stream: str
    version: int
    name: str
    at: datetime
    recorded_at: datetime
    event: Any


@attrs.frozen(kw_only=True)
class Append:
    """What to write to one stream; *expected* is the version the decision saw."""

    stream: str
    expected: int
    events: tuple[Any, ...]


@attrs.frozen(kw_only=True)
class KeyRecord:
    """What was done under an idempotency key."""

    key: str
    name: str
    digest: bytes
    fields: str
    recorded_at: datetime
    events: tuple[Recorded, ...]


@attrs.frozen(kw_only=True)
class RawEvent:
    """An event as it is stored; instants are microseconds since 1970."""

    position: int
    stream: str
    version: int
    name: str
    at: int
    recorded_at: int
    payload: bytes


@attrs.frozen(kw_only=True)
class CommandRow:
    """A command as it is stored; its events lie side by side in the log."""

    key: str
    name: str
    digest: bytes
    fields: str
    first_event: int
    events: int
    recorded_at: int


def micros(at: datetime) -> int:
    """Count the microseconds since 1970, exactly."""
    return (at - EPOCH) // MICROSECOND


def instant(count: int) -> datetime:
    return EPOCH + count * MICROSECOND
