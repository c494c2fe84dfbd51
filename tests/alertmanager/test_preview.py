"""scaffold route --preview: what is sent, through a real Alertmanager, and that it reaches nobody but the stand-in."""

from __future__ import annotations

import http.client
import json
import os
import re
import smtplib
from pathlib import Path
from typing import Any

import pytest

from generator.alertmanager import trial as sandbox
from generator.alertmanager.config_fields import FieldType, receiver_types
from generator.alertmanager.model import Context
from generator.alertmanager.source import sources
from generator.preview.payload_lines import received_lines
from generator.preview.stand_in import Received, stand_ins
from generator.yaml import parse_one

from ..conftest import Repo
from ..support.real import tool

VALUES = (Path(__file__).parents[1] / "cases" / "route" / "values.yaml").read_text("utf-8")
STAND_IN = sandbox.StandIn("http://127.0.0.1:9/", "127.0.0.1:8")


@pytest.fixture
def here(tmp_path: Path) -> Repo:
    repo = Repo(tmp_path)
    repo.write("values.yaml", VALUES)
    return repo


def path_with_alertmanager() -> str:
    folder = os.path.dirname(tool("prometheus-alertmanager"))  # noqa: PTH120
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


SECRETS = """
global:
  slack_api_url: https://hooks.secret.example.org/a
  http_config: {proxy_url: http://proxy.secret.example.org, basic_auth: {username: secret, password: secret}}
  smtp_smarthost: mx.secret.example.org:25
templates: [/etc/secret/*.tmpl]
route:
  receiver: all
  routes: [{receiver: all, matchers: [secret = "1"], mute_time_intervals: [secret]}]
time_intervals: [{name: secret}]
receivers:
  - name: all
    webhook_configs: [{url: http://secret.example.org}]
    pagerduty_configs: [{routing_key: secret}]
    slack_configs:
      - channel: "#a"
        title: hello
        api_url_file: /etc/secret
        app_token: secret
        app_url: https://secret.example.org
        http_config: {bearer_token: secret, proxy_from_environment: true}
        update_message: true
        timeout: 5s
        actions: [{type: button, text: go, url: "http://a.example.org"}]
"""


def trials_of(text: str, has: tuple[int, int] = (0, 34)) -> list[sandbox.Trial]:
    (source,) = sources(parse_one(text, "a.yml"), text, values=False)
    return list(sandbox.trials(Context(source, text, "a.yml"), None, STAND_IN, "/tmp/x/*.tmpl", has))  # noqa: S108


def test_the_preview_knows_no_address_but_its_own() -> None:
    (trial,) = [one for one in trials_of(SECRETS) if one.section.name == "slack_configs"]
    assert "secret" not in trial.config
    made = json.loads(trial.config)
    assert set(made) == {"global", "templates", "route", "receivers"}
    (receiver,) = made["receivers"]
    assert set(receiver) == {"name", "slack_configs"}
    assert set(receiver["slack_configs"][0]) == {"api_url", "channel", "title", "actions", "http_config"}
    assert re.findall(r'"(?:api_url)": "([^"]*)"', trial.config) == ["http://127.0.0.1:9/"]


CONNECTION = {"api_url", "hello", "auth_username", "auth_identity"}  # of the type string


PARTS = {"any", "ThreadingConfig", "MattermostProps", "MattermostPriority", "string|JiraFieldConfig"}
TEXTS = ("list<", "map<")


def value_of(key: str, field: FieldType) -> Any:
    """Return a value for a field, hidden if it is a secret, or part of a connection."""
    if field.type in {"bool", "int", "int64", "uint"}:
        return 1 if field.type != "bool" else True
    is_message = field.type in PARTS or field.type.startswith(TEXTS) or field.type == "string"
    is_hidden = field.secret or key in CONNECTION or not is_message
    text = "hidden" if is_hidden else "text"
    if field.type.startswith("list<") and field.type != "list<string>":
        return [{"text": text}]
    return [text] if field.type == "list<string>" else {"x": text} if field.type.startswith("map<") else text


