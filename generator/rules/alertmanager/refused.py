"""The words of the rules for what Alertmanager or Prometheus Operator refuses, the old configuration staying live."""

from __future__ import annotations

from .catalog import CHART, SOURCE, rule

RULES = (
    rule(
        "AM004",
        "error",
        "receivers without one that the chart's routes name",
        """Helm replaces lists: receivers of one's own are all there are, and the chart's root route and its route
        for Watchdog still send to "null". The operator refuses the whole configuration, and helm says
        nothing.""",
        'alertmanager:\n  config:\n    receivers:\n      - name: slack\n        slack_configs: [{channel: "#a"}]\n',
        (
            "alertmanager:\n"
            "  config:\n"
            "    receivers:\n"
            '      - name: "null"\n'
            "      - name: slack\n"
            '        slack_configs: [{channel: "#a"}]\n'
        ),
        CHART,
    ),
    rule(
        "AM014",
        "error",
        "a key that this Alertmanager or operator does not know",
        """Alertmanager and Prometheus Operator read strictly: one unknown key, and the whole configuration is
        refused, while the old one stays live. The operator's list lags behind Alertmanager's. Versions
        come from the image's tag in the values, else from the config; without either the newest are
        taken.""",
        'alertmanager:\n  config:\n    receivers:\n      - name: "null"\n'
        "        discord_configs:\n          - webhook_url_file: /etc/discord/url\n",
        'alertmanager:\n  config:\n    receivers:\n      - name: "null"\n'
        "        discord_configs:\n          - webhook_url: https://discord.example.org/hook\n",
        CHART,
    ),
    rule(
        "AM015",
        "error",
        "a route sends to a receiver that is not there",
        """Names must be equal to the letter, spaces at the end included. Alertmanager refuses the configuration.""",
        "route: {receiver: slak}\nreceivers:\n  - name: slack\n",
        "route: {receiver: slack}\nreceivers:\n  - name: slack\n",
    ),
    rule(
        "AM016",
        "error",
        "two receivers of one name",
        """Alertmanager refuses the configuration: one name is one receiver, which may have several integrations.""",
        "receivers:\n  - name: slack\n  - name: slack\n",
        "receivers:\n  - name: slack\n  - name: mail\n",
    ),
    rule(
        "AM017",
        "error",
        "a matcher or regular expression that is none",
        """A matcher is a name, one of = != =~ !~, and a value. Regular expressions are RE2, without lookaround and
        backreferences. Prometheus Operator reads the classic syntax alone, in which a name cannot be in
        quotes.""",
        "matchers: ['severity == critical and', 'pod =~ \"(?!kube)\"']\n",
        "matchers: ['severity = critical', 'pod !~ \"kube.*\"']\n",
    ),
    rule(
        "AM018",
        "error",
        "a duration that is none",
        """Durations are whole numbers with units from large to small, such as 1d12h or 90m. A bare number, a
        fraction, or zero for group_interval and repeat_interval is refused. The timeouts of receivers are
        Go's durations.""",
        "route:\n  receiver: slack\n  group_wait: 30\n",
        "route:\n  receiver: slack\n  group_wait: 30s\n",
    ),
    rule(
        "AM020",
        "error",
        "secrets or ways to log in that exclude each other, or none",
        """A secret is given in the configuration or by a file, not both; of the ways to log in there is one. A
        receiver without any, and without a default under global, is refused.""",
        "slack_configs:\n  - api_url: https://hooks.example.org/a\n    api_url_file: /etc/slack/url\n",
        "slack_configs:\n  - api_url_file: /etc/slack/url\n",
    ),
    rule(
        "AM022",
        "error",
        "a time interval that is not there, twice, or wrong",
        """A route names an interval that nothing defines, two have one name, or a span ends before it begins: over
        midnight or the year's end it takes two entries.""",
        (
            "time_intervals:\n"
            "  - name: night\n"
            "    time_intervals:\n"
            "      - times: [{start_time: '22:00', end_time: '06:00'}]\n"
        ),
        (
            "time_intervals:\n"
            "  - name: night\n"
            "    time_intervals:\n"
            "      - times: [{start_time: '22:00', end_time: '24:00'}, {start_time: '00:00', end_time: '06:00'}]\n"
        ),
    ),
    rule(
        "AM030",
        "error",
        "a root route that is none, or keys of another format",
        """The root route takes every alert: it has a receiver, and neither matchers nor time intervals nor continue.
        Keys such as groupBy are those of the AlertmanagerConfig resource; matchers are a list of texts,
        not a map.""",
        "route:\n  groupBy: [namespace]\n  matchers: {severity: critical}\n",
        "route:\n  receiver: slack\n  group_by: [namespace]\n",
    ),
    rule(
        "AM031",
        "error",
        "an unknown key",
        """Alertmanager and the operator read strictly, and refuse the whole configuration for one key that they do
        not know.""",
        "slack_configs:\n  - chanel: '#alerts'\n",
        "slack_configs:\n  - channel: '#alerts'\n",
    ),
    rule(
        "AM032",
        "error",
        "a value of the wrong type",
        """A list where a map belongs, a number in quotes, an address without http://, a host without port, or a text
        that is not among those allowed: Alertmanager refuses the configuration.""",
        "telegram_configs:\n  - chat_id: '-100123'\n",
        "telegram_configs:\n  - chat_id: -100123\n",
    ),
    rule(
        "AM033",
        "error",
        "a key that must be there",
        """Some keys have no default: the address of an e-mail, the project of Jira, the name of a receiver.""",
        "email_configs:\n  - send_resolved: true\n",
        "email_configs:\n  - to: team@example.org\n",
    ),
    rule(
        "AM034",
        "error",
        "a grouping that is refused",
        """group_by lists every label once, and '...' for all labels stands alone.""",
        "route:\n  receiver: slack\n  group_by: ['...', namespace]\n",
        "route:\n  receiver: slack\n  group_by: ['...']\n",
        SOURCE,
    ),
)
