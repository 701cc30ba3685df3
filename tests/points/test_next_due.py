"""Time is let pass without looking while nothing is due: that must say the same."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from loyaltyledger.kernel.time import BEGINNING
from loyaltyledger.kernel.values import changed
from loyaltyledger.points import Account, due, evolve
from loyaltyledger.programme import SpendOrder
from loyaltyledger.receipt import Receipt
from model.points_model import Terms
from properties.histories import EARN, START, STEP, TERMS, fresh, one_step
from shop import TICK

AGO = st.sampled_from([0, 0, 0, 5, 30, 100]).map(lambda hours: timedelta(hours=hours))
LATE_STEPS = st.builds(
    lambda start, rest: [*start, *rest],
    st.lists(st.tuples(AGO, EARN), min_size=1, max_size=3),
    st.lists(st.tuples(AGO, STEP), min_size=3, max_size=25),
)


@given(TERMS, LATE_STEPS)
def test_an_early_exit_leaves_nothing_out(terms: Terms, steps: Any) -> None:
    order = SpendOrder(terms.spend_order)

    for account in _accounts(terms, steps):
        for to in _instants(account):
            looked_through = due(changed(account, next_due=BEGINNING), to, order)
            assert due(account, to, order) == looked_through


@given(TERMS, LATE_STEPS)
def test_what_is_counted_is_what_is_there(terms: Terms, steps: Any) -> None:
    for account in _accounts(terms, steps):
        open_lots = [account.lots[lot_id] for lot_id in account.open_lots]
        settled = set(account.lots) - set(account.open_lots)
        past_holds = set(account.holds) - set(account.open_holds)

        assert account.in_lots == sum(book.remaining for book in open_lots)
        assert all(account.lots[lot_id].is_settled for lot_id in settled)
        assert all(account.holds[hold_id].is_settled for hold_id in past_holds)
        assert all(account.debts[key].owed > 0 for key in account.owing)
        assert account.debt == sum(debt.owed for debt in account.debts.values())


def _accounts(terms: Terms, steps: Any) -> Iterator[Account]:
    """Yield each account after each event, and as it is kept after each command."""
    ledger, clock = fresh(terms)
    kept: dict[str, Account] = {}
    with ledger:
        for number, (ago, (name, asked)) in enumerate(steps):
            at = {} if name == "wait" else {"at": max(START, clock.now - ago)}
            got = one_step(ledger, clock, f"k{number}", (name, {**asked, **at}))
            for stream, event in _events(got):
                kept[stream] = evolve(kept.get(stream, Account()), event)
                yield kept[stream]
            for stream in {stream for stream, _ in _events(got)}:
                kept[stream] = kept[stream].looked_at()
                yield kept[stream]


def _events(got: object) -> list[tuple[str, Any]]:
    if not isinstance(got, Receipt):
        return []
    recorded = ((one.stream, one.event) for one in got.events)
    return [pair for pair in recorded if pair[0].startswith("account:")]


def _instants(account: Account) -> list[datetime]:
    """Return the instants from the latest on at which something may become due."""
    lots = [book.lot for book in account.lots.values()]
    dates = {account.latest_at}
    dates |= {at for lot in lots for at in (lot.available_from, lot.expires_at) if at}
    dates |= {lot.cancel_by for lot in lots if lot.cancel_by}
    dates |= {hold.lapses_at for hold in account.holds.values()}
    near = {at + step for at in dates for step in (-TICK, 0 * TICK, TICK)}
    return sorted(at for at in near if at >= account.latest_at)
