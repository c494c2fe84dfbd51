"""What people read: the texts of every type, rendered and sent by Alertmanager's own notifiers.

``tests/cases/messages/TYPE.txt`` has them for a few groups of alerts; ``UPDATE_CASES=1 pytest
tests/alerting/test_messages.py`` writes them anew; read the diff.
"""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from generator.alertmanager.config_fields import receiver_types
from generator.shipped.alerting import message_texts
from generator.shipped.alerting.message_markup import Size

from ..support import telegram_markdown
from ..support.notifiers import Sent, alert, group, sent, shown
from .test_receivers import IN_PLAIN, NEEDED, values_of

CASES = Path(__file__).parents[1] / "cases/messages"
TYPES = list(receiver_types())
RUNBOOK = "https://runbooks.prometheus-operator.dev/runbooks/kubernetes/kubepodcrashlooping"

HOSTILE = {
    "summary": "<!channel> <@U0> <https://evil.example|click> @channel @all </b><b>& [click](https://evil.example) "
    "[~admin]",
    "description": '``` *bold _under ~strike~ # head\n# heading\n> quote {code} {{ .Status }} {{template "x"}} \' " \\',
    "runbook_url": 'https://evil.example/x|y>) "onclick=',
}


def crashing(number: int, **more: Any) -> dict[str, Any]:
    """Return an alert as kube-prometheus-stack has it."""
    pod = f"checkout-{number}"
    description = f'Pod shop/{pod} (app) is in waiting state (reason: "CrashLoopBackOff").'
    annotations = {"summary": "Pod is crash looping.", "description": description, "runbook_url": RUNBOOK}
    return alert("KubePodCrashLooping", annotations, pod=pod, **more)


def mixed_rules() -> list[dict[str, Any]]:
    """Return alerts of several rules, as a group by namespace has them."""
    return [
        alert("OnlyMessage", {"message": "Only 3 % are left.", "runbook_url": f"{RUNBOOK}/a"}, severity="critical"),
        alert("OnlyDescription", {"description": "Full in 4 hours.", "runbook_url": f"{RUNBOOK}/b"}),
        alert("NoAnnotations"),
        alert("Over", {"summary": "It is over."}, resolved=True),
    ]


GROUPS: dict[str, dict[str, Any]] = {
    "1 alert": group([crashing(0)]),
    "1 resolved alert": group([crashing(0, resolved=True)]),
    "2 that fire, 1 resolved": group([crashing(0), crashing(1), crashing(2, resolved=True)]),
    "several rules": group(mixed_rules(), ("namespace",)),
    "12 alerts": group([crashing(number) for number in range(12)]),
    "30 alerts, 30 resolved": group([crashing(number, resolved=number >= 30) for number in range(60)]),
    "300 alerts": group([crashing(number) for number in range(300)]),
    "hostile": group([alert("<b>*x*_`", HOSTILE, namespace="a\nb&<@U0>", pod=str(one)) for one in range(2)]),
    "long": group([alert("Long", {"summary": "<&" * 5000, "description": "🔥" * 5000}, pod=str(n)) for n in range(12)]),
    "long, half of it resolved": group(
        [
            alert("Long", {"summary": "磁" * 5000, "description": "<" * 5000}, pod=str(n), resolved=n % 2 > 0)
            for n in range(300)
        ]
    ),
    "unicode": group([alert("磁盘", {"summary": "磁盘已满。", "description": "⚠️ דיסק מלא"}, namespace="магазин")]),
}
# How much a service takes of a field, in characters or bytes, and where that is said. Alertmanager cuts where a type
# has ``runes`` in schemas/alertmanager-fields.json; Slack and WeChat cut themselves, and the others refuse the message.
# Telegram and Webex: Alertmanager sends an excuse instead of the text, or ends with a panic (alertmanager #5544).
RUNES: dict[str, dict[str, int]] = {
    "slack_configs": {
        "title": 1024,
        "text": 40_000,
    },  # https://docs.slack.dev/changelog/2018-truncating-really-long-messages
    "pagerduty_configs": {"summary": 1024},
    "opsgenie_configs": {"message": 130, "description": 15_000},  # https://docs.opsgenie.com/docs/alert-api
    "victorops_configs": {"state_message": 20_480},
    "pushover_configs": {"title": 250, "message": 1024},  # https://pushover.net/api#limits
    "telegram_configs": {"text": 4096},  # https://core.telegram.org/bots/api#sendmessage
    "discord_configs": {"title": 256, "description": 4096},  # https://discord.com/developers/docs/resources/message
    "jira_configs": {"summary": 255, "description": 32_767},
    "rocketchat_configs": {"title": 1024, "text": 5000},  # Message_MaxAllowedSize of Rocket.Chat
    "mattermost_configs": {"text": 16_383},
    "sns_configs": {"Subject": 99},  # https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
}
BYTES: dict[str, int] = {
    "webex_configs": 7439,  # of the text: https://developer.webex.com/docs/api/v1/messages/create-a-message
    "sns_configs": 256 * 1024,
    "wechat_configs": 2048,  # longer ones are cut: https://developer.work.weixin.qq.com/document/path/90236
}
# Of the whole request. https://learn.microsoft.com/en-us/microsoftteams/limits-specifications-teams
WHOLE: dict[str, int] = {"msteams_configs": 28_000, "msteamsv2_configs": 28_000, "pagerduty_configs": 512_000}
# Where Alertmanager cuts in the middle of markup, the service refuses or garbles what is left.
WHOLE_TEXTS = {"slack_configs", "telegram_configs", "discord_configs", "webex_configs", "rocketchat_configs"}


