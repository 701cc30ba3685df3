"""A payment of a debt that a late fact takes back, sound and damaged."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from loyaltyledger import DebtPaid, Ledger
from loyaltyledger import FindingKind as Kind
from shop import NOW, open_shop, point_type

HALF = timedelta(days=0.5)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger in which a sweep has booked a payment, and an earlier earn came late."""
    path = tmp_path / "ledger.db"
    with open_shop(point_type(), url=f"sqlite:///{path}") as shop:
        shop.earn(10, key="gift")
        shop.spend(10)
        shop.reverse("gift")
        shop.earn(10, available_from=NOW + 2 * HALF)
        shop.clock.go(days=2)
        shop.ledger.sweep()
        late = shop.earn(3, at=NOW + HALF)
        assert [one.points for one in late.of(DebtPaid)] == [-10, 3, 7]
    return path


def found(path: Path) -> set[Kind]:
    with Ledger.open(f"sqlite:///{path}") as ledger:
        return {finding.kind for finding in ledger.verify().findings}


def test_a_payment_that_was_taken_back_is_sound(path: Path) -> None:
    assert found(path) == set()


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"points": -9}, Kind.PAYMENT_EXCEEDS_DEBT),
        ({"owed_since": "2020-01-01T00:00:00Z"}, Kind.INSTANT_MISMATCH),
    ],
)
def test_finds_a_payment_taken_back_otherwise(
    path: Path, change: dict[str, Any], kind: Kind
) -> None:
    damage(path, lambda payload: payload.update(change))

    assert kind in found(path)


def damage(path: Path, how: Callable[[dict[str, Any]], None]) -> None:
    where = "WHERE name = 'debt-paid.v1' AND json_extract(payload, '$.points') < 0"
    with closing(sqlite3.connect(path)) as database, database:
        ((row, text),) = database.execute(
            f"SELECT id, payload FROM ledger_event {where}"
        )
        payload = json.loads(text)
        how(payload)
        changed = json.dumps(payload), row
        database.execute("UPDATE ledger_event SET payload = ? WHERE id = ?", changed)
