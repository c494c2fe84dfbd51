"""KD008: cluster configurations that kind refuses, or accepts and silently ignores in part."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ...finding import Finding, Severity
from ...trial_folders import is_example, is_invalid_on_purpose
from ...yaml import data_of, get, items_at, text_at
from ..readers import compiled
from ..readers.expansion import unknown
from ..rule import File, Scope, at, rule
from ..schema_findings import findings
from .cluster_network import address_faults, taken_ports
from .kubeadm_patches import Patch, Version, line_in_file, patches_in

_NAME = re.compile(r"[a-z0-9.-]+\Z")
MAX_NAME = 50  # above it kind warns that host names may become too long
_KUBEADM = "kubeadm.k8s.io/"
# The objects that kind generates and patches, with the API versions of those that do not belong to kubeadm.
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


@rule(
    "KD008",
    "error",
    ("kind",),
    "a cluster configuration that kind refuses, or silently ignores in part",
    explanation=(
        "kind refuses unknown fields, bad names and a cluster without a control plane. A kubeadm patch that names an "
        "API version that the node image does not use is silently dropped: v1beta4 (lists of arguments) from 1.36 on, "
        "v1beta3 (maps) from 1.23 on. Two nodes cannot use the same host port; nor can two clusters at once, which is "
        "a warning, and not said of documentation and examples."
    ),
    bad=(
        "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nkubeadmConfigPatches:\n  - |\n"
        "    apiVersion: kubeadm.k8s.io/v1beta2\n    kind: ClusterConfiguration\n"
        '    apiServer: {extraArgs: {v: "4"}}\n'
    ),
    good=(
        "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nkubeadmConfigPatches:\n  - |\n"
        '    kind: ClusterConfiguration\n    apiServer: {extraArgs: {v: "4"}}\n'
    ),
    source="https://kind.sigs.k8s.io/docs/user/configuration/",
)
def _unfollowed(file: File, scope: Scope) -> Iterator[Finding]:
    schema = compiled.ours("kind-cluster")
    if is_invalid_on_purpose(file.path):
        return
    for document in file.documents:
        if document.shape != "scalar" or document.tag != "null":
            yield from (finding for _, finding in findings(schema, document, data_of(document)))
    for document in file.documents:
        if text_at(document, "kind") != "Cluster":
            continue
        name = get(document, "name")
        if name is not None and name.tag in {"bool", "int", "float"} and not _NAME.match(name.text):
            yield at(name, f"the name {name.text} has more than lower-case letters, digits, '.' and '-'", "rename it")
        if name is not None and len(name.text) > MAX_NAME:
            message = f"the name has {len(name.text)} characters: derived node names may be too long for a host name"
            yield at(name, message, f"use at most {MAX_NAME} characters", "warning")
        nodes = items_at(document, "nodes")
        if nodes and all(text_at(node, "role") == "worker" for node in nodes):
            message = "no node has the role control-plane, which kind requires"
            yield at(get(document, "nodes") or nodes[0], message, "set role: control-plane on one node")
        shown: Severity | None = "warning" if is_example(file.path) else None
        yield from _unmatched(patches_in(file, document, scope), shown)
        yield from address_faults(document)
    yield from taken_ports(file, scope)


def _unmatched(patches: Sequence[Patch], severity: Severity | None) -> Iterator[Finding]:
    """Find patches without effect, with this severity: an example is run with whatever kind its reader has."""
    apis: dict[str, set[str]] = {}
    for one in patches:
        apis.setdefault(one.sort, set()).add(one.api)
    for one in patches:
        if one.broken:
            yield Finding(one.line, one.item.column, f"the patch {one.broken}", "fix the YAML in the patch")
            continue
        if unknown(one.sort) or unknown(one.api):
            continue
        if one.sort not in _OBJECTS:
            message = f"kind generates no object {one.sort or 'without kind'}: the patch is silently dropped"
            yield Finding(one.line, one.item.column, message, f"patch one of {', '.join(sorted(_OBJECTS))}")
            continue
        fault = _fault(one, apis[one.sort])
        if fault:
            yield Finding(one.line, one.item.column, *fault, severity)
            continue
        yield from _shapes(one)


def _fault(one: Patch, apis: set[str]) -> tuple[str, str] | None:
    """Return message and hint for a patch whose API version matches no node; None if it matches or is not known."""
    fixed = _OBJECTS[one.sort]
    if not one.api or one.api == fixed:
        return None
    if fixed:
        return (
            f"{one.sort} has the API version {fixed}: the patch for {one.api} is silently dropped",
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
    message = f"no node of this cluster uses {one.api} (they use {shown}): the patch is silently dropped"
    return message, "remove apiVersion so that the patch fits every version, or write one document per version"


def _kubeadm(version: Version) -> str:
    return _KUBEADM + ("v1beta4" if version >= (1, 36) else "v1beta3" if version >= (1, 23) else "v1beta2")


def _shapes(one: Patch) -> Iterator[Finding]:
    """Find arguments written as a map where the API has a list, and vice versa."""
    known = [version for version in one.versions if version is not None]
    for place in _ARGUMENTS:
        node = get(one.document, *place)
        if node is None or node.shape not in {"map", "list"}:
            continue
        line = line_in_file(one.item, node.line)
        name = ".".join(place)
        if one.api.endswith("/v1beta4") and node.shape == "map":
            message = f"{name} must be a list of name and value in v1beta4, not a map"
            yield Finding(line, one.item.column, message, "write - {name: …, value: …} for each")
        elif one.api.endswith(("/v1beta3", "/v1beta2")) and node.shape == "list":
            message = f"{name} must be a map in {one.api.rpartition('/')[2]}, not a list"
            yield Finding(line, one.item.column, message, "write name: value for each")
        elif not one.api and node.shape == "list" and known and max(known) < (1, 36):
            version = ".".join(map(str, max(known)))
            message = f"{name} must be a map for nodes of {version}, not a list"
            yield Finding(
                line, one.item.column, message, "write name: value for each; kind converts it to a list where needed"
            )
