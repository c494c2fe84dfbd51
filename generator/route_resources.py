"""Merge AlertmanagerConfig resources that the user names into the configuration that ``scaffold route`` reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from . import disk, rules
from .alertmanager.config_resources import GROUP, ConfigResource, config_resource
from .alertmanager.merged_resources import STRATEGIES, Strategy, merged_resources
from .alertmanager.model import Context
from .alertmanager.reference_check import refusals
from .alertmanager.resource_check import resource_faults
from .alertmanager.value import Value, read_value
from .argfile import read_any
from .errors import Invalid, Problem, invalid
from .finding import Finding
from .rules.object_findings import custom_findings
from .rules.readers.objects import Object, objects
from .yaml import get

_OPTION = "--with"
_ENDS = (".yaml", ".yml", ".json")
MAX_FILES = 2_000
MAX_RESOURCES = 2_000


@dataclass
class _NamedResources:
    resources: list[ConfigResource] = field(default_factory=list)
    alertmanagers: list[Value] = field(default_factory=list)
    objects: dict[int, Object] = field(default_factory=dict)  # by the id of the resource


@dataclass(frozen=True)
class _Settings:
    """What the Alertmanager resource, or the values of its chart, say about AlertmanagerConfigs."""

    strategy: Strategy
    namespace: str
    selector: Value | None


def with_resources(context: Context, names: Sequence[str]) -> tuple[Context, list[str]]:
    """Return a configuration with the resources in files and folders merged into it, and notes.

    Raises Invalid for files that cannot be read, for resources that the operator leaves out, and if Alertmanager
    refuses the result.
    """
    found = _NamedResources()
    for name in names:
        _read(name, found)
    if not found.resources:
        raise invalid(_OPTION, "no AlertmanagerConfig found", "name a file or folder with AlertmanagerConfig resources")
    settings = _settings(context, found)
    if problems := _twice(found.resources):
        raise Invalid(problems)
    chosen, notes = _selected(found.resources, settings)
    problems = [each for one in chosen for each in _problems(one, found.objects[id(one)])]
    if problems:
        raise Invalid(problems)

    def merge(resources: Sequence[ConfigResource]) -> Context:
        merged = merged_resources(context.config, resources, settings.strategy, settings.namespace)
        return Context(replace(context.source, config=merged), context.text, context.path, context.read_neighbour)

    made = merge(chosen)
    _check(context, made, merge, chosen)
    return made, notes


def _read(name: str, found: _NamedResources) -> None:
    path = Path(name)
    if disk.is_folder(path, follow=True):
        listed = [
            one for one, _ in disk.walk_files(path, skip=lambda each: each.startswith(".")) if one.endswith(_ENDS)
        ]
        if len(listed) > MAX_FILES:
            raise invalid(name, f"has more than {MAX_FILES} files", "name a smaller folder, or the files")
        for one in listed:
            _read_file(path / one, found, named=False)
    elif disk.is_file(path, follow=True):
        _read_file(path, found, named=True)
    else:
        message = "is neither a file nor a folder, or a link to neither" if disk.exists(path) else "does not exist"
        raise invalid(name, message, f"name an existing file or folder with {_OPTION}")
    if len(found.resources) > MAX_RESOURCES:
        raise invalid(_OPTION, f"more than {MAX_RESOURCES} resources", "name fewer files")


def _read_file(path: Path, found: _NamedResources, *, named: bool) -> None:
    text = read_any(path)
    if GROUP not in text and not named:
        return
    read = rules.recognise(str(path), text, named=named)
    if read.problems:
        raise Invalid([replace(one, path=str(path)) for one in read.problems])
    if read.file is None or read.file.family != "kubernetes":
        if named:
            raise invalid(str(path), "has no AlertmanagerConfig", "name files with Kubernetes objects")
        return
    for one in objects(read.file):
        if one.group == GROUP and one.sort == "Alertmanager":
            found.alertmanagers.append(read_value(one.node, helm=False, path=str(path)))
        resource = config_resource(one.node, str(path))
        if resource is None:
            continue
        if not (resource.namespace and resource.name):
            what = get(one.node, "metadata") or one.node
            message = "the AlertmanagerConfig needs a name and a namespace, which are part of its receivers' names"
            raise invalid(str(path), message, "add metadata.namespace", line=what.line, column=what.column)
        found.resources.append(resource)
        found.objects[id(resource)] = one


def _twice(resources: Sequence[ConfigResource]) -> list[Problem]:
    """Return a problem for each resource whose namespace and name another has; a file may be named twice."""
    seen: dict[str, ConfigResource] = {}
    found = []
    for one in resources:
        first = seen.setdefault(one.key, one)
        if (first.path, first.spec.line) != (one.path, one.spec.line):
            message = f"the AlertmanagerConfig {one.key} is also in {first.path}:{first.spec.line}"
            hint = f"name the one that is applied with {_OPTION}"
            found.append(Problem(one.path, one.spec.line, one.spec.column, message, hint))
    return found


def _settings(context: Context, found: _NamedResources) -> _Settings:
    if len(found.alertmanagers) > 1:
        raise invalid(_OPTION, "more than one Alertmanager resource", "name the files of one Alertmanager")
    chart = context.source.chart
    part = (
        found.alertmanagers[0].get("spec")
        if found.alertmanagers
        else chart.part.get("alertmanagerSpec")
        if chart
        else None
    )
    spec = part if part is not None else Value("map", "map")
    named = spec.text_of("alertmanagerConfigMatcherStrategy", "type") or "OnNamespace"
    strategy = next((one for one in STRATEGIES if one == named), None)
    if strategy is None:
        place = spec.get("alertmanagerConfigMatcherStrategy", "type") or spec
        message = f"alertmanagerConfigMatcherStrategy.type is {named!r}"
        raise invalid(
            context.path, message, f"use one of {', '.join(STRATEGIES)}", line=place.line, column=place.column
        )
    namespace = found.alertmanagers[0].text_of("metadata", "namespace") if found.alertmanagers else ""
    if strategy == "OnNamespaceExceptForAlertmanagerNamespace" and not namespace:
        hint = "name the file of the Alertmanager resource with --with too"
        raise invalid(_OPTION, f"{strategy} depends on the namespace of Alertmanager", hint)
    return _Settings(strategy, namespace, spec.get("alertmanagerConfigSelector"))


def _selected(every: Sequence[ConfigResource], settings: _Settings) -> tuple[list[ConfigResource], list[str]]:
    """Return the resources that the selector takes, and a note for each of the others."""
    selector = settings.selector
    if selector is None or selector.shape != "map":
        return list(every), []
    taken = {id(one): selects(selector, one.labels) for one in every}
    notes = [
        f"{one.path}:{one.spec.line}: {one.key} is left out: alertmanagerConfigSelector does not select its labels"
        for one in every
        if not taken[id(one)]
    ]
    return [one for one in every if taken[id(one)]], notes


def selects(selector: Value, labels: Mapping[str, str]) -> bool:
    """Return whether a label selector of Kubernetes selects labels."""
    exact = selector.get("matchLabels")
    if exact is not None and any(labels.get(key) != one.text for key, one in exact.pairs.items()):
        return False
    for one in selector.list_of("matchExpressions"):
        key, op = one.text_of("key"), one.text_of("operator")
        values = [each.text for each in one.list_of("values")]
        holds = {
            "In": labels.get(key) in values,
            "NotIn": labels.get(key) not in values,
            "Exists": key in labels,
            "DoesNotExist": key not in labels,
        }.get(op, False)
        if not holds:
            return False
    return True


def _problems(resource: ConfigResource, made_from: Object) -> Iterator[Problem]:
    refused = (replace(one, code="SCH001") for one in custom_findings(made_from))
    for one in (*refused, *resource_faults(resource)):
        if one.severity in {None, "error"}:
            yield _problem(resource.path, one)


def _problem(path: str, one: Finding) -> Problem:
    return Problem(path, one.line, one.column, one.message, one.hint, one.code)


def _check(
    context: Context,
    merged: Context,
    merge: Callable[[Sequence[ConfigResource]], Context],
    every: Sequence[ConfigResource],
) -> None:
    """Raise Invalid if Alertmanager or the operator refuse the merged configuration for something in a resource."""
    known = {_identity(one) for one in refusals(context)}
    if all(_identity(one) in known for one in refusals(merged)):
        return
    problems = [
        _problem(resource.path, one)
        for resource in every
        for one in refusals(merge([resource]))
        if _identity(one) not in known
    ]
    raise Invalid(problems or [Problem(merged.path, 0, 0, "is refused with these resources", "name fewer of them")])


def _identity(one: Finding) -> tuple[str, int, int, str]:
    return one.code, one.line, one.column, one.message
