"""What the rest of the package knows of the shipped templates: that there are some, and where to ask."""

from __future__ import annotations

import ast
import inspect
import json
import re
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from generator import assets, behaviour, template
from generator.cli import app
from generator.encode import Encoders

PACKAGE = Path(behaviour.__file__).parent
# These serve every template.
NAMES = sorted({*behaviour.names()} - {"automation"})  # also a key of specs
MODULES = [
    *(
        f"{one}.py"
        for one in ["assets", "behaviour", "config", "create", "encode", "matrix", "pipeline", "plan", "ready"]
    ),
    *(f"{one}.py" for one in ["kind_clusters", "render", "spec", "template", "cli/new", "cli/app", "cli/e2e_tests"]),
    *(f"{one}.py" for one in ["command_template", "option_problems", "route_target", "cli/cmd_init"]),
]


def test_every_template_has_a_behaviour_and_every_behaviour_a_template() -> None:
    assert behaviour.names() == assets.template_names()
    folders = {one.name for one in assets.folder("templates").iterdir()} - {"shared"}
    assert folders == set(behaviour.names())


@pytest.mark.parametrize("module", MODULES)
def test_no_module_names_a_template(module: str) -> None:
    tree = ast.parse((PACKAGE / module).read_text("utf-8"))
    docs = {
        id(one.body[0].value)
        for one in ast.walk(tree)
        if isinstance(one, ast.Module | ast.ClassDef | ast.FunctionDef)
        and one.body
        and isinstance(one.body[0], ast.Expr)
    }
    texts = [
        (one.lineno, one.value)
        for one in ast.walk(tree)
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and id(one) not in docs
    ]
    assert len(texts) > 3, "nothing was looked at"
    words = re.compile(rf"(?<![\w.-])(?:{'|'.join(NAMES)})(?![\w.-])")
    named = [(line, text) for line, text in texts if words.search(text)]
    # The folder of a workflow's test, where a template of a repository has no behaviour.
    assert [one for one in named if (module, one[1]) != ("render.py", "e2e")] == []
    imported = re.findall(r"^\s*(?:from|import) .*\bshipped\b.*", (PACKAGE / module).read_text("utf-8"), re.MULTILINE)
    assert imported == []


def filters_of(name: str) -> set[str]:
    """Return the filters that a template's files use."""
    found = template.load_template(name, None, "")
    environment = Environment(extensions=[Encoders], **found.settings.get("_jinja2_env_vars", {}))  # noqa: S701
    texts = [*found.sources, *found.sources.values()]
    return {one.name for text in texts for one in environment.parse(text).find_all(nodes.Filter)}


@pytest.mark.parametrize("name", behaviour.names())
def test_a_template_uses_only_filters_that_its_digest_covers(name: str) -> None:
    own, used = behaviour.of(name).filters(), filters_of(name)
    assert used
    for other in behaviour.names():
        assert used & set(behaviour.of(other).filters()) <= set(own)
    covered = behaviour.source(name)
    for one in used & set(own):
        module = Path(inspect.getfile(own[one]))
        assert PACKAGE / "shipped" not in module.parents or module.read_bytes() in covered


def test_no_two_templates_mean_different_filters_by_one_name() -> None:
    common = set(Environment(extensions=[Encoders]).filters)  # noqa: S701
    each = {pair for name in behaviour.names() for pair in behaviour.of(name).filters().items()}
    names = {name for name, _ in each}
    assert len(each) == len(names)
    assert names <= common
    assert not names & set(Environment().filters)  # noqa: S701


def test_no_two_commands_have_one_name() -> None:
    """Nor is one called as a command that belongs to no template; the help fails then, instead of hiding one."""
    each = [behaviour.of(name).command for name in behaviour.names() if behaviour.of(name).command]
    assert len({*each, *app._COMMANDS}) == len(each) + len(app._COMMANDS)
    assert set(each) <= set(app.command_names())


@pytest.mark.parametrize("name", behaviour.names())
def test_every_template_has_a_schema(name: str) -> None:
    schema = json.loads(assets.schema_text(name))
    assert schema["properties"]["template"]["const"] == name
    settings = json.loads((assets.folder("templates") / name / "cookiecutter.json").read_text("utf-8"))
    assert {key for key in settings if not key.startswith("_")} <= set(schema["properties"])


def test_a_behaviour_that_is_not_there_does_nothing() -> None:
    assert behaviour.of("nothing") is behaviour.NONE
    assert behaviour.of("__init__") is behaviour.NONE
    assert behaviour.of("") is behaviour.NONE


@pytest.mark.parametrize("name", behaviour.names())
def test_the_sources_that_a_digest_covers_are_there(name: str) -> None:
    assert b"BEHAVIOUR" in behaviour.source(name)
    for one in behaviour.of(name).sources:
        assert (PACKAGE / one).exists()
