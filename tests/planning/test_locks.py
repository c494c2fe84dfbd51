"""A lock is what ``lock_text`` returns, or it is refused with its place: no value of a wrong type counts as another."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator import lock
from generator.digests import text_digest
from generator.errors import Invalid

from ..conftest import LOCK, SPEC, Repo
from ..specs.test_bad_input import refused

VALID = lock.Lock(
    "0" * 40,
    "1" * 40,
    "service",
    3,
    {
        "deploy/a.yaml": lock.Locked("a: 1\n", "deploy/a.yaml", 0o644, text_digest("a: 1\n")),
        "run.sh": lock.Locked("é\udcff", "run.sh", 0o755, text_digest("é\udcff")),
    },
)
WRONG = [
    None,
    True,
    False,
    0,
    1,
    -1,
    1.0,
    0.5,
    2**31,
    10**40,
    "",
    "x",
    "٣",
    "0o644",
    "a\nb",
    "\ud800",
    [],
    {},
    ["x"],
    [1],
    {"a": 1},
]


def places(data: Any, where: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield (*where, key)
        yield from places(value, (*where, key))


def put(data: Any, where: tuple[Any, ...], value: Any) -> None:
    for part in where[:-1]:
        data = data[part]
    data[where[-1]] = value


def test_what_is_dumped_is_read() -> None:
    assert lock.parse_lock(lock.lock_text(VALID), LOCK, "services/payments") == VALID


@pytest.mark.parametrize("where", list(places(json.loads(lock.lock_text(VALID)))), ids=str)
def test_a_wrong_value_anywhere_is_refused_or_is_what_dump_writes(where: tuple[Any, ...]) -> None:
    for value in WRONG:
        for ascii_only in (True, False):
            data = json.loads(lock.lock_text(VALID))
            put(data, where, value)
            text = json.dumps(data, ensure_ascii=ascii_only, indent=1) + "\n"
            if not ascii_only and "\ud800" in text:
                continue  # no file holds this
            try:
                read = lock.parse_lock(text, "x/scaffold.lock", "x")
            except Invalid as error:
                problems = error.problems
            else:
                problems = ()
                data["files"].sort(key=lambda one: one["path"])
                assert json.dumps({**json.loads(lock.lock_text(read)), "tool": data["tool"]}) == json.dumps(data)
            assert all(one.path == "x/scaffold.lock" and one.line >= 1 for one in problems)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_text_that_is_nearly_a_lock(data: st.DataObject) -> None:
    text = lock.lock_text(VALID)
    at = data.draw(st.integers(0, len(text)))
    odd = ("", "1e999", "NaN", "-", '"', "[", "\x00", "9" * 5000, "\udcff", '"a": 1,', "[" * 5000, "\\ud800", "٣")
    piece = data.draw(st.sampled_from(odd))
    changed = text[:at] + piece + text[at + data.draw(st.integers(0, 30)) :]
    try:
        read = lock.parse_lock(changed, "x/scaffold.lock", "x")
    except Invalid:
        return
    assert lock.parse_lock(lock.lock_text(read), "x/scaffold.lock", "x") == read
    lock.lock_text(read).encode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"version": 1', '"version": true', "template.version is not a non-negative integer"),
        ('"version": 1', '"version": 1.0', "template.version is not a non-negative integer"),
        ('"version": 1', '"version": "1"', "template.version is not a non-negative integer"),
        ('"version": 1', '"version": -1', "template.version is not a non-negative integer"),
        ('"version": 1', '"version": 1e999', "template.version is not a non-negative integer"),
        ('"version": 1', '"version": NaN', "NaN is not a valid JSON number"),
        ('"version": 1', f'"version": {"9" * 5000}', "is broken"),
        ('"format": 1', '"format": 1.0', "it has no valid format"),
        ('"format": 1', '"format": true', "it has no valid format"),
        ('"tool": "', '"tool": 1, "old": "', "old is an unknown key"),
        ('"tool": "', '"old": "', "has no tool"),
        ('"inputs": "', '"inputs": "x', "inputs is not a digest"),
        ('"mode": "644"', '"mode": "0644"', "files[0].mode is neither"),
        ('"mode": "644"', '"mode": 420', "files[0].mode is neither"),
        ('"origin": "', '"origin": null, "more": "', "is an unknown key"),
        ('"text": [', '"text": [1,', "files[0].text[0] is not text"),
        ('"text": [', '"text": ["a\\nb",', "files[0].text has a line with a line break in it"),
        ('"text": [', '"text": ["\\ud800",', "files[0].text has a character that cannot be stored in a file"),
    ],
)
def test_every_command_tells_of_it(repo: Repo, old: str, new: str, says: str) -> None:
    text = repo.read(LOCK)
    version = json.loads(text)["template"]["version"]
    old = old.replace('"version": 1', f'"version": {version}')
    assert old in text
    repo.edit(SPEC, "image:", "replicas: 2\nimage:")
    repo.write(LOCK, text.replace(old, new, 1))
    for command in (("diff",), ("regenerate",), ("status",)):
        done = refused(repo, *command)
        assert says in done.err
        assert f"{LOCK}:" in done.err
    done = repo.run("validate")
    assert done.code == 1
    assert says in done.out


PERSONS = ".github/workflows/person.yaml"
OF_OTHERS = [
    (".github", "workflows/services-payments.yaml", ".github/workflows/services-payments.yaml"),
    (".github", "Workflows/services-payments.yaml", ".github/workflows/services-payments.yaml"),
    (".github", "workflows/person.yaml", PERSONS),
    (".", ".gitattributes", ".gitattributes"),
    (".", ".gitignore", ".gitignore"),
    (".", ".github/workflows/person.yaml", PERSONS),
]


@pytest.mark.parametrize(("unit", "path", "place"), OF_OTHERS, ids=str)
def test_what_others_own_is_not_deleted_by_a_lock(empty: Repo, unit: str, path: str, place: str) -> None:
    empty.ok("init", "--ci-install", "scaffold-config==0.1.0")
    empty.ok("new-service", "payments", "--image", "ghcr.io/example/payments:master-1", "--workflow")
    empty.write(PERSONS, "on: push\n")
    if unit == ".":
        empty.ok("new-service", "top", "--image", "ghcr.io/example/top:master-1", "--dir", ".")
    name = "scaffold.lock" if unit == "." else f"{unit}/scaffold.lock"
    data = json.loads(empty.read(name))
    text = empty.read(place)
    one = {**data["files"][0], "path": path, "digest": text_digest(text), "text": text.split("\n")}
    empty.write(name, json.dumps({**data, "inputs": "0" * 40, "files": [*data["files"], one]}))
    assert ", which " in refused(empty, "regenerate").err
    assert empty.read(place) == text


def test_thousands_of_bad_paths_are_told_in_a_few_lines(repo: Repo) -> None:
    data = json.loads(repo.read(LOCK))
    bad = [{**data["files"][0], "path": f"../{number}", "text": [""]} for number in range(30_000)]
    repo.write(LOCK, json.dumps({**data, "files": bad}, indent=1))
    done = refused(repo, "diff")
    assert "names 29990 more paths that are not allowed" in done.err
    assert len(done.err.splitlines()) < 50


@pytest.mark.parametrize("piece", ['{"":{}},', "[[]],"])
def test_a_lock_of_very_many_parts_is_refused_before_it_is_read(repo: Repo, piece: str) -> None:
    count = 16_000_000 // len(piece)
    repo.write(LOCK, '{"format":1,"files":[' + piece * count + "1]}")
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    script = "import resource,subprocess,sys; code=subprocess.call([sys.executable,'-m','generator','diff']);" + (
        f"print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // {unit}); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=repo.root, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 2
    assert "brackets and braces" in done.stderr
    assert int(done.stdout.split()[-1]) < 300
