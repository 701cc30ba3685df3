"""Lots that still have points, as an account or its rows say."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import attrs

from ..points import Account, LotBook, pinned, spend_key
from ..programme import SpendOrder
from ..store.records import instant
from ..views import LotAt
from ..views.checkpoints_read import EVER, LIVE, PENDING
from ..views.events import instant_or_none
from ..views.rows import Row


class LotStatus(StrEnum):
    """Not usable yet, usable, or dead but for what an open hold keeps."""

    PENDING = "pending"
    LIVE = "live"
    HELD = "held"


@attrs.frozen(kw_only=True)
class LotStanding:
    """A lot that still has points: *points* in all, of which *held* are promised."""

    lot_id: str
    status: LotStatus
    points: int
    held: int
    granted_at: datetime
    available_from: datetime | None
    expires_at: datetime | None


def lots_of_account(
    account: Account, at: datetime, order: SpendOrder
) -> tuple[LotStanding, ...]:
    """Measure the lots of an account in which time has passed, as they are spent."""
    books = sorted(account.lots.values(), key=lambda book: spend_key(book, order))
    standings = (_of_book(account, book, at) for book in books)
    return tuple(one for one in standings if one.points)


def _of_book(account: Account, book: LotBook, at: datetime) -> LotStanding:
    lot_id = book.lot.lot_id
    held = pinned(account, lot_id, at)
    status, points = LotStatus.HELD, held
    if book.is_pending(at):
        status, points = LotStatus.PENDING, book.remaining
    elif book.is_live(at):
        status, points = LotStatus.LIVE, book.remaining
    return LotStanding(
        lot_id=lot_id,
        status=status,
        points=points,
        held=held,
        granted_at=book.granted_at,
        available_from=book.lot.available_from,
        expires_at=book.lot.expires_at,
    )


def lots_of_rows(lots: Iterable[LotAt], order: SpendOrder) -> tuple[LotStanding, ...]:
    """Say of rows what is said of an account."""
    standings = map(_of_row, sorted(lots, key=lambda lot: _spend_key(lot.row, order)))
    return tuple(one for one in standings if one.points)


def _spend_key(row: Row, order: SpendOrder) -> tuple[int, int, int]:
    granted_at: int = row["granted_at"]
    expires_at: int = EVER if row["expires_at"] is None else row["expires_at"]
    first = granted_at if order is SpendOrder.FIRST_IN else expires_at
    return first, granted_at, row["number"]


def _of_row(lot: LotAt) -> LotStanding:
    row = lot.row
    status, points = LotStatus.HELD, lot.held
    if lot.status == PENDING:
        status, points = LotStatus.PENDING, row["remaining"]
    elif lot.status == LIVE:
        status, points = LotStatus.LIVE, row["remaining"]
    return LotStanding(
        lot_id=row["lot_id"],
        status=status,
        points=points,
        held=lot.held,
        granted_at=instant(row["granted_at"]),
        available_from=instant_or_none(row["available_from"]),
        expires_at=instant_or_none(row["expires_at"]),
    )
