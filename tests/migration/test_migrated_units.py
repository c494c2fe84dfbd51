"""Units under Flux v1: which are migrated by their specs and the config, which are left, and with which reason."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from generator import migration, validation
from generator.images.policies import TagPolicy, parse_policy
from generator.migration.unit_obstacles import takes_no_more
from generator.pipeline import read_config
from generator.worktree import Worktree

from ..conftest import Repo, git

FROM_TO = ("migrate", "flux-v1", "flux-v2")
CONFIG = ".scaffold/config.yaml"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("units")
    git(root, "init", "--quiet", "--initial-branch=main", ".")
    repo = Repo(root)
    repo.ok("init", "--automation", "flux-v1")
    repo.ok("new-service", "web", "--image", "ghcr.io/example/web:1.2.3", "--no-e2e")
    return root


@pytest.fixture
def fleet(made: Path, tmp_path: Path) -> Repo:
    """A repository under Flux v1 by its config, with one service."""
    return Repo(Path(shutil.copytree(made, tmp_path / "repo", symlinks=True)))


SPEC, DEPLOYMENT = "services/web/scaffold.yaml", "services/web/deploy/deployment.yaml"
AUTOMATED = '    fluxcd.io/automated: "true"\n'
# An edit of the generated manifest, and what is said of it; None where the unit is migrated.
EDITS: dict[str, tuple[str, str, str | None]] = {
    "locked": (AUTOMATED, AUTOMATED + '    fluxcd.io/locked: "true"\n', "fluxcd.io/locked stops the automation"),
    "locked, older name": (AUTOMATED, AUTOMATED + "    flux.weave.works/locked: 'true'\n", "stops the automation"),
    "ignored": (AUTOMATED, AUTOMATED + '    fluxcd.io/ignore: "true"\n', "fluxcd.io/ignore keeps Flux v1 from"),
    "only deleted by hand": (AUTOMATED, AUTOMATED + "    fluxcd.io/ignore: sync_only\n", "keeps Flux v1 from"),
    "switched off": (AUTOMATED, AUTOMATED.replace("true", "false"), "fluxcd.io/automated is 'false'"),
    "removed": (AUTOMATED, "", "fluxcd.io/automated was removed by hand"),
    "another pattern": ("semver:~1.2", "semver:~1.2.3", "fluxcd.io/tag.app was set by hand"),
    "not locked": (AUTOMATED, AUTOMATED + '    fluxcd.io/locked: "false"\n', None),
    "another annotation": (AUTOMATED, AUTOMATED + '    example.org/locked: "true"\n', None),
    "a tag that Flux moved": (":1.2.3", ":1.2.9", None),
}


def edited_line(new: str, lines: list[str]) -> str:
    """Return the line that has the last line of an edit."""
    return next(one for one in lines if new.rstrip("\n").split("\n")[-1] in one)


def planned(repo: Repo, *paths: str) -> migration.Migration:
    """Return the migration of paths of a repository, which stays as it is."""
    selection = validation.select_files(repo.root, repo.root, [str(repo.root / one) for one in paths], None, None)
    settings = read_config(Worktree(selection.base))
    return migration.migrate(selection, settings, migration.MigrationRequest("flux-v1"))


@pytest.mark.parametrize("name", EDITS)
def test_annotations_set_by_hand_leave_a_unit(name: str, fleet: Repo) -> None:
    old, new, said = EDITS[name]
    fleet.edit(DEPLOYMENT, old, new)
    found = planned(fleet, ".")
    if said is None:
        assert ([one.path for one in found.edits], found.left, found.everything) == ([CONFIG], (), True)
        return
    assert (found.edits, found.units, found.migrated) == ((), (), 0)
    lines = fleet.read(DEPLOYMENT).split("\n")
    where = lines.index(edited_line(new, lines)) + 1 if new else 1
    assert [(one.path, one.line) for one in found.left] == [(DEPLOYMENT, where)]
    assert said in found.left[0].message
    assert found.left[0].hint.endswith("then run this command again")


def test_units_are_migrated_as_their_hints_say(fleet: Repo) -> None:
    written = {"locked": 'tags: "glob:1.2.3"\n', "another pattern": 'tags: "semver:~1.2.3"\n'}
    for name, tags in written.items():
        old, new, _ = EDITS[name]
        copy = Repo(Path(shutil.copytree(fleet.root, fleet.root.parent / name, symlinks=True)))
        copy.edit(DEPLOYMENT, old, new)
        told = copy.run(*FROM_TO, ".").out
        if name == "locked":
            assert f"remove it; to stay at a tag, write tags: glob:TAG into {SPEC} too, and run scaffold regen" in told
            copy.edit(DEPLOYMENT, new, old)
        else:
            assert f"or write this policy as tags into {SPEC} and run scaffold regenerate" in told
        copy.write(SPEC, copy.read(SPEC) + tags)
        copy.ok("regenerate")
        copy.ok(*FROM_TO, ".")
        copy.ok("regenerate")
        assert "fluxcd.io/" not in copy.read(DEPLOYMENT)
        assert ("imagepolicy" in copy.read(DEPLOYMENT)) is (name != "locked")


@pytest.mark.parametrize("text", ["a: [", "template: service\ntypo: 1\n", "- a\n"])
def test_the_config_stays_if_units_that_may_follow_it_cannot_be_read(text: str, fleet: Repo) -> None:
    other = "services/api/scaffold.yaml"
    fleet.write(other, text)
    for paths, left in ((["."], {other}), (["services/web", ".github"], set())):
        found = planned(fleet, *paths)
        assert ([one.path for one in found.edits], {one.path for one in found.left}) == ([SPEC], left)
        assert f"{CONFIG} keeps its automation, which {other} may follow: correct that first" in found.notes
    fleet.write(other, "template: service\nautomation: none\ntypo: 1\n")
    found = planned(fleet, ".")
    assert ([one.path for one in found.edits], {one.path for one in found.left}) == ([CONFIG], {other})


# Two policies, and whether the second takes no tag that the first does not.
WITHIN = [
    ("semver:~1.2", "semver:~1.2", True),
    ("glob:foo", "glob:foo", True),
    ("semver:~1.2", "glob:1.2", True),
    ("glob:main-*", "numerical:^main-[a-f0-9]{7,40}-(?P<time>[0-9]{1,15})$", True),
    ("glob:r1.2-*", r"numerical:^r1\.2-[a-f0-9]{7,40}-(?P<time>[0-9]{1,15})$", True),
    ("glob:main-*", r"numerical:^main\-(?P<number>[0-9]{1,15})$", True),
    ("glob:20240101", "numerical:^(?P<number>[0-9]{1,15})$", False),
    ("semver:~1.2", r"numerical:^1\.(?P<number>[0-9]{1,15})$", False),
    ("glob:1.2.3-*", "semver:~1.2.0-0", False),
    ("glob:master-*", "numerical:^main-[a-f0-9]{7,40}-(?P<time>[0-9]{1,15})$", False),
    ("glob:main-*", "numerical:^main-?(?P<number>[0-9]{1,15})$", False),
    ("glob:main-*", "numerical:^main-(?P<number>[0-9]{1,15})$|^dev-1$", False),
    ("glob:*-main", "numerical:^1-(?P<number>[0-9]{1,15})-main$", False),  # not known, so not assumed
]


def test_policies_are_compared_by_the_tags_that_they_take() -> None:
    for before, after, wanted in WITHIN:
        one, other = parse_policy(after), parse_policy(before)
        assert isinstance(one, TagPolicy)
        assert isinstance(other, TagPolicy)
        assert takes_no_more(one, other) is wanted, (before, after)


@pytest.mark.parametrize("tag", ["1.2.3", "20240101", "1.2", "foo", "1.31.2-alpine", "main-1a2b3c4"])
def test_a_policy_that_follows_from_the_tag_does_not_become_wider(tag: str, fleet: Repo) -> None:
    fleet.edit(SPEC, "1.2.3", tag)
    fleet.ok("regenerate")
    done = fleet.run(*FROM_TO, ".")
    if done.code:
        assert tag != "1.2.3"
        assert f"{SPEC}:5:6: " in done.out
        stay, other = f'"glob:{tag}"', done.out.partition("or tags: ")[2].partition(", then")[0]
        assert stay in done.out or f"write glob:{tag}," in done.out
        for written in filter(None, (other, stay)):
            fleet.write(SPEC, fleet.read(SPEC).split("tags:")[0] + f"tags: {written}\n")
            assert f"b/{CONFIG}" in fleet.ok(*FROM_TO, ".", "--dry-run").out
        fleet.ok(*FROM_TO, ".")
    fleet.ok("regenerate")
    assert ("imagepolicy" in fleet.read(DEPLOYMENT)) is (tag == "1.2.3")
    assert "fluxcd.io/tag" not in fleet.read(DEPLOYMENT)
