"""scaffold validate and scaffold rules through the command line: scope, output, suppression, settings, bad input."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from generator import config, findings, rules, validation
from generator.errors import Invalid
from generator.printable import dump_json
from generator.yaml import data_of, parse

from ..conftest import DEPLOYMENT, SPEC, Done, Repo, git
from ..support.real import tool

GOOD = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {}\ndata:\n  a: b\n"
BAD = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {}\ndata:\n  a: 1\n"
WARNED = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  annotations:
    fluxcd.io/automated: "true"
    fluxcd.io/tag.web: glob:master-*
spec:
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: web
          image: example/web:master-1
        - name: proxy
          image: envoyproxy/envoy:v1.2.3
"""


@dataclass(frozen=True)
class Here:
    """A root without git, checked in this process: many small files cost no process each."""

    root: Path

    def write(self, path: str, text: str) -> None:
        Repo(self.root).write(path, text)

    def check(self) -> validation.Outcome:
        return validation.check_selection(validation.select_files(self.root, None, [], None, None))

    def ids(self, least: str = "warning") -> set[str]:
        return {one.rule for one in self.check().problems if findings.reaches(one, least)}


@pytest.fixture
def here(tmp_path: Path) -> Here:
    made = Here(tmp_path)
    made.write(".scaffold/config.yaml", "automation: flux-v1\n")
    return made


def found(done: Done) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(done.out)
    return rows


def places(done: Done) -> list[str]:
    return [f"{one['path']}:{one['line']} {one['rule']}" for one in found(done)]


def test_what_we_generate_has_no_warning(repo: Repo) -> None:
    repo.ok("new-service", "ledger", "--image", "ghcr.io/example/ledger:1.4.2", "--namespace", "payments")
    repo.ok("new-service", "search", "--image", "ghcr.io/example/search:main-77aa", "--replicas", "2")
    repo.ok("new-service", "plain", "--image", "ghcr.io/example/plain:1", "--automation", "none")
    repo.ok("init", "--automation", "flux-v1", "--ci-install", "scaffold-config==0.1.0")
    repo.ok("new-service", "web", "--image", "ghcr.io/example/web:1.4.2", "--workflow")
    repo.ok("new-e2e", "kubectl-tree", "--plugin", "tree")
    repo.ok("alerting", "--slack-channel", "#team-alerts")
    done = repo.ok("validate", "--format", "json")
    assert [one for one in found(done) if one["severity"] != "info"] == []
    assert [one["rule"] for one in found(done)] == ["FX019"]
    assert repo.run("validate", "--fail-on", "info").code == 1


def test_the_exit_code_follows_fail_on(empty: Repo) -> None:
    empty.write("web.yaml", WARNED)
    assert empty.run("validate").code == 1
    assert empty.run("validate", "--fail-on", "warning").code == 1
    assert empty.run("validate", "--fail-on", "error").code == 0
    empty.write("bad.yaml", BAD.format("bad"))
    assert empty.run("validate", "--fail-on", "error").code == 1
    assert empty.run("validate", "nothing.yaml").code == 2
    assert empty.run("validate", "--fail-on", "never").code == 2


def test_text_names_place_rule_and_remedy(empty: Repo) -> None:
    empty.write("bad.yaml", BAD.format("bad"))
    done = empty.run("validate")
    place, remedy, last = done.out.splitlines()
    assert place == "bad.yaml:6:6: data.a must be text, not a number (1) (SCH001)"
    assert remedy == "    write it in quotes"
    assert last.endswith("checked: 1 error, 0 warnings, 0 info")
    assert empty.run("validate", "-q").out.splitlines() == done.out.splitlines()[:2]


def test_json_has_exactly_the_keys(empty: Repo) -> None:
    empty.write("bad.yaml", BAD.format("bad"))
    (row,) = found(empty.run("validate", "--format", "json"))
    assert list(row) == ["path", "line", "column", "rule", "severity", "message", "hint"]
    assert (row["path"], row["line"], row["column"], row["rule"], row["severity"]) == (
        "bad.yaml",
        6,
        6,
        "SCH001",
        "error",
    )


