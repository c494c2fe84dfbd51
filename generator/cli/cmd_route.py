"""Show which receivers an alert reaches."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated

import typer

from ..alertmanager import draw
from ..alertmanager.answer import Answer, answer, answer_rows, tree_rows, unexpected
from ..alertmanager.model import Context
from ..errors import Invalid, Problem, invalid
from ..route_target import find_configuration
from .console import err, out, out_json
from .options import Root

_LABEL = re.compile(r"\s*(\"(?:[^\"\\]|\\.)+\"|[^=!~\s\"{}]+)\s*=\s*(?!~)(.*)", re.DOTALL)
MAX_LABELS = 100
MAX_LABEL = 10_000


class RouteFormat(StrEnum):
    """Output format of an answer."""

    TEXT = "text"
    JSON = "json"


EXAMPLES = (
    "scaffold route monitoring alertname=Watchdog",
    "scaffold route values.yaml severity=critical team=web --expect pagerduty",
    "scaffold route alertmanager.yaml --tree",
)


def run_route(
    target: Annotated[
        str, typer.Argument(help="A unit's folder, a values file, or Alertmanager's file.", metavar="UNIT|FILE")
    ],
    labels: Annotated[
        list[str] | None, typer.Argument(help="The alert's labels.", metavar="LABEL=VALUE...", show_default=False)
    ] = None,
    tree: Annotated[bool, typer.Option("--tree", help="Draw the routing tree.")] = False,
    expect: Annotated[
        list[str] | None,
        typer.Option(
            "--expect", help="Receiver that the alert must reach, and no others; null for none.", metavar="RECEIVER"
        ),
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Show what Slack would display, through an Alertmanager on loopback.")
    ] = False,
    fmt: Annotated[RouteFormat, typer.Option("--format", help="Output format.")] = RouteFormat.TEXT,
    root: Root = None,
) -> int:
    """Show which receivers an alert reaches.

    Also shows the route that matches, and what could silence the alert.
    """
    wanted = read_labels(labels or [])
    _check_options(labels, expect, tree, preview=preview, as_json=fmt is RouteFormat.JSON)
    context, notes = find_configuration(target, root)
    err(*notes)
    found = answer(context, wanted) if labels else None
    if fmt is RouteFormat.JSON:
        row = answer_rows(found, context) if found else {"path": context.path}
        out_json({**row, "tree": tree_rows(context)} if tree else row)
    else:
        _show(context, found, tree)
    if preview:
        _show_preview(context, found)
    difference = unexpected(found, expect) if found is not None and expect else ""
    if difference:
        err(f"{context.path}: {difference}")
    return int(bool(difference))


def _check_options(
    labels: list[str] | None, expect: list[str] | None, tree: bool, *, preview: bool, as_json: bool
) -> None:
    """Raise Invalid for incompatible options."""
    if not labels and not (tree or preview):
        hint = "give the alert's labels: alertname=Watchdog severity=none, or use --tree"
        raise invalid("LABEL=VALUE", "no label given", hint)
    if expect and not labels:
        raise invalid("--expect", "needs the labels of an alert", "add alertname=… and other labels")
    if preview and as_json:
        raise invalid("--preview", "prints text, not JSON", "leave out --preview or --format json")


def read_labels(given: list[str]) -> dict[str, str]:
    """Return the labels of arguments such as ``severity=critical``. Raises Invalid with every invalid one."""
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for one in given[:MAX_LABELS]:
        match = _LABEL.fullmatch(one) if len(one) <= MAX_LABEL else None
        if not match:
            problems.append(
                Problem("LABEL=VALUE", 0, 0, f"{one[:60]!r} is not a label", "write it like severity=critical")
            )
            continue
        name, value = (_unquoted(part) for part in match.groups())
        if name in found:
            problems.append(Problem("LABEL=VALUE", 0, 0, f"the label {name!r} is duplicated", "give one value"))
        found[name] = value
    if len(given) > MAX_LABELS:
        problems.append(Problem("LABEL=VALUE", 0, 0, f"more than {MAX_LABELS} labels", "give fewer"))
    if problems:
        raise Invalid(problems)
    return found


def _unquoted(text: str) -> str:
    quoted = len(text) > 1 and text.startswith('"') and text.endswith('"')
    return text[1:-1].replace('\\"', '"').replace("\\\\", "\\") if quoted else text


def _show(context: Context, found: Answer | None, tree: bool) -> None:
    lines = list(draw.answer_lines(found, context)) if found is not None else []
    if tree:
        lines += ([[("", "")]] if lines else []) + list(draw.tree_lines(context, found))
    out(*lines)


def _show_preview(context: Context, found: Answer | None) -> None:
    from ..preview import notes, preview  # noqa: PLC0415 - only for --preview

    err(*notes(context))
    for is_message, lines in preview(context, found):
        (err if is_message else out)(*lines)
