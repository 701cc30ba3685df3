"""Writers in each other's way: what is answered was so, and nobody waits for ever."""

import contextlib
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any

import attrs
import pytest

from loyaltyledger import InsufficientPointsError, Ledger, Receipt, Spend
from loyaltyledger.caching import StateCache
from loyaltyledger.store import Reading, Recorded, StoreBusyError, sqlite_turns
from shop import Clock, Shop, open_shop
from store.sample import in_child

WAIT_S = 0.5


class MeddlingCache(StateCache):
    """Lets others write at the moment when a state is asked for."""

    def __init__(self, stream: str, meddle: Callable[[], object]) -> None:
        super().__init__()
        self._stream = stream
        self._meddle: Callable[[], object] | None = meddle

    def get(self, stream: str) -> Any:
        if stream == self._stream and self._meddle is not None:
            meddle, self._meddle = self._meddle, None
            meddle()
        return super().get(stream)


def test_nobody_is_refused_for_what_never_was_so_at_one_time(postgres_url: str) -> None:
    with open_shop(url=postgres_url) as shop:
        household = {"household_id": "home", "member_id": "ann"}
        shop.earn(10)
        shop.do("form_household", household_id="home")
        shop.do("join_household", **household, may_spend=True)
        with Ledger.open(postgres_url, clock=shop.clock) as till:
            # Between the reading of the member, and of the household she was in:
            till._executor.cache = MeddlingCache(
                "household:shop:home", lambda: shop.do("leave_household", **household)
            )
            spend = Spend(
                key="s",
                programme_id="shop",
                member_id="ann",
                point_type="points",
                points=10,
            )

            (told,) = till.execute_many([spend])

        assert isinstance(told, Receipt)
        assert shop.balance() == (0, 0, 0, 0)


def test_who_was_served_elsewhere_is_served_without_a_lock_and_without_folding_again(
    shared_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        open_shop(url=shared_url) as shop,
        Ledger.open(shared_url, clock=shop.clock) as till,
    ):
        here = Shop(till, shop.clock)
        here.earn(10)
        shop.earn(20)
        read = _events_read(monkeypatch)
        monkeypatch.setattr(till._executor, "_carefully", None)

        here.spend(10)

        assert read == [2]  # the last that was known, and the news
        assert here.balance() == (20, 0, 0, 0)


def test_a_key_that_was_used_elsewhere_is_found_on_the_news_of_its_member(
    shared_url: str,
) -> None:
    with (
        open_shop(url=shared_url) as shop,
        Ledger.open(shared_url, clock=shop.clock) as till,
    ):
        here = Shop(till, shop.clock)
        here.earn(10)
        at = shop.clock()
        first = shop.spend(10, key="order", at=at)

        assert here.spend(10, key="order", at=at) == first
        assert here.balance() == (0, 0, 0, 0)