@pytest.mark.parametrize("name", receiver_types())
def test_no_field_of_any_type_brings_an_address_or_a_secret(name: str) -> None:
    item = {key: value_of(key, field) for key, field in receiver_types()[name].fields.items()}
    text = json.dumps({"route": {"receiver": "r"}, "receivers": [{"name": "r", name: [item]}]})
    (trial,) = trials_of(text)
    assert trial.refused or trial.config
    assert "hidden" not in trial.config
    for address in re.findall(r"https?://[^\"]*", trial.config):
        assert address.startswith("http://127.0.0.1:9")
    if not trial.refused and name != "email_configs":
        (made,) = json.loads(trial.config)["receivers"][0][name]
        assert made["http_config"]["proxy_url"] == STAND_IN.web


def test_what_is_for_another_address_ends_at_the_stand_in() -> None:
    """Alertmanager uses the stand-in as its proxy."""
    with stand_ins() as (address, messages):
        port = int(address.web.rstrip("/").rpartition(":")[2])
        for method, path in (
            ("CONNECT", "events.pagerduty.com:443"),
            ("POST", "http://example.org/hook"),
            ("POST", f"http://127.0.0.1:{port}0/hook"),
        ):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request(method, path, b"{}")
            assert connection.getresponse().status in {403, 501}
            connection.close()
        assert messages == []
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("POST", f"{address.web}hook?x=y", b'{"a": "b"}', {"Content-Type": "application/json"})
        assert connection.getresponse().status == 200
        connection.close()
        assert messages == [Received("POST", "/hook", "application/json", b'{"a": "b"}')]


def test_an_e_mail_is_received() -> None:
    with stand_ins() as (address, messages):
        with smtplib.SMTP(*address.mail.split(":"), timeout=5) as client:  # type: ignore[arg-type]
            client.sendmail("a@example.org", ["b@example.org"], "Subject: x\r\n\r\n..y\r\n.z\r\n")
        (received,) = messages
        assert received_lines(received, "email_configs") == ["  Subject: x", "  text:", "  ┃ ..y", "  ┃ .z"]


@pytest.mark.parametrize(
    ("received", "lines"),
    [
        (("POST", "/", "application/json", b'{"a": "b", "empty": "", "n": 5, "t": true, "none": null}'),
         ["  a: b", "  n: 5", "  t: true"]),
        (("POST", "/v2/x", "application/json", b'{"a": {"b": ["c", {"d": "e", "f": "g"}]}}'),
         ["  POST /v2/x", "  a:", "    b:", "      - c", "      - d: e", "        f: g"]),
        (("POST", "/", "application/json", b'{"text": "a\\nb\\n"}'), ["  text:", "    ┃ a", "    ┃ b"]),
        (("POST", "/", "application/x-www-form-urlencoded", b"Action=Publish&Message=a%20b"),
         ["  Action: Publish", "  Message: a b"]),
        (("POST", "/", "application/json", b"{"), ["  {"]),
        (("POST", "/", "text/plain", b"\xff"), ["  \ufffd"]),
        (("", "", "message/rfc822", b"To: a@b\r\nContent-Type: text/html\r\n\r\n<style>x</style><p>a <b>b</b></p>c"),
         ["  To: a@b", "  text of the HTML:", "  ┃ a b", "  ┃ c"]),
        (("", "", "message/rfc822", b""), ["  text:"]),
    ],
)  # fmt: skip
def test_what_is_received_as_text(received: tuple[str, str, str, bytes], lines: list[str]) -> None:
    assert received_lines(Received(*received), "webhook_configs") == lines


def test_what_is_received_is_bounded() -> None:
    deep = b"[" * 5000 + b"]" * 5000
    wide = json.dumps({f"k{number}": "v" * 5000 for number in range(1000)}).encode()
    for body in (deep, wide):
        lines = received_lines(Received("POST", "/", "application/json", body), "webhook_configs")
        assert len(lines) <= 301
        assert max(map(len, lines)) <= 2001


