"""Waiting for one's turn to write to a SQLite file, fairly.

SQLite's own busy handler sleeps longer each time, up to 100 ms, so that among busy
processes the newest comer wins and an old one starves. Here who waits longer asks more
often, so that it comes next.
"""

import time
from collections.abc import Callable
from random import Random

from .errors import StoreBusyError

FIRST_S = 0.002
SHORTEST_S = 0.0001
IMPATIENT_S = 0.05
"""After so long a wait one asks as often as it goes."""
PATIENT_S = 1.0
"""After so long a wait it is no queue, but one long transaction."""

_random = Random()  # noqa: S311  # two that wait must not wake together


def until_free(attempt: Callable[[], None], *, timeout_s: float) -> None:
    """Repeat *attempt* until nobody else is in the way."""
    began: float | None = None
    while True:
        try:
            return attempt()
        except StoreBusyError:
            now = time.monotonic()
            began = now if began is None else began
            waited = now - began
            if waited >= timeout_s:
                raise
        time.sleep(min(_pause_s(waited), timeout_s - waited))


def _pause_s(waited: float) -> float:
    if waited > PATIENT_S:
        return FIRST_S
    longest = max(SHORTEST_S, FIRST_S * (1 - waited / IMPATIENT_S))
    return longest * _random.uniform(0.5, 1)
