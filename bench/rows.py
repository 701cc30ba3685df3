"""What was measured, as rows for a file and as a table for people."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .measure import Contest, Figure, Result

Row = dict[str, Any]

COLUMNS = ("work", "unit", "ours", "floor", "plain", "÷ floor", "÷ plain", "noise")
DIGITS = 4
LEGEND = (
    "÷ is ours / theirs, for bytes theirs / ours. Of rates more is better, of "
    "milliseconds less.\nnoise: cores that other processes kept busy."
)


def timed_row(work: str, unit: str, contest: Contest, result: Result) -> Row:
    """Make the row of a work whose single steps matter: with p50 and p99."""
    row = rate_row(work, unit, contest, result)
    figures = result.figures
    ours = figures["ours"]
    row |= {"p50_ms": _short(ours.p50_ms), "p99_ms": _short(ours.p99_ms)}
    for name in ("floor", "plain", "beside"):
        if name in figures:
            row |= _latencies(name, ours, figures[name])
    return row


def rate_row(work: str, unit: str, contest: Contest, result: Result) -> Row:
    """Make the row of a work of which only the rate matters."""
    rates = {name: figure.rate for name, figure in result.figures.items()}
    floor, plain = rates.get("floor"), rates.get("plain")
    row: Row = {
        "work": work,
        "unit": unit,
        "ours": _short(rates["ours"]),
        "floor": _short(floor),
        "plain": _short(plain),
        "ratio_to_floor": _ratio(rates["ours"], floor),
        "ratio_to_plain": _ratio(rates["ours"], plain),
        "runs": result.runs,
        "noise": _short(result.noise),
    }
    if contest.beside:
        row["beside"] = contest.beside[0]
        row["beside_rate"] = _short(rates["beside"])
    return row | dict(contest.facts)


def size_row(
    work: str, unit: str, *, ours: float, floor: float, plain: float | None
) -> Row:
    """Make the row of a size. Less is better, so its ratios are theirs / ours."""
    return {
        "work": work,
        "unit": unit,
        "ours": _short(ours),
        "floor": _short(floor),
        "plain": _short(plain),
        "ratio_to_floor": _ratio(floor, ours),
        "ratio_to_plain": None if plain is None else _ratio(plain, ours),
        "runs": 1,
        "noise": None,
    }


def table(rows: Sequence[Row]) -> str:
    """Lay the rows out for a terminal, with latencies on lines of their own."""
    lines: list[tuple[str, ...]] = [COLUMNS]
    for row in rows:
        lines.append(cells(row))
        if "p50_ms" in row:
            lines += [_latency_line(row, name) for name in ("p50_ms", "p99_ms")]
        if "p50_to_beside" in row:
            share = f"  p50 ÷ {row['beside']}", "", shown(row["p50_to_beside"])
            lines.append((*share, *[""] * (len(COLUMNS) - len(share))))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if number < 2 else cell.rjust(width)  # noqa: PLR2004  # words, then numbers
            for number, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def cells(row: Row) -> tuple[str, ...]:
    """Write a row's figures as texts, in the order of COLUMNS."""
    numbers = ("ours", "floor", "plain", "ratio_to_floor", "ratio_to_plain", "noise")
    return (row["work"], row["unit"], *(shown(row[name]) for name in numbers))


def shown(number: float | None) -> str:
    if number is None:
        return "-"
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"  # noqa: PLR2004  # whole from there on


def write(path: Path, rows: Sequence[Row]) -> None:
    text = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text(f"[\n{text}\n]\n", encoding="utf-8")


def read(path: Path) -> list[Row]:
    rows: list[Row] = json.loads(path.read_text(encoding="utf-8"))
    return rows


def _latencies(name: str, ours: Figure, theirs: Figure) -> Row:
    return {
        f"{name}_p50_ms": _short(theirs.p50_ms),
        f"{name}_p99_ms": _short(theirs.p99_ms),
        f"p50_to_{name}": _ratio(ours.p50_ms, theirs.p50_ms),
        f"p99_to_{name}": _ratio(ours.p99_ms, theirs.p99_ms),
    }


def _latency_line(row: Mapping[str, Any], name: str) -> tuple[str, ...]:
    share = name.removesuffix("_ms")
    numbers = [
        row.get(one)
        for one in (
            name,
            f"floor_{name}",
            f"plain_{name}",
            f"{share}_to_floor",
            f"{share}_to_plain",
        )
    ]
    return ("", f"  {share}, ms", *map(shown, numbers), "")


def _short(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.{DIGITS}g}")


def _ratio(ours: float, theirs: float | None) -> float | None:
    return None if theirs is None else _short(ours / theirs)
