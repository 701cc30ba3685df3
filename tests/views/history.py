"""Random histories of a small shop, for views to follow."""

import contextlib
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from sqlalchemy import select

from loyaltyledger import (
    AlreadyExistsError,
    Expiry,
    ExpiryKind,
    IfUnknown,
    InvalidInputError,
    Ledger,
    Pending,
    PendingKind,
    PointType,
    Receipt,
    RefusedError,
    Rest,
    RestoredPolicy,
    ReturnLine,
    ReversalPolicy,
    UnknownError,
)
from loyaltyledger.views.database import Database
from loyaltyledger.views.tables import METADATA
from shop import Clock, Shop, basket, programme, rate

REFUSALS = (AlreadyExistsError, InvalidInputError, RefusedError, UnknownError)
MEMBERS = ("ann", "bob", "cem")
TYPES = (
    PointType(
        name="points",
        rates=(rate(),),
        expiry=Expiry(kind=ExpiryKind.ROLLING, days=6),
        pending=Pending(kind=PendingKind.DURATION, days=2),
    ),
    PointType(
        name="coins",
        rates=(rate(points=2),),
        expiry=Expiry(kind=ExpiryKind.INACTIVITY, days=5),
        reversal=ReversalPolicy.WITHIN_BALANCE,
        restored=RestoredPolicy.GRACE,
        grace_days=3,
    ),
    PointType(
        name="stars",
        rates=(rate(points=3),),
        pending=Pending(kind=PendingKind.EVENT, cancel_after_days=4),
        hold_minutes=60 * 30,
    ),
    PointType(name="cents", rates=(rate(),), hold_minutes=60 * 40),
)


