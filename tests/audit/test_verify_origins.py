"""An event that is sound, but not what its command asked for, is found."""

from pathlib import Path
from typing import Any

import pytest

from audit.damage import sqlite_patient
from loyaltyledger import FindingKind, Ledger, Verification
from shop import open_shop, point_type

ACCOUNT = "account:shop:member:{}:{}"
SWAPPED = """
    UPDATE ledger_event SET payload = (SELECT payload FROM ledger_event WHERE id = ?)
    WHERE id = ?
"""


def verified(path: Path) -> Verification:
    with Ledger.open(f"sqlite:///{path}") as ledger:
        return ledger.verify()


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """Do the same things to two members, with other points and other ids."""
    path = tmp_path / "sound.db"
    kinds = point_type(), point_type(name="miles")
    with open_shop(*kinds, url=f"sqlite:///{path}") as shop:
        for member, points in (("ann", 3), ("bob", 4)):
            told: dict[str, Any] = {"member": member}
            why = {"actor": "desk", "reason": "test"}
            shop.points("open_balance", points=100 * points, **told)
            shop.points("earn", points=points, entry_id=f"given {member}", **told)
            shop.points("adjust", points=points, **told, **why)
            shop.points("adjust", points=-points, **told, **why)
            shop.points("spend", points=points, **told)
            shop.points("hold", points=points, hold_id=f"held {member}", **told)
            shop.points("earn", points=points, point_type="miles", **told)
    assert verified(path).is_sound
    return path


@pytest.mark.parametrize("version", range(1, 7))
def test_an_event_from_another_account_is_found(
    sound: Path, tmp_path: Path, version: int
) -> None:
    copy = tmp_path / "copy.db"
    place = (
        "SELECT e.id FROM ledger_event e JOIN ledger_stream s ON s.id = e.stream "
        "WHERE s.name = ? AND e.version = ?"
    )
    with sqlite_patient(sound, copy) as patient:
        ((anns,),) = patient.run(place, ACCOUNT.format("ann", "points"), version)
        ((bobs,),) = patient.run(place, ACCOUNT.format("bob", "points"), version)
        patient.run(SWAPPED, bobs, anns)

    found = verified(copy)

    assert FindingKind.COMMAND_DAMAGED in found.kinds()
    assert anns in {one.position for one in found.findings}


def test_a_stream_under_the_name_of_another_is_found(
    sound: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    rename = "UPDATE ledger_stream SET name = ? WHERE name = ?"
    with sqlite_patient(sound, copy) as patient:
        stars = ACCOUNT.format("ann", "stars")
        patient.run(rename, stars, ACCOUNT.format("ann", "miles"))

    found = verified(copy)

    damaged = FindingKind.COMMAND_DAMAGED
    (one,) = (one for one in found.findings if one.kind is damaged)
    assert one.stream == stars
    assert "point_type" in one.problem
