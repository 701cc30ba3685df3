"""An account as of two clocks: when things happened, and when they were known."""

from collections.abc import Iterable
from datetime import datetime

import attrs

from ..points import Account, apply_due, fold
from ..programme import PointType
from ..store import Recorded


@attrs.frozen(kw_only=True)
class AsOf:
    """*at* is the instant asked about; *known_at* leaves out what came in later.

    *is_now* asks for everything there is, whatever the clocks of its writers said.
    """

    at: datetime
    known_at: datetime | None = None
    is_now: bool = False

    def sees(self, recorded: Recorded) -> bool:
        if self.is_now:
            return True
        if self.known_at is not None and recorded.recorded_at > self.known_at:
            return False
        return recorded.at <= self.at

    def of(self, events: Iterable[Recorded]) -> tuple[Recorded, ...]:
        return tuple(one for one in events if self.sees(one))


def account_as_of(events: Iterable[Recorded], as_of: AsOf, kind: PointType) -> Account:
    """Fold what is seen, and let time pass until *at*."""
    seen = tuple(one.event for one in as_of.of(events))
    return standing_at(fold(Account(), seen), as_of, kind)


def standing_at(account: Account, as_of: AsOf, kind: PointType) -> Account:
    """Let time pass in an account until *at*, or its own latest event."""
    return apply_due(account, max(as_of.at, account.latest_at), kind.spend_order)
