"""``python -m bench``: measure, print a table, write rows."""

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from .place import Place, found_place, machine
from .rows import LEGEND, Row, table, write
from .scale import FULL, QUICK, TINY, Scale
from .works import Work, works


def main() -> None:
    # Being stopped is no reason to leave files and servers behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    asked = _arguments()
    scale: Scale = asked.scale
    chosen = _chosen(works(scale), asked.only)
    with found_place(scale, kept=asked.keep) as place:
        print(f"{scale.name} run in {place.folder}", file=sys.stderr)
        about = f"{machine(place)}; {scale.name} run, {time.strftime('%Y-%m-%d')}"
        rows: list[Row] = []
        for work in chosen:
            rows.append(_row(work, place) | {"machine": about})
            if asked.json:  # after each, for a long run may be stopped
                write(asked.json, rows)
    print(table(rows))
    print(f"\n{LEGEND}\n{about}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    sizes = parser.add_mutually_exclusive_group()
    sizes.set_defaults(scale=FULL)
    quick = "minutes instead of an hour: less data, fewer runs"
    sizes.add_argument(
        "--quick", dest="scale", action="store_const", const=QUICK, help=quick
    )
    tiny = "only see whether it runs; the figures mean nothing"
    sizes.add_argument(
        "--tiny", dest="scale", action="store_const", const=TINY, help=tiny
    )
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    only = "names of works, with commas; * stands for anything, as in sqlite.*"
    parser.add_argument("--only", default="*", help=only)
    keep = "folder that keeps the big stores for the next time"
    parser.add_argument("--keep", type=Path, help=keep)
    return parser.parse_args()


def _chosen(found: Sequence[Work], only: str) -> tuple[Work, ...]:
    wanted = only.split(",")
    chosen = tuple(
        work for work in found if any(fnmatchcase(work.name, name) for name in wanted)
    )
    if not chosen:
        names = "\n".join(work.name for work in found)
        sys.exit(f"there is no work {only}; there are\n{names}")
    return chosen


def _row(work: Work, place: Place) -> Row:
    started = time.monotonic()
    row = work.row(place)
    place.clear()
    print(f"{work.name}: {time.monotonic() - started:.0f} s", file=sys.stderr)
    return row


if __name__ == "__main__":
    main()
