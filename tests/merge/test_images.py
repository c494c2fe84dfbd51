"""Images in a merge: a name and a version are a pair, of one side, or moved to another registry together."""

from __future__ import annotations

from typing import Literal

import pytest

from generator.merge import Settle, merge
from generator.rules import File, Scope
from generator.rules.readers.flux2_markers import read_markers
from generator.yaml import parse

FLUX1 = 'fluxcd.io/automated: "true"'
KEEL = "keel.sh/policy: patch"
MARKED = ' # {"$imagepolicy": "flux-system:web-app"}'


def workload(image: str, annotation: str = "owner: web", more: str = "", indent: int = 8) -> str:
    blank = " " * indent
    return (
        f"kind: Deployment\nmetadata:\n  name: web\n  annotations:\n    {annotation}\nspec:\n  template:\n    spec:\n"
        f"      containers:\n{blank}- name: app\n{blank}  image: {image}\n{more}"
    )


# base, ours, theirs, the result or the sides that conflict, and the start of the note
PAIRS = [
    ("r.io/ex/web:v1", "r.io/ex/web:v2", "r.io/ex/web:v1", "r.io/ex/web:v2", ""),
    ("r.io/ex/web:v1", "r.io/ex/web:v1", "r.io/ex/new:v3", "r.io/ex/new:v3", ""),
    ("r.io/ex/web:v1", "r.io/ex/web:v2", "r.io/ex/new:v3", None, ""),
    ("r.io/ex/web:v1", "r.io/ex/web:v2", "r.io/ex/new:v1", None, ""),
    ("r.io/ex/web:v1", "r.io/ex/web:v2", "m.io/ex/web:v1", "m.io/ex/web:v2", "kept v2 with the new name m.io/ex/web"),
    ("ex/web:v1", "ex/web:v2", "m.io:5000/a/b/web:v1", "m.io:5000/a/b/web:v2", "kept v2 with the new name"),
    ("r.io/ex/web:v1", "r.io/ex/web:v2", "m.io/ex/web:v3", None, ""),
    ("r.io/ex/web:v1", "r.io/ex/web:v1@sha256:0a", "r.io/ex/new:v1", None, ""),
    ("r.io/ex/web@sha256:0a", "r.io/ex/web@sha256:0b", "r.io/ex/new@sha256:0c", None, ""),
    ("r.io/ex/web@sha256:0a", "r.io/ex/web@sha256:0b", "m.io/web@sha256:0a", "m.io/web@sha256:0b", "kept sha256:0b"),
    ("r.io/ex/web:v1", "m.io/ex/web:v1", "r.io/ex/web:v3", "m.io/ex/web:v3", ""),
    ("r.io/ex/web:v1", "m.io/ex/mine:v1", "r.io/ex/web:v3", None, ""),
    ("r.io/ex/web:v1", "m.io/ex/web:v1", "m.io/ex/web:v3", "m.io/ex/web:v3", ""),
    ("r.io/ex/web:v1", "m.io/ex/web:v1", "n.io/ex/web:v1", None, ""),
]  # fmt: skip


@pytest.mark.parametrize(("annotation", "after"), [("owner: web", ""), (FLUX1, ""), (KEEL, ""), ("owner: web", MARKED)])
def test_no_image_is_one_that_neither_side_has(annotation: str, after: str) -> None:
    for base, ours, theirs, wanted, note in PAIRS:
        before, mine, new = (workload(one + after, annotation) for one in (base, ours, theirs))
        merged = merge(before, mine, new, "web.yaml")
        case = base, ours, theirs
        if wanted is None:
            assert [one.field for one in merged.conflicts] == ["spec.template.spec.containers[name=app].image"], case
            assert merged.text == mine, case
            assert merge(before, mine, new, "web.yaml", Settle(theirs=frozenset({""}))).text == new, case
        else:
            assert (merged.text, merged.conflicts) == (workload(wanted + after, annotation), ()), case
            assert merge(before, merged.text, new, "web.yaml").text == merged.text, case
        assert [one.partition(": ")[2][: len(note)] for one in merged.notes] == ([note] if note else []), case


