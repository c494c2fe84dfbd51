"""No regular expression of ours backtracks by more than the length of the text: judged by recheck, in CI.

``npm ci --prefix tests/recheck`` brings the tool. Its verdicts are kept in ``tests/recheck/judged.json``:
an expression that is not there is judged now, and ``python -m tests.test_expressions`` writes the file anew.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time

import pytest

from .expressions import PROJECT, Expression, javascript, of_package, of_schemas

TOOL = PROJECT / "tests" / "recheck"
JUDGED = TOOL / "judged.json"

# What is not linear, or the tool cannot tell, and why it is safe all the same: by the place and how it begins.
SAFE: dict[tuple[str, str], str] = {
    ("generator.report", r"^([^"): "JavaScript begins a line behind more than a line feed; Python does not",
    ("generator.alerting.request", r"(.+?)\."): "an argument of the command line, not a file",
    ("generator.policy", ""): "a pattern or tag of a spec, whose schema bounds its length",
    ("generator.rules.objects", "(?:^|/)(?:patch"): "a path of the repository, at most 4,096 bytes",
    ("generator.alertmanager.tpl", r"\{\{-?\s*(?:"): "the tool gives up; back quotes bound each try",
    ("generator.rules.settle", r"#\s*scaffold"): "the tool gives up; every repetition ends at what cannot be in it",
    ("generator.rules.wf_trust", "(?m)\\bmake"): "the tool gives up; nothing in it repeats",
    ("generator.rules.wf_trust", r"\.github"): "the tool gives up; only spaces repeat, behind a word",
    ("generator.rules.kd_images", ""): "every repetition is bounded",
    ("generator.rules.wf_trust", r"\bgit\s+"): "the repetition is bounded, and words and spaces exclude each other",
    ("schemas/alerting.schema.json", r"^(?:"): "a value of a spec, which is at most 64 KiB",
}  # fmt: skip


def key_of(one: Expression) -> str:
    source, flags = javascript(one)
    return f"/{source}/{flags}"


def judged(wanted: list[Expression]) -> dict[str, str]:
    """Return the tool's verdicts: those that are kept, and new ones for the rest."""
    known: dict[str, str] = json.loads(JUDGED.read_text("utf-8")) if JUDGED.exists() else {}
    new = {key_of(one): javascript(one) for one in wanted if key_of(one) not in known}
    return {**known, **(ask(new) if new else {})}


def ask(wanted: dict[str, tuple[str, str]]) -> dict[str, str]:
    node = shutil.which("node")
    if node is None or not (TOOL / "node_modules" / "recheck").is_dir():
        reason = "recheck is not installed: npm ci --prefix tests/recheck"
        if os.environ.get("SCAFFOLD_REQUIRE_TOOLS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    done = subprocess.run(
        [node, str(TOOL / "check.js")],
        input=json.dumps(list(wanted.values())),
        capture_output=True,
        text=True,
        check=True,
        timeout=1200,
    )
    answers = [f"{one['status']} {one['complexity']}".strip() for one in json.loads(done.stdout)]
    return dict(zip(wanted, answers, strict=True))


def excused(one: Expression) -> str:
    return next((why for (place, begins), why in SAFE.items() if _is(one, place, begins)), "")


def _is(one: Expression, place: str, begins: str) -> bool:
    return one.place.partition(":")[0] == place and one.pattern.startswith(begins)


def is_open(verdict: str) -> bool:
    """Tell whether the tool gave up or only guessed, as for (?>…): pumps judge those."""
    return verdict.startswith("unknown") or verdict.endswith("(fuzz)")


def left_open() -> list[Expression]:
    known = json.loads(JUDGED.read_text("utf-8"))
    return [x for x in [*of_package(), *of_schemas()] if excused(x) or is_open(known.get(key_of(x), "unknown"))]


def test_every_expression_is_linear_or_bounded() -> None:
    every = [*of_package(), *of_schemas()]
    assert len(every) > 200
    verdicts = judged(every)
    bad = [
        f"{one.place}: {verdicts[key_of(one)]}: {one.pattern}"
        for one in every
        if verdicts[key_of(one)].startswith("vulnerable") and not is_open(verdicts[key_of(one)]) and not excused(one)
    ]
    assert not bad, "\n".join(bad)


def test_the_tool_knows_bad_ones() -> None:
    known = {
        "^(a+)+$": "exponential",
        "(.*,)*x": "exponential",
        r"\s*#.*$": "polynomial",
        "a*a*b": "polynomial",
        "x*y": "polynomial",
    }
    found = ask({one: javascript(Expression("", one, 0, anchored=False)) for one in known})
    for pattern, wanted in known.items():
        assert wanted in found[pattern], (pattern, found[pattern])
    good = Expression("", r"\s*#", 0, anchored=True)
    assert ask({"": javascript(good)})[""].startswith("safe")


@pytest.mark.parametrize("one", left_open(), ids=lambda x: x.place)
def test_what_the_tool_is_overruled_on_is_fast_on_pumped_text(one: Expression) -> None:
    from .pumps import mined, simple  # noqa: PLC0415

    compiled = re.compile(one.pattern, one.flags)
    find = compiled.match if one.anchored else compiled.search
    for pump in (*simple(), *mined()):
        start = time.process_time()
        find(pump.text(4_000))
        assert time.process_time() - start < 2, pump


if __name__ == "__main__":
    pairs = {key_of(one): javascript(one) for one in [*of_package(), *of_schemas()]}
    kept = json.loads(JUDGED.read_text("utf-8")) if JUDGED.exists() and "--all" not in sys.argv else {}
    answers = {key: kept[key] for key in pairs if key in kept}
    left = [key for key in pairs if key not in kept]
    for at in range(0, len(left), 15):
        answers |= ask({key: pairs[key] for key in left[at : at + 15]})
        JUDGED.write_text(json.dumps(answers, indent=1, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")
