"""Our routing against amtool's: random labels over trees as people write them, and over those of the corpus."""

from __future__ import annotations

import os
import random
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from generator.alertmanager import routing_tree as routes
from generator.alertmanager.matchers import Matcher
from generator.alertmanager.model import Context
from generator.alertmanager.source import sources
from generator.yaml import parse_one

from ..support import corpus
from ..support.real import tool

TREES = Path(__file__).parents[1] / "cases" / "routes"
CORPUS = corpus.folder() or Path("nowhere")
COUNT = int(os.environ.get("SCAFFOLD_ROUTE_EXAMPLES") or 25)
DEBIAN = "0.25"


def context(path: Path) -> Context:
    text = path.read_text("utf-8")
    (source,) = sources(parse_one(text, path.name), text, values=False, versions=lambda _name: DEBIAN)
    return Context(source, text, path.name)


def vocabulary(root: routes.Route) -> dict[str, list[str]]:
    """Return values for every label of a tree: those that matchers name, near misses, and nothing."""
    found: dict[str, list[str]] = {"unrelated": ["x"]}
    for path in root.walk():
        for one in path[-1].matchers:
            parts = one.value.replace("(", "|").replace(")", "|").replace("^", "|").replace("$", "|").split("|")
            values = [part for part in parts if part.isprintable() and part]
            found.setdefault(one.name, ["", "other"]).extend([*values, one.value, f"{values[0] if values else ''}x"])
    return found


def labels(known: dict[str, list[str]], chance: random.Random) -> dict[str, str]:
    picked = {name: chance.choice(values) for name, values in known.items() if chance.random() < 0.8}
    # amtool reads a label as a matcher: what needs quotes there is not what this is about.
    return {name: one for name, one in picked.items() if one and not set(one) & set('"\\{},\n=~!')}


def amtool_says(binary: str, path: Path, given: dict[str, str]) -> list[str]:
    command = [binary, "config", "routes", "test", f"--config.file={path}", *(f"{k}={v}" for k, v in given.items())]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip().split(",")


def corpus_trees() -> list[Path]:
    folder = CORPUS / "prometheus+alertmanager"
    found = [*folder.glob("config/testdata/conf.good*.yml"), *folder.glob("doc/examples/*.yml")]
    return [one for one in sorted(found) if "labels:" not in one.read_text("utf-8")]  # newer than Debian's


def test_there_are_a_dozen_trees() -> None:
    assert len(list(TREES.glob("*.yml"))) >= 12


@pytest.mark.parametrize("path", [*sorted(TREES.glob("*.yml")), *corpus_trees()], ids=lambda one: one.stem)
def test_amtool_routes_as_we_do(path: Path) -> None:
    binary = tool("amtool")
    here = context(path)
    assert here.root is not None
    known, chance = vocabulary(here.root), random.Random(path.stem)  # noqa: S311 - examples
    examples = [labels(known, chance) for _ in range(COUNT)]
    examples = [one for one in examples if one]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda one: amtool_says(binary, path, one), examples))
    ours = [[path_[-1].receiver for path_ in here.root.reached(one)] for one in examples]
    # What all the examples reach together is most of the tree, else they say little.
    assert len({name for one in ours for name in one}) >= 2
    for example, theirs, mine in zip(examples, answers, ours, strict=True):
        assert mine == theirs, example


@pytest.mark.parametrize("path", sorted(TREES.glob("*.yml")), ids=lambda one: one.stem)
def test_a_route_called_dead_is_never_reached(path: Path) -> None:
    here = context(path)
    assert here.root is not None
    dead = {one.path[-1].number for one in routes.dead(here.root)}
    known, chance = vocabulary(here.root), random.Random(path.stem)  # noqa: S311 - examples
    for _ in range(2000):
        example = labels(known, chance)
        for way in here.root.reached(example):
            assert not dead & {one.number for one in way}, example


def test_the_dead_ends_of_a_tree_are_those_that_its_names_say() -> None:
    here = context(TREES / "dead-ends.yml")
    assert here.root is not None
    assert {one.path[-1].receiver for one in routes.dead(here.root)} == {"never-1", "never-2", "never-3", "never-4"}


def test_a_matcher_prints_as_amtool_does() -> None:
    assert str(Matcher("a", "=~", 'x"y\\d')) == 'a=~"x\\"y\\\\d"'
