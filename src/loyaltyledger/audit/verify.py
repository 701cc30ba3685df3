"""Replay everything, and say what is wrong and where.

Nothing here trusts what is stored: bad data becomes a finding, never an error. Memory
is bounded by the largest stream and the largest command.
"""

from collections.abc import Callable, Iterable
from functools import partial
from itertools import islice
from typing import get_args

from ..desk import programme_stream
from ..desk.owners import account_from
from ..kernel.errors import InvalidInputError
from ..kernel.ids import stream_ids
from ..members import HouseholdEvent, MemberEvent
from ..points import AccountId, Event, Terms
from ..programme import Programme, ProgrammeDefined, ProgrammeHistory, SpendOrder
from ..purchases import (
    PurchaseEvent,
    PurchaseRecorded,
    UnlinkedReturnEvent,
    UnlinkedReturnRecorded,
)
from ..store import (
    UNFOLDABLE,
    Reading,
    Recorded,
    Store,
    StoreFailedError,
    StoreFullError,
    StoreReadOnlyError,
    StoreUnavailableError,
)
from ..views.differences import Behind, Difference
from .asof import AsOf
from .findings import FindingKind as Kind
from .findings import Report, Verification
from .terms import history_of, kind_of
from .verify_account import AccountCheck
from .verify_commands import CommandCheck
from .verify_dates import known_terms
from .verify_members import check_household, check_member
from .verify_sales import check_purchase, check_unlinked
from .verify_streams import quietly, readable

STREAMS_PER_PICTURE = 200

Tell = Callable[[int], None]
"""Is told how many events have been looked at; each is looked at twice."""

Checker = Callable[[], Iterable[Difference | Behind]]
"""Says in what a view differs from the log, and how far it was compared."""

EVENTS = {
    "programme": (ProgrammeDefined,),
    "member": get_args(MemberEvent),
    "household": get_args(HouseholdEvent),
    "account": get_args(Event),
    "purchase": get_args(PurchaseEvent),
    "return": get_args(UnlinkedReturnEvent),
}

ID_COUNTS = {
    "programme": 2,
    "member": 3,
    "household": 3,
    "account": 5,
    "purchase": 3,
    "return": 3,
}
"""How many parts the name of a stream has, its kind among them."""


def verify(
    store: Store, *, checkers: Iterable[Checker] = (), progress: Tell | None = None
) -> Verification:
    """Replay the whole log; :class:`Verification` says what is wrong, if anything."""
    report = Report()
    check = _Verifier(store, report, progress or _tell_nobody)
    check.guarded(check.head)
    check.guarded(check.streams)
    commands = CommandCheck(store, check.head_seen, check.terms_of, report)
    check.guarded(partial(check.commands, commands))
    for checker in checkers:
        check.guarded(partial(check.view, checker))
    return Verification(
        findings=tuple(report.findings),
        left_out=report.left_out,
        streams=check.streams_seen,
        events=check.events_seen,
        commands=commands.commands,
        remarks=tuple(report.remarks),
    )


def _tell_nobody(_events: int) -> None:
    pass


