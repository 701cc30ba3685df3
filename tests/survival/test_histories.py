"""Clients in several processes and threads: what each did and saw can be explained."""

import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from loyaltyledger import Ledger
from survival.history import faults
from survival.history_clients import Task, follow, log_of, record, set_up, together
from survival.kills_loop import CONTEXT
from survival.scale import HISTORY_S, TIMEOUT_S

PROCESSES = 3

pytestmark = [pytest.mark.slow, pytest.mark.timeout(TIMEOUT_S)]


def test_histories_of_concurrent_clients_are_of_one_log(
    shared_url: str, tmp_path: Path
) -> None:
    first = set_up(shared_url)
    stop = tmp_path / "stop"
    start = time.monotonic()
    tasks = [
        Task(name=str(n), url=shared_url, start=start, seconds=HISTORY_S, stop=stop)
        for n in range(PROCESSES + 1)
    ]
    with ProcessPoolExecutor(len(tasks), mp_context=CONTEXT) as pool:
        following = pool.submit(follow, tasks[0])
        try:
            histories = list(pool.map(record, tasks[1:]))
        finally:
            stop.touch()
        history = together([first, *histories, following.result()])
    with Ledger.open(shared_url) as ledger:
        log = log_of(ledger)

    assert faults(history, log) == ()
    sys.stdout.write(f"{len(history.writes)} writes, {len(history.reads)} reads\n")
