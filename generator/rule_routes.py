"""Who gets the alerts of rules: of a unit's files, or of a file with rules, for ``scaffold route``."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import disk, repository, rules
from .alertmanager.answer import Answer, answer_rows, route_path, shown_place, uncertain, unexpected
from .alertmanager.draw import Line
from .alertmanager.model import Context
from .alertmanager.possible_routes import possible_ends
from .argfile import read_any
from .errors import Invalid, Problem, invalid
from .pipeline import Pipeline, read_config
from .rules.readers.prometheus_rules import is_alert, own_labels, rule_lists
from .spec import parse_spec
from .tree import SPEC_NAME, join
from .worktree import Worktree
from .yaml import get, text_at

MAX_FILES = 2_000
MAX_ALERTS = 5_000
_ENDS = (".yaml", ".yml")
_OPTION = "--config"
_FILLED = re.compile(r"\{\{")  # a label with a template, whose value the series decide


@dataclass(frozen=True)
class RuleAlert:
    """An alert of a rule: the labels that the rule sets, but those with a template, and its place."""

    labels: Mapping[str, str]
    path: str
    line: int

    @property
    def name(self) -> str:
        """Its name."""
        return self.labels["alertname"]


@dataclass(frozen=True)
class RoutedAlert:
    """An alert with the answer, and the other receivers that it may reach by labels that its series add."""

    alert: RuleAlert
    answer: Answer
    others: tuple[str, ...]

    @property
    def reaches_somebody(self) -> bool:
        """Whether a receiver that sends is notified."""
        return any(one.sends for one in self.answer.notified)


def rule_alerts(target: str, root: Path | None) -> list[RuleAlert] | None:
    """Return the alerts in a unit's files, or in a file; None for what has none, or has Alertmanager's configuration.

    Raises Invalid for files that cannot be read.
    """
    path = Path(target) if target and target != "-" else None
    if path is None or disk.status(path, follow=True) is None:
        return None
    if not disk.is_folder(path, follow=True):
        found = [*_alerts(target, read_any(path))] if target.endswith(_ENDS) and disk.is_file(path, follow=True) else []
        return found or None
    if not disk.exists(path / SPEC_NAME) or _has_configuration(path, root):
        return None
    listed = [one for one, entry in disk.walk_files(path, skip=_is_hidden) if entry.is_file and one.endswith(_ENDS)]
    if len(listed) > MAX_FILES:
        raise invalid(target, f"has more than {MAX_FILES} files", "name a file")
    found = [each for one in listed for each in _alerts(f"{target.rstrip('/')}/{one}", read_any(path / one))]
    if not found:
        hint = "set alerts in the spec of a service, or name a file with rules or with Alertmanager's configuration"
        raise invalid(target, "has no alerts", hint)
    return found


def alerting_unit(target: str, root: Path | None) -> str:
    """Return the folder of the repository's one unit with Alertmanager's configuration, from here. Raises Invalid.

    The repository is that of ``target``, a unit or a file.
    """
    start = Path(target).absolute()
    worktree = Worktree(repository.find_root(start if disk.is_folder(start, follow=True) else start.parent, root))
    pipeline = Pipeline(worktree, read_config(worktree))
    found = [one for one in worktree.units() if _is_alerting(pipeline, one)]
    if len(found) != 1:
        what = f"{len(found)} units have" if found else "no unit has"
        hint = f"name it, or a file, with {_OPTION}" + (f": {', '.join(found[:5])}" if found else "")
        raise invalid(_OPTION, f"{what} Alertmanager's configuration", hint)
    return os.path.relpath(worktree.root / found[0])


def route_rules(
    context: Context, alerts: Sequence[RuleAlert], ask: Callable[[Context, Mapping[str, str]], Answer]
) -> list[RoutedAlert]:
    """Return where each alert goes; ``ask`` answers for the labels of one."""
    found = []
    for one in alerts:
        answer = ask(context, one.labels)
        reached = {each.receiver for each in answer.reached}
        ends = possible_ends(context.root, one.labels) if context.root else ()
        others = dict.fromkeys(path[-1].receiver for path in ends if path[-1].receiver not in reached)
        found.append(RoutedAlert(one, answer, tuple(others)))
    return found


def unmet(found: Sequence[RoutedAlert], expected: Sequence[str]) -> list[str]:
    """Return a line for each alert that reaches others than the expected receivers, or may."""
    lines = []
    for one in found:
        if why := uncertain(one.answer) or unexpected(one.answer, expected):
            lines.append(f"{one.alert.path}:{one.alert.line}: {one.alert.name}: {why}")
    return lines


def alert_rows(found: Sequence[RoutedAlert], context: Context) -> dict[str, Any]:
    """Return the answers as JSON data."""
    rows = []
    for one in found:
        row = {key: value for key, value in answer_rows(one.answer, context).items() if key != "path"}
        rows.append({"alert": one.alert.name, "file": one.alert.path, "line": one.alert.line, **row})
        rows[-1]["others"] = list(one.others)
    return {"path": context.path, "alerts": rows}


def alert_lines(found: Sequence[RoutedAlert], context: Context) -> Iterator[Line]:
    """Yield the lines that say who gets each alert."""
    for one in found:
        severity = one.alert.labels.get("severity")
        yield [
            ("", one.alert.name),
            ("", f'  severity="{severity}"' if severity else "  without a severity"),
            ("dim", f"   {one.alert.path}:{one.alert.line}"),
        ]
        for reached in one.answer.reached:
            role = "receiver" if reached.sends else "nobody"
            sends = ", ".join(reached.sends) or "sends nothing: the alert reaches nobody"
            muted = reached.muting is not None and reached.muting.muted is not False
            yield [
                (role, f"  {reached.receiver or 'no receiver'}"),
                ("", f"  {sends}"),
                ("dead", "  muted then" if muted else ""),
                ("", f"  by {route_path(reached.path)}"),
                ("dim", f"   {shown_place(reached.route.value, context)}"),
            ]
        if one.answer.inhibited not in {None, "no"}:
            yield [("dead", f"  silenced by an alert that fires: {one.answer.inhibited}")]
        if one.others:
            yield [("", f"  or, by labels of its series: {', '.join(one.others)}")]


def reach_summary(found: Sequence[RoutedAlert]) -> str:
    """Return how many alerts reach somebody."""
    count = sum(one.reaches_somebody for one in found)
    nobody = len(found) - count
    plural = "s" if len(found) > 1 else ""
    return f"{len(found)} alert{plural}: {count} reach{'es' if count == 1 else ''} a receiver" + (
        f", {nobody} nobody" if nobody else ""
    )


def _is_hidden(name: str) -> bool:
    return name.startswith(".")


def _alerts(path: str, text: str) -> Iterator[RuleAlert]:
    if "alert" not in text:
        return
    read = rules.recognise(path, text)
    if read.file is None:
        if read.problems and "PrometheusRule" in text:
            raise Invalid([Problem(path, one.line, one.column, one.message, one.hint) for one in read.problems])
        return
    scope = rules.Scope((read.file,))
    count = 0
    for groups in rule_lists(read.file, scope):
        for group in groups:
            shared = own_labels(group.node)
            for one in filter(is_alert, group.rules):
                labels = {
                    key: value for key, value in {**shared, **own_labels(one)}.items() if not _FILLED.search(value)
                }
                place = get(one, "alert") or one
                count += 1
                if count > MAX_ALERTS:
                    raise invalid(path, f"has more than {MAX_ALERTS} alerts", "split the file")
                yield RuleAlert({**labels, "alertname": text_at(one, "alert")}, path, place.line)


def _has_configuration(folder: Path, root: Path | None) -> bool:
    found = folder.resolve()
    worktree = Worktree(repository.find_root(found, root))
    unit = repository.path_argument(worktree.root, str(found), Path.cwd())
    return _is_alerting(Pipeline(worktree, read_config(worktree)), unit)


def _is_alerting(pipeline: Pipeline, unit: str) -> bool:
    """Return whether a unit has Alertmanager's configuration; not for one whose spec or template cannot be read."""
    path = join(unit, SPEC_NAME)
    text = pipeline.worktree.read(path)
    if text is None:
        return False
    try:
        loaded, _ = pipeline.template(parse_spec(text, path).template, path)
    except Invalid:
        return False
    return loaded.behaviour.configuration is not None
