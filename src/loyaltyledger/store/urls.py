"""Where the ledger is, said as a URL."""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, urlsplit, urlunsplit

import attrs

from .errors import StoreUrlError

SQLITE = "sqlite:///"
POSTGRES = "postgresql://", "postgres://"


@attrs.frozen(kw_only=True)
class MemoryPlace:
    """In this process, gone with it."""


@attrs.frozen(kw_only=True)
class FilePlace:
    """A SQLite file."""

    path: Path


@attrs.frozen(kw_only=True)
class ServerPlace:
    """A PostgreSQL database; *url* may hold a password, *shown* never does."""

    url: str = attrs.field(repr=False)
    shown: str


Place = MemoryPlace | FilePlace | ServerPlace


def place(url: str) -> Place:
    """Read a URL: `memory:`, `sqlite:///file.db` or `postgresql://user@host/database`."""
    if not isinstance(url, str):
        raise StoreUrlError(url=repr(url), problem="a URL is text")
    if url == "memory:":
        return MemoryPlace()
    if url.startswith(SQLITE):
        return FilePlace(path=_path(url))
    if url.startswith(POSTGRES):
        return ServerPlace(url=url, shown=without_password(url))
    problem = "a URL begins with memory:, sqlite:/// or postgresql://"
    raise StoreUrlError(url=without_password(url), problem=problem)


def _path(url: str) -> Path:
    path = url.removeprefix(SQLITE)
    if not path or path.startswith(":") or "\x00" in path:
        problem = "no file is named; a ledger in memory is memory:"
        raise StoreUrlError(url=url, problem=problem)
    try:
        os.fsencode(path)
    except UnicodeEncodeError:
        shown = url.encode("ascii", "backslashreplace").decode()
        problem = "no file can have this name"
        raise StoreUrlError(url=shown, problem=problem) from None
    if "?" in path or "#" in path:
        raise StoreUrlError(url=url, problem="a file takes no parameters")
    return Path(path)


def without_password(url: str) -> str:
    """Show the URL to people: who and where, but no secret."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "a URL that cannot be read"
    user, at, host = parts.netloc.rpartition("@")
    netloc = user.partition(":")[0] + at + host
    shown = [
        pair for pair in parts.query.split("&") if pair.startswith(("host=", "port="))
    ]
    return urlunsplit(
        SplitResult(parts.scheme, netloc, parts.path, "&".join(shown), fragment="")
    )


def sqlalchemy_url(dialect: str) -> str:
    """Name SQLAlchemy's driver; the connection itself comes from the store."""
    names: Mapping[str, str] = {
        "sqlite": "sqlite+pysqlite://",
        "postgresql": "postgresql+psycopg://",
    }
    return names[dialect]
