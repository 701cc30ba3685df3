"""Lines of a file put in order outside memory: grouped into purchases, by time.

A private SQLite file without a name holds them. The system removes it when this
process ends, however it ends.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime
from types import TracebackType
from typing import Self

import attrs

from .lines import ReadLine

_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA temp_store = FILE;
PRAGMA cache_size = -16000;
CREATE TABLE line(number INTEGER PRIMARY KEY, purchase TEXT, at TEXT, body TEXT);
CREATE TABLE refused(number INTEGER, purchase TEXT, reason TEXT);
CREATE TABLE member(member TEXT PRIMARY KEY) WITHOUT ROWID;
"""

_GROUPING = """
CREATE INDEX line_purchase ON line(purchase, number, at);
CREATE TABLE purchase AS
    SELECT purchase, min(at) AS at, min(number) AS first FROM line GROUP BY purchase;
CREATE TABLE broken AS
    SELECT purchase, min(number) AS first FROM refused
    WHERE purchase IS NOT NULL GROUP BY purchase;
CREATE UNIQUE INDEX broken_purchase ON broken(purchase);
DELETE FROM purchase WHERE purchase IN (SELECT purchase FROM broken);
INSERT INTO refused
    SELECT line.number, purchase,
        'line ' || broken.first || ' of this purchase was refused'
    FROM line JOIN broken USING (purchase);
"""

_INSERT_LINE = "INSERT INTO line VALUES (?, ?, ?, ?)"
_INSERT_REFUSED = "INSERT INTO refused VALUES (?, ?, ?)"
_IN_ORDER = "SELECT purchase, at FROM purchase ORDER BY at, first"
_LINES = "SELECT number, body FROM line WHERE purchase = ? ORDER BY number"
_REFUSED = "SELECT DISTINCT number, purchase, reason FROM refused ORDER BY number"


@attrs.frozen(kw_only=True)
class StagedLine:
    """A line of a purchase, as it was read from line *number* of the file."""

    number: int
    member_id: str
    parts: dict[str, str]
    paid: tuple[str, ...]


@attrs.frozen(kw_only=True)
class StagedPurchase:
    """Lines that belong together; *at* is the earliest of their times."""

    purchase_id: str
    at: datetime
    lines: tuple[StagedLine, ...]

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(line.number for line in self.lines)


@attrs.frozen(kw_only=True)
class RefusedLine:
    """A line that was not taken, and why; *purchase_id* as far as it is known."""

    number: int
    purchase_id: str
    reason: str


class Staging:
    """Where lines wait until all of them have been read."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(_TABLES)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()

    def add(self, lines: Iterable[tuple[int, ReadLine]]) -> None:
        """Put lines in, each with its number."""
        rows = (
            (
                number,
                line.purchase_id,
                line.at.isoformat(timespec="microseconds"),
                _body(line),
            )
            for number, line in lines
        )
        self._many(_INSERT_LINE, rows)

    def refuse(
        self, numbers: Iterable[int], purchase_id: str | None, reason: str
    ) -> None:
        """Put down why lines are not taken."""
        self._many(
            _INSERT_REFUSED, ((number, purchase_id, reason) for number in numbers)
        )

    def group(self) -> int:
        """Make purchases of the lines, without those of which a line was refused.

        Returns how many there are.
        """
        self._database.executescript(_GROUPING)
        return self._one("SELECT count(*) FROM purchase")

    def purchases(self) -> Iterator[StagedPurchase]:
        """Give the purchases in order of time, then of their first line."""
        for purchase_id, at in self._database.execute(_IN_ORDER):
            lines = self._database.execute(_LINES, (purchase_id,))
            yield StagedPurchase(
                purchase_id=purchase_id,
                at=datetime.fromisoformat(at),
                lines=tuple(_staged(number, body) for number, body in lines),
            )

    def is_first_of(self, member_id: str) -> bool:
        """Say whether this member is asked about for the first time."""
        insert = "INSERT OR IGNORE INTO member VALUES (?)"
        return self._database.execute(insert, (member_id,)).rowcount == 1

    def last_at(self) -> datetime | None:
        """Return when the last purchase was."""
        found = self._database.execute("SELECT max(at) FROM purchase").fetchone()[0]
        return None if found is None else datetime.fromisoformat(found)

    def refused(self) -> Iterator[RefusedLine]:
        """Give the lines that were not taken, in the order of the file."""
        for number, purchase_id, reason in self._database.execute(_REFUSED):
            yield RefusedLine(
                number=number, purchase_id=purchase_id or "", reason=reason
            )

    def refused_count(self) -> int:
        return self._one("SELECT count(DISTINCT number) FROM refused")

    def broken_count(self) -> int:
        """Count the purchases of which a line could not be read."""
        return self._one("SELECT count(*) FROM broken")

    def _one(self, question: str) -> int:
        return int(self._database.execute(question).fetchone()[0])

    def _many(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        self._database.execute("BEGIN")
        self._database.executemany(statement, rows)
        self._database.execute("COMMIT")


def _body(line: ReadLine) -> str:
    return json.dumps([line.member_id, line.parts, line.paid])


def _staged(number: int, body: str) -> StagedLine:
    member_id, parts, paid = json.loads(body)
    return StagedLine(number=number, member_id=member_id, parts=parts, paid=tuple(paid))
