"""Annotations of Argo CD Image Updater on Applications become an ImageUpdater."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import migration, validation
from generator.config import Config

from ..support.customresources import custom_faults

PATH, BESIDE = "apps/web.yaml", "apps/web-image-updater.yaml"
P = "argocd-image-updater.argoproj.io/"


def application(*annotations: str, name: str = "web", more: str = "") -> str:
    lines = "".join(f"    {P}{one}\n" for one in annotations)
    return (
        f"apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: {name}\n  namespace: argocd\n"
        f"  annotations:\n{more}{lines}spec: {{}}\n"
    )


def migrated(root: Path, files: dict[str, str]) -> migration.Migration:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    selection = validation.select_files(root, None, [str(root)], None, None)
    return migration.migrate(selection, Config({}), migration.MigrationRequest("argocd-annotations"))


def spec_of(found: migration.Migration) -> dict[str, Any]:
    texts = {one.path: one.after for one in found.edits}
    made: dict[str, Any] = yaml.safe_load(texts[BESIDE])
    assert (made["metadata"], made["kind"]) == ({"name": "web", "namespace": "argocd"}, "ImageUpdater")
    return dict(made["spec"])


def image(**more: Any) -> dict[str, Any]:
    return {"alias": "a", "imageName": "example/a:~1.2", **more}


LIST = "image-list: a=example/a:~1.2"
# Annotations, and the parts of the spec that they become.
CASES: dict[str, tuple[list[str], dict[str, Any]]] = {
    "images": ([LIST], {"images": [image()]}),
    "no alias": (
        ["image-list: localhost:5000/team/app:1.x, example/app , quay.io/x/app@sha256:0"],
        {
            "images": [
                {"alias": "app", "imageName": "localhost:5000/team/app:1.x"},
                {"alias": "app-2", "imageName": "example/app"},
                {"alias": "app-3", "imageName": "quay.io/x/app@sha256:0"},
            ]
        },
    ),
    "an alias with a slash": (
        ["image-list: x/a=example/a", "x_a.update-strategy: latest"],
        {"images": [{"alias": "x_a", "imageName": "example/a",
                     "commonUpdateSettings": {"updateStrategy": "newest-build"}}]},
    ),
    "settings of an image": (
        [LIST, "a.update-strategy: name", "a.allow-tags: 'regexp:^v'", "a.ignore-tags: 'latest, dev*'",
         "a.force-update: 'true'", "a.pull-secret: pullsecret:ns/s", "a.platforms: linux/amd64,linux/arm64"],
        {"images": [image(commonUpdateSettings={
            "updateStrategy": "alphabetical", "allowTags": "regexp:^v", "ignoreTags": ["latest", "dev*"],
            "forceUpdate": True, "pullSecret": "pullsecret:ns/s", "platforms": ["linux/amd64", "linux/arm64"],
        })]},
    ),
    "the older name of allow-tags": (
        [LIST, "a.tag-match: regexp:^v"], {"images": [image(commonUpdateSettings={"allowTags": "regexp:^v"})]},
    ),
    "settings of all images": (
        [LIST, "update-strategy: digest", "ignore-tags: latest"],
        {"commonUpdateSettings": {"updateStrategy": "digest", "ignoreTags": ["latest"]}, "images": [image()]},
    ),
    "helm": (
        [LIST, "a.helm.image-name: x.image", "a.helm.image-tag: x.tag"],
        {"images": [image(manifestTargets={"helm": {"name": "x.image", "tag": "x.tag"}})]},
    ),
    "helm, one value": (
        [LIST, "a.helm.image-spec: x"], {"images": [image(manifestTargets={"helm": {"spec": "x"}})]},
    ),
    "kustomize": (
        [LIST, "a.kustomize.image-name: quay.io/x/a"],
        {"images": [image(manifestTargets={"kustomize": {"name": "quay.io/x/a"}})]},
    ),
    "git": (
        [LIST, "write-back-method: git:secret:ns/git-creds", "git-branch: main:updates",
         "git-repository: git@example.org:x.git", "write-back-target: kustomization:../base"],
        {"images": [image()], "write": {"method": "git:secret:ns/git-creds", "gitConfig": {
            "repository": "git@example.org:x.git", "branch": "main:updates", "writeBackTarget": "kustomization:../base",
        }}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_annotations_become_an_updater(name: str, tmp_path: Path) -> None:
    annotations, wanted = CASES[name]
    found = migrated(tmp_path, {PATH: application(*annotations)})
    assert found.left == ()
    write = {"writeBackConfig": wanted["write"]} if "write" in wanted else {}
    reference = {key: value for key, value in wanted.items() if key != "write"}
    assert spec_of(found) == {**write, "applicationRefs": [{"namePattern": "web", **reference}]}
    texts = {one.path: one.after for one in found.edits}
    assert texts[PATH] == application().replace("  annotations:\n", "")
    (tmp_path / "again").mkdir()
    assert migrated(tmp_path / "again", texts) == migration.Migration()


@pytest.mark.usefixtures("crds")
def test_the_crd_accepts_every_updater(tmp_path: Path) -> None:
    made = []
    for number, (lines, _) in enumerate(CASES.values()):
        found = migrated(tmp_path / str(number), {PATH: application(*lines)})
        made.append(yaml.safe_load({one.path: one.after for one in found.edits}[BESIDE]))
    assert custom_faults(made) == []


LEFT = {
    "helm and kustomize": ([LIST, "a.helm.image-tag: x", "a.kustomize.image-name: y"], "set together"),
    "an unknown strategy": ([LIST, "a.update-strategy: newest"], "update-strategy is 'newest'"),
    "an unknown method": ([LIST, "write-back-method: svn"], "write-back-method is 'svn'"),
    "an unknown boolean": ([LIST, "a.force-update: 'yes'"], "force-update is 'yes'"),
    "no images": (["image-list: ' , '"], "is empty"),
    "an alias twice": (["image-list: a=x,a=y"], "no alias of its own"),
    "no list": (["a.update-strategy: semver"], "has no image-list"),
}


@pytest.mark.parametrize("name", LEFT)
def test_what_has_no_equivalent_stays_and_is_named(name: str, tmp_path: Path) -> None:
    annotations, said = LEFT[name]
    found = migrated(tmp_path, {PATH: application(*annotations)})
    assert (found.edits, found.migrated) == ((), 0)
    assert any(said in one.message for one in found.left), found.left


def test_unknown_annotations_stay_where_the_rest_is_migrated(tmp_path: Path) -> None:
    own = "    example.org/owner: a # nobody else\n"
    found = migrated(tmp_path, {PATH: application("a.allow-tag: x", LIST, more=own)})
    texts = {one.path: one.after for one in found.edits}
    assert texts[PATH] == application("a.allow-tag: x", more=own)
    assert [(one.line, one.column) for one in found.left] == [(8, 5)]
    assert [(one.line, one.column) for one in found.left_after] == [(8, 5)]
    again = migrated(tmp_path / "again", texts)
    assert (again.edits, len(again.left)) == ((), 1)


def updater(name: str, pattern: str, reference: str, space: str = "argocd") -> str:
    return (
        f"apiVersion: argocd-image-updater.argoproj.io/v1alpha1\nkind: ImageUpdater\nmetadata: {{name: {name}, "
        f"namespace: {space}}}\nspec:\n  applicationRefs:\n  - namePattern: '{pattern}'\n    {reference}\n"
    )


SAME, OTHER = "images: [{alias: b, imageName: 'docker.io/example/a:~1'}]", "images: [{alias: b, imageName: b}]"
# Another ImageUpdater, and what is said of it; None where the Application is migrated.
OTHERS = [
    (updater("web", "other", OTHER), "an ImageUpdater web exists already in argocd: in x.yaml"),
    (updater("web", "other", OTHER, "ops"), None),
    (updater("all", "*", "useAnnotations: true"), "the ImageUpdater all in x.yaml reads these annotations"),
    (updater("all", "api*", "useAnnotations: true"), None),
    (updater("all", "*", "useAnnotations: true", "ops"), None),
    (updater("own", "we*", SAME), "the ImageUpdater own in x.yaml updates example/a:~1.2 of Application web already"),
    (updater("own", "web", SAME), "updates example/a:~1.2 of Application web already"),
    (updater("own", "w[aeiou]b", SAME), "updates example/a:~1.2 of Application web already"),
    (updater("own", "api*", SAME), None),
    (updater("own", "we*", SAME, "ops"), None),
    (updater("own", "we*", OTHER), None),
    (application(LIST), "an ImageUpdater web exists already in argocd: that of Application web in apps/web.yaml"),
    (application(LIST, name="api"), None),
]


def test_other_updaters_are_seen(tmp_path: Path) -> None:
    for number, (other, said) in enumerate(OTHERS):
        found = migrated(tmp_path / str(number), {PATH: application(LIST), "x.yaml": other})
        assert [said in one.message for one in found.left if said] == ([True] if said else []), (number, found.left)
        assert bool(found.left) is bool(said)
        assert found.migrated == 1 - bool(said) + other.count("image-list"), number


def test_objects_that_are_no_applications_are_named(tmp_path: Path) -> None:
    a_set = (
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: all}\nspec:\n  template:\n"
        f"    metadata:\n      name: '{{{{name}}}}'\n      annotations:\n        {P}{LIST}\n"
    )
    deployment = application(LIST).replace("argoproj.io/v1alpha1", "apps/v1", 1).replace("Application", "Deployment")
    found = migrated(tmp_path, {"a.yaml": a_set, "b.yaml": deployment, "c.yaml": application(LIST, name="'{{x}}'")})
    assert found.edits == ()
    assert [(one.path, one.line) for one in found.left] == [("a.yaml", 9), ("b.yaml", 7), ("c.yaml", 7)]
