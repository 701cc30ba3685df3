"""Writing on the host's own connection, inside the host's own transaction.

The host's connection is one of `sqlite3` or `psycopg`, or SQLAlchemy's Connection or
Session around such a one. It is never committed or rolled back here.
"""

import sqlite3
from typing import Any

from .engine import Session
from .errors import (
    HostConnectionError,
    NotMigratedError,
    StoreFailedError,
    TransactionRequiredError,
)
from .schema import META
from .sqlite_session import SqliteSession

NO_LEDGER = "there is no ledger in its database"


def driver_connection(connection: Any) -> Any:  # noqa: ANN401  # whatever the host has
    """Return the driver's connection; SQLAlchemy's knows then that it is in use."""
    if hasattr(connection, "get_bind") and callable(
        getattr(connection, "connection", None)
    ):
        connection = connection.connection()  # a Session
    if not hasattr(connection, "exec_driver_sql"):
        return connection
    # Else SQLAlchemy sees no transaction, and its commit() does nothing.
    connection.exec_driver_sql("SELECT 1").close()
    return connection.connection.driver_connection


def sqlite_session(connection: object, *, database: str, ledger_id: str) -> Session:
    if not isinstance(connection, sqlite3.Connection):
        raise HostConnectionError(problem=wrong(connection, "sqlite3.Connection"))
    session = SqliteSession(connection, database, None)
    refuse_other_ledger(session, ledger_id)
    if not connection.in_transaction:
        autocommit = getattr(connection, "autocommit", None)  # Python 3.12 and later
        if connection.isolation_level is None or autocommit is True:
            raise TransactionRequiredError(
                problem="it commits every statement; use BEGIN"
            )
        session.run("BEGIN IMMEDIATE")
    return session


def refuse_other_ledger(session: Session, ledger_id: str) -> None:
    """The host's order and our points are one commit only within one database."""
    try:
        rows: dict[str, str] = dict(session.rows(META))
    except NotMigratedError as error:
        raise HostConnectionError(problem=NO_LEDGER) from error
    except StoreFailedError as error:
        problem = NO_LEDGER if "no such table" in error.problem else error.problem
        raise HostConnectionError(problem=problem) from error
    if rows.get("ledger_id") != ledger_id:
        raise HostConnectionError(problem="the ledger in its database is another one")


def wrong(connection: object, wanted: str) -> str:
    kind = type(connection)
    return f"a {kind.__module__}.{kind.__qualname__} is no {wanted}"
