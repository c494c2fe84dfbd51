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
_NO_PARENT = r"(?!(?:.*/)?\.\.(?:/|$))"
_RELATIVE = {"pattern": rf"^(?!/){_NO_PARENT}"}
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
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"  # without zeros in front, since Kubernetes 1.36
_IPV4, _IPV6 = rf"{_OCTET}(?:\.{_OCTET}){{3}}", "(?=[^:]*:)[0-9A-Fa-f:.]+"
_ADDRESS = _text(f"{_IPV4}|{_IPV6}")
_BLOCK = _text(rf"{_IPV4}/(?:3[0-2]|[12]?[0-9])|{_IPV6}/(?:12[0-8]|1[01][0-9]|[1-9]?[0-9])")
_FIELD = r"\['[^'\]\n]+'\]"
_RESOURCE = {"pattern": r"^(?:cpu|memory|ephemeral-storage|hugepages-[0-9A-Za-z]+|[^/]+/[^/]+)$(?!\n)"}
_SHARE: Bound = {"minimum": 0, "pattern": r"^(?:[^$]*\$\{|(?:100|[0-9]{1,2})%$(?!\n))"}
BOUNDS |= {
    "PodDisruptionBudgetSpec.minAvailable": _SHARE,
    "PodDisruptionBudgetSpec.maxUnavailable": _SHARE,
    "NFSVolumeSource.path": {"pattern": r"^(?:/|\$\{)"},
    "HostPathVolumeSource.path": {"pattern": f"^{_NO_PARENT}"},
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
    "IPBlock.cidr": _BLOCK,
    "IPBlock.except[]": _BLOCK,
}
_SHARE_OR_NUMBER = _text("(?:100|[0-9]{1,2})%")
_DATA_KEY = _text(r"(?!\.\.?$)[A-Za-z0-9._-]+", 253)
_SEARCHED = "_?[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?"
_KEY_OR_NONE = _text(rf"(?:(?:{_WORD}(?:\.{_WORD})*/)?{_QUALIFIED})?", 317)
_NAME_OR_NONE = _text(rf"(?:{_WORD}(?:\.{_WORD})*)?", 253)
_PARTITION: Bound = {"minimum": 0, "maximum": 255}
_ISCSI = _text(r"iqn\.[0-9]{4}-[0-9]{2}\.[A-Za-z0-9.-]+(?::[^\n]*)?|eui\.[0-9A-Fa-f]{16}|naa\.[0-9A-Fa-f]{32}", 223)
_WEIGHT: Bound = {"minimum": 1, "maximum": 100}
_PROFILE = _one_of("Localhost", "RuntimeDefault", "Unconfined")
_NOT_EMPTY: Bound = {"minLength": 1}
_AMOUNT: Bound = {"minimum": 0, "pattern": "^[^-]"}
_POSITIVE: Bound = {"exclusiveMinimum": 0, "pattern": "^(?:[^-0]|0[^a-zA-Z]*[1-9])"}
_RESOURCE_NAME = {"pattern": rf"{_RESOURCE['pattern']}|\$\{{"}
# What only texts of the API server's answers say.
BOUNDS |= {
    "RollingUpdateDeployment.maxSurge": {"minimum": 0, **_text("[0-9]{1,9}%")},
    "RollingUpdateDeployment.maxUnavailable": {"minimum": 0, **_SHARE_OR_NUMBER},
    "DeploymentSpec.progressDeadlineSeconds": _LEAST_1,
    "HPAScalingRules.tolerance": _AMOUNT,
    "ContainerResourceMetricSource.container": _LABEL,
    **{f"{one}.name": _RESOURCE_NAME for one in ("ContainerResourceMetricSource", "ResourceMetricSource")},
    "MetricIdentifier.name": _text("(?!\\.\\.?$)[^/%]+"),
    "MetricTarget.type": _one_of("Utilization", "Value", "AverageValue"),
    "MetricTarget.averageUtilization": _LEAST_1,
    "MetricTarget.averageValue": _POSITIVE,
    "MetricTarget.value": _POSITIVE,
    **{f"CrossVersionObjectReference.{key}": _text("(?!\\.\\.?$)[^/%]+") for key in ("kind", "name")},
    "LabelSelector.matchLabels{:}": _KEY,
    "LabelSelector.matchLabels{}": _LABEL_VALUE,
    "LabelSelectorRequirement.key": _KEY,
    "LabelSelectorRequirement.values[]": _LABEL_VALUE,
    "NodeSelectorRequirement.key": _KEY,
    "NodeSelectorRequirement.operator": _one_of("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"),
    "PreferredSchedulingTerm.weight": _WEIGHT,
    "WeightedPodAffinityTerm.weight": _WEIGHT,
    "PodAffinityTerm.namespaces[]": _LABEL,
    "PodAffinityTerm.topologyKey": _KEY,
    **{f"PodAffinityTerm.{one}[]": _KEY for one in ("matchLabelKeys", "mismatchLabelKeys")},
    "TopologySpreadConstraint.matchLabelKeys[]": _KEY,
    "TopologySpreadConstraint.topologyKey": _NOT_EMPTY,
    **{
        f"TopologySpreadConstraint.{one}": _one_of("Honor", "Ignore")
        for one in ("nodeAffinityPolicy", "nodeTaintsPolicy")
    },
    "Toleration.key": _KEY_OR_NONE,
    "Toleration.value": _LABEL_VALUE,
    "Toleration.operator": _one_of("Exists", "Equal", "Gt", "Lt"),
    **{f"{one}KeySelector.key": _DATA_KEY for one in ("ConfigMap", "Secret")},
    **{f"{one}KeySelector.name": _NAME for one in ("ConfigMap", "Secret")},
    "ObjectFieldSelector.apiVersion": _text("v1"),
    "FileKeySelector.key": _text("[ -<>-~]+"),
    "FileKeySelector.path": {**_RELATIVE, **_NOT_EMPTY},
    "FileKeySelector.volumeName": _LABEL,
    "ResourceFieldSelector.divisor": _text("0|1m?|1[kMGTPE]|1[KMGTPE]i"),
    "ExecAction.command": {"minItems": 1},
    "HTTPHeader.name": _text("[-A-Za-z0-9]+"),
    **{f"{one}.port": {**_PORT, **_PORT_NAME} for one in ("HTTPGetAction", "TCPSocketAction", "NetworkPolicyPort")},
    **{f"ResourceRequirements.{one}{{}}": _AMOUNT for one in ("limits", "requests")},
    "ResourceClaim.name": _NOT_EMPTY,
    "Container.restartPolicy": _one_of("Always", "Never", "OnFailure"),
    **{f"{one}.type": _PROFILE for one in ("AppArmorProfile", "SeccompProfile")},
    "AppArmorProfile.localhostProfile": {"pattern": "[^ ]", "maxLength": 4095},
    "SeccompProfile.localhostProfile": {**_RELATIVE, **_NOT_EMPTY},
    "SecurityContext.procMount": _one_of("Default", "Unmasked"),
    "WindowsSecurityContextOptions.gmsaCredentialSpec": _NOT_EMPTY,
    "WindowsSecurityContextOptions.gmsaCredentialSpecName": _NAME,
    "WindowsSecurityContextOptions.runAsUserName": _text(r"(?:[^\\/:*?<>|]*\\)?[^\\\"/:;|=,+*?<>@\[\]]+"),
    "VolumeDevice.name": _NOT_EMPTY,
    "VolumeMount.mountPath": _NOT_EMPTY,
    "VolumeMount.mountPropagation": _one_of("Bidirectional", "HostToContainer", "None"),
    "VolumeMount.name": _NOT_EMPTY,
    "VolumeMount.recursiveReadOnly": _one_of("Disabled", "Enabled", "IfPossible"),
    "PodDNSConfigOption.name": _NOT_EMPTY,
    "PodDNSConfig.nameservers": {"maxItems": 3},
    "PodDNSConfig.nameservers[]": _ADDRESS,
    "PodDNSConfig.searches": {"maxItems": 32},
    "PodDNSConfig.searches[]": _text(rf"\.|{_SEARCHED}(?:\.{_SEARCHED})*\.?"),
    "HostAlias.hostnames[]": _NAME,
    "PodSpec.hostnameOverride": {**_NAME, "maxLength": 64},
    "PodSpec.nodeName": _NAME,
    "PodOS.name": _one_of("linux", "windows"),
    "PodReadinessGate.conditionType": _KEY,
    "PodSchedulingGate.name": _KEY,
    "PodResourceClaim.name": _LABEL,
    **{f"PodResourceClaim.resourceClaim{one}": _NAME for one in ("Name", "TemplateName")},
    "PodSecurityContext.seLinuxChangePolicy": _one_of("Recursive", "MountOption"),
    "Sysctl.name": _text(r"(?:[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?", 253),
    "HostPathVolumeSource.path": {"pattern": f"^{_NO_PARENT}", **_NOT_EMPTY},
    "HostPathVolumeSource.type": _one_of(
        *("", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket")
    ),
    "ImageVolumeSource.pullPolicy": _one_of("Always", "IfNotPresent", "Never"),
    "KeyToPath.key": _NOT_EMPTY,
    "KeyToPath.path": {**_RELATIVE, **_NOT_EMPTY},
    "DownwardAPIVolumeFile.path": {**_RELATIVE, **_NOT_EMPTY},
    "CSIVolumeSource.driver": _text(rf"{_WORD}(?:\.{_WORD})*", 63),
    "PersistentVolumeClaimSpec.accessModes": {"minItems": 1},
    "PersistentVolumeClaimSpec.volumeAttributesClassName": _NAME_OR_NONE,
    **{f"VolumeResourceRequirements.{one}{{}}": _POSITIVE for one in ("limits", "requests")},
    **{
        f"{one}.{key}": bound
        for one in ("TypedLocalObjectReference", "TypedObjectReference")
        for key, bound in (("apiGroup", _NAME_OR_NONE), ("kind", _NOT_EMPTY), ("name", _NOT_EMPTY))
    },
    "TypedObjectReference.namespace": _LABEL,
    **{f"{one}VolumeSource.partition": _PARTITION for one in ("AWSElasticBlockStore", "GCEPersistentDisk")},
    **{f"{one}VolumeSource.lun": _PARTITION for one in ("FC", "ISCSI")},
    "AWSElasticBlockStoreVolumeSource.volumeID": _NOT_EMPTY,
    "GCEPersistentDiskVolumeSource.pdName": _NOT_EMPTY,
    "AzureDiskVolumeSource.cachingMode": _one_of("None", "ReadOnly", "ReadWrite"),
    "AzureDiskVolumeSource.kind": _one_of("Dedicated", "Managed", "Shared"),
    **{f"AzureDiskVolumeSource.{one}": _NOT_EMPTY for one in ("diskName", "diskURI")},
    **{f"AzureFileVolumeSource.{one}": _NOT_EMPTY for one in ("secretName", "shareName")},
    "FlexVolumeSource.driver": _NOT_EMPTY,
    **{f"ISCSIVolumeSource.{one}": _ISCSI for one in ("iqn", "initiatorName")},
    "ISCSIVolumeSource.targetPortal": _NOT_EMPTY,
    "Volume.name": _LABEL,
    "NFSVolumeSource.server": _NOT_EMPTY,
    **{f"{one}.name": _NOT_EMPTY for one in ("ConfigMapProjection", "SecretProjection")},
    "PersistentVolumeClaimVolumeSource.claimName": _NOT_EMPTY,
    "PortworxVolumeSource.volumeID": _NOT_EMPTY,
    "ServicePort.appProtocol": _KEY_OR_NONE,
    "ClientIPConfig.timeoutSeconds": {"minimum": 1, "maximum": 86400},
}
# Of jobs and StatefulSets: pkg/apis/batch/validation and apps/validation.
BOUNDS |= {
    **{f"JobSpec.{one}": _LEAST_0 for one in ("completions", "parallelism", "ttlSecondsAfterFinished")},
    **{f"JobSpec.{one}": _LEAST_0 for one in ("backoffLimitPerIndex", "maxFailedIndexes")},
    "JobSpec.completionMode": _one_of("NonIndexed", "Indexed"),
    "JobSpec.managedBy": _text(rf"{_WORD}(?:\.{_WORD})*/{_QUALIFIED}", 63),
    "JobSpec.podReplacementPolicy": _one_of("Failed", "TerminatingOrFailed"),
    "PodFailurePolicyOnExitCodesRequirement.operator": _one_of("In", "NotIn"),
    "PodFailurePolicyOnPodConditionsPattern.type": _text(rf"(?:{_WORD}(?:\.{_WORD})*/)?{_QUALIFIED}", 317),
    "PodFailurePolicyRule.action": _one_of("Count", "FailIndex", "FailJob", "Ignore"),
    "PodSpec.activeDeadlineSeconds": {"minimum": 1, "maximum": 2147483647},
    "RollingUpdateStatefulSetStrategy.maxUnavailable": {
        "minimum": 1,
        "pattern": r"^(?:[^$]*\$\{|0*(?:100|[1-9][0-9]?)%$(?!\n))",
    },
    "RollingUpdateStatefulSetStrategy.partition": _LEAST_0,
    "StatefulSetOrdinals.start": _LEAST_0,
    "StatefulSetSpec.minReadySeconds": _LEAST_0,
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
