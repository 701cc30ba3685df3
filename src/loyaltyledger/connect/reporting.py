"""Reports as plain data, for files and other programs."""

from collections.abc import Iterator
from datetime import datetime

import attrs

from ..audit import AsOf
from ..kernel.ids import stream_ids, stream_name
from ..kernel.time import NEVER
from ..ledger import Ledger


def totals_report(
    ledger: Ledger,
    *,
    programme_id: str,
    point_type: str | None = None,
    at: datetime | None = None,
    known_at: datetime | None = None,
) -> dict[str, object]:
    """Return what became of all points of one type; of several, a list in *totals*."""
    found = ledger.totals(programme_id=programme_id, at=at, known_at=known_at)
    documents = [
        attrs.asdict(totals)
        for totals in found
        if point_type in {None, totals.point_type}
    ]
    return documents[0] if len(documents) == 1 else {"totals": documents}


def balances_report(
    ledger: Ledger,
    *,
    programme_id: str,
    point_type: str,
    owner_kind: str = "member",
    at: datetime | None = None,
    known_at: datetime | None = None,
) -> dict[str, int]:
    """Return what each owner has outstanding; negative is debt.

    Whoever was known by then has an entry, be it 0. *owner_kind* is ``member`` or
    ``household``: members who share an account have none of it as their own.
    """
    as_of = AsOf(at=NEVER if at is None else at, known_at=known_at)
    owners = _owners(ledger, owner_kind, programme_id, as_of)
    balances = dict.fromkeys(owners, 0)
    found = ledger.balances_as_of(
        programme_id=programme_id, point_type=point_type, at=at, known_at=known_at
    )
    for account_id, balance in found:
        if account_id.owner_kind == owner_kind:
            balances[account_id.owner_id] = balance.outstanding
    return dict(sorted(balances.items()))


def _owners(
    ledger: Ledger, owner_kind: str, programme_id: str, as_of: AsOf
) -> Iterator[str]:
    prefix = stream_name(owner_kind, programme_id) + ":"
    for stream, events in ledger.store.all_streams(prefix):
        if as_of.of(events):
            yield stream_ids(stream)[2]
