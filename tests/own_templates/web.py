"""A web server that knows nothing of git: repositories by git's dumb protocol."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class _Quiet(SimpleHTTPRequestHandler):
    after_refs: Callable[[], None] = staticmethod(lambda: None)  # called after each list of refs

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        super().do_GET()
        if self.path.partition("?")[0].endswith("/info/refs"):
            self.after_refs()


@contextmanager
def dumb_server(root: Path, after_refs: Callable[[], None] | None = None) -> Iterator[str]:
    """Serve the repository of a working tree, after ``git update-server-info``; yield its address.

    ``after_refs`` is called whenever the refs were listed.
    """
    handler = type("Handler", (_Quiet,), {"after_refs": staticmethod(after_refs or (lambda: None))})
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=str(root)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/.git"
    finally:
        server.shutdown()
        server.server_close()
