"""States of streams as last committed, so that a command folds nothing again."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping

from .desk import Loaded
from .kernel.ids import stream_kind

CACHED_EVENTS = 200_000
_CACHED_KINDS = frozenset({"account", "member", "household", "programme"})


class StateCache:
    """States as last committed, the least recently used dropped. Threads share it.

    It is bounded by the events that made the states: a state grows with them.
    """

    def __init__(self, events_max: int = CACHED_EVENTS) -> None:
        self._states: OrderedDict[str, Loaded] = OrderedDict()
        self._events_max = events_max
        self._events = 0
        self._lock = threading.Lock()

    def get(self, stream: str) -> Loaded | None:
        with self._lock:
            loaded = self._states.get(stream)
            if loaded is not None:
                self._states.move_to_end(stream)
            return loaded

    def keep(self, states: Mapping[str, Loaded]) -> None:
        """Keep committed states; an older one never replaces a newer."""
        with self._lock:
            for stream, loaded in states.items():
                known = self._states.get(stream)
                if known is None:
                    if self._events_max and stream_kind(stream) in _CACHED_KINDS:
                        self._events += loaded.version
                        self._states[stream] = loaded
                elif known.version < loaded.version:
                    self._events += loaded.version - known.version
                    self._states[stream] = loaded
            # What was used last stays, however much it is.
            while self._events > self._events_max and len(self._states) > 1:
                _, dropped = self._states.popitem(last=False)
                self._events -= dropped.version

    def drop(self, streams: Iterable[str]) -> None:
        """Forget states that turned out not to be what is stored."""
        with self._lock:
            for stream in streams:
                dropped = self._states.pop(stream, None)
                self._events -= dropped.version if dropped else 0
