"""`import purchases`: a CSV file of purchase lines into a ledger."""

import sys
from pathlib import Path

import attrs
import click

from ..connect import (
    Defined,
    ImportReport,
    define_programme,
    import_purchases,
    load_programme,
    load_purchase_map,
)
from ..connect.lines import check_heading
from ..connect.rejects import check_rejects
from ..ledger import Ledger
from ..programme import Programme
from .failing import REFUSED
from .output import remark, say, show_json, watching
from .places import NEW, THERE, Database, db_option
from .scope import json_option, programme_option, scope_of

_WORDS = {
    Defined.NEW: "is new in this ledger",
    Defined.CHANGED: "has changed: the new version is in force from now on",
    Defined.UNCHANGED: "is as it was",
}


@click.group("import")
def imports() -> None:
    """Bring in history from files."""


@imports.command("purchases")
@click.argument("file", type=THERE)
@click.option(
    "--map",
    "mapping",
    type=THERE,
    required=True,
    help="Which columns make a purchase (TOML or JSON).",
)
@db_option
@click.option("--programme", type=THERE, help="Define this programme (TOML or JSON).")
@programme_option
@click.option(
    "--rejects",
    type=NEW,
    help="Where refused lines go. Default: FILE.rejects.csv in this folder, if any.",
)
@click.option(
    "--batch", type=click.IntRange(1, 10_000), default=500, help="Facts in one commit."
)
@json_option
def purchases(
    file: Path,
    mapping: Path,
    db: Database,
    programme: Path | None,
    programme_id: str | None,
    rejects: Path | None,
    batch: int,
    as_json: bool,
) -> None:
    """Import purchases from FILE (CSV, plain or gzip).

    It can be run again, and after a crash: what is there stays as it is. Ends with 1
    where lines were refused.
    """
    how = load_purchase_map(mapping)
    defined = None if programme is None else _read(programme, programme_id)
    to = rejects or Path(f"{file.name}.rejects.csv")
    check_heading(file, how)
    read = (file, mapping) if programme is None else (file, mapping, programme)
    check_rejects(to, url=db.url, kept=read)
    ledger = db.existing() if defined is None else db.made()
    with ledger, watching() as watch:
        name = _programme_id(ledger, defined, programme_id)
        report = import_purchases(
            ledger,
            file,
            how,
            programme_id=name,
            rejects=to,
            facts_per_batch=batch,
            progress=watch,
        )
    if as_json:
        show_json(report_json(report))
    else:
        print_report(report)
    if report.lines_refused:
        remark(f"{report.lines_refused:,} lines were refused; see {to}")
        sys.exit(REFUSED)
    if rejects is None:
        to.unlink(missing_ok=True)


def _read(file: Path, programme_id: str | None) -> Programme:
    programme = load_programme(file)
    if programme_id not in {None, programme.programme_id}:
        problem = f"the file defines {programme.programme_id!r}"
        raise click.BadParameter(problem, param_hint="--programme-id")
    return programme


def _programme_id(
    ledger: Ledger, defined: Programme | None, programme_id: str | None
) -> str:
    if defined is None:
        return scope_of(ledger, programme_id).programme_id
    became = define_programme(ledger, defined)
    if became is not Defined.UNCHANGED:
        remark(f"programme {defined.programme_id!r} {_WORDS[became]}")
    return defined.programme_id


def report_json(report: ImportReport) -> dict[str, object]:
    return {"has_changed": report.has_changed, **attrs.asdict(report)}


def print_report(report: ImportReport) -> None:
    """Say what an import did."""
    say(f"{report.lines:,} lines read")
    if report.has_changed:
        say(
            f"{report.purchases_recorded:,} purchases and "
            f"{report.returns_recorded:,} returns recorded, "
            f"{report.members_enrolled:,} members enrolled"
        )
    else:
        say("nothing changed")
    for count, what in (
        (report.already_there, "purchases and returns were there already"),
        (
            report.purchases_without_member,
            "purchases name no member, and were left out",
        ),
        (report.purchases_refused, "purchases were refused"),
    ):
        if count:
            say(f"{count:,} {what}")
