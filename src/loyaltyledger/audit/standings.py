"""Every account as of two clocks, one after the other."""

from collections.abc import Iterator
from typing import Any

import attrs

from ..desk.owners import account_from
from ..kernel.errors import UnknownProgrammeError
from ..kernel.ids import stream_ids, stream_name
from ..points import Account, AccountId, Balance, Event, balance, due, fold
from ..programme import ProgrammeHistory, SpendOrder
from ..store import Recorded, Store, events_follow
from .asof import AsOf
from .terms import kind_of, known_by

Histories = dict[str, ProgrammeHistory]


@attrs.frozen(kw_only=True)
class Standing:
    """An account as of some moment: its events, with what was due and unbooked."""

    account_id: AccountId
    account: Account
    events: tuple[Event, ...]
    balance: Balance


def balances_as_of(
    store: Store, as_of: AsOf, *, programme_id: str, point_type: str | None = None
) -> Iterator[tuple[AccountId, Balance]]:
    """Give the balance of every account that had any event by then, one by one."""
    histories = histories_as_of(store, as_of, programme_id)
    if point_type is not None:
        histories[programme_id].last_with(point_type)
    return (
        (standing.account_id, standing.balance)
        for standing in standings(store, as_of, histories, programme_id)
        if point_type in {None, standing.account_id.point_type}
    )


def histories_as_of(store: Store, as_of: AsOf, programme_id: str | None) -> Histories:
    """Return the programmes that were known by then, or the one asked for."""
    histories = {}
    for stream, events in store.all_streams("programme:"):
        with events_follow(stream):
            name = stream_ids(stream)[1]
            history = known_by(events, as_of)
        if history.versions and programme_id in {None, name}:
            histories[name] = history
    if programme_id is not None and not histories:
        raise UnknownProgrammeError(name=programme_id)
    return histories


def prefix(kind: str, programme_id: str | None) -> str:
    """Return how the names of streams of a kind begin, in one programme or in all."""
    ids = () if programme_id is None else (programme_id,)
    return stream_name(kind, *ids) + ":"


def standings(
    store: Store, as_of: AsOf, histories: Histories, programme_id: str | None
) -> Iterator[Standing]:
    """Give every account that had any event by then, time having passed in it."""
    for stream, events in store.all_streams(prefix("account", programme_id)):
        seen = as_of.of(events)
        if seen:
            with events_follow(stream):
                account_id = account_from(stream)
                history = histories.get(account_id.programme_id, ProgrammeHistory())
                standing = _standing(account_id, seen, as_of, history)
            yield standing


def _standing(
    account_id: AccountId,
    seen: tuple[Recorded, ...],
    as_of: AsOf,
    history: ProgrammeHistory,
) -> Standing:
    kind = kind_of(history, account_id, as_of)
    order = SpendOrder.EARLIEST_EXPIRY if kind is None else kind.spend_order
    booked: tuple[Any, ...] = tuple(one.event for one in seen)
    account = fold(Account(), booked)
    at = max(as_of.at, account.latest_at)
    unbooked = due(account, at, order)
    account = fold(account, unbooked)
    return Standing(
        account_id=account_id,
        account=account,
        events=(*booked, *unbooked),
        balance=balance(account, at),
    )
