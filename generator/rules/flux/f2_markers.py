"""F2-001 and F2-002: markers that Flux v2 ignores, and the policies that markers name.

Source: fluxcd/image-automation-controller 1.2, ``internal/update``.
"""

from __future__ import annotations

import heapq
import posixpath
from collections.abc import Iterable, Iterator

from ...finding import Finding
from ...images.references import parse_reference
from ...nearest import name_list
from ...yaml import Node, get, items_at, pairs_at, text_at
from ..readers.flux2_groups import IMAGE_GROUP
from ..readers.flux2_markers import Flux2Marker, read_markers
from ..readers.flux2_resources import (
    covers_file,
    image_policies,
    own_automations,
    policy_of_marker,
    repository_of_policy,
)
from ..readers.objects import Object, named
from ..rule import File, Scope, rule
from .flux_examples import marker_example, policy_example

_MAX_AUTOMATIONS = 200  # per namespace, whose selectors are compared with a policy's labels


@rule(
    "F2-001", "error", ("kubernetes", "kustomization", "values"), "a marker that Flux v2 ignores",
    explanation="A marker is a comment at the end of a value's line that consists of one JSON object, in a .yaml or "
    ".yml file below update.path. Flux silently ignores any other: with wrong quotes, with more text, on a separate "
    "line above a key, at the end of a flow collection. It ignores all of a file that begins with a directive "
    "(%YAML), that has a document other than a map, or that is a List.",
    bad=marker_example("# {'$imagepolicy': 'flux-system:web'}"),
    good=marker_example('# {"$imagepolicy": "flux-system:web"}'),
    source="https://fluxcd.io/flux/guides/image-update/#configure-image-update-for-custom-resources", across=True,
)  # fmt: skip
def ignored_markers(file: File, scope: Scope) -> Iterator[Finding]:
    """Check that Flux reads a marker: its format, its place and the file."""
    found, wrong = read_markers(file, scope)
    yield from wrong
    if not found:
        return
    paths = {path for path, _ in own_automations(scope)}
    is_updated = not paths or any(covers_file(path, file.path) for path in paths)
    for one in found:
        if not file.path.endswith((".yaml", ".yml")) and posixpath.basename(file.path) != "Kustomization":
            hint = "rename the file to end in .yaml or .yml"
            yield Finding(one.line, one.column, "Flux only updates .yaml and .yml files", hint)
        elif not is_updated:
            message = f"no ImageUpdateAutomation updates this file: update.path is {name_list(paths)}"
            yield Finding(one.line, one.column, message, "move the file below update.path, or widen update.path")


_SEMVER = policy_example("  policy:\n    semver:\n      range: ~1.0\n")


@rule(
    "F2-002", "error", ("kubernetes", "kustomization", "values"), "a marker whose policy does not exist or fit",
    explanation="The policy must be in the automation's namespace, selected by its policySelector, and for the marked "
    "image. :tag marks a tag, no suffix a whole image, and :digest needs a policy that reflects digests. Checked only "
    "if the resources are among the files.",
    bad=_SEMVER + "---\n" + marker_example('# {"$imagepolicy": "flux-system:wbe"}'),
    good=_SEMVER + "---\n" + marker_example('# {"$imagepolicy": "flux-system:web"}'),
    source="https://fluxcd.io/flux/components/image/imageupdateautomations/", across=True,
)  # fmt: skip
def policies_of_markers(file: File, scope: Scope) -> Iterator[Finding]:
    """Check that a marker's policy exists, is selected by the automation, and is for the marked image."""
    found, _ = read_markers(file, scope)
    if not found:
        return
    over = [one for path, one in own_automations(scope) if covers_file(path, file.path)]
    by_space: dict[str, list[Object]] = {}
    for one in over:
        by_space.setdefault(one.namespace, []).append(one)
    policies = image_policies(scope)
    for marker in found:
        policy = policy_of_marker(marker, scope)
        if policy is None:
            if policies:
                yield _unresolved(marker, policies, scope)
        else:
            if over:
                space = policy.namespace or marker.namespace
                yield from _automated(marker, policy, over[0], by_space.get(space) or by_space.get("", []))
            yield from _same_image(marker, policy, scope)
        yield from _fitting_part(marker, policy)


