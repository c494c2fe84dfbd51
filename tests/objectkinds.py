"""The kinds of objects that tests/objects.py makes, a function each."""

from __future__ import annotations

import random

from .objects import (
    PORT_NAMES,
    PORTS,
    VOLUMES,
    Make,
    Object,
    choice,
    claim_spec,
    fixed,
    labels,
    number,
    one_of,
    pod_spec,
    several,
    some,
    template,
)


def _object(api_version: str, name: str, dice: random.Random, **fields: object) -> Object:
    notes: dict[str, Make] = {
        "labels": lambda d: {"app.kubernetes.io/name": "web", **some(d, {"team": choice("a", "b")})},
        "annotations": lambda d: {"example.org/owner": d.choice(("a", "b"))},
    }
    metadata = {"name": "web", **some(dice, {"namespace": fixed("shop")}, 0.5), **some(dice, notes)}
    return {"apiVersion": api_version, "kind": name, "metadata": metadata, **fields}


# --- Workloads --------------------------------------------------------------------------------------------------------

_SHARE: Make = choice(1, 2, "25%", "50%")
STRATEGIES: dict[str, Make] = {
    "Recreate": fixed({}),
    "RollingUpdate": lambda d: some(d, {"rollingUpdate": lambda e: {"maxSurge": _SHARE(e), "maxUnavailable": 0}}, 0.8),
}
SET_STRATEGIES: dict[str, Make] = {
    "OnDelete": fixed({}),
    "RollingUpdate": lambda d: some(d, {"rollingUpdate": lambda e: {"partition": e.randint(0, 3)}}, 0.8),
}


def typed(dice: random.Random, table: dict[str, Make]) -> Object:
    """Return a union that a field ``type`` chooses."""
    name = dice.choice(list(table))
    return {"type": name, **table[name](dice)}


def deployment(dice: random.Random) -> Object:
    of = labels(dice)
    more: dict[str, Make] = {
        "replicas": number(1, 5),
        "strategy": lambda d: typed(d, STRATEGIES),
        "revisionHistoryLimit": number(1, 10),
        "minReadySeconds": number(0, 10),
    }
    spec = {**some(dice, more, 0.6), "selector": {"matchLabels": of}, "template": template(dice, of)}
    return _object("apps/v1", "Deployment", dice, spec=spec)


def stateful_set(dice: random.Random) -> Object:
    of = labels(dice)
    more: dict[str, Make] = {
        "replicas": number(1, 5),
        "updateStrategy": lambda d: typed(d, SET_STRATEGIES),
        "podManagementPolicy": choice("Parallel", "OrderedReady"),
        "persistentVolumeClaimRetentionPolicy": lambda d: {"whenDeleted": d.choice(("Retain", "Delete"))},
    }
    claims = several(dice, lambda d, name: {"metadata": {"name": name}, "spec": claim_spec(d)}, VOLUMES[3:])
    spec = {"serviceName": "web", "selector": {"matchLabels": of}, "template": template(dice, of)}
    spec |= {**some(dice, more), **some(dice, {"volumeClaimTemplates": fixed(claims)}, 0.6)}
    return _object("apps/v1", "StatefulSet", dice, spec=spec)


def daemon_set(dice: random.Random) -> Object:
    of = labels(dice)
    spec = {"selector": {"matchLabels": of}, "template": template(dice, of)}
    return _object("apps/v1", "DaemonSet", dice, spec=spec)


def failure_policy(dice: random.Random) -> Object:
    causes: dict[str, Make] = {
        "onExitCodes": lambda d: {"operator": "In", "values": [d.randint(1, 42)]},
        "onPodConditions": fixed([{"type": "DisruptionTarget", "status": "True"}]),
    }
    return {"rules": [{"action": "FailJob", **one_of(dice, causes)}]}


def _job_spec(dice: random.Random) -> Object:
    pod = {**pod_spec(dice), "restartPolicy": "Never"}
    more: dict[str, Make] = {
        "backoffLimit": number(0, 6),
        "activeDeadlineSeconds": number(60, 600),
        "ttlSecondsAfterFinished": number(60, 600),
        "parallelism": number(1, 3),
        "podFailurePolicy": failure_policy,
    }
    return {**some(dice, more), "template": {"spec": pod}}


def job(dice: random.Random) -> Object:
    return _object("batch/v1", "Job", dice, spec=_job_spec(dice))


