"""The words of the rules for what Alertmanager loads without a word, and then does otherwise than was meant."""

from __future__ import annotations

from ..rule import Rule, Severity
from .engine import findings

SOURCE = "https://prometheus.io/docs/alerting/latest/configuration/"
TEMPLATES = "https://prometheus.io/docs/alerting/latest/notifications/"
CHART = "https://github.com/prometheus-community/helm-charts/tree/main/charts/kube-prometheus-stack"


def rule(
    name: str, severity: Severity, summary: str, explanation: str, bad: str, good: str, source: str = SOURCE
) -> Rule:
    """Return a rule over configurations, values files and objects that hold them; the work is done by `engine`."""
    text = " ".join(explanation.split())
    return Rule(
        name, severity, ("alertmanager", "values", "kubernetes"), summary, text, bad, good, findings(name), source
    )


RULES = (
    rule(
        "AM001",
        "error",
        "a receiver is null without quotes",
        """YAML reads null (and ~, and nothing at all) as no value. A route without a receiver keeps the one of the
        route above, so that Watchdog goes to people at every repeat_interval; amtool accepts it. A
        receiver without a name is refused.""",
        "routes:\n  - receiver: null\n    matchers: [alertname = Watchdog]\n",
        'routes:\n  - receiver: "null"\n    matchers: [alertname = Watchdog]\n',
    ),
    rule(
        "AM002",
        "error",
        "Watchdog reaches a person",
        """kube-prometheus-stack's alert Watchdog always fires, to show that alerting works. Its route is lost when
        values bring their own routes, since Helm replaces lists; or another route takes it before; or its
        matcher does not match. A heartbeat that only Watchdog reaches is what it is for. In a file that
        is no chart's, Watchdog is looked for only where it is named, or where the paths are those of
        Prometheus Operator.""",
        "alertmanager:\n  config:\n    route:\n      receiver: slack\n      routes:\n"
        '        - matchers: [alertname = watchdog]\n          receiver: "null"\n'
        '    receivers:\n      - name: "null"\n      - name: slack\n        slack_configs: [{channel: "#a"}]\n',
        "alertmanager:\n  config:\n    route:\n      receiver: slack\n      routes:\n"
        '        - matchers: [alertname = Watchdog]\n          receiver: "null"\n'
        '    receivers:\n      - name: "null"\n      - name: slack\n        slack_configs: [{channel: "#a"}]\n',
        CHART,
    ),
    rule(
        "AM003",
        "warning",
        "a text prints only annotations that the rules do not have",
        """The rules of kube-prometheus-stack have summary, description and runbook_url; message is gone since 2020.
        A text that prints another annotation alone is blank, or a list of names. The text is run on
        sample alerts, so that or, with, if and called templates count. An error where nothing at all is
        left.""",
        'text: "{{ range .Alerts }}{{ .Annotations.message }}{{ end }}"\n',
        'text: "{{ range .Alerts }}{{ or .Annotations.message .Annotations.description }}{{ end }}"\n',
        TEMPLATES,
    ),
    rule(
        "AM006",
        "error",
        "a template calls a function that Alertmanager does not have",
        """Alertmanager has Go's functions and about two dozen of its own, and none of Helm's (upper, default, trim).
        Nothing parses the texts of receivers before a notification is sent: that is lost then, or sent
        blank from 0.32 on. Functions that came later than the configured version are told with the
        version.""",
        'title: "{{ .Status | upper }}"\n',
        'title: "{{ .Status | toUpper }}"\n',
        TEMPLATES,
    ),
    rule(
        "AM005",
        "error",
        "a text is no template",
        """A brace or an end is missing, or a name is not what Go allows. Neither amtool nor Alertmanager parses the
        texts of receivers when it loads them: the notification is lost when it should be sent, or sent
        blank from 0.32 on.""",
        'text: "{{ range .Alerts }}{{ .Labels.alertname }}"\n',
        'text: "{{ range .Alerts }}{{ .Labels.alertname }}{{ end }}"\n',
        TEMPLATES,
    ),
    rule(
        "AM007",
        "error",
        "a template reads a field that is not there",
        """A notification has .Alerts, .CommonLabels, .GroupLabels and a few more; .Labels and .Annotations are those
        of one alert, inside range. What reads them elsewhere fails when a notification is sent, which is
        lost, or blank from 0.32 on.""",
        'text: "{{ .Annotations.summary }}"\n',
        'text: "{{ range .Alerts }}{{ .Annotations.summary }}{{ end }}"\n',
        TEMPLATES,
    ),
    rule(
        "AM008",
        "error",
        "Alertmanager's braces and tplConfig do not go together",
        """With tplConfig: true Helm fills in the configuration first. It puts nothing where Alertmanager's data
        should be, without an error, and fails on functions it does not have. Escaped braces are right
        then, and wrong without tplConfig.""",
        (
            "alertmanager:\n"
            "  tplConfig: true\n"
            "  config:\n"
            "    receivers:\n"
            "      - name: slack\n"
            "        slack_configs:\n"
            '          - text: "{{ .Status }}"\n'
        ),
        (
            "alertmanager:\n"
            "  tplConfig: true\n"
            "  config:\n"
            "    receivers:\n"
            "      - name: slack\n"
            "        slack_configs:\n"
            '          - text: \'{{ "{{" }} .Status {{ "}}" }}\'\n'
        ),
        CHART,
    ),
    rule(
        "AM009",
        "error",
        "a template or its file is not there",
        """A text calls a template by a name that nothing defines, or that stands in a file which no entry of
        templates loads. Under the operator a relative path begins in another folder and matches nothing.
        The notification is lost, or blank from 0.32 on.""",
        "text: '{{ template \"slack.myteam.text\" . }}'\n",
        "text: '{{ template \"slack.default.text\" . }}'\n",
        TEMPLATES,
    ),
    rule(
        "AM010",
        "warning",
        "no alert reaches a route: one before it takes them all",
        """The first route that matches ends the search, unless it says continue: true. A route whose alerts all
        match an earlier sibling is dead.""",
        'routes:\n  - matchers: [severity =~ ".*"]\n    receiver: all\n  - matchers: [team = db]\n    receiver: db\n',
        'routes:\n  - matchers: [team = db]\n    receiver: db\n  - matchers: [severity =~ ".*"]\n    receiver: all\n',
    ),
    rule(
        "AM011",
        "warning",
        "a text prints only common annotations, which a group of alerts does not have",
        """.CommonAnnotations holds what is the same on all alerts of the notification. Descriptions name pods and
        numbers, so that two alerts in one group leave nothing. Tried with two alerts that share a name,
        and the summary if they are grouped by it.""",
        'text: "{{ .CommonAnnotations.description }}"\n',
        'text: "{{ range .Alerts }}{{ .Annotations.description }}{{ end }}"\n',
        TEMPLATES,
    ),
    rule(
        "AM012",
        "info",
        "a receiver is never told that an alert is over",
        """send_resolved is false by default for Slack, e-mail, WeChat and Rocket.Chat, and true for all others.""",
        'slack_configs:\n  - channel: "#alerts"\n',
        'slack_configs:\n  - channel: "#alerts"\n    send_resolved: true\n',
    ),
    rule(
        "AM013",
        "warning",
        "critical alerts reach nobody",
        """The chart's root route sends to "null". Values that bring receivers but neither another root receiver nor
        a route drop every alert. Tried with a critical and a warning alert of the chart; info where there
        is no receiver that sends at all.""",
        (
            "alertmanager:\n"
            "  config:\n"
            "    receivers:\n"
            '      - name: "null"\n'
            "      - name: slack\n"
            '        slack_configs: [{channel: "#a"}]\n'
        ),
        (
            "alertmanager:\n"
            "  config:\n"
            "    route: {receiver: slack}\n"
            "    receivers:\n"
            '      - name: "null"\n'
            "      - name: slack\n"
            '        slack_configs: [{channel: "#a"}]\n'
        ),
        CHART,
    ),
    rule(
        "AM019",
        "warning",
        "a repeat_interval that is not kept",
        """A message is repeated when its group is looked at, which is every group_interval: a shorter
        repeat_interval has no effect. One longer than the retention (120h) has none either: what was sent
        is forgotten by then (info).""",
        "route:\n  receiver: slack\n  group_interval: 5m\n  repeat_interval: 1m\n",
        "route:\n  receiver: slack\n  group_interval: 5m\n  repeat_interval: 4h\n",
    ),
    rule(
        "AM021",
        "error",
        "a secret that is none, stands in the open, or is not mounted",
        """The text <secret>, which Alertmanager prints in place of secrets, loads and never delivers (error); so
        does a placeholder (warning). A secret in a values file is one for everybody who reads the
        repository (warning; info in Alertmanager's own file). A file below /etc/alertmanager/secrets/NAME
        is there only if alertmanagerSpec.secrets has NAME (error).""",
        "slack_configs:\n  - api_url: <secret>\n",
        "slack_configs:\n  - api_url_file: /etc/alertmanager/secrets/slack/url\n",
        CHART,
    ),
    rule(
        "AM023",
        "warning",
        "a time interval that is never active",
        """Numbers of months are not checked by Alertmanager, years may be past, and a list may be empty: all load,
        and the interval never begins.""",
        "time_intervals:\n  - name: winter\n    time_intervals:\n      - months: ['13']\n",
        "time_intervals:\n  - name: winter\n    time_intervals:\n      - months: ['12']\n",
    ),
    rule(
        "AM024",
        "warning",
        "an inhibit rule that silences too much, or nothing",
        """Without a target a rule silences every alert; without equal one source anywhere silences all targets
        everywhere (info); with source and target alike it silences nothing. Values with inhibit_rules of
        their own lose the chart's, which keep InfoInhibitor from people.""",
        "inhibit_rules:\n  - source_matchers: [severity = critical]\n",
        (
            "inhibit_rules:\n"
            "  - source_matchers: [severity = critical]\n"
            "    target_matchers: [severity = warning]\n"
            "    equal: [namespace, alertname]\n"
        ),
    ),
    rule(
        "AM025",
        "warning",
        "matchers that exclude each other",
        """All matchers of a route must hold, and those of the routes above it. A label that should be two things at
        once, or whose route above wants another value, never is.""",
        "routes:\n  - matchers: [severity = critical, severity = warning]\n    receiver: slack\n",
        "routes:\n  - matchers: ['severity =~ critical|warning']\n    receiver: slack\n",
    ),
    rule(
        "AM026",
        "info",
        "a regular expression that is plain text",
        """Regular expressions must match the whole value: =~ Kube matches Kube and not KubePodCrashLooping. A star
        behind a letter repeats the letter and is no wildcard (warning).""",
        "matchers: ['alertname =~ Kube']\n",
        "matchers: ['alertname =~ Kube.*']\n",
    ),
    rule(
        "AM027",
        "error",
        "a text that YAML takes for something else",
        """#alerts without quotes is a comment, and the channel is nothing. Helm reads off and NO as false, 0123 as
        83 and 1e3 as 1000, and writes them so for Alertmanager. (Alertmanager's own file keeps the text
        of plain scalars.)""",
        "slack_configs:\n  - channel: #alerts\n",
        'slack_configs:\n  - channel: "#alerts"\n',
        CHART,
    ),
    rule(
        "AM028",
        "warning",
        "a receiver that sends nothing, or that nothing is sent to",
        """A receiver without integrations drops what it gets. Under the name null, blackhole or the like that is
        meant. A receiver that no route names is dead text (info).""",
        "receivers:\n  - name: team-db\n",
        'receivers:\n  - name: team-db\n    slack_configs: [{channel: "#db"}]\n  - name: "null"\n',
    ),
    rule(
        "AM029",
        "info",
        "keys that hide or repeat each other",
        """match and match_re are deprecated since 0.22; beside matchers all of them must hold (warning). icon_emoji
        hides icon_url.""",
        "routes:\n  - match: {severity: critical}\n    receiver: slack\n",
        "routes:\n  - matchers: [severity = critical]\n    receiver: slack\n",
    ),
    rule(
        "AM035",
        "error",
        "a configuration that is never used",
        """stringConfig is read only with tplConfig: true. config as text becomes a YAML string that Alertmanager
        cannot load. What stands under alertmanagerSpec.config is not rendered. useExistingSecret and
        alertmanagerConfiguration take the configuration from elsewhere.""",
        "alertmanager:\n  stringConfig: |\n    route: {receiver: a}\n    receivers: [{name: a}]\n",
        "alertmanager:\n  tplConfig: true\n  stringConfig: |\n    route: {receiver: a}\n    receivers: [{name: a}]\n",
        CHART,
    ),
    rule(
        "AM036",
        "info",
        "a message that is blank once the alerts are over",
        """A text that ranges over .Alerts.Firing has nothing to say when the last of them is resolved, and is sent
        all the same.""",
        'text: "{{ range .Alerts.Firing }}{{ .Annotations.summary }}{{ end }}"\n',
        'text: "{{ range .Alerts }}{{ .Annotations.summary }}{{ end }}"\n',
        TEMPLATES,
    ),
)
