"""Runs the ``run:`` steps of a job or composite action as GitHub's runner does: its shell, files and expressions.

Steps with ``uses:`` are noted and not run. Sources: https://docs.github.com/en/actions/reference/workflow-syntax and
…/evaluate-expressions-in-workflows-and-actions.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

SHELLS = {None: ["bash", "-e"], "bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"]}
_TOKEN = re.compile(r"\s*('(?:[^']|'')*'|[0-9]+(?:\.[0-9]+)?|[A-Za-z_][A-Za-z0-9_-]*|&&|\|\||[=!<>]=|[!<>().,\[\]])")


@dataclass
class Step:
    """How a step ended: ``skipped``, ``success`` or ``failure``, with what it printed and put out."""

    name: str
    outcome: str
    log: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """Where steps run: the checkout, a folder for the runner's files, folders before the usual PATH, and variables."""

    folder: Path
    temp: Path
    path: list[Path]
    env: Mapping[str, str]


@dataclass
class Job:
    """How a job ended."""

    result: str
    steps: list[Step]
    outputs: dict[str, str]
    summary: str
    temp: Path

    def step(self, name: str) -> Step:
        (found,) = (one for one in self.steps if one.name == name)
        return found


class Workflow(yaml.SafeLoader):
    """YAML 1.2 as GitHub reads it: ``on`` is a key."""


Workflow.yaml_implicit_resolvers = {
    char: [(tag, regexp) for tag, regexp in pairs if tag != "tag:yaml.org,2002:bool" or char in "tTfF"]
    for char, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(path: Path) -> dict[str, Any]:
    """Return a workflow or action as data."""
    data: dict[str, Any] = yaml.load(path.read_text("utf-8"), Workflow)  # noqa: S506 - a SafeLoader
    return data


def run_job(
    workflow: Mapping[str, Any],
    name: str,
    folder: Path,
    temp: Path,
    *,
    path: list[Path],
    context: Mapping[str, Any] | None = None,
    env: Mapping[str, str] | None = None,
) -> Job:
    """Run a job in ``folder``, with ``path`` before the usual PATH and ``temp`` for the runner's files."""
    job = workflow["jobs"][name]
    shell = workflow.get("defaults", {}).get("run", {}).get("shell")
    needs = {one: {"result": "success", "outputs": {}} for one in _listed(job.get("needs"))}
    given = {"needs": needs, **(context or {})}
    bad = [one for one in needs if given["needs"][one]["result"] != "success"]
    if not _wanted(job.get("if"), given, "failure" if bad else "success"):
        return Job("skipped", [], {}, "", temp)
    return _run(job["steps"], shell, Place(folder, temp, path, env or {}), given, job.get("outputs", {}))


def run_action(
    action: Mapping[str, Any],
    folder: Path,
    temp: Path,
    inputs: Mapping[str, str],
    *,
    path: list[Path],
    put_out: Mapping[str, dict[str, str]],
    env: Mapping[str, str] | None = None,
) -> Job:
    """Run a composite action with inputs; those not given have their defaults. ``put_out`` has the outputs of actions
    that it uses, by step."""
    assert set(inputs) <= set(action["inputs"])
    every = {key: str(one.get("default", "")) for key, one in action["inputs"].items()} | dict(inputs)
    outputs = {key: one["value"] for key, one in action.get("outputs", {}).items()}
    given = {"inputs": every, "put_out": put_out}
    return _run(action["runs"]["steps"], "none", Place(folder, temp, path, env or {}), given, outputs)


def _run(
    steps: list[dict[str, Any]],
    shell: str | None,
    place: Place,
    context: Mapping[str, Any],
    outputs: Mapping[str, str],
) -> Job:
    place.temp.mkdir(parents=True, exist_ok=True)
    summary = place.temp / "summary"
    summary.touch()
    done: list[Step] = []
    known: dict[str, Any] = {}
    values = {"runner": {"temp": str(place.temp)}, "steps": known, **context}
    status = "success"
    for number, step in enumerate(steps):
        one = Step(str(step.get("name", step.get("uses", number))), "skipped")
        if _wanted(step.get("if"), values, status):
            if "uses" in step:
                one.outcome = "success"
                one.inputs = {key: evaluate(str(value), values) for key, value in step.get("with", {}).items()}
                one.outputs = values.get("put_out", {}).get(step.get("id"), {})
            else:
                _bash(one, step, step.get("shell", shell), place, values)
            if one.outcome == "failure":
                status = "failure"
        done.append(one)
        if "id" in step:
            known[step["id"]] = {"outcome": one.outcome, "outputs": one.outputs}
    found = {key: evaluate(value, values) for key, value in outputs.items()}
    return Job(status, done, found, summary.read_text("utf-8"), place.temp)


def _bash(one: Step, step: Mapping[str, Any], shell: str | None, place: Place, values: Mapping[str, Any]) -> None:
    assert "${{" not in step["run"], "an expression within run: is code that others may write"
    script, output = place.temp / "script.sh", place.temp / "output"
    script.write_text(step["run"], "utf-8")
    output.write_text("")
    added = place.temp / "path"
    added.touch()
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "RUNNER_", "GIT_"))}
    own = {key: evaluate(str(value), values) for key, value in step.get("env", {}).items()}
    files = {
        "GITHUB_OUTPUT": str(output),
        "GITHUB_STEP_SUMMARY": str(place.temp / "summary"),
        "GITHUB_PATH": str(added),
        "RUNNER_TEMP": str(place.temp),
    }
    places = {
        "PATH": os.pathsep.join([*added.read_text("utf-8").split("\n")[:-1], *map(str, place.path), clean["PATH"]]),
        "CI": "true",
        "GITHUB_ACTIONS": "true",
    }
    run = subprocess.run(
        [*SHELLS[shell], str(script)],
        cwd=place.folder / evaluate(step.get("working-directory", "."), values),
        env={**clean, **places, **files, **place.env, **own},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
        check=False,
    )
    one.log = run.stdout.decode("utf-8", "replace")
    one.outcome = "failure" if run.returncode else "success"
    one.outputs = dict(line.split("=", 1) for line in output.read_text("utf-8").splitlines())


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def _wanted(condition: Any, values: Mapping[str, Any], status: str) -> bool:
    if condition is None:
        return status == "success"
    text = str(condition).removeprefix("${{").removesuffix("}}")
    asks = re.search(r"\b(?:success|failure|always|cancelled)\(\)", text)
    return (bool(asks) or status == "success") and bool(_Expression(text, values, status).value())


