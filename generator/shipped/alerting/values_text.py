"""Write Helm values as YAML with explanatory comments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...alertmanager.chart_layouts import STACK, ChartLayout
from ...alertmanager.config_fields import fields_set, integrations_of, receiver_fields
from ...yaml.block_writer import Comments, Path, write_block
from ...yaml.emit import Style, block_style
from .helm_values import helm_values, is_rendered_by_helm, nested
from .message_markup import MESSAGE
from .message_texts import texts
from .mounted_secrets import layout_for, mounted_files
from .spec_receivers import NULL, given

# A matcher that needs no quotes in YAML and in all parsers of Alertmanager.
_PLAIN_MATCHER = re.compile(r'[A-Za-z_][A-Za-z0-9_]* (?:=|!=|=~|!~) "[A-Za-z0-9_.|-]*"')
_WEBHOOK = "# The webhook's address is not stored in git. Create the Secret once, in the namespace of the release:"
_CHARTS = "https://github.com/prometheus-community/helm-charts/tree/main/charts"
_ABOUT = {
    STACK: f"{_CHARTS}/{STACK}",
    "alertmanager": f"{_CHARTS}/alertmanager",
    "prometheus": f"{_CHARTS}/prometheus",
    "prometheus-17": f"{_CHARTS}/prometheus, before 18.0",
    "victoria-metrics-k8s-stack": "https://docs.victoriametrics.com/helm/victoria-metrics-k8s-stack/",
    "kube-prometheus": "https://github.com/prometheus-operator/kube-prometheus/blob/main/docs/customizations/alertmanager-configuration.md",
    "none": "https://prometheus.io/docs/alerting/latest/configuration/",
}
_SECRETS = "# Secrets are not stored in git. Create them once, in the namespace of the release:"
_LISTS = "# Helm replaces lists as a whole: receivers and routes are complete here."
_KEPT = ["# Helm replaces lists as a whole: receivers and routes are complete here. The chart's inhibit rules and"]
_KEPT += ["# templates are not set, so they stay."]
_WATCHDOG = "# Watchdog always fires, to show that alerting works. It must not notify anybody."
_HEARTBEAT = "# Watchdog always fires, to show that alerting works: its receiver notices when it stops."
_NULL = "# Drops all alerts. Without the quotes YAML reads null, and Watchdog would reach {}."
_TEMPLATES = "# Go templates, rendered by Alertmanager: https://prometheus.io/docs/alerting/latest/notifications/"
_UNTOUCHED = "# Helm does not change them while alertmanager.tplConfig is false, the default."
_ESCAPED = "# Helm renders them first, because alertmanager.tplConfig is true: the outer braces escape the inner ones."


def file_text(values: Mapping[str, Any], whole: Mapping[str, Any] | None = None) -> str:
    """Return the generated file of a spec: Helm values, a Secret, or Alertmanager's own file.

    ``whole`` is the configuration, by default that of the spec.
    """
    layout, section = layout_for(values), helm_values(values, whole)
    name, chart = values["values_file"], layout.name.removesuffix("-17")
    top = "".join(f"{line}\n" for line in suppressions(config_in(section, layout), values))
    if layout.merges:
        head = f"# Values for the {chart} Helm chart: helm upgrade ... --values {name}\n# {_ABOUT[layout.name]}\n"
        return head + top + values_text(section, values, below=str(values.get("umbrella") or ""))
    text = values_text(section, values)
    if not layout.text:
        return (
            f"# Alertmanager's configuration: alertmanager --config.file={name}\n# {_ABOUT[layout.name]}\n{top}{text}"
        )
    head = f"# The Secret that Prometheus Operator reads: kubectl apply --filename {name}\n# {_ABOUT[layout.name]}\n"
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "alertmanager-main", "namespace": "monitoring"},
        "type": "Opaque",
        "stringData": {layout.text: text},
    }
    return head + top + write_block(secret, {}, _style)


def values_text(
    section: Mapping[str, Any],
    values: Mapping[str, Any],
    *,
    below: str = "",
    only: set[Path] | None = None,
    inner: str = "",
) -> str:
    """Return Helm values as YAML: Alertmanager's section, below the key of a subchart if there is one.

    ``values`` are those of the spec, which decide the layout and the comments; ``only`` limits comments to these paths
    and below; ``inner`` is the text of ``stringConfig``, by default that of the configuration.
    """
    layout = layout_for(values)
    found = values_comments(section, values) if only is None or only else {}
    if only is not None:
        found = {path: lines for path, lines in found.items() if below_any(path, only)}
    if values.get("string_config") and "config" in section:
        said = inner or config_text(section["config"], found)
        section = {**{key: one for key, one in section.items() if key != "config"}, "stringConfig": said}
    top: Path = ((below,) if below else ()) + layout.section
    comments = {(*top, *path): lines for path, lines in found.items() if (*top, *path)}
    return write_block(nested(top, section), comments, _style)


def below_any(path: Path, tops: set[Path]) -> bool:
    """Return whether a path is in ``tops``, or below one of them."""
    return any(path[: len(one)] == one for one in tops)


def config_text(whole: Any, found: Comments) -> str:
    """Return Alertmanager's configuration as a separate YAML document."""
    comments = {path[1:]: lines for path, lines in found.items() if path[0] == "config" and path[1:]}
    return write_block(whole, comments, _style)


