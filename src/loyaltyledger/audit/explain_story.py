"""What an explanation draws on: recorded streams, read once each."""

from collections.abc import Iterable, Iterator

import attrs

from ..desk import programme_stream
from ..kernel.ids import stream_ids
from ..points import (
    Account,
    AccountId,
    Event,
    Granted,
    Reversed,
    Taken,
    fold,
)
from ..programme import PointType, Programme, ProgrammeHistory
from ..store import Reading, Recorded, events_follow
from .asof import AsOf
from .terms import history_of, kind_of


@attrs.frozen(kw_only=True)
class AccountStory:
    """An account with every event that made it."""

    account_id: AccountId
    recorded: tuple[Recorded, ...]
    account: Account

    def entry(self, entry_id: str) -> Recorded:
        """Return the event that made an entry; it must be known."""
        return next(one for one in self._entries() if one.event.entry_id == entry_id)

    def grant(self, lot_id: str) -> Recorded:
        """Return the event that made a lot; it must be known."""
        return next(one for one in self._entries() if lot_id in made_by(one.event))

    def _entries(self) -> Iterator[Recorded]:
        kinds = Granted | Taken | Reversed
        return (one for one in self.recorded if isinstance(one.event, kinds))

    def before(self, one: Recorded) -> Account:
        """Return the account as the decision found it."""
        earlier: tuple[Event, ...] = tuple(
            other.event for other in self.recorded if other.version < one.version
        )
        return fold(Account(), earlier)


def made_by(event: Granted | Taken | Reversed) -> tuple[str, ...]:
    """Return the lots that an entry made."""
    match event:
        case Granted():
            return tuple(lot.lot_id for lot in event.lots)
        case Reversed():
            return tuple(lot.lot_id for lot in event.regrants)
        case Taken():
            return ()


class Sources:
    """One picture of the log, and what has been read of it."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._read: dict[str, tuple[Recorded, ...]] = {}
        self._accounts: dict[str, AccountStory] = {}

    def events(self, stream: str) -> tuple[Recorded, ...]:
        if stream not in self._read:
            self._read[stream] = self._reading.events(stream)
        return self._read[stream]

    def account(self, stream: str) -> AccountStory | None:
        """Return an account; None where there is none of this name."""
        if stream not in self._accounts:
            account_id, recorded = AccountId.read(stream), self.events(stream)
            if account_id is None or not recorded:
                return None
            with events_follow(stream):
                account = fold(Account(), _events(recorded))
            self._accounts[stream] = AccountStory(
                account_id=account_id, recorded=recorded, account=account
            )
        return self._accounts[stream]

    def programme(self, one: Recorded) -> Programme:
        """Return the programme in force for a recorded decision, as known then."""
        programme_id = stream_ids(one.stream)[1]
        history = self._history(programme_id, one.position)
        day = getattr(one.event, "quoted_at", None) or one.at
        return history.on(day, programme_id=programme_id)

    def kind(self, story: AccountStory, one: Recorded) -> PointType | None:
        """Return the policies in force for a recorded decision, as known then."""
        account_id = story.account_id
        history = self._history(account_id.programme_id, one.position)
        return kind_of(history, account_id, AsOf(at=one.at))

    def _history(self, programme_id: str, position: int) -> ProgrammeHistory:
        versions = self.events(programme_stream(programme_id))
        return history_of(one for one in versions if one.position < position)


def _events(recorded: Iterable[Recorded]) -> tuple[Event, ...]:
    return tuple(one.event for one in recorded)
