"""A wire between client and server that can be cut at the worst moment."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import attrs

# The whole statement; BEGIN … READ COMMITTED goes through.
COMMIT = b"COMMIT\0"
# A write that is a transaction by itself names the events it stores.
WRITE = b".v1"


@attrs.define
class Proxy:
    """Forwards everything; when armed, cuts once, around what makes it durable."""

    server: tuple[str, int]
    listener: socket.socket
    marker: bytes
    cut_before: threading.Event = attrs.field(factory=threading.Event)
    cut_after: threading.Event = attrs.field(factory=threading.Event)
    cuts: int = 0
    sockets: list[socket.socket] = attrs.field(factory=list)

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    def through(self, url: str) -> str:
        """Point a URL to this proxy instead of the server."""
        parts = urlsplit(url)
        user = parts.netloc.rpartition("@")[0]
        return urlunsplit(
            parts._replace(netloc=f"{user}@127.0.0.1:{self.port}", query="")
        )

    def serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = socket.create_connection(self.server)
                self.sockets += [client, server]
                swallow = threading.Event()
                up = (client, server, swallow)
                down = (server, client, swallow)
                threading.Thread(target=self._up, args=up, daemon=True).start()
                threading.Thread(target=self._down, args=down, daemon=True).start()

    def _up(
        self, client: socket.socket, server: socket.socket, swallow: threading.Event
    ) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                if self.marker in data and self.cut_before.is_set():
                    self.cut_before.clear()
                    self.cuts += 1
                    break
                if self.marker in data and self.cut_after.is_set():
                    self.cut_after.clear()
                    swallow.set()
                server.sendall(data)
        if not swallow.is_set():
            _cut(client, server)

    def _down(
        self, server: socket.socket, client: socket.socket, swallow: threading.Event
    ) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                if swallow.is_set():
                    # The server has answered, so it has committed.
                    self.cuts += 1
                    break
                client.sendall(data)
        _cut(client, server)


def _cut(*sockets: socket.socket) -> None:
    for each in sockets:
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def proxy(url: str, marker: bytes = COMMIT) -> Iterator[Proxy]:
    parts = urlsplit(url)
    assert parts.hostname, url
    server = parts.hostname, parts.port or 5432
    made = Proxy(server, socket.create_server(("127.0.0.1", 0)), marker)
    thread = threading.Thread(target=made.serve, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        _cut(made.listener)
        made.listener.close()
        thread.join(10)
        _cut(*made.sockets)
        for each in made.sockets:
            each.close()
