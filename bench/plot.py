"""``python -m bench.plot FILE.json [FOLDER]``: draw latency against length and size."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .page import DOCS, GRAPH
from .rows import Row, read

COMMAND = "sqlite.command"
INCHES = (9.0, 3.8)
COLOURS = {
    "ours": "#1b6ca8",
    "ours, cold": "#6aa84f",
    "plain": "#c8553d",
    "floor": "#7a7a7a",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.plot", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("folder", type=Path, nargs="?", default=DOCS)
    asked = parser.parse_args()
    draw(read(asked.file), asked.folder / GRAPH)


def draw(rows: Sequence[Row], path: Path) -> None:
    """Draw one command on SQLite, by the account's events and by the store's."""
    # The same rows give the same file, and its words stay words.
    with mpl.rc_context({"svg.hashsalt": GRAPH, "svg.fonttype": "none"}):
        figure = Figure(figsize=INCHES, layout="constrained")
        left, right = figure.subplots(1, 2, sharey=True)
        streams, stores = _by(rows, "stream_events"), _by(rows, "store_events")
        warm = [row for row in stores if not row["work"].endswith(".cold")]
        cold = [row for row in stores if row["work"].endswith(".cold")]
        _lines(left, streams, "stream_events", whose="ours")
        _lines(left, streams, "stream_events", whose="plain")
        _lines(left, streams, "stream_events", whose="floor")
        _lines(right, warm, "store_events", whose="ours")
        _lines(right, cold, "store_events", whose="ours", label="ours, cold")
        _lines(right, warm, "store_events", whose="floor")
        _dress(left, "events of the account")
        _dress(right, "events in the store")
        left.set_ylabel("one durable command, ms")
        figure.savefig(path, format="svg", metadata={"Date": None})


def _by(rows: Sequence[Row], measure: str) -> list[Row]:
    found = [row for row in rows if row["work"].startswith(COMMAND) and measure in row]
    return sorted(found, key=lambda row: int(row[measure]))


def _lines(
    axes: Axes, rows: Sequence[Row], measure: str, *, whose: str, label: str = ""
) -> None:
    """Draw p50 as a line, p99 as a dashed one."""
    prefix = "" if whose == "ours" else f"{whose}_"
    for share, style in (("p50", "o-"), ("p99", "o--")):
        axes.plot(
            [row[measure] for row in rows],
            [row[f"{prefix}{share}_ms"] for row in rows],
            style,
            color=COLOURS[label or whose],
            markersize=3,
            linewidth=1.2,
            label=f"{label or whose}, {share}",
        )


def _dress(axes: Axes, label: str) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(label)
    axes.grid(visible=True, which="major", linewidth=0.4)
    axes.legend(fontsize="x-small")


if __name__ == "__main__":
    main()
