"""Build the configuration of an alerting unit, and the Helm values around it, as data from the values of its spec."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...alertmanager.chart_layouts import STACK, ChartLayout
from ...alertmanager.config_fields import is_supported
from ...alertmanager.helm import chart_data
from ...alertmanager.matchers import Matcher
from ...alertmanager.versions import Versions
from . import spec_receivers
from .mounted_secrets import layout_for, mounted_files, mounts_of, moved
from .spec_receivers import NULL

HEARTBEAT: Mapping[str, Any] = {"group_wait": "0s", "group_interval": "1m", "repeat_interval": "5m"}
# The chart's inhibit rules for Alertmanager before 0.22, which refuses the chart's because they use matchers.
_OLD_INHIBIT_RULES: list[dict[str, Any]] = [
    {
        "source_match": {"severity": "critical"},
        "target_match_re": {"severity": "warning|info"},
        "equal": ["namespace", "alertname"],
    },
    {
        "source_match": {"severity": "warning"},
        "target_match": {"severity": "info"},
        "equal": ["namespace", "alertname"],
    },
    {
        "source_match": {"alertname": "InfoInhibitor"},
        "target_match": {"severity": "info"},
        "equal": ["namespace"],
    },
    {"target_match": {"alertname": "InfoInhibitor"}},
]
SEVERITY = "severity"
INTERVAL_OPTIONS = ("mute_time_intervals", "active_time_intervals")  # of routes: names of time intervals
_TIMING = ("group_by", "group_wait", "group_interval", "repeat_interval")


def helm_values(values: Mapping[str, Any], whole: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return Alertmanager's section of the values of the spec's chart; without a chart, the configuration.

    ``whole`` is the configuration, by default that of the spec; it is data even if it is written as text, with
    ``string_config``.
    """
    layout = layout_for(values)
    config_of_chart = dict(configuration(values) if whole is None else whole)
    if not layout.config:
        return config_of_chart
    out: dict[str, Any] = {}
    for path, value in settings_of(values):
        put_at(out, path, value)
    secrets = secrets_of(config_of_chart, values)
    if secrets and layout.mounts:
        put_at(out, layout.mounts, mounts_of(secrets, layout))
    if is_rendered_by_helm(values):
        out["tplConfig"] = True
    put_at(out, layout.config, config_of_chart)
    return out


def settings_of(values: Mapping[str, Any]) -> list[tuple[tuple[str, ...], Any]]:
    """Return the settings beside the configuration, with their paths in the section: the address, template files."""
    layout = layout_for(values)
    out: list[tuple[tuple[str, ...], Any]] = []
    if values.get("external_url") and layout.address:
        out.append((layout.address, values["external_url"]))
    if layout.templates:
        out += [((*layout.templates, name), text) for name, text in (values.get("templates") or {}).items()]
    return out


