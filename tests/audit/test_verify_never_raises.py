"""Whatever is in the rows, a verification ends and says so."""

import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loyaltyledger import Ledger

TEXTS = st.text(max_size=8) | st.sampled_from(
    ["", "{}", "null", "[]", "account:", "account:shop:member:ann:points", "p1"]
)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 80)
COLUMNS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "ledger_event": {
        "stream": NUMBERS,
        "version": NUMBERS,
        "name": TEXTS,
        "at": NUMBERS,
        "recorded_at": NUMBERS,
        "payload": TEXTS,
    },
    "ledger_stream": {"name": TEXTS, "version": NUMBERS, "recorded_at": NUMBERS},
    "ledger_command": {
        "name": TEXTS,
        "digest": st.binary(max_size=20),
        "fields": TEXTS,
        "first_event": NUMBERS,
        "events": NUMBERS,
    },
}
# Only people read the one; the other can only be worked out from what was asked.
UNSEEN = {("ledger_stream", "recorded_at"), ("ledger_command", "digest")}


@st.composite
def damages(draw: st.DrawFn) -> tuple[str, str, int, object]:
    table = draw(st.sampled_from(sorted(COLUMNS)))
    column = draw(st.sampled_from(sorted(COLUMNS[table])))
    return table, column, draw(st.integers(0, 60)), draw(COLUMNS[table][column])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(damages(), min_size=1, max_size=3, unique_by=lambda one: one[:2]))
def test_any_damage_ends_in_findings(
    sound_file: Path, done: list[tuple[str, str, int, object]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "ledger.db"
        shutil.copy(sound_file, copy)
        seen = _damage(copy, done)

        with Ledger.open(f"sqlite:///{copy}") as ledger:
            found = ledger.verify()

    assert not (seen and found.is_sound)
    assert all(one.problem and str(one) for one in found.findings)


def _damage(path: Path, done: list[tuple[str, str, int, object]]) -> bool:
    """Damage rows where the tables let it; say whether that can be seen."""
    seen = False
    connection = sqlite3.connect(path, isolation_level=None)
    for table, column, row, value in done:
        key = "key" if table == "ledger_command" else "id"
        keys = connection.execute(
            f"SELECT {key} FROM {table} ORDER BY {key}"
        ).fetchall()
        which = keys[row % len(keys)][0]
        before = connection.execute(
            f"SELECT {column} FROM {table} WHERE {key} = ?", (which,)
        ).fetchone()[0]
        try:
            connection.execute(
                f"UPDATE {table} SET {column} = ? WHERE {key} = ?", (value, which)
            )
        except (sqlite3.IntegrityError, UnicodeEncodeError):
            continue
        seen |= value != before and (table, column) not in UNSEEN
    connection.close()
    return seen
