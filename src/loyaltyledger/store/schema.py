"""The tables, and the steps that lead to them.

A step is never edited once released: a change of the tables is a new step.
"""

from collections.abc import Mapping

import attrs

from .postgres_write import POSTGRES_WRITE


@attrs.frozen(kw_only=True)
class Step:
    """One version of the schema: what to run on each engine to get there."""

    name: str
    sqlite: tuple[str, ...]
    postgres: tuple[str, ...]


SQLITE_TABLES = (
    """CREATE TABLE {meta} (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) {strict_rowless}""",
    """CREATE TABLE {stream} (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        version INTEGER NOT NULL,
        recorded_at INTEGER NOT NULL
    ) {strict}""",
    """CREATE TABLE {event} (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        stream INTEGER NOT NULL,
        version INTEGER NOT NULL,
        name TEXT NOT NULL,
        at INTEGER NOT NULL,
        recorded_at INTEGER NOT NULL,
        payload TEXT NOT NULL,
        UNIQUE (stream, version)
    ) {strict}""",
    """CREATE TABLE {command} (
        key TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        digest BLOB NOT NULL,
        fields TEXT NOT NULL,
        first_event INTEGER NOT NULL,
        events INTEGER NOT NULL,
        recorded_at INTEGER NOT NULL
    ) {strict_rowless}""",
    "CREATE INDEX main.ledger_command_first_event ON ledger_command (first_event)",
)
# Collation "C" orders by bytes, as SQLite does, whatever the server's language.
POSTGRES_TABLES = (
    """CREATE TABLE {meta} (
        name text PRIMARY KEY,
        value text NOT NULL
    )""",
    """CREATE TABLE {stream} (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text COLLATE "C" NOT NULL UNIQUE,
        version bigint NOT NULL,
        recorded_at bigint NOT NULL
    )""",
    """CREATE TABLE {event} (
        id bigint PRIMARY KEY,
        stream bigint NOT NULL,
        version bigint NOT NULL,
        name text NOT NULL,
        at bigint NOT NULL,
        recorded_at bigint NOT NULL,
        payload text NOT NULL,
        UNIQUE (stream, version)
    )""",
    """CREATE TABLE {command} (
        key text COLLATE "C" PRIMARY KEY,
        name text NOT NULL,
        digest bytea NOT NULL,
        fields text NOT NULL,
        first_event bigint NOT NULL,
        events bigint NOT NULL,
        recorded_at bigint NOT NULL
    )""",
    "CREATE INDEX ledger_command_first_event ON {command} (first_event)",
)
# Commands in the order of the log: a key that is no number costs one narrow index.
SQLITE_COMMANDS = (
    """CREATE TABLE main.ledger_command_new (
        first_event INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        digest BLOB NOT NULL,
        fields TEXT NOT NULL,
        events INTEGER NOT NULL,
        recorded_at INTEGER NOT NULL
    ) {strict}""",
    """INSERT INTO main.ledger_command_new
        (first_event, key, name, digest, fields, events, recorded_at)
        SELECT first_event, key, name, digest, fields, events, recorded_at
        FROM {command} ORDER BY first_event""",
    "DROP TABLE {command}",
    "ALTER TABLE main.ledger_command_new RENAME TO ledger_command",
)
STEPS = (
    Step(name="tables", sqlite=SQLITE_TABLES, postgres=POSTGRES_TABLES),
    Step(name="one-write", sqlite=SQLITE_COMMANDS, postgres=POSTGRES_WRITE),
)
SUPPORTED = len(STEPS)
"""The schema version that this library reads and writes."""

META = "SELECT name, value FROM {meta}"
SET_META = (
    "INSERT INTO {meta} (name, value) VALUES (?, ?) "
    "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)


@attrs.frozen(kw_only=True)
class Meta:
    """What a database says about its own ledger."""

    version: int
    ledger_id: str
    xid_offset: int

    @classmethod
    def read(cls, rows: Mapping[str, str]) -> "Meta":
        return cls(
            version=int(rows.get("schema_version", "0")),
            ledger_id=rows.get("ledger_id", ""),
            xid_offset=int(rows.get("xid_offset", "0")),
        )
