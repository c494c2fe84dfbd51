"""What Slack would show: sample alerts through a real Alertmanager on loopback, with a stand-in for Slack beside it.

Alertmanager gets a configuration made by `alertmanager.sandbox`, in which there is no address but the stand-in's, and
an environment without proxies. Everything ends with the command: the process, the server, the folder.
"""

from __future__ import annotations

import http.client
import http.server
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .. import disk, globs
from ..alertmanager.answer import Answer
from ..alertmanager.model import Context
from ..alertmanager.trial import Trial, template_files, trials
from ..alertmanager.versions import version
from ..errors import invalid
from ..tree import decode, encode
from .console import err, out

SECONDS = 20.0  # the longest that one integration may take
MAX_BODY = 1 << 20
MAX_FILES = 50
MAX_DEPTH = 10
MAX_TEMPLATE = 1 << 20
_LABELS = {"alertname": "KubePodCrashLooping", "severity": "warning", "namespace": "shop", "container": "app"}
_NOTES = {"summary": "Pod is crash looping.", "runbook_url": "https://runbooks.example.org/crash-looping"}


def show_preview(context: Context, found: Answer | None) -> None:
    """Print what Slack would show of two alerts and of their end, for the receivers that are reached, or all."""
    binary = shutil.which("alertmanager") or shutil.which("prometheus-alertmanager")
    if binary is None:
        err("no preview: there is no alertmanager on PATH (Debian: apt-get install prometheus-alertmanager)")
        return
    told = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=10, check=False)
    numbers = re.search(r"version ([0-9]+\.[0-9]+)", told.stdout + told.stderr)
    names = {one.receiver for one in found.reached} if found is not None else None
    labels = {**_LABELS, **found.labels} if found is not None else _LABELS
    shown = False
    with _stand_in() as (address, messages), tempfile.TemporaryDirectory(prefix="scaffold-") as folder:
        for number, text in enumerate([*template_files(context), *_local_files(context)]):
            (Path(folder) / f"{number}.tmpl").write_bytes(encode(text))
        tried = trials(context, names, address, f"{folder}/*.tmpl", version(numbers[1] if numbers else "0.15"))
        for one in tried:
            if shown:
                out("")
            shown = True
            messages.clear()
            _show(one, context, binary, Path(folder), labels, messages)
    if not shown:
        err("no preview: no Slack receiver is reached")


def _show(
    trial: Trial, context: Context, binary: str, folder: Path, labels: Mapping[str, str], messages: list[dict[str, Any]]
) -> None:
    alerts = [
        {
            "labels": {**labels, "pod": f"{labels.get('namespace', 'shop')}-{number}"},
            "annotations": {**_NOTES, "description": f"Container app of pod {number} restarts every minute."},
        }
        for number in (1, 2)
    ]
    out(f"{trial.receiver}: what Slack shows of two alerts   {context.path}:{trial.line}")
    with _running(binary, folder, trial.config) as port:
        _post(port, alerts)
        if not _wait(messages, folder / "log"):
            err(f"  nothing was sent: {_reason(folder / 'log')}")
            return
        for one in list(messages):
            out(*message_lines(one))
        if not trial.sends_resolved:
            out("  (nothing when they are over: send_resolved is false)")
            return
        messages.clear()
        past = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        _post(port, [{**one, "endsAt": past} for one in alerts])
        out("and when they are over")
        if not _wait(messages, folder / "log"):
            err(f"  nothing was sent: {_reason(folder / 'log')}")
        for one in list(messages):
            out(*message_lines(one))


def _local_files(context: Context) -> Iterator[str]:
    """Yield the template files that a configuration names relative to its own folder.

    Which ones is the configuration's to say, so they lie below that folder, are files themselves, and are few.
    """
    if context.source.chart is not None:
        return
    folder, found = Path(context.path).absolute().parent, 0
    for one in context.config.list_of("templates")[:MAX_FILES]:
        parts = [part for part in one.text.split("/") if part not in {"", "."}]
        if one.text.startswith("/") or ".." in parts or len(parts) > MAX_DEPTH:
            err(f"{context.path}:{one.line}: {one.text} is not read: it leads out of the configuration's folder")
            continue
        for path in _matching(folder, parts):
            data = disk.read(path, MAX_TEMPLATE)
            if data is not None and found < MAX_FILES:
                found += 1
                yield decode(data)


