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
    empty.write(*unit("alarm", "alarm", "chart: kube-prometheus-stack\nslack: {channel: '#ops'}\n"))
    empty.ok("regenerate")
    made = empty.read("alarm/values.yaml")
    assert "resolve_timeout: 9m" in made
    assert '"#ops"' in made
    assert "alarm/values.yaml:" in empty.ok("route", "alarm", "alertname=Watchdog", "--expect", "null").out
    empty.write(
        *unit(
            "alarm", "alarm", "chart: kube-prometheus-stack\nslack: {channel: '#ops'}\nseverity: {critical: nobody}\n"
        )
    )
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
        assert all(line.endswith(f" extends {template}") or "workflow" in line for line in told), told
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
        ("image: a/b\nresources: {gpu: 5}\n", "unknown key 'gpu' in resources"),
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
    assert ", ".join(assets.template_names()) in done.err


# --- values from the config -------------------------------------------------------------------------------------------

CONFIG = ".scaffold/config.yaml"


def set_defaults(repo: Repo, template: str, line: str) -> int:
    """Set a template's defaults in the config, and return the number of their line."""
    settings = repo.read(CONFIG)
    repo.write(CONFIG, f"{settings}defaults:\n  {template}:\n    {line}\n")
    return settings.count("\n") + 3


BAD_DEFAULTS = {
    "service": {
        "sidecars: null": "15: sidecars must be a list, not null",
        "container: null": "16: container must be text or a map, not null",
        "automation: null": "17: automation is null, not one of",
        "automation: nope": '17: automation is "nope", not one of',
        "workflow: null": "15: workflow must be true or false, not null",
        "sidecars: [{image: a}]": "16: sidecars[0].name is missing",
        "resources: {limits: 5}": "25: resources.limits must be a map, not a number (5)",
        "resources: {requests: {cpu: '2'}, limits: {cpu: '1'}}": "33: the cpu request 2 is above the limit 1",
        "build: 5": "12: build must be text, not a number (5)",
        "user: none": "11: user must be",
        "port: '80; rm'": '11: port must be a whole number, not text ("80; rm")',
        "registry: 7": "15: registry must be text or null, not a number (7)",
        "replica: 3": "5: unknown key 'replica'",
        "namespace: null": "16: namespace must be a map, not null",
    },
    "alerting": {"receivers: [5]": "17: receivers", "slack: 5": "12: slack must be"},
    "e2e": {
        "install: 5": "14: install must be a map, not a number (5)",
        "kubernetes: {versions: 5}": "28: kubernetes.versions must be a list",
        "paths: 5": "12: paths must be",
    },
}


@pytest.mark.parametrize("shipped", BAD_DEFAULTS)
def test_a_default_that_a_copy_cannot_take(empty: Repo, shipped: str) -> None:
    copy(empty, shipped, "own", _extends=shipped)
    for folder in ("one", "two"):
        empty.write(*unit(folder, "own", SERVICE if shipped == "service" else ""))
    settings = empty.read(CONFIG)
    for line, message in BAD_DEFAULTS[shipped].items():
        empty.write(CONFIG, settings)
        number = set_defaults(empty, "own", line)
        done = empty.run("regenerate")
        assert done.code == 2, (line, done.text)
        assert done.err.count(f"{CONFIG}:{number}:{message}") == 1, (line, done.err)
        assert "bug" not in done.err


@pytest.mark.parametrize("name", ["service", "web"])
def test_every_command_says_which_default_a_copy_cannot_take(empty: Repo, name: str) -> None:
    copy(empty, "service", name, _extends="service")
    empty.write(*unit("shop", name, SERVICE))
    number = set_defaults(empty, name, "sidecars: null")
    place, message = f"{CONFIG}:{number}:15:", "sidecars must be a list, not null"
    before = empty.snapshot()
    commands: list[tuple[str, ...]] = [("regenerate",), ("diff",), ("status",), ("list", "--format", "github-matrix")]
    for command in (*commands, *([("new-service", "z", "--image", IMAGE)] if name == "service" else [])):
        done = empty.run(*command)
        assert (done.code, done.err.count(place), done.err.count(message)) == (2, 1, 1), done.text
    done = empty.run("validate")
    assert (done.code, done.out.count(place), done.out.count(message)) == (1, 1, 1), done.text
    assert empty.snapshot() == before


def test_a_default_that_a_copy_takes_or_a_spec_replaces(empty: Repo) -> None:
    copy(empty, "service", "web", _extends="service")
    settings = empty.read(CONFIG)
    for line, more in {
        "sidecars: null": "sidecars: []\n",
        "port: '80; rm'": "port: 80\n",
        "replicas: null": "",
        "resources: {limits: {cpu: null, memory: 1Gi}}": "resources: {limits: {memory: 2Gi}}\n",
        "labels: {team: a}": "labels: {team: null}\n",
    }.items():
        empty.write(*unit("shop", "web", SERVICE + more))
        empty.write(CONFIG, settings)
        set_defaults(empty, "web", line)
        empty.ok("regenerate")
    assert empty.ok("validate").code == empty.ok("diff").code == 0


