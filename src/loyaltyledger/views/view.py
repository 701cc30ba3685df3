"""What a view is: a name, its tables, and how it takes in a page of the log."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import attrs
from sqlalchemy import Connection, Table

from ..kernel.errors import LedgerError
from ..kernel.ids import stream_ids
from ..store import UNFOLDABLE, DamagedEventError, Recorded, StoreCorruptError

TakeIn = Callable[[Connection, Sequence[Recorded]], None]


@attrs.frozen(kw_only=True)
class View:
    """Change *version* whenever the rows would come out differently."""

    name: str
    version: int
    tables: tuple[Table, ...]
    take_in: TakeIn


def ids_of(one: Recorded, kind: str, count: int) -> tuple[str, ...]:
    """Return the ids in the name of the stream, which must be one of its kind."""
    found, *ids = stream_ids(one.stream)
    if found != kind or len(ids) != count:
        raise damaged(one, f"it is in a stream that is no {kind}")
    return tuple(ids)


def damaged(one: Recorded, problem: str) -> DamagedEventError:
    return DamagedEventError(
        position=one.position,
        stream=one.stream,
        version=one.version,
        name=one.name,
        problem=problem,
    )


class UnfittingError(ValueError):
    """What an event would lead to cannot be."""

    def __init__(self, *, what: str, value: int) -> None:
        super().__init__(f"{what} would be {value}")


class UnreadableRowError(ValueError):
    """A row of a view holds what no view has written."""

    def __init__(self, *, view: str, column: str, value: object) -> None:
        super().__init__(f"{column} of view {view!r} is {value!r}")


@contextmanager
def rows_read(database: str, what: str) -> Iterator[None]:
    """Whoever reads rows of a view trusts them; say so where that was a mistake."""
    try:
        yield
    except LedgerError:
        raise
    except UNFOLDABLE as error:
        said = f"{type(error).__name__}: {error}"
        problem = f"{what} cannot be read ({said}); rebuild makes the views anew"
        raise StoreCorruptError(database=database, problem=problem) from error


@contextmanager
def blaming(one: Recorded) -> Iterator[None]:
    """Say of an event that fits nothing before it that it is damaged."""
    try:
        yield
    except LedgerError:
        raise
    except UNFOLDABLE as error:
        problem = (
            f"it does not follow from what came before ({error!r}); "
            "if verify finds it sound, rebuild makes the views anew"
        )
        raise damaged(one, problem) from error
