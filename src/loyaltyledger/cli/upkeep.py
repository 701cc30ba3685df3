"""`migrate`, `sweep`, `rebuild` and `verify`: keeping a ledger in order."""

import sys
from zoneinfo import ZoneInfo

import attrs
import click

from ..audit import Verification
from ..ledger import migrate
from ..views import Progress
from .failing import REFUSED
from .output import say, show_json, watching
from .places import Database, db_option
from .scope import at_option, instant, json_option, scope_of


@click.command("migrate")
@db_option
@json_option
def migrate_ledger(db: Database, as_json: bool) -> None:
    """Make the tables of a ledger, or bring them up to date."""
    steps = migrate(db.url, schema=db.schema)
    if as_json:
        show_json({"steps": steps})
        return
    for step in steps:
        say(step)
    if not steps:
        say("nothing to do: the tables are up to date")


@click.command("sweep")
@db_option
@at_option
@click.option(
    "--programme-id",
    metavar="ID",
    help="Whose time zone a date is in, if there are several. All are swept.",
)
@json_option
def sweep(
    db: Database, at: str | None, programme_id: str | None, as_json: bool
) -> None:
    """Book what time has done: lapses, activations, expiry.

    Every balance is the same without it; the books of the accounts are brought up
    to date.
    """
    if at is None and programme_id is not None:
        problem = "--programme-id says whose day --at is; all is swept without it"
        raise click.UsageError(problem)
    with db.existing() as ledger:

        def zone() -> ZoneInfo:
            return scope_of(ledger, programme_id).programme.tz

        when = None if at is None else instant(at, "--at", zone)
        changed = ledger.sweep(at=when)
    if as_json:
        show_json({"accounts_changed": changed})
    else:
        say(f"{changed:,} accounts changed")


@click.command("rebuild")
@db_option
@json_option
def rebuild(db: Database, as_json: bool) -> None:
    """Make the views again from the log."""
    with db.existing() as ledger, watching() as watch:

        def told(progress: Progress) -> None:
            watch("rebuilding", progress.position, progress.head)

        events = ledger.rebuild(told)
    if as_json:
        show_json({"events": events})
    else:
        say(f"views made again from {events:,} events")


@click.command("verify")
@db_option
@json_option
def verify(db: Database, as_json: bool) -> None:
    """Replay everything, and say what is wrong and where."""
    with db.existing() as ledger, watching() as watch:
        found = ledger.verify(lambda events: watch("verifying", events, 0))
    if as_json:
        show_json(verification_json(found))
    else:
        print_verification(found)
    if not found.is_sound:
        sys.exit(REFUSED)


def verification_json(found: Verification) -> dict[str, object]:
    return {"is_sound": found.is_sound, **attrs.asdict(found)}


def print_verification(found: Verification) -> None:
    for finding in found.findings:
        say(finding)
    if found.left_out:
        say(f"… and {found.left_out:,} more")
    for remark in found.remarks:
        say(f"not looked at in full: {remark}")
    counts = f"{found.events:,} events in {found.streams:,} streams, "
    counts += f"{found.commands:,} commands"
    wrong = len(found.findings) + found.left_out
    say(f"{counts}: {'sound' if found.is_sound else f'{wrong:,} findings'}")
