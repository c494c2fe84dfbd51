"""``scaffold alerting``: what its options write into the spec, what it asks for, and what it tells where it cannot."""

from __future__ import annotations

import shlex
import shutil
from typing import Any

import pexpect
import pytest
import yaml

from ..cli.test_terminal import spawn
from ..conftest import Repo
from ..shipped.test_own_templates import small
from .test_alertmanager import new_repo

SPEC = "alerting/scaffold.yaml"
VALUES = "alerting/values.yaml"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """A repository for tests that begin without a unit in it."""
    return new_repo(tmp_path_factory.mktemp("command") / "repo")


def written(repo: Repo, path: str = SPEC) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(repo.read(path))
    return {key: one for key, one in found.items() if key not in {"template", "name"}}


@pytest.mark.parametrize(
    ("arguments", "spec"),
    [
        ([], {}),
        (["--slack-channel", "#a"], {"slack": {"channel": "#a"}}),
        (["--receiver", "pagerduty"], {"receivers": [{"name": "pagerduty", "pagerduty_configs": [{}]}]}),
        (
            ["--receiver", "slack", "--receiver", "slack_configs:ops", "--slack-channel", "#a"],
            {
                "receivers": [
                    {"name": "slack", "slack_configs": [{"channel": "#a"}]},
                    {"name": "ops", "slack_configs": [{}]},
                ]
            },
        ),
        (
            [
                "--receiver",
                "pagerduty",
                "--slack-channel",
                "#a",
                "--severity",
                "critical=pagerduty",
                "--severity",
                "none=null",
            ],
            {
                "receivers": [{"name": "pagerduty", "pagerduty_configs": [{}]}],
                "slack": {"channel": "#a"},
                "severity": {"critical": "pagerduty", "none": "null"},
            },
        ),
        (
            ["--receiver", "webhook:beat", "--watchdog", "beat", "--slack-channel", "#a"],
            {"receivers": [{"name": "beat", "webhook_configs": [{}]}], "slack": {"channel": "#a"}, "watchdog": "beat"},
        ),
        (["--watchdog", "null"], {"watchdog": "null"}),
        (
            ["--receiver", "discord", "--set", "discord.webhook_url=https://example.org/x", "--plain-secret"],
            {
                "receivers": [{"name": "discord", "discord_configs": [{"webhook_url": "https://example.org/x"}]}],
                "plain_secret": True,
            },
        ),
        (
            [
                "--receiver",
                "telegram",
                "--set",
                "telegram.chat_id=-100123",
                "--set",
                "telegram.http_config.proxy_url=http://p:1",
            ],
            {
                "receivers": [
                    {
                        "name": "telegram",
                        "telegram_configs": [{"chat_id": -100123, "http_config": {"proxy_url": "http://p:1"}}],
                    }
                ]
            },
        ),
        (["--set", "slack.username=0123"], {"slack": {"username": "0123"}}),
        (["--set", "slack.mrkdwn_in[0]=text"], {"slack": {"mrkdwn_in": ["text"]}}),
        (
            [
                "--set",
                "slack.fields[0].title=a.b=c",
                "--set",
                "slack.fields[0].value=7",
                "--set",
                "slack.fields[0].short=true",
            ],
            {"slack": {"fields": [{"title": "a.b=c", "value": "7", "short": True}]}},
        ),
        (
            ["--set", "slack.fields=[{title: a, value: b}]", "--set", "slack.fields[1]={title: c, value: d}"],
            {"slack": {"fields": [{"title": "a", "value": "b"}, {"title": "c", "value": "d"}]}},
        ),
        (["--alertmanager", "0.27", "--operator", "0.80"], {"alertmanager": "0.27", "operator": "0.80"}),
    ],
)
def test_options_go_into_the_spec(shared: Repo, arguments: list[str], spec: dict[str, Any]) -> None:
    shutil.rmtree(shared.root / "alerting", ignore_errors=True)
    shared.ok("alerting", *arguments)
    assert written(shared) == spec
    before = shared.snapshot()
    assert "nothing to do" in shared.ok("alerting", *arguments).out
    assert shared.snapshot() == before


