"""The log in bulk: read from one picture of it, a page at a time."""

from collections.abc import Iterator
from contextlib import AbstractContextManager

from .engine import Row, Session
from .errors import DamagedEventError, DamagedKeyError
from .records import CommandRow
from .store import LAST_CHARACTER, LOG, Store
from .transaction import COMMANDS, EVENTS, command_row

RawRow = tuple[int, str, int, str, int, int, bytes]
"""Position, stream, version, name, at, recorded_at (in microseconds), and payload."""

ROWS_PER_PAGE = 2000
COMMANDS_PER_PAGE = 1000
LAST = 2**63 - 1
BEGINNING = -(2**62)
COMMAND_PAGE = (
    COMMANDS + "WHERE first_event > ? AND first_event < {horizon} "
    "ORDER BY first_event LIMIT ?"
)
RANGE = EVENTS + "WHERE e.id > ? AND e.id < ? AND e.id < {horizon} ORDER BY e.id"
PAYLOADS = (
    "SELECT id, stream, name, payload FROM {event}"
    " WHERE id > ? AND id < {horizon} ORDER BY id LIMIT ?"
)
STREAM_NAMES = "SELECT id, name FROM {stream} WHERE name >= ? AND name <= ?"
COUNTS = "SELECT name, count(*) FROM {event} WHERE id < {horizon} GROUP BY name"


def event_pages(session: Session) -> Iterator[list[RawRow]]:
    """Give every event in the order of the log, as it is stored."""
    after = BEGINNING
    while page := session.rows(LOG, (after, ROWS_PER_PAGE)):
        after = page[-1][0]
        yield _raw(page)


def _raw(rows: list[Row]) -> list[RawRow]:
    """Give payloads as bytes, whatever the driver makes of them."""
    if not rows or isinstance(rows[0][6], bytes):
        return rows
    return [(*row[:6], row[6].encode()) for row in rows]


def command_pages(
    session: Session,
) -> Iterator[list[tuple[CommandRow, list[RawRow]]]]:
    """Give every command with its events; refuse a log in which they do not match."""
    after, covered = BEGINNING, BEGINNING
    while page := session.rows(COMMAND_PAGE, (after, COMMANDS_PER_PAGE)):
        commands = [command_row(row) for row in page]
        after = commands[-1].first_event
        beyond = after + commands[-1].events
        events = _raw(session.rows(RANGE, (covered, beyond)))
        yield list(_matched(commands, events))
        covered = beyond - 1
    for row in _raw(session.rows(RANGE, (covered, LAST))):
        raise _orphan(row)


def _matched(
    commands: list[CommandRow], events: list[RawRow]
) -> Iterator[tuple[CommandRow, list[RawRow]]]:
    taken = 0
    for command in commands:
        first, beyond = command.first_event, command.first_event + command.events
        own = events[taken : taken + command.events]
        taken += len(own)
        if own and own[0][0] < first:
            raise _orphan(own[0])
        if not own or [row[0] for row in own] != list(range(first, beyond)):
            problem = f"{command.events} events from {first} on are not there"
            raise DamagedKeyError(key=command.key, problem=problem)
        yield command, own
    for row in events[taken:]:
        raise _orphan(row)


def _orphan(row: RawRow) -> DamagedEventError:
    return damaged(row, "no command has recorded it")


def damaged(row: RawRow, problem: str) -> DamagedEventError:
    """Say where an event stands that something is wrong with."""
    position, stream, version, name, *_ = row
    return DamagedEventError(
        position=position, stream=stream, version=version, name=name, problem=problem
    )


def counts_by_name(session: Session) -> dict[str, int]:
    """Count the events of each stored name."""
    return dict(sorted(session.rows(COUNTS)))


def payload_pages(session: Session) -> Iterator[list[tuple[int, int, str, str]]]:
    """Give position, row of the stream, name and payload of every event, no more."""
    after = BEGINNING
    while page := session.rows(PAYLOADS, (after, ROWS_PER_PAGE)):
        after = page[-1][0]
        yield page


def stream_names(session: Session, prefix: str) -> dict[int, str]:
    """Name the streams that begin so, by their rows."""
    return dict(session.rows(STREAM_NAMES, (prefix, prefix + LAST_CHARACTER)))


def picture(store: Store) -> AbstractContextManager[Session]:
    """Open one picture of the log, which stays the same however long it is read."""
    return store._engine.reading()  # noqa: SLF001  # the store's own way to work in bulk
