"""Rows that a page of the log changes: read once, changed in memory, written once."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from .view import UnreadableRowError

T = TypeVar("T")
Key = tuple[Any, ...]
Row = dict[str, Any]
PARAMETERS_MAX = 300


def chunks(items: Iterable[T]) -> Iterable[tuple[T, ...]]:
    """Cut into pieces that fit into one statement."""
    rest = iter(items)
    while chunk := tuple(islice(rest, PARAMETERS_MAX)):
        yield chunk


class Rows:
    """Rows of one table, by their primary key. Change *rows* at will, then save."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._key = tuple(column.name for column in table.primary_key.columns)
        self._stored: dict[Key, Row] = {}
        self.rows: dict[Key, Row] = {}

    def load(self, connection: Connection, condition: ColumnElement[bool]) -> None:
        found = connection.execute(select(self._table).where(condition)).mappings()
        for row in found:
            key = self._key_of(row)
            self._stored[key] = dict(row)
            self.rows[key] = dict(row)

    def add(self, row: Row) -> None:
        self.rows[self._key_of(row)] = row

    def check(self, view: str) -> None:
        """Refuse rows that were loaded and hold other values than their columns are."""
        for row in self._stored.values():
            for column in self._table.columns:
                value = row[column.name]
                is_right = isinstance(value, column.type.python_type)
                if not is_right and not (value is None and column.nullable):
                    where = f"{column.name} in {self._table.name}"
                    raise UnreadableRowError(view=view, column=where, value=value)

    def save(self, connection: Connection) -> None:
        """Write what differs from what is stored."""
        gone = [key for key in self._stored if key not in self.rows]
        new = [row for key, row in self.rows.items() if key not in self._stored]
        changed = [
            row
            for key, row in self.rows.items()
            if key in self._stored and row != self._stored[key]
        ]
        self._delete(connection, gone)
        self._update(connection, changed)
        insert_all(connection, self._table, new)

    def _delete(self, connection: Connection, keys: Sequence[Key]) -> None:
        if keys:
            statement = delete(self._table).where(self._is_keyed())
            connection.execute(
                statement,
                [
                    {
                        f"key_{name}": part
                        for name, part in zip(self._key, key, strict=True)
                    }
                    for key in keys
                ],
            )

    def _update(self, connection: Connection, rows: Sequence[Row]) -> None:
        if rows:
            others = [name for name in rows[0] if name not in self._key]
            statement = (
                update(self._table)
                .where(self._is_keyed())
                .values({name: bindparam(f"new_{name}") for name in others})
            )
            connection.execute(
                statement,
                [
                    {f"key_{name}": row[name] for name in self._key}
                    | {f"new_{name}": row[name] for name in others}
                    for row in rows
                ],
            )

    def _is_keyed(self) -> ColumnElement[bool]:
        columns = self._table.c
        return and_(*(columns[name] == bindparam(f"key_{name}") for name in self._key))

    def _key_of(self, row: Any) -> Key:  # noqa: ANN401  # a dict, or a row
        return tuple(row[name] for name in self._key)


def insert_all(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    if rows:
        connection.execute(insert(table), list(rows))
