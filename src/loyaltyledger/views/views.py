"""The views of one ledger: each question first catches up with the log."""

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from datetime import datetime
from typing import cast

from sqlalchemy import Connection

from ..desk import fold_stream, programme_stream
from ..kernel.errors import UnknownProgrammeError
from ..kernel.time import utc, utc_or_none
from ..points import Account, AccountId, Balance, apply_due, fold
from ..programme import ProgrammeHistory, SpendOrder
from ..store import (
    DamagedEventError,
    Store,
    StoreBusyError,
    StoreError,
    StoreFullError,
    StoreIoError,
    StoreReadOnlyError,
    UnknownEventError,
    events_follow,
)
from .accounts import ACCOUNTS
from .database import Database
from .differences import Behind, Difference, behind, differences
from .following import Follower, Progress, migrate_views
from .liability import Liability, liability
from .lots import LotRow, read_lots
from .purchases import PURCHASES, PurchaseRow, read_purchases
from .standing import Standing, read_standings, standing_of
from .statement import STATEMENTS, StatementRow, read_statement
from .view import View, rows_read

Standings = Generator[Standing, None, None]
NOT_WRITABLE = (StoreReadOnlyError, StoreBusyError, StoreFullError, StoreIoError)
"""What comes of writing where there is no right, no turn, no room or no sound disk."""


