"""Contenders measured in turns, so that noise meets all of them alike."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence

import attrs

from .noise import Noise
from .scale import Scale

NOISE_MAX = 0.2

Step = Callable[[], object]
Prepare = Callable[[], object]


@attrs.frozen(kw_only=True)
class Slice:
    """What was done in one go: how much of the unit, and how long each step took."""

    units: float
    seconds: float
    latencies: Sequence[float]


Runner = Callable[[float], Slice]
"""Works for about as many seconds as it is told, and for one step at least."""


@attrs.frozen(kw_only=True)
class Contest:
    """The same work done by us and by others.

    *beside* is another work of ours that this one is held against, by its name.
    """

    ours: Runner
    floor: Runner | None = None
    plain: Runner | None = None
    beside: tuple[str, Runner] | None = None
    facts: Mapping[str, float] = attrs.field(factory=dict)

    def runners(self) -> dict[str, Runner]:
        named = {"ours": self.ours, "floor": self.floor, "plain": self.plain}
        if self.beside:
            named["beside"] = self.beside[1]
        return {name: runner for name, runner in named.items() if runner}


@attrs.frozen(kw_only=True)
class Figure:
    """Units per second, and milliseconds of a step."""

    rate: float
    p50_ms: float
    p99_ms: float


@attrs.frozen(kw_only=True)
class Run:
    """One run's figures of each contender, and the cores that others used."""

    figures: Mapping[str, Figure]
    noise: float | None


@attrs.frozen(kw_only=True)
class Result:
    """The medians of the runs that were kept, and the noise of the noisiest."""

    figures: Mapping[str, Figure]
    runs: int
    noise: float | None


def stepping(step: Step, *, units: float = 1, prepare: Prepare | None = None) -> Runner:
    """Time each step by itself; only the time within steps counts."""

    def run(seconds: float) -> Slice:
        until = time.monotonic() + seconds
        latencies = repeated(step, until=until, prepare=prepare)
        done = units * len(latencies)
        return Slice(units=done, seconds=sum(latencies), latencies=latencies)

    return run


def repeated(
    step: Step, *, until: float, prepare: Prepare | None = None
) -> list[float]:
    """Do steps until the clock says so; return how long each took."""
    latencies: list[float] = []
    while not latencies or time.monotonic() < until:
        if prepare:
            prepare()
        before = time.perf_counter()
        step()
        latencies.append(time.perf_counter() - before)
    return latencies


def measure(contest: Contest, scale: Scale) -> Result:
    """Do runs until enough of them were quiet; keep the quietest."""
    runners = contest.runners()
    for runner in runners.values():
        runner(scale.slice_s)  # warms up
    runs: list[Run] = []
    while len(runs) < scale.attempts and sum(map(_is_quiet, runs)) < scale.runs:
        runs.append(_run(runners, scale))
    return _median(sorted(runs, key=_noise)[: scale.runs])


def percentile(latencies: Sequence[float], share: float) -> float:
    return sorted(latencies)[min(len(latencies) - 1, int(len(latencies) * share))]


def _run(runners: Mapping[str, Runner], scale: Scale) -> Run:
    done: dict[str, list[Slice]] = {name: [] for name in runners}
    with Noise() as noise:
        for number in range(scale.slices):
            for name in _rotated(tuple(runners), number):
                spent = sum(one.seconds for one in done[name])
                # One whose steps are long lets its next turns pass.
                if spent <= number * scale.slice_s:
                    done[name].append(runners[name](scale.slice_s))
    figures = {name: _figure(slices) for name, slices in done.items()}
    return Run(figures=figures, noise=noise.cores)


def _rotated(names: tuple[str, ...], number: int) -> tuple[str, ...]:
    first = number % len(names)
    return names[first:] + names[:first]


def _figure(slices: Sequence[Slice]) -> Figure:
    latencies = [latency for one in slices for latency in one.latencies]
    return Figure(
        rate=sum(one.units for one in slices) / sum(one.seconds for one in slices),
        p50_ms=percentile(latencies, 0.5) * 1000,
        p99_ms=percentile(latencies, 0.99) * 1000,
    )


def _noise(run: Run) -> float:
    return run.noise or 0.0


def _is_quiet(run: Run) -> bool:
    return _noise(run) <= NOISE_MAX


def _median(runs: Sequence[Run]) -> Result:
    figures = {
        name: Figure(
            rate=statistics.median(run.figures[name].rate for run in runs),
            p50_ms=statistics.median(run.figures[name].p50_ms for run in runs),
            p99_ms=statistics.median(run.figures[name].p99_ms for run in runs),
        )
        for name in runs[0].figures
    }
    heard = [run.noise for run in runs if run.noise is not None]
    return Result(figures=figures, runs=len(runs), noise=max(heard, default=None))
