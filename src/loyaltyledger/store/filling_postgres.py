"""A whole log by COPY, in one transaction that nobody else sees into."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager

from .engine import Row
from .filling_rows import COMMAND, EVENT, FILLED, STREAM
from .postgres_schema import migrate
from .postgres_session import PostgresSession
from .schema import SET_META

LOCK = "LOCK TABLE {meta}, {stream}, {event}, {command} IN ACCESS EXCLUSIVE MODE"
STREAM_IDS = (
    "SELECT setval(pg_get_serial_sequence(?, 'id'), max(id)) FROM {stream} "
    "HAVING max(id) IS NOT NULL"
)
COPIES_AHEAD = 2
"""How many COPYs may wait: of the events and the commands that came together."""


class PostgresFilling:
    """Copies in a thread of its own: the server works while more is read and checked.

    The ids stay as they are: the server's own begin above them, by an offset.
    """

    events_at_once = 5000  # each COPY is a round trip

    def __init__(
        self,
        session: PostgresSession,
        thread: Executor,
        *,
        schema: str,
        database: str,
    ) -> None:
        self._session = session
        self._thread = thread
        self._schema = schema
        self._database = database
        self._copies: deque[Future[None]] = deque()

    def is_empty(self) -> bool:
        self._session.run(LOCK)
        return not self._session.rows(FILLED)

    def events(self, rows: Sequence[Row]) -> None:
        kinds = ("int8", "int8", "int8", "text", "int8", "int8", "text")
        self._copy("event", EVENT, kinds, rows)

    def commands(self, rows: Sequence[Row]) -> None:
        kinds = ("text", "text", "bytea", "text", "int8", "int8", "int8")
        self._copy("command", COMMAND, kinds, rows)

    def streams(self, rows: Sequence[Row]) -> None:
        self._copy("stream", STREAM, ("int8", "text", "int8", "int8"), rows)

    def _copy(
        self,
        table: str,
        columns: Sequence[str],
        kinds: Sequence[str],
        rows: Sequence[Row],
    ) -> None:
        self._wait(COPIES_AHEAD - 1)
        into = f"COPY {{{table}}} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
        self._copies.append(self._thread.submit(self._session.copy, into, kinds, rows))

    def _wait(self, ahead: int) -> None:
        """Let only so many COPYs wait, and raise what became of those before."""
        while len(self._copies) > ahead:
            self._copies.popleft().result()

    def finish(self, ledger_id: str) -> None:
        self._wait(0)
        name = f'"{self._schema}"."ledger_stream"'
        self._session.rows(STREAM_IDS, (name,))
        self._session.run(SET_META, ("ledger_id", ledger_id))
        migrate(self._session, self._schema, self._database)


@contextmanager
def filled_by_copy(
    session: PostgresSession, *, schema: str, database: str
) -> Iterator[PostgresFilling]:
    """Fill the tables of a schema; no COPY goes on after the end."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        yield PostgresFilling(session, thread, schema=schema, database=database)
