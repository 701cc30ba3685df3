"""The lines of a log file, each a JSON document.

A header; then commands with their events, in the order of the log; after every so many
of them, and after the last, a seal; then the end. A seal holds the SHA-256 of all lines
before it that are no seals: of each its length, in 8 bytes, the highest first, and the
line without its break.
"""

from hashlib import sha256

import attrs

from ..store.codec import RawJson

FORMAT = 1
LINES_PER_SEAL = 200

HEADER, COMMAND, SEAL, END = (
    b'{"loyaltyledger_log":',
    b'{"key":',
    b'{"lines":',
    b'{"commands":',
)
"""How each kind of line begins."""


@attrs.frozen(kw_only=True)
class Header:
    """*names* says how many events there are of each stored name."""

    loyaltyledger_log: int
    ledger_id: str
    schema_version: int
    exported_at: str
    names: dict[str, int]


@attrs.frozen(kw_only=True)
class EventPart:
    """An event as it is stored; instants are microseconds since 1970."""

    position: int
    stream: str
    version: int
    name: str
    at: int
    recorded_at: int
    payload: RawJson


@attrs.frozen(kw_only=True)
class CommandLine:
    """A command as it is stored, and what it wrote."""

    key: str
    name: str
    digest: str
    fields: str
    recorded_at: int
    events: tuple[EventPart, ...]


@attrs.frozen(kw_only=True)
class Seal:
    """How many lines are before it, other seals left out, and their digest."""

    lines: int
    sha256: str


@attrs.frozen(kw_only=True)
class End:
    """Counts, and two digests: of the events wherever they are, and of this file."""

    commands: int
    events: int
    streams: int
    events_sha256: str
    sha256: str


class Sealing:
    """Counts and digests lines, without their line breaks."""

    def __init__(self) -> None:
        self.lines = 0
        self._hash = sha256()

    def add(self, lines: list[bytes]) -> None:
        self.lines += len(lines)
        pieces = (piece for line in lines for piece in (_length(line), line))
        self._hash.update(b"".join(pieces))

    def hex(self) -> str:
        return self._hash.hexdigest()


def _length(line: bytes) -> bytes:
    return len(line).to_bytes(8, "big")
