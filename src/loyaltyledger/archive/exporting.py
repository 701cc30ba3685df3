"""Writing the log to a file, from one picture of it."""

import gzip
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast

from ..audit.replay_digest import LogDigest
from ..kernel.errors import InvalidInputError
from ..store import Store
from ..store.bulk import RawRow, command_pages, counts_by_name, damaged, picture
from ..store.codec import RawJson, UnreadableError, reader_of, to_json
from ..store.new_file import give_name, new_part, refuse_taken
from ..store.records import CommandRow
from ..store.schema import SUPPORTED
from ..store.shapes import shape_of
from .errors import LogFileError
from .lines import (
    FORMAT,
    LINES_PER_SEAL,
    CommandLine,
    End,
    EventPart,
    Header,
    Seal,
    Sealing,
)
from .log_file import LogFile

Target = Path | str | IO[bytes]

_read_raw = reader_of(RawJson)
_header, _seal, _end = shape_of(Header), shape_of(Seal), shape_of(End)
_command, _event = shape_of(CommandLine), shape_of(EventPart)


def export_log(store: Store, to: Target) -> LogFile:
    """Write the whole log as JSON Lines, gzipped where the name ends in ``.gz``.

    A file is there under its name when it is whole, and not before. One that is there
    already is never overwritten: LogFileError.
    """
    now = datetime.now(UTC).isoformat()
    with _opened(to) as file, picture(store) as session:
        writer = _Writer(file)
        header = _header(
            loyaltyledger_log=FORMAT,
            ledger_id=store.ledger_id,
            schema_version=SUPPORTED,
            exported_at=now,
            names=counts_by_name(session),
        )
        writer.line(header)
        for commands in command_pages(session):
            for command, events in commands:
                writer.command(command, events)
        end = writer.ended()
    return LogFile(
        ledger_id=header.ledger_id,
        exported_at=now,
        commands=end.commands,
        events=end.events,
        streams=end.streams,
        events_sha256=end.events_sha256,
        sha256=end.sha256,
    )


class _Writer:
    """Writes lines, and a seal after every so many."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._sealing = Sealing()
        self._digest = LogDigest()
        self._lines: list[bytes] = []
        self._commands = 0
        self._events = 0
        self._streams: set[str] = set()

    def line(self, document: object) -> None:
        self._lines.append(to_json(document))
        if len(self._lines) == LINES_PER_SEAL:
            self._seal()

    def command(self, row: CommandRow, events: list[RawRow]) -> None:
        self._commands += 1
        self._events += len(events)
        self._streams.update(event[1] for event in events)
        self._digest.add(events)
        line = _command(
            key=row.key,
            name=row.name,
            digest=row.digest.hex(),
            fields=row.fields,
            recorded_at=row.recorded_at,
            events=tuple(map(_part, events)),
        )
        self.line(line)

    def ended(self) -> End:
        if self._lines:
            self._seal()
        end: End = _end(
            commands=self._commands,
            events=self._events,
            streams=len(self._streams),
            events_sha256=self._digest.hex(),
            sha256=self._sealing.hex(),
        )
        self._file.write(to_json(end) + b"\n")
        return end

    def _seal(self) -> None:
        self._sealing.add(self._lines)
        seal = to_json(_seal(lines=self._sealing.lines, sha256=self._sealing.hex()))
        self._file.write(b"\n".join((*self._lines, seal, b"")))
        self._lines.clear()


def _part(row: RawRow) -> EventPart:
    position, stream, version, name, at, recorded_at, _ = row
    part: EventPart = _event(
        position=position,
        stream=stream,
        version=version,
        name=name,
        at=at,
        recorded_at=recorded_at,
        payload=_one_object(row),
    )
    return part


def _one_object(row: RawRow) -> RawJson:
    """Return a payload that can stand in a line as it is stored."""
    payload = row[6]
    try:
        is_whole = bytes(_read_raw(payload)) == payload and payload[:1] == b"{"
    except UnreadableError:
        is_whole = False
    if not is_whole or b"\n" in payload:
        raise damaged(row, "its payload is no JSON object on one line")
    return RawJson(payload)


@contextmanager
def _opened(to: Target) -> Iterator[IO[bytes]]:
    if not isinstance(to, Path | str):
        if not hasattr(to, "write"):
            problem = f"must be a path or a binary file, not {type(to).__name__}"
            raise InvalidInputError(field="to", problem=problem)
        yield to
        return
    path = Path(to)
    try:
        refuse_taken(path)
        with new_part(path, mode=0o666) as part:
            with part.open("wb") as raw:
                if path.suffix == ".gz":
                    with gzip.open(raw, "wb") as file:
                        yield cast("IO[bytes]", file)
                else:
                    yield raw
                raw.flush()
                os.fsync(raw.fileno())
            give_name(part, path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        problem = f"it cannot be written: {reason}"
        raise LogFileError(file=str(to), where="the file", problem=problem) from error
