"""What a golden database must answer for ever, as JSON."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from golden_databases.story import END, MEMBERS, POINT_TYPES, START, STORY
from loyaltyledger import Balance, Ledger, Receipt

DAYS = (0.5, 3.5, 12.5, 62.5, 100, 400)
POSITION = re.compile(r"(?<=position: )\d+")
LATER = START + timedelta(days=400)
SUBJECTS: tuple[dict[str, str], ...] = (
    *({"purchase_id": f"p{n}"} for n in range(1, 6)),
    {"purchase_id": "p1", "return_id": "r1"},
    {"return_id": "u1"},
    {"member_id": "bob", "point_type": "points", "entry_id": "s1"},
    {"member_id": "ann", "point_type": "points", "hold_id": "h1"},
    {"member_id": "dan", "point_type": "miles", "lot_id": "m1"},
)


def answers(ledger: Ledger) -> dict[str, Any]:
    """Ask everything; positions, which are each engine's own, are counted from 1."""
    log = ledger.store.log()
    places = {str(one.position): str(n) for n, one in enumerate(log, start=1)}
    return {
        "log": [[one.stream, one.version, one.name] for one in log],
        "receipts": {key: _receipt(ledger.receipt(key)) for key in _keys()},
        "balances": {day: _balances(ledger, day) for day in map(str, DAYS)},
        "balances from the views": [
            [account.stream, _balance(held)]
            for account, held in ledger.balances(programme_id="shop", at=END)
        ],
        "statements": {
            f"{member} {kind}": _statement(ledger, member, kind)
            for member in MEMBERS
            for kind in POINT_TYPES
        },
        "explanations": [_explanation(ledger, subject, places) for subject in SUBJECTS],
    }


def _keys() -> Iterable[str]:
    return (f"command {number}" for number in range(len(STORY)))


def _receipt(receipt: Receipt | None) -> dict[str, Any]:
    assert receipt, "each command did something"
    return {
        "command": receipt.command,
        "recorded_at": _shown(receipt.recorded_at),
        "events": [[one.stream, one.version, one.name] for one in receipt.events],
        "earned": receipt.earned,
        "spent": receipt.spent,
        "not_recovered": receipt.not_recovered,
        "postings": [
            [stream, leg.account, leg.points] for stream, leg in receipt.postings()
        ],
    }


def _balances(ledger: Ledger, day: str) -> list[Any]:
    at = START + timedelta(days=float(day))
    found = ledger.balances_as_of(programme_id="shop", at=at, known_at=at)
    return [[account.stream, _balance(held)] for account, held in found]


def _balance(held: Balance) -> list[int]:
    return [held.available, held.held, held.pending, held.debt]


def _statement(ledger: Ledger, member: str, kind: str) -> list[Any]:
    lines = ledger.statement(
        programme_id="shop", member_id=member, point_type=kind, at=LATER
    )
    return [
        [_shown(one.at), type(one.event).__name__, one.change, one.balance]
        for one in lines
    ]


def _explanation(
    ledger: Ledger, subject: dict[str, str], places: dict[str, str]
) -> list[str]:
    text = ledger.explain(programme_id="shop", **subject).text()
    return POSITION.sub(lambda found: places[found[0]], text).splitlines()


def _shown(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
