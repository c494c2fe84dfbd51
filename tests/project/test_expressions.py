"""No regular expression of ours backtracks by more than the length of the text: judged by recheck, in CI.

``npm ci --prefix tests/recheck`` brings the tool. Its verdicts are kept in ``tests/recheck/judged.json``:
an expression that is not there is judged now, and ``python -m tests.project.test_expressions`` writes the file anew.
"""

# ruff: noqa: E501 - a table of patterns

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from functools import cache

import pytest

from ..support.real import missing
from .expressions import PROJECT, Expression, javascript, of_package, of_schemas
from .pumps import Pump, mined_of, simple

TOOL = PROJECT / "tests" / "recheck"
JUDGED = TOOL / "judged.json"

# What the tool calls vulnerable or cannot tell, and why it is fast all the same: by the module and how it begins. A row
# is for one expression, and pumps show that its cost does not grow by the square.
SAFE: dict[tuple[str, str], str] = {
    ("generator.shipped.alerting.field_setting", "(.+?)"): "looked for in 1,000 characters",
    ("generator.alertmanager.tpl", r'\{\{-?\s*(?:\"\{\{-?'): "a back quote ends each try, and spaces repeat behind a brace alone",
    ("generator.rules.alertmanager.am_surroundings", "change.?me"): "no repetition is followed by what it may hold",
    ("generator.rules.kind.node_images", r"(?<![\w./-])((?:"): "253 characters in 8 folders at most for each try, and a try begins at a word",
    ("generator.rules.kind.pins", r"(?:dl\.k8s"): "200 characters at most behind a literal; digits end at a dot",
    ("generator.rules.readers.makelines", r"\$\([^()]*"): "what is in parentheses holds none; a try goes on over closed ones alone",
    ("generator.rules.readers.objects", "(?:^|/)(?:patch|patches)/"): "a path, at most 4,096 bytes (PATH_MAX)",
    ("generator.rules.flux.fx_images", "SOURCE_DATE_EPOCH"): "spaces alone repeat, behind a word",
    ("generator.rules.unrendered", r"^[^#\n]*+#@"): "one try a line, and one way back from its end",
    ("generator.rules.unrendered", r"(?::|-)[ \t]+[|>]"): "searched for in one line, whose end .* always reaches",
    ("generator.rules.recognise", r"(?:\bkind|\$"): "(?>…) and what repeats behind it end at a parenthesis",
    ("generator.rules.settle", r"#\s*scaffold"): "each repetition ends at what cannot be in it",
    ("generator.rules.workflows.skip_tokens", r"(?m)^(?>[^\n]*?git commit)"): "(?>…) once a line, which JavaScript lacks; then one way back from its end",
    ("generator.rules.workflows.loops", r"(?m)^(?>[^\n]*?git diff"): "(?>…) once a line, which JavaScript lacks; then one way back from its end",
    ("generator.rules.workflows.path_filters", r"^(?>[^\n]*?#)"): "(?>…) once a line, which JavaScript lacks; then one way back from its end",
    ("generator.rules.workflows.tokens", r"\bgit\s+"): "five options at most, and words and spaces exclude each other",
    ("generator.rules.workflows.tokens", r"\.github(?:"): "spaces alone repeat, behind a word",
    ("schemas/ci.schema.json", "^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?:=="): "^ is one try; what divides the parts is in none of them",
    ("schemas/config.schema.json", "^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?:=="): "^ is one try; what divides the parts is in none of them",
    ("schemas/e2e.schema.json", r"^(?:1\.[0-9]{1,3}"): "^ is one try; a colon and an at sign divide the parts",
}  # fmt: skip
# Rows whose cost does grow by the square of the input, which their caller keeps to so many characters.
BOUNDED = {
    ("generator.shipped.alerting.field_setting", "(.+?)"): 1_000,  # field_setting.MAX_NAMES
    ("generator.rules.readers.objects", r"(?:^|/)(?:patch|patches)/"): 4_096,
}


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
        missing("recheck is not installed: npm ci --prefix tests/recheck")
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


