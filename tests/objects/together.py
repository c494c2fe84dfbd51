"""Edits of fields that belong together: a label and its selector, a type and what it allows."""

from __future__ import annotations

import random

from . import containers, network, workloads
from .fields import replace
from .make import (
    Object,
    one_of,
    some,
    typed,
)
from .places import called, place_of, walk


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
    found = [one for path, _, _, one in walk(top) if called(path) == "initContainers" and isinstance(one, dict)]
    if not (one := place_of(found, where)):
        return False
    if what.random() < 0.5:
        one |= {"restartPolicy": "Always", **some(what, {"startupProbe": containers.probe}, 0.7)}
        return True
    for name in ("restartPolicy", "lifecycle", *containers.PROBES):
        one.pop(name, None)
    return True


def sub_path(top: Object, where: random.Random, what: random.Random) -> bool:
    """Mount another part of a volume."""
    found = [one for path, _, _, one in walk(top) if called(path) == "volumeMounts" and isinstance(one, dict)]
    if not (one := place_of(found, where)):
        return False
    replace(one, ["subPath", "subPathExpr"], one_of(what, containers.SUB_PATHS))
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
        spec["podFailurePolicy"] = workloads.failure_policy(what)
    return True


def service_type(top: Object, _: random.Random, what: random.Random) -> bool:
    """Change the type of a Service, with the fields that go with it."""
    if top["kind"] != "Service":
        return False
    spec = top["spec"]
    gone = [name for name in SERVICE_FIELDS if name in spec]
    replace(spec, gone, typed(what, network.SERVICES))
    return True


SERVICE_FIELDS = (
    "type",
    "clusterIP",
    "externalName",
    "externalTrafficPolicy",
    "allocateLoadBalancerNodePorts",
    "loadBalancerSourceRanges",
)
