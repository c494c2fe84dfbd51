"""Sample alerts like those of the chart's rules, for rendering messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .gotemplate import Budget, TemplateError, Unknown, run_template
from .gotemplate.nodes import Part
from .model import Context
from .notification import notification_data, opaque
from .template_functions import runnable
from .template_texts import Piece

_SUMMARY, _DESCRIPTION, _RUNBOOK = "\ue101", "\ue102", "\ue103"


def sample_alerts(count: int, groups: Sequence[str] | None) -> list[tuple[dict[str, str], dict[str, str]]]:
    """Return alerts like those of the chart's rules: descriptions differ, and summaries unless grouped by name."""
    by_name = groups is None or "alertname" in groups
    found = []
    for number in range(count):
        name = "KubePodCrashLooping" if by_name or not number else "KubePodNotReady"
        labels = {"alertname": name, "severity": "warning", "namespace": "default", "pod": f"app-{number}"}
        different = "" if by_name or not number else "'"
        notes = {"summary": _SUMMARY + different, "description": _DESCRIPTION * (number + 1)}
        found.append((labels, {**notes, "runbook_url": _RUNBOOK + different}))
    return found


def grouping_of(context: Context, receiver: str) -> tuple[str, ...] | None:
    """Return the coarsest grouping of the routes to a receiver, None if no alerts are grouped or none reach it."""
    found = [path[-1].group_by for path in context.paths if path[-1].receiver == receiver]
    several = [one for one in found if one is not None]
    return min(several, key=len) if several else None


def run_error(
    context: Context, piece: Piece, count: int, templates: Mapping[str, Sequence[Part]], budget: Budget
) -> TemplateError | None:
    """Return the error of a text for a number of alerts, None if it succeeds or the result is not known."""
    groups = grouping_of(context, piece.receiver.name)
    told = notification_data(sample_alerts(count, groups), groups)
    functions = runnable(context.source.target.alertmanager)
    try:
        run_template(piece.template.parts, told, templates, functions, opaque, budget)
    except TemplateError as error:
        return error
    except (Unknown, RecursionError):
        return None
    return None
