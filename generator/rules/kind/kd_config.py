"""KD008: configurations of kind clusters that kind refuses, or takes and silently does less than they say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...errors import Invalid
from ...images.references import parse_reference
from ...yaml import Node, get, items_at, parse, text_at
from ..kubernetes import schemas
from ..readers.expansion import unknown
from ..readers.makefile import normal
from ..readers.view import View
from ..rule import File, Finding, Rule, Scope, at
from .kd_images import minor
from .kits import DEFAULT, kit

MAX_NAME = 50  # above it kind warns that host names may become too long
_KUBEADM = "kubeadm.k8s.io/"
# The objects that kind generates and patches, with the API versions of those that are not kubeadm's.
_OBJECTS = {
    "ClusterConfiguration": "",
    "InitConfiguration": "",
    "JoinConfiguration": "",
    "KubeletConfiguration": "kubelet.config.k8s.io/v1beta1",
    "KubeProxyConfiguration": "kubeproxy.config.k8s.io/v1alpha1",
}
_ARGUMENTS = (
    ("apiServer", "extraArgs"),
    ("controllerManager", "extraArgs"),
    ("scheduler", "extraArgs"),
    ("etcd", "local", "extraArgs"),
    ("nodeRegistration", "kubeletExtraArgs"),
)
Version = tuple[int, int]


@dataclass(frozen=True)
class _Patch:
    """A patch of one object: the nodes that it is for, by the minor versions of their images."""

    sort: str
    api: str
    document: Node | None
    item: Node
    line: int
    versions: tuple[Version | None, ...]


def _check(file: File, scope: Scope) -> Iterator[Finding]:
    yield from schemas.check(file, scope)
    for document in file.documents:
        if text_at(document, "kind") != "Cluster":
            continue
        name = get(document, "name")
        if name is not None and len(name.text) > MAX_NAME:
            message = f"the name has {len(name.text)} characters: node names made of it may be too long for a host name"
            yield at(name, message, f"use at most {MAX_NAME} characters", "warning")
        nodes = items_at(document, "nodes")
        if nodes and all(text_at(node, "role") == "worker" for node in nodes):
            message = "no node is a control plane, and kind needs one"
            yield at(get(document, "nodes") or nodes[0], message, "give one node role: control-plane")
        yield from _unmatched(_patches(file, document, scope))
    yield from _ports(file, scope)


def _patches(file: File, document: Node, scope: Scope) -> list[_Patch | Finding]:
    nodes = items_at(document, "nodes")
    asked = _asked(file, scope)
    images = [text_at(node, "image") for node in nodes] or [""]
    versions = [(asked or [image])[0] for image in images] if len(asked) <= 1 else asked
    minors = tuple(dict.fromkeys(_minor_of(one) for one in versions))
    found = list(_patches_of(file, document, minors))
    for node in nodes:
        own = asked or [text_at(node, "image")]
        found += _patches_of(file, node, tuple(dict.fromkeys(_minor_of(one) for one in own)))
    return found


def _asked(file: File, scope: Scope) -> list[str]:
    """Return the images that Makefiles give with ``--image`` when they create a cluster of this configuration."""
    memo = scope.memo
    if "kd_config.asked" not in memo:
        by_config: dict[str, list[str]] = {}
        for other in scope.files:
            if other.family == "makefile":
                one = kit(other, scope)
                for step in one.creates():
                    config, image = step.call.option("--config"), step.call.option("--image")
                    if config and image and not unknown(config):
                        path = normal(f"{one.folder}/{config.removeprefix('/CURDIR/')}".lstrip("/"))
                        by_config.setdefault(path, []).append(image)
        memo["kd_config.asked"] = by_config
    found: list[str] = memo["kd_config.asked"].get(file.path, [])
    return found


def _minor_of(image: str) -> Version | None:
    if unknown(image):
        return None
    return minor(parse_reference(image).tag)


def _patches_of(file: File, node: Node, versions: tuple[Version | None, ...]) -> Iterator[_Patch | Finding]:
    for item in items_at(node, "kubeadmConfigPatches"):
        if item.shape != "scalar":
            continue
        try:
            documents = parse(item.text, file.path)
        except Invalid as error:
            first = error.problems[0]
            yield Finding(
                _line(item, first.line), item.column, f"the patch {first.message}", "mend the YAML in the patch"
            )
            continue
        for one in documents:
            if one.shape == "map":
                sort, api = text_at(one, "kind"), text_at(one, "apiVersion")
                yield _Patch(sort, api, one, item, _line(item, one.line), versions)
    for item in items_at(node, "kubeadmConfigPatchesJSON6902"):
        version, group = text_at(item, "version"), text_at(item, "group")
        api = f"{group}/{version}" if version else ""
        yield _Patch(text_at(item, "kind"), api, None, item, item.line, versions)


def _line(item: Node, line: int) -> int:
    """Return the file's line for a line of a text in a block scalar."""
    return item.line + line if item.style in {"|", ">"} else item.line


def _unmatched(patches: list[_Patch | Finding]) -> Iterator[Finding]:
    apis: dict[str, set[str]] = {}
    for one in patches:
        if isinstance(one, _Patch):
            apis.setdefault(one.sort, set()).add(one.api)
    for one in patches:
        if isinstance(one, Finding):
            yield one
            continue
        if unknown(one.sort) or unknown(one.api):
            continue
        if one.sort not in _OBJECTS:
            message = f"kind patches no object {one.sort or 'without kind'}: the patch is silently dropped"
            yield Finding(one.line, one.item.column, message, f"patch one of {', '.join(sorted(_OBJECTS))}")
            continue
        fault = _fault(one, apis[one.sort])
        if fault:
            yield Finding(one.line, one.item.column, *fault)
            continue
        yield from _shapes(one)


