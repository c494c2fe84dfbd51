"""What people get: a real Alertmanager with what we generate for every service that it can be pointed at a stand-in of.

One receiver has all of them, another takes what is critical, a webhook takes Watchdog. Alerts come in every form of
annotations that rule sets have; two of one name make a group.
"""

from __future__ import annotations

import http.server
import json
import re
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from .test_alertmanager import CHART, SECONDS, alert, alertmanager, as_helm, new_repo

PAIR = "KubePodCrashLooping"
FORMS: dict[str, dict[str, str]] = {
    "OnlyMessage": {"message": "Only 3 % are left."},
    "SummaryAndDescription": {"summary": "Disk fills up.", "description": "Full in 4 hours at this rate."},
    "OnlySummary": {"summary": "Disk <sda> fills up & _fast_."},
    "NoAnnotations": {},
}
SERVICES = ("slack", "webhook", "pagerduty", "opsgenie", "victorops", "telegram", "discord", "webex", "email")


@dataclass(frozen=True)
class Delivery:
    """One message: the service, and its text with everything that is in it."""

    service: str
    text: str
    data: Any = None


class Inbox:
    """Stand-ins for the services: whatever is posted below ``/SERVICE``, and mail."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.changed = threading.Condition()

    def put(self, one: Delivery) -> None:
        with self.changed:
            self.deliveries.append(one)
            self.changed.notify_all()

    def wait(self, done: Callable[[list[Delivery]], bool]) -> list[Delivery]:
        """Return everything as soon as it is enough, or when the time is over."""
        with self.changed:
            self.changed.wait_for(lambda: done(self.deliveries), SECONDS)
            return list(self.deliveries)


def http_handler(inbox: Inbox) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            service = self.path.split("/")[1]
            data = json.loads(body)
            inbox.put(Delivery(service, json.dumps(data, ensure_ascii=False), data))
            answer = json.dumps(
                {"ok": True, "result": {"message_id": 1, "chat": {"id": 1}}, "status": "success"}
            ).encode()
            self.send_response({"pagerduty": 202, "opsgenie": 202}.get(service, 200))
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


def mail_handler(inbox: Inbox) -> type[socketserver.StreamRequestHandler]:
    class Handler(socketserver.StreamRequestHandler):
        """As much of SMTP as a client needs that sends one mail (RFC 5321)."""

        def handle(self) -> None:
            self.wfile.write(b"220 ready\r\n")
            while line := self.rfile.readline().decode().strip():
                if line.upper().startswith("DATA"):
                    self.wfile.write(b"354 go on\r\n")
                    lines = []
                    while (one := self.rfile.readline()) not in {b".\r\n", b""}:
                        lines.append(one.decode())
                    inbox.put(Delivery("email", "".join(lines)))
                if line.upper().startswith("QUIT"):
                    self.wfile.write(b"221 bye\r\n")
                    return
                self.wfile.write(b"250 ok\r\n")

    return Handler


@contextmanager
def stand_ins() -> Iterator[tuple[Inbox, str, str]]:
    """Run the stand-ins; yield what they get, their address for HTTP and the one for mail."""
    inbox = Inbox()
    servers: list[Any] = [
        http.server.ThreadingHTTPServer(("127.0.0.1", 0), http_handler(inbox)),
        socketserver.ThreadingTCPServer(("127.0.0.1", 0), mail_handler(inbox)),
    ]
    threads = [
        threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True) for one in servers
    ]
    for thread in threads:
        thread.start()
    try:
        url, mail = (one.server_address for one in servers)
        yield inbox, f"http://127.0.0.1:{url[1]}", f"127.0.0.1:{mail[1]}"
    finally:
        for one in servers:
            one.shutdown()
            one.server_close()


def spec(url: str, mail: str, key: Path) -> dict[str, Any]:
    """Return a spec whose texts and timing are all ours, and whose addresses are the stand-ins'."""
    team = {
        "name": "team",
        "slack_configs": [{"channel": "#a", "api_url": f"{url}/slack"}],
        "webhook_configs": [{"url": f"{url}/webhook"}],
        "pagerduty_configs": [{"url": f"{url}/pagerduty", "routing_key_file": str(key)}],
        "opsgenie_configs": [{"api_url": f"{url}/opsgenie/", "api_key_file": str(key)}],
        "victorops_configs": [{"api_url": f"{url}/victorops/", "api_key_file": str(key), "routing_key": "team"}],
        "telegram_configs": [{"api_url": f"{url}/telegram", "bot_token": "1:x", "chat_id": 5}],
        "discord_configs": [{"webhook_url": f"{url}/discord"}],
        "webex_configs": [
            {"api_url": f"{url}/webex", "room_id": "r", "http_config": {"authorization": {"credentials": "x"}}}
        ],
        "email_configs": [{"to": "a@example.org", "from": "b@example.org", "smarthost": mail, "require_tls": False}],
    }
    night = {"name": "never", "time_intervals": [{"years": ["2001"]}]}
    return {
        "template": "alerting",
        "name": "x",
        "alertmanager": "0.25",
        "plain_secret": True,
        "receivers": [
            team,
            {"name": "pager", "pagerduty_configs": [{"url": f"{url}/critical", "routing_key_file": str(key)}]},
            {"name": "deadman", "webhook_configs": [{"url": f"{url}/heartbeat"}]},
        ],
        "watchdog": "deadman",
        "severity": {"critical": {"receiver": "pager", "mute_time_intervals": ["never"]}, "none": "null"},
        "time_intervals": [night],
        "global": {"opsgenie_api_url": f"{url}/opsgenie/"},
    }


