"""Write Helm values as YAML with explanatory comments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...alertmanager.config_fields import fields_set, integrations_of, receiver_fields
from ...yaml.block_writer import Comments, Path, write_block
from ...yaml.emit import Style, block_style
from . import spec_receivers as receivers
from .message_texts import MESSAGE_TEXT, texts
from .spec_receivers import NULL

# A matcher that needs no quotes in YAML and in all parsers of Alertmanager.
_PLAIN_MATCHER = re.compile(r'[A-Za-z_][A-Za-z0-9_]* (?:=|!=|=~|!~) "[A-Za-z0-9_.|-]*"')
_WEBHOOK = "# The webhook's address is not stored in git. Create the Secret once, in the namespace of the release:"
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


def values_text(
    alertmanager: Mapping[str, Any],
    values: Mapping[str, Any],
    *,
    below: str = "",
    only: set[Path] | None = None,
    inner: str = "",
) -> str:
    """Return Helm values as YAML: the section ``alertmanager:``, below the key of a subchart if there is one.

    ``values`` are those of the spec, which decide the comments; ``only`` limits comments to these paths and below;
    ``inner`` is the text of ``stringConfig``, by default that of the configuration.
    """
    found = values_comments(alertmanager, values) if only is None or only else {}
    if only is not None:
        found = {path: lines for path, lines in found.items() if below_any(path, only)}
    if values.get("string_config") and "config" in alertmanager:
        said = inner or config_text(alertmanager["config"], found)
        alertmanager = {**{key: one for key, one in alertmanager.items() if key != "config"}, "stringConfig": said}
    top: Path = (below, "alertmanager") if below else ("alertmanager",)
    whole = {"alertmanager": alertmanager}
    comments = {(*top, *path): lines for path, lines in found.items()}
    return write_block({below: whole} if below else whole, comments, _style)


def generated_text(alertmanager: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    """Return the values file of a unit: Helm values as YAML, after the suppressions of findings."""
    top = "".join(f"{line}\n" for line in suppressions(alertmanager, values))
    return top + values_text(alertmanager, values, below=str(values.get("umbrella", "")))


def below_any(path: Path, tops: set[Path]) -> bool:
    """Return whether a path is in ``tops``, or below one of them."""
    return any(path[: len(one)] == one for one in tops)


def config_text(whole: Any, found: Comments) -> str:
    """Return Alertmanager's configuration as a separate YAML document."""
    comments = {path[1:]: lines for path, lines in found.items() if path[0] == "config" and path[1:]}
    return write_block(whole, comments, _style)


def values_comments(alertmanager: Mapping[str, Any], values: Mapping[str, Any]) -> Comments:
    """Return the comments above keys and items, by path below ``alertmanager``."""
    whole = alertmanager.get("config") or {}
    listed = [(number, one) for number, one in enumerate(whole.get("receivers") or ()) if isinstance(one, Mapping)]
    out: dict[Path, list[str]] = {}
    if secrets := _secrets(whole):
        used = [key for _, one in listed for _, _, each in receivers_of(one) for key in each]
        only_slack = len(secrets) == 1 and [one for one in used if one.endswith("_file")] == ["api_url_file"]
        out["alertmanagerSpec", "secrets"] = [
            _WEBHOOK if only_slack else _SECRETS,
            *(
                "#   kubectl create secret generic " + " ".join([name, *(f"--from-file={key}=FILE" for key in keys)])
                for name, keys in secrets.items()
            ),
        ]
    out["config",] = [_LISTS] if "inhibit_rules" in whole else _KEPT
    heartbeat = values.get("watchdog", NULL) != NULL
    if _is_for_watchdog(whole):
        out["config", "route", "routes", 0] = [_HEARTBEAT if heartbeat else _WATCHDOG]
    slack = any("slack_configs" in one for _, one in listed)
    for number, one in listed:
        if one.get("name") == NULL:
            out["config", "receivers", number] = [_NULL.format("Slack" if slack else "people")]
    return out | _text_comments(listed, values)


def _is_for_watchdog(whole: Mapping[str, Any]) -> bool:
    """Return whether the first route is for Watchdog."""
    first = next(iter((whole.get("route") or {}).get("routes") or ()), None) or {}
    return "Watchdog" in f"{first.get('match')} {first.get('matchers')}"


def _text_comments(listed: list[tuple[int, Mapping[str, Any]]], values: Mapping[str, Any]) -> dict[Path, list[str]]:
    out: dict[Path, list[str]] = {}
    told = False
    for number, receiver in listed:
        for name, nth, one in receivers_of(receiver):
            at: Path = ("config", "receivers", number, name, nth)
            first = next((key for key in one if key in texts(name, one, "full") and key != "parse_mode"), None)
            if first and not told:
                told = True
                rendered = values.get("tpl_config") or values.get("string_config")
                out[*at, first] = [_TEMPLATES, _ESCAPED if rendered else _UNTOUCHED]
    return out


def suppressions(alertmanager: Mapping[str, Any], values: Mapping[str, Any]) -> list[str]:
    """Return the suppressions at the top of the file for findings that the spec causes on purpose, with reasons."""
    out = []
    listed = [one for one in alertmanager["config"]["receivers"] if isinstance(one, Mapping)]
    set_fields = [found for one in listed for found in receiver_fields(one, [])]
    set_fields += list(fields_set(alertmanager["config"].get("global"), "global", ["global"]))
    if _chose_message(values) and any(MESSAGE_TEXT in _texts(one) for *_, one in set_fields):
        out.append(("AM003", "text_style: message was chosen; an alert without this annotation shows only its name"))
    if any(field.secret and field.type != "url_or_template" and isinstance(one, str) for *_, field, one in set_fields):
        out.append(("AM021", "plain_secret: true was chosen"))
    return [f"# scaffold: ignore-file[{rule}] {reason}" for rule, reason in out]


def _chose_message(values: Mapping[str, Any]) -> bool:
    own = [values, *receivers.given(values)]
    return any(one.get("text_style") == "message" for one in own)


def _texts(value: Any) -> str:
    return "\n".join(map(str, value.values())) if isinstance(value, Mapping) else str(value)


def receivers_of(receiver: Mapping[str, Any]) -> list[tuple[str, int, Mapping[str, Any]]]:
    """Return the integrations of a receiver, in order."""
    return list(integrations_of(receiver))


def _secrets(whole: Mapping[str, Any]) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for name, key in receivers.mounted(whole):
        if key not in out.setdefault(name, []):
            out[name].append(key)
    return out


def _style(text: str) -> Style:
    return "" if _PLAIN_MATCHER.fullmatch(text) else block_style(text)
