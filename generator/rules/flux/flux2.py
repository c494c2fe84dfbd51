"""F2-001 and F2-002: markers of Flux v2, whose mistakes are silent.

Source: fluxcd/image-automation-controller 1.2, ``internal/update``.
"""

from __future__ import annotations

import heapq
import json
import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ...nearest import listed
from ...yaml import Node, comments, get, items_at, pairs_at, text_at
from ..readers.objects import Object, all_objects, named
from ..rule import File, Finding, Rule, Scope
from .flux2_resources import IMAGE_GROUP, policy_example

_MARKER = re.compile(r"\$imagepolicy|\{\s*[\"']?\$?imagepolicy", re.IGNORECASE)
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\Z")
_PARTS = frozenset({"tag", "name", "digest"})


@dataclass(frozen=True)
class Marker:
    """A marker that can be read: where it stands, its policy and part, and the scalar that it is for."""

    line: int
    column: int
    namespace: str
    policy: str
    part: str
    key: str
    value: Node


_MAX_AUTOMATIONS = 200  # of one namespace whose selectors are held against a policy's labels


def _markers(file: File, scope: Scope) -> Iterator[Finding]:
    """F2-001: a marker is one that Flux reads, where it reads it."""
    found, wrong = _read(file, scope)
    yield from wrong
    if not found:
        return
    automations = [one for one in _resources_of_images(scope) if _is(one, "ImageUpdateAutomation")]
    paths = {posixpath.normpath(text_at(one.node, "spec", "update", "path") or ".") for one in automations}
    is_updated = not paths or any(_covers(path, file.path) for path in paths)
    for one in found:
        if not file.path.endswith((".yaml", ".yml")) and posixpath.basename(file.path) != "Kustomization":
            hint = "name the file .yaml or .yml"
            yield Finding(one.line, one.column, "Flux only updates .yaml and .yml files, and this is none", hint)
        elif not is_updated:
            message = f"no ImageUpdateAutomation updates this file: update.path is {listed(paths)}"
            yield Finding(one.line, one.column, message, "move the file, or widen update.path")


def _resources_of_images(scope: Scope) -> list[Object]:
    if "flux2.images" not in scope.memo:
        scope.memo["flux2.images"] = [one for one in all_objects(scope) if one.group == IMAGE_GROUP]
    found: list[Object] = scope.memo["flux2.images"]
    return found


def _covers(path: str, file: str) -> bool:
    return path in {".", "/"} or file.startswith(f"{path.strip('/')}/")


def _read(file: File, scope: Scope) -> tuple[list[Marker], list[Finding]]:
    known = scope.memo.setdefault("flux2.markers", {})
    if file.path not in known:
        known[file.path] = _parse(file) if _MARKER.search(file.text) else ([], [])
    result: tuple[list[Marker], list[Finding]] = known[file.path]
    return result


def _parse(file: File) -> tuple[list[Marker], list[Finding]]:
    lines = file.text.split("\n")
    places = _scalars(file)
    good: list[Marker] = []
    wrong: list[Finding] = []
    for number, comment in comments(file.text):
        line = lines[number - 1] if number <= len(lines) else ""
        if not _MARKER.search(comment) or _is_commented_out(line, comment):
            continue
        column = line.find(comment.strip()[:20]) + 1 or 1
        parsed = _value(comment)
        if isinstance(parsed, str):
            hint = """write: # {"$imagepolicy": "NAMESPACE:POLICY"}, and nothing else behind the #"""
            wrong.append(Finding(number, column, f"the marker {parsed}, so Flux ignores it", hint))
            continue
        place = places.get(number)
        if place is None or place[2]:
            where = "in a flow collection" if place else "at no value"
            hint = "put it at the end of the line of the value, in block style"
            wrong.append(Finding(number, column, f"the marker stands {where}, where Flux does not read it", hint))
            continue
        good.append(Marker(number, column, *parsed, place[0], place[1]))
    return good, wrong


def _is_commented_out(line: str, comment: str) -> bool:
    """Tell whether the marker belongs to a field that is commented out itself."""
    return line.lstrip().startswith("#") and not comment.lstrip("# ").startswith("{")


