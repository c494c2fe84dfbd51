"""Values that Alertmanager takes and Prometheus Operator refuses, by the operator's version.

Source: the types and sanitize methods of pkg/alertmanager in prometheus-operator.
"""

from __future__ import annotations

from .versions import Versions

# Types of items that Alertmanager reads as empty if they are null, and since which operator it refuses them.
_EMPTY_ITEMS = {
    **dict.fromkeys(("SlackField", "SlackAction", "MattermostField", "inhibit_rule", "time_range"), ""),
    "MattermostAttachment": "0.94",
}
# Addresses that Alertmanager takes as <secret>, and since which operator it reads them.
_ADDRESSES = {
    **dict.fromkeys((("msteams_configs", "webhook_url"), ("msteamsv2_configs", "webhook_url")), "0.93"),
    **dict.fromkeys((("webhook_configs", "url"), ("global", "slack_api_url")), "0.93"),
    ("global", "mattermost_webhook_url"): "0.93",
    ("mattermost_configs", "webhook_url"): "0.94",
}


def is_refused_null(item: str, key: str, target: Versions) -> bool:
    """Return whether the operator refuses null in a list of a type, which a key has."""
    since = "" if key == "days_of_month" else _EMPTY_ITEMS.get(item)
    return since is not None and target.operator_checks(since)


def is_read_address(section: str, key: str, target: Versions) -> bool:
    """Return whether the operator reads the address that a key of a section has."""
    since = _ADDRESSES.get((section, key))
    return since is not None and target.operator_checks(since)
