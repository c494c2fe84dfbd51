"""Read what Keel reads of a workload: its annotations and labels, and the images that they apply to.

Source: keel-hq/keel 0.22, ``types/types.go``, ``provider/kubernetes/kubernetes.go`` and ``internal/policy/policy.go``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from ... import regex
from ...finding import Finding
from ...images.references import parse_reference
from ...yaml import Node, pairs_at
from ..rule import Check, CheckOfReading, File, Scope
from .kustomize_builds import replaced_tags
from .objects import Container, Object, containers, is_patch, objects

PREFIX = "keel.sh/"
_FORMER_POLICY = "keel.observer/policy"
SUPPORTED = frozenset({"Deployment", "DaemonSet", "StatefulSet", "CronJob"})
BOOLEANS = frozenset({"matchTag", "match-tag", "matchPreRelease", "initContainers", "imageVolumes"})
KNOWN = BOOLEANS | {
    *("policy", "trigger", "pollSchedule", "monitorContainers", "imagePullSecret", "approvals", "approvalDeadline"),
    *("notify", "releaseNotes", "digest", "update-time"),
}


@dataclass(frozen=True)
class KeelSetting:
    """An annotation or label of Keel: its key and value, and its name without the prefix."""

    key: Node
    value: Node
    name: str
    is_label: bool = False

    @property
    def text(self) -> str:
        """The value as text."""
        return self.value.text if self.value.shape == "scalar" else ""

    @property
    def is_plain(self) -> bool:
        """Whether the value has no placeholder."""
        return "{{" not in self.text and "${" not in self.text


@dataclass(frozen=True)
class KeelWorkload:
    """A workload with settings of Keel."""

    object: Object
    settings: tuple[KeelSetting, ...]
    is_part: bool  # a patch, which may lack settings and containers
    replaced: frozenset[str] = frozenset()  # images whose tag a kustomization sets

    def setting(self, name: str) -> KeelSetting | None:
        """Return the setting that counts; annotations win over labels, and both over the former name."""
        same = [one for one in self.settings if one.name == name]
        return min(same, key=lambda one: (one.key.text == _FORMER_POLICY, one.is_label), default=None)

    @cached_property
    def policy(self) -> KeelSetting | None:
        """The policy, None if it is missing or has a placeholder."""
        found = self.setting("policy")
        return found if found is not None and found.is_plain else None

    @cached_property
    def tracked(self) -> tuple[Container, ...]:
        """The containers that Keel watches."""
        limit, with_init = self.setting("monitorContainers"), self.setting("initContainers")
        expression = regex.compiled(limit.text) if limit is not None and not regex.fault(limit.text) else None
        return tuple(
            one
            for one in containers(self.object)
            if (expression is None or expression.search(one.name))
            and (not one.init or (with_init is not None and with_init.text == "true" and not with_init.is_label))
        )

    @cached_property
    def images(self) -> tuple[Container, ...]:
        """The containers that Keel watches and whose written tag is the one that runs."""
        return tuple(
            one
            for one in self.tracked
            if one.image is not None and parse_reference(one.image.text).name not in self.replaced
        )


def each_keel_workload(check: Callable[[KeelWorkload], Iterator[Finding]]) -> Check:
    """Return a check of a file that runs ``check`` for each workload with settings of Keel."""

    def over(file: File, scope: Scope) -> Iterator[Finding]:
        for one in keel_workloads(file, scope):
            yield from check(one)

    return CheckOfReading(keel_workloads, over)


def keel_workloads(file: File, scope: Scope) -> tuple[KeelWorkload, ...]:
    """Return the workloads of a file, objects with pods, that have settings of Keel, read once per run."""
    known = scope.memo.setdefault("keel_annotations", {})
    if file.path not in known:
        found = []
        if PREFIX in file.text or _FORMER_POLICY in file.text:
            replaced = frozenset(replaced_tags(file.path, scope))
            for one in objects(file):
                settings = (*read_settings(one.node), *read_settings(one.node, "labels"))
                if settings and one.pod is not None:
                    found.append(KeelWorkload(one, settings, is_patch(file, scope), replaced))
        known[file.path] = tuple(found)
    cached: tuple[KeelWorkload, ...] = known[file.path]
    return cached


def read_settings(node: Node | None, part: str = "annotations") -> Iterator[KeelSetting]:
    """Yield the settings of Keel in the metadata of an object or of a pod template."""
    for key, value in pairs_at(node, "metadata", part):
        if key.text.startswith(PREFIX):
            yield KeelSetting(key, value, key.text.removeprefix(PREFIX), part == "labels")
        elif key.text == _FORMER_POLICY:
            yield KeelSetting(key, value, "policy", part == "labels")