def _value(comment: str) -> tuple[str, str, str] | str:
    """Return namespace, policy and part of a marker, or what is wrong with it."""
    match = re.fullmatch(r"#+\s*(\{.*\})\s*", comment)
    if not match:
        return "is not the whole comment" if "{" in comment else "is no JSON object"
    try:
        data = json.loads(match.group(1))
    except ValueError:
        return "is no JSON (it needs double quotes)"
    if not isinstance(data, dict) or any(not isinstance(one, str) for one in data.values()):
        return "holds something else than text"
    if "$imagepolicy" not in data:
        return f"has the key {next(iter(data), '')!r}, not '$imagepolicy'"
    parts = data["$imagepolicy"].split(":")
    if len(parts) not in {2, 3} or not all(_NAME.match(one) for one in parts[:2]):
        return f"names {data['$imagepolicy']!r}, not NAMESPACE:POLICY"
    if len(parts) == 3 and parts[2] not in _PARTS:
        return f"ends in :{parts[2]}, not :tag, :name or :digest"
    return parts[0], parts[1], parts[2] if len(parts) == 3 else ""


def _scalars(file: File) -> dict[int, tuple[str, Node, bool]]:
    """Return line to key, value and whether it is in a flow collection, of scalars with their key on one line."""
    found: dict[int, tuple[str, Node, bool]] = {}
    stack: list[tuple[Node, bool]] = [(one, False) for one in file.documents]
    while stack:
        node, flow = stack.pop()
        flow = flow or node.style == "flow"
        for key, value in node.pairs:
            if value.shape == "scalar" and value.style not in {"|", ">"} and value.start != value.end:
                found[value.line] = (key.text, value, flow)
            else:
                stack.append((value, flow))
        for item in node.items:
            if item.shape == "scalar":
                found[item.line] = ("", item, flow)
            else:
                stack.append((item, flow))
    return found


def _policies(file: File, scope: Scope) -> Iterator[Finding]:
    """F2-002: a marker's policy is there, is the automation's, and is for the image that is marked."""
    found, _ = _read(file, scope)
    if not found:
        return
    every = _resources_of_images(scope)
    over = [
        one
        for one in every
        if one.sort == "ImageUpdateAutomation"
        and _covers(posixpath.normpath(text_at(one.node, "spec", "update", "path") or "."), file.path)
    ]
    by_space: dict[str, list[Object]] = {}
    for one in over:
        by_space.setdefault(one.namespace, []).append(one)
    policies = {(one.namespace, one.name): one for one in every if one.sort == "ImagePolicy"}
    for marker in found:
        policy = policies.get((marker.namespace, marker.policy))
        if policy is None:
            if policies:
                yield _unresolved(marker, policies, scope)
        else:
            if over:
                yield from _automated(marker, policy, over[0], by_space.get(policy.namespace, []))
            yield from _same_image(marker, policy, scope)
        yield from _fitting_part(marker, policy)


def _unresolved(marker: Marker, known: Iterable[tuple[str, str]], scope: Scope) -> Finding:
    same = [x.namespace for x in named(scope, "ImagePolicy", marker.policy) if x.group == IMAGE_GROUP]
    if same:
        hint = f"there is {min(same)}:{marker.policy}"
    else:
        hint = f"there are {', '.join(':'.join(one) for one in heapq.nsmallest(5, known))}"
    message = f"there is no ImagePolicy {marker.policy} in the namespace {marker.namespace}"
    return Finding(marker.line, marker.column, message, hint)


def _automated(marker: Marker, policy: Object, first: Object, same: list[Object]) -> Iterator[Finding]:
    """Find what no automation of the policy's namespace moves; ``first`` is one of any."""
    if not same:
        message = f"ImagePolicy {policy.name} is in {policy.namespace}, and {first.shown} in {first.namespace}"
        yield Finding(marker.line, marker.column, message, "put both in one namespace: Flux looks in its own only")
        return
    labels = {key.text: value.text for key, value in pairs_at(policy.node, "metadata", "labels")}
    several = same[:_MAX_AUTOMATIONS]
    if several == same and not any(_selects(get(one.node, "spec", "policySelector"), labels) for one in several):
        message = f"the policySelector of {same[0].shown} does not select ImagePolicy {policy.name}"
        yield Finding(marker.line, marker.column, message, "give the policy the labels that are selected")


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


