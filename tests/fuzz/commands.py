"""Commands of every kind about all that the golden story tells, given to a ledger."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any

from fuzz.questions import NAMED, POT, Asked
from golden_databases.story import MEMBERS, POINT_TYPES, SHOP
from loyaltyledger import Basket, Ledger, ReturnLine

BASKET = Basket(currency="GBP", lines=(POT,))
PURCHASES = ("p1", "p2")


def commands(ledger: Ledger) -> Iterator[Asked]:
    """Send each kind of command to every account and purchase, each under a new key."""
    numbered = enumerate(_commands(ledger))
    for number, (name, send, fields) in numbered:
        key = f"fuzz {number}"
        yield Asked(name, partial(send, key=key, **SHOP, **fields))


Sent = tuple[str, Callable[..., Any], dict[str, Any]]


def _commands(ledger: Ledger) -> Iterator[Sent]:
    for member in MEMBERS:
        for kind in POINT_TYPES:
            whose = {"member_id": member, "point_type": kind}
            yield from _of_account(ledger, whose)
        bought = {"member_id": member, "basket": BASKET}
        yield "purchase", ledger.record_purchase, bought | {"purchase_id": f"f{member}"}
        unlinked = bought | {"return_id": f"u{member}"}
        yield "return_unlinked", ledger.return_unlinked, unlinked
    for purchase in PURCHASES:
        back = {"purchase_id": purchase, "return_id": f"f{purchase}"}
        line = ReturnLine(line_id="1", quantity=Decimal(1))
        yield "return of a line", ledger.return_purchase, back | {"lines": (line,)}
        yield "return of the rest", ledger.return_purchase, back | {"return_id": "rest"}
        yield "cancel_return", ledger.cancel_return, back
    for member in MEMBERS:
        yield "close_member", ledger.close_member, {"member_id": member}


def _of_account(ledger: Ledger, whose: dict[str, Any]) -> Iterator[Sent]:
    for points in (1, 1000):
        yield "spend", ledger.spend, whose | {"points": points}
        yield "hold", ledger.hold, whose | {"points": points}
        yield (
            "transfer",
            ledger.transfer,
            whose | {"points": points, "to_member": "bob"},
        )
    for hold in NAMED["hold_id"]:
        yield "capture", ledger.capture, whose | {"hold_id": hold, "points": 1}
        yield "void", ledger.void, whose | {"hold_id": hold}
    for entry in NAMED["entry_id"]:
        yield "reverse a part", ledger.reverse, whose | {"entry_id": entry, "points": 1}
        yield "reverse", ledger.reverse, whose | {"entry_id": entry}
        yield "release", ledger.release_pending, whose | {"entry_id": entry}
    yield "earn", ledger.earn, whose | {"points": 5}
    less = whose | {"points": -3, "actor": "eve", "reason": "fuzz"}
    yield "adjust", ledger.adjust, less
