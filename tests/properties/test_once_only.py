"""A command is carried out once, a refused one leaves no trace, sweeps say nothing."""

import itertools
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from loyaltyledger import Ledger
from loyaltyledger.desk import fold_stream
from loyaltyledger.kernel.errors import LedgerError
from loyaltyledger.receipt import Receipt
from model.points_model import Terms
from model.shop import MEMBERS
from properties.histories import (
    ANN,
    DAY,
    START,
    STEPS,
    TERMS,
    do,
    fresh,
    one_step,
    picture,
)

TABLES = ("ledger_meta", "ledger_stream", "ledger_event", "ledger_command")
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108


def dump(file: Path) -> dict[str, list[Any]]:
    """Read every row of every table of the ledger."""
    connection = sqlite3.connect(file)
    rows = {
        name: connection.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall()
        for name in TABLES
    }
    connection.close()
    return rows


@given(TERMS, STEPS)
@settings(max_examples=25)
def test_a_repetition_changes_no_table_and_gives_the_same_receipt(
    terms: Terms, steps: Any
) -> None:
    """At once, after other commands, and by a ledger that was opened again."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        file = Path(folder) / "ledger.db"
        ledger, clock = fresh(terms, f"sqlite:///{file}")
        receipts = []
        for number, step in enumerate(steps):
            before = dump(file)
            receipts.append(one_step(ledger, clock, f"k{number}", step))
            if isinstance(receipts[-1], LedgerError):
                assert dump(file) == before
        rows = dump(file)
        ledger.close()
        ledger = Ledger.open(f"sqlite:///{file}", clock=clock)

        for number, (step, receipt) in enumerate(zip(steps, receipts, strict=True)):
            if isinstance(receipt, Receipt):
                assert one_step(ledger, clock, f"k{number}", step) == receipt
                assert ledger.receipt(f"k{number}") == receipt

        assert dump(file) == rows
        ledger.close()


AGAIN = """
import sys
from datetime import UTC, datetime
from loyaltyledger import Ledger
with Ledger.open(sys.argv[1], clock=lambda: datetime(2024, 1, 2, tzinfo=UTC)) as ledger:
    whose = {"programme_id": "shop", "member_id": "ann", "point_type": "points"}
    print(ledger.earn(key="e", points=7, **whose))
    print(ledger.balance(**whose).available)
"""


def test_another_process_gets_the_same_receipt(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    ledger, clock = fresh(Terms(), url)
    clock.now = START + DAY
    receipt = ledger.earn(key="e", points=7, **ANN)

    said = subprocess.run(
        [sys.executable, "-c", AGAIN, url], capture_output=True, text=True, check=True
    )

    assert said.stdout == f"{receipt}\n7\n"
    ledger.close()


@given(TERMS, STEPS)
def test_reading_the_log_again_gives_the_state_that_was_kept(
    terms: Terms, steps: Any
) -> None:
    ledger, clock = fresh(terms)
    do(ledger, clock, steps)

    for stream, events in ledger.store.all_streams("account:"):
        kept = ledger._executor.cache.get(stream)
        folded = fold_stream(stream, None, (one.event for one in events))
        assert kept is not None
        assert (kept.version, kept.state) == (folded.version, folded.state)


@given(TERMS, STEPS, st.lists(st.integers(0, 200), max_size=4), st.data())
def test_a_sweep_changes_no_answer(
    terms: Terms, steps: Any, hours: list[int], data: st.DataObject
) -> None:
    ledger, clock = fresh(terms)
    do(ledger, clock, steps)
    instants = [START + hour * DAY / 24 for hour in hours] + [clock.now]
    before = [picture(ledger, at=at) for at in instants] + [picture(ledger)]

    for _ in range(data.draw(st.integers(1, 2))):
        late = data.draw(st.integers(0, 100))
        ledger.sweep(at=clock.now - late * DAY / 24)
    ledger.sweep()

    after = [picture(ledger, at=at) for at in instants] + [picture(ledger)]
    assert after == before
    assert ledger.sweep(at=clock.now + DAY / 24 / 60) == 0


@given(TERMS, STEPS, st.data())
def test_what_was_known_is_the_history_up_to_then(
    terms: Terms, steps: Any, data: st.DataObject
) -> None:
    ledger, clock = fresh(terms)
    outcomes = do(ledger, clock, steps)
    number = data.draw(st.integers(1, len(steps)))
    shorter, earlier = fresh(terms)
    do(shorter, earlier, steps[:number])
    recorded = [
        one.recorded_at for one in outcomes[:number] if isinstance(one, Receipt)
    ]
    known_at = max((one for one in recorded if one), default=_enrolled(ledger))
    at = data.draw(st.integers(0, 200).map(lambda hour: START + hour * DAY / 24))

    assert picture(ledger, at=at, known_at=known_at) == picture(shorter, at=at)


@given(TERMS, STEPS, st.data())
def test_the_past_is_the_history_up_to_then(
    terms: Terms, steps: Any, data: st.DataObject
) -> None:
    """Facts that came in the order of time: *at* alone cuts the history."""
    ledger, clock = fresh(terms)
    do(ledger, clock, steps)
    number = data.draw(st.integers(0, len(steps)))
    shorter, earlier = fresh(terms)
    do(shorter, earlier, steps[:number])
    rest = itertools.takewhile(lambda step: step[0] != "wait", steps[number:])
    do(shorter, earlier, list(rest), first=number)

    assert picture(ledger, at=earlier.now) == picture(shorter, at=earlier.now)


@given(TERMS, STEPS, st.randoms(use_true_random=False))
def test_the_order_of_members_does_not_matter(
    terms: Terms, steps: Any, random: Any
) -> None:
    """Between two waits, what concerns ann and what concerns bob may change places."""
    alone = [
        (name, asked)
        for name, asked in steps
        if name not in {"transfer", "purchase", "give_back"}
    ]
    pictures = []
    for is_shuffled in (False, True):
        ledger, clock = fresh(terms)
        for name, asked, key in _interleaved(alone, random if is_shuffled else None):
            one_step(ledger, clock, key, (name, asked))
        pictures.append(picture(ledger))

    assert pictures[0] == pictures[1]


def _interleaved(steps: Any, random: Any) -> list[Any]:
    """Shuffle the members between two waits, keeping the order of each."""
    named = [(name, asked, f"k{number}") for number, (name, asked) in enumerate(steps)]
    if random is None:
        return named
    mixed: list[Any] = []
    group: list[Any] = []
    for one in [*named, ("wait", {"hours": 0}, "")]:
        if one[0] != "wait":
            group.append(one)
            continue
        queues = [[s for s in group if s[1]["member"] == name] for name in MEMBERS]
        while any(queues):
            mixed.append(random.choice([queue for queue in queues if queue]).pop(0))
        mixed.append(one)
        group = []
    return mixed


def _enrolled(ledger: Ledger) -> Any:
    found = ledger.receipt("enrol cem")
    assert found is not None
    return found.recorded_at