@pytest.mark.parametrize(
    ("annotation", "after", "is_kept"),
    [("owner: web", "", False), (KEEL, "", False), (FLUX1, "", True), ("owner: web", MARKED, True)],
)
def test_a_tag_is_a_bot_s_where_a_bot_commits_it(annotation: str, after: str, *, is_kept: bool) -> None:
    before, mine, new = (workload(f"r.io/ex/web:{tag}{after}", annotation) for tag in ("v1", "v2", "v3"))
    merged = merge(before, mine, new, "web.yaml")
    assert merged.text == mine
    assert bool(merged.conflicts) is not is_kept
    assert [one.endswith("kept v2, which a bot updates") for one in merged.notes] == [True] * is_kept


@pytest.mark.parametrize("folder", ["ex", "other"])
def test_swapped_sidecars_get_no_tag_of_each_other(folder: str) -> None:
    def text(log: str, px: str) -> str:
        more = f"        - name: log\n          image: {log}\n        - name: px\n          image: {px}\n"
        return workload("r.io/app:v1", FLUX1, more)

    px = "other/log" if folder == "other" else "ex/px"
    before, mine, new = (
        text("ex/log:1.0.5", f"{px}:1.0.5"),
        text("ex/log:1.0.7", f"{px}:1.0.5"),
        text(f"{px}:1.0.5", "ex/log:1.0.5"),
    )
    merged = merge(before, mine, new, "web.yaml")
    assert [one.field for one in merged.conflicts] == ["spec.template.spec.containers[name=log].image"]
    assert merged.text == mine


def helm(**fields: str) -> str:
    lines = "".join(f"  {name}: {value}\n" for name, value in fields.items())
    return f"image:\n{lines}  pullPolicy: Always\n"


def entry(**fields: str) -> str:
    first, *rest = [f"{name}: {value}\n" for name, value in fields.items()]
    return f"resources:\n  - web.yaml\nimages:\n  - {first}" + "".join(f"    {one}" for one in rest)


Expected = Literal["merged", "conflict"]
SPLIT: list[tuple[dict[str, str], dict[str, str], dict[str, str], Expected]] = [
    ({"repository": "r.io/web", "tag": "v1"}, {"repository": "r.io/web", "tag": "v2"},
     {"repository": "r.io/new", "tag": "v1"}, "conflict"),
    ({"repository": "r.io/web", "tag": "v1"}, {"repository": "r.io/web", "tag": "v2"},
     {"repository": "r.io/new", "tag": "v3"}, "conflict"),
    ({"repository": "r.io/web", "tag": "v1"}, {"repository": "r.io/web", "tag": "v2"},
     {"repository": "m.io/web", "tag": "v1"}, "merged"),
    ({"repository": "r.io/web", "tag": "v1"}, {"repository": "r.io/web", "tag": "v2"},
     {"repository": "m.io/web", "tag": "v3"}, "conflict"),
    ({"registry": "r.io", "repository": "web", "tag": "v1"}, {"registry": "r.io", "repository": "web", "tag": "v2"},
     {"registry": "m.io", "repository": "web", "tag": "v1"}, "merged"),
    ({"registry": "r.io", "repository": "web", "tag": "v1"}, {"registry": "m.io", "repository": "web", "tag": "v1"},
     {"registry": "r.io", "repository": "new", "tag": "v1"}, "conflict"),
    ({"repository": "r.io/web", "digest": "sha256:0a"}, {"repository": "r.io/web", "digest": "sha256:0b"},
     {"repository": "r.io/new", "digest": "sha256:0a"}, "conflict"),
    ({"repository": "r.io/web", "tag": "v1", "digest": "sha256:0a"},
     {"repository": "r.io/web", "tag": "v2", "digest": "sha256:0a"},
     {"repository": "r.io/web", "tag": "v1", "digest": "sha256:0b"}, "conflict"),
    ({"repository": "r.io/web", "tag": "v1"}, {"repository": "r.io/web", "tag": "v1"},
     {"repository": "r.io/new", "tag": "v3"}, "merged"),
    ({"name": "web", "newTag": "v1"}, {"name": "web", "newTag": "v2"},
     {"name": "web", "newName": "m.io/new", "newTag": "v1"}, "conflict"),
    ({"name": "web", "newTag": "v1"}, {"name": "web", "newTag": "v2"},
     {"name": "web", "newName": "m.io/web", "newTag": "v1"}, "merged"),
    ({"name": "web", "newTag": "v1"}, {"name": "web", "newTag": "v2"}, {"name": "new", "newTag": "v3"}, "conflict"),
    ({"name": "web", "newTag": "v1"}, {"name": "web", "newTag": "v2"}, {"name": "new", "newTag": "v1"}, "conflict"),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(SPLIT)))
