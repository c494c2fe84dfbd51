"""Values that Alertmanager or the operator refuses, beside the nearest that they take; tried with their own code."""

from __future__ import annotations

import pytest

from generator import config, rules
from generator.alertmanager.urls import url_fault

BASE = {
    "slack": "channel: '#a'",
    "email": "to: a@b.c, from: a@b.c, smarthost: 'x:25'",
    "jira": "project: P, issue_type: Bug, api_url: 'http://a/', http_config: {basic_auth: {username: u, password: p}}",
    "sns": "topic_arn: x",
    "pushover": "user_key: u, token: t",
    "telegram": "bot_token: t",
    "opsgenie": "api_key: k",
    "victorops": "routing_key: r",
    "rocketchat": "token: t, token_id: i",
    "webhook": "send_resolved: true",
    "incidentio": "url: 'http://a/'",
    "mattermost": "webhook_url: 'http://a/'",
}
OAUTH2 = "url: 'http://a/', http_config: {oauth2: {client_id: a, token_url: 'http://a/'"


def refused(sort: str, text: str, alertmanager: str = "0.35", operator: str = "none") -> list[str]:
    """Return the ids of the errors of an integration's fields."""
    fields = f"{BASE[sort]}, {text}" if text else BASE[sort]
    whole = f"route: {{receiver: a}}\nreceivers: [{{name: a, {sort}_configs: [{{{fields}}}]}}]\n"
    if operator != "none":
        whole = f"alertmanager:\n  config:\n    {whole.replace(chr(10), chr(10) + '    ').rstrip()}\n"
    return refused_file(whole, alertmanager, operator)


def refused_file(text: str, alertmanager: str = "0.35", operator: str = "none") -> list[str]:
    file = rules.recognise("alertmanager.yml" if operator == "none" else "values.yaml", text, named=True).file
    assert file is not None
    scope = rules.Scope((file,), config.Config({"alertmanager": alertmanager, "operator": operator}))
    ids = {"AM014", "AM017", "AM018", "AM020", "AM030", "AM031", "AM032", "AM033"}
    return sorted({one.rule for one in rules.check([file], scope) if one.severity == "error"} & ids)


