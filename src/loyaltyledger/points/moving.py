"""Decisions about two accounts at once: transfer and conversion, and their undoing."""

from fractions import Fraction
from math import ceil

import attrs

from ..kernel.errors import NothingToConvertError
from ..kernel.quantities import rounded
from ..programme import Conversion, TransferExpiry, expires_at
from . import granting, spending
from .account import Account
from .deciding import Terms, check_new_entry
from .entries import Part
from .events import Event, Taken
from .granting import Dates, Why
from .lots import Lot


def send(
    account: Account,
    points: int,
    *,
    entry_id: str,
    terms: Terms,
    why: Why,
    counter: str,
    entry_kind: str = "transfer",
) -> tuple[Event, ...]:
    """Take free points out of the sender's account."""
    spending.check_usable(terms.kind)
    check_new_entry(account, entry_id)
    return spending.take(
        account,
        points,
        entry_id=entry_id,
        at=terms.at,
        order=terms.kind.spend_order,
        entry_kind=entry_kind,
        book=entry_kind,
        why=why,
        counter=counter,
    )


def sent_lots(
    sender: Account, taken: Taken, *, terms: Terms, sender_owner: str
) -> tuple[Lot, ...]:
    """Make the receiver's lots: one for each that was drawn, with its date or a new."""
    return tuple(
        _moved_lot(
            sender, part, f"{sender_owner}/{taken.entry_id}/{number}", terms=terms
        )
        for number, part in enumerate(taken.parts, start=1)
    )


def _moved_lot(
    sender: Account,
    part: Part,
    lot_id: str,
    *,
    terms: Terms,
) -> Lot:
    assert part.lot_id is not None, "transfers move lots"
    lot = sender.lots[part.lot_id].lot
    until = lot.expires_at
    if terms.kind.transfer_expiry is TransferExpiry.RESET:
        policy = terms.kind.expiry
        until = expires_at(policy, terms.at, terms.tz, point_type=terms.kind.name)
    return Lot(
        lot_id=lot_id,
        points=part.points,
        available_from=terms.at,
        expires_at=until,
        slides=lot.slides,
    )


def receive(
    account: Account,
    lots: tuple[Lot, ...],
    *,
    entry_id: str,
    terms: Terms,
    why: Why,
    counter: str,
    entry_kind: str = "transfer",
) -> tuple[Event, ...]:
    """Grant what was sent."""
    check_new_entry(account, entry_id)
    return granting.grant(
        account,
        entry_id=entry_id,
        lots=lots,
        at=terms.at,
        entry_kind=entry_kind,
        book=entry_kind,
        why=why,
        counter=counter,
    )


@attrs.frozen(kw_only=True)
class Exchange:
    """How many points a conversion takes, and how many it makes."""

    taken: int
    made: int


def exchange(points: int, rate: Conversion) -> Exchange:
    """Convert up to *points*: never take more than the result needs."""
    made = rounded(Fraction(points * rate.into_points, rate.from_points), rate.rounding)
    if made < 1:
        raise NothingToConvertError(points=points, into=rate.into)
    needed = ceil(Fraction(made * rate.from_points, rate.into_points))
    return Exchange(taken=min(points, needed), made=made)


def converted_lot(entry_id: str, made: int, *, terms: Terms) -> Lot:
    """Make the lot of a conversion, under the policies of the type it becomes."""
    kind, at, tz = terms.kind, terms.at, terms.tz
    return granting.new_lot(
        entry_id, made, at=at, kind=kind, tz=tz, dates=Dates(available_from=at)
    )
