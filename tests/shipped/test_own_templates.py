"""A template of the repository that is called like one of ours, or extends one: what it then has of its behaviour."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from generator import assets

from ..conftest import Repo, git

IMAGE = "ghcr.io/example/app:v1.2.3"
ABOVE = "the cpu request 2 is above the limit 1"
TOO_MUCH = "resources: {requests: {cpu: '2'}, limits: {cpu: '1'}}\n"


def copy(repo: Repo, shipped: str, name: str, **settings: Any) -> str:
    """Copy a template of ours into the repository, with more settings, and return its folder."""
    folder = f".scaffold/templates/{name}"
    shutil.copytree(assets.folder("templates") / shipped, Path(repo.root, folder))
    known = json.loads(repo.read(f"{folder}/cookiecutter.json"))
    repo.write(f"{folder}/cookiecutter.json", json.dumps({**known, **settings}))
    return folder


def small(repo: Repo, name: str, schema: Any, **settings: Any) -> None:
    """Write a template of the repository that makes one file of any values."""
    folder = f".scaffold/templates/{name}"
    repo.write(f"{folder}/version", "1\n")
    repo.write(f"{folder}/cookiecutter.json", json.dumps({"name": "x", **settings}))
    repo.write(f"{folder}/schema.json", json.dumps(schema))
    repo.write(f"{folder}/{{{{cookiecutter.name}}}}/note.yaml", "a: 1\n")


def jobs(repo: Repo) -> list[str]:
    found = json.loads(repo.ok("list", "--format", "github-matrix").out)
    return [one for row in found["include"] for one in row["dirs"]]


def unit(name: str, template: str, more: str = "") -> tuple[str, str]:
    return f"{name}/scaffold.yaml", f"template: {template}\nname: {name}\n{more}"


SERVICE = f"image: {IMAGE.rpartition(':')[0]}\ntag: v1.2.3\n"

# --- a copy of a template of ours under another name ------------------------------------------------------------------


def test_a_copy_that_extends_has_the_checks_and_the_job(empty: Repo) -> None:
    copy(empty, "service", "web", _extends="service")
    empty.write(*unit("shop", "web", SERVICE))
    empty.ok("regenerate")
    assert "cpu: 50m" in empty.read("shop/deploy/deployment.yaml")
    assert jobs(empty) == ["shop/e2e"]
    empty.write(*unit("shop", "web", SERVICE + TOO_MUCH))
    done = empty.run("regenerate")
    assert done.code == 2
    assert ABOVE in done.err
    assert 'cpu: "2"' not in empty.read("shop/deploy/deployment.yaml")


def test_a_copy_that_does_not_extend_has_neither(empty: Repo) -> None:
    folder = copy(empty, "service", "web")
    schema = json.loads(assets.schema_text("service"))
    schema["properties"]["template"] = {"const": "web"}
    empty.write(f"{folder}/schema.json", json.dumps(schema))
    empty.write(*unit("shop", "web", SERVICE + TOO_MUCH))
    empty.ok("regenerate")
    assert jobs(empty) == []


def test_a_copy_without_a_schema_that_extends_nothing_is_not_complete(empty: Repo) -> None:
    copy(empty, "service", "web")
    empty.write(*unit("shop", "web", SERVICE))
    done = empty.run("regenerate")
    assert done.code == 2
    assert "schema.json is missing" in done.err


def test_a_copy_with_more_values_than_ours(empty: Repo) -> None:
    folder = copy(empty, "service", "web", _extends="service")
    schema = json.loads(assets.schema_text("service"))
    schema["properties"] |= {"template": {"const": "web"}, "team": {"type": "string"}}
    empty.write(f"{folder}/schema.json", json.dumps(schema))
    empty.write(*unit("shop", "web", f"{SERVICE}team: a\n"))
    empty.ok("regenerate")
    assert empty.run("diff").code == 0
    assert jobs(empty) == ["shop/e2e"]
    empty.write(*unit("shop", "web", f"{SERVICE}team: a\n{TOO_MUCH}"))
    assert ABOVE in empty.run("regenerate").err


def test_the_conventions_and_defaults_of_the_config_hold_for_it(empty: Repo) -> None:
    copy(empty, "service", "web", _extends="service")
    empty.write(*unit("shop", "web", SERVICE))
    settings = empty.read(".scaffold/config.yaml")
    empty.write(".scaffold/config.yaml", f"{settings}labels: {{team: a}}\ndefaults: {{web: {{port: 9090}}}}\n")
    empty.ok("regenerate")
    made = empty.read("shop/deploy/deployment.yaml")
    assert "team: a" in made
    assert "containerPort: 9090" in made
    empty.write(".scaffold/config.yaml", f"{settings}labels: {{team: b}}\n")
    assert empty.run("diff").code == 1


def test_a_change_outside_of_a_unit_runs_the_test_that_builds_from_there(empty: Repo) -> None:
    copy(empty, "service", "web", _extends="service")
    empty.write(*unit("shop", "web", f"{SERVICE}build: ../src\n"))
    empty.write("src/Dockerfile", "FROM scratch\n")
    empty.ok("regenerate")
    git(empty.root, "add", "--all")
    git(empty.root, "commit", "--quiet", "--message", "one")
    empty.write("src/Dockerfile", "FROM busybox\n")
    git(empty.root, "commit", "--quiet", "--all", "--message", "two")
    found = json.loads(empty.ok("list", "--format", "github-matrix", "--changed-since", "HEAD~1").out)
    assert [row["dirs"] for row in found["include"]] == [["shop/e2e"]]


def test_a_copy_of_the_test_of_a_plugin(empty: Repo) -> None:
    copy(empty, "e2e", "plugin", _extends="e2e")
    empty.write(*unit("tree", "plugin"))
    empty.ok("regenerate")
    flow = empty.read(".github/workflows/tree.yaml")
    assert "make -C tree install" in flow
    assert "tree/e2e" not in flow
    empty.write(*unit("tree", "plugin", "install: {build: [make], krew_index: " + "a" * 40 + "}\nworkflow: false\n"))
    assert "cannot be both built here and installed by krew" in empty.run("regenerate").err
    empty.write(*unit("tree", "plugin", "workflow: false\n"))
    assert jobs(empty) == ["tree"]


def test_a_copy_of_alerting_keeps_what_is_in_a_values_file(empty: Repo) -> None:
    copy(empty, "alerting", "alarm", _extends="alerting")
    empty.write("alarm/values.yaml", "alertmanager:\n  config:\n    global:\n      resolve_timeout: 9m\n")
    empty.write(*unit("alarm", "alarm", "slack: {channel: '#ops'}\n"))
    empty.ok("regenerate")
    made = empty.read("alarm/values.yaml")
    assert "resolve_timeout: 9m" in made
    assert '"#ops"' in made
    assert "alarm/values.yaml:" in empty.ok("route", "alarm", "alertname=Watchdog", "--expect", "null").out
    empty.write(*unit("alarm", "alarm", "slack: {channel: '#ops'}\nseverity: {critical: nobody}\n"))
    done = empty.run("regenerate")
    assert done.code == 2
    assert "nobody" in done.err


# --- one that is called like a template of ours -----------------------------------------------------------------------

ANYTHING = {"type": "object"}
CALLED_SERVICE = [
    "",
    "image: 5\n",
    SERVICE,
    "image: [a]\nsidecars: 3\nresources: x\nnamespace: 1\n",
    "sidecars: [{}, 3]\ncontainer: null\ntag: {}\ntags: 3\n",
    "e2e: true\nworkflow: maybe\nci: []\nbuild: 3\n",
    "namespace: null\nlabels: null\nenv: 3\n",
]


def test_one_called_service_is_a_template_of_its_own(empty: Repo) -> None:
    small(empty, "service", ANYTHING)
    for number, more in enumerate(CALLED_SERVICE):
        empty.write(*unit(f"u{number}", "service", more))
    for command in ("regenerate", "diff", "status", "list", "validate"):
        assert empty.run(command).code == 0, command
    assert all(empty.read(f"u{number}/note.yaml") == "a: 1\n" for number in range(len(CALLED_SERVICE)))
    assert jobs(empty) == []


@pytest.mark.parametrize("template", assets.template_names())
def test_one_that_extends_ours_says_what_is_wrong_with_its_values(empty: Repo, template: str) -> None:
    values = [*CALLED_SERVICE, "install: 3\npaths: 3\nkubernetes: {versions: [[], 3]}\n", "slack: []\nroute: 3\n"]
    for name in (template, "web"):
        small(empty, name, ANYTHING, _extends=template, _workflow="kind")
        for number, more in enumerate(values):
            empty.write(*unit(f"{name}{number}", name, more))
    for command in (("regenerate",), ("diff",), ("list", "--format", "github-matrix")):
        done = empty.run(*command)
        assert done.code in {0, 1, 2}, done.text
        assert "bug" not in done.err
        told = [line for line in done.err.splitlines() if "scaffold.yaml:" in line]
        assert all(line.endswith(f" extends {template}") or "cannot have a workflow" in line for line in told), told
        if command == ("regenerate",):
            assert len({line.partition("/")[0] for line in told}) > 1


def test_its_schema_decides_what_new_service_may_write(empty: Repo) -> None:
    small(empty, "service", {"type": "object", "properties": {"image": {"type": "integer"}}})
    done = empty.run("new-service", "shop", "--image", IMAGE)
    assert done.code == 2
    assert "--image: image must be a whole number" in done.err
    small(empty, "service", ANYTHING)
    empty.ok("new-service", "shop", "--image", IMAGE)
    done = empty.run("new-service", "shop", "--image", IMAGE)
    assert done.code == 2
    assert "already exists" in done.err


def test_one_with_the_schema_of_ours_is_ours_with_other_texts(empty: Repo) -> None:
    folder = copy(empty, "service", "service")
    for text in (None, assets.schema_text("service")):
        if text is not None:
            empty.write(f"{folder}/schema.json", text)
        done = empty.run("new-service", "shop", "--image", f"{IMAGE}", "--tag-glob", "main-*")
        assert done.code == 2
        assert "does not match glob:main-*" in done.err
    empty.ok("new-service", "shop", "--image", IMAGE)
    assert jobs(empty) == ["services/shop/e2e"]


def test_defaults_of_one_are_not_held_against_our_schema(empty: Repo) -> None:
    small(empty, "service", ANYTHING)
    empty.write(*unit("shop", "service"))
    settings = empty.read(".scaffold/config.yaml")
    empty.write(".scaffold/config.yaml", f"{settings}defaults: {{service: {{image: 5, team: a}}}}\n")
    empty.ok("regenerate")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("image: 5\n", "image must be text"),
        ("image: a/b\nsidecars: null\n", "sidecars must be a list"),
        ("image: a/b\nresources: {limits: {cpu: [1]}}\n", "resources.limits.cpu must be text"),
        ("", "image is missing"),
    ],
)
def test_a_value_that_our_checks_rely_on(empty: Repo, more: str, message: str) -> None:
    small(empty, "service", ANYTHING, _extends="service")
    empty.write(*unit("shop", "service", more))
    done = empty.run("regenerate")
    assert done.code == 2
    assert message in done.err
    assert "the template service extends service" in done.err


@pytest.mark.parametrize("said", ["web", "", "shared", 3, ["service"], {"a": 1}, True])
def test_what_cannot_be_extended(empty: Repo, said: Any) -> None:
    small(empty, "web", ANYTHING, _extends=said)
    empty.write(*unit("shop", "web"))
    done = empty.run("regenerate")
    assert done.code == 2
    assert "_extends" in done.err
    assert "alerting, ci, e2e, service" in done.err


# --- the commands that make units of one that extends ours ------------------------------------------------------------

COMMANDS = [
    ("service", ("new-service", "one", "--image", IMAGE), "services/one", ("--replicas", "3", "--update")),
    ("e2e", ("new-e2e", "one"), "e2e/one", ("--plugin", "other", "--update")),
    ("alerting", ("alerting", "one"), "alerting/one", ("--receiver", "pagerduty")),
]


def unwritten(repo: Repo, *arguments: str) -> str:
    """Run a command that has to refuse and to write nothing, and return what it tells."""
    before = repo.snapshot()
    done = repo.run(*arguments)
    assert (done.code, repo.snapshot() == before) == (2, True), done.text
    return done.err


@pytest.mark.parametrize(("shipped", "command", "folder", "more"), COMMANDS, ids=str)
def test_a_command_makes_and_edits_units_of_a_template_that_extends(
    empty: Repo, shipped: str, command: tuple[str, ...], folder: str, more: tuple[str, ...]
) -> None:
    copy(empty, shipped, "ours", _extends=shipped)
    empty.ok(*command, "--template", "ours")
    spec = f"{folder}/scaffold.yaml"
    assert empty.read(spec).startswith("template: ours\nname: one\n"), "no schema for editors describes it"
    empty.ok("diff")
    before = empty.read(spec)
    empty.write(spec, before.replace("name: one\n", "name: one # us\n"))
    empty.ok(*command, *more)  # the template is that of the spec
    after = empty.read(spec)
    assert after != before
    assert after.startswith("template: ours\nname: one # us\n")
    assert "nothing to do" in empty.ok(*command, *more, "--template", "ours").out
    assert f"{spec} is the spec of a ours unit" in unwritten(empty, *command, *more, "--template", shipped)
    empty.ok("diff")


@pytest.mark.parametrize(
    ("named", "message", "hint"),
    [
        ("webb", "unknown template 'webb'", "did you mean 'web'?"),
        ("servce", "unknown template 'servce'", "did you mean 'service'?"),
        ("qqq", "unknown template 'qqq'", 'name one of service, web, or add "_extends": "service"'),
        ("", "unknown template ''", "name one of service, web, or"),
        ("../web", "unknown template '../web'", ""),
        ("e2e", "e2e does not extend service", "name one of service, web, or"),
        ("plug", "plug does not extend service", "name one of service, web, or"),
        ("free", "free does not extend service", "name one of service, web, or"),
        ("broken", "the template broken is not complete", ""),
        ("Web", "does not name its template", ""),  # a folder of that name is there
    ],
)
def test_a_template_that_a_command_cannot_use(empty: Repo, named: str, message: str, hint: str) -> None:
    copy(empty, "service", "web", _extends="service")
    copy(empty, "e2e", "plug", _extends="e2e")
    copy(empty, "service", "Web", _extends="service")
    small(empty, "free", ANYTHING)
    small(empty, "broken", ANYTHING)
    empty.write(".scaffold/templates/broken/version", "one\n")
    told = unwritten(empty, *COMMANDS[0][1], "--template", named)
    assert told.startswith(f"--template: {message}")
    assert hint in told


def test_the_template_of_the_command_may_be_named(empty: Repo) -> None:
    empty.ok(*COMMANDS[0][1], "--template", "service")
    assert "template: service\n" in empty.read("services/one/scaffold.yaml")
    assert "nothing to do" in empty.ok(*COMMANDS[0][1], "--update", "--template", "service").out


def test_an_own_schema_describes_new_specs_to_editors(empty: Repo) -> None:
    small(empty, "web", ANYTHING, _extends="service")
    empty.ok(*COMMANDS[0][1], "--template", "web")
    line = "# yaml-language-server: $schema=../../.scaffold/templates/web/schema.json\n"
    assert empty.read("services/one/scaffold.yaml").startswith(line)


TEAM = {"type": "object", "required": ["team"], "properties": {"team": {"type": "string"}}}


@pytest.mark.parametrize("extends", [{}, {"_extends": "service"}])
def test_a_key_that_no_option_sets_is_written_by_hand(empty: Repo, extends: dict[str, str]) -> None:
    small(empty, "service", TEAM, **extends)
    told = unwritten(empty, *COMMANDS[0][1])
    assert told == (
        "--template service: team is missing\n"
        "    no option sets it: write services/one/scaffold.yaml by hand, and run scaffold regenerate\n"
    )
    empty.write(*unit("services/one", "service", f"{SERVICE}team: a\n"))
    empty.edit("services/one/scaffold.yaml", "name: services/one", "name: one")
    empty.ok("regenerate")
    empty.ok(*COMMANDS[0][1], "--update")


@pytest.mark.parametrize(
    ("config", "more", "message"),
    [
        ("defaults: {service: {resources: {limits: {cpu: 10m}}}}\n", (), "{c}:12:22: the cpu request 50m is above"),
        ("defaults: {service: {workflow: true}}\n", ("--no-e2e",), "{c}:12:32: the workflow has no end-to-end test"),
        ("defaults: {service: {tags: 'glob:x-*'}}\n", ("--tag-glob", "y-*"), "--image: the tag v1.2.3 does not match"),
        ("defaults: {service: {build: ../../../x}}\n", (), "{c}:12:29: build is ../../../x, which leads out"),
    ],
)
def test_a_value_of_the_config_is_told_at_its_place(
    empty: Repo, config: str, more: tuple[str, ...], message: str
) -> None:
    empty.write(".scaffold/config.yaml", empty.read(".scaffold/config.yaml") + config)
    line = empty.read(".scaffold/config.yaml").count("\n")
    told = unwritten(empty, *COMMANDS[0][1], *more)
    assert told.startswith(message.format(c=".scaffold/config.yaml").replace(":12:", f":{line}:")), told


def test_a_template_that_cannot_render_is_told_without_a_file(empty: Repo) -> None:
    small(empty, "web", ANYTHING, _extends="service")
    empty.write(".scaffold/templates/web/{{cookiecutter.name}}/note.yaml", "a: {{ cookiecutter.team.name }}\n")
    told = unwritten(empty, *COMMANDS[0][1], "--template", "web")
    assert told.startswith("--template web: ")
    assert "services/one/scaffold.yaml:" not in told
