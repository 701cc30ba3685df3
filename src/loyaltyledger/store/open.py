"""Opening the database that a URL names."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import assert_never

from .codec import Codec, Upcast
from .engine import Engine
from .errors import StoreUrlError
from .settings import (
    BUSY_TIMEOUT_S,
    POOL_SIZE,
    PREPARE_THRESHOLD,
    SCHEMA,
    Durability,
    Settings,
)
from .sqlite import SqliteFile, SqliteMemory
from .store import Store
from .urls import FilePlace, MemoryPlace, ServerPlace, place

SCHEMA_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")


def open_store(
    url: str,
    *,
    names: Mapping[str, type],
    upcasts: Mapping[str, Upcast] | None = None,
    clock: Callable[[], datetime],
    schema: str = SCHEMA,
    busy_timeout_s: float = BUSY_TIMEOUT_S,
    statement_timeout_s: float | None = None,
    idle_timeout_s: float | None = None,
    pool_size: int = POOL_SIZE,
    prepare_threshold: int | None = PREPARE_THRESHOLD,
    durability: Durability = Durability.FULL,
) -> Store:
    """Open a ledger. A SQLite file that is absent or empty becomes one."""
    codec = Codec(names, upcasts)
    settings = Settings(
        schema=schema,
        busy_timeout_s=busy_timeout_s,
        statement_timeout_s=statement_timeout_s,
        idle_timeout_s=idle_timeout_s,
        pool_size=pool_size,
        prepare_threshold=prepare_threshold,
        durability=durability,
    )
    engine = _engine(url, settings)
    try:
        ledger_id = engine.open()
    except BaseException:
        engine.close()
        raise
    return Store(engine, codec=codec, clock=clock, ledger_id=ledger_id)


def migrate_store(
    url: str, *, schema: str = SCHEMA, busy_timeout_s: float = BUSY_TIMEOUT_S
) -> tuple[str, ...]:
    """Make or update the tables; return the steps taken, none if there were none."""
    settings = Settings(schema=schema, busy_timeout_s=busy_timeout_s, pool_size=1)
    engine = _engine(url, settings)
    try:
        return engine.migrate()
    finally:
        engine.close()


def _engine(url: str, settings: Settings) -> Engine:
    found = place(url)
    match found:
        case MemoryPlace():
            return SqliteMemory()
        case FilePlace():
            return SqliteFile(found.path, settings)
        case ServerPlace():
            return _postgres(found, settings)
        case _:
            assert_never(found)


def _postgres(found: ServerPlace, settings: Settings) -> Engine:
    try:
        # The driver is an extra.
        from .postgres import PostgresEngine  # noqa: PLC0415
    except ImportError as error:
        problem = "PostgreSQL needs: pip install 'loyaltyledger[postgres]'"
        raise StoreUrlError(url=found.shown, problem=problem) from error
    if not SCHEMA_NAME.fullmatch(settings.schema):
        problem = f"a schema has a plain name, not {settings.schema!r}"
        raise StoreUrlError(url=found.shown, problem=problem)
    return PostgresEngine(found, settings)
