"""Questions about one account or member, answered from the log itself."""

from collections.abc import Callable
from typing import cast

from ..desk import Loaded, fold_stream, programme_stream
from ..desk.owners import household_account, own_account
from ..kernel.time import NEVER
from ..members import Member, check_known, member_stream
from ..points import Account, AccountId, Balance, balance
from ..programme import PointType, ProgrammeHistory
from ..store import Reading, Recorded, events_follow
from ..views import CheckpointReader, RowStanding
from .asof import AsOf, account_as_of, standing_at
from .lots import LotStanding, lots_of_account, lots_of_rows
from .statement import StatementLine, statement

LONG = 64
"""From so many events on, an account is not read as a whole to tell its balance."""


class Questions:
    """Answers from one picture of the log.

    *load* gives the present state of a stream, and *is_cached* says whether that reads
    but what is new. Else, and about another instant, *checkpoints* are asked; where
    they cannot tell, the whole stream is folded.
    """

    def __init__(
        self,
        reading: Reading,
        load: Callable[[str], Loaded],
        *,
        is_cached: Callable[[str], bool],
        checkpoints: CheckpointReader,
    ) -> None:
        self._reading = reading
        self._load = load
        self._is_cached = is_cached
        self._checkpoints = checkpoints

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
        kind = self._kind(account_id, as_of)
        standing = self._standing(account_id, as_of)
        if standing is not None:
            return standing.balance(as_of.at)
        account = self.account(account_id, as_of, kind)
        return balance(account, max(as_of.at, account.latest_at))

    def lots(self, account_id: AccountId, as_of: AsOf) -> tuple[LotStanding, ...]:
        kind = self._kind(account_id, as_of)
        standing = self._standing(account_id, as_of)
        if standing is not None:
            return lots_of_rows(standing.lots(as_of.at), kind.spend_order)
        account = self.account(account_id, as_of, kind)
        at = max(as_of.at, account.latest_at)
        return lots_of_account(account, at, kind.spend_order)

    def statement(
        self, account_id: AccountId, as_of: AsOf
    ) -> tuple[StatementLine, ...]:
        events = self._reading.events(account_id.stream)
        return statement(events, as_of, self._kind(account_id, as_of))

    def _standing(self, account_id: AccountId, as_of: AsOf) -> RowStanding | None:
        stream = account_id.stream
        if not as_of.is_now:
            return self._checkpoints.standing(
                self._reading, stream, at=as_of.at, known_at=as_of.known_at
            )
        if self._is_cached(stream):
            return None
        return self._checkpoints.standing(
            self._reading, stream, at=None, version_min=LONG
        )

    def account(self, account_id: AccountId, as_of: AsOf, kind: PointType) -> Account:
        """Return the account as of the two clocks, with time passed."""
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
