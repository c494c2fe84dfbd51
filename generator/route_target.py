"""Find the Alertmanager configuration for ``scaffold route``: of a unit, or in any file."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from . import disk, report, repository, rules, spec
from .alertmanager.model import Context
from .alertmanager.reference_check import routing_refusals
from .argfile import read_any
from .config import Config
from .errors import Invalid, Problem, invalid
from .finding import Finding, told
from .pipeline import Pipeline, read_config
from .rules.alertmanager.configured import configurations
from .rules.alertmanager.dependencies import CHART_FILES
from .tree import MAX_FILE_BYTES, SPEC_NAME, decode, join, path_fault
from .worktree import Worktree

_STDIN = "-"
_NAMED = "name a unit with Alertmanager's configuration, or a file"
# Reported, and the question is answered: what is refused elsewhere than in the routing tree.
_REFUSED = frozenset({"AM014", "AM020", "AM031", "AM032", "AM033", "AM035"})


def find_configuration(target: str, root: Path | None, resources: Sequence[str] = ()) -> tuple[Context, list[str]]:
    """Return the configuration that the user names by a unit's folder or a file, and notes about it.

    ``resources`` are files and folders with AlertmanagerConfig resources that are merged into it.
    Raises Invalid with every fault that leaves it without a routing tree.
    """
    path, shown, text = _file(target, root)
    name = shown if re.search(r"\.(?:ya?ml|json)\Z", shown) else f"{shown}.yaml"
    read = rules.recognise(name, text, named=True)
    if read.problems:
        raise Invalid([_renamed(one, shown) for one in read.problems])
    if read.file is None or read.file.family not in {"alertmanager", "values", "kubernetes"}:
        hint = "name a file with route and receivers, or Helm values with alertmanager.config"
        raise invalid(shown, "is not an Alertmanager configuration", hint)
    folder = path.absolute().parent
    base = repository.top_level(folder)
    if base == folder and folder.is_relative_to(Path.cwd()):
        base = Path.cwd()
    file = replace(read.file, path=(folder / Path(name).name).relative_to(base).as_posix())
    scope = rules.Scope((file,), _config(path, root), read=lambda name: _read_near(path, base, name))
    sources = configurations(file, scope)
    if not sources:
        why = (
            "is not an Alertmanager configuration" if read.file.family == "kubernetes" else "has alertmanager disabled"
        )
        raise invalid(shown, why, "name a file with route and receivers, or Helm values with alertmanager.config")
    chosen = next((one for one in sources if one.own is not None), sources[0])
    if chosen.unread:
        raise Invalid([Problem(shown, one.line, one.column, one.message, one.hint, one.code) for one in chosen.faults])
    problems = [one for one in rules.check([file], scope) if one.severity == "error"]
    context = Context(chosen, text, shown)
    if fatal := _fatal(context):
        raise Invalid(fatal)
    refused = [_renamed(one, shown) for one in problems if one.rule in _REFUSED]
    notes = [line for one in refused for line in report.problem_lines(one)]
    if len([one for one in sources if one.own is not None]) > 1:
        notes.append(f"{shown}: has more than one configuration; using the first")
    if resources:
        from .route_resources import with_resources  # noqa: PLC0415 - only with --with

        context, more = with_resources(context, resources)
        notes += more
    return context, notes


def _fatal(context: Context) -> list[Problem]:
    """Return the problems that leave a configuration without a routing tree."""
    if not context.source.readable:
        refused = {one for one in context.source.faults if one.code == "AM032"}
    else:
        refused = _refused(context)
    return sorted(
        Problem(context.path, one.line, one.column, told(one), one.hint, one.code, "error") for one in refused
    )


def _refused(context: Context) -> set[Finding]:
    """Return why a readable configuration has no routing tree."""
    refused = {one for one in routing_refusals(context) if one.severity in {None, "error"}}
    if not refused and (context.root is None or not context.root.receiver):  # other values may have it
        route = context.config.get("route") or context.config
        refused.add(Finding(*route.place, "the root route has no receiver", "add route with a receiver"))
    return refused


def _read_near(path: Path, base: Path, name: str) -> str | None:
    """Return the text of a file next to the configuration, or of the chart in whose folder, or below it, that is.

    The repository chooses the name of the former, so it is untrusted.
    """
    near = base / name if Path(name).name in CHART_FILES else path.absolute().parent / Path(name).name
    data = disk.read_file(near, MAX_FILE_BYTES)
    return None if data is None else decode(data)


def _renamed(one: Problem, path: str) -> Problem:
    return Problem(path, one.line, one.column, one.message, one.hint, one.rule, one.severity)


def _file(target: str, root: Path | None) -> tuple[Path, str, str]:
    """Return the file that the user names, its displayed name, and its text.

    The user may name any file or pipe, ``-`` for standard input. The file of a unit is named by its spec, which is not
    trusted.
    """
    if target == _STDIN:
        return Path.cwd() / _STDIN, _STDIN, read_any(Path("/dev/stdin"), shown=_STDIN)
    if not target:  # such as from an unset variable of a shell
        raise invalid("UNIT", "is empty", _NAMED)
    path = Path(target)
    if disk.is_folder(path, follow=True):
        return _file_of_unit(target, root)
    if disk.status(path, follow=True) is None:
        raise invalid(target, "does not exist", "name a unit's folder or a file")
    return path, os.path.normpath(target), read_any(path)


def _file_of_unit(target: str, root: Path | None) -> tuple[Path, str, str]:
    """Return a unit's file with Alertmanager's configuration, which must be below its folder and not behind a link."""
    here = Path.cwd()
    if not disk.exists(Path(target) / SPEC_NAME):
        raise invalid(target, f"is a folder without {SPEC_NAME}", _NAMED)
    folder = (here / target).resolve()
    worktree = Worktree(repository.find_root(folder, root))
    unit = repository.path_argument(worktree.root, str(folder), here)
    path = join(unit, SPEC_NAME)
    text = worktree.read(path)
    if text is None:
        raise invalid(target, f"is a folder without {SPEC_NAME}", _NAMED)
    read = spec.parse_spec(text, path)
    pipeline = Pipeline(worktree, read_config(worktree))
    template, _ = pipeline.template(read.template, path)
    if template.behaviour.configuration is None:
        raise invalid(path, f"has the template {read.template}", _NAMED, line=1, column=1)
    named = template.behaviour.configuration(pipeline.values(read, template))
    if fault := path_fault(named):
        message = f"puts Alertmanager's configuration into {named!r}, which {fault}"
        raise invalid(path, message, "name a file of the unit", line=1, column=1)
    text = worktree.read(join(unit, named))
    if text is None:
        raise invalid(target, f"has no {named}", "run scaffold regenerate, or name another unit or file")
    return Path(target) / named, os.path.normpath(os.path.join(target, named)), text  # noqa: PTH118 - as displayed


def _config(path: Path, root: Path | None) -> Config:
    try:
        found = repository.find_root(path.absolute().parent, root)
    except Invalid:
        if root is not None:
            raise
        return Config({})
    return read_config(Worktree(found))