@pytest.mark.parametrize(("sort", "text", "wanted"), [
    ("slack", "api_url: 'https://slack.com/api/chat.postMessage', update_message: true", []),
    ("slack", "api_url: 'https://hooks.slack.com/x', update_message: true", ["AM020"]),
    ("slack", "api_url_file: /x, update_message: true", ["AM020"]),
    ("slack", "app_token_file: /x, update_message: true", []),
    ("slack", "app_token_file: /x, app_url: 'https://a.b/x', update_message: true", ["AM020"]),
    ("slack", "app_token_file: /x, app_url: 'https://a.b/x', update_message: false", []),
    ("slack", "app_token: x, app_url: 'https://slack.com/api/chat.postMessage', post_updates_to_thread: true", []),
    ("slack", "api_url: 'https://hooks.slack.com/x', post_updates_to_thread: true", ["AM020"]),
    ("telegram", "chat_id: 1, timeout: 5s", []), ("telegram", "chat_id: 1, timeout: '5'", ["AM018"]),
    ("rocketchat", "message_text: '{{ .Status }}'", []),
    ("incidentio", "metadata: {team: '{{ .CommonLabels.team }}'}, alert_source_token: t", []),
    ("incidentio", "metadata: {team: [a]}, alert_source_token: t", ["AM032"]),
    ("slack", "api_url_file: off", []), ("slack", "api_url_file: off, app_token_file: N", ["AM020"]),
    ("slack", "api_url_file: /x, timeout: 18446744073709551616", ["AM032"]),
    ("slack", "api_url_file: /x, timeout: 5", []), ("slack", "api_url_file: /x, timeout: '5'", ["AM018"]),
    ("email", "threading: {enabled: true}", ["AM032"]), ("email", "threading: {enabled: false}", []),
    ("email", "threading: {enabled: on, thread_by_date: weekly}", ["AM032"]),
    ("email", "threading: {enabled: true, thread_by_date: daily}", []),
    ("sns", "sigv4: {region: x, external_id: y}", ["AM020"]),
    ("sns", "sigv4: {region: x, external_id: y, role_arn: z}", []),
    ("sns", "sigv4: {region: x, service_name: y, use_fips_sts_endpoint: true}", []),
    ("sns", "sigv4: {access_key: off}", ["AM020"]),
    ("webhook", f"{OAUTH2}, client_secret: x, no_proxy: x}}}}", ["AM020"]),
    ("webhook", f"{OAUTH2}, client_secret: x, no_proxy: x, proxy_url: 'http://p/'}}}}", []),
    ("webhook", f"{OAUTH2}, client_secret: x, grant_type: x, signature_algorithm: y}}}}", []),
    ("webhook", "url: 'http://a/', http_config: {proxy_connect_header: {a: [b]}}", ["AM020"]),
    ("webhook", "url: 'http://a/', http_config: {proxy_connect_header: {a: [b]}, proxy_from_environment: true}", []),
    ("webhook", "url: 'http://a/', http_config: {proxy_url: x}", []),
    ("webhook", "url: 'http://a/', http_config: {proxy_url: 'http://a b/'}", ["AM032"]),
    ("webhook", "url: 'http://a/', http_config: {tls_config: {cert: off}}", ["AM020"]),
    ("webhook", "url: 'http://a/', max_alerts: 18446744073709551615", []),
    ("webhook", "url: 'http://a/', max_alerts: 99999999999999999999", ["AM032"]),
    ("webhook", "url: 'http://a/', max_alerts: -1", ["AM032"]), ("webhook", "url: 'http://a/', max_alerts: 1e3", []),
    ("webhook", "url: 'http://a/', max_alerts: '1'", ["AM032"]),
    ("telegram", "chat_id: 1e3", []), ("telegram", "chat_id: 9223372036854775808", ["AM032"]),
    ("telegram", "chat_id: -9223372036854775808", []), ("telegram", "chat_id: 0", ["AM020"]),
    ("opsgenie", "responders: [null]", ["AM033"]), ("opsgenie", "responders: [{type: team, name: off}]", []),
    ("jira", "api_type: null", ["AM032"]), ("jira", "api_type: cloud", []), ("jira", "api_type: ''", ["AM032"]),
    ("webhook", "url: 'http://a/', http_config: {http_headers: {host: {values: [x]}}}", ["AM020"]),
    ("webhook", "url: 'http://a/', http_config: {http_headers: {x-host: {values: [x]}}}", []),
    ("email", "headers: {Subject: a, subject: b}", ["AM020"]), ("email", "headers: {Subject: a, X-Subject: b}", []),
    ("email", "headers: {references: a}, threading: {enabled: true, thread_by_date: daily}", ["AM020"]),
    ("email", "headers: {references: a}, threading: {thread_by_date: daily}", []),
    ("victorops", "api_key: k, custom_fields: {entity_id: x}", ["AM020"]),
    ("victorops", "api_key: k, custom_fields: {entity: x}", []),
    ("incidentio", "alert_source_token: t, http_config: {authorization: {credentials: x}}", ["AM020"]),
    ("incidentio", "http_config: {authorization: {credentials: x}}", []),
    ("incidentio", "http_config: {follow_redirects: false}", ["AM020"]),
    ("incidentio", "alert_source_token: t, http_config: {follow_redirects: false}", []),
    ("incidentio", "timeout: 1s", []),
    ("slack", "app_token_file: /x, http_config: {authorization: {credentials: x}}", ["AM020"]),
    ("slack", "app_token_file: /x, http_config: {follow_redirects: false}", []),
    ("rocketchat", "actions: [{type: button, text: x, msgprocessingtype: x}]", []),
])  # fmt: skip
def test_what_alertmanager_refuses(sort: str, text: str, wanted: list[str]) -> None:
    assert refused(sort, text) == wanted


