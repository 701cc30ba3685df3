"""Who follows the log while it is written misses nothing, and sees nothing twice."""

import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from loyaltyledger import Ledger
from survival.followers import Filling, fill, follow_ids_alone
from survival.history import wrong_following
from survival.history_clients import Task, follow, positions, set_up
from survival.kills_loop import CONTEXT
from survival.scale import FOLLOWED, TIMEOUT_S

FOLLOWERS = 2
WRITERS = 3

pytestmark = [pytest.mark.slow, pytest.mark.timeout(TIMEOUT_S)]


def test_a_follower_of_transactions_that_overtake_each_other(
    shared_url: str, tmp_path: Path
) -> None:
    set_up(shared_url)
    each = FOLLOWED // WRITERS + 1
    with ProcessPoolExecutor(WRITERS + FOLLOWERS + 1, mp_context=CONTEXT) as pool:
        seen, naive = run(pool, shared_url, each, tmp_path / "stop")
    with Ledger.open(shared_url) as ledger:
        log = positions(ledger)

    assert len(log) == each * WRITERS + 1
    assert [list(wrong_following(one, log)) for one in seen] == [[]] * FOLLOWERS
    missed = len(set(log) - set(naive))
    sys.stdout.write(f"{len(log)} events, 0 missed, 0 repeated; by id alone {missed}\n")
    if shared_url.startswith("postgres"):
        assert missed > 0, "nobody was overtaken"


def run(
    pool: ProcessPoolExecutor, url: str, each: int, stop: Path
) -> tuple[list[tuple[int, ...]], list[int]]:
    """Fill the log; return what the followers saw, and one who trusts ids alone."""
    tasks = [
        Task(name=f"f{number}", url=url, start=time.monotonic(), stop=stop)
        for number in range(FOLLOWERS)
    ]
    following = [pool.submit(follow, task) for task in tasks]
    trusting = pool.submit(follow_ids_alone, url, stop)
    fillings = [Filling(name=f"w{n}", url=url, events=each) for n in range(WRITERS)]
    try:
        assert list(pool.map(fill, fillings)) == [each] * WRITERS
    finally:
        stop.touch()
    return [one.result().followed[0] for one in following], trusting.result()
