"""From the cells of a row to a purchase line: text and numbers checked one by one."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import attrs

from ..kernel.errors import InvalidMoneyError
from ..kernel.quantities import minor_units
from ..kernel.time import zone
from .purchase_map import PurchaseMap, Times
from .table import Table

SHOWN_MAX = 40

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_SWAPPED = str.maketrans(",.", ".,")
_TEXTS = ("line", "sku", "category", "currency", "channel", "store")
_NUMBERS = ("quantity", "unit_price", "discount", "tax")
_REQUIRED = frozenset({"sku", "currency", "quantity", "unit_price"})


class BadCellError(Exception):
    """A cell cannot be used; the row is refused, and nothing else stops."""


@attrs.frozen(kw_only=True)
class ReadLine:
    """A line as it was read.

    *parts* are its texts and numbers by field name, *paid* what each payment says.
    """

    purchase_id: str
    member_id: str
    at: datetime
    parts: dict[str, str]
    paid: tuple[str, ...]


class LineReader:
    """Knows where in a row each part of a line is."""

    def __init__(self, how: PurchaseMap, table: Table) -> None:
        columns = how.columns
        table.require(how.wanted())
        self._member = table.column(columns.member)
        self._purchase = tuple(
            (name, table.column(name), name == columns.member)
            for name in columns.purchase
        )
        self._time = table.column(columns.time)
        self._texts = _placed(columns, _TEXTS, table)
        self._numbers = _placed(columns, _NUMBERS, table)
        self._paid = tuple(
            (one.column, table.column(one.column)) for one in how.tenders
        )
        self._decimal_mark = how.decimal_mark
        self._instant = instant_reader(how.time)
        self._time_name = columns.time

    def read(self, cells: tuple[str, ...]) -> ReadLine:
        """Read a row, or say which cell is wrong in a BadCellError."""
        parts = {
            field: text
            for field, name, at in self._texts
            if (text := _text(cells[at], name, required=field in _REQUIRED))
        }
        if "currency" in parts:
            _check_currency(parts["currency"])
        for field, name, at in self._numbers:
            number = self._number(cells[at], name, required=field in _REQUIRED)
            if number:
                parts[field] = number
        return ReadLine(
            purchase_id=self.purchase_id(cells),
            member_id=_text(cells[self._member], "member", required=False),
            at=self._at(cells[self._time]),
            parts=parts,
            paid=tuple(
                self._number(cells[at], name, required=False) for name, at in self._paid
            ),
        )

    def purchase_id(self, cells: tuple[str, ...]) -> str:
        """Name the purchase a row belongs to; two purchases never share a name."""
        names = [
            _text(cells[at], name, required=not is_member)
            for name, at, is_member in self._purchase
        ]
        if len(names) == 1:
            return names[0]
        return "/".join(name.replace("%", "%25").replace("/", "%2F") for name in names)

    def guessed_purchase_id(self, cells: tuple[str, ...]) -> str | None:
        """Name the purchase of a row that cannot be read, as far as can be told."""
        try:
            return self.purchase_id(cells)
        except (BadCellError, IndexError):
            return None

    def _number(self, cell: str, name: str, *, required: bool) -> str:
        text = _text(cell, name, required=required)
        if not text:
            return ""
        plain = text
        if self._decimal_mark == ",":
            plain = text.translate(_SWAPPED)
        if not _NUMBER.fullmatch(plain):
            problem = f"column {name!r}: {_shown(text)} is not a number"
            raise BadCellError(problem)
        return plain

    def _at(self, cell: str) -> datetime:
        text = _text(cell, self._time_name, required=True)
        try:
            return self._instant(text)
        except (ValueError, OverflowError) as error:
            problem = f"column {self._time_name!r}: {error}"
            raise BadCellError(problem) from None


def check_heading(file: Path, how: PurchaseMap) -> None:
    """Refuse a file that cannot be read, or that lacks a column of the mapping."""
    with Table(file, encoding=how.encoding, delimiter=how.delimiter) as table:
        table.require(how.wanted())


def _placed(
    columns: object, fields: tuple[str, ...], table: Table
) -> tuple[tuple[str, str, int], ...]:
    return tuple(
        (field, name, table.column(name))
        for field in fields
        if (name := getattr(columns, field)) is not None
    )


def _text(cell: str, name: str, *, required: bool) -> str:
    text = cell.strip()
    if required and not text:
        problem = f"column {name!r} is empty"
        raise BadCellError(problem)
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        problem = f"column {name!r} is not in the encoding of the file"
        raise BadCellError(problem)
    return text


def _shown(text: str) -> str:
    return repr(text if len(text) <= SHOWN_MAX else text[: SHOWN_MAX - 1] + "…")


@lru_cache(maxsize=64)
def _is_currency(code: str) -> bool:
    try:
        minor_units(code)
    except InvalidMoneyError:
        return False
    return True


def _check_currency(code: str) -> None:
    if not _is_currency(code):
        problem = f"currency {_shown(code)} is not an ISO 4217 code, such as 'EUR'"
        raise BadCellError(problem)


def instant_reader(times: Times) -> Callable[[str], datetime]:
    """Return what reads a time; many rows in a row share one, so it remembers."""
    assumed = None if times.zone is None else zone(times.zone)

    @lru_cache(maxsize=4096)
    def read(text: str) -> datetime:
        try:
            if times.format is None:
                at = datetime.fromisoformat(text)
            else:
                at = datetime.strptime(text, times.format)  # noqa: DTZ007  # the zone follows
        except ValueError:
            form = times.format or "ISO 8601"
            problem = f"{_shown(text)} is not a time written as {form}"
            raise ValueError(problem) from None
        if at.utcoffset() is None:
            if assumed is None:
                problem = f"{_shown(text)} names no zone, and neither does the mapping"
                raise ValueError(problem)
            at = at.replace(tzinfo=assumed)
        return at.astimezone(UTC)

    return read