class _Verifier:
    """One verification on its way."""

    def __init__(self, store: Store, report: Report, progress: Tell) -> None:
        self.streams_seen = 0
        self.events_seen = 0
        self.head_seen = 0
        self._store = store
        self._report = report
        self._progress = progress
        self._looked_at = 0
        self._programmes: dict[str, tuple[Recorded, ...]] = {}
        self._histories: dict[tuple[str, int], ProgrammeHistory] = {}

    def guarded(self, work: Callable[[], None]) -> None:
        """Turn what a broken database answers into a finding."""
        try:
            work()
        except (StoreUnavailableError, StoreReadOnlyError, StoreFullError):
            raise
        except (StoreFailedError, TypeError, ValueError, OverflowError) as error:
            self._report.add(Kind.DATABASE_DAMAGED, str(error))

    def head(self) -> None:
        self.head_seen = self._store.head()

    def streams(self) -> None:
        self._read_programmes()
        names = self._store.streams()
        while page := tuple(islice(names, STREAMS_PER_PICTURE)):
            # one picture for many streams: what they say of each other agrees in it
            with self._store.reading() as reading:
                for name in page:
                    try:
                        self._stream(reading, name)
                    except (InvalidInputError, *UNFOLDABLE) as error:
                        problem = f"its name cannot be: {error}"
                        self._report.add(Kind.WRONG_STREAM, problem, stream=name)

    def commands(self, commands: CommandCheck) -> None:
        for seen in commands.check():
            self._seen(seen)

    def view(self, checker: Checker) -> None:
        try:
            for one in checker():
                if isinstance(one, Behind):
                    self._report.remarks.append(one.problem)
                    continue
                problem = f"{one.view}, table {one.table}: {one.problem}"
                self._report.add(Kind.VIEW_MISMATCH, problem, stream=one.stream)
        except UNFOLDABLE as error:
            problem = f"the views cannot follow the log: {error!r}"
            self._report.add(Kind.VIEW_MISMATCH, problem)

    def _seen(self, events: int) -> None:
        self._looked_at += events
        self._progress(self._looked_at)

    def _read_programmes(self) -> None:
        names = list(self._store.streams("programme:"))
        with self._store.reading() as reading:
            for name in names:
                found = quietly(reading, name, decode=self._store.decode)
                ours = (one for one in found if isinstance(one.event, ProgrammeDefined))
                self._programmes[name] = tuple(ours)

    def _stream(self, reading: Reading, name: str) -> None:
        kind = name.split(":", maxsplit=1)[0]
        if kind not in EVENTS or len(stream_ids(name)) != ID_COUNTS[kind]:
            problem = "no stream of a ledger is called so"
            self._report.add(Kind.WRONG_STREAM, problem, stream=name)
            return
        seen, recorded = readable(
            reading,
            name,
            decode=self._store.decode,
            classes=EVENTS[kind],
            report=self._report,
        )
        self.streams_seen += 1
        self.events_seen += seen
        if recorded:
            self._replay(reading, kind, recorded)
        self._seen(seen)

    def _replay(self, reading: Reading, kind: str, recorded: list[Recorded]) -> None:
        def look(stream: str) -> list[Recorded]:
            return quietly(reading, stream, decode=self._store.decode)

        match kind:
            case "account":
                order = self._order(recorded)
                AccountCheck(order, self.terms_of, self._report).check(recorded)
            case "purchase":
                check_purchase(recorded, self._rules, self._report)
            case "return":
                check_unlinked(recorded, self._rules, self._report)
            case "member":
                check_member(recorded, look, self._report)
            case "household":
                check_household(recorded, look, self._report)

    def _order(self, recorded: list[Recorded]) -> SpendOrder:
        account_id = account_from(recorded[0].stream)
        stream = programme_stream(account_id.programme_id)
        history = self._history(stream, recorded[-1].position)
        kind = kind_of(history, account_id, AsOf(at=recorded[-1].at))
        return SpendOrder.EARLIEST_EXPIRY if kind is None else kind.spend_order

    def terms_of(self, one: Recorded) -> Terms | None:
        """Return the policies known when an event of an account was decided."""
        account_id = AccountId.read(one.stream)
        if account_id is None:
            return None
        stream = programme_stream(account_id.programme_id)
        return known_terms(self._history(stream, one.position), account_id, one.at)

    def _rules(
        self, one: Recorded, event: PurchaseRecorded | UnlinkedReturnRecorded
    ) -> Programme:
        """Return the programme in force on the day, as it was known when decided."""
        programme_id = stream_ids(one.stream)[1]
        history = self._history(programme_stream(programme_id), one.position)
        quoted_at = event.quoted_at if isinstance(event, PurchaseRecorded) else None
        return history.on(quoted_at or event.at, programme_id=programme_id)

    def _history(self, stream: str, position: int) -> ProgrammeHistory:
        versions = self._programmes.get(stream, ())
        known = [one for one in versions if one.position < position]
        key = stream, len(known)
        if key not in self._histories:
            self._histories[key] = history_of(known)
        return self._histories[key]
