"""Services, Ingresses and NetworkPolicies."""

from __future__ import annotations

import random

from .make import (
    PORT_NAMES,
    PORTS,
    Make,
    Object,
    choice,
    fixed,
    one_of,
    several,
    some,
    top_of,
    typed,
)
from .pods import labels


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
    return top_of("v1", "Service", dice, spec={**spec, **some(dice, more, 0.7)})


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
    return top_of("networking.k8s.io/v1", "Ingress", dice, spec=spec)


SELECT: Make = lambda d: {"matchLabels": labels(d)}  # noqa: E731
PEERS: dict[str, Make] = {
    "podSelector": SELECT,
    "namespaceSelector": SELECT,
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
    return top_of(
        "networking.k8s.io/v1", "NetworkPolicy", dice, spec={"podSelector": SELECT(dice), **some(dice, more, 0.7)}
    )
