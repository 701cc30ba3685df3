"""Balances only: what each account gave and took, added up and nothing else asked.

Time does not pass in a sum: points that have died and were never booked still count.
"""

from collections.abc import Callable
from typing import Any

import attrs

from ..store import DamagedEventError, Store
from ..store.bulk import payload_pages, picture, stream_names
from ..store.codec import Codec, UnreadableError
from ..store.names import NAMES, UPCASTS
from ..store.shapes import readers_of


@attrs.frozen(kw_only=True)
class Points:
    points: int


@attrs.frozen(kw_only=True)
class Part:
    points: int
    kind: str = "lot"


@attrs.frozen(kw_only=True)
class Granted:
    lots: tuple[Points, ...]


@attrs.frozen(kw_only=True)
class Taken:
    parts: tuple[Part, ...]


@attrs.frozen(kw_only=True)
class Reversed:
    parts: tuple[Part, ...]
    gives: bool


@attrs.frozen(kw_only=True)
class Closed:
    forfeited: tuple[Part, ...] = ()
    written_off: int = 0


def _granted(event: Granted) -> int:
    return sum([lot.points for lot in event.lots])


def _taken(event: Taken) -> int:
    return -_moved(event.parts)


def _reversed(event: Reversed) -> int:
    return _moved(event.parts) if event.gives else -_moved(event.parts)


def _gone(event: Points) -> int:
    return -event.points


def _closed(event: Closed) -> int:
    return event.written_off - _moved(event.forfeited)


def _moved(parts: tuple[Part, ...]) -> int:
    return sum([part.points for part in parts if part.kind != "lost"])


SUMS: dict[str, tuple[type, Callable[[Any], int]]] = {
    "points-granted.v1": (Granted, _granted),
    "points-taken.v1": (Taken, _taken),
    "points-reversed.v1": (Reversed, _reversed),
    "points-expired.v1": (Points, _gone),
    "points-cancelled.v1": (Points, _gone),
    "account-closed.v1": (Closed, _closed),
}
"""The events that change what is owed to a member; the others move it within."""


def outstanding(store: Store) -> dict[str, int]:
    """Return what is outstanding in every account, as it is booked."""
    codec = Codec(NAMES, UPCASTS)
    newest = codec.old_names()
    kinds = {name: kind for name, (kind, _) in SUMS.items()}
    steps = {
        name: (reader, SUMS[newest.get(name, name)][1])
        for name, reader in readers_of(kinds, codec).items()
    }
    totals: dict[int, int] = {}
    with picture(store) as session:
        names = stream_names(session, "account:")
        for page in payload_pages(session):
            for position, stream, name, payload in page:
                step = steps.get(name)
                if step is None:
                    continue
                reader, points = step
                try:
                    moved = points(reader(payload))
                except (UnreadableError, ValueError, RecursionError) as error:
                    raise _damaged(store, position, error) from error
                totals[stream] = totals.get(stream, 0) + moved
    return {name: totals.get(row, 0) for row, name in sorted(names.items())}


def _damaged(store: Store, position: int, error: Exception) -> DamagedEventError:
    (row,) = store.raw(after=position - 1, limit=1)
    return DamagedEventError(
        position=position,
        stream=row.stream,
        version=row.version,
        name=row.name,
        problem=str(error),
    )
