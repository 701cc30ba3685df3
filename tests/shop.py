"""A small shop to try things in: a programme, members, a clock that stands still."""

import contextlib
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import attrs

from loyaltyledger import (
    Basket,
    Currency,
    Ledger,
    Line,
    PointType,
    Programme,
    Rate,
    Receipt,
    migrate,
)

NOW = datetime(2024, 5, 17, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
"""The smallest step of time: just before, just after."""


class Clock:
    """Stands still until told to go on."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def go(self, **step: float) -> datetime:
        self.now += timedelta(**step)
        return self.now


def rate(points: int = 1, per: str = "1", **fields: Any) -> Rate:
    defaults: dict[str, Any] = {"currency": "GBP", "points": points}
    return Rate(**defaults | {"per": Decimal(per)} | fields)


def point_type(**fields: Any) -> PointType:
    """One point per whole pound, which never expires, unless *fields* say otherwise."""
    return PointType(**{"name": "points", "rates": (rate(),)} | fields)


def programme(*kinds: PointType, **fields: Any) -> Programme:
    """A programme in pounds, in London, of plain points if no kinds are given."""
    defaults: dict[str, Any] = {
        "programme_id": "shop",
        "time_zone": "Europe/London",
        "currencies": (Currency(code="GBP"),),
        "point_types": kinds or (point_type(),),
    }
    return Programme(**defaults | fields)


def line(line_id: str, price: str, quantity: str = "1", **fields: Any) -> Line:
    defaults: dict[str, Any] = {
        "line_id": line_id,
        "sku": f"sku-{line_id}",
        "quantity": Decimal(quantity),
        "unit_price": Decimal(price),
    }
    return Line(**defaults | fields)


def basket(*lines: Line | str, **fields: Any) -> Basket:
    """A basket of lines; a text is the price of one piece."""
    made = [
        line(str(number), one) if isinstance(one, str) else one
        for number, one in enumerate(lines, start=1)
    ]
    return Basket(**{"currency": "GBP", "lines": tuple(made)} | fields)


@attrs.define
class Shop:
    """A ledger with a programme and members; keys are made up where none is given."""

    ledger: Ledger
    clock: Clock
    keys: Iterator[int] = attrs.field(factory=lambda: itertools.count(1))

    def do(self, what: str, **fields: Any) -> Receipt:
        """Call a method of the ledger, in this programme."""
        key = f"{what}-{next(self.keys)}"
        named = {"key": key, "programme_id": "shop"} | fields
        receipt: Receipt = getattr(self.ledger, what)(**named)
        return receipt

    def points(self, what: str, member: str = "ann", **fields: Any) -> Receipt:
        """Call a method that concerns the points of a member."""
        return self.do(what, **{"member_id": member, "point_type": "points"} | fields)

    def enrol(self, *members: str) -> None:
        for member in members:
            self.do("enrol", member_id=member)

    def define(self, made: Programme, **fields: Any) -> Receipt:
        key = f"define-{next(self.keys)}"
        return self.ledger.define(key=key, programme=made, **fields)

    def earn(self, points: int, member: str = "ann", **fields: Any) -> Receipt:
        return self.points("earn", member, points=points, **fields)

    def spend(self, points: int, member: str = "ann", **fields: Any) -> Receipt:
        return self.points("spend", member, points=points, **fields)

    def hold(self, points: int, hold_id: str, **fields: Any) -> Receipt:
        return self.points("hold", points=points, hold_id=hold_id, **fields)

    def reverse(self, entry_id: str, **fields: Any) -> Receipt:
        return self.points("reverse", entry_id=entry_id, **fields)

    def buy(self, purchase_id: str, *lines: Line | str, **fields: Any) -> Receipt:
        """Record a purchase of ann's; what is no field of it is one of its basket."""
        own = {"key", "member_id", "at", "quote", "actor"} & set(fields)
        about = {name: fields.pop(name) for name in own}
        about = {"member_id": "ann", "basket": basket(*lines, **fields)} | about
        return self.do("record_purchase", purchase_id=purchase_id, **about)

    def give_back(self, purchase_id: str, return_id: str, **fields: Any) -> Receipt:
        return self.do(
            "return_purchase", purchase_id=purchase_id, return_id=return_id, **fields
        )

    def balance(self, member: str = "ann", **fields: Any) -> tuple[int, int, int, int]:
        """Return available, held, pending and debt."""
        asked = {"member_id": member, "point_type": "points"} | fields
        found = self.ledger.balance(programme_id="shop", **asked)
        return found.available, found.held, found.pending, found.debt

    def free(self, member: str = "ann", **fields: Any) -> int:
        asked = {"member_id": member, "point_type": "points"} | fields
        return self.ledger.balance(programme_id="shop", **asked).free

    def lots(self, member: str = "ann") -> list[tuple[str, int, datetime | None]]:
        """Return (lot, points, expiry) of each lot, in the order they are spent."""
        lots = self.ledger.lots(
            programme_id="shop", member_id=member, point_type="points"
        )
        return [(lot.lot_id, lot.points, lot.expires_at) for lot in lots]


def new_ledger(url: str, clock: Clock, **settings: Any) -> Ledger:
    """Open a ledger, made first where that is a step of its own."""
    if url.startswith("postgres"):
        migrate(url)
    return Ledger.open(url, clock=clock, **settings)


@contextlib.contextmanager
def open_shop(
    *kinds: PointType, url: str = "memory:", members: tuple[str, ...] = ("ann", "bob")
) -> Iterator[Shop]:
    """Open a shop whose programme has these point types, with members enrolled."""
    clock = Clock()
    with new_ledger(url, clock) as ledger:
        shop = Shop(ledger, clock)
        shop.define(programme(*kinds))
        shop.enrol(*members)
        yield shop


def tables(ledger: Ledger) -> dict[str, list[tuple[Any, ...]]]:
    """Read every row of every table of the ledger's database."""
    with ledger.store.views_guard():
        connection = ledger.store.connect_views()
        with contextlib.closing(connection):
            return {
                name: sorted(_rows(connection, f'SELECT * FROM "{name}"'), key=repr)
                for name in _tables(connection, ledger)
            }


def _tables(connection: Any, ledger: Ledger) -> list[str]:
    query = "SELECT name FROM sqlite_master WHERE type = 'table'"
    if ledger.store.dialect == "postgresql":
        schema = ledger.store.schema
        _rows(connection, f"SET search_path TO {schema}", fetch=False)
        query = f"SELECT tablename FROM pg_tables WHERE schemaname = '{schema}'"
    return sorted(name for (name,) in _rows(connection, query))


def _rows(connection: Any, query: str, *, fetch: bool = True) -> list[tuple[Any, ...]]:
    cursor = connection.cursor()
    cursor.execute(query)
    return [tuple(row) for row in cursor.fetchall()] if fetch else []
