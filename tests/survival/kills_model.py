"""What the commands of a till come to, by plain arithmetic."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from loyaltyledger import (
    CaptureHold,
    Earn,
    Enrol,
    PlaceHold,
    RecordPurchase,
    ReturnPurchase,
    Reverse,
    Spend,
    Transfer,
    VoidHold,
)
from loyaltyledger.desk import Command
from loyaltyledger.store import RawEvent

GRANTED, TAKEN, REVERSED = "points-granted.v1", "points-taken.v1", "points-reversed.v1"
WHOLE: dict[type, tuple[str, ...]] = {
    Enrol: ("member-enrolled.v1",),
    Earn: (GRANTED,),
    Spend: (TAKEN,),
    Transfer: (TAKEN, GRANTED),
    PlaceHold: ("hold-placed.v1",),
    CaptureHold: (TAKEN,),
    VoidHold: ("hold-voided.v1",),
    RecordPurchase: ("purchase-recorded.v1", GRANTED),
    ReturnPurchase: ("return-recorded.v1", REVERSED),
    Reverse: (REVERSED,),
}
"""The events that a command makes, all of them or none."""
ALSO = {"debt-paid.v1", "hold-lapsed.v1"}
"""Events that any command may book besides."""


def is_whole(command: Command, events: Sequence[RawEvent]) -> bool:
    names = sorted(event.name for event in events if event.name not in ALSO)
    return names == sorted(WHOLE[type(command)])


def nets(commands: Iterable[Command]) -> Counter[str]:
    """Return what each member has, less what is owed; order does not matter."""
    done = {command.key: command for command in commands}
    net: Counter[str] = Counter()
    for command in done.values():
        match command:
            case Earn():
                net[command.member_id] += command.points
            case Spend():
                net[command.member_id] -= command.points
            case Transfer(to_member=str(receiver)):
                net[command.member_id] -= command.points
                net[receiver] += command.points
            case CaptureHold():
                net[command.member_id] -= _captured(command, done)
            case Reverse():
                net[command.member_id] -= _earned(done[command.entry_id])
            case RecordPurchase():
                net[command.member_id] += _price(command)
            case ReturnPurchase():
                sale = done[command.purchase_id]
                assert isinstance(sale, RecordPurchase)
                net[sale.member_id] -= _price(sale, command.lines[0].line_id)
    return net


def _captured(command: CaptureHold, done: Mapping[str, Command]) -> int:
    hold = done[command.hold_id]
    assert isinstance(hold, PlaceHold)
    return hold.points if command.points is None else command.points


def _earned(command: Command) -> int:
    assert isinstance(command, Earn)
    return command.points


def _price(sale: RecordPurchase, line_id: str | None = None) -> int:
    """Return the pounds of a line, or of all: a pound earns a point."""
    return sum(
        int(line.unit_price)
        for line in sale.basket.lines
        if line_id in {None, line.line_id}
    )