def everything(**more: Any) -> dict[str, Any]:
    """Return the configuration of a receiver of every type."""
    team: dict[str, Any] = {"name": "team"}
    for name in TYPES:
        in_plain = IN_PLAIN[name] if name in {"discord_configs", "msteams_configs"} else {}
        team[name] = [{**NEEDED.get(name, {}), **in_plain}]
    data = {"template": "alerting", "name": "x", "plain_secret": True, "receivers": [team], **more}
    found: dict[str, Any] = values_of(data)["alertmanager"]["config"]
    return found


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Sent]]:
    """What every type sends for every group."""
    made = sent(everything(), GROUPS.values(), tmp_path_factory.mktemp("files"))
    return {name: {one.type_name: one for one in each} for name, each in zip(GROUPS, made, strict=True)}


def case_text(type_name: str, messages: dict[str, dict[str, Sent]]) -> str:
    """Return what a type shows for every group, for people to read."""
    out = []
    for name, found in messages.items():
        out.append(f"=== {name}\n")
        one = found[type_name]
        if not shown(one):
            out.append("(nothing is sent)\n")
        for key, text in shown(one).items():
            lines = text.replace("\u200b", "<ZWSP>").split("\n")
            out += [f"--- {key}\n", *(f"{line.rstrip()}\n" for line in lines)]
    return "".join(out)


@pytest.mark.parametrize("type_name", TYPES)
def test_people_can_read_it(type_name: str, messages: dict[str, dict[str, Sent]]) -> None:
    path, text = CASES / f"{type_name.removesuffix('_configs')}.txt", case_text(type_name, messages)
    if os.environ.get("UPDATE_CASES"):
        path.write_text(text, "utf-8")
    assert path.read_text("utf-8") == text


@pytest.mark.parametrize("group_name", GROUPS)
@pytest.mark.parametrize("type_name", TYPES)
def test_it_is_sent_without_an_error(type_name: str, group_name: str, messages: dict[str, dict[str, Sent]]) -> None:
    assert not messages[group_name][type_name].error
    assert messages[group_name][type_name].requests


def too_long(one: Sent) -> Iterator[str]:
    """Yield the fields that are longer than the service takes."""
    fields = shown(one)
    for key, most in RUNES.get(one.type_name, {}).items():
        if len(fields.get(key, "")) > most:
            yield f"{key} has {len(fields[key])} characters, {one.type_name} takes {most}"
    if one.type_name in BYTES and any(len(text.encode()) > BYTES[one.type_name] for text in fields.values()):
        yield f"{one.type_name} takes {BYTES[one.type_name]} bytes"
    if one.type_name in WHOLE and len(one.last["body"].encode()) > WHOLE[one.type_name]:
        yield f"{one.type_name} takes {WHOLE[one.type_name]} bytes as a whole, not {len(one.last['body'].encode())}"
    if one.type_name in WHOLE_TEXTS and any(text.endswith("…") for text in fields.values()):
        yield "Alertmanager cut it"
    if "message length exceeds" in str(fields):
        yield "Telegram gets an excuse"


# What must not be left of a value, by type: after it, the service would read markup, a mention or another's link.
_TICKS = r"(?<!\\)(?:\\\\)*`"
FORBIDDEN: dict[str, str] = {
    "slack_configs": r"<!|<@|<https://evil|&(?!amp;|lt;|gt;)|```",
    "rocketchat_configs": r"\]\(https://evil|@channel|@all|<@|<https?:|" + _TICKS,
    "mattermost_configs": r"(?<!\\)\]\(https://evil|@channel|@all|" + _TICKS,
    "discord_configs": r"(?<!\\)\]\(https://evil|(?<!\\)<[@!]|" + _TICKS,
    "webex_configs": r"(?<!\\)\]\(https://evil|<|" + _TICKS,
    "msteams_configs": r"(?<!\\)\]\(https://evil|<|" + _TICKS,
    "msteamsv2_configs": r"(?<!\\)\]\(https://evil|<|" + _TICKS,
    "telegram_configs": r"<(?!/?b>|a href=\"http|/a>)|&(?!amp;|lt;|gt;)|onclick=\"|@\w",
    "wechat_configs": r"<\w|</",
    "jira_configs": r"(?<!\\)[{}]|(?<!\\)\[(?!Runbook|Graph|Dashboard|Silence)(?!FIRING|RESOLVED)"
    r"|(?m:^(?:h\d|bq)\.|^#)|(?<![\w\\])[+]\w",
}
SUBJECTS = {"email_configs": "Subject", "sns_configs": "Subject", "jira_configs": "summary"}


