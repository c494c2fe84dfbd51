"""Keys and values that Alertmanager or Prometheus Operator refuses, the old configuration staying live."""

from __future__ import annotations

from collections.abc import Iterable

from ...alertmanager.fault import ConfigFault
from ...alertmanager.model import Context
from ...alertmanager.reference_check import refusals
from .configured import CHART, configuration_rule


@configuration_rule(
    "AM014",
    "error",
    "a key that this Alertmanager or operator does not know",
    explanation="""Alertmanager and Prometheus Operator read strictly: one unknown key, and the whole configuration
    is refused, while the old one stays live. The operator's list lags behind Alertmanager's. Versions come from
    the image's tag in the values, else from the config; without either the newest are taken.""",
    bad=(
        "alertmanager:\n"
        "  config:\n"
        "    receivers:\n"
        '      - name: "null"\n'
        "        discord_configs:\n"
        "          - webhook_url_file: /etc/discord/url\n"
    ),
    good=(
        "alertmanager:\n"
        "  config:\n"
        "    receivers:\n"
        '      - name: "null"\n'
        "        discord_configs:\n"
        "          - webhook_url: https://discord.example.org/hook\n"
    ),
    source=CHART,
)
def unsupported_key(context: Context) -> Iterable[ConfigFault]:
    """A key that this Alertmanager or operator does not know."""
    return context.once(refusals)


@configuration_rule(
    "AM020",
    "error",
    "credentials exclude each other, or there are none",
    explanation="""A secret is given in the configuration or by a file, not both; of the ways to log in there is
    one. A receiver without any, and without a default under global, is refused.""",
    bad=("slack_configs:\n  - api_url: https://hooks.example.org/a\n    api_url_file: /etc/slack/url\n"),
    good=("slack_configs:\n  - api_url_file: /etc/slack/url\n"),
)
def conflicting_credentials(context: Context) -> Iterable[ConfigFault]:
    """Credentials exclude each other, or there are none."""
    return context.once(refusals)


@configuration_rule(
    "AM031",
    "error",
    "an unknown key",
    explanation="""Alertmanager and the operator read strictly, and refuse the whole configuration for one key that
    they do not know.""",
    bad=("slack_configs:\n  - chanel: '#alerts'\n"),
    good=("slack_configs:\n  - channel: '#alerts'\n"),
)
def unknown_key(context: Context) -> Iterable[ConfigFault]:
    """An unknown key."""
    return context.once(refusals)


@configuration_rule(
    "AM032",
    "error",
    "a value of the wrong type",
    explanation="""A list where a map belongs, a number in quotes, an address without http://, a host without port,
    or a text that is not among those allowed: Alertmanager refuses the configuration.""",
    bad=("telegram_configs:\n  - chat_id: '-100123'\n"),
    good=("telegram_configs:\n  - chat_id: -100123\n"),
)
def wrong_type(context: Context) -> Iterable[ConfigFault]:
    """A value of the wrong type."""
    return context.once(refusals)


@configuration_rule(
    "AM033",
    "error",
    "a required key is missing",
    explanation="""Some keys have no default: the address of an e-mail, the project of Jira, the name of a receiver.""",
    bad=("email_configs:\n  - send_resolved: true\n"),
    good=("email_configs:\n  - to: team@example.org\n"),
)
def missing_key(context: Context) -> Iterable[ConfigFault]:
    """A key that must be there."""
    return context.once(refusals)


@configuration_rule(
    "AM017",
    "error",
    "a matcher or regular expression is not valid",
    explanation="""A matcher is a name, one of = != =~ !~, and a value. Regular expressions are RE2, without
    lookaround and backreferences. Prometheus Operator reads the classic syntax alone, in which a name cannot be
    in quotes.""",
    bad="matchers: ['severity == critical and', 'pod =~ \"(?!kube)\"']\n",
    good="matchers: ['severity = critical', 'pod !~ \"kube.*\"']\n",
)
def invalid_matcher(context: Context) -> Iterable[ConfigFault]:
    """A matcher or regular expression is not valid."""
    return context.once(refusals)


@configuration_rule(
    "AM018",
    "error",
    "a duration is not valid",
    explanation="""Durations are whole numbers with units from large to small, such as 1d12h or 90m. A bare number,
    a fraction, or zero for group_interval and repeat_interval is refused. The timeouts of receivers are Go's
    durations.""",
    bad=("route:\n  receiver: slack\n  group_wait: 30\n"),
    good=("route:\n  receiver: slack\n  group_wait: 30s\n"),
)
def invalid_duration(context: Context) -> Iterable[ConfigFault]:
    """A duration is not valid."""
    return context.once(refusals)
