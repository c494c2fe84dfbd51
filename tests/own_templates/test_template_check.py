"""``template check``: what would fail later, at its place; a good template beside each fault."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import pytest

from ..conftest import LOCK, Repo, git
from .sources import CRONJOB, FILES, INNER, SCHEMA, write

FOLDER = ".scaffold/templates/cronjob"
EXAMPLE = "template: cronjob\nname: nightly\nschedule: 0 3 * * *\n"
GOOD = {
    **FILES,
    "examples/nightly.yaml": EXAMPLE,
    f"{INNER}/cronjob.yaml": (
        CRONJOB + "      template:\n        spec:\n          restartPolicy: Never\n"
        "          containers:\n            - name: job\n              image: ghcr.io/example/job:v1\n"
    ),
}
TEXT = GOOD[f"{INNER}/cronjob.yaml"]


def schema(**changes: object) -> str:
    properties = {**SCHEMA["properties"], **changes}  # type: ignore[dict-item]
    return json.dumps({**SCHEMA, "properties": properties}, indent=1)


FAULTS: dict[str, tuple[Mapping[str, str | None], str]] = {
    "json": ({"cookiecutter.json": '{"a": 1,\n "b" 2}'}, "cookiecutter.json:2:6: is not valid JSON"),
    "a list": ({"cookiecutter.json": "[]"}, "has a cookiecutter.json that is not a map"),
    "extension": ({"cookiecutter.json": '{\n "_extensions": ["jinja2.ext.do"]}'}, "cookiecutter.json:2:2: "),
    "extends": ({"cookiecutter.json": '{"_extends": "servce"}'}, "not a shipped template: 'servce'"),
    "folder": ({"cookiecutter.json": '{"_dir": "../x"}'}, "cookiecutter.json:1:2: "),
    "unknown setting": ({"cookiecutter.json": '{"_extend": "e2e"}'}, "did you mean '_extends'?"),
    "no effect": ({"cookiecutter.json": '{"_workflow": "kinds"}'}, "has no effect"),
    "no version": ({"version": None}, "version:1:1: "),
    "version": ({"version": "1.2\n"}, "version:1:1: "),
    "hook": ({"hooks/post_gen_project.py": "print()\n"}, "hooks/post_gen_project.py:1:1: "),
    "no schema": ({"schema.json": None}, "schema.json:1:1: "),
    "schema": ({"schema.json": schema(retries={"type": "intger"})}, "is not a valid JSON Schema"),
    "pattern": ({"schema.json": schema(schedule={"type": "string", "pattern": "(("})}, "schema.json:18:15: "),
    "reference": ({"schema.json": schema(retries={"$ref": "other.json"})}, "cannot be used"),
    "dialect": (
        {"schema.json": json.dumps({"$schema": "http://json-schema.org/draft-07/schema#", **SCHEMA})},
        "schema.json:1:1",
    ),
    "default": ({"schema.json": schema(retries={"type": "integer", "default": "x"})}, "retries"),
    "syntax": ({f"{INNER}/cronjob.yaml": "a: 1\nb: {{ c\n"}, "cronjob.yaml:2:1: Jinja cannot read it"),
    "filter": ({f"{INNER}/cronjob.yaml": "a: {{ cookiecutter.name | yml }}\n"}, "cronjob.yaml:1:1: Jinja cannot read"),
    "two faults": ({f"{INNER}/cronjob.yaml": "{% if %}", f"{INNER}/b.yaml": "{{ }}"}, "b.yaml:1:1: Jinja cannot read"),
    "undefined": ({f"{INNER}/cronjob.yaml": "a: 1\nb: {{ cookiecutter.nme }}\n"}, "cronjob.yaml:2:1: "),
    "yaml": ({f"{INNER}/cronjob.yaml": "a: 1\nb: [{{ cookiecutter.name }}\n"}, "is not valid YAML"),
    "yaml of another type": ({f"{INNER}/more.yml": "a: 1\na: 2\n"}, "more.yml:2:1: "),
    "json of another type": ({f"{INNER}/more.json": '{"a": 1,}'}, "more.json:1:1: is not valid JSON"),
    "rule": (
        {f"{INNER}/cronjob.yaml": TEXT.replace("schedule:", "shedule:")},
        "cronjob.yaml:6:1: ",
    ),
    "outside": ({f"{INNER}/{{{{'..'}}}}/x.yaml": "a: 1\n"}, "'.' or '..'"),
    "no example": ({"examples/nightly.yaml": None}, "requires schedule, and there is no example to render"),
    "broken example": ({"examples/nightly.yaml": "template: cronjob\nname: [\n"}, "nightly.yaml:3:1: is not valid"),
    "wrong example": ({"examples/nightly.yaml": f"{EXAMPLE}retry: 1\n"}, "nightly.yaml:4:1: unknown key 'retry'"),
    "another's example": ({"examples/nightly.yaml": "template: e2e\nname: x\n"}, "is a spec of the template e2e"),
    "only one value": (
        {f"{INNER}/cronjob.yaml": TEXT + "{% if cookiecutter.retries > 3 %}{{ cookiecutter.x }}{% endif %}",
         "examples/b.yaml": f"{EXAMPLE}retries: 5\n"},
        "from examples/b.yaml",
    ),
    "endless": (
        {f"{INNER}/x.yaml": "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"},
        "needs more than 5 s",
    ),
}  # fmt: skip


def name_of(case: str) -> str:
    return case.replace(" ", "-").replace("'", "")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What one check of a repository with all faulty templates and a good one says about each."""
    repo = Repo(tmp_path_factory.mktemp("faults"))
    repo.write(".scaffold/config.yaml", "")
    for case, (changes, _) in {**FAULTS, "good": ({}, "")}.items():
        files = {path: text for path, text in {**GOOD, **changes}.items() if text is not None}
        name = name_of(case)
        write(
            repo, name, {path: text.replace("template: cronjob", f"template: {name}") for path, text in files.items()}
        )
    done = repo.run("template", "check")
    assert (done.code, done.err) == (1, "")
    lines = done.out.splitlines()
    names = [name_of(one) for one in [*FAULTS, "good"]]
    return {
        one: "\n".join(line for line in lines if line.startswith(f".scaffold/templates/{one}/")) for one in names
    } | {"whole": done.out}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_is_found_at_its_place(found: dict[str, str], case: str) -> None:
    says = FAULTS[case][1]
    hint = says.startswith("did you mean")
    assert found[name_of(case)]
    assert says in found["whole" if hint else name_of(case)]