def injected(one: Sent) -> Iterator[str]:
    """Yield what is left of markup in values."""
    for key, text in shown(one).items():
        if key == SUBJECTS.get(one.type_name):
            if re.search(r"[\n\r]", text):
                yield f"{key} has a line break"
            continue
        forbidden = FORBIDDEN.get(one.type_name, r"\Z\A.")
        if key in {"title", "fallback"} and one.type_name in {"mattermost_configs", "rocketchat_configs"}:
            forbidden = r"@\w"  # plain text
        if found := re.search(forbidden, text):
            yield f"{key} has {found.group()!r}: {text[max(0, found.start() - 40) : found.end() + 20]}"
    if one.type_name == "sns_configs" and not re.fullmatch(r"[!-~][ -~]*", one.query["Subject"]):
        yield "SNS takes only ASCII in a subject"
    if one.type_name == "telegram_configs":
        text = shown(one)["text"]
        for tag in ("b", "a"):
            if len(re.findall(f"<{tag}[ >]", text)) != text.count(f"</{tag}>"):
                yield f"<{tag}> is not closed"


@pytest.mark.parametrize("group_name", GROUPS)
@pytest.mark.parametrize("check", [too_long, injected])
def test_a_service_takes_it(
    group_name: str, check: Callable[[Sent], Iterator[str]], messages: dict[str, dict[str, Sent]]
) -> None:
    assert [found for one in messages[group_name].values() for found in check(one)] == []


def messages_of(
    one: dict[str, Any],
    type_name: str,
    folder: Path,
    groups: dict[str, dict[str, Any]] = GROUPS,
    **more: Any,
) -> dict[str, Sent]:
    """Return what one integration sends for every group."""
    data = {"template": "alerting", "name": "x", "plain_secret": True, **more}
    found = values_of({**data, "receivers": [{"name": "team", type_name: [one]}]})
    made = sent(found["alertmanager"]["config"], groups.values(), folder)
    return {name: each[0] for name, each in zip(groups, made, strict=True)}


@pytest.mark.parametrize("group_name", GROUPS)
def test_a_service_takes_the_style_of_the_annotation_message(group_name: str, tmp_path: Path) -> None:
    """It has the markup, the escapes and the limits of the full style, and says whether alerts fire."""
    whole = GROUPS[group_name]
    said = [
        {**one, "annotations": {**one["annotations"], "message": f"{one['annotations'].get('summary', '')}\n# x"}}
        for one in whole["alerts"]
    ]
    resolved = [{**one, "resolved": True} for one in said]
    firing = [{**one, "resolved": False} for one in said]
    groups = [{**whole, "alerts": each} for each in (said, firing, resolved)]
    made = sent(everything(text_style="message"), groups, tmp_path)
    for one in (each for found in made for each in found):
        assert not one.error, one.type_name
        if one.type_name != "jira_configs" or shown(one):
            assert [*too_long(one), *injected(one)] == [], one.type_name
    for fires, over in zip(made[1], made[2], strict=True):
        if receiver_types()[fires.type_name].messages.body:
            assert shown(over) != shown(fires), fires.type_name


def test_the_style_of_the_annotation_message_shows_resolved_alerts_apart(tmp_path: Path) -> None:
    alerts = [alert(f"A{number}", {"message": "m"}, resolved=number > 1) for number in range(4)]
    slack = {"api_url": "https://hooks.example.org/x"}
    groups = {"mixed": group(alerts, ()), "firing": group(alerts[:2], ())}
    found = messages_of(slack, "slack_configs", tmp_path, groups=groups, text_style="message")
    firing = "- *A0*: m\n- *A1*: m\n"
    assert shown(found["mixed"])["text"] == f"*Firing*\n{firing}*Resolved*\n- *A2*: m\n- *A3*: m\n"
    assert shown(found["firing"])["text"] == firing


# Titles and values that are cut, and the characters that the modes reserve.
AWKWARD = [
    group(
        [alert("_*[]()~`>#+-=|{}.!\\" * 30, {"summary": "_*[]()~`>#+-=|{}.!\\" * 30, "runbook_url": f"{RUNBOOK}(a)"})]
    ),
    *(
        group([alert("a" * number + "." * 80, {"summary": "x" * 60 + "\\" * number + "." * 200})])
        for number in range(4)
    ),
]