def test_the_preview_shows_what_slack_shows(here: Repo) -> None:
    labels = ("alertname=Slow", "severity=warning")
    done = here.ok("route", "values.yaml", *labels, "--preview", PATH=path_with_alertmanager())
    assert "slack: what Slack displays for two alerts   values.yaml:31" in done.out
    first, _, over = done.out.partition("and when they resolve")
    assert "┃ [firing] Slow" in first
    assert first.count("restarts every minute.") == 2
    assert "┃ [resolved] Slow" in over


SAYS = "{{ range .Alerts }}<{{ .Labels.pod }}>{{ end }}"
TYPES = {
    "email": ({"to": "a@example.org", "text": SAYS, "html": ""}, ["To: a@example.org", "┃ <shop-1><shop-2>"]),
    "pagerduty": ({"routing_key": "hidden", "description": SAYS}, ["routing_key: preview", "summary: <shop-1>"]),
    "webhook": ({"url": "https://hidden.example.org"}, ["status: firing", "pod: shop-1", "pod: shop-2"]),
    "opsgenie": ({"api_key": "hidden", "message": SAYS}, ["POST /v2/alerts", "message: <shop-1><shop-2>"]),
    "victorops": ({"api_key": "hidden", "routing_key": "db", "state_message": SAYS}, ["POST /preview/db", "<shop-1>"]),
    "wechat": ({"api_secret": "hidden", "corp_id": "c", "message": SAYS}, ["content: <shop-1><shop-2>"]),
    "sns": ({"topic_arn": "arn:aws:sns:eu-west-1:1:t", "message": SAYS, "sigv4": {"region": "eu-west-1"}},
            ["TopicArn: arn:aws:sns:eu-west-1:1:t", "Message: <shop-1><shop-2>"]),
    "telegram": ({"bot_token": "hidden", "chat_id": 5, "message": SAYS, "parse_mode": ""},
                 ["POST /botpreview/sendMessage", "text: <shop-1><shop-2>"]),
    "discord": ({"webhook_url": "https://hidden.example.org", "title": SAYS}, ["title: <shop-1><shop-2>"]),
    "webex": ({"room_id": "r", "message": SAYS, "http_config": {"authorization": {"credentials": "hidden"}}},
              ["markdown: <shop-1><shop-2>", "roomId: r"]),
}  # fmt: skip


@pytest.mark.parametrize("half", [0, 1])
def test_the_preview_of_every_type_that_debian_has(half: int, here: Repo) -> None:
    names = list(TYPES)[half::2]
    receivers = [
        {"name": one, f"{one}_configs": [{**TYPES[one][0], "send_resolved": one == "pagerduty"}]} for one in names
    ]
    routes = [{"receiver": one, "continue": True} for one in names]
    config = {
        "global": {"smtp_smarthost": "mx.hidden.example.org:25", "smtp_from": "am@example.org"},
        "route": {"receiver": names[0], "routes": routes},
        "receivers": receivers,
    }
    here.write("am.yaml", json.dumps(config))
    done = here.ok("route", "am.yaml", "a=b", "--preview", PATH=path_with_alertmanager())
    _, *shown = re.split(r"^\w+: the message to [^\n]* for two alerts   am.yaml:1$", done.out, flags=re.MULTILINE)
    assert len(shown) == len(names)
    for name, text in zip(names, shown, strict=True):
        for one in TYPES[name][1]:
            assert one in text, (name, text)
    assert "hidden" not in done.text
    assert ("event_action: resolve" in done.out) == ("pagerduty" in names)


