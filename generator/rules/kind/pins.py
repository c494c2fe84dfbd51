"""KD004: versions of kind, its node images and kubectl that are not pinned or not compatible."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...finding import Finding, also
from ...trial_folders import is_example
from ...yaml import get, items_at, text_at, walk_nodes
from ..readers.expansion import unknown
from ..readers.workflow import Job, workflow
from ..rule import File, Scope, rule
from .kits import Kit, RecipeCall, of_file, owns, variable_place
from .node_images import FULL_VERSION, MARK, NODE_IMAGE, NodeImage, by_minor, images_in, kind_versions, minor, releases

_FLOATING = re.compile(
    r"sigs\.k8s\.io/kind@(?:latest|main|master|HEAD)\b|kind\.sigs\.k8s\.io/dl/latest\b"
    r"|kubernetes-sigs/kind/releases/latest\b"
)
_KUBECTL = re.compile(r"(?:dl\.k8s\.io|kubernetes-release)/(?:release/)?(v\d+\.\d+)\.\d+/bin/\S{0,200}kubectl\b")
_MATRIX = re.compile(r"\$\{\{\s*matrix\.([\w-]+)\s*\}\}")
_CLIENT_INPUTS = {"azure/setup-kubectl": "version", "helm/kind-action": "kubectl_version"}
_Place = tuple[int, int, str]  # line, column, what is there
_DIGEST_HINT = "pin it as kindest/node:VERSION@sha256:…, from the release notes of the kind version in use"


@rule(
    "KD004",
    "warning",
    ("makefile", "kind", "workflow", "action"),
    "kind, its node image or kubectl that is not pinned, or versions that are not compatible",
    explanation=(
        "The tag of a node image may move, a digest may belong to another tag, an image works only with the kind "
        "release that it was built for, and kubectl only with nodes within one minor version. Without pins, whether "
        "a test passes depends on what was released last night."
    ),
    bad=(
        "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes:\n  - role: control-plane\n"
        "    image: kindest/node:v1.36.1\n"
    ),
    good=(
        "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes:\n  - role: control-plane\n"
        "    image: kindest/node:v1.36.1"
        "@sha256:3489c7674813ba5d8b1a9977baea8a6e553784dab7b84759d1014dbd78f7ebd5\n"
    ),
    source="https://kind.sigs.k8s.io/docs/user/quick-start/#creating-a-cluster",
)
def _unpinned(file: File, scope: Scope) -> Iterator[Finding]:
    if file.family == "makefile":
        yield from _makefile(file, scope)
    elif file.family == "kind":
        yield from _config(file, scope)
    else:
        yield from _workflow(file, scope)


def _makefile(file: File, scope: Scope) -> Iterator[Finding]:
    one, steps = of_file(file, scope)
    makefile = one.makefile
    images: list[NodeImage] = []
    for variable in makefile.variables:
        if owns(file, one, variable.path):
            images += images_in(makefile.value(variable), *variable_place(file, one, variable))
    seen = {image.text for image in images}
    moving = []
    for step in steps:
        words = step.call.words
        if MARK in words:
            images += [image for image in images_in(words, step.line, 1) if image.text not in seen]
        if match := _floating_in(words):
            moving.append((step.line, 1, match.group()))
    yield from _moving(moving)
    pins = kind_versions(file, scope)
    builds = any(step.call.verb("build", "node-image") for step in one.kind)
    yield from _judge([] if builds else images, pins, file.path)
    if not pins:
        yield from _whatever(one, steps)
    yield from _versions(file, one, steps, images)


def _whatever(kit: Kit, steps: list[RecipeCall]) -> Iterator[Finding]:
    """Find clusters whose Kubernetes version is the default of whichever kind is installed."""
    naming: dict[str, tuple[bool, bool]] = {}  # configuration to: can it be read, does it name an image
    found: list[int] = []
    for step in steps:
        if step.call.tool != "kind" or not step.call.verb("create", "cluster") or step.call.opaque:
            continue
        config = step.call.option("--config")
        if (config or "") not in naming:
            documents = kit.documents(config or "")
            keys = (key.text for document in documents for node in walk_nodes(document) for key, _ in node.pairs)
            naming[config or ""] = bool(documents), "image" in keys
        read, named = naming[config or ""]
        if step.call.option("--image") is None and not named and (read or config is None) and kit.complete:
            found.append(step.line)
    if found:
        message = "neither the node image nor kind is pinned: the installed kind chooses the version of Kubernetes"
        yield Finding(found[0], 1, message + also(found), f"add --image; {_DIGEST_HINT}")


def _versions(file: File, kit: Kit, steps: list[RecipeCall], images: list[NodeImage]) -> Iterator[Finding]:
    """Find variables for versions of kind and kubectl that are not pinned or do not fit the images."""
    makefile = kit.makefile
    floating = makefile.last("KIND_VERSION")
    if floating and owns(file, kit, floating.path) and makefile.value(floating) in {"latest", "main", "master"}:
        yield from _moving([(*variable_place(file, kit, floating), f"KIND_VERSION {makefile.value(floating)}")])
    wanted = makefile.last("KUBECTL_VERSION")
    if wanted:
        clients = [(makefile.value(wanted), *variable_place(file, kit, wanted))] if owns(file, kit, wanted.path) else []
    else:
        found = ((_KUBECTL.search(step.call.words), step.line) for step in steps if "/bin/" in step.call.words)
        clients = [(f"{one.group(1)}.0", line, 1) for one, line in found if one]
    if not clients:
        return
    every = list(images)
    for config in dict.fromkeys(step.call.option("--config") or "" for step in kit.creates):
        for document in kit.documents(config):
            for node in items_at(document, "nodes"):
                every += images_in(text_at(node, "image"), 0, 0)
    own = by_minor(every)
    for client, line, column in clients:
        yield from _skew(client, own, line, column)


def _config(file: File, scope: Scope) -> Iterator[Finding]:
    images: list[NodeImage] = []
    for document in file.documents:
        for node in items_at(document, "nodes"):
            image = get(node, "image")
            if image is None or not text_at(image) or unknown(image.text):
                continue
            found = list(images_in(image.text, image.line, image.column))
            if not found and "@sha256:" not in image.text:
                found = [NodeImage(image.text, "", "", image.line, image.column)]
            images += found
    if images:  # else without a look at the Makefiles of the whole run
        yield from _judge(images, kind_versions(file, scope), file.path)


def _workflow(file: File, scope: Scope) -> Iterator[Finding]:
    if "kind" not in file.text:
        return
    images: list[NodeImage] = []
    moving: list[_Place] = []
    for document in file.documents:
        for node in walk_nodes(document):
            if node.shape != "scalar":
                continue
            start = node.line + (node.style == "|")
            images += images_in(_uncommented(node.text), start, node.column)
            if match := _floating_in(node.text):
                moving.append((start + node.text.count("\n", 0, match.start()), node.column, match.group()))
    if file.family == "workflow":
        for job in workflow(file, scope).jobs:
            yield from _clients(job, images)
            moving += _moving_inputs(job)
            images += _matrix_images(job)
    if not is_example(file.path):
        yield from _moving(moving)
    if images:
        yield from _judge(images, kind_versions(file, scope), file.path)


def _uncommented(text: str) -> str:
    return re.sub(r"(?m)^[ \t]*#.*", "", text) if "#" in text else text


def _clients(job: Job, images: list[NodeImage]) -> Iterator[Finding]:
    """Find versions of kubectl that do not fit the node images of a job."""
    named = set() if job.matrix else {one.group() for one in NODE_IMAGE.finditer(job.source)}
    own = by_minor(one for one in images if one.text in named or job.matrix)
    for step in job.steps:
        client = get(step.inputs, _CLIENT_INPUTS.get(step.action, ""))
        if client is not None and text_at(client):
            yield from _skew(client.text, own, client.line, client.column)
        found = _KUBECTL.search(step.script)
        if found:
            line = step.line(step.script.count("\n", 0, found.start()))
            yield from _skew(f"{found.group(1)}.0", own, line, 1)


def _moving_inputs(job: Job) -> Iterator[_Place]:
    for step in job.steps:
        version = get(step.inputs, "version")
        if step.action == "helm/kind-action" and version is not None and version.text in {"latest", "main"}:
            yield version.line, version.column, f"kind {version.text}"


def _matrix_images(job: Job) -> Iterator[NodeImage]:
    """Yield the node images whose versions are in the matrix of a job."""
    for step in job.steps:
        image = step.input("node_image")
        name = _MATRIX.search(image)
        if name and image.startswith("kindest/node:$"):
            for value in items_at(job.matrix, name.group(1)):
                if FULL_VERSION.match(value.text):
                    yield NodeImage(f"kindest/node:{value.text}", value.text, "", value.line, value.column)


def _judge(images: list[NodeImage], versions: frozenset[str], path: str) -> Iterator[Finding]:
    loose = [one for one in images if not one.digest]
    if loose and not is_example(path):
        yield _undigested(loose)
    for one in images:
        if not one.digest:
            continue
        homes = {
            (release, tag)
            for release, nodes in releases().items()
            for tag, digest in nodes.items()
            if digest == one.digest
        }
        if homes and one.tag not in {tag for _, tag in homes}:
            tag = sorted(homes)[0][1]
            message = f"the digest belongs to kindest/node:{tag}, but the tag is {one.tag}"
            yield Finding(one.line, one.column, message, "take tag and digest from one line of kind's release notes")
            continue
        if len(versions) != 1:
            continue
        (version,) = versions
        nodes = releases().get(version)
        if nodes and homes and version not in {release for release, _ in homes}:
            message = f"the node image was built for kind {sorted(homes)[0][0]}, but kind {version} is used"
            yield Finding(one.line, one.column, message, f"take the image from the release notes of kind {version}")
        elif nodes and not homes and nodes.get(one.tag, one.digest) != one.digest:
            message = f"the digest does not belong to kindest/node:{one.tag} for kind {version}"
            yield Finding(one.line, one.column, message, f"kind {version} has {one.tag}@{nodes[one.tag]}")


def _floating_in(text: str) -> re.Match[str] | None:
    """Return the first name of a version of kind that changes."""
    return _FLOATING.search(text) if "sigs" in text else None  # the search is slow


def _undigested(images: list[NodeImage]) -> Finding:
    """Return one finding for all node images of a file that have no digest."""
    first = images[0]
    of_kind = first.text.startswith(("kindest/node:", "docker.io/kindest/node:"))
    hint = _DIGEST_HINT if of_kind else "add its digest: IMAGE:TAG@sha256:…"
    message = f"the node image {first.text} has no digest: its tag may move{also(one.line for one in images)}"
    return Finding(first.line, first.column, message, hint)


def _moving(places: list[_Place]) -> Iterator[Finding]:
    """Yield a finding for each version of kind that changes, for all lines that name it."""
    for text in dict.fromkeys(one[2] for one in places):
        found = [one for one in places if one[2] == text]
        line, column, _ = found[0]
        message = f"{text} changes with every release of kind{also(one[0] for one in found)}"
        yield Finding(line, column, message, "name a version, such as v0.32.0")


def _skew(kubectl: str, images: list[NodeImage], line: int, column: int) -> Iterator[Finding]:
    client = minor(kubectl)
    if client is None:
        return
    far = next(
        (one for one in images if (node := minor(one.tag)) and (node[0] != client[0] or abs(node[1] - client[1]) > 1)),
        None,
    )
    if far:
        message = f"kubectl {kubectl} is more than one minor version from the node image {far.text.partition('@')[0]}"
        yield Finding(line, column, message, "use a kubectl within one minor version of every node image")
