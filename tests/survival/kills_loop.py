"""Rounds of work and death: start, strike, stop, and judge."""

import os
import signal
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random

import attrs

from loyaltyledger import Durability, Ledger
from shop import programme
from survival.kills_journal import Journal
from survival.kills_judge import Verdict, judge
from survival.kills_work import Shift, follow, sell

PROCESSES = 3
TILLS = 6
BEGUN_S = 30.0
STUCK_S = 60.0

CONTEXT = get_context("forkserver")
"""New processes are copies of one that has imported everything, and nothing else."""
CONTEXT.set_forkserver_preload(["survival.kills_judge", "loyaltyledger.store.postgres"])

Crew = Sequence[BaseProcess]
Strike = Callable[[Crew], int]
"""Kills; returns how many processes."""


def set_up(url: str) -> None:
    with Ledger.open(url) as ledger:
        ledger.define(key="set up", programme=programme())


@attrs.define(kw_only=True)
class Rounds:
    """Deaths of those who work on one database, and what was found after each."""

    url: str
    folder: Path
    random: Random
    tills_url: str = ""
    durability: Durability = Durability.FULL
    number: int = 0
    processes_killed: int = 0
    verdicts: list[Verdict] = attrs.field(factory=list)
    _files: list[Path] = attrs.field(factory=list)

    def go(self, strike: Strike, *, thoroughly: bool = False) -> Verdict:
        """Let everybody work, kill some, let the others finish, and judge."""
        self.number += 1
        shifts = self._shifts()
        follower, *tills = shifts
        crew = [
            CONTEXT.Process(target=sell, args=(tills[process::PROCESSES],))
            for process in range(PROCESSES)
        ]
        crew.append(CONTEXT.Process(target=follow, args=(follower,)))
        for process in crew:
            process.start()
        try:
            self._wait_until_begun(tills)
            time.sleep(self.random.uniform(0, 0.25))
            self.processes_killed += strike(crew)
            time.sleep(self.random.uniform(0, 0.15))
        finally:
            follower.stop.touch()
            _join(crew)
        fresh = [shift.journal for shift in shifts]
        self._files += fresh
        verdict = in_a_new_process(self.url, self._files, fresh, thoroughly=thoroughly)
        self.verdicts.append(verdict)
        return verdict

    def _shifts(self) -> list[Shift]:
        stop = self.folder / f"stop-{self.number}"
        return [
            Shift(
                name=(name := f"{self.number}-{till}"),
                url=self.tills_url or self.url,
                journal=self.folder / name,
                stop=stop,
                shared=f"shared-{self.number}",
                seed=self.random.getrandbits(32),
                durability=self.durability,
            )
            for till in range(TILLS + 1)
        ]

    def _wait_until_begun(self, shifts: Sequence[Shift]) -> None:
        give_up = time.monotonic() + BEGUN_S
        for shift in shifts:
            while not Journal(path=shift.journal).answered():
                assert time.monotonic() < give_up, "a till does not begin"
                time.sleep(0.02)


def in_a_new_process(
    url: str, files: Sequence[Path], fresh: Sequence[Path], *, thoroughly: bool
) -> Verdict:
    with ProcessPoolExecutor(1, mp_context=CONTEXT) as pool:
        asked = pool.submit(judge, url, tuple(files), fresh, thoroughly=thoroughly)
        return asked.result()


def _join(crew: Crew) -> None:
    for process in crew:
        process.join(STUCK_S)
        if process.is_alive():
            process.kill()
            process.join()
            raise AssertionError("a process went on for ever")


def kill_some(random: Random) -> Strike:
    """Kill some of them, or all."""

    def strike(crew: Crew) -> int:
        count = random.choice((1, 2, len(crew)))
        victims = random.sample(list(crew), count)
        for process in victims:
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)
        return count

    return strike


def report(name: str, rounds: Sequence[Rounds]) -> str:
    """Say what was done, and what was found."""
    last = [each.verdicts[-1] for each in rounds]
    every = [verdict for each in rounds for verdict in each.verdicts]
    counts = {
        "kills": sum(each.number for each in rounds),
        "processes killed": sum(each.processes_killed for each in rounds),
        "acknowledged": sum(each.acknowledged for each in last),
        "refused": sum(each.refused for each in last),
        "events": sum(each.events for each in last),
        "found unacknowledged": sum(each.found_unacknowledged for each in every),
        "absent unacknowledged": sum(each.absent_unacknowledged for each in every),
    }
    counts |= {
        fault: sum(len(getattr(each, fault)) for each in every)
        for fault in ("lost", "doubled", "half", "changed", "wrong")
    }
    said = ", ".join(f"{count} {name}" for name, count in counts.items())
    return f"{name}: {said}"
