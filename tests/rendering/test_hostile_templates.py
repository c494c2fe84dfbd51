"""Templates and schemas of a repository that mean harm: one unit is refused, with exit 2, and the others are done."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Repo
from tests.support import forks

SECONDS = 60  # what one hostile unit may hold a command for, on a machine that has much else to do
BASE = ".scaffold/templates/evil"
INNER = f"{BASE}/{{{{cookiecutter.name}}}}"
SCHEMA: dict[str, Any] = {"type": "object", "properties": {"template": {}, "name": {"type": "string"}}}
COMMANDS = (("diff",), ("regenerate",), ("status",), ("validate",), ("list",))


def template(repo: Repo, text: str = "a: 1\n", name: str = "evil", **files: str) -> None:
    base = f".scaffold/templates/{name}"
    whole = {"version": "1\n", "cookiecutter.json": "{}", "schema.json": json.dumps(SCHEMA), **files}
    for path, content in whole.items():
        repo.write(f"{base}/{path}", content)
    repo.write(f"{base}/{{{{cookiecutter.name}}}}/file.yaml", text)


def unit(repo: Repo, folder: str, of: str = "evil", **values: Any) -> None:
    repo.write(f"{folder}/scaffold.yaml", json.dumps({"template": of, "name": "x", **values}))


@pytest.fixture(autouse=True)
def real_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    """How the process of templates is started, and what it may do then, is what is tested here."""
    monkeypatch.setattr(forks, "real_templates", True)


@pytest.fixture
def pair(empty: Repo) -> Repo:
    """A repository with a unit of a template that is to be hostile, and one of a good template."""
    template(empty)
    template(empty, "b: {{ cookiecutter.name | yaml }}\n", "good")
    unit(empty, "bad")
    unit(empty, "fine", "good")
    return empty


def refused(repo: Repo, *about: str) -> None:
    """Check that regenerate refuses the bad unit alone, in time, and says why."""
    begun = time.monotonic()
    done = repo.run("regenerate")
    assert time.monotonic() - begun < SECONDS
    assert done.code == 2, done.text
    assert "bad/scaffold.yaml" in done.err
    for one in about:
        assert one in done.err, done.err
    assert repo.read("fine/file.yaml") == "b: x\n"
    assert not repo.has("bad/file.yaml")


@pytest.mark.parametrize(
    "name", ["{secret}", "../../../../../../../../{secret}", "../pins.json", ".", "..", "", "kind.mk/"]
)
def test_a_filter_opens_nothing_but_what_is_shared(pair: Repo, tmp_path: Path, name: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    template(pair, f"a: {{{{ {name.format(secret=secret)!r} | shared }}}}\n")
    done = pair.run("diff")
    assert done.code == 2
    assert "hunter2" not in done.text
    refused(pair, "unknown shared text")


def test_a_shared_text_is_there(pair: Repo) -> None:
    template(pair, "{{ 'kind.mk' | shared }}\n")
    pair.ok("regenerate")
    assert "kind" in pair.read("bad/file.yaml")


LOOP = "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}" + (
    "{% endfor %}{% endfor %}"
)
GROWING = "{% set n = namespace(a=START) %}{% for i in range(99) %}{% set n.a = STEP %}{% endfor %}{{ n.a }}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (LOOP, "needs more than"),
        ("{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}", "evil"),
        (GROWING.replace("START", "'x'").replace("STEP", "n.a ~ n.a"), "memory"),
        (GROWING.replace("START", "[1]").replace("STEP", "n.a + n.a"), "memory"),
        (GROWING.replace("START", "'aa'").replace("STEP", "n.a | replace('a', 'aaaa')"), "memory"),
        (GROWING.replace("START", "[1]").replace("STEP", "[n.a, n.a]"), "evil"),
        ("{{ 'x' * 10 ** 9 }}", "cannot render"),
        ("{{ [1] * 999999999 }}", "cannot render"),
        ("{{ 9 ** (9 ** 9) }}", "cannot render"),
        ("{{ '%999999999d' % 1 }}", "cannot render"),
        ("{{ '%999999999d' | format(1) }}", "cannot render"),
        ("{{ '{:999999999}'.format(1) }}", "cannot render"),
        ("{{ 'x'.ljust(999999999) }}", "cannot render"),
        ("{{ 'x' | center(999999999) }}", "cannot render"),
        ("{{ 'a\nb' | indent(999999999) }}", "cannot render"),
        ("{{ range(10 ** 7) | list }}", "cannot render"),
        ("{{ lipsum(n=5) }}", "lipsum"),
        ("{{ [1, 2] | random }}", "random"),
        ("{% include '/etc/passwd' %}", "no loader"),
        ("{% import '../cookiecutter.json' as a %}", "no loader"),
        ("{% extends 'file.yaml' %}", "no loader"),
        ("{{ cookiecutter.__class__.__mro__ }}", "cannot render"),
        ("{{ ''.__class__ }}", "cannot render"),
        ("{{ ('' | attr('format'))('{0.__class__}') }}{{ '{0.__class__}'.format(1) }}", "cannot render"),
        ("{{ 'x' | image_pin }}", "cannot render"),
        ("{{ [] | image_pin }}", "cannot render"),
        ("{{ 1 | version }}", "cannot render"),
        ("{{ cookiecutter | alerting_values }}", "cannot render"),
        ("{{ 1 | alerting_values }}", "cannot render"),
        ("{{ 1 | containers }}{{ 1 | nodes }}", "cannot render"),
        ("{{ none | spec_of }}", "cannot render"),
        ("{{ 3 | slug }}", "cannot render"),
        ("{{ 3 | git_paths }}", "cannot render"),
        ("{{ {} | yaml }}", "cannot render"),
        ("{{ 'a\nb' | yaml_block('x') }}", "cannot render"),
        ("{{ 1 // 0 }}", "cannot render"),
        ("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", "evil"),
        ("{% if 1 %}" * 300 + "{% endif %}" * 300, "evil"),
        ("{{ '\\ud800' }}", "not UTF-8"),
        ("{{ nothing }}", "is undefined"),
        ("{% for %}", "cannot render"),
    ],
    ids=lambda one: str(one)[:40],
)
def test_a_template_that_means_harm(pair: Repo, text: str, reason: str) -> None:
    template(pair, f"{text}\n")
    refused(pair, "the template evil", reason)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one[0])
def test_an_endless_template_holds_no_command(pair: Repo, command: tuple[str, ...]) -> None:
    template(pair, LOOP)
    begun = time.monotonic()
    done = pair.run(*command)
    assert time.monotonic() - begun < SECONDS
    if command[0] not in {"list", "validate"}:  # those render nothing
        assert done.code == 2
        assert "bad/scaffold.yaml:1:1: the template evil needs more than 5 s for this spec" in done.err


BOMB = {
    **SCHEMA,
    "$defs": {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(40)} | {"d40": {"type": "object"}},
    "$ref": "#/$defs/d0",
}


@pytest.mark.parametrize("command", [("diff",), ("regenerate",), ("status",), ("validate",)], ids=lambda one: one[0])
def test_a_schema_of_many_references_holds_no_command(pair: Repo, command: tuple[str, ...]) -> None:
    pair.write(f"{BASE}/schema.json", json.dumps({**BOMB, "required": ["never"]}))
    begun = time.monotonic()
    done = pair.run(*command)
    assert time.monotonic() - begun < SECONDS
    assert done.code in {1, 2}
    assert "bad/scaffold.yaml" in done.text


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"properties": {"name": {"pattern": "^(a+)+$"}}}, "name is"),
        ({"properties": {"name": {"pattern": "(?=a)^(?:(a)\\1?)+$"}}}, "name is"),
        ({"propertyNames": {"pattern": "^(?:a+a)+$"}}, "has the key"),
        ({"patternProperties": {"^(?:e+e)+$|name": {"type": "integer"}}}, "name must be"),
        ({"properties": {"name": {"pattern": "("}}}, "schema.json"),
        ({"properties": {"name": {"pattern": "((a{1000}){1000}){1000}"}}}, "schema.json"),
        ({"properties": {"name": {"$ref": "https://example.org/x.json"}}}, "schema.json"),
        ({"properties": {"name": {"$ref": "file:///etc/passwd"}}}, "schema.json"),
        ({"properties": {"name": {"$ref": "#/$defs/none"}}}, "schema.json"),
        ({"properties": {"name": {"type": "nothing"}}}, "schema.json"),
        ({"properties": {"name": 3}}, "schema.json"),
        ({"properties": []}, "schema.json"),
        ([], "schema.json"),
        (True, "schema.json"),
        ({"$ref": "#"}, "evil"),
        ({"properties": {"name": {"type": "integer", "description": {"a": 1}}}}, "schema.json"),
        ({"properties": {"n": {"multipleOf": 1e-300}}}, "evil"),
    ],
    ids=lambda one: str(one)[:50],
)
def test_a_schema_that_means_harm(pair: Repo, schema: Any, reason: str) -> None:
    pair.write(f"{BASE}/schema.json", json.dumps(schema))
    more = {"n": 1e300} if "multipleOf" in json.dumps(schema) else {}
    unit(pair, "bad", **{**more, "name": "a" * 50 + "b", "e" * 40 + "f": 1})
    begun = time.monotonic()
    done = pair.run("regenerate")
    assert time.monotonic() - begun < SECONDS
    assert pair.read("fine/file.yaml") == "b: x\n"
    if '"$ref": "#"' in json.dumps(schema) or more:  # may be taken as it is
        assert done.code in {0, 2}
        return
    assert done.code == 2, done.text
    assert "bad/scaffold.yaml" in done.err
    assert reason in done.err


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"required": ["z"], "properties": {"z": True}}, "bad/scaffold.yaml:1:1: z is missing"),
        ({"properties": {"name": {"anyOf": [False]}}}, "bad/scaffold.yaml:1:"),
        (
            {
                "properties": {"template": {}, "name": {}},
                "patternProperties": {"^a": {}},
                "additionalProperties": False,
            },
            "'b'",
        ),
    ],
    ids=lambda one: str(one)[:40],
)
def test_a_valid_schema_of_any_form_tells_what_is_wrong(pair: Repo, schema: Any, told: str) -> None:
    pair.write(f"{BASE}/schema.json", json.dumps(schema))
    unit(pair, "bad", abc=1, b=2)
    done = pair.run("diff")
    assert done.code == 2
    assert told in done.err
    assert "object has no" not in done.err
    assert "out of range" not in done.err
    assert "'abc'" not in done.err


@pytest.mark.parametrize(
    ("path", "content", "reason"),
    [
        ("cookiecutter.json", "[]", "not a map"),
        ("cookiecutter.json", '{"a": 1e999}', "cookiecutter.json"),
        ("cookiecutter.json", '{"a": NaN}', "cookiecutter.json"),
        ("cookiecutter.json", '{"a": ' + "9" * 5000 + "}", "cookiecutter.json"),
        ("cookiecutter.json", '{"a": ' + "[" * 30000 + "]" * 30000 + "}", "nested too deep"),
        ("cookiecutter.json", '{"a": ' + "[" * 100 + "]" * 100 + "}", "nested deeper"),
        ("cookiecutter.json", '{"a": "' + "x" * 70000 + '"}', "more than"),
        ("cookiecutter.json", '{"_once": 3}', "_once"),
        ("cookiecutter.json", '{"_once": [3]}', "_once"),
        ("cookiecutter.json", '{"_extensions": "x"}', "_extensions"),
        ("cookiecutter.json", '{"_extensions": [{}]}', "_extensions"),
        ("cookiecutter.json", '{"_extensions": ["jinja2.ext.debug"]}', "may not have extensions other than"),
        ("cookiecutter.json", '{"_jinja2_env_vars": 3}', "_jinja2_env_vars"),
        ("cookiecutter.json", '{"_jinja2_env_vars": {"line_comment_prefix": ""}}', "line_comment_prefix"),
        ("cookiecutter.json", '{"_jinja2_env_vars": {"line_statement_prefix": " "}}', "line_statement_prefix"),
        ("cookiecutter.json", '{"_jinja2_env_vars": {"block_start_string": ""}}', "block_start_string"),
        ("cookiecutter.json", '{"_jinja2_env_vars": {"block_start_string": "{{"}}', "one delimiter twice"),
        ("cookiecutter.json", '{"_jinja2_env_vars": {"loader": "x"}}', "loader"),
        ("cookiecutter.json", '{"_jinja2_env_vars": {"trim_blocks": 3}}', "trim_blocks"),
        ("version", "x", "version"),
        ("version", "-1", "version"),
        ("version", "9" * 5000, "version"),
        ("version", "٣", "version"),
        ("schema.json", '{"properties": {"a": {"default": 1e999}}}', "schema.json"),
        ("schema.json", '{"a":' * 20000 + "1" + "}" * 20000, "nested too deep"),
        ("schema.json", "{", "schema.json"),
        ("{{cookiecutter.name}}/other.yaml", "\udcff", "not UTF-8"),
        ("hooks/pre.py", "", "a link or hook"),
        ("{{cookiecutter.other}}/x", "", "exactly one"),
    ],
    ids=lambda one: str(one)[:50],
)
def test_a_template_that_cannot_be_read_or_used(pair: Repo, path: str, content: str, reason: str) -> None:
    pair.write(f"{BASE}/{path}", content)
    refused(pair, "the template evil", reason)


def test_a_template_with_a_name_that_is_not_utf8(pair: Repo) -> None:
    try:
        (pair.root / INNER / os.fsdecode(b"a\xff")).write_text("a: 1\n")
    except OSError as error:
        pytest.skip(f"this file system has only names of UTF-8: {error.strerror}")
    refused(pair, "not UTF-8")


def test_a_template_with_a_fifo_or_a_link(pair: Repo) -> None:
    os.mkfifo(pair.root / INNER / "fifo")
    refused(pair, "is not a regular file")
    (pair.root / INNER / "fifo").unlink()
    (pair.root / INNER / "link").symlink_to("/etc/passwd")
    refused(pair, "a link or hook")


def test_a_template_that_is_too_large(pair: Repo) -> None:
    for number in range(3):
        pair.write(f"{INNER}/{number}", "x" * (3 << 20))
    refused(pair, "larger than")


@pytest.mark.skipif(
    os.geteuid() == 0 and shutil.which("setpriv") is None, reason="root reads everything, and setpriv is not here"
)
def test_a_folder_that_cannot_be_listed_deletes_nothing(pair: Repo) -> None:
    pair.write(f"{INNER}/sub/more.yaml", "c: 1\n")
    pair.ok("regenerate")
    held = ["setpriv", "--inh-caps=-all", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    (pair.root / INNER / "sub").chmod(0)
    try:
        done = subprocess.run(
            [*held, sys.executable, "-m", "generator", "regenerate"],
            cwd=pair.root,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
    finally:
        (pair.root / INNER / "sub").chmod(0o755)
    assert done.returncode == 2, done.stderr
    assert f"{INNER}/sub" in done.stderr
    assert "Permission denied" in done.stderr
    assert pair.has("bad/sub/more.yaml")


@pytest.mark.parametrize(
    "requires", [">=" + "9" * 5000, "~=" + "1." * 5000 + "1", ">=1" + "!1" * 1000, "===" + "a" * 5000, ">" * 300]
)
def test_a_range_of_versions_that_means_harm(empty: Repo, requires: str) -> None:
    empty.write(".scaffold/config.yaml", f"requires: {json.dumps(requires)}\n")
    done = empty.run("diff")
    assert done.code == 2
    assert "requires" in done.err


GLOBS = ["*a" * 100 + "b", "*" * 200 + "b", "*?" * 100 + "b", "*[ab]" * 40 + "c", "[!a]*" * 40, "[z-a]*[", "\\\\*" * 60]


@pytest.mark.parametrize("glob", GLOBS, ids=lambda one: one[:8])
def test_a_glob_that_backtracks_holds_no_command(repo: Repo, glob: str) -> None:
    config = repo.read(".scaffold/config.yaml")
    files = json.dumps({f"{glob}": "once", f"{glob}deployment": "never"})
    repo.write(".scaffold/config.yaml", f"{config}files: {files}\nhold:\n  service: [{json.dumps(glob)}]\n")
    begun = time.monotonic()
    done = repo.run("diff")
    assert time.monotonic() - begun < SECONDS
    assert done.code in {0, 1}, done.text


def test_a_copy_of_ours_with_values_of_other_types(empty: Repo) -> None:
    """Checks of ours rest on our schema, and a template of that name may have another one."""
    for name, source in (("service", "services/a"), ("e2e", "e2e/b"), ("alerting", "alerting")):
        template(empty, "a: 1\n", name, **{"schema.json": "{}"})
        unit(empty, source, name, sidecars=3, resources=[], kubernetes=1, paths={}, workflow=True, install=2, e2e=1)
    template(empty, "b: {{ cookiecutter.name | yaml }}\n", "good")
    unit(empty, "fine", "good")
    for command in (("diff",), ("regenerate",), ("status",), ("list",), ("list", "--format", "github-matrix")):
        done = empty.run(*command)
        assert done.code in {0, 1, 2}, done.text
    assert empty.read("fine/file.yaml") == "b: x\n"


def test_one_hostile_unit_among_many(pair: Repo) -> None:
    for number in range(19):
        unit(pair, f"units/n{number}", "good")
    template(pair, "{% if cookiecutter.name == 'x' %}" + LOOP + "{% endif %}a: 1\n")
    unit(pair, "calm", name="y")
    refused(pair, "needs more than 5 s")
    assert all(pair.read(f"units/n{number}/file.yaml") == "b: x\n" for number in range(19))
    assert pair.read("calm/file.yaml") == "a: 1\n"


def test_many_hostile_units_hold_no_run(pair: Repo) -> None:
    for number in range(12):
        unit(pair, f"units/n{number}")
    template(pair, LOOP)
    begun = time.monotonic()
    done = pair.run("regenerate")
    assert time.monotonic() - begun < 3 * SECONDS
    assert done.code == 2
    assert done.err.count("the template evil needs more than 5 s") < 5
    assert "the template evil is skipped" in done.err
    assert pair.read("fine/file.yaml") == "b: x\n"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one[0])
@pytest.mark.parametrize("pattern", ["^(?:a+a)+$", "^(?:a|a)*b$", "(?:x+x+)+y", "^(?:a+a)+$(?!x)", r"(a)\1"])
def test_a_policy_that_backtracks_holds_no_command(repo: Repo, command: tuple[str, ...], pattern: str) -> None:
    spec = repo.read("services/payments/scaffold.yaml")
    changed = "".join(line for line in spec.splitlines(keepends=True) if not line.startswith(("tag:", "tags:")))
    repo.write(
        "services/payments/scaffold.yaml", f"{changed}tag: {'a' * 60}c\ntags: {json.dumps('regexp:' + pattern)}\n"
    )
    begun = time.monotonic()
    done = repo.run(*command)
    assert time.monotonic() - begun < SECONDS
    assert done.code == (0 if command[0] == "list" else 1 if command[0] == "validate" else 2), done.text
    if command[0] != "list":
        assert "services/payments/scaffold.yaml" in done.text


def test_a_run_that_needed_much_memory_itself_can_start_templates() -> None:
    code = "x = b'x' * (500 << 20); del x; from generator.foreign.process import Process; Process().end()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
