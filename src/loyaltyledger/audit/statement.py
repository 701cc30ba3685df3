"""A statement: what changed an account, line by line, with the running balance."""

from collections.abc import Iterable
from datetime import datetime

import attrs

from ..points import Account, Event, Posting, due, fold, postings
from ..programme import PointType
from ..store import Recorded
from .asof import AsOf


@attrs.frozen(kw_only=True)
class StatementLine:
    """One event. *change* is to what the shop owes the member; *balance* is after it.

    A line without *position* is what time has done and no command has booked yet.
    """

    at: datetime
    recorded_at: datetime | None
    position: int | None
    event: Event
    postings: tuple[Posting, ...]
    change: int
    balance: int


def statement(
    events: Iterable[Recorded], as_of: AsOf, kind: PointType
) -> tuple[StatementLine, ...]:
    """Return the lines in order of time; of one instant, in order of the log."""
    seen = as_of.of(events)
    account = fold(Account(), tuple(one.event for one in seen))
    booked = [(one.at, one.recorded_at, one.position, one.event) for one in seen]
    booked.sort(key=lambda line: line[0])
    lines: list[tuple[datetime, datetime | None, int | None, Event]] = [*booked]
    unbooked = due(account, as_of.at, kind.spend_order)
    lines += [(event.at, None, None, event) for event in unbooked]
    lines.sort(key=lambda line: line[0])
    statement_lines = []
    balance = 0
    for at, recorded_at, position, event in lines:
        legs = postings(event)
        change = sum(leg.points for leg in legs if leg.account.startswith("member:"))
        balance += change
        line = StatementLine(
            at=at,
            recorded_at=recorded_at,
            position=position,
            event=event,
            postings=legs,
            change=change,
            balance=balance,
        )
        statement_lines.append(line)
    return tuple(statement_lines)
