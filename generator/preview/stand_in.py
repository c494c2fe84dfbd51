"""Stand-ins on loopback for the services that Alertmanager notifies: HTTP with the answers it expects, and SMTP."""

from __future__ import annotations

import http.server
import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ..alertmanager.trial import StandIn

MAX_BODY = 1 << 20
_MAX_LINE = 4096

_SNS = (
    "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult>"
    "<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></PublishResponse>"
)
_TELEGRAM = {"ok": True, "result": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}}}
_ISSUE = {"id": "1", "key": "PREVIEW-1", "fields": {"status": {"name": "Open", "statusCategory": {"key": "new"}}}}
# Requests before the message, by the end of their path: they are answered, and not shown.
_QUESTIONS: dict[str, Any] = {
    "/gettoken": {"errcode": 0, "access_token": "preview", "expires_in": 7200},
    "/transitions": {"transitions": []},
}


@dataclass(frozen=True)
class Received:
    """A message: method and path of its request and its content type, or of an e-mail only the text."""

    method: str
    path: str
    content_type: str
    body: bytes


@contextmanager
def stand_ins() -> Iterator[tuple[StandIn, list[Received]]]:
    """Run the servers; yields their addresses, and the list that they append messages to."""
    messages: list[Received] = []
    web = _Web(("127.0.0.1", 0), _handler(messages))
    mail = _Mail(("127.0.0.1", 0), _mail_handler(messages))
    servers: tuple[socketserver.TCPServer, ...] = (web, mail)
    for one in servers:
        threading.Thread(target=one.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield StandIn(f"http://127.0.0.1:{web.server_address[1]}/", f"127.0.0.1:{mail.server_address[1]}"), messages
    finally:
        for one in servers:
            one.shutdown()
            one.server_close()


class _Web(http.server.ThreadingHTTPServer):
    def handle_error(self, *_given: Any) -> None:
        pass  # requests contain text of the repository; a missing message is reported elsewhere


class _Mail(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, *_given: Any) -> None:
        pass


def _handler(messages: list[Received]) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        timeout = 10

        def answer(self) -> None:
            length = min(int(self.headers.get("Content-Length") or 0), MAX_BODY)
            body = self.rfile.read(length)
            # Alertmanager uses it as a proxy too, see trial: what is for another address ends here.
            own = f"http://127.0.0.1:{self.server.server_address[1]}"  # type: ignore[index]
            if not self.path.startswith((f"{own}/", "/")):
                self.send_error(403)
                return
            path = "/" + self.path.removeprefix(own).partition("?")[0].lstrip("/")
            content_type = self.headers.get_content_type()
            issue = any("/issue" in one.path for one in messages)
            status, answer, shown = _answer(self.command, path, body, issue)
            if shown:
                messages.append(Received(self.command, path, content_type, body))
            data = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
            self.send_response(status)
            if not isinstance(answer, str):
                self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = answer  # noqa: N815 - the names of the base class

        def log_message(self, *_given: Any) -> None:
            pass

    return Handler


def _answer(method: str, path: str, body: bytes, issue: bool) -> tuple[int, Any, bool]:
    """Return status and answer of a request, and whether it has a message; ``issue`` says whether Jira has one."""
    for end, answer in _QUESTIONS.items():
        if method == "GET" and path.endswith(end):
            return 200, answer, False
    if "/search" in path:
        return 200, {"issues": [_ISSUE] if issue else [], "total": int(issue), "isLast": True}, False
    if path.endswith("/issue"):
        return 201, _ISSUE, True
    if path.endswith("/sendMessage"):
        return 200, _TELEGRAM, True
    if path.endswith("/chat.postMessage"):
        return 200, {"success": True}, True
    if path.endswith("/message/send"):
        return 200, {"errcode": 0}, True
    if body.startswith(b"Action=Publish"):
        return 200, _SNS, True
    return 200, "ok", True


def _mail_handler(messages: list[Received]) -> type[socketserver.StreamRequestHandler]:
    class Handler(socketserver.StreamRequestHandler):
        timeout = 10

        def handle(self) -> None:
            self.say("220 preview")
            while line := self.rfile.readline(_MAX_LINE):
                word = line.strip().upper()
                if word == b"DATA":
                    self.say("354 go on")
                    messages.append(Received("", "", "message/rfc822", self.text()))
                self.say("221 bye" if word == b"QUIT" else "250 ok")
                if word == b"QUIT":
                    return

        def text(self) -> bytes:
            parts: list[bytes] = []
            size = 0
            while (line := self.rfile.readline(_MAX_LINE)) and line != b".\r\n":
                size += len(line)
                if size <= MAX_BODY:
                    parts.append(line[1:] if line.startswith(b"..") else line)
            return b"".join(parts)

        def say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    return Handler
