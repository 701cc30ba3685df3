"""Every question of the public API, asked about all that the golden story tells."""

import io
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import attrs

from golden_databases.answers import LATER, SUBJECTS
from golden_databases.story import MEMBERS, POINT_TYPES, SHOP, START, STORY
from loyaltyledger import Basket, Ledger, Line
from loyaltyledger.points import AccountId

Question = Callable[[], Any]

EARLY = START + timedelta(days=12.5)
NOW: dict[str, Any] = {}
TIMES: tuple[dict[str, Any], ...] = (
    NOW,
    {"at": EARLY},
    {"at": LATER},
    {"at": EARLY, "known_at": EARLY},
)
POT = Line(line_id="1", sku="pot", quantity=Decimal(1), unit_price=Decimal(10))
NAMED = {
    "entry_id": ("s1", "t2", "m1", "purchase:p1", "return:p1:r1", "command 22"),
    "hold_id": ("h1", "lapses", "voided"),
    "lot_id": ("purchase:p1", "m1", "command 29"),
}


@attrs.frozen
class Asked:
    """A question with its name, for a person who reads what went wrong."""

    name: str
    ask: Question


def questions(ledger: Ledger, stream: str) -> Iterator[Asked]:
    """Ask everything; of accounts and members those that *stream* is about."""
    yield Asked("follow", ledger.views.follow)
    yield Asked("differences", partial(_all, ledger.views.differences))
    yield Asked("rebuild", ledger.rebuild)
    for member in MEMBERS:
        for kind in POINT_TYPES:
            account = AccountId(
                programme_id="shop",
                owner_kind="member",
                owner_id=member,
                point_type=kind,
            )
            if stream in {account.stream, f"member:shop:{member}"}:
                yield from _of_account(ledger, account)
            elif not stream.startswith(("account:", "member:")):
                whose: dict[str, Any] = {
                    **SHOP,
                    "member_id": member,
                    "point_type": kind,
                }
                yield Asked("balance", partial(ledger.balance, **whose))
    yield from _of_all(ledger)
    for number in range(len(STORY)):
        key = f"command {number}"
        yield Asked("receipt", partial(_read, ledger, key))
        yield Asked("explain a key", partial(_explained, ledger, key))
    for subject in SUBJECTS:
        yield Asked("explain an id", partial(_explained, ledger, **SHOP, **subject))
    yield Asked("verify", ledger.verify)


def _of_account(ledger: Ledger, account: AccountId) -> Iterator[Asked]:
    whose = {
        **SHOP,
        "member_id": account.owner_id,
        "point_type": account.point_type,
    }
    for time in TIMES:
        fields: dict[str, Any] = whose | time
        yield Asked("balance", partial(ledger.balance, **fields))
        yield Asked("lots", partial(ledger.lots, **fields))
        yield Asked("statement", partial(ledger.statement, **fields))
        yield Asked("account_balance", partial(ledger.account_balance, account, **time))
    yield Asked("lots of the view", partial(ledger.views.lots, account))
    yield Asked("statement of the view", partial(ledger.views.statement, account))
    for named, ids in NAMED.items():
        for one in ids:
            fields = whose | {named: one}
            yield Asked(f"explain {named}", partial(_explained, ledger, **fields))


def _of_all(ledger: Ledger) -> Iterator[Asked]:
    for time in TIMES:
        fields: dict[str, Any] = SHOP | time
        yield Asked("totals", partial(ledger.totals, **time))
        yield Asked("liability", partial(ledger.liability, **fields))
        yield Asked("balances_as_of", partial(_all, ledger.balances_as_of, **fields))
        if "known_at" not in time:
            yield Asked("balances", partial(_all, ledger.balances, **fields))
        for member in ("ann", "bob"):
            bought = fields | {"member_id": member}
            yield Asked("purchases", partial(ledger.purchases, **bought))
    basket = Basket(currency="GBP", lines=(POT,))
    yield Asked("quote", partial(ledger.quote, programme_id="shop", basket=basket))
    yield Asked("export_log", partial(ledger.export_log, io.BytesIO()))
    yield Asked("replay", lambda: list(ledger.replay().balances()))
    yield Asked("outstanding", ledger.outstanding)
    yield Asked("check", ledger.check)


def _all(ask: Callable[..., Iterable[Any]], **fields: Any) -> tuple[Any, ...]:
    return tuple(ask(**fields))


def _explained(ledger: Ledger, *subject: str, **fields: Any) -> str:
    return ledger.explain(*subject, **fields).text()


def _read(ledger: Ledger, key: str) -> tuple[Any, ...] | None:
    receipt = ledger.receipt(key)
    if receipt is None:
        return None
    sums = (receipt.earned, receipt.spent, receipt.not_recovered, receipt.position)
    return (*receipt.postings(), *sums)
