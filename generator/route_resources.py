"""Merge AlertmanagerConfig resources that the user names into the configuration that ``scaffold route`` reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from . import disk, rules
from .alertmanager.config_resources import GROUP, ConfigResource, config_resource
from .alertmanager.merged_resources import STRATEGIES, Strategy, merged_resources
from .alertmanager.model import Context
from .alertmanager.reference_check import refusals
from .alertmanager.resource_check import resource_faults
from .alertmanager.resource_selection import (
    EVERYTHING,
    NAMESPACES,
    SELECTOR,
    ResourceSelection,
    namespace_labels,
    selector_faults,
)
from .alertmanager.value import Value, originating, read_value
from .argfile import read_any
from .errors import Invalid, Problem, invalid
from .finding import Finding
from .rules.object_findings import custom_findings
from .rules.readers.objects import Object, objects
from .yaml import get, pairs_at

_OPTION = "--with"
_ENDS = (".yaml", ".yml", ".json")
_NAMESPACE = re.compile(r"\bNamespace\b")
MAX_FILES = 2_000
MAX_RESOURCES = 2_000
_MAX_LINKS = 10  # told
_BOTH = (SELECTOR, NAMESPACES)


@dataclass
class _NamedResources:
    resources: list[ConfigResource] = field(default_factory=list)
    alertmanagers: list[Value] = field(default_factory=list)
    namespaces: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)  # that are not followed
    objects: dict[int, Object] = field(default_factory=dict)  # by the id of the resource


@dataclass(frozen=True)
class _Settings:
    """What the Alertmanager resource, or the values of its chart, say about AlertmanagerConfigs."""

    strategy: Strategy
    selection: ResourceSelection


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
    chosen, notes = _selected(found, settings.selection)
    notes = [*_link_notes(found.links), *notes]
    problems = [each for one in chosen for each in _problems(one, found.objects[id(one)])]
    if problems:
        raise Invalid(problems)

    def merge(resources: Sequence[ConfigResource]) -> Context:
        merged = merged_resources(context.config, resources, settings.strategy, settings.selection.namespace)
        return Context(replace(context.source, config=merged), context.text, context.path, context.read_neighbour)

    made = merge(chosen)
    _check(context, made, merge, chosen)
    return made, notes


def _read(name: str, found: _NamedResources) -> None:
    path = Path(name)
    if disk.is_folder(path, follow=True):
        every = list(disk.walk_files(path, skip=lambda each: each.startswith(".")))
        listed = [one for one, entry in every if one.endswith(_ENDS) and (entry.is_file or _is_file(path / one))]
        found.links += [
            f"{name.rstrip('/')}/{one}" for one, entry in every if entry.is_link and not _is_file(path / one)
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


def _is_file(path: Path) -> bool:
    return disk.is_file(path, follow=True)


def _link_notes(links: Sequence[str]) -> list[str]:
    told = [f"{one}: is a link that is not followed: name what is behind it with {_OPTION}" for one in links]
    more = len(told) - _MAX_LINKS
    return [*told[:_MAX_LINKS], f"{more} more links are not followed"] if more > 0 else told


def _read_file(path: Path, found: _NamedResources, *, named: bool) -> None:
    text = read_any(path)
    relevant = named or GROUP in text
    if not relevant and not _NAMESPACE.search(text):
        return
    read = rules.recognise(str(path), text, named=named)
    if read.problems and relevant:
        raise Invalid([replace(one, path=str(path)) for one in read.problems])
    if read.file is None or read.file.family != "kubernetes":
        if named:
            raise invalid(str(path), "has no AlertmanagerConfig", "name files with Kubernetes objects")
        return
    for one in objects(read.file):
        if one.group == GROUP and one.sort == "Alertmanager":
            found.alertmanagers.append(originating(read_value(one.node, helm=False, path=str(path)), str(path)))
        if one.api == "v1" and one.sort == "Namespace":
            labels = {key.text: value.text for key, value in pairs_at(one.node, "metadata", "labels")}
            found.namespaces.append((one.name, labels))
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
    selection, part = ResourceSelection(), chart.part.get("alertmanagerSpec") if chart else None
    path = context.path
    if found.alertmanagers:
        made = found.alertmanagers[0]
        part, path = made.get("spec"), made.origin
        _check_base(part, path)
        spec = part if part is not None else EVERYTHING
        selection = ResourceSelection(spec.get(SELECTOR), spec.get(NAMESPACES), made.text_of("metadata", "namespace"))
    elif part is not None:
        # The chart's template has {} in place of what is empty.
        chosen, among = (part.get(one) if part.truth_of(one) else EVERYTHING for one in _BOTH)
        selection = ResourceSelection(chosen, among)
    for name, one in zip(_BOTH, (selection.selector, selection.namespaces), strict=True):
        for place, message in selector_faults(one):
            raise invalid(path, f"{name} {message}", "fix the selector", line=place.line, column=place.column)
    strategy = _strategy(part if part is not None else EVERYTHING, path)
    if strategy == "OnNamespaceExceptForAlertmanagerNamespace" and not selection.namespace:
        hint = "name the file of the Alertmanager resource with --with too"
        raise invalid(_OPTION, f"{strategy} depends on the namespace of Alertmanager", hint)
    return _Settings(strategy, selection)


def _check_base(spec: Value | None, path: str) -> None:
    """Raise Invalid for an Alertmanager whose configuration is another AlertmanagerConfig."""
    other = spec.get("alertmanagerConfiguration", "name") if spec is not None else None
    if other is not None:
        message = f"the Alertmanager uses the AlertmanagerConfig {other.text} instead of a configuration"
        hint = "route shows Alertmanagers that read their configuration from a Secret"
        raise invalid(path, message, hint, line=other.line, column=other.column)


def _strategy(spec: Value, path: str) -> Strategy:
    named = spec.text_of("alertmanagerConfigMatcherStrategy", "type") or "OnNamespace"
    strategy = next((one for one in STRATEGIES if one == named), None)
    if strategy is None:
        place = spec.get("alertmanagerConfigMatcherStrategy", "type") or spec
        message = f"alertmanagerConfigMatcherStrategy.type is {named!r}"
        raise invalid(path, message, f"use one of {', '.join(STRATEGIES)}", line=place.line, column=place.column)
    return strategy


def _selected(found: _NamedResources, selection: ResourceSelection) -> tuple[list[ConfigResource], list[str]]:
    """Return the resources that are selected, and a note for each of the others.

    Raises Invalid if it is not known whether one is.
    """
    labels = namespace_labels(found.namespaces)
    chosen, notes, problems = [], [], []
    for one in found.resources:
        taken = selection.takes(one, labels)
        if taken.merged:
            chosen.append(one)
        elif taken.merged is None:
            message = f"whether {one.key} is merged is not known: {taken.reason}"
            problems.append(Problem(one.path, one.spec.line, one.spec.column, message, taken.hint))
        else:
            notes.append(f"{one.path}:{one.spec.line}: {one.key} is left out: {taken.reason}")
    if problems:
        raise Invalid(problems)
    return chosen, notes


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
