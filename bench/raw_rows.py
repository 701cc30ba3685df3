"""Rows of a log that has nothing but rows."""

import random
from collections.abc import Callable

import attrs

STREAMS = 20_000
BODY_BYTES = 150

RawRow = tuple[int, int, str, bytes]


@attrs.define
class RawRows:
    """Makes rows of random streams; versions are known, so nothing has to be read."""

    first_stream: int = 0
    prepared: list[RawRow] = attrs.field(factory=list)
    _versions: list[int] = attrs.field(factory=lambda: [0] * STREAMS)
    _random: random.Random = attrs.field(factory=random.Random)

    def make(self, count: int) -> list[RawRow]:
        return [self._one() for _ in range(count)]

    def prepare(self, size: int) -> Callable[[], None]:
        """Return what makes the rows for a batch, which is not to be timed."""

        def prepare() -> None:
            self.prepared = self.make(size)

        return prepare

    def any_last(self) -> tuple[int, int]:
        """Return a stream and its last version, for a look into the index."""
        stream = self._random.randrange(STREAMS)
        return self.first_stream + stream, self._versions[stream]

    def _one(self) -> RawRow:
        stream = self._random.randrange(STREAMS)
        self._versions[stream] += 1
        body = self._random.randbytes(BODY_BYTES // 2).hex().encode()
        whose = self.first_stream + stream, self._versions[stream]
        return *whose, "points-granted.v1", body