@pytest.mark.parametrize("name", ["a.b", "my team", "it's.mine", "a=b.c", "ops.http_config", "x,y"])
def test_the_printed_settings_work_for_any_name(shared: Repo, name: str) -> None:
    """Every option that is printed for a missing field is read by a shell and given, until nothing is missing."""
    shutil.rmtree(shared.root / "alerting", ignore_errors=True)
    values = {"chat_id": "-100", "to": "a@example.org", "smarthost": "mail:25", "from": "b@example.org"}
    arguments = ["--receiver", "webhook:a", "--receiver", f"telegram:{name}", "--receiver", f"email:{name}.mail"]
    printed = [line.strip() for line in shared.run("alerting", *arguments).err.splitlines() if "add --set" in line]
    assert len(printed) == 4
    for line in printed:
        option, setting = shlex.split(line.partition("add ")[2].partition(" (")[0])
        field = setting.removesuffix("=VALUE").rpartition(".")[2]
        arguments += [option, setting.replace("VALUE", values[field])]
    shared.ok("alerting", *arguments)
    _, telegram, email = written(shared)["receivers"]
    assert telegram == {"name": name, "telegram_configs": [{"chat_id": -100}]}
    assert email["email_configs"] == [{key: values[key] for key in ("to", "smarthost", "from")}]


@pytest.mark.parametrize("name", ["a\nb", "a\x07", " a", "a ", "null", "x" * 201])
def test_a_name_that_no_spec_can_have_is_neither_asked_about_nor_offered(shared: Repo, name: str) -> None:
    shutil.rmtree(shared.root / "alerting", ignore_errors=True)
    done = shared.run("alerting", "--receiver", f"telegram:{name}")
    assert (done.code, "add --set" in done.err, "--receiver" in done.err) == (2, False, True), done.err
    shared.write("names/values.yml", yaml.safe_dump(
        {"route": {"receiver": name}, "receivers": [{"name": name, "webhook_configs": [{"url": "http://a/"}]}]}
    ))  # fmt: skip
    adopt = ("alerting", "names", "--values-file", "names/values.yml", "--chart", "none", "--receiver", "webhook:x")
    done = shared.run(*adopt, "--severity", "critical=x")
    assert (done.code, "no longer get alerts" in done.err, "keeps it" in done.err) == (2, True, False), done.err


def test_the_printed_channels_work_for_any_name(shared: Repo) -> None:
    shutil.rmtree(shared.root / "alerting", ignore_errors=True)
    arguments = ["--receiver", "slack:a.b", "--receiver", "slack:my c.d"]
    done = shared.run("alerting", *arguments, "--slack-channel", "#x")
    assert "write --set a.b.channel=VALUE or --set 'my c.d.channel=VALUE'" in done.err
    shared.ok("alerting", *arguments, "--set", "a.b.channel=#x", "--set", "my c.d.channel=#y")
    assert [one["slack_configs"] for one in written(shared)["receivers"]] == [[{"channel": "#x"}], [{"channel": "#y"}]]


def test_the_printed_receiver_works_for_any_name(shared: Repo) -> None:
    shutil.rmtree(shared.root / "alerting", ignore_errors=True)
    assert "add it with --receiver 'TYPE:my team'" in shared.run("alerting", "--set", "my team.url=x").err
    done = shared.run("alerting", "--watchdog", "my beat")
    assert "--receiver 'webhook:my beat'" in done.err
    shared.ok("alerting", "--watchdog", "my beat", "--receiver", "webhook:my beat", "--receiver", "slack")