def cron_job(dice: random.Random) -> Object:
    more: dict[str, Make] = {
        "concurrencyPolicy": choice("Forbid", "Replace"),
        "timeZone": choice("Etc/UTC", "Europe/Berlin"),
        "suspend": choice(True, False),
        "failedJobsHistoryLimit": number(0, 3),
    }
    spec = {
        "schedule": dice.choice(("0 3 * * *", "@daily")),
        **some(dice, more),
        "jobTemplate": {"spec": _job_spec(dice)},
    }
    return _object("batch/v1", "CronJob", dice, spec=spec)


# --- Network ----------------------------------------------------------------------------------------------------------


def service_port(dice: random.Random, name: str) -> Object:
    more: dict[str, Make] = {"targetPort": choice(*PORTS, *PORT_NAMES), "protocol": choice("TCP")}
    return {"name": name, "port": dice.choice(PORTS), **some(dice, more, 0.6)}


def _node_port(dice: random.Random) -> Object:
    return some(
        dice, {"externalTrafficPolicy": choice("Local", "Cluster"), "allocateLoadBalancerNodePorts": fixed(True)}
    )


SERVICES: dict[str, Make] = {
    "ClusterIP": lambda d: some(d, {"clusterIP": fixed("None")}, 0.4),
    "NodePort": lambda d: some(d, {"externalTrafficPolicy": choice("Local", "Cluster")}),
    "LoadBalancer": lambda d: {**_node_port(d), **some(d, {"loadBalancerSourceRanges": fixed(["10.0.0.0/8"])})},
    "ExternalName": fixed({"externalName": "db.example.org"}),
}


def service(dice: random.Random) -> Object:
    spec = {**typed(dice, SERVICES), "ports": several(dice, service_port, PORT_NAMES)}
    more: dict[str, Make] = {"selector": labels, "publishNotReadyAddresses": choice(True, False)}
    if dice.random() < 0.3:
        spec |= {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 600}}}
    return _object("v1", "Service", dice, spec={**spec, **some(dice, more, 0.7)})


BACKENDS: dict[str, Make] = {
    "service": lambda d: {
        "name": d.choice(("web", "api")),
        "port": one_of(d, {"number": choice(*PORTS), "name": choice(*PORT_NAMES)}),
    },
    "resource": lambda d: {"apiGroup": "example.org", "kind": "Bucket", "name": d.choice(("a", "b"))},
}


def backend(dice: random.Random) -> Object:
    return one_of(dice, BACKENDS)


def ingress_path(dice: random.Random) -> Object:
    return {"path": dice.choice(("/", "/api", "/static")), "pathType": "Prefix", "backend": backend(dice)}


def ingress_rule(dice: random.Random) -> Object:
    paths = [ingress_path(dice) for _ in range(dice.randint(1, 2))]
    return {"host": dice.choice(("a.example.org", "b.example.org", "c.example.org")), "http": {"paths": paths}}


def ingress(dice: random.Random) -> Object:
    more: dict[str, Make] = {
        "defaultBackend": backend,
        "tls": lambda d: [{"hosts": ["a.example.org"], "secretName": d.choice(("a", "b"))}],
        "ingressClassName": choice("nginx", "haproxy"),
    }
    spec = {**some(dice, more), "rules": [ingress_rule(dice) for _ in range(dice.randint(1, 3))]}
    return _object("networking.k8s.io/v1", "Ingress", dice, spec=spec)


_SELECT: Make = lambda d: {"matchLabels": labels(d)}  # noqa: E731
PEERS: dict[str, Make] = {
    "podSelector": _SELECT,
    "namespaceSelector": _SELECT,
    "ipBlock": lambda d: {"cidr": d.choice(("10.0.0.0/8", "192.168.0.0/16")), **some(d, {"except": fixed([])}, 0.1)},
}


def peer(dice: random.Random) -> Object:
    return one_of(dice, PEERS)


def policy_port(dice: random.Random) -> Object:
    port = dice.choice(PORTS[2:])
    return {"protocol": "TCP", "port": port, **some(dice, {"endPort": fixed(port + 10)}, 0.2)}


def _traffic(direction: str) -> Make:
    def make(dice: random.Random) -> Object:
        more: dict[str, Make] = {"ports": lambda d: [policy_port(d) for _ in range(d.randint(1, 2))]}
        return {direction: [peer(dice) for _ in range(dice.randint(1, 2))], **some(dice, more)}

    return make


