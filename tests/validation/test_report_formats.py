"""Findings for GitLab and as JUnit's XML: what their readers require, whatever is in names and messages."""

from __future__ import annotations

import json
import random
from pathlib import Path
from xml.etree import ElementTree

from generator import code_quality, findings, rules
from generator.errors import Problem
from generator.printable import dump_json

from ..conftest import Repo, git
from .test_validate import BAD, WARNED

# Characters that XML, JSON readers, terminals or runners trip over, and plain ones.
ODD = [*map(chr, (0, 1, 9, 10, 13, 27, 31, 127, 133, 0x2028, 0x202E, 0xD800, 0xDC80, 0xDFFF, 0xFEFF, 0xFFFE, 0xFFFF))]
ODD += [
    "\U0001fffe",
    "\U0010ffff",
    "\U0001f600",
    "<",
    ">",
    "&",
    '"',
    "'",
    "]]>",
    "<![CDATA[",
    "&#0;",
    "##[",
    "::error::",
]
ODD += ["a", "ä", " ", "\\"]
# What junit-10.xsd of Jenkins' xUnit plugin and Ant's XMLJUnitResultFormatter know of an element.
ATTRIBUTES = {
    "testsuites": {"name", "tests", "failures", "errors", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time"},
    "testcase": {"name", "classname", "time"},
    "failure": {"type", "message"},
    "system-out": set(),
}
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase"},
    "testcase": {"failure", "system-out"},
    "failure": set(),
    "system-out": set(),
}


def hostile(dice: random.Random, count: int) -> list[Problem]:
    def text(most: int) -> str:
        return "".join(dice.choices(ODD, k=dice.randrange(1, most)))

    severities = ["error", "warning", "info"]
    return sorted(
        Problem(text(4), dice.randrange(4), dice.randrange(3), text(5), text(4), "SCH001", dice.choice(severities))
        for _ in range(count)
    )


def junit(problems: list[Problem], fail_on: str = "warning") -> ElementTree.Element:
    text = code_quality.junit_report(problems, fail_on)
    top = ElementTree.fromstring(text.encode("utf-8"))  # noqa: S314 - our own text
    for one in top.iter():
        assert set(one.attrib) == ATTRIBUTES[one.tag]
        assert {child.tag for child in one} <= CHILDREN[one.tag]
    assert "##[" not in text
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())
    return top


def test_junit_is_valid_whatever_is_in_a_finding() -> None:
    dice = random.Random(5)  # noqa: S311 - the same cases every time
    for _ in range(150):
        problems = hostile(dice, dice.randrange(12))
        top = junit(problems)
        cases = list(top.iter("testcase"))
        failed = sum(findings.reaches(one, "warning") for one in problems)
        assert [len(cases), len(list(top.iter("failure")))] == [max(len(problems), 1), failed]
        for one in (top, top[0]):
            assert [one.get("tests"), one.get("failures")] == [str(len(cases)), str(failed)]
        names = [(one.get("classname"), one.get("name")) for one in cases]
        assert len(set(names)) == len(names)


def test_gitlab_takes_whatever_is_in_a_finding() -> None:
    dice = random.Random(6)  # noqa: S311 - the same cases every time
    for _ in range(150):
        problems = hostile(dice, dice.randrange(12))
        text = dump_json(code_quality.gitlab_report(problems))
        rows = json.loads(text)
        assert text.isascii()
        assert len({one["fingerprint"] for one in rows}) == len(rows) == len(problems)
        for one in rows:
            assert list(one) == ["description", "check_name", "fingerprint", "severity", "location"]
            assert one["severity"] in {"info", "minor", "major"}
            assert one["location"]["lines"]["begin"] >= 1
            json.dumps(one, ensure_ascii=False).encode("utf-8")  # no half of a surrogate pair


def test_the_formats_of_a_run(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.write("b.yaml", BAD.format("b"))
    repo.write("c\udc80.yaml", WARNED)
    git(repo.root, "init", "--quiet", ".")
    done = repo.run("validate", "--format", "gitlab")
    assert done.code == 1
    rows = json.loads(done.out)
    assert rows[0]["location"] == {"path": "b.yaml", "lines": {"begin": 6}}
    assert rows[0]["description"] == "data.a must be text, not a number (1). Write it in quotes."
    assert {one["location"]["path"] for one in rows} == {"b.yaml", "c\\udc80.yaml"}
    done = repo.run("validate", "--format", "junit")
    assert done.code == 1
    top = ElementTree.fromstring(done.out)  # noqa: S314 - our own text
    assert top.get("failures") == "1"  # the default profile fails for errors
    done = repo.run("validate", "--format", "junit", "--fail-on", "info")
    assert ElementTree.fromstring(done.out).get("failures") == "3"  # noqa: S314 - our own text


def test_fingerprints_do_not_depend_on_lines() -> None:
    problem = Problem("a.yaml", 3, 1, "is in lines 3 and 9: see line 12", "", "SCH001")
    moved = Problem("a.yaml", 5, 7, "is in lines 5 and 11: see line 14", "", "SCH001")
    for one in (problem, moved):
        log = findings.sarif([one], rules.all_rules())
        assert log["runs"][0]["results"][0]["partialFingerprints"] == {
            "scaffold/v1": code_quality.gitlab_report([problem])[0]["fingerprint"]
        }
    other = Problem("a.yaml", 3, 1, "is in lines 3 and 9 of 4: see line 12", "", "SCH001")
    assert code_quality.gitlab_report([other]) != code_quality.gitlab_report([problem])
