"""Where the new resources of a manifest go: the file beside it, the kustomization, names and settings."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ..conftest import Repo, git
from .test_flux_manifests import CASES, PATH, migrated, sides, texts

WEB = sides(CASES["the demo of the blog, with a version"])[0]
BESIDE = "deploy/web-automation.yaml"
LIST = "deploy/kustomization.yaml"
NOOP = "the same file"
# A kustomization, and it after the migration, or a part of the note about it.
KUSTOMIZATIONS = {
    "listed": ("resources:\n  - web.yaml # main\na: []\n", "resources:\n  - web.yaml # main\n  - {}\na: []\n"),
    "no indentation": ("resources:\n- a.yaml\n- 'web.yaml'", "resources:\n- a.yaml\n- 'web.yaml'\n- {}"),
    "crlf": ("resources:\r\n- web.yaml\r\n", "resources:\r\n- web.yaml\r\n- {}\r\n"),
    "listed already": ("resources:\n- web.yaml\n- web-automation.yaml\n", NOOP),
    "flow style": ("resources: [web.yaml]\n", "has no plain list of resources"),
    "a namespace": ("namespace: shop\nresources:\n- web.yaml\n", "sets namespace"),
    "a prefix": ("namePrefix: a-\nresources:\n- web.yaml\n", "sets namePrefix"),
    "another manifest": ("resources:\n- api.yaml\n", "does not list deploy/web.yaml"),
}


@pytest.mark.parametrize("name", KUSTOMIZATIONS)
def test_the_kustomization_lists_the_new_file_if_it_is_plain(name: str, tmp_path: Path) -> None:
    before, after = KUSTOMIZATIONS[name]
    found = migrated(tmp_path, {PATH: WEB, LIST: before})
    assert found.left == ()
    assert BESIDE in texts(found)
    if after == NOOP:
        assert (LIST in texts(found), found.notes[1:]) == (False, ())
    elif "resources:" in after:
        assert texts(found)[LIST] == after.format("web-automation.yaml")
    else:
        assert LIST not in texts(found)
        assert any(after in note for note in found.notes), found.notes


BASE = {PATH: WEB, LIST: "resources:\n- web.yaml\n"}
MID = {"mid/kustomization.yaml": "resources:\n- ../deploy\n"}
FLUX = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a, namespace: flux-system}\n"
TAG = "images: [{name: ghcr.io/example/web, newTag: 1.2.9}]\n"
# What builds the manifest: the kustomization that lists the new file, and a part of the note, "" for none.
BUILDS = {
    "one overlay": ({**BASE, **MID}, LIST, ""),
    "two overlays": ({**BASE, **MID, "b/kustomization.yaml": "bases:\n- ../deploy\n"}, "", "several times"),
    "an overlay with a suffix": (
        {**BASE, "a/kustomization.yaml": "nameSuffix: -a\nresources: [../deploy]\n"},
        "",
        "sets nameSuffix",
    ),
    "two levels": ({**BASE, **MID, "top/kustomization.yaml": "resources: [../mid]\n"}, LIST, ""),
    "two levels, and a namespace": (
        {**BASE, **MID, "top/kustomization.yaml": "namespace: prod\nresources: [../mid]\n"},
        "",
        "top/kustomization.yaml sets",
    ),
    "two users of the second level": (
        {**BASE, **MID, **{f"{one}/kustomization.yaml": "resources: [../mid]\n" for one in "tu"}},
        "",
        "t/kustomization.yaml, u/kustomization.yaml build the manifest",
    ),
    "a circle": ({**BASE, "deploy/kustomization.yaml": "resources:\n- web.yaml\n- ../mid\n", **MID}, LIST, ""),
    "a component that an overlay uses": (
        {
            **BASE,
            "mid/kustomization.yaml": "resources: [../deploy]\ncomponents: [../part]\n",
            "part/kustomization.yaml": "kind: Component\nnamespace: prod\n",
        },
        "",
        "part/kustomization.yaml sets namespace",
    ),
    "a neighbour with a namespace": (
        {**BASE, "x/kustomization.yaml": "namespace: prod\nresources: [x.yaml]\n"},
        LIST,
        "",
    ),
    "listed by the root": (
        {PATH: WEB, "kustomization.yaml": "resources:\n- deploy/web.yaml\n"},
        "kustomization.yaml",
        "",
    ),
    "listed by a neighbour": (
        {PATH: WEB, "x/kustomization.yaml": "resources:\n- ../deploy/web.yaml\n"},
        "x/kustomization.yaml",
        "",
    ),
    "listed by the root in flow style": (
        {PATH: WEB, "kustomization.yaml": "resources: [deploy/web.yaml]\n"},
        "",
        "add deploy/web-automation.yaml there",
    ),
    "listed by a path that is not written": (
        {PATH: WEB, "a\tb/kustomization.yaml": "resources:\n- ../deploy/web.yaml\n"},
        "",
        "add ../deploy/web-automation.yaml there",
    ),
    "listed twice": (
        {PATH: WEB, **{f"{one}/kustomization.yaml": "resources: [../deploy/web.yaml]\n" for one in "xy"}},
        "",
        "several",
    ),
    "a key twice": ({PATH: WEB, LIST: "resources: [web.yaml]\nresources: []\n"}, "", f"{LIST} cannot be read"),
    "a tab": ({PATH: WEB, LIST: "resources:\n\t- web.yaml\n"}, "", f"{LIST} cannot be read"),
    "Flux applies it": ({**BASE, "flux.yaml": f"{FLUX}spec: {{path: ./deploy}}\n"}, LIST, ""),
    "Flux moves it": (
        {**BASE, "flux.yaml": f"{FLUX}spec: {{path: ./deploy, targetNamespace: prod}}\n"},
        "",
        "flux.yaml sets targetNamespace",
    ),
    "Flux moves it through an overlay": (
        {**BASE, **MID, "flux.yaml": f"{FLUX}spec: {{path: mid, targetNamespace: prod}}\n"},
        "",
        "sets targetNamespace",
    ),
    "Flux moves it without a kustomization": (
        {PATH: WEB, "flux.yaml": f"{FLUX}spec: {{path: ./, targetNamespace: prod}}\n"},
        "",
        "sets targetNamespace",
    ),
    "Flux moves another": (
        {**BASE, "x/x.yaml": "a: b", "flux.yaml": f"{FLUX}spec: {{path: ./x, targetNamespace: prod}}\n"},
        LIST,
        "",
    ),
    "Flux applies a kustomization without it": (
        {
            **BASE,
            "kustomization.yaml": "resources: []\n",
            "flux.yaml": f"{FLUX}spec: {{path: ./, targetNamespace: prod}}\n",
        },
        LIST,
        "",
    ),
}


@pytest.mark.parametrize("name", BUILDS)
def test_everything_that_builds_the_manifest_is_seen(name: str, tmp_path: Path) -> None:
    files, listing, note = BUILDS[name]
    found = migrated(tmp_path, files)
    assert found.left == ()
    assert set(texts(found)) == {PATH, BESIDE, *([listing] if listing else [])}
    notes = [one for one in found.notes if BESIDE in one]
    assert len(notes) == bool(note), notes
    assert note in "".join(notes)


def test_the_namespace_of_the_kustomization_is_in_the_names(tmp_path: Path) -> None:
    bare = WEB.replace("  namespace: shop\n", "")
    found = migrated(tmp_path / "a", {PATH: bare, LIST: "namespace: store\nresources:\n- web.yaml\n"})
    assert '"flux-system:store-web-web"' in texts(found)[PATH]
    assert '"flux-system:web-web"' in texts(migrated(tmp_path / "b", {PATH: bare}))[PATH]


def test_resources_are_added_to_an_existing_file(tmp_path: Path) -> None:
    own = "kind: Namespace\r\napiVersion: v1\r\nmetadata: {name: shop}"
    after = texts(migrated(tmp_path / "a", {PATH: WEB, BESIDE: own}))[BESIDE]
    assert after.startswith(f"{own}\r\n---\r\n#")
    assert [one["kind"] for one in yaml.safe_load_all(after)] == ["Namespace", "ImageRepository", "ImagePolicy"]
    found = migrated(tmp_path / "b", {PATH: WEB, BESIDE: "a: ["})
    assert (found.edits, found.migrated, [one.path for one in found.left]) == ((), 0, [BESIDE])


def test_names_that_exist_are_not_made_again(tmp_path: Path) -> None:
    found = migrated(tmp_path, {PATH: WEB, "other/web.yaml": WEB})
    assert [one.path for one in found.left] == ["other/web.yaml"]
    assert set(texts(found)) == {PATH, BESIDE}
    other = texts(found)[BESIDE]
    again = migrated(tmp_path / "again", {PATH: WEB, "x.yaml": other})
    assert (again.edits, len(again.left)) == ((), 1)


def test_settings_are_those_of_the_config_unless_an_option_names_the_namespace(tmp_path: Path) -> None:
    config = "flux:\n  namespace: gitops\n  interval: 1h\n  registry_secret: pull\n"
    repository, policy = yaml.safe_load_all(texts(migrated(tmp_path / "a", {PATH: WEB}, config))[BESIDE])
    assert repository["metadata"] == policy["metadata"] == {"name": "shop-web-web", "namespace": "gitops"}
    assert repository["spec"] == {
        "image": "ghcr.io/example/web", "interval": "1h", "secretRef": {"name": "pull"},
    }  # fmt: skip
    found = texts(migrated(tmp_path / "b", {PATH: WEB}, config, "apart"))
    assert '"apart:shop-web-web"' in found[PATH]
    assert {one["metadata"]["namespace"] for one in yaml.safe_load_all(found[BESIDE])} == {"apart"}


# Files beside the manifest, and the one that replaces its tag, "" for none.
REPLACED = {
    "its kustomization": ({LIST: f"resources: [web.yaml]\n{TAG}"}, LIST),
    "an overlay": ({"a/kustomization.yaml": f"resources: [../deploy]\n{TAG}"}, "a/kustomization.yaml"),
    "two levels up": (
        {**BASE, **MID, "top/kustomization.yaml": f"resources: [../mid]\n{TAG}"},
        "top/kustomization.yaml",
    ),
    "another name": (
        {LIST: "resources: [web.yaml]\nimages: [{name: ghcr.io/example/web, newName: mirror/web}]\n"},
        LIST,
    ),
    "another image": ({LIST: f"resources: [web.yaml]\n{TAG.replace('/web', '/api')}"}, ""),
    "a kustomization of others": ({**BASE, "x/kustomization.yaml": f"resources: [x.yaml]\n{TAG}"}, ""),
    "one that lists nothing": ({**BASE, "x/kustomization.yaml": TAG}, ""),
    "a Kustomization of Flux": ({"flux.yaml": f"{FLUX}spec:\n  path: ./deploy\n  {TAG}"}, "flux.yaml"),
    "a Kustomization of others": ({"x/x.yaml": "a: b", "flux.yaml": f"{FLUX}spec:\n  path: ./x\n  {TAG}"}, ""),
}


@pytest.mark.parametrize("name", REPLACED)
def test_a_replaced_image_is_not_marked(name: str, tmp_path: Path) -> None:
    files, where = REPLACED[name]
    found = migrated(tmp_path, {PATH: WEB, **files})
    if where:
        assert found.edits == ()
        assert f"{where} replaces the image" in found.left[0].message
    else:
        assert (found.left, found.migrated) == ((), 1)


def test_an_automation_is_asked_for_if_there_is_none(tmp_path: Path) -> None:
    has_one = "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImageUpdateAutomation\nmetadata: {name: a}\n"
    assert migrated(tmp_path / "a", {PATH: WEB}).wants_automation
    assert not migrated(tmp_path / "b", {PATH: WEB, "a.yaml": has_one}).wants_automation
    other = migrated(tmp_path / "c", {PATH: WEB}, "automation: keel\n")
    assert not other.wants_automation
    assert any("no ImageUpdateAutomation" in note for note in other.notes)
    elsewhere = has_one.replace("name: a", "name: a, namespace: apart")
    found = migrated(tmp_path / "d", {PATH: WEB, "a.yaml": elsewhere})
    assert any("no ImageUpdateAutomation in flux-system" in note for note in found.notes)
    narrow = has_one + "spec: {update: {path: ./clusters}}\n"
    assert any("nothing commits its tags" in x for x in migrated(tmp_path / "e", {PATH: WEB, "a.yaml": narrow}).notes)
    fitting = has_one + "spec: {update: {path: ./deploy}}\n"
    found = migrated(tmp_path / "f", {PATH: WEB, "a.yaml": fitting})
    assert not any("nothing commits" in note for note in found.notes)


# What stands where the new file should go, and the names of manifests that are not written.
ODD = [
    "a folder",
    "a link",
    "a link to nothing",
    "a file that is too long",
    "with\ttab.yaml",
    "back\\slash.yaml",
    "line\nend.yaml",
]


@pytest.mark.parametrize("odd", ODD)
def test_one_odd_file_keeps_no_other_from_being_migrated(odd: str, tmp_path: Path) -> None:
    name = odd if odd.endswith(".yaml") else "odd.yaml"
    beside = tmp_path / "bad" / "odd-automation.yaml"
    beside.parent.mkdir()
    if odd == "a folder":
        beside.mkdir()
    elif odd == "a file that is too long":
        beside.write_bytes(b"#" * (4 * 1024 * 1024 + 1))
    elif odd.startswith("a link"):
        beside.symlink_to(tmp_path if odd == "a link" else "nothing")
    repo = Repo(tmp_path)
    git(tmp_path, "init", "--quiet", ".")
    repo.write(".scaffold/config.yaml", "automation: none\n")
    repo.write(f"bad/{name}", WEB.replace("shop", "odd"))
    repo.write(PATH, WEB)
    command = ("migrate", "flux-v1", "flux-v2", ".")
    dry, done = repo.run(*command, "--dry-run"), repo.run(*command)
    assert (dry.code, done.code) == (0, 1), done.err
    assert "1 migrated, 1 left\n" in dry.out
    assert "1 migrated, 1 left\n" in done.out
    assert repo.read(f"bad/{name}") == WEB.replace("shop", "odd")
    assert "$imagepolicy" in repo.read(PATH)
    assert repo.read(BESIDE)
