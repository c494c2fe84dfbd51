"""Show which receivers an alert reaches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from ..alertmanager import draw
from ..alertmanager.answer import Answer, answer_rows, route_alert, tree_rows, uncertain, unexpected
from ..alertmanager.expectation import check_expectation, expectation_row
from ..alertmanager.model import Context
from ..alertmanager.muting import UnknownZoneError
from ..argfile import read_any
from ..errors import invalid
from ..route_expectations import read_expectations
from ..route_question import ZONE_HINT, read_firing, read_labels, read_time
from ..route_target import find_configuration
from ..rule_routes import (
    RuleAlert,
    alert_lines,
    alert_rows,
    alerting_unit,
    reach_summary,
    route_rules,
    rule_alerts,
    unmet,
)
from .console import err, out, out_json
from .options import Root, Terse


class RouteFormat(StrEnum):
    """Output format of an answer."""

    TEXT = "text"
    JSON = "json"


EXAMPLES = (
    "scaffold route monitoring alertname=Watchdog",
    "scaffold route values.yaml severity=critical team=web --expect pagerduty",
    "scaffold route alerts.yaml --config alertmanager.yaml",
)


_Target = Annotated[
    str,
    typer.Argument(
        help="A unit's folder, a values file, Alertmanager's file, a file with rules, or - for stdin.",
        metavar="UNIT|FILE",
    ),
]
_Labels = Annotated[
    list[str] | None, typer.Argument(help="The alert's labels.", metavar="LABEL=VALUE...", show_default=False)
]
_Expect = Annotated[
    list[str] | None,
    typer.Option(
        "--expect", help="Receiver that the alert must reach, and no others; null for none.", metavar="RECEIVER"
    ),
]
_Firing = Annotated[
    list[str] | None,
    typer.Option(
        "--firing", help="Labels of another alert that fires: tells whether it silences this one.", metavar="LABELS"
    ),
]
_At = Annotated[
    str | None, typer.Option("--at", help="Time: tells whether a time interval mutes the alert then.", metavar="TIME")
]
_ExpectFile = Annotated[
    Path | None,
    typer.Option("--expect-file", help="Check the expectations in a file instead of one alert.", metavar="FILE"),
]
_With = Annotated[
    list[str] | None,
    typer.Option(
        "--with", help="File or folder with AlertmanagerConfigs to merge, as the operator does.", metavar="PATH"
    ),
]
_Config = Annotated[
    str | None,
    typer.Option(
        "--config",
        help="Alertmanager's configuration for the alerts of UNIT or FILE (default: the repository's).",
        metavar="UNIT|FILE",
    ),
]
_Preview = Annotated[bool, typer.Option("--preview", help="Show what is sent, through an Alertmanager on loopback.")]


def run_route(
    target: _Target,
    labels: _Labels = None,
    tree: Annotated[bool, typer.Option("--tree", help="Draw the routing tree.")] = False,
    expect: _Expect = None,
    firing: _Firing = None,
    at: _At = None,
    expect_file: _ExpectFile = None,
    resources: _With = None,
    config: _Config = None,
    preview: _Preview = False,
    fmt: Annotated[RouteFormat, typer.Option("--format", help="Output format.")] = RouteFormat.TEXT,
    root: Root = None,
    quiet: Terse = False,
) -> int:
    """Show which receivers an alert reaches.

    Also shows the route that matches, and what could silence the alert. Without labels, all alerts of a service, or of
    a file with rules of Prometheus.
    """
    question = _Question(read_labels(labels or []), firing, at, expect or [])
    if not (labels or tree or preview or expect_file is not None) and (alerts := rule_alerts(target, root)):
        found_in = config or alerting_unit(target, root)
        return _show_rules(alerts, question, (found_in, root, resources or ()), fmt, quiet=quiet)
    if config is not None:
        raise invalid("--config", "is for alerts of a service or of a file with rules", "leave it out")
    _check_options(question, tree, expect_file, preview=preview, as_json=fmt is RouteFormat.JSON)
    if expect_file is not None:
        return _check_file(target, root, expect_file, fmt, resources, quiet=quiet)
    ask = question.read()
    context, notes = find_configuration(target, root, resources or ())
    err(*(notes if not quiet else ()))
    with _known_zones(context):
        found = ask(context)
    if fmt is RouteFormat.JSON:
        row = answer_rows(found, context) if found else {"path": context.path}
        out_json({**row, "tree": tree_rows(context)} if tree else row)
    else:
        _show(context, found, tree)
    if preview:
        _show_preview(context, found)
    difference = found and expect and (uncertain(found) or unexpected(found, expect))
    if difference:
        err(f"{context.path}: {difference}")
    return int(bool(difference))


@dataclass(frozen=True)
class _Question:
    """What is asked about one alert, as given."""

    labels: dict[str, str]
    firing: list[str] | None
    at: str | None
    expect: list[str]

    @property
    def option(self) -> str:
        """An option that needs labels, ``""`` if none is given."""
        given = (("--expect", self.expect), ("--firing", self.firing), ("--at", self.at))
        return next((name for name, one in given if one), "")

    def read(self) -> Callable[[Context], Answer | None]:
        """Return a function that answers it for a configuration, None without labels. Raises Invalid."""
        ask = self.read_others()
        if not self.labels:
            return lambda _context: None
        return partial(ask, labels=self.labels)

    def read_others(self) -> Callable[..., Answer]:
        """Return a function that answers it for a configuration and labels. Raises Invalid."""
        firing = read_firing(self.firing) if self.firing else None
        at = read_time(self.at) if self.at is not None else None
        return partial(route_alert, at=at, firing=firing, look_ahead=True)


@contextmanager
def _known_zones(context: Context) -> Iterator[None]:
    """Report a time zone of a configuration that this machine does not know."""
    try:
        yield
    except UnknownZoneError as error:
        message = f"the time zone {str(error)!r} is not known here"
        line, column = error.value.place
        raise invalid(context.path, message, ZONE_HINT, line=line, column=column) from None


def _check_options(question: _Question, tree: bool, expect_file: Path | None, *, preview: bool, as_json: bool) -> None:
    """Raise Invalid for incompatible options."""
    if expect_file is not None:
        given = "LABEL=VALUE" if question.labels else question.option
        other = given or ("--tree" if tree else "--preview" if preview else "")
        if other:
            raise invalid("--expect-file", f"has its own alerts, and {other} is given", f"leave out {other}")
        return
    if not question.labels and question.option:
        raise invalid(question.option, "needs the labels of an alert", "add alertname=… and other labels")
    if not question.labels and not (tree or preview):
        hint = "give the alert's labels: alertname=Watchdog severity=none, or use --tree"
        raise invalid("LABEL=VALUE", "no label given", hint)
    if preview and as_json:
        raise invalid("--preview", "prints text, not JSON", "leave out --preview or --format json")


def _show_rules(
    alerts: list[RuleAlert],
    question: _Question,
    configuration: tuple[str, Path | None, Sequence[str]],
    fmt: RouteFormat,
    *,
    quiet: bool,
) -> int:
    """Show who gets the alerts of rules, by a configuration: its target, root and resources to merge into it."""
    ask = question.read_others()
    context, notes = find_configuration(*configuration)
    err(*(notes if not quiet else ()))
    with _known_zones(context):
        found = route_rules(context, alerts, ask)
    if fmt is RouteFormat.JSON:
        out_json(alert_rows(found, context))
    else:
        out(*alert_lines(found, context))
        if not quiet:
            out(reach_summary(found))
    different = unmet(found, question.expect) if question.expect else []
    err(*different)
    return int(bool(different))


def _check_file(
    target: str, root: Path | None, path: Path, fmt: RouteFormat, resources: list[str] | None, *, quiet: bool
) -> int:
    """Check the expectations in a file, and print those that are not met."""
    expected = read_expectations(read_any(path), str(path))
    context, notes = find_configuration(target, root, resources or ())
    err(*(notes if not quiet else ()))
    with _known_zones(context):
        found = [check_expectation(context, one) for one in expected]
    met = sum(one.met for one in found)
    if fmt is RouteFormat.JSON:
        rows = [expectation_row(one) for one in found]
        out_json(
            {"path": context.path, "file": str(path), "expectations": rows, "met": met, "not_met": len(found) - met}
        )
        return int(met < len(found))
    for one in found:
        if not one.met:
            out(*draw.expectation_lines(one, str(path)))
    plural = "s" if len(found) > 1 else ""
    if quiet:
        return int(met < len(found))
    out(f"{len(found)} expectation{plural}: {met} met, {len(found) - met} not")
    return int(met < len(found))


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
