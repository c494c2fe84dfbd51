"""Containers, with what they need of volumes: probes, hooks, variables, ports, mounts."""

from __future__ import annotations

import random

from .make import (
    PORT_NAMES,
    PORTS,
    VARIABLES,
    Make,
    Object,
    choice,
    fixed,
    number,
    one_of,
    several,
    some,
)

_PORT: Make = choice(*PORTS, *PORT_NAMES[:3])


def _http(dice: random.Random) -> Object:
    more: dict[str, Make] = {
        "scheme": choice("HTTP", "HTTPS"),
        "httpHeaders": lambda d: [{"name": "Host", "value": d.choice(("a.example.org", "b.example.org"))}],
    }
    return {"path": dice.choice(("/healthz", "/ready", "/")), "port": _PORT(dice), **some(dice, more, 0.2)}


_EXEC: Make = lambda dice: {"command": ["sh", "-c", dice.choice(("true", "cat /tmp/ok", "sleep 5"))]}  # noqa: E731
_TCP: Make = lambda dice: {"port": _PORT(dice)}  # noqa: E731
PROBE_HANDLERS: dict[str, Make] = {
    "httpGet": _http,
    "tcpSocket": _TCP,
    "exec": _EXEC,
    "grpc": lambda dice: {"port": dice.choice(PORTS), **some(dice, {"service": choice("live", "ready")})},
}
HOOK_HANDLERS: dict[str, Make] = {
    "exec": _EXEC,
    "httpGet": _http,
    "sleep": lambda dice: {"seconds": dice.randint(1, 20)},
}


def probe(dice: random.Random) -> Object:
    timing: dict[str, Make] = {
        "periodSeconds": number(5, 30),
        "timeoutSeconds": number(1, 5),
        "initialDelaySeconds": number(1, 20),
        "failureThreshold": number(2, 6),
    }
    return {**one_of(dice, PROBE_HANDLERS), **some(dice, timing)}


def hook(dice: random.Random) -> Object:
    return one_of(dice, HOOK_HANDLERS)


def _key_of(dice: random.Random) -> Object:
    more = some(dice, {"optional": choice(True, False)}, 0.3)
    return {"name": dice.choice(("settings", "secrets")), "key": dice.choice(("a", "b")), **more}


VALUE_SOURCES: dict[str, Make] = {
    "fieldRef": lambda dice: {"fieldPath": dice.choice(("metadata.name", "spec.nodeName", "status.podIP"))},
    "resourceFieldRef": lambda dice: {"resource": dice.choice(("limits.cpu", "requests.memory"))},
    "configMapKeyRef": _key_of,
    "secretKeyRef": _key_of,
}
VALUE: dict[str, Make] = {
    "value": choice("a", "8080", "true", "x=1,y=2", ""),
    "valueFrom": lambda dice: one_of(dice, VALUE_SOURCES),
}


def variable(dice: random.Random, name: str) -> Object:
    return {"name": name, **one_of(dice, VALUE)}


def env_from(dice: random.Random) -> Object:
    named: Make = lambda d: {"name": d.choice(("settings", "secrets", "common"))}  # noqa: E731
    more = some(dice, {"prefix": choice("A_", "B_")}, 0.3)
    return {**more, **one_of(dice, {"configMapRef": named, "secretRef": named})}


def container_port(dice: random.Random, name: str) -> Object:
    more: dict[str, Make] = {"protocol": choice("TCP", "UDP")}
    return {"name": name, "containerPort": dice.choice(PORTS), **some(dice, more)}


def resources(dice: random.Random) -> Object:
    requests = {"cpu": dice.choice(("50m", "100m")), "memory": "64Mi"}
    return {"requests": requests, **some(dice, {"limits": lambda d: {"memory": d.choice(("128Mi", "256Mi"))}})}


SUB_PATHS: dict[str, Make] = {"subPath": choice("a", "b"), "subPathExpr": fixed("$(POD)")}


def mount(dice: random.Random, volume: str) -> Object:
    path = {"name": volume, "mountPath": f"/{dice.choice((volume, 'mnt/' + volume, 'srv'))}"}
    more = {**some(dice, {"readOnly": choice(True, False)}), **(one_of(dice, SUB_PATHS) if dice.random() < 0.2 else {})}
    return {**path, **more}


PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


def container(dice: random.Random, name: str, volumes: list[str], runs: bool = True) -> Object:
    """Return a container that mounts some of the volumes; only one that ``runs`` has probes and hooks."""
    table: dict[str, Make] = {
        "args": lambda d: [f"--{d.choice(('verbose', 'listen=:8080', 'color'))}" for _ in range(d.randint(1, 3))],
        "ports": lambda d: several(d, container_port, PORT_NAMES),
        "env": lambda d: several(d, variable, VARIABLES),
        "envFrom": lambda d: [env_from(d) for _ in range(d.randint(1, 2))],
        "resources": resources,
        "securityContext": lambda d: {"readOnlyRootFilesystem": d.choice((True, False)), "runAsNonRoot": True},
        "imagePullPolicy": choice("Always", "IfNotPresent"),
    }
    if runs:
        table |= dict.fromkeys(PROBES, probe)
        table["lifecycle"] = lambda d: some(d, {"preStop": hook, "postStart": hook}, 0.7)
    if volumes:
        table["volumeMounts"] = lambda d: [mount(d, one) for one in d.sample(volumes, d.randint(1, len(volumes)))]
    return {"name": name, "image": f"ghcr.io/example/{name}:{dice.randint(1, 3)}.0", **some(dice, table, 0.5)}