@pytest.mark.parametrize(
    ("arguments", "messages"),
    [
        (
            ["--receiver", "hipchat", "--receiver", "carrier-pigeon"],
            ["--receiver: 'hipchat' is no", "--receiver: 'carrier-pigeon' is no"],
        ),
        (
            ["--receiver", "email"],
            ["--set: email.to is missing", "--set: email.smarthost is missing", "--set: email.from"],
        ),
        (
            ["--receiver", "msteams"],
            ["--receiver msteams: msteams_configs needs webhook_url", "refuse the whole configuration"],
        ),
        (
            ["--receiver", "discord"],
            ["--receiver discord: discord_configs needs webhook_url", "needs Prometheus Operator 0.94"],
        ),
        (
            ["--set", "slack.api_url=https://example.org"],
            ["--set: api_url is a secret in plain text", "api_url_file", "--plain-secret"],
        ),
        (["--set", "slack"], ["--set: 'slack' is not a setting"]),
        (["--set", "ops.channel=x"], ["--set: no receiver is named ops", "--receiver TYPE:ops"]),
        (["--set", "s.fields[0].title=x"], ["--set: no receiver is named s\n", "--receiver TYPE:s"]),
        (["--set", "a\nb.url=x"], ["--set: no receiver is named a\\nb", "no receiver can have this name"]),
        (["--severity", "critical"], ["--severity: 'critical' does not name a severity and a receiver"]),
        (["--severity", "critical=nobody"], ["--severity: no receiver is named 'nobody'"]),
        (["--watchdog", "beat"], ["--watchdog: no receiver is named 'beat'", "--receiver webhook:beat"]),
        (["--watchdog", "slack"], ["--watchdog: Watchdog always fires, but slack has slack_configs"]),
        (["--receiver", "webhook", "--watchdog", "webhook"], ["receives Watchdog", "add a receiver for alerts"]),
        (["--alertmanager", "0.21"], ["api_url_file needs Alertmanager 0.22"]),
        (["--alertmanager", "latest"], ['--alertmanager: alertmanager is "latest"']),
        (
            ["--receiver", "mattermost", "--alertmanager", "0.29"],
            ["--receiver mattermost: mattermost_configs needs Alertmanager 0.30"],
        ),
        (["--receiver", "slack:null"], ["--receiver: 'null' cannot be the name of a receiver"]),
        (
            ["--receiver", "telegram", "--set", "telegram.chat_id=people"],
            ["--set: receivers[0].telegram_configs[0].chat_id must be"],
        ),
        (["--slack-channel", "a b"], ["--slack-channel: slack.channel"]),
        (["--values-file", "../x.yaml"], ["is outside the repository"]),
    ],
)
def test_what_cannot_be_is_told_with_its_option(shared: Repo, arguments: list[str], messages: list[str]) -> None:
    shutil.rmtree(shared.root / "alerting", ignore_errors=True)
    before = shared.snapshot()
    done = shared.run("alerting", *arguments)
    assert done.code == 2
    for message in messages:
        assert message in done.err
    assert shared.snapshot() == before


def test_a_spec_that_is_there_keeps_its_comments(empty: Repo) -> None:
    empty.ok("alerting", "--receiver", "slack", "--slack-channel", "#a")
    empty.edit(SPEC, 'channel: "#a"', 'channel: "#a"   # the team\'s')
    empty.edit(SPEC, "receivers:\n", "# who is told\nreceivers:\n")
    empty.ok("alerting", "--receiver", "opsgenie", "--severity", "critical=opsgenie", "--set", "slack.footer=bye")
    text = empty.read(SPEC)
    assert 'channel: "#a"   # the team\'s' in text
    assert "# who is told\nreceivers:\n" in text
    assert written(empty) == {
        "receivers": [
            {"name": "slack", "slack_configs": [{"channel": "#a", "footer": "bye"}]},
            {"name": "opsgenie", "opsgenie_configs": [{}]},
        ],
        "severity": {"critical": "opsgenie"},
    }


def test_what_people_changed_in_the_values_stays(empty: Repo) -> None:
    empty.ok("alerting", "--receiver", "slack", "--slack-channel", "#a")
    empty.edit(VALUES, "group_wait: 30s", "group_wait: 10s  # ours")
    empty.ok("alerting", "--receiver", "pagerduty", "--severity", "critical=pagerduty")
    assert "group_wait: 10s  # ours" in empty.read(VALUES)
    assert "pagerduty_configs:" in empty.read(VALUES)


