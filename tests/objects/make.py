"""What makers of objects are made of: choices, unions, lists, and the names they choose from."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

Object = dict[str, Any]
Make = Callable[[random.Random], Any]

NAMES = ("app", "proxy", "cache", "agent", "export")
VOLUMES = ("data", "config", "scratch", "certs", "plugins")
VARIABLES = ("LOG_LEVEL", "POD_NAME", "DB_PASSWORD", "CPU_LIMIT", "REGION", "ENDPOINT")
PORTS = (80, 443, 8080, 8443, 9090, 9100)
PORT_NAMES = ("http", "https", "metrics", "admin")


def one_of(dice: random.Random, table: dict[str, Make]) -> Object:
    """Return a map with one of the fields of a table: what the API calls a union."""
    name = dice.choice(list(table))
    return {name: table[name](dice)}


def some(dice: random.Random, table: dict[str, Make], often: float = 0.4) -> Object:
    """Return a map with some of the fields of a table."""
    return {name: make(dice) for name, make in table.items() if dice.random() < often}


def several(dice: random.Random, make: Callable[[random.Random, str], Object], names: tuple[str, ...]) -> list[Object]:
    """Return a list of items with different names."""
    return [make(dice, name) for name in dice.sample(names, dice.randint(1, min(3, len(names))))]


def number(low: int, high: int) -> Make:
    return lambda dice: dice.randint(low, high)


def choice(*values: Any) -> Make:
    return lambda dice: dice.choice(values)


def fixed(value: Any) -> Make:
    return lambda _: value


def typed(dice: random.Random, table: dict[str, Make]) -> Object:
    """Return a union that a field ``type`` chooses."""
    name = dice.choice(list(table))
    return {"type": name, **table[name](dice)}


def top_of(api_version: str, name: str, dice: random.Random, **fields: object) -> Object:
    notes: dict[str, Make] = {
        "labels": lambda d: {"app.kubernetes.io/name": "web", **some(d, {"team": choice("a", "b")})},
        "annotations": lambda d: {"example.org/owner": d.choice(("a", "b"))},
    }
    metadata = {"name": "web", **some(dice, {"namespace": fixed("shop")}, 0.5), **some(dice, notes)}
    return {"apiVersion": api_version, "kind": name, "metadata": metadata, **fields}