def test_github_annotations_cannot_be_forged(empty: Repo) -> None:
    empty.write("bad.yaml", BAD.format("bad").replace("  a: 1", '  "a%0A::error::b": 1'))
    done = empty.run("validate", "--format", "github", GITHUB_ACTIONS="true")
    lines = done.out.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("::error file=bad.yaml,line=6,title=scaffold%3A SCH001::data.a%250A::error::b must be")


def test_sarif_is_what_code_scanning_takes(empty: Repo) -> None:
    empty.write("a b/bäd.yaml", BAD.format("bad") + "  b: 1\n")
    empty.write("web.yaml", WARNED)
    log = json.loads(empty.run("validate", "--format", "sarif").out)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    by_id = {one["id"]: one for one in driver["rules"]}
    assert set(by_id) == {one.id for one in rules.all_rules()}
    for one in by_id.values():
        assert one["fullDescription"]["text"]
        assert re.match(r"https://[^ ]+\Z", one.get("helpUri", "https://docs")), one["id"]
        assert one["help"]["text"]
        assert one["defaultConfiguration"]["level"] in {"error", "warning", "note"}
    results = run["results"]
    assert {one["level"] for one in results} == {"error", "warning", "note"}
    prints = [tuple(one["partialFingerprints"].items()) for one in results]
    assert len(prints) == len(set(prints))
    for one in results:
        assert driver["rules"][one["ruleIndex"]]["id"] == one["ruleId"]
        place = one["locations"][0]["physicalLocation"]
        assert not place["artifactLocation"]["uri"].startswith(("/", "file:"))
        assert place["region"]["startLine"] >= 1
    assert results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b/b%C3%A4d.yaml"


def test_a_line_that_moves_keeps_its_fingerprint(here: Here) -> None:
    def prints() -> list[str]:
        log = json.loads(dump_json(findings.sarif(here.check().problems, rules.all_rules())))
        return [one["partialFingerprints"]["scaffold/v1"] for one in log["runs"][0]["results"]]

    here.write("bad.yaml", BAD.format("bad"))
    before = prints()
    here.write("bad.yaml", "# a comment\n\n" + BAD.format("bad"))
    assert prints() == before


# Scope