def test_nothing_is_found_in_the_good_template_beside_them(found: dict[str, str]) -> None:
    assert found["good"] == ""


def test_a_good_template_has_no_finding(empty: Repo) -> None:
    write(empty, "cronjob", GOOD)
    assert empty.ok("template", "check").out == "1 template checked: 0 errors, 0 warnings, 0 info\n"
    assert empty.ok("template", "check", "-q").out == ""
    assert json.loads(empty.ok("template", "check", "--format", "json").out) == []
    empty.ok("new", "cronjob", "nightly", "--set", "schedule=0 3 * * *")
    empty.ok("validate")


def test_the_formats_and_codes(empty: Repo) -> None:
    write(empty, "cronjob", {**GOOD, "version": "x"})
    (row,) = json.loads(empty.run("template", "check", "--format", "json").out)
    assert (row["path"], row["line"], row["column"], row["severity"]) == (f"{FOLDER}/version", 1, 1, "error")
    assert empty.run("template", "check", "--format", "github").out.startswith(f"::error file={FOLDER}/version,line=1")
    done = empty.run("template", "check", "cronjb")
    assert (done.code, "did you mean 'cronjob'?" in done.err) == (2, True)
    assert empty.run("template", "check", "--changed-since", "nowhere").code == 2


def test_all_templates_are_checked_at_once(empty: Repo) -> None:
    write(empty, "one", {**GOOD, "version": "x"})
    write(empty, "Two", GOOD)
    done = empty.run("template", "check")
    assert done.code == 1
    assert ".scaffold/templates/one/version:1:1" in done.out
    assert "'Two' cannot be named by a spec" in done.out


def test_the_version_is_compared_with_a_revision_and_with_locks(empty: Repo) -> None:
    write(empty, "cronjob", GOOD)
    empty.ok("new", "cronjob", "nightly", "--set", "schedule=0 3 * * *")
    git(empty.root, "add", "--all")
    git(empty.root, "commit", "--quiet", "--message", "one")
    empty.write(f"{FOLDER}/{INNER}/cronjob.yaml", f"{TEXT}# more\n")
    assert f"{FOLDER}/version:1:1: warning: is still 1" in empty.run("template", "check").out
    git(empty.root, "commit", "--quiet", "--all", "--message", "two")
    empty.ok("template", "check")
    assert empty.run("template", "check", "--changed-since", "HEAD~1").code == 1
    empty.write(f"{FOLDER}/version", "2\n")
    empty.ok("template", "check", "--changed-since", "HEAD~1")
    empty.ok("regenerate")
    empty.write(f"{FOLDER}/version", "1\n")
    done = empty.run("template", "check")
    told = f"{FOLDER}/version:1:1: is 1, but UNIT was generated by version 2\n    write at least 3\n"
    assert told.replace("UNIT", "jobs/nightly") in done.out
    told = told.replace("UNIT", "a unit")
    before = empty.snapshot()
    for command in (("regenerate",), ("regenerate", "--dry-run"), ("diff",), ("mv", "jobs/nightly", "x/y")):
        done = empty.run(*command)
        assert (done.code, told in done.err, "newer scaffold" in done.text) == (2, True, False), command
        assert empty.snapshot() == before
    empty.write(f"{FOLDER}/version", "3\n")
    empty.ok("template", "check")
    empty.ok("regenerate")


def test_a_lock_of_a_newer_shipped_template_needs_a_newer_scaffold(repo: Repo) -> None:
    """Unlike for a template of the repository, whose version is in a file of the user's."""
    text = re.sub('("name": "service",\\s*"version": )[0-9]+', r"\g<1>9000", repo.read(LOCK))
    assert text != repo.read(LOCK)
    repo.write(LOCK, text)
    done = repo.run("regenerate")
    assert done.code == 2
    assert f"{LOCK}:1:1: was generated by version 9000 of template service, newer than " in done.err
    assert "install a newer scaffold" in done.err


def test_an_example_may_change_without_the_version(empty: Repo) -> None:
    write(empty, "cronjob", GOOD)
    git(empty.root, "add", "--all")
    git(empty.root, "commit", "--quiet", "--message", "one")
    empty.write(f"{FOLDER}/examples/nightly.yaml", EXAMPLE.replace("3", "4"))
    empty.ok("template", "check")
