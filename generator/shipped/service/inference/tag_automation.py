"""What updates the tag of a Deployment's image, if the manifests say so as the template would write it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from ....adoptable import HandWritten, Inferred, Origin
from ....images.backend import AutomatedContainer, AutomatedWorkload
from ....images.backends import backend_of
from ....images.policies import METHODS, PolicyFault, parse_policy
from ....images.references import Reference
from ....images.semver import parse_version
from ....rules.readers.flux1_workloads import read_annotations
from ....rules.readers.keel_annotations import KeelWorkload, read_settings
from ....rules.readers.objects import Container, Object
from ....yaml import expand, get, parse, walk_nodes
from ....yaml.commented import documents
from ....yaml.emit import dump
from ..containers import tag_faults, usual_rule
from .companions import Companions
from .hand_written import node_source, not_adoptable

_FLUX1, _FLUX2, _KEEL = "flux-v1", "flux-v2", "keel"
# What others write into manifests, which no value of a spec stands for.
_SIGNS = ("fluxcd.io/", "flux.weave.works/", "keel.sh/", "argocd-image-updater", '"$imagepolicy"')
_OBJECTS = "deploy/automation.yaml"
_MOST = 60  # words of the manifests that are tried as patterns


@dataclass(frozen=True)
class TagTool:
    """A tool that the manifests name: where, the settings that they have, its objects, and words of its policy.

    ``annotation`` is the one that switches it on, ``""`` for a marker at the image.
    """

    automation: str
    source: Origin
    annotation: str = ""
    settings: Sequence[Inferred] = ()
    objects: Sequence[Object] = ()
    words: Sequence[str] = field(default_factory=tuple)


def automation_values(
    one: Object, main: Container, tag: str, image: Reference, beside: Companions, given: HandWritten
) -> tuple[Sequence[Inferred], Sequence[str]]:
    """Return the automation of a Deployment and its tag policy: none if the manifests' is not that of the template.

    Annotations, markers and objects that stay are told. Raises Invalid if several tools move the tag.
    """
    path = one.file.path
    tools = tag_tools(one, main, beside.automation)
    if len(tools) > 1:
        names = " and ".join(each.automation for each in tools)
        raise not_adoptable(one.node, path, f"{names} move the tag of {one.shown}", "remove one of them")
    taken: Sequence[Object] = ()
    values = [Inferred(("automation",), "none")]
    for each in tools:
        rule = _rule(each, one, main, tag, image, given) if image.tag == tag else None
        if rule is not None:
            taken = each.objects
            values = [*_values(each, rule, tag), *_place(taken)]
            break
    else:
        sign = next((each for each in _SIGNS if each in one.file.text), "")
        note = (
            f"{path}: the automation of tags there ({sign.strip(chr(34))}) stays yours: the spec says automation: none"
        )
        return values, [*([note] if sign else []), *_left(beside, taken)]
    return values, _left(beside, taken)


def tag_tools(one: Object, main: Container, objects: Sequence[Object] = ()) -> list[TagTool]:
    """Return the tools that move the tag of a container of a Deployment, by what its manifests say.

    ``objects`` are those of image automation beside it.
    """
    return [*_flux1(one, main), *_flux2(one, main, objects), *_keel(one, main)]


def _left(beside: Companions, taken: Sequence[Object]) -> list[str]:
    left = [each for each in beside.automation if each not in taken]
    return [f"{each.file.path}:{each.node.line}: {each.shown} is no part of the unit" for each in left]


def _values(found: TagTool, rule: str, tag: str) -> Iterator[Inferred]:
    yield Inferred(("automation",), found.automation, found.source, fixed=True)
    if rule != usual_rule({"automation": found.automation, "tag": tag}):
        yield Inferred(("tags",), rule, found.source)
    yield from found.settings


def _place(taken: Sequence[Object]) -> Iterator[Inferred]:
    if taken and taken[0].file.path != _OBJECTS:
        yield Inferred(("paths", _OBJECTS), taken[0].file.path, fixed=True)


def _flux1(one: Object, main: Container) -> Iterator[TagTool]:
    found = {x.policy: x for x in read_annotations(get(one.node, "metadata", "annotations"))}
    switch = found.get("automated")
    pattern = found.get(f"tag.{main.name}")
    if switch and switch.text == "true":
        words = [pattern.text] if pattern else []
        source = node_source((pattern or switch).value, one.file.path)
        yield TagTool(_FLUX1, source, switch.key.text, words=words)


def _keel(one: Object, main: Container) -> Iterator[TagTool]:
    read = KeelWorkload(one, (*read_settings(one.node), *read_settings(one.node, "labels")), is_part=False)
    policy, schedule = read.setting("policy"), read.setting("pollSchedule")
    if policy is None or policy.text in {"", "never"} or main.name not in {each.name for each in read.tracked}:
        return
    every = schedule.text.removeprefix("@every ") if schedule is not None else ""
    settings = []
    if schedule is not None and every != schedule.text:
        settings = [Inferred(("keel", "interval"), every, node_source(schedule.value, one.file.path))]
    source = node_source(policy.value, one.file.path)
    yield TagTool(_KEEL, source, policy.key.text, settings, words=[policy.text])


def _flux2(one: Object, main: Container, beside: Sequence[Object]) -> Iterator[TagTool]:
    """Yield the objects of the marker at the image, which are in one file."""
    marker = _marker(one, main)
    if not marker or main.image is None:
        return
    source = node_source(main.image, one.file.path)
    space, _, name = marker.partition(":")
    objects = [each for each in beside if each.name == name and each.group == "image.toolkit.fluxcd.io"]
    every = tuple(sorted(objects, key=lambda each: each.sort, reverse=True))
    is_whole = [each.sort for each in every] == ["ImageRepository", "ImagePolicy"]
    if not is_whole or len({each.file.path for each in every}) > 1:
        yield TagTool(_FLUX2, source)
        return
    settings = [Inferred(("flux", "namespace"), space, source)]
    if interval := get(every[0].node, "spec", "interval"):
        settings.append(Inferred(("flux", "interval"), interval.text, node_source(interval, every[0].file.path)))
    words = [each.text for each in walk_nodes(every[1].node) if each.shape == "scalar"]
    yield TagTool(_FLUX2, source, "", settings, every, words)


def _marker(one: Object, main: Container) -> str:
    """Return the policy that the marker at the image of a container names, ``""`` if there is none."""
    line = one.file.text.split("\n")[main.image.line - 1] if main.image is not None else ""
    if '"$imagepolicy"' not in line:
        return ""
    try:
        data = json.loads(line.partition("#")[2])
    except ValueError:
        return ""
    found = data.get("$imagepolicy") if isinstance(data, dict) else None
    return found if isinstance(found, str) and found.count(":") == 1 else ""


def _rule(found: TagTool, one: Object, main: Container, tag: str, image: Reference, given: HandWritten) -> str | None:
    """Return the policy for which the template writes what the manifests have, None if there is none."""
    backend = backend_of(found.automation)
    section = {
        **(given.inherited.get(backend.section) or {}),
        **{each.where[-1]: each.value for each in found.settings},
    }
    if found.automation == _FLUX1:
        return next((each for each in found.words if not _faults(found.automation, tag, each)), None)
    here = [each for holder in (one, *found.objects) for each in expand((holder.node,), holder.file.path)]
    for rule in _candidates(found, tag):
        policy = parse_policy(rule)
        if isinstance(policy, PolicyFault) or policy.is_pin or _faults(found.automation, tag, rule):
            continue
        container = AutomatedContainer(main.name, image, policy)
        workload = AutomatedWorkload(one.name, _namespace(one, given), (container,), section)
        added = backend.additions(workload)
        metadata = {"name": one.name, "annotations": dict(added.annotations)}
        text = f"{dump({'kind': 'Deployment', 'metadata': metadata})}\n---\n{documents(added.objects)}\n"
        wanted = backend.followed(expand(parse(text, ""), ""), workload, container)
        marked = _policy_of(added.image_comments.get(main.name, "")) == _marker(one, main)
        if marked and wanted is not None and wanted == backend.followed(here, workload, container):
            return rule
    return None


def _policy_of(comment: str) -> str:
    return str(json.loads(comment)["$imagepolicy"]) if comment else ""


def _namespace(one: Object, given: HandWritten) -> str:
    inherited: Mapping[str, Any] = given.inherited.get("namespace") or {}
    return one.namespace or given.asked.get("namespace") or str(inherited.get("name", one.name))


def _faults(automation: str, tag: str, rule: str) -> bool:
    return bool(tag_faults({"automation": automation, "tag": tag, "tags": rule}, [], rule))


def _candidates(found: TagTool, tag: str) -> Iterator[str]:
    """Yield policies that the manifests may have: the usual one, versions from the tag, and the words of the tool."""
    yield usual_rule({"automation": found.automation, "tag": tag})
    version = parse_version(tag)
    if version is not None:
        major, minor, patch = version.numbers
        yield from (f"semver:{each}{major}.{minor}" for each in ("~", "^", ">="))
        yield from (f"semver:~{major}.{minor}.{patch}", f"semver:>={major}.{minor}.{patch}-0")
    for word in islice(dict.fromkeys(found.words), _MOST):
        yield word
        yield from (f"{method}:{word}" for method in METHODS)
