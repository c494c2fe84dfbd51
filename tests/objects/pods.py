"""Volumes and the specs of pods."""

from __future__ import annotations

import random

from .containers import container
from .make import (
    NAMES,
    VOLUMES,
    Make,
    Object,
    choice,
    fixed,
    number,
    one_of,
    several,
    some,
)


def _items(dice: random.Random) -> Object:
    return some(dice, {"items": lambda d: [{"key": d.choice(("a", "b")), "path": "x.yaml"}]}, 0.4)


PROJECTED: dict[str, Make] = {
    "configMap": lambda dice: {"name": dice.choice(("settings", "common")), **_items(dice)},
    "secret": lambda dice: {"name": dice.choice(("secrets", "certs")), **_items(dice)},
    "serviceAccountToken": lambda dice: {"path": "token", **some(dice, {"expirationSeconds": number(600, 7200)})},
    "downwardAPI": lambda _: {"items": [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]},
}
VOLUME_SOURCES: dict[str, Make] = {
    "emptyDir": lambda dice: some(dice, {"medium": choice("Memory"), "sizeLimit": choice("1Gi", "2Gi")}),
    "configMap": PROJECTED["configMap"],
    "secret": lambda dice: {"secretName": dice.choice(("secrets", "certs")), **_items(dice)},
    "hostPath": lambda dice: {"path": dice.choice(("/var/log", "/srv")), **some(dice, {"type": choice("Directory")})},
    "persistentVolumeClaim": lambda dice: {"claimName": dice.choice(("data", "backup"))},
    "projected": lambda dice: {"sources": [one_of(dice, PROJECTED) for _ in range(dice.randint(1, 3))]},
    "downwardAPI": PROJECTED["downwardAPI"],
    "nfs": lambda dice: {"server": "nfs.example.org", "path": dice.choice(("/a", "/b"))},
    "csi": lambda _: {"driver": "secrets.example.org", "volumeAttributes": {"provider": "vault"}},
    "ephemeral": lambda dice: {"volumeClaimTemplate": {"spec": claim_spec(dice)}},
}


def volume(dice: random.Random, name: str) -> Object:
    return {"name": name, **one_of(dice, VOLUME_SOURCES)}


def claim_spec(dice: random.Random) -> Object:
    more: dict[str, Make] = {"storageClassName": choice("fast", "slow"), "volumeMode": choice("Filesystem")}
    size = {"requests": {"storage": dice.choice(("1Gi", "5Gi"))}}
    return {"accessModes": [dice.choice(("ReadWriteOnce", "ReadWriteMany"))], "resources": size, **some(dice, more)}


def labels(dice: random.Random) -> Object:
    return {
        "app": dice.choice(("web", "api")),
        **some(dice, {"tier": choice("front", "back"), "part": choice("x")}, 0.3),
    }


def spread(dice: random.Random) -> Object:
    return {
        "maxSkew": dice.randint(1, 2),
        "topologyKey": dice.choice(("kubernetes.io/hostname", "topology.kubernetes.io/zone")),
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": {"app": "web"}},
    }


def affinity(dice: random.Random) -> Object:
    term = {"matchExpressions": [{"key": "pool", "operator": "In", "values": [dice.choice(("a", "b"))]}]}
    required = {"nodeSelectorTerms": [term]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}


def toleration(dice: random.Random) -> Object:
    how = one_of(dice, {"operator": fixed("Exists"), "value": choice("a", "b")})
    return {"key": dice.choice(("pool", "spot")), **how, "effect": "NoSchedule"}


def pod_spec(dice: random.Random) -> Object:
    """Return the spec of a pod whose containers mount only volumes that are there."""
    volumes = several(dice, volume, VOLUMES) if dice.random() < 0.8 else []
    names = [one["name"] for one in volumes]
    inits = [
        {**container(dice, name, names, runs=False)}
        if dice.random() < 0.5
        else {**container(dice, name, names), "restartPolicy": "Always"}
        for name in dice.sample(("migrate", "mesh", "logs"), dice.randint(0, 2))
    ]
    running = [container(dice, name, names) for name in dice.sample(NAMES, dice.randint(1, 3))]
    table: dict[str, Make] = {
        "serviceAccountName": choice("web", "default"),
        "terminationGracePeriodSeconds": number(10, 60),
        "securityContext": lambda d: {"fsGroup": d.randint(1000, 1002), "runAsNonRoot": True},
        "affinity": affinity,
        "tolerations": lambda d: [toleration(d) for _ in range(d.randint(1, 2))],
        "topologySpreadConstraints": lambda d: [spread(d)],
        "hostAliases": lambda _: [{"ip": "10.0.0.1", "hostnames": ["db.local"]}],
        "nodeSelector": lambda d: {"pool": d.choice(("a", "b"))},
    }
    lists = {"initContainers": inits, "containers": running, "volumes": volumes}
    return {**{key: value for key, value in lists.items() if value}, **some(dice, table, 0.2)}


def template(dice: random.Random, of: Object) -> Object:
    notes: dict[str, Make] = {"annotations": lambda d: {"example.org/restarted": f"2024-01-0{d.randint(1, 9)}"}}
    return {"metadata": {"labels": dict(of), **some(dice, notes, 0.3)}, "spec": pod_spec(dice)}
