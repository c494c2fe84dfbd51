"""Whole migrations by the command line, judged by real tools: Flux's own code, the CRDs, and ``scaffold validate``."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from generator import migration, validation
from generator.config import Config

from ..conftest import Repo, git
from ..support import corpus
from ..support.customresources import custom_faults, custom_resources
from ..support.setters import move_tags
from .annotated import MARKER, Annotated, annotated
from .test_flux_manifests import CASES, sides

FROM_TO = ("migrate", "flux-v1", "flux-v2")


def real_files() -> list[Annotated]:
    """Return real workloads with annotations put in, or skip the test."""
    root = corpus.folder()
    if root is None:
        pytest.skip("the corpus is not here: set SCAFFOLD_CORPUS")
    return list(annotated(root, root.parent / "trees"))


def test_real_manifests_change_by_their_markers_alone(tmp_path: Path) -> None:
    files = {f"{number}/web.yaml": one for number, one in enumerate(real_files())}
    for path, one in files.items():
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).write_bytes(one.text.encode())
    selection = validation.select_files(tmp_path, None, [str(tmp_path)], None, None)
    found = migration.migrate(selection, Config({}), migration.MigrationRequest("flux-v1"))
    assert found.migrated >= 20
    after = {one.path: one.after for one in found.edits if one.path in files}
    assert {path: MARKER.sub("", text) for path, text in after.items()} == {path: files[path].plain for path in after}
    counts = {path: len(MARKER.findall(text)) for path, text in after.items()}
    assert counts == {path: files[path].moving for path in after}
    assert sum(counts.values()) >= 20
    same = [one.path for one in found.left if "exists already" in one.message]  # copies of one file
    assert sorted({one.path for one in found.left}) == sorted(same) == sorted(files.keys() - after.keys())


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """A repository with every manifest of the table, each with a namespace of its own, migrated."""
    root = tmp_path_factory.mktemp("table")
    git(root, "init", "--quiet", "--initial-branch=main", ".")
    repo = Repo(root)
    repo.ok("init")
    for number, case in enumerate(CASES.values()):
        repo.write(f"apps/{number}/web.yaml", sides(case)[0].replace("namespace: shop", f"namespace: shop{number}"))
    done = repo.ok(*FROM_TO, ".")
    assert f"{len(CASES)} migrated, 0 left\n" in done.out
    return repo


def test_the_result_of_the_table_is_accepted_by_everyone(table: Repo, crds: None) -> None:
    made = [one for path in table.root.rglob("*-automation.yaml") for one in custom_resources(path.read_text("utf-8"))]
    assert Counter(one["kind"] for one in made)["ImagePolicy"] >= len(CASES)
    assert custom_faults(made) == []
    findings = json.loads(table.run("validate", "--format", "json").out)
    assert [one for one in findings if one["rule"].startswith(("F2", "FX", "YAML"))] == []
    before = table.snapshot()
    assert table.ok(*FROM_TO, ".").out == "nothing to migrate\n"
    assert table.snapshot() == before


def test_every_marker_moves_its_own_field(table: Repo, tmp_path: Path) -> None:
    table = Repo(Path(shutil.copytree(table.root, tmp_path / "copy")))
    images: dict[tuple[str, str], str] = {}
    policies: dict[tuple[str, str], tuple[str, str]] = {}
    for path in sorted(table.root.rglob("*-automation.yaml")):
        for one in custom_resources(path.read_text("utf-8")):
            key = one["metadata"]["namespace"], one["metadata"]["name"]
            if one["kind"] == "ImageRepository":
                images[key] = one["spec"]["image"]
            else:
                policies[key] = images[key], f"9.9.{len(policies)}"
    manifests = {path: text for path, text in table.snapshot().items() if path.endswith("/web.yaml")}
    move_tags(table.root, policies)
    moved = {path: text for path, text in table.snapshot().items() if path.endswith("/web.yaml")}
    lines = [
        (old.decode(), new.decode())
        for path, text in manifests.items()
        for old, new in zip(text.split(b"\n"), moved[path].split(b"\n"), strict=True)
        if old.strip() != new.strip()  # Flux indents comments anew
    ]
    assert len(lines) == len(policies) > len(CASES)
    tags = {tag: (space, name, image) for (space, name), (image, tag) in policies.items()}
    for old, new in lines:
        (tag,) = [one for one in tags if new.split(" #")[0].rstrip("\"'").endswith(one)]
        space, name, image = tags[tag]
        assert f"{space}:{name}" in new
        assert old.split("#")[1].strip() == new.split("#")[1].strip()
        assert image in new or ":tag" in new


@pytest.fixture
def fleet(tmp_path: Path) -> Repo:
    """A repository under Flux v1 by its config, with two services and a manifest."""
    git(tmp_path, "init", "--quiet", "--initial-branch=main", ".")
    repo = Repo(tmp_path)
    repo.ok("init", "--automation", "flux-v1")
    repo.ok("new-service", "web", "--image", "ghcr.io/example/web:1.2.3", "--no-e2e")
    repo.ok("new-service", "api", "--image", "ghcr.io/example/api:main-1", "--tag-glob", "main-*", "--no-e2e")
    repo.write("manual/web.yaml", sides(CASES["the demo of the blog, with a version"])[0])
    return repo


WEB_SPEC, API_SPEC, CONFIG = "services/web/scaffold.yaml", "services/api/scaffold.yaml", ".scaffold/config.yaml"


def test_units_are_migrated_by_their_specs_and_by_the_config(fleet: Repo) -> None:
    before = fleet.snapshot()
    part = fleet.run(*FROM_TO, "services/web/deploy")
    assert (part.code, fleet.snapshot() == before) == (1, True)
    assert f"is generated from {WEB_SPEC}, which is not named" in part.out
    assert "    name the unit: scaffold migrate flux-v1 flux-v2 services/web\n" in part.out
    dry = fleet.ok(*FROM_TO, ".", "--dry-run")
    assert fleet.snapshot() == before
    assert "+automation: flux-v2" in dry.out
    done = fleet.run(*FROM_TO, ".")
    assert done.code == 1
    assert f"{API_SPEC}:6:7: tags 'glob:main-*' is not supported by flux-v2" in done.out
    assert "    write numerical:^main-" in done.out
    assert fleet.read(WEB_SPEC) == before[WEB_SPEC].decode() + "automation: flux-v2\n"
    assert [fleet.read(one).encode() for one in (API_SPEC, CONFIG)] == [before[API_SPEC], before[CONFIG]]
    assert "next: scaffold regenerate services/web\n" in done.out
    again = fleet.ok(*FROM_TO, "services/web")
    assert again.out == "nothing to migrate\nnext: scaffold regenerate services/web\n"
    fleet.ok("regenerate", "services/web")
    assert "$imagepolicy" in fleet.read("services/web/deploy/deployment.yaml")
    fleet.edit(API_SPEC, "glob:main-*", "numerical:^main-(?P<build>[0-9]{1,9})$")
    last = fleet.ok(*FROM_TO, ".")
    assert fleet.read(CONFIG).encode() == before[CONFIG].replace(b"automation: flux-v1", b"automation: flux-v2")
    assert "automation" not in fleet.read(API_SPEC)
    commands = [line.removeprefix("next: scaffold ") for line in last.out.splitlines() if line.startswith("next: ")]
    assert commands == ["init", "regenerate"]
    for one in commands:
        fleet.ok(*one.split())
    assert fleet.has("automation/automation.yaml")
    assert fleet.ok(*FROM_TO, ".").out == "nothing to migrate\n"
    findings = json.loads(fleet.run("validate", "--format", "json").out)
    assert [one for one in findings if one["rule"].startswith(("F2", "FX"))] == []


@pytest.fixture
def plain(tmp_path: Path) -> Repo:
    """A repository with a config and one manifest."""
    git(tmp_path, "init", "--quiet", "--initial-branch=main", ".")
    repo = Repo(tmp_path)
    repo.write(CONFIG, "automation: none\n")
    repo.write("manual/web.yaml", sides(CASES["the demo of the blog, with a version"])[0])
    return repo


def test_a_file_behind_a_link_is_not_touched(plain: Repo, tmp_path: Path) -> None:
    text = plain.read("manual/web.yaml")
    outside = tmp_path.parent / f"{tmp_path.name}-outside.yaml"
    outside.write_text(text, "utf-8")
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked/web.yaml").symlink_to(outside)
    (tmp_path / "folder").symlink_to(tmp_path / "linked")
    done = plain.run(*FROM_TO, "linked", "folder", "manual")
    assert outside.read_text("utf-8") == text
    assert (tmp_path / "linked/web.yaml").is_symlink()
    assert "updated manual/web.yaml" in done.out


WRONG = [
    (("flux-v1", "argocd", "."), "flux-v1 is not migrated to argocd"),
    (("flux-v1", "flux-v2"), "Missing argument"),
    (("flux-v1", "flux-v2", "none"), "none: does not exist"),
    (("flux-v1", "flux-v2", ".", "--namespace", "A b"), "'A b' is not a valid name"),
]


def test_wrong_arguments_are_refused(plain: Repo) -> None:
    before = plain.snapshot()
    for arguments, said in WRONG:
        done = plain.run("migrate", *arguments)
        assert (done.code, plain.snapshot() == before) == (2, True)
        assert said in done.err


def test_without_a_root_the_changes_are_only_shown(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", ".")
    repo = Repo(tmp_path)
    repo.write("web.yaml", sides(CASES["the demo of the blog, with a version"])[0])
    assert "+++ b/web-automation.yaml" in repo.ok(*FROM_TO, "web.yaml", "--dry-run").out
    done = repo.run(*FROM_TO, "web.yaml")
    assert (done.code, "run scaffold init" in done.err) == (2, True)
    assert sorted(repo.snapshot()) == ["web.yaml"]


LIST = "manual/kustomization.yaml"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_diff_of_a_dry_run_is_a_patch(plain: Repo, end: str) -> None:
    for path, text in (("manual/web.yaml", plain.read("manual/web.yaml")), (LIST, "resources:\n- web.yaml\n")):
        plain.write(path, text.replace("\n", end))
    before = plain.snapshot()
    dry = plain.ok(*FROM_TO, "manual", "--dry-run", "--quiet").out.encode()
    assert plain.snapshot() == before
    for direction in ((), ("--reverse",)):
        subprocess.run(["git", "apply", *direction, "-"], cwd=plain.root, input=dry, check=True, capture_output=True)
        if not direction:
            patched = plain.snapshot()
    assert plain.snapshot() == before
    plain.ok(*FROM_TO, "manual")
    assert {path: text for path, text in plain.snapshot().items() if "manual/" in path} == {
        path: text for path, text in patched.items() if "manual/" in path
    }
