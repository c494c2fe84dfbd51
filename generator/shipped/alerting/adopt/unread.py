"""Values of a chart that make it, or an operator, ignore the configuration or read it in another format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....alertmanager.chart_layouts import STACK
from ....errors import invalid
from .values_file import AlertmanagerPart

_STACK = (
    (
        ("alertmanagerSpec", "useExistingSecret"),
        "alertmanager.alertmanagerSpec.useExistingSecret is true: the chart ignores alertmanager.config",
    ),
    (
        ("alertmanagerSpec", "alertmanagerConfiguration", "name"),
        "alertmanagerSpec.alertmanagerConfiguration has a name: the operator ignores alertmanager.config",
    ),
)
# By chart: keys in the section, which if true make the chart ignore the configuration.
_IGNORED = {
    "kube-prometheus-stack": _STACK,
    "prometheus-17": tuple(
        (("alertmanager", key), f"alertmanager.{key} is set: the chart ignores alertmanagerFiles")
        for key in ("configFromSecret", "configMapOverrideName")
    ),
    "victoria-metrics-k8s-stack": (
        (("spec", "configSecret"), "alertmanager.spec.configSecret is set: the chart ignores alertmanager.config"),
    ),
}


def passed_over(part: AlertmanagerPart) -> list[str]:
    """Return notes on values in the file that make the chart or the operator ignore the configuration."""
    value = part.value
    out = [message for keys, message in _IGNORED.get(part.layout.name, ()) if value.truth_of(*keys)]
    holder = ("alertmanager",) if part.layout.name == "prometheus-17" else ()
    name = ".".join((*part.layout.section, *holder)) or "config"
    keys = (*holder, "enabled") if part.layout.section or holder else ("config", "enabled")
    if part.layout.config and value.get(*keys) is not None and not value.truth_of(*keys):
        out.append(f"{name}.enabled is false: the chart creates no Alertmanager")
    return out


def refuse_other_formats(part: AlertmanagerPart, path: str) -> None:
    """Refuse values whose configuration is not in Alertmanager's format, or is in another place."""
    if part.layout.name != "victoria-metrics-k8s-stack":
        return
    managed, raw = part.value.get("useManagedConfig"), part.value.get("spec", "configRawYaml")
    if managed is not None and part.value.truth_of("useManagedConfig"):
        message = (
            "alertmanager.useManagedConfig is true: alertmanager.config is a VMAlertmanagerConfig, with other keys"
        )
        hint = "set it to false to have Alertmanager's own format"
        raise invalid(path, message, hint, line=managed.line, column=managed.column)
    if raw is not None and part.value.truth_of("spec", "configRawYaml"):
        message = "alertmanager.spec.configRawYaml has the configuration, and the chart refuses a second one"
        raise invalid(path, message, "move it to alertmanager.config, as a map", line=raw.line, column=raw.column)


def refuse_other_rendering(part: AlertmanagerPart, values: Mapping[str, Any], path: str) -> None:
    """Refuse a file whose tplConfig or stringConfig contradicts the spec."""
    if part.layout.name != STACK:
        return
    found = part.value.pairs.get("tplConfig")
    line, column = (found.key_line, found.key_column) if found is not None else part.value.place
    if (part.text is not None) != bool(values.get("string_config")):
        says = "is used" if part.text is not None else "is not used"
        hint = f"set string_config: {str(part.text is not None).lower()} in the spec"
        raise invalid(path, f"alertmanager.stringConfig {says}", hint, line=line, column=column)
    tpl = bool(values.get("tpl_config") or values.get("string_config"))
    if part.tpl != tpl:
        says = "is true, so that Helm renders the configuration" if not tpl else "is not true"
        hint = f"set tpl_config: {str(not tpl).lower()} in the spec"
        raise invalid(path, f"alertmanager.tplConfig {says}", hint, line=line, column=column)
