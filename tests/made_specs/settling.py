"""What makes a drawn spec consistent: keys that belong together, exclude each other, or name each other."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from . import canary_choices, pod_settling, scaling_choices, watching_choices
from .parts import SERVICE_OF_TYPE
from .tag_choices import chosen_tag

Spec = dict[str, Any]
_ONE_PORT = ("port", "port_name", "protocol", "service_port", "service_port_name")
_WILD = 0.25  # the share of specs in which one sort of things is left as it was drawn
_UNFIT = 0.1  # the share of fragments of Services with fields of another type
_SIDES = ("sidecar-a", "agent", "proxy", "log-tail")


def settled(dice: random.Random, spec: Spec) -> Spec:
    """Return a spec that fits together in most cases; the drawn one is changed in place."""
    left_out = dice.choice(_STEPS) if dice.random() < _WILD else None
    for step in _STEPS:
        if step is not left_out:
            step(dice, spec)
    return spec


def _tags(dice: random.Random, spec: Spec) -> None:
    backend = spec.get("automation", "flux-v1")
    for key in ("tag", "tags", "examples"):
        spec.pop(key, None)
    spec |= chosen_tag(dice, backend)
    names = dice.sample(_SIDES, len(_SIDES))
    spec["sidecars"] = spec.get("sidecars", [])[: len(names)]
    for one, name in zip(spec["sidecars"], names, strict=False):
        wanted = {"examples", "tags"} & one.keys()
        one |= {"name": name, "image": f"ghcr.io/example/{name}", "tag": "v1.2.3"}
        one.pop("tags", None), one.pop("examples", None)
        if wanted:
            one.update(chosen_tag(dice, backend))
    if not spec["sidecars"]:
        del spec["sidecars"]
    for own in (spec.get("environments") or {}).values():
        if own and {"tag", "tags", "examples"} & own.keys():
            for key in ("tag", "tags", "examples"):
                own.pop(key, None)
            own.update(chosen_tag(dice, backend))


def _ports(dice: random.Random, spec: Spec) -> None:
    """Keep one way to write ports, with names and numbers of their own."""
    if spec.get("ports") is not None:
        for key in _ONE_PORT:
            spec.pop(key, None)
        names = dice.sample(("http", "grpc", "metrics", "admin", "0a"), len(spec["ports"]))
        for number, one in enumerate(spec["ports"]):
            one |= {"name": names[number], "port": 8000 + number * 10 + dice.randint(0, 9)}
            if one.get("service_port") is not None:
                one["service_port"] = dice.choice((80, 443, 9000)) + number
    if (spec.get("ports") is None and spec.get("protocol", "TCP") != "TCP") or spec.get("ports") == []:
        spec.pop("health_path", None)
    if spec.get("ports") is None and spec.get("protocol", "TCP") != "TCP":
        spec["probes"] = {**spec.get("probes", {}), "readiness": False, "liveness": {"exec": {"command": ["check"]}}}
    if spec.get("ports") and not any(one.get("protocol", "TCP") == "TCP" for one in spec["ports"]):
        spec.pop("health_path", None)


def served_names(spec: Spec) -> list[str]:
    """Return the names of the ports that the Service has."""
    if spec.get("ports") is None:
        return [spec.get("service_port_name", "http")]
    return [one["name"] for one in spec["ports"] if one.get("service_port", one["port"]) is not None]


def http_names(spec: Spec) -> list[str]:
    """Return the names of the ports of TCP that the Service has."""
    if spec.get("ports") is None:
        return served_names(spec) if spec.get("protocol", "TCP") == "TCP" else []
    of_tcp = {one["name"] for one in spec["ports"] if one.get("protocol", "TCP") == "TCP"}
    return [one for one in served_names(spec) if one in of_tcp]


def _exposure(dice: random.Random, spec: Spec) -> None:
    names = http_names(spec)
    for key in ("ingress", "http_route"):
        own = spec.get(key)
        if own and not names:
            del spec[key]
        elif own and "port" in own:
            own["port"] = dice.choice(names)


def _service(dice: random.Random, spec: Spec) -> None:
    """Add fields of Services of the type, and the name of a port to that of the spec."""
    own = spec.get("service")
    sort = spec.get("service_type", "ClusterIP")
    if own is None or not isinstance(own.get("spec"), dict):
        return
    fitting = dice.choice(list(SERVICE_OF_TYPE)) if dice.random() < _UNFIT else sort
    added = {key: make(dice) for key, make in SERVICE_OF_TYPE[fitting].items() if dice.random() < 0.3}
    number = added.pop("ports", None)
    fields = own["spec"] = {**own["spec"], **added}
    if number and spec.get("ports") is None and "service_port" not in spec:
        fields["ports"] = [{"port": 80, "protocol": spec.get("protocol", "TCP"), "nodePort": number}]
    if sort == "Headless":
        fields.pop("externalIPs", None)
    if len(fields.get("ipFamilies", ())) > 1:
        fields["ipFamilyPolicy"] = "PreferDualStack"
    if "clusterIP" in fields:
        fields.pop("ipFamilies", None), fields.pop("ipFamilyPolicy", None)
    if "sessionAffinityConfig" in fields:
        fields["sessionAffinity"] = "ClientIP"


def _secrets(dice: random.Random, spec: Spec) -> None:
    """Have each Secret and the ConfigMap read, and made in one way."""
    for number, (name, one) in enumerate((spec.get("secrets") or {}).items()):
        if one is None:
            continue
        one.pop(dice.choice(("external", "sealed")) if {"external", "sealed"} <= one.keys() else "", None)
        if "external" in one and not {"data", "dataFrom"} & one["external"].keys():
            one["external"]["data"] = [{"secretKey": "password", "remoteRef": {"key": "shop/db"}}]
        if "mount" in one:
            one["mount"] = f"/run/secrets/{number}"
        elif not one.get("env"):
            one["env"] = True
        assert name
    config = spec.get("config")
    if config and not (config.get("env") or config.get("mount")):
        config["mount"] = "/etc/app"
    elif config and "mount" in config:
        config["mount"] = dice.choice(("/etc/app", "/config/with space"))


def _folders(dice: random.Random, spec: Spec) -> None:
    """Settle what decides where files are, and whether there is a test."""
    if spec.get("paths") and dice.random() < 0.8:
        spec["paths"] = _paths(dice, bool(spec.get("environments")))
    if spec.get("paths") or spec.get("namespace", {}).get("omit"):
        spec["e2e"] = False
    if spec.get("e2e") is False:
        spec.pop("workflow", None)
    if spec.get("build") is not None:
        spec["build"] = dice.choice(("../../apps/web", "app", "."))
    if spec.get("namespace", {}).get("omit"):
        for own in (spec.get("environments") or {}).values():
            (own or {}).pop("namespace", None)


def _paths(dice: random.Random, has_overlays: bool) -> dict[str, str]:
    """Return places of manifests that fit together."""
    if has_overlays:
        return {"deploy/deployment.yaml": dice.choice(("deploy/base/app.yaml", "deploy/base/web/app.yml"))}
    return dice.choice(
        (
            {"deploy/deployment.yaml": "deploy/app.yaml", "deploy/service.yaml": "deploy/app.yaml"},
            {"deploy/networkpolicy.yaml": "deploy/rules.yml", "deploy/ingress.yaml": "deploy/ingress/web.yaml"},
        )
    )


def _policies(dice: random.Random, spec: Spec) -> None:
    if "files" in spec:
        spec["files"] = dice.choice(
            (
                {"deploy/deployment.yaml": "once"},
                {"deploy/*.yaml": "merge"},
                {"deploy/poddisruptionbudget.yaml": "never"},
            )
        )


_STEPS: tuple[Callable[[random.Random, Spec], None], ...] = (
    _tags, _ports, canary_choices.settle_canary, _secrets, pod_settling.settle_pod, scaling_choices.settle_scaling,
    _exposure, _service, _folders, _policies, watching_choices.settle_watching,
)  # fmt: skip
