"""Making the tables of a PostgreSQL ledger, and checking them."""

import secrets
from hashlib import blake2b

from .errors import LogAheadError, NewerStoreError
from .postgres_session import PostgresSession, not_migrated
from .schema import META, SET_META, STEPS, SUPPORTED, Meta
from .settings import migrate_command

PLACE = (
    "SELECT max(id) >> {bits}, pg_snapshot_xmax(pg_current_snapshot())::text::bigint "
    "FROM {event}"
)
META_TABLE = (
    "SELECT 1 FROM pg_catalog.pg_tables "
    "WHERE schemaname = ? AND tablename = 'ledger_meta'"
)
SCHEMA = "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = ?"


def read_meta(session: PostgresSession, schema: str) -> Meta:
    found = session.rows(META_TABLE, (schema,))
    return Meta.read(dict(session.rows(META)) if found else {})


def check(session: PostgresSession, schema: str, database: str) -> str:
    """Return the ledger's id, if it can be written without confusing any reader."""
    meta = read_meta(session, schema)
    _refuse_newer(meta, database)
    if meta.version < SUPPORTED:
        raise not_migrated(database, schema)
    log, server = _log_and_server(session, meta)
    if log >= server:
        remedy = migrate_command(database, schema)
        raise LogAheadError(database=database, log=log, server=server, remedy=remedy)
    return meta.ledger_id


def migrate(session: PostgresSession, schema: str, database: str) -> tuple[str, ...]:
    """Take the steps that are missing, and name them; who comes second finds none."""
    session.rows("SELECT pg_advisory_xact_lock(?)", (_lock_number(schema),))
    meta = read_meta(session, schema)
    _refuse_newer(meta, database)
    missing = STEPS[meta.version :]
    if not session.rows(SCHEMA, (schema,)):
        session.run("CREATE SCHEMA {schema}")
    for step in missing:
        for statement in step.postgres:
            session.run(statement)
    taken = [step.name for step in missing]
    if missing:
        session.run(SET_META, ("schema_version", str(SUPPORTED)))
        session.run(SET_META, ("ledger_id", meta.ledger_id or secrets.token_hex(16)))
        session.run(SET_META, ("xid_offset", str(meta.xid_offset)))
    log, server = _log_and_server(session, meta)
    if log >= server:
        offset = meta.xid_offset + log + 1 - server
        session.run(SET_META, ("xid_offset", str(offset)))
        taken.append("xid-offset")
    return tuple(taken)


def _log_and_server(session: PostgresSession, meta: Meta) -> tuple[int, int]:
    """Return the transaction of the newest event, and the next of the server."""
    log, server = session.rows(PLACE)[0]
    return (-1 if log is None else int(log)), meta.xid_offset + int(server)


def _lock_number(schema: str) -> int:
    digest = blake2b(f"loyaltyledger migrate {schema}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _refuse_newer(meta: Meta, database: str) -> None:
    if meta.version > SUPPORTED:
        raise NewerStoreError(
            database=database, found=meta.version, supported=SUPPORTED
        )