class History:
    """Does whatever chance says, and shrugs at refusals."""

    def __init__(self, ledger: Ledger, clock: Clock, seed: int) -> None:
        self.shop = Shop(ledger, clock)
        self.random = Random(seed)
        self.accepted: dict[str, int] = {}
        self.known: dict[str, list[dict[str, str]]] = {"entry_id": [], "hold_id": []}

    def begin(self) -> None:
        self.shop.define(programme(*TYPES))
        self.shop.enrol(*MEMBERS)
        self.shop.do("form_household", household_id="home")

    def go_on(self, steps: int) -> None:
        acts = (
            *(self._earn, self._earn, self._spend, self._hold, self._capture) * 3,
            *(self._reverse, self._reverse, self._buy, self._give_back) * 2,
            *(self._adjust, self._release, self._transfer, self._join),
            *(
                self._freeze,
                self._unlinked,
                self._cancel,
                self._sweep,
                self._leave,
                self._void,
            ),
        )
        for number in range(steps):
            act = self.random.choice(acts)
            if number % 3 == 0:
                self.shop.clock.go(hours=self.random.choice((1, 9, 30)))
            try:
                act()
            except REFUSALS:
                continue
            name = act.__name__
            self.accepted[name] = self.accepted.get(name, 0) + 1

    def _whose(self) -> dict[str, str]:
        return {
            "member": self.random.choice(MEMBERS),
            "point_type": self.random.choice(TYPES).name,
        }

    def _when(self) -> datetime | None:
        """Mostly now; sometimes some time ago."""
        hours = self.random.choice((0, 0, 0, 0, 0, 5, 50))
        return self.shop.clock.now - timedelta(hours=hours) if hours else None

    def _points(self) -> int:
        return self.random.randint(1, 20)

    def _id(self, kind: str) -> str:
        return f"{kind}{self.random.randint(1, 30)}"

    def _some(self, name: str, kind: str) -> dict[str, str]:
        """Pick an entry or hold that there is; now and then one that may not be."""
        known = self.known[name]
        if known and self.random.random() < 0.9:
            return self.random.choice(known)
        return {name: self._id(kind)} | self._whose()

    def _learn(self, name: str, done: Receipt, fields: dict[str, str]) -> None:
        if done.events:
            self.known[name].append(fields)

    def _give_or_take(self, what: str) -> None:
        made = {"entry_id": self._id("e")} | self._whose()
        done = self.shop.points(what, points=self._points(), at=self._when(), **made)
        self._learn("entry_id", done, made)

    def _earn(self) -> None:
        self._give_or_take("earn")

    def _spend(self) -> None:
        self._give_or_take("spend")

    def _hold(self) -> None:
        made = {"hold_id": self._id("h")} | self._whose()
        done = self.shop.points("hold", points=self.random.randint(2, 12), **made)
        self._learn("hold_id", done, made)

    def _void(self) -> None:
        self.shop.points("void", at=self._when(), **self._some("hold_id", "h"))

    def _capture(self) -> None:
        held = self._some("hold_id", "h")
        whole = self.random.random() < 0.3
        points = None if whole else self.random.randint(1, 6)
        rest = None if whole else self.random.choice(list(Rest))
        entry_id = self._id("c")
        done = self.shop.points(
            "capture",
            points=points,
            rest=rest,
            entry_id=entry_id,
            at=self._when(),
            **held,
        )
        whose = {name: held[name] for name in ("member", "point_type")}
        self._learn("entry_id", done, {"entry_id": entry_id} | whose)

    def _reverse(self) -> None:
        points = self.random.choice((None, self.random.randint(1, 8)))
        undone = self._some("entry_id", "e")
        reversal_id = self._id("r")
        done = self.shop.points(
            "reverse", reversal_id=reversal_id, points=points, at=self._when(), **undone
        )
        self._learn("entry_id", done, undone | {"entry_id": reversal_id})

    def _adjust(self) -> None:
        points = self.random.choice((-5, 7))
        why = {"actor": "boss", "reason": "sorry"}
        self.shop.points("adjust", points=points, **why, **self._whose())

    def _release(self) -> None:
        whose = self._whose() | {"point_type": "stars"}
        self.shop.points("release_pending", entry_id=self._id("e"), **whose)

    def _transfer(self) -> None:
        giver, taker = self.random.sample(MEMBERS, 2)
        self.shop.do(
            "transfer",
            member_id=giver,
            to_member=taker,
            point_type=self.random.choice(TYPES).name,
            points=self.random.randint(1, 5),
        )

    def _buy(self) -> None:
        prices = [f"{self._points()}.50", f"{self._points()}.00"]
        self.shop.buy(
            self._id("p"),
            *prices,
            member_id=self.random.choice(MEMBERS),
            at=self._when(),
        )

    def _give_back(self) -> None:
        line = ReturnLine(line_id=str(self.random.randint(1, 2)), quantity=Decimal(1))
        lines = self.random.choice(((), (line,), (line,)))
        if_unknown = self.random.choice(list(IfUnknown))
        fields = {"lines": lines, "at": self._when(), "if_unknown": if_unknown}
        self.shop.give_back(self._id("p"), self._id("b"), **fields)

    def _unlinked(self) -> None:
        self.shop.do(
            "return_unlinked",
            member_id=self.random.choice(MEMBERS),
            return_id=self._id("u"),
            basket=basket(f"{self._points()}.00"),
            at=self._when(),
        )

    def _cancel(self) -> None:
        unlinked = self.random.random() < 0.5
        fields = {"return_id": self._id("u" if unlinked else "b")}
        if not unlinked:
            fields["purchase_id"] = self._id("p")
        self.shop.do("cancel_return", **fields)

    def _join(self) -> None:
        member = self.random.choice(MEMBERS)
        fields = {"household_id": "home", "may_spend": True}
        self.shop.do("join_household", member_id=member, **fields)

    def _leave(self) -> None:
        member = self.random.choice(MEMBERS)
        if self.random.random() < 0.04:
            self.shop.do("close_member", member_id=member)
        else:
            self.shop.do("leave_household", household_id="home", member_id=member)

    def _freeze(self) -> None:
        member = self.random.choice(MEMBERS)
        if self.random.random() < 0.1:
            self.shop.do("freeze", member_id=member, reason="odd")
        else:
            self.shop.do("unfreeze", member_id=member)

    def _sweep(self) -> None:
        self.shop.ledger.sweep()


def view_rows(ledger: Ledger) -> dict[str, list[tuple[object, ...]]]:
    """Read every row of every view, and how far each is."""
    with Database(ledger.store).reading() as connection:
        return {
            name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for name, table in METADATA.tables.items()
        }


def run_on_views(ledger: Ledger, *statements: str) -> None:
    """Run SQL beside the library; ``{schema}`` stands before the name of a table."""
    schema = f"{ledger.store.schema}." if ledger.store.schema else ""
    with ledger.store.views_guard():
        connection = ledger.store.connect_views()
        with contextlib.closing(connection):
            for statement in statements:
                cursor = connection.cursor()
                cursor.execute(statement.format(schema=schema))
            connection.commit()