def _fault(one: _Patch, apis: set[str]) -> tuple[str, str] | None:
    """Return why a patch that names an API version matches no node, nothing where it does or that is not known."""
    fixed = _OBJECTS[one.sort]
    if not one.api or one.api == fixed:
        return None
    if fixed:
        return (
            f"{one.sort} is {fixed}, and the patch for {one.api} is silently dropped",
            "correct apiVersion, or remove it",
        )
    known = [version for version in one.versions if version is not None]
    wanted = {_kubeadm(version) for version in known}
    if not known or len(known) < len(one.versions):
        if one.api in {f"{_KUBEADM}v1beta4", f"{_KUBEADM}v1beta3"}:
            return None  # depends on kind's default image
        wanted.add(f"{_KUBEADM}v1beta4 or v1beta3")
    if one.api in wanted or apis & (wanted | {""}):
        return None
    shown = " and ".join(sorted(wanted))
    message = (
        f"no node of this cluster has {one.api}, and a patch that matches nothing is silently dropped: {shown} is used"
    )
    return message, "remove apiVersion, so that the patch fits every version, or write one document per version"


def _kubeadm(version: Version) -> str:
    return _KUBEADM + ("v1beta4" if version >= (1, 36) else "v1beta3" if version >= (1, 23) else "v1beta2")


def _shapes(one: _Patch) -> Iterator[Finding]:
    """Find arguments as a map where the API has a list, and the other way round."""
    known = [version for version in one.versions if version is not None]
    for place in _ARGUMENTS:
        node = get(one.document, *place)
        if node is None or node.shape not in {"map", "list"}:
            continue
        line = _line(one.item, node.line)
        name = ".".join(place)
        if one.api.endswith("/v1beta4") and node.shape == "map":
            message = f"{name} is a list of name and value in v1beta4, and this is a map"
            yield Finding(line, one.item.column, message, "write - {name: …, value: …} for each")
        elif one.api.endswith(("/v1beta3", "/v1beta2")) and node.shape == "list":
            message = f"{name} is a map in {one.api.rpartition('/')[2]}, and this is a list"
            yield Finding(line, one.item.column, message, "write name: value for each")
        elif not one.api and node.shape == "list" and known and max(known) < (1, 36):
            version = ".".join(map(str, max(known)))
            message = f"{name} is a map for nodes of {version}, and this is a list"
            yield Finding(
                line, one.item.column, message, "write name: value for each; kind turns it into a list where it must"
            )


def _ports(file: File, scope: Scope) -> Iterator[Finding]:
    """Find ports of the host that two clusters, or two nodes of one, would take."""
    memo = scope.memo
    if "kd_config.ports" not in memo:
        taken: dict[tuple[str, str], list[tuple[str, str, str, Node]]] = {}
        for config in scope.files:
            if config.family == "kind":
                for key, name, address, node in _mappings(config):
                    taken.setdefault(key, []).append((config.path, name, address, node))
        memo["kd_config.ports"] = taken
    everywhere: dict[tuple[str, str], list[tuple[str, str, str, Node]]] = memo["kd_config.ports"]
    for key, name, address, node in _mappings(file):
        for path, other_name, other_address, other in everywhere[key]:
            if not _collide(file.path, path, name, other_name) and not (path == file.path and other.start < node.start):
                continue
            if address == other_address or {address, other_address} & {"", "0.0.0.0", "::"}:  # noqa: S104 - compared
                where = f"{path}:{other.line}" if path != file.path else f"line {other.line}"
                message = f"port {key[0]}/{key[1]} of the host is taken by {where} too"
                yield at(node, message, "give every cluster ports of its own, or let kind choose: hostPort: 0")
                break


def _mappings(file: File) -> Iterator[tuple[tuple[str, str], str, str, Node]]:
    for document in file.documents:
        name = text_at(document, "name") or DEFAULT
        for node in View(document).get("nodes").items:
            for one in node.get("extraPortMappings").items:
                port = one.get("hostPort")
                if port.node and port.tag == "int" and port.text not in {"0", "-1"}:
                    protocol = (one.get("protocol").text or "TCP").upper()
                    yield (port.text, protocol), name, one.get("listenAddress").text, port.node


def _collide(path: str, other: str, name: str, other_name: str) -> bool:
    """Tell whether two configurations are of two clusters that one machine may have at once.

    Those of one directory, or below one, are taken for variants, and so are those of one name.
    """
    folder, other_folder = path.rpartition("/")[0], other.rpartition("/")[0]
    apart = folder != other_folder and not f"{folder}/".startswith(f"{other_folder}/")
    return apart and not f"{other_folder}/".startswith(f"{folder}/") and (name != other_name or name == DEFAULT)


RULES = (
    Rule(
        "KD008",
        "error",
        ("kind",),
        "a kind configuration that kind refuses, or silently does not follow",
        "kind refuses unknown fields and bad names. A kubeadm patch that names an API version which the node "
        "image does "
        "not use is dropped without a word: v1beta4 (lists of arguments) from 1.36 on, v1beta3 (maps) from 1.23 on. "
        "Two clusters cannot have one port of the host.",
        "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nkubeadmConfigPatches:\n  - |\n"
        "    apiVersion: kubeadm.k8s.io/v1beta2\n    kind: ClusterConfiguration\n"
        '    apiServer: {extraArgs: {v: "4"}}\n',
        "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nkubeadmConfigPatches:\n  - |\n"
        '    kind: ClusterConfiguration\n    apiServer: {extraArgs: {v: "4"}}\n',
        _check,
        "https://kind.sigs.k8s.io/docs/user/configuration/",
    ),
)