def row_of(one: Expression) -> tuple[str, str] | None:
    return next((row for row in SAFE if _is(one, *row)), None)


def _is(one: Expression, place: str, begins: str) -> bool:
    return one.place.partition(":")[0] == place and one.pattern.startswith(begins)


@cache
def every() -> list[Expression]:
    return [*of_package(), *of_schemas()]


def is_proven(verdict: str) -> bool:
    """Tell whether the tool showed it; what it only tried, as where (?>…) or (?!…) is, pumps judge too."""
    return verdict.startswith("safe") and not verdict.endswith("(fuzz)")


def left_open() -> list[Expression]:
    """Return what pumps judge, each expression once."""
    known = json.loads(JUDGED.read_text("utf-8"))
    return list({key_of(x): x for x in every() if not is_proven(known.get(key_of(x), "unknown"))}.values())


def test_every_expression_is_linear_or_has_its_reason() -> None:
    assert len(every()) > 200
    verdicts = judged(every())
    bad = [
        f"{one.place}: {verdicts[key_of(one)]}: {one.pattern}"
        for one in every()
        if not verdicts[key_of(one)].startswith("safe") and row_of(one) is None
    ]
    assert not bad, "\n".join(bad)


@pytest.mark.parametrize("row", SAFE, ids=lambda row: f"{row[0]} {row[1]}")
def test_a_reason_is_for_one_expression(row: tuple[str, str]) -> None:
    assert row[1].strip()
    assert len({(one.pattern, one.flags) for one in every() if _is(one, *row)}) == 1


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


def took(one: Expression, text: str) -> float:
    """Return the processor time of one look for an expression, 10 s where it takes longer."""
    from ..fuzz.doubling import TooSlowError, limit  # noqa: PLC0415

    compiled = re.compile(one.pattern, one.flags)
    find = compiled.match if one.anchored else compiled.search
    start = time.process_time()
    try:
        with limit(10):
            find(text)
    except TooSlowError:
        return 10
    return time.process_time() - start


def grows(one: Expression, pump: Pump) -> str:
    """Return how the cost grows where that is by more than the length, nothing else: 16 KB, then 32 KB, 64 KB where those are fast.

    What is quadratic takes 0.1 s and more for 16 KB of the worst text, what is linear 1 ms.
    """
    size = BOUNDED.get(row_of(one) or ("", ""), 65_536)
    if size < 65_536:
        return "" if took(one, pump.text(size)) < 0.2 else f"{size} characters take long"
    small = took(one, pump.text(16_384))
    if small < 0.03:
        return ""
    large = took(one, pump.text(32_768))
    if 2.6 * small < large < 0.5:  # the machine may have been busy
        small, large = took(one, pump.text(32_768)), took(one, pump.text(65_536))
    return f"{large / small:.1f} times as much for twice the text" if large > 2.6 * small else ""


@pytest.mark.parametrize("one", left_open(), ids=lambda x: x.place)
def test_what_the_tool_cannot_show_is_linear_on_pumped_text(one: Expression) -> None:
    found = [(pump, how) for pump in (*simple(), *mined_of(one)) if (how := grows(one, pump))]
    assert not found


def test_pumps_find_what_is_quadratic() -> None:
    for pattern in (r"\s*#.*$", "x*y", r"(?m)\bgit\b.*\bpush\b"):
        one = Expression("", pattern, 0, anchored=False)
        assert any(grows(one, pump) for pump in (*simple(), *mined_of(one))), pattern


if __name__ == "__main__":
    pairs = {key_of(one): javascript(one) for one in every()}
    kept = json.loads(JUDGED.read_text("utf-8")) if JUDGED.exists() and "--all" not in sys.argv else {}
    answers = {key: kept[key] for key in pairs if key in kept}
    left = [key for key in pairs if key not in kept]
    for at in range(0, len(left), 15):
        answers |= ask({key: pairs[key] for key in left[at : at + 15]})
        JUDGED.write_text(json.dumps(answers, indent=1, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")
