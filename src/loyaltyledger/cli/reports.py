"""`report`: what all members have together."""

from datetime import datetime

import attrs
import click

from ..audit import Totals
from ..connect import balances_report, totals_report
from ..ledger import Ledger
from ..views import Liability
from .output import show_json, show_table
from .places import Database, db_option
from .scope import (
    Scope,
    at_option,
    json_option,
    known_at_option,
    points_option,
    programme_option,
    scope_of,
)

OWNERS = ("member", "household")


@click.group("report")
def reports() -> None:
    """Report on a whole programme."""


@reports.command("totals")
@db_option
@programme_option
@points_option
@at_option
@known_at_option
@json_option
def report_totals(
    db: Database,
    programme_id: str | None,
    point_type: str | None,
    at: str | None,
    known_at: str | None,
    as_json: bool,
) -> None:
    """Show what became of all points."""
    with db.existing() as ledger:
        scope = scope_of(ledger, programme_id, point_type)
        when = scope.instant(at, "--at")
        known = scope.instant(known_at, "--known-at")
        if as_json:
            document = totals_report(
                ledger,
                programme_id=scope.programme_id,
                point_type=point_type,
                at=when,
                known_at=known,
            )
            show_json(document)
            return
        found = totals_of(ledger, scope, at=when, known_at=known)
    for totals in found:
        print_totals(totals)


def totals_of(
    ledger: Ledger, scope: Scope, *, at: datetime | None, known_at: datetime | None
) -> tuple[Totals, ...]:
    found = ledger.totals(programme_id=scope.programme_id, at=at, known_at=known_at)
    return tuple(one for one in found if one.point_type in scope.point_types)


def print_totals(totals: Totals) -> None:
    figures = attrs.asdict(totals)
    title = f"{figures.pop('programme_id')}: {figures.pop('point_type')}"
    rows = ((name.replace("_", " "), points) for name, points in figures.items())
    show_table(title, ("", ""), rows)


@reports.command("balances")
@db_option
@programme_option
@points_option
@at_option
@known_at_option
@click.option(
    "--of",
    "owner_kind",
    type=click.Choice(OWNERS),
    default=OWNERS[0],
    help="Whose own accounts; a household shares one.",
)
@json_option
def report_balances(
    db: Database,
    programme_id: str | None,
    point_type: str | None,
    at: str | None,
    known_at: str | None,
    owner_kind: str,
    as_json: bool,
) -> None:
    """Show the outstanding balance of each member; below 0 it is debt."""
    with db.existing() as ledger:
        scope = scope_of(ledger, programme_id, point_type)
        balances = balances_report(
            ledger,
            programme_id=scope.programme_id,
            point_type=scope.one_type(),
            owner_kind=owner_kind,
            at=scope.instant(at, "--at"),
            known_at=scope.instant(known_at, "--known-at"),
        )
    if as_json:
        show_json(balances)
        return
    title = f"{scope.programme_id}: {scope.one_type()}"
    show_table(title, (owner_kind, "outstanding"), balances.items())


@reports.command("liability")
@db_option
@programme_option
@points_option
@at_option
@known_at_option
@json_option
def report_liability(
    db: Database,
    programme_id: str | None,
    point_type: str | None,
    at: str | None,
    known_at: str | None,
    as_json: bool,
) -> None:
    """Show what is outstanding, by the month in which it expires."""
    with db.existing() as ledger:
        scope = scope_of(ledger, programme_id, point_type)
        found = liability_of(
            ledger,
            scope,
            at=scope.instant(at, "--at"),
            known_at=scope.instant(known_at, "--known-at"),
        )
    if as_json:
        show_json([liability_json(one) for one in found])
        return
    for one in found:
        print_liability(one)


def liability_of(
    ledger: Ledger, scope: Scope, *, at: datetime | None, known_at: datetime | None
) -> tuple[Liability, ...]:
    found = ledger.liability(programme_id=scope.programme_id, at=at, known_at=known_at)
    return tuple(one for one in found if one.point_type in scope.point_types)


def liability_json(found: Liability) -> dict[str, object]:
    return {
        **attrs.asdict(found),
        "available": found.available,
        "pending": found.pending,
        "outstanding": found.outstanding,
    }


def print_liability(found: Liability) -> None:
    rows = [
        (month.month, month.available, month.pending, month.points)
        for month in found.months
    ]
    rows.append(("debt", 0, 0, -found.debt))
    rows.append(("all", found.available, found.pending, found.outstanding))
    title = f"{found.programme_id}: {found.point_type}, by month of expiry"
    show_table(title, ("expires in", "available", "pending", "outstanding"), rows)
