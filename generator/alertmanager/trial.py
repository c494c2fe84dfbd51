"""Generate a configuration that only sends to a loopback address, to preview messages to Slack. Pure.

It only takes the texts of a Slack receiver, its grouping, and the template files from the user's configuration: the
result cannot contain an address, a secret, a proxy or another integration.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .config_fields import Section
from .model import Context
from .value import Value, truth
from .versions import Version, version

# Keys that shape a message and have no address.
_KEPT = frozenset(
    "channel username color title title_link pretext text fields short_fields footer fallback callback_id icon_emoji "  # noqa: SIM905
    "icon_url image_url thumb_url link_names mrkdwn_in actions message_text send_resolved".split()
)


@dataclass(frozen=True)
class Trial:
    """A Slack integration to preview: its receiver, its line, and the configuration for it."""

    receiver: str
    line: int
    config: str
    sends_resolved: bool


def trials(context: Context, names: set[str] | None, address: str, templates: str, has: Version) -> list[Trial]:
    """Return a trial for each Slack integration of the named receivers, or of all if ``names`` is None.

    ``address`` is that of the local server, ``templates`` the glob of the template files, ``has`` the version of
    Alertmanager that runs.
    """
    found = []
    for receiver in context.receivers:
        if names is not None and receiver.name not in names:
            continue
        for section, item in receiver.integrations:
            if section.name == "slack_configs" and item.shape == "map":
                groups = _groups(context, receiver.name)
                kept = {key: one for key, one in _kept(item, section, has).items() if one is not None}
                found.append(
                    Trial(
                        receiver.name,
                        item.line,
                        _config(receiver.name, groups, kept, address, templates),
                        bool(kept.get("send_resolved")),
                    )
                )
    return found


def template_files(context: Context) -> list[str]:
    """Return the texts of the template files in values."""
    chart = context.source.chart
    files = chart.files if chart is not None else {}
    return [one.text for one in files.values() if one.shape == "scalar"]


def _config(
    receiver: str, groups: tuple[str, ...] | None, slack: Mapping[str, Any], address: str, templates: str
) -> str:
    data = {
        "global": {"resolve_timeout": "5m"},
        "templates": [templates],
        "route": {
            "receiver": receiver,
            "group_by": ["..."] if groups is None else list(groups),
            "group_wait": "1s",
            "group_interval": "1s",
            "repeat_interval": "1h",
        },
        "receivers": [{"name": receiver, "slack_configs": [{**slack, "api_url": address}]}],
    }
    return json.dumps(data)


def _kept(item: Value, section: Section, has: Version) -> dict[str, Any]:
    return {
        key: _data(one)
        for key, one in item.pairs.items()
        if key in _KEPT and key in section.fields and version(section.fields[key].since) <= has
    }


def _data(value: Value) -> Any:
    if value.shape == "list":
        return [_data(one) for one in value.items]
    if value.shape == "map":
        return {key: _data(one) for key, one in value.pairs.items()}
    if value.is_null:
        return None
    found = truth(value)
    return value.text if found is None or value.tag == "str" else found


def _groups(context: Context, receiver: str) -> tuple[str, ...] | None:
    return next((path[-1].group_by for path in context.paths if path[-1].receiver == receiver), ())
