"""The bench runs, and says what it measured; how fast is not asked here."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import attrs
import pytest
from bench import measure, noise
from bench.measure import Contest, Slice
from bench.page import BEGIN, END, with_figures
from bench.place import found_place
from bench.scale import FULL, TINY
from bench.stores import members_of, store_of
from bench.works import works

from loyaltyledger import FindingKind, Ledger

ROOT = Path(__file__).parent.parent
ASKED_FOR = {
    "sqlite.command",
    "sqlite.command.stream_10000",
    "sqlite.command.stream_100000",
    "sqlite.command.store_10m",
    "sqlite.command.store_10m.cold",
    "sqlite.hold_capture",
    "sqlite.execute_many",
    "sqlite.threads_8",
    "sqlite.bulk",
    "postgres.command.1",
    "postgres.command.8",
    "postgres.command.4_hot",
    "postgres.hold_capture",
    "postgres.execute_many",
    "postgres.bulk",
    "replay.python",
    "replay.balances",
    "balance.read",
    "disk",
    "memory",
}
FIELDS = {
    *("work", "unit", "ours", "floor", "plain", "ratio_to_floor", "ratio_to_plain"),
    *("runs", "noise", "machine"),
}
LATENCIES = {
    f"{prefix}{share}_ms" for prefix in ("", "floor_") for share in ("p50", "p99")
}


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=250,
    )


@pytest.mark.slow
def test_every_work_gives_a_row_and_leaves_nothing_behind(tmp_path: Path) -> None:
    file = tmp_path / "rows.json"

    done = bench("--tiny", "--json", str(file))

    assert done.returncode == 0, done.stderr
    rows: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    assert [row["work"] for row in rows] == [work.name for work in works(TINY)]
    for row in rows:
        assert row.keys() >= FIELDS
        assert row["work"] in done.stdout
        assert row["ratio_to_floor"] == pytest.approx(ratio(row), rel=0.01)
        assert "p50_ms" not in row or row.keys() >= LATENCIES
    (folder,) = re.findall(r"tiny run in (\S+)", done.stderr)
    assert not Path(folder).exists()


def ratio(row: dict[str, Any]) -> float:
    """Ours against the floor, so that more is better."""
    ours, floor = float(row["ours"]), float(row["floor"])
    return floor / ours if row["unit"].startswith("B/") else ours / floor


def test_measures_what_was_asked_for() -> None:
    assert {work.name for work in works(FULL)} >= ASKED_FOR


def test_measures_only_what_is_picked() -> None:
    done = bench("--tiny", "--only", "sqlite.command,sqlite.exec*")

    picked = re.findall(r"^(\S+): \d+ s$", done.stderr, re.MULTILINE)
    assert picked == [
        "sqlite.command",
        "sqlite.execute_many",
        "sqlite.execute_many.purchases",
    ]


def test_names_the_works_where_one_is_unknown() -> None:
    done = bench("--only", "sqlite.nothing")

    assert done.returncode == 1
    assert "sqlite.hold_capture" in done.stderr


def test_a_stamped_store_is_a_sound_ledger_but_for_its_digests(tmp_path: Path) -> None:
    with found_place(TINY, kept=tmp_path) as place:
        built = store_of(place, 200)
        (kept,) = tmp_path.glob("*.db")
        made_at = kept.stat().st_mtime_ns

        for path in (built, store_of(place, 200)):
            with Ledger.open(f"sqlite:///{path}") as ledger:
                # digests of commands are those of the member that was repeated
                assert ledger.verify().kinds() <= {FindingKind.COMMAND_DAMAGED}
                assert ledger.store.head() == 201
                assert len(tuple(ledger.store.streams("account:"))) == 10
                assert ledger.receipt(f"history 7 of {members_of(200)[9]}")

    assert list(tmp_path.iterdir()) == [kept]
    assert kept.stat().st_mtime_ns == made_at, "built once, copied twice"


def test_one_whose_steps_are_long_lets_its_turns_pass() -> None:
    scale = attrs.evolve(TINY, slices=10, slice_s=0.001)
    turns = {"ours": 0, "plain": 0}

    def runner(name: str, seconds: float) -> measure.Runner:
        def run(_: float) -> Slice:
            turns[name] += 1
            return Slice(units=1, seconds=seconds, latencies=(seconds,))

        return run

    contest = Contest(ours=runner("ours", 0.001), plain=runner("plain", 1.0))
    result = measure.measure(contest, scale)

    assert turns == {"ours": 11, "plain": 2}, "with one turn each to warm up"
    assert result.figures["ours"].rate == pytest.approx(1000)
    assert result.figures["plain"].p50_ms == pytest.approx(1000)


def test_noisy_runs_are_repeated_and_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = iter([0.0, 1.5, 0.1, 0.0, 2.0])
    took = iter([1, 2, 100, 3, 4, 5])  # the first warms up

    class Heard:
        cores: float

        def __enter__(self) -> Self:
            self.cores = next(heard)
            return self

        def __exit__(self, *_: object) -> None:
            pass

    def run(_: float) -> Slice:
        seconds = next(took)
        return Slice(units=1, seconds=seconds, latencies=(seconds,))

    monkeypatch.setattr(measure, "Noise", Heard)
    scale = attrs.evolve(TINY, runs=3, attempts=5)
    result = measure.measure(Contest(ours=run), scale)

    assert result.runs == 3
    assert result.noise == 0.1
    assert result.figures["ours"].p50_ms == 3000, "of 2, 3 and 4 seconds"


def test_what_we_and_our_children_use_is_no_noise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 10.0])
    monkeypatch.setattr(noise, "PROC", tmp_path)
    monkeypatch.setattr(noise, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    second = os.sysconf("SC_CLK_TCK")

    def used(*, everybody: int, us: int, child: int) -> None:
        (tmp_path / "stat").write_text(f"cpu {everybody * second} 0 0 777 77 0 0 0 0 0")
        for process, parent, seconds in ((os.getpid(), 1, us), (7, os.getpid(), child)):
            folder = tmp_path / str(process)
            folder.mkdir(exist_ok=True)
            between = " 0" * 9
            times = f"{seconds * second} 0 0 0"
            (folder / "stat").write_text(f"{process} (a b) S {parent}{between} {times}")

    used(everybody=100, us=10, child=20)
    with noise.Noise() as heard:
        used(everybody=120, us=14, child=23)

    assert heard.cores == pytest.approx((20 - 4 - 3) / 10)


def row(**fields: Any) -> dict[str, Any]:
    made: dict[str, Any] = dict.fromkeys(FIELDS)
    return made | {"work": "a", "unit": "b/s", "ours": 2.0, "machine": "m"} | fields


def test_a_page_gets_new_figures_and_keeps_its_words() -> None:
    page = f"before\n{BEGIN}old\n{END}after\n"

    once = with_figures(page, [row(floor=4.0, ratio_to_floor=0.5)])
    twice = with_figures(once, [row(floor=4.0, ratio_to_floor=0.5)])

    assert once == twice
    assert once.startswith("before\n")
    assert once.endswith("after\n")
    assert "old" not in once
    assert "| a | b/s | 2 | 4 | - | 0.5 | - |" in once


def test_the_same_rows_draw_the_same_graph(tmp_path: Path) -> None:
    plot = pytest.importorskip("bench.plot", reason="needs the extra `bench`")
    latencies = dict.fromkeys(
        [
            f"{who}{share}_ms"
            for who in ("", "floor_", "plain_")
            for share in ("p50", "p99")
        ],
        1.0,
    )
    rows = [
        row(work="sqlite.command", stream_events=10, store_events=20, **latencies),
        row(work="sqlite.command.store_1k.cold", store_events=1000, **latencies),
    ]
    drawn = []
    for name in ("one", "other"):
        plot.draw(rows, tmp_path / name)
        drawn.append((tmp_path / name).read_text(encoding="utf-8"))

    assert drawn[0] == drawn[1]
    assert "ours, cold, p99" in drawn[0]
