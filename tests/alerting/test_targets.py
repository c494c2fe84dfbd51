"""Files of every chart and format with a place for Alertmanager's configuration, and files without one.

A case is a folder as in ``test_adopt``: ``values.yaml``, ``arguments.txt``, and ``expected.yaml`` or ``messages.txt``.
What a file says after adoption is read by none of our code: PyYAML finds the values in it, Helm merges them over the
chart's defaults, and Alertmanager loads the result and routes alerts by it.
"""

from __future__ import annotations

import base64
import difflib
import json
import os
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.alertmanager.helm import chart_data

from ..conftest import Repo, tree_file
from ..support.alertmanager import ask
from ..support.helm import coalesced
from .test_alertmanager import new_repo

CASES = Path(__file__).parents[1] / "cases/targets"
FILE = "monitoring/values.yaml"
BLACKHOLES = {"null", "blackhole", "default-receiver", "Default", "Critical", "Watchdog"}
# Where the charts have the configuration, and the defaults of what is around it.
PLACES = {
    "kube-prometheus-stack": ("alertmanager", "config"),
    "alertmanager": ("config",),
    "prometheus": ("alertmanager", "config"),
    "prometheus-17": ("alertmanagerFiles", "alertmanager.yml"),
    "victoria-metrics-k8s-stack": ("alertmanager", "config"),
}
REAL = (
    ("kube-prometheus", "prometheus-operator+kube-prometheus/manifests/alertmanager-secret.yaml"),
    ("victoria-metrics-k8s-stack", "billimek+k8s-gitops/kubernetes/monitoring/victoria-metrics/victoria-metrics.yaml"),
    (
        "kube-prometheus-stack",
        "tyriis+home-ops/kubernetes/main/apps/observability/kube-prometheus-stack/app/helm-release.yaml",
    ),
    (
        "kube-prometheus-stack",
        "tyriis+home-ops/kubernetes/utility/apps/observability/kube-prometheus-stack/app/helm-release.yaml",
    ),
    ("none", "prometheus+alertmanager/doc/examples/simple.yml"),
    ("none", "prometheus+alertmanager/doc/examples/route_labels.yml"),
    ("none", "prometheus+alertmanager/config/testdata/conf.good.yml"),
    ("none", "prometheus+alertmanager/cli/testdata/conf.good.yml"),
    ("none", "prometheus+alertmanager/cli/testdata/conf.routing.yml"),
    ("none", "prometheus+alertmanager/cli/testdata/conf.routing-reverted.yml"),
)


