"""Making the tables of a SQLite ledger, and checking them."""

import secrets
from contextlib import AbstractContextManager
from typing import Protocol

from .engine import Session
from .errors import NewerStoreError, NotMigratedError
from .schema import META, SET_META, STEPS, SUPPORTED, Meta


class _Engine(Protocol):
    @property
    def database(self) -> str: ...

    def reading(self) -> AbstractContextManager[Session]: ...

    def writing(self) -> AbstractContextManager[Session]: ...


def read_meta(session: Session) -> Meta:
    if not session.rows("SELECT 1 FROM main.sqlite_master WHERE name = 'ledger_meta'"):
        return Meta.read({})
    return Meta.read(dict(session.rows(META)))


def open_ledger(engine: _Engine) -> str:
    """Return the ledger's id; a file with nothing in it becomes a ledger."""
    with engine.reading() as session:
        meta = read_meta(session)
        empty = not session.rows("SELECT 1 FROM main.sqlite_master LIMIT 1")
    if empty:
        migrate(engine)
        with engine.reading() as session:
            meta = read_meta(session)
    _refuse_newer(engine, meta)
    if meta.version < SUPPORTED:
        remedy = f"loyaltyledger migrate --db {engine.database}"
        raise NotMigratedError(database=engine.database, remedy=remedy)
    return meta.ledger_id


def migrate(engine: _Engine) -> tuple[str, ...]:
    """Take the steps that are missing, and name them; who comes second finds none."""
    with engine.writing() as session:
        meta = read_meta(session)
        _refuse_newer(engine, meta)
        missing = STEPS[meta.version :]
        for step in missing:
            for statement in step.sqlite:
                session.run(statement)
        if missing:
            session.run(SET_META, ("schema_version", str(SUPPORTED)))
            session.run(
                SET_META, ("ledger_id", meta.ledger_id or secrets.token_hex(16))
            )
    return tuple(step.name for step in missing)


def _refuse_newer(engine: _Engine, meta: Meta) -> None:
    if meta.version > SUPPORTED:
        raise NewerStoreError(
            database=engine.database, found=meta.version, supported=SUPPORTED
        )
