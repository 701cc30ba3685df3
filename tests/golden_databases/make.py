"""Writes the golden databases of the format that this code writes.

    PYTHONPATH=tests python -m golden_databases.make

Run it once for each format, before it is released; what is there is never overwritten.
"""

import contextlib
import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

from golden_databases.answers import answers
from golden_databases.story import Clock, tell
from loyaltyledger import Ledger, migrate
from loyaltyledger.store.names import NAMES
from loyaltyledger.store.schema import SUPPORTED
from postgres_server import fresh_database, running_postgres

HERE = Path(__file__).parent


def main() -> None:
    sqlite = HERE / f"format-{SUPPORTED}.sqlite"
    if sqlite.exists():
        sys.exit(f"{sqlite} is there already, and is kept for ever")
    told = _told(f"sqlite:///{sqlite}")
    _pack(sqlite)
    with (
        running_postgres(durable=False, wheel_only=False) as server,
        fresh_database(server) as name,
    ):
        url = server.url(name)
        migrate(url)
        assert _told(url) == told, "both engines tell the same"
        (HERE / f"format-{SUPPORTED}.postgres.sql").write_text(_dump(url))
    text = json.dumps(told, indent=1, ensure_ascii=False)
    (HERE / f"format-{SUPPORTED}.json").write_text(f"{text}\n")


def _told(url: str) -> dict[str, Any]:
    clock = Clock()
    with Ledger.open(url, clock=clock) as ledger:
        tell(ledger, clock)
        told = answers(ledger)
        missing = set(NAMES) - {name for _, _, name in told["log"]}
        assert not missing, missing
        assert ledger.verify().is_sound
    return told


def _pack(path: Path) -> None:
    """Make it one file: nothing is left to a write-ahead log."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("VACUUM")


def _dump(url: str) -> str:
    """Dump as plain statements, without what only one version of psql knows."""
    program = shutil.which("pg_dump")
    assert program, "needs pg_dump, of the server's version or newer"
    command = [program, "--inserts", "--no-owner", "--no-privileges", url]
    dump = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    lines = dump.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(("\\", "--")))


if __name__ == "__main__":
    main()
