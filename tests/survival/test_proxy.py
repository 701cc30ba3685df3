"""A connection that is cut anywhere: nothing is lost, nothing happens twice."""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import attrs
import pytest

from loyaltyledger import Earn, Ledger, Receipt, Spend, Transfer, migrate
from loyaltyledger.store import CommitUnknownError, StoreUnavailableError
from shop import Clock, Shop, open_shop
from survival.kills_loop import Crew, Rounds, set_up
from survival.scale import LONG, TIMEOUT_S
from survival.wire import Cut, Wire, wire

ROUNDS = 20 if LONG else 2
CUTS_PER_ROUND = 5
MESSAGES_MAX = 100

ANN: dict[str, Any] = {
    "programme_id": "shop",
    "member_id": "ann",
    "point_type": "points",
}

Act = Callable[[Shop, str], object]
"""Does something under a key, and returns what it was answered."""


def spend(shop: Shop, key: str) -> Receipt:
    return shop.spend(1, key=key)


def transfer(shop: Shop, key: str) -> Receipt:
    return shop.points("transfer", to_member="bob", points=1, key=key)


def buy(shop: Shop, key: str) -> Receipt:
    return shop.buy(key, "3.00", "4.00", key=key)


def batch(shop: Shop, key: str) -> object:
    return shop.ledger.execute_many(
        (
            Earn(key=key, points=5, **ANN),
            Spend(key=f"{key} spend", points=1, **ANN),
            Transfer(key=f"{key} move", points=1, to_member="bob", **ANN),
        )
    )


ACTS: dict[Act, tuple[int, int]] = {
    spend: (-1, 0),
    transfer: (-1, 1),
    buy: (7, 0),
    batch: (3, 1),
}
"""What each gives to ann and to bob."""


@attrs.frozen
class Desk:
    """A shop at the far end of a wire, and the same shop without one."""

    far: Shop
    near: Shop
    wire: Wire

    def is_there(self, key: str) -> bool:
        with self.near.ledger.store.reading() as reading:
            return reading.key(key) is not None

    def balances(self) -> tuple[int, int]:
        return self.near.free("ann"), self.near.free("bob")

    def given_since(self, before: tuple[int, int]) -> tuple[int, int]:
        ann, bob = self.balances()
        return ann - before[0], bob - before[1]


@pytest.fixture
def desk(postgres_tcp_url: str) -> Iterator[Desk]:
    with open_shop(url=postgres_tcp_url) as near, wire(postgres_tcp_url) as made:
        near.earn(1000)
        with Ledger.open(made.through(postgres_tcp_url), clock=Clock()) as ledger:
            yield Desk(Shop(ledger, near.clock), near, made)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_a_command_whose_answer_was_lost_gives_its_receipt(
    desk: Desk, act: Act
) -> None:
    before = desk.balances()
    desk.wire.planned = cut = Cut(is_due=lambda: desk.is_there("order"))

    answer = act(desk.far, "order")

    assert cut.is_done
    assert act(desk.near, "order") == answer
    assert desk.given_since(before) == ACTS[act]


@pytest.mark.parametrize("is_answered", [False, True], ids=["before", "answered"])
@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_a_command_is_done_once_wherever_the_wire_is_cut(
    desk: Desk, act: Act, *, is_answered: bool
) -> None:
    cut = Cut(is_done=True)
    while cut.is_done:
        assert cut.number < MESSAGES_MAX
        cut = Cut(number=cut.number + 1, is_answered=is_answered)
        before = desk.balances()
        key = f"order {cut.number}"

        answer = done_once(desk, act, key, cut)

        assert act(desk.near, key) == answer
        assert desk.given_since(before) == ACTS[act]

    assert cut.number > 1
    assert desk.near.ledger.verify().findings == ()


def done_once(desk: Desk, act: Act, key: str, cut: Cut) -> object:
    """Do it over the wire, as a caller does: once more after a technical error."""
    desk.wire.planned = cut
    try:
        return act(desk.far, key)
    except StoreUnavailableError:
        assert cut.is_done
        return act(desk.far, key)
    finally:
        desk.wire.planned = None


@pytest.mark.parametrize("is_answered", [False, True], ids=["before", "answered"])
def test_views_count_an_event_once_wherever_the_wire_is_cut(
    desk: Desk, *, is_answered: bool
) -> None:
    cut = Cut(is_done=True)
    while cut.is_done:
        assert cut.number < MESSAGES_MAX
        cut = Cut(number=cut.number + 1, is_answered=is_answered)
        desk.near.earn(1)
        desk.wire.planned = cut
        try:
            desk.far.ledger.views.follow()
        except (StoreUnavailableError, CommitUnknownError):
            desk.far.ledger.views.follow()

    assert cut.number > 1
    assert list(desk.near.ledger.views.differences()) == []


@pytest.mark.slow
@pytest.mark.timeout(TIMEOUT_S)
def test_answers_cut_again_and_again_while_tills_sell(
    postgres_tcp_url: str, tmp_path: Path
) -> None:
    migrate(postgres_tcp_url)
    set_up(postgres_tcp_url)
    with wire(postgres_tcp_url) as made:
        tried: list[Cut] = []

        def strike(_crew: Crew) -> int:
            for _ in range(CUTS_PER_ROUND):
                tried.extend(made.cut_all())
                time.sleep(0.1)
            return 0

        rounds = Rounds(
            url=postgres_tcp_url,
            tills_url=made.through(postgres_tcp_url),
            folder=tmp_path,
            random=Random(3),
        )
        for left in reversed(range(ROUNDS)):
            verdict = rounds.go(strike, thoroughly=not left)
            assert verdict.is_clean, verdict

    done = sum(cut.is_done for cut in tried)
    assert done > ROUNDS
    last = rounds.verdicts[-1]
    sys.stdout.write(f"{done} answers cut, {last.acknowledged} acknowledged, 0 lost\n")
