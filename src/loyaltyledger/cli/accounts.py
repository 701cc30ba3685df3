"""`balance` and `statement`: what one member has, and how it came about."""

from datetime import datetime

import attrs
import click

from ..audit import StatementLine
from ..points import (
    AccountClosed,
    DebtPaid,
    Event,
    ExpirySlid,
    Granted,
    HoldLapsed,
    HoldPlaced,
    HoldVoided,
    LotReleased,
    PointsActivated,
    PointsCancelled,
    PointsExpired,
    Reversed,
    Taken,
)
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


@attrs.frozen(kw_only=True)
class Described:
    """An event in words: what it is, and the id it has."""

    what: str
    name: str


def described(event: Event) -> Described:
    """Put an event of an account into words."""
    match event:
        case Granted() | Taken():
            return Described(what=event.kind, name=event.entry_id)
        case Reversed():
            what = "given back" if event.gives else "taken back"
            return Described(what=what, name=event.entry_id)
        case HoldPlaced():
            return Described(what="hold", name=event.hold_id)
        case HoldVoided():
            return Described(what="hold voided", name=event.hold_id)
        case HoldLapsed():
            return Described(what="hold lapsed", name=event.hold_id)
        case PointsActivated():
            return Described(what="available", name=event.lot_id)
        case LotReleased():
            return Described(what="released", name=event.lot_id)
        case PointsExpired():
            return Described(what="expired", name=event.lot_id)
        case PointsCancelled():
            return Described(what="cancelled", name=event.lot_id)
        case ExpirySlid():
            return Described(what="expiry moved", name=", ".join(event.lot_ids))
        case DebtPaid():
            return Described(what="debt paid", name=event.entry_id)
        case AccountClosed():
            return Described(what="account closed", name="")


@click.command("balance")
@click.argument("member")
@db_option
@programme_option
@points_option
@at_option
@known_at_option
@json_option
def show_balance(
    member: str,
    db: Database,
    programme_id: str | None,
    point_type: str | None,
    at: str | None,
    known_at: str | None,
    as_json: bool,
) -> None:
    """Show what a member has, and when it expires."""
    with db.existing() as ledger:
        scope = scope_of(ledger, programme_id, point_type)
        name = scope.one_type()
        balance = ledger.balance(
            programme_id=scope.programme_id,
            member_id=member,
            point_type=name,
            at=scope.instant(at, "--at"),
            known_at=scope.instant(known_at, "--known-at"),
        )
    figures = {
        "available": balance.available,
        "held": balance.held,
        "free": balance.free,
        "pending": balance.pending,
        "debt": balance.debt,
        "outstanding": balance.outstanding,
    }
    if as_json:
        dying = [attrs.asdict(one) for one in balance.expiring]
        head = {"programme": scope.programme_id, "member": member, "points": name}
        show_json({**head, "at": balance.at, **figures, "expiring": dying})
        return
    show_table(f"{member}: {name}", ("", "points"), figures.items())
    if balance.expiring:
        rows = ((_local(scope, one.expires_at), one.points) for one in balance.expiring)
        show_table("Expiring", ("at", "points"), rows)


@click.command("statement")
@click.argument("member")
@db_option
@programme_option
@points_option
@at_option
@known_at_option
@json_option
def show_statement(
    member: str,
    db: Database,
    programme_id: str | None,
    point_type: str | None,
    at: str | None,
    known_at: str | None,
    as_json: bool,
) -> None:
    """Show what changed a member's account, line by line."""
    with db.existing() as ledger:
        scope = scope_of(ledger, programme_id, point_type)
        lines = ledger.statement(
            programme_id=scope.programme_id,
            member_id=member,
            point_type=scope.one_type(),
            at=scope.instant(at, "--at"),
            known_at=scope.instant(known_at, "--known-at"),
        )
    if as_json:
        show_json([_line_json(line) for line in lines])
        return
    print_statement(scope, member, lines)


def print_statement(
    scope: Scope, member: str, lines: tuple[StatementLine, ...]
) -> None:
    """Print a statement in the programme's time zone."""
    rows = []
    for line in lines:
        words = described(line.event)
        when = _local(scope, line.at)
        rows.append((when, words.what, words.name, line.change, line.balance))
    headings = ("when", "what", "id", "change", "balance")
    show_table(f"Statement of {member}", headings, rows)


def _line_json(line: StatementLine) -> dict[str, object]:
    words = described(line.event)
    return {
        "at": line.at,
        "recorded_at": line.recorded_at,
        "position": line.position,
        "what": words.what,
        "id": words.name,
        "change": line.change,
        "balance": line.balance,
        "reference": getattr(line.event, "reference", None),
        "reason": getattr(line.event, "reason", None),
    }


def _local(scope: Scope, at: datetime) -> str:
    return at.astimezone(scope.programme.tz).strftime("%Y-%m-%d %H:%M")
