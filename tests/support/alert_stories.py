"""What happens to workloads that are watched, and what promtool says of the alerts."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .real import tool
from .watched_services import made, objects


@dataclass(frozen=True)
class Story:
    """What happens to a workload: series by promtool's notation, a value a minute, and when an alert fires and not."""

    alert: str
    series: Mapping[str, str]
    fires: str = ""
    quiet: str = ""
    count: int = 1


def told(text: str, stories: Sequence[Story], folder: Path) -> None:
    """Let promtool check the rules that a spec makes, and run them on the series of each story."""
    (rule,) = objects(made(text), ("PrometheusRule",))
    (folder / "rules.yaml").write_text(yaml.safe_dump(rule["spec"]), "utf-8")
    tests = [
        {
            "interval": "1m",
            "name": f"{number} {one.alert}",
            "input_series": [{"series": series, "values": values} for series, values in one.series.items()],
            "promql_expr_test": _moments(one),
        }
        for number, one in enumerate(stories)
    ]
    asked = {"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": tests}
    (folder / "tests.yaml").write_text(yaml.safe_dump(asked), "utf-8")
    for command in (("check", "rules", "rules.yaml"), ("test", "rules", "tests.yaml")):
        done = subprocess.run([tool("promtool"), *command], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def _moments(one: Story) -> list[dict[str, Any]]:
    expr = f'count(ALERTS{{alertname="{one.alert}",alertstate="firing"}})'
    labels = {"expr": expr}
    found = []
    if one.fires:
        found.append({**labels, "eval_time": one.fires, "exp_samples": [{"labels": "{}", "value": one.count}]})
    if one.quiet:
        found.append({**labels, "eval_time": one.quiet, "exp_samples": []})
    return found
