"""Keys and values that Alertmanager or Prometheus Operator refuses, keeping the old configuration."""

from __future__ import annotations

from collections.abc import Iterable

from ...alertmanager.model import Context
from ...alertmanager.reference_check import refusals
from ...finding import Finding
from .configured import CHART, configuration_rule


@configuration_rule(
    "AM014",
    "error",
    "a key that this version of Alertmanager or the operator does not know",
    explanation="""Alertmanager and Prometheus Operator parse strictly: they refuse the whole configuration for one
    unknown key, and keep the old one. The operator's list of keys lags behind Alertmanager's. Versions come from the
    image's tag in the values, else from the config; the default is the newest.""",
    bad=(
        "alertmanager:\n"
        "  config:\n"
        "    receivers:\n"
        '      - name: "null"\n'
        "        msteams_configs:\n"
        "          - webhook_url_file: /etc/teams/url\n"
    ),
    good=(
        "alertmanager:\n"
        "  config:\n"
        "    receivers:\n"
        '      - name: "null"\n'
        "        msteams_configs:\n"
        "          - webhook_url: https://teams.example.org/hook\n"
    ),
    source=CHART,
)
def unsupported_key(context: Context) -> Iterable[Finding]:
    """Report keys that this version of Alertmanager or the operator does not know."""
    return context.once(refusals)


@configuration_rule(
    "AM020",
    "error",
    "credentials exclude each other or are missing",
    explanation="""A secret is given in the configuration or by a file, not both, and only one way to authenticate. A
    receiver without credentials and without a default under global is refused.""",
    bad=("slack_configs:\n  - api_url: https://hooks.example.org/a\n    api_url_file: /etc/slack/url\n"),
    good=("slack_configs:\n  - api_url_file: /etc/slack/url\n"),
)
def conflicting_credentials(context: Context) -> Iterable[Finding]:
    """Report credentials that exclude each other or are missing."""
    return context.once(refusals)


@configuration_rule(
    "AM031",
    "error",
    "an unknown key",
    explanation="""Alertmanager and the operator parse strictly: they refuse the whole configuration for one unknown
    key.""",
    bad=("slack_configs:\n  - chanel: '#alerts'\n"),
    good=("slack_configs:\n  - channel: '#alerts'\n"),
)
def unknown_key(context: Context) -> Iterable[Finding]:
    """Report unknown keys."""
    return context.once(refusals)


@configuration_rule(
    "AM032",
    "error",
    "a value of the wrong type",
    explanation="""A list instead of a map, a number in quotes, an address without http://, a host without port, or a
    text that is not one of the allowed values: Alertmanager refuses the configuration.""",
    bad=("telegram_configs:\n  - chat_id: '-100123'\n"),
    good=("telegram_configs:\n  - chat_id: -100123\n"),
)
def wrong_type(context: Context) -> Iterable[Finding]:
    """Report values of the wrong type."""
    return context.once(refusals)


@configuration_rule(
    "AM033",
    "error",
    "a required key is missing",
    explanation="""Some keys have no default: the address of an e-mail, the project of Jira, the name of a receiver.""",
    bad=("email_configs:\n  - send_resolved: true\n"),
    good=("email_configs:\n  - to: team@example.org\n"),
)
def missing_key(context: Context) -> Iterable[Finding]:
    """Report missing required keys."""
    return context.once(refusals)


@configuration_rule(
    "AM017",
    "error",
    "a matcher or regular expression is not valid",
    explanation="""A matcher is a name, one of = != =~ !~, and a value. Regular expressions are RE2, without
    look-around and backreferences. Prometheus Operator only reads the classic syntax, in which a name cannot be in
    quotes.""",
    bad="matchers: ['severity == critical and', 'pod =~ \"(?!kube)\"']\n",
    good="matchers: ['severity = critical', 'pod !~ \"kube.*\"']\n",
)
def invalid_matcher(context: Context) -> Iterable[Finding]:
    """Report matchers and regular expressions that are not valid."""
    return context.once(refusals)


@configuration_rule(
    "AM018",
    "error",
    "a duration is not valid",
    explanation="""Durations are whole numbers with units from large to small, such as 1d12h or 90m. A number without
    unit, a fraction, or zero for group_interval and repeat_interval is refused. Timeouts of receivers have the format
    of Go's durations.""",
    bad=("route:\n  receiver: slack\n  group_wait: 30\n"),
    good=("route:\n  receiver: slack\n  group_wait: 30s\n"),
)
def invalid_duration(context: Context) -> Iterable[Finding]:
    """Report durations that are not valid."""
    return context.once(refusals)
