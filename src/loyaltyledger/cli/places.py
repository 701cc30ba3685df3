"""Where things are: the ledger that `--db` and `--schema` name, and files."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import attrs
import click

from ..connect import ImportFileError
from ..ledger import Ledger
from ..store.settings import SCHEMA
from ..store.urls import FilePlace, ServerPlace, place

F = TypeVar("F", bound=Callable[..., Any])

_SCHEMA_GIVEN = f"{__name__}.schema"


@attrs.frozen(kw_only=True)
class Database:
    """A ledger's URL and, in PostgreSQL, its schema."""

    url: str = attrs.field(repr=False)
    schema: str

    def existing(self) -> Ledger:
        """Open a ledger that is there; asking a question never makes a new file."""
        found = place(self.url)
        if isinstance(found, FilePlace) and (problem := _no_ledger(found.path)):
            remedy = "a ledger is made by `import purchases` with --programme"
            raise ImportFileError(file=str(found.path), problem=f"{problem}; {remedy}")
        return self.made()

    def made(self) -> Ledger:
        """Open a ledger; a SQLite file that is absent or empty becomes one."""
        return Ledger.open(self.url, schema=self.schema)


def _no_ledger(file: Path) -> str:
    """Say why no ledger can be in a file, or nothing."""
    try:
        size = file.stat().st_size
    except FileNotFoundError:
        return "no such file"
    except OSError:
        return ""  # opening it says more
    if not size or _is_without_tables(file):
        return "the file is empty, and so no ledger"
    return ""


def _is_without_tables(file: Path) -> bool:
    """Say whether a file is a database with nothing in it; it may be no database."""
    read_only = f"{file.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(read_only, uri=True, timeout=0)) as connection:
            return connection.execute("SELECT 1 FROM sqlite_master").fetchone() is None
    except sqlite3.Error:
        return False  # opening it says more


def _keep_schema(
    context: click.Context, _option: click.Parameter, schema: str | None
) -> None:
    context.meta[_SCHEMA_GIVEN] = schema


def _database(
    context: click.Context, _option: click.Parameter, url: str | None
) -> Database | None:
    schema: str | None = context.meta[_SCHEMA_GIVEN]
    if schema is not None and not (url and isinstance(place(url), ServerPlace)):
        problem = (
            "only a ledger in PostgreSQL, named by --db, has a schema; leave it out"
        )
        raise click.BadParameter(problem, param_hint="--schema")
    if url is None:
        return None
    return Database(url=url, schema=SCHEMA if schema is None else schema)


def database_option(*, required: bool, means: str) -> Callable[[F], F]:
    """Make `--db`, and the `--schema` beside it, one argument: *db*."""
    schema = click.option(
        "--schema",
        metavar="NAME",
        is_eager=True,  # it is there when --db is read
        expose_value=False,
        callback=_keep_schema,
        help=f"The schema in PostgreSQL. Default: {SCHEMA}.",
    )
    url = click.option(
        "--db", metavar="URL", required=required, callback=_database, help=means
    )
    return lambda command: url(schema(command))


db_option = database_option(
    required=True, means="sqlite:///file.db or postgresql://user@host/database"
)


class FilePath(click.Path):
    """The path of a file; no name at all would mean the folder one is in."""

    def __init__(self, *, exists: bool = False) -> None:
        super().__init__(exists=exists, dir_okay=False, path_type=Path)

    def convert(
        self,
        value: Any,  # noqa: ANN401  # as click's
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:  # noqa: ANN401  # as click's
        if value == "":
            self.fail("no file is named; give a path, such as ./file", param, ctx)
        return super().convert(value, param, ctx)


NEW = FilePath()
THERE = FilePath(exists=True)
