"""Fields of pods and containers that specs add to the generated ones; all meet the level ``restricted``."""

from __future__ import annotations

import random

from ..objects import containers, pods
from ..objects.make import Make, Object, choice, fixed, number, one_of, several, some

VARIABLES = ("EXTRA_LEVEL", "EXTRA_ZONE", "EXTRA_TOKEN")
SAFE = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
# Why no plausible spec of a service has a field, for those that are never made.
NEVER = {
    "PodSpec.activeDeadlineSeconds": "the pods of a Deployment have no end",
    "PodSpec.restartPolicy": "it is always Always in a Deployment",
    "PodSpec.serviceAccountName": "decided by service_account",
    "PodSpec.nodeName": "only the scheduler sets it",
    "PodSpec.evictionResponders": "alpha in the newest version",
    "PodSpec.schedulingGroup": "alpha in the newest version",
    "PodSpec.resources": "beta, and of all containers together",
    "PodSpec.hostnameOverride": "one hostname for all pods",
    "PodSpec.resourceClaims": "devices, which nothing else here has",
    "PodSpec.hostNetwork": "made by settling, where the level allows it",
    "PodSpec.hostPID": "made by settling, where the level allows it",
    "PodSpec.hostIPC": "made by settling, where the level allows it",
    "Container.image": "decided by image and tag",
    "Container.name": "decided by the choice of the name",
    "Container.volumeDevices": "a claim of a service has a file system",
    "Container.restartPolicy": "made with restartPolicyRules",
    "DeploymentSpec.replicas": "decided by replicas",
    "DeploymentSpec.selector": "decided by selector",
    "DeploymentSpec.template": "decided by pod",
    "ServiceSpec.selector": "decided by selector",
    "ServiceSpec.type": "decided by service_type",
    "ServiceSpec.externalName": "a Service without pods",
    "ServiceSpec.clusterIPs": "as clusterIP",
    "ServiceSpec.healthCheckNodePort": "allotted by the cluster",
    "ObjectMeta.name": "decided by name",
    "ObjectMeta.namespace": "decided by namespace",
    "PodDisruptionBudgetSpec.selector": "decided by selector",
}

_SECURITY: dict[str, Make] = {
    "readOnlyRootFilesystem": choice(True, False, None),
    "runAsUser": choice(1000, 65532, None),
    "runAsGroup": choice(1000, 65532),
    "runAsNonRoot": fixed(True),
    "seccompProfile": fixed({"type": "RuntimeDefault"}),
    "capabilities": choice({"add": ["NET_BIND_SERVICE"]}, {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}),
    "appArmorProfile": fixed({"type": "RuntimeDefault"}),
    "privileged": fixed(False),
}
_POD_SECURITY: dict[str, Make] = {
    "fsGroup": choice(2000, None),
    "fsGroupChangePolicy": choice("OnRootMismatch", "Always"),
    "runAsUser": choice(1000, None),
    "supplementalGroups": fixed([3000, 4000]),
    "supplementalGroupsPolicy": choice("Merge", "Strict"),
    "sysctls": fixed([{"name": "net.ipv4.ip_local_port_range", "value": "1024 65535"}]),
    "seccompProfile": fixed({"type": "RuntimeDefault"}),
}
_LIFECYCLE: dict[str, Make] = {"preStop": containers.hook, "postStart": containers.hook}
# Fields of the main container.
MAIN: dict[str, Make] = {
    "command": choice(["serve"], ["/bin/app", "--listen=:8080"], ["sh", "-c", "exec serve $(PORT)"]),
    "args": choice(["--verbose"], ["--level", "debug"], []),
    "workingDir": choice("/srv", "/app"),
    "imagePullPolicy": choice("Always", "IfNotPresent"),
    "lifecycle": lambda d: some(d, _LIFECYCLE, 0.7),
    "ports": choice([{"name": "extra", "containerPort": 9901}], [{"containerPort": 6060, "protocol": "UDP"}]),
    "env": lambda d: several(d, containers.variable, VARIABLES),
    "envFrom": lambda d: [containers.env_from(d)],
    "resources": choice(
        {"limits": {"ephemeral-storage": "1Gi"}},
        {"requests": {"ephemeral-storage": "100Mi"}, "limits": {"nvidia.com/gpu": 1}},
        {"limits": {"memory": None}},
        {"limits": {"cpu": "32"}},
    ),
    "resizePolicy": choice(
        [{"resourceName": "cpu", "restartPolicy": "NotRequired"}],
        [{"resourceName": "memory", "restartPolicy": "RestartContainer"}],
    ),
    "startupProbe": lambda d: d.choice((None, {"failureThreshold": 90})),
    "readinessProbe": lambda d: d.choice((None, {"timeoutSeconds": 3}, {"successThreshold": 2})),
    "livenessProbe": lambda d: d.choice((None, {"exec": {"command": ["check"]}}, {"initialDelaySeconds": 9})),
    "stdin": fixed(True),
    "stdinOnce": fixed(False),
    "tty": choice(True, False),
    "terminationMessagePath": fixed("/dev/termination-log"),
    "terminationMessagePolicy": choice("FallbackToLogsOnError", "File"),
    "volumeMounts": choice(
        [{"name": "extra", "mountPath": "/extra"}], [{"name": "extra", "mountPath": "/e", "readOnly": True}]
    ),
    "restartPolicyRules": fixed([{"action": "Restart", "exitCodes": {"operator": "In", "values": [3]}}]),
    "securityContext": lambda d: some(d, _SECURITY, 0.4),
}  # fmt: skip
_ADDED: dict[str, Make] = {
    **{key: MAIN[key] for key in ("args", "env", "envFrom", "imagePullPolicy", "resizePolicy", "workingDir")},
    "resources": containers.resources,
}  # fmt: skip


