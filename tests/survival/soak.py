"""Mixed work for a long time, and samples of what it costs."""

import contextlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import attrs

from loyaltyledger import Ledger
from survival.kills_till import Till
from survival.kills_work import REFUSALS

SAMPLE_S = 1.0
ERA_S = 5.0
KIB = 1024


@attrs.frozen(kw_only=True)
class Post:
    """One process that sells, reads and samples itself until *end*."""

    name: str
    url: str
    file: Path
    start: float
    end: float


@attrs.frozen(kw_only=True)
class Sample:
    """One process at one moment; *latencies_s* are those since the last sample."""

    at: float
    memory: int
    files: int
    latencies_s: tuple[float, ...] = ()


def sell_on(post: Post) -> int:
    """Carry out commands and ask questions; return how many commands."""
    done = 0
    waited: list[float] = []
    sample_at = post.start
    till = Till(post.name, "shared-0", 1)
    with Ledger.open(post.url) as ledger, post.file.open("a") as file:
        while (now := time.monotonic()) < post.end:
            if now >= sample_at:
                _write(file, now - post.start, waited)
                waited.clear()
                sample_at = now + SAMPLE_S
                ledger.views.follow()
            till.shared = f"shared-{int((now - post.start) / ERA_S)}"
            waited.append(_step(ledger, till))
            done += 1
    return done


def _step(ledger: Ledger, till: Till) -> float:
    commands = till.next()
    start = time.monotonic()
    if len(commands) > 1:
        ledger.execute_many(commands)
    else:
        with contextlib.suppress(*REFUSALS):
            till.learn(commands[0], ledger.execute(commands[0]))
    taken = (time.monotonic() - start) / len(commands)
    ledger.balance(programme_id="shop", member_id=till.member, point_type="points")
    return taken


def _write(file: Any, at: float, latencies_s: Sequence[float]) -> None:
    pid = os.getpid()
    line = (at, memory(pid), open_files(pid), tuple(latencies_s))
    file.write(json.dumps(line) + "\n")
    file.flush()


def samples(path: Path) -> Iterator[Sample]:
    for line in path.read_text(encoding="utf-8").splitlines():
        at, taken, files, latencies_s = json.loads(line)
        yield Sample(at=at, memory=taken, files=files, latencies_s=tuple(latencies_s))


def memory(pid: int) -> int:
    """Return the bytes that a process has for itself alone; 0 when it is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text("utf-8").splitlines():
            if line.startswith("Pss_Anon:"):
                return int(line.split()[1]) * KIB
    return 0


def open_files(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


@attrs.frozen(kw_only=True)
class Stretch:
    """What a minute, or another part of the time, was like."""

    part: int
    commands: int
    p50_ms: float
    p99_ms: float
    memory_mib: float
    files: int

    @classmethod
    def of(cls, part: int, found: Sequence[Sample]) -> "Stretch":
        waited = sorted(1000 * one for each in found for one in each.latencies_s)
        return cls(
            part=part,
            commands=len(waited),
            p50_ms=round(median(waited), 3),
            p99_ms=round(quantiles(waited, n=100)[98], 3),
            memory_mib=round(median(each.memory for each in found) / KIB**2, 1),
            files=max(each.files for each in found),
        )


def stretches(found: Sequence[Sample], each_s: float) -> list[Stretch]:
    """Sum up by minute, or by what *each_s* says."""
    count = int(max(one.at for one in found) / each_s) + 1
    parts = [[one for one in found if one.at // each_s == n] for n in range(count)]
    return [
        Stretch.of(number, part)
        for number, part in enumerate(parts)
        if sum(len(one.latencies_s) for one in part) > 1
    ]
