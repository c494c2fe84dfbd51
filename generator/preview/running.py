"""Preview Slack messages: send sample alerts through a real Alertmanager on loopback to a fake Slack server.

Alertmanager gets a configuration from ``alertmanager.sandbox``, which has no address except the fake server's, and an
environment without proxies. The process, the server and the folder are removed when the command ends.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..alertmanager.answer import Answer
from ..alertmanager.model import Context
from ..alertmanager.trial import Trial, template_files, trials
from ..alertmanager.versions import version
from ..tree import encode
from . import alertmanager_process
from .local_templates import local_templates
from .slack_message import message_lines
from .slack_server import stand_in

_LABELS = {"alertname": "KubePodCrashLooping", "severity": "warning", "namespace": "shop", "container": "app"}
_NOTES = {"summary": "Pod is crash looping.", "runbook_url": "https://runbooks.example.org/crash-looping"}


def notes(context: Context) -> list[str]:
    """Return notes on what the preview of a configuration leaves out, a line each."""
    return local_templates(context)[1]


def preview(context: Context, found: Answer | None) -> Iterator[tuple[bool, list[str]]]:
    """Yield the lines of the Slack messages for two alerts and their resolution, each part as soon as it is known, and
    whether they are a message about the run instead.

    Covers the receivers that are reached, or all. Raises Invalid if Alertmanager does not start.
    """
    binary = alertmanager_process.find()
    if binary is None:
        yield True, ["no preview: alertmanager is not on PATH (Debian: apt-get install prometheus-alertmanager)"]
        return
    names = {one.receiver for one in found.reached} if found is not None else None
    labels = {**_LABELS, **found.labels} if found is not None else _LABELS
    shown = False
    with stand_in() as (address, messages), tempfile.TemporaryDirectory(prefix="scaffold-") as folder:
        for number, text in enumerate([*template_files(context), *local_templates(context)[0]]):
            (Path(folder) / f"{number}.tmpl").write_bytes(encode(text))
        known = version(alertmanager_process.version_of(binary))
        for one in trials(context, names, address, f"{folder}/*.tmpl", known):
            if shown:
                yield False, [""]
            shown = True
            messages.clear()
            yield False, [f"{one.receiver}: what Slack displays for two alerts   {context.path}:{one.line}"]
            yield from _one(one, binary, Path(folder), labels, messages)
    if not shown:
        yield True, ["no preview: no Slack receiver is reached"]


def _one(
    trial: Trial, binary: str, folder: Path, labels: Mapping[str, str], messages: list[dict[str, Any]]
) -> Iterator[tuple[bool, list[str]]]:
    """Yield the messages of one receiver."""
    alerts = [
        {
            "labels": {**labels, "pod": f"{labels.get('namespace', 'shop')}-{number}"},
            "annotations": {**_NOTES, "description": f"Container app of pod {number} restarts every minute."},
        }
        for number in (1, 2)
    ]
    with alertmanager_process.running_alertmanager(binary, folder, trial.config) as running:
        running.post(alerts)
        if not running.wait(messages):
            yield True, [f"  nothing was sent: {running.reason()}"]
            return
        yield False, _lines(messages)
        if not trial.sends_resolved:
            yield False, ["  (nothing when they resolve: send_resolved is false)"]
            return
        messages.clear()
        past = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        running.post([{**one, "endsAt": past} for one in alerts])
        yield False, ["and when they resolve"]
        if not running.wait(messages):
            yield True, [f"  nothing was sent: {running.reason()}"]
        yield False, _lines(messages)


def _lines(messages: list[dict[str, Any]]) -> list[str]:
    return [line for one in list(messages) for line in message_lines(one)]
