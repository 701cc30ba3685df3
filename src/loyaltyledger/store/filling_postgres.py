"""A whole log by COPY, in one transaction that nobody else sees into."""

from collections.abc import Sequence

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


class PostgresFilling:
    """The ids stay as they are: the server's own begin above them, by an offset."""

    events_at_once = 5000  # each COPY is a round trip

    def __init__(self, session: PostgresSession, *, schema: str, database: str) -> None:
        self._session = session
        self._schema = schema
        self._database = database

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
        into = f"COPY {{{table}}} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
        self._session.copy(into, kinds, rows)

    def finish(self, ledger_id: str) -> None:
        name = f'"{self._schema}"."ledger_stream"'
        self._session.rows(STREAM_IDS, (name,))
        self._session.run(SET_META, ("ledger_id", ledger_id))
        migrate(self._session, self._schema, self._database)
