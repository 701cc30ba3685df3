"""Whether commands of a file fit each other: checked as a set, not one by one."""

from datetime import datetime
from typing import NoReturn

import attrs

from ..store.batch import is_storable
from ..store.codec import Codec, UnreadableError
from ..store.engine import Row
from ..store.fingerprint import DIGEST_SIZE, are_fields
from ..store.names import NAMES, UPCASTS
from ..store.shapes import readers_of
from .lines import CommandLine

MICROS = 10**6
POSITION_MAX = 2**62


class UnfitError(Exception):
    """A command does not fit; the reader knows its line."""


def _refuse(problem: str) -> NoReturn:
    raise UnfitError(problem)


@attrs.define
class Stream:
    """How far a stream has come, and its row in the new ledger."""

    number: int
    version: int = 0
    recorded_at: int = -(2**63)


class SetCheck:
    """Follows the log: positions, versions, instants, names and shapes.

    Remembers each stream, so its memory grows with their number.
    """

    def __init__(self) -> None:
        self.streams: dict[str, Stream] = {}
        self.commands = 0
        self.events = 0
        self._position = 0
        self._readers = readers_of(NAMES, Codec(NAMES, UPCASTS))

    def take(self, command: CommandLine) -> tuple[Row, list[Row]]:
        """Return the row of a command, and those of its events."""
        events = command.events
        if not events:
            _refuse("a command without events")
        first = events[0].position
        self._check_key(command)
        if not self._position < first < POSITION_MAX:
            _refuse(f"position {first} follows {self._position}")
        rows = self._event_rows(command, first)
        self._position = first + len(events) - 1
        self.commands += 1
        self.events += len(events)
        row = (
            command.key,
            command.name,
            bytes.fromhex(command.digest),
            command.fields,
            first,
            len(events),
            command.recorded_at,
        )
        return row, rows

    def stream_rows(self) -> list[Row]:
        """Return the rows of all streams, in the order of their names."""
        return [
            (stream.number, name, stream.version, stream.recorded_at)
            for name, stream in sorted(self.streams.items())
        ]

    def _check_key(self, command: CommandLine) -> None:
        if not is_storable(command.key):
            _refuse("a key that cannot be stored")
        if len(command.digest) != 2 * DIGEST_SIZE:
            _refuse(f"the digest of a command has {DIGEST_SIZE} bytes")
        if not are_fields(command.fields):
            _refuse("the fields of a command are digests")

    def _event_rows(self, command: CommandLine, position: int) -> list[Row]:
        recorded_at = command.recorded_at
        rows: list[Row] = []
        for place, event in enumerate(command.events, position):
            if event.position != place:
                _refuse(f"position {event.position} where {place} belongs")
            name = event.stream
            stream = self.streams.get(name) or self._new_stream(name)
            version = stream.version = stream.version + 1
            if event.version != version:
                _refuse(f"version {event.version} where {version} belongs")
            if event.recorded_at != recorded_at or recorded_at < stream.recorded_at:
                _refuse("recorded at another time than its command, or earlier")
            stream.recorded_at = recorded_at
            at, kind = event.at, event.name
            payload = bytes(event.payload)
            if self._instant(kind, payload) != at / MICROS:
                _refuse("an event has another instant outside than inside")
            text = payload.decode()
            rows.append((place, stream.number, version, kind, at, recorded_at, text))
        return rows

    def _new_stream(self, name: str) -> Stream:
        if not is_storable(name):
            _refuse("a stream whose name cannot be stored")
        stream = self.streams[name] = Stream(len(self.streams) + 1)
        return stream

    def _instant(self, name: str, payload: bytes) -> float:
        """Read a payload for its shape, and say when it happened."""
        try:
            at: datetime = self._readers[name](payload).at
        except KeyError:
            _refuse(f"no event is called {name!r}")
        except (UnreadableError, ValueError, RecursionError) as error:
            _refuse(f"a payload is damaged: {error}")
        return at.timestamp()
