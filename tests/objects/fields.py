"""Edits of fields: another member of a union, another value, an optional field that comes or goes."""

from __future__ import annotations

import random
from typing import Any

from . import cluster, containers, network, pods, scaling, workloads
from .lists import ITEMS
from .make import (
    PORT_NAMES,
    PORTS,
    VARIABLES,
    Make,
    Object,
    fixed,
    number,
    one_of,
    several,
    some,
    typed,
)
from .places import Path, called, place_of, walk

# What stands at a key, and how another one is made.
UNIONS: dict[str, Make] = {
    **dict.fromkeys(containers.PROBES, containers.probe),
    "preStop": containers.hook,
    "postStart": containers.hook,
    "strategy": lambda d: typed(d, workloads.STRATEGIES),
    "updateStrategy": lambda d: typed(d, workloads.SET_STRATEGIES),
    "backend": network.backend,
    "defaultBackend": network.backend,
    "clientConfig": cluster.client,
    "target": scaling.target,
    "valueFrom": lambda d: one_of(d, containers.VALUE_SOURCES),
}
# Fields of which a map has one: the tables that made them, by the key of the map or of the list that it is in.
MEMBERS: dict[str, dict[str, Make]] = {
    **dict.fromkeys(containers.PROBES, containers.PROBE_HANDLERS),
    "preStop": containers.HOOK_HANDLERS,
    "postStart": containers.HOOK_HANDLERS,
    "env": containers.VALUE,
    "volumes": pods.VOLUME_SOURCES,
    "sources": pods.PROJECTED,
    "from": network.PEERS,
    "to": network.PEERS,
    "rules": cluster.RULES,
    "port": {"number": number(80, 90), "name": lambda d: d.choice(PORT_NAMES)},
    "clientConfig": cluster.CLIENTS,
}


def another(top: Object, where: random.Random, what: random.Random) -> bool:
    """Make a union anew: another handler, backend, strategy, metric."""
    found = [(owner, key, path) for path, owner, key, _ in walk(top) if _remade(path)]
    if not (place := place_of(found, where)):
        return False
    owner, key, path = place
    make = _remade(path)
    assert make
    owner[key] = make(what)
    return True


def _remade(path: Path) -> Make | None:
    name = called(path)
    return ITEMS.get(name) if isinstance(path[-1], int) else UNIONS.get(name)


def member(top: Object, where: random.Random, what: random.Random) -> bool:
    """Change which field of a union there is, and leave what stands beside it."""
    found = [(one, MEMBERS[called(path)]) for path, _, _, one in walk(top) if _has_one(path, one)]
    if top["kind"] == "PodDisruptionBudget":
        found.append((top["spec"], scaling.BUDGETS))
    if top["kind"] == "PersistentVolume":
        found.append((top["spec"], cluster.VOLUMES_OF_CLUSTER))
    if not (place := place_of(found, where)):
        return False
    owner, table = place
    replace(owner, [name for name in owner if name in table], one_of(what, table))
    return True


def _has_one(path: Path, one: Any) -> bool:
    return isinstance(one, dict) and any(name in MEMBERS.get(called(path), {}) for name in one)


def replace(owner: Object, gone: list[str], new: Object) -> None:
    """Put new fields where the old ones stood."""
    pairs = list(owner.items())
    at = next((place for place, (name, _) in enumerate(pairs) if name in gone), len(pairs))
    before = [pair for pair in pairs[:at] if pair[0] not in gone]
    behind = [pair for pair in pairs[at:] if pair[0] not in gone]
    owner.clear()
    owner.update([*before, *new.items(), *behind])


def inside(top: Object, where: random.Random, what: random.Random) -> bool:
    """Change a scalar within a union, an image, a count."""
    found = [place for place in walk(top) if place[2] in SCALARS and not isinstance(place[3], dict | list)]
    if not (place := place_of(found, where)):
        return False
    _, owner, key, old = place
    new = SCALARS[key](what)
    owner[key] = new if isinstance(new, str) == isinstance(old, str) else old
    return True


SCALARS: dict[str | int, Make] = {
    **{
        key: number(1, 30)
        for key in ("periodSeconds", "failureThreshold", "replicas", "maxReplicas", "timeoutSeconds", "partition")
    },
    "averageUtilization": number(50, 90),
    "image": lambda d: f"ghcr.io/example/app:{d.randint(4, 9)}.0",
    "path": lambda d: d.choice(("/live", "/new")),
    "port": lambda d: d.choice((*PORTS, "http")),
    "containerPort": lambda d: d.choice(PORTS),
    "number": lambda d: d.choice(PORTS),
    "schedule": lambda d: d.choice(("0 4 * * *", "@hourly")),
    "value": lambda d: d.choice(("b", "9090")),
    "secretName": lambda d: d.choice(("secrets", "certs", "new")),
    "minAvailable": lambda d: d.choice((3, "60%")),
    "maxUnavailable": lambda d: d.choice((3, "60%")),
}


OPTIONAL: dict[str, Make] = {
    **dict.fromkeys(containers.PROBES, containers.probe),
    "lifecycle": lambda d: some(d, {"preStop": containers.hook, "postStart": containers.hook}, 0.7),
    "env": lambda d: several(d, containers.variable, VARIABLES),
    "envFrom": lambda d: [containers.env_from(d)],
    "resources": containers.resources,
    "ports": lambda d: several(d, containers.container_port, PORT_NAMES),
}
OPTIONAL_OF_SPEC: dict[str, dict[str, Make]] = {
    "Deployment": {"strategy": UNIONS["strategy"], "replicas": number(1, 5)},
    "StatefulSet": {"updateStrategy": UNIONS["updateStrategy"]},
    "Ingress": {"defaultBackend": network.backend},
    "Service": {"sessionAffinity": fixed("None")},
}


def optional(top: Object, where: random.Random, what: random.Random) -> bool:
    """Add an optional field, or take it away."""
    found = [(one, OPTIONAL) for path, _, _, one in walk(top) if called(path) == "containers" and isinstance(one, dict)]
    if table := OPTIONAL_OF_SPEC.get(top["kind"]):
        found.append((top["spec"], table))
    if not (place := place_of(found, where)):
        return False
    owner, table = place
    name = place_of(list(table), where)
    if name in owner:
        del owner[name]
    else:
        owner[name] = table[name](what)
    return True