class Views:
    """Read models in the ledger's own database. Threads and processes share them.

    They hold committed events only. They can be thrown away: :meth:`rebuild` makes
    the same rows from the log.
    """

    def __init__(
        self, store: Store, *, clock: Callable[[], datetime], wait: bool = True
    ) -> None:
        """Without *wait*, a file that somebody else is writing to is an error at once.

        That is for use inside a host's own transaction, which would be waited for by
        itself.
        """
        self._database = Database(store)
        self._store = store
        self._clock = clock
        self._follower = Follower(self._database, wait=wait)

    # ── keeping up ──────────────────────────────────────────────────────────

    def follow(self) -> int:
        """Take in what the log has that the views have not; return how many events."""
        with rows_read(self._store.database, "rows of a view"):
            return self._follower.follow()

    def rebuild(self, progress: Callable[[Progress], None] | None = None) -> int:
        """Make every row again from the whole log; return how many events that took.

        Writers go on meanwhile, a page at a time; who reads waits for the end. Killed
        in between, the next to read goes on from there.
        """
        self._follower.clear()
        return self._follower.follow(progress)

    def migrate(self) -> tuple[str, ...]:
        """Make the tables; return the steps taken."""
        return migrate_views(self._database)

    def is_migrated(self) -> bool:
        return self._database.is_migrated()

    def differences(self) -> Iterator[Difference | Behind]:
        """Compare every row with what the log says, and tell what is not so.

        Events that cannot be read are no difference: the views are compared with the
        log as far as they could follow it. Where they cannot be written, that is told
        first.
        """
        failed = self._try_to_follow()
        with self._database.reading() as connection:
            positions = self._follower.positions(connection)
            if failed is not None:
                yield behind(failed, positions)
            found = differences(connection, self._store, positions)
            yield from found if self._store.reads_own_connection() else list(found)

    def _try_to_follow(self) -> StoreError | None:
        """Return what keeps the views from being written, if anything does."""
        try:
            with suppress(DamagedEventError, UnknownEventError):
                self._follower.follow()
        except NOT_WRITABLE as error:
            return error
        return None

    # ── questions ───────────────────────────────────────────────────────────

    def balances(
        self, *, programme_id: str, at: datetime | None = None
    ) -> Iterator[tuple[AccountId, Balance]]:
        """Give the balance of every account of a programme, by name."""
        found = self._standings(programme_id, at)
        return ((standing.account_id, standing.balance()) for standing in found)

    def liability(
        self, *, programme_id: str, at: datetime | None = None
    ) -> tuple[Liability, ...]:
        """Return what is outstanding, per point type, by the month it expires in."""
        instant = self._clock() if at is None else utc(at)
        programme = self._history(programme_id).on(instant, programme_id=programme_id)
        # left half read, it would hold its connection for as long as the error lives
        standings = closing(self._standings(programme_id, at))
        with self._rows_of(ACCOUNTS), standings as found:
            return liability(found, programme, instant)

    def lots(self, account_id: AccountId) -> tuple[LotRow, ...]:
        """Return every lot an account ever had, as booked, in order of granting."""
        with self._caught_up(ACCOUNTS) as connection:
            return read_lots(connection, account_id)

    def statement(
        self,
        account_id: AccountId,
        *,
        at: datetime | None = None,
        known_at: datetime | None = None,
    ) -> tuple[StatementRow, ...]:
        """Return what moved an account's points, as booked, with a running balance."""
        with self._caught_up(STATEMENTS) as connection:
            return read_statement(
                connection,
                account_id,
                at=utc_or_none(at),
                known_at=utc_or_none(known_at),
            )

    def purchases(
        self,
        *,
        programme_id: str,
        member_id: str,
        at: datetime | None = None,
        known_at: datetime | None = None,
    ) -> tuple[PurchaseRow, ...]:
        """Return a member's purchases and what came back of them, in order of time."""
        with self._caught_up(PURCHASES) as connection:
            return read_purchases(
                connection,
                programme_id=programme_id,
                member_id=member_id,
                at=utc_or_none(at),
                known_at=utc_or_none(known_at),
            )

    @contextmanager
    def _caught_up(self, view: View) -> Iterator[Connection]:
        self.follow()
        with self._rows_of(view), self._database.reading() as connection:
            yield connection

    def _rows_of(self, view: View) -> AbstractContextManager[None]:
        return rows_read(self._store.database, f"rows of view {view.name!r}")

    def _standings(self, programme_id: str, at: datetime | None) -> Standings:
        history = self._history(programme_id)
        instant = None if at is None else utc(at)
        found = self._each_standing(programme_id, history, instant)
        # In memory a reader that stays open would stop the same thread from writing.
        if self._store.reads_own_connection():
            return found
        return (one for one in list(found))

    def _each_standing(
        self, programme_id: str, history: ProgrammeHistory, at: datetime | None
    ) -> Standings:
        now = self._clock() if at is None else at
        with self._caught_up(ACCOUNTS) as connection:
            position = self._follower.positions(connection)[ACCOUNTS.name]

            def folded(account_id: AccountId) -> Standing:
                with events_follow(account_id.stream):
                    account = self._account(account_id, at, position)
                    to = max(now, account.latest_at)
                    order = _spend_order(history, account_id, now)
                    return standing_of(account_id, apply_due(account, to, order), to)

            yield from read_standings(connection, programme_id, now, folded)

    def _account(
        self, account_id: AccountId, at: datetime | None, position: int
    ) -> Account:
        """Fold what had happened by *at*, as far as the view's rows go."""
        with self._store.reading() as reading:
            events = reading.events(account_id.stream)
        seen = (one for one in events if one.position <= position)
        return fold(
            Account(), tuple(one.event for one in seen if at is None or one.at <= at)
        )

    def _history(self, programme_id: str) -> ProgrammeHistory:
        stream = programme_stream(programme_id)
        with self._store.reading() as reading:
            events = reading.events(stream)
        if not events:
            raise UnknownProgrammeError(name=programme_id)
        with events_follow(stream):
            loaded = fold_stream(stream, None, (one.event for one in events))
        return cast("ProgrammeHistory", loaded.state)


def _spend_order(
    history: ProgrammeHistory, account_id: AccountId, at: datetime
) -> SpendOrder:
    """Return the order of the day; a type that was dropped keeps its last terms."""
    programme = history.on(at, programme_id=account_id.programme_id)
    name = account_id.point_type
    if all(kind.name != name for kind in programme.point_types):
        programme = history.last_with(name)
    return programme.point_type(name).spend_order
