"""A verification finds each value of each stored event that is not as it was written.

A sample by default. LOYALTYLEDGER_FUZZ_SECONDS goes through every field of every event
of the golden story in an order of chance, for so long.
"""

import os
import time
from pathlib import Path
from random import Random

import pytest

from fuzz.damaging import Damage, Patient, patient
from golden_databases.story import END, Clock
from loyaltyledger import Ledger, StoreError

SECONDS = float(os.environ.get("LOYALTYLEDGER_FUZZ_SECONDS", "0"))
SAMPLE = 150
NOT_COVERED = {
    # an instant that was moved by less than a day, where the command named none
    "at",
    # what a transfer made of the dates that the sender's lot had
    "points-granted.v1 lots.*.expires_at",
    "points-granted.v1 lots.*.slides",
    # how much was undone by a command that asked for all that was left
    "points-reversed.v1 parts",
    "points-reversed.v1 parts.*",
    "points-reversed.v1 parts.*.points",
    # pieces of a line that came back for money only
    "return-recorded.v1 lines.*.quantity",
}
"""What only a proof over the log can find; docs/how-to/audit.md says so too."""


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Patient:
    return patient(tmp_path_factory.mktemp("golden"))


def is_missed(golden: Patient, damage: Damage, folder: Path) -> bool:
    url = golden.copy(damage, folder / "damaged.db")
    with Ledger.open(url, clock=Clock(END)) as ledger:
        return ledger.verify().is_sound and not _says_the_same(golden, damage, ledger)


def _says_the_same(golden: Patient, damage: Damage, ledger: Ledger) -> bool:
    try:
        log = ledger.store.log()
    except StoreError:
        return False
    return bool(log[damage.number].event == golden.log[damage.number].event)


def is_covered(damage: Damage) -> bool:
    return not NOT_COVERED & {damage.field, f"{damage.name} {damage.field}"}


def test_finds_what_was_changed(golden: Patient, tmp_path: Path) -> None:
    covered = list(filter(is_covered, golden.damages()))

    for damage in Random(1).sample(covered, SAMPLE):
        assert not is_missed(golden, damage, tmp_path), damage


FIELDS = (
    ("account-closed.v1", "forfeited.*.points"),
    ("account-closed.v1", "forfeited.*.of"),
    ("account-closed.v1", "reason"),
    ("expiry-slid.v1", "until"),
    ("expiry-slid.v1", "lot_ids"),
    ("hold-placed.v1", "lapses_at"),
    ("household-exited.v1", "household_id"),
    ("household-joined.v1", "may_spend"),
    ("lot-released.v1", "expires_at"),
    ("member-enrolled.v1", "channel"),
    ("points-granted.v1", "book"),
    ("points-granted.v1", "reference"),
    ("points-expired.v1", "at"),
    ("points-reversed.v1", "book"),
    ("points-reversed.v1", "parts.*.bucket"),
    ("points-taken.v1", "actor"),
    ("points-taken.v1", "parts.*.of"),
    ("programme-defined.v1", "programme.conversions.*.from_points"),
    ("programme-defined.v1", "programme.point_types.*.hold_minutes"),
    ("programme-defined.v1", "programme.point_types.*.pending.cancel_after_days"),
    ("purchase-recorded.v1", "basket.lines.*.sku"),
    ("purchase-recorded.v1", "basket.lines.*.tax"),
    ("purchase-recorded.v1", "quoted_at"),
    ("return-awaited.v1", "amount"),
    ("return-recorded.v1", "refunds.*.amount"),
    ("return-recorded.v1", "taken.*.shares.*"),
)


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_finds_what_had_gone_unseen(
    golden: Patient, tmp_path: Path, name: str, field: str
) -> None:
    found = [one for one in golden.damages() if (one.name, one.field) == (name, field)]
    chosen = found[:: max(1, len(found) // 3)]

    missed = [one for one in chosen if is_missed(golden, one, tmp_path)]

    assert chosen
    assert missed == []


@pytest.mark.skipif(not SECONDS, reason="LOYALTYLEDGER_FUZZ_SECONDS says how long")
@pytest.mark.timeout(SECONDS * 2 + 60)
def test_finds_what_was_changed_for_long(golden: Patient, tmp_path: Path) -> None:
    covered = list(filter(is_covered, golden.damages()))
    Random(time.time_ns()).shuffle(covered)
    until = time.monotonic() + SECONDS
    missed: list[Damage] = []
    done = 0
    for damage in covered:
        if time.monotonic() > until:
            break
        missed += [damage] if is_missed(golden, damage, tmp_path) else []
        done += 1
    print(f"\n{done:,} of {len(covered):,} damages in {SECONDS:.0f} s")  # noqa: T201  # the result
    assert missed == []
