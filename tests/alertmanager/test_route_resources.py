"""scaffold route --with: AlertmanagerConfig resources in files and folders, end to end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ..conftest import Repo
from .test_preview import path_with_alertmanager

VALUES = """\
alertmanager:
  config:
    route: {receiver: "null", routes: [{receiver: "null", matchers: ['alertname = "Watchdog"']}]}
    receivers: [{name: "null"}]
"""
SHOP = """\
apiVersion: monitoring.coreos.com/v1alpha1
kind: AlertmanagerConfig
metadata: {name: team, namespace: shop, labels: {team: shop}}
spec:
  route:
    receiver: slack
    matchers: [{name: severity, matchType: "=", value: critical}]
  receivers:
    - name: slack
      slackConfigs: [{apiURL: {name: slack, key: url}, channel: "#shop"}]
"""


ALL = "alertmanagerConfigSelector: {}, alertmanagerConfigNamespaceSelector: {}"


@pytest.fixture
def here(tmp_path: Path) -> Repo:
    repo = Repo(tmp_path)
    repo.write("values.yaml", VALUES)
    repo.write("teams/shop.yaml", SHOP)
    return repo


def ask(here: Repo, *arguments: str) -> list[str]:
    done = here.ok("route", "values.yaml", *arguments, "--format", "json")
    return [one["receiver"] for one in json.loads(done.out)["receivers"]]


def test_a_resource_takes_alerts_of_its_namespace_and_goes_on(here: Repo) -> None:
    assert ask(here, "severity=critical", "namespace=shop", "--with", "teams") == ["shop/team/slack"]
    assert ask(here, "severity=critical", "namespace=web", "--with", "teams/shop.yaml") == ["null"]
    assert ask(here, "severity=critical", "namespace=shop") == ["null"]


def test_the_place_of_a_route_is_in_its_file(here: Repo) -> None:
    done = here.ok("route", "values.yaml", "severity=critical", "namespace=shop", "--tree", "--with", "teams")
    assert '> {namespace="shop",severity="critical"}   teams/shop.yaml:6' in done.out
    assert "teams/shop.yaml:6" in done.out.split("route → ")[1]


def test_an_expectation_sees_the_resources(here: Repo) -> None:
    alert = ("severity=critical", "namespace=shop", "--expect", "shop/team/slack")
    assert here.run("route", "values.yaml", *alert, "--with", "teams").code == 0
    assert here.run("route", "values.yaml", *alert).code == 1


@pytest.mark.parametrize(
    ("strategy", "namespace", "wanted"),
    [
        ("OnNamespace", "monitoring", ["null"]),
        ("None", "monitoring", ["shop/team/slack"]),
        ("OnNamespaceExceptForAlertmanagerNamespace", "monitoring", ["null"]),
        ("OnNamespaceExceptForAlertmanagerNamespace", "shop", ["shop/team/slack"]),
    ],
)
def test_the_strategy_is_that_of_the_alertmanager(here: Repo, strategy: str, namespace: str, wanted: list[str]) -> None:
    text = "apiVersion: monitoring.coreos.com/v1\nkind: Alertmanager\n"
    text += f"metadata: {{name: main, namespace: {namespace}}}\n"
    text += f"spec: {{alertmanagerConfigMatcherStrategy: {{type: {strategy}}}, {ALL}}}\n"
    here.write("main.yaml", text)
    assert ask(here, "severity=critical", "namespace=web", "--with", "teams", "--with", "main.yaml") == wanted


def test_the_strategy_and_the_selector_are_those_of_the_values(here: Repo) -> None:
    spec = "  alertmanagerSpec:\n    alertmanagerConfigMatcherStrategy: {type: None}\n"
    here.write("values.yaml", VALUES + spec)
    assert ask(here, "severity=critical", "--with", "teams") == ["shop/team/slack"]
    here.write("values.yaml", VALUES + spec + "    alertmanagerConfigSelector: {matchLabels: {team: web}}\n")
    done = here.ok("route", "values.yaml", "severity=critical", "--with", "teams")
    assert "shop/team/slack" not in done.out
    assert "shop/team is left out: alertmanagerConfigSelector does not select its labels" in done.err


MAIN = """\
apiVersion: monitoring.coreos.com/v1
kind: Alertmanager
metadata: {name: main%s}
spec: {%s}
"""
SPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: shop}}\n"
OWN = "alertmanagerConfigSelector: {}"
BY_TEAM = f"{OWN}, alertmanagerConfigNamespaceSelector: {{matchLabels: {{team: shop}}}}"
BY_NAME = f"{OWN}, alertmanagerConfigNamespaceSelector: {{matchExpressions: [%s]}}"
NAMES = "{key: kubernetes.io/metadata.name, operator: In, values: [shop]}"
SELECTED = {
    "everything": (", namespace: monitoring", ALL, "", "merged"),
    "no selector": (", namespace: shop", "", "", "has no alertmanagerConfigSelector"),
    "own namespace": (", namespace: shop", OWN, "", "merged"),
    "other namespace": (", namespace: monitoring", OWN, "", "of its own namespace, monitoring"),
    "unknown namespace": ("", OWN, "", "not known: the Alertmanager selects those of its namespace"),
    "labels": ("", ALL.replace("{}", "{matchLabels: {team: shop}}", 1), "", "merged"),
    "other labels": ("", ALL.replace("{}", "{matchLabels: {team: web}}", 1), "", "does not select its labels"),
    "known labels of the namespace": ("", BY_TEAM, SPACE, "merged"),
    "other labels of the namespace": ("", BY_TEAM, SPACE.replace("team: shop", "team: web"), "select its namespace"),
    "two objects of the namespace": ("", BY_TEAM, f"{SPACE}---\n{SPACE.replace('team: shop', 'a: b')}",
                                     "not known: alertmanagerConfigNamespaceSelector needs the labels of the namespace"
                                     " shop, and its Namespace objects differ in them"),
    "placeholder in a label of the namespace": ("", BY_TEAM, SPACE.replace("team: shop", 'team: "${TEAM}"'),
                                                "not known: alertmanagerConfigNamespaceSelector needs a label"),
    "placeholder in a name of a label": ("", BY_TEAM, SPACE.replace("team: shop", '"{{x}}": shop'), "not known"),
    "placeholder in another label": ("", BY_TEAM, SPACE.replace("team: shop", 'team: shop, a: "${A}"'), "merged"),
    "value that is no label's": ("", ALL.replace("{}", '{matchLabels: {team: "x y"}}', 1), "",
                                 "alertmanagerConfigSelector has 'x y', which is not a value of a label"),
    "name that is no label's": ("", BY_NAME % '{key: "a b", operator: Exists}', "", "'a b', which is not the name of"),
    "the same object twice": ("", BY_TEAM, f"{SPACE}---\n{SPACE}", "merged"),
    "unknown labels of the namespace": ("", BY_TEAM, SPACE.replace("name: shop", "name: web"), "not known"),
    "by its name": ("", BY_NAME % NAMES, "", "merged"),
    "by another name": ("", BY_NAME % NAMES.replace("[shop]", "[web]"), "", "does not select its namespace"),
    "other name, unknown label": ("", BY_NAME % f"{{key: a, operator: Exists}}, {NAMES.replace('In', 'NotIn')}", "",
                                  "does not select its namespace"),
    "own name, unknown label": ("", BY_NAME % f"{{key: a, operator: Exists}}, {NAMES}", "", "not known"),
    "placeholder": ("", ALL.replace("{}", '{matchLabels: {team: "${TEAM}"}}', 1), "", "has a placeholder"),
    "operator": ("", BY_NAME % "{key: a, operator: Has}", "", "main.yaml:4:116: alertmanagerConfigNamesp"),
    "no values": ("", BY_NAME % "{key: a, operator: In}", "", "has the operator In without values"),
    "another base": ("", f"{ALL}, alertmanagerConfiguration: {{name: base}}", "", "uses the AlertmanagerConfig base"),
}  # fmt: skip

NOT_ROUTED = {
    "placeholder",
    "operator",
    "no values",
    "another base",
    "value that is no label's",
    "name that is no label's",
}


@pytest.mark.parametrize("name", SELECTED)
def test_what_the_alertmanager_does_not_select_is_not_merged(here: Repo, name: str) -> None:
    namespace, spec, more, wanted = SELECTED[name]
    here.write("teams/main.yaml", MAIN % (namespace, spec))
    here.write("teams/spaces.yaml", more or "a: b\n")
    done = here.run("route", "values.yaml", "severity=critical", "namespace=shop", "--with", "teams")
    merged = "shop/team/slack  Slack" in done.out
    assert merged == (wanted == "merged"), done.text
    refused = "not known" in wanted or name in NOT_ROUTED
    assert done.code == (2 if refused else 0), done.text
    assert wanted == "merged" or wanted in done.err


@pytest.mark.parametrize(("label", "code"), [('team: "${TEAM}"', 2), ('team: web, a: "${A}"', 0), ('a: "${A}"', 0)])
def test_labels_with_a_placeholder_are_not_known(here: Repo, label: str, code: int) -> None:
    here.write("teams/shop.yaml", SHOP.replace("team: shop", label))
    here.write("teams/main.yaml", MAIN % ("", ALL.replace("{}", "{matchLabels: {team: shop}}", 1)))
    done = here.run("route", "values.yaml", "severity=critical", "namespace=shop", "--with", "teams")
    wanted = (
        "needs a label of the AlertmanagerConfig, which has a placeholder" if code else "does not select its labels"
    )
    assert (done.code, wanted in done.err) == (code, True), done.text


def test_values_select_everything_but_for_what_they_say(here: Repo) -> None:
    spec = "  alertmanagerSpec:\n    alertmanagerConfigNamespaceSelector: {matchLabels: {team: shop}}\n"
    here.write("values.yaml", VALUES + spec)
    alert = ("route", "values.yaml", "severity=critical", "namespace=shop", "--with", "teams")
    done = here.run(*alert)
    assert done.code == 2
    assert "teams/shop.yaml:5:3: whether shop/team is merged is not known" in done.err
    here.write("spaces.yaml", SPACE)
    assert "shop/team/slack  Slack" in here.ok(*alert, "--with", "spaces.yaml").out
    here.write("values.yaml", VALUES + spec.replace("{matchLabels: {team: shop}}", "{}"))
    assert "shop/team/slack  Slack" in here.ok(*alert).out


def test_links_that_are_not_followed_are_told(here: Repo) -> None:
    here.write("elsewhere/a/web.yaml", SHOP.replace("namespace: shop", "namespace: web"))
    (here.root / "teams/folder").symlink_to("../elsewhere/a")
    (here.root / "teams/file.yaml").symlink_to("../elsewhere/a/web.yaml")
    (here.root / "teams/broken.yaml").symlink_to("nowhere")
    (here.root / "teams/device.yaml").symlink_to("/dev/zero")
    done = here.ok("route", "values.yaml", "severity=critical", "namespace=web", "--with", "teams/")
    assert "web/team/slack" in done.out
    told = [line.partition(":")[0] for line in done.err.splitlines() if "is a link that is not followed" in line]
    assert told == ["teams/broken.yaml", "teams/device.yaml", "teams/folder"]


REFUSED = {
    "nothing": ("a: b\n", "", 'has no AlertmanagerConfig'),
    "no namespace": (SHOP.replace(", namespace: shop", ""), "teams/shop.yaml:3:11", "needs a name and a namespace"),
    "receiver": (SHOP.replace("receiver: slack", "receiver: slak"), "teams/shop.yaml:6:15", "did you mean 'slack'?"),
    "regex": (SHOP.replace('"=", value: critical', '"=~", value: "("'), "teams/shop.yaml:7:", "not a valid regular"),
    "no address": (SHOP.replace("apiURL: {name: slack, key: url}, ", ""), "teams/shop.yaml:10:", "slack_configs needs"),
    "child key": (SHOP.replace("    receiver: slack\n", "    receiver: slack\n    routes: [{group_by: [a]}]\n"),
                  "teams/shop.yaml:7:15", "unknown key 'group_by'"),
    "child matcher": (SHOP.replace("    receiver: slack\n", "    receiver: slack\n    routes: [{matchers: ['a=b']}]\n"),
                      "teams/shop.yaml:7:26", "must be a map"),
    "number": (SHOP.replace("value: critical", "value: 5"), "teams/shop.yaml:7:", "must be text"),
    "yaml": (SHOP + "  receivers: [", "teams/shop.yaml:", "fix"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_operator_refuses_is_not_routed(here: Repo, name: str) -> None:
    text, place, message = REFUSED[name]
    here.write("teams/shop.yaml", text)
    done = here.run("route", "values.yaml", "severity=critical", "--with", "teams/shop.yaml")
    assert done.code == 2
    assert done.out == ""
    assert place in done.err
    assert message in done.err or name == "yaml"


def test_two_resources_with_one_name_are_refused(here: Repo) -> None:
    here.write("teams/web.yaml", SHOP)
    done = here.run("route", "values.yaml", "severity=critical", "--with", "teams")
    assert done.code == 2
    assert "teams/web.yaml:5:3: the AlertmanagerConfig shop/team is also in teams/shop.yaml:5" in done.err
    twice = ("--with", "teams/shop.yaml", "--with", "teams/shop.yaml")
    assert ask(here, "severity=critical", "namespace=shop", *twice) == ["shop/team/slack"]


@pytest.mark.parametrize("given", ["nowhere", "empty"])
def test_a_place_without_resources_is_an_error(here: Repo, given: str) -> None:
    here.write("empty/a.yaml", "a: b\n")
    done = here.run("route", "values.yaml", "severity=critical", "--with", given)
    assert done.code == 2
    assert "does not exist" in done.err or "no AlertmanagerConfig found" in done.err


def test_the_example_of_the_docs(here: Repo) -> None:
    cases = Path(__file__).parents[1] / "cases" / "route"
    here.write("values.yaml", (cases / "values.yaml").read_text("utf-8"))
    here.write("teams/shop.yaml", (cases / "teams" / "shop.yaml").read_text("utf-8"))
    alert = ("alertname=Slow", "severity=warning", "namespace=shop")
    assert here.ok("route", "values.yaml", *alert, "--with", "teams").out == (cases / "resources.txt").read_text(
        "utf-8"
    )


def test_a_preview_names_the_file_of_the_resource(here: Repo) -> None:
    cases = Path(__file__).parents[1] / "cases" / "route"
    here.write("values.yaml", (cases / "values.yaml").read_text("utf-8"))
    here.write("teams/shop.yaml", (cases / "teams" / "shop.yaml").read_text("utf-8"))
    alert = ("alertname=Slow", "severity=warning", "namespace=shop", "--with", "teams")
    done = here.ok("route", "values.yaml", *alert, "--preview", PATH=path_with_alertmanager())
    assert "shop/team/chat: what Slack displays for two alerts   teams/shop.yaml:" in done.out
