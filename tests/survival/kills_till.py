"""A till: commands of every kind, for members of its own and one that all share."""

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

from loyaltyledger import (
    Basket,
    CaptureHold,
    Earn,
    Enrol,
    Line,
    PlaceHold,
    Receipt,
    RecordPurchase,
    Rest,
    ReturnLine,
    ReturnPurchase,
    Reverse,
    Spend,
    Transfer,
    VoidHold,
)
from loyaltyledger.desk import Command

COMMANDS_PER_MEMBER = 30
SHOP: dict[str, Any] = {"programme_id": "shop"}


class Till:
    """Says what to do next; what was refused is no reason to stop."""

    def __init__(self, name: str, shared: str, seed: int) -> None:
        self.name = name
        self.shared = shared
        self.member = ""
        self._random = Random(seed)
        self._made = 0
        self._open: dict[type[Command], list[tuple[str, str]]] = {}
        self._acts: tuple[Callable[[], Command], ...] = (
            *(self._earn, self._earn, self._spend, self._transfer),
            *(self._hold, self._hold, self._capture, self._void),
            *(self._buy, self._give_back, self._reverse),
        )

    def next(self) -> tuple[Command, ...]:
        """Return what goes into one commit: one command, or a batch."""
        if self._made % COMMANDS_PER_MEMBER == 0:
            return self._newcomer()
        if self._random.random() < 0.1:
            return self._batch()
        return (self._random.choice(self._acts)(),)

    def learn(self, command: Command, receipt: Receipt) -> None:
        """Remember what can be settled, returned or undone later."""
        if isinstance(command, PlaceHold | Earn):
            self._known(type(command)).append((command.member_id, command.key))
        elif isinstance(command, RecordPurchase) and receipt.events:
            self._known(RecordPurchase).append((command.member_id, command.purchase_id))

    def _known(self, kind: type[Command]) -> list[tuple[str, str]]:
        return self._open.setdefault(kind, [])

    def _key(self) -> str:
        self._made += 1
        return f"{self.name}-{self._made}"

    def _points(self) -> int:
        return self._random.randint(1, 20)

    def _whose(self) -> dict[str, Any]:
        member = self.shared if self._random.random() < 0.15 else self.member
        return SHOP | {"member_id": member, "point_type": "points"}

    def _newcomer(self) -> tuple[Command, ...]:
        """Begin with a new member: long accounts are measured elsewhere."""
        key = self._key()
        self.member = f"m{key}"
        self._open.clear()
        return (
            Enrol(key=f"enrol {self.shared}", member_id=self.shared, **SHOP),
            Enrol(key=f"enrol {key}", member_id=self.member, **SHOP),
            self._earn(),
        )

    def _batch(self) -> tuple[Command, ...]:
        """None of these can be refused, so a commit has them all or none."""
        whose = SHOP | {"member_id": self.member, "point_type": "points"}
        given = [
            Earn(key=self._key(), points=10, **whose)
            for _ in range(self._random.randint(1, 9))
        ]
        buy = self._buy()
        move = Transfer(key=self._key(), points=3, to_member=self.shared, **whose)
        return (*given, move, buy, Spend(key=self._key(), points=2, **whose))

    def _earn(self) -> Command:
        points = self._random.randint(10, 40)
        return Earn(key=self._key(), points=points, **self._whose())

    def _spend(self) -> Command:
        return Spend(key=self._key(), points=self._points(), **self._whose())

    def _transfer(self) -> Command:
        giver, taker = self.member, self.shared
        if self._random.random() < 0.5:
            giver, taker = taker, giver
        whose = SHOP | {"member_id": giver, "point_type": "points"}
        return Transfer(
            key=self._key(), points=self._points(), to_member=taker, **whose
        )

    def _hold(self) -> Command:
        return PlaceHold(key=self._key(), points=self._points(), **self._whose())

    def _some(self, kind: type[Command]) -> dict[str, Any]:
        known = self._known(kind)
        whose = dict(SHOP, member_id=self.member, point_type="points", id="none")
        if known:
            member, found = known.pop(self._random.randrange(len(known)))
            whose |= {"member_id": member, "id": found}
        return whose

    def _capture(self) -> Command:
        hold = self._some(PlaceHold)
        hold_id = hold.pop("id")
        part = self._random.choice((None, 1))
        rest = None if part is None else Rest.RELEASE
        return CaptureHold(
            key=self._key(), hold_id=hold_id, points=part, rest=rest, **hold
        )

    def _void(self) -> Command:
        hold = self._some(PlaceHold)
        return VoidHold(key=self._key(), hold_id=hold.pop("id"), **hold)

    def _reverse(self) -> Command:
        earned = self._some(Earn)
        return Reverse(key=self._key(), entry_id=earned.pop("id"), **earned)

    def _buy(self) -> Command:
        key = self._key()
        prices = (Decimal(self._points()), Decimal(self._points()))
        lines = tuple(
            Line(line_id=str(n), sku="s", quantity=Decimal(1), unit_price=price)
            for n, price in enumerate(prices)
        )
        return RecordPurchase(
            key=key,
            purchase_id=key,
            member_id=self.member,
            basket=Basket(currency="GBP", lines=lines),
            **SHOP,
        )

    def _give_back(self) -> Command:
        purchase_id = self._some(RecordPurchase)["id"]
        key = self._key()
        lines = (ReturnLine(line_id=self._random.choice("01")),)
        return ReturnPurchase(
            key=key, purchase_id=purchase_id, return_id=key, lines=lines, **SHOP
        )
