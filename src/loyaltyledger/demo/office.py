"""What the demo's office does: goodwill, gifts, lost cards, members who leave."""

from datetime import datetime

from ..desk import Command
from ..members import CloseMember, Freeze, Unfreeze
from ..points import Adjust, Transfer
from .shop import POINT_TYPE, SHOP

SHOP_ID = SHOP.programme_id
GIFT = 50


def goodwill(member_id: str, at: datetime) -> Command:
    return Adjust(
        key=f"goodwill {member_id} {at.isoformat()}",
        programme_id=SHOP_ID,
        member_id=member_id,
        point_type=POINT_TYPE,
        points=100,
        actor="desk-2",
        reason="parcel came late",
        at=at,
    )


def gift(giver: str, receiver: str, at: datetime) -> Command:
    return Transfer(
        key=f"gift {giver} {at.isoformat()}",
        programme_id=SHOP_ID,
        member_id=giver,
        point_type=POINT_TYPE,
        points=GIFT,
        to_member=receiver,
        at=at,
    )


def freezing(member_id: str, at: datetime) -> Command:
    return Freeze(
        key=f"freeze {member_id} {at.isoformat()}",
        programme_id=SHOP_ID,
        member_id=member_id,
        reason="card reported stolen",
        at=at,
    )


def unfreezing(member_id: str, at: datetime) -> Command:
    key = f"unfreeze {member_id} {at.isoformat()}"
    return Unfreeze(key=key, programme_id=SHOP_ID, member_id=member_id, at=at)


def closing(member_id: str, at: datetime) -> Command:
    return CloseMember(
        key=f"close {member_id}",
        programme_id=SHOP_ID,
        member_id=member_id,
        reason="asked to leave",
        at=at,
    )
