"""Edits of objects that keep them valid, as a person or a template would make them.

An edit takes the object, dice for the place and dice for what is new there, changes the object in place and says
whether it found a place. Two sides with the same dice for the place meet there.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

from . import objectkinds, objects
from .objects import NAMES, PORT_NAMES, VARIABLES, VOLUMES, Make, Object

Edit = Callable[[Object, random.Random, random.Random], bool]
Path = tuple[str | int, ...]


def walk(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any, str | int, Any]]:
    """Yield every value below a value: the path of its keys, what holds it, its key there, itself."""
    pairs: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list):
        pairs = list(enumerate(value))
    for key, one in pairs:
        yield (*path, key), value, key, one
        yield from walk(one, (*path, key))


# What stands at a key, or in the list at a key, and how another one is made.
UNIONS: dict[str, Make] = {
    **dict.fromkeys(objects.PROBES, objects.probe),
    "preStop": objects.hook,
    "postStart": objects.hook,
    "strategy": lambda d: objectkinds.typed(d, objectkinds.STRATEGIES),
    "updateStrategy": lambda d: objectkinds.typed(d, objectkinds.SET_STRATEGIES),
    "backend": objectkinds.backend,
    "defaultBackend": objectkinds.backend,
    "clientConfig": objectkinds.client,
    "target": objectkinds.target,
    "valueFrom": lambda d: objects.one_of(d, objects.VALUE_SOURCES),
}
ITEMS: dict[str, Make] = {
    "envFrom": objects.env_from,
    "metrics": objectkinds.metric,
    "from": objectkinds.peer,
    "to": objectkinds.peer,
    "subjects": objectkinds.subject,
    "sources": lambda d: objects.one_of(d, objects.PROJECTED),
    "paths": objectkinds.ingress_path,
    "tolerations": objects.toleration,
}
NAMED: dict[str, tuple[tuple[str, ...], Callable[[random.Random, str], Object]]] = {
    "env": (VARIABLES, objects.variable),
    "volumes": (VOLUMES, objects.volume),
    "containers": (NAMES, lambda d, name: objects.container(d, name, [])),
    "webhooks": (("pods", "jobs", "nodes"), objectkinds.webhook),
}
# Fields of which a map has one: the tables that made them, by the key of the map or of the list that it is in.
MEMBERS: dict[str, dict[str, Make]] = {
    **dict.fromkeys(objects.PROBES, objects.PROBE_HANDLERS),
    "preStop": objects.HOOK_HANDLERS,
    "postStart": objects.HOOK_HANDLERS,
    "env": objects.VALUE,
    "volumes": objects.VOLUME_SOURCES,
    "sources": objects.PROJECTED,
    "from": objectkinds.PEERS,
    "to": objectkinds.PEERS,
    "rules": objectkinds.RULES,
    "port": {"number": objects.number(80, 90), "name": lambda d: d.choice(PORT_NAMES)},
    "clientConfig": objectkinds.CLIENTS,
}


def _place(found: list[Any], where: random.Random) -> Any:
    """Return one of the places, the same one for the same dice as long as places come and go behind it."""
    return found[int(where.random() * len(found))] if found else None


def _called(path: Path) -> str:
    """Return what a value is called: its key, or that of the list that it is in."""
    return str(next((key for key in reversed(path) if isinstance(key, str)), ""))


def another(top: Object, where: random.Random, what: random.Random) -> bool:
    """Make a union anew: another handler, backend, strategy, metric."""
    found = [(owner, key, path) for path, owner, key, _ in walk(top) if _remade(path)]
    if not (place := _place(found, where)):
        return False
    owner, key, path = place
    make = _remade(path)
    assert make
    owner[key] = make(what)
    return True


def _remade(path: Path) -> Make | None:
    name = _called(path)
    return ITEMS.get(name) if isinstance(path[-1], int) else UNIONS.get(name)


def member(top: Object, where: random.Random, what: random.Random) -> bool:
    """Change which field of a union there is, and leave what stands beside it."""
    found = [(one, MEMBERS[_called(path)]) for path, _, _, one in walk(top) if _has_one(path, one)]
    if top["kind"] == "PodDisruptionBudget":
        found.append((top["spec"], objectkinds.BUDGETS))
    if top["kind"] == "PersistentVolume":
        found.append((top["spec"], objectkinds.VOLUMES_OF_CLUSTER))
    if not (place := _place(found, where)):
        return False
    owner, table = place
    replace(owner, [name for name in owner if name in table], objects.one_of(what, table))
    return True


def _has_one(path: Path, one: Any) -> bool:
    return isinstance(one, dict) and any(name in MEMBERS.get(_called(path), {}) for name in one)


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
    if not (place := _place(found, where)):
        return False
    _, owner, key, old = place
    new = SCALARS[key](what)
    owner[key] = new if isinstance(new, str) == isinstance(old, str) else old
    return True


SCALARS: dict[str | int, Make] = {
    **{
        key: objects.number(1, 30)
        for key in ("periodSeconds", "failureThreshold", "replicas", "maxReplicas", "timeoutSeconds", "partition")
    },
    "averageUtilization": objects.number(50, 90),
    "image": lambda d: f"ghcr.io/example/app:{d.randint(4, 9)}.0",
    "path": lambda d: d.choice(("/live", "/new")),
    "port": lambda d: d.choice((*objects.PORTS, "http")),
    "containerPort": lambda d: d.choice(objects.PORTS),
    "number": lambda d: d.choice(objects.PORTS),
    "schedule": lambda d: d.choice(("0 4 * * *", "@hourly")),
    "value": lambda d: d.choice(("b", "9090")),
    "secretName": lambda d: d.choice(("secrets", "certs", "new")),
    "minAvailable": lambda d: d.choice((3, "60%")),
    "maxUnavailable": lambda d: d.choice((3, "60%")),
}


def add(top: Object, where: random.Random, what: random.Random) -> bool:
    """Add an item to a list."""
    found = [(path, one) for path, _, _, one in walk(top) if isinstance(one, list) and _maker(path, top)]
    if not (place := _place(found, where)):
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
    name = _called(path)
    if not isinstance(path[-1], str):
        return None
    if name in NAMED:
        names, make = NAMED[name]
        return lambda d: make(d, d.choice(names))
    if name == "ports":
        if top["kind"] == "NetworkPolicy":
            return objectkinds.policy_port
        port = objectkinds.service_port if top["kind"] == "Service" else objects.container_port
        return lambda d: port(d, d.choice(PORT_NAMES))
    if name == "rules":
        rules: dict[str, Make] = {
            "Role": objectkinds.rule,
            "ClusterRole": objectkinds.rule,
            "Ingress": objectkinds.ingress_rule,
        }
        return rules.get(top["kind"])
    return ITEMS.get(name)


def remove(top: Object, where: random.Random, what: random.Random) -> bool:
    """Remove an item from a list of more than one."""
    found = [one for _, _, _, one in walk(top) if isinstance(one, list) and len(one) > 1]
    if not (items := _place(found, where)):
        return False
    del items[what.randrange(len(items))]
    return True


def reorder(top: Object, where: random.Random, what: random.Random) -> bool:
    """Put the items of a list into another order."""
    found = [one for _, _, _, one in walk(top) if isinstance(one, list) and len(one) > 1]
    if not (items := _place(found, where)):
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
    if not (place := _place(found, where)):
        return False
    path, item = place
    names = {"volumes": VOLUMES, "env": VARIABLES, "ports": PORT_NAMES, "containers": NAMES}.get(_called(path))
    if names is None:
        return False
    old, item["name"] = item["name"], what.choice(names)
    if _called(path) == "volumes":
        for _, owner, _, one in walk(top):
            if isinstance(owner, dict) and "mountPath" in owner and owner.get("name") == one == old:
                owner["name"] = item["name"]
    return True


OPTIONAL: dict[str, Make] = {
    **dict.fromkeys(objects.PROBES, objects.probe),
    "lifecycle": lambda d: objects.some(d, {"preStop": objects.hook, "postStart": objects.hook}, 0.7),
    "env": lambda d: objects.several(d, objects.variable, VARIABLES),
    "envFrom": lambda d: [objects.env_from(d)],
    "resources": objects.resources,
    "ports": lambda d: objects.several(d, objects.container_port, PORT_NAMES),
}
OPTIONAL_OF_SPEC: dict[str, dict[str, Make]] = {
    "Deployment": {"strategy": UNIONS["strategy"], "replicas": objects.number(1, 5)},
    "StatefulSet": {"updateStrategy": UNIONS["updateStrategy"]},
    "Ingress": {"defaultBackend": objectkinds.backend},
    "Service": {"sessionAffinity": objects.fixed("None")},
}


def optional(top: Object, where: random.Random, what: random.Random) -> bool:
    """Add an optional field, or take it away."""
    found = [
        (one, OPTIONAL) for path, _, _, one in walk(top) if _called(path) == "containers" and isinstance(one, dict)
    ]
    if table := OPTIONAL_OF_SPEC.get(top["kind"]):
        found.append((top["spec"], table))
    if not (place := _place(found, where)):
        return False
    owner, table = place
    name = _place(list(table), where)
    if name in owner:
        del owner[name]
    else:
        owner[name] = table[name](what)
    return True


def mounted(top: Object, where: random.Random, what: random.Random) -> bool:
    """Mount a volume that is there, or unmount and remove it."""
    pods = [one for _, _, _, one in walk(top) if isinstance(one, dict) and "containers" in one and "volumes" in one]
    if not pods:
        return False
    pod = pods[0]
    name = _place([one["name"] for one in pod["volumes"]], where)
    holders = [*pod["containers"], *pod.get("initContainers", [])]
    if what.random() < 0.5:
        holders[what.randrange(len(holders))].setdefault("volumeMounts", []).append(objects.mount(what, name))
        return True
    pod["volumes"] = [one for one in pod["volumes"] if one["name"] != name]
    for one in holders:
        left = [mount for mount in one.pop("volumeMounts", []) if mount["name"] != name]
        one.update({"volumeMounts": left} if left else {})
    if not pod["volumes"]:
        del pod["volumes"]
    return True


def label(top: Object, where: random.Random, what: random.Random) -> bool:
    """Change the label that the pods are selected by, in the selector and in the template."""
    spec = top.get("spec", {})
    if "template" not in spec or "selector" not in spec:
        return False
    key = where.choice(("app", "tier"))
    value = what.choice(("web", "api", "front"))
    for labels in (spec["selector"]["matchLabels"], spec["template"]["metadata"]["labels"]):
        labels[key] = value
    return True


def config_key(top: Object, where: random.Random, what: random.Random) -> bool:
    """Add a key to a ConfigMap, as text or as bytes."""
    if top["kind"] != "ConfigMap":
        return False
    key = where.choice(("new.yaml", "new.png"))
    field, value = what.choice((("data", "x: 1\n"), ("binaryData", "aGVsbG8=")))
    top.setdefault(field, {})[key] = value
    return True


def sidecar(top: Object, where: random.Random, what: random.Random) -> bool:
    """Make an init container a sidecar, with or without a probe, or a sidecar one that ends."""
    found = [one for path, _, _, one in walk(top) if _called(path) == "initContainers" and isinstance(one, dict)]
    if not (one := _place(found, where)):
        return False
    if what.random() < 0.5:
        one |= {"restartPolicy": "Always", **objects.some(what, {"startupProbe": objects.probe}, 0.7)}
        return True
    for name in ("restartPolicy", "lifecycle", *objects.PROBES):
        one.pop(name, None)
    return True


def sub_path(top: Object, where: random.Random, what: random.Random) -> bool:
    """Mount another part of a volume."""
    found = [one for path, _, _, one in walk(top) if _called(path) == "volumeMounts" and isinstance(one, dict)]
    if not (one := _place(found, where)):
        return False
    replace(one, ["subPath", "subPathExpr"], objects.one_of(what, objects.SUB_PATHS))
    return True


def failures(top: Object, _: random.Random, what: random.Random) -> bool:
    """Change how the pods of a job fail: the restart policy, or the rules that need one."""
    found = [one for _, _, _, one in walk(top) if isinstance(one, dict) and "backoffLimit" in one]
    if not found:
        return False
    spec = found[0]
    if what.random() < 0.5:
        spec.pop("podFailurePolicy", None)
        spec["template"]["spec"]["restartPolicy"] = "OnFailure"
    else:
        spec["template"]["spec"]["restartPolicy"] = "Never"
        spec["podFailurePolicy"] = objectkinds.failure_policy(what)
    return True


def service_type(top: Object, _: random.Random, what: random.Random) -> bool:
    """Change the type of a Service, with the fields that go with it."""
    if top["kind"] != "Service":
        return False
    spec = top["spec"]
    gone = [name for name in SERVICE_FIELDS if name in spec]
    replace(spec, gone, objectkinds.typed(what, objectkinds.SERVICES))
    return True


SERVICE_FIELDS = (
    "type",
    "clusterIP",
    "externalName",
    "externalTrafficPolicy",
    "allocateLoadBalancerNodePorts",
    "loadBalancerSourceRanges",
)

_FIELDS = (another, member, inside, optional, label, service_type, config_key, sub_path, failures, sidecar)
_LISTS = (add, remove, reorder, rename, mounted)
EDITS: dict[str, Edit] = {one.__name__: one for one in (*_FIELDS, *_LISTS)}
OFTEN = {"another": 4, "member": 6, "inside": 3, "add": 3, "remove": 2, "optional": 2, "config_key": 2}
