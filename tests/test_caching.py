"""States are kept for the next command, and not without bounds."""

import pytest

from loyaltyledger import InvalidInputError, Ledger
from loyaltyledger.caching import StateCache
from loyaltyledger.desk import Loaded


def state(version: int, recorded_at: int | None = 1) -> Loaded:
    return Loaded(version=version, state=object(), recorded_at=recorded_at)


def test_what_was_not_used_for_longest_goes_first() -> None:
    cache = StateCache(10)
    cache.keep({"account:1": state(4), "account:2": state(4)})
    assert cache.get("account:1") is not None

    cache.keep({"account:3": state(4)})

    assert cache.get("account:2") is None
    assert cache.get("account:1") is not None
    assert cache.get("account:3") is not None


def test_what_the_last_command_used_stays_however_long_it_is() -> None:
    cache = StateCache(10)
    cache.keep({"account:1": state(4)})

    cache.keep({"account:2": state(400), "member:2": state(1), "programme:1": state(1)})

    assert cache.get("account:1") is None
    assert cache.get("account:2") is not None
    assert cache.get("member:2") is not None


def test_what_is_too_long_goes_with_the_next_command() -> None:
    cache = StateCache(10)
    cache.keep({"account:1": state(400), "member:1": state(1)})

    cache.keep({"account:2": state(4)})

    assert cache.get("account:1") is None
    assert cache.get("account:2") is not None


def test_a_later_state_takes_the_place_of_an_earlier_one_and_never_the_other_way() -> (
    None
):
    cache = StateCache(10)
    later = state(3, recorded_at=30)
    cache.keep({"account:1": state(2, recorded_at=20)})
    cache.keep({"account:1": later})

    cache.keep({"account:1": state(2, recorded_at=20)})

    assert cache.get("account:1") is later


@pytest.mark.parametrize(
    ("stream", "loaded"),
    [
        ("purchase:1", state(1)),  # used once
        ("account:1", state(1, recorded_at=None)),  # not known to be committed
    ],
)
def test_keeps_only_what_helps_and_is_sure(stream: str, loaded: Loaded) -> None:
    cache = StateCache()

    cache.keep({stream: loaded})

    assert cache.get(stream) is None


def test_keeps_nothing_where_it_may_not() -> None:
    cache = StateCache(0)

    cache.keep({"account:1": state(1)})

    assert cache.get("account:1") is None


@pytest.mark.parametrize("wrong", [-1, 2.5, "many", None])
def test_refuses_what_is_no_number_of_events(wrong: object) -> None:
    with pytest.raises(InvalidInputError, match="cached_events"):
        Ledger.open("memory:", cached_events=wrong)  # type: ignore[arg-type]