def network_policy(dice: random.Random) -> Object:
    more: dict[str, Make] = {
        "ingress": lambda d: [_traffic("from")(d) for _ in range(d.randint(1, 2))],
        "egress": lambda d: [_traffic("to")(d) for _ in range(d.randint(1, 2))],
        "policyTypes": fixed(["Ingress", "Egress"]),
    }
    return _object(
        "networking.k8s.io/v1", "NetworkPolicy", dice, spec={"podSelector": _SELECT(dice), **some(dice, more, 0.7)}
    )


# --- Scaling, access, data --------------------------------------------------------------------------------------------

_METRIC: Make = lambda d: {"name": d.choice(("requests", "queue"))}  # noqa: E731
_VALUE: Make = choice("10", "100m", "1k")


def _average(_: random.Random) -> Object:
    return {"type": "AverageValue", "averageValue": "10"}


def _resource_target(dice: random.Random) -> Object:
    return dice.choice(({"type": "Utilization", "averageUtilization": dice.randint(50, 90)}, _average(dice)))


def _any_target(dice: random.Random) -> Object:
    return dice.choice(({"type": "Value", "value": _VALUE(dice)}, _average(dice)))


def target(dice: random.Random) -> Object:
    return dice.choice((_resource_target, _any_target))(dice)


METRICS: dict[str, tuple[str, Make]] = {
    "Resource": ("resource", lambda d: {"name": d.choice(("cpu", "memory")), "target": _resource_target(d)}),
    "ContainerResource": (
        "containerResource",
        lambda d: {"name": "cpu", "container": "app", "target": _resource_target(d)},
    ),
    "Pods": ("pods", lambda d: {"metric": _METRIC(d), "target": _average(d)}),
    "Object": (
        "object",
        lambda d: {
            "describedObject": {"apiVersion": "v1", "kind": "Service", "name": "web"},
            "metric": _METRIC(d),
            "target": _any_target(d),
        },
    ),
    "External": ("external", lambda d: {"metric": _METRIC(d), "target": _any_target(d)}),
}


def metric(dice: random.Random) -> Object:
    name = dice.choice(list(METRICS))
    field, make = METRICS[name]
    return {"type": name, field: make(dice)}


def autoscaler(dice: random.Random) -> Object:
    more: dict[str, Make] = {
        "minReplicas": number(1, 3),
        "behavior": lambda d: {"scaleDown": {"stabilizationWindowSeconds": d.randint(0, 600)}},
    }
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    spec = {"scaleTargetRef": target, "maxReplicas": dice.randint(4, 9), **some(dice, more)}
    spec["metrics"] = [metric(dice) for _ in range(dice.randint(1, 3))]
    return _object("autoscaling/v2", "HorizontalPodAutoscaler", dice, spec=spec)


BUDGETS: dict[str, Make] = {"minAvailable": _SHARE, "maxUnavailable": _SHARE}


def budget(dice: random.Random) -> Object:
    more: dict[str, Make] = {"unhealthyPodEvictionPolicy": choice("AlwaysAllow", "IfHealthyBudget")}
    limit = one_of(dice, BUDGETS) if dice.random() < 0.8 else {}
    spec = {**limit, **some(dice, more), "selector": _SELECT(dice)}
    return _object("policy/v1", "PodDisruptionBudget", dice, spec=spec)


_VERBS: Make = lambda d: d.sample(("get", "list", "watch", "create", "delete"), d.randint(1, 3))  # noqa: E731
RULES: dict[str, Make] = {
    "resources": lambda d: {
        "apiGroups": [d.choice(("", "apps"))],
        "resources": [d.choice(("pods", "secrets", "jobs"))],
    },
    "nonResourceURLs": lambda d: {"nonResourceURLs": [d.choice(("/metrics", "/healthz"))]},
}


def rule(dice: random.Random, *sorts: str) -> Object:
    names: dict[str, Make] = {"resourceNames": fixed(["web"])}
    sort = dice.choice(sorts or ("resources",))
    return {**RULES[sort](dice), **(some(dice, names, 0.2) if sort == "resources" else {}), "verbs": _VERBS(dice)}


def role(dice: random.Random) -> Object:
    rules = [rule(dice) for _ in range(dice.randint(1, 3))]
    return _object("rbac.authorization.k8s.io/v1", "Role", dice, rules=rules)


