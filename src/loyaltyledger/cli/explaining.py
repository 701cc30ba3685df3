"""`explain`: why something is as it was recorded."""

import click

from ..audit import Explanation
from .output import say, show_json
from .places import Database, db_option
from .scope import (
    json_option,
    points_option,
    programme_option,
    scope_of,
)


@click.command("explain")
@click.argument("key", required=False)
@click.option("--purchase", "purchase_id", metavar="ID", help="A purchase.")
@click.option("--return", "return_id", metavar="ID", help="A return, of --purchase.")
@click.option("--entry", "entry_id", metavar="ID", help="An entry of --member.")
@click.option("--hold", "hold_id", metavar="ID", help="A hold of --member.")
@click.option("--lot", "lot_id", metavar="ID", help="A lot of --member.")
@click.option("--member", "member_id", metavar="ID")
@db_option
@programme_option
@points_option
@json_option
def explain(
    key: str | None,
    purchase_id: str | None,
    return_id: str | None,
    entry_id: str | None,
    hold_id: str | None,
    lot_id: str | None,
    member_id: str | None,
    db: Database,
    programme_id: str | None,
    point_type: str | None,
    as_json: bool,
) -> None:
    """Take apart what was done under KEY, or what an id names."""
    ids = {
        "purchase_id": purchase_id,
        "return_id": return_id,
        "entry_id": entry_id,
        "hold_id": hold_id,
        "lot_id": lot_id,
    }
    given = {name: value for name, value in ids.items() if value is not None}
    if (key is None) == (not given):
        problem = "give the key of a command, or one id such as --purchase"
        raise click.UsageError(problem)
    with db.existing() as ledger:
        if key is not None:
            explanation = ledger.explain(key)
        else:
            scope = scope_of(ledger, programme_id, point_type)
            explanation = ledger.explain(
                programme_id=scope.programme_id,
                member_id=member_id,
                point_type=None if member_id is None else scope.one_type(),
                **given,
            )
    if as_json:
        show_json(explanation_json(explanation))
    else:
        say(explanation.text())


def explanation_json(explanation: Explanation) -> dict[str, object]:
    return {
        "title": explanation.title,
        "facts": dict(explanation.facts),
        "because": [explanation_json(reason) for reason in explanation.because],
    }
