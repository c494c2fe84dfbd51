"""A whole spec of a service, at random."""

from __future__ import annotations

import random
from typing import Any

from .drawing import Drawing, service_schema
from .parts import BY_TYPE
from .settling import settled
from .watching_choices import EXPRESSIONS

_NAMES = ("shop", "payments-api", "x", "web", "a-name-of-sixty-three-characters-which-is-as-long-as-labels-are")
_IMAGES = ("ghcr.io/example/shop", "shop", "registry.example.com:5000/team/shop_app", "docker.io/library/nginx")
# Texts that are names of something else in Kubernetes, or that exclude each other, are made by these.
_BY_PATH = {
    "registry": lambda d: d.choice(("ghcr.io/example", "registry.example.com:5000/team", None)),
    "autoscaling.min": lambda d: d.randint(1, 5),
    "autoscaling.max": lambda d: d.randint(1, 20),
    "replicas": lambda d: d.choice((0, 1, 1, 2, 3, 1000, None)),
    "files.*": lambda _: "merge",
    "paths.*": lambda _: "deploy/app.yaml",
    "tags": lambda _: "",
    "environments.*.tags": lambda _: "",
    "sidecars[].tags": lambda _: "",
    "selector.*": lambda d: d.choice(("web", "a1", "0123")),
    "labels.*": lambda d: d.choice(("web", "yes", "0123", "", None)),
    "ingress.annotations.*": lambda d: d.choice(("letsencrypt", "on", "{{ x }}", "a: b\n")),
    "secrets.*.sealed.*": lambda _: "AgBy3i4OJSWK" + "PiTySYZZA9rO43cGDEq" * 20,
    "http_route.paths[]": lambda d: d.choice(("/", "/v1/items", "/a%20b", "/a.b/", "/~me", "/a?b=c")),
    "alerts.rules[].expr": lambda d: d.choice(EXPRESSIONS),
    "alerts.latency.quantile": lambda d: d.choice((0.5, 0.95, 0.999)),
    "canary.hosts[]": lambda d: d.choice(("shop.example.com", "*.example.com", "a.example.org")),
}
DRAWING = Drawing(_BY_PATH, BY_TYPE)


def drawn_spec(seed: str) -> dict[str, Any]:
    """Return the spec that a seed stands for: few or many keys, which fit together in most cases."""
    dice = random.Random(seed)  # noqa: S311
    first = {"template": "service", "name": dice.choice(_NAMES), "image": dice.choice(_IMAGES)}
    drawn = DRAWING.spec(dice, service_schema(), dice.choice((0.08, 0.2, 0.4)))
    return settled(dice, {**first, **drawn})
