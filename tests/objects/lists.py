"""Edits of lists: items that come, go, move, are renamed."""

from __future__ import annotations

import random
from collections.abc import Callable

from . import cluster, containers, network, pods, scaling
from .make import (
    NAMES,
    PORT_NAMES,
    VARIABLES,
    VOLUMES,
    Make,
    Object,
    one_of,
)
from .places import Path, called, place_of, walk

# What stands in the list at a key, and how another one is made.
ITEMS: dict[str, Make] = {
    "envFrom": containers.env_from,
    "metrics": scaling.metric,
    "from": network.peer,
    "to": network.peer,
    "subjects": cluster.subject,
    "sources": lambda d: one_of(d, pods.PROJECTED),
    "paths": network.ingress_path,
    "tolerations": pods.toleration,
}
NAMED: dict[str, tuple[tuple[str, ...], Callable[[random.Random, str], Object]]] = {
    "env": (VARIABLES, containers.variable),
    "volumes": (VOLUMES, pods.volume),
    "containers": (NAMES, lambda d, name: containers.container(d, name, [])),
    "webhooks": (("pods", "jobs", "nodes"), cluster.webhook),
}


def add(top: Object, where: random.Random, what: random.Random) -> bool:
    """Add an item to a list."""
    found = [(path, one) for path, _, _, one in walk(top) if isinstance(one, list) and _maker(path, top)]
    if not (place := place_of(found, where)):
        return False
    path, items = place
    make = _maker(path, top)
    assert make
    taken = {one.get("name") for one in items if isinstance(one, dict)}
    new = make(what)
    if isinstance(new, dict) and new.get("name") in taken - {None}:
        return False
    items.insert(what.randint(0, len(items)), new)
    return True


def _maker(path: Path, top: Object) -> Make | None:
    name = called(path)
    if not isinstance(path[-1], str):
        return None
    if name in NAMED:
        names, make = NAMED[name]
        return lambda d: make(d, d.choice(names))
    if name == "ports":
        if top["kind"] == "NetworkPolicy":
            return network.policy_port
        port = network.service_port if top["kind"] == "Service" else containers.container_port
        return lambda d: port(d, d.choice(PORT_NAMES))
    if name == "rules":
        rules: dict[str, Make] = {
            "Role": cluster.rule,
            "ClusterRole": cluster.rule,
            "Ingress": network.ingress_rule,
        }
        return rules.get(top["kind"])
    return ITEMS.get(name)


def remove(top: Object, where: random.Random, what: random.Random) -> bool:
    """Remove an item from a list of more than one."""
    found = [one for _, _, _, one in walk(top) if isinstance(one, list) and len(one) > 1]
    if not (items := place_of(found, where)):
        return False
    del items[what.randrange(len(items))]
    return True


def reorder(top: Object, where: random.Random, what: random.Random) -> bool:
    """Put the items of a list into another order."""
    found = [one for _, _, _, one in walk(top) if isinstance(one, list) and len(one) > 1]
    if not (items := place_of(found, where)):
        return False
    what.shuffle(items)
    return True


def rename(top: Object, where: random.Random, what: random.Random) -> bool:
    """Give an item another name, and what refers to it."""
    found = [
        (path, one)
        for path, _, _, one in walk(top)
        if isinstance(path[-1], int) and isinstance(one, dict) and "name" in one
    ]
    if not (place := place_of(found, where)):
        return False
    path, item = place
    names = {"volumes": VOLUMES, "env": VARIABLES, "ports": PORT_NAMES, "containers": NAMES}.get(called(path))
    if names is None:
        return False
    old, item["name"] = item["name"], what.choice(names)
    if called(path) == "volumes":
        for _, owner, _, one in walk(top):
            if isinstance(owner, dict) and "mountPath" in owner and owner.get("name") == one == old:
                owner["name"] = item["name"]
    return True


def mounted(top: Object, where: random.Random, what: random.Random) -> bool:
    """Mount a volume that is there, or unmount and remove it."""
    pods = [one for _, _, _, one in walk(top) if isinstance(one, dict) and "containers" in one and "volumes" in one]
    if not pods:
        return False
    pod = pods[0]
    name = place_of([one["name"] for one in pod["volumes"]], where)
    holders = [*pod["containers"], *pod.get("initContainers", [])]
    if what.random() < 0.5:
        holders[what.randrange(len(holders))].setdefault("volumeMounts", []).append(containers.mount(what, name))
        return True
    pod["volumes"] = [one for one in pod["volumes"] if one["name"] != name]
    for one in holders:
        left = [mount for mount in one.pop("volumeMounts", []) if mount["name"] != name]
        one.update({"volumeMounts": left} if left else {})
    if not pod["volumes"]:
        del pod["volumes"]
    return True
