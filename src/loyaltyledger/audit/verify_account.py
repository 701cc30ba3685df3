"""Whether an account adds up: after every commit, and as of every instant."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from itertools import accumulate, groupby

from ..points import (
    Account,
    Balance,
    Event,
    balance,
    due,
    evolve,
    fold,
    postings,
)
from ..programme import SpendOrder
from ..store import UNFOLDABLE, Recorded
from .findings import FindingKind as Kind
from .findings import Report
from .verify_dates import TermsOf
from .verify_steps import problems
from .verify_timeline import lot_problems

MEMBER = "member:"


class AccountCheck:
    """Follows one account from its first event on."""

    def __init__(self, order: SpendOrder, terms_of: TermsOf, report: Report) -> None:
        self._order = order
        self._terms_of = terms_of
        self._report = report
        self._posted: dict[str, int] = {}
        self._states = [Account()]
        self._changes: list[int] = []
        self._told: set[Kind] = set()

    def check(self, recorded: Sequence[Recorded]) -> None:
        for _, commit in groupby(recorded, key=_recorded_at):
            last = None
            for last in commit:
                if not self._step(last):
                    return
            assert last is not None, "a group has a member"
            self._measure(last)
        for kind, problem in lot_problems(self._states[-1]):
            self._report.add(kind, problem, place=recorded[-1])
        self._back_dated(recorded)

    def _step(self, one: Recorded) -> bool:
        """Take in an event; False when nothing can be said about what follows."""
        account = self._states[-1]
        event: Event = one.event
        found = list(problems(account, event, partial(self._terms_of, one)))
        for kind, problem in found:
            self._report.add(kind, problem, place=one)
        if any(kind is Kind.BROKEN_REFERENCE for kind, _ in found):
            return False
        try:
            self._states.append(evolve(account, event))
        except UNFOLDABLE as error:
            problem = f"does not fit what came before: {error!r}"
            self._report.add(Kind.BROKEN_REFERENCE, problem, place=one)
            return False
        self._post(one)
        return True

    def _post(self, one: Recorded) -> None:
        legs = postings(one.event)
        if sum(leg.points for leg in legs):
            problem = "its postings do not sum to zero"
            self._report.add(Kind.POSTINGS_UNBALANCED, problem, place=one)
        for leg in legs:
            self._posted[leg.account] = self._posted.get(leg.account, 0) + leg.points
        self._changes.append(_change((one.event,)))

    def _measure(self, last: Recorded) -> None:
        """Compare the balance with the postings after a commit."""
        account = self._states[-1]
        found = self._balance(account, account.latest_at, last)
        if found is None:
            return
        measured, unbooked = found
        posted = dict(self._posted)
        for event in unbooked:
            what = type(event).__name__
            problem = f"{what} at {event.at.isoformat()} should be booked by now"
            self._tell(Kind.NOT_BOOKED, problem, last)
            for leg in postings(event):
                posted[leg.account] = posted.get(leg.account, 0) + leg.points
        held = posted.get("member:held", 0)
        books = {
            "available": posted.get("member:available", 0) + held,
            "held": held,
            "pending": posted.get("member:pending", 0),
            "debt": -posted.get("member:debt", 0),
        }
        for name, points in books.items():
            counted = getattr(measured, name)
            if counted != points:
                problem = f"{name} is {counted} by lots, {points} by postings"
                self._tell(Kind.BALANCE_MISMATCH, problem, last)

    def _balance(
        self, account: Account, at: datetime, place: Recorded
    ) -> tuple[Balance, tuple[Event, ...]] | None:
        try:
            unbooked = due(account, at, self._order)
            measured = balance(fold(account, unbooked), at)
        except UNFOLDABLE as error:
            problem = f"no balance as of {at.isoformat()}: {error!r}"
            self._tell(Kind.BEFORE_CAUSE, problem, place)
            return None
        figures = _figures(measured)
        wrong = [f"{name} {points}" for name, points in figures.items() if points < 0]
        if wrong:
            problem = f"{', '.join(wrong)} as of {at.isoformat()}"
            self._tell(Kind.NEGATIVE_BALANCE, problem, place)
        return measured, unbooked

    def _tell(self, kind: Kind, problem: str, place: Recorded) -> None:
        """Report once per account: what follows from it would repeat it."""
        if kind not in self._told:
            self._told.add(kind)
            self._report.add(kind, problem, place=place)

    def _back_dated(self, recorded: Sequence[Recorded]) -> None:
        """Look at the account as of each instant that a late fact has changed."""
        latest = list(accumulate((one.at for one in recorded), max))
        for at in sorted({one.at for one in recorded}):
            first = bisect_right(latest, at)
            late = [
                index
                for index in range(first, len(recorded))
                if recorded[index].at <= at
            ]
            if late:
                self._as_of(at, recorded, first, late)

    def _as_of(
        self, at: datetime, recorded: Sequence[Recorded], first: int, late: list[int]
    ) -> None:
        place = recorded[late[-1]]
        account = self._states[first]
        try:
            account = fold(account, tuple(recorded[index].event for index in late))
        except UNFOLDABLE as error:
            problem = f"no account as of {at.isoformat()}: {error!r}"
            self._tell(Kind.BEFORE_CAUSE, problem, place)
            return
        found = self._balance(account, at, place)
        if found is None:
            return
        measured, unbooked = found
        posted = sum(self._changes[:first]) + _change(unbooked)
        posted += sum(self._changes[index] for index in late)
        if measured.outstanding != posted:
            counted = measured.outstanding
            problem = f"outstanding is {counted} by lots, {posted} by postings"
            self._tell(
                Kind.BALANCE_MISMATCH, f"{problem} as of {at.isoformat()}", place
            )


def _recorded_at(one: Recorded) -> datetime:
    return one.recorded_at


def _change(events: Iterable[Event]) -> int:
    """Return by how much events change what the shop owes the member."""
    legs = (leg for event in events for leg in postings(event))
    return sum(leg.points for leg in legs if leg.account.startswith(MEMBER))


def _figures(measured: Balance) -> dict[str, int]:
    names = ("available", "held", "free", "pending", "debt")
    return {name: getattr(measured, name) for name in names}