def settings(repo: Repo, folder: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(repo.read(f"{folder}/scaffold.yaml"))
    return found


def values_in(document: Any, spec: dict[str, Any]) -> Any:
    """Return the values or the text of the configuration in a document; None if it is another object."""
    if "object" not in spec:
        return document
    if f"{document['kind']}/{document['metadata']['name']}" != spec["object"]:
        return None
    inner = document.get("spec", {})
    match document["kind"]:
        case "HelmRelease":
            return inner.get("values") or {}
        case "HelmChart":
            return yaml.safe_load(inner["valuesContent"])
        case "Application" | "ApplicationSet":
            inner = inner["template"]["spec"] if document["kind"] == "ApplicationSet" else inner
            sources = [one for one in (inner.get("source"), *inner.get("sources", ())) if one]
            helm = next((one["helm"] for one in sources if "helm" in one), {"valuesObject": {}})
            return helm["valuesObject"] if "valuesObject" in helm else yaml.safe_load(helm["values"])
    files, encoded = document.get("stringData") or document["data"], "stringData" not in document
    found: str = next(files[key] for key in ("alertmanager.yaml", "alertmanager.yml") if key in files)
    return base64.b64decode(found).decode() if encoded and document["kind"] == "Secret" else found


def configuration(text: str, spec: dict[str, Any]) -> str:
    """Return the configuration that Alertmanager gets from a file."""
    documents = [one for one in yaml.safe_load_all(text) if one is not None] or [{}]
    found = next(one for one in (values_in(each, spec) for each in documents) if one is not None)
    chart = spec.get("chart", "kube-prometheus-stack")
    if chart not in PLACES:
        return found if isinstance(found, str) else text
    if "umbrella" in spec:
        found = found[spec["umbrella"]]
    defaults = chart_data()["charts"][chart]["config"]
    for key in reversed(PLACES[chart]):
        defaults = {key: defaults}
    merged: Any = coalesced(yaml.safe_dump(found), defaults)
    for key in PLACES[chart]:
        merged = merged[key]
    if chart != "kube-prometheus-stack":
        merged.pop("enabled", None)
    return yaml.safe_dump(merged)


def labels_of(config: str) -> list[dict[str, str]]:
    """Return label sets: the usual ones, and one for each value that a matcher names."""
    named = [{key: value} for key, value in re.findall(r"(\w+) ?=~? ?\\?[\"']?([\w-]+)", config)]
    usual = [{"alertname": "Down", "severity": one, "namespace": "shop"} for one in ("critical", "warning", "none")]
    return [*usual, *named[:40], *({**usual[0], **one} for one in named[:40])]


def check_routes(before: str, after: str, spec: dict[str, Any]) -> None:
    """Alertmanager loads the file's configuration, and every alert keeps its receivers; Watchdog reaches no people."""
    # A placeholder stands for what valuesFrom sets.
    was, now = (configuration(one.replace("PLACEHOLDER", "https://example.org"), spec) for one in (before, after))
    labels = labels_of(was)
    old, new = ask([{"text": was, "labels": labels}, {"text": now, "labels": [*labels, {"alertname": "Watchdog"}]}])
    assert "error" not in new, new
    *routes, watchdog = new["routes"]
    receivers = {one["name"]: one for one in yaml.safe_load(now)["receivers"]}
    for name in watchdog:
        assert set(receivers[name]) <= {"name", "webhook_configs"}, name
    if "error" in old:
        return  # Alertmanager does not load what was there: it may be empty
    silent = {one["name"] for one in yaml.safe_load(was)["receivers"] if set(one) == {"name"}}
    for label, one, other in zip(labels, old["routes"], routes, strict=True):
        if label.get("alertname") != "Watchdog":
            assert set(one) - silent <= set(other), label


def mounted_where_read(after: str, spec: dict[str, Any]) -> None:
    """The values mount each Secret whose files the generated receivers read."""
    files = set(re.findall(r"_file: (/etc/(?:secrets|vm/secrets|alertmanager/secrets)/\S+)", after))
    if spec.get("chart") in {"kube-prometheus", "none"}:
        return
    for file in files:
        folder, name = file.rsplit("/", 2)[0], file.rsplit("/", 2)[1]
        assert re.search(rf"^ *- {name}$", after, re.M) or f"mountPath: {folder}/{name}" in after, file


@pytest.fixture(scope="module")
def adopted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Every case in one repository: what was told, the file, and the spec. A second run and ``diff`` are silent."""
    repo = new_repo(tmp_path_factory.mktemp("targets") / "repo")
    found = {}
    for folder in sorted(CASES.iterdir()):
        path, extra = f"{folder.name}/values.yaml", folder / "arguments.txt"
        repo.write(path, (folder / "values.yaml").read_bytes().decode())
        arguments = extra.read_text("utf-8").splitlines() if extra.exists() else []
        done = repo.run("alerting", "--values-file", path, *arguments)
        told = done.text if done.code == 0 else f"exit {done.code}\n{done.text}"
        spec = settings(repo, folder.name) if done.code == 0 else {}
        assert repo.has(f"{folder.name}/scaffold.yaml") == (done.code == 0)
        found[folder.name] = told, repo.read(path), spec
        if done.code == 0:
            again = repo.run("alerting", "--values-file", path)
            assert (again.code, repo.read(path)) == (0, found[folder.name][1]), again.text
    repo.ok("diff")
    for lock in repo.root.glob("*/scaffold.lock"):
        lock.unlink()
    repo.ok("regenerate", "--quiet")
    repo.ok("diff")
    for name, (_, after, _) in found.items():
        assert repo.read(f"{name}/values.yaml") == after, name
    return found


@pytest.mark.parametrize("folder", sorted(CASES.iterdir()), ids=lambda one: one.name)
def test_a_file_of_a_chart_or_a_format(adopted: dict[str, tuple[str, str, dict[str, Any]]], folder: Path) -> None:
    before = (folder / "values.yaml").read_bytes().decode()
    told, after, spec = adopted[folder.name]
    expected, messages = folder / "expected.yaml", folder / "messages.txt"
    notes = "".join(f"{line}\n" for line in told.splitlines() if not line.startswith(("created ", "updated ")))
    if os.environ.get("UPDATE_CASES"):
        for path, text in ((expected, after if after != before else ""), (messages, notes)):
            path.unlink(missing_ok=True)
            if text:
                path.write_bytes(text.encode())
    assert notes == (messages.read_text("utf-8") if messages.exists() else "")
    assert after == (expected.read_bytes().decode() if expected.exists() else before)
    assert told.startswith("exit 2") == folder.name.startswith("refused-")
    assert bool(spec) != folder.name.startswith("refused-")
    if spec:
        check_routes(before, after, spec)
        mounted_where_read(after, spec)
        for line in (line for line in before.splitlines() if "#" in line):
            assert line.partition("#")[2] in after, "a comment is gone"


@pytest.mark.parametrize(("chart", "name"), REAL, ids=lambda one: one.replace("/", "-")[-60:])
def test_a_real_file(empty: Repo, chart: str, name: str) -> None:
    before = tree_file(*name.split("/", 1))
    empty.write(FILE, before)
    empty.ok("alerting", "--values-file", FILE, "--receiver", "webhook:hook", "--set", "hook.url=http://hook:80/")
    after, spec = empty.read(FILE), settings(empty, "monitoring")
    assert spec.get("chart", "kube-prometheus-stack") == chart
    check_routes(before, after, spec)
    mounted_where_read(after, spec)
    assert "nothing to do" in empty.ok("alerting", "--values-file", FILE).out
    empty.ok("diff")
    gone = [one for one in difflib.ndiff(before.splitlines(), after.splitlines()) if one.startswith("- ")]
    assert len(gone) <= 4, gone


RELEASE = CASES / "release-of-the-stack"
SECRET = CASES / "secret-own"
HOOK = ("--receiver", "webhook:hook", "--set", "hook.url=http://hook:80/")


@pytest.mark.parametrize("name", ["release-of-the-stack", "application-text", "secret-own", "config-map", "k3s-chart"])
def test_what_the_spec_says_later_arrives_in_the_object(empty: Repo, name: str) -> None:
    """A later change of the spec, and an edit by hand, both stay; nothing else of the file changes."""
    empty.write(FILE, (CASES / name / "values.yaml").read_text("utf-8"))
    empty.ok("alerting", "--values-file", FILE, *HOOK)
    empty.write(FILE, empty.read(FILE).replace("#team", "#shop"))
    edited = empty.read(FILE)
    empty.ok("diff")
    empty.ok("alerting", "--values-file", FILE, "--set", "hook.max_alerts=7")
    after = empty.read(FILE)
    assert [one for one in after.splitlines() if one not in edited.splitlines()] == [
        one for one in after.splitlines() if "max_alerts: 7" in one
    ]
    assert after.count("max_alerts: 7") == 1
    assert "0 files changed" in empty.ok("regenerate").out
    assert empty.states("monitoring") == {FILE: "edited"}


@pytest.mark.parametrize("name", ["release-of-the-stack", "application-text", "secret-own"])
def test_a_conflict_in_an_object_is_settled_by_the_printed_command(empty: Repo, name: str) -> None:
    empty.write(FILE, (CASES / name / "values.yaml").read_text("utf-8"))
    empty.ok("alerting", "--values-file", FILE, *HOOK)
    empty.write(FILE, empty.read(FILE).replace("url: http://hook:80/", "url: http://mine:80/"))
    before = empty.read(FILE)
    line = next(at for at, one in enumerate(before.splitlines(), 1) if "http://mine" in one)
    done = empty.run("alerting", "--values-file", FILE, "--set", "hook.url=http://other:80/")
    assert done.code == 1
    assert re.search(rf"{FILE}:({line - 1}|{line}): ", done.text), done.text  # of the list, or of the item
    assert empty.read(FILE) == before
    take = next(one.partition("take it:")[2] for one in done.text.splitlines() if "take it:" in one)
    empty.ok(*shlex.split(take)[1:])
    assert empty.read(FILE) == before.replace("http://mine:80/", "http://other:80/")


ENCODED = CASES / "secret-in-base64"


def decoded(text: str) -> str:
    return base64.b64decode(yaml.safe_load(text)["data"]["alertmanager.yaml"]).decode()


def edited(text: str, old: str, new: str) -> str:
    """Return a Secret with an edit in the text that its base64 stands for."""
    before = decoded(text)
    assert old in before
    return text.replace(*(base64.b64encode(one.encode()).decode() for one in (before, before.replace(old, new))))


def test_base64_is_explained_and_merged(empty: Repo) -> None:
    """Edits on both sides stay, one line changes, and ``diff`` shows what changes in the text."""
    empty.write(FILE, (ENCODED / "values.yaml").read_text("utf-8"))
    empty.ok("alerting", "--values-file", FILE, *HOOK)
    empty.write(FILE, edited(empty.read(FILE), "paid for until May", "paid for until June"))
    before = empty.read(FILE)
    spec = empty.read("monitoring/scaffold.yaml")
    empty.write("monitoring/scaffold.yaml", spec.replace("http://hook:80/", "http://other:80/"))
    done = empty.run("diff")
    assert done.code == 1
    (row,) = json.loads(empty.run("diff", "--format", "json").out)
    assert row["decoded"].startswith(f"--- a/{FILE} (decoded)\n")
    assert [one for one in row["decoded"].splitlines() if one.startswith(("- ", "+ "))] == [
        "-      - url: http://hook:80/",
        "+      - url: http://other:80/",
    ]
    assert row["diff"] + row["decoded"] in done.out
    assert "(decoded)" not in row["diff"]
    empty.ok("regenerate")
    after = empty.read(FILE)
    assert decoded(after) == decoded(before).replace("http://hook:80/", "http://other:80/")
    assert sum(one != other for one, other in zip(before.splitlines(), after.splitlines(), strict=True)) == 1


def test_a_conflict_in_base64(empty: Repo) -> None:
    """It is told at the line of the base64, never written as markers that nobody sees, and settled as printed."""
    empty.write(FILE, (ENCODED / "values.yaml").read_text("utf-8"))
    empty.ok("alerting", "--values-file", FILE, *HOOK)
    empty.write(FILE, before := edited(empty.read(FILE), "http://hook:80/", "http://mine:80/"))
    spec = empty.read("monitoring/scaffold.yaml")
    empty.write("monitoring/scaffold.yaml", spec.replace("http://hook:80/", "http://other:80/"))
    done = empty.run("regenerate", "--markers")
    assert (done.code, empty.read(FILE)) == (1, before)
    assert f"{FILE}:3: receivers[name=hook]" in done.text
    take = next(one.partition("take it:")[2] for one in done.text.splitlines() if "take it:" in one)
    empty.ok(*shlex.split(take)[1:])
    assert decoded(empty.read(FILE)) == decoded(before).replace("http://mine:80/", "http://other:80/")


def test_base64_is_validated_and_routed(empty: Repo) -> None:
    text = (ENCODED / "values.yaml").read_text("utf-8")
    empty.write(FILE, text)
    empty.ok("route", FILE, "severity=critical", "--expect", "pager")
    assert "0 errors" in empty.ok("validate", FILE).text
    empty.write(FILE, edited(text, "receiver: pager", "receiver: nobody"))
    done = empty.run("validate", FILE)
    assert done.code == 1
    assert re.search(rf"^{FILE}:3:22: .*nobody.*\(AM", done.text, re.M), done.text
    plain = "stringData:\n  alertmanager.yaml: |\n    route: {receiver: a}\n    receivers: [{name: a}]\n"
    empty.write(FILE, empty.read(FILE) + plain)
    assert "0 errors" in empty.run("validate", FILE).text, "stringData overrides data"


@pytest.mark.parametrize("name", ["set-of-applications", "set-of-applications-text"])
def test_parameters_of_a_set_are_no_templates_of_alertmanager(empty: Repo, name: str) -> None:
    """Only a set has parameters; with Go templates, every text depends on them."""
    text = (CASES / name / "expected.yaml").read_text("utf-8")
    empty.write(FILE, text)
    assert "0 errors" in empty.ok("validate", FILE).text
    empty.ok("route", FILE, "severity=critical", "--expect", "pager")
    empty.write(FILE, text.replace("spec:\n", "spec:\n  goTemplate: true\n", 1))
    assert "0 errors" in empty.ok("validate", FILE).text
    empty.write(FILE, text.replace("{{ cluster }}: {{ .Status }}", "{{ .Status | toUper }}"))
    assert "toUper" in empty.run("validate", FILE).text
    start, end = text.index("spec:\n"), text.index("    spec:\n")
    empty.write(FILE, text[:start].replace("ApplicationSet", "Application") + text[end:].replace("\n    ", "\n")[4:])
    done = empty.run("validate", FILE)
    assert (done.code, "the function 'cluster' does not exist" in done.text) == (1, True), done.text


@pytest.mark.parametrize("name", ["set-of-applications", "set-of-applications-text"])
def test_a_parameter_of_a_set_is_not_refused_by_alertmanager(empty: Repo, name: str) -> None:
    text = (CASES / name / "values.yaml").read_text("utf-8").replace("group_by: [namespace]", "group_by: [NAME]")
    assert "[NAME]" in text
    adopt = ("alerting", "--values-file", FILE, "--receiver", "pagerduty")
    empty.write(FILE, text.replace("[NAME]", "[alertname, '{{cluster}}']"))
    assert "refuses" not in empty.ok(*adopt).err
    assert "'{{cluster}}'" in empty.read(FILE)


def test_what_is_no_parameter_of_a_set_is_still_told(empty: Repo) -> None:
    text = (CASES / "set-of-applications-text/values.yaml").read_text("utf-8")
    empty.write(FILE, text.replace("group_by: [namespace]", "group_by: ['{{ .cluster }}']"))
    done = empty.ok("alerting", "--values-file", FILE, "--receiver", "pagerduty")
    assert "note: Alertmanager still refuses the file: line" in done.err


def test_a_field_in_an_object_is_reset_but_not_the_file(empty: Repo) -> None:
    empty.write(FILE, (SECRET / "values.yaml").read_text("utf-8"))
    empty.ok("alerting", "--values-file", FILE, *HOOK)
    generated = empty.read(FILE)
    empty.write(FILE, generated.replace("http://hook:80/", "http://mine:80/"))
    done = empty.run("regenerate", "--reset", FILE)
    assert (done.code, "is not generated as a whole" in done.err) == (2, True)
    empty.ok("regenerate", "--reset", f"{FILE}:receivers[name=hook].webhook_configs")
    assert empty.read(FILE) == generated


def test_a_locked_path_in_an_object(empty: Repo) -> None:
    """An edit of a locked path is found in the object, and only that."""
    empty.write(FILE, (RELEASE / "values.yaml").read_text("utf-8"))
    empty.ok("alerting", "--values-file", FILE, *HOOK)
    locked = "locked: [spec.values.alertmanager.config.inhibit_rules, spec.values.alertmanager.config.global]\n"
    empty.write(".scaffold/config.yaml", empty.read(".scaffold/config.yaml") + locked)
    empty.ok("regenerate")
    empty.write(FILE, empty.read(FILE).replace("#team", "#shop"))
    empty.ok("diff")
    empty.write(FILE, empty.read(FILE).replace("      config:\n", "      config:\n        inhibit_rules: []\n"))
    assert empty.run("diff").code == 1


def test_a_missing_file_of_an_object_is_not_made_anew(empty: Repo) -> None:
    empty.write(FILE, (RELEASE / "values.yaml").read_text("utf-8"))
    empty.ok("alerting", "--values-file", FILE)
    (empty.root / FILE).unlink()
    done = empty.run("regenerate")
    assert (done.code, empty.has(FILE)) == (2, False)
    assert "does not exist, and HelmRelease/stack in it is not generated" in done.err


def test_an_object_that_is_gone_is_told(empty: Repo) -> None:
    empty.write(FILE, (RELEASE / "values.yaml").read_text("utf-8"))
    empty.ok("alerting", "--values-file", FILE)
    empty.write(FILE, empty.read(FILE).replace("name: stack", "name: renamed"))
    done = empty.run("alerting", "--values-file", FILE, *HOOK)
    assert done.code == 2
    assert "HelmRelease/stack" in done.err


def test_a_spec_by_hand_is_told_what_the_file_is(empty: Repo) -> None:
    empty.write(FILE, (SECRET / "values.yaml").read_text("utf-8"))
    empty.write("monitoring/scaffold.yaml", "template: alerting\nname: x\n")
    done = empty.run("regenerate")
    assert done.code == 2
    assert "set chart: kube-prometheus in the spec" in done.err


@pytest.mark.parametrize("chart", [*PLACES, "kube-prometheus", "none"])
def test_a_new_unit_of_each_chart(empty: Repo, chart: str) -> None:
    """What is generated loads, routes as said, and has no finding; a Secret is mounted where it is read."""
    mail = [f"mail.{one}" for one in ("to=a@b.c", "smarthost=a:25", "from=a@b.c", "auth_username=u")]
    said = [part for one in mail for part in ("--set", one)]
    severity = ("--severity", "critical=mail")
    empty.ok("alerting", "--chart", chart, "--receiver", "slack", "--receiver", "email:mail", *said, *severity)
    text, spec = empty.read("alerting/values.yaml"), settings(empty, "alerting")
    made = configuration(text, spec | ({"object": "Secret/alertmanager-main"} if chart == "kube-prometheus" else {}))
    (found,) = ask([{"text": made, "labels": [{"severity": "critical"}, {}, {"alertname": "Watchdog"}]}])
    assert found == {"routes": [["mail"], ["slack"], ["null"]]}
    mounted_where_read(text, spec)
    assert "0 errors, 0 warnings, 0 info" in empty.run("validate", "alerting").text
    empty.ok("diff")
    empty.ok("route", "alerting", "severity=critical", "--expect", "mail")


def test_every_volume_has_a_name_of_its_own(empty: Repo) -> None:
    """A mounted Secret is also a volume of the pod, whose name neither the chart nor the file nor another mount has."""
    own = "extraSecretMounts:\n- {name: a-b, mountPath: /x, secretName: x}\nconfig:\n  route: {receiver: 'null'}\n"
    empty.write(FILE, f"{own}  receivers: [{{name: 'null'}}]\n")
    files = {"one": "a.b", "two": "a-b", "three": "config"}
    said = [
        part
        for name, secret in files.items()
        for part in (
            *("--receiver", f"webhook:{name}"),
            *("--set", f"{name}.url_file=/etc/secrets/{secret}/url"),
        )
    ]
    empty.ok("alerting", "--chart", "alertmanager", "--values-file", FILE, *said)
    mounts = yaml.safe_load(empty.read(FILE))["extraSecretMounts"]
    assert [one["name"] for one in mounts] == ["a-b", "a-b-2", "a-b-3", "config-2"]
    assert [one["mountPath"] for one in mounts[1:]] == [f"/etc/secrets/{one}" for one in files.values()]
    empty.ok("diff")