@pytest.mark.parametrize("after", ["", "marked"])
def test_nor_in_several_fields(number: int, after: str) -> None:
    base, ours, theirs, expected = SPLIT[number]
    write = entry if "name" in base else helm
    if after:
        base, ours, theirs = (
            {name: value + (MARKED[:-2] + ':tag"}') * (name in {"tag", "newTag"}) for name, value in side.items()}
            for side in (base, ours, theirs)
        )
    before, mine, new = write(**base), write(**ours), write(**theirs)
    path = "kustomization.yaml" if "name" in base else "values.yaml"
    merged = merge(before, mine, new, path)
    if expected == "conflict":
        assert merged.conflicts
        assert merged.text == mine
        assert merge(before, mine, new, path, Settle(theirs=frozenset({""}))).text == new
        kept = merge(before, mine, new, path, Settle(ours=frozenset({""})))
        assert kept.text.startswith(mine)
        assert not kept.conflicts
    else:
        assert not merged.conflicts
        every = {
            name: theirs[name] if theirs.get(name) != base.get(name) else ours[name] for name in {**ours, **theirs}
        }
        assert all(f"{name}: {value}\n" in merged.text for name, value in every.items())
        assert merge(before, merged.text, new, path).text == merged.text


def styled(style: str) -> str:
    head = "kind: Deployment\nmetadata:\n  name: web\nspec:\n  template:\n    spec:\n"
    return head + "".join(f"      {line}\n" for line in style.split("\n"))


PLAIN = styled("containers:\n  - name: app\n    image: r.io/ex/web:v1")
NEW = styled(f"containers:\n  - name: app\n    image: r.io/ex/web:v1{MARKED}")
UNMARKABLE = {
    "explicit key": ("containers:\n  - name: app\n    ? image\n    : r.io/ex/web:v1", NEW),
    "explicit key that was edited": ("containers:\n  - name: app\n    ? image\n    : r.io/ex/web:v2", None),
    "alias": ("x: &web r.io/ex/web:v1\ncontainers:\n  - name: app\n    image: *web", None),
    "flow list": ("containers: [{name: app, image: r.io/ex/web:v1}]", None),
    "flow map": ("containers:\n  - {name: app, image: r.io/ex/web:v1}", None),
    "flow map over lines": ("containers:\n  - {name: app,\n     image: r.io/ex/web:v1}", None),
    "flow map that was edited": ("containers:\n  - {name: app, image: r.io/ex/web:v2, tty: true}", None),
}


@pytest.mark.parametrize("style", UNMARKABLE)
def test_a_new_marker_without_a_place_is_a_conflict(style: str) -> None:
    ours, taken = styled(UNMARKABLE[style][0]), UNMARKABLE[style][1]
    merged = merge(PLAIN, ours, NEW, "web.yaml")
    assert [one.field for one in merged.conflicts] == ["spec.template.spec.containers[name=app].image"]
    assert "cannot be written in" in merged.conflicts[0].reason
    assert merged.text == ours
    kept = merge(PLAIN, ours, NEW, "web.yaml", Settle(ours=frozenset({""})))
    assert (kept.text, kept.conflicts) == (ours, ())
    assert kept.notes == (f"the generated marker is left out: {MARKED.strip()}",)
    chosen = merge(PLAIN, ours, NEW, "web.yaml", Settle(theirs=frozenset({""})))
    if taken is None:
        assert chosen.conflicts
        assert chosen.text == ours
    else:
        assert (chosen.text, chosen.conflicts) == (taken, ())
    assert merge(NEW, ours, NEW, "web.yaml").conflicts == ()


