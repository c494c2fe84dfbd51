"""Merge AlertmanagerConfig resources into a configuration like Prometheus Operator.

Routes of resources come before those of the configuration and go on to the next one; by default they only take alerts
of their namespace. https://prometheus-operator.dev/docs/developer/alerting/#using-alertmanagerconfig-resources
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from .config_resources import ConfigResource, converted
from .value import Value, originating

Strategy = Literal["OnNamespace", "OnNamespaceExceptForAlertmanagerNamespace", "None"]
STRATEGIES: tuple[Strategy, ...] = ("OnNamespace", "OnNamespaceExceptForAlertmanagerNamespace", "None")


def merged_resources(
    config: Value, resources: Iterable[ConfigResource], strategy: Strategy, namespace: str = ""
) -> Value:
    """Return a configuration with resources merged into it.

    ``namespace`` is Alertmanager's own, which one of the strategies exempts. Of resources with the same namespace and
    name the last is used.
    """
    chosen = {one.key: one for one in resources}
    routes: list[Value] = []
    added: dict[str, list[Value]] = {"receivers": [], "inhibit_rules": [], "mute_time_intervals": []}
    for key in sorted(chosen):
        one = chosen[key]
        made = originating(converted(one, prefixed=True), one.path)
        bound = strategy == "OnNamespace" or (strategy != "None" and one.namespace != namespace)
        for each in made.list_of("inhibit_rules"):
            added["inhibit_rules"].append(_bound_inhibition(each, one.namespace) if bound else each)
        top = made.get("route")
        if top is None:
            continue  # receivers and intervals of a resource without a route are left out
        routes.append(_going_on(_with_matcher(top, "matchers", one.namespace) if bound else top))
        for name in ("receivers", "mute_time_intervals"):
            added[name] += made.list_of(name)
    pairs = dict(config.pairs)
    for name, more in added.items():
        if more:
            pairs[name] = _extended(config.get(name), after=more)
    root = config.get("route")
    if root is not None and routes:
        pairs["route"] = replace(root, pairs={**root.pairs, "routes": _extended(root.get("routes"), before=routes)})
    return replace(config, pairs=pairs)


def _extended(there: Value | None, before: Iterable[Value] = (), after: Iterable[Value] = ()) -> Value:
    base = there if there is not None and there.shape == "list" else Value("list", "list", chart=True)
    return replace(base, items=(*before, *base.items, *after))


def _made(at: Value, tag: str, text: str) -> Value:
    """Return a scalar that the operator adds to a map."""
    return Value(
        "scalar", tag, text, text, at.line, at.column, -1, "'" if tag == "str" else "", at.key_line, at.key_column,
        origin=at.origin,
    )  # fmt: skip


def _with_matcher(value: Value, key: str, namespace: str) -> Value:
    """Return a map with a matcher of the namespace in one of its lists."""
    wanted = f'namespace="{namespace}"'
    found = value.get(key)
    base = found if found is not None else Value("list", "list", line=value.line, column=value.column)
    return replace(
        value, pairs={**value.pairs, key: replace(base, items=(*value.list_of(key), _made(value, "str", wanted)))}
    )


def _bound_inhibition(value: Value, namespace: str) -> Value:
    for key in ("source_matchers", "target_matchers"):
        if not any(one.text.replace(" ", "") == f'namespace="{namespace}"' for one in value.list_of(key)):
            value = _with_matcher(value, key, namespace)
    return value


def _going_on(value: Value) -> Value:
    return replace(value, pairs={**value.pairs, "continue": _made(value, "bool", "true")})
