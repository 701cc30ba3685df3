"""What can have happened to a purchase, and to a return that names none."""

from datetime import datetime
from decimal import Decimal

import attrs

from ..rules import Award, Basket
from .commands import ReturnLine


@attrs.frozen(kw_only=True)
class Credit:
    """Where an award went: the entry *entry_id* of the account *account* (a stream)."""

    point_type: str
    account: str
    entry_id: str


@attrs.frozen(kw_only=True)
class PointsTender:
    """A payment with points: which entry of which account, and how many points."""

    point_type: str
    account: str
    entry_id: str
    points: int


@attrs.frozen(kw_only=True)
class Refund:
    """How much of a return goes back by which means of payment."""

    method: str
    amount: Decimal


@attrs.frozen(kw_only=True)
class PointsBack:
    """Points that a return undid of an award, or gave back of a payment.

    *shares* are the points of each line, in the order of the basket.
    """

    point_type: str
    account: str
    entry_id: str
    reversal_id: str
    points: int
    shares: tuple[int, ...] = ()


@attrs.frozen(kw_only=True)
class PurchaseRecorded:
    """A sale, what each line came to, and what was decided."""

    at: datetime
    member_id: str
    basket: Basket
    total: Decimal
    line_amounts: tuple[Decimal, ...]
    awards: tuple[Award, ...]
    credits: tuple[Credit, ...] = ()
    points_tenders: tuple[PointsTender, ...] = ()
    quoted_at: datetime | None = None
    actor: str | None = None


@attrs.frozen(kw_only=True)
class ReturnAwaited:
    """A return arrived before its purchase; it is applied when the purchase comes."""

    at: datetime
    return_id: str
    lines: tuple[ReturnLine, ...] = ()
    amount: Decimal | None = None
    reason: str | None = None
    actor: str | None = None


@attrs.frozen(kw_only=True)
class LineReturned:
    """What came back of a line."""

    line_id: str
    quantity: Decimal
    amount: Decimal


@attrs.frozen(kw_only=True)
class ReturnRecorded:
    """Goods came back: what of each line, and the points that this undid."""

    at: datetime
    return_id: str
    lines: tuple[LineReturned, ...]
    amount: Decimal
    taken: tuple[PointsBack, ...] = ()
    restored: tuple[PointsBack, ...] = ()
    refunds: tuple[Refund, ...] = ()
    reason: str | None = None
    actor: str | None = None


@attrs.frozen(kw_only=True)
class ReturnCancelled:
    """A return was booked by mistake; its points were put back as they were."""

    at: datetime
    return_id: str
    reason: str | None = None
    actor: str | None = None


@attrs.frozen(kw_only=True)
class UnlinkedReturnRecorded:
    """Goods came back whose purchase is not known; decided by the rules of its day."""

    at: datetime
    member_id: str
    basket: Basket
    total: Decimal
    awards: tuple[Award, ...]
    credits: tuple[Credit, ...] = ()
    reason: str | None = None
    actor: str | None = None


PurchaseEvent = PurchaseRecorded | ReturnAwaited | ReturnRecorded | ReturnCancelled
UnlinkedReturnEvent = UnlinkedReturnRecorded | ReturnCancelled
