"""`backup`, `restore` and `check`: a ledger that outlives its disk."""

import sys
from pathlib import Path

import attrs
import click

from ..ledger import restore
from ..store import DatabaseCheck
from .failing import REFUSED
from .output import say, show_json
from .places import NEW, Database, db_option
from .scope import json_option


@click.command("backup")
@db_option
@click.option("--to", required=True, type=NEW, help="A file that is not there yet.")
@json_option
def back_up(db: Database, to: Path, as_json: bool) -> None:
    """Copy a SQLite ledger while it is in use, and check the copy."""
    with db.existing() as ledger:
        checked = ledger.backup(to)
    _show(checked, as_json=as_json)


@click.command("restore")
@click.argument("backup", type=NEW)
@db_option
@click.option(
    "--aside",
    type=NEW,
    help="Where the ledger goes that is there now. Default: there must be none.",
)
@json_option
def put_back(backup: Path, db: Database, aside: Path | None, as_json: bool) -> None:
    """Make a backup the ledger, after checking it. Stop whatever uses the ledger."""
    _show(restore(backup, db.url, aside=aside), as_json=as_json)


@click.command("check")
@db_option
@json_option
def check(db: Database, as_json: bool) -> None:
    """Say whether the database is sound. What is in it is checked by `verify`."""
    with db.existing() as ledger:
        checked = ledger.check()
    _show(checked, as_json=as_json)
    if not checked.is_sound:
        sys.exit(REFUSED)


def _show(checked: DatabaseCheck, *, as_json: bool) -> None:
    if as_json:
        show_json({"is_sound": checked.is_sound, **attrs.asdict(checked)})
        return
    for finding in checked.findings:
        say(finding)
    counts = f"{checked.events:,} events in {checked.streams:,} streams, "
    counts += f"{checked.commands:,} commands"
    by = checked.engine_check or "log only; no amcheck"
    wrong = f"{len(checked.findings):,} findings"
    say(f"{counts} ({by}): {'sound' if checked.is_sound else wrong}")
