"""The command alerting: receivers and routes of Alertmanager as Helm values."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import typer

from .. import repository, spec
from ..adopt import surroundings
from ..alerting.request import Placed, Request, asked, missing, read_receiver, read_setting, read_severity
from ..create import Ask, Given
from ..errors import Invalid, Problem, invalid
from ..pipeline import read_config
from ..tree import LOCK_NAME, SPEC_NAME, join, path_fault, unit_fault
from ..worktree import Worktree
from .console import ask
from .making import _create as make
from .options import DirOption, Ours, Quiet, Reset, Root, Theirs
from .selection import open_worktree, read_choice

_TEMPLATE = "alerting"


def alerting(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Name, for more than one.", show_default="alerting")] = None,
    directory: DirOption = None,
    values_file: Annotated[
        str | None,
        typer.Option(
            help="Values file; one that is there keeps what is in it. With a folder before it, the unit's folder.",
            show_default="values.yaml",
        ),
    ] = None,
    receiver: Annotated[
        list[str] | None,
        typer.Option(
            help="A receiver, such as pagerduty or email:ops; repeatable.", metavar="TYPE[:NAME]", show_default="slack"
        ),
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="A field of a receiver, as in email.to=ops@example.org.", metavar="NAME.FIELD=VALUE"
        ),
    ] = None,
    slack_channel: Annotated[str | None, typer.Option(help="Slack channel.", show_default="#alerts")] = None,
    slack_api_url_file: Annotated[
        str | None, typer.Option(help="File in Alertmanager's pod that holds the webhook's address.", metavar="PATH")
    ] = None,
    watchdog: Annotated[
        str | None,
        typer.Option(
            help="Where Watchdog goes: null, or a receiver with a webhook.",
            metavar="null|RECEIVER",
            show_default="null",
        ),
    ] = None,
    severity: Annotated[
        list[str] | None,
        typer.Option(help="Receiver of a severity, as in critical=pagerduty; repeatable.", metavar="SEVERITY=RECEIVER"),
    ] = None,
    plain_secret: Annotated[
        bool, typer.Option("--plain-secret", help="Secrets may stand in plain text in the spec and the values.")
    ] = False,
    alertmanager: Annotated[
        str | None, typer.Option(help="Alertmanager's version.", show_default="the newest known", metavar="VERSION")
    ] = None,
    operator: Annotated[
        str | None,
        typer.Option(
            help="Prometheus Operator's version, or none.", show_default="the newest known", metavar="VERSION"
        ),
    ] = None,
    ours: Ours = None,
    theirs: Theirs = None,
    reset: Reset = None,
    root: Root = None,
    quiet: Quiet = False,
) -> int:
    """Make Helm values for the kube-prometheus-stack chart: receivers, routes, the receiver "null", Watchdog first."""
    worktree = open_worktree(root)
    versions = {"alertmanager": alertmanager, "operator": operator}
    request = Request(
        receivers=tuple(_each(receiver, read_receiver)),
        settings=tuple(_each(setting, read_setting)),
        slack={
            key: value
            for key, value in {"channel": slack_channel, "api_url_file": slack_api_url_file}.items()
            if value is not None
        },
        watchdog=watchdog,
        severity=tuple(_each(severity, read_severity)),
        plain_secret=plain_secret,
        versions={key: value for key, value in versions.items() if value is not None},
    )
    usual = _TEMPLATE if name in {None, _TEMPLATE} else f"{_TEMPLATE}/{name}"
    folder, file = _place(worktree, usual, directory, values_file)
    request = _answered(worktree, folder, request)
    values: list[tuple[tuple[str, ...], Any, str]] = [
        (("name",), name or _TEMPLATE, "NAME"),
        (("values_file",), file, "--values-file"),
    ]
    given = [Given(*one) for one in values if one[1] is not None]
    ask = _ask(worktree, folder, request)
    return make(ctx, worktree, _TEMPLATE, folder, None, given, read_choice(ours, theirs, reset), quiet, ask)


def _each(texts: Sequence[str] | None, read: Any) -> list[Any]:
    """Read every value of a repeatable option, and tell of all that cannot be read."""
    out: list[Any] = []
    problems: list[Problem] = []
    for text in texts or ():
        try:
            out.append(read(text))
        except Invalid as error:
            problems += error.problems
    if problems:
        raise Invalid(problems)
    return out


def _place(worktree: Worktree, usual: str, directory: str | None, values_file: str | None) -> tuple[str, str | None]:
    """Return the unit's folder and the values file's name in it; ``--values-file`` may name both."""
    here = Path.cwd()
    folder = usual if directory is None else repository.place(worktree.root, directory, here)
    if values_file is None or "/" not in values_file:
        return folder, values_file
    path = PurePosixPath(values_file)
    named = repository.place(worktree.root, str(path.parent), here)
    if directory is not None and named != folder:
        message = f"{values_file} is not in the folder {folder}"
        raise invalid("--values-file", message, "name the file alone, or leave --dir out")
    return named, path.name


def _current(worktree: Worktree, folder: str) -> Mapping[str, Any]:
    """Return the data of the spec that is there, nothing where none is or it cannot be read: that is told of later."""
    path = join(folder, SPEC_NAME)
    if unit_fault(folder):
        return {}
    try:
        text = worktree.read(path)
        return {} if text is None else spec.read(text, path).data
    except Invalid:
        return {}


def _answered(worktree: Worktree, folder: str, request: Request) -> Request:
    """Ask for what the receivers need and nobody said, on a terminal; elsewhere all of it is an error."""
    open_questions = missing(asked(_current(worktree, folder), request).data, request)
    if not open_questions:
        return request
    if not sys.stdin.isatty():
        raise Invalid(
            Problem(
                "--set",
                0,
                0,
                f"{name}.{key} is missing",
                f"give it: --set {name}.{key}=VALUE" + (f" ({about})" if about else ""),
            )
            for name, key, about in open_questions
        )
    answers = [
        (
            name,
            (key,),
            ask(f"{about[:1].upper()}{about[1:]} ({name}.{key})" if about else f"{name}.{key}"),
        )
        for name, key, about in open_questions
    ]
    return replace(request, settings=(*request.settings, *answers))


def _ask(worktree: Worktree, folder: str, request: Request) -> Ask:
    """Return what puts the request into a spec, and what follows from a values file that people wrote."""

    def ask(data: Mapping[str, Any]) -> tuple[Mapping[str, Any], Sequence[Placed]]:
        done = asked(data, request)
        found = dict(done.data)
        fresh = not unit_fault(folder) and worktree.read(join(folder, LOCK_NAME)) is None
        if fresh:
            settings = read_config(worktree).defaults(_TEMPLATE)
            file = str(found.get("values_file") or settings.get("values_file") or "values.yaml")
            text = None if path_fault(file) else worktree.read(join(folder, file))
            for key, value in (surroundings(text, join(folder, file)) if text is not None else {}).items():
                found.setdefault(key, value)
        return found, done.options

    return ask
