"""A fake Slack server on loopback."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

MAX_BODY = 1 << 20


@contextmanager
def stand_in() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Run the server; yields its address, and the list that it appends messages to."""
    messages: list[dict[str, Any]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = min(int(self.headers.get("Content-Length") or 0), MAX_BODY)
            body = json.loads(self.rfile.read(length) or b"{}")
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"ok")
            messages.append(body)

        def log_message(self, *_given: Any) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *_given: Any) -> None:
            pass  # requests contain text of the repository; a missing message is reported elsewhere

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/", messages
    finally:
        server.shutdown()
        server.server_close()