@pytest.mark.parametrize(("sort", "text", "wanted"), [
    ("email", "threading: {enabled: false}", ["AM032"]),
    ("email", "threading: {enabled: false, thread_by_date: none}", []),
    ("pushover", "url: x", ["AM032"]), ("pushover", "url: 'https://a/'", []), ("pushover", "url: '{{ .X }}'", []),
    ("pushover", "expire: 1.5s", ["AM018"]), ("pushover", "expire: 90s", []),
    ("sns", "api_url: x", ["AM032"]), ("sns", "api_url: 'https://sns.example.org'", []),
    ("sns", "sigv4: {service_name: x}", ["AM014"]),
    ("webhook", "url: 'http://a/', max_alerts: 4294967296", ["AM032"]),
    ("webhook", "url: 'http://a/', max_alerts: 2147483647", []),
    ("webhook", "url: 'http://a/', timeout: 5", ["AM018"]), ("webhook", "url: 'http://a/', timeout: 5s", []),
    ("webhook", "url: 'http://a/', http_config: {tls_config: {ca: x}}", ["AM014"]),
    ("webhook", f"{OAUTH2}, client_secret: x, audience: y}}}}", ["AM014"]),
    ("webhook", f"{OAUTH2}, client_secret: x}}}}", []),
    ("webhook", "url: <secret>", ["AM032"]),
    ("slack", "api_url_file: /x, fields: [null]", ["AM032"]),
    ("slack", "api_url_file: /x, fields: [{title: a, value: b}]", []),
    ("slack", "api_url_file: /x, actions: [null]", ["AM032"]),
    ("mattermost", "fields: [null]", ["AM032"]), ("mattermost", "fields: [{title: a, value: b}]", []),
    ("mattermost", "attachments: [{fields: [null]}]", ["AM032"]), ("mattermost", "attachments: [{}]", []),
    ("rocketchat", "actions: [{}]", ["AM014"]), ("rocketchat", "actions: [{type: button, text: a}]", ["AM014"]),
    ("rocketchat", "actions: []", []), ("rocketchat", "actions: [null]", []),
    ("rocketchat", "fields: [null]", []),
    ("incidentio", "", ["AM020"]), ("incidentio", "alert_source_token_file: /x", []),
    ("incidentio", "http_config: {bearer_token: x}", ["AM020"]),
    ("incidentio", "http_config: {authorization: {credentials: x}}", []),
])  # fmt: skip
def test_what_the_operator_refuses(sort: str, text: str, wanted: list[str]) -> None:
    assert refused(sort, text, operator="0.93") == refused(sort, text, operator="0.94") == wanted


@pytest.mark.parametrize(("operator", "sort", "text", "wanted"), [
    ("0.93", "mattermost", "title_link: x", []), ("0.94", "mattermost", "title_link: x", ["AM032"]),
    ("0.94", "mattermost", "title_link: '{{ .X }}'", []), ("0.94", "mattermost", "title_link: 'http://a/'", []),
    ("0.94", "mattermost", "title_link: ''", []), ("none", "mattermost", "title_link: x", []),
    ("0.93", "mattermost", "attachments: [{image_url: x}]", []),
    ("0.94", "mattermost", "attachments: [{image_url: x}]", ["AM032"]),
    ("0.93", "mattermost", "attachments: [null]", []), ("0.94", "mattermost", "attachments: [null]", ["AM032"]),
    ("none", "mattermost", "attachments: [null], fields: [null]", []),
    ("none", "rocketchat", "actions: [{}, null]", []), ("none", "incidentio", "", []),
    ("none", "webhook", "url: <secret>", []),
    ("none", "slack", "api_url_file: /x, fields: [null], actions: [null]", []),
    ("0.94", "slack", "app_token_file: /x, update_message: true", ["AM020"]),
    ("0.94", "slack", "api_url: 'https://slack.com/api/chat.postMessage', update_message: true", []),
])  # fmt: skip
def test_what_an_operator_checks_by_its_version(operator: str, sort: str, text: str, wanted: list[str]) -> None:
    assert refused(sort, text, operator=operator) == wanted


@pytest.mark.parametrize(("alertmanager", "sort", "text", "wanted"), [
    ("0.34", "slack", "app_token_file: /x, update_message: true", ["AM020"]),
    ("0.34", "slack", "api_url: 'https://slack.com/api/chat.postMessage', update_message: true", []),
    ("0.34", "slack", "api_url: 'https://slack.com/api/chat.postMessage', post_updates_to_thread: true", ["AM014"]),
    ("0.34.2", "telegram", "chat_id: 1, timeout: 5s", ["AM014"]),
    ("0.34.2", "rocketchat", "message_text: x", ["AM014"]),
    ("0.34.2", "incidentio", "metadata: {a: b}, alert_source_token: t", ["AM014"]),
    ("0.24", "victorops", "api_key_file: /x", ["AM014"]), ("0.25", "victorops", "api_key_file: /x", []),
    ("0.24", "telegram", "chat_id: 1", ["AM020"]), ("0.25", "telegram", "chat_id: 1", []),
    ("0.24", "telegram", "chat_id: 1, api_url: 'https://api.telegram.org'", []),
    ("0.30", "webhook", "url: '{{ .X }}'", ["AM032"]), ("0.31", "webhook", "url: '{{ .X }}'", []),
    ("0.27", "webhook", f"{OAUTH2}}}}}", ["AM020"]), ("0.28", "webhook", f"{OAUTH2}}}}}", []),
    ("0.25", "webhook", "url: 'http://a/', http_config: {tls_config: {cert_file: x}}", []),
    ("0.26", "webhook", "url: 'http://a/', http_config: {tls_config: {cert_file: x}}", ["AM020"]),
])  # fmt: skip
def test_what_an_old_alertmanager_refuses(alertmanager: str, sort: str, text: str, wanted: list[str]) -> None:
    assert refused(sort, text, alertmanager) == wanted