def put_at(section: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """Set the value at a path of a section; maps on the way are made."""
    for key in path[:-1]:
        if not isinstance(section.get(key), dict):
            section[key] = {}
        section = section[key]
    section[path[-1]] = value


def configuration(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return Alertmanager's configuration as a file for the spec's chart has it."""
    layout = layout_for(values)
    whole: dict[str, Any] = moved(config(values, spec_receivers.versions_of(values)), layout)
    own = {} if layout.merges else chart_data()["charts"][layout.name]["config"]
    if "inhibit_rules" in own and "inhibit_rules" not in whole:
        whole = {key: one for key, one in whole.items() if key != "receivers"} | {
            "inhibit_rules": own["inhibit_rules"],
            "receivers": whole["receivers"],
        }
    return escaped_for_helm(whole) if is_rendered_by_helm(values) else whole


def secrets_of(whole: Mapping[str, Any], values: Mapping[str, Any]) -> list[str]:
    """Return the names of the Secrets whose files a configuration reads."""
    return list(dict.fromkeys(secret for secret, _ in mounted_files(whole, layout_for(values))))


def is_rendered_by_helm(values: Mapping[str, Any]) -> bool:
    """Return whether Helm renders the configuration as a template."""
    return bool(values.get("tpl_config") or values.get("string_config"))


def nested(keys: Iterable[str], value: Any) -> Any:
    """Return a value below a path of keys."""
    for key in reversed(list(keys)):
        value = {key: value}
    return value


def config(values: Mapping[str, Any], versions: Versions) -> dict[str, Any]:
    """Return the part of Alertmanager's configuration that the values set; the rest is the chart's default."""
    out: dict[str, Any] = {}
    if values.get("global"):
        out["global"] = values["global"]
    out["route"] = _route(values, versions)
    if "inhibit_rules" in values:
        out["inhibit_rules"] = values["inhibit_rules"]
    elif layout_for(values).name == STACK and not is_supported(versions, "inhibit_rule", "source_matchers"):
        out["inhibit_rules"] = _OLD_INHIBIT_RULES
    if values.get("time_intervals"):
        newer = is_supported(versions, "top", "time_intervals")
        out["time_intervals" if newer else "mute_time_intervals"] = values["time_intervals"]
    if values.get("templates") and (values.get("string_config") or not _loads_templates(layout_for(values))):
        out["templates"] = [layout_for(values).glob]
    out["receivers"] = [{"name": NULL}, *spec_receivers.completed(values, versions)]
    return out


def _loads_templates(layout: ChartLayout) -> bool:
    """Return whether the chart's own configuration loads its template files."""
    return "templates" in chart_data()["charts"][layout.name]["config"]


def default_receiver(values: Mapping[str, Any]) -> str:
    """Return the receiver of alerts that no route matches: that of the spec, else the first but the heartbeat."""
    named = (values.get("route") or {}).get("receiver")
    if named:
        return str(named)
    names = (one["name"] for one in spec_receivers.given(values) if one["name"] != values.get("watchdog"))
    return str(next(names, NULL))


def _route(values: Mapping[str, Any], versions: Versions) -> dict[str, Any]:
    own = values["route"]
    routes = [
        watchdog_route(values, versions),
        *own.get("routes", ()),
        *severity_routes(values, versions),
    ]
    return (
        {"receiver": default_receiver(values)} | {key: own[key] for key in _TIMING if key in own} | {"routes": routes}
    )


def watchdog_route(values: Mapping[str, Any], versions: Versions) -> dict[str, Any]:
    """Return the route of Watchdog, which always fires: to nobody, or at short intervals to a heartbeat's webhook."""
    to = values.get("watchdog", NULL)
    return {"receiver": to, **matcher_of("alertname", ["Watchdog"], versions), **(HEARTBEAT if to != NULL else {})}


@dataclass(frozen=True)
class SeverityTarget:
    """A receiver of severities, with the settings of its route, which the spec may have as a map, at ``where``."""

    severities: tuple[str, ...]
    settings: Mapping[str, Any]
    where: tuple[Any, ...]
    has_settings: bool

    @property
    def receiver(self) -> str:
        """The receiver's name."""
        return str(self.settings["receiver"])


def severity_targets(values: Mapping[str, Any]) -> list[SeverityTarget]:
    """Return the receivers of all severities, in order."""
    out = []
    for key, to in (values.get(SEVERITY) or {}).items():
        severities = tuple(dict.fromkeys(str(key).split("|")))
        for number, one in enumerate(to if isinstance(to, list) else [to]):
            where = (SEVERITY, key, *((number,) if isinstance(to, list) else ()))
            name_only = isinstance(one, str)
            out.append(SeverityTarget(severities, {"receiver": one} if name_only else one, where, not name_only))
    return out


def severity_routes(values: Mapping[str, Any], versions: Versions) -> list[dict[str, Any]]:
    """Return a route for each receiver of a severity, with ``continue`` if a later one has a severity in common."""
    targets = severity_targets(values)
    out = []
    for number, one in enumerate(targets):
        own = {key: value for key, value in one.settings.items() if key != "receiver"}
        shared = any(set(one.severities) & set(other.severities) for other in targets[number + 1 :])
        goes_on = {"continue": True} if shared else {}
        out.append({"receiver": one.receiver, **matcher_of(SEVERITY, one.severities, versions), **goes_on, **own})
    return out


def matcher_of(label: str, values: Sequence[str], versions: Versions) -> dict[str, Any]:
    """Return the matcher of values of a label, in the syntax of the given versions: ``matchers`` needs 0.22."""
    several = len(values) > 1
    pattern = "|".join(one.replace(".", r"\.") for one in values) if several else values[0]
    if not is_supported(versions, "route", "matchers"):
        return {"match_re" if several else "match": {label: pattern}}
    # Alertmanager prints matchers without spaces; these are easier to read.
    found = str(Matcher(label, "=~" if several else "=", pattern))
    name, operator, value = found.partition("=~" if several else "=")
    return {"matchers": [f"{name} {operator} {value}"]}


def escaped_for_helm(value: Any) -> Any:
    """Return a configuration with braces escaped for Helm, which renders it if ``tplConfig`` is true.

    Source: https://helm.sh/docs/howto/charts_tips_and_tricks/; raw strings of Go are in backquotes.
    """
    if isinstance(value, Mapping):
        return {escaped_for_helm(key): escaped_for_helm(one) for key, one in value.items()}
    if isinstance(value, list):
        return [escaped_for_helm(one) for one in value]
    if not isinstance(value, str) or "{{" not in value:
        return value
    return f"{{{{`{value}`}}}}" if "`" not in value else value.replace("{{", "{{`{{`}}")


def named_receivers(values: Mapping[str, Any]) -> Iterable[str]:
    """Return the names that routes may use."""
    return [NULL, *(str(one["name"]) for one in spec_receivers.given(values))]