def _same_image(marker: Marker, policy: Object, scope: Scope) -> Iterator[Finding]:
    if marker.part in {"tag", "digest"} or (not marker.part and marker.key in {"tag", "newTag", "digest"}):
        return
    name = text_at(policy.node, "spec", "imageRepositoryRef", "name")
    space = text_at(policy.node, "spec", "imageRepositoryRef", "namespace") or policy.namespace
    same = (x for x in named(scope, "ImageRepository", name) if x.group == IMAGE_GROUP)
    repository = next((x for x in same if x.namespace == space), None)
    image = text_at(repository.node, "spec", "image") if repository else ""
    marked = _repository(marker.value.text)
    if image and marked and "$" not in marked and _plain(image) != _plain(marked):
        message = f"the policy {policy.name} is for {image}, and the marked image is {marked}"
        yield Finding(marker.line, marker.column, message, "name the policy of this image")


def _repository(reference: str) -> str:
    rest = reference.partition("@")[0]
    return rest[: rest.rfind(":")] if rest.rfind(":") > rest.rfind("/") else rest


def _plain(name: str) -> str:
    """Return an image's name without what Docker adds to it."""
    for prefix in ("docker.io/", "index.docker.io/", "library/"):
        name = name.removeprefix(prefix)
    return name


def _fitting_part(marker: Marker, policy: Object | None) -> Iterator[Finding]:
    text, wrong = marker.value.text, ""
    if marker.part == "tag" and ("/" in text or ":" in text):
        wrong, hint = "ends in :tag, and the value is a whole image", "remove :tag"
    elif marker.part == "name" and ":" in text.rpartition("/")[2]:
        wrong, hint = "ends in :name, and the value has a tag, which is lost", "remove :name, or move the tag"
    elif marker.part == "digest" and "/" in text:
        wrong, hint = "ends in :digest, and the value is a whole image", "remove :digest"
    elif marker.part == "" and marker.key in {"tag", "newTag"} and "/" not in text and ":" not in text:
        wrong, hint = f"is for a whole image, and {marker.key} holds a tag", "end it in :tag"
    elif marker.part == "" and marker.key in {"repository", "newName"} and ":" not in text.rpartition("/")[2]:
        wrong, hint = f"is for a whole image, and {marker.key} holds a name", "end it in :name"
    elif marker.part == "digest" and policy is not None:
        reflection = text_at(policy.node, "spec", "digestReflectionPolicy") or "Never"
        if reflection == "Never":
            wrong, hint = (
                f"ends in :digest, and {policy.name} reflects none",
                "set digestReflectionPolicy: IfNotPresent",
            )
    if wrong:
        yield Finding(marker.line, marker.column, f"the marker {wrong}", hint)


def _is(one: Object, sort: str) -> bool:
    return one.group == IMAGE_GROUP and one.sort == sort


def _marked(comment: str) -> str:
    spec = "spec:\n  containers:\n    - name: web\n      image: example/web:1.0.0"
    return f"apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n{spec} {comment}\n"


_SEMVER = policy_example("  policy:\n    semver:\n      range: ~1.0\n")

RULES = (
    Rule(
        "F2-001", "error", ("kubernetes", "kustomization", "values"), "a marker that Flux v2 does not read",
        "A marker is a comment at the end of a value's line that is one JSON object and nothing else, in a .yaml or "
        ".yml file below update.path. Any other is ignored without a word: wrong quotes, a second remark, a line of "
        "its own above a key, a flow collection.",
        _marked("# {'$imagepolicy': 'flux-system:web'}"), _marked('# {"$imagepolicy": "flux-system:web"}'), _markers,
        "https://fluxcd.io/flux/guides/image-update/#configure-image-update-for-custom-resources", across=True,
    ),
    Rule(
        "F2-002", "error", ("kubernetes", "kustomization", "values"), "a marker whose policy does not resolve or fit",
        "The policy is one of the automation's namespace, selected by its policySelector, for the image that is "
        "marked; :tag stands on a tag, no suffix on a whole image, :digest needs digests to be reflected. Judged as "
        "far as the resources are among the files.",
        _SEMVER + "---\n" + _marked('# {"$imagepolicy": "flux-system:wbe"}'),
        _SEMVER + "---\n" + _marked('# {"$imagepolicy": "flux-system:web"}'), _policies,
        "https://fluxcd.io/flux/components/image/imageupdateautomations/", across=True,
    ),
)  # fmt: skip
