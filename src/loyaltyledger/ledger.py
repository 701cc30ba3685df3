"""The ledger: open a database, carry out commands, ask questions.

This is the only thing most hosts touch. Everything that changes something takes a
*key*: the same call under the same key is carried out once, across threads, processes
and crashes, and always gives the same receipt.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from inspect import Parameter, Signature, signature
from itertools import islice
from pathlib import Path
from typing import IO, Concatenate, ParamSpec, Self
from uuid import uuid4

from .archive import LogFile, export_log
from .attempting import Outcome
from .audit import (
    AsOf,
    Explanation,
    LotStanding,
    Questions,
    Replayed,
    StatementLine,
    Totals,
    Verification,
    Wanted,
    balances_as_of,
    explain_id,
    explain_key,
    explain_receipt,
    liability_as_of,
    outstanding,
    replay,
    totals,
    verify,
)
from .caching import CACHED_EVENTS, StateCache
from .desk import Command, programme_stream
from .executing import Executor, HostDesk
from .kernel.errors import LedgerError
from .kernel.fields import check_instance
from .kernel.time import utc, utc_or_none
from .members import (
    AllowSpending,
    CloseMember,
    Enrol,
    FormHousehold,
    Freeze,
    JoinHousehold,
    LeaveHousehold,
    Unfreeze,
    check_known,
    member_stream,
)
from .points import (
    AccountId,
    Adjust,
    Balance,
    CaptureHold,
    Convert,
    Earn,
    OpenBalance,
    PlaceHold,
    ReleasePending,
    Reverse,
    Spend,
    SweepAccount,
    Transfer,
    VoidHold,
)
from .programme import DefineProgramme
from .purchases import (
    CancelReturn,
    Quote,
    RecordPurchase,
    ReturnPurchase,
    ReturnUnlinked,
    quote,
)
from .receipt import Receipt, receipt_of
from .rules import Basket
from .store import (
    DatabaseCheck,
    Durability,
    Reading,
    Store,
    events_follow,
    migrate_store,
    open_store,
    restore_store,
)
from .store.names import NAMES, UPCASTS
from .views import CheckpointReader, Liability, Progress, PurchaseRow, Views

P = ParamSpec("P")

SWEPT_PER_COMMIT = 100


def _now() -> datetime:
    return datetime.now(UTC)


def _does(
    command: Callable[P, Command],
) -> Callable[Concatenate["Ledger", P], Receipt]:
    """Make a method that carries out a command, with the arguments of its class."""

    def method(self: "Ledger", /, *args: P.args, **kwargs: P.kwargs) -> Receipt:
        return self.execute(command(*args, **kwargs))

    method.__doc__ = command.__doc__
    self_first = Parameter("self", Parameter.POSITIONAL_ONLY)
    fields = signature(command).parameters.values()
    shown = Signature([self_first, *fields], return_annotation=Receipt)
    vars(method)["__signature__"] = shown
    return method


class Ledger:
    """A loyalty ledger in one database. Threads may share it.

    Open one with :meth:`open`, and close it, or use it in a ``with`` block.
    """

    def __init__(
        self,
        store: Store,
        executor: Executor,
        *,
        clock: Callable[[], datetime],
        views: Views,
    ) -> None:
        self.store = store
        self._executor = executor
        self._clock = clock
        self._views = views
        self._checkpoints = CheckpointReader(store)

    @classmethod
    def open(
        cls,
        url: str,
        *,
        clock: Callable[[], datetime] = _now,
        schema: str = "loyaltyledger",
        busy_timeout_s: float = 30.0,
        statement_timeout_s: float | None = None,
        idle_timeout_s: float | None = None,
        pool_size: int = 10,
        prepare_threshold: int | None = 5,
        cached_events: int = CACHED_EVENTS,
        durability: Durability = Durability.FULL,
    ) -> Self:
        """Open ``sqlite:///file``, ``postgresql://…`` or ``memory:``.

        A SQLite file that is absent or empty becomes a ledger. PostgreSQL is asked for
        by :func:`migrate` (``loyaltyledger migrate``) once; else NotMigratedError.
        Nothing but these arguments is looked at: no environment variable counts.
        *statement_timeout_s*, *idle_timeout_s* (of a transaction) and
        *prepare_threshold* (None: prepare no statement) matter to PostgreSQL only. What
        is kept in memory has come of *cached_events* at most, a kilobyte for each.
        """
        cache = StateCache(cached_events)
        store = open_store(
            url,
            names=NAMES,
            upcasts=UPCASTS,
            clock=clock,
            schema=schema,
            busy_timeout_s=busy_timeout_s,
            statement_timeout_s=statement_timeout_s,
            idle_timeout_s=idle_timeout_s,
            pool_size=pool_size,
            prepare_threshold=prepare_threshold,
            durability=durability,
        )
        executor = Executor(store, clock=clock, cache=cache, store=store)
        views = Views(store, clock=clock)
        try:
            _make_views_of_new(store, views)
        except BaseException:
            store.close()
            raise
        return cls(store, executor, clock=clock, views=views)

    def backup(self, path: str | Path) -> DatabaseCheck:
        """Copy a SQLite ledger to a new file while it is in use, and check the copy.

        The file gets its name only when it is whole, sound and on disk. It is never
        written over another. PostgreSQL is backed up by its own tools.
        """
        return self.store.back_up(_path("path", path))

    def check(self) -> DatabaseCheck:
        """Say whether the database is sound: the engine's check, and the log's shape.

        Reads no payload; :meth:`verify` says whether the points are right.
        """
        return self.store.check()

    def export_log(self, to: str | Path | IO[bytes]) -> LogFile:
        """Write the whole log as a file that needs no database to be read.

        One JSON document a line; gzipped where the name ends in ``.gz``. A file gets
        its name only when it is whole, and one that is there already is not
        overwritten (LogFileError). :func:`import_log` makes a ledger of it.
        """
        return export_log(self.store, to)

    def close(self) -> None:
        """Give the connections back; the ledger cannot be used any more.

        One that came from :meth:`within` has none: the ledger that it came from stays
        open, and so does the host's connection.
        """
        if not self._executor.is_hosted:
            self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def within(self, connection: object) -> "Ledger":
        """Return a ledger that works inside the host's own transaction.

        *connection* is one of ``sqlite3`` or ``psycopg``, or a Connection or Session of
        SQLAlchemy, on this ledger's database. What is done through it becomes durable
        when the host commits, or never. The host ends the transaction. When another
        writer gets in first it raises ContendedError: roll back, and do it all again.
        """
        executor = Executor(
            HostDesk(self.store, connection),
            clock=self._clock,
            cache=StateCache(0),
        )
        views = Views(self.store, clock=self._clock, wait=False)
        return Ledger(self.store, executor, clock=self._clock, views=views)

    # ── commands ────────────────────────────────────────────────────────────

    def execute(self, command: Command) -> Receipt:
        """Carry out any command; the methods below are this with its arguments."""
        return self._executor.execute(command)

    def execute_many(self, commands: Iterable[Command]) -> tuple[Outcome, ...]:
        """Carry out commands in one commit, in order.

        Returns for each its receipt, or the error that refused it: a refusal does not
        stop the others. A StoreError is raised, and then nothing of them is written.
        """
        return self._executor.execute_many(commands)

    define = _does(DefineProgramme)
    enrol = _does(Enrol)
    freeze = _does(Freeze)
    unfreeze = _does(Unfreeze)
    close_member = _does(CloseMember)
    form_household = _does(FormHousehold)
    join_household = _does(JoinHousehold)
    leave_household = _does(LeaveHousehold)
    allow_spending = _does(AllowSpending)

    earn = _does(Earn)
    open_balance = _does(OpenBalance)
    adjust = _does(Adjust)
    spend = _does(Spend)
    hold = _does(PlaceHold)
    capture = _does(CaptureHold)
    void = _does(VoidHold)
    reverse = _does(Reverse)
    release_pending = _does(ReleasePending)
    transfer = _does(Transfer)
    convert = _does(Convert)
    sweep_account = _does(SweepAccount)

    record_purchase = _does(RecordPurchase)
    return_purchase = _does(ReturnPurchase)
    return_unlinked = _does(ReturnUnlinked)
    cancel_return = _does(CancelReturn)

    def sweep(self, *, at: datetime | None = None) -> int:
        """Book what time has done to every account: lapses, activations, expiry.

        Returns how many accounts changed. Late, repeated or never run, every balance
        is the same.
        """
        instant = self._at(at)
        run = uuid4().hex  # of its own: another sweep may find more to book
        sweeps = (
            SweepAccount(key=f"sweep {run} {number}", account=stream, at=instant)
            for number, stream in enumerate(self.store.streams("account:"))
        )
        swept = 0
        while batch := tuple(islice(sweeps, SWEPT_PER_COMMIT)):
            for outcome in self.execute_many(batch):
                if isinstance(outcome, LedgerError):
                    raise outcome
                swept += bool(outcome.events)
        return swept

    # ── questions ───────────────────────────────────────────────────────────

    def quote(
        self, *, programme_id: str, basket: Basket, at: datetime | None = None
    ) -> Quote:
        """Say what a basket would earn; writes nothing."""
        instant = self._at(at)
        with self._executor.desk.reading() as reading:
            load = self._executor.loading(reading)
            history = load(programme_stream(programme_id)).state
            programme = history.on(instant, programme_id=programme_id)
        return quote(basket, programme, instant)

    def balance(
        self,
        *,
        programme_id: str,
        member_id: str,
        point_type: str,
        at: datetime | None = None,
        known_at: datetime | None = None,
    ) -> Balance:
        """Return what a member has: available, held, pending, debt, and what expires.

        *at* asks about an instant (default now), *known_at* leaves out what was
        recorded later. A member of a household has the household's balance.
        """
        as_of = self._as_of(at, known_at)
        whose = (programme_id, member_id, point_type)
        with self._asked(whose, as_of) as (questions, account_id):
            return questions.balance(account_id, as_of)

    def account_balance(
        self,
        account_id: AccountId,
        *,
        at: datetime | None = None,
        known_at: datetime | None = None,
    ) -> Balance:
        """Return the balance of an account, of a member or a household."""
        check_instance("account_id", account_id, AccountId)
        as_of = self._as_of(at, known_at)
        reading_log = self._executor.desk.reading()
        with reading_log as reading, events_follow(account_id.stream):
            return self._questions(reading).balance(account_id, as_of)

    def lots(
        self,
        *,
        programme_id: str,
        member_id: str,
        point_type: str,
        at: datetime | None = None,
        known_at: datetime | None = None,
    ) -> tuple[LotStanding, ...]:
        """Return the lots that still have points, in the order they are spent."""
        as_of = self._as_of(at, known_at)
        whose = (programme_id, member_id, point_type)
        with self._asked(whose, as_of) as (questions, account_id):
            return questions.lots(account_id, as_of)

    def statement(
        self,
        *,
        programme_id: str,
        member_id: str,
        point_type: str,
        at: datetime | None = None,
        known_at: datetime | None = None,
    ) -> tuple[StatementLine, ...]:
        """Return what changed an account, line by line, with the running balance."""
        as_of = self._as_of(at, known_at)
        whose = (programme_id, member_id, point_type)
        with self._asked(whose, as_of) as (questions, account_id):
            return questions.statement(account_id, as_of)

    def totals(
        self,
        *,
        programme_id: str | None = None,
        at: datetime | None = None,
        known_at: datetime | None = None,
    ) -> tuple[Totals, ...]:
        """Return what became of all points, per programme and point type.

        Read from the whole log, one account at a time; committed events only.
        """
        as_of = self._as_of(at, known_at)
        return totals(self.store, as_of, programme_id=programme_id)

    def balances_as_of(
        self,
        *,
        programme_id: str,
        point_type: str | None = None,
        at: datetime | None = None,
        known_at: datetime | None = None,
    ) -> Iterator[tuple[AccountId, Balance]]:
        """Give the balance of every account, one by one, by name.

        Read from the whole log; committed events only.
        """
        as_of = self._as_of(at, known_at)
        return balances_as_of(
            self.store, as_of, programme_id=programme_id, point_type=point_type
        )

    # ── questions to the views ──────────────────────────────────────────────
    # They see what is committed: inside a host's transaction not what it has done.

    @property
    def views(self) -> Views:
        """The read models; each question to them first catches up with the log."""
        return self._views

    def balances(
        self, *, programme_id: str, at: datetime | None = None
    ) -> Iterator[tuple[AccountId, Balance]]:
        """Give the balance of every account of a programme, by name, from the views."""
        return self._views.balances(programme_id=programme_id, at=at)

    def liability(
        self,
        *,
        programme_id: str,
        at: datetime | None = None,
        known_at: datetime | None = None,
    ) -> tuple[Liability, ...]:
        """Return what is outstanding per point type, by the month it expires in.

        With *known_at* it is read from the log, account by account, else from the
        views.
        """
        if known_at is None:
            return self._views.liability(programme_id=programme_id, at=at)
        as_of = self._as_of(at, known_at)
        return liability_as_of(self.store, as_of, programme_id=programme_id)

    def purchases(
        self,
        *,
        programme_id: str,
        member_id: str,
        at: datetime | None = None,
        known_at: datetime | None = None,
    ) -> tuple[PurchaseRow, ...]:
        """Return what a member bought and what came back, in order of time."""
        stream = member_stream(programme_id, member_id)
        with self._executor.desk.reading() as reading:
            check_known(self._executor.loading(reading)(stream).state, member_id)
        return self._views.purchases(
            programme_id=programme_id,
            member_id=member_id,
            at=at,
            known_at=known_at,
        )

    def rebuild(self, progress: Callable[[Progress], None] | None = None) -> int:
        """Make the views again from the log; return how many events that took."""
        return self._views.rebuild(progress)

    def verify(self, progress: Callable[[int], None] | None = None) -> Verification:
        """Replay the whole log, and say what is wrong and where, if anything.

        Compares the views with it too. *progress* is told how many events have been
        looked at; each is looked at twice.
        """
        checkers = (self._views.differences,)
        return verify(self.store, checkers=checkers, progress=progress)

    def replay(self) -> Replayed:
        """Play the whole log again by code that shares nothing with the ledger.

        Follows every lot, hold and debt in one pass, and is many times faster than
        :meth:`verify`, which looks at everything else too.
        """
        return replay(self.store)

    def outstanding(self) -> dict[str, int]:
        """Add up what is booked in every account, by its stream, and nothing more.

        The fastest question to the whole log. What time has done and nobody has booked
        is not in it.
        """
        return outstanding(self.store)

    def explain(
        self,
        subject: Receipt | str | None = None,
        *,
        programme_id: str | None = None,
        member_id: str | None = None,
        point_type: str | None = None,
        purchase_id: str | None = None,
        return_id: str | None = None,
        entry_id: str | None = None,
        hold_id: str | None = None,
        lot_id: str | None = None,
    ) -> Explanation:
        """Take apart what was recorded: why it is so, from sale line to lot to spend.

        *subject* is a receipt or a key. Otherwise give the programme and one id: a
        purchase, a return (of that purchase, or an unlinked one); or, with the member
        and point type, an entry, a hold or a lot.
        """
        wanted = Wanted(
            programme_id=programme_id,
            member_id=member_id,
            point_type=point_type,
            purchase_id=purchase_id,
            return_id=return_id,
            entry_id=entry_id,
            hold_id=hold_id,
            lot_id=lot_id,
        )
        with self._executor.desk.reading() as reading:
            if isinstance(subject, Receipt):
                return explain_receipt(reading, subject)
            if subject is not None:
                return explain_key(reading, subject)
            return explain_id(reading, wanted)

    def receipt(self, key: str) -> Receipt | None:
        """Return what was done under a key; None: nothing."""
        check_instance("key", key, str)
        with self._executor.desk.reading() as reading:
            found = reading.key(key)
        return None if found is None else receipt_of(found)

    @contextmanager
    def _asked(
        self, whose: tuple[str, str, str], as_of: AsOf
    ) -> Iterator[tuple[Questions, AccountId]]:
        """Open the log to a question about the account that a member had."""
        with self._executor.desk.reading() as reading:
            questions = self._questions(reading)
            account_id = questions.account_id(*whose, as_of)
            with events_follow(account_id.stream):
                yield questions, account_id

    def _questions(self, reading: Reading) -> Questions:
        return Questions(
            reading,
            self._executor.loading(reading),
            is_cached=lambda stream: self._executor.cache.get(stream) is not None,
            checkpoints=self._checkpoints,
        )

    def _at(self, at: datetime | None) -> datetime:
        return self._clock() if at is None else utc(at)

    def _as_of(self, at: datetime | None, known_at: datetime | None) -> AsOf:
        is_now = at is None and known_at is None
        return AsOf(at=self._at(at), known_at=utc_or_none(known_at), is_now=is_now)


def migrate(url: str, *, schema: str = "loyaltyledger") -> tuple[str, ...]:
    """Make or update the tables of a ledger; return the steps that this took."""
    steps = migrate_store(url, schema=schema)
    store = open_store(url, names=NAMES, upcasts=UPCASTS, clock=_now, schema=schema)
    try:
        return (*steps, *Views(store, clock=_now).migrate())
    finally:
        store.close()


def restore(
    backup: str | Path, url: str, *, aside: str | Path | None = None
) -> DatabaseCheck:
    """Make a SQLite backup the ledger of *url*, where there is none yet.

    Give *aside* to replace one that is there, and that nobody has open: the name under
    which it is kept. The backup is checked first, and stays as it is.
    """
    return restore_store(
        _path("backup", backup),
        url,
        aside=None if aside is None else _path("aside", aside),
    )


def _path(field: str, given: str | Path) -> Path:
    if not isinstance(given, Path):
        check_instance(field, given, str)
    return Path(given)


def _make_views_of_new(store: Store, views: Views) -> None:
    """Make the views of a SQLite ledger that has just become one."""
    if store.dialect == "sqlite" and not (store.head() or views.is_migrated()):
        views.migrate()
