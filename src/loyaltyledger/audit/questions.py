"""Questions about one account or member, answered from the log itself."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import cast

import attrs

from ..desk import Loaded, fold_stream, programme_stream
from ..desk.owners import household_account, own_account
from ..kernel.time import NEVER
from ..members import Member, check_known, member_stream
from ..points import Account, AccountId, Balance, LotBook, balance, pinned, spend_key
from ..programme import PointType, ProgrammeHistory
from ..store import Reading, Recorded, events_follow
from .asof import AsOf, account_as_of, standing_at
from .statement import StatementLine, statement


class LotStatus(StrEnum):
    """Not usable yet, usable, or dead but for what an open hold keeps."""

    PENDING = "pending"
    LIVE = "live"
    HELD = "held"


@attrs.frozen(kw_only=True)
class LotStanding:
    """A lot that still has points: *points* in all, of which *held* are promised."""

    lot_id: str
    status: LotStatus
    points: int
    held: int
    granted_at: datetime
    available_from: datetime | None
    expires_at: datetime | None


class Questions:
    """Answers from one picture of the log.

    *load* gives the present state of a stream; what is asked about another instant is
    folded from its events.
    """

    def __init__(self, reading: Reading, load: Callable[[str], Loaded]) -> None:
        self._reading = reading
        self._load = load

    def account_id(
        self, programme_id: str, member_id: str, point_type: str, as_of: AsOf
    ) -> AccountId:
        """Return where the member's points were; refuse who was never a member."""
        self._point_type(programme_id, point_type, as_of)
        stream = member_stream(programme_id, member_id)
        check_known(self._load(stream).state, member_id)
        member: Member = self._load(stream).state
        if not as_of.is_now:
            seen = as_of.of(self._reading.events(stream))
            with events_follow(stream):
                member = fold_stream(stream, None, (one.event for one in seen)).state
        if member.household_id is None:
            return own_account(programme_id, member_id, point_type)
        return household_account(programme_id, member.household_id, point_type)

    def balance(self, account_id: AccountId, as_of: AsOf) -> Balance:
        account = self.account(account_id, as_of)
        return balance(account, max(as_of.at, account.latest_at))

    def lots(self, account_id: AccountId, as_of: AsOf) -> tuple[LotStanding, ...]:
        account = self.account(account_id, as_of)
        at = max(as_of.at, account.latest_at)
        order = self._kind(account_id, as_of).spend_order
        books = sorted(account.lots.values(), key=lambda book: spend_key(book, order))
        standings = (_standing(account, book, at) for book in books)
        return tuple(one for one in standings if one is not None)

    def statement(
        self, account_id: AccountId, as_of: AsOf
    ) -> tuple[StatementLine, ...]:
        events = self._reading.events(account_id.stream)
        return statement(events, as_of, self._kind(account_id, as_of))

    def account(self, account_id: AccountId, as_of: AsOf) -> Account:
        """Return the account as of the two clocks, with time passed."""
        kind = self._kind(account_id, as_of)
        if as_of.is_now:
            return standing_at(self._load(account_id.stream).state, as_of, kind)
        events = self._reading.events(account_id.stream)
        return account_as_of(events, as_of, kind)

    def _kind(self, account_id: AccountId, as_of: AsOf) -> PointType:
        return self._point_type(account_id.programme_id, account_id.point_type, as_of)

    def _point_type(self, programme_id: str, name: str, as_of: AsOf) -> PointType:
        stream = programme_stream(programme_id)
        history = self._history(stream, as_of)
        programme = history.on(as_of.at, programme_id=programme_id)
        if any(kind.name == name for kind in programme.point_types):
            return programme.point_type(name)
        return history.last_with(name).point_type(name)

    def _history(self, stream: str, as_of: AsOf) -> ProgrammeHistory:
        """Return every version known by then, those of later days among them."""
        if as_of.known_at is None:
            return cast("ProgrammeHistory", self._load(stream).state)
        known = AsOf(at=NEVER, known_at=as_of.known_at)
        seen: tuple[Recorded, ...] = known.of(self._reading.events(stream))
        with events_follow(stream):
            folded = fold_stream(stream, None, (one.event for one in seen))
        return cast("ProgrammeHistory", folded.state)


def _standing(account: Account, book: LotBook, at: datetime) -> LotStanding | None:
    lot_id = book.lot.lot_id
    held = pinned(account, lot_id, at)
    status, points = LotStatus.HELD, held
    if book.is_pending(at):
        status, points = LotStatus.PENDING, book.remaining
    elif book.is_live(at):
        status, points = LotStatus.LIVE, book.remaining
    if not points:
        return None
    return LotStanding(
        lot_id=lot_id,
        status=status,
        points=points,
        held=held,
        granted_at=book.granted_at,
        available_from=book.lot.available_from,
        expires_at=book.lot.expires_at,
    )
