"""``scaffold tags``: what it prints, what it reads for a unit, and what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ..conftest import Repo, git
from .test_deployed_tags import IMAGE, LISTS, SEMVER, deployment, flux1, flux2, keel

VERSIONS = LISTS["versions"]
TABLE = """\
WORKLOAD        CONTAINER  IMAGE           CREATED (UTC)
Deployment/web  app        ghcr.io/example/web
                           semver:~1.2 (flux-v1, a.yaml:14)
                           => v1.2.9       2026-01-02 00:00:00
                           -> v1.2.3       2026-01-03 00:00:00  current
                              1.2          2026-01-04 00:00:00
                              v2.0.0-rc.1  2026-01-09 00:00:00  is a prerelease, which ~1.2 does not include
                              latest       2026-01-08 00:00:00  is never deployed by Flux v1, unless the pattern is glob:latest
                              48239175     2026-01-05 00:00:00  is not in ~1.2
                              v1.3.0       2026-01-01 00:00:00  is not in ~1.2
                           v1.2.9 would be deployed
"""  # noqa: E501


@pytest.fixture
def folder(tmp_path: Path) -> Repo:
    """A folder that is no repository, with a list of tags."""
    repo = Repo(tmp_path)
    repo.write("tags.txt", VERSIONS)
    return repo


def rows(repo: Repo, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(repo.ok("tags", *arguments, "--format", "json").out)
    return found


def test_the_table(folder: Repo) -> None:
    folder.write("a.yaml", flux1("v1.2.3", "semver:~1.2"))
    assert folder.ok("tags", "a.yaml", "--from", "tags.txt").out == TABLE


def test_what_the_last_line_says(folder: Repo) -> None:
    texts = {
        "stays": (flux1("v1.2.9", "semver:~1.2"), "=> v1.2.9 2026-01-02 00:00:00 current", "v1.2.9 stays"),
        "locked": (flux1("v1.2.3", "semver:~1.2", 'fluxcd.io/locked: "true"'), "-> v1.2.3 2026-01-03 00:00:00 current",
                   "nothing is deployed: the workload is locked (fluxcd.io/locked)"),
        "unlisted": (flux1("v1.2.8", "semver:~1.1"), "-> v1.2.8 current, is not in the list",
                     "nothing is deployed: no tag matches the policy"),
        "other": (keel("0.9", "minor"), "-> 0.9 current, is not in the list",
                   "nothing is deployed: no tag matches the policy"),
    }  # fmt: skip
    for name, (text, _, _) in texts.items():
        folder.write(f"{name}.yaml", text)
    done = folder.ok("tags", *(f"{name}.yaml" for name in texts), "--from", "tags.txt")
    lines = [" ".join(one.split()) for one in done.out.splitlines()]
    for _, row, last in texts.values():
        assert row in lines
        assert last in lines


def test_a_long_list_is_cut_with_the_current_tag_in_it(folder: Repo) -> None:
    folder.write("a.yaml", flux1("v1.2.3", "semver:^1"))
    folder.write("tags.txt", "".join(f"v1.2.{number}\n" for number in range(50)))
    lines = folder.ok("tags", "a.yaml", "--from", "tags.txt").out.splitlines()
    shown = [one.split()[-1] for one in lines if "v1.2." in one and "would" not in one and "current" not in one]
    assert shown == [f"v1.2.{number}" for number in range(49, 40, -1)]
    assert [one.split() for one in lines if "current" in one] == [["->", "v1.2.3", "current"]]
    assert [one.strip() for one in lines if "more" in one] == ["and 40 more: --all shows them"]
    every = folder.ok("tags", "a.yaml", "--from", "tags.txt", "--all").out
    assert every.count("v1.2.") == 51
    assert "more" not in every
    assert len(rows(folder, "a.yaml", "--from", "tags.txt")[0]["tags"]) == 50


def test_the_shape_of_json(folder: Repo) -> None:
    folder.write("a.yaml", flux1("v1.2.3", "semver:~1.2").replace("name: web", "name: web\n  namespace: shop", 1))
    folder.write("tags.txt", "v1.2.9 2026-01-02T00:00:00.5Z\nmain\n")
    assert rows(folder, "a.yaml", "--from", "tags.txt") == [
        {
            "path": "a.yaml",
            "line": 15,
            "column": 18,
            "automation": "flux-v1",
            "workload": {"type": "Deployment", "namespace": "shop", "name": "web"},
            "container": "app",
            "image": IMAGE,
            "policy": "semver:~1.2",
            "remark": "",
            "current": "v1.2.3",
            "digest": "",
            "deployed": "v1.2.9",
            "reason": "",
            "by_chance": False,
            "tags": [
                {"tag": "v1.2.9", "created": "2026-01-02T00:00:00.500000Z", "rank": 1, "rejection": ""},
                {"tag": "main", "created": None, "rank": None, "rejection": "is not a version"},
            ],
        }
    ]


@pytest.mark.parametrize(("arguments", "told"), [
    (("a.yaml",), "--from: is missing"),
    (("a.yaml", "--from", "tags.txt", "--registry"), "--from: cannot be used with --registry"),
    (("a.yaml", "--from", "gone.txt"), "gone.txt: does not exist"),
    (("a.yaml", "--from", "bad.txt"), "bad.txt:2:1: "),
    (("gone.yaml", "--from", "tags.txt"), "gone.yaml: does not exist"),
    (("a.yaml", "--from", "tags.txt", "--container", "api"), "known containers: app, init"),
    (("a.yaml", "b.yaml", "--from", "tags.txt"), "there are 2 images: ghcr.io/example/web (init), nginx (app)"),
    (("broken.yaml", "--from", "tags.txt"), "broken.yaml:2:1: "),
    (("--from", "tags.txt"), "Missing argument"),
])  # fmt: skip
def test_what_is_refused(folder: Repo, arguments: tuple[str, ...], told: str) -> None:
    folder.write("a.yaml", deployment("v1.2.3", 'fluxcd.io/automated: "true"', init="v1.2.3"))
    folder.write("b.yaml", flux1("v1.2.3", "semver:~1.2").replace(IMAGE, "nginx"))
    folder.write("broken.yaml", "a: [\n")
    folder.write("bad.txt", "v1\n/\n")
    done = folder.run("tags", *arguments)
    assert done.code == 2
    assert told in done.err
    assert done.out == ""


def test_a_container_makes_one_list_enough(folder: Repo) -> None:
    text = deployment("v1.2.3", 'fluxcd.io/automated: "true"', init="v1.2.3")
    folder.write(
        "a.yaml", text.replace(f"name: init\n          image: {IMAGE}", "name: init\n          image: busybox")
    )
    assert "choose one with --container NAME" in folder.run("tags", "a.yaml", "--from", "tags.txt").err
    (row,) = rows(folder, "a.yaml", "--from", "tags.txt", "--container", "init")
    assert row["image"] == "busybox"


def test_what_is_ignored_is_told(folder: Repo) -> None:
    folder.write("a.yaml", flux1("v1.2.3", "semver:~1.2", "fluxcd.io/tag.web: semver:^1"))
    folder.write("b.yaml", deployment("v1.2.3", comment=" # {'$imagepolicy': 'a:b'}"))
    folder.write("c.yaml", "a: 1\n")
    done = folder.ok("tags", "a.yaml", "b.yaml", "c.yaml", "--from", "tags.txt")
    assert "note: a.yaml:9:5: fluxcd.io/tag.web names no container of Deployment web, so Flux ignores it" in done.err
    assert "note: b.yaml:12:" in done.err
    assert "c.yaml: skipped: " in done.err


def test_a_policy_without_a_marker_deploys_nothing(folder: Repo) -> None:
    text = flux2("web", "v1.2.3", SEMVER.format("^1")).partition("---\n")[2]
    folder.write("a.yaml", f"---\n{text}")
    (row,) = rows(folder, "a.yaml", "--from", "tags.txt")
    assert (row["deployed"], row["reason"]) == (None, "no file has a marker with this policy")
    assert row["tags"][0] == {"tag": "v1.3.0", "created": "2026-01-01T00:00:00Z", "rank": 1, "rejection": ""}


def service(root: Path, automation: str, spec: str) -> Repo:
    """Return a repository with the spec of a service in ``web``; nothing is generated yet."""
    git(root, "init", "--quiet", "--initial-branch=main", ".")
    repo = Repo(root)
    repo.write(".scaffold/config.yaml", f"automation: {automation}\n")
    repo.write("tags.txt", VERSIONS)
    repo.write("services/web/scaffold.yaml", f"template: service\nname: web\nimage: {IMAGE}\n{spec}")
    return repo


def test_a_unit_is_read_as_it_is_on_disk(tmp_path: Path) -> None:
    """The tag that a bot moved and the policy that a person edited count, and the spec where a file is missing."""
    repo = service(tmp_path, "flux-v1", "tag: master-1\ntags: glob:master-*\n")
    repo.ok("regenerate")
    path = "services/web/deploy/deployment.yaml"
    repo.write("tags.txt", "master-1 2026-01-01T00:00:00Z\nmaster-2 2026-01-02T00:00:00Z\nv3 2026-01-03T00:00:00Z\n")
    for target in ("web", "services/web/scaffold.yaml"):
        (row,) = rows(repo, target, "--from", "tags.txt")
        assert (row["path"], row["policy"], row["current"], row["deployed"]) == (
            path, "glob:master-*", "master-1", "master-2")  # fmt: skip
    text = repo.read(path)
    repo.edit(path, "web:master-1", "web:master-2")
    repo.edit(path, "glob:master-*", "glob:v*")
    done = repo.ok("tags", "services", "--from", "tags.txt")
    assert "the policy of app is glob:v*, but glob:master-* in the spec" in done.err
    assert "-> master-2" in done.out
    assert "v3 would be deployed" in done.out
    (repo.root / path).unlink()
    (row,) = rows(repo, "web", "--from", "tags.txt")
    line = text[: text.index("image:")].count("\n") + 1
    assert (row["line"], row["current"], row["deployed"]) == (line, "master-1", "master-2")
    repo.write(path, text)
    repo.write("services/web/scaffold.yaml", "template: service\nname: [\n")
    done = repo.run("tags", "web", "--from", "tags.txt")  # the files still tell
    assert done.code == 2
    assert "services/web/scaffold.yaml:" in done.err
    assert "master-2 would be deployed" in done.out
    repo.write("other/web/scaffold.yaml", "template: service\nname: web\nimage: a/b\n")
    assert "other/web, services/web" in repo.run("tags", "web", "--registry").err


@pytest.mark.parametrize("automation", ["flux-v2", "argocd", "keel"])
def test_a_spec_that_is_not_generated_yet(tmp_path: Path, automation: str) -> None:
    """What would be generated selects what its policy means; a sidecar that is pinned is left out."""
    sidecar = "sidecars: [{name: proxy, image: envoyproxy/envoy, tag: v1.17.1}]\n"
    repo = service(tmp_path, automation, f"tag: v1.2.3\ntags: semver:~1.2\n{sidecar}")
    (row,) = rows(repo, "web", "--from", "tags.txt")
    assert (row["automation"], row["container"], row["current"], row["deployed"]) == (
        automation, "app", "v1.2.3", "v1.2.9")  # fmt: skip
    if automation == "argocd":  # it commits to the kustomization, which then counts
        path = "services/web/deploy/kustomization.yaml"
        api = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
        repo.write(path, f"{api}images:\n- name: {IMAGE}\n  newTag: v1.2.9\n")
        (row,) = rows(repo, "web", "--from", "tags.txt")
        assert (row["path"], row["current"]) == (path, "v1.2.9")


def test_a_kustomization_that_replaces_the_tag_is_told(folder: Repo) -> None:
    folder.write("a/web.yaml", flux1("v1.2.3", "semver:~1.2"))
    folder.write("a/kustomization.yaml", f"resources: [web.yaml]\nimages: [{{name: {IMAGE}, newTag: v1.2.4}}]\n")
    (row,) = rows(folder, "a", "--from", "tags.txt")
    assert row["remark"] == "a kustomization replaces its tag"


def test_hostile_names_and_a_huge_list(folder: Repo) -> None:
    text = keel("v1.2.3", "all").replace("name: web", 'name: "a\\e[31m\\u202e::error::x"')
    folder.write("a.yaml", text.replace("name: app", 'name: "b\\nc"'))
    folder.write("tags.txt", "".join(f"v1.{number}.{one}\n" for number in range(2000) for one in range(20)))
    done = folder.ok("tags", "a.yaml", "--from", "tags.txt", GITHUB_ACTIONS="true")
    assert "v1.1999.19 would be deployed" in done.out
    assert r"Deployment/a\x1b[31m\u202e::error::x" in done.out
    assert r"b\nc" in done.out
    assert "\x1b" not in done.text
    assert len(done.out.splitlines()) == 15
    assert "--container: no image here has the container" in folder.run(
        "tags", "a.yaml", "--from", "tags.txt", "--container", "\x1b[0m").err  # fmt: skip


def test_a_link_is_not_followed(folder: Repo) -> None:
    (folder.root / "link.yaml").symlink_to("a.yaml")
    folder.write("a.yaml", flux1("v1.2.3", "semver:~1.2"))
    done = folder.ok("tags", "link.yaml", "--from", "tags.txt")
    assert done.out == ""
    assert "link.yaml: skipped: " in done.err


def test_a_file_of_tags_loads_no_http(folder: Repo) -> None:
    folder.write("a.yaml", flux1("v1.2.3", "semver:~1.2"))
    code = (
        "import sys; from generator.cli import run; run(['tags', 'a.yaml', '--from', 'tags.txt']);"
        "print([x for x in ('urllib3', 'ssl', 'generator.registry.client', 'cookiecutter') if x in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=folder.root, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("would be deployed\n[]\n")
