"""The command that asks a routing tree: route."""

from __future__ import annotations

import os
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .. import disk, report, repository, rules, schema, spec
from ..alertmanager import draw
from ..alertmanager.answer import Answer, answer, answer_rows, tree_rows, unexpected
from ..alertmanager.model import Context
from ..argfile import read_any
from ..config import Config
from ..errors import Invalid, Problem, invalid
from ..pipeline import Pipeline, read_config
from ..rules.alertmanager.configured import configurations
from ..tree import MAX_FILE_BYTES, SPEC_NAME, decode, join, path_fault
from ..worktree import Worktree
from .console import err, out, out_json
from .options import Root

# Without these there is no tree to ask; what else Alertmanager refuses is told, and the question answered.
_NO_TREE = frozenset({"AM004", "AM015", "AM016", "AM017", "AM018", "AM022", "AM030", "AM034"})
_REFUSED = frozenset({"AM014", "AM020", "AM031", "AM032", "AM033", "AM035"})
_LABEL = re.compile(r"\s*(\"(?:[^\"\\]|\\.)+\"|[^=!~\s\"{}]+)\s*=\s*(?!~)(.*)", re.DOTALL)
MAX_LABELS = 100
MAX_LABEL = 10_000


class RouteFormat(StrEnum):
    """How an answer is printed."""

    TEXT = "text"
    JSON = "json"


def route(
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
            "--expect", help="A receiver that it must reach, and no other; null for nobody.", metavar="RECEIVER"
        ),
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Show what Slack would show, through an Alertmanager on loopback.")
    ] = False,
    fmt: Annotated[RouteFormat, typer.Option("--format", help="How to print the result.")] = RouteFormat.TEXT,
    root: Root = None,
) -> int:
    """Show which receivers an alert reaches, by which route, and what could silence it."""
    wanted = read_labels(labels or [])
    if not labels and not (tree or preview):
        raise invalid(
            "LABEL=VALUE", "no label is given", "name the alert: alertname=Watchdog severity=none, or ask for --tree"
        )
    if expect and not labels:
        raise invalid("--expect", "needs the labels of an alert", "add alertname=… and others")
    if preview and fmt is RouteFormat.JSON:
        raise invalid("--preview", "prints text, not JSON", "leave out --preview or --format json")
    context = _context(target, root)
    found = answer(context, wanted) if labels else None
    if fmt is RouteFormat.JSON:
        row = answer_rows(found, context) if found else {"path": context.path}
        out_json({**row, "tree": tree_rows(context)} if tree else row)
    else:
        _show(context, found, tree)
    if preview:
        from .preview import show_preview  # noqa: PLC0415 - only where it is asked for

        show_preview(context, found)
    if found is not None and expect:
        difference = unexpected(found, expect)
        if difference:
            err(f"{context.path}: {difference}")
            return 1
    return 0


def read_labels(given: list[str]) -> dict[str, str]:
    """Return the labels of arguments such as ``severity=critical``. Raises Invalid with all that are none."""
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
        problems.append(Problem("LABEL=VALUE", 0, 0, f"there are more than {MAX_LABELS} labels", "give fewer"))
    if problems:
        raise Invalid(problems)
    return found


def _unquoted(text: str) -> str:
    quoted = len(text) > 1 and text.startswith('"') and text.endswith('"')
    return text[1:-1].replace('\\"', '"').replace("\\\\", "\\") if quoted else text


