"""The log played again by other code, in one pass: every lot, hold and debt.

:func:`verify` asks the rooms themselves whether the log fits their rules. This does
not: it has its own arithmetic, written from what is stored, and is many times faster.
"""

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

import attrs

from ..kernel.errors import InvalidInputError
from ..kernel.ids import stream_ids
from ..kernel.time import utc
from ..store import Store
from ..store.bulk import RawRow, event_pages, picture
from .findings import Finding
from .replay_end import ReplayedBalance, ReplayedLot, measured
from .replay_pass import Pass
from .replay_shapes import ProgrammeDefined
from .replay_state import Account

EARLIEST_EXPIRY = "earliest_expiry"


@attrs.frozen(kw_only=True)
class Replayed:
    """What a replay has seen, and what is wrong with it.

    *digest* is the same for the same events, from whichever database or file they came.
    *at* is the latest instant of any account.
    """

    at: datetime | None
    events: int
    streams: int
    digest: str
    findings: tuple[Finding, ...]
    left_out: int
    _accounts: Mapping[str, Account] = attrs.field(repr=False, eq=False)
    _programmes: Mapping[str, list[ProgrammeDefined]] = attrs.field(
        repr=False, eq=False
    )

    @property
    def is_sound(self) -> bool:
        return not self.findings

    def balances(
        self, at: datetime | None = None
    ) -> Iterator[tuple[str, ReplayedBalance]]:
        """Give the balance of every account by its stream: in the end, or later."""
        for stream in sorted(self._accounts):
            yield stream, self._measured(stream, at)[0]

    def lots(self, stream: str, at: datetime | None = None) -> tuple[ReplayedLot, ...]:
        """Return what is left in the lots of an account, in the order of spending."""
        return self._measured(stream, at)[1]

    def _measured(
        self, stream: str, at: datetime | None
    ) -> tuple[ReplayedBalance, tuple[ReplayedLot, ...]]:
        assert self.at is not None, "an account has an event"
        instant = self.at if at is None else utc(at)
        if instant < self.at:
            problem = f"a replay tells what is after {self.at.isoformat()} only"
            raise InvalidInputError(field="at", problem=problem)
        order = self._spend_order(stream, instant)
        return measured(self._accounts[stream], instant, order)

    def _spend_order(self, stream: str, at: datetime) -> str:
        _, programme_id, _, _, point_type = stream_ids(stream)
        versions = self._programmes.get(programme_id, [])
        past = [one for one in versions if one.at <= at] or versions[:1]
        in_force = sorted(past, key=_at)[-1:]
        for version in (*in_force, *reversed(versions)):
            for kind in version.programme.point_types:
                if kind.name == point_type:
                    return kind.spend_order
        return EARLIEST_EXPIRY


def _at(version: ProgrammeDefined) -> datetime:
    return version.at


def replay(store: Store) -> Replayed:
    """Play the whole log of a ledger again."""
    with picture(store) as session:
        return replay_pages(event_pages(session))


def replay_pages(pages: Iterable[list[RawRow]]) -> Replayed:
    """Play events again that come in the order of a log, wherever from."""
    one = Pass()
    with no_search_for_cycles():
        for page in pages:
            one.play(page)
        one.end()
    accounts = dict(one.accounts())
    return Replayed(
        at=max((account.latest_at for account in accounts.values()), default=None),
        events=one.events,
        streams=len(one.streams),
        digest=one.digest.hex(),
        findings=tuple(one.report.findings),
        left_out=one.report.left_out,
        accounts=accounts,
        programmes=one.programmes,
    )


@contextmanager
def no_search_for_cycles() -> Iterator[None]:
    """Spare the collector looking again and again through what will be kept."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
