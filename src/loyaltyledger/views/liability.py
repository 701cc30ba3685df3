"""Liability: what the shop owes its members, by the month in which it expires."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

import attrs

from ..programme import Programme
from .standing import Standing

NEVER = "never"


@attrs.frozen(kw_only=True)
class ExpiryMonth:
    """Points that expire in one month, such as ``2025-03``, or ``never``.

    The month is that of the instant at which they are dead, in the programme's time
    zone: the month in which the books take the expiry in.
    """

    month: str
    available: int
    pending: int

    @property
    def points(self) -> int:
        return self.available + self.pending


@attrs.frozen(kw_only=True)
class Liability:
    """What is owed in one point type at an instant. *debt* is what members owe."""

    programme_id: str
    point_type: str
    at: datetime
    months: tuple[ExpiryMonth, ...]
    debt: int

    @property
    def available(self) -> int:
        return sum(month.available for month in self.months)

    @property
    def pending(self) -> int:
        return sum(month.pending for month in self.months)

    @property
    def outstanding(self) -> int:
        """What the shop owes, net of debt."""
        return self.available + self.pending - self.debt


def liability(
    standings: Iterable[Standing], programme: Programme, at: datetime
) -> tuple[Liability, ...]:
    """Add up accounts, by point type."""
    debts = {kind.name: 0 for kind in programme.point_types}
    months: dict[str, dict[str, tuple[int, int]]] = {name: {} for name in debts}
    for standing in standings:
        name = standing.account_id.point_type
        debts[name] = debts.get(name, 0) + standing.debt
        of_type = months.setdefault(name, {})
        for share in standing.shares:
            month = _month(share.expires_at, programme.tz)
            available, pending = of_type.get(month, (0, 0))
            of_type[month] = (available + share.available, pending + share.pending)
    return tuple(
        Liability(
            programme_id=programme.programme_id,
            point_type=name,
            at=at,
            months=_in_order(months[name]),
            debt=debt,
        )
        for name, debt in sorted(debts.items())
    )


def _month(expires_at: datetime | None, tz: ZoneInfo) -> str:
    if expires_at is None:
        return NEVER
    local = expires_at.astimezone(tz)
    return f"{local.year:04}-{local.month:02}"


def _in_order(months: dict[str, tuple[int, int]]) -> tuple[ExpiryMonth, ...]:
    """Sort by month, with *never* last, and leave out what is empty."""
    return tuple(
        ExpiryMonth(month=month, available=available, pending=pending)
        for month, (available, pending) in sorted(months.items())
        if available or pending
    )
