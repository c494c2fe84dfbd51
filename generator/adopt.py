"""Alerting into a values file that people wrote: what has to change in it, and nothing else.

A unit's first generation has no base that tells what was there before. Of a values file more is known than of any file:
it starts from the chart's defaults, so that what still is a default is nobody's choice and may change, and what differs
from it is the user's and stays. ``fit`` works that out on data, and returns two texts whose difference is what has to
change, for the merge to bring into the file. Pure, and safe to repeat: fitting twice is fitting once.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .alerting import receivers as known_receivers
from .alerting.receivers import NULL
from .alerting.text import values_text
from .alerting.values import helm_values
from .alertmanager.helm import chart_data, made
from .alertmanager.routes import tree
from .errors import invalid
from .yaml import Node, parse

CHART = "kube-prometheus-stack"
_WATCHDOG = {"alertname": "Watchdog", "severity": "none"}
_TIMING = ("group_by", "group_wait", "group_interval", "repeat_interval")
_MAX_VALUES = 100_000
Path = tuple[Any, ...]


@dataclass(frozen=True)
class Fit:
    """Two texts: what a values file has of what is generated, and what it is to have; and what to tell the user."""

    base: str
    theirs: str
    notes: tuple[str, ...] = ()


@dataclass
class _Change:
    """What is being worked out: the part of the file as it is (base) and as it is to be (want), and what was added."""

    base: dict[str, Any]
    want: dict[str, Any]
    added: set[Path] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)


def surroundings(text: str, path: str) -> dict[str, Any]:
    """Return what a spec must say to fit a values file: ``umbrella`` and ``tpl_config``, where they are needed.

    Raises Invalid where nothing generated could be read: a configuration that is text.
    """
    root = _root(text, path)
    out: dict[str, Any] = {}
    if umbrella := _umbrella(root):
        out["umbrella"] = umbrella
    part = _part(root, umbrella)
    if part is not None and _scalar(part, "tplConfig") == "true":
        out["tpl_config"] = True
    _refuse_text(part, path)
    return out


def fit(ours: str, values: Mapping[str, Any], said: Mapping[str, Any], path: str) -> Fit | None:
    """Return what brings the values of a spec into a values file; None where it has no part about Alertmanager.

    ``values`` are the spec's with every default, ``said`` those that it says itself: they come before what the file
    has, and differ from it in a conflict. Raises Invalid where the file cannot take them.
    """
    root = _root(ours, path)
    part = _part(root, str(values.get("umbrella", "")))
    if part is None:
        return None
    _refuse_text(part, path)
    if (_scalar(part, "tplConfig") == "true") != bool(values.get("tpl_config")):
        node = next((key for key, _ in part.pairs if key.text == "tplConfig"), part)
        says = "is true, so that Helm renders the configuration" if not values.get("tpl_config") else "is not true"
        hint = f"set tpl_config: {str(not values.get('tpl_config')).lower()} in the spec"
        raise invalid(path, f"alertmanager.tplConfig {says}", hint, line=node.line, column=node.column)
    has = _Reader(path).data(part)
    if not isinstance(has, dict):
        has = {}
    wanted = helm_values(values)
    change = _Change(_kept(has), copy.deepcopy(_kept(has)))
    _config(change, has, wanted["config"], values, said)
    _secrets(change, wanted)
    change.notes += _passed_over(has)
    below = str(values.get("umbrella", ""))
    base = values_text(change.base, values, below=below, only=set())
    return Fit(base, values_text(change.want, values, below=below, only=change.added), tuple(change.notes))


def _kept(has: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of the file that may change: all else of it is neither in base nor in what is wanted."""
    out: dict[str, Any] = {}
    if "alertmanagerSpec" in has:
        spec = has["alertmanagerSpec"]
        out["alertmanagerSpec"] = {key: spec[key] for key in ("secrets",) if key in spec} if isinstance(spec, dict) else spec
    return out | {key: has[key] for key in ("tplConfig", "config") if key in has}


def _config(
    change: _Change, has: Mapping[str, Any], wanted: Mapping[str, Any], values: Mapping[str, Any], said: Mapping[str, Any]
) -> None:
    config = has.get("config")
    if not isinstance(config, dict) or not config:
        change.want["config"] = wanted
        change.added |= {("config", key) for key in wanted} if "config" in has else {("config",)}
        return
    own = delivers(config)
    _receivers(change, wanted, values, said, keep=own)
    _route(change, wanted["route"], values, said, keep=own)
    _maps_and_lists(change, wanted)


