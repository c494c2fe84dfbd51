"""Specs as folders: invalid ones with the messages they get, valid ones with the files they render to.

Where a change of what is generated is wanted: ``UPDATE_CASES=1 pytest tests/specs/test_spec_cases.py``; read the diff.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from generator import assets, config, render, report, schema, spec
from generator.errors import Invalid
from generator.file_places import relocated
from generator.template import load_template

CASES = Path(__file__).parents[1] / "cases"


def rendered(folder: Path) -> render.Rendered:
    own = folder / "config.yaml"
    settings = config.parse_config(own.read_text("utf-8") if own.exists() else "")
    read = spec.parse_spec((folder / "scaffold.yaml").read_bytes().decode("utf-8", "surrogateescape"), "scaffold.yaml")
    template = load_template(read.template, None, "scaffold.yaml")
    behaviour = template.behaviour
    values = spec.values(
        read, settings, template.schema, behaviour.all_faults("units/one"), nullable=behaviour.nullable
    )
    made = render.render(template, values, "scaffold.yaml", "units/one")
    spec.refuse_faults(behaviour.object_faults(values, made.tree, settings.kubernetes), read, settings)
    return relocated(made, template.behaviour.places(values))


@pytest.mark.parametrize("folder", sorted((CASES / "spec/invalid").iterdir()), ids=lambda one: one.name)
def test_an_invalid_spec_is_told_why(folder: Path) -> None:
    with pytest.raises(Invalid) as raised:
        rendered(folder)
    told = "\n".join(report.problem_text(problem) for problem in raised.value.problems)
    for message in (folder / "messages.txt").read_text("utf-8").splitlines():
        assert message in told


@pytest.mark.parametrize("folder", sorted((CASES / "render").iterdir()), ids=lambda one: one.name)
def test_a_valid_spec_renders(folder: Path) -> None:
    # What lies outside the unit's folder, its workflow, is kept in a folder of its own here.
    tree = {f"root{path}" if path.startswith("/") else path: text for path, text in rendered(folder).tree.items()}
    expected = folder / "expected"
    if os.environ.get("UPDATE_CASES"):
        shutil.rmtree(expected, ignore_errors=True)
        for path, text in tree.items():
            (expected / path).parent.mkdir(parents=True, exist_ok=True)
            (expected / path).write_bytes(text.encode("utf-8"))
    files = (one for one in expected.rglob("*") if one.is_file())
    assert tree == {one.relative_to(expected).as_posix(): one.read_bytes().decode("utf-8") for one in files}


@pytest.mark.parametrize(
    ("lines", "taken"),
    [
        # Containers: RFC 1123 label, here 59 characters since Flux's annotation holds the name.
        ("container: '2048'", True),
        ("container: 0a", True),
        ("container: a-b", True),
        ("container: '-a'", False),
        ("container: a-", False),
        ("container: a.b", False),
        ("container: A", False),
        # Variables: letters, digits, '_', '-' and '.'; not first a digit, not '.' or '..', not first '..'.
        ("env: {my.var-x: a}", True),
        ("env: {.x: a}", True),
        ("env: {-x: a}", True),
        ("env: {'1x': a}", False),
        ("env: {'..': a}", False),
        ("env: {'..x': a}", False),
        ("env: {'a b': a}", False),
        # Quantities.
        ("resources: {limits: {memory: 1.5Gi}}", True),
        ("resources: {limits: {memory: '1e9'}}", True),
        ("resources: {limits: {memory: 1G}}", True),
        ("resources: {limits: {memory: 500000Ki}}", True),
        ("resources: {limits: {memory: 1000000ki}}", False),
        ("resources: {limits: {memory: 1000000K}}", False),
        ("resources: {limits: {memory: 1gi}}", False),
        # A Service's name is an RFC 1035 label, a Namespace's an RFC 1123 label.
        ("namespace: {name: 2048}", False),
        ("namespace: {name: '2048'}", True),
    ],
)
def test_names_and_quantities_as_kubernetes_takes_them(lines: str, taken: bool) -> None:
    read = spec.parse_spec(f"template: service\nname: x\nimage: a/b\ntag: 1.2.3\n{lines}\n", "scaffold.yaml")
    problems = schema.schema_problems(read.node, read.data, assets.schema_text("service"), "scaffold.yaml")
    assert not problems if taken else problems


@pytest.mark.parametrize(
    ("image", "taken"),
    [
        ("a.b/c", True), ("a..b/c", False), ("a-b.c/d", True), ("a-.b/c", False), ("a.-b/c", False), ("-a.b/c", False),
        ("Foo/bar", True), ("foo/Bar", False), ("localhost:5000/a", True), ("1.2/a", True), ("a.b:/c", False),
        ("a__b/c", True), ("a___b/c", False),
    ],
)  # fmt: skip
def test_images_as_registries_take_them(image: str, taken: bool) -> None:
    read = spec.parse_spec(f"template: service\nname: x\nimage: {image}\ntag: 1.2.3\n", "scaffold.yaml")
    problems = schema.schema_problems(read.node, read.data, assets.schema_text("service"), "scaffold.yaml")
    assert (not problems) is taken


@pytest.mark.parametrize(
    ("registry", "taken"),
    [
        ("ghcr.io/x", True), ("a-.a", False), ("1..A", False), ("1.A", True), ("GHCR.io", True), ("ghcr.io/X", False),
        ("ghcr.io/a..b", False), ("ghcr.io/a__b", True), ("localhost:5000", True), ("ghcr.io/", False),
    ],
)  # fmt: skip
def test_registries_as_they_may_be(registry: str, taken: bool) -> None:
    text = f"template: service\nname: x\nimage: c\ntag: 1.2.3\nregistry: {registry}\n"
    read = spec.parse_spec(text, "scaffold.yaml")
    problems = schema.schema_problems(read.node, read.data, assets.schema_text("service"), "scaffold.yaml")
    assert (not problems) is taken
    if taken:
        assert config.parse_config(f"registry: {registry}\n").data["registry"] == registry
    else:
        with pytest.raises(Invalid, match="registry is"):
            config.parse_config(f"registry: {registry}\n")
