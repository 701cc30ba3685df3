"""The log in bulk: read from one picture of it, a page at a time."""

from collections.abc import Iterator
from contextlib import AbstractContextManager

from .engine import Session
from .store import LOG, Store

RawRow = tuple[int, str, int, str, int, int, bytes]
"""Position, stream, version, name, at, recorded_at (in microseconds), and payload."""

ROWS_PER_PAGE = 2000
BEGINNING = -(2**62)


def event_pages(session: Session) -> Iterator[list[RawRow]]:
    """Give every event in the order of the log, as it is stored."""
    after = BEGINNING
    while page := session.rows(LOG, (after, ROWS_PER_PAGE)):
        after = page[-1][0]
        if isinstance(page[0][6], bytes):
            yield page
        else:
            yield [(*row[:6], row[6].encode()) for row in page]


def picture(store: Store) -> AbstractContextManager[Session]:
    """Open one picture of the log, which stays the same however long it is read."""
    return store._engine.reading()  # noqa: SLF001  # the store's own way to work in bulk
