"""Importing purchases: read, put in order, carry out in batches, say what came of it.

Everything is keyed by programme and purchase, so a file can be imported again, or
after a crash in the middle, and only what is missing is added.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path

import attrs

from ..desk import programme_stream
from ..kernel.errors import KeyReusedError, LedgerError, UnknownProgrammeError
from ..ledger import Ledger
from ..members import Enrol
from ..purchases import RecordPurchase
from ..receipt import Receipt
from .errors import ImportFileError
from .facts import BadPurchaseError, Fact, fact_of, import_key
from .lines import BadCellError, LineReader, ReadLine, check_heading
from .purchase_map import MissingMember, PurchaseMap
from .rejects import begin_rejects, write_rejects
from .staging import StagedPurchase, Staging
from .table import Row, Table

ROWS_PER_PAGE = 1000
LINES_PER_BATCH = 20_000

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


def _unwatched(_what: str, _done: int, _total: int) -> None:
    pass


@attrs.frozen(kw_only=True)
class ImportReport:
    """What an import did. Lines are those of the file, without its heading."""

    lines: int = 0
    purchases_recorded: int = 0
    returns_recorded: int = 0
    already_there: int = 0
    members_enrolled: int = 0
    lines_without_member: int = 0
    purchases_without_member: int = 0
    lines_refused: int = 0
    purchases_refused: int = 0
    last_at: datetime | None = None

    @property
    def has_changed(self) -> bool:
        """Say whether anything was written."""
        written = self.purchases_recorded + self.returns_recorded
        return bool(written + self.members_enrolled)


def import_purchases(
    ledger: Ledger,
    file: Path | str,
    how: PurchaseMap,
    *,
    programme_id: str,
    rejects: Path | str | None = None,
    facts_per_batch: int = 500,
    progress: Progress = _unwatched,
) -> ImportReport:
    """Import a CSV file, plain or gzip.

    Refused lines go to *rejects* with number and reason, and stop nothing; no file but
    the rejects of an earlier run is written over. One refuses its whole purchase.
    """
    with ledger.store.reading() as reading:
        if not reading.version(programme_stream(programme_id)):
            raise UnknownProgrammeError(name=programme_id)
    check_heading(Path(file), how)
    if rejects is not None:
        begin_rejects(Path(rejects), url=ledger.store.database, kept=(Path(file),))
    try:
        with Staging() as staging:
            run = _Import(ledger, staging, how, programme_id, facts_per_batch)
            try:
                run.read(Path(file), progress)
                run.carry_out(progress)
            finally:
                if rejects is not None:
                    write_rejects(Path(rejects), staging.refused())
            return run.report()
    except sqlite3.Error as error:
        problem = f"no room to put it in order: {error}"
        raise ImportFileError(file=str(file), problem=problem) from error


class _Import:
    """One run over one file."""

    def __init__(
        self,
        ledger: Ledger,
        staging: Staging,
        how: PurchaseMap,
        programme_id: str,
        facts_per_batch: int,
    ) -> None:
        self._ledger = ledger
        self._staging = staging
        self._how = how
        self._programme_id = programme_id
        self._facts_per_batch = facts_per_batch
        self._counts: Counter[str] = Counter()

    # ── reading ─────────────────────────────────────────────────────────────

    def read(self, file: Path, progress: Progress) -> None:
        """Stage every line, or put down why not."""
        how = self._how
        with Table(file, encoding=how.encoding, delimiter=how.delimiter) as table:
            reader = LineReader(how, table)
            page: list[tuple[int, ReadLine]] = []
            for row in table:
                self._count(lines=len(row.pieces) or 1)
                line = self._line(row, reader)
                if line is not None:
                    page.append((row.number, line))
                if len(page) == ROWS_PER_PAGE:
                    self._staging.add(page)
                    page.clear()
                    progress("reading", table.bytes_done, table.bytes_total)
            self._staging.add(page)
            progress("reading", table.bytes_total, table.bytes_total)

    def _line(self, row: Row, reader: LineReader) -> ReadLine | None:
        if not row.problem:
            try:
                return reader.read(row.cells)
            except BadCellError as bad:
                known = reader.guessed_purchase_id(row.cells)
                self._staging.refuse((row.number,), known, str(bad))
        for number, cells in row.pieces:
            known = reader.guessed_purchase_id(cells)
            self._staging.refuse((number,), known, f"line {row.number} {row.problem}")
        return None

    # ── carrying out ────────────────────────────────────────────────────────

    def carry_out(self, progress: Progress) -> None:
        """Record the purchases in order of time, a batch at a time."""
        total = self._staging.group()
        self._count(purchases_refused=self._staging.broken_count())
        done = 0
        for batch in self._batches():
            self._record(batch)
            done += len(batch)
            progress("recording", done, total)
        progress("recording", total, total)

    def _batches(self) -> Iterator[list[tuple[StagedPurchase, Fact]]]:
        batch: list[tuple[StagedPurchase, Fact]] = []
        lines = 0
        for purchase in self._staging.purchases():
            fact = self._fact(purchase)
            if fact is None:
                continue
            batch.append((purchase, fact))
            lines += len(purchase.lines)
            if len(batch) >= self._facts_per_batch or lines >= LINES_PER_BATCH:
                yield batch
                batch, lines = [], 0
        if batch:
            yield batch

    def _fact(self, purchase: StagedPurchase) -> Fact | None:
        if not any(line.member_id for line in purchase.lines):
            if self._how.missing_member is MissingMember.REFUSE:
                self._refuse(purchase, "names no member")
            else:
                self._count(
                    lines_without_member=len(purchase.lines),
                    purchases_without_member=1,
                )
            return None
        try:
            return fact_of(purchase, self._how, self._programme_id)
        except (BadPurchaseError, LedgerError) as error:
            self._refuse(purchase, str(error))
            return None

    def _record(self, batch: list[tuple[StagedPurchase, Fact]]) -> None:
        """Carry a batch out in one commit, and count what came of it."""
        commands = tuple(self._commands(fact for _, fact in batch))
        known = self._known(commands)
        outcomes = self._ledger.execute_many(commands)
        purchases = {fact.key: purchase for purchase, fact in batch}
        for command, outcome in zip(commands, outcomes, strict=True):
            if isinstance(command, Enrol):
                # Refused: somebody had enrolled the member before.
                is_new = isinstance(outcome, Receipt) and command.key not in known
                self._count(members_enrolled=is_new)
            elif isinstance(outcome, LedgerError):
                self._refuse(purchases[command.key], _reason(outcome))
            elif command.key in known:
                self._count(already_there=1)
            elif isinstance(command, RecordPurchase):
                self._count(purchases_recorded=1)
            else:
                self._count(returns_recorded=1)

    def _commands(self, facts: Iterable[Fact]) -> Iterator[Fact | Enrol]:
        """Enrol each member just before the first of their purchases."""
        for fact in facts:
            if self._how.enrol and self._staging.is_first_of(fact.member_id):
                yield Enrol(
                    key=import_key("import-member", self._programme_id, fact.member_id),
                    programme_id=self._programme_id,
                    member_id=fact.member_id,
                    at=fact.at,
                )
            yield fact

    def _known(self, commands: Iterable[Fact | Enrol]) -> frozenset[str]:
        with self._ledger.store.reading() as reading:
            keys = (command.key for command in commands)
            return frozenset(key for key in keys if reading.key(key) is not None)

    # ── counting ────────────────────────────────────────────────────────────

    def report(self) -> ImportReport:
        return ImportReport(
            **self._counts,
            lines_refused=self._staging.refused_count(),
            last_at=self._staging.last_at(),
        )

    def _refuse(self, purchase: StagedPurchase, reason: str) -> None:
        self._staging.refuse(purchase.numbers, purchase.purchase_id, reason)
        self._count(purchases_refused=1)

    def _count(self, **more: int) -> None:
        self._counts.update(more)


def _reason(error: LedgerError) -> str:
    if isinstance(error, KeyReusedError):
        what = ", ".join(error.differing)
        return f"was imported before with other contents ({what}); that stands"
    return str(error)
