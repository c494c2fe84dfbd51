"""Fields of Kubernetes' objects by type, for the keys of a spec that refer to ``kubernetes-fields.schema.json``."""

from __future__ import annotations

import random

from ..objects import cluster, containers, network, pods, scaling, workloads
from ..objects.make import Make, Object, choice, fixed, number, one_of, some, typed
from .pod_parts import MAIN, metadata, pod

DEPLOYMENT: dict[str, Make] = {
    "minReadySeconds": number(0, 30),
    "paused": choice(True, False),
    "progressDeadlineSeconds": number(100, 900),
    "revisionHistoryLimit": number(0, 10),
    "strategy": lambda d: typed(d, workloads.STRATEGIES),
}
# Fields of Services of any type; those of one type are in settling.
SERVICE: dict[str, Make] = {
    "externalIPs": fixed(["192.0.2.10"]),
    "internalTrafficPolicy": choice("Cluster", "Local"),
    "ipFamilies": choice(["IPv4"], ["IPv6", "IPv4"]),
    "ipFamilyPolicy": choice("PreferDualStack", "RequireDualStack"),
    "publishNotReadyAddresses": choice(True, False),
    "sessionAffinity": fixed("ClientIP"),
    "sessionAffinityConfig": fixed({"clientIP": {"timeoutSeconds": 600}}),
    "trafficDistribution": choice("PreferClose", "PreferSameZone"),
}
SERVICE_OF_TYPE: dict[str, dict[str, Make]] = {
    "ClusterIP": {"clusterIP": fixed("10.96.0.100")},
    "Headless": {},
    "NodePort": {
        "externalTrafficPolicy": choice("Local", "Cluster"),
        "ports": lambda d: d.randint(30000, 32767),  # settling puts it into the first port
    },
    "LoadBalancer": {
        "allocateLoadBalancerNodePorts": choice(True, False),
        "externalTrafficPolicy": choice("Local", "Cluster"),
        "loadBalancerClass": fixed("example.com/internal"),
        "loadBalancerIP": fixed("192.0.2.20"),
        "loadBalancerSourceRanges": fixed(["10.0.0.0/8"]),
    },
}
_TIMES: dict[str, Make] = {
    "periodSeconds": number(5, 30),
    "timeoutSeconds": number(1, 5),
    "initialDelaySeconds": number(1, 20),
    "failureThreshold": number(2, 6),
}
_HANDLERS = {key: make for key, make in containers.PROBE_HANDLERS.items() if key != "grpc"}
PROBE: dict[str, Make] = {**_TIMES, "successThreshold": number(1, 3), "terminationGracePeriodSeconds": number(1, 30)}


def probe(dice: random.Random) -> Object:
    """Return fields of a probe, of any container; a handler in most cases."""
    table = {**_HANDLERS, "grpc": lambda d: {"port": d.choice((8080, 9090)), **some(d, {"service": fixed("live")})}}
    return {**(one_of(dice, table) if dice.random() < 0.6 else {}), **some(dice, PROBE, 0.3)}


def _value_source(dice: random.Random) -> Object:
    return one_of(dice, containers.VALUE_SOURCES)


def _budget(dice: random.Random) -> Object:
    more: dict[str, Make] = {"unhealthyPodEvictionPolicy": choice("AlwaysAllow", "IfHealthyBudget")}
    return {**one_of(dice, scaling.BUDGETS), **some(dice, more)}


def _scaling_rules(dice: random.Random) -> Object:
    policy: Make = lambda d: {"type": d.choice(("Pods", "Percent")), "value": d.randint(1, 9), "periodSeconds": 60}  # noqa: E731
    table: dict[str, Make] = {
        "policies": lambda d: [policy(d) for _ in range(d.randint(1, 2))],
        "selectPolicy": choice("Max", "Min", "Disabled"),
        "stabilizationWindowSeconds": number(0, 3600),
        "tolerance": choice("0.05", "50m"),
    }
    return some(dice, table)


def _behavior(dice: random.Random) -> Object:
    return some(dice, {"scaleUp": _scaling_rules, "scaleDown": _scaling_rules}, 0.7)


def _egress(dice: random.Random) -> Object:
    table: dict[str, Make] = {
        "to": lambda d: [network.peer(d) for _ in range(d.randint(1, 2))],
        "ports": lambda d: [network.policy_port(d) for _ in range(d.randint(1, 2))],
    }
    return some(dice, table, 0.7)


def _claim(dice: random.Random) -> Object:
    found = pods.claim_spec(dice)
    if dice.random() < 0.3:
        del found["accessModes"]
    more: dict[str, Make] = {
        "volumeName": fixed("pv-1"),
        "selector": fixed({"matchLabels": {"disk": "fast"}}),
        "dataSource": fixed({"kind": "PersistentVolumeClaim", "name": "backup"}),
        "volumeAttributesClassName": fixed("gold"),
    }
    return {**found, **some(dice, more, 0.1)}


def _deployment(dice: random.Random) -> Object:
    return some(dice, {"metadata": metadata, "spec": lambda d: some(d, DEPLOYMENT, 0.4)}, 0.8)


def _service(dice: random.Random) -> Object:
    return some(dice, {"metadata": metadata, "spec": lambda d: some(d, SERVICE, 0.25)}, 0.8)


def _source(name: str) -> Make:
    return pods.VOLUME_SOURCES[name]


BY_TYPE: dict[str, Make] = {
    "Container": lambda d: some(d, MAIN, 0.2),
    "PodTemplateSpec": pod,
    "Deployment": _deployment,
    "Service": _service,
    "ObjectMeta": lambda d: {key: one for key, one in metadata(d).items() if key == "annotations"},
    "Probe": probe,
    "EnvVarSource": _value_source,
    "EnvFromSource": containers.env_from,
    "MetricSpec": scaling.metric,
    "HorizontalPodAutoscalerBehavior": _behavior,
    "PodDisruptionBudgetSpec": _budget,
    "PersistentVolumeClaimSpec": _claim,
    "PolicyRule": cluster.rule,
    "NetworkPolicyPeer": network.peer,
    "NetworkPolicyEgressRule": _egress,
    "EmptyDirVolumeSource": _source("emptyDir"),
    "PersistentVolumeClaimVolumeSource": _source("persistentVolumeClaim"),
    "ConfigMapVolumeSource": _source("configMap"),
    "SecretVolumeSource": _source("secret"),
    "ProjectedVolumeSource": _source("projected"),
    "CSIVolumeSource": _source("csi"),
    "EphemeralVolumeSource": _source("ephemeral"),
    "DownwardAPIVolumeSource": _source("downwardAPI"),
    "NFSVolumeSource": _source("nfs"),
    "HostPathVolumeSource": _source("hostPath"),
}
