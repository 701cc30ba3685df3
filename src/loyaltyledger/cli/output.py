"""Tables for people, JSON for programs. What comes from data is never obeyed."""

import json
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.table import Table
from rich.text import Text

WIDTH_IN_FILE = 110
_OBEYED = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})

Watch = Callable[[str, int, int], None]
"""Is told what is being done, how much of it is done, and how much there is."""


class OutputError(Exception):
    """Standard output takes no more; its text says why."""


@contextmanager
def writing() -> Iterator[None]:
    """Tell what keeps standard output from being written from all other errors."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        problem = error.strerror or type(error).__name__
        text = f"standard output takes no more: {problem}; what was committed stays"
        raise OutputError(text) from error


def printable(text: object) -> str:
    """Write out what a terminal would obey instead of showing."""
    return "".join(
        char
        if char == "\n" or unicodedata.category(char) not in _OBEYED
        else f"\\u{ord(char):04x}"
        for char in str(text)
    )


def console() -> Console:
    """Return where people read; nothing in a text is taken for a style."""
    width = None if sys.stdout.isatty() else WIDTH_IN_FILE
    return Console(highlight=False, markup=False, emoji=False, width=width)


@writing()
def say(text: object) -> None:
    """Print a line or several."""
    click.echo(printable(text))


def remark(text: object) -> None:
    """Tell people something beside the result."""
    click.echo(printable(text), err=True)


@writing()
def show_json(document: object) -> None:
    """Print one JSON document."""
    click.echo(json.dumps(document, indent=2, default=_plain))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)


@writing()
def show_table(
    title: str, headings: Iterable[str], rows: Iterable[Iterable[object]]
) -> None:
    """Print a table; numbers stand to the right."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    filled = [tuple(row) for row in rows]
    for at, heading in enumerate(headings):
        numbers = bool(filled) and all(isinstance(row[at], int) for row in filled)
        table.add_column(
            heading, justify="right" if numbers else "left", overflow="fold"
        )
    for row in filled:
        table.add_row(*(Text(_cell(value)) for value in row))
    to = console()
    to.print(Text(printable(title), style="bold"))
    to.print(table)


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else printable(value)


@contextmanager
def watching() -> Iterator[Watch]:
    """Show how far long work has come, where a person is looking."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield _unwatched
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        tasks: dict[str, Any] = {}

        def watch(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what)
            progress.update(tasks[what], completed=done, total=total or None)

        yield watch


def _unwatched(_what: str, _done: int, _total: int) -> None:
    pass
