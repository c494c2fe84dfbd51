"""Scalars of GitHub workflows and actions that the runner converts to texts, for the validation by their schemas.

Where it wants a text, the runner's reader of templates takes every scalar, and null as the empty text. Where there is a
``context``, which what is below inherits, it takes an expression instead of a map or list.
Sources: https://github.com/actions/runner/blob/main/src/Sdk/WorkflowParser/workflow-v1.0.json and
https://github.com/actions/runner/blob/main/src/Runner.Worker/action_yaml.json (`string` and `require-non-empty`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_CONTAINER = ("container", "services.*")
# Paths of keys: ``*`` is each value of a map, ``[]`` each item of a list.
_MAY_BE_EMPTY = {
    "workflow": (
        *("name", "run-name", "env.*", "concurrency", "on.*.inputs.*.description"),
        "on.workflow_dispatch.inputs.*.options.[]",
        *(f"on.{one}.inputs.*.default" for one in ("workflow_call", "workflow_dispatch")),
        *(f"on.workflow_call.{one}" for one in ("outputs.*.value", "outputs.*.description", "secrets.*.description")),
        *(f"jobs.*.{one}" for one in ("name", "env.*", "outputs.*", "with.*", "secrets.*")),
        *(f"jobs.*.environment{one}" for one in ("", ".name", ".url")),
        *(f"jobs.*.{one}" for one in _CONTAINER),
        *(f"jobs.*.{one}.{key}" for one in _CONTAINER for key in ("image", "options", "env.*")),
        *(f"jobs.*.services.*.{one}" for one in ("command", "entrypoint")),
        *("jobs.*.if", "jobs.*.snapshot.if"),
        *(f"jobs.*.steps.[].{one}" for one in ("name", "if", "working-directory", "env.*", "with.*")),
    ),
    "action": (
        *("name", "description", "author", "inputs.*.default", "inputs.*.description", "inputs.*.deprecationMessage"),
        *("outputs.*.value", "outputs.*.description", "runs.env.*", "runs.args.[]", "runs.pre-if", "runs.post-if"),
        *(f"runs.steps.[].{one}" for one in ("name", "if", "working-directory", "env.*", "with.*")),
    ),
}
FILTERS = frozenset({"branches", "branches-ignore", "tags", "tags-ignore", "paths", "paths-ignore", "types"})
LISTS = FILTERS | {"workflows", "names", "versions"}
_NOT_EMPTY = {
    "workflow": (
        *(f"on.*.{one}{item}" for one in sorted(LISTS) for item in ("", ".[]")),
        *("on.schedule.[].cron", "concurrency.group"),
        *(f"{one}defaults.run.{key}" for one in ("", "jobs.*.") for key in ("shell", "working-directory")),
        *(f"jobs.*.runs-on{one}" for one in ("", ".[]", ".group", ".labels", ".labels.[]")),
        *(f"jobs.*.{one}" for one in ("needs", "needs.[]", "concurrency", "concurrency.group")),
        *(f"jobs.*.snapshot{one}" for one in ("", ".image-name", ".version")),
        *(f"jobs.*.{one}.{key}" for one in _CONTAINER for key in ("ports.[]", "volumes.[]", "credentials.*")),
        *(f"jobs.*.steps.[].{one}" for one in ("id", "run", "shell")),
    ),
    "action": (
        *(f"runs.steps.[].{one}" for one in ("id", "run", "shell")),
        *(f"runs.{one}" for one in ("image", "entrypoint", "pre-entrypoint", "post-entrypoint", "main", "pre", "post")),
    ),
}
_LISTS = {f"jobs.*.{one}.{key}": ["1"] for one in _CONTAINER for key in ("ports", "volumes")}
_MAPS = (
    *("env", "jobs.*.env", "jobs.*.services", "jobs.*.strategy", "jobs.*.steps.[].env", "jobs.*.steps.[].with"),
    *(f"jobs.*.strategy.matrix.{one}.[]" for one in ("include", "exclude")),
    *(f"jobs.*.{one}.{key}" for one in _CONTAINER for key in ("credentials", "env")),
)
# Maps and lists that may be expressions, and what the schema takes instead.
_EXPRESSIONS: dict[str, Any] = {path: {} for path in _MAPS} | {"jobs.*.defaults.run": {"shell": "bash"}} | _LISTS
_EXPRESSION = re.compile(r"\s*\$\{\{")


def convert_scalars(family: str, data: Any) -> None:
    """Replace scalars in the data of a workflow or action by texts, as the runner does. Changes ``data``."""
    for path in _MAY_BE_EMPTY[family]:
        _convert(data, path.split("."), may_be_empty=True)
    for path in _NOT_EMPTY[family]:
        _convert(data, path.split("."), may_be_empty=False)


def replace_expressions(data: Any) -> None:
    """Replace the expressions instead of maps and lists in a workflow's data, and empty lists of ports and volumes."""
    for path, instead in _EXPRESSIONS.items():
        for parent, key in _places(data, path.split(".")):
            value = parent[key]
            if (isinstance(value, str) and _EXPRESSION.match(value)) or (path in _LISTS and value == []):
                parent[key] = instead.copy()


def fill_nulls(data: Any) -> None:
    """Replace the nulls in lists, and at any depth below these, by texts: values of a matrix are of any type."""
    stack: list[Any] = [one for one in data.values() if isinstance(one, list)] if isinstance(data, dict) else []
    while stack:
        node = stack.pop()
        for key, value in list(node.items() if isinstance(node, dict) else enumerate(node)):
            if value is None:
                node[key] = ""
            elif isinstance(value, dict | list):
                stack.append(value)


def _convert(data: Any, path: list[str], *, may_be_empty: bool) -> None:
    for parent, key in _places(data, path):
        value = parent[key]
        if isinstance(value, bool | int | float):
            parent[key] = str(value)
        elif value is None and may_be_empty:
            parent[key] = ""


def _places(data: Any, path: list[str]) -> Iterator[tuple[Any, Any]]:
    """Yield the maps and lists, each with a key, that hold what is at a path."""
    for key in _keys(data, path[0]):
        if len(path) > 1:
            yield from _places(data[key], path[1:])
        else:
            yield data, key


def _keys(data: Any, step: str) -> list[Any]:
    """Return the keys of a map, or indices of a list, that a step of a path stands for."""
    if step == "[]":
        return list(range(len(data))) if isinstance(data, list) else []
    if not isinstance(data, dict):
        return []
    return list(data) if step == "*" else [step] if step in data else []
