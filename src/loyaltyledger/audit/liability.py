"""Liability as of two clocks, from the log itself."""

from ..store import Store
from ..views import Liability
from ..views.liability import liability
from ..views.standing import standing_of
from .asof import AsOf
from .standings import histories_as_of, standings


def liability_as_of(
    store: Store, as_of: AsOf, *, programme_id: str
) -> tuple[Liability, ...]:
    """Return what was outstanding, by the month it expires in, as it was known."""
    histories = histories_as_of(store, as_of, programme_id)
    programme = histories[programme_id].on(as_of.at, programme_id=programme_id)
    found = standings(store, as_of, histories, programme_id)
    measured = (
        standing_of(one.account_id, one.account, one.balance.at) for one in found
    )
    return liability(measured, programme, as_of.at)
