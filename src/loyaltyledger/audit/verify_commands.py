"""Whether each event belongs to one command, and a command's events agree."""

from collections.abc import Iterable, Iterator
from itertools import chain, pairwise

from ..store import (
    CommandRow,
    FieldDigests,
    RawEvent,
    Recorded,
    Store,
    StoreError,
)
from ..store.fingerprint import DIGEST_SIZE
from .findings import FindingKind as Kind
from .findings import Report
from .verify_dates import TermsOf
from .verify_origins import Asked
from .verify_together import together_problems
from .verify_writers import row_problems, writing_problems

PAGE = 1000
BEGINNING = -(2**62)


class CommandCheck:
    """Walks the log and the commands side by side, up to a position."""

    def __init__(
        self, store: Store, head: int, terms_of: TermsOf, report: Report
    ) -> None:
        self.commands = 0
        self._store = store
        self._head = head
        self._terms_of = terms_of
        self._latest = BEGINNING
        self._report = report
        self._log = self._up_to_head()
        self._next = next(self._log, None)
        self._covered = BEGINNING

    def check(self) -> Iterator[int]:
        """Check, yielding how many events have been seen each time."""
        rows: Iterable[CommandRow | None] = chain(self._store.commands(), (None,))
        for row, following in pairwise(rows):
            assert row is not None, "only the last is"
            if row.first_event > self._head and self._is_whole(row):
                # newer than this verification, or damaged: looked at by itself
                continue
            self.commands += 1
            yield self._command(row, following)
        self._orphans(before=None)

    def _up_to_head(self) -> Iterator[RawEvent]:
        after = BEGINNING
        while rows := self._store.raw(after=after, limit=PAGE):
            for row in rows:
                if row.position > self._head:
                    return
                if not row.stream:
                    # the only name that no list of streams begins after
                    problem = "its stream has no name"
                    self._report.add(Kind.WRONG_STREAM, problem, place=row)
                yield row
            after = rows[-1].position

    def _is_whole(self, row: CommandRow) -> bool:
        try:
            with self._store.reading() as reading:
                found = reading.key(row.key)
        except (StoreError, OverflowError):
            return False
        return found is not None and len(found.events) == row.events

    def _command(self, row: CommandRow, following: CommandRow | None) -> int:
        fields = self._fields(row)
        if row.first_event < self._covered:
            problem = "its events belong to another command too"
            self._report.add(Kind.COMMAND_OVERLAP, problem, key=row.key)
            return 0
        self._orphans(before=row.first_event)
        end = row.first_event + max(0, row.events)
        self._covered = end
        if following is not None and row.first_event < following.first_event:
            end = min(end, following.first_event)
        own = list(self._taken(end))
        if len(own) != row.events:
            problem = f"{row.events} events recorded, {len(own)} are there"
            place = own[0] if own else None
            self._report.add(Kind.COMMAND_INCOMPLETE, problem, place=place, key=row.key)
        for one in own:
            if one.recorded_at != row.recorded_at:
                problem = "recorded at another time than its command"
                self._report.add(Kind.COMMAND_DAMAGED, problem, place=one, key=row.key)
        self._agree(row, fields, own)
        return len(own)

    def _taken(self, end: int) -> Iterator[RawEvent]:
        while self._next is not None and self._next.position < end:
            yield self._next
            self._next = next(self._log, None)

    def _orphans(self, *, before: int | None) -> None:
        """Report events that no command has, up to where the next command begins."""
        while self._next is not None and (
            before is None or self._next.position < before
        ):
            if self._next.position >= self._covered:
                problem = "no command has recorded this event"
                self._report.add(Kind.COMMAND_MISSING, problem, place=self._next)
            self._next = next(self._log, None)

    def _fields(self, row: CommandRow) -> FieldDigests | None:
        """Check the row by itself, and return the digests of its fields."""
        if len(row.digest) != DIGEST_SIZE:
            problem = f"a digest of {len(row.digest)} bytes, not {DIGEST_SIZE}"
            self._report.add(Kind.COMMAND_DAMAGED, problem, key=row.key)
        if row.events < 1:
            problem = f"{row.events} events: no event means no command"
            self._report.add(Kind.COMMAND_DAMAGED, problem, key=row.key)
        fields = FieldDigests.read(row.fields)
        if fields is None:
            problem = "its fields are no digests"
            self._report.add(Kind.COMMAND_DAMAGED, problem, key=row.key)
            return None
        for problem in row_problems(row, fields):
            self._report.add(Kind.COMMAND_DAMAGED, problem, key=row.key)
        return fields

    def _agree(
        self, row: CommandRow, fields: FieldDigests | None, own: list[RawEvent]
    ) -> None:
        try:
            recorded: list[Recorded] = [self._store.decode(one) for one in own]
        except StoreError:
            # reported where it stands in its stream
            return
        for kind, problem, one in together_problems(recorded):
            self._report.add(kind, problem, place=one, key=row.key)
        for problem, one in writing_problems(row, recorded):
            self._report.add(Kind.COMMAND_DAMAGED, problem, place=one, key=row.key)
        if fields is None:
            return
        asked = Asked(row, fields, self._terms_of)
        is_by_clock = row.recorded_at > self._latest
        self._latest = max(self._latest, row.recorded_at)
        for problem, one in asked.problems(recorded, is_by_clock=is_by_clock):
            self._report.add(Kind.COMMAND_DAMAGED, problem, place=one, key=row.key)
