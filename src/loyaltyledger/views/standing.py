"""Balances from rows: one query for accounts whose rows say all at an instant.

Two kinds of accounts are folded from the log instead, and they are few. One that owes
points and has some that time may set free: which of them pay is for ``due`` to say.
And one with events after the instant, whose rows are of a later time.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import groupby

import attrs
from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    case,
    exists,
    func,
    or_,
    select,
)

from ..kernel.errors import InvalidInputError
from ..points import Account, AccountId, Balance, Expiring, pinned
from ..store.records import instant, micros
from .tables import ACCOUNT, DEBT, IS_OPEN, LOT, PIN
from .view import UnreadableRowError

ROWS_PER_FETCH = 1000


@attrs.frozen(kw_only=True)
class Share:
    """Points of an account that expire together.

    *available* and *pending* are what the balance calls so; *held* is promised to
    open checkouts, *dying* is what is available, not held, and dies at *expires_at*.
    """

    expires_at: datetime | None
    available: int
    pending: int
    held: int
    dying: int


@attrs.frozen(kw_only=True)
class Standing:
    """An account at an instant."""

    account_id: AccountId
    at: datetime
    shares: tuple[Share, ...]
    debt: int

    def balance(self) -> Balance:
        dying = sorted(
            (share.expires_at, share.dying)
            for share in self.shares
            if share.expires_at is not None and share.dying
        )
        return Balance(
            at=self.at,
            available=sum(share.available for share in self.shares),
            held=sum(share.held for share in self.shares),
            pending=sum(share.pending for share in self.shares),
            debt=self.debt,
            expiring=tuple(
                Expiring(expires_at=dies, points=points) for dies, points in dying
            ),
        )


Fold = Callable[[AccountId], Standing]


def read_standings(
    connection: Connection, programme_id: str, at: datetime, fold: Fold
) -> Iterator[Standing]:
    """Give every account of a programme, by name; *fold* does what rows cannot."""
    with connection.execute(
        _query(programme_id, micros(at)),
        execution_options={"yield_per": ROWS_PER_FETCH},
    ) as found:
        for _, group in groupby(found.mappings(), key=_id):
            rows = list(group)
            account_id = _account_id(rows[0])
            if rows[0]["is_folded"]:
                yield fold(account_id)
            else:
                yield Standing(
                    account_id=account_id,
                    at=at,
                    shares=tuple(map(_share, rows)),
                    debt=int(rows[0]["owed"] or 0),
                )


def standing_of(account_id: AccountId, account: Account, at: datetime) -> Standing:
    """Measure an account to which everything due by *at* has been applied."""
    shares = []
    for lot_id in account.open_lots:
        book = account.lots[lot_id]
        pins = pinned(account, lot_id, at)
        is_live, is_pending = book.is_live(at), book.is_pending(at)
        available = book.remaining if is_live else 0 if is_pending else pins
        share = Share(
            expires_at=book.lot.expires_at,
            available=available,
            pending=book.remaining if is_pending else 0,
            held=pins,
            dying=book.remaining - pins if is_live else 0,
        )
        shares.append(share)
    merged = _merged(shares)
    return Standing(account_id=account_id, at=at, shares=merged, debt=account.debt)


def _merged(shares: list[Share]) -> tuple[Share, ...]:
    by_expiry: dict[datetime | None, list[Share]] = {}
    for share in shares:
        by_expiry.setdefault(share.expires_at, []).append(share)
    return tuple(
        Share(
            expires_at=expires_at,
            available=sum(one.available for one in same),
            pending=sum(one.pending for one in same),
            held=sum(one.held for one in same),
            dying=sum(one.dying for one in same),
        )
        for expires_at, same in by_expiry.items()
    )


def _id(row: RowMapping) -> int:
    number: int = row["id"]
    return number


def _account_id(row: RowMapping) -> AccountId:
    try:
        return AccountId(
            programme_id=row["programme"],
            owner_kind=row["owner_kind"],
            owner_id=row["owner"],
            point_type=row["point_type"],
        )
    except InvalidInputError as error:
        raise UnreadableRowError(
            view="accounts", column="the owner or point type", value=str(error)
        ) from error


def _share(row: RowMapping) -> Share:
    dies = row["expires_at"]
    return Share(
        expires_at=None if dies is None else instant(dies),
        available=int(row["available"] or 0),
        pending=int(row["pending"] or 0),
        held=int(row["held"] or 0),
        dying=int(row["dying"] or 0),
    )


def _query(programme_id: str, at: int) -> Select[*tuple[object, ...]]:
    pins = (
        select(PIN.c.account, PIN.c.lot_id, func.sum(PIN.c.points).label("points"))
        .where(PIN.c.lapses_at > at)
        .group_by(PIN.c.account, PIN.c.lot_id)
        .subquery("pins")
    )
    debts = (
        select(DEBT.c.account, func.sum(DEBT.c.owed).label("owed"))
        .group_by(DEBT.c.account)
        .subquery("debts")
    )
    held = func.coalesce(pins.c.points, 0)
    is_live, is_pending = _is_live(at), _is_pending(at)
    other = LOT.alias("other")  # else it would be the lot of the row
    is_open = other.c.remaining != other.c.gone
    may_pay = exists().where(other.c.account == ACCOUNT.c.id, is_open)
    is_folded = or_(ACCOUNT.c.latest_at > at, and_(debts.c.owed.is_not(None), may_pay))
    name = (ACCOUNT.c.owner_kind, ACCOUNT.c.owner, ACCOUNT.c.point_type)
    open_lots = and_(LOT.c.account == ACCOUNT.c.id, IS_OPEN)
    same_lot = and_(pins.c.account == LOT.c.account, pins.c.lot_id == LOT.c.lot_id)
    return (
        select(
            ACCOUNT,
            debts.c.owed,
            is_folded.label("is_folded"),
            LOT.c.expires_at,
            func.sum(
                case((is_live, LOT.c.remaining), (is_pending, 0), else_=held)
            ).label("available"),
            func.sum(case((is_pending, LOT.c.remaining), else_=0)).label("pending"),
            func.sum(held).label("held"),
            func.sum(case((is_live, LOT.c.remaining - held), else_=0)).label("dying"),
        )
        .select_from(ACCOUNT)
        .outerjoin(debts, debts.c.account == ACCOUNT.c.id)
        .outerjoin(LOT, open_lots)
        .outerjoin(pins, same_lot)
        .where(ACCOUNT.c.programme == programme_id)
        .group_by(ACCOUNT.c.id, debts.c.owed, LOT.c.expires_at)
        .order_by(*name, LOT.c.expires_at)
    )


def _is_dead(at: int) -> ColumnElement[bool]:
    waits = LOT.c.available_from.is_(None)
    dead_from = case((waits, LOT.c.cancel_by), else_=LOT.c.expires_at)
    return and_(dead_from.is_not(None), dead_from <= at)


def _is_live(at: int) -> ColumnElement[bool]:
    begun = and_(LOT.c.available_from.is_not(None), LOT.c.available_from <= at)
    return and_(begun, ~_is_dead(at))


def _is_pending(at: int) -> ColumnElement[bool]:
    waits = or_(LOT.c.available_from.is_(None), LOT.c.available_from > at)
    return and_(waits, ~_is_dead(at))
