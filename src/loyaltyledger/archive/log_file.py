"""Reading a log file: batch by batch, and trusting nothing that has no seal."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import attrs

from ..store.codec import UnreadableError
from ..store.shapes import shape_reader
from .errors import LogFileError
from .lines import (
    COMMAND,
    END,
    FORMAT,
    HEADER,
    LINES_PER_SEAL,
    SEAL,
    CommandLine,
    End,
    Header,
    Seal,
    Sealing,
)

GZIP = b"\x1f\x8b"
FAULTS = (OSError, EOFError, ValueError, zlib.error)
UNREADABLE = (UnreadableError, ValueError, RecursionError)
Reader = Callable[[bytes], Any]


@attrs.frozen(kw_only=True)
class LogFile:
    """What a log file holds: of which ledger, how much, and the digests of it."""

    ledger_id: str
    exported_at: str
    commands: int
    events: int
    streams: int
    events_sha256: str
    sha256: str


@attrs.frozen(kw_only=True)
class Batch:
    """Commands whose lines are as they were written, the first being line *first*."""

    first: int
    commands: list[CommandLine]


class LogReader:
    """Reads a file once, from its header to its end."""

    def __init__(self, path: Path | str) -> None:
        self.file = str(path)
        self.header: Header | None = None
        self.end: End | None = None
        self._sealing = Sealing()
        self._read_header = shape_reader(Header)
        self._read_command = shape_reader(CommandLine)
        self._read_seal = shape_reader(Seal)
        self._read_end = shape_reader(End)

    def batches(self) -> Iterator[Batch]:
        """Give the commands of the file; the header is known before the first."""
        lines: list[bytes] = []
        commands: list[CommandLine] = []
        number = 0
        read_command = self._read_command
        for number, line in enumerate(self._lines(), 1):
            if self.end is not None:
                self.refuse(f"line {number}", "something follows the end")
            if line.startswith(COMMAND) and self.header is not None:
                try:
                    commands.append(read_command(line))
                except UNREADABLE as error:
                    self.refuse(f"line {number}", str(error))
                lines.append(line)
            elif line.startswith(SEAL):
                self._check(self._parsed(self._read_seal, line, number), lines, number)
                if commands:
                    yield Batch(first=number - len(commands), commands=commands)
                lines, commands = [], []
            elif line.startswith(HEADER) and number == 1:
                self.header = self._parsed(self._read_header, line, number)
                self._check_format(self.header)
                lines.append(line)
            elif line.startswith(END) and not lines:
                self.end = self._parsed(self._read_end, line, number)
                self._check_end(self.end, number)
            else:
                self.refuse(f"line {number}", "no such line belongs here")
            if len(lines) > LINES_PER_SEAL:
                self.refuse(f"line {number}", "a seal is missing before it")
        if self.end is None:
            problem = "the end is missing: the file was cut off"
            self.refuse(f"after line {number}", problem)

    def log_file(self) -> LogFile:
        """Say what was read, after all has been."""
        header, end = self.header, self.end
        assert header is not None, "all was read"
        assert end is not None, "all was read"
        return LogFile(
            ledger_id=header.ledger_id,
            exported_at=header.exported_at,
            commands=end.commands,
            events=end.events,
            streams=end.streams,
            events_sha256=end.events_sha256,
            sha256=end.sha256,
        )

    def refuse(self, where: str, problem: str) -> NoReturn:
        raise LogFileError(file=self.file, where=where, problem=problem)

    def _lines(self) -> Iterator[bytes]:
        number = 0
        try:
            with Path(self.file).open("rb") as raw:
                is_gzip = raw.peek(2).startswith(GZIP)
                file = gzip.GzipFile(fileobj=raw) if is_gzip else raw
                for number, line in enumerate(file, 1):
                    if not line.endswith(b"\n"):
                        self.refuse(f"line {number}", "it was cut off")
                    yield line[:-1]
        except FAULTS as error:
            reason = getattr(error, "strerror", None) or str(error)
            problem = f"it cannot be read: {reason}"
            self.refuse(f"after line {number}", problem)

    def _parsed(self, reader: Reader, line: bytes, number: int) -> Any:  # noqa: ANN401  # any kind of line
        try:
            return reader(line)
        except UNREADABLE as error:
            self.refuse(f"line {number}", str(error))

    def _check_format(self, header: Header) -> None:
        if header.loyaltyledger_log != FORMAT:
            problem = f"format {header.loyaltyledger_log} is not known; upgrade"
            self.refuse("line 1", problem)

    def _check(self, seal: Seal, lines: list[bytes], number: int) -> None:
        self._sealing.add(lines)
        if (seal.lines, seal.sha256) != (self._sealing.lines, self._sealing.hex()):
            where = f"lines {number - len(lines)} to {number}"
            self.refuse(where, "something was altered")

    def _check_end(self, end: End, number: int) -> None:
        if end.sha256 != self._sealing.hex():
            self.refuse(f"line {number}", "the digest is that of another file")


def read_log(path: Path | str) -> LogFile:
    """Say what a log file holds; refuse one that is not whole."""
    reader = LogReader(path)
    for _ in reader.batches():
        pass
    return reader.log_file()
