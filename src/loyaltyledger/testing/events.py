"""Events, commands and shortcuts for tests of a store."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Protocol

import attrs

from ..store import Append, Recorded, Store, Transaction

NOW = datetime(2024, 5, 17, 10, 30, tzinfo=UTC)
DIGEST = bytes(range(16))


class OpenStore(Protocol):
    """Opens a store on the test's own database, which is empty at first."""

    def __call__(
        self, *, names: Mapping[str, type], clock: Callable[[], datetime]
    ) -> Store: ...


@attrs.frozen(kw_only=True)
class Part:
    of: str
    points: int = attrs.field(validator=attrs.validators.gt(0))


@attrs.frozen(kw_only=True)
class Counted:
    at: datetime
    points: int
    price: Decimal | None = None
    parts: tuple[Part, ...] = ()
    tags: frozenset[str] = frozenset()


@attrs.frozen(kw_only=True)
class Closed:
    at: datetime
    reason: str


NAMES: dict[str, type] = {"counted.v1": Counted, "closed.v1": Closed}


class Clock:
    """Gives an instant a second later each time."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def counted(points: int) -> Counted:
    return Counted(at=NOW, points=points)


def put(
    transaction: Transaction, key: str, stream: str, expected: int, *points: int
) -> tuple[Recorded, ...]:
    """Append events that count *points* to one stream."""
    events = tuple(map(counted, points))
    return transaction.append(
        key=key,
        name="Count",
        digest=DIGEST,
        fields="{}",
        appends=[Append(stream=stream, expected=expected, events=events)],
    )


def write(store: Store, key: str, stream: str, *points: int) -> tuple[Recorded, ...]:
    """Append to the end of a stream, in a transaction of its own."""
    with store.transaction() as transaction:
        transaction.lock([stream])
        return put(transaction, key, stream, transaction.version(stream), *points)


def points_of(recorded: Iterable[Recorded]) -> list[int]:
    return [each.event.points for each in recorded]
