"""One pass over the log: streams whole and in order, accounts followed step by step."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import attrs

from ..kernel.ids import stream_ids
from ..store.bulk import RawRow
from ..store.codec import Codec, UnreadableError
from ..store.names import NAMES, UPCASTS
from ..store.shapes import readers_of
from .findings import FindingKind as Kind
from .findings import Report
from .replay_digest import LogDigest
from .replay_end import judge
from .replay_shapes import ACCOUNT_SHAPES, PROGRAMME_DEFINED, Anything, ProgrammeDefined
from .replay_state import Account, Books, Problems
from .replay_steps import STEPS, Step

MICROS = 10**6
ACCOUNT_IDS = 5
BEGINNING = datetime.min.replace(tzinfo=UTC)

Event = Any
"""One of the shapes; each has an instant, ``at``."""

Readers = dict[str, tuple[Callable[[bytes], Any], Step | None]]


@attrs.define
class Stream:
    """How far a stream has come; of a lost one nothing more can be said."""

    version: int = 0
    recorded_at: int = -(2**63)
    account: Account | None = None
    is_lost: bool = False


@attrs.frozen(kw_only=True)
class Place:
    """Where an event stands."""

    position: int
    stream: str
    version: int


class Pass:
    """Takes in the whole log, and knows every account in the end."""

    def __init__(self) -> None:
        self.digest = LogDigest()
        self.report = Report()
        self.events = 0
        self.streams: dict[str, Stream] = {}
        self.programmes: dict[str, list[ProgrammeDefined]] = {}
        self._books: dict[tuple[str, str], Books] = {}
        self._problems: Problems = []
        self._readers = _readers()

    def play(self, rows: list[RawRow]) -> None:
        """Take in events that follow those before them."""
        self.digest.add(rows)
        self.events += len(rows)
        streams, readers = self.streams, self._readers
        for row in rows:
            _, stream_name, version, name, at, recorded_at, payload = row
            stream = streams.get(stream_name)
            if stream is None:
                stream = streams[stream_name] = self._new_stream(stream_name)
            if stream.is_lost or version != stream.version + 1:
                self._gap(row, stream)
                continue
            if recorded_at < stream.recorded_at:
                problem = f"recorded before version {version - 1}"
                self._tell(row, Kind.RECORDED_ORDER, problem)
            stream.version, stream.recorded_at = version, recorded_at
            try:
                reader, step = readers[name]
                event = reader(payload)
            except (KeyError, UnreadableError, ValueError, RecursionError) as error:
                self._unreadable(row, stream, error)
                continue
            if event.at.timestamp() != at / MICROS:
                self._tell(row, Kind.INSTANT_MISMATCH, "another instant outside")
            if stream.account is None or step is None:
                self._take_no_step(row, stream, step, event)
            else:
                self._take(row, stream, stream.account, step, event)

    def _take(
        self, row: RawRow, stream: Stream, account: Account, step: Step, event: Event
    ) -> None:
        try:
            step(account, event)
            if event.at > account.latest_at:  # noqa: PLR1730  # twice as fast
                account.latest_at = event.at
        except (LookupError, TypeError) as error:
            problem = f"{error} is not there"
            self._lose(row, stream, Kind.BROKEN_REFERENCE, problem)
        if self._problems:
            for kind, problem in self._problems:
                self._tell(row, kind, problem)
            self._problems.clear()

    def _new_stream(self, name: str) -> Stream:
        if not name.startswith("account:"):
            return Stream()
        ids = stream_ids(name)
        if len(ids) != ACCOUNT_IDS:
            problem = "no account is called so"
            self.report.add(Kind.WRONG_STREAM, problem, stream=name)
            return Stream(is_lost=True)
        _, programme_id, _, _, point_type = ids
        books = self._books.setdefault((programme_id, point_type), {})
        return Stream(account=Account(books, self._problems, BEGINNING))

    def _gap(self, row: RawRow, stream: Stream) -> None:
        if not stream.is_lost:
            problem = f"version {stream.version + 1} is missing"
            self._lose(row, stream, Kind.VERSION_GAP, problem)

    def _unreadable(self, row: RawRow, stream: Stream, error: Exception) -> None:
        if isinstance(error, KeyError):
            problem = f"no event is called {row[3]!r}"
            self._lose(row, stream, Kind.UNKNOWN_EVENT, problem)
        else:
            self._lose(row, stream, Kind.DAMAGED_EVENT, str(error))

    def _take_no_step(
        self,
        row: RawRow,
        stream: Stream,
        step: Step | None,
        event: Any,  # noqa: ANN401  # any shape
    ) -> None:
        if step is not None or stream.account is not None:
            problem = f"{row[3]!r} does not belong in such a stream"
            self._lose(row, stream, Kind.WRONG_STREAM, problem)
        elif row[3] == PROGRAMME_DEFINED:
            programme_id = stream_ids(row[1])[1]
            self.programmes.setdefault(programme_id, []).append(event)

    def end(self) -> None:
        """Judge what only the end can tell."""
        for name, account in self.accounts():
            judge(account)
            for kind, problem in self._problems:
                self.report.add(kind, problem, stream=name)
            self._problems.clear()
        if any(stream.is_lost for stream in self.streams.values()):
            return
        self._judge_books()

    def accounts(self) -> Iterator[tuple[str, Account]]:
        """Give the accounts that could be followed to their end."""
        for name, stream in self.streams.items():
            if stream.account is not None and not stream.is_lost:
                yield name, stream.account

    def _judge_books(self) -> None:
        """All postings sum to zero, and what was sent was received."""
        sums: dict[tuple[str, str], int] = {}
        for name, account in self.accounts():
            _, programme_id, _, _, point_type = stream_ids(name)
            key = programme_id, point_type
            sums[key] = sums.get(key, 0) + account.posted()
        for key, books in self._books.items():
            where = f"{key[1]!r} of programme {key[0]!r}"
            if sums.get(key, 0) + sum(books.values()):
                problem = f"the postings of {where} do not sum to zero"
                self.report.add(Kind.POSTINGS_UNBALANCED, problem)
            if books.get("transfer"):
                problem = f"{books['transfer']} more {where} were sent than received"
                self.report.add(Kind.TRANSFER_UNBALANCED, problem)

    def _lose(self, row: RawRow, stream: Stream, kind: Kind, problem: str) -> None:
        self._tell(row, kind, problem)
        stream.is_lost = True

    def _tell(self, row: RawRow, kind: Kind, problem: str) -> None:
        place = Place(position=row[0], stream=row[1], version=row[2])
        self.report.add(kind, problem, place=place)


def _readers() -> Readers:
    """Return how each stored name is read, and the step that it is."""
    kinds = dict.fromkeys(NAMES, Anything) | ACCOUNT_SHAPES
    kinds[PROGRAMME_DEFINED] = ProgrammeDefined
    codec = Codec(NAMES, UPCASTS)
    newest = codec.old_names()
    return {
        name: (reader, STEPS.get(newest.get(name, name)))
        for name, reader in readers_of(kinds, codec).items()
    }
