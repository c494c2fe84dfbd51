"""AlertmanagerConfig resources, converted to the configuration that Prometheus Operator makes of them.

The format is that of the CRD; the conversion follows pkg/alertmanager/amcfg.go of prometheus-operator. Every value
keeps its place in the user's file, so that everything that reads a configuration can read a resource.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache

from ..yaml import Node, get, text_at
from . import durations
from .calendar_names import DAYS
from .config_fields import Section, receiver_types, section_fields, type_parts
from .decoding import ALERTMANAGER
from .value import Value, read_value

GROUP = "monitoring.coreos.com"
SORT = "AlertmanagerConfig"
SECRET = "<secret>"  # noqa: S105 - stands for what is in a Secret
MAX_DEPTH = 50
# Keys with another name than in Alertmanager's configuration, by receiver type or section.
_RENAMED = {
    "pagerduty_configs": {"pagerDutyImageConfigs": "images", "pagerDutyLinkConfigs": "links"},
    "discord_configs": {"apiURL": "webhook_url"},
    "webhook_configs": {"urlSecret": "url"},
    "tls_config": {"keySecret": "key"},
    "http_config": {"bearerTokenSecret": "bearer_token"},
}
# Keys that the operator prefers to those of files.
_PREFERRED = {"pushover_configs": ("user_key", "token")}
_MATCH_TYPES = ("=", "!=", "=~", "!~")
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


@dataclass(frozen=True)
class ConfigResource:
    """An AlertmanagerConfig: its identity, labels and spec. ``path`` is its file."""

    namespace: str
    name: str
    labels: Mapping[str, str]
    spec: Value
    path: str

    @property
    def key(self) -> str:
        """Namespace and name, by which the operator orders resources."""
        return f"{self.namespace}/{self.name}"


def config_resource(root: Node, path: str) -> ConfigResource | None:
    """Return the AlertmanagerConfig of an object; None for any other object, or one without a map as its spec.

    Raises Invalid for YAML that cannot be expanded.
    """
    api = text_at(root, "apiVersion")
    if text_at(root, "kind") != SORT or api.partition("/")[0] != GROUP or get(root, "spec") is None:
        return None
    value = read_value(root, helm=False, path=path, reader=ALERTMANAGER)
    spec = value.get("spec")
    if spec is None or spec.shape != "map":
        return None
    found = value.get("metadata", "labels")
    labels = {key: one.text for key, one in found.pairs.items()} if found is not None else {}
    namespace, name = value.text_of("metadata", "namespace"), value.text_of("metadata", "name")
    return ConfigResource(namespace, name, labels, spec, path)


def time_interval_key(spec: Value) -> str:
    """Return the key of a spec that defines time intervals: v1beta1 has another one than v1alpha1."""
    return "timeIntervals" if spec.get("timeIntervals") is not None else "muteTimeIntervals"


def converted(resource: ConfigResource, *, prefixed: bool) -> Value:
    """Return the configuration of a resource: its route as the root, receivers, intervals, and inhibit rules.

    ``prefixed`` says whether names begin with namespace and name of the resource, as the operator writes them.
    """
    spec, make = resource.spec, _Converter(f"{resource.key}/" if prefixed else "")
    pairs: dict[str, Value] = {}
    route = spec.get("route")
    if route is not None and route.shape == "map":
        pairs["route"] = make.route(route, 1)
    for key, name, convert in (
        ("receivers", "receivers", make.receiver),
        (time_interval_key(spec), "mute_time_intervals", make.interval),
        ("inhibitRules", "inhibit_rules", make.inhibition),
    ):
        found = spec.get(key)
        if found is not None and found.shape == "list":
            pairs[name] = replace(found, items=tuple(convert(one) for one in found.items if one.shape == "map"))
    return replace(spec, pairs=pairs)


def matcher_text(value: Value) -> str:
    """Return a matcher of a resource in Alertmanager's syntax."""
    op = value.text_of("matchType")
    if not op:
        op = "=~" if value.text_of("regex") == "true" else "="
    return f'{value.text_of("name")}{op}"{value.text_of("value").translate(_ESCAPES)}"'


def is_match_type(text: str) -> bool:
    """Return whether a text is an operator of a matcher."""
    return text in _MATCH_TYPES


def is_secret_key(value: Value) -> bool:
    """Return whether a value refers to a key of a Secret."""
    return value.shape == "map" and "key" in value.pairs and value.pairs.keys() <= {"name", "key", "optional"}


def _is_either(value: Value) -> bool:
    """Return whether a value refers to a key of a Secret or of a ConfigMap."""
    return value.shape == "map" and len(value.pairs) == 1 and value.pairs.keys() <= {"secret", "configMap"}


