"""Lots as the view of accounts has them."""

from datetime import datetime

import attrs
from sqlalchemy import Connection, select

from ..points import AccountId
from ..store.records import instant
from .events import instant_or_none
from .tables import ACCOUNT, LOT


@attrs.frozen(kw_only=True)
class LotRow:
    """A lot as booked: *remaining* was neither used nor taken back, dead or alive.

    *gone* is how much of that is booked as expired or cancelled; *source* is the
    entry that made the lot.
    """

    lot_id: str
    source: str
    granted: int
    remaining: int
    gone: int
    granted_at: datetime
    available_from: datetime | None
    expires_at: datetime | None
    cancel_by: datetime | None


def read_lots(connection: Connection, account_id: AccountId) -> tuple[LotRow, ...]:
    found = connection.execute(
        select(LOT)
        .join(ACCOUNT, ACCOUNT.c.id == LOT.c.account)
        .where(ACCOUNT.c.stream == account_id.stream)
        .order_by(LOT.c.granted_at, LOT.c.lot_id)
    ).mappings()
    return tuple(
        LotRow(
            lot_id=row["lot_id"],
            source=row["source"],
            granted=row["granted"],
            remaining=row["remaining"],
            gone=row["gone"],
            granted_at=instant(row["granted_at"]),
            available_from=instant_or_none(row["available_from"]),
            expires_at=instant_or_none(row["expires_at"]),
            cancel_by=instant_or_none(row["cancel_by"]),
        )
        for row in found.all()
    )
