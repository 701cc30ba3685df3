"""What the two engines have to offer, so that everything else is written once."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from .batch import Batch, Now, Written

Row = tuple[Any, ...]


class Session(Protocol):
    """One connection inside one transaction; it raises the store's errors only."""

    def rows(self, statement: str, parameters: Sequence[object] = ()) -> list[Row]: ...

    def run(self, statement: str, parameters: Sequence[object] = ()) -> int:
        """Run a statement, and return how many rows it changed."""
        ...

    def savepoint(self) -> AbstractContextManager[None]:
        """All or nothing inside, whatever becomes of the transaction."""
        ...

    def lock(self, streams: Iterable[str]) -> None:
        """Let nobody else append to these streams until the transaction ends."""
        ...

    def known_keys(self, keys: Sequence[str]) -> list[str]: ...

    def write(self, batch: Batch, now: Now) -> Written:
        """Check every version and key of a batch, and write it.

        Raises VersionConflictError or KeyTakenError; then undo what surrounds it.
        """
        ...


class Engine(Protocol):
    """A database: opens sessions, and knows its own schema."""

    @property
    def dialect(self) -> str: ...

    @property
    def database(self) -> str:
        """Name the database for people, without any password."""
        ...

    @property
    def schema(self) -> str | None: ...

    def reading(self) -> AbstractContextManager[Session]: ...

    def writing(self) -> AbstractContextManager[Session]: ...

    def asking(self) -> AbstractContextManager[Session]:
        """Give a session in which each statement has a picture of its own."""
        ...

    def commit(self, batch: Batch, now: Now) -> Written:
        """Write a batch as a transaction of its own."""
        ...

    def hosted(self, connection: object, *, ledger_id: str) -> Session: ...

    def open(self) -> str:
        """Check that the ledger can be used, and return its id."""
        ...

    def migrate(self) -> tuple[str, ...]: ...

    def reads_own_connection(self) -> bool:
        """Whether a reader may stay open while the same thread writes."""
        ...

    def connect_views(self) -> Any: ...  # noqa: ANN401  # the driver's connection

    def patiently(self, attempt: Callable[[], None]) -> None:
        """Repeat what other writers are in the way of, up to the time-out."""
        ...

    def views_guard(self) -> AbstractContextManager[None]: ...

    def close(self) -> None: ...