def test_on_a_terminal_it_asks_for_what_is_missing(empty: Repo) -> None:
    child = spawn(empty, "alerting", "--receiver", "email:ops", "--set", "ops.from=am@example.org")
    child.expect(r"Recipient addresses, comma separated \(ops.to\): ")
    child.sendline("ops@example.org")
    child.expect(r"SMTP relay \(ops.smarthost\): ")
    child.sendline("mail.example.org:587")
    child.expect(r"User name for the mail server, empty for none \(ops.auth_username\): ")
    child.sendline("")
    child.expect("created alerting/values.yaml")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    (receiver,) = written(empty)["receivers"]
    assert receiver["email_configs"] == [
        {"from": "am@example.org", "to": "ops@example.org", "smarthost": "mail.example.org:587"}
    ]


def test_the_printed_options_for_an_address_work(shared: Repo) -> None:
    shutil.rmtree(shared.root / "alerting", ignore_errors=True)
    done = shared.run("alerting", "--receiver", "discord:my team")
    options = shlex.split(done.err.partition("; as options of scaffold alerting: ")[2].partition(";")[0])
    assert options == ["--set", "my team.webhook_url=VALUE", "--plain-secret"]
    given = [one.replace("VALUE", "https://discord.com/api/webhooks/1/x") for one in options]
    shared.ok("alerting", "--receiver", "discord:my team", *given)


def test_on_a_terminal_it_asks_for_an_address_that_no_file_can_have(empty: Repo) -> None:
    child = spawn(empty, "alerting", "--receiver", "discord")
    child.expect(
        r"Webhook endpoint, a secret that git will have in plain text, empty for none \(discord.webhook_url\): "
    )
    child.sendline("https://discord.com/api/webhooks/1/x")
    child.expect("created alerting/values.yaml")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    (discord,) = written(empty)["receivers"]
    assert discord["discord_configs"] == [{"webhook_url": "https://discord.com/api/webhooks/1/x"}]
    assert written(empty)["plain_secret"] is True


def test_a_config_says_it_for_all(empty: Repo) -> None:
    empty.edit(".scaffold/config.yaml", "automation: flux-v1", 'automation: flux-v1\nalertmanager: "0.29"')
    done = empty.run("alerting", "--receiver", "mattermost")
    assert done.code == 2
    assert "mattermost_configs needs Alertmanager 0.30, but this is for 0.29" in done.err


HEAD = "template: alerting\nname: alerting\n"
SLACK = "slack: {channel: '#ops'}\n"


def written_by_hand(repo: Repo, spec: str) -> str:
    """Write a spec by hand, in a unit that is not generated yet, and return its text."""
    shutil.rmtree(repo.root / "alerting", ignore_errors=True)
    repo.write(SPEC, text := HEAD + spec)
    return text


@pytest.mark.parametrize(
    ("spec", "arguments", "changed"),
    [
        (  # the receiver of a route is the one that it has
            f"{SLACK}severity:\n  critical: {{receiver: slack, group_wait: 5m}}  # at night\n",
            ["--severity", "critical=slack"],
            None,
        ),
        (
            f"{SLACK}severity:\n  critical: {{receiver: slack, group_wait: 5m}}  # at night\n",
            ["--severity", "critical=null"],
            ("{receiver: slack,", '{receiver: "null",'),
        ),
        (
            f"{SLACK}severity:\n  critical:\n    receiver: slack # us\n    group_wait: 5m\n",
            ["--severity", "critical=null"],
            ("receiver: slack # us", 'receiver: "null" # us'),
        ),
        (f"{SLACK}severity: {{critical: slack}} # all\n", ["--severity", "critical=slack"], None),
        (f"{SLACK}severity:\n  critical: slack # all\n", ["--severity", "critical=null"], ("slack #", '"null" #')),
        ("slack: {channel: '#ops'} # us\n", ["--slack-channel", "#ops"], None),
    ],
)
def test_only_what_an_option_says_changes(
    shared: Repo, spec: str, arguments: list[str], changed: tuple[str, str] | None
) -> None:
    before = written_by_hand(shared, spec)
    shared.ok("alerting", *arguments)
    assert shared.read(SPEC) == (before.replace(*changed) if changed else before)