@dataclass(frozen=True)
class Story:
    """What came while alerts fired, and after the pair was resolved."""

    firing: list[Delivery]
    resolved: list[Delivery]

    def to(self, service: str, name: str) -> list[Delivery]:
        return [one for one in self.firing if one.service == service and name in one.text]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("notifications")
    repo, key = new_repo(folder / "repo"), folder / "key"
    key.write_text("secret", "utf-8")  # Alertmanager 0.25 sends a key for OpsGenie with its line break, and fails
    with stand_ins() as (inbox, url, mail):
        repo.write("alerting/scaffold.yaml", json.dumps(spec(url, mail, key)))
        repo.ok("regenerate")
        generated = yaml.safe_load(repo.read("alerting/values.yaml"))["alertmanager"]["config"]
        merged = as_helm(CHART, generated)
        merged["route"] |= {"group_wait": "1s", "group_interval": "500ms"}
        pair = [
            alert(PAIR, {"summary": "Crash looping.", "description": f"{pod} waits."}, pod=pod)
            for pod in ("one", "two")
        ]
        with alertmanager(folder, yaml.safe_dump(merged)) as running:
            running.fire(alert("Watchdog", {"message": "alive"}, severity="none"), alert("Quiet", severity="none"))
            running.fire(*pair, *(alert(name, annotations) for name, annotations in FORMS.items()))
            running.fire(alert("Burning", {"summary": "It burns."}, severity="critical"))

            def all_there(found: list[Delivery]) -> bool:
                has = {
                    (one.service, name)
                    for one in found
                    for name in (PAIR, *FORMS, "Burning", "Watchdog")
                    if name in one.text
                }
                wanted = {(service, name) for service in SERVICES for name in (PAIR, *FORMS)}
                return has >= wanted | {("critical", "Burning"), ("heartbeat", "Watchdog")}

            inbox.wait(all_there)
            # When this one has come to all, every group before it has had its chance to be sent twice.
            running.fire(alert("Later"))
            firing = inbox.wait(lambda found: {one.service for one in found if "Later" in one.text} >= set(SERVICES))
            now = datetime.now(UTC).isoformat()
            running.fire(*({**one, "endsAt": now} for one in pair))
            count = len(firing)
            everything = inbox.wait(lambda found: {one.service for one in found[count:]} >= set(SERVICES))
    return Story(firing, everything[count:])


