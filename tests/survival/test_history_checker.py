"""The checker of histories passes what can be, and finds each planted fault."""

from random import Random

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from survival.history import Entry, History, Read, Write, faults

SEEDS = st.integers(0, 2**32)


@attrs.frozen
class Made:
    """A history that can be, and its log."""

    history: History
    log: tuple[Entry, ...]


def made(seed: int, count: int = 40) -> Made:
    """Let all take effect at an instant each; noted is only a time around it."""
    random = Random(seed)
    log: list[Entry] = []
    writes: list[Write] = []
    reads: list[Read] = []
    balances = {"a": 0, "b": 0}
    versions = {"a": 0, "b": 0}
    for number in range(count):
        now = float(number)
        start, end = now - random.random() * 5, now + random.random() * 5
        stream = random.choice("ab")
        if number % 3:
            points = random.choice((-1, 1, 2))
            balances[stream] += points
            versions[stream] += 1
            place = (number + 1, stream, versions[stream])
            log.append(
                Entry(
                    position=place[0],
                    stream=stream,
                    version=place[2],
                    key=f"k{number}",
                    points=points,
                )
            )
            done = Write(key=f"k{number}", start=start, end=end, places=(place,))
            writes.append(done)
            if random.random() < 0.2:  # somebody else sends it too, later
                writes.append(attrs.evolve(done, start=end, end=end + 1))
        else:
            seen = balances[stream]
            reads.append(Read(stream=stream, start=start, end=end, points=seen))
    followed = (tuple(entry.position for entry in log),)
    random.shuffle(writes)
    history = History(writes=tuple(writes), reads=tuple(reads), followed=followed)
    return Made(history, tuple(log))


@given(SEEDS)
def test_what_can_be_passes(seed: int) -> None:
    case = made(seed)

    assert faults(case.history, case.log) == ()


@given(SEEDS, st.integers(0, 1000))
def test_a_dropped_event_is_found(seed: int, number: int) -> None:
    case = made(seed)
    gone = number % len(case.log)

    assert faults(case.history, (*case.log[:gone], *case.log[gone + 1 :]))


@given(SEEDS, st.integers(0, 1000))
def test_a_swapped_pair_is_found(seed: int, number: int) -> None:
    case = made(seed)
    first = number % (len(case.log) - 1)
    log = list(case.log)
    log[first], log[first + 1] = log[first + 1], log[first]

    assert faults(case.history, log)


@given(SEEDS, st.integers(0, 1000))
def test_a_doubled_key_is_found(seed: int, number: int) -> None:
    case = made(seed)
    again = case.log[number % len(case.log)]
    version = max(one.version for one in case.log if one.stream == again.stream) + 1
    doubled = attrs.evolve(again, position=10_000, version=version)

    assert faults(case.history, (*case.log, doubled))


@pytest.mark.parametrize("key", ["k1", "unasked"])
def test_a_key_that_nobody_was_answered_for_is_found(key: str) -> None:
    case = made(1)
    history = attrs.evolve(
        case.history,
        writes=tuple(one for one in case.history.writes if one.key != key),
    )
    extra = Entry(position=10_000, stream="c", version=1, key=key, points=0)

    assert faults(history, (*case.log, extra))


def one_stream(*points: int) -> tuple[History, tuple[Entry, ...]]:
    """Write one after the other: in the second n, and answered half a second later."""
    log = tuple(
        Entry(position=n, stream="a", version=n, key=f"k{n}", points=each)
        for n, each in enumerate(points, start=1)
    )
    writes = tuple(
        Write(key=one.key, start=n, end=n + 0.5, places=((n, "a", n),))
        for n, one in enumerate(log, start=1)
    )
    return History(writes=writes), log


def reading(history: History, *reads: tuple[float, float, int]) -> History:
    return attrs.evolve(
        history,
        reads=tuple(
            Read(stream="a", start=start, end=end, points=points)
            for start, end, points in reads
        ),
    )


@pytest.mark.parametrize(
    ("start", "end", "points"),
    [
        (2.6, 2.8, 10),  # stale: the second was answered at 2.5
        (1.6, 1.8, 30),  # the second was sent at 2 only
        (1.0, 1.8, 7),  # no sum of a beginning
        (0.1, 9.0, -5),
    ],
)
def test_a_read_that_cannot_be_is_found(start: float, end: float, points: int) -> None:
    history, log = one_stream(10, 20, 30)

    assert faults(reading(history, (start, end, points)), log)


@pytest.mark.parametrize("points", [10, 30])
def test_a_read_beside_a_write_may_see_it_or_not(points: int) -> None:
    history, log = one_stream(10, 20, 30)

    assert faults(reading(history, (1.6, 2.2, points)), log) == ()


def test_reads_that_go_back_are_found() -> None:
    history, log = one_stream(10, 20, 30)
    seen_early = reading(history, (2.0, 2.1, 30), (2.2, 2.4, 10))

    assert faults(seen_early, log)
    assert faults(reading(history, (2.0, 2.1, 10), (2.2, 2.4, 30)), log) == ()


def test_a_balance_that_comes_back_is_no_going_back() -> None:
    history, log = one_stream(10, 20, -20)

    assert faults(reading(history, (2.0, 2.1, 30), (3.2, 3.4, 10)), log) == ()


def test_a_place_behind_what_was_answered_before_is_found() -> None:
    history, log = one_stream(10, 20)
    early, late = history.writes
    swapped = attrs.evolve(
        history,
        writes=(
            attrs.evolve(early, start=late.end + 1, end=late.end + 2),
            late,
        ),
    )

    assert faults(swapped, log)


@pytest.mark.parametrize("seen", [(1, 3), (1, 2, 2, 3), (1, 3, 2), ()])
def test_a_follower_that_misses_repeats_or_swaps_is_found(
    seen: tuple[int, ...],
) -> None:
    history, log = one_stream(10, 20, 30)

    assert faults(attrs.evolve(history, followed=(seen,)), log)