CLOSED = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "template": {},
        "name": {"type": "string"},
        "automation": {"enum": ["argo", "none"]},
        "labels": {"type": "array"},
        "team": {"type": ["string", "null"], "default": "a"},
        "size": {"type": "object", "default": {"cpu": 1}, "maxProperties": 1},
    },
}


@pytest.mark.parametrize("settings", [{}, {"_extends": "alerting"}], ids=["", "extends"])
def test_values_of_the_config_are_valid_by_a_schema_of_its_own(empty: Repo, settings: dict[str, str]) -> None:
    small(empty, "own", CLOSED, **settings)
    for config, more, message in (
        ("automation: flux-v1\n", "", f'{CONFIG}:1:13: automation is "flux-v1", not one of "argo", "none"'),
        ("automation: flux-v1\n", "automation: argo\n", ""),
        ("automation: none\n", "", ""),
        ("labels: {a: b}\n", "", f"{CONFIG}:1:1: labels must be a list, not a map, for the template own"),
        ("labels: {a: b}\n", "labels: [a]\n", ""),
        ("registry: example.org\n", "", ""),
        ("defaults: {own: {automation: 3}}\n", "", f"{CONFIG}:1:30: automation is 3, not one of"),
        ("defaults: {own: {bogus: [1]}}\n", "", f"{CONFIG}:1:18: unknown key 'bogus'"),
        ("defaults: {own: {team: null}}\n", "", ""),
        ("defaults: {own: {team: [b]}}\n", "", f"{CONFIG}:1:18: team must be text or null, not a list"),
        ("", "size: {memory: 1}\n", "shop/scaffold.yaml:3:1: size"),
        ("", "size: {cpu: 2}\n", ""),
    ):
        empty.write(*unit("shop", "own", more))
        empty.write(CONFIG, config)
        done = empty.run("diff")
        assert done.code == (2 if message else 1), (config, done.text)
        assert message in done.err


def test_what_a_spec_alone_decides_is_no_default(empty: Repo) -> None:
    small(empty, "own", ANYTHING)
    empty.write(*unit("shop", "own"))
    number = set_defaults(empty, "own", "files: {note.yaml: never}")
    done = empty.run("regenerate")
    assert done.code == 2
    assert f"{CONFIG}:{number}:5: the key 'files' is not allowed in the defaults of own" in done.err


# --- the test that a template renders ---------------------------------------------------------------------------------

ONLY_IF = "{% if cookiecutter.name == 'tested' %}test:\n\ttrue\n{% endif %}"
NO_TEST = "renders no e2e/Makefile for the workflow to run"


def test_a_job_runs_only_a_test_that_is_rendered(empty: Repo) -> None:
    for name, shipped in (("web", "service"), ("plug", "e2e")):
        small(empty, name, {"type": "object", "properties": {"workflow": {"default": False}}}, _extends=shipped)
    top = ".scaffold/templates/web/{{cookiecutter.name}}"
    values = SERVICE + "workflow: false\n"
    for name in ("plain", "tested"):
        empty.write(*unit(name, "web", values))
    empty.write(*unit("tree", "plug", "workflow: false\n"))
    assert jobs(empty) == []
    empty.write(f"{top}/e2e/Makefile", ONLY_IF)
    assert jobs(empty) == ["tested/e2e"]
    empty.write(f"{top}/e2e/Makefile", "test:\n\ttrue\n")
    empty.write(".scaffold/templates/plug/{{cookiecutter.name}}/{{'Make' ~ 'file'}}", "test:\n\ttrue\n")
    assert jobs(empty) == ["plain/e2e", "tested/e2e", "tree"]
    empty.write(*unit("plain", "web", f"{values}files: {{e2e/*: never}}\n"))
    assert jobs(empty) == ["tested/e2e", "tree"]


def test_a_workflow_runs_only_a_test_that_is_rendered(empty: Repo) -> None:
    for name, settings in (("web", {"_extends": "service"}), ("own", {})):
        usual = {"workflow": False, "ci": {"branches": ["main"]}, "install": {}}
        schema = {"properties": {key: {"default": one} for key, one in usual.items()}}
        small(empty, name, schema, _workflow="kind", **settings)
    for name, folder in (("web", "e2e/"), ("own", "e2e/"), ("own", "")):
        place = f".scaffold/templates/{name}/{{{{cookiecutter.name}}}}/{folder}Makefile"
        empty.write(*unit("shop", name, f"{SERVICE}workflow: true\n"))
        done = empty.run("regenerate")
        assert done.code == 2
        assert NO_TEST in done.err, done.err
        assert not empty.has(".github/workflows/shop.yaml")
        empty.write(*unit("shop", name, SERVICE))
        assert empty.run("diff").code != 2
        empty.write(place, "test:\n\ttrue\n")
        empty.write(*unit("shop", name, f"{SERVICE}workflow: true\n"))
        assert f"# Runs shop/{folder}Makefile, an end-to-end test" in empty.run("diff").out
        (empty.root / place).unlink()


