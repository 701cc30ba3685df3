"""The real year of a web shop, against sums that share no code with the library."""

import csv
import gzip
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from real_data import ONLINE_RETAIL, needs_real_data

EXAMPLE = Path(__file__).parents[2] / "examples" / "online_retail"
ALIVE_FOR = timedelta(hours=180 * 24)
END = datetime(2011, 12, 10)

Fact = tuple[datetime, int, str, int]


def facts() -> list[Fact]:
    """Return (time, first line, customer, points) of each invoice, in order."""
    invoices: dict[tuple[str, str], tuple[datetime, int, Decimal]] = {}
    with gzip.open(ONLINE_RETAIL, "rt", encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            if not row["CustomerID"]:
                continue
            name = row["CustomerID"], row["InvoiceNo"]
            at = datetime.fromisoformat(row["InvoiceDate"])
            amount = int(row["Quantity"]) * Decimal(row["UnitPrice"])
            first_at, first, so_far = invoices.get(name, (at, number, Decimal(0)))
            invoices[name] = (min(first_at, at), first, so_far + amount)
    return sorted(
        (at, first, customer, int(amount))  # int() cuts towards zero
        for (customer, _), (at, first, amount) in invoices.items()
    )


def unlimited() -> Iterator[tuple[str, Any]]:
    balances: dict[str, int] = defaultdict(int)
    for _, _, customer, points in facts():
        balances[customer] += points
    yield "balances", balances
    # As counted by others who know the file.
    yield "earned", 5_569_860
    yield "reversed", 407_335
    yield "outstanding", 5_162_525
    yield "debt", -sum(points for points in balances.values() if points < 0)


def within_balance() -> Iterator[tuple[str, Any]]:
    balances: dict[str, int] = defaultdict(int)
    lost = 0
    for _, _, customer, points in facts():
        lost += max(0, -(balances[customer] + points))
        balances[customer] = max(0, balances[customer] + points)
    yield "balances", balances
    yield "not_recovered", lost


def expiring() -> Iterator[tuple[str, Any]]:
    lots: dict[str, list[list[Any]]] = defaultdict(list)
    lost = 0
    for at, _, customer, points in facts():
        if points >= 0:
            lots[customer].append([at, points])
            continue
        wanted = -points
        for lot in lots[customer]:
            taken = min(wanted, lot[1]) if at < lot[0] + ALIVE_FOR else 0
            lot[1] -= taken
            wanted -= taken
        lost += wanted
    left = {True: 0, False: 0}
    balances = {}
    for customer, theirs in lots.items():
        balances[customer] = 0
        for at, points in theirs:
            alive = at + ALIVE_FOR > END
            left[alive] += points
            balances[customer] += points if alive else 0
    for _, _, customer, _ in facts():
        balances.setdefault(customer, 0)
    yield "balances", balances
    yield "not_recovered", lost
    yield "expired", left[False]


MODELS = {
    "unlimited": unlimited,
    "within_balance": within_balance,
    "expiring": expiring,
}


def run(folder: Path, programme: str) -> dict[str, Any]:
    out = folder / "out.json"
    command: list[Path | str] = [sys.executable, EXAMPLE / "run.py", ONLINE_RETAIL]
    command += ["--programme", f"{programme}.toml", "--json", out]
    command += ["--db", f"sqlite:///{folder / 'retail.db'}"]
    subprocess.run(command, check=True, cwd=folder)
    document: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return document


@needs_real_data
@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("programme", MODELS)
def test_every_customer_has_what_a_plain_sum_says(
    tmp_path: Path, programme: str
) -> None:
    expected = dict(MODELS[programme]())

    document = run(tmp_path, programme)

    totals, balances = document["totals"], document["balances"]
    assert balances == expected.pop("balances")
    assert {name: totals[name] for name in expected} == expected
    assert totals["outstanding"] == sum(balances.values())
    assert totals["earned"] == sum(max(0, points) for _, _, _, points in facts())
    assert totals["members"] == len(balances)
    assert totals["spent"] == 0


HEADING = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID"


def test_takes_any_file_with_those_columns(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(
        f"{HEADING}\n"
        "1,tea,Tea,2,2024-01-01T23:30:00,4.505,ann\n"
        "1,pot,Pot,1,2024-01-01T23:31:00,1.00,ann\n"
        "C2,tea,Tea,-1,2024-01-02T10:00:00,4.505,ann\n"
        "3,tea,Tea,0,2024-01-02T10:00:00,4.505,bob\n"
        "4,tea,Tea,1,2024-01-02T10:00:00,4.505,\n",
        encoding="utf-8",
    )
    out = tmp_path / "out.json"
    command: list[Path | str] = [
        sys.executable,
        EXAMPLE / "run.py",
        file,
        "--json",
        out,
    ]
    command += ["--programme", "unlimited.toml"]
    command += ["--db", f"sqlite:///{tmp_path / 'mine.db'}"]

    subprocess.run(command, check=True, cwd=tmp_path)
    document = json.loads(out.read_text(encoding="utf-8"))

    assert document["balances"] == {"ann": 6, "bob": 0}
    assert document["totals"]["reversed"] == 4
