"""Whatever a stored event has come to say, questions answer, or name what is damaged.

A sample by default. LOYALTYLEDGER_FUZZ_SECONDS goes through every field of every event
of the golden story in an order of chance, for so long.
"""

import os
import time
from pathlib import Path
from random import Random

import pytest

from fuzz.commands import commands
from fuzz.damaging import Damage, Patient, patient
from fuzz.questions import questions
from golden_databases.story import END, Clock
from loyaltyledger import DamagedStreamError, Ledger, LedgerError

SECONDS = float(os.environ.get("LOYALTYLEDGER_FUZZ_SECONDS", "0"))
SAMPLE = 30
ONCE_BROKEN: tuple[tuple[str, str, object], ...] = (
    ("points-reversed.v1", "parts.*.of", 99),
    ("points-reversed.v1", "reverses", "nowhere"),
    ("points-reversed.v1", "parts.*.lot_id", None),
    ("points-reversed.v1", "counter", "account:shop:household:home:points"),
    ("debt-paid.v1", "part", 99),
    ("points-granted.v1", "lots.*.lot_id", "nowhere"),
    ("points-expired.v1", "lot_id", "nowhere"),
    ("hold-placed.v1", "pins.*.lot_id", "nowhere"),
    ("hold-voided.v1", "hold_id", "nowhere"),
    ("purchase-recorded.v1", "credits.*.point_type", "nowhere"),
    ("unlinked-return-recorded.v1", "awards.*.shares", []),
)
"""References that nothing but a bare KeyError or the like came of."""


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Patient:
    return patient(tmp_path_factory.mktemp("golden"))


def asked(golden: Patient, damage: Damage, folder: Path) -> None:
    """Damage a copy and ask it everything; none but documented errors are caught."""
    url = golden.copy(damage, folder / "damaged.db")
    stream = golden.log[damage.number].stream
    with Ledger.open(url, clock=Clock(END)) as ledger:
        for question in (*questions(ledger, stream), *commands(ledger)):
            try:
                question.ask()
            except LedgerError:
                continue
            except BaseException as error:
                error.add_note(f"{question.name}, after {damage}")
                raise


@pytest.mark.parametrize(("name", "field", "value"), ONCE_BROKEN)
def test_a_reference_that_leads_nowhere_is_told(
    golden: Patient, tmp_path: Path, name: str, field: str, value: object
) -> None:
    damage = next(
        one
        for one in golden.damages()
        if (one.name, one.field) == (name, field) and one.value == value
    )

    asked(golden, damage, tmp_path)


def test_an_entry_that_undoes_itself_is_told(golden: Patient, tmp_path: Path) -> None:
    undone = [getattr(one.event, "reverses", None) for one in golden.log]
    damage = Damage(
        number=undone.index("t2"),
        name="points-reversed.v1",
        path=("entry_id",),
        value="t2",
    )

    asked(golden, damage, tmp_path)

    url = golden.copy(damage, tmp_path / "damaged.db")
    with Ledger.open(url) as ledger, pytest.raises(DamagedStreamError):
        ledger.totals()


def test_only_documented_errors_come_out(golden: Patient, tmp_path: Path) -> None:
    damages = list(golden.damages())

    for damage in Random(1).sample(damages, SAMPLE):
        asked(golden, damage, tmp_path)


@pytest.mark.skipif(not SECONDS, reason="LOYALTYLEDGER_FUZZ_SECONDS says how long")
@pytest.mark.timeout(SECONDS * 2 + 60)
def test_only_documented_errors_come_out_for_long(
    golden: Patient, tmp_path: Path
) -> None:
    damages = list(golden.damages())
    Random(time.time_ns()).shuffle(damages)
    until = time.monotonic() + SECONDS
    done = 0
    for damage in damages:
        if time.monotonic() > until:
            break
        asked(golden, damage, tmp_path)
        done += 1
    print(f"\n{done:,} of {len(damages):,} damages in {SECONDS:.0f} s")  # noqa: T201  # the result