OTHER_TYPES = [
    ("receivers: [5]\n", ["--receiver", "pagerduty"]),
    ("receivers: [null]\n", ["--slack-channel", "#x"]),
    ("receivers: {slack: {slack_configs: [{channel: '#ops'}]}, mail: {}}\n", ["--receiver", "pagerduty"]),
    ("receivers: [{name: slack, slack_configs: 5}]\n", ["--severity", "critical=slack", "--receiver", "slack"]),
    ("receivers: [{name: ops, email_configs: [5]}]\n", ["--receiver", "email:ops", "--set", "ops.to=a@b"]),
    ("slack: []\n", ["--slack-channel", "#x"]),
    ("slack: '#ops'\n", ["--slack-channel", "#new"]),
    ("severity: []\n", ["--severity", "critical=slack"]),
    ("severity: [critical: slack]\n", ["--severity", "critical=slack"]),
    ("severity: slack # all\n", ["--severity", "warning=slack"]),
    ("severity: {critical: [5]}\n", ["--severity", "critical=slack"]),
    ("global: 5\n", ["--severity", "critical=slack", "--receiver", "slack"]),
    ("global: 5\n", ["--receiver", "email:ops", "--set", "ops.to=a@b"]),
    ("values_file: [a]\n", ["--receiver", "slack"]),
    ("watchdog: {a: b}\n", ["--watchdog", "null"]),
    ("slack: {channel: 5}\n", ["--receiver", "email:ops"]),
]


@pytest.mark.parametrize(("spec", "arguments"), OTHER_TYPES)
def test_a_spec_that_is_not_valid_is_not_edited(shared: Repo, spec: str, arguments: list[str]) -> None:
    """The problems are those of ``regenerate``, with the same places."""
    written_by_hand(shared, spec)
    before = shared.snapshot()
    done, regenerated = shared.run("alerting", *arguments), shared.run("regenerate", "alerting")
    assert done.code == regenerated.code == 2
    assert done.err == regenerated.err
    assert "alerting/scaffold.yaml:" in done.err
    assert shared.snapshot() == before


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("slack.channel.x.y=5", "--set: slack.channel is not a map"),
        ("slack.actions.0.text=hi", "--set: slack.actions is not a map"),
        ("slack.http_config.proxy_url.x=5", "--set: slack.http_config.proxy_url is not a map"),
        ("slack.channel[0]=x", "--set: slack.channel is not a list"),
        ("slack.http_config[0].proxy_url=x", "--set: slack.http_config is not a list"),
        ("slack.actions[2].text=x", "--set: slack.actions has 1 items, and none of number 2"),
        ("slack.actions[]=x", "--set: 'slack.actions[]=x' is not a setting"),
        ("slack.[0]=x", "--set: 'slack.[0]=x' is not a setting"),
        ("slack.actions[0][0]=x", "--set: slack.actions[0] is not a list"),
    ],
)
def test_a_setting_below_a_value_that_is_not_a_map(shared: Repo, setting: str, message: str) -> None:
    slack = (
        "{channel: '#a', actions: [{type: button, text: a, url: 'https://a'}], http_config: {proxy_url: 'http://p:1'}}"
    )
    before = written_by_hand(shared, f"slack: {slack}\n")
    done = shared.run("alerting", "--set", setting)
    assert (done.code, message in done.err) == (2, True), done.err
    assert shared.read(SPEC) == before
    shutil.rmtree(shared.root / "alerting")
    if "channel." in setting:
        done = shared.run("alerting", "--slack-channel", "#a", "--set", setting)
        assert (done.code, message in done.err) == (2, True), done.err
        assert not shared.has(SPEC)


