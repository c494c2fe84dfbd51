"""Names of objects in other objects, after prefixes, suffixes and namespaces have changed them.

Sources: kubernetes-sigs/kustomize, ``api/filters/nameref`` and
``api/internal/konfig/builtinpluginconsts/namereference.go``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, partial

from ...yaml import Node, items_at, text_at
from ...yaml.placed import scalar_like
from .field_specs import Configuration, FieldSpec, Specs, with_spec_fields
from .resources import ObjectId, Resource, Unbuildable, is_absent_or_null, with_items, with_pair

_RBAC = "rbac.authorization.k8s.io"
_WORKLOADS = ("StatefulSet", "Deployment", "ReplicationController", "Job", "DaemonSet")
# Where types have the spec of their pods. kustomize has no names in those of a ReplicationController but a few.
_PODS = {
    **dict.fromkeys((*_WORKLOADS, "ReplicaSet"), "spec/template/spec/"),
    "Pod": "spec/",
    "PodTemplate": "template/spec/",
    "CronJob": "spec/jobTemplate/spec/template/spec/",
}
_FEW = frozenset({"ReplicaSet", "PodTemplate"})
_SOURCES = ("containers/env/valueFrom/", "initContainers/env/valueFrom/")
_ENVS = ("containers/envFrom/", "initContainers/envFrom/")


def _in_pods(*paths: str, few: bool = False) -> Specs:
    found = []
    for sort, at in _PODS.items():
        if sort not in _FEW if few else sort != "ReplicationController":
            found += [
                FieldSpec(f"{at}{path}", sort, version="v1" if sort == "Pod" and not few else "") for path in paths
            ]
    return tuple(found)


def _at(sort: str, *paths: str, group: str = "") -> Specs:
    return tuple(FieldSpec(path, sort, group) for path in paths)


@cache
def _default_references() -> tuple[tuple[FieldSpec, Specs], ...]:
    """Return what kustomize updates, by the type that is referred to."""
    rules = (*_at("Role", "rules/resourceNames"), *_at("ClusterRole", "rules/resourceNames"))
    config = (*(f"{x}configMapKeyRef/name" for x in _SOURCES), *(f"{x}configMapRef/name" for x in _ENVS))
    secret = (*(f"{x}secretKeyRef/name" for x in _SOURCES), *(f"{x}secretRef/name" for x in _ENVS))
    hooks = "admissionregistration.k8s.io"
    nginx = "metadata/annotations/nginx.ingress.kubernetes.io\\/"
    scaled = _at("HorizontalPodAutoscaler", "spec/scaleTargetRef/name")
    return (
        *((FieldSpec("", one), scaled) for one in ("Deployment", "ReplicationController", "ReplicaSet", "StatefulSet")),
        (
            FieldSpec("", "ConfigMap", version="v1"),
            (
                *_in_pods("volumes/configMap/name", "volumes/projected/sources/configMap/name", *config),
                *_at("Node", "spec/configSource/configMap"),
                *rules,
                *_at("Ingress", f"{nginx}fastcgi-params-configmap"),
            ),
        ),
        (
            FieldSpec("", "Secret", version="v1"),
            (
                *_in_pods(
                    "volumes/secret/secretName",
                    "volumes/projected/sources/secret/name",
                    "imagePullSecrets/name",
                    *secret,
                ),
                *_at("Ingress", "spec/tls/secretName", "metadata/annotations/ingress.kubernetes.io\\/auth-secret"),
                *_at("Ingress", f"{nginx}auth-secret", f"{nginx}auth-tls-secret"),
                *_at("ServiceAccount", "imagePullSecrets/name"),
                *_at("StorageClass", *(f"parameters/{x}" for x in ("secretName", "adminSecretName", "userSecretName"))),
                *_at("StorageClass", "parameters/secretRef"),
                *rules,
                FieldSpec(
                    "spec/template/spec/containers/env/valueFrom/secretKeyRef/name",
                    "Service",
                    "serving.knative.dev",
                    "v1",
                ),
                *_at("PersistentVolume", "spec/azureFile/secretName"),
            ),
        ),
        (
            FieldSpec("", "Service", version="v1"),
            (
                *_at("StatefulSet", "spec/serviceName", group="apps"),
                *_at("Ingress", "spec/rules/http/paths/backend/serviceName", "spec/backend/serviceName"),
                *_at("Ingress", "spec/rules/http/paths/backend/service/name", "spec/defaultBackend/service/name"),
                *_at("APIService", "spec/service/name", group="apiregistration.k8s.io"),
                *_at("ValidatingWebhookConfiguration", "webhooks/clientConfig/service", group=hooks),
                *_at("MutatingWebhookConfiguration", "webhooks/clientConfig/service", group=hooks),
            ),
        ),
        *_other_references(),
    )


def _other_references() -> tuple[tuple[FieldSpec, Specs], ...]:
    """Return the rest: roles, accounts, claims and classes."""
    return (
        (FieldSpec("", "Role", _RBAC), _at("RoleBinding", "roleRef/name", group=_RBAC)),
        (
            FieldSpec("", "ClusterRole", _RBAC),
            (*_at("RoleBinding", "roleRef/name", group=_RBAC), *_at("ClusterRoleBinding", "roleRef/name", group=_RBAC)),
        ),
        (
            FieldSpec("", "ServiceAccount", version="v1"),
            (
                *_at("RoleBinding", "subjects", group=_RBAC),
                *_at("ClusterRoleBinding", "subjects", group=_RBAC),
                *_in_pods("serviceAccountName", few=True),
            ),
        ),
        (
            FieldSpec("", "PersistentVolumeClaim", version="v1"),
            _in_pods("volumes/persistentVolumeClaim/claimName", few=True),
        ),
        (
            FieldSpec("", "PersistentVolume", version="v1"),
            (*_at("PersistentVolumeClaim", "spec/volumeName"), *_at("ClusterRole", "rules/resourceNames")),
        ),
        (
            FieldSpec("", "StorageClass", "storage.k8s.io", "v1"),
            (
                *_at("PersistentVolume", "spec/storageClassName"),
                *_at("PersistentVolumeClaim", "spec/storageClassName"),
                *_at("StatefulSet", "spec/volumeClaimTemplates/spec/storageClassName"),
            ),
        ),
        (FieldSpec("", "PriorityClass", "scheduling.k8s.io", "v1"), _in_pods("priorityClassName", few=True)),
    )


def with_new_names(among: Sequence[Resource], configuration: Configuration) -> list[Resource]:
    """Return objects in which the names of objects that have others now are replaced.

    Raises Unbuildable where it is not clear which object is meant, which ends the build for kustomize too.
    """
    renamed = [one for one in among if _was_renamed(one)]
    if not renamed:
        return list(among)
    found = []
    for one in among:
        node = one.node
        for target, specs in (*_default_references(), *configuration.references):
            candidates = [x for x in renamed if any(target.fits(own) for own in x.before)]
            for spec in specs if candidates else ():
                if spec.fits(one.original):
                    leaf = partial(_written, one, candidates, spec)
                    node = with_spec_fields(node, one.original, (spec,), leaf, node)
        found.append(one.changed(node))
    return found


def _was_renamed(one: Resource) -> bool:
    return any((x.name, x.effective_namespace) != (one.id.name, one.id.effective_namespace) for x in one.before)


def _written(referrer: Resource, candidates: Sequence[Resource], spec: FieldSpec, node: Node) -> Node:
    if is_absent_or_null(node):
        return node
    if node.shape == "list":
        return with_items(node, [_written(referrer, candidates, spec, one) for one in node.items])
    if node.shape == "scalar":
        meant = _meant(referrer, candidates, spec, node.text, spaced=False)
        return node if meant is None or meant.id.name == node.text else scalar_like(node, meant.id.name, "")
    name = node.pair("name")
    if name is None:
        raise Unbuildable("refused")
    space = text_at(node, "namespace")
    near = [x for x in candidates if x.original.namespace == space] or [
        x for x in candidates if x.id.namespace == space
    ]
    meant = _meant(referrer, near if node.pair("namespace") else candidates, spec, name[1].text, spaced=True)
    if meant is None:
        return node
    node = with_pair(node, name[0], scalar_like(name[1], meant.id.name, "")) if meant.id.name != name[1].text else node
    if not meant.id.namespace or meant.id.namespace == space:
        return node
    return with_pair(node, scalar_like(name[0], "namespace", ""), scalar_like(name[1], meant.id.namespace, ""))


def _meant(
    referrer: Resource, candidates: Sequence[Resource], spec: FieldSpec, name: str, *, spaced: bool
) -> Resource | None:
    """Return the object that a name means, None if it is none of those with other names."""
    found = [one for one in candidates if any(own.name == name for own in one.before)]
    if spec.path.endswith("roleRef/name"):
        role = text_at(referrer.node, "roleRef", "kind")
        found = [one for one in found if any(own.sort == role for own in one.before)]
    found = [one for one in found if _is_reachable(referrer, one)]
    if len(found) > 1:
        found = [one for one in found if _same_ends(one, referrer, empty=True)]
    if len(found) > 1:
        found = [one for one in found if _same_ends(one, referrer, empty=False)]
    if len({(one.id.name, one.id.namespace if spaced else "") for one in found}) > 1:
        raise Unbuildable("refused")
    return found[0] if found else None


def _is_reachable(referrer: Resource, one: Resource) -> bool:
    """Tell whether an object can refer to another one, by their namespaces."""
    if referrer.id.is_cluster_scoped or one.id.is_cluster_scoped:
        return True
    if _space(referrer.id) == _space(one.id):
        return True
    return one.id.sort == "ServiceAccount" and one.id.namespace in set(_subject_spaces(referrer.node))


def _space(one: ObjectId) -> str:
    return one.effective_namespace


def _subject_spaces(node: Node) -> Iterator[str]:
    for one in items_at(node, "subjects"):
        if text_at(one, "kind") == "ServiceAccount":
            yield text_at(one, "namespace")


def _same_ends(one: Resource, other: Resource, *, empty: bool) -> bool:
    """Tell whether the prefixes and suffixes of the outer kustomizations are the same."""
    for some, others in ((one.prefixes, other.prefixes), (one.suffixes, other.suffixes)):
        if empty and not (some and others):
            continue
        length = min(len(some), len(others))
        if (not length and len(some) != len(others)) or some[len(some) - length :] != others[len(others) - length :]:
            return False
    return True
