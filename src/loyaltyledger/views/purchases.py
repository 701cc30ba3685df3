"""The view of purchases: what each member bought, and what came back of it."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import assert_never, get_args

import attrs
from sqlalchemy import Connection, RowMapping, select

from ..purchases import (
    PurchaseEvent,
    PurchaseRecorded,
    ReturnAwaited,
    ReturnCancelled,
    ReturnRecorded,
    UnlinkedReturnEvent,
    UnlinkedReturnRecorded,
)
from ..store import Recorded
from ..store.records import instant, micros
from .rows import Row, insert_all
from .tables import PURCHASE
from .view import View, blaming, damaged, ids_of

EVENTS = {*get_args(PurchaseEvent), *get_args(UnlinkedReturnEvent)}


class PurchaseKind(StrEnum):
    """What happened to a purchase."""

    PURCHASED = "purchased"
    RETURN_AWAITED = "return-awaited"
    RETURNED = "returned"
    RETURNED_UNLINKED = "returned-unlinked"
    RETURN_CANCELLED = "return-cancelled"


# What names the member; the rest of its stream is about the same purchase.
HEADS = (PurchaseKind.PURCHASED, PurchaseKind.RETURNED_UNLINKED)


@attrs.frozen(kw_only=True)
class PurchaseRow:
    """A purchase, a return, or the cancellation of a return.

    *total* is what was bought or came back, never negative; a cancellation has the
    total of its return. It is None where a return is still waited for, or was
    cancelled before its purchase came: nothing is known of it but its id.
    """

    position: int
    kind: PurchaseKind
    at: datetime
    recorded_at: datetime
    purchase_id: str | None
    return_id: str | None
    total: Decimal | None
    currency: str


def take_in(connection: Connection, events: Sequence[Recorded]) -> None:
    rows = []
    for one in events:
        if type(one.event) in EVENTS:
            with blaming(one):
                rows.append(purchase_row(one))
    insert_all(connection, PURCHASE, rows)


def purchase_row(one: Recorded) -> Row:
    of_stream, is_linked = _ids(one)
    row = {
        "position": one.position,
        "stream": one.stream,
        "member": None,
        "at": micros(one.at),
        "recorded_at": micros(one.recorded_at),
        "total": None,
        "currency": None,
    }
    return row | of_stream | _facts(one.event, is_linked=is_linked)


def _ids(one: Recorded) -> tuple[Row, bool]:
    is_linked = one.stream.startswith("purchase:")
    programme, name = ids_of(one, "purchase" if is_linked else "return", 2)
    fitting = get_args(PurchaseEvent if is_linked else UnlinkedReturnEvent)
    if not isinstance(one.event, fitting):
        raise damaged(one, "it is in a stream of another kind")
    ids = (name, None) if is_linked else (None, name)
    found = {"programme": programme, "purchase_id": ids[0], "return_id": ids[1]}
    return found, is_linked


def _facts(event: PurchaseEvent | UnlinkedReturnEvent, *, is_linked: bool) -> Row:
    match event:
        case PurchaseRecorded() | UnlinkedReturnRecorded():
            return {
                "kind": HEADS[not is_linked].value,
                "member": event.member_id,
                "total": str(event.total),
                "currency": event.basket.currency,
            }
        case ReturnRecorded():
            return {
                "kind": PurchaseKind.RETURNED.value,
                "return_id": event.return_id,
                "total": str(event.amount),
            }
        case ReturnAwaited():
            return {
                "kind": PurchaseKind.RETURN_AWAITED.value,
                "return_id": event.return_id,
            }
        case ReturnCancelled():
            return {
                "kind": PurchaseKind.RETURN_CANCELLED.value,
                "return_id": event.return_id,
            }
        case _:
            assert_never(event)


PURCHASES = View(name="purchases", version=1, tables=(PURCHASE,), take_in=take_in)


def read_purchases(
    connection: Connection,
    *,
    programme_id: str,
    member_id: str,
    at: datetime | None,
    known_at: datetime | None,
) -> tuple[PurchaseRow, ...]:
    """Return the rows in order of time; of one instant, in order of the log."""
    heads = PURCHASE.alias("heads")
    statement = (
        select(PURCHASE, heads.c.currency.label("head_currency"))
        .join(heads, heads.c.stream == PURCHASE.c.stream)
        .where(heads.c.programme == programme_id, heads.c.member == member_id)
    )
    for table in (PURCHASE, heads):
        if at is not None:
            statement = statement.where(table.c.at <= micros(at))
        if known_at is not None:
            statement = statement.where(table.c.recorded_at <= micros(known_at))
    statement = statement.order_by(PURCHASE.c.at, PURCHASE.c.position)
    found = connection.execute(statement).mappings().all()
    totals: dict[tuple[str, str | None], str | None] = {}
    rows = []
    for row in found:
        key = (row["stream"], row["return_id"])
        total = row["total"]
        if row["kind"] == PurchaseKind.RETURN_CANCELLED:
            total = totals.get(key)
        elif total is not None:
            totals[key] = total
        rows.append(_read(row, total))
    return tuple(rows)


def _read(row: RowMapping, total: str | None) -> PurchaseRow:
    return PurchaseRow(
        position=row["position"],
        kind=PurchaseKind(row["kind"]),
        at=instant(row["at"]),
        recorded_at=instant(row["recorded_at"]),
        purchase_id=row["purchase_id"],
        return_id=row["return_id"],
        total=None if total is None else Decimal(total),
        currency=row["head_currency"],
    )