def test_the_default_scope_is_units_and_known_files_of_a_family(repo: Repo) -> None:
    repo.write("k8s/bad.yaml", BAD.format("k8s"))
    repo.write("k8s/bad.json", json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": 1}}))
    repo.write("ignored/bad.yaml", BAD.format("ignored"))
    repo.write(".gitignore", "ignored/\n")
    repo.write("notes.yaml", "a: [1, 2\n")
    repo.write("docs/list.yaml", "- a\n- b\n")
    repo.write(".github/workflows/ci.yaml", "on: push\njobs: {a: {steps: []}}\n")
    repo.write("chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n")
    repo.write("chart/templates/bad.yaml", BAD.format("chart"))
    repo.write("chart/templates/x.yaml", "a: {{ .Values.a }}\n  {{- if .b }}\n")
    repo.write("values.yaml.gotmpl", "a: {{ .x }}\n")
    done = repo.run("validate", "--format", "json")
    paths = {one["path"] for one in found(done) if one["severity"] != "info"}
    assert paths == {"k8s/bad.yaml", "k8s/bad.json", ".github/workflows/ci.yaml", "notes.yaml"}
    assert "skipped" in repo.run("validate").out.splitlines()[-1]


def test_a_unit_with_broken_yaml_is_found(repo: Repo) -> None:
    repo.write("services/payments/deploy/extra.yaml", "a: [1, 2\n")
    assert "services/payments/deploy/extra.yaml:2 YAML001" in places(repo.run("validate", "--format", "json"))


def test_any_file_can_be_named(tmp_path: Path) -> None:
    outside = Repo(tmp_path / "work")
    outside.write("a/bad.yaml", BAD.format("a"))
    outside.write("a/.github/workflows/x.yaml", "on: push\njobs: {}\n")
    outside.write("b.yaml", GOOD.format("b"))
    assert places(outside.run("validate", "a/bad.yaml", "b.yaml", "--format", "json")) == ["a/bad.yaml:6 SCH001"]
    names = places(outside.run("validate", "a", "--format", "json"))
    assert "a/bad.yaml:6 SCH001" in names
    assert any(one.startswith("a/.github/workflows/x.yaml:") for one in names)
    assert places(outside.run("validate", "../a/bad.yaml", "--format", "json", cwd="a")) == ["bad.yaml:6 SCH001"]
    away = Repo(tmp_path / "elsewhere")
    away.root.mkdir()
    path = str(outside.root / "a" / "bad.yaml")
    (place,) = places(away.run("validate", path, "--format", "json"))
    assert place == "../work/a/bad.yaml:6 SCH001"
    assert away.run("validate").code == 2
    assert "scaffold validate ." in away.run("validate").err


def test_a_workflow_is_known_by_its_content(tmp_path: Path) -> None:
    outside = Repo(tmp_path)
    outside.write("some.yml", "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - rum: echo\n")
    assert places(outside.run("validate", "some.yml", "--format", "json"))[0].startswith("some.yml:")


def test_changed_since_takes_changed_files_and_units(repo: Repo) -> None:
    repo.ok("new-service", "ledger", "--image", "ghcr.io/example/ledger:master-1")
    repo.write("old.yaml", BAD.format("old"))
    git(repo.root, "add", "--all")
    git(repo.root, "commit", "--quiet", "-m", "one")
    assert places(repo.run("validate", "--changed-since", "HEAD", "--format", "json")) == []
    repo.write("new.yaml", BAD.format("new"))
    repo.edit(DEPLOYMENT, "replicas: 1", "replicas: one")
    done = repo.run("validate", "--changed-since", "HEAD", "--format", "json")
    assert [one for one in places(done) if not one.endswith("FX019")] == [
        "new.yaml:6 SCH001",
        f"{DEPLOYMENT}:{line_of(repo)} SCH001",
    ]
    assert repo.run("validate", "--changed-since", "nowhere").code == 2


def line_of(repo: Repo, text: str = "replicas: one") -> int:
    lines = repo.read(DEPLOYMENT).splitlines()
    return next(n for n, line in enumerate(lines, 1) if text in line)


def test_a_changed_file_is_compared_with_those_that_did_not_change(repo: Repo) -> None:
    repo.write("a/web.yaml", GOOD.format("web"))
    git(repo.root, "add", "--all")
    git(repo.root, "commit", "--quiet", "-m", "one")
    repo.write("b/web.yaml", GOOD.format("web"))
    for options in (["--changed-since", "HEAD"], ["b/web.yaml"], ["b"]):
        assert places(repo.run("validate", *options, "--format", "json")) == ["b/web.yaml:4 FX020"]
    assert places(repo.run("validate", "a/web.yaml", "--format", "json")) == ["a/web.yaml:4 FX020"]


def test_a_selector_that_changed_since_the_merge_base_is_found(repo: Repo) -> None:
    git(repo.root, "add", "--all")
    git(repo.root, "commit", "--quiet", "-m", "one")
    git(repo.root, "checkout", "--quiet", "-b", "topic")
    lines = repo.read(DEPLOYMENT).splitlines(keepends=True)
    number = next(n for n, line in enumerate(lines) if "matchLabels:" in line) + 1
    label = lines[number].replace("payments", "payments2")
    assert label != lines[number]
    repo.write(
        DEPLOYMENT, "".join([*lines[:number], label, *lines[number + 1 :]]).replace("replicas: 1", "replicas: 2")
    )
    wanted = [f"{DEPLOYMENT}:{number - 1 + ('selector' not in lines[number - 2])} K8S012"]
    for jobs in ("1", "2"):
        done = repo.run("validate", "--changed-since", "main", "--jobs", jobs, "--format", "json")
        assert [one for one in places(done) if one.endswith("K8S012")] == wanted
    git(repo.root, "commit", "--quiet", "--all", "-m", "two")
    done = repo.run("validate", "--changed-since", "main", "--format", "json")
    assert [one for one in places(done) if one.endswith("K8S012")] == wanted
    for options in (["--changed-since", "HEAD"], []):
        assert "K8S012" not in repo.run("validate", *options).text


def test_shards_are_all_of_it(here: Here) -> None:
    for number in range(7):
        here.write(f"d{number}/bad.yaml", BAD.format(f"n{number}"))
    parts = [
        validation.check_selection(validation.select_files(here.root, None, [], None, (n, 3))).problems
        for n in (1, 2, 3)
    ]
    assert all(parts)
    assert sorted(one for part in parts for one in part) == list(here.check().problems)


# Suppression and settings


@pytest.mark.parametrize(
    "text",
    [
        WARNED.replace("name: proxy", "name: proxy # scaffold: ignore[FX004] the vendor moves it"),
        WARNED.replace(
            "        - name: proxy",
            "        # scaffold: ignore[FX004,FX003] theirs\n        # and more\n\n        - name: proxy",
        ).replace("FX004,FX003", "FX004"),
        "# scaffold: ignore-file[FX004] generated elsewhere\n" + WARNED,
        "\ufeff# scaffold: ignore-file[FX004] generated elsewhere\r\n" + WARNED.replace("\n", "\r\n"),
    ],
)
def test_a_comment_suppresses_with_a_reason(here: Here, text: str) -> None:
    here.write("web.yaml", text)
    outcome = here.check()
    assert [one.rule for one in outcome.problems] == ["FX019"]
    assert outcome.suppressed == 1
    assert "1 suppressed in the files" in findings.outcome_line(outcome)


@pytest.mark.parametrize(
    ("comment", "wanted"),
    [
        ("# scaffold: ignore[FX004]", {"FX004", "SUP002"}),
        ("# scaffold: ignore the vendor moves it", {"FX004", "SUP002"}),
        ("# scaffold: ignore[FX999] the vendor moves it", {"FX004", "SUP002"}),
        ("# scaffold: ignore[SUP001] because", {"FX004", "SUP002"}),
        ("# scaffold: ignore[FX003] because", {"FX004", "SUP001"}),
        ("# scaffold: ignore[FX004,FX003] because", {"SUP001"}),
        ("# scaffold: ignore-file[FX004] because", {"FX004", "SUP002"}),
    ],
)
def test_a_suppression_that_does_not_work_is_a_finding(here: Here, comment: str, wanted: set[str]) -> None:
    here.write("web.yaml", WARNED.replace("name: proxy", f"name: proxy {comment}"))
    assert here.ids() == wanted


def test_text_that_looks_like_a_suppression_is_none(here: Here) -> None:
    text = (
        GOOD.format("a")
        + "  help: |\n    # scaffold: ignore[FX004] is how it is written\n  b: '# scaffold: ignore[X]'\n"
    )
    here.write("a.yaml", text)
    assert here.ids("info") == set()


def test_the_config_sets_severities_and_says_so(here: Here) -> None:
    here.write("web.yaml", WARNED)
    assert here.ids() == {"FX004"}
    here.write(".scaffold/config.yaml", "rules:\n  FX004: info\n  FX019: off\n")
    outcome = here.check()
    assert [(one.rule, one.severity) for one in outcome.problems] == [("FX004", "info")]
    told = "1 turned off in .scaffold/config.yaml; 1 lowered in .scaffold/config.yaml"
    assert told in findings.outcome_line(outcome)
    here.write(".scaffold/config.yaml", "rules:\n  FX004:\n    'old/*': off\n    '*': error\n")
    assert here.ids("error") == {"FX004"}
    here.write(".scaffold/config.yaml", "rules:\n  FX998: off\n")
    assert here.ids() == {"FX004", "SCF001"}
    here.write(".scaffold/config.yaml", "rules:\n  FX004: none\n")
    assert here.ids() == {"FX004", "SCF001"}


def test_a_config_without_rule_settings_lowers_nothing(here: Here) -> None:
    outcome = here.check()
    assert (outcome.off, outcome.lowered, outcome.suppressed) == (0, 0, 0)


def test_kubernetes_version_is_the_configs(here: Here) -> None:
    here.write("cron.yaml", "apiVersion: batch/v1beta1\nkind: CronJob\nmetadata: {name: a}\nspec: {}\n")
    assert here.ids("info") == {"K8S002"}
    here.write(".scaffold/config.yaml", 'kubernetes: "1.24"\n')
    assert here.ids("info") == set()


# What is scaffold's own, and bad input


def test_specs_config_and_locks_are_checked(repo: Repo) -> None:
    spec = repo.read(SPEC)
    repo.write(SPEC, spec + "replica: 2\n")
    done = repo.run("validate", "--format", "json")
    assert [(one["path"], one["rule"]) for one in found(done) if one["severity"] == "error"] == [(SPEC, "SCF001")]
    repo.write(SPEC, spec)
    repo.write("services/payments/scaffold.lock", "{}")
    assert "services/payments/scaffold.lock:1 SCF001" in places(repo.run("validate", "--format", "json"))


def test_conflict_markers_are_a_finding(repo: Repo) -> None:
    paths = [SPEC, DEPLOYMENT, "services/payments/scaffold.lock", ".scaffold/config.yaml", "e2e/Makefile"]
    for path in paths:
        text = repo.read(path) if repo.has(path) else "all:\n\tkind create cluster --name a\n"
        repo.write(path, f"<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> main\n")
    done = repo.run("validate", "--format", "json")
    assert done.code == 1
    assert {f"{path}:1 GIT001" for path in paths} <= set(places(done))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a: b\na: c\n" + GOOD.format("a"), "YAML002"),
        (GOOD.format("a") + "\x00", "YAML001"),
        (GOOD.format("a") + "b: \udcff\n", "YAML001"),
        (GOOD.format("a") + "b: [" * 300, "YAML001"),
        (GOOD.format("a") + "b: *nowhere\n", "YAML001"),
        (
            GOOD.format("a")
            + "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}' if n else 'x'] * 9)}]\n" for n in range(9)),
            "YAML001",
        ),
        (GOOD.format("a") + "\tb: c\n", "YAML001"),
    ],
    ids=["twice", "nul", "bytes", "deep", "alias", "laughs", "tab"],
)
def test_bad_yaml_is_a_finding(here: Here, text: str, rule: str) -> None:
    here.write("a.yaml", text)
    assert here.ids("info") == {rule}