def test_an_own_template_of_that_name_may_have_another_form(empty: Repo) -> None:
    """Its options then edit nothing but specs of our form: nothing is replaced, and nothing is a bug."""
    small(empty, "alerting", {"type": "object"})
    for spec, arguments in OTHER_TYPES:
        before = written_by_hand(empty, spec)
        done = empty.run("alerting", *arguments)
        assert (done.code, "options edit only specs of the form of alerting" in done.err) == (2, True), (spec, done.err)
        assert empty.read(SPEC) == before
    written_by_hand(empty, "team: a\n")
    empty.ok("alerting", "--slack-channel", "#a")
    assert written(empty) == {"team": "a", "slack": {"channel": "#a"}}


def receivers(repo: Repo, path: str = VALUES) -> list[str]:
    config = yaml.safe_load(repo.read(path))["alertmanager"]["config"]
    return [one["name"] for one in config["receivers"]]


@pytest.mark.parametrize(
    ("first", "then", "there", "default"),
    [
        ([], ["--receiver", "pagerduty:pd"], ["null", "slack", "pd"], "slack"),
        ([], ["--receiver", "webhook:hb", "--watchdog", "hb"], ["null", "slack", "hb"], "slack"),
        (["--severity", "critical=slack"], ["--receiver", "pagerduty:pd"], ["null", "slack", "pd"], "slack"),
        (["--slack-channel", "#a"], ["--receiver", "pagerduty:pd"], ["null", "slack", "pd"], "slack"),
        (["--receiver", "pagerduty"], ["--receiver", "opsgenie"], ["null", "pagerduty", "opsgenie"], "pagerduty"),
        ([], ["--receiver", "slack"], ["null", "slack"], "slack"),
        ([], [], ["null", "slack"], "slack"),
    ],
)  # fmt: skip
def test_a_receiver_that_is_added_replaces_none(
    empty: Repo, first: list[str], then: list[str], there: list[str], default: str
) -> None:
    empty.ok("alerting", *first)
    empty.ok("alerting", *then)
    assert receivers(empty) == there
    assert yaml.safe_load(empty.read(VALUES))["alertmanager"]["config"]["route"]["receiver"] == default
    assert "nothing to do" in empty.ok("alerting", *then).out


def test_a_receiver_of_the_config_is_kept_where_one_is_added(empty: Repo) -> None:
    settings = empty.read(".scaffold/config.yaml")
    empty.write(
        ".scaffold/config.yaml",
        f"{settings}defaults:\n  alerting: {{receivers: [{{name: pd, pagerduty_configs: [{{}}]}}]}}\n",
    )
    empty.ok("alerting")
    before = empty.read(SPEC)
    empty.ok("alerting", "--severity", "critical=pd")
    assert "receivers" not in written(empty), "nothing of the config is written without need"
    empty.write(SPEC, before)
    empty.ok("alerting", "--receiver", "slack:sl")
    assert receivers(empty) == ["null", "pd", "sl"]
    empty.ok("alerting", "--set", "pd.severity=x")
    assert receivers(empty) == ["null", "pd", "sl"]


def test_a_receiver_of_the_config_is_set_in_the_spec(empty: Repo) -> None:
    settings = empty.read(".scaffold/config.yaml")
    empty.write(
        ".scaffold/config.yaml",
        f"{settings}defaults:\n  alerting: {{receivers: [{{name: pd, pagerduty_configs: [{{}}]}}]}}\n",
    )
    empty.ok("alerting")
    empty.ok("alerting", "--set", "pd.severity=x")
    assert written(empty)["receivers"] == [{"name": "pd", "pagerduty_configs": [{"severity": "x"}]}]


TWO_SLACKS = """receivers:
  - {name: team, slack_configs: [{channel: '#a'}]}
  - {name: b c, slack_configs: [{channel: '#b'}]}
"""


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        (TWO_SLACKS, "--set team.channel=VALUE or --set 'b c.channel=VALUE'"),
        (
            "receivers: [{name: t, slack_configs: [{channel: '#a'}, {channel: '#b'}]}]\n",
            "write it into the spec by hand",
        ),
    ],
)
def test_a_channel_of_several_receivers_is_not_guessed(shared: Repo, spec: str, told: str) -> None:
    before = written_by_hand(shared, spec)
    done = shared.run("alerting", "--slack-channel", "#new")
    assert (done.code, told in done.err) == (2, True), done.err
    assert shared.read(SPEC) == before


