"""Changing stored rows behind the ledger's back, on both engines."""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString, Protocol

import attrs
import psycopg

TABLES: tuple[LiteralString, ...] = ("ledger_stream", "ledger_event", "ledger_command")


class Connection(Protocol):
    def execute(self, query: Any, params: Any = (), /) -> Any: ...


@attrs.frozen
class Patient:
    """A database whose rows can be changed with plain SQL; `?` stands for values."""

    connection: Connection
    mark: str

    def run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        marked = statement.replace("?", self.mark)
        cursor = self.connection.execute(marked, values)
        return list(cursor.fetchall()) if cursor.description else []

    def event(self, stream: str, name: str, which: int = 0) -> int:
        """Return the position of an event of a stream, the first unless told."""
        rows = self.run(
            "SELECT e.id FROM ledger_event e JOIN ledger_stream s ON s.id = e.stream "
            "WHERE s.name = ? AND e.name = ? ORDER BY e.id",
            stream,
            name,
        )
        return int(rows[which][0])

    def last(self, stream: str) -> int:
        rows = self.run(
            "SELECT max(e.id) FROM ledger_event e "
            "JOIN ledger_stream s ON s.id = e.stream WHERE s.name = ?",
            stream,
        )
        return int(rows[0][0])

    def key_of(self, position: int) -> str:
        rows = self.run(
            "SELECT key FROM ledger_command "
            "WHERE first_event <= ? ORDER BY first_event DESC LIMIT 1",
            position,
        )
        return str(rows[0][0])

    def change(self, position: int, how: Callable[[dict[str, Any]], None]) -> None:
        """Change the payload of an event."""
        rows = self.run("SELECT payload FROM ledger_event WHERE id = ?", position)
        payload = json.loads(rows[0][0])
        how(payload)
        self.run(
            "UPDATE ledger_event SET payload = ? WHERE id = ?",
            json.dumps(payload),
            position,
        )


@contextmanager
def sqlite_patient(sound: Path, copy: Path) -> Iterator[Patient]:
    """Open a copy of a sound ledger."""
    shutil.copy(sound, copy)
    connection = sqlite3.connect(copy, isolation_level=None)
    try:
        yield Patient(connection, "?")
    finally:
        connection.close()


@contextmanager
def postgres_patient(url: str) -> Iterator[Patient]:
    """Open a ledger, and heal it afterwards."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET search_path TO loyaltyledger")
        for table in TABLES:
            connection.execute(f"CREATE TEMP TABLE kept_{table} AS TABLE {table}")
        try:
            yield Patient(connection, "%s")
        finally:
            for table in TABLES:
                connection.execute(f"TRUNCATE loyaltyledger.{table}")
                connection.execute(
                    f"INSERT INTO loyaltyledger.{table} OVERRIDING SYSTEM VALUE "
                    f"TABLE kept_{table}"
                )
