"""`report`: what all members have together."""

from collections.abc import Iterator
from datetime import datetime

import attrs
import click

from ..audit import AsOf, Totals
from ..kernel.ids import stream_ids, stream_name
from ..kernel.time import NEVER
from ..ledger import Ledger
from ..views import Liability
from .output import show_json, show_table
from .scope import (
    Scope,
    at_option,
    db_option,
    existing,
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
    url: str,
    programme_id: str | None,
    point_type: str | None,
    at: str | None,
    known_at: str | None,
    as_json: bool,
) -> None:
    """Show what became of all points."""
    with existing(url) as ledger:
        scope = scope_of(ledger, programme_id, point_type)
        found = totals_of(
            ledger,
            scope,
            at=scope.instant(at, "--at"),
            known_at=scope.instant(known_at, "--known-at"),
        )
    if as_json:
        show_json(totals_json(found))
        return
    for totals in found:
        print_totals(totals)


def totals_of(
    ledger: Ledger, scope: Scope, *, at: datetime | None, known_at: datetime | None
) -> tuple[Totals, ...]:
    found = ledger.totals(programme_id=scope.programme_id, at=at, known_at=known_at)
    return tuple(one for one in found if one.point_type in scope.point_types)


def totals_json(found: tuple[Totals, ...]) -> dict[str, object]:
    """Return the totals of the one point type, or a list of all of them."""
    documents = [attrs.asdict(totals) for totals in found]
    return documents[0] if len(documents) == 1 else {"totals": documents}


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
    url: str,
    programme_id: str | None,
    point_type: str | None,
    at: str | None,
    known_at: str | None,
    owner_kind: str,
    as_json: bool,
) -> None:
    """Show the outstanding balance of each member; below 0 it is debt."""
    with existing(url) as ledger:
        scope = scope_of(ledger, programme_id, point_type)
        balances = balances_of(
            ledger,
            scope,
            owner_kind=owner_kind,
            at=scope.instant(at, "--at"),
            known_at=scope.instant(known_at, "--known-at"),
        )
    if as_json:
        show_json(balances)
        return
    title = f"{scope.programme_id}: {scope.one_type()}"
    show_table(title, (owner_kind, "outstanding"), balances.items())


def balances_of(
    ledger: Ledger,
    scope: Scope,
    *,
    owner_kind: str,
    at: datetime | None,
    known_at: datetime | None,
) -> dict[str, int]:
    """Return what each owner has; whoever is known has an entry, be it 0."""
    as_of = AsOf(at=NEVER if at is None else at, known_at=known_at)
    balances = dict.fromkeys(_owners(ledger, scope, owner_kind, as_of), 0)
    found = ledger.balances_as_of(
        programme_id=scope.programme_id,
        point_type=scope.one_type(),
        at=at,
        known_at=known_at,
    )
    for account_id, balance in found:
        if account_id.owner_kind == owner_kind:
            balances[account_id.owner_id] = balance.outstanding
    return dict(sorted(balances.items()))


def _owners(
    ledger: Ledger, scope: Scope, owner_kind: str, as_of: AsOf
) -> Iterator[str]:
    prefix = stream_name(owner_kind, scope.programme_id) + ":"
    for stream, events in ledger.store.all_streams(prefix):
        if as_of.of(events):
            yield stream_ids(stream)[2]


@reports.command("liability")
@db_option
@programme_option
@points_option
@at_option
@known_at_option
@json_option
def report_liability(
    url: str,
    programme_id: str | None,
    point_type: str | None,
    at: str | None,
    known_at: str | None,
    as_json: bool,
) -> None:
    """Show what is outstanding, by the month in which it expires."""
    with existing(url) as ledger:
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
