"""Whether the configuration in a values file has the shape of one, so that something can be put into it."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import Invalid, Problem
from ..yaml import Node

_WORDS = {"map": "a map", "list": "a list", "scalar": "text"}
_HINT = "mend it first: Alertmanager would not load it"
# What has to be what, by path; * stands for every item. What is not here is nobody's business here.
_ROUTE = {"receiver": "scalar", "routes": "list", "routes.*": "map"}
_CONFIG = {
    "route": "map",
    "receivers": "list",
    "receivers.*": "map",
    "receivers.*.name": "scalar",
    "global": "map",
    "time_intervals": "list",
    "time_intervals.*": "map",
    "time_intervals.*.name": "scalar",
    "mute_time_intervals": "list",
    "mute_time_intervals.*": "map",
    "mute_time_intervals.*.name": "scalar",
}
_PART = {
    "alertmanagerSpec": "map",
    "alertmanagerSpec.secrets": "list",
    "alertmanagerSpec.secrets.*": "scalar",
    "config": "map",
    **{f"config.{path}": shape for path, shape in _CONFIG.items()},
}


def check_shapes(part: Node, path: str, *, text: bool = False) -> None:
    """Raise Invalid with every node of ``alertmanager`` that is not what it must be; ``text``: but for ``config``."""
    wanted = {key: shape for key, shape in _PART.items() if not (text and key.startswith("config"))}
    problems = [*_problems(part, "alertmanager", "", wanted, path)]
    for key, config in part.pairs:
        if key.text == "config" and config.shape == "map" and not text:
            problems += _config_problems(config, path)
    if problems:
        raise Invalid(sorted(set(problems)))


def check_config(config: Node, path: str) -> None:
    """Raise Invalid with every node of a configuration that is not what it must be."""
    problems = [*_problems(config, "the configuration", "", _CONFIG, path), *_config_problems(config, path)]
    if problems:
        raise Invalid(sorted(set(problems)))


def _config_problems(config: Node, path: str) -> Iterator[Problem]:
    for key, one in config.pairs:
        if key.text == "route" and one.shape == "map":
            yield from _route_problems(one, path)
        if key.text == "receivers":
            for receiver in one.items:
                for name, integrations in receiver.pairs:
                    if name.text.endswith("_configs"):
                        wanted = {"": "list", "*": "map"}
                        yield from _problems(integrations, name.text, "", wanted, path)


def _route_problems(route: Node, path: str) -> Iterator[Problem]:
    stack = [route]
    while stack:
        one = stack.pop()
        yield from _problems(one, "a route", "", _ROUTE, path)
        for key, below in one.pairs:
            if key.text == "routes":
                stack += [child for child in below.items if child.shape == "map"]


def _problems(node: Node, name: str, at: str, wanted: dict[str, str], path: str) -> Iterator[Problem]:
    shape = wanted.get(at)
    null = node.shape == "scalar" and node.tag == "null"
    if shape and node.shape not in {shape, "alias"} and not null:
        message = f"{name} is {_WORDS[node.shape]}, not {_WORDS[shape]}"
        yield Problem(path, node.line, node.column, message, _HINT)
        return
    prefix = f"{at}." if at else ""
    for key, one in node.pairs:
        below = f"{prefix}{key.text}"
        if below in wanted:
            yield from _problems(one, f"{name}.{key.text}", below, wanted, path)
    if f"{prefix}*" in wanted:
        for number, one in enumerate(node.items):
            yield from _problems(one, f"{name}[{number}]", f"{prefix}*", wanted, path)
