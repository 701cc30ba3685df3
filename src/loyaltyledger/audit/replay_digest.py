"""One digest for all events of a log, the same from a database and from a file.

Of each event a line of JSON, `[stream, version, name, at, recorded_at, bytes]`, and
after it the payload, which is that many bytes long, and a line break.
"""

from collections.abc import Iterable
from hashlib import sha256

from ..store.bulk import RawRow
from ..store.codec import to_json


class LogDigest:
    """Fed with events in the order of the log, as many at a time as there are."""

    def __init__(self) -> None:
        self._hash = sha256()

    def add(self, rows: Iterable[RawRow]) -> None:
        pieces: list[bytes] = []
        for _, stream, version, name, at, recorded_at, payload in rows:
            line = to_json((stream, version, name, at, recorded_at, len(payload)))
            pieces += (line, b"\n", payload, b"\n")
        self._hash.update(b"".join(pieces))

    def hex(self) -> str:
        return self._hash.hexdigest()
