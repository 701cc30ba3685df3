"""Many writers at once: a balance is used once, a key counts once, nothing is stuck."""

import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from concurrency.work import Outcome, spend_with_one_key, spend_with_own_key
from loyaltyledger import InsufficientPointsError, Ledger, LedgerError, Receipt
from shop import Clock, Shop, open_shop

THREADS = 20
PROCESSES = 8


@pytest.fixture
def shop(shared_url: str) -> Iterator[Shop]:
    with open_shop(url=shared_url) as shop:
        shop.earn(100, "ann")
        shop.earn(100, "bob")
        yield shop


def in_threads(work: Callable[[int], Receipt]) -> list[Outcome]:
    """Do *work* in many threads at once; what is no refusal is an error of the test."""
    ready = threading.Barrier(THREADS)
    outcomes: list[Outcome] = []
    broken: list[BaseException] = []

    def run(number: int) -> None:
        try:
            ready.wait()
            outcomes.append(work(number))
        except LedgerError as error:
            outcomes.append(error)
        except BaseException as error:  # noqa: BLE001  # raised below
            broken.append(error)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if broken:
        raise broken[0]
    return outcomes


@pytest.fixture(scope="module")
def processes() -> Iterator[Executor]:
    """Eight processes, made once: starting them takes longer than their work."""
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        yield pool


def in_processes(
    pool: Executor, work: Callable[[tuple[str, int]], Outcome], url: str
) -> list[Outcome]:
    tasks = [(url, number) for number in range(PROCESSES)]
    return list(pool.map(work, tasks, timeout=120))


def check_one_of(outcomes: list[Outcome], count: int) -> None:
    receipts = [one for one in outcomes if isinstance(one, Receipt)]
    refusals = [one for one in outcomes if not isinstance(one, Receipt)]
    assert [one.spent for one in receipts] == [100]
    assert len(refusals) == count - 1
    for refusal in refusals:
        assert isinstance(refusal, InsufficientPointsError), refusal
        assert (refusal.requested, refusal.available) == (100, 0)


def test_of_twenty_threads_that_spend_one_balance_one_succeeds(shop: Shop) -> None:
    outcomes = in_threads(lambda number: shop.spend(100, key=f"order {number}"))

    check_one_of(outcomes, THREADS)
    assert shop.balance() == (0, 0, 0, 0)


def test_of_eight_processes_that_spend_one_balance_one_succeeds(
    shop: Shop, shared_url: str, processes: Executor
) -> None:
    outcomes = in_processes(processes, spend_with_own_key, shared_url)

    check_one_of(outcomes, PROCESSES)
    assert shop.balance() == (0, 0, 0, 0)


def test_a_key_from_twenty_threads_gives_one_receipt(shop: Shop) -> None:
    outcomes = in_threads(lambda _: shop.spend(100, key="order"))

    first = shop.ledger.receipt("order")
    assert outcomes == [first] * THREADS
    assert shop.balance() == (0, 0, 0, 0)


def test_a_key_from_eight_processes_gives_one_receipt(
    shop: Shop, shared_url: str, processes: Executor
) -> None:
    outcomes = in_processes(processes, spend_with_one_key, shared_url)

    first = shop.ledger.receipt("order")
    assert outcomes == [first] * PROCESSES
    assert shop.balance() == (0, 0, 0, 0)


def test_holds_from_twenty_threads_never_promise_a_point_twice(shop: Shop) -> None:
    outcomes = in_threads(lambda number: shop.hold(7, f"cart {number}"))

    held = [one for one in outcomes if isinstance(one, Receipt)]
    assert len(held) == 100 // 7
    assert shop.balance() == (100, 98, 0, 0)


def test_transfers_in_both_directions_neither_get_stuck_nor_lose_a_point(
    shop: Shop,
) -> None:
    def give(number: int) -> Receipt:
        giver, taker = ("ann", "bob") if number % 2 else ("bob", "ann")
        receipts = [
            shop.points(
                "transfer", giver, to_member=taker, points=3, key=f"{number} {turn}"
            )
            for turn in range(3)
        ]
        return receipts[-1]

    outcomes = in_threads(give)

    assert all(isinstance(one, Receipt) for one in outcomes), outcomes
    assert shop.balance("ann") == (100, 0, 0, 0)
    assert shop.balance("bob") == (100, 0, 0, 0)
    assert len(list(shop.ledger.store.commands())) == 5 + THREADS * 3


def test_purchases_of_many_members_at_once_are_all_recorded(shop: Shop) -> None:
    outcomes = in_threads(lambda number: shop.buy(f"p{number}", "5.00"))

    assert all(isinstance(one, Receipt) for one in outcomes), outcomes
    assert shop.balance() == (200, 0, 0, 0)


@pytest.mark.parametrize("undone", ["give_back", "reverse"])
def test_what_another_till_sold_is_taken_back_though_one_knew_the_account(
    shop: Shop, shared_url: str, undone: str
) -> None:
    with Ledger.open(shared_url, clock=Clock()) as ledger:
        other = Shop(ledger, Clock(), keys=itertools.count(1000))
        other.buy("p", "10.00", member_id="ann")

    if undone == "give_back":
        shop.give_back("p", "r")
    else:
        shop.reverse("purchase:p")

    assert shop.balance() == (100, 0, 0, 0)