@pytest.mark.parametrize("service", SERVICES)
def test_a_group_arrives_once(story: Story, service: str) -> None:
    (one,) = story.to(service, PAIR)
    assert "one waits." in one.text
    assert "two waits." in one.text


@pytest.mark.parametrize("service", [one for one in SERVICES if one != "webhook"])
@pytest.mark.parametrize("name", FORMS)
def test_no_text_is_blank(story: Story, service: str, name: str) -> None:
    (one,) = story.to(service, name)
    text = one.text
    if service == "email":  # which is quoted-printable
        text = re.sub(r"=\r?\n", "", text).replace("=3D", "=")
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    if service in {"discord", "webex"}:
        text = re.sub(r"\\\\(.)", r"\1", text)
    for annotation in FORMS[name].values():
        assert annotation in text
    if not FORMS[name]:
        assert "(no annotation)" in text


def test_telegram_can_read_what_it_gets(story: Story) -> None:
    """It refuses a message whose HTML does not close."""
    (one,) = story.to("telegram", "OnlySummary")
    assert one.data["parse_mode"] == "HTML"
    assert "<b>OnlySummary</b>" in one.data["text"]
    assert "&lt;sda&gt;" in one.data["text"]


def test_a_severity_reaches_its_receiver_alone(story: Story) -> None:
    assert {one.service for one in story.firing if "Burning" in one.text} == {"critical"}
    (one,) = story.to("critical", "Burning")
    assert one.data["payload"]["severity"] == "critical"
    assert "It burns." in one.data["payload"]["custom_details"]["alerts"]


def test_watchdog_reaches_the_heartbeat_alone(story: Story) -> None:
    assert {one.service for one in story.firing + story.resolved if "Watchdog" in one.text} == {"heartbeat"}
    assert not [one for one in story.firing if "Quiet" in one.text]


@pytest.mark.parametrize("service", SERVICES)
def test_resolved_arrives(story: Story, service: str) -> None:
    last = [one for one in story.resolved if one.service == service]
    assert last, f"{service} was not told"
    if service in {"pagerduty", "opsgenie", "victorops"}:  # they have an event of their own for it
        assert service == "opsgenie" or re.search("resolve|RECOVERY", last[-1].text)
    else:
        assert re.search("RESOLVED|resolved", last[-1].text)


@pytest.mark.parametrize("mode", ["HTML", "Markdown", "MarkdownV2"])
def test_what_telegram_marks_up_is_escaped(tmp_path: Path, mode: str) -> None:
    """Values with every mark: what Telegram's parser would take for markup is escaped."""
    repo = new_repo(tmp_path / "repo")
    odd = "_*[]()~`>#+-=|{}.!\\ <b> & end"
    with stand_ins() as (inbox, url, _):
        telegram = {"api_url": f"{url}/telegram", "bot_token": "1:x", "chat_id": 5, "parse_mode": mode}
        data = {"template": "alerting", "name": "x", "alertmanager": "0.25", "plain_secret": True}
        repo.write(
            "alerting/scaffold.yaml", json.dumps({**data, "receivers": [{"name": "t", "telegram_configs": [telegram]}]})
        )
        repo.ok("regenerate")
        merged = as_helm(CHART, yaml.safe_load(repo.read("alerting/values.yaml"))["alertmanager"]["config"])
        merged["route"] |= {"group_wait": "0s"}
        with alertmanager(tmp_path, yaml.safe_dump(merged)) as running:
            running.fire(alert("Odd", {"summary": odd}))
            inbox.wait(bool)
    (one,) = inbox.deliveries
    text = one.data["text"]
    specials = {"HTML": "", "Markdown": "_*`[", "MarkdownV2": "_*[]()~`>#+-=|{}.!\\"}[mode]
    wanted = "".join(f"\\{char}" if char in specials else char for char in odd)
    if mode == "HTML":
        wanted = wanted.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert wanted in text