def _events_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count what each reading of a stream brings."""
    counts: list[int] = []
    events = Reading.events

    def counted(self: Reading, stream: str, *, after: int = 0) -> tuple[Recorded, ...]:
        found = events(self, stream, after=after)
        counts.append(len(found))
        return found

    monkeypatch.setattr(Reading, "events", counted)
    return counts


def test_a_child_is_not_stopped_by_what_a_thread_of_its_parent_held(
    sqlite_url: str,
) -> None:
    with open_shop(url=sqlite_url) as shop:
        with shop.ledger._executor.cache._lock:
            told = in_child(lambda: shop.earn(5).key)

        assert isinstance(told, str)
        assert shop.balance() == (5, 0, 0, 0)


# ── threads that commit together ─────────────────────────────────────────────


@attrs.define
class Crowd:
    """Threads that all wait for a file which another process holds."""

    shop: Shop
    file: sqlite3.Connection
    told: dict[int, object] = attrs.Factory(dict)
    took_s: list[float] = attrs.Factory(list)
    threads: list[threading.Thread] = attrs.Factory(list)

    def send(self, *work: Callable[[], object]) -> None:
        self.file.execute("BEGIN IMMEDIATE")
        for number, one in enumerate(work):
            thread = threading.Thread(target=self._run, args=(number, one))
            self.threads.append(thread)
            thread.start()

    def _run(self, number: int, work: Callable[[], object]) -> None:
        began = time.monotonic()
        try:
            self.told[number] = work()
        except Exception as error:  # noqa: BLE001  # the test judges it
            self.told[number] = error
        self.took_s.append(time.monotonic() - began)

    def wait_until_queued(self, count: int) -> None:
        turns = self.shop.ledger.store._engine._turns  # type: ignore[attr-defined]  # of SQLite
        until = time.monotonic() + 60
        while len(turns._waiting) < count:
            assert time.monotonic() < until, "they do not come"
            time.sleep(0.001)

    def let_go(self) -> list[object]:
        self.file.execute("ROLLBACK")
        return self.answers()

    def answers(self) -> list[object]:
        for thread in self.threads:
            thread.join()
        return [self.told[number] for number in range(len(self.threads))]


@contextlib.contextmanager
def crowd_at(path: Path, clock: Clock, **settings: Any) -> Iterator[Crowd]:
    url = f"sqlite:///{path}"
    with open_shop(url=url) as shop:
        shop.earn(10)
    with (
        Ledger.open(url, clock=clock, **settings) as ledger,
        contextlib.closing(
            sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        ) as file,
    ):
        crowd = Crowd(Shop(ledger, clock), file)
        assert crowd.shop.balance()[0] == 10
        yield crowd


def test_all_who_wait_for_a_busy_file_give_up_in_time(tmp_path: Path) -> None:
    with crowd_at(tmp_path / "l.db", Clock(), busy_timeout_s=WAIT_S) as crowd:
        keys = [f"k{number}" for number in range(12)]
        crowd.send(*(lambda key=key: crowd.shop.earn(1, key=key) for key in keys))
        told = crowd.answers()
        crowd.file.execute("ROLLBACK")

        assert all(isinstance(one, StoreBusyError) for one in told)
        # One after the other, each with a wait of its own, they would take 6 s.
        assert max(crowd.took_s) < 5 * WAIT_S
        assert crowd.shop.balance()[0] == 10, "who gave up has written nothing"


def test_threads_that_commit_together_have_each_their_own_answer(
    tmp_path: Path,
) -> None:
    with crowd_at(tmp_path / "l.db", Clock()) as crowd:
        shop = crowd.shop
        crowd.send(
            lambda: shop.earn(5, "bob", key="once"),
            lambda: shop.spend(10, key="a"),
            lambda: shop.spend(10, key="b"),
            lambda: shop.earn(5, "bob", key="once"),
        )
        crowd.wait_until_queued(4)

        first, *spent, again = crowd.let_go()

        assert first == again
        assert isinstance(first, Receipt)
        assert first.events == shop.ledger.receipt("once").events  # type: ignore[union-attr]  # it is there
        assert sorted(map(type, spent), key=str) == [InsufficientPointsError, Receipt]
        assert shop.balance() == (0, 0, 0, 0)
        assert shop.balance("bob") == (5, 0, 0, 0)
        assert shop.ledger.verify().is_sound


class BreakingClock(Clock):
    """Fails once, when it is told to."""

    is_broken = False

    def __call__(self) -> datetime:
        if self.is_broken:
            self.is_broken = False
            raise RuntimeError
        return super().__call__()


def test_what_breaks_one_commit_costs_only_one_thread(tmp_path: Path) -> None:
    clock = BreakingClock()
    with crowd_at(tmp_path / "l.db", clock) as crowd:
        keys = [f"k{number}" for number in range(6)]
        crowd.send(*(lambda key=key: crowd.shop.earn(1, key=key) for key in keys))
        crowd.wait_until_queued(6)
        clock.is_broken = True

        told = crowd.let_go()

        assert sorted(map(type, told), key=str) == [
            RuntimeError,
            *[Receipt] * 5,
        ]
        assert crowd.shop.balance()[0] == 15
        for key in keys:
            crowd.shop.earn(1, key=key)
        assert crowd.shop.balance()[0] == 16
        assert crowd.shop.ledger.verify().is_sound


# ── broken off ───────────────────────────────────────────────────────────────


class Interruption:
    """Ctrl-C before the nth step of waiting for one's turn."""

    def __init__(self, step: int) -> None:
        self._left = step
        self._frame: FrameType | None = None
        self.came = False

    def __call__(self, frame: FrameType, event: str, _: object) -> Any:
        if event == "call":
            waits = frame.f_code.co_name == "waited_for"
            is_ours = frame.f_code.co_filename == sqlite_turns.__file__
            if self._frame is not None or not (waits and is_ours):
                return None
            self._frame = frame
            frame.f_trace_opcodes = True
        elif event == "return":
            self._left = -1  # the turn has come
        elif event == "opcode":
            self._left -= 1
            if not self._left:
                self.came = True
                raise KeyboardInterrupt
        return self


def interrupted(work: Callable[[], object], step: int) -> bool:
    """Whether *work* has so many steps."""
    interruption, before = Interruption(step), sys.gettrace()
    sys.settrace(interruption)
    try:
        work()
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(before)
    return interruption.came


def test_who_is_broken_off_in_the_queue_keeps_no_turn(tmp_path: Path) -> None:
    with crowd_at(tmp_path / "l.db", Clock(), busy_timeout_s=WAIT_S) as crowd:
        shop, step = crowd.shop, 1

        def earn() -> Receipt:
            return shop.earn(1, key=f"k{step}")

        while interrupted(earn, step):
            another = threading.Thread(target=crowd._run, args=(step, earn))
            another.start()
            another.join()
            assert isinstance(crowd.told[step], Receipt)
            step += 1

        assert step > 20, "there is something to break off"
        assert shop.balance()[0] == 10 + step
