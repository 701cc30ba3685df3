"""A wire between client and server that is cut on purpose.

It knows nothing of what is said on it. It counts what the client sends, and cuts either
before that reaches the server, or after the server has answered it.
"""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit, urlunsplit

import attrs

BYTES = 65536


def _never() -> bool:
    return False


@attrs.define(kw_only=True)
class Cut:
    """Where to cut, once.

    Around what the client sends as the *number*-th, before it or when the server has
    answered it; or else the first answer for which *is_due* says so.
    """

    number: int = 0
    is_answered: bool = True
    is_due: Callable[[], bool] = _never
    sent: int = 0
    is_done: bool = False

    def is_reached(self) -> bool:
        self.sent += 1
        return self.sent == self.number


@attrs.define
class Line:
    """One connection of a client, and its other half."""

    client: socket.socket
    server: socket.socket
    swallows: Cut | None = None
    """The server's next answer is thrown away, and the line cut."""

    def cut(self) -> None:
        for end in (self.client, self.server):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.cut()
        self.client.close()
        self.server.close()


@attrs.define
class Wire:
    """Forwards everything until it is told to cut."""

    server: tuple[str, int]
    listener: socket.socket
    lines: list[Line] = attrs.field(factory=list)
    planned: Cut | None = None

    def through(self, url: str) -> str:
        """Point a URL to this wire instead of the server."""
        parts = urlsplit(url)
        user = parts.netloc.rpartition("@")[0]
        port = self.listener.getsockname()[1]
        address = f"{user}@127.0.0.1:{port}"
        return urlunsplit(parts._replace(netloc=address, query=""))

    def cut_all(self) -> list[Cut]:
        """Throw the next answer on every line away, and cut it."""
        cuts = [Cut() for _ in self.lines]
        for line, cut in zip(self.lines, cuts, strict=True):
            line.swallows = cut
        return cuts

    def serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                line = Line(client, socket.create_connection(self.server))
                self.lines.append(line)
                for work in (self._up, self._down):
                    threading.Thread(target=work, args=(line,), daemon=True).start()

    def _up(self, line: Line) -> None:
        with contextlib.suppress(OSError):
            while data := line.client.recv(BYTES):
                cut = self.planned
                if cut and cut.is_reached():
                    if not cut.is_answered:
                        cut.is_done = True
                        break
                    line.swallows = cut
                line.server.sendall(data)
        if not line.swallows:
            line.cut()

    def _down(self, line: Line) -> None:
        with contextlib.suppress(OSError):
            while data := line.server.recv(BYTES):
                cut = line.swallows or self._due()
                if cut:
                    cut.is_done = True
                    break
                line.client.sendall(data)
        line.cut()

    def _due(self) -> Cut | None:
        cut = self.planned
        return cut if cut and not cut.is_done and cut.is_due() else None


@contextlib.contextmanager
def wire(url: str) -> Iterator[Wire]:
    parts = urlsplit(url)
    assert parts.hostname, url
    server = parts.hostname, parts.port or 5432
    made = Wire(server, socket.create_server(("127.0.0.1", 0)))
    thread = threading.Thread(target=made.serve, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        with contextlib.suppress(OSError):
            made.listener.shutdown(socket.SHUT_RDWR)
        made.listener.close()
        thread.join(10)
        for line in made.lines:
            line.close()