@pytest.mark.parametrize("mode", ["MarkdownV2", "Markdown"])
@pytest.mark.parametrize("style", message_texts.STYLES)
def test_telegram_can_read_its_markdown(mode: str, style: str, tmp_path: Path) -> None:
    telegram = {**NEEDED["telegram_configs"], "parse_mode": mode}
    groups = {**GROUPS, **{f"awkward {number}": one for number, one in enumerate(AWKWARD)}}
    found = messages_of(telegram, "telegram_configs", tmp_path, groups=groups, text_style=style)
    for one in found.values():
        assert [*too_long(one)] == []
        assert telegram_markdown.fault(shown(one)["text"], mode) == ""


@pytest.mark.parametrize("mode", ["", "HTML", "Markdown", "MarkdownV2"])
def test_telegram_mentions_nobody(mode: str, tmp_path: Path) -> None:
    telegram = {**NEEDED["telegram_configs"], "parse_mode": mode}
    text = shown(messages_of(telegram, "telegram_configs", tmp_path)["hostile"])["text"]
    assert "@\u200bchannel" in text
    assert not re.search(r"@\w", text)


@pytest.mark.parametrize("letter", "x<*é磁🔥")
def test_wechat_cuts_no_message(letter: str, tmp_path: Path) -> None:
    """However long all values are, the text ends with how many alerts it does not show, and with the links."""
    word, address = letter * 500, f"https://example.org/{'r' * 80}"
    said = {"summary": word, "description": word, "runbook_url": address, "dashboard_url": address}
    alerts = [alert(word, said, severity=word, namespace=word, pod=str(one), resolved=one >= 20) for one in range(40)]
    groups = {"mixed": group(alerts), "firing": group(alerts[:20]), "resolved": group(alerts[20:])}
    for message_type in ("text", "markdown"):
        wechat = {**NEEDED["wechat_configs"], "message_type": message_type}
        for name, one in messages_of(wechat, "wechat_configs", tmp_path, groups=groups).items():
            text = one.data[message_type]["content"]
            assert len(text.encode()) <= BYTES["wechat_configs"]
            hidden = {"mixed": (17, 19), "firing": (17,), "resolved": (19,)}[name]
            assert re.findall(r"… and (\d+) more", text) == [str(each) for each in hidden]
            assert text.count(address) == 2


@pytest.mark.parametrize("letter", ["Pod shop/payments-6d5f7c9b8d-x2x4z (app) is in waiting state. ", "<", "磁", "🔥"])
def test_pushover_says_how_many_alerts_it_does_not_show(letter: str, tmp_path: Path) -> None:
    word = letter * 100
    said = {"summary": word, "description": word}
    alerts = [
        alert(word, said, severity=word, namespace=word, pod=str(one), resolved=one >= 999) for one in range(1998)
    ]
    groups = {"mixed": group(alerts[900:1098]), "firing": group(alerts[:300]), "resolved": group(alerts[999:])}
    for name, one in messages_of(IN_PLAIN["pushover_configs"], "pushover_configs", tmp_path, groups=groups).items():
        text = one.query["message"]
        assert not [*too_long(one)]
        hidden = {"mixed": ["97", "98"], "firing": ["298"], "resolved": ["998"]}[name]
        assert re.findall(r"… and (\d+) more", text) == hidden
        assert ("Firing\n" in text and "\nResolved\n" in text) == (name == "mixed")


def test_a_blank_annotation_is_none(tmp_path: Path) -> None:
    groups = {
        "message": group([alert("X", {"message": " ", "summary": "real", "description": "more"})]),
        "summary": group([alert("X", {"summary": " \n\t\u2028", "description": "real"})]),
        "all": group([alert("X", {"message": "\n", "summary": " ", "description": "\t"})]),
        "invisible": group([alert("X", {"message": "\u200b", "summary": "\u00a0\u2060", "description": "\ufeff"})]),
    }
    found = messages_of({"api_url": "https://hooks.example.org/x"}, "slack_configs", tmp_path, groups=groups)
    lines = {name: shown(one)["text"].replace("\u200b", "").splitlines()[:-1] for name, one in found.items()}
    assert lines == {
        "message": ["*X* [warning] in shop: real", "more"],
        "summary": ["*X* [warning] in shop: real"],
        "all": ["*X* [warning] in shop: (no annotation)"],
        "invisible": ["*X* [warning] in shop: (no annotation)"],
    }


def test_an_alert_without_a_name_shows_its_labels(tmp_path: Path) -> None:
    alerts = [{**alert("", {"summary": "s"}), "labels": {"job": "j", "pod": str(number)}} for number in range(2)]
    groups = {
        "one": group(alerts[:1], ()),
        "two": group(alerts, ()),
        "nothing in common": group([crashing(0), *alerts], ()),
    }
    for style, text in (("full", "*j 0*: s"), ("message", "- *j 0*: ")):
        slack = {"api_url": "https://hooks.example.org/x"}
        found = messages_of(slack, "slack_configs", tmp_path, groups=groups, text_style=style)
        assert text in shown(found["one"])["text"]
        if style == "full":
            titles = [shown(one)["title"] for one in found.values()]
            assert titles == ["[FIRING:1] j 0", "[FIRING:2] j", "[FIRING:3] alerts"]


