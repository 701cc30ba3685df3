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
MEMBER = st.sampled_from(["ann", "bob"])
SMALL = st.integers(1, 20)
KEYS = st.integers(0, 9).map(lambda number: f"k{number}")

TERMS = st.builds(
    Terms,
    expiry=st.sampled_from(["none", "rolling", "inactivity"]),
    expiry_days=st.integers(3, 12),
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

STEP = st.one_of(
    st.tuples(
        st.just("earn"), st.fixed_dictionaries({"member": MEMBER, "points": SMALL})
    ),
    st.tuples(
        st.just("spend"), st.fixed_dictionaries({"member": MEMBER, "points": SMALL})
    ),
    st.tuples(
        st.just("hold"), st.fixed_dictionaries({"member": MEMBER, "points": SMALL})
    ),
    st.tuples(
        st.just("capture"), st.fixed_dictionaries({"member": MEMBER, "hold_id": KEYS})
    ),
    st.tuples(
        st.just("capture"),
        st.fixed_dictionaries(
            {
                "member": MEMBER,
                "hold_id": KEYS,
                "points": st.integers(1, 5),
                "rest": st.sampled_from(["keep", "release"]),
            }
        ),
    ),
    st.tuples(
        st.just("void"), st.fixed_dictionaries({"member": MEMBER, "hold_id": KEYS})
    ),
    st.tuples(
        st.just("reverse"),
        st.fixed_dictionaries({"member": MEMBER, "entry_id": KEYS}),
    ),
    st.tuples(
        st.just("reverse"),
        st.fixed_dictionaries(
            {"member": MEMBER, "entry_id": KEYS, "points": st.integers(1, 5)}
        ),
    ),
    st.tuples(
        st.just("adjust"),
        st.fixed_dictionaries(
            {"member": MEMBER, "points": st.integers(-9, 9).filter(bool)}
        ),
    ),
    st.tuples(
        st.just("transfer"),
        st.fixed_dictionaries(
            {"member": st.just("ann"), "to_member": st.just("bob"), "points": SMALL}
        ),
    ),
    st.tuples(
        st.just("purchase"),
        st.fixed_dictionaries(
            {
                "member": MEMBER,
                "purchase_id": st.sampled_from(["p1", "p2"]),
                "lines": st.dictionaries(
                    st.sampled_from("ab"),
                    st.tuples(st.integers(1, 3), st.integers(1, 2000)),
                    min_size=1,
                ),
            }
        ),
    ),
    st.tuples(
        st.just("give_back"),
        st.fixed_dictionaries(
            {
                "purchase_id": st.sampled_from(["p1", "p2"]),
                "return_id": st.sampled_from(["r1", "r2"]),
                "lines": st.dictionaries(st.sampled_from("ab"), st.integers(1, 2)),
            }
        ),
    ),
    st.tuples(
        st.just("wait"), st.fixed_dictionaries({"hours": st.integers(1, 24 * 6)})
    ),
)
STEPS = st.lists(STEP, min_size=3, max_size=25)


def do(
    ledger: Ledger, clock: Clock, steps: Iterable[Step], *, first: int = 0
) -> list[Receipt | LedgerError | None]:
    """Carry steps out, the nth under the key ``kn``; say what came of each."""
    return [
        one_step(ledger, clock, f"k{number}", step)
        for number, step in enumerate(steps, start=first)
    ]


def one_step(
    ledger: Ledger, clock: Clock, key: str, step: Step
) -> Receipt | LedgerError | None:
    name, asked = step
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
