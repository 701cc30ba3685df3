"""``python -m bench.page FILE.json``: put the figures into docs/performance.md."""

import argparse
import itertools
from collections.abc import Sequence
from pathlib import Path

from .rows import Row, cells, read, shown

DOCS = Path(__file__).parent.parent / "docs"
GRAPH = "performance.svg"
PAGE = DOCS / "performance.md"
BEGIN, END = "<!-- figures: begin -->\n", "<!-- figures: end -->\n"
HEADINGS = (
    ("work", "unit", "ours", "floor", "plain", "÷ floor", "÷ plain"),
    ("latency of", "p50, ms", "p99, ms", "÷ floor", "÷ plain", "beside", "÷ beside"),
)


class NoFiguresError(Exception):
    """The page has no place for figures."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.page", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("page", type=Path, nargs="?", default=PAGE)
    asked = parser.parse_args()
    text = asked.page.read_text(encoding="utf-8")
    asked.page.write_text(with_figures(text, read(asked.file)), encoding="utf-8")


def with_figures(page: str, rows: Sequence[Row]) -> str:
    """Replace what stands between the marks."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise NoFiguresError(f"{BEGIN.strip()} and {END.strip()} are missing")
    return f"{before}{begin}{figures(rows)}{end}{after}"


def figures(rows: Sequence[Row]) -> str:
    """Write two tables, of rates and of latencies, and where they come from."""
    rates, latencies = HEADINGS
    machine = "; ".join(sorted({row["machine"] for row in rows}))
    noisiest = max((row["noise"] or 0.0 for row in rows), default=0.0)
    return "\n".join(
        (
            f"Measured on: {machine}. Others used up to {shown(noisiest)} cores.",
            "",
            _table(rates, [cells(row)[: len(rates)] for row in rows]),
            _table(latencies, [_latency(row) for row in rows if "p50_ms" in row]),
            f"![Latency by the account's and by the store's events]({GRAPH})\n",
        )
    )


def _latency(row: Row) -> tuple[str, ...]:
    pairs = [
        f"{shown(row.get(f'p50_to_{other}'))} / {shown(row.get(f'p99_to_{other}'))}"
        for other in ("floor", "plain")
    ]
    beside = row.get("beside", ""), shown(row.get("p50_to_beside"))
    return row["work"], shown(row["p50_ms"]), shown(row["p99_ms"]), *pairs, *beside


def _table(heading: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rule = ["---", *itertools.repeat("--:", len(heading) - 1)]
    return "".join(f"| {' | '.join(line)} |\n" for line in (heading, rule, *lines))


if __name__ == "__main__":
    main()