def delivers(config: Mapping[str, Any]) -> bool:
    """Tell whether a configuration over the chart's defaults notifies anybody of anything but Watchdog."""
    whole = _over_defaults(config)
    able = {one.get("name") for one in _maps(whole.get("receivers")) if _integrations(one)}
    route = whole.get("route")
    if not isinstance(route, dict):
        return False
    return any(one.get("receiver") in able and "Watchdog" not in str(one) for one in [route | {"routes": []}, *_routes(route)])


def _receivers(
    change: _Change, wanted: Mapping[str, Any], values: Mapping[str, Any], said: Mapping[str, Any], *, keep: bool
) -> None:
    """Add the receivers that are missing; one of the same name is the user's and stays, but for what was said of it."""
    config = change.want["config"]
    listed = config.get("receivers")
    if not isinstance(listed, list) or not listed:
        config["receivers"] = wanted["receivers"]
        change.added.add(("config", "receivers"))
        return
    names = [one.get("name") for one in _maps(listed)]
    if NULL not in names:
        for one in _maps(listed):
            if "name" in one and one["name"] is None and not _integrations(one):
                one["name"] = NULL
                names.append(NULL)
                break
    new = []
    spoken = _spoken(said)
    for one in wanted["receivers"]:
        if one["name"] in names:
            if one["name"] in spoken:
                _said_of(change, one, spoken[one["name"]])
        elif one["name"] == NULL:
            listed.insert(0, one)
        elif not keep or one["name"] in spoken or one["name"] in _named(values):
            new.append(one)
    listed += new
    if keep and not spoken and not new:
        change.notes.append("the receivers and routes that are there stay, and none was added: --receiver adds one")
    change.added |= {("config", "receivers", at) for at, one in enumerate(listed) if any(one is each for each in wanted["receivers"])}


