"""What a program did to its disk, from a trace of its system calls."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import attrs
import pytest

CALLS = (
    *("openat", "pwrite64", "write", "ftruncate", "fallocate", "fsync", "fdatasync"),
    *("unlink", "unlinkat", "rename", "renameat2", "link", "pwritev", "writev"),
)
SYNCS = "fsync", "fdatasync"
TOLD = "acknowledged "
TESTS = Path(__file__).parents[1]

CALL = re.compile(r"(?P<name>\w+)\((?P<arguments>.*)\)\s+= (?P<result>-?\d+)")
BEGUN = re.compile(r"(?P<text>.*) <unfinished \.\.\.>$")
RESUMED = re.compile(r"<\.\.\. \w+ resumed>(?P<text>.*)$")
FILE = re.compile(
    r'^\d+<(?P<path>[^>]*)>(?P<gone>\(deleted\))?(?:, "(?P<data>[^"]*)")?'
)
NAME = re.compile(r'"(?P<path>[^"]*)"')


@attrs.frozen(kw_only=True)
class Call:
    """A system call; *begun* and *done* are lines of the trace."""

    begun: int
    done: int
    name: str
    arguments: str
    result: int


@attrs.frozen(kw_only=True)
class Change:
    """Bytes written to a file; without data, the file was cut there."""

    begun: int
    done: int
    path: Path
    offset: int
    data: bytes | None


@attrs.frozen(kw_only=True)
class Sync:
    """A file, or a folder, that was written through to the disk, if it *worked*."""

    begun: int
    done: int
    path: Path
    worked: bool


@attrs.frozen(kw_only=True)
class Naming:
    """A name that a folder got or lost."""

    begun: int
    done: int
    path: Path
    is_made: bool


@attrs.frozen(kw_only=True)
class Told:
    """What the program let the world know."""

    begun: int
    done: int
    text: str


Deed = Change | Sync | Naming | Told


def skip_without_strace() -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    tried = subprocess.run(["strace", "-o", "/dev/null", "true"], check=False)
    if tried.returncode:
        pytest.skip("strace may not trace here")


def strace(
    *options: str, program: Iterable[str], env: Mapping[str, str]
) -> subprocess.CompletedProcess[bytes]:
    """Run a Python module of the tests under strace; it may fail."""
    command = [sys.executable, "-m", *program]
    paths = os.pathsep.join((str(TESTS), env.get("PYTHONPATH", "")))
    return subprocess.run(
        ["strace", "-f", *options, *command],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={**env, "PYTHONPATH": paths},
        timeout=240,
    )


def traced(trace: Path, *more: str) -> tuple[str, ...]:
    """Say how strace is asked for everything that this module can read, and *more*."""
    calls = f"trace={','.join((*CALLS, *more))}"
    return ("-y", "-xx", "-s", "1000000", "-o", str(trace), "-e", calls)


def deeds(trace: Path, folder: Path) -> list[Deed]:
    """Read what happened to the files of one folder, and what was told meanwhile."""
    found: list[Deed] = []
    with trace.open() as lines:
        for call in _calls(lines):
            found += _meaning(call, folder)
    return sorted(found, key=lambda deed: deed.begun)


def _calls(lines: Iterable[str]) -> Iterator[Call]:
    """Give the calls that came through; those that another thread cut in two too."""
    open_calls: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(lines):
        process, text = line.rstrip("\n").split(maxsplit=1)
        begun = number
        if cut := BEGUN.match(text):
            open_calls[process] = number, cut["text"]
            continue
        if resumed := RESUMED.match(text):
            begun, before = open_calls.pop(process)
            text = before + resumed["text"]
        call = CALL.match(text)
        if call and (int(call["result"]) >= 0 or call["name"] in SYNCS):
            yield Call(
                begun=begun,
                done=number,
                name=call["name"],
                arguments=call["arguments"],
                result=int(call["result"]),
            )


def _meaning(call: Call, folder: Path) -> Iterator[Deed]:
    when = {"begun": call.begun, "done": call.done}
    if call.name in {"openat", "unlink", "unlinkat"}:
        path = _path(NAME.search(call.arguments))
        made = call.name == "openat"
        if path.parent == folder and (not made or "O_CREAT" in call.arguments):
            yield Naming(path=path, is_made=made, **when)
        return
    file = FILE.match(call.arguments)
    path = _path(file)
    if call.name == "write" and file and (text := _bytes(file["data"])):
        for line in text.decode("latin-1").splitlines():
            if line.startswith(TOLD):
                yield Told(text=line.removeprefix(TOLD), **when)
    if not file or file["gone"] or path.name.endswith("-shm"):
        return
    if folder not in {path, path.parent}:
        return
    match call.name:
        case "pwrite64":
            offset = int(call.arguments.rsplit(", ", 1)[1])
            data = _bytes(file["data"])[: call.result]
            yield Change(path=path, offset=offset, data=data, **when)
        case "ftruncate":
            offset = int(call.arguments.rsplit(", ", 1)[1])
            yield Change(path=path, offset=offset, data=None, **when)
        case "fsync" | "fdatasync":
            yield Sync(path=path, worked=call.result == 0, **when)
        case "pread64":
            pass
        case other:
            raise AssertionError(f"{other} of {path} is not understood")


def _bytes(shown: str | None) -> bytes:
    return bytes.fromhex((shown or "").replace("\\x", ""))


def _path(found: re.Match[str] | None) -> Path:
    return Path(_bytes(found["path"]).decode()) if found else Path()