def added_container(dice: random.Random, name: str, runs: bool = True) -> Object:
    """Return a container of the spec's own, as safe as ``restricted`` wants it; only one that ``runs`` has probes."""
    probes: dict[str, Make] = dict.fromkeys(containers.PROBES, containers.probe) if runs else {}
    image = f"ghcr.io/example/{name}:{dice.randint(1, 3)}.0"
    image = dice.choice((image, image, f"{image}@sha256:{'0123456789abcdef' * 4}"))
    return {"name": name, "image": image, **some(dice, {**_ADDED, **probes}, 0.3), "securityContext": {**SAFE}}


def _init(dice: random.Random, name: str) -> Object:
    if dice.random() < 0.5:
        return added_container(dice, name, runs=False)
    return {**added_container(dice, name), "restartPolicy": "Always"}


_TERM = {"labelSelector": {"matchLabels": {"app": "web"}}, "topologyKey": "kubernetes.io/hostname"}
_AFFINITIES: dict[str, Make] = {
    "nodeAffinity": lambda d: pods.affinity(d)["nodeAffinity"],
    "podAffinity": fixed({"requiredDuringSchedulingIgnoredDuringExecution": [_TERM]}),
    "podAntiAffinity": fixed(
        {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100, "podAffinityTerm": _TERM}]}
    ),
}
_EXTRA_VOLUMES = tuple(one for one in pods.VOLUME_SOURCES if one not in {"hostPath", "nfs"})
POD: dict[str, Make] = {
    "affinity": lambda d: some(d, _AFFINITIES, 0.6),
    "automountServiceAccountToken": choice(True, False),
    "containers": lambda d: several(d, added_container, ("proxy-extra", "tail-extra")),
    "dnsConfig": choice({"options": [{"name": "ndots", "value": "2"}]}, {"searches": ["shop.svc.cluster.local"]}),
    "dnsPolicy": choice("ClusterFirst", "Default"),
    "enableServiceLinks": choice(True, False),
    "hostAliases": fixed([{"ip": "10.0.0.1", "hostnames": ["db.local"]}]),
    "hostUsers": choice(True, False),
    "hostname": fixed("worker"),
    "imagePullSecrets": choice([{"name": "registry"}], [{"name": "registry"}, {"name": "other"}]),
    "initContainers": lambda d: several(d, _init, ("migrate", "mesh", "logs")),
    "nodeSelector": choice({"pool": "a"}, {"kubernetes.io/arch": "arm64"}),
    "os": fixed({"name": "linux"}),
    "preemptionPolicy": choice("Never", "PreemptLowerPriority"),
    "priorityClassName": choice("high", "system-cluster-critical"),
    "readinessGates": fixed([{"conditionType": "example.com/ready"}]),
    "runtimeClassName": fixed("gvisor"),
    "schedulerName": fixed("default-scheduler"),
    "schedulingGates": fixed([{"name": "example.com/wait"}]),
    "securityContext": lambda d: some(d, _POD_SECURITY, 0.4),
    "setHostnameAsFQDN": choice(True, False),
    "shareProcessNamespace": choice(True, False),
    "subdomain": fixed("workers"),
    "terminationGracePeriodSeconds": number(0, 600),
    "tolerations": lambda d: [pods.toleration(d) for _ in range(d.randint(1, 2))],
    "topologySpreadConstraints": lambda d: d.choice((None, [pods.spread(d)])),
    "volumes": lambda d: [{"name": "extra", **one_of(d, {key: pods.VOLUME_SOURCES[key] for key in _EXTRA_VOLUMES})}],
}


def metadata(dice: random.Random) -> Object:
    """Return metadata that a spec adds to an object."""
    table: dict[str, Make] = {
        "annotations": choice({"example.com/owner": "shop-team"}, {"a": "b", "note": "1"}, {"on": "yes", "x": None}),
        "labels": choice({"tier": "front"}, {"example.com/on": "yes", "zone": "0123"}),
        "finalizers": fixed(["example.com/cleanup"]),
    }
    return some(dice, table, 0.6)


def pod(dice: random.Random) -> Object:
    """Return what a spec adds to the pods."""
    of: dict[str, Make] = metadata_of_pods()
    table: dict[str, Make] = {"metadata": lambda d: some(d, of, 0.7), "spec": lambda d: some(d, POD, 0.15)}
    return some(dice, table, 0.8)


def metadata_of_pods() -> dict[str, Make]:
    """Return the makers of the metadata of pods, which have no finalizers here."""
    return {
        "annotations": choice({"sidecar.istio.io/inject": "false"}, {"prometheus.io/scrape": "true"}),
        "labels": choice({"tier": "front"}, {"example.com/on": "yes"}),
    }