@pytest.mark.parametrize(
    ("spec", "changed"),
    [
        (TWO_SLACKS.replace("b c", "slack"), ("'#b'", '"#new"')),  # the one of this name is meant
        (f"{SLACK}{TWO_SLACKS}", ("'#ops'", '"#new"')),  # the short form is what the option is for
        (TWO_SLACKS.replace("slack_configs: [{channel: '#b'}]", "pagerduty_configs: [{}]"), ("'#a'", '"#new"')),
    ],
)
def test_the_channel_of_the_receiver_that_is_meant(shared: Repo, spec: str, changed: tuple[str, str]) -> None:
    before = written_by_hand(shared, spec)
    shared.ok("alerting", "--slack-channel", "#new")
    assert shared.read(SPEC).replace('"', "'") == before.replace(*changed).replace('"', "'")
    assert "nothing to do" in shared.ok("alerting", "--slack-channel", "#new").out


THREE = "receivers: [{name: slack, slack_configs: [{}]}, {name: pd, pagerduty_configs: [{}]}, {name: 'a,b', webhook_configs: [{}]}]\n"  # fmt: skip  # noqa: E501


@pytest.mark.parametrize(
    ("spec", "options", "severity"),
    [
        ("", ["critical=pd,slack"], {"critical": ["pd", "slack"]}),
        ("", ["critical=pd", "critical=slack"], {"critical": ["pd", "slack"]}),
        ("", ["critical=pd", "warning=slack", "critical=slack,pd"], {"critical": ["pd", "slack"], "warning": "slack"}),
        ("", ["critical=a,b"], {"critical": "a,b"}),  # one receiver of that name
        ("", ["critical=a,b", "critical=pd"], {"critical": ["a,b", "pd"]}),
        ("", ["critical|page=pd"], {"critical|page": "pd"}),
        ("", ["critical=slack", "critical|page=pd"], {"critical": "slack", "critical|page": "pd"}),
        ("severity: {critical: slack}\n", ["critical=pd"], {"critical": "pd"}),  # an option sets what the spec has
        ("severity: {critical: [slack, pd]}\n", ["critical=pd"], {"critical": "pd"}),
        ("severity: {critical: slack}\n", ["critical=slack,pd"], {"critical": ["slack", "pd"]}),
        (
            "severity: {critical: {receiver: slack, group_wait: 5m}}\n",
            ["critical=pd,slack"],
            {"critical": ["pd", {"receiver": "slack", "group_wait": "5m"}]},
        ),
        (
            "severity: {critical: [{receiver: slack, group_wait: 5m}, pd]}\n",
            ["critical=slack"],
            {"critical": {"receiver": "slack", "group_wait": "5m"}},
        ),
    ],
)
def test_the_receivers_of_a_severity(shared: Repo, spec: str, options: list[str], severity: dict[str, Any]) -> None:
    written_by_hand(shared, THREE + spec)
    words = [word for one in options for word in ("--severity", one)]
    shared.ok("alerting", *words)
    assert written(shared)["severity"] == severity
    before = shared.snapshot()
    assert "nothing to do" in shared.ok("alerting", *words).out
    assert shared.snapshot() == before


