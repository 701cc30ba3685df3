"""Short random histories, as plain commands, for the properties."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from loyaltyledger import Ledger
from loyaltyledger.kernel.errors import LedgerError
from loyaltyledger.receipt import Receipt
from model.points_model import Terms
from model.shop import POINTS, START, Clock, carry_out, open_shop

DAY = timedelta(days=1)
ANN: dict[str, Any] = {"member_id": "ann", **POINTS}
BOB: dict[str, Any] = {"member_id": "bob", **POINTS}
MEMBER = st.sampled_from(["ann", "ann", "ann", "bob"])
SMALL = st.integers(1, 20)
FEW = st.integers(1, 6)
EARNED = st.sampled_from(["e1", "e2", "e3"])
HELD = st.sampled_from(["h1", "h2"])
USED = st.sampled_from(["u1", "u2", "u3"])
UNDONE = st.sampled_from(["x1", "x2"])
ANYTHING = EARNED | EARNED | USED | USED | UNDONE

TERMS = st.builds(
    Terms,
    expiry=st.sampled_from(["none", "rolling", "inactivity"]),
    expiry_days=st.integers(3, 12),
    hold_minutes=st.sampled_from([60, 5000]),
    pending=st.sampled_from(["immediate", "immediate", "duration", "event"]),
    pending_days=st.integers(1, 3),
    cancel_after_days=st.sampled_from([0, 3]),
    spend_order=st.sampled_from(["earliest_expiry", "first_in"]),
    reversal=st.sampled_from(["debt", "within_balance", "pending_only"]),
    grace_days=st.sampled_from([0, 7]),
    transfer_resets=st.booleans(),
)

Step = tuple[str, dict[str, Any]]
"""What is asked, by its name in the model; or ``wait``, with hours."""


def step(name: str, **asked: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    return st.tuples(st.just(name), st.fixed_dictionaries(asked))


LINES = st.dictionaries(
    st.sampled_from("ab"),
    st.tuples(st.integers(1, 3), st.integers(1, 2000)),
    min_size=1,
)
PURCHASE = st.sampled_from(["p1", "p2"])
RETURN = st.sampled_from(["r1", "r2"])
EARN = step("earn", member=MEMBER, points=SMALL, entry_id=EARNED)
STEP = st.one_of(
    EARN,
    step("spend", member=MEMBER, points=FEW, entry_id=USED),
    step("hold", member=MEMBER, points=FEW, hold_id=HELD),
    step("capture", member=MEMBER, hold_id=HELD, entry_id=USED),
    step(
        "capture",
        member=MEMBER,
        hold_id=HELD,
        entry_id=USED,
        points=st.integers(1, 3),
        rest=st.sampled_from(["keep", "release"]),
    ),
    step("void", member=MEMBER, hold_id=HELD),
    step("reverse", member=MEMBER, entry_id=ANYTHING, reversal_id=UNDONE),
    step("reverse", member=MEMBER, entry_id=ANYTHING, points=FEW, reversal_id=UNDONE),
    step("adjust", member=MEMBER, points=st.integers(-9, 9).filter(bool)),
    step("transfer", member=st.just("ann"), to_member=st.just("bob"), points=FEW),
    step("purchase", member=MEMBER, purchase_id=PURCHASE, lines=LINES),
    step(
        "give_back",
        purchase_id=PURCHASE,
        return_id=RETURN,
        lines=st.dictionaries(st.sampled_from("ab"), st.integers(1, 2)),
    ),
    step("wait", hours=st.integers(1, 24)),
    step("wait", hours=st.integers(1, 24 * 6)),
)
STEPS = st.builds(
    lambda start, rest: [*start, *rest],
    st.lists(EARN, min_size=1, max_size=3),
    st.lists(STEP, min_size=3, max_size=25),
)


def do(
    ledger: Ledger, clock: Clock, steps: Iterable[Step], *, first: int = 0
) -> list[Receipt | LedgerError | None]:
    """Carry steps out, the nth under the key ``kn``; say what came of each."""
    return [
        one_step(ledger, clock, f"k{number}", one)
        for number, one in enumerate(steps, start=first)
    ]


def one_step(
    ledger: Ledger, clock: Clock, key: str, asked_for: Step
) -> Receipt | LedgerError | None:
    name, asked = asked_for
    if name == "wait":
        clock.go_on(**asked)
        return None
    try:
        return carry_out(ledger, name, key, asked)
    except LedgerError as refused:
        return refused


def fresh(terms: Terms, url: str = "memory:") -> tuple[Ledger, Clock]:
    clock = Clock()
    return open_shop(url, terms, clock), clock


def picture(ledger: Ledger, **as_of: Any) -> list[Any]:
    """Return all that can be said of the balances and lots of both members."""
    return [
        (ledger.balance(**whose, **as_of), ledger.lots(**whose, **as_of))
        for whose in (ANN, BOB)
    ]


__all__ = [
    "ANN",
    "BOB",
    "DAY",
    "SMALL",
    "START",
    "STEPS",
    "TERMS",
    "do",
    "fresh",
    "one_step",
    "picture",
]
