"""What one write takes to the log: commands in order, and the events of each."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

import attrs

from .codec import Codec, event_at
from .errors import AppendError, VersionConflictError
from .records import Append, Recorded, instant, micros

CommandEntry = tuple[str, str, bytes, str, int]
"""Key, name, digest, fields, and how many events."""

EventEntry = tuple[str, int, str, int, str]
"""Stream, version, stored name, `at` in microseconds, payload."""

Now = Callable[[], int]
"""The clock, in microseconds since 1970."""


class Written(NamedTuple):
    """Where a batch stands in the log; each command is recorded a microsecond later."""

    first_event: int
    recorded_at: int


@attrs.frozen
class _Given:
    """What was encoded, to be told back with its place in the log."""

    at: datetime
    event: object


@attrs.define
class Batch:
    """Commands to be written together: all of them, or nothing.

    *seen* are the versions that the decisions saw, 0 for a stream that does not exist,
    and when these were recorded, if that is known;
    *moved* are the versions that the streams written to will have, *moved_by* the
    number of the last command that writes to each.
    """

    seen: dict[str, tuple[int, int | None]] = attrs.Factory(dict)
    moved: dict[str, int] = attrs.Factory(dict)
    moved_by: dict[str, int] = attrs.Factory(dict)
    commands: list[CommandEntry] = attrs.Factory(list)
    events: list[EventEntry] = attrs.Factory(list)
    _given: list[_Given] = attrs.Factory(list)

    def saw(self, stream: str, version: int, recorded_at: int | None = None) -> None:
        """Note the version that a decision relies on."""
        if stream not in self.moved:
            self.seen[stream] = version, recorded_at

    def add(
        self,
        codec: Codec,
        *,
        key: str,
        name: str,
        digest: bytes,
        fields: str,
        appends: Sequence[Append],
    ) -> None:
        """Add a command, which has at least one event."""
        if not is_storable(key):
            raise AppendError(problem=f"key {key!r} cannot be stored")
        before = len(self.events)
        for each in appends:
            self._add_events(codec, each)
        count = len(self.events) - before
        if not count:
            raise AppendError(problem="no event means no write")
        self.commands.append((key, name, digest, fields, count))

    def _add_events(self, codec: Codec, append: Append) -> None:
        stream, version = append.stream, append.expected
        if not is_storable(stream):
            raise AppendError(problem=f"stream {stream!r} cannot be stored")
        if not append.events:
            raise AppendError(problem="no event means no write")
        found = self.moved.get(stream, self.seen.get(stream, (version,))[0])
        if found != version:
            problem = f"expected version {version}, found {found}"
            raise VersionConflictError(stream=stream, problem=problem)
        if stream not in self.seen:
            self.saw(stream, version)
        for event in append.events:
            version += 1
            name, payload = codec.encode(event)
            at = event_at(name, event)
            self.events.append((stream, version, name, micros(at), payload.decode()))
            self._given.append(_Given(at, event))
        self.moved[stream] = version
        self.moved_by[stream] = len(self.commands)

    def recorded(self, written: Written) -> list[tuple[Recorded, ...]]:
        """Return the events of each command, as they stand in the log."""
        position, number = written.first_event, 0
        told = []
        for after, (_, _, _, _, count) in enumerate(self.commands):
            recorded_at = instant(written.recorded_at + after)
            events = []
            for n in range(number, number + count):
                stream, version, name, _, _ = self.events[n]
                given = self._given[n]
                events.append(
                    Recorded(
                        position=position + n,
                        stream=stream,
                        version=version,
                        name=name,
                        at=given.at,
                        recorded_at=recorded_at,
                        event=given.event,
                    )
                )
            told.append(tuple(events))
            number += count
        return told


def is_storable(text: str) -> bool:
    """Whether both engines give the text back as it was."""
    if not text or "\x00" in text:
        return False
    if text.isascii():
        return True
    return not any("\ud800" <= char <= "\udfff" for char in text)
