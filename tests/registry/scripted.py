"""A server on loopback that answers as a test says, and keeps what it was asked."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

_PEEK_SECONDS = 10


@dataclass(frozen=True)
class Asked:
    """A request: method, path with query, and headers in lower case."""

    method: str
    path: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Told:
    """An answer: the body as bytes, or a value for JSON."""

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


Script = Callable[[Asked], "Told | Callable[[socket.socket], None]"]


@dataclass
class Scripted:
    """A running server: ``script`` gives the answer, or a function that writes to the socket."""

    script: Script
    port: int = 0
    asked: list[Asked] = field(default_factory=list)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def paths(self) -> list[str]:
        return [one.path for one in self.asked]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        """Say nothing: clients that give up are what is tested."""


@contextlib.contextmanager
def scripted(script: Script) -> Iterator[Scripted]:
    """Start a server without TLS."""
    server = Scripted(script)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            self.connection.settimeout(_PEEK_SECONDS)
            with contextlib.suppress(OSError):
                if self.connection.recv(1, socket.MSG_PEEK) == b"\x16":  # the client tries TLS
                    self.connection.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")
                    self.close_connection = True
                    return
            super().handle_one_request()

        def answer(self) -> None:
            asked = Asked(self.command, self.path, {k.lower(): v for k, v in self.headers.items()})
            server.asked.append(asked)
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            told = server.script(asked)
            if not isinstance(told, Told):
                self.close_connection = True
                told(self.connection)
                return
            body = told.body if isinstance(told.body, bytes) else json.dumps(told.body).encode()
            self.send_response(told.status)
            for name, value in {"Content-Length": str(len(body)), **told.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer  # noqa: N815 - the names of http.server

        def log_message(self, *_: object) -> None:
            pass

    running = _Server(("127.0.0.1", 0), Handler)
    server.port = running.server_port
    threading.Thread(target=running.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server
    finally:
        running.shutdown()
        running.server_close()


def routes(**told: Any) -> Script:
    """Return a script by the last part of the path, ``tags`` for the list; other paths are 404."""

    def script(asked: Asked) -> Any:
        path = urlsplit(asked.path).path
        found = told.get(
            "tags" if path.endswith("/tags/list") else path.rpartition("/")[2].replace(":", "_"), Told({}, 404)
        )
        if callable(found):
            return found(asked)
        return found if isinstance(found, Told) else Told(found)

    return script


@contextlib.contextmanager
def tunnel(port: int) -> Iterator[tuple[str, list[str]]]:
    """Start a proxy that connects everything to one port of this machine; yields its host, and what it is asked."""
    asked: list[str] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def serve(client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head and (more := client.recv(1)):
            head += more
        asked.append(head.decode())
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)) as target, client:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            threading.Thread(target=pump, args=(client, target), daemon=True).start()
            pump(target, client)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}", asked
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # ends the accept that another thread waits in
        listener.close()
