"""`demo`: a made-up year of one shop, a report on it, and the proof that it adds up."""

import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import click

from .. import demo
from ..connect import totals_report
from ..kernel.errors import AlreadyExistsError
from ..ledger import Ledger
from . import reports
from .accounts import print_statement
from .bringing_in import report_json
from .failing import REFUSED
from .output import Watch, remark, say, show_json, show_table, watching
from .places import Database, database_option
from .scope import Scope, json_option, scope_of
from .upkeep import print_verification, verification_json

SAMPLE_LINES = 25


@click.command("demo")
@database_option(required=False, means="Keep it there. Default: nowhere.")
@click.option(
    "--members", type=click.IntRange(10, 100_000), default=3200, show_default=True
)
@click.option("--seed", type=click.IntRange(0, 2**63), default=1, show_default=True)
@json_option
def play_demo(db: Database | None, members: int, seed: int, as_json: bool) -> None:
    """Make up a year of one shop, import it, report on it, and verify it.

    The same seed makes the same year.
    """
    clock = demo.StoryClock()
    with ExitStack() as stack:
        if db is None:
            folder = stack.enter_context(TemporaryDirectory(prefix="loyaltyledger-"))
            opened = Ledger.open(f"sqlite:///{Path(folder) / 'demo.db'}", clock=clock)
        else:
            opened = Ledger.open(db.url, schema=db.schema, clock=clock)
        ledger = stack.enter_context(opened)
        watch = stack.enter_context(watching())
        played = _played(ledger, clock, members=members, seed=seed, watch=watch)
        show = _show_json if as_json else _show
        is_sound = show(ledger, played, watch)
    if db is not None:
        remark(f"kept; ask on: loyaltyledger balance {played.sample_member} --db …")
    if not is_sound:
        sys.exit(REFUSED)


def _played(
    ledger: Ledger, clock: demo.StoryClock, *, members: int, seed: int, watch: Watch
) -> demo.Demo:
    try:
        return demo.play(
            ledger,
            clock,
            members=members,
            seed=seed,
            progress=lambda done, total: watch("a year in the shop", done, total),
        )
    except AlreadyExistsError as error:
        problem = f"{error.what} {error.name!r} exists already in this ledger; "
        remark(f"Error: {problem}give another --db, such as sqlite:///demo2.db")
        sys.exit(REFUSED)


def _show(ledger: Ledger, played: demo.Demo, watch: Watch) -> bool:
    """Report to a person."""
    scope = scope_of(ledger, demo.SHOP.programme_id)
    _print_year(played)
    for totals in reports.totals_of(ledger, scope, at=None, known_at=None):
        reports.print_totals(totals)
    for liability in reports.liability_of(ledger, scope, at=None, known_at=None):
        reports.print_liability(liability)
    _print_sample(ledger, scope, played)
    verified = ledger.verify(lambda events: watch("verifying", events, 0))
    print_verification(verified)
    return verified.is_sound


def _print_year(played: demo.Demo) -> None:
    say(
        f"A year of a corner shop with {played.members:,} members, "
        f"until {demo.END:%d %B %Y} (seed {played.seed})"
    )
    show_table("Asked of the ledger as it happened", ("", "times"), played.commands)
    show_table("Refused, as they must be", ("", "times"), played.refusals)
    figures = report_json(played.imported)
    rows = [("files", played.files)]
    rows += [
        (name.replace("_", " "), count)
        for name, count in figures.items()
        if isinstance(count, int) and not isinstance(count, bool) and count
    ]
    show_table("Imported from the tills' files", ("", ""), rows)


def _print_sample(ledger: Ledger, scope: Scope, played: demo.Demo) -> None:
    member = played.sample_member
    lines = ledger.statement(
        programme_id=scope.programme_id,
        member_id=member,
        point_type=demo.POINT_TYPE,
    )
    print_statement(scope, member, lines[:SAMPLE_LINES])
    if len(lines) > SAMPLE_LINES:
        say(f"… and {len(lines) - SAMPLE_LINES:,} lines more\n")
    if played.sample_purchase:
        explanation = ledger.explain(
            programme_id=scope.programme_id, purchase_id=played.sample_purchase
        )
        say(f"Why, of purchase {played.sample_purchase}:\n{explanation.text()}\n")


def _show_json(ledger: Ledger, played: demo.Demo, watch: Watch) -> bool:
    """Report to a program; the same for the same seed and number of members."""
    scope = scope_of(ledger, demo.SHOP.programme_id)
    liability = reports.liability_of(ledger, scope, at=None, known_at=None)
    verified = ledger.verify(lambda events: watch("verifying", events, 0))
    document = {
        "seed": played.seed,
        "members": played.members,
        "commands": dict(played.commands),
        "refusals": dict(played.refusals),
        "imported": attrs.asdict(played.imported),
        "totals": totals_report(ledger, programme_id=scope.programme_id),
        "liability": [reports.liability_json(one) for one in liability],
        "verification": verification_json(verified),
    }
    show_json(document)
    return verified.is_sound
