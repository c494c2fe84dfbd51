"""Manifests that nobody generated, and the tag that automation would deploy of a list.

All manifests of a list are read by one process; each case has a folder of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from ..conftest import Repo

IMAGE = "ghcr.io/example/web"
LISTS = {
    "versions": """\
v1.2.3      2026-01-03T00:00:00Z
v1.2.9      2026-01-02T00:00:00Z
v1.3.0      2026-01-01T00:00:00Z
v2.0.0-rc.1 2026-01-09T00:00:00Z
1.2         2026-01-04T00:00:00Z
48239175    2026-01-05T00:00:00Z
latest      2026-01-08T00:00:00Z
""",
    "branches": """\
main-0a1b2c3-1700000000  2026-01-01T00:00:00Z
main-9a8b7c6-1600000000  2026-01-03T00:00:00Z
stage-1a2b3c4-1800000000 2026-01-02T00:00:00Z
main-latest              2026-01-05T00:00:00Z
latest                   2026-01-08T00:00:00Z
""",
    "untimed": "main-1\nmain-2 2026-01-01T00:00:00Z\nmain-x\n",
    "equal": "n-01\nn-1\nn-nan\nv1.0.0\n1.0.0\n",
    "none": "# no tags yet\n",
}


def deployment(tag: str, *annotations: str, comment: str = "", init: str = "", sort: str = "Deployment") -> str:
    image = f"{IMAGE}{tag and ('@' if tag.startswith('sha256') else ':')}{tag}"
    notes = "".join(f"    {one}\n" for one in annotations)
    second = f"      initContainers:\n        - name: init\n          image: {IMAGE}:{init}\n" if init else ""
    return (
        f"apiVersion: apps/v1\nkind: {sort}\nmetadata:\n  name: web\n  annotations:\n    a: b\n{notes}spec:\n"
        f"  template:\n    spec:\n{second}      containers:\n        - name: app\n          image: {image}{comment}\n"
    )


def flux1(tag: str, pattern: str, *more: str) -> str:
    return deployment(tag, 'fluxcd.io/automated: "true"', f"fluxcd.io/tag.app: {json.dumps(pattern)}", *more)


def release(annotations: str, values: str) -> str:
    return (
        "apiVersion: helm.fluxcd.io/v1\nkind: HelmRelease\nmetadata:\n  name: web\n  annotations:\n"
        f'    fluxcd.io/automated: "true"\n{annotations}spec:\n  values:\n{values}'
    )


def flux2(
    case: str, tag: str, policy: str, *, suspended: str = "", exclusions: str = "", values: bool = False, part: str = ""
) -> str:
    def of(sort: str, spec: str) -> str:
        if suspended == sort:
            spec += "  suspend: true\n"
        api = "image.toolkit.fluxcd.io/v1"
        return f"---\napiVersion: {api}\nkind: {sort}\nmetadata:\n  name: {case}\n  namespace: {case}\nspec:\n{spec}"

    marker = f' # {{"$imagepolicy": "{case}:{case}{part}"}}'
    text = deployment(tag, comment=marker)
    if values:
        text = (
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata:\n  name: web\nspec:\n  values:\n"
            f"    image:\n      repository: {IMAGE}\n      tag: {tag}{marker}\n"
        )
    repository = of("ImageRepository", f"  image: {IMAGE}\n{exclusions}")
    automation = of("ImageUpdateAutomation", "  interval: 5m\n") if suspended else ""
    return text + repository + automation + of("ImagePolicy", f"  imageRepositoryRef:\n    name: {case}\n{policy}")


def argocd(tag: str, image: str, settings: str = "", common: str = "") -> str:
    updater = (
        "---\napiVersion: argocd-image-updater.argoproj.io/v1alpha1\nkind: ImageUpdater\nmetadata:\n  name: web\n"
        f"spec:\n{common}  applicationRefs:\n    - namePattern: web\n      images:\n        - alias: app\n"
        f"          imageName: {json.dumps(image)}\n"
    )
    if settings:
        updater += f"          commonUpdateSettings: {settings}\n"
    return deployment(tag) + updater


def application(tag: str, *annotations: str) -> str:
    notes = "".join(f"    argocd-image-updater.argoproj.io/{one}\n" for one in annotations)
    return deployment(tag) + (
        f"---\napiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: web\n  annotations:\n{notes}"
    )


def keel(tag: str, policy: str, *more: str, sort: str = "Deployment", init: str = "") -> str:
    return deployment(
        tag, f"keel.sh/policy: {json.dumps(policy)}", "keel.sh/trigger: poll", *more, sort=sort, init=init
    )


SEMVER = "  policy:\n    semver:\n      range: {}\n"
ORDERED = "  filterTags:\n    pattern: {}\n    extract: {}\n  policy:\n    {}:\n      order: {}\n"
TIME = "'^main-[a-f0-9]+-(?P<time>[0-9]+)$'"


@dataclass(frozen=True)
class Case:
    """Files, the list of tags, and what is expected: the tag, else a part of the reason."""

    tags: str
    text: str
    deployed: str | None
    reason: str = ""
    by_chance: bool = False
    remark: str = ""
    container: str = "app"
    rejected: Mapping[str, str] = field(default_factory=dict)


CASES: dict[str, Case] = {
    # Flux v1: the newest build or the highest version, and no test whether it is newer than the current one.
    "f1-semver": Case("versions", flux1("v1.2.3", "semver:~1.2"), "v1.2.9", rejected={"v1.3.0": "is not in ~1.2"}),
    "f1-back": Case("versions", flux1("v1.3.0", "semver:~1.2"), "v1.2.9"),
    "f1-same": Case("versions", flux1("v1.2.9", "semver:~1.2"), "v1.2.9"),
    "f1-digits": Case("versions", flux1("v1.2.3", "semver:>=1.0.0"), "48239175"),
    "f1-glob": Case("branches", flux1("main-0a1b2c3-1700000000", "glob:main-*-*"), "main-9a8b7c6-1600000000"),
    "f1-bare-glob": Case("branches", flux1("main-0a1b2c3-1700000000", "main-*"), "main-latest"),
    "f1-regexp": Case("branches", flux1("main-0a1b2c3-1700000000", "regexp:^(main|stage)-.*0$"),
                      "main-9a8b7c6-1600000000"),
    "f1-no-pattern": Case("branches", deployment("main-0a1b2c3-1700000000", 'fluxcd.io/automated: "true"'),
                          "main-latest", remark="no annotation fluxcd.io/tag.app",
                          rejected={"latest": "is never deployed by Flux v1"}),
    "f1-latest-by-name": Case("branches", flux1("main-0a1b2c3-1700000000", "glob:latest"), "latest"),
    "f1-current-latest": Case("branches", flux1("latest", "glob:main-*"), "main-latest"),
    "f1-unknown-current": Case("branches", flux1("gone", "glob:main-*"), None, "the current tag gone was built"),
    "f1-no-tag": Case("branches", flux1("", "glob:main-*"), None, "has no tag"),
    "f1-some-times": Case("untimed", flux1("main-2", "glob:main-*"), "main-2"),
    "f1-current-without": Case("untimed", flux1("main-x", "glob:main-*"), None, "current tag main-x was built"),
    "f1-winner-without": Case("untimed", flux1("main-2", "glob:main-x"), None, "main-x was built is not known"),
    "f1-pin-without": Case("untimed", flux1("main-x", "glob:main-x"), "main-x"),
    "f1-no-match": Case("versions", flux1("v1.2.3", "glob:main-*"), None, "no tag matches"),
    "f1-nothing-there": Case("none", flux1("v1.2.3", "glob:main-*"), None, "there are no tags"),
    "f1-not-re2": Case("branches", flux1("main-0a1b2c3-1700000000", "regexp:^main-(?!latest)"), "main-latest",
                       remark="so Flux accepts every tag"),
    "f1-not-a-range": Case("versions", flux1("v1.2.3", "semver:one"), "48239175", remark="accepts every version"),
    "f1-space": Case("versions", flux1("v1.2.3", "glob: v1*"), None, "has a space"),
    "f1-locked": Case("versions", flux1("v1.2.3", "semver:~1.2", 'fluxcd.io/locked: "true"'), None, "is locked"),
    "f1-ignored": Case("versions", flux1("v1.2.3", "semver:~1.2", 'fluxcd.io/ignore: "true"'), None, "is ignored"),
    "f1-sync-only": Case("versions", flux1("v1.2.3", "semver:~1.2", "fluxcd.io/ignore: sync_only"), "v1.2.9"),
    "f1-digest": Case("versions", flux1("v1.2.3@sha256:0123", "semver:~1.2"), None, "pinned by a digest"),
    "f1-yes": Case("versions", deployment("v1.2.3", 'fluxcd.io/automated: "yes"'), None, "is 'yes', not 'true'",
                   remark="no annotation"),
    "f1-bool": Case("versions", deployment("v1.2.3", "fluxcd.io/automated: true"), None, "is not a string",
                    remark="no annotation"),
    "f1-only-pattern": Case("versions", deployment("v1.2.3", "fluxcd.io/tag.app: semver:~1.2"), None,
                            "is not automated"),
    "f1-job": Case("versions", flux1("v1.2.3", "semver:~1.2").replace("kind: Deployment", "kind: Job"), None,
                   "does not automate a Job"),
    "f1-two-patterns": Case("versions", flux1("v1.2.3", "semver:~1.2", "filter.fluxcd.io/app: semver:^1"), None,
                            "several patterns"),
    "f1-old-prefix": Case("versions", deployment("v1.2.3", 'flux.weave.works/automated: "true"',
                                                 "flux.weave.works/tag.app: semver:^1"), "v1.3.0"),
    "f1-release": Case("versions", release("    filter.fluxcd.io/chart-image: semver:~1.2\n",
                                           f"    image:\n      repository: {IMAGE}\n      tag: v1.2.3\n"), "v1.2.9",
                       container="chart-image"),
    "f1-release-alias": Case(
        "versions",
        release("    repository.fluxcd.io/api: a.name\n    tag.fluxcd.io/api: a.v\n    fluxcd.io/tag.api: semver:^1\n",
                f"    a:\n      name: {IMAGE}\n      v: v1.2.3\n"), "v1.3.0", container="api"),
    # Flux v2: the tag of the policy, whatever the current one is.
    "f2-no-access": Case("versions", flux2("f2-no-access", "v1.2.3", SEMVER.format("~1.2")).replace(
                             "imageRepositoryRef:\n", "imageRepositoryRef:\n    namespace: other\n", 1).replace(
                             "namespace: f2-no-access", "namespace: other", 1), None, "allows no access from"),
    "f2-semver": Case("versions", flux2("f2-semver", "v1.2.3", SEMVER.format("~1.2")), "v1.2.9",
                      rejected={"1.2": "no patch number", "48239175": "is not a version"}),
    "f2-down": Case("versions", flux2("f2-down", "v9.9.9", SEMVER.format("^1")), "v1.3.0"),
    "f2-numerical": Case("branches", flux2("f2-numerical", "x", ORDERED.format(TIME, "$time", "numerical", "asc")),
                         "main-0a1b2c3-1700000000"),
    "f2-descending": Case("branches", flux2("f2-descending", "x", ORDERED.format(TIME, "$1", "numerical", "desc")),
                          "main-9a8b7c6-1600000000"),
    "f2-not-a-number": Case("branches", flux2("f2-not-a-number", "x", ORDERED.format(
        "'^main-(?P<n>.*)$'", "$n", "numerical", "asc")), None, "is not a number"),
    "f2-alphabetical": Case("branches", flux2("f2-alphabetical", "x", "  policy:\n    alphabetical: {}\n"),
                            "stage-1a2b3c4-1800000000"),
    "f2-equal-numbers": Case("equal", flux2("f2-equal-numbers", "x", ORDERED.format(
        "'^n-(?P<n>[0-9]+)$'", "$n", "numerical", "asc")), None, "either may be deployed", by_chance=True),
    "f2-nan": Case("equal", flux2("f2-nan", "x", ORDERED.format("'^n-(?P<n>1|nan)$'", "$n", "numerical", "asc")), None,
                   "nan is neither higher nor lower", by_chance=True),
    "f2-equal-texts": Case("equal", flux2("f2-equal-texts", "x", ORDERED.format(
        "'^n-0?(?P<n>[0-9])$'", "$n", "numerical", "asc")), "n-01", rejected={"n-1": "is extracted from n-01 too"}),
    "f2-suspended-policy": Case("versions", flux2("f2-suspended-policy", "v1.2.3", SEMVER.format("~1.2"),
                                                  suspended="ImagePolicy"), None, "ImagePolicy f2-suspended-policy is"),
    "f2-suspended-scan": Case("versions", flux2("f2-suspended-scan", "v1.2.3", SEMVER.format("~1"),
                                                suspended="ImageRepository"), None, "ImageRepository f2-"),
    "f2-suspended-all": Case("versions", flux2("f2-suspended-all", "v1.2.3", SEMVER.format("~1.2"),
                                               suspended="ImageUpdateAutomation"), None, "ImageUpdateAutomation"),
    "f2-excluded": Case("versions", flux2("f2-excluded", "v1.2.3", SEMVER.format("^1"),
                                          exclusions="  exclusionList: ['^v1[.]3']\n"), "v1.2.9",
                        rejected={"v1.3.0": "exclusionList"}),
    "f2-two-orders": Case("versions", flux2("f2-two-orders", "v1.2.3", SEMVER.format("^1") + "    numerical: {}\n"),
                          None, "exactly one of"),
    "f2-values": Case("versions", flux2("f2-values", "v1.2.3", SEMVER.format("^1"), values=True, part=":tag"), "v1.3.0",
                      container="spec.values.image.tag"),
    "f2-no-policy": Case("versions", deployment("v1.2.3", comment=' # {"$imagepolicy": "none:none"}'), None,
                         "the ImagePolicy none:none is not among the files"),
    "f2-plain-values": Case(
        "versions", f'image:\n  repository: {IMAGE}\n  tag: v1.2.3 # {{"$imagepolicy": "f2-semver:f2-semver:tag"}}\n',
        "v1.2.9", container="image.tag"),
    # Argo CD Image Updater: by version, build time or text, the current tag does not count.
    "a-semver": Case("versions", argocd("v1.2.3", f"{IMAGE}:~1.2"), "v1.2.9"),
    "a-any-version": Case("versions", argocd("v1.2.3", IMAGE), "48239175"),
    "a-odd-current": Case("versions", argocd("main", f"{IMAGE}:~1.2"), None, "the current tag main is not a version"),
    "a-newest": Case("branches", argocd("x", IMAGE, "{updateStrategy: newest-build, allowTags: 'regexp:^main-'}"),
                     "main-latest"),
    "a-capitals": Case("branches", argocd("x", IMAGE, "{updateStrategy: Newest-Build, allowTags: 'RegExp:^main-'}"),
                       "main-latest"),
    "a-newest-old-name": Case("branches", argocd("x", IMAGE, "{updateStrategy: latest}"), "latest"),
    "a-ignored": Case("branches", argocd("x", IMAGE, "{updateStrategy: newest-build, ignoreTags: ['*latest']}"),
                      "main-9a8b7c6-1600000000", rejected={"main-latest": "is ignored"}),
    "a-common": Case("branches", argocd("x", IMAGE, "{allowTags: 'regexp:^main'}",
                                        "  commonUpdateSettings: {updateStrategy: alphabetical, allowTags: any}\n"),
                     "main-latest"),
    "a-not-re2": Case("branches", argocd("x", IMAGE, "{updateStrategy: alphabetical, allowTags: 'regexp:(?!a)'}"), None,
                      "allowTags is not valid RE2"),
    "a-no-prefix": Case("branches", argocd("x", IMAGE, "{updateStrategy: alphabetical, allowTags: '^main'}"), None,
                        "not any or regexp:RE2"),
    "a-digest": Case("branches", argocd("x", f"{IMAGE}:latest", "{updateStrategy: digest}"), None, "never another tag"),
    "a-odd-strategy": Case("versions", argocd("v1.2.3", f"{IMAGE}:~1.2", "{updateStrategy: highest}"), "v1.2.9",
                           remark="is not a strategy"),
    "a-untimed": Case("untimed", argocd("x", IMAGE, "{updateStrategy: newest-build}"), "main-2",
                      rejected={"main-1": "is not known"}),
    "a-legacy": Case("branches", application("x", f"image-list: app={IMAGE}", "app.update-strategy: newest-build",
                                             "app.allow-tags: regexp:^main-", "app.ignore-tags: '*-latest, x'"),
                     "main-9a8b7c6-1600000000"),
    # Keel: only up from the current tag.
    "k-patch": Case("versions", keel("v1.2.3", "patch"), "v1.2.9", rejected={"v1.3.0": "is another minor version"}),
    "k-minor": Case("versions", keel("v1.2.3", "minor"), "v1.3.0"),
    "k-all": Case("versions", keel("v1.2.3", "all"), "v2.0.0-rc.1"),
    "k-prerelease": Case("versions", keel("v1.2.3", "major", 'keel.sh/matchPreRelease: "false"'), "v2.0.0-rc.1"),
    "k-not-down": Case("versions", keel("v1.3.0", "patch"), "v1.3.0"),
    "k-no-version": Case("versions", keel("main", "patch"), None, "the current tag main is not a version"),
    "k-glob": Case("branches", keel("main-0a1b2c3-1700000000", "glob:main-*"), "main-latest"),
    "k-regexp": Case("branches", keel("x", "regexp:^main-[a-f0-9]+-(?P<compare>[0-9]+)$"), "main-0a1b2c3-1700000000"),
    "k-digest": Case("versions", keel("v1.2.3@sha256:0123", "minor"), None, "sha256:0123 is not a version"),
    "k-force": Case("versions", keel("v1.2.3", "force"), None, "whichever tag is pushed next"),
    "k-force-match": Case("versions", keel("v1.2.3", "force", 'keel.sh/matchTag: "true"'), None, "never another one"),
    "k-never": Case("versions", keel("v1.2.3", "never"), None, "the policy is never"),
    "k-unknown": Case("versions", keel("v1.2.3", "semver:~1"), None, "is not a policy of Keel"),
    "k-approval": Case("versions", keel("v1.2.3", "patch", 'keel.sh/approvals: "2"'), "v1.2.9",
                       remark="only after 2 approvals"),
    "k-equal": Case("equal", keel("v0.9.0", "all"), None, "is the same version as", by_chance=True),
    "k-watched": Case("versions", keel("v1.2.3", "patch", "keel.sh/monitorContainers: ^app$", init="v1.0.0"), "v1.2.9"),
}  # fmt: skip


@cache
def rows_of(tags: str) -> dict[str, list[dict[str, Any]]]:
    """Return the images of all cases of a list, by the name of the case."""
    with TemporaryDirectory() as folder:
        repo = Repo(Path(folder))
        repo.write("tags.txt", LISTS[tags])
        for name, case in CASES.items():
            if case.tags == tags:
                repo.write(f"cases/{name}/a.yaml", case.text)
        done = repo.ok("tags", "cases", "--from", "tags.txt", "--format", "json")
    found: dict[str, list[dict[str, Any]]] = {}
    for row in json.loads(done.out):
        found.setdefault(row["path"].split("/")[1], []).append(row)
    return found


@pytest.mark.parametrize("name", CASES)
def test_the_tag_that_is_deployed(name: str) -> None:
    case = CASES[name]
    (row,) = rows_of(case.tags)[name]
    assert (row["deployed"], row["container"], row["by_chance"]) == (case.deployed, case.container, case.by_chance), row
    assert case.reason in row["reason"]
    assert bool(row["reason"]) == (case.deployed is None)
    assert case.remark in row["remark"]
    assert bool(row["remark"]) == bool(case.remark)
    told = {one["tag"]: one["rejection"] for one in row["tags"]}
    assert all(why in told[tag] for tag, why in case.rejected.items()), told
