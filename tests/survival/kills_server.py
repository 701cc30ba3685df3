"""Deaths of a PostgreSQL server and of its parts."""

import contextlib
import os
import signal
import time
from pathlib import Path

from postgres_server import PostgresServer


def children(pid: int) -> list[int]:
    """Return the processes that a process of ours has started."""
    found = []
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
            if int(stat.rpartition(")")[2].split()[1]) == pid:
                found.append(int(folder.name))
    return found


def postmaster(server: PostgresServer) -> int:
    assert server._process
    return server._process.pid


def backends(server: PostgresServer) -> list[int]:
    """Return the server's processes that serve a client."""
    found = []
    for pid in children(postmaster(server)):
        with contextlib.suppress(OSError):
            title = Path(f"/proc/{pid}/cmdline").read_bytes()
            if b"loyaltyledger_test" in title:
                found.append(pid)
    return found


def kill_everything(server: PostgresServer) -> None:
    """Stop every process of the server in the middle of what it does."""
    pids = [postmaster(server), *children(postmaster(server))]
    os.kill(pids[0], signal.SIGSTOP)  # it must not begin to clean up
    for pid in (*pids[1:], pids[0]):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    server.kill()


def stop_at_once(server: PostgresServer) -> None:
    """Shut down as ``pg_ctl stop -m immediate`` does."""
    assert server._process
    server._process.send_signal(signal.SIGQUIT)
    server._process.wait(60)


def kill_a_backend(server: PostgresServer, number: int) -> None:
    """End one process that serves a client; the server then ends all, and recovers."""
    serving = backends(server)
    assert serving, "nobody is connected"
    os.kill(serving[number % len(serving)], signal.SIGKILL)
    time.sleep(0.05)
