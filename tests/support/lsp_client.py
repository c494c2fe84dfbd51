"""A small client of the Language Server Protocol over stdio, which knows nothing of the server's code."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60


class Client:
    """A session with a server in a process of its own."""

    def __init__(self, cwd: Path, command: tuple[str, ...] = ("lsp",)) -> None:
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "generator", *command],
            cwd=cwd, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self.number = 0
        self.answers: dict[int, dict[str, Any]] = {}
        self.notes: list[dict[str, Any]] = []
        self.asked: list[dict[str, Any]] = []
        self.errors = b""
        self.inbox: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.versions: dict[str, int] = {}
        self.threads = [threading.Thread(target=one, daemon=True) for one in (self._listen, self._drain)]
        for one in self.threads:
            one.start()

    def _listen(self) -> None:
        """Read messages; anything on stdout that is no message is an error."""
        stream = self.process.stdout
        assert stream is not None
        while line := stream.readline():
            size = 0
            while line.strip():
                name, _, value = line.decode("ascii").partition(":")
                assert name in {"Content-Length", "Content-Type"}, line
                size = int(value) if name == "Content-Length" else size
                line = stream.readline()
            self.inbox.put(json.loads(stream.read(size)))
        self.inbox.put(None)

    def _drain(self) -> None:
        assert self.process.stderr is not None
        self.errors = self.process.stderr.read()

    def raw(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message: Mapping[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.raw(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    def note(self, method: str, params: Any) -> None:
        self.send({"method": method, "params": params})

    def whole_answer(self, method: str, params: Any) -> dict[str, Any]:
        self.number += 1
        self.send({"id": self.number, "method": method, "params": params})
        number = self.number
        self.until(lambda: number in self.answers)
        return self.answers.pop(number)

    def ask(self, method: str, params: Any = None) -> Any:
        found = self.whole_answer(method, params)
        assert "error" not in found, found
        return found["result"]

    def until(self, done: Any, seconds: float = SECONDS) -> None:
        """Take messages until something is so."""
        end = time.monotonic() + seconds
        while not done():
            message = self.inbox.get(timeout=max(end - time.monotonic(), 0.01))
            assert message is not None, self.ended()
            if "method" in message and "id" in message:
                self.asked.append(message)
                self.send({"id": message["id"], "result": None})
            elif "method" in message:
                self.notes.append(message)
            else:
                self.answers[message["id"]] = message

    def ended(self) -> str:
        self.process.wait(SECONDS)
        return f"the server ended with {self.process.returncode}: {self.errors.decode('utf-8', 'replace')}"

    def start(self, *folders: Path, encodings: tuple[str, ...] = (), **capabilities: Any) -> dict[str, Any]:
        general = {"positionEncodings": list(encodings)} if encodings else {}
        found: dict[str, Any] = self.ask(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": folders[0].as_uri() if folders else None,
                "workspaceFolders": [{"uri": one.as_uri(), "name": one.name} for one in folders] or None,
                "capabilities": {"general": general, **capabilities},
            },
        )
        self.note("initialized", {})
        return found

    def open(self, uri: str, text: str) -> list[dict[str, Any]]:
        self.versions[uri] = self.versions.get(uri, 0) + 1
        document = {"uri": uri, "languageId": "yaml", "version": self.versions[uri], "text": text}
        self.note("textDocument/didOpen", {"textDocument": document})
        return self.findings(uri)

    def change(self, uri: str, text: str, *, wait: bool = True) -> list[dict[str, Any]]:
        self.versions[uri] += 1
        place = {"uri": uri, "version": self.versions[uri]}
        self.note("textDocument/didChange", {"textDocument": place, "contentChanges": [{"text": text}]})
        return self.findings(uri) if wait else []

    def save(self, uri: str) -> None:
        self.note("textDocument/didSave", {"textDocument": {"uri": uri}})

    def close(self, uri: str) -> None:
        self.note("textDocument/didClose", {"textDocument": {"uri": uri}})

    def published(self, uri: str) -> list[dict[str, Any]]:
        every = [one["params"] for one in self.notes if one["method"] == "textDocument/publishDiagnostics"]
        return [one for one in every if one["uri"] == uri]

    def findings(self, uri: str) -> list[dict[str, Any]]:
        """Return the findings of the version that was sent last, once they are there."""

        def there() -> bool:
            return any(one.get("version") == self.versions[uri] for one in self.published(uri))

        self.until(there)
        found = [one for one in self.published(uri) if one.get("version") == self.versions[uri]]
        return list(found[-1]["diagnostics"])

    def at(self, uri: str, line: int, character: int) -> dict[str, Any]:
        return {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}

    def finish(self) -> int:
        """Shut the server down, and return its exit code."""
        self.ask("shutdown")
        self.note("exit", None)
        return self.process.wait(SECONDS)


@contextmanager
def session(cwd: Path) -> Iterator[Client]:
    """Start a server, and end its process whatever happens."""
    client = Client(cwd)
    try:
        yield client
    finally:
        client.process.kill()
        client.process.wait()
        for one in (client.process.stdin, client.process.stdout, client.process.stderr):
            assert one is not None
            one.close()
