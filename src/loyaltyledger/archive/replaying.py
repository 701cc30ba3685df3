"""Playing a log file again, with no database at all."""

from collections.abc import Iterator
from pathlib import Path

from ..audit.replay import Replayed, replay_pages
from ..store.bulk import RawRow
from .log_file import LogReader


def replay_file(path: Path | str) -> Replayed:
    """Play the events of a log file again; refuse a file that is not whole."""
    reader = LogReader(path)
    replayed = replay_pages(_pages(reader))
    told = reader.log_file()
    counted = (replayed.events, replayed.streams, replayed.digest)
    if counted != (told.events, told.streams, told.events_sha256):
        reader.refuse("the last line", "its counts are those of another log")
    return replayed


def _pages(reader: LogReader) -> Iterator[list[RawRow]]:
    for batch in reader.batches():
        yield [
            (
                event.position,
                event.stream,
                event.version,
                event.name,
                event.at,
                event.recorded_at,
                bytes(event.payload),
            )
            for command in batch.commands
            for event in command.events
        ]