@pytest.mark.parametrize(("text", "wanted"), [
    ("route: {receiver: a, continue: yes}\n", ["AM030"]), ("route: {receiver: a, continue: no}\n", []),
    ("route: {receiver: a}\nglobal: {smtp_smarthost: ''}\n", []),
    ("route: {receiver: a}\nglobal: {smtp_smarthost: a}\n", ["AM032"]),
    ("route: {receiver: a}\nglobal: {slack_api_url: 'http://a:xx/'}\n", ["AM032"]),
    ("route: {receiver: a}\ntracing: {endpoint: 'a:1', compression: ''}\n", []),
    ("route: {receiver: a}\ntracing: {endpoint: 'a:1', compression: zip}\n", ["AM032"]),
    ("route: {receiver: a}\nevent_recorder: {file_outputs: [{name: a, path: /x}], stdout_outputs: [{name: a}]}\n", []),
    ("route: {receiver: a}\nevent_recorder: {file_outputs: [{path: /x}]}\n", ["AM033"]),
    ("route: {receiver: a}\nevent_recorder: {stdout_outputs: [null]}\n", ["AM033"]),
    ("route: {receiver: a}\nevent_recorder: {stdout_outputs: [{name: a}, {name: b}, {name: a}]}\n", ["AM020"]),
    ("route: {receiver: a}\nevent_recorder: {file_outputs: [x]}\n", ["AM032"]),
    ("route: {receiver: a}\nevent_recorder: {stdout_outputs: [{name: a, a: b}]}\n", ["AM031"]),
    ("route: {receiver: a}\nevent_recorder: {file_outputs: [{name: a}]}\n", ["AM033"]),
])  # fmt: skip
def test_what_is_refused_outside_of_receivers(text: str, wanted: list[str]) -> None:
    assert refused_file(f"{text}receivers: [{{name: a}}]\n") == wanted


@pytest.mark.parametrize(("version", "wanted"), [("0.34", []), ("0.35", ["AM033"])])
def test_outputs_of_events_have_names_since_0_35(version: str, wanted: list[str]) -> None:
    text = "route: {receiver: a}\nevent_recorder: {file_outputs: [{path: /x}], stdout_outputs: [{}]}\n"
    assert refused_file(f"{text}receivers: [{{name: a}}]\n", version) == wanted


@pytest.mark.parametrize(("version", "wanted"), [("0.30", 0), ("0.31", 4), ("0.34.2", 4), ("0.35", 0)])
def test_credentials_that_global_replaces(version: str, wanted: int) -> None:
    """From 0.31 to 0.34 the other form of a credential in global is used: the file's, or that of a file."""
    shared = "opsgenie_api_key: g, victorops_api_key: g, rocketchat_token_file: /g, rocketchat_token_id: g"
    text = (
        "route: {receiver: a}\n"
        f"global: {{{shared}, smtp_auth_secret_file: /g, smtp_smarthost: 'a:25', smtp_from: a@b}}\n"
        "receivers:\n- name: a\n  opsgenie_configs: [{api_key_file: /x}, {api_key: x}, {}]\n"
        "  victorops_configs: [{routing_key: r, api_key_file: /x}]\n"
        "  rocketchat_configs: [{token: x, token_id: x}, {token_file: /x, token_id_file: /x}]\n"
        "  email_configs: [{to: a@b, auth_secret: x}, {to: a@b, auth_secret_file: /x}]\n"
    )
    file = rules.recognise("alertmanager.yml", text, named=True).file
    assert file is not None
    scope = rules.Scope((file,), config.Config({"alertmanager": version, "operator": "none"}))
    assert sum("is ignored" in one.message for one in rules.check([file], scope)) == wanted


INTERVAL = """\
route: {receiver: a, routes: [{mute_time_intervals: [i]}]}
receivers: [{name: a, webhook_configs: [{url: 'http://a/', http_config: {follow_redirects: false}}]}]
time_intervals: [{name: i, time_intervals: [{%s}]}]
"""


