"""What must hold in the simulation, whatever has gone wrong."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice, pairwise

from loyaltyledger import Ledger, Receipt
from survival.sim_model import Purses

LATEST = 5


def check_balances(
    ledger: Ledger, model: Purses, members: Iterable[str], *, at: datetime
) -> None:
    """What a client's cache says, too, is what the model says."""
    for member in members:
        found = ledger.balance(
            programme_id="shop", member_id=member, point_type="points", at=at
        )
        assert found.available == model.points.get(member, 0), member
        assert found.held == model.held(member, at), member


def check_log(judge: Ledger, *, seen: int) -> int:
    """The log only grows: positions, versions and times. Return how long it is."""
    log = judge.store.log(limit=100_000)
    assert len(log) >= seen, "nothing goes away"
    assert all(one.position < two.position for one, two in pairwise(log))
    for _, events in judge.store.all_streams():
        versions = [one.version for one in events]
        assert versions == list(range(1, len(events) + 1))
    last: dict[str, datetime] = {}
    for row in judge.store.commands():
        receipt = judge.receipt(row.key)
        assert receipt
        assert receipt.recorded_at
        for stream in {one.stream for one in receipt.events}:
            assert stream not in last or receipt.recorded_at > last[stream], (
                "time goes on"
            )
            last[stream] = receipt.recorded_at
    return len(log)


def check_keys(judge: Ledger, acknowledged: Mapping[str, Receipt]) -> None:
    """Each acknowledged key stands exactly once, the latest with their receipts."""
    keys = [row.key for row in judge.store.commands()]
    assert len([key for key in keys if key in acknowledged]) == len(acknowledged)
    latest = islice(reversed(list(acknowledged)), LATEST)
    check_receipts(judge, {key: acknowledged[key] for key in latest})


def check_receipts(judge: Ledger, acknowledged: Mapping[str, Receipt]) -> None:
    for key, receipt in acknowledged.items():
        assert judge.receipt(key) == receipt, key
