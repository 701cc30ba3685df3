"""A CSV file, plain or gzip, row by row; what is wrong with a row never stops it."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType
from typing import Self

import attrs

from .errors import ImportFileError

GZIP_MAGIC = b"\x1f\x8b"
LINE_MAX = 1_000_000


@attrs.frozen(kw_only=True)
class Row:
    """A row that starts on line *number*.

    *problem* says why it cannot be used; then *pieces* are its lines, each with its
    number, taken apart by themselves.
    """

    number: int
    cells: tuple[str, ...] = ()
    problem: str = ""
    pieces: tuple[tuple[int, tuple[str, ...]], ...] = ()


class Table:
    """The rows of a file, and how far it has been read."""

    def __init__(self, file: Path, *, encoding: str, delimiter: str) -> None:
        self._file = file
        self._delimiter = delimiter
        self._record: list[str] = []
        try:
            self._binary = file.open("rb")
            self.bytes_total = file.stat().st_size
        except OSError as error:
            raise self._unreadable(error) from None
        is_gzip = self._binary.read(2) == GZIP_MAGIC
        self._binary.seek(0)
        content = gzip.GzipFile(fileobj=self._binary) if is_gzip else self._binary
        self._text = io.TextIOWrapper(
            content, encoding=encoding, errors="surrogateescape", newline=""
        )
        self._reader = csv.reader(self._lines(), delimiter=delimiter, strict=True)
        self.header: tuple[str, ...] = ()
        try:
            self.header = self._header()
        except ImportFileError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._text.close()
        self._binary.close()

    @property
    def bytes_done(self) -> int:
        return self._binary.tell()

    def require(self, names: Sequence[str]) -> None:
        """Refuse a heading in which a column is absent or there twice.

        What is on the first line may be data about people, so only what the mapping
        names is told of it.
        """
        for name in names:
            if (found := self.header.count(name)) > 1:
                problem = f"has {found} columns {name!r}; rename all but one of them"
                raise ImportFileError(file=str(self._file), problem=problem)
        if absent := [name for name in names if name not in self.header]:
            problem = f"has no column {absent[0]!r}{self._instead(absent[0], names)}"
            raise ImportFileError(file=str(self._file), problem=problem)

    def _instead(self, absent: str, names: Sequence[str]) -> str:
        """Say what the heading has of *names*, and of what is written nearly so."""
        there = [name for name in names if name in self.header]
        wanted = {name.strip().casefold() for name in names}
        shown = [
            cell for cell in self.header if there or cell.strip().casefold() in wanted
        ]
        near = get_close_matches(absent, shown, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        cells = f"its first line has {len(self.header)} cells "
        cells += f"(delimiter {self._delimiter!r})"
        if there:
            return f"{hint}; {cells}, with {', '.join(map(repr, there))}"
        return f"{hint}; {cells}, and no column that the mapping names"

    def column(self, name: str) -> int:
        """Return where a column is, which the heading was required to have."""
        return self.header.index(name)

    def __iter__(self) -> Iterator[Row]:
        while True:
            row = self._next()
            if row is None:
                return
            if row.cells or row.problem:
                yield row

    def _next(self) -> Row | None:
        self._record.clear()
        number = self._reader.line_num + 1
        try:
            cells = tuple(next(self._reader))
        except StopIteration:
            return None
        except csv.Error as error:
            return self._malformed(number, f"is not CSV: {error}")
        except (OSError, EOFError, UnicodeError, zlib.error) as error:
            raise self._unreadable(error, number) from None
        if cells and self.header and len(cells) != len(self.header):
            problem = f"has {len(cells)} cells, the heading has {len(self.header)}"
            return self._malformed(number, problem)
        return Row(number=number, cells=cells)

    def _malformed(self, number: int, problem: str) -> Row:
        pieces = tuple(
            (number + offset, self._alone(line))
            for offset, line in enumerate(self._record)
        )
        return Row(number=number, problem=problem, pieces=pieces)

    def _alone(self, line: str) -> tuple[str, ...]:
        """Take one line apart as if it were a row: as good a guess as there is."""
        try:
            return tuple(next(csv.reader([line], delimiter=self._delimiter)))
        except (csv.Error, StopIteration):
            return ()

    def _header(self) -> tuple[str, ...]:
        row = self._next()
        if row is None or not row.cells:
            problem = "has no heading on its first line"
            raise ImportFileError(file=str(self._file), problem=problem)
        return (row.cells[0].removeprefix("\ufeff"), *row.cells[1:])

    def _lines(self) -> Iterator[str]:
        while line := self._text.readline(LINE_MAX):
            if len(line) == LINE_MAX and line[-1] not in "\r\n":
                number = self._reader.line_num + 1
                problem = f"line {number} has over {LINE_MAX} characters; is it CSV?"
                raise ImportFileError(file=str(self._file), problem=problem)
            self._record.append(line)
            yield line

    def _unreadable(self, error: Exception, number: int = 0) -> ImportFileError:
        problem = getattr(error, "strerror", None) or str(error) or type(error).__name__
        where = f"cannot be read at line {number}: " if number else ""
        return ImportFileError(file=str(self._file), problem=where + problem)