def cluster_role(dice: random.Random) -> Object:
    rules = [rule(dice, *RULES) for _ in range(dice.randint(1, 3))]
    made = _object("rbac.authorization.k8s.io/v1", "ClusterRole", dice, rules=rules)
    made["metadata"].pop("namespace", None)
    return made


SUBJECTS: dict[str, Make] = {
    "ServiceAccount": lambda d: {"namespace": d.choice(("shop", "ops"))},
    "User": fixed({"apiGroup": "rbac.authorization.k8s.io"}),
    "Group": fixed({"apiGroup": "rbac.authorization.k8s.io"}),
}


def subject(dice: random.Random) -> Object:
    sort = dice.choice(list(SUBJECTS))
    return {"kind": sort, "name": dice.choice(("alice", "deployers", "web")), **SUBJECTS[sort](dice)}


def role_binding(dice: random.Random) -> Object:
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": dice.choice(("Role", "ClusterRole")), "name": "web"}
    subjects = [subject(dice) for _ in range(dice.randint(1, 3))]
    return _object("rbac.authorization.k8s.io/v1", "RoleBinding", dice, roleRef=reference, subjects=subjects)


def config_map(dice: random.Random) -> Object:
    keys = dice.sample(("a.yaml", "b.conf", "logo.png", "mode"), dice.randint(1, 4))
    data = {key: dice.choice(("on", "x: 1\ny: 2\n", "level=info", "8080")) for key in keys[:2]}
    fields: dict[str, object] = {"data": data}
    if keys[2:]:
        fields["binaryData"] = dict.fromkeys(keys[2:], "aGVsbG8=")
    return _object("v1", "ConfigMap", dice, **fields, **some(dice, {"immutable": choice(True, False)}, 0.3))


VOLUMES_OF_CLUSTER: dict[str, Make] = {
    "nfs": fixed({"server": "nfs.example.org", "path": "/a"}),
    "hostPath": lambda d: {"path": d.choice(("/srv/a", "/srv/b"))},
    "csi": lambda d: {"driver": "csi.example.org", "volumeHandle": d.choice(("a", "b"))},
}


def persistent_volume(dice: random.Random) -> Object:
    spec = {
        "capacity": {"storage": dice.choice(("1Gi", "5Gi"))},
        "accessModes": ["ReadWriteOnce"],
        **one_of(dice, VOLUMES_OF_CLUSTER),
        **some(dice, {"storageClassName": choice("fast", "slow"), "persistentVolumeReclaimPolicy": fixed("Retain")}),
    }
    made = _object("v1", "PersistentVolume", dice, spec=spec)
    made["metadata"].pop("namespace", None)
    return made


CLIENTS: dict[str, Make] = {
    "url": choice("https://hooks.example.org/a", "https://hooks.example.org/b"),
    "service": lambda d: {"name": "hooks", "namespace": "ops", **some(d, {"path": choice("/a", "/b")})},
}


def client(dice: random.Random) -> Object:
    return one_of(dice, CLIENTS)


def webhook(dice: random.Random, name: str) -> Object:
    return {
        "name": f"{name}.example.org",
        "clientConfig": client(dice),
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        **some(dice, {"failurePolicy": choice("Fail", "Ignore"), "timeoutSeconds": number(1, 30)}),
    }


def webhooks(dice: random.Random) -> Object:
    found = several(dice, webhook, ("pods", "jobs", "nodes"))
    made = _object("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", dice, webhooks=found)
    made["metadata"].pop("namespace", None)
    return made


# Those that hold pods are made more often: they have most of what can go wrong.
KINDS: dict[str, tuple[int, Make]] = {
    "Deployment": (5, deployment),
    "StatefulSet": (3, stateful_set),
    "DaemonSet": (1, daemon_set),
    "Job": (1, job),
    "CronJob": (3, cron_job),
    "Service": (3, service),
    "Ingress": (3, ingress),
    "NetworkPolicy": (2, network_policy),
    "HorizontalPodAutoscaler": (3, autoscaler),
    "PodDisruptionBudget": (2, budget),
    "Role": (1, role),
    "ClusterRole": (2, cluster_role),
    "RoleBinding": (1, role_binding),
    "ConfigMap": (2, config_map),
    "PersistentVolume": (1, persistent_volume),
    "ValidatingWebhookConfiguration": (1, webhooks),
}
