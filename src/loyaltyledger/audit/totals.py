"""What finance asks: all points of a programme, by what became of them.

Everything is added up from the postings of every account, as of two clocks, one
account at a time. What time has done and nobody has booked yet is part of it.
"""

from collections.abc import Iterable

import attrs

from ..members import Member, Status, evolve_member
from ..points import Account, Entry, PartKind, Reversed, Taken, postings
from ..purchases import PurchaseRecorded
from ..store import Recorded, Store, events_follow
from .asof import AsOf
from .standings import Standing, histories_as_of, prefix, standings


@attrs.frozen(kw_only=True)
class Totals:
    """The points of one type in one programme at an instant.

    *members* are enrolled and have not left, *purchases* were recorded; both are of the
    whole programme. *earned* were issued, *reversed* were taken back by returns and
    claw-backs (what was put back again taken off), *not_recovered* should have been and
    could not. *spent* is less what was given back. *adjusted* and *converted* are what
    came in less what went out; *transferred* is what changed accounts.
    *outstanding* is what the shop owes, net of *debt*.
    """

    programme_id: str
    point_type: str
    members: int
    purchases: int
    earned: int
    reversed: int
    not_recovered: int
    spent: int
    expired: int
    cancelled: int
    forfeited: int
    written_off: int
    adjusted: int
    opening: int
    transferred: int
    converted: int
    outstanding: int
    available: int
    pending: int
    held: int
    debt: int

    @property
    def difference(self) -> int:
        """What the books say is outstanding less what the lots say; 0 when sound."""
        into = self.earned + self.opening + self.adjusted + self.converted
        out = self.reversed + self.spent + self.expired + self.cancelled
        return into - out - self.forfeited + self.written_off - self.outstanding


class _Tally:
    """Running sums of one point type."""

    def __init__(self) -> None:
        self.books: dict[str, int] = {}
        self.figures = dict.fromkeys(
            ("outstanding", "available", "pending", "held", "debt"), 0
        )
        self.not_recovered = 0
        self.transferred = 0

    def add(self, standing: Standing) -> None:
        for figure in self.figures:
            self.figures[figure] += getattr(standing.balance, figure)
        for event in standing.events:
            for leg in postings(event):
                self.books[leg.account] = self.books.get(leg.account, 0) + leg.points
            if isinstance(event, Taken | Reversed):
                self.not_recovered += _lost(event)
                self.transferred += _sent(event, standing.account)

    def totals(
        self, programme_id: str, point_type: str, counts: dict[str, int]
    ) -> Totals:
        into = {name: -points for name, points in self.books.items()}
        return Totals(
            programme_id=programme_id,
            point_type=point_type,
            members=counts["members"],
            purchases=counts["purchases"],
            earned=into.get("issued", 0),
            reversed=self.books.get("reversed", 0),
            not_recovered=self.not_recovered,
            spent=self.books.get("spent", 0),
            expired=self.books.get("expired", 0),
            cancelled=self.books.get("cancelled", 0),
            forfeited=self.books.get("forfeited", 0),
            written_off=into.get("written_off", 0),
            adjusted=into.get("adjustment", 0),
            opening=into.get("opening", 0),
            transferred=self.transferred,
            converted=into.get("conversion", 0),
            **self.figures,
        )


def _lost(event: Taken | Reversed) -> int:
    """Count what could not be recovered; less what no longer needs to be."""
    sign = -1 if isinstance(event, Reversed) and event.gives else 1
    lost = (part.points for part in event.parts if part.kind is PartKind.LOST)
    return sign * sum(lost)


def _sent(event: Taken | Reversed, account: Account) -> int:
    """Count what the sender's side of a transfer says, and its undoing takes off."""
    if event.book != "transfer":
        return 0
    entry = account.entries[event.entry_id]
    sign = 1 if not entry.gives else -1
    if _first(account, entry).gives:
        return 0
    return sign * sum(part.points for part in event.parts)


def _first(account: Account, entry: Entry) -> Entry:
    """Return what was undone, or undone and put back any number of times."""
    for _ in account.entries:
        if entry.reverses is None:
            return entry
        entry = account.entries[entry.reverses]
    problem = f"entry {entry.entry_id!r} undoes itself"
    raise ValueError(problem)


def totals(
    store: Store, as_of: AsOf, *, programme_id: str | None = None
) -> tuple[Totals, ...]:
    """Add up every account, per programme and point type, in order of name."""
    tallies: dict[tuple[str, str], _Tally] = {}
    histories = histories_as_of(store, as_of, programme_id)
    for name, history in histories.items():
        for version in history.versions:
            for kind in version.programme.point_types:
                tallies[name, kind.name] = _Tally()
    for standing in standings(store, as_of, histories, programme_id):
        account_id = standing.account_id
        key = (account_id.programme_id, account_id.point_type)
        with events_follow(account_id.stream):
            tallies.setdefault(key, _Tally()).add(standing)
    counts = {
        name: {
            "members": _members(store, as_of, name),
            "purchases": _purchases(store, as_of, name),
        }
        for name in {name for name, _ in tallies}
    }
    return tuple(
        tally.totals(*key, counts[key[0]]) for key, tally in sorted(tallies.items())
    )


def _members(store: Store, as_of: AsOf, programme_id: str) -> int:
    streams = store.all_streams(prefix("member", programme_id))
    return sum(_is_member(name, as_of.of(events)) for name, events in streams)


def _is_member(stream: str, seen: Iterable[Recorded]) -> bool:
    member = Member()
    with events_follow(stream):
        for one in seen:
            member = evolve_member(member, one.event)
    return member.status in {Status.ENROLLED, Status.FROZEN}


def _purchases(store: Store, as_of: AsOf, programme_id: str) -> int:
    streams = store.all_streams(prefix("purchase", programme_id))
    return sum(
        any(isinstance(one.event, PurchaseRecorded) for one in as_of.of(events))
        for _, events in streams
    )
