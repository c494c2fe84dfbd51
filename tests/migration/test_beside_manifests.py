"""Where the new resources of a manifest go: the file beside it, the kustomization, names and settings."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

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


def test_overlays_of_the_folder_are_seen(tmp_path: Path) -> None:
    base = {PATH: WEB, LIST: "resources:\n- web.yaml\n", "a/kustomization.yaml": "resources:\n- ../deploy\n"}
    assert LIST in texts(migrated(tmp_path / "one", base))
    several = {**base, "b/kustomization.yaml": "bases:\n- ../deploy\n"}
    found = migrated(tmp_path / "two", several)
    assert LIST not in texts(found)
    assert any("several times" in note for note in found.notes)
    renamed = {**base, "a/kustomization.yaml": "nameSuffix: -a\nresources:\n- ../deploy\n"}
    assert LIST not in texts(migrated(tmp_path / "three", renamed))


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


def test_a_replaced_tag_is_not_marked(tmp_path: Path) -> None:
    images = "images:\n- name: ghcr.io/example/web\n  newTag: 1.2.9\n"
    found = migrated(tmp_path / "a", {PATH: WEB, "prod/kustomization.yaml": f"resources: [../deploy]\n{images}"})
    assert found.edits == ()
    assert "a kustomization replaces the tag" in found.left[0].message
    other = images.replace("example/web", "example/api")
    assert migrated(tmp_path / "b", {PATH: WEB, "prod/kustomization.yaml": other}).migrated == 1


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
