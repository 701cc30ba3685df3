"""`export-log`, `import-log` and `replay`: the log as a file, and played again."""

import sys
from pathlib import Path

import attrs
import click

from ..archive import LogFile, export_log, import_log, replay_file
from ..audit import Replayed
from ..audit.replay import replay
from ..store.urls import MemoryPlace, place
from .failing import REFUSED
from .output import say, show_json, watching
from .places import NEW, THERE, Database, database_option, db_option
from .scope import json_option
from .upkeep import print_verification, verification_json


@click.command("export-log")
@click.argument("file", type=NEW)
@db_option
@json_option
def export(file: Path, db: Database, as_json: bool) -> None:
    """Write the whole log to a file, which needs no database to be read.

    One JSON document a line; gzipped where the name ends in .gz.
    """
    with db.existing() as ledger:
        written = export_log(ledger.store, file)
    _print(written, as_json=as_json)


@click.command("import-log")
@click.argument("file", type=THERE)
@db_option
@click.option("--verify", "and_verify", is_flag=True, help="Verify it afterwards.")
@json_option
def bring_in(file: Path, db: Database, and_verify: bool, as_json: bool) -> None:
    """Bring a log file into an empty ledger: all of it, or nothing.

    It becomes the ledger that it was, on whichever engine.
    """
    if and_verify and isinstance(place(db.url), MemoryPlace):
        problem = "a ledger in memory is gone before it is verified; name a file, "
        problem += "such as sqlite:///file.db"
        raise click.BadParameter(problem, param_hint="--db")
    with watching() as watch:
        read = import_log(
            db.url,
            file,
            schema=db.schema,
            progress=lambda done, of: watch("importing", done, of),
        )
    if not and_verify:
        _print(read, as_json=as_json)
        return
    with db.existing() as ledger:
        found = ledger.verify()
    if as_json:
        show_json({**attrs.asdict(read), "verification": verification_json(found)})
    else:
        _print(read, as_json=False)
        print_verification(found)
    if not found.is_sound:
        sys.exit(REFUSED)


def _print(file: LogFile, *, as_json: bool) -> None:
    if as_json:
        show_json(attrs.asdict(file))
        return
    counts = f"{file.events:,} events in {file.streams:,} streams, "
    say(f"{counts}{file.commands:,} commands of ledger {file.ledger_id}")
    say(f"SHA-256 of the file {file.sha256}")
    say(f"SHA-256 of its events {file.events_sha256}")


@click.command("replay")
@click.argument("file", type=THERE, required=False)
@database_option(required=False, means="A ledger, instead of a log file.")
@json_option
def play_again(file: Path | None, db: Database | None, as_json: bool) -> None:
    """Play a log again by code that shares nothing with the ledger.

    Follows every lot, hold and debt in one pass, and adds up the books. Quicker than
    verify, which looks at everything else too.
    """
    if file is not None and db is None:
        replayed = replay_file(file)
    elif db is not None and file is None:
        replayed = _of_ledger(db)
    else:
        problem = "name a log file, or a ledger by --db"
        raise click.UsageError(problem)
    if as_json:
        show_json(_replay_json(replayed))
    else:
        _print_replay(replayed)
    if not replayed.is_sound:
        sys.exit(REFUSED)


def _of_ledger(db: Database) -> Replayed:
    with db.existing() as ledger:
        return replay(ledger.store)


def _replay_json(replayed: Replayed) -> dict[str, object]:
    return {
        "is_sound": replayed.is_sound,
        "at": replayed.at,
        "events": replayed.events,
        "streams": replayed.streams,
        "digest": replayed.digest,
        "findings": [attrs.asdict(one) for one in replayed.findings],
        "left_out": replayed.left_out,
        "balances": {name: attrs.asdict(one) for name, one in replayed.balances()},
    }


def _print_replay(replayed: Replayed) -> None:
    for finding in replayed.findings:
        say(finding)
    wrong = len(replayed.findings) + replayed.left_out
    verdict = "sound" if replayed.is_sound else f"{wrong:,} findings"
    balances = [balance for _, balance in replayed.balances()]
    points = sum(balance.outstanding for balance in balances)
    say(f"{points:,} points outstanding in {len(balances):,} accounts")
    say(f"{replayed.events:,} events in {replayed.streams:,} streams: {verdict}")
    say(f"SHA-256 of the events {replayed.digest}")
