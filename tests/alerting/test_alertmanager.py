"""Generated alerting values in a real Alertmanager, which sends to a stand-in for Slack on loopback."""

from __future__ import annotations

import http.client
import http.server
import json
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from ..conftest import Repo, git
from ..support.real import tool

SECONDS = 30  # the longest that anything here may take; nothing waits longer than it must
VALUES = "alerting/values.yaml"

# What kube-prometheus-stack has under alertmanager.config where no values are given.
CHART = yaml.safe_load("""
global: {resolve_timeout: 5m}
inhibit_rules:
  - source_matchers: ['severity = critical']
    target_matchers: ['severity =~ warning|info']
    equal: [namespace, alertname]
  - source_matchers: ['severity = warning']
    target_matchers: ['severity = info']
    equal: [namespace, alertname]
  - source_matchers: ['alertname = InfoInhibitor']
    target_matchers: ['severity = info']
    equal: [namespace]
  - target_matchers: ['alertname = InfoInhibitor']
route:
  group_by: [namespace]
  group_wait: 30s
  group_interval: 5m
  repeat_interval: 12h
  receiver: 'null'
  routes:
    - receiver: 'null'
      matchers: [alertname = "Watchdog"]
receivers:
  - name: 'null'
templates: [/etc/alertmanager/config/*.tmpl]
""")

PAIR = "KubePodCrashLooping"
SUMMARY, DESCRIPTION, MESSAGE = "Disk fills up.", "Full in 4 hours at this rate.", "Only 3 % are left."
RUNBOOK = "https://runbooks.example.org/disk"
# Alert by alert, the annotations that people and rule sets write.
ANNOTATED: dict[str, list[dict[str, str]]] = {
    "OnlyMessage": [{"message": MESSAGE}],
    "SummaryAndDescription": [{"summary": SUMMARY, "description": DESCRIPTION, "runbook_url": RUNBOOK}],
    "OnlySummary": [{"summary": SUMMARY}],
    "OnlyDescription": [{"description": DESCRIPTION}],
    "NoAnnotations": [{}],
    "OneOfEach": [{"message": MESSAGE}, {"summary": SUMMARY}, {"description": DESCRIPTION}],
}

LITERAL = (
    "{{ .Alerts }}",
    '{{ range .Alerts }}{{ .Labels.alertname | toUpper }}{{ "\\n" }}{{ end }}',
    "{{ `{{` }} {% raw %} {# gone #}",
    "[[ cookiecutter.name ]] [% if x %] [# gone #]",
    "${{ github.token }} $(NAME) ${NAME} $$",
    *("yes", "NO", "off", "null", "~", "0123", "1e3", "0x1F", "1:30", ".inf", "2001-01-01", "=", "<<", "---", "..."),
    *(
        "# none",
        "a: b",
        "a #b",
        "- a",
        "? a",
        "'",
        '"',
        'it\'s "both"',
        "back\\slash \\n",
        "& * ! | > % @ `",
        "{a: [b]}",
    ),
    *(" leading", "trailing ", "tab\there", "ünïcode ☃ 🎉", "x" * 300),
    *(
        "two\nlines",
        "two\nlines\n",
        "two\nlines\n\n",
        "\nfirst blank",
        "  indented\nless",
        "a\n\n\nb",
        "a \nb\t\n",
        "\t\n a",
    ),
    "# no comment\n--- # no document\n- no item",
)


