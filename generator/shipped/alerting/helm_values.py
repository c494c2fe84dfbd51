"""Build the Helm values of an alerting unit as data from the values of its spec."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...alertmanager.config_fields import is_supported
from ...alertmanager.matchers import Matcher
from ...alertmanager.versions import Versions
from . import spec_receivers
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
TEMPLATE_FILES = "/etc/alertmanager/config/*.tmpl"  # the chart's default for config.templates
_TIMING = ("group_by", "group_wait", "group_interval", "repeat_interval")


def helm_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the section ``alertmanager:`` of the values of the chart kube-prometheus-stack.

    ``config`` is data even if it is written as text, with ``string_config``.
    """
    versions = spec_receivers.versions_of(values)
    whole = config(values, versions)
    secrets = list(dict.fromkeys(secret for secret, _ in spec_receivers.mounted(whole)))
    out: dict[str, Any] = {}
    address = {"externalUrl": values["external_url"]} if values.get("external_url") else {}
    if secrets or address:
        out["alertmanagerSpec"] = {**address, **({"secrets": secrets} if secrets else {})}
    if values.get("templates"):
        out["templateFiles"] = values["templates"]  # Helm does not render these
    if values.get("tpl_config") or values.get("string_config"):
        out["tplConfig"] = True
        whole = escaped_for_helm(whole)
    out["config"] = whole
    return out


def config(values: Mapping[str, Any], versions: Versions) -> dict[str, Any]:
    """Return the part of Alertmanager's configuration that the values set; the rest is the chart's default."""
    out: dict[str, Any] = {}
    if values.get("global"):
        out["global"] = values["global"]
    out["route"] = _route(values, versions)
    if "inhibit_rules" in values:
        out["inhibit_rules"] = values["inhibit_rules"]
    elif not is_supported(versions, "inhibit_rule", "source_matchers"):
        out["inhibit_rules"] = _OLD_INHIBIT_RULES
    if values.get("time_intervals"):
        newer = is_supported(versions, "top", "time_intervals")
        out["time_intervals" if newer else "mute_time_intervals"] = values["time_intervals"]
    if values.get("templates") and values.get("string_config"):
        out["templates"] = [TEMPLATE_FILES]  # a text has none of the chart's defaults
    out["receivers"] = [{"name": NULL}, *spec_receivers.completed(values, versions)]
    return out


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
        return {key: escaped_for_helm(one) for key, one in value.items()}
    if isinstance(value, list):
        return [escaped_for_helm(one) for one in value]
    if not isinstance(value, str) or "{{" not in value:
        return value
    return f"{{{{`{value}`}}}}" if "`" not in value else value.replace("{{", "{{`{{`}}")


def named_receivers(values: Mapping[str, Any]) -> Iterable[str]:
    """Return the names that routes may use."""
    return [NULL, *(str(one["name"]) for one in spec_receivers.given(values))]
