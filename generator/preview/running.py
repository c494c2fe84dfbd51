"""Preview messages: send sample alerts through a real Alertmanager on loopback to stand-ins of the services.

Alertmanager gets a configuration from ``alertmanager.trial``, which has no address except those of the stand-ins, and
an environment without proxies and credentials. Process, servers and folder are removed when the command ends.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..alertmanager.answer import Answer, shown_place
from ..alertmanager.model import Context
from ..alertmanager.trial import Trial, template_files, trials
from ..alertmanager.versions import version
from ..errors import Invalid, Problem
from ..tree import encode
from . import alertmanager_process
from .local_templates import local_templates
from .payload_lines import received_lines
from .stand_in import Received, stand_ins

MAX_SECONDS = 60
_LABELS = {"alertname": "KubePodCrashLooping", "severity": "warning", "namespace": "shop", "container": "app"}
_NOTES = {"summary": "Pod is crash looping.", "runbook_url": "https://runbooks.example.org/crash-looping"}


def notes(context: Context) -> list[str]:
    """Return notes on what the preview of a configuration leaves out, a line each."""
    return local_templates(context)[1]


def preview(context: Context, found: Answer | None) -> Iterator[tuple[bool, list[str]]]:
    """Yield the lines of the messages for two alerts and their resolution, each part as soon as it is known, and
    whether they are a message about the run instead.

    Covers the receivers that are reached, or all, for at most MAX_SECONDS. Raises Invalid at the end if
    Alertmanager did not start for one.
    """
    binary = alertmanager_process.find()
    if binary is None:
        yield True, ["no preview: alertmanager is not on PATH (Debian: apt-get install prometheus-alertmanager)"]
        return
    names = {one.receiver for one in found.reached} if found is not None else None
    labels = {**_LABELS, **found.labels} if found is not None else _LABELS
    end = time.monotonic() + MAX_SECONDS
    first = True
    problems: list[Problem] = []
    with stand_ins() as (address, messages), tempfile.TemporaryDirectory(prefix="scaffold-") as folder:
        for number, text in enumerate([*template_files(context), *local_templates(context)[0]]):
            (Path(folder) / f"{number}.tmpl").write_bytes(encode(text))
        known = version(alertmanager_process.version_of(binary))
        for one in trials(context, names, address, f"{folder}/*.tmpl", known):
            late = f"not within {MAX_SECONDS} seconds: choose receivers by labels" if time.monotonic() > end else ""
            if not (one.refused or late or first):
                yield False, [""]
            first = False
            messages.clear()
            try:
                yield from _about(one, shown_place(one.value, context), late)
                if not (one.refused or late):
                    yield from _one(one, binary, Path(folder), labels, messages)
            except Invalid as error:
                problems += error.problems
    if problems:
        raise Invalid(problems)
    if first:
        yield True, ["no preview: no receiver that sends anything is reached"]


def _about(trial: Trial, place: str, late: str) -> Iterator[tuple[bool, list[str]]]:
    """Yield the line before a message, or why there is none."""
    if trial.refused or late:
        yield True, [f"{place}: {trial.receiver}: no preview: {trial.refused or late}"]
        return
    if trial.left_out:
        yield True, [f"{place}: {trial.receiver}: without {', '.join(trial.left_out)}"]
    slack = trial.section.name == "slack_configs"
    what = "what Slack displays" if slack else f"the message to {trial.section.title}"
    yield False, [f"{trial.receiver}: {what} for two alerts   {place}"]


def _one(
    trial: Trial, binary: str, folder: Path, labels: Mapping[str, str], messages: list[Received]
) -> Iterator[tuple[bool, list[str]]]:
    """Yield the messages of one integration."""
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
        yield False, _shown(messages, trial)
        if not trial.sends_resolved:
            yield False, ["  (nothing when they resolve: send_resolved is false)"]
            return
        sent = len(messages)
        past = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        running.post([{**one, "endsAt": past} for one in alerts])
        yield False, ["and when they resolve"]
        if not running.wait(messages, sent):
            yield True, [f"  nothing was sent: {running.reason()}"]
        yield False, _shown(messages[sent:], trial)


def _shown(messages: list[Received], trial: Trial) -> list[str]:
    return [line for one in list(messages) for line in received_lines(one, trial.section.name)]
