"""Points are never made or lost: after every event the books balance."""

from collections import Counter
from typing import Any

from hypothesis import given

from loyaltyledger.receipt import Receipt
from model.points_model import Terms
from properties.histories import ANN, BOB, STEPS, TERMS, fresh, one_step


@given(TERMS, STEPS)
def test_the_books_balance_after_every_event(terms: Terms, steps: Any) -> None:
    ledger, clock = fresh(terms)
    books: Counter[str] = Counter()
    for number, step in enumerate(steps):
        receipt = one_step(ledger, clock, f"k{number}", step)

        if isinstance(receipt, Receipt):
            legs = [leg for _, leg in receipt.postings()]
            assert sum(leg.points for leg in legs) == 0
            for leg in legs:
                books[leg.account] += leg.points
    ledger.sweep()

    for swept in (ledger.receipt(key) for key in _sweep_keys(ledger)):
        assert swept is not None
        for _, leg in swept.postings():
            books[leg.account] += leg.points
    have = [ledger.balance(**whose) for whose in (ANN, BOB)]
    assert books["member:pending"] == sum(one.pending for one in have)
    assert books["member:held"] == sum(one.held for one in have)
    assert books["member:available"] == sum(one.free for one in have)
    assert books["member:debt"] == -sum(one.debt for one in have)
    assert books["transfer"] == 0


@given(TERMS, STEPS)
def test_each_event_balances_by_itself(terms: Terms, steps: Any) -> None:
    ledger, clock = fresh(terms)
    for number, step in enumerate(steps):
        one_step(ledger, clock, f"k{number}", step)

    for whose in (ANN, BOB):
        for line in ledger.statement(**whose):
            assert sum(leg.points for leg in line.postings) == 0


def _sweep_keys(ledger: Any) -> list[str]:
    return [one.key for one in ledger.store.commands() if one.key.startswith("sweep ")]