def test_a_workflow_needs_the_test_that_files_leaves_out(empty: Repo) -> None:
    for more, told in (("files: {e2e/*: never}\n", True), ("files: {deploy/*: never}\n", False)):
        empty.write(*unit("shop", "service", f"{SERVICE}workflow: true\n{more}"))
        done = empty.run("regenerate")
        assert done.code == (2 if told else 0), done.text
        assert ("files keeps e2e/Makefile from being generated" in done.err) is told


# --- what is said about a template that cannot be used ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "text", "told"),
    [
        ("version", None, "plain is not complete: .scaffold/templates/plain/version is missing"),
        ("version", "one", "plain cannot be used: .scaffold/templates/plain/version is not a whole number"),
        ("schema.json", None, "plain is not complete: .scaffold/templates/plain/schema.json is missing"),
        ("cookiecutter.json", '{\n "name" 1}', ".scaffold/templates/plain/cookiecutter.json:2:9 is not valid JSON"),
        (
            "schema.json",
            '{"properties": {"name": {"type": "txt"}}}',
            'cannot be used: properties.name.type: "txt" is not',
        ),
        ("schema.json", '{"$ref": "#/none"}', "cannot be used: Pointer '/none' does not exist"),
        ("a.yaml", "a: 1\n{% endif %}\n", "plain cannot render a.yaml:2: Encountered unknown tag 'endif'"),
        ("a.yaml", "a: 1\n\nb: {{ cookiecutter.team }}\n", "plain cannot render a.yaml:3: there is no 'team'"),
        ("a.yaml", "b: {{ cookiecutter | alerting_values }}\n", "plain cannot render a.yaml:1: "),
        ("a.yaml", "a: {{ 'nothing' | image_pin }}\n", "plain cannot render a.yaml:1: there is no 'nothing'"),
        ("{{cookiecutter.team}}.yaml", "\n\na: 1\n", "cannot render {{cookiecutter.team}}.yaml: there is no 'team'"),
    ],
    ids=lambda one: str(one)[:30],
)
def test_a_template_that_cannot_be_used_is_named_with_the_place(
    empty: Repo, path: str, text: str | None, told: str
) -> None:
    small(empty, "plain", ANYTHING)
    empty.write(*unit("shop", "plain"))
    folder = ".scaffold/templates/plain"
    place = f"{folder}/{{{{cookiecutter.name}}}}/{path}" if path.endswith(".yaml") else f"{folder}/{path}"
    if text is None:
        (empty.root / place).unlink()
    else:
        empty.write(place, text)
    done = empty.run("diff")
    assert done.code == 2
    assert "shop/scaffold.yaml:1:1: the " in done.err
    assert told in done.err
    assert "Failed validating" not in done.err
    assert ("_extends" in done.err) is (path == "schema.json" and text is None)


@pytest.mark.parametrize(
    ("template", "told", "hint"),
    [
        ("Service", '1:11: template is "Service", which is not a valid name', "did you mean 'service'?"),
        ("my/", '1:11: template is "my/", which is not a valid name', "only lowercase letters, digits and -"),
        ("5", "1:11: template is 5, which is not a valid name", "only lowercase letters, digits and -"),
        ("", "1:1: does not name its template", "begin with 'template: NAME'"),
        ("plan", "1:1: unknown template 'plan'", "did you mean 'plain'?"),
        (
            "database",
            "1:1: unknown template 'database'",
            f"templates: {', '.join(sorted([*assets.template_names(), 'plain']))}",
        ),
    ],
)
def test_a_name_that_no_template_has(empty: Repo, template: str, told: str, hint: str) -> None:
    small(empty, "plain", ANYTHING)
    empty.write(*unit("shop", template))
    done = empty.run("diff")
    assert done.code == 2
    assert f"shop/scaffold.yaml:{told}" in done.err
    assert hint in done.err


def test_a_broken_template_is_said_of_the_spec_and_not_of_the_lock(empty: Repo) -> None:
    small(empty, "plain", ANYTHING)
    empty.write(*unit("shop", "plain"))
    empty.ok("regenerate")
    empty.write(".scaffold/templates/plain/cookiecutter.json", "{")
    for command in (("diff",), ("list", "--format", "github-matrix")):
        done = empty.run(*command)
        assert done.code == 2
        assert "shop/scaffold.yaml:1:1: the template plain cannot be used: .scaffold/templates/plain" in done.err


def test_a_template_that_is_a_link(empty: Repo) -> None:
    (empty.root / ".scaffold/templates").mkdir()
    (empty.root / ".scaffold/templates/linked").symlink_to(empty.root)
    empty.write(*unit("shop", "linked"))
    done = empty.run("diff")
    assert done.code == 2
    assert ".scaffold/templates/linked: is a symbolic link\n" in done.err


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
        ("broken", "the template broken cannot be used", ""),
        ("Web", 'template is "Web", which is not a valid name', ""),  # a folder of that name is there
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
