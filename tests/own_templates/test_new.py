"""``scaffold new``: any template, and values by ``--set`` whose types the schema decides."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import pexpect
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from generator import assignments, value_types
from generator.errors import Invalid

from ..conftest import Repo
from .sources import FILES, INNER, SCHEMA, write

SPEC = "jobs/nightly/scaffold.yaml"


def read(text: str) -> Any:
    """Read YAML 1.2 with the pure parser of another library than scaffold reads specs with."""
    return YAML(typ="safe", pure=True).load(io.StringIO(text))


@pytest.fixture
def cronjob(empty: Repo) -> Repo:
    write(empty, "cronjob", FILES)
    return empty


EXAMPLE = "template: cronjob\nname: a\nschedule: 0 3 * * *\n"
NEW = ("new", "cronjob", "nightly", "--set", "schedule=0 3 * * *")


def test_the_spec_has_exactly_the_given_values(cronjob: Repo) -> None:
    cronjob.ok(*NEW, "--set", "retries=5")
    assert cronjob.read(SPEC) == (
        "# yaml-language-server: $schema=../../.scaffold/templates/cronjob/schema.json\n"
        'template: cronjob\nname: nightly\nschedule: "0 3 * * *"\nretries: 5\n'
    )
    assert "backoffLimit: 5" in cronjob.read("jobs/nightly/cronjob.yaml")


def test_an_update_keeps_every_other_byte(cronjob: Repo) -> None:
    cronjob.ok(*NEW)
    before = cronjob.read(SPEC).replace("name: nightly", "name: nightly  # of the team")
    cronjob.write(SPEC, before)
    done = cronjob.run("new", "cronjob", "nightly", "--set", "retries=5")
    assert done.code == 2
    assert "scaffold new cronjob nightly --set retries=5 --update" in done.err
    cronjob.ok("new", "cronjob", "nightly", "--set", "retries=5", "--update")
    assert cronjob.read(SPEC) == f"{before}retries: 5\n"
    assert "nothing to do" in cronjob.ok("new", "cronjob", "nightly", "--set", "retries=5", "--update").out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "--set schedule=VALUE: is missing"),
        (("--set", "shedule=x"), "did you mean 'schedule'?"),
        (("--set", "schedule"), "'schedule' is not an assignment"),
        (("--set", "schedule=x", "--set", "retries=x"), "--set retries: retries must be a whole number"),
        (("--set", "schedule=x", "--set", "retries=[1"), "the value of retries is not valid YAML"),
        (("--set", "schedule=x", "--set", "name=y"), "--set name: is the argument NAME"),
        (("--set", "schedule=x", "--set", "schedule.a=y"), "schedule is not a map"),
        (("--set", "schedule=x", "--dir", ".scaffold/x"), "is .scaffold or inside it"),
        (("--set", "schedule=x", "--dir", ""), "is empty"),
    ],
)
def test_what_is_refused_changes_nothing(cronjob: Repo, arguments: tuple[str, ...], says: str) -> None:
    before = cronjob.snapshot()
    done = cronjob.run("new", "cronjob", "nightly", *arguments)
    assert done.code == 2, done.text
    assert says in done.err
    assert cronjob.snapshot() == before


def test_a_key_with_dots_and_no_quotes(empty: Repo) -> None:
    done = empty.run("new", "service", "a", "--set", "image=a/b", "--set", "labels.example.org/team=web")
    assert done.code == 2
    assert done.err.splitlines()[1].strip() == "write --set 'labels.\"example.org/team\"=web'"
    empty.ok("new", "service", "a", "--set", "image=a/b", "--set", 'labels."example.org/team"=web')
    assert "tags must be text" in empty.run("new", "service", "b", "--set", "image=a/b", "--set", "tags.glob=x").err


def test_unknown_templates(cronjob: Repo) -> None:
    assert "did you mean 'cronjob'?" in cronjob.run("new", "cronjb", "x").err
    assert cronjob.run("new", "../x", "x").code == 2


def test_where_units_go(cronjob: Repo) -> None:
    write(cronjob, "plain", {**FILES, "cookiecutter.json": '{"_extensions": ["generator.encode.Encoders"]}'})
    write(cronjob, "top", {**FILES, "cookiecutter.json": '{"_extensions": ["generator.encode.Encoders"], "_dir": "."}'})
    for template, folder in (("cronjob", "jobs/a"), ("plain", "plain/a"), ("top", "a")):
        cronjob.ok("new", template, "a", "--set", "schedule=x")
        assert cronjob.has(f"{folder}/scaffold.yaml"), template
    cronjob.ok("new", "plain", "b", "--set", "schedule=x", "--dir", "c/d")
    assert cronjob.has("c/d/scaffold.yaml")
    cronjob.ok("template", "copy", "service", "web")
    cronjob.edit(".scaffold/templates/web/cookiecutter.json", '"_workflow"', '"_dir": "apps", "_workflow"')
    cronjob.ok("new", "web", "one", "--set", "image=a/b", "--set", "tag=v1")
    cronjob.ok("new-service", "two", "--image", "a/b:v1", "--template", "web")
    assert cronjob.has("apps/one/scaffold.yaml")
    assert cronjob.has("apps/two/scaffold.yaml")


def test_a_conflict_is_settled_by_the_printed_command(cronjob: Repo) -> None:
    cronjob.write("jobs/nightly/cronjob.yaml", "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: other}\n")
    done = cronjob.run(*NEW)
    assert done.code == 1
    assert "scaffold new cronjob nightly --set 'schedule=0 3 * * *' --theirs" in done.err
    assert not cronjob.has(SPEC)
    cronjob.ok(*NEW, "--theirs")


def test_a_terminal_is_asked_for_what_is_required(cronjob: Repo) -> None:
    child = pexpect.spawn(
        sys.executable,
        ["-m", "generator", "new", "cronjob", "nightly"],
        cwd=str(cronjob.root),
        encoding="utf-8",
        timeout=60,
    )
    child.expect(r"schedule \(When it runs, such as 0 3 \* \* \*\.\):")
    child.sendline("0 4 * * *")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert 'schedule: "0 4 * * *"\n' in cronjob.read(SPEC)


def test_a_service_by_new_is_that_of_its_command(empty: Repo) -> None:
    empty.ok("new-service", "shop", "--image", "ghcr.io/example/shop", "--tag", "v1.2.3", "--port", "9000")
    first = empty.snapshot()
    for path in sorted(first):
        if path.startswith("services/"):
            (empty.root / path).unlink()
    empty.ok(
        "new", "service", "shop", "--set", "image=ghcr.io/example/shop", "--set", "tag=v1.2.3", "--set", "port=9000"
    )
    assert empty.snapshot() == first


# --- types ------------------------------------------------------------------------------------------------------------

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zl", "Zp", "Cn"]), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
ODD = ["", "null",
       "~", "true", "no", "1", "1.10", "0x1f", "1e3", ".inf", "[a", "{", "- a", "a: b", "a #b", "'q'", '"q"',
       "&a", "*a", "!x", "@", "%", "0o17", "2026-11-29", "=", "<<", "a\nb"]  # fmt: skip
# A schema, the texts of --set for it, and the value that the spec then has.
CASES = st.one_of(
    (TEXTS | st.sampled_from(ODD)).map(lambda text: ({"type": "string"}, text, text)),
    TEXTS.filter(lambda one: one != "null").map(lambda text: ({"type": ["string", "null"]}, text, text)),
    st.just(({"type": ["string", "null"]}, "null", None)),
    st.integers(-(10**15), 10**15).map(lambda one: ({"type": "integer"}, str(one), one)),
    st.floats(-1e6, 1e6).map(lambda one: ({"type": "number"}, repr(one), one)),
    st.booleans().map(lambda one: ({"type": "boolean"}, json.dumps(one, ensure_ascii=False), one)),
    st.integers(0, 9999).map(lambda one: ({"type": ["string", "integer"]}, str(one), one)),
    st.sampled_from(["http", "1.5", "yes", "a: b", "[a", "1e"]).map(
        lambda one: ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, one, one)
    ),
    st.integers(0, 9999).map(lambda one: ({"type": ["string", "integer"]}, f'"{one}"', str(one))),
    JSON.map(lambda one: ({}, json.dumps(one, ensure_ascii=False), one)),
    st.lists(JSON, max_size=3).map(lambda one: ({"type": "array"}, json.dumps(one, ensure_ascii=False), one)),
    st.dictionaries(TEXTS, JSON, max_size=3).map(
        lambda one: ({"type": "object"}, json.dumps(one, ensure_ascii=False), one)
    ),
    st.sampled_from(ODD).map(lambda one: ({"enum": ODD}, one, one)),
)


@settings(max_examples=300, deadline=None)
@given(CASES)
def test_a_value_has_the_type_of_the_schema(case: tuple[dict[str, Any], str, Any]) -> None:
    schema, text, wanted = case
    whole = json.dumps({"properties": {"x": schema}, "$defs": {"y": schema}})
    for known in (whole, json.dumps({"properties": {"x": {"$ref": "#/$defs/y"}}, "$defs": {"y": schema}})):
        found = value_types.typed_value_of([known], ("x",), text, "--set")
        assert (type(found), found) == (type(wanted), wanted)


@settings(max_examples=200, deadline=None)
@given(st.lists(TEXTS.filter(bool), min_size=1, max_size=4), st.lists(st.integers(0, 9), max_size=2), TEXTS)
def test_a_path_is_read_as_it_is_written(keys: list[str], items: list[int], value: str) -> None:
    where = (*keys, *items)
    text = f"{assignments.assignment_path(where)}={value}"
    assert assignments.read_assignment(text) == (where, value)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_an_assignment_or_refused(text: str) -> None:
    try:
        where, value = assignments.read_assignment(text)
    except Invalid:
        return
    assert text.endswith(f"={value}")
    assert all(isinstance(one, int) or one is not None for one in where)


@settings(max_examples=6, deadline=None)
@given(st.lists(CASES, min_size=20, max_size=20))
def test_the_written_spec_has_the_values(tmp_path_factory: pytest.TempPathFactory, cases: list[Any]) -> None:
    """The whole way: the spec as another YAML library reads it, and the values as the template gets them."""
    root = tmp_path_factory.mktemp("typed")
    repo = Repo(root)
    (root / ".scaffold").mkdir()
    repo.write(".scaffold/config.yaml", "")
    properties = {f"k{number}": schema for number, (schema, _, _) in enumerate(cases)}
    schema = {**SCHEMA, "required": [], "properties": {**SCHEMA["properties"], **properties}}  # type: ignore[dict-item]
    text = "{{ cookiecutter | tojson }}"
    write(repo, "typed", {**FILES, "schema.json": json.dumps(schema), f"{INNER}/cronjob.yaml": text})
    options = [part for number, (_, text, _) in enumerate(cases) for part in ("--set", f"k{number}={text}")]
    repo.ok("new", "typed", "x", *options)
    spec = read(repo.read("jobs/x/scaffold.yaml"))
    wanted = {f"k{number}": value for number, (_, _, value) in enumerate(cases)}
    assert {key: spec[key] for key in wanted} == wanted
    assert {key: type(spec[key]) for key in wanted} == {key: type(one) for key, one in wanted.items()}


@pytest.mark.parametrize(
    ("path", "name", "file"),
    [
        ("{{cookiecutter.schedule}}/more.yaml", "CronJob.YAML/more.yaml", "cronjob.yaml"),
        ("{{cookiecutter.schedule}}/more.yaml", "nightly/more.yaml", ""),
        ("{{cookiecutter.schedule}}/more.yaml", "cronjob.yaml/more.yaml", "cronjob.yaml"),
        ("{{cookiecutter.schedule}}/more.yaml", "scaffold.yaml/more.yaml", "scaffold.yaml"),
        ("{{cookiecutter.schedule}}/a/b.yaml", "scaffold.lock/a/b.yaml", "scaffold.lock"),
    ],
)
def test_no_file_is_the_folder_of_another(empty: Repo, path: str, name: str, file: str) -> None:
    """Nothing is written of a unit whose files cannot all be there."""
    write(empty, "cronjob", {**FILES, f"{INNER}/{path}": "a: 1\n"})
    before = empty.snapshot()
    arguments = ("new", "cronjob", "nightly", "--set", f"schedule={name.partition('/')[0]}")
    if not file:
        empty.ok(*arguments)
        assert empty.has(f"jobs/nightly/{name}")
        return
    done = empty.run(*arguments)
    assert done.code == 2
    assert f"the template cronjob renders '{name}', but '{file}' is a file, and not a folder" in done.err
    assert empty.snapshot() == before
    empty.write(SPEC, f"template: cronjob\nname: nightly\nschedule: {name.partition('/')[0]}\n")
    assert {empty.run(one).code for one in ("diff", "regenerate")} == {2}
    assert not empty.has("jobs/nightly/cronjob.yaml")


def test_the_check_of_a_template_finds_a_file_that_is_a_folder(empty: Repo) -> None:
    files = {path: text for path, text in FILES.items() if path != f"{INNER}/cronjob.yaml"}
    twins = {f"{INNER}/{{{{cookiecutter.name}}}}.yaml": "a: 1\n", f"{INNER}/a.yaml/more.yaml": "a: 1\n"}
    write(empty, "cronjob", {**files, **twins, "examples/a.yaml": EXAMPLE})
    done = empty.run("template", "check", "cronjob")
    assert done.code == 1
    assert "'a.yaml' is a file, and not a folder" in done.out