@pytest.mark.parametrize(
    ("severity", "routes"),
    [
        ("{critical: [pd, slack]}", [('severity = "critical"', "pd", True), ('severity = "critical"', "slack", False)]),
        ("{critical|page: pd}", [('severity =~ "critical|page"', "pd", False)]),
        ("{p.1|p.2: pd}", [('severity =~ "p\\\\.1|p\\\\.2"', "pd", False)]),
        ("{p.1: pd}", [('severity = "p.1"', "pd", False)]),
        (
            "{critical: pd, page: slack}",
            [('severity = "critical"', "pd", False), ('severity = "page"', "slack", False)],
        ),
        (  # both get what they have in common
            "{critical: pd, critical|page: slack}",
            [('severity = "critical"', "pd", True), ('severity =~ "critical|page"', "slack", False)],
        ),
        (
            "{critical|page: slack, warning: pd, critical: pd}",
            [
                ('severity =~ "critical|page"', "slack", True),
                ('severity = "warning"', "pd", False),
                ('severity = "critical"', "pd", False),
            ],
        ),
    ],
)
def test_the_routes_of_severities(shared: Repo, severity: str, routes: list[tuple[str, str, bool]]) -> None:
    written_by_hand(shared, f"{THREE}severity: {severity}\n")
    shared.ok("regenerate", "alerting")
    found = yaml.safe_load(shared.read(VALUES))["alertmanager"]["config"]["route"]["routes"][1:]
    assert [(one["matchers"][0], one["receiver"], one.get("continue", False)) for one in found] == routes
    assert "AM0" not in shared.run("validate", "alerting").text.replace("AM028", "")


@pytest.mark.parametrize(
    ("severity", "told"),
    [
        ("{critical: [pd, pd]}", "pd is named twice for the severity critical: it would be notified twice"),
        ("{critical: pd, critical|page: pd}", "pd is named twice for the severity critical"),
        ("{critical: ['null', pd]}", 'alerts with the severity critical go to "null", and to others too'),
        ("{critical: [{receiver: pd, continue: false}, slack]}", "the later receivers of critical get nothing"),
        ("{critical: [pd, nobody]}", "no receiver is named 'nobody'"),
        ("{critical: []}", "severity.critical"),
        ("{critical|: pd}", "severity"),
        ("{'crit.*': pd}", "severity"),
    ],
)
def test_severities_that_cannot_be(shared: Repo, severity: str, told: str) -> None:
    written_by_hand(shared, f"{THREE}severity: {severity}\n")
    done = shared.run("regenerate", "alerting")
    assert done.code == 2
    assert told in done.err


OWN_FILE = """\
route:
  receiver: slack
  routes:
    - matchers: ['team = "a"']
      receiver: ops
receivers:
  - name: slack
    webhook_configs: [{url: 'http://slack/'}]
  - name: ops
    webhook_configs: [{url: 'http://ops/'}]
"""


def test_a_receiver_that_only_the_file_has_is_named_with_the_option_for_it(empty: Repo) -> None:
    empty.write("mon/am.yaml", OWN_FILE)
    options = ["--values-file", "mon/am.yaml", "--receiver", "pagerduty", "--severity", "critical=pagerduty,ops"]
    done = empty.run("alerting", *options)
    assert done.code == 2
    assert "if only the existing file has it, add --receiver TYPE:NAME of scaffold alerting too: it is kept" in done.err
    empty.ok("alerting", *options, "--receiver", "webhook:ops", "--yes-reroute")
    assert "  - name: ops\n    webhook_configs: [{url: 'http://ops/'}]\n" in empty.read("mon/am.yaml")


@pytest.mark.parametrize("wrong", ["group_wait: 5 parsecs", ""])
def test_a_file_that_alertmanager_refuses_already_is_told(empty: Repo, wrong: str) -> None:
    empty.write("mon/am.yaml", OWN_FILE.replace("route:\n", f"route:\n  {wrong}\n" if wrong else "route:\n", 1))
    done = empty.run("alerting", "--values-file", "mon/am.yaml", "--receiver", "pagerduty")
    assert done.code == 0
    told = "Alertmanager still refuses the file: line 2: a route.group_wait is '5 parsecs'"
    assert (told in done.err) == bool(wrong)


def test_a_values_file_that_is_json_is_refused_with_the_names_it_may_have(empty: Repo) -> None:
    done = empty.run("alerting", "--values-file", "mon/values.json", "--receiver", "pagerduty")
    assert (done.code, "it ends with .yaml or .yml" in done.err) == (2, True)