def _context(target: str, root: Path | None) -> Context:
    """Return the configuration that the user names. Raises Invalid with all that makes it no tree."""
    path, shown, text = _file(target, root)
    name = shown if re.search(r"\.(?:ya?ml|json)\Z", shown) else f"{shown}.yaml"
    read = rules.recognise(name, text, named=True)
    if read.problems:
        raise Invalid([_renamed(one, shown) for one in read.problems])
    if read.file is None or read.file.family not in {"alertmanager", "values", "kubernetes"}:
        hint = "name a file with route and receivers, or Helm values with alertmanager.config"
        raise invalid(shown, "is not a configuration of Alertmanager", hint)
    folder = path.absolute().parent
    scope = rules.Scope((read.file,), _config(path, root), read=lambda name: _beside(folder, name))
    sources = configurations(read.file, scope)
    if not sources:
        why = (
            "is not a configuration of Alertmanager"
            if read.file.family == "kubernetes"
            else "has alertmanager switched off"
        )
        raise invalid(shown, why, "name a file with route and receivers, or Helm values with alertmanager.config")
    chosen = next((one for one in sources if one.own is not None), sources[0])
    problems = [one for one in rules.check([read.file], scope) if one.severity == "error"]
    none = _NO_TREE if chosen.readable else _NO_TREE | {"AM032"}
    fatal = [_renamed(one, shown) for one in problems if one.rule in none]
    if fatal:
        raise Invalid(fatal)
    for one in problems:
        if one.rule in _REFUSED:
            err(*report.problem_lines(_renamed(one, shown)))
    if len([one for one in sources if one.own is not None]) > 1:
        err(f"{shown}: has more than one configuration; this is about the first")
    context = Context(chosen, text, shown)
    if context.root is None:
        raise invalid(shown, "has no root route", "add route with a receiver")
    return context


def _beside(folder: Path, name: str) -> str | None:
    """Return the text of a file beside the configuration. What it is called is the repository's to say."""
    data = disk.read(folder / Path(name).name, MAX_FILE_BYTES)
    return None if data is None else decode(data)


def _renamed(one: Problem, path: str) -> Problem:
    return Problem(path, one.line, one.column, one.message, one.hint, one.rule, one.severity)


def _file(target: str, root: Path | None) -> tuple[Path, str, str]:
    """Return the file that the user means, its name as it is shown, and its text.

    A file is the user's choice, wherever it lies. Which one is a unit's its spec says, which is not to be trusted.
    """
    path = Path(target)
    if disk.is_folder(path, follow=True):
        return _file_of_unit(target, root)
    if not disk.is_file(path, follow=True):
        raise invalid(target, "is not there", "name a unit's folder or a file")
    return path, os.path.normpath(target), read_any(path)


def _file_of_unit(target: str, root: Path | None) -> tuple[Path, str, str]:
    """Return the values file of an alerting unit: below its folder, reached through no link."""
    here = Path.cwd()
    if not disk.exists(Path(target) / SPEC_NAME):
        raise invalid(target, f"is a folder without {SPEC_NAME}", "name an alerting unit, or a file")
    folder = (here / target).resolve()
    worktree = Worktree(repository.find_root(folder, root))
    unit = repository.place(worktree.root, str(folder), here)
    path = join(unit, SPEC_NAME)
    text = worktree.read(path)
    if text is None:
        raise invalid(target, f"is a folder without {SPEC_NAME}", "name an alerting unit, or a file")
    read = spec.read(text, path)
    if read.template != "alerting":
        raise invalid(path, f"is of the template {read.template}", "name an alerting unit, or a file", line=1, column=1)
    pipeline = Pipeline(worktree, read_config(worktree))
    template, _ = pipeline.template(read.template, path)
    named = str(pipeline.values(read, template).get("values_file", "values.yaml"))
    if fault := path_fault(named):
        line, column = schema.place(read.node, ["values_file"])
        raise invalid(path, f"values_file {fault}", "name a file of the unit", line=line, column=column)
    text = worktree.read(join(unit, named))
    if text is None:
        raise invalid(target, f"has no {named}", "name an alerting unit, or run scaffold regenerate")
    return Path(target) / named, os.path.normpath(os.path.join(target, named)), text  # noqa: PTH118 - as it is shown


def _config(path: Path, root: Path | None) -> Config:
    try:
        found = repository.find_root(path.absolute().parent, root)
    except Invalid:
        if root is not None:
            raise
        return Config({})
    return read_config(Worktree(found))


def _show(context: Context, found: Answer | None, tree: bool) -> None:
    lines = list(draw.answer_lines(found, context)) if found is not None else []
    if tree:
        lines += ([[("", "")]] if lines else []) + list(draw.tree_lines(context, found))
    out(*lines)
