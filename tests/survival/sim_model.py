"""The plain model of the simulation: purses and holds, and nothing clever."""

from datetime import datetime

import attrs

from loyaltyledger import (
    CaptureHold,
    Earn,
    PlaceHold,
    RecordPurchase,
    Spend,
    Transfer,
    VoidHold,
)

Asked = Earn | Spend | PlaceHold | CaptureHold | VoidHold | Transfer | RecordPurchase


@attrs.define
class Held:
    member: str
    points: int
    lapses_at: datetime


@attrs.define
class Purses:
    """What each member has, and what is held of it."""

    points: dict[str, int] = attrs.field(factory=dict)
    holds: dict[str, Held] = attrs.field(factory=dict)

    def held(self, member: str, at: datetime) -> int:
        return sum(
            hold.points
            for hold in self.holds.values()
            if hold.member == member and at < hold.lapses_at
        )

    def free(self, member: str, at: datetime) -> int:
        return self.points.get(member, 0) - self.held(member, at)

    def allows(self, asked: Asked) -> bool:
        at = when(asked)
        match asked:
            case Earn() | RecordPurchase():
                return True
            case (
                Spend(member_id=member, points=points)
                | Transfer(member_id=member, points=points)
            ):
                return points <= self.free(member, at)
            case PlaceHold(member_id=member, points=points, key=key):
                return points <= self.free(member, at) and key not in self.holds
            case CaptureHold(hold_id=hold_id) | VoidHold(hold_id=hold_id):
                hold = self.holds.get(hold_id)
                return hold is not None and at < hold.lapses_at

    def do(self, asked: Asked) -> None:
        match asked:
            case Earn(member_id=member, points=points):
                self._give(member, points)
            case RecordPurchase(member_id=member, basket=basket):
                self._give(member, sum(int(line.unit_price) for line in basket.lines))
            case Spend(member_id=member, points=points):
                self._give(member, -points)
            case Transfer(member_id=member, to_member=other, points=points):
                assert other
                self._give(member, -points)
                self._give(other, points)
            case PlaceHold(member_id=member, points=points, lapses_at=lapses_at):
                assert lapses_at
                self.holds[asked.key] = Held(member, points, lapses_at)
            case CaptureHold(hold_id=hold_id):
                hold = self.holds.pop(hold_id)
                self._give(hold.member, -hold.points)
            case VoidHold(hold_id=hold_id):
                del self.holds[hold_id]

    def _give(self, member: str, points: int) -> None:
        self.points[member] = self.points.get(member, 0) + points


def when(asked: Asked) -> datetime:
    assert asked.at, "the till says when"
    return asked.at
