"""How much of the machine others used while we measured."""

import os
import time
from collections import defaultdict
from pathlib import Path
from types import TracebackType
from typing import Self

PROC = Path("/proc")
FIELDS_BUSY = slice(0, 8)
IDLE, WAITING = 3, 4


class Noise:
    """Cores that other processes kept busy in a block; None where Linux is not."""

    cores: float | None = None

    def __enter__(self) -> Self:
        self._started = time.monotonic()
        self._before = _busy_by_others()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        after = _busy_by_others()
        if self._before is not None and after is not None:
            seconds = time.monotonic() - self._started
            self.cores = max(0.0, (after - self._before) / seconds)


def _busy_by_others() -> float | None:
    try:
        return _busy() - _ours()
    except OSError:
        return None


def _busy() -> float:
    ticks = [int(text) for text in _first_line(PROC / "stat").split()[1:]]
    return _seconds(sum(ticks[FIELDS_BUSY]) - ticks[IDLE] - ticks[WAITING])


def _ours() -> float:
    """Count what this process and all below it used, ended children as well."""
    used: dict[int, int] = {}
    children: defaultdict[int, list[int]] = defaultdict(list)
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            try:
                fields = _first_line(folder / "stat").rpartition(")")[2].split()
            except OSError:  # it has ended since
                continue
            children[int(fields[1])].append(int(folder.name))
            used[int(folder.name)] = sum(map(int, fields[11:15]))
    waiting, ticks = [os.getpid()], 0
    while waiting:
        process = waiting.pop()
        ticks += used.get(process, 0)
        waiting += children[process]
    return _seconds(ticks)


def _seconds(ticks: int) -> float:
    return ticks / os.sysconf("SC_CLK_TCK")


def _first_line(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.readline()