BLANK = (" ", "\t\n", "\u00a0", "\u200b\u2060", "\u3000", "\ufeff")


@pytest.mark.parametrize("style", message_texts.STYLES)
@pytest.mark.parametrize("blank", BLANK)
def test_a_blank_label_is_none(blank: str, style: str, tmp_path: Path) -> None:
    """The group and the alert have a name that people can read, whatever labels are blank."""
    said = {"message": "said", "summary": "said"}
    unnamed = [{**alert("", said), "labels": {"foo": blank}} for _ in range(2)]
    named = [alert("Named", said, severity=blank, namespace=blank)]
    blanks = [alert(blank, said, severity=blank, namespace=blank)]
    labelled = [{**alert("", said), "labels": {"alertname": blank, "foo": blank, "job": "worker"}}]
    groups = {
        "unnamed": group(unnamed, ("foo",)),
        "named": group(named, ("namespace",)),
        "blanks": group(blanks),
        "labelled": group(labelled, ("foo",)),
        "no labels": group([{**alert("", said), "labels": {}}], ()),
    }
    wanted = {"unnamed": "(no name)", "named": "Named", "blanks": "(no name)", "labelled": "worker"}
    titles = {"unnamed": "alerts", "named": "Named", "blanks": "alerts", "labelled": "worker", "no labels": "alerts"}
    made = sent(everything(text_style=style), groups.values(), tmp_path)
    for name, found in zip(groups, made, strict=True):
        for one in found:
            messages = receiver_types()[one.type_name].messages
            text = " ".join(shown(one).values()).replace("\\", "").replace("\u200b", "")
            if messages.body and shown(one):
                assert wanted.get(name, "(no name)") in text, one.type_name
                assert not re.search(r"\*\*\*\*|(?<!\S)\*\*: |<b></b>|\[ *\]| in ?:|, :|- : ", text), (
                    one.type_name,
                    text,
                )
            if messages.title and shown(one) and style == "full":
                assert titles[name] in text, one.type_name


def test_pagerduty_has_every_label_and_annotation(messages: dict[str, dict[str, Sent]]) -> None:
    details = messages["several rules"]["pagerduty_configs"].data["payload"]["custom_details"]
    labels = "alertname = Over\nnamespace = shop\nseverity = warning\n"
    assert details["resolved"] == f"Labels and annotations\n--\n{labels}summary = It is over.\n"
    assert details["firing"].count("--\nalertname = ") == 3
    assert f"runbook_url = {RUNBOOK}/b\n" in details["firing"]


@pytest.mark.parametrize("letter", "x<é磁🔥")
def test_pagerduty_keeps_its_details(letter: str, tmp_path: Path) -> None:
    """Alertmanager drops the details of an event above 512 kB, so those that it adds itself are bounded too."""
    said = dict.fromkeys(("summary", "description", "impact"), letter * 2000)
    alerts = [alert("Long", said, pod=str(one), resolved=one >= 300) for one in range(600)]
    more = {"details": {"team": "db"}}
    for own, style in (({}, "full"), ({}, "message"), (more, "full")):
        pagerduty = {"routing_key": "x" * 32, **own}
        groups = {"firing": group(alerts[:300]), "mixed": group(alerts)}
        found = messages_of(pagerduty, "pagerduty_configs", tmp_path, groups=groups, text_style=style)
        for name, one in found.items():
            details = one.data["payload"]["custom_details"]
            assert len(one.last["body"].encode()) < WHOLE["pagerduty_configs"] // 2
            assert (details["num_firing"], details.get("team")) == (300, own.get("details", {}).get("team"))
            assert details["firing"].count("\nalertname = Long\n") == 10
            assert details["firing"].endswith("… and 290 more\n")
            assert f"impact = {letter * 200}…\n" in details["firing"]
            assert (details["resolved"] == "none") == (name == "firing")


@pytest.mark.parametrize("letter", "x<磁🔥\x01")
def test_pagerduty_keeps_its_details_with_many_labels(letter: str, tmp_path: Path) -> None:
    more = {f"{'n' * 100}{number:02}": letter * 300 for number in range(70)}
    few = {f"n{number:02}": letter for number in range(70)}
    said = {"summary": letter * 2000, **more}
    alerts = [{**alert("Long", said, resolved=n >= 15), "labels": {"alertname": "Long", **more}} for n in range(30)]
    short = [{**one, "labels": {"alertname": "Long", **few}, "annotations": {"summary": "s"}} for one in alerts]
    groups = {name: {**group(each), "labels": {}} for name, each in (("long", alerts), ("short", short))}
    found = messages_of({"routing_key": "x" * 32}, "pagerduty_configs", tmp_path, groups=groups)
    for name, one in found.items():
        details = one.data["payload"]["custom_details"]
        assert len(one.last["body"].encode()) < WHOLE["pagerduty_configs"]
        assert details["firing"].count("\nalertname = Long\n") == details["resolved"].count("alertname = Long") == 10
        assert ("… the first labels and annotations are shown\n" in details["firing"]) == (name == "long")
        assert ("\nn50 = " in details["firing"]) == (name == "short")


