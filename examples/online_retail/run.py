"""Import a year of a web shop, and write down what all members have.

    python run.py FILE --programme unlimited.toml --db sqlite:///retail.db --json OUT

FILE holds invoice lines with the columns that mapping.toml names: CSV, plain or gzip.
OUT gets {"totals": …, "balances": …}, as of the start of the day after the last invoice
unless --at says otherwise.
"""

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from loyaltyledger import Ledger, LedgerError
from loyaltyledger.connect import (
    balances_report,
    define_programme,
    import_purchases,
    load_programme,
    load_purchase_map,
    totals_report,
)

HERE = Path(__file__).parent


def main() -> int:
    """Import, report, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--programme", type=Path, required=True)
    parser.add_argument("--db", required=True, metavar="URL")
    parser.add_argument("--json", type=Path, required=True, metavar="OUT")
    parser.add_argument("--at", type=datetime.fromisoformat, metavar="INSTANT")
    parser.add_argument("--rejects", type=Path)
    given = parser.parse_args()
    try:
        return run(given)
    except LedgerError as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1


def run(given: argparse.Namespace) -> int:
    """Do what the command line asks for."""
    programme = load_programme(beside(given.programme))
    with Ledger.open(given.db) as ledger:
        define_programme(ledger, programme)
        report = import_purchases(
            ledger,
            given.file,
            load_purchase_map(HERE / "mapping.toml"),
            programme_id=programme.programme_id,
            rejects=given.rejects,
        )
        sys.stderr.write(f"{report}\n")
        at = given.at or day_after(report.last_at or datetime.now(UTC))
        document = reports(ledger, programme.programme_id, at)
    given.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return 1 if report.lines_refused else 0


def beside(file: Path) -> Path:
    """Find a programme file by its name alone, beside this script."""
    return file if file.exists() else HERE / file


def day_after(at: datetime) -> datetime:
    """Return the start of the following day, in UTC."""
    start = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return start + timedelta(days=1)


def reports(ledger: Ledger, programme_id: str, at: datetime) -> dict[str, object]:
    """Return what became of all points, and what each member has."""
    totals = totals_report(ledger, programme_id=programme_id, at=at)
    balances = balances_report(
        ledger, programme_id=programme_id, point_type="points", at=at
    )
    return {"totals": totals, "balances": balances}


if __name__ == "__main__":
    sys.exit(main())