def test_what_cannot_be_shown_is_told(here: Repo) -> None:
    text = """
route: {receiver: a}
receivers:
  - name: a
    pushover_configs: [{user_key: x, token: x}]
    pagerduty_configs: [{service_key: x}]
    msteams_configs: [{webhook_url: "https://example.org"}]
    webhook_configs: [{url: "https://example.org", payload: {a: b}, send_resolved: false}]
"""
    here.write("am.yaml", text)
    done = here.ok("route", "am.yaml", "a=b", "--preview", PATH=path_with_alertmanager())
    assert "am.yaml:5: a: no preview: Alertmanager sends to a fixed address of Pushover" in done.err
    assert "am.yaml:6: a: no preview: Alertmanager sends to a fixed address of PagerDuty with service_key" in done.err
    assert "needs Alertmanager 0.26, and that on PATH is 0.25" in done.err
    assert "am.yaml:8: a: without payload (needs 0.32)" in done.err
    assert "status: firing" in done.out
    assert "send_resolved is false" in done.out


@pytest.mark.skipif(not os.environ.get("SCAFFOLD_ALERTMANAGER"), reason="names a newer Alertmanager")
def test_the_preview_of_every_newer_type(here: Repo) -> None:
    hook = {"webhook_url": "https://hidden.example.org"}
    items = {
        "msteams": hook,
        "msteamsv2": hook,
        "mattermost": {**hook, "channel": "c"},
        "jira": {"api_url": "https://hidden.example.org", "project": "P", "issue_type": "Bug"},
        "rocketchat": {"token": "hidden", "token_id": "hidden", "channel": "c"},
        "incidentio": {"url": "https://hidden.example.org", "alert_source_token": "hidden"},
    }
    receivers = [{"name": one, f"{one}_configs": [{**item, "send_resolved": True}]} for one, item in items.items()]
    config = {"route": {"receiver": "jira"}, "receivers": receivers}
    here.write("am.yaml", json.dumps(config))
    folder = os.path.dirname(os.environ["SCAFFOLD_ALERTMANAGER"])  # noqa: PTH120
    done = here.ok("route", "am.yaml", "--preview", PATH=f"{folder}{os.pathsep}{os.environ['PATH']}")
    assert done.out.count("for two alerts") == len(items)
    assert done.out.count("KubePodCrashLooping") >= 2 * len(items)
    assert "nothing was sent" not in done.text
    assert "hidden" not in done.text


def test_no_preview_without_alertmanager(here: Repo) -> None:
    done = here.ok("route", "values.yaml", "severity=warning", "--preview", PATH="/nowhere")
    assert "alertmanager is not on PATH" in done.err
    assert "slack  Slack" in done.out


@pytest.mark.parametrize("pattern", ["templates/*.tmpl", "more/secret.tmpl", "*/secret.tmpl", "templates/link.tmpl"])
def test_no_text_of_a_preview_shows_a_file_behind_a_link(
    here: Repo, tmp_path_factory: pytest.TempPathFactory, pattern: str
) -> None:
    """Alertmanager calls a template file by its name; ours are numbered."""
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.tmpl").write_text("hunter2")
    here.write("templates/own.tmpl", '{{ define "own" }}ours{{ end }}')
    (here.root / "templates/link.tmpl").symlink_to(outside / "secret.tmpl")
    (here.root / "more").symlink_to(outside)
    text = '{{ template "0.tmpl" . }}{{ template "1.tmpl" . }}'
    slack = {"channel": "#a", "api_url": "https://hooks.example.org/x", "send_resolved": False}
    receivers = [
        {"name": f"r{number}", "slack_configs": [{**slack, "text": one}]}
        for number, one in enumerate([text[:25], text[25:]])
    ]
    routes = [{"receiver": "r0", "continue": True}, {"receiver": "r1"}]
    config = {"templates": [pattern], "route": {"receiver": "r0", "routes": routes}, "receivers": receivers}
    here.write("am.yaml", json.dumps(config))
    done = here.run("route", "am.yaml", "a=b", "--preview", PATH=path_with_alertmanager())
    assert done.code == 0, done.text
    assert "r1: what Slack displays" in done.out
    assert "hunter2" not in done.text