def test_wechat_gets_the_markup_of_its_message_type(tmp_path: Path) -> None:
    evil = {
        "summary": '<a href="http://evil.example">x</a> [x](http://evil.example) **x** `x`',
        "description": "# x\n> x",
    }
    groups = {**GROUPS, "evil": group([alert("<font color=red>", {**evil, "runbook_url": RUNBOOK})])}
    for message_type in ("text", "markdown"):
        wechat = {**NEEDED["wechat_configs"], "message_type": message_type}
        for one in messages_of(wechat, "wechat_configs", tmp_path, groups=groups).values():
            assert [*too_long(one), *injected(one)] == []
            text = one.data[message_type]["content"]
            if message_type == "markdown":
                assert not re.search(r"\]\(http://evil|(?<!\u200b)`|^[#>]", text, re.MULTILINE)


JIRA_MARKS = "h1. x\nbq. x\n# x\n  - x\n-a- +a+ ??a?? (-a-) a-b c+d what?\nC:\\temp a\\\\b \\[x\\]\n\n|a|b|"


def test_jira_formats_no_value(tmp_path: Path) -> None:
    """A backslash before a backslash is a line break, and has no other escape."""
    groups = {"marks": group([alert("Marks", {"summary": "s", "description": JIRA_MARKS})])}
    text = shown(messages_of(NEEDED["jira_configs"], "jira_configs", tmp_path, groups=groups)["marks"])["description"]
    escaped = "h1~. x\nbq~. x\n~\\# x\n~\\- x\n~\\-a- \\+a+ \\??a?\\? (\\-a-) a-b c+d what?"
    assert f"{escaped}\nC:\\~temp a\\~\\~b \\~\\[x\\~\\]\n~\\|a\\|b\\|\n" in text.replace("\u200b", "~")


# Values that make something other than a paragraph, or swallow characters, in some Markdown.
BLOCKS = [
    "x\n===",
    "x\n---",
    "---",
    "- li\n1. one\n+ p\n* s",
    "2) x",
    "a\n\n    code\n\tcode",
    "    code",
    "a|b\n-|-\n1|2",
    "| a |\n| - |",
    "# head\n###### head",
    "-# small",
    "> quote\n>>> quotes",
    "~~~\ncode\n~~~",
    "```\ncode\n```",
    "\\*b\\* \\`c\\` \\\\*x*",
    "_a_ __b__ **c** ~~d~~ ||e||",
    "a_b_c kube_pod_x 5*3*2",
    "[x]: http://evil.example",
    "[x](http://evil.example) ![x](http://evil.example)",
    "a\r===\r\n---\u2028---\u2029- x\u0085- y",
    "\u00a0\u00a0\u00a0\u00a0code",
    "a\n\n\n\nb",
]
MARKDOWN = ("discord_configs", "mattermost_configs", "webex_configs", "msteams_configs", "rocketchat_configs")
PLAIN_TOKENS = {"inline", "text", "softbreak", "hardbreak", "text_special"} | {
    f"{one}_{end}" for one in ("paragraph", "strong", "em", "link") for end in ("open", "close")
}