def evaluate(text: str, values: Mapping[str, Any]) -> str:
    """Return text with the expressions in it evaluated."""
    return re.sub(r"\$\{\{(.*?)\}\}", lambda m: _text(_Expression(m.group(1), values, "success").value()), text)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    assert isinstance(value, str | int | float), f"{value!r} has no text"
    return str(value)


class _Expression:
    """An expression, read by descent: ``||``, ``&&``, comparisons, ``!``, then values, their properties and calls."""

    def __init__(self, text: str, values: Mapping[str, Any], status: str) -> None:
        self.tokens = _TOKEN.findall(text)
        assert "".join(self.tokens) == re.sub(r"\s+(?=(?:[^']*'[^']*')*[^']*$)", "", text), text
        self.values, self.status = values, status

    def value(self) -> Any:
        found = self._or()
        assert not self.tokens, self.tokens
        return found

    def _next(self, *wanted: str) -> str:
        return self.tokens.pop(0) if self.tokens and (not wanted or self.tokens[0] in wanted) else ""

    def _or(self) -> Any:
        left = self._and()
        while self._next("||"):
            right = self._and()
            left = left or right
        return left

    def _and(self) -> Any:
        left = self._compared()
        while self._next("&&"):
            right = self._compared()
            left = left and right
        return left

    def _compared(self) -> Any:
        left = self._not()
        if operator := self._next("==", "!=", "<", ">", "<=", ">="):
            right = self._not()
            if operator in {"==", "!="}:
                return (left == right) is (operator == "==")
            if left is None or right is None:
                return False
            return {"<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right}[operator]
        return left

    def _not(self) -> Any:
        if self._next("!"):
            return not self._not()
        if self._next("("):
            found = self._or()
            assert self._next(")")
        else:
            found = self._leaf(self._next())
        while self._next("."):
            key = self._next()
            found = found.get(key) if isinstance(found, Mapping) else None
        return found

    def _leaf(self, token: str) -> Any:
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if token[0].isdigit():
            return float(token) if "." in token else int(token)
        if not self._next("("):
            return {"true": True, "false": False, "null": None}.get(token, self.values.get(token))
        arguments = []
        while not self._next(")"):
            arguments.append(self._or())
            self._next(",")
        states = {
            "always": True,
            "cancelled": False,
            "failure": self.status == "failure",
            "success": self.status == "success",
        }
        if token in states:
            return states[token]
        functions: dict[str, Callable[..., Any]] = {
            "fromJSON": json.loads,
            "join": lambda values, joint=",": joint.join(values),
            "toJSON": lambda one: json.dumps(one, indent=2),
        }
        return functions[token](*arguments)
