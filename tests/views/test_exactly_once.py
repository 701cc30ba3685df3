"""Every event is counted once, whoever follows, and whatever kills them."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from loyaltyledger import Ledger, Recorded, ViewWorker
from loyaltyledger.views.database import Database
from loyaltyledger.views.following import Follower
from shop import Clock, new_ledger, open_shop
from views.history import History, run_on_views, view_rows

FOLLOW = Path(__file__).with_name("follow.py")


def assert_counted_once(ledger: Ledger) -> None:
    ledger.views.follow()
    followed = view_rows(ledger)
    ledger.rebuild()
    assert view_rows(ledger) == followed
    assert list(ledger.views.differences()) == []


def test_many_followers_and_a_writer(store_url: str) -> None:
    with new_ledger(store_url, clock := Clock()) as ledger:
        history = History(ledger, clock, 3)
        history.begin()
        done = threading.Event()
        failed: list[BaseException] = []

        def follow(number: int) -> None:
            follower = Follower(Database(ledger.store), events_per_page=number + 1)
            try:
                while not done.is_set():
                    follower.follow()
            except BaseException as error:  # noqa: BLE001  # judged below
                failed.append(error)

        threads = [threading.Thread(target=follow, args=(n,)) for n in range(3)]
        for thread in threads:
            thread.start()
        history.go_on(100)
        done.set()
        for thread in threads:
            thread.join()

        assert failed == []
        assert_counted_once(ledger)


def test_two_followers_of_one_page_apply_it_once(shared_url: str) -> None:
    with open_shop(url=shared_url) as shop:
        for points in range(1, 5):
            shop.earn(points)
        ready = threading.Barrier(4)

        class Waiting(Follower):
            def _page(self, position: int) -> list[Recorded]:
                page = super()._page(position)
                ready.wait()
                return page

        followers = [Waiting(Database(shop.ledger.store)) for _ in range(4)]
        threads = [threading.Thread(target=one.follow) for one in followers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        (row,) = (one for _, one in shop.ledger.balances(programme_id="shop"))
        assert row.available == 10
        assert_counted_once(shop.ledger)


def test_a_follower_that_is_killed_again_and_again(shared_url: str) -> None:
    with new_ledger(shared_url, clock := Clock()) as ledger:
        history = History(ledger, clock, 4)
        history.begin()
        history.go_on(150)
        events = len(ledger.store.log())
        random = Random(5)
        killed = 0

        for _ in range(5):
            child = subprocess.Popen(
                [sys.executable, str(FOLLOW), shared_url], stdout=subprocess.PIPE
            )
            assert child.stdout is not None
            for _ in range(random.randint(1, 7)):
                child.stdout.readline()
            child.kill()
            child.communicate()
            killed += child.returncode == -9

        assert killed == 5
        assert 0 < ledger.views.follow() < events
        assert_counted_once(ledger)


def test_a_rebuild_that_is_killed_is_finished_by_the_next_reader(
    shared_url: str,
) -> None:
    with open_shop(url=shared_url) as shop:
        for points in range(1, 8):
            shop.earn(points)
        shop.ledger.views.follow()
        right = view_rows(shop.ledger)
        follower = Follower(Database(shop.ledger.store), events_per_page=2)
        follower.clear()
        follower._step(0)

        (balance,) = (one for _, one in shop.ledger.balances(programme_id="shop"))

        assert balance.available == 28
        assert view_rows(shop.ledger) == right


def test_a_worker_keeps_the_views_up_to_date(store_url: str) -> None:
    with open_shop(url=store_url) as shop:
        with ViewWorker(shop.ledger, interval_s=0.01) as worker:
            shop.earn(5)
            head = shop.ledger.store.head()

            assert until(lambda: positions(shop.ledger) == {head})

            assert worker.last_error is None
        shop.earn(6)
        assert not until(lambda: positions(shop.ledger) != {head}, tries=5)


def test_a_worker_survives_what_the_store_refuses(shared_url: str) -> None:
    with open_shop(url=shared_url) as shop:
        shop.ledger.views.follow()
        move = "ALTER TABLE {schema}view_lot RENAME TO {name}"
        run_on_views(shop.ledger, move.replace("{name}", "mislaid"))
        shop.earn(5)
        with ViewWorker(shop.ledger, interval_s=0.01) as worker:
            assert until(lambda: worker.last_error is not None)
            back = "ALTER TABLE {schema}mislaid RENAME TO view_lot"

            run_on_views(shop.ledger, back)

            head = shop.ledger.store.head()
            assert until(lambda: positions(shop.ledger) == {head})
            assert until(lambda: worker.last_error is None)


def positions(ledger: Ledger) -> set[object]:
    return {row[2] for row in view_rows(ledger)["view_position"]}


def until(holds: Callable[[], bool], tries: int = 500) -> bool:
    """Wait for something to be so."""
    for _ in range(tries):
        if holds():
            return True
        time.sleep(0.02)
    return False