def rendered(text: str) -> tuple[set[str], str]:
    """Return the tokens and the text of Markdown, by an engine of GFM."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    flat = [one for token in tokens for one in (token, *(token.children or ()))]
    breaks = {"softbreak": "\n", "paragraph_close": "\n"}
    said = "".join(breaks.get(one.type, "" if one.type == "inline" else one.content) for one in flat)
    return {one.type for one in flat}, said.replace("\u200b", "")


@pytest.mark.parametrize("value", BLOCKS)
def test_markdown_formats_no_value(value: str, tmp_path: Path) -> None:
    """Whatever a value has, it is text on lines, and no character of it is swallowed."""
    said = {"summary": value, "description": f"{value}."}
    lines = [word for one in said.values() if (word := "\n".join(filter(None, map(str.strip, one.splitlines()))))]
    for one in sent(everything(), [group([alert("Marks", said)])], tmp_path)[0]:
        if one.type_name in MARKDOWN:
            text = shown(one)["markdown" if one.type_name == "webex_configs" else SHOWN_IN.get(one.type_name, "text")]
            found, read = rendered(text.partition("[Graph]")[0])
            assert found <= PLAIN_TOKENS, one.type_name
            assert all(word in read.replace("\\@", "@") for word in lines), (one.type_name, read)


SHOWN_IN = {"discord_configs": "description"}


def test_titles_of_plain_text_have_no_escapes(tmp_path: Path) -> None:
    """Mattermost shows a title with a link as it is, and so does Rocket.Chat."""
    labels = {"namespace": "my_ns#1 @all *b*"}
    for one in sent(everything(), [group([alert("Foo", {"summary": "s"}, **labels)])], tmp_path)[0]:
        if one.type_name in {"mattermost_configs", "rocketchat_configs"}:
            found = shown(one)
            expected = "[FIRING:1] Foo my_ns#1 @\u200ball *b*"
            assert [found["title"], found.get("fallback", expected)] == [expected, expected]


def test_telegram_refuses_what_is_not_escaped() -> None:
    for text in ("a...", "- a", "(a)", "[a]", "[a](b", "*a_b*c_", "a\\\\.", "`a"):
        assert telegram_markdown.fault(text, "MarkdownV2"), text
    for text in ("a\\.", "*a*", "[a](http://b.c/d-e)", "`.`", "a…", "\\- a", "a\\…"):
        assert telegram_markdown.fault(text, "MarkdownV2") == "", text
    assert telegram_markdown.fault("a_b", "Markdown")
    assert telegram_markdown.fault("a\\_b - c.", "Markdown") == ""


def test_a_text_message_is_short(tmp_path: Path) -> None:
    """Alertmanager cuts it at 1,600 bytes, in the middle of a character."""
    sns = {"phone_number": "+491234", "sigv4": {"region": "eu-west-1"}}
    for style in message_texts.STYLES:
        for name, one in messages_of(sns, "sns_configs", tmp_path, text_style=style).items():
            assert len(one.query["Message"].encode()) < 1600
            # It shows no subject.
            assert one.query["Message"].lstrip("[").startswith("RESOLVED" if name == "1 resolved alert" else "FIRING")


def test_before_slice_the_number_of_all_is_shown(tmp_path: Path) -> None:
    """Alertmanager 0.19 is built with Go 1.12, whose templates cannot count what is left."""
    slack = {"api_url": "https://hooks.example.org/x"}
    found = messages_of(slack, "slack_configs", tmp_path, alertmanager="0.19")
    assert "… 10 of 12 are shown" in shown(found["12 alerts"])["text"]
    assert "are shown" not in shown(found["1 alert"])["text"]
    assert "slice" not in str(message_texts.texts("slack_configs", {}, "full", counts=False))


def test_nothing_else_replaces_a_part_of_a_text() -> None:
    """Flux replaces ${NAME}, the operator's reloader $(NAME), and backquotes would end what Helm leaves alone."""
    for name in TYPES:
        for mode in ("HTML", "Markdown", "MarkdownV2"):
            text = json.dumps(message_texts.texts(name, {"parse_mode": mode}, "full"))
            assert not re.search(r"\$[{(]|`", text)


def test_links_lead_to_what_they_say(messages: dict[str, dict[str, Sent]]) -> None:
    text = shown(messages["1 alert"]["slack_configs"])["text"]
    assert f"<{RUNBOOK}|Runbook>" in text
    assert "<http://prometheus.example.org/graph?g0.expr=up+%3D%3D+0&amp;g0.tab=1|Graph>" in text
    silence = "filter=%7Balertname%3D%22KubePodCrashLooping%22%2Cnamespace%3D%22shop%22%7D"
    assert f"<http://alertmanager.example.org/#/silences/new?{silence}|Silence>" in text
    assert unquote(silence) == 'filter={alertname="KubePodCrashLooping",namespace="shop"}'


def test_a_silence_is_for_the_group_and_the_form_reads_it(tmp_path: Path) -> None:
    """There is no link if the form of some version could not read a name or value, or the link would end early."""
    labels = {
        "plain": {"alertname": "Full", "mount_point": "/a b&c=d%41+e{f}'g`"},
        "no label": {},
        "no ASCII": {"alertname": "磁盘"},
        "a quote": {"alertname": 'a"b'},
        "a backslash": {"path": "C:\\x"},
        "a mention": {"alertname": "X", "a><!channel>": "v"},
        "a link": {"](http://evil.example)": "v"},
        "a bar": {"a|b": "v"},
        "a dot": {"service.name": "v"},
        "a space": {"a b": "v"},
        "a comma": {"a,b": "v"},
        "an ampersand": {"a&b": "v"},
        "a long name": {"l" * 4000: "v"},
        "many names": {f"{'l' * 40}_{number}": "1" for number in range(70)},
    }
    groups = [{**group([crashing(0)]), "labels": one} for one in labels.values()]
    for name, made in zip(labels, sent(everything(), groups, tmp_path), strict=True):
        for one in made:
            texts = html.unescape("\n".join(shown(one).values()))
            forms = re.findall(r"silences/new\?filter=([^\s\"<>|)\]]*)", texts)
            if name != "plain" or "silence" not in sizes(one.type_name).links:
                assert not forms, (name, one.type_name)
                assert "silence" not in texts.lower(), (name, one.type_name)
            else:
                expected = 'alertname="Full",mount_point="/a b&c=d%41+e{f}\'g`"'
                assert [unquote(form) for form in forms] == [f"{{{expected}}}"], one.type_name


