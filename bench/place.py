"""Where it is measured: a folder on a real disk, and a PostgreSQL that writes to it."""

import contextlib
import itertools
import os
import platform
import secrets
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import attrs
import psycopg
from psycopg.sql import SQL, Identifier

from loyaltyledger import migrate
from postgres_server import PostgresServer, find_binaries

from .scale import Scale
from .shop import fill

NOT_A_DISK = frozenset({"tmpfs", "ramfs", "devtmpfs", "unknown"})
SETTINGS = "shared_buffers = 512MB\nmax_wal_size = 4GB\n"
TEMPLATE = "filled"


class NoDiskError(Exception):
    """There is no folder on a real disk to write to."""


@attrs.define(kw_only=True)
class Place:
    """A folder of our own, and a server that starts when it is first asked for."""

    folder: Path
    scale: Scale
    kept: Path
    _desk: Path
    _closing: contextlib.ExitStack
    _numbers: Iterator[int] = attrs.field(factory=itertools.count)
    _server: PostgresServer | None = None

    def path(self, name: str) -> Path:
        """Name a file that is not there yet, for one work alone."""
        return self._desk / f"{name}-{next(self._numbers)}.db"

    def clear(self) -> None:
        """Remove the files of a work that is done."""
        shutil.rmtree(self._desk)
        self._desk.mkdir()

    def server(self) -> PostgresServer:
        if self._server is None:
            self._server = self._closing.enter_context(_durable_postgres())
            self._fill()
        return self._server

    def database(self) -> contextlib.AbstractContextManager[str]:
        """Give a copy of the filled database, by its name."""
        return self._database(TEMPLATE)

    def empty_database(self) -> contextlib.AbstractContextManager[str]:
        return self._database("template1")

    @contextlib.contextmanager
    def _database(self, template: str) -> Iterator[str]:
        server, name = self.server(), f"bench_{secrets.token_hex(6)}"
        copy = SQL("CREATE DATABASE {} TEMPLATE {}")
        with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
            admin.execute(copy.format(Identifier(name), Identifier(template)))
            admin.execute("CHECKPOINT")
        try:
            yield name
        finally:
            drop = SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name))
            with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
                admin.execute(drop)

    def _fill(self) -> None:
        assert self._server, "started by server()"
        with psycopg.connect(self._server.url("postgres"), autocommit=True) as admin:
            admin.execute(SQL("CREATE DATABASE {}").format(Identifier(TEMPLATE)))
        url = self._server.url(TEMPLATE)
        migrate(url)
        fill(url, self.scale)


@contextlib.contextmanager
def found_place(scale: Scale, *, kept: Path | None) -> Iterator[Place]:
    """Make a folder on a real disk, and leave nothing of it behind."""
    with contextlib.ExitStack() as closing:
        parent = real_disk()
        name = tempfile.mkdtemp(prefix="bench", dir=parent)
        folder = Path(name)
        closing.callback(shutil.rmtree, folder, ignore_errors=True)
        # The server's own user passes through it.
        folder.chmod(0o711)
        before, tempfile.tempdir = tempfile.tempdir, name
        closing.callback(setattr, tempfile, "tempdir", before)
        desk = folder / "desk"
        desk.mkdir()
        yield Place(
            folder=folder,
            scale=scale,
            kept=kept or folder / "kept",
            desk=desk,
            closing=closing,
        )


def real_disk() -> Path:
    """Choose the first folder for temporary files that is not kept in memory."""
    candidates = (Path(tempfile.gettempdir()), Path("/var/tmp"), Path.cwd())  # noqa: S108  # its name is random
    for folder in candidates:
        if filesystem(folder) not in NOT_A_DISK and os.access(folder, os.W_OK):
            return folder
    raise NoDiskError(f"none of {', '.join(map(str, candidates))} is on a disk")


def filesystem(folder: Path) -> str:
    """Return the kind of the file system that a folder is on."""
    if platform.system() != "Linux":
        return platform.system()
    mounts = [line.split() for line in _lines(Path("/proc/mounts"))]
    kinds = {Path(fields[1]): fields[2] for fields in mounts}
    real = folder.resolve()
    return next(
        (kinds[path] for path in (real, *real.parents) if path in kinds), "unknown"
    )


def machine(place: Place) -> str:
    """Say on what it was measured."""
    postgres = find_binaries(wheel_only=False).folder / "postgres"
    asked = subprocess.run([postgres, "--version"], capture_output=True, check=True)
    about = (
        f"{os.cpu_count()} cores",
        filesystem(place.folder),
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
        asked.stdout.decode().replace("postgres (PostgreSQL)", "PostgreSQL").strip(),
    )
    return ", ".join(about)


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


@contextlib.contextmanager
def _durable_postgres() -> Iterator[PostgresServer]:
    server = PostgresServer.make(find_binaries(wheel_only=False), durable=True)
    try:
        with (server.folder / "data/postgresql.conf").open("a") as settings:
            settings.write(SETTINGS)
        server.start()
        yield server
    finally:
        server.remove()
