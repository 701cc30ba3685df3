"""Small files of purchase lines, and a ledger to import them into."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import attrs

from loyaltyledger import Currency, Ledger, PointType, Programme, Rate
from loyaltyledger.connect import (
    Columns,
    ImportReport,
    MissingMember,
    Negative,
    PurchaseMap,
    Times,
    import_purchases,
)

NOW = datetime(2024, 6, 1, tzinfo=UTC)
HEADING = "card,receipt,item,qty,price,time"

SHOP = Programme(
    programme_id="shop",
    time_zone="UTC",
    currencies=(Currency(code="GBP"),),
    point_types=(
        PointType(
            name="points", rates=(Rate(currency="GBP", points=1, per=Decimal(1)),)
        ),
    ),
)

MAP = PurchaseMap(
    currency="GBP",
    negative=Negative.UNLINKED_RETURN,
    missing_member=MissingMember.SKIP,
    columns=Columns(
        member="card",
        purchase=("receipt",),
        sku="item",
        quantity="qty",
        unit_price="price",
        time="time",
    ),
    time=Times(zone="UTC"),
)


@attrs.frozen(kw_only=True)
class Till:
    """A ledger that knows the shop, and a folder for files."""

    ledger: Ledger
    folder: Path

    def write(self, *lines: str, heading: str = HEADING, name: str = "t.csv") -> Path:
        file = self.folder / name
        file.write_text("\n".join((heading, *lines)) + "\n", encoding="utf-8")
        return file

    @property
    def rejects(self) -> Path:
        return self.folder / "rejects.csv"

    def take_in(
        self, file: Path, how: PurchaseMap = MAP, *, facts_per_batch: int = 500
    ) -> ImportReport:
        return import_purchases(
            self.ledger,
            file,
            how,
            programme_id="shop",
            rejects=self.rejects,
            facts_per_batch=facts_per_batch,
        )

    def refused(self) -> list[str]:
        return self.rejects.read_text(encoding="utf-8").splitlines()[1:]

    def points(self, member_id: str) -> int:
        return self.ledger.balance(
            programme_id="shop", member_id=member_id, point_type="points"
        ).outstanding

    def events(self) -> list[tuple[str, int, str, bytes]]:
        """Return the log without what differs from run to run."""
        rows = self.ledger.store.raw(limit=100_000)
        return [(row.stream, row.version, row.name, row.payload) for row in rows]
