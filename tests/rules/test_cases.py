"""Rules by cases: ``tests/cases/rules/ID/bad-…`` yields the ID where ``expected.txt`` says, ``good-…`` does not.

A case is a folder of files with the paths that they have below a root, ``.scaffold/config.yaml`` too, or a single file.
``expected.txt`` has a line ``path:line ID`` for every finding of that id, and of any other id that it names. A single
file marks the lines with ``# BAD``. Files below ``.before`` are those of the commit that the run compares with.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from generator import config, rules
from generator.errors import Problem
from generator.rules.flux.flux_examples import flux1_example as example

CASES = Path(__file__).parents[1] / "cases" / "rules"
EXPECTED = "expected.txt"
BEFORE = ".before/"


def cases(prefix: str) -> list[pytest.param]:  # type: ignore[valid-type]
    found = sorted(one for one in CASES.glob(f"*/{prefix}-*"))
    return [pytest.param(one, id=f"{one.parent.name}/{one.name}") for one in found]


def check(case: Path) -> list[Problem]:
    """Return what the rules say of a case, without touching the disk elsewhere."""
    base = case if case.is_dir() else case.parent
    paths = [one for one in case.rglob("*") if one.is_file() and one.name != EXPECTED] if case.is_dir() else [case]
    texts = {one.relative_to(base).as_posix(): one.read_bytes().decode("utf-8", "surrogateescape") for one in paths}
    before = {one.removeprefix(BEFORE): texts.pop(one) for one in sorted(texts) if one.startswith(BEFORE)}
    folders = {parent.as_posix() for one in texts for parent in Path(one).parents}

    def exists(path: str) -> bool:
        return path in texts or path.rstrip("/") in folders

    read = {path: rules.recognise(path, text, exists, named=True) for path, text in sorted(texts.items())}
    files = tuple(one.file for one in read.values() if one.file)
    text = texts.get(config.PATH)
    settings = config.parse_config(text) if text else config.Config({})
    unread = tuple(path for path in sorted(texts) if path not in {one.path for one in files})
    is_folder = folders.__contains__
    scope = rules.Scope(files, settings, exists, texts.get, before.get, is_folder=is_folder, unread=unread)
    early = [problem for one in read.values() for problem in one.problems]
    assert files or early or case.name.startswith("good-"), f"nothing in {case} was recognised"
    return [*early, *rules.check(files, scope)]


def places(problems: list[Problem], ids: set[str]) -> Counter[str]:
    return Counter(f"{one.path}:{one.line} {one.rule}" for one in problems if one.rule in ids)


@pytest.mark.parametrize("case", cases("bad"))
def test_a_mistake_is_found_where_it_is(case: Path) -> None:
    if case.is_dir():
        wanted = Counter(line.strip() for line in (case / EXPECTED).read_text("utf-8").splitlines() if line.strip())
        assert wanted, f"{case / EXPECTED} expects nothing"
    else:
        lines = case.read_text("utf-8").splitlines()
        wanted = Counter(f"{case.name}:{n} {case.parent.name}" for n, line in enumerate(lines, 1) if "# BAD" in line)
        assert wanted, f"{case} marks no line with '# BAD'"
    ids = {line.split()[-1] for line in wanted} | {case.parent.name}
    found = check(case)
    assert places(found, ids) == wanted, "\n".join(map(str, found))
    for one in found:
        assert one.message
        assert one.hint, one
        assert one.column >= 1


@pytest.mark.parametrize("case", cases("good"))
def test_a_near_miss_is_not_found(case: Path) -> None:
    found = [one for one in check(case) if one.rule == case.parent.name]
    assert not found, "\n".join(map(str, found))


# Whether the examples of the others are right depends on files beside them.
ALONE = [
    one
    for one in rules.all_rules()
    if one.families and one.id not in {"KUS001", "WF001", "WF005", "WF010", "F2-006", "K8S012"}
]


@pytest.mark.parametrize("rule", ALONE, ids=lambda one: one.id)
def test_the_examples_of_a_rule_are_what_they_say(rule: rules.Rule) -> None:
    for text, wanted in ((rule.bad, True), (rule.good, False)):
        for path in (".github/workflows/example.yaml", "example.yaml", "kustomization.yaml", "Makefile"):
            found = rules.recognise(path, text)
            if found.file is not None and found.file.family in rule.families:
                hits = [one for one in rules.check([found.file], rules.Scope((found.file,))) if one.rule == rule.id]
                assert bool(hits) is wanted, f"{rule.id} in {path}: {hits}\n{text}"
                break


@pytest.mark.parametrize(("target", "pattern", "wanted"), [
    ("flux-v1", "glob:master-*", ["info"]),
    ("none", "glob:master-*", ["info"]),
    ("of another release", "glob:master-*", ["info"]),
    ("keel", "glob:master-*", ["warning", "warning"]),
    ("argocd", "glob:master-*", ["warning"]),
])  # fmt: skip
def test_patterns_are_a_warning_only_where_a_backend_cannot_follow_them(
    target: str, pattern: str, wanted: list[str]
) -> None:
    text = example(f'fluxcd.io/automated: "true"\nfluxcd.io/tag.web: {pattern}')
    file = rules.recognise("web.yaml", text).file
    assert file is not None
    found = rules.check([file], rules.Scope((file,), config.Config({"automation": target})))
    assert [one.severity for one in found if one.rule == "FX019"] == wanted


@pytest.mark.parametrize(("spec", "wanted"), [
    ("template: service\nautomation: flux-v1\n", "info"),
    ("template: service\n", "warning"),
    ("template: [\n", "warning"),
])  # fmt: skip
def test_flux_v1_is_no_warning_where_a_unit_chooses_it(spec: str, wanted: str) -> None:
    file = rules.recognise("services/web/deploy/web.yaml", example('fluxcd.io/automated: "true"')).file
    assert file is not None
    specs = {"services/web/scaffold.yaml": spec}
    scope = rules.Scope((file,), config.Config({"automation": "flux-v2"}), specs.__contains__, specs.get)
    assert [one.severity for one in rules.check([file], scope) if one.rule == "FX019"] == [wanted]


def test_every_rule_has_its_cases() -> None:
    for one in rules.all_rules():
        names = [case.name for case in (CASES / one.id).glob("*-*")]
        bad, good = (sum(name.startswith(prefix) for name in names) for prefix in ("bad-", "good-"))
        if one.id not in {"SUP001", "SUP002", "SCF001", "SCF002"}:  # tests/validation/test_validate.py has these
            assert bad >= 2, f"{one.id} has {bad} failing cases"
            assert good >= 2, f"{one.id} has {good} near-misses"


def test_every_rule_explains_itself() -> None:
    names = [one.id for one in rules.all_rules()]
    assert len(names) == len(set(names))
    for one in rules.all_rules():
        assert one.summary, one.id
        assert len(one.explanation) > 40, one.id
        assert one.bad != one.good, one.id
        assert one.bad.strip(), one.id
        assert one.good.strip(), one.id


def test_a_patch_that_is_a_text_is_told_how_to_name_its_file() -> None:
    (found,) = [one for one in check(CASES / "SCH001/bad-patches-of-texts") if one.rule == "SCH001"]
    assert "write - path: FILE" in str(found.hint)