def test_links_large_and_odd_files_are_skipped_with_a_reason(empty: Repo, tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text(BAD.format("secret"), "utf-8")
    (empty.root / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    (empty.root / "folder").symlink_to(tmp_path)
    (empty.root / "loop.yaml").symlink_to("loop.yaml")
    os.mkfifo(empty.root / "pipe.yaml")
    empty.write("large.yaml", GOOD.format("a") + "# " + "x" * (5 * 1024 * 1024) + "\n")
    assert found(empty.run("validate", "--format", "json")) == []
    done = empty.run("validate", "link.yaml", "loop.yaml", "--format", "json")
    assert (done.code, found(done)) == (0, [])
    assert "link.yaml: skipped: is a symbolic link" in done.err
    assert empty.run("validate", "large.yaml").code == 1
    assert empty.run("validate", "pipe.yaml").code in {0, 1}


APIS = {
    "Deployment": "apps/v1",
    "HelmRelease": "helm.fluxcd.io/v1",
    "Service": "v1",
    "List": "v1",
    "Ingress": "networking.k8s.io/v1",
    "Canary": "flagger.app/v1beta1",
    "Cluster": "kind.x-k8s.io/v1alpha4",
    "ImagePolicy": "image.toolkit.fluxcd.io/v1",
    "Alert": "notification.toolkit.fluxcd.io/v1beta3",
}
ODD = ("null", "1", "[]", "{}", "x", "{a: b}", "[{a: [b]}]", "[[], null, {}]")


def test_odd_shapes_never_end_in_a_traceback(empty: Repo) -> None:
    keys = ("metadata", "spec", "items", "data", "subsets", "webhooks", "status")
    notes = "metadata:\n  name: {0}\n  annotations: {{fluxcd.io/automated: {0}, fluxcd.io/tag.a: {0}}}\n"
    for number, (sort, value) in enumerate((sort, value) for sort in APIS for value in ODD):
        head = f"apiVersion: {APIS[sort]}\nkind: {sort}\n"
        whole = head + "".join(f"{key}: {value}\n" for key in keys)
        rest = (
            f"spec: {{selector: {value}, template: {value}, analysis: {value}, targetRef: {value}, rules: {value}}}\n"
        )
        empty.write(
            f"f{number}.yaml",
            f"{whole}---\n{head}{notes.format(value)}---\n{head}{rest}---\n{head}recursive: &a [*a]\n",
        )
    done = empty.run("validate", "--format", "json")
    assert done.code == 1, done.err


# The rules themselves


def test_rules_are_listed_and_explained(tmp_path: Path) -> None:
    here = Repo(tmp_path)
    listed = here.ok("rules").out.splitlines()
    assert [line.split()[0] for line in listed] == [one.id for one in rules.all_rules()]
    one = here.ok("rules", "fx003").out
    for part in ("FX003 (error)", "Bad:", "Good:", "Source: https://", "# scaffold: ignore[FX003] reason"):
        assert part in one
    rows = json.loads(here.ok("rules", "--format", "json").out)
    assert {row["id"] for row in rows} == {one.id for one in rules.all_rules()}
    assert here.run("rules", "FX999").code == 2


# The eight mistakes in manifests that other tools were tried with; one of them is found by two tools.
MANIFEST = WARNED.replace("        - name: proxy\n          image: envoyproxy/envoy:v1.2.3\n", "")
MISTAKES = {
    "automated without quotes": (MANIFEST.replace('"true"', "true"), "FX001"),
    "pattern for an unknown container": (MANIFEST.replace("tag.web", "tag.app"), "FX003"),
    "selector unlike the labels": (MANIFEST.replace("labels: {app: web}", "labels: {app: wbe}"), "K8S001"),
    "latest under a glob": (MANIFEST.replace("web:master-1", "web:latest"), "FX011"),
    "invalid regexp": (MANIFEST.replace("glob:master-*", "'regexp:^(?!dev)master-'"), "FX006"),
    "invalid semver": (MANIFEST.replace("glob:master-*", "semver:one.two"), "FX007"),
    "automated is yes": (MANIFEST.replace('"true"', '"yes"'), "FX002"),
    "blank in the key": (MANIFEST.replace("fluxcd.io/tag.web:", '"fluxcd.io/tag.web ":'), "FX003"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_the_eight_mistakes_are_found(here: Here, name: str) -> None:
    text, rule = MISTAKES[name]
    here.write("web.yaml", text.replace("matchLabels: {app: wbe}", "matchLabels: {app: web}"))
    assert rule in here.ids("error")
    here.write("web.yaml", MANIFEST)
    assert here.ids() == set()


def test_kubectl_reads_old_booleans_as_we_do(tmp_path: Path) -> None:
    kubectl = tool("kubectl")
    for number, value in enumerate(
        ("yes", "y", "On", "0x1f", "0o17", "017", "1_000", "1e3", '"yes"', "yess", "1.2.3", "0b11")
    ):
        path = tmp_path / f"{number}.yaml"
        path.write_text(f"apiVersion: v1\nkind: Thing\nmetadata: {{name: a}}\ndata: {{k: {value}}}\n", "utf-8")
        command = [kubectl, "label", "--local", "-f", str(path), "a=b", "-o", "json", "--kubeconfig", os.devnull]
        told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["data"]["k"]
        read = rules.recognise("a.yaml", path.read_text("utf-8")).file
        assert read is not None
        assert data_of(read.documents[0], dialect="go")["data"]["k"] == told, value


@pytest.mark.parametrize("command", ["--version", "list"])
def test_start_up_does_not_load_the_rules(empty: Repo, command: str) -> None:
    loaded = "[one for one in sys.modules if one.startswith('generator.rules') or one in {'re2', 'jsonschema_rs'}]"
    run = f"sys.argv[1:] = [{command!r}]\ntry: main()\nfinally: print({loaded})"
    code = f"import sys\nfrom generator.__main__ import main\n{run}"
    done = subprocess.run([sys.executable, "-c", code], cwd=empty.root, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_wrong_severity_of_a_glob_is_named_where_it_is() -> None:
    with pytest.raises(Invalid) as caught:
        config.parse_config('rules:\n  FX004:\n    "legacy/*": loud\n')
    (problem,) = caught.value.problems
    assert (problem.line, problem.message.partition(",")[0]) == (3, 'rules.FX004.legacy/* is "loud"')


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: [\n", "YAML001"),
        ("a: 'b\nc: d\n", "YAML001"),
        ("a: 1\nb: 2\na: 3\n", "YAML002"),
        ("receivers:\n  - name: x\n    title: '{{ template \"t\" . }}'\n     text: y\n", "YAML001"),
        ("text: |\n  {{ range .Alerts }}\n  {{ end }}\nother: [\n", "YAML001"),
        ("# {{ a comment }}\na: b: c\n", "YAML001"),
        ("a: 1\nb: 2\n", ""),
        ("{{- if .Values.x }}\na: b\n{{- end }}\n", ""),
        ("a: {{ .Values.x }}\nb: {{ .Values.y }}: c\n", ""),
        ("{% for x in y %}\na: {{ x }}\n{% endfor %}\n", ""),
        ("<% if x %>\na: [\n<% end %>\n", ""),
        ("metadata:\n  labels:\n{{ toYaml .Values.labels | indent 4 }}\n  name: x\n", ""),
    ],
)
def test_broken_yaml_below_a_folder_is_found(empty: Repo, text: str, found: str) -> None:
    """Whatever it is for; a template of another language is left out, and is counted as that."""
    empty.write("some/folder/file.yaml", text)
    for command in (("validate",), ("validate", "some"), ("validate", "some/folder/file.yaml")):
        done = empty.run(*command)
        assert (done.code, found in done.out) == (int(bool(found)), True), done.text
        if not found and any(one in text for one in ("{{", "{%", "<%")):
            assert "is a template that is not rendered yet" in done.text


def test_every_skipped_file_says_why(empty: Repo) -> None:
    empty.write("notes.yaml", "- a\n")
    empty.write("chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n")
    empty.write("chart/templates/x.yaml", "a: {{ .Values.a }}\n")
    empty.write("later.yaml", "a: {{ x }}\n")
    empty.write("README.md", "# text\n")
    lines = [
        "chart/Chart.yaml: skipped: has a type that is not checked",
        "chart/templates/x.yaml: skipped: is a Helm chart template",
        "later.yaml: skipped: is a template that is not rendered yet",
        "notes.yaml: skipped: has a type that is not checked",
    ]
    for option in ("-v", "--verbose"):
        done = empty.run("validate", ".", option, "--format", "json")
        assert [one for one in done.err.splitlines() if "skipped" in one and ".scaffold" not in one] == lines
        assert found(done) == []
    assert ": skipped" not in empty.run("validate").text


@pytest.mark.parametrize(
    ("text", "place"), [("a: {b", (1, 6)), ("a: b\nc: [d, 'e", (2, 10)), ("a: b\r\nc: {d", (2, 6)), ("a: {b\n", (2, 1))]
)
def test_invalid_yaml_is_in_a_line_that_the_file_has(text: str, place: tuple[int, int]) -> None:
    with pytest.raises(Invalid) as raised:
        parse(text, "a.yml")
    assert [(one.line, one.column) for one in raised.value.problems] == [place]