@pytest.mark.parametrize(("alertmanager", "operator", "part", "wanted"), [
    ("0.34.2", "none", "weekdays: ['friday:monday']", "AM022 needs Alertmanager 0.35, but this is for 0.34.2"),
    ("0.35", "none", "weekdays: ['friday:monday']", ""),
    ("0.35", "0.94", "weekdays: ['friday:monday']", "AM022 but the operator is built with 0.34"),
    ("0.35", "0.94", "weekdays: ['monday:friday']", ""),
    ("0.34", "none", "months: ['13']", "AM023 it has months that do not exist"),
    ("0.35", "none", "months: ['13']", "AM022 is not a month"), ("0.34", "none", "months: ['12']", ""),
    ("0.35", "none", "months: ['12:1']", "AM022 ends before it starts"), ("0.35", "none", "months: ['0:1']", "AM022 "),
])  # fmt: skip
def test_intervals_by_version(alertmanager: str, operator: str, part: str, wanted: str) -> None:
    text = INTERVAL % part
    name = "alertmanager.yml"
    if operator != "none":
        text = f"alertmanager:\n  config:\n    {text.replace(chr(10), chr(10) + '    ').rstrip()}\n"
        name = "values.yaml"
    file = rules.recognise(name, text, named=True).file
    assert file is not None
    scope = rules.Scope((file,), config.Config({"alertmanager": alertmanager, "operator": operator}))
    found = [f"{one.rule} {one.message}" for one in rules.check([file], scope) if one.rule in {"AM022", "AM023"}]
    rule, _, says = wanted.partition(" ")
    assert len(found) == bool(wanted)
    assert all(one.startswith(rule) and says in one for one in found)


@pytest.mark.parametrize(("version", "text", "wanted"), [
    ("0.34.1", "{{ .Alerts | join `, ` }}", "AM006"), ("0.35", "{{ .Alerts | join `, ` }}", ""),
    ("0.34.1", "{{ list 1 2 | join `, ` }}", "AM007"), ("0.35", "{{ list 1 2 | join `, ` }}", ""),
    ("0.34.1", "{{ .CommonLabels.Values | join `, ` }}", ""), ("0.35", "{{ .Status | join `, ` }}", "AM007"),
    ("0.34.1", "{{ range .Alerts }}{{ addDuration `5m` .StartsAt }}{{ end }}", "AM006"),
    ("0.35", "{{ range .Alerts }}{{ addDuration `5m` .StartsAt }}{{ end }}", ""),
    ("0.35", "{{ range .Alerts }}{{ addDuration `5d` .StartsAt }}{{ end }}", "AM007"),
])  # fmt: skip
def test_templates_by_version(version: str, text: str, wanted: str) -> None:
    whole = (
        f"route: {{receiver: a}}\nreceivers: [{{name: a, slack_configs: [{{api_url_file: /x, title: '{text}'}}]}}]\n"
    )
    file = rules.recognise("alertmanager.yml", whole, named=True).file
    assert file is not None
    scope = rules.Scope((file,), config.Config({"alertmanager": version, "operator": "none"}))
    found = {one.rule for one in rules.check([file], scope) if one.rule in {"AM005", "AM006", "AM007", "AM009"}}
    assert found == ({wanted} if wanted else set())


def test_empty_items_of_lists() -> None:
    """Alertmanager takes an empty receiver, and crashes on an empty route."""
    assert refused_file("route: {receiver: a}\nreceivers: [null, {name: a}]\n") == []
    assert refused_file("route: {receiver: a, routes: [null]}\nreceivers: [{name: a}]\n") == ["AM032"]


def test_a_receivers_label_name_is_its_name() -> None:
    text = "route: {{receiver: a}}\nreceivers: [{{name: a, labels: {{name: {}}}}}]\n"
    assert refused_file(text.format("a")) == []
    assert refused_file(text.format("x")) == ["AM032"]


@pytest.mark.parametrize(("text", "valid"), [
    ("http://a/", True), ("http://a b/", False), ("http://a/b c", True), ("http://a/%zz", False),
    ("http://a/%20", True),
    ("http://a:xx/", False), ("http://a:80/", True), ("http://a:/", True), ("http://[::1/", False),
    ("http://[::1]:80/", True), ("http://{{ .X }}/", False), ("http://a/\x00", False), ("http://a/?q=%zz", True),
    ("http://a/#%zz", False), ("http://u:p@a/", True), ("http://u p@a/", False), ("http://é/", True),
    ("http://%41/", False), ("http://%C3%A9/", True), ("x", True), ("/x", True), (":x", False), ("1a:b", False),
    ("mailto:a b", True), ("", True),
])  # fmt: skip
def test_addresses_as_go_parses_them(text: str, valid: bool) -> None:
    assert (url_fault(text) == "") is valid
