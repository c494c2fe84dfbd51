"""Values that fields of Kubernetes objects may have, which the API's documentation does not say in its schema.

Source: pkg/apis/core/validation, apps, autoscaling and networking of Kubernetes 1.35 to 1.37, and the API server's own
answers (``tests/specs/test_refused_fields.py``). Keys are types and fields, such as ``Probe.periodSeconds``; ``[]`` is
an item of a list, ``{}`` a value and ``{:}`` a key of a map. A text with ``${`` is filled in by Flux later.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Bound = Mapping[str, Any]


def _one_of(*words: str) -> Bound:
    return {"enum": list(words)}


def _text(pattern: str, longest: int = 0) -> Bound:
    return {"pattern": rf"^(?:[^$]*\$\{{|(?:{pattern})$(?!\n))", **({"maxLength": longest} if longest else {})}


_WORD, _QUALIFIED = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?", "[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
_PORT: Bound = {"minimum": 1, "maximum": 65535}
_PORT_NAME = _text("(?=[0-9-]*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*", 15)
_LEAST_0: Bound = {"minimum": 0}
_LEAST_1: Bound = {"minimum": 1}
_ID: Bound = {"minimum": 0, "maximum": 2147483647}
_MODE: Bound = {"minimum": 0, "maximum": 511}
_LABEL, _NAME = _text(_WORD, 63), _text(rf"{_WORD}(?:\.{_WORD})*", 253)
_KEY = {"pattern": rf"^(?:[^$]*\$\{{|(?:{_WORD}(?:\.{_WORD})*/)?{_QUALIFIED}$(?!\n))", "maxLength": 317}
_LABEL_VALUE = _text(f"(?:{_QUALIFIED})?", 63)
_RELATIVE = _text(r"(?!/)(?:(?!\.\.(?:/|$))[^/\n]*/)*(?!\.\.$)[^/\n]*")
_PROTOCOL = _one_of("TCP", "UDP", "SCTP")
_VARIABLE = {"pattern": "^[ -<>-~]+$(?!\\n)"}
_MATCH = {"operator": _one_of("In", "NotIn", "Exists", "DoesNotExist")}

BOUNDS: dict[str, Bound] = {
    "Container.imagePullPolicy": _one_of("Always", "IfNotPresent", "Never"),
    "Container.terminationMessagePolicy": _one_of("File", "FallbackToLogsOnError"),
    "Container.name": _LABEL,
    "ContainerPort.containerPort": _PORT,
    "ContainerPort.hostPort": {**_PORT, "minimum": 0},
    "ContainerPort.name": _PORT_NAME,
    "ContainerPort.protocol": _PROTOCOL,
    "ContainerResizePolicy.resourceName": _one_of("cpu", "memory"),
    "ContainerResizePolicy.restartPolicy": _one_of("NotRequired", "RestartContainer"),
    **{f"{one}.defaultMode": _MODE for one in ("ConfigMapVolumeSource", "SecretVolumeSource", "ProjectedVolumeSource")},
    "DownwardAPIVolumeSource.defaultMode": _MODE,
    "DownwardAPIVolumeFile.mode": _MODE,
    "DownwardAPIVolumeFile.path": _RELATIVE,
    "KeyToPath.mode": _MODE,
    "KeyToPath.path": _RELATIVE,
    "ServiceAccountTokenProjection.expirationSeconds": {"minimum": 600, "maximum": 4294967296},
    "VolumeMount.subPath": _RELATIVE,
    "DeploymentSpec.revisionHistoryLimit": _LEAST_0,
    "DeploymentSpec.minReadySeconds": _LEAST_0,
    "DeploymentSpec.progressDeadlineSeconds": _LEAST_0,
    "DeploymentStrategy.type": _one_of("Recreate", "RollingUpdate"),
    "EnvVar.name": _VARIABLE,
    "EnvFromSource.prefix": {"pattern": "^[ -<>-~]*$(?!\\n)"},
    "GRPCAction.port": _PORT,
    "HTTPGetAction.port": _PORT,
    "HTTPGetAction.scheme": _one_of("HTTP", "HTTPS"),
    "TCPSocketAction.port": _PORT,
    "HPAScalingPolicy.type": _one_of("Pods", "Percent"),
    "HPAScalingPolicy.value": _LEAST_1,
    "HPAScalingPolicy.periodSeconds": {"minimum": 1, "maximum": 1800},
    "HPAScalingRules.policies": {"minItems": 1},
    "HPAScalingRules.selectPolicy": _one_of("Max", "Min", "Disabled"),
    "HPAScalingRules.stabilizationWindowSeconds": {"minimum": 0, "maximum": 3600},
    "LabelSelectorRequirement.operator": _MATCH["operator"],
    "NetworkPolicyPort.endPort": _PORT,
    "NetworkPolicyPort.port": _PORT,
    "NetworkPolicyPort.protocol": _PROTOCOL,
    "ObjectMeta.annotations{:}": _KEY,
    "ObjectMeta.labels{:}": _KEY,
    "ObjectMeta.labels{}": _LABEL_VALUE,
    "ObjectMeta.finalizers[]": _text(rf"(?:{_WORD}(?:\.{_WORD})*/{_QUALIFIED}|kubernetes|orphan|foregroundDeletion)"),
    "PersistentVolumeClaimSpec.accessModes[]": _one_of(
        "ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"
    ),
    "PersistentVolumeClaimSpec.storageClassName": _text(rf"(?:{_WORD}(?:\.{_WORD})*)?", 253),
    "PersistentVolumeClaimSpec.volumeMode": _one_of("Filesystem", "Block"),
    "PodDisruptionBudgetSpec.unhealthyPodEvictionPolicy": _one_of("IfHealthyBudget", "AlwaysAllow"),
    "PodSecurityContext.fsGroup": _ID,
    "PodSecurityContext.fsGroupChangePolicy": _one_of("OnRootMismatch", "Always"),
    "PodSecurityContext.supplementalGroups[]": _ID,
    "PodSecurityContext.supplementalGroupsPolicy": _one_of("Merge", "Strict"),
    **{f"{one}.{key}": _ID for one in ("PodSecurityContext", "SecurityContext") for key in ("runAsUser", "runAsGroup")},
    "PodSpec.dnsPolicy": _one_of("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
    "PodSpec.hostname": _LABEL,
    "PodSpec.subdomain": _LABEL,
    "PodSpec.nodeSelector{:}": _KEY,
    "PodSpec.nodeSelector{}": _LABEL_VALUE,
    "PodSpec.preemptionPolicy": _one_of("Never", "PreemptLowerPriority"),
    "PodSpec.priorityClassName": _NAME,
    "PodSpec.runtimeClassName": _NAME,
    "PodSpec.terminationGracePeriodSeconds": _LEAST_0,
    **{
        f"Probe.{key}": _LEAST_0
        for key in ("failureThreshold", "initialDelaySeconds", "periodSeconds", "successThreshold", "timeoutSeconds")
    },
    "Probe.terminationGracePeriodSeconds": _LEAST_1,
    "ResourceFieldSelector.resource": _text(
        r"(?:limits|requests)\.(?:cpu|memory|ephemeral-storage|hugepages-[0-9A-Za-z]+)"
    ),
    **{f"{one}.name": _NAME for one in ("ConfigMapEnvSource", "SecretEnvSource")},
    "ServicePort.name": _LABEL,
    "ServicePort.nodePort": {**_PORT, "minimum": 0},
    "ServicePort.port": _PORT,
    "ServicePort.protocol": _PROTOCOL,
    "ServiceSpec.externalTrafficPolicy": _one_of("Cluster", "Local"),
    "ServiceSpec.internalTrafficPolicy": _one_of("Cluster", "Local"),
    "ServiceSpec.ipFamilies[]": _one_of("IPv4", "IPv6"),
    "ServiceSpec.ipFamilyPolicy": _one_of("SingleStack", "PreferDualStack", "RequireDualStack"),
    "ServiceSpec.sessionAffinity": _one_of("ClientIP", "None"),
    "ServiceSpec.trafficDistribution": _one_of("PreferClose", "PreferSameZone", "PreferSameNode"),
    "SleepAction.seconds": _LEAST_0,
    "Toleration.effect": _one_of("NoSchedule", "PreferNoSchedule", "NoExecute"),
    "TopologySpreadConstraint.maxSkew": _LEAST_1,
    "TopologySpreadConstraint.whenUnsatisfiable": _one_of("DoNotSchedule", "ScheduleAnyway"),
}
_ADDRESS = _text(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
_FIELD = r"\['[^'\]\n]+'\]"
_RESOURCE = {"pattern": r"^(?:cpu|memory|ephemeral-storage|hugepages-[0-9A-Za-z]+|[^/]+/[^/]+)$(?!\n)"}
_SHARE: Bound = {"minimum": 0, "pattern": r"^(?:[^$]*\$\{|(?:100|[0-9]{1,2})%$(?!\n))"}
BOUNDS |= {
    "PodDisruptionBudgetSpec.minAvailable": _SHARE,
    "PodDisruptionBudgetSpec.maxUnavailable": _SHARE,
    "NFSVolumeSource.path": {"pattern": r"^(?:/|\$\{)"},
    "HostPathVolumeSource.path": _text(r"(?:(?!\.\.(?:/|$))[^/\n]*/)*(?!\.\.$)[^/\n]*"),
    "EmptyDirVolumeSource.sizeLimit": {"minimum": 0, "pattern": "^[^-]"},
    "ObjectFieldSelector.fieldPath": _text(
        rf"metadata\.(?:name|namespace|uid|(?:annotations|labels)(?:{_FIELD})?)|"
        r"spec\.(?:nodeName|serviceAccountName|schedulerName)|status\.(?:hostIPs?|podIPs?)"
    ),
    "ResourceRequirements.limits{:}": _RESOURCE,
    "ResourceRequirements.requests{:}": _RESOURCE,
    "HostAlias.ip": _ADDRESS,
    "ServiceSpec.externalIPs[]": _ADDRESS,
    "ServiceSpec.clusterIP": {"pattern": rf"{_ADDRESS['pattern']}|^(?:None)?$(?!\n)"},
    "IPBlock.cidr": _text(r"[0-9A-Fa-f:.]+/[0-9]{1,3}"),
}


def bounded(name: str, key: str, field: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a field with what it may be; a null, which removes what is generated, stays allowed."""
    found = dict(field)
    if own := BOUNDS.get(f"{name}.{key}"):
        found |= {**own, "enum": [*own["enum"], None]} if "enum" in own else own
    if items := BOUNDS.get(f"{name}.{key}[]"):
        found["items"] = {**found["items"], **items}
    if values := BOUNDS.get(f"{name}.{key}{{}}"):
        found["additionalProperties"] = {**found["additionalProperties"], **values}
    if keys := BOUNDS.get(f"{name}.{key}{{:}}"):
        found["propertyNames"] = dict(keys)
    return found