def _matching(folder: Path, parts: Sequence[str]) -> Iterator[Path]:
    """Yield the files below a folder whose path matches a pattern part by part, as Go's filepath.Glob does."""
    folders = [folder]
    for number, part in enumerate(parts):
        entries = [(above, one) for above in folders for one in disk.entries(above) if _matches(one.name, part)]
        if number == len(parts) - 1:
            yield from (above / one.name for above, one in entries if one.is_file)
        folders = [above / one.name for above, one in entries if one.is_folder][:MAX_FILES]


def _matches(name: str, pattern: str) -> bool:
    return globs.matches(name, pattern)


def message_lines(message: Mapping[str, Any]) -> list[str]:
    """Return a message to Slack as lines of text: who, the title, the body, fields, the footer."""
    who = " ".join(str(message[key]) for key in ("username", "channel") if message.get(key))
    lines = [f"  {who}"] if who else []
    if message.get("text"):
        lines += [f"  {line}" for line in str(message["text"]).split("\n")]
    for one in message.get("attachments") or ():
        body = [str(one.get("pretext") or ""), str(one.get("title") or ""), str(one.get("text") or "")]
        for field in one.get("fields") or ():
            body.append(f"{field.get('title', '')}: {field.get('value', '')}")
        for action in one.get("actions") or ():
            body.append(f"[{action.get('text', '')}] {action.get('url', '')}".rstrip())
        body.append(str(one.get("footer") or ""))
        bar = {"danger": "red", "good": "green", "warning": "yellow"}.get(
            str(one.get("color")), str(one.get("color") or "")
        )
        shown = [line for part in body if part for line in part.rstrip("\n").split("\n")]
        lines += [f"  ┃ {line}" for line in shown] or ["  ┃ (blank)"]
        lines.append(f"  ┗ {bar}")
    return lines


@contextmanager
def _stand_in() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Run a server on loopback that takes what Slack would be sent."""
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
            pass  # what it is sent comes of the repository's texts; that nothing arrived is told of

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/", messages
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def _running(binary: str, folder: Path, config: str) -> Iterator[int]:
    """Run an Alertmanager on a free port of loopback, and end it whatever happens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    (folder / "alertmanager.yml").write_text(config, "utf-8")
    data = tempfile.mkdtemp(dir=folder)
    options = [
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={data}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
        "--log.level=error",
    ]
    clean = {key: one for key, one in os.environ.items() if not key.lower().endswith("_proxy")}
    with (folder / "log").open("w+b") as log:
        process = subprocess.Popen([binary, *options], stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=clean)
        try:
            _ready(process, port, folder / "log")
            yield port
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _reason(log: Path) -> str:
    """Return why Alertmanager sent nothing, from what it logged."""
    found = re.search(r'err="((?:[^"\\]|\\.)*)"', log.read_text("utf-8", "replace"))
    reason = (
        found[1]
        .replace('\\"', '"')
        .rpartition("notify retry canceled due to unrecoverable error after 1 attempts: ")[2]
        if found
        else ""
    )
    return reason[:300] or "nobody knows why; scaffold validate may"


def _ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            if _call(port, "GET", "/-/ready", None) == 200:
                return
        except OSError:
            time.sleep(0.05)
    lines = log.read_text("utf-8", "replace").strip().split("\n")
    raise invalid("alertmanager", f"does not start: {lines[-1][-300:]}", "run scaffold validate on the configuration")


def _post(port: int, alerts: list[dict[str, Any]]) -> None:
    _call(port, "POST", "/api/v2/alerts", json.dumps(alerts))


def _call(port: int, method: str, path: str, body: str | None) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        return connection.getresponse().status
    finally:
        connection.close()


def _wait(messages: list[dict[str, Any]], log: Path) -> bool:
    """Wait for a message, and a moment for others of other groups; no longer than until Alertmanager gives up."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and not messages and "err=" not in log.read_text("utf-8", "replace"):
        time.sleep(0.05)
    time.sleep(0.3)
    return bool(messages)
