"""A row of commands for faults to hit, each known by its number alone."""

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from loyaltyledger import (
    CaptureHold,
    DefineProgramme,
    Earn,
    Enrol,
    Ledger,
    LedgerError,
    PlaceHold,
    RecordPurchase,
    ReturnPurchase,
    Spend,
    Transfer,
)
from loyaltyledger.desk import Command
from loyaltyledger.store import RawEvent
from shop import Clock, basket, programme

MEMBERS = tuple(f"m{number}" for number in range(6))
SETUP = 1 + len(MEMBERS)
VISIT = 8
"""How many commands a member's visit takes."""


def command(number: int) -> Command:
    """Return the command of this number; visits follow the setup."""
    key = f"deed {number}"
    if number == 0:
        return DefineProgramme(key=key, programme=programme())
    if number < SETUP:
        return Enrol(key=key, programme_id="shop", member_id=MEMBERS[number - 1])
    return _in_visit(key, *divmod(number - SETUP, VISIT))


def _in_visit(key: str, visit: int, step: int) -> Command:
    member = MEMBERS[visit % len(MEMBERS)]
    other = MEMBERS[(visit + 1) % len(MEMBERS)]
    whose: dict[str, Any] = {"key": key, "programme_id": "shop", "member_id": member}
    points = whose | {"point_type": "points"}
    bought: dict[str, Any] = {"purchase_id": f"p{visit}"}
    match step:
        case 0:
            return Earn(**points, points=50, reason="x" * (visit * 97 % 900))
        case 1:
            paid = basket(f"{visit % 90 + 10}.50", "3.99")
            return RecordPurchase(**whose, **bought, basket=paid)
        case 2:
            return Spend(**points, points=7)
        case 3:
            return PlaceHold(**points, points=9, hold_id=f"h{visit}")
        case 4:
            return CaptureHold(**points, hold_id=f"h{visit}")
        case 5:
            return Transfer(**points, to_member=other, points=3)
        case 6:
            return ReturnPurchase(
                key=key, programme_id="shop", return_id=f"r{visit}", **bought
            )
        case _:
            return Spend(**points, points=1)


def commands(beyond: int, first: int = 0) -> list[Command]:
    return [command(number) for number in range(first, beyond)]


@contextlib.contextmanager
def reopened(url: str, busy_timeout_s: float = 5) -> Iterator[Ledger]:
    with Ledger.open(url, clock=Clock(), busy_timeout_s=busy_timeout_s) as ledger:
        yield ledger


def visit(ledger: Ledger, number: int) -> None:
    """Carry out a visit in one commit, and hear what refused it."""
    first = SETUP + number * VISIT
    for outcome in ledger.execute_many(commands(first + VISIT, first)):
        if isinstance(outcome, LedgerError):
            raise outcome


@attrs.frozen
class Log:
    """What a ledger holds, read without deciding anything."""

    keys: tuple[str, ...]
    events: tuple[RawEvent, ...]


def log_of(ledger: Ledger) -> Log:
    """Read the whole log; every event must belong to one command, and be there."""
    rows = tuple(ledger.store.commands())
    events = ledger.store.raw(limit=1_000_000)
    positions = [event.position for event in events]
    owned = [row.first_event + place for row in rows for place in range(row.events)]
    assert positions == owned, "an event without its command, or half a command"
    return Log(tuple(row.key for row in rows), events)


def check_sound(ledger: Ledger) -> None:
    """Replay everything, and compare the views with it."""
    ledger.views.follow()
    findings = ledger.verify().findings
    assert findings == ()


def check_once(
    ledger: Ledger, acknowledged: Iterable[str], refused: Iterable[str]
) -> None:
    """What was acknowledged is there exactly once, what was refused is not."""
    keys = log_of(ledger).keys
    assert len(set(keys)) == len(keys)
    assert set(acknowledged) <= set(keys), set(acknowledged) - set(keys)
    assert not set(refused) & set(keys)


@attrs.define
class Struggle:
    """What became of commands that met with faults."""

    acknowledged: list[str] = attrs.field(factory=list)
    errors: list[LedgerError] = attrs.field(factory=list)

    def carry_out(self, ledger: Ledger, numbers: Iterable[int], tries: int = 1) -> None:
        """Carry out commands, each again until it is done, *tries* times at most."""
        for number in numbers:
            if not any(self._is_done(ledger, number) for _ in range(tries)):
                return

    def _is_done(self, ledger: Ledger, number: int) -> bool:
        try:
            receipt = ledger.execute(command(number))
        except LedgerError as error:
            self.errors.append(error)
            return False
        self.acknowledged.append(receipt.key)
        return True

    @property
    def kinds(self) -> set[type[LedgerError]]:
        return {type(error) for error in self.errors}