@dataclass(frozen=True)
class Alertmanager:
    """A running Alertmanager."""

    port: int
    config: Path

    def call(self, method: str, path: str, body: Any = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            headers = {"Content-Type": "application/json"}
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read().decode()
            assert answer.status == 200, f"{method} {path}: {answer.status} {text}"
            return json.loads(text) if text.startswith(("{", "[")) else text
        finally:
            connection.close()

    def fire(self, *alerts: dict[str, Any]) -> None:
        """Post alerts that start now by Alertmanager's own clock: a group with an older one is flushed at once."""
        self.call("POST", "/api/v2/alerts", alerts)

    def receivers(self, alert: str) -> list[str]:
        found = self.call("GET", "/api/v2/alerts")
        return [to["name"] for one in found if one["labels"]["alertname"] == alert for to in one["receivers"]]

    def load(self, config: str) -> dict[str, Any]:
        """Reload with a configuration and return it as Alertmanager understood it."""
        self.config.write_text(config, "utf-8")
        self.call("POST", "/-/reload")
        text = self.call("GET", "/api/v2/status")["config"]["original"]
        understood: dict[str, Any] = yaml.load(text, yaml.BaseLoader)  # noqa: S506 - makes nothing but strings
        return understood


@contextmanager
def alertmanager(folder: Path, config: str) -> Iterator[Alertmanager]:
    """Run an Alertmanager on a free port of loopback, and end it whatever happens."""
    path, log = folder / "alertmanager.yml", folder / "alertmanager.log"
    path.write_text(config, "utf-8")
    command = [
        tool("prometheus-alertmanager"),
        f"--config.file={path}",
        f"--storage.path={folder / 'data'}",
        "--web.listen-address=127.0.0.1:0",
        "--web.external-url=http://alertmanager.example.org",
        "--cluster.listen-address=",
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + SECONDS
        while not (found := re.search(r"address=127\.0\.0\.1:([1-9][0-9]*)", log.read_text("utf-8"))):
            assert process.poll() is None, log.read_text("utf-8")
            assert time.monotonic() < deadline, log.read_text("utf-8")
            time.sleep(0.02)
        running = Alertmanager(int(found.group(1)), path)
        running.call("GET", "/-/ready")
        yield running
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Slack:
    """A stand-in for Slack's webhook: keeps what is posted."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.changed = threading.Condition()
        slack = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with slack.changed:
                    slack.messages.append(json.loads(body))
                    slack.changed.notify_all()
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/services/T0/B0/secret"

    def __enter__(self) -> Slack:
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def wait(self, done: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """Return all messages as soon as they are enough, or when the time is over."""
        with self.changed:
            self.changed.wait_for(lambda: done(self.messages), SECONDS)
            return list(self.messages)


@dataclass(frozen=True)
class Story:
    """What Slack got while alerts fired, what it got after two were resolved, and who was to get silent ones."""

    firing: list[dict[str, Any]]
    resolved: list[dict[str, Any]]
    receivers: dict[str, list[str]]


def alert(name: str, annotations: dict[str, str] | None = None, **labels: str) -> dict[str, Any]:
    labels = {"alertname": name, "namespace": "shop", "severity": "warning", **labels}
    return {"labels": labels, "annotations": annotations or {}}


def about(messages: Sequence[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [one for one in messages if name in json.dumps(one)]


def body(message: dict[str, Any]) -> str:
    (attachment,) = message["attachments"]
    return str(attachment["text"])


def colour(message: dict[str, Any]) -> str:
    return str(message["attachments"][0]["color"])


def as_helm(under: Any, over: Any) -> Any:
    """Merge values over defaults as Helm does: maps merge, anything else replaces, null removes."""
    if not isinstance(under, dict) or not isinstance(over, dict):
        return over
    merged = {key: value for key, value in under.items() if key not in over}
    return merged | {key: as_helm(under.get(key), value) for key, value in over.items() if value is not None}


def new_repo(folder: Path) -> Repo:
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main", ".")
    repo = Repo(folder)
    repo.ok("init", "--automation", "flux-v1")
    return repo


def config(repo: Repo, path: str = VALUES) -> dict[str, Any]:
    """Return the generated part of Alertmanager's configuration, read with YAML 1.1 as Helm reads it."""
    found: dict[str, Any] = yaml.safe_load(repo.read(path))["alertmanager"]["config"]
    return found


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("alertmanager")
    repo, url_file = new_repo(folder / "repo"), folder / "api-url"
    repo.ok("alerting", "--slack-channel", "#alerts", "--slack-api-url-file", str(url_file))
    merged = as_helm(CHART, config(repo))
    # repeat_interval stays: a second message within the test is one too many.
    merged["route"] |= {"group_wait": "1s", "group_interval": "500ms"}
    pair = [
        alert(PAIR, {"summary": "Pod is crash looping.", "description": f"{pod} waits."}, pod=pod)
        for pod in ("checkout-1", "checkout-2")
    ]
    others = [
        alert(name, annotations, number=str(number))
        for name, several in ANNOTATED.items()
        for number, annotations in enumerate(several)
    ]
    with Slack() as slack, alertmanager(folder, yaml.safe_dump(merged)) as running:
        url_file.write_text(f"{slack.url}\n", "utf-8")
        running.fire(alert("Watchdog", severity="none"), alert("InfoInhibitor", severity="none", namespace="other"))
        running.fire(*pair, *others)
        slack.wait(lambda messages: all(about(messages, name) for name in (PAIR, *ANNOTATED)))
        receivers = {name: running.receivers(name) for name in ("Watchdog", PAIR)}
        # When this one arrives every group before it has had its chance to be sent a second time.
        running.fire(alert("Later"))
        firing = slack.wait(lambda messages: bool(about(messages, "Later")))
        now = datetime.now(UTC).isoformat()
        running.fire(*({**one, "endsAt": now} for one in pair))
        everything = slack.wait(lambda messages: any(colour(one) == "good" for one in messages))
    return Story(firing, everything[len(firing) :], receivers)


def test_watchdog_reaches_nobody(story: Story) -> None:
    assert about(story.firing, "Later"), "nothing was sent at all"
    assert not about(story.firing + story.resolved, "Watchdog")
    assert story.receivers["Watchdog"] == ["null"]


def test_the_inhibit_rules_of_the_chart_stay(story: Story) -> None:
    assert about(story.firing, "Later"), "nothing was sent at all"
    assert not about(story.firing + story.resolved, "InfoInhibitor")


def test_a_group_arrives_once_with_every_alert(story: Story) -> None:
    (message,) = about(story.firing, PAIR)
    assert body(message).count(f"*{PAIR}*") == 2
    assert "checkout-1 waits." in body(message)
    assert "checkout-2 waits." in body(message)
    assert message["channel"] == "#alerts"
    assert message["attachments"][0]["title"] == f"[FIRING:2] {PAIR} shop"
    assert story.receivers[PAIR] == ["slack", "slack"]


def test_every_group_arrives_once(story: Story) -> None:
    assert {name: len(about(story.firing, name)) for name in ANNOTATED} == dict.fromkeys(ANNOTATED, 1)
    assert len(story.firing) == len(ANNOTATED) + 2


def test_resolved_arrives(story: Story) -> None:
    assert story.resolved, "nothing was sent"
    assert about(story.resolved, PAIR) == story.resolved
    last = story.resolved[-1]
    assert colour(last) == "#2eb886"
    assert last["attachments"][0]["title"] == f"[RESOLVED] {PAIR} shop"
    texts = "".join(body(one) for one in story.resolved)
    assert "checkout-1 waits." in texts
    assert "checkout-2 waits." in texts


@pytest.mark.parametrize("name", ANNOTATED)
def test_the_text_is_never_blank(story: Story, name: str) -> None:
    (message,) = about(story.firing, name)
    text = body(message)
    assert text.count(f"*{name}*") == len(ANNOTATED[name])
    for value in (value for one in ANNOTATED[name] for value in one.values()):
        assert value in text
    text = re.sub("<[^>]*>", "", text)
    # More than the labels and punctuation: what an alert without annotations says as well.
    for word in (name, "warning", "shop", " in "):
        text = text.replace(word, "")
    assert re.search(r"\w", text)
    assert message["attachments"][0]["fallback"].strip()


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the configuration of a spec without values, as it is and merged over the chart's."""
    folder = tmp_path_factory.mktemp("amtool")
    repo = new_repo(folder / "repo")
    repo.ok("alerting")
    (folder / "generated.yml").write_text(yaml.safe_dump(config(repo)), "utf-8")
    (folder / "merged.yml").write_text(yaml.safe_dump(as_helm(CHART, config(repo))), "utf-8")
    return folder


def amtool(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [tool("amtool"), *arguments], cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("name", ["generated.yml", "merged.yml"])
def test_amtool_accepts_the_config(usual: Path, name: str) -> None:
    told = amtool(usual, "check-config", name)
    assert "SUCCESS" in told
    assert "2 receivers" in told


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        (["alertname=Watchdog", "severity=none"], "null"),
        (["alertname=Watchdog2", "severity=critical"], "slack"),
        ([f"alertname={PAIR}", "severity=critical"], "slack"),
        ([f"alertname={PAIR}", "severity=warning", "namespace=shop"], "slack"),
    ],
)
def test_amtool_routes(usual: Path, labels: list[str], receiver: str) -> None:
    options = ["--config.file=merged.yml", f"--verify.receivers={receiver}"]
    assert amtool(usual, "config", "routes", "test", *options, *labels).split() == [receiver]


@pytest.mark.parametrize(
    ("arguments", "secrets"),
    [
        ([], ["alertmanager-slack"]),
        (["--slack-api-url-file", "/etc/alertmanager/secrets/team.slack/url"], ["team.slack"]),
        (["--slack-api-url-file", "/etc/alertmanager/secrets/0123/url"], ["0123"]),
        (["--slack-api-url-file", "/run/elsewhere/url"], None),
    ],
)
def test_the_secret_of_the_file_is_mounted(empty: Repo, arguments: list[str], secrets: list[str] | None) -> None:
    empty.ok("alerting", *arguments)
    values = yaml.safe_load(empty.read(VALUES))["alertmanager"]
    assert values.get("alertmanagerSpec", {}).get("secrets") == secrets
    assert values["config"]["receivers"][1]["slack_configs"][0]["api_url_file"].endswith(("api-url", "/url"))


def test_values_arrive_literally(empty: Repo, tmp_path: Path) -> None:
    """Every odd text as username, title and text: read with YAML 1.1 as Helm does, and by a running Alertmanager."""
    for number, value in enumerate(LITERAL):
        slack = {"username": value, "title": value, "text": value}
        spec = {"template": "alerting", "name": f"odd-{number}", "slack": slack}
        empty.write(f"alerting/{number}/scaffold.yaml", json.dumps(spec, ensure_ascii=False))
    empty.ok("regenerate")
    wanted = [(value, value, value) for value in LITERAL]
    paths = [f"alerting/{number}/values.yaml" for number in range(len(LITERAL))]

    def texts(read: dict[str, Any]) -> tuple[str, str, str]:
        one = read["receivers"][1]["slack_configs"][0]
        return one["username"], one["title"], one["text"]

    assert [texts(config(empty, path)) for path in paths] == wanted
    # The very text of the values, without the two levels above the configuration.
    configs = [re.sub(r"(?m)^    ", "", empty.read(path).partition("\n  config:\n")[2]) for path in paths]
    with alertmanager(tmp_path, configs[0]) as running:
        assert [texts(running.load(one)) for one in configs] == wanted