# What ends an address in the markup of a type, and Alertmanager does not escape.
ENDS_LINK = {"slack_configs": "", "discord_configs": ")]", "jira_configs": "]", "telegram_configs": "]"}


@pytest.mark.parametrize("end", ["a)b", "a]b", "a|b", "a b", "a<b", 'a"b', "a&b", "x" * 2000])
def test_no_silence_with_an_address_that_ends_a_link(end: str, tmp_path: Path) -> None:
    address = f"https://example.org/{end}"
    (made,) = sent(everything(), [group([crashing(0)])], tmp_path, external_url=address)
    for one in made:
        if one.type_name in ENDS_LINK:
            ends = ENDS_LINK[one.type_name]
            assert ("Silence" in str(shown(one))) == (end[1] not in ends and len(end) < 1000), one.type_name


def sizes(type_name: str) -> Size:
    """Return how much a type takes."""
    messages = receiver_types()[type_name].messages
    has_links = any(f"'{word} " in str(messages.texts) for word in ("text", "titled", "headed"))
    return Size(**messages.size) if has_links else Size(links=[])


def longest(char: str, address: str, labels: dict[str, str]) -> dict[str, Any]:
    """Return a mixed group of alerts whose values are all longer than any text shows."""
    annotations = {"summary": char * 1000, "description": char * 1000, "runbook_url": address, "dashboard_url": address}
    more = {"severity": char * 300, "namespace": char * 300}
    alerts = [alert(char * 300, annotations, resolved=number >= 15, **more, pod=str(number)) for number in range(30)]
    return {**group([{**one, "generatorURL": address} for one in alerts]), "labels": labels}


# With characters that the address of a silence escapes, and as long as a type's may be, or longer.
LABELS: list[dict[str, str]] = [
    {"alertname": "&" * length, "b": "c", **{f"l{number}": " " for number in range(more)}}
    for length, more in ((10, 0), (30, 0), (70, 0), (90, 5), (200, 0), (300, 0), (20, 70))
]


@pytest.mark.parametrize("external_length", [30, 200])
@pytest.mark.parametrize("length", [100, 180, 480, 980, 90])
def test_the_longest_values_fit(length: int, external_length: int, tmp_path: Path) -> None:
    base = "https://example.org/"
    address = base + (("a" * 90 + ("&" + "a" * 49) * 4) if length == 90 else "a" * length)
    groups = [longest(char, address, LABELS[0]) for char in "<&+*\\`é🔥"]
    groups += [longest(char, address, labels) for char in "<" for labels in LABELS]
    for made in sent(everything(), groups, tmp_path, external_url=base.ljust(external_length, "a")):
        assert [found for one in made for found in (one.error, *too_long(one)) if found] == []


@pytest.mark.parametrize("letter", "x<磁🔥")
def test_many_labels_fit(letter: str, tmp_path: Path) -> None:
    """Some default texts of Alertmanager have all labels that the alerts share."""
    labels = {"alertname": "Long", **{f"{'n' * 100}{number}": letter * 300 for number in range(70)}}
    alerts = [{**alert("", {"summary": "s"}, resolved=n >= 15), "labels": {**labels, "pod": str(n)}} for n in range(30)]
    for by in ([], ["alertname"], list(labels)):
        (made,) = sent(everything(), [group(alerts, by)], tmp_path)
        assert [found for one in made for found in (one.error, *too_long(one)) if found] == []


def test_telegram_keeps_its_links_beside_an_address_of_200_characters(tmp_path: Path) -> None:
    external = "https://example.org/".ljust(200, "a")
    (made,) = sent(everything(), [GROUPS["1 alert"]], tmp_path, external_url=external)
    for one in made:
        if "silence" in sizes(one.type_name).links:
            assert "silences/new" in str(shown(one)), one.type_name


MARKS = st.sampled_from("ab 1&<>\"'`*_~[](){}|\\/@#!:.-\n\t🔥磁دé…")
ODD = st.text(MARKS | st.characters(exclude_categories=["Cs", "Cc"]), max_size=200)
ALERTS = st.builds(
    lambda name, labels, annotations, resolved: alert(name or "x", annotations, resolved=resolved, **labels),
    ODD,
    st.fixed_dictionaries({}, optional={"severity": ODD, "namespace": ODD}),
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("message", "summary", "description", "runbook_url", "dashboard_url"), ODD)
    ),
    st.booleans(),
)


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(groups=st.lists(st.lists(ALERTS, min_size=1, max_size=8).map(group), min_size=3, max_size=5))
def test_no_alert_breaks_a_message(groups: list[Any], tmp_path_factory: pytest.TempPathFactory) -> None:
    for made in sent(everything(), groups, tmp_path_factory.mktemp("files")):
        for one in made:
            if one.type_name == "jira_configs" and not shown(one):
                continue  # Alertmanager creates no issue for resolved alerts
            assert not one.error, json.dumps(groups)
            assert [*too_long(one), *injected(one)] == []