def _unresolved(marker: Flux2Marker, known: Iterable[tuple[str, str]], scope: Scope) -> Finding:
    same = [x.namespace for x in named(scope, "ImagePolicy", marker.policy) if x.group == IMAGE_GROUP]
    if same:
        hint = f"did you mean {min(same)}:{marker.policy}?"
    else:
        hint = f"known policies: {', '.join(':'.join(one) for one in heapq.nsmallest(5, known))}"
    message = f"the namespace {marker.namespace} has no ImagePolicy {marker.policy}"
    return Finding(marker.line, marker.column, message, hint)


def _automated(marker: Flux2Marker, policy: Object, first: Object, same: list[Object]) -> Iterator[Finding]:
    """Find markers whose policy no automation in its namespace uses; ``first`` is an automation of any namespace."""
    if not same:
        where = policy.namespace or marker.namespace
        message = f"ImagePolicy {policy.name} is in {where}, but {first.shown} in {first.namespace}"
        yield Finding(marker.line, marker.column, message, "put both in one namespace: Flux only looks there")
        return
    labels = {key.text: value.text for key, value in pairs_at(policy.node, "metadata", "labels")}
    several = same[:_MAX_AUTOMATIONS]
    if several == same and not any(_selects(get(one.node, "spec", "policySelector"), labels) for one in several):
        message = f"the policySelector of {same[0].shown} does not select ImagePolicy {policy.name}"
        yield Finding(marker.line, marker.column, message, "give the policy the labels that policySelector requires")


def _selects(selector: Node | None, labels: dict[str, str]) -> bool:
    if selector is None:
        return True
    wanted = {key.text: value.text for key, value in pairs_at(selector, "matchLabels")}
    if not wanted.items() <= labels.items():
        return False
    for part in items_at(selector, "matchExpressions"):
        has, values = labels.get(text_at(part, "key")), [one.text for one in items_at(part, "values")]
        fits = {
            "In": has in values,
            "NotIn": has not in values,
            "Exists": has is not None,
            "DoesNotExist": has is None,
        }.get(text_at(part, "operator"), True)
        if not fits:
            return False
    return True


def _same_image(marker: Flux2Marker, policy: Object, scope: Scope) -> Iterator[Finding]:
    if marker.part in {"tag", "digest"} or (not marker.part and marker.key in {"tag", "newTag", "digest"}):
        return
    repository = repository_of_policy(policy, scope)
    image = text_at(repository.node, "spec", "image") if repository else ""
    marked = parse_reference(marker.value.text)
    if image and marked.name and "$" not in marked.name and marked.short_name != parse_reference(image).short_name:
        message = f"the policy {policy.name} is for {image}, but the marked image is {marked.name}"
        yield Finding(marker.line, marker.column, message, "name the policy for this image")


def _fitting_part(marker: Flux2Marker, policy: Object | None) -> Iterator[Finding]:
    text, wrong = marker.value.text, ""
    if marker.part == "tag" and ("/" in text or ":" in text):
        wrong, hint = "ends in :tag, but the value is a whole image", "remove :tag"
    elif marker.part == "name" and ":" in text.rpartition("/")[2]:
        wrong, hint = "ends in :name, but the value has a tag, which is lost", "remove :name, or move the tag"
    elif marker.part == "digest" and "/" in text:
        wrong, hint = "ends in :digest, but the value is a whole image", "remove :digest"
    elif marker.part == "" and marker.key in {"tag", "newTag"} and "/" not in text and ":" not in text:
        wrong, hint = f"is for a whole image, but {marker.key} holds a tag", "add the suffix :tag"
    elif marker.part == "" and marker.key in {"repository", "newName"} and ":" not in text.rpartition("/")[2]:
        wrong, hint = f"is for a whole image, but {marker.key} holds a name", "add the suffix :name"
    elif marker.part == "digest" and policy is not None:
        reflection = text_at(policy.node, "spec", "digestReflectionPolicy") or "Never"
        if reflection == "Never":
            wrong, hint = (
                f"ends in :digest, but {policy.name} reflects no digests",
                "set digestReflectionPolicy: IfNotPresent",
            )
    if wrong:
        yield Finding(marker.line, marker.column, f"the marker {wrong}", hint)
