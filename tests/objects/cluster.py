"""Access, configuration, storage, webhooks."""

from __future__ import annotations

import random

from .make import (
    Make,
    Object,
    choice,
    fixed,
    number,
    one_of,
    several,
    some,
    top_of,
)

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
    return top_of("rbac.authorization.k8s.io/v1", "Role", dice, rules=rules)


def cluster_role(dice: random.Random) -> Object:
    rules = [rule(dice, *RULES) for _ in range(dice.randint(1, 3))]
    made = top_of("rbac.authorization.k8s.io/v1", "ClusterRole", dice, rules=rules)
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
    return top_of("rbac.authorization.k8s.io/v1", "RoleBinding", dice, roleRef=reference, subjects=subjects)


def config_map(dice: random.Random) -> Object:
    keys = dice.sample(("a.yaml", "b.conf", "logo.png", "mode"), dice.randint(1, 4))
    data = {key: dice.choice(("on", "x: 1\ny: 2\n", "level=info", "8080")) for key in keys[:2]}
    fields: dict[str, object] = {"data": data}
    if keys[2:]:
        fields["binaryData"] = dict.fromkeys(keys[2:], "aGVsbG8=")
    return top_of("v1", "ConfigMap", dice, **fields, **some(dice, {"immutable": choice(True, False)}, 0.3))


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
    made = top_of("v1", "PersistentVolume", dice, spec=spec)
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
    made = top_of("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", dice, webhooks=found)
    made["metadata"].pop("namespace", None)
    return made