@dataclass(frozen=True)
class _Converter:
    prefix: str

    def named(self, value: Value) -> Value:
        """Return a name with the prefix."""
        return replace(value, text=f"{self.prefix}{value.text}") if value.text else value

    def names(self, value: Value) -> Value:
        return replace(value, items=tuple(self.named(one) for one in value.items))

    def route(self, value: Value, depth: int) -> Value:
        pairs: dict[str, Value] = {}
        for key, one in value.pairs.items():
            if key == "receiver":
                pairs[key] = self.named(one)
            elif key in {"muteTimeIntervals", "activeTimeIntervals"}:
                pairs[_snake(key)] = self.names(one)
            elif key == "matchers":
                pairs[key] = _matchers(one)
            elif key == "routes":
                inner = one.items if depth < MAX_DEPTH else ()
                pairs[key] = replace(one, items=tuple(self.route(each, depth + 1) for each in inner))
            elif key in {"groupBy", "groupWait", "groupInterval", "repeatInterval", "continue"}:
                pairs[_snake(key)] = one
        for key in ("group_wait", "group_interval", "repeat_interval"):
            zero = key != "group_wait" and key in pairs and durations.prometheus(pairs[key].text) == 0
            if zero or (key in pairs and not pairs[key].text):
                del pairs[key]  # the operator leaves out zero, and empty texts and lists
        if "group_by" in pairs and not pairs["group_by"].items:
            del pairs["group_by"]
        return replace(value, pairs=pairs)

    def receiver(self, value: Value) -> Value:
        pairs: dict[str, Value] = {}
        types = _by_plain_name()
        for key, one in value.pairs.items():
            if key == "name":
                pairs[key] = self.named(one)
            elif (section := types.get(_plain(key))) is not None and one.shape == "list":
                made = tuple(_fields(each, section.name) for each in one.items if each.shape == "map")
                pairs[section.name] = replace(one, items=made)
        return replace(value, pairs=pairs)

    def interval(self, value: Value) -> Value:
        pairs = {"name": self.named(value.pairs["name"])} if "name" in value.pairs else {}
        inner = value.get("timeIntervals")
        if inner is not None:
            pairs["time_intervals"] = replace(inner, items=tuple(_period(one) for one in inner.items))
        return replace(value, pairs=pairs)

    def inhibition(self, value: Value) -> Value:
        names = {"sourceMatch": "source_matchers", "targetMatch": "target_matchers", "equal": "equal"}
        pairs = {names[key]: one for key, one in value.pairs.items() if key in names}
        for key in ("source_matchers", "target_matchers"):
            if key in pairs:
                pairs[key] = _matchers(pairs[key])
        return replace(value, pairs=pairs)


def _matchers(value: Value) -> Value:
    return replace(value, items=tuple(_scalar(one, matcher_text(one)) for one in value.items if one.shape == "map"))


def _scalar(at: Value, text: str) -> Value:
    """Return a text at the place of a value."""
    return Value("scalar", "str", text, text, at.line, at.column, -1, "'", at.key_line, at.key_column, chart=at.chart)


def _period(value: Value) -> Value:
    pairs = {_snake(key): one for key, one in value.pairs.items()}
    if "weekdays" in pairs:
        pairs["weekdays"] = _each(pairs["weekdays"], lambda one: replace(one, text=_weekdays(one.text)))
    if "times" in pairs:
        pairs["times"] = _each(pairs["times"], lambda one: replace(one, pairs=_snaked(one.pairs)))
    if "days_of_month" in pairs:
        pairs["days_of_month"] = _each(
            pairs["days_of_month"], lambda one: _scalar(one, f"{one.text_of('start')}:{one.text_of('end')}")
        )
    return replace(value, pairs=pairs)


def _weekdays(text: str) -> str:
    """Return a range of days with names, which resources may number from Sunday on."""
    return ":".join(DAYS[int(one)] if re.fullmatch("[0-6]", one) else one for one in text.split(":"))


def _each(value: Value, change: Callable[[Value], Value]) -> Value:
    return replace(value, items=tuple(change(one) for one in value.items))


def _snaked(pairs: Mapping[str, Value]) -> dict[str, Value]:
    return {_snake(key): one for key, one in pairs.items()}


def _snake(key: str) -> str:
    """Return a key in Alertmanager's spelling, if all its words are lower case but for the first letters."""
    return "".join(f"_{one.lower()}" if one.isupper() else one for one in key)


def _plain(key: str) -> str:
    return key.replace("_", "").lower()


@cache
def _by_plain_name() -> Mapping[str, Section]:
    """Return the receiver types by their keys without case and underscores."""
    return {_plain(name): one for name, one in receiver_types().items()}


@cache
def _plain_fields(section: str) -> Mapping[str, str]:
    return {_plain(name): name for name in section_fields(section)}


def _fields(value: Value, section: str) -> Value:
    """Return a map of a receiver with Alertmanager's keys; a text stands for each reference to a Secret."""
    pairs: dict[str, Value] = {}
    known, fields = _plain_fields(section), section_fields(section)
    renamed = _RENAMED.get(section, {})
    for key, one in value.pairs.items():
        name = renamed.get(key) or known.get(_plain(key), "")
        if not name:
            continue
        held, inner = type_parts(fields[name].type)
        inner = next((each for each in inner.split("|") if section_fields(each)), "")
        if (not inner and one.shape == "map" and not one.pairs) or ("duration" in fields[name].type and not one.text):
            continue  # the operator leaves out what is empty
        if is_secret_key(one) or _is_either(one):
            pairs[name] = _scalar(one, SECRET)
        elif held == "map" and one.shape == "list":
            pairs[name] = _keyed(one)
        elif inner and one.shape == "map":
            pairs[name] = _fields(one, inner)
        elif inner and one.shape == "list":
            pairs[name] = _each(one, lambda each, inner=inner: _fields(each, inner))  # type: ignore[misc]
        else:
            pairs[name] = one
    for name in _PREFERRED.get(section, ()):
        if name in pairs:
            pairs.pop(f"{name}_file", None)
    return replace(value, pairs=pairs)


def _keyed(value: Value) -> Value:
    """Return a list of maps with key and value as a map."""
    pairs = {one.text_of("key"): one.pairs["value"] for one in value.items if "value" in one.pairs}
    return Value(
        "map", "map", line=value.line, column=value.column, key_line=value.key_line, key_column=value.key_column,
        pairs=pairs,
    )  # fmt: skip
