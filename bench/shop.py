"""A shop to measure: its programme, its members, and what its tills do."""

import itertools
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import attrs

from loyaltyledger import (
    Basket,
    Currency,
    Earn,
    Enrol,
    Expiry,
    ExpiryKind,
    Ledger,
    LedgerError,
    Line,
    PlaceHold,
    PointType,
    Programme,
    Rate,
    Receipt,
    RecordPurchase,
    Spend,
)

from .scale import Scale

PROGRAMME = Programme(
    programme_id="shop",
    time_zone="Europe/London",
    currencies=(Currency(code="GBP"),),
    point_types=(
        PointType(
            name="points",
            rates=(Rate(currency="GBP", points=1, per=Decimal(1)),),
            expiry=Expiry(kind=ExpiryKind.ROLLING, months=12),
        ),
    ),
)
BASKET = Basket(
    currency="GBP",
    lines=(
        Line(
            line_id="1", sku="kettle", quantity=Decimal(1), unit_price=Decimal("35.50")
        ),
        Line(line_id="2", sku="tea", quantity=Decimal(3), unit_price=Decimal("2.40")),
    ),
)
RESERVE, MOVED = 1_000_000, 5
LOTS, HOLDS = 4, 2
LATER = datetime(2099, 1, 1, tzinfo=UTC)
PER_COMMIT = 1000

Command = Enrol | Earn | Spend | PlaceHold | RecordPurchase


def members(scale: Scale) -> tuple[str, ...]:
    return tuple(f"member-{number}" for number in range(scale.members))


def points_of(member_id: str) -> dict[str, Any]:
    return {"programme_id": "shop", "member_id": member_id, "point_type": "points"}


def fill(url: str, scale: Scale) -> None:
    """Make the small shop."""
    fill_with(url, members(scale), scale.history)


def fill_with(url: str, names: Sequence[str], events: int) -> None:
    """Make a ledger of these members, with this many events in each account."""
    with Ledger.open(url) as ledger:
        ledger.define(key="define", programme=PROGRAMME)
        carry_out(ledger, histories_of(names, events))


def carry_out(ledger: Ledger, commands: Iterable[Command]) -> None:
    """Carry commands out, many in a commit; none may be refused."""
    waiting = iter(commands)
    while batch := tuple(itertools.islice(waiting, PER_COMMIT)):
        for outcome in ledger.execute_many(batch):
            if isinstance(outcome, LedgerError):
                raise outcome


def histories_of(names: Sequence[str], events: int) -> Iterator[Command]:
    """Enrol members and give each this many events, turn by turn as in life."""
    for name in names:
        yield Enrol(key=f"enrol {name}", **_named(name))
    histories = [_events(name, events) for name in names]
    for turn in zip(*histories, strict=True):
        yield from turn


def _events(member_id: str, events: int) -> Iterator[Command]:
    """Give some lots and holds first, then earn and spend by turns.

    The first lot is large and dies last, so no member runs out, and an account has as
    many lots after a hundred thousand events as after ten.
    """
    whose = points_of(member_id)
    for number in range(events):
        key = f"history {number} of {member_id}"
        if number == 0:
            yield Earn(key=key, points=RESERVE, expires_at=LATER, **whose)
        elif number < LOTS:
            yield Earn(key=key, points=MOVED, **whose)
        elif number < LOTS + HOLDS:
            yield PlaceHold(key=key, points=MOVED, lapses_at=LATER, **whose)
        elif number % 2:
            yield Spend(key=key, points=MOVED, **whose)
        else:
            yield Earn(key=key, points=MOVED, **whose)


def _named(member_id: str) -> dict[str, Any]:
    return {"programme_id": "shop", "member_id": member_id}


@attrs.define
class Till:
    """One client of the ledger; its steps are what a till does, on any member."""

    ledger: Ledger
    members: Sequence[str]
    _random: random.Random = attrs.field(factory=random.Random)
    _turns: Iterator[int] = attrs.field(factory=itertools.count)

    def command(self) -> Receipt:
        """Earn and spend by turns."""
        whose = points_of(self._member())
        if next(self._turns) % 2:
            return self.ledger.spend(key=self._key(), points=MOVED, **whose)
        return self.ledger.earn(key=self._key(), points=MOVED, **whose)

    def hold_and_capture(self) -> Receipt:
        whose, hold_id = points_of(self._member()), self._key()
        self.ledger.hold(key=hold_id, points=MOVED, **whose)
        return self.ledger.capture(key=self._key(), hold_id=hold_id, **whose)

    def batch(self, size: int) -> Callable[[], None]:
        """Return a step that earns for *size* members in one commit."""

        def step() -> None:
            self._commit(self._earn() for _ in range(size))

        return step

    def purchases(self, size: int) -> Callable[[], None]:
        """Return a step that records *size* purchases in one commit."""

        def step() -> None:
            self._commit(self._purchase() for _ in range(size))

        return step

    def visit_all(self) -> None:
        """Have every member's state in the cache."""
        carry_out(
            self.ledger,
            (
                Earn(key=self._key(), points=MOVED, **points_of(name))
                for name in self.members
            ),
        )

    def _commit(self, commands: Iterable[Command]) -> None:
        outcomes = self.ledger.execute_many(commands)
        assert all(isinstance(outcome, Receipt) for outcome in outcomes), "none refused"

    def _earn(self) -> Earn:
        return Earn(key=self._key(), points=MOVED, **points_of(self._member()))

    def _purchase(self) -> RecordPurchase:
        key = self._key()
        return RecordPurchase(
            key=key, purchase_id=key, basket=BASKET, **_named(self._member())
        )

    def _member(self) -> str:
        return self._random.choice(self.members)

    def _key(self) -> str:
        return self._random.randbytes(16).hex()
