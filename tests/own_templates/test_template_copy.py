"""Copies of shipped templates: they make what the shipped ones make, and learn of their changes."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from jinja2 import Environment

from generator import assets
from generator.assets import backend_names
from generator.encode import Encoders

from ..conftest import Repo, git
from .sources import INNER

WEB = ".scaffold/templates/web"
DEPLOYMENT = f"{WEB}/{INNER}/deploy/deployment.yaml"
CHART = (
    *("--set", "chart.repository=https://charts.example.com", "--set", "chart.name=web"),
    *("--set", "chart.version=1.x", "--set", "values.a=null", "--set", "values.b.c=1"),
)
VALUES = {
    "application": CHART,
    "helm-release": CHART,
    "service": ("--set", "image=ghcr.io/example/app", "--set", "tag=v1.2.3"),
    "e2e": (),
    "alerting": ("--set", "slack.channel=#alerts", "--set", "slack.api_url_file=/etc/slack"),
}
NOT_IN_A_TEMPLATE = {"secret_name"}
MOUNTED = "automountServiceAccountToken: {{ cookiecutter | has_token | yaml }}"
FOR_FORMER_COPIES = {"pods_label", "port_reference"}
VERSION = int((assets.folder("templates") / "service/version").read_text("utf-8"))


@pytest.mark.parametrize("shipped", assets.template_names())
def test_a_copy_is_a_sound_template(empty: Repo, shipped: str) -> None:
    empty.ok("template", "copy", shipped, "mine")
    done = empty.ok("template", "check", "mine")
    assert "1 template checked: 0 errors, 0 warnings, 0 info" in done.out


@pytest.mark.parametrize("automation", backend_names())
def test_a_copy_is_sound_with_every_automation(empty: Repo, automation: str) -> None:
    config = empty.read(".scaffold/config.yaml")
    empty.write(".scaffold/config.yaml", re.sub(r"(?m)^automation: .*", f"automation: {automation}", config))
    empty.ok("template", "copy", "service", "web")
    assert "1 template checked: 0 errors, 0 warnings, 0 info" in empty.ok("template", "check", "web").out


@pytest.mark.parametrize("shipped", VALUES)
def test_a_copy_makes_what_the_shipped_template_makes(empty: Repo, shipped: str) -> None:
    empty.ok("template", "copy", shipped, "mine")
    made = []
    for template in (shipped, "mine"):
        empty.ok("new", template, "x", *VALUES[shipped], "--dir", "unit")
        spec = empty.read("unit/scaffold.yaml")
        made.append({path: text for path, text in empty.snapshot().items() if path.startswith("unit/")})
        shutil.rmtree(empty.root / "unit")
    for one in made:
        del one["unit/scaffold.yaml"], one["unit/scaffold.lock"]
    assert made[0]
    assert made[0] == made[1]
    assert "$schema=../.scaffold/templates/mine/schema.json" in spec


@pytest.mark.parametrize("shipped", assets.template_names())
def test_a_copy_of_the_same_name_changes_no_unit(empty: Repo, shipped: str) -> None:
    if shipped in VALUES:  # the others have their unit from init
        empty.ok("new", shipped, "x", *VALUES[shipped])
    done = empty.ok("template", "copy", shipped, shipped)
    assert "replaces the shipped template" in done.err
    empty.ok("diff")
    rows = json.loads(empty.ok("template", "list", "--format", "json").out)
    (row,) = (one for one in rows if one["name"] == shipped)
    assert (row["origin"], row["overrides"], row["extends"]) == ("repository", True, shipped)


def test_every_filter_is_in_a_template_that_can_be_copied() -> None:
    """The tests above run them all in templates of a repository, apart from those of the next test."""
    ours = set(Environment(extensions=[Encoders]).filters) - set(Environment().filters)  # noqa: S701
    text = "".join(one.read_text("utf-8") for one in assets.folder("templates").rglob("*") if one.is_file())
    used = {one for one in ours if re.search(rf"(?:\||\{{%-? filter)\s*{one}\b", text)}
    assert ours - used == NOT_IN_A_TEMPLATE | FOR_FORMER_COPIES


def test_the_other_filters(empty: Repo) -> None:
    folder = ".scaffold/templates/notes"
    empty.write(f"{folder}/cookiecutter.json", '{"_extensions": ["generator.encode.Encoders"]}')
    empty.write(f"{folder}/version", "1\n")
    empty.write(f"{folder}/schema.json", '{"properties": {"name": {}, "text": {"type": "string"}, "data": {}}}')
    empty.write(
        f"{folder}/{INNER}/notes.yaml",
        "text: {{ cookiecutter.text | yaml_block(2) }}\n---\n{{ cookiecutter.data | yaml_document }}",
    )
    empty.ok("new", "notes", "a", "--set", "text=one\ntwo: 3\n", "--set", "data={b: [1, x: y]}")
    assert empty.read("notes/a/notes.yaml").startswith("text: |\n  one\n  two: 3\n---\n")


def test_a_changed_copy_is_checked_and_updated(empty: Repo) -> None:
    empty.ok("template", "copy", "service", "web")
    git(empty.root, "add", "--all")
    git(empty.root, "commit", "--quiet", "--message", "one")
    empty.ok("new", "web", "shop", "--set", "image=ghcr.io/example/shop", "--set", "tag=v1.2.3")
    empty.edit(DEPLOYMENT, "runAsNonRoot: true", "runAsNonRoot: true  # always")
    done = empty.run("template", "check")
    assert done.code == 1
    assert f"{WEB}/version:1:1: warning: is still {VERSION}, but {INNER}/deploy/deployment.yaml changed" in done.out
    empty.write(f"{WEB}/version", f"{VERSION + 1}\n")
    done = empty.ok("template", "check")
    assert f"info: files differ from those of service of scaffold, version {VERSION}" in done.out
    assert "nothing to do" in empty.ok("template", "update", "web").out
    empty.ok("regenerate")
    assert "# always" in empty.read("services/shop/deploy/deployment.yaml")


def older(repo: Repo) -> None:
    """Make the copy one of an earlier version of the shipped template, with an edit of the repository."""
    lock = json.loads(repo.read(f"{WEB}/scaffold.lock"))
    from generator.digests import text_digest  # noqa: PLC0415
    from generator.own_templates.source_record import SourceFiles  # noqa: PLC0415

    for one in lock["files"]:
        text = "\n".join(one["text"])
        if one["path"].endswith("deployment.yaml"):
            text = text.replace(
                "automountServiceAccountToken: {{ cookiecutter | has_token | yaml }}",
                "automountServiceAccountToken: true",
            )
        if one["path"] == "version":
            text = "2\n"
        one |= {"text": text.split("\n"), "digest": text_digest(text)}
        repo.write(f"{WEB}/{one['path']}", text)
    files = {one["path"]: "\n".join(one["text"]) for one in lock["files"]}
    modes = {one["path"]: int(one["mode"], 8) for one in lock["files"]}
    lock["template"]["version"] = 2
    repo.write(f"{WEB}/scaffold.lock", json.dumps(lock, indent=1, ensure_ascii=False) + "\n")
    record = json.loads(repo.read(f"{WEB}/source.json"))
    repo.write(f"{WEB}/source.json", json.dumps({**record, "version": 2, "digest": SourceFiles(files, modes).digest}))


def test_a_shipped_template_that_moved_on_is_told_and_merged(empty: Repo) -> None:
    empty.ok("template", "copy", "service", "web")
    older(empty)
    empty.edit(DEPLOYMENT, "runAsNonRoot: true", "runAsNonRoot: true  # ours")
    done = empty.run("template", "check", "web")
    assert f"info: the shipped template service has changed: its version is {VERSION} now" in done.out
    shown = empty.ok("template", "update", "web", "--dry-run").out
    assert f"+      {MOUNTED}" in shown
    empty.ok("template", "update", "web")
    text = empty.read(DEPLOYMENT)
    assert "automountServiceAccountToken: {{" in text
    assert "# ours" in text
    assert empty.read(f"{WEB}/version") == f"{VERSION}\n"
    assert "has changed" not in empty.run("template", "check", "web").out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("servce", "web"), "did you mean 'service'?"),
        (("service", "Web"), "not a valid name"),
        (("service", "../x"), "not a valid name"),
        (("service", "a/b"), "not a valid name"),
        (("service", "x" * 64), "not a valid name"),
    ],
)
def test_what_cannot_be_copied(empty: Repo, arguments: tuple[str, ...], says: str) -> None:
    before = empty.snapshot()
    done = empty.run("template", "copy", *arguments)
    assert done.code == 2
    assert says in done.err
    assert empty.snapshot() == before


def test_a_link_in_place_of_the_templates_is_not_followed(empty: Repo, tmp_path: Path) -> None:
    (tmp_path / "aside").mkdir()
    (empty.root / ".scaffold/templates").symlink_to(tmp_path / "aside")
    assert empty.run("template", "copy", "service", "web").code == 2
    assert list((tmp_path / "aside").iterdir()) == []
