"""States of streams as last committed, so that a command folds nothing again."""

import os
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import cast

from .desk import Loaded
from .kernel.errors import InvalidInputError
from .kernel.ids import stream_kind

CACHED_EVENTS = 100_000
"""About as many kilobytes."""
_CACHED_KINDS = frozenset({"account", "member", "household", "programme"})


class StateCache:
    """States as last committed, the least recently used dropped. Threads share it.

    It is bounded by the events that made the states: a state grows with them.
    """

    def __init__(self, events_max: int = CACHED_EVENTS) -> None:
        if not isinstance(cast("object", events_max), int) or events_max < 0:
            problem = "must be a whole number, zero or more"
            raise InvalidInputError(field="cached_events", problem=problem)
        self._events_max = events_max
        self._start()

    def _start(self) -> None:
        self._pid = os.getpid()
        self._states: OrderedDict[str, Loaded] = OrderedDict()
        self._events = 0
        self._lock = threading.Lock()

    def _after_fork(self) -> None:
        if self._pid != os.getpid():
            self._start()  # a thread of the parent may have been at it

    def get(self, stream: str) -> Loaded | None:
        self._after_fork()
        with self._lock:
            loaded = self._states.get(stream)
            if loaded is not None:
                self._states.move_to_end(stream)
            return loaded

    def _is_kept(self, stream: str, loaded: Loaded) -> bool:
        if loaded.recorded_at is None or not self._events_max:
            return False
        return stream_kind(stream) in _CACHED_KINDS

    def keep(self, states: Mapping[str, Loaded]) -> None:
        """Keep committed states; an older one never replaces a newer."""
        self._after_fork()
        with self._lock:
            for stream, loaded in states.items():
                known = self._states.get(stream)
                if known is loaded or not self._is_kept(stream, loaded):
                    continue
                if known is None or _when(known) < _when(loaded):
                    self._events += loaded.version - (known.version if known else 0)
                    self._states[stream] = loaded
            while self._events > self._events_max:
                oldest = next(iter(self._states))
                if oldest in states:
                    break  # what was used last stays, however much it is
                self._events -= self._states.pop(oldest).version


def _when(loaded: Loaded) -> int:
    """Say when the last event was recorded, which is later for each one of a stream."""
    assert loaded.recorded_at is not None, "else it is not kept"
    return loaded.recorded_at