@pytest.mark.parametrize("ours", [
    "x: &c\n  - name: app\n    image: r.io/ex/web:v1\ncontainers: *c",
    "containers:\n  - name: other\n    image: r.io/ex/web:v1",
    "containers: []",
])  # fmt: skip
def test_a_new_marker_whose_container_is_elsewhere_is_told(ours: str) -> None:
    merged = merge(PLAIN, styled(ours), NEW, "web.yaml")
    told = [one for one in merged.notes if one.startswith("the generated marker is left out")]
    assert merged.conflicts or told
    assert "$imagepolicy" not in merged.text


@pytest.mark.parametrize("image", [
    "image: >-\n  r.io/ex/web:v1", "image: |-\n  r.io/ex/web:v1", "image: 'r.io/ex/web:v1'", "image:\n  r.io/ex/web:v1",
    'image: "r.io/ex/web:v1"', "image: &a r.io/ex/web:v1", "image: !!str r.io/ex/web:v1", "'image': r.io/ex/web:v1",
    "image: >-\n  r.io/ex/web:v2",
])  # fmt: skip
def test_a_marker_is_written_beside_every_other_style(image: str) -> None:
    ours = styled("containers:\n  - name: app\n" + "\n".join(f"    {line}" for line in image.split("\n")))
    merged = merge(PLAIN, ours, NEW, "web.yaml")
    assert not merged.conflicts
    assert merged.notes == ()
    file = File("web.yaml", merged.text, "kubernetes", parse(merged.text, "web.yaml"))
    good, wrong = read_markers(file, Scope((file,)))
    assert [one.value.text for one in good] == ["r.io/ex/web:v2" if "v2" in image else "r.io/ex/web:v1"]
    assert not wrong


ANNOTATED = """\
kind: Deployment
metadata:
  name: web
  annotations:
    # Flux moves tags.
    fluxcd.io/automated: "true"
    fluxcd.io/tag.app: semver:~1.2
spec: {}
"""
BARE = "kind: Deployment\nmetadata:\n  name: web\nspec: {}\n"
TAG = 'metadata.annotations["fluxcd.io/tag.app"]'


@pytest.mark.parametrize(("old", "new"), [
    ("semver:~1.2\n", "semver:~1.3\n"), ("semver:~1.2\n", "semver:~1.2 # mine\n"),
    ("    fluxcd.io/tag", "    # mine\n    fluxcd.io/tag"),
])  # fmt: skip
def test_an_edited_annotation_that_goes_is_a_conflict_of_its_own(old: str, new: str) -> None:
    ours = ANNOTATED.replace(old, new)
    merged = merge(ANNOTATED, ours, BARE, "web.yaml")
    assert [one.field for one in merged.conflicts] == [TAG]
    for field in ("", TAG, "metadata.annotations"):
        kept = merge(ANNOTATED, ours, BARE, "web.yaml", Settle(ours=frozenset({field})))
        assert not kept.conflicts
        assert "fluxcd.io/tag.app" in kept.text
        assert "fluxcd.io/automated" not in kept.text
        taken = merge(ANNOTATED, ours, BARE, "web.yaml", Settle(theirs=frozenset({field})))
        assert (taken.text, taken.conflicts) == (BARE, ())
    assert merge(ANNOTATED, ANNOTATED, BARE, "web.yaml").text == BARE
    own = ours.replace("  annotations:\n", "  annotations:\n    team: web\n")
    taken = merge(ANNOTATED, own, BARE, "web.yaml", Settle(theirs=frozenset({""})))
    assert taken.text.replace("    # mine\n", "") == BARE.replace(
        "name: web\n", "name: web\n  annotations:\n    team: web\n"
    )