def values_comments(section: Mapping[str, Any], values: Mapping[str, Any]) -> Comments:
    """Return the comments above keys and items, by path below Alertmanager's section."""
    layout = layout_for(values)
    whole = config_in(section, layout) or {}
    at: Path = layout.config
    listed = [(number, one) for number, one in enumerate(whole.get("receivers") or ()) if isinstance(one, Mapping)]
    out: dict[Path, list[str]] = {}
    if lines := _secret_lines(whole, listed, layout):
        out[layout.mounts or (*at, "receivers")] = lines
    if at:
        out[at] = _KEPT if layout.name == STACK and "inhibit_rules" not in whole else [_LISTS]
    heartbeat = values.get("watchdog", NULL) != NULL
    if _is_for_watchdog(whole):
        out[*at, "route", "routes", 0] = [_HEARTBEAT if heartbeat else _WATCHDOG]
    slack = any("slack_configs" in one for _, one in listed)
    for number, one in listed:
        if one.get("name") == NULL:
            out[*at, "receivers", number] = [_NULL.format("Slack" if slack else "people")]
    return out | _text_comments(listed, values)


def config_in(section: Mapping[str, Any], layout: ChartLayout) -> Any:
    """Return the configuration in Alertmanager's section of values, or None."""
    found: Any = section
    for key in layout.config:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _secret_lines(whole: Any, listed: list[tuple[int, Mapping[str, Any]]], layout: ChartLayout) -> list[str]:
    """Return the lines of a comment with the commands that create the Secrets."""
    secrets: dict[str, list[str]] = {}
    for name, key in mounted_files(whole, layout):
        if key not in secrets.setdefault(name, []):
            secrets[name].append(key)
    if not secrets:
        return []
    used = [key for _, one in listed for _, _, each in receivers_of(one) for key in each]
    only_slack = len(secrets) == 1 and [one for one in used if one.endswith("_file")] == ["api_url_file"]
    return [
        _WEBHOOK if only_slack else _SECRETS,
        *(
            "#   kubectl create secret generic " + " ".join([name, *(f"--from-file={key}=FILE" for key in keys)])
            for name, keys in secrets.items()
        ),
        *([f"# and mount them: {mounted_by(layout, list(secrets))}"] if not layout.mounts else []),
    ]


def mounted_by(layout: ChartLayout, secrets: list[str]) -> str:
    """Return what mounts Secrets for a configuration whose file does not: another object, or the pod itself."""
    if layout.operator:
        return f"spec.secrets: [{', '.join(secrets)}] of the Alertmanager object"
    return ", ".join(f"{one} at {layout.folder}/{one}" for one in secrets)


def _is_for_watchdog(whole: Mapping[str, Any]) -> bool:
    """Return whether the first route is for Watchdog."""
    first = next(iter((whole.get("route") or {}).get("routes") or ()), None) or {}
    return "Watchdog" in f"{first.get('match')} {first.get('matchers')}"


def _text_comments(listed: list[tuple[int, Mapping[str, Any]]], values: Mapping[str, Any]) -> dict[Path, list[str]]:
    layout = layout_for(values)
    out: dict[Path, list[str]] = {}
    told = False
    for number, receiver in listed:
        for name, nth, one in receivers_of(receiver):
            at: Path = (*layout.config, "receivers", number, name, nth)
            first = next((key for key in one if key in texts(name, one, "full") and key != "parse_mode"), None)
            if first and not told:
                told = True
                escaped = [_ESCAPED if is_rendered_by_helm(values) else _UNTOUCHED]
                out[*at, first] = [_TEMPLATES, *(escaped if layout.name == STACK else [])]
    return out


def suppressions(config: Mapping[str, Any], values: Mapping[str, Any]) -> list[str]:
    """Return the suppressions at the top of the file for findings that the spec causes on purpose, with reasons."""
    out = []
    listed = [one for one in config["receivers"] if isinstance(one, Mapping)]
    set_fields = [found for one in listed for found in receiver_fields(one, [])]
    set_fields += list(fields_set(config.get("global"), "global", ["global"]))
    if _chose_message(values) and any(_shows_only_messages(one) for *_, one in set_fields):
        out.append(("AM003", "text_style: message was chosen; an alert without this annotation shows only its name"))
    if any(field.secret and field.type != "url_or_template" and isinstance(one, str) for *_, field, one in set_fields):
        out.append(("AM021", "plain_secret: true was chosen"))
    return [f"# scaffold: ignore-file[{rule}] {reason}" for rule, reason in out]


def _chose_message(values: Mapping[str, Any]) -> bool:
    own = [values, *given(values)]
    return any(one.get("text_style") == "message" for one in own)


def _shows_only_messages(value: Any) -> bool:
    """Return whether a text, or those of a map such as PagerDuty's details, print no annotation but ``message``."""
    text = "\n".join(map(str, value.values())) if isinstance(value, Mapping) else str(value)
    return MESSAGE in text and ".Annotations.SortedPairs" not in text


def receivers_of(receiver: Mapping[str, Any]) -> list[tuple[str, int, Mapping[str, Any]]]:
    """Return the integrations of a receiver, in order."""
    return list(integrations_of(receiver))


def _style(text: str) -> Style:
    return "" if _PLAIN_MATCHER.fullmatch(text) else block_style(text)
