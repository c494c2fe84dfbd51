"""Suppressions in scripts, above steps and rules, and what they apply to."""

from __future__ import annotations

import pytest

from generator import config, rules
from generator.rules.settle import settle

PATH = ".github/workflows/a.yaml"
MAKEFILE = "all test:\n\ttrue\n"
HEAD = """\
on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
"""
NOTE = "# scaffold: ignore[WF001] made elsewhere"


def judged(path: str, text: str, wanted: str) -> tuple[list[str], int]:
    """Return ``RULE:line`` of what remains of a rule and of those about suppressions, and how many were suppressed."""
    found = rules.recognise(path, text, named=True)
    assert found.file, found.reason
    texts = {path: text, "Makefile": MAKEFILE} | ({"Makefile": text} if path == "Makefile" else {})
    scope = rules.Scope((found.file,), config.Config({}), texts.__contains__, texts.get)
    known = {one.id: one.across for one in rules.all_rules()}
    settled = settle((found.file,), rules.check((found.file,), scope), config.Config({}), known)
    names = {wanted, "SUP001", "SUP002"}
    return [f"{one.rule}:{one.line}" for one in settled.problems if one.rule in names], settled.suppressed


@pytest.mark.parametrize(
    "step",
    [
        f"      - run: |\n          make tset {NOTE}\n",
        f"      - run: |\n          cd .\n          {NOTE}\n          # and more\n\n          make tset\n",
        f"      - run: | {NOTE}\n          cd .\n          make tset\n",
        f"      - run: |- {NOTE}\n          cd .\n          make tset\n      - run: make test\n",
        f"      {NOTE}\n      - run: |\n          cd .\n          make tset\n",
        f"      {NOTE}\n      - name: Test\n        env: {{A: b}}\n        run: |\n          make tset\n",
        f"      - name: Test\n        {NOTE}\n        run: |\n          cd .\n          make tset\n",
        f"      - name: Test\n        {NOTE}\n        run:\n          make\n          tset\n",
        f"      - run: >- {NOTE}\n          make\n          tset\n",
        f"      - run: >-\n          make\n          tset\n            {NOTE}\n",
        f'      - run: "make tset\n\n          {NOTE}"\n',
        f"      - run: make tset {NOTE}\n",
        f"      - run: 'make tset {NOTE}'\n",
        f"      - run: |\n          make \\\n            tset {NOTE}\n",
        f"      - run: |\n          {NOTE}\n          make -k \\\n            tset\n",
        f"      - run: |\n          {NOTE}\n          make tset <<END\n          some text\n          END\n",
        f"      {NOTE}\n      - run: make tset\n",
    ],
)
def test_a_finding_in_a_script_is_suppressed(step: str) -> None:
    assert judged(PATH, HEAD + step, "WF001") == ([], 1)
    assert judged(PATH, (HEAD + step).replace("\n", "\r\n"), "WF001") == ([], 1)
    left, suppressed = judged(PATH, HEAD + step.replace("WF001", "WF999"), "WF001")
    assert not suppressed
    assert sorted(one.partition(":")[0] for one in left) == ["SUP002", "WF001"]
    left, suppressed = judged(PATH, HEAD + step.replace("tset", "test"), "WF001")
    assert [one.partition(":")[0] for one in left] == ["SUP001"]


@pytest.mark.parametrize(
    ("step", "wanted"),
    [
        # another line of the script, another step, and the step after a script that ends with a comment
        (f"      - run: |\n          cd . {NOTE}\n          make tset\n", ["SUP001:8", "WF001:9"]),
        (f"      {NOTE}\n      - run: make test\n      - run: |\n          make tset\n", ["SUP001:7", "WF001:10"]),
        (f"      - run: |\n          make test\n          {NOTE}\n      - run: make tset\n", ["SUP001:9", "WF001:10"]),
        # for a line of a here-document only
        (
            f"      - run: |\n          make tset <<END\n          a {NOTE}\n          END\n",
            ["WF001:8", "SUP001:9"],
        ),
        # no script: text that happens to look like it
        (f"      - run: make tset\n        env:\n          HELP: |\n            write {NOTE}\n", ["WF001:7"]),
        (f"      - run: |\n          make tset {NOTE.replace('made elsewhere', '')}\n", ["WF001:8", "SUP002:8"]),
    ],
)
def test_it_applies_to_no_more(step: str, wanted: list[str]) -> None:
    assert judged(PATH, HEAD + step, "WF001") == (wanted, 0)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("cluster:\n\tkind delete clusters --all NOTE\n", True),
        ("cluster:\n\tNOTE\n\tkind delete clusters --all\n", True),
        ("cluster:\n\t@NOTE\n\tkind delete clusters --all\n", True),
        ("cluster:\n\t-@ NOTE\n\tkind delete clusters --all\n", True),
        ("NOTE\ncluster: tools\n\t@echo a\n\n# more\n\tkind delete clusters --all\ntools:\n\ttrue\n", True),
        ("cluster: tools NOTE\n\t@echo a\nifdef X\n\tkind delete clusters --all\nendif\n", True),
        ("cluster:\n\tkind delete clusters \\\n\t  --all NOTE\n", True),
        ("define remove\nkind delete clusters --all\nendef\nNOTE\ncluster:\n\t$(remove)\n", True),
        ("NOTE\ntools:\n\ttrue\ncluster:\n\tkind delete clusters --all\n", False),
        ("NOTE\nX := a\ncluster:\n\tkind delete clusters --all\n", False),
    ],
)
def test_a_finding_in_a_recipe_is_suppressed(text: str, wanted: bool) -> None:
    full = text.replace("NOTE", NOTE.replace("WF001", "KD001"))
    left, suppressed = judged("Makefile", full, "KD001")
    assert (suppressed > 0) == wanted, left
    assert ("KD001" in {one.partition(":")[0] for one in left}) != wanted
    assert ("SUP001" in {one.partition(":")[0] for one in left}) != wanted


@pytest.mark.parametrize(
    ("head", "wanted"), [("", True), ("---\n", True), ("%YAML 1.1\n---\n", True), ("name: a\n", False)]
)
def test_one_for_the_file_is_above_its_content(head: str, wanted: bool) -> None:
    step = "      - run: make tset\n"
    left, suppressed = judged(PATH, head + NOTE.replace("ignore", "ignore-file") + "\n" + HEAD + step, "WF001")
    assert (suppressed, {one.partition(":")[0] for one in left}) == ((1, set()) if wanted else (0, {"SUP002", "WF001"}))
