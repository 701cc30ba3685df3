"""A host with orders of its own, on each kind of connection and each engine."""

import contextlib
import sqlite3
from collections.abc import Iterator
from typing import Any, Protocol

import psycopg
import sqlalchemy as sa
from sqlalchemy.orm import Session

KINDS = ("driver", "connection", "session")


class Host(Protocol):
    """What these connections have in common."""

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    def close(self) -> None: ...


def connected(url: str) -> Any:
    """Open the driver's own connection."""
    if url.startswith("sqlite"):
        return sqlite3.connect(url.removeprefix("sqlite:///"))
    return psycopg.connect(url)


@contextlib.contextmanager
def host_of(kind: str, url: str) -> Iterator[Host]:
    """Open whatever a host may hold."""
    if kind == "driver":
        with contextlib.closing(connected(url)) as connection:
            yield connection
        return
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    made: Host = engine.connect() if kind == "connection" else Session(engine)
    with contextlib.closing(made):
        yield made
    engine.dispose()


def order(host: Any, number: int) -> None:
    """Write an order in the host's transaction."""
    statement = f"INSERT INTO orders VALUES ({number})"
    host.execute(statement if hasattr(host, "cursor") else sa.text(statement))


def orders(url: str) -> list[int]:
    """Read the orders that are durable."""
    with contextlib.closing(connected(url)) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT id FROM orders ORDER BY id")
        return [number for (number,) in cursor.fetchall()]


def make_orders_table(url: str) -> None:
    with contextlib.closing(connected(url)) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY)")
        connection.commit()
