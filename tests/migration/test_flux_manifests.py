"""Manifests with annotations of Flux v1: what a migration makes of each, and the same manifest without them beside it.

``-`` begins the lines that go, ``+`` those that come; all others stay byte for byte. A case without such lines is left,
for the reason that it names.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from generator import migration, validation
from generator.config import Config, parse_config

PATH = "deploy/web.yaml"


def migrated(root: Path, files: dict[str, str], config: str = "", namespace: str | None = None) -> migration.Migration:
    """Write files, and return the migration of all of them."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text.encode())
    root.mkdir(exist_ok=True)
    selection = validation.select_files(root, None, [str(root)], None, None)
    return migration.migrate(
        selection, parse_config(config) if config else Config({}), migration.MigrationRequest("flux-v1", namespace)
    )


def texts(found: migration.Migration) -> dict[str, str]:
    return {one.path: one.after for one in found.edits}


def sides(case: str) -> tuple[str, str]:
    """Return the texts before and after of a case written as a difference."""
    lines = case.removeprefix("\n").splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] in " -")
    after = "".join(line[1:] for line in lines if line[0] in " +")
    return before, after


MARK = '# {"$imagepolicy": "flux-system:shop-web-web"}'
HEAD = """\
 apiVersion: apps/v1
 kind: Deployment
 metadata:
   name: web
   namespace: shop
"""
CASES = {
    "the demo of the blog, with a version": f"""
 # Managed by the platform team.
{HEAD}-  annotations:
-    fluxcd.io/automated: "true"
-    # For the container web, only tags of this minor version.
-    fluxcd.io/tag.web: semver:~1.2
 spec:
   template:
     spec:
       containers:
       - name: web
-        image: ghcr.io/example/web:1.2.3
+        image: ghcr.io/example/web:1.2.3 {MARK}
         ports: [{{containerPort: 80}}]
""",
    "others keep their annotations and comments": f"""
{HEAD}   annotations:
     # Scraped by Prometheus.
     prometheus.io/scrape: "true"
-    fluxcd.io/automated: "true" # keep it fresh
     # Read by humans.
     example.org/owner: 'team a'
-    filter.fluxcd.io/web: "semver:^1"
 spec:
   template:
     spec:
       containers:
-        - image: "ghcr.io/example/web:1.2.3"
+        - image: "ghcr.io/example/web:1.2.3" {MARK}
           name: web
""",
    "a comment above the first annotation may be about all of them": f"""
{HEAD}   annotations:
     # Who watches this.
-    fluxcd.io/automated: "true"
-    fluxcd.io/tag.web: semver:~1.2
     example.org/pager: team-a
 spec:
   template:
     spec:
       containers:
       - name: web
-        image: ghcr.io/example/web:1.2.3
+        image: ghcr.io/example/web:1.2.3 {MARK}
""",
    "comments that a program reads stay": f"""
{HEAD}-  annotations:
-    # what Flux does
     # yamllint disable rule:line-length
-    fluxcd.io/automated: "true" # nosec
-    # by hand
     # yamllint enable rule:line-length
-    # only this minor version
-    fluxcd.io/tag.web: semver:~1.2
     # prettier-ignore
 spec:
   template:
     spec:
       containers:
       - name: web
-        image: ghcr.io/example/web:1.2.3
+        image: ghcr.io/example/web:1.2.3 {MARK}
""",
    "a comment of the image moves to the line above": f"""
{HEAD}-  annotations:
-    flux.weave.works/automated: 'true'
-    flux.weave.works/tag.web: semver:~1.2
 spec:
   template:
     spec:
       containers:
-      - image: ghcr.io/example/web:1.2.3  # no newer one yet
+      # no newer one yet
+      - image: ghcr.io/example/web:1.2.3 {MARK}
         name: web
""",
    "the same pattern twice, by two names": f"""
{HEAD}-  annotations: {{fluxcd.io/automated: "true", fluxcd.io/tag.web: semver:~1.2, filter.fluxcd.io/web: semver:~1.2}}
 spec:
   template:
     spec:
       containers:
       - name: web
-        image: ghcr.io/example/web:1.2.3
+        image: ghcr.io/example/web:1.2.3 {MARK}
""",
    "a pinned sidecar, an init container, and one with a digest": f"""
{HEAD}-  annotations:
-    fluxcd.io/automated: "true"
-    fluxcd.io/tag.web: semver:~1.2
-    fluxcd.io/tag.agent: glob:1.17.1
-    fluxcd.io/tag.migrate: semver:~1.2
 spec:
   template:
     spec:
       containers:
       - name: web
-        image: ghcr.io/example/web:1.2.3
+        image: ghcr.io/example/web:1.2.3 {MARK}
       - name: agent
         image: jaeger:1.17.1
       - name: proxy
         image: envoy:1.30@sha256:{"0" * 64}
       initContainers:
       - name: migrate
-        image: ghcr.io/example/migrate:v1.2.3
+        image: ghcr.io/example/migrate:v1.2.3 {MARK.replace("web-web", "web-migrate")}
""",
    "not automated, and no pattern that would be lost": f"""
{HEAD}-  annotations:
-    fluxcd.io/automated: "false"
 spec:
   template:
     spec:
       containers:
       - name: web
         image: ghcr.io/example/web:1.2.3
""",
    "what Flux wrote to the object in the cluster": f"""
{HEAD}-  annotations:
-    fluxcd.io/sync-checksum: 1a2b3c4d5e6f
     # mine
 spec:
   template:
     spec:
       containers:
       - name: web
         image: ghcr.io/example/web:1.2.3
""",
    "what Flux wrote, beside a policy": f"""
{HEAD}-  annotations:
-    fluxcd.io/automated: "true"
-    fluxcd.io/sync-checksum: 1a2b3c4d5e6f
-    fluxcd.io/tag.web: semver:~1.2
 spec:
   template:
     spec:
       containers:
       - name: web
-        image: ghcr.io/example/web:1.2.3
+        image: ghcr.io/example/web:1.2.3 {MARK}
""",
    "a policy that is written as a user was told": f"""
{HEAD}-  annotations:
-    fluxcd.io/automated: "true"
-    fluxcd.io/tag.web: numerical:^main-[a-f0-9]{{7,40}}-(?P<time>[0-9]{{1,15}})$
 spec:
   template:
     spec:
       containers:
       - name: web
-        image: ghcr.io/example/web:main-1a2b3c4-1718000000
+        image: ghcr.io/example/web:main-1a2b3c4-1718000000 {MARK}
""",
    "an object in a list, in a stream": f"""
 kind: Namespace
 apiVersion: v1
 metadata: {{name: shop}}
 ---
 apiVersion: v1
 kind: List
 items:
 - apiVersion: apps/v1
   kind: StatefulSet
   metadata:
     name: web
     namespace: shop
-    annotations:
-      fluxcd.io/automated: "true"
-      fluxcd.io/tag.web: semver:~1.2
   spec:
     template:
       spec:
         containers:
         - name: web
-          image: web:1.2.3
+          image: web:1.2.3 {MARK}
   # the pods
 - apiVersion: apps/v1
   kind: Deployment
   metadata:
     name: other
     namespace: shop
""",
    "values of a HelmRelease: image, key and mapped paths": """
 apiVersion: helm.fluxcd.io/v1
 kind: HelmRelease
 metadata:
   name: web
   namespace: shop
-  annotations:
-    fluxcd.io/automated: "true"
-    filter.fluxcd.io/chart-image: semver:~1.2
-    filter.fluxcd.io/sideCar: semver:~2
-    filter.fluxcd.io/job: semver:~3
-    repository.fluxcd.io/job: jobs.repository
-    tag.fluxcd.io/job: jobs.version
 spec:
   values:
     image:
       repository: ghcr.io/example/web
-      tag: 1.2.3
+      tag: 1.2.3 # {"$imagepolicy": "flux-system:shop-web-chart-image:tag"}
     sideCar:
-      image: ghcr.io/example/sidecar:2.0.1
+      image: ghcr.io/example/sidecar:2.0.1 # {"$imagepolicy": "flux-system:shop-web-sidecar"}
     jobs:
       repository: ghcr.io/example/job
-      version: "3.0.0" # quoted
+      # quoted
+      version: "3.0.0" # {"$imagepolicy": "flux-system:shop-web-job:tag"}
""",
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_manifest_is_migrated(name: str, tmp_path: Path) -> None:
    before, after = sides(CASES[name])
    assert before != after
    found = migrated(tmp_path, {PATH: before})
    assert found.left == ()
    assert texts(found)[PATH] == after
    assert (found.migrated, [one.before for one in found.edits if one.path == PATH]) == (1, [before])
    assert {one.path for one in found.edits} <= {PATH, "deploy/web-automation.yaml"}
    assert ("deploy/web-automation.yaml" in texts(found)) is ("imagepolicy" in after)


@pytest.mark.parametrize("name", CASES)
def test_a_migrated_manifest_stays_as_it_is(name: str, tmp_path: Path) -> None:
    files = texts(migrated(tmp_path / "a", {PATH: sides(CASES[name])[0]}))
    assert migrated(tmp_path / "b", files) == migration.Migration()


@pytest.mark.parametrize("style", ["crlf", "bom", "no final line break"])
def test_the_style_of_a_file_stays(style: str, tmp_path: Path) -> None:
    def styled(text: str) -> str:
        if style == "crlf":
            return text.replace("\n", "\r\n")
        return f"\ufeff{text}" if style == "bom" else text.removesuffix("\n")

    for number, case in enumerate(CASES.values()):
        before, after = sides(case)
        assert texts(migrated(tmp_path / str(number), {PATH: styled(before)}))[PATH] == styled(after)


@dataclass(frozen=True)
class Stays:
    """A manifest that stays as it is: its annotations, its container, and what is said of it."""

    annotations: str
    said: str
    line: int
    container: str = "- {name: web, image: 'web:1.2.3'}"
    path: str = PATH
    sort: str = "Deployment"


TRUE = '    fluxcd.io/automated: "true"\n'
BLOCK = "- name: web\n        image: web:1.2.3"
SEMVER = "    fluxcd.io/tag.web: semver:~1.2\n"
LEFT = {
    "no pattern": Stays(TRUE, "the container web has no tag pattern", 13, BLOCK),
    "a glob": Stays(TRUE + "    fluxcd.io/tag.web: glob:main-*\n", "is not supported by flux-v2", 8),
    "an expression": Stays(TRUE + "    fluxcd.io/tag.web: regexp:^main-.*$\n", "is not supported by flux-v2", 8),
    "every version": Stays(TRUE + "    fluxcd.io/tag.web: semver:*\n", "matches every version", 8),
    "not a range": Stays(TRUE + "    fluxcd.io/tag.web: semver:one\n", "is not a valid version range", 8),
    "misspelt": Stays(TRUE + "    fluxcd.io/tag.web: Semver:~1\n", "does not start exactly with semver:", 8),
    "another tag": Stays(TRUE + SEMVER, "the tag 2.0.0 does not match", 14, "- name: web\n        image: web:2.0.0"),
    "two numbers": Stays(TRUE + SEMVER, "the tag 1.2 does not match", 14, "- name: web\n        image: web:1.2"),
    "no tag": Stays(TRUE + SEMVER, "has no tag that is a string", 14, "- name: web\n        image: web"),
    "latest": Stays(TRUE + SEMVER, "the tag latest does not match", 14, "- name: web\n        image: web:latest"),
    "a digest": Stays(TRUE + SEMVER, "has a digest", 14, f"- name: web\n        image: web:1.2.3@sha256:{'0' * 64}"),
    "a placeholder": Stays(TRUE + SEMVER, "a placeholder", 14, "- name: web\n        image: ${IMAGE}"),
    "another pin": Stays(TRUE + "    fluxcd.io/tag.web: glob:1.2.2\n", "the tag 1.2.3 does not match", 14, BLOCK),
    "an unknown container": Stays(TRUE + SEMVER + "    fluxcd.io/tag.wbe: semver:~1\n", "does not exist", 9, BLOCK),
    "locked": Stays('    fluxcd.io/locked: "true"\n    fluxcd.io/locked_msg: |\n      wait\n', "stops the", 7, BLOCK),
    "ignored": Stays(TRUE + SEMVER + '    fluxcd.io/ignore: "true"\n', "keeps Flux v1 from applying", 9, BLOCK),
    "only deleted by hand": Stays("    fluxcd.io/ignore: sync_only\n", "keeps Flux v1 from applying", 7, BLOCK),
    "a pattern alone": Stays(SEMVER, "is not automated", 7, BLOCK),
    "switched off": Stays('    fluxcd.io/automated: "false"\n' + SEMVER, "is not automated", 8, BLOCK),
    "a boolean": Stays("    fluxcd.io/automated: true\n" + SEMVER, "is not a string", 7, BLOCK),
    "yes": Stays('    fluxcd.io/automated: "yes"\n' + SEMVER, "counts as false", 7, BLOCK),
    "unknown": Stays(TRUE + SEMVER + "    fluxcd.io/tags.web: semver:~1\n", "is not an annotation", 9, BLOCK),
    "two patterns": Stays(TRUE + SEMVER + "    filter.fluxcd.io/web: semver:~1\n", "contradict", 9, BLOCK),
    "a flow collection": Stays(TRUE + SEMVER, "more than a key and its value", 13),
    "a marker": Stays(TRUE + SEMVER, "has a marker", 14, BLOCK + ' # {"$imagepolicy": "a:b"}'),
    "a directive": Stays(TRUE + SEMVER, "the comment # renovate: x", 14, BLOCK + " # renovate: x"),
    "a directive between a key and its value": Stays(
        TRUE + "    fluxcd.io/tag.web:\n      # yamllint disable\n      semver:~1.2\n",
        "the comment # yamllint disable, which another program may read",
        8,
        BLOCK,
    ),
    "JSON": Stays(TRUE + SEMVER, "Flux v2 does not update", 7, BLOCK, "deploy/web.json"),
    "a patch": Stays(TRUE + SEMVER, "is a patch", 7, BLOCK, "deploy/web-patch.yaml"),
    "a Job": Stays(TRUE + SEMVER, "does not automate a Job", 7, BLOCK, sort="Job"),
}


def manifest(one: Stays) -> str:
    return (
        f"apiVersion: apps/v1\nkind: {one.sort}\nmetadata:\n  name: web\n  namespace: shop\n  annotations:\n"
        f"{one.annotations}spec:\n  template:\n    spec:\n      containers:\n      {one.container}\n"
    )


@pytest.mark.parametrize("name", LEFT)
def test_what_cannot_be_migrated_stays_and_is_named(name: str, tmp_path: Path) -> None:
    one = LEFT[name]
    found = migrated(tmp_path, {one.path: manifest(one)})
    assert found.edits == ()
    assert found.migrated == 0
    assert [(x.path, x.line) for x in found.left] == [(one.path, one.line)], found.left
    assert one.said in found.left[0].message
    assert found.left[0].hint
    bare = manifest(one).replace(one.annotations, "    a: b\n")
    assert migrated(tmp_path / "noop", {one.path: bare}) == migration.Migration()


SHARED = f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  annotations: &notes
    fluxcd.io/automated: "true"
    fluxcd.io/tag.web: semver:~1.2
spec:
  template:
    metadata: {{annotations: *notes}}
    spec:
      containers:
      {BLOCK}
"""


HINTS = [
    ("semver:*", "2.7.1", "such as semver:^2.7;"),
    ("semver:*", "v2.7.1", "such as semver:^2.7;"),
    ("semver:>=0", "2.7.1", "such as semver:^2.7;"),
    ("semver:two", "2.7.1", "such as semver:^2.7;"),
    ("glob:*", "2.7.1", "such as semver:^2.7;"),
    ("'*'", "main-1a2b3c4-1718000000", "such as numerical:^main-[a-f0-9]{7,40}-(?P<time>[0-9]{1,15})$;"),
    ("semver:*", "stable", "name a range"),  # nothing fits
    ("glob:2.7.*", "2.7.1", "write semver:~2.7 instead of glob:2.7.*"),  # what the pattern says
]


def test_the_policy_of_a_hint_fits_the_tag(tmp_path: Path) -> None:
    for number, (pattern, tag, said) in enumerate(HINTS):
        notes = f"{TRUE}    fluxcd.io/tag.web: {pattern}\n"
        found = migrated(tmp_path / str(number), {PATH: manifest(Stays(notes, "", 8, BLOCK.replace("1.2.3", tag)))})
        assert [said in one.hint for one in found.left] == [True], (pattern, found.left)
        if "such as " in said:
            notes = notes.replace(pattern, said.removeprefix("such as ").removesuffix(";"))
            text = manifest(Stays(notes, "", 8, BLOCK.replace("1.2.3", tag)))
            assert migrated(tmp_path / f"{number}a", {PATH: text}).left == ()


def test_every_image_whose_line_takes_no_marker_is_named(tmp_path: Path) -> None:
    more = "\n      - name: api\n        image: api:1.2.3 # renovate: y"
    one = Stays(TRUE + SEMVER + SEMVER.replace("web", "api"), "", 15, BLOCK + " # renovate: x" + more)
    found = migrated(tmp_path, {PATH: manifest(one)})
    assert [(x.line, x.hint.partition(",")[0]) for x in found.left] == [
        (line, "move that comment to a line where it is read too") for line in (15, 17)
    ]


def test_an_anchor_that_is_used_again_is_left_alone(tmp_path: Path) -> None:
    found = migrated(tmp_path / "a", {PATH: SHARED})
    assert found.edits == ()
    assert any("the anchor &notes" in one.message for one in found.left), found.left
    unused = SHARED.replace("    metadata: {annotations: *notes}\n", "")
    assert texts(migrated(tmp_path / "b", {PATH: unused}))[PATH].count("annotations") == 0


def test_annotations_on_pods_are_named(tmp_path: Path) -> None:
    pods = "{annotations: {fluxcd.io/automated: 'true'}}"
    text = SHARED.replace(" &notes", "").replace("{annotations: *notes}", pods)
    found = migrated(tmp_path, {PATH: text})
    assert [one.message for one in found.left] == [
        "fluxcd.io/automated is on the pod template, where Flux v1 does not read it"
    ]
    assert found.migrated == 1


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    template = f"{{{{- if .x }}}}\n{SHARED}{{{{- end }}}}\n"
    files = {"chart/Chart.yaml": "name: a\n", "chart/templates/a.yaml": template, "b.yaml": template}
    found = migrated(tmp_path, files)
    assert [(one.path, one.line) for one in found.left] == [("b.yaml", 7), ("chart/templates/a.yaml", 7)]
    assert found.edits == ()


def test_a_place_that_is_left_is_that_of_the_new_text(tmp_path: Path) -> None:
    first, _ = sides(CASES["the demo of the blog, with a version"])
    other = manifest(LEFT["no pattern"]).replace("name: web\n  namespace", "name: api\n  namespace")
    found = migrated(tmp_path, {PATH: f"{first}---\n{other}"})
    (before,), (after,) = found.left, found.left_after
    lines = texts(found)[PATH].split("\n")
    assert lines[after.line - 1] == f"{first}---\n{other}".split("\n")[before.line - 1]
    assert after.line == before.line - 4


OTHER = {
    "kustomization.yaml": ("commonAnnotations:\n  fluxcd.io/automated: 'true'\n", "commonAnnotations:\n  a: b\n"),
    "locked/kustomization.yaml": ("commonAnnotations:\n  fluxcd.io/locked: 'true'\n", "commonAnnotations: {}\n"),
    "patched/kustomization.yaml": (
        "patches:\n- target: {kind: Deployment}\n  patch: |\n    - op: add\n      path: /metadata/annotations\n"
        "      value: {fluxcd.io/ignore: 'true'}\n",
        "patches:\n- target: {kind: Deployment}\n  patch: |\n    - op: add\n      path: /metadata/annotations\n"
        "      value: {kustomize.toolkit.fluxcd.io/prune: disabled}\n",
    ),
    "config.yaml": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: |\n    fluxcd.io/tag.web: x\n",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n# fluxcd.io/tag.web: x\ndata: {}\n",
    ),
    "values.yaml": ("web:\n  annotations:\n    fluxcd.io/automated: 'true'\n", "web:\n  annotations: {}\n"),
}


@pytest.mark.parametrize("path", OTHER)
def test_annotations_elsewhere_are_named(path: str, tmp_path: Path) -> None:
    text, bare = OTHER[path]
    line = next(number for number, one in enumerate(text.split("\n"), 1) if "fluxcd.io" in one)
    found = migrated(tmp_path / "a", {path: text})
    assert (found.edits, [(one.path, one.line) for one in found.left]) == ((), [(path, line)])
    assert migrated(tmp_path / "b", {path: bare}) == migration.Migration()


def test_what_flux_v1_reads_of_other_objects_is_named(tmp_path: Path) -> None:
    text = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  annotations:\n    fluxcd.io/ignore: sync_only\n"
    found = migrated(tmp_path, {PATH: text})
    assert [one.hint.partition(" instead")[0] for one in found.left] == [
        "write kustomize.toolkit.fluxcd.io/prune: disabled"
    ]


EXISTING = """\
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {name: shop-web-web, namespace: flux-system}
"""


def test_two_objects_of_the_same_name_are_told_apart(tmp_path: Path) -> None:
    demo, _ = sides(CASES["the demo of the blog, with a version"])
    bare = demo.replace("  namespace: shop\n", "")
    kinds = demo.replace("Deployment", "StatefulSet")
    space, name = "set metadata.namespace, or ", "rename one of the workloads, or "
    for number, (files, where, hint) in enumerate((
        ({"a.yaml": demo, "b.yaml": demo}, "that of Deployment web in a.yaml", name),
        ({"a.yaml": f"{demo}---\n{kinds}"}, "that of Deployment web in a.yaml", name),
        ({"a.yaml": bare, "b.yaml": bare}, "that of Deployment web in a.yaml", space),
        ({"a.yaml": demo, "b.yaml": EXISTING}, "in b.yaml", name),
    )):  # fmt: skip
        found = migrated(tmp_path / str(number), files)
        assert [(one.message.partition(": ")[2], one.hint) for one in found.left] == [
            (where, f"{hint}write the resources and markers by hand")
        ]
    apart = {"a.yaml": demo, "b.yaml": demo.replace("namespace: shop", "namespace: test")}
    assert migrated(tmp_path / "noop", apart).migrated == 2


def test_a_pull_secret_is_named(tmp_path: Path) -> None:
    before, _ = sides(CASES["the demo of the blog, with a version"])
    assert migrated(tmp_path / "a", {PATH: before}).notes[1:] == ()
    secret = before.replace("      containers:\n", "      imagePullSecrets: [{name: pull}]\n      containers:\n")
    assert any("pull secret pull" in one for one in migrated(tmp_path / "b", {PATH: secret}).notes)
    told = migrated(tmp_path / "c", {PATH: secret}, "flux:\n  registry_secret: pull\n").notes
    assert not any("pull secret" in one for one in told)