def _spoken(said: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return what the spec itself says of receivers, by name."""
    out = {one["name"]: one for one in said.get("receivers") or ()}
    if isinstance(said.get("slack"), dict):
        own = dict(said["slack"])
        out[own.pop("receiver", known_receivers.SLACK["receiver"])] = {"slack_configs": [own]}
    return out


def _said_of(change: _Change, wanted: Mapping[str, Any], said: Mapping[str, Any]) -> None:
    """Put what the spec says of a receiver into the user's one: added where it is missing, a conflict where it differs."""
    pairs = [
        next(one for one in _maps(part["config"]["receivers"]) if one.get("name") == wanted["name"])
        for part in (change.base, change.want)
        if any(one.get("name") == wanted["name"] for one in _maps(part["config"].get("receivers")))
    ]
    if len(pairs) < 2:
        return
    base, want = pairs
    for name, fields in said.items():
        if not isinstance(fields, list):
            continue
        if not isinstance(want.get(name), list) or not want[name]:
            want[name] = wanted[name]
            continue
        for number, one in enumerate(fields[: len(want[name])]):
            for key in one:
                mine, theirs = want[name][number], wanted[name][number]
                if isinstance(mine, dict) and key in theirs and mine.get(key) != theirs[key]:
                    base[name][number].pop(key, None)
                    for other in _excluded(name, key):
                        mine.pop(other, None)
                    mine[key] = theirs[key]


def _excluded(type_name: str, key: str) -> Iterator[str]:
    from .alerting import fields  # noqa: PLC0415 - only for receivers of both

    for group in fields.types()[type_name]["exclusive"]:
        if key in group:
            yield from (one for one in group if one != key)


def _named(values: Mapping[str, Any]) -> set[str]:
    """Return the receivers that the spec's own routes name."""
    of_severity = (values.get("severity") or {}).values()
    own = [one if isinstance(one, str) else str(one["receiver"]) for one in of_severity]
    routes = _routes({"routes": (values.get("route") or {}).get("routes") or []})
    return {str(values.get("watchdog", NULL)), *own, *(str(one["receiver"]) for one in routes if "receiver" in one)}


def _route(
    change: _Change, wanted: Mapping[str, Any], values: Mapping[str, Any], said: Mapping[str, Any], *, keep: bool
) -> None:
    """Set what the route still has of the chart's defaults; what the user chose stays."""
    config = change.want["config"]
    route = config.get("route")
    default = chart_data()["charts"][CHART]["config"]["route"]
    own = said.get("route") or {}
    if not isinstance(route, dict) or not route:
        config["route"] = {key: one for key, one in wanted.items() if key in own or one != default.get(key) or key == "routes"}
        change.added.add(("config", "route"))
        return
    base = change.base["config"]["route"]
    for key in ("receiver", *_TIMING):
        has, to = route.get(key), wanted.get(key)
        if to is None or has == to:
            continue
        choice = has is not None and has != default[key]
        if key in own and choice:
            base.pop(key, None)
        elif key not in own and (choice or keep or (has is None and to == default[key])) and not (key == "receiver" and has is None):
            if key == "receiver" and to in _receiver_names(config) and to not in {one.get("receiver") for one in _routes(route)}:
                change.notes.append(f"no route leads to {to}: alertmanager.config.route.receiver stays {has}, as it was")
            continue
        route[key] = to
    _child_routes(change, route, wanted["routes"], values, said)


def _child_routes(
    change: _Change,
    route: dict[str, Any],
    wanted: list[dict[str, Any]],
    values: Mapping[str, Any],
    said: Mapping[str, Any],
) -> None:
    listed = route.get("routes")
    at: Path = ("config", "route", "routes")
    if not isinstance(listed, list) or not listed:
        route["routes"] = list(wanted)
        change.added.add(at)
        return
    for one in _routes(route):
        if "receiver" in one and one["receiver"] is None:
            one["receiver"] = NULL
    first, *rest = wanted
    if "watchdog" in said and _is_watchdogs(listed[0]) and listed[0].get("receiver") != first["receiver"]:
        # Its matchers stay as they are written.
        listed[0] |= {key: one for key, one in first.items() if key not in {"match", "matchers"}}
    elif not _watchdog_is_safe(change.want["config"], str(values.get("watchdog", NULL))):
        listed.insert(0, first)
        change.added.add((*at, 0))
    place = next((number + 1 for number, one in enumerate(listed) if "Watchdog" in str(one)), 0)
    new = [one for one in rest if one not in listed]
    listed[place:place] = new
    change.added |= {(*at, place + number) for number in range(len(new))}


def _is_watchdogs(one: Any) -> bool:
    """Tell whether a route is for Watchdog and nothing else."""
    if not isinstance(one, dict):
        return False
    only = tree(made({"receiver": NULL, "routes": [one]})).routes[0].matchers
    return [(match.name, match.op, match.value) for match in only] == [("alertname", "=", "Watchdog")]


def _receiver_names(config: Mapping[str, Any]) -> set[Any]:
    return {one.get("name") for one in _maps(config.get("receivers"))}


def _watchdog_is_safe(config: Mapping[str, Any], heartbeat: str) -> bool:
    """Tell whether Watchdog reaches nobody, or only a webhook that a route for it names."""
    whole = _over_defaults(config)
    by_name = {one.get("name"): _integrations(one) for one in _maps(whole.get("receivers"))}
    for path in tree(made(whole["route"])).reached(_WATCHDOG):
        types = by_name.get(path[-1].receiver, [])
        for_it = any("Watchdog" in one.value for route in path for one in route.matchers)
        if types and not (for_it and set(types) == {"webhook_configs"}) and path[-1].receiver != heartbeat:
            return False
    return True


def _maps_and_lists(change: _Change, wanted: Mapping[str, Any]) -> None:
    """Add the other things that only a spec makes: global keys, inhibit rules, time intervals."""
    config, base = change.want["config"], change.base["config"]
    default = chart_data()["charts"][CHART]["config"]
    for key in ("global", "inhibit_rules", "time_intervals", "mute_time_intervals"):
        if key not in wanted:
            continue
        has, to = config.get(key), wanted[key]
        if not has or has == default.get(key):
            config[key] = {**has, **to} if isinstance(has, dict) and isinstance(to, dict) else to
        elif key == "global" and isinstance(has, dict):
            for name, one in to.items():
                if has.get(name) != one and has.get(name) != default["global"].get(name):
                    base["global"].pop(name, None)
                has[name] = one
        elif key == "inhibit_rules" or not isinstance(has, list):
            if has != to:
                base.pop(key, None)
                config[key] = to
        else:
            names = {one.get("name") for one in _maps(has)}
            has += [one for one in to if one["name"] not in names]


def _secrets(change: _Change, wanted: Mapping[str, Any]) -> None:
    """Mount the Secrets of what is there in the end, beside those that the file mounts."""
    used = {name for name, _ in known_receivers.mounted(change.want["config"])}
    needed = [one for one in wanted.get("alertmanagerSpec", {}).get("secrets", ()) if one in used]
    spec = change.want.get("alertmanagerSpec")
    listed = spec.get("secrets") if isinstance(spec, dict) else None
    has = listed if isinstance(listed, list) else []
    missing = [one for one in needed if one not in has]
    if not missing:
        return
    if not isinstance(spec, dict):
        spec = {}
        change.want = {"alertmanagerSpec": spec, **{key: one for key, one in change.want.items() if key != "alertmanagerSpec"}}
        change.added.add(("alertmanagerSpec",))
    if "secrets" not in spec:
        change.added.add(("alertmanagerSpec", "secrets"))
    spec["secrets"] = [*has, *missing]


def _passed_over(has: Mapping[str, Any]) -> list[str]:
    """Return what in the file keeps the configuration from being used."""
    spec = has.get("alertmanagerSpec")
    spec = spec if isinstance(spec, dict) else {}
    out = []
    if spec.get("useExistingSecret") is True:
        out.append("alertmanager.alertmanagerSpec.useExistingSecret is true: the chart ignores alertmanager.config")
    name = spec.get("alertmanagerConfiguration")
    if isinstance(name, dict) and name.get("name"):
        out.append("alertmanagerSpec.alertmanagerConfiguration has a name: the operator ignores alertmanager.config")
    if has.get("enabled") is False:
        out.append("alertmanager.enabled is false: the chart makes no Alertmanager")
    return out


def _over_defaults(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration over the chart's defaults, as Helm merges it."""

    def merged(under: Any, over: Any) -> Any:
        if not isinstance(under, dict) or not isinstance(over, dict):
            return over
        out = {key: one for key, one in under.items() if key not in over}
        return out | {key: merged(under.get(key), one) for key, one in over.items() if not (one is None and key in under)}

    whole: dict[str, Any] = merged(chart_data()["charts"][CHART]["config"], config)
    if not isinstance(whole.get("route"), dict):
        whole["route"] = {}
    return whole


def _integrations(receiver: Mapping[str, Any]) -> list[str]:
    return [key for key, one in receiver.items() if str(key).endswith("_configs") and one]


def _maps(items: Any) -> list[dict[str, Any]]:
    return [one for one in items if isinstance(one, dict)] if isinstance(items, list) else []


def _routes(route: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return every route below one."""
    out = []
    stack = _maps(route.get("routes"))
    while stack:
        one = stack.pop(0)
        out.append(one)
        stack += _maps(one.get("routes"))
    return out


def _root(text: str, path: str) -> Node | None:
    documents = parse(text, path)
    return documents[0] if len(documents) == 1 and documents[0].shape == "map" else None


def _umbrella(root: Node | None) -> str:
    """Return the key below which a chart's values stand, where the file is an umbrella chart's."""
    if root is None or _below(root, "alertmanager") is not None:
        return ""
    named = [key.text for key, one in root.pairs if key.text == CHART and one.shape == "map"]
    having = [key.text for key, one in root.pairs if one.shape == "map" and _is_stack(_below(one, "alertmanager"))]
    return next(iter([*named, *having]), "")


def _is_stack(part: Node | None) -> bool:
    return part is not None and part.shape == "map" and {"config", "alertmanagerSpec"} & {key.text for key, _ in part.pairs} != set()


def _part(root: Node | None, umbrella: str) -> Node | None:
    if root is None:
        return None
    chart = _below(root, umbrella) if umbrella else root
    return _below(chart, "alertmanager") if chart is not None else None


def _below(node: Node, name: str) -> Node | None:
    return next((one for key, one in node.pairs if key.text == name), None)


def _scalar(node: Node, name: str) -> str:
    found = _below(node, name)
    return found.text if found is not None and found.shape == "scalar" else ""


def _refuse_text(part: Node | None, path: str) -> None:
    """Refuse a configuration that is text: what is generated is a map, and the chart uses one of them."""
    if part is None:
        return
    effective = _scalar(part, "tplConfig") == "true" and _scalar(part, "stringConfig").strip()
    config = _below(part, "config")
    found = _below(part, "stringConfig") if effective else None
    if config is not None and config.shape == "scalar" and config.tag == "str" and config.text.strip():
        found = config
    if found is not None:
        name = "config" if found is config else "stringConfig"
        message = f"alertmanager.{name} is text, which the chart uses as it is: nothing can be put into it"
        hint = "move what it says to alertmanager.config as a map, and remove stringConfig; then repeat this"
        raise invalid(path, message, hint, line=found.line, column=found.column)


@dataclass
class _Reader:
    """Nodes to plain data, with aliases resolved and a bound on what they make."""

    path: str
    anchors: dict[str, Any] = field(default_factory=dict)
    left: int = _MAX_VALUES

    def data(self, node: Node) -> Any:
        self.left -= 1
        if self.left < 0:
            message = "its aliases make too much of it"
            raise invalid(self.path, message, "write less with aliases", line=node.line, column=node.column)
        made_of = self._made(node)
        if node.anchor:
            self.anchors[node.anchor] = made_of
        return made_of

    def _made(self, node: Node) -> Any:
        if node.shape == "alias":
            return copy.deepcopy(self.anchors.get(node.text))
        if node.shape == "map":
            return {key.text: self.data(one) for key, one in node.pairs}
        if node.shape == "list":
            return [self.data(one) for one in node.items]
        if node.tag == "null":
            return None
        if node.tag == "bool":
            return node.text.lower() == "true"
        try:
            return int(node.text) if node.tag == "int" and len(node.text) < 30 else float(node.text) if node.tag == "float" else node.text
        except ValueError:
            return node.text
