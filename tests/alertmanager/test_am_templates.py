"""Our reading of Go templates against amtool's: the same texts are none, and the others print the same."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from generator.alertmanager import notification
from generator.alertmanager.gotemplate import TemplateError, Unknown, parse_template, run_template
from generator.alertmanager.template_functions import runnable
from generator.alertmanager.templates import Calls, template_faults

from ..support.real import tool

LINES = (Path(__file__).parents[1] / "cases" / "templates.txt").read_text("utf-8").split("\n")
TEMPLATES = [
    line.replace("\\n", "\n") if '"' not in line else line for line in LINES if line and not line.startswith("#")
]
ALERTS = [
    (
        {"alertname": "Crash", "severity": "warning", "pod": f"app-{number}"},
        {"summary": "It crashes.", "description": f"Pod {number}."},
    )
    for number in (1, 2)
]


def data() -> str:
    common = {"alertname": "Crash", "severity": "warning"}
    return json.dumps(
        {
            "receiver": "receiver",
            "status": "firing",
            "alerts": [{"status": "firing", "labels": labels, "annotations": notes} for labels, notes in ALERTS],
            "groupLabels": {"alertname": "Crash"},
            "commonLabels": common,
            "commonAnnotations": {"summary": "It crashes."},
            "externalURL": "http://alertmanager.example.org",
        }
    )


def ours(text: str) -> str | None:
    """Return what we say a template prints, or None where it is none. Raises Unknown."""
    try:
        template = parse_template(text)
        if any(
            one.rule in {"AM006", "AM009"} and not one.since
            for one in template_faults(template.parts, template.defines, Calls())
        ):
            return None
        if any(one.since > "0.25" for one in template_faults(template.parts, template.defines, Calls())):
            return None
        given = notification.notification_data(ALERTS, ["alertname"])
        return run_template(template.parts, given, template.defines, runnable((0, 25)))
    except TemplateError:
        return None


@pytest.mark.parametrize("text", TEMPLATES)
def test_a_template_prints_what_amtool_prints(text: str, tmp_path: Path) -> None:
    binary = tool("amtool")
    (tmp_path / "data.json").write_text(data(), "utf-8")
    command = [binary, "template", "render", "--template.glob=/none/*", f"--template.data={tmp_path}/data.json"]
    done = subprocess.run(
        [*command, f"--template.text={text}"], capture_output=True, text=True, timeout=30, check=False
    )
    try:
        mine = ours(text)
    except Unknown as reason:
        pytest.fail(f"{reason}; amtool: {done.stdout or done.stderr}")
    if done.returncode:
        assert mine is None, f"{mine!r}\n{done.stderr}"
    else:
        assert mine is not None, done.stdout
        assert mine.rstrip("\n") == done.stdout.rstrip("\n")
