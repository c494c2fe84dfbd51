"""Run a temporary Alertmanager on loopback."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sized
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import invalid

SECONDS = 20.0  # the time limit of one integration


@dataclass(frozen=True)
class Running:
    """A running Alertmanager: its port, and its log file."""

    port: int
    log: Path

    def post(self, alerts: list[dict[str, Any]]) -> None:
        """Send alerts to it."""
        _request(self.port, "POST", "/api/v2/alerts", json.dumps(alerts))

    def wait(self, messages: Sized, sent: int = 0) -> bool:
        """Wait for more messages than ``sent``, and briefly for those of other groups.

        Until Alertmanager gives up at the latest; returns whether there is one.
        """
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and len(messages) <= sent and not self._failed():
            time.sleep(0.05)
        time.sleep(0.3)
        return len(messages) > sent

    def _failed(self) -> bool:
        return "err=" in self.log.read_text("utf-8", "replace")

    def reason(self) -> str:
        """Return why it sent nothing, from its log."""
        found = re.search(r'err="((?:[^"\\]|\\.)*)"', self.log.read_text("utf-8", "replace"))
        told = found[1].replace('\\"', '"') if found else ""
        return told.rpartition(_GIVEN_UP)[2][:300] or "the log has no reason; run scaffold validate"


_GIVEN_UP = "notify retry canceled due to unrecoverable error after 1 attempts: "


def find() -> str | None:
    """Return the path of an Alertmanager on PATH, or None."""
    return shutil.which("alertmanager") or shutil.which("prometheus-alertmanager")


def version_of(binary: str) -> str:
    """Return major and minor version of an Alertmanager; 0.15 if unknown."""
    told = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=10, check=False)
    numbers = re.search(r"version ([0-9]+\.[0-9]+)", told.stdout + told.stderr)
    return numbers[1] if numbers else "0.15"


@contextmanager
def running_alertmanager(binary: str, folder: Path, config: str) -> Iterator[Running]:
    """Run an Alertmanager on a free loopback port, and end it in any case."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    (folder / "alertmanager.yml").write_text(config, "utf-8")
    data = tempfile.mkdtemp(dir=folder)
    options = [
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={data}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--web.external-url=http://alertmanager.example.org/",
        "--cluster.listen-address=",
        "--log.level=error",
    ]
    clean = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "AWS_EC2_METADATA_DISABLED": "true"}
    with (folder / "log").open("w+b") as log:
        process = subprocess.Popen([binary, *options], stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=clean)
        try:
            _ready(process, port, folder / "log")
            yield Running(port, folder / "log")
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            if _request(port, "GET", "/-/ready", None) == 200:
                return
        except OSError:
            time.sleep(0.05)
    lines = log.read_text("utf-8", "replace").strip().split("\n")
    raise invalid("alertmanager", f"does not start: {lines[-1][-300:]}", "run scaffold validate on the configuration")


def _request(port: int, method: str, path: str, body: str | None) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        return connection.getresponse().status
    finally:
        connection.close()
