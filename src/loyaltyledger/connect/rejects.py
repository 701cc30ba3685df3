"""The file of lines that were refused: line number, purchase, reason."""

import csv
from collections.abc import Iterable
from pathlib import Path

from .errors import ImportFileError
from .staging import RefusedLine

HEADING = ("line", "purchase", "reason")
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_safe(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text


def write_rejects(file: Path, refused: Iterable[RefusedLine]) -> None:
    """Write the file anew; with nothing refused it holds the heading only."""
    try:
        with file.open("w", encoding="utf-8", newline="") as opened:
            writer = csv.writer(opened, lineterminator="\n")
            writer.writerow(HEADING)
            for line in refused:
                cells = (csv_safe(line.purchase_id), csv_safe(line.reason))
                writer.writerow((line.number, *cells))
    except OSError as error:
        problem = error.strerror or type(error).__name__
        raise ImportFileError(file=str(file), problem=problem) from None
