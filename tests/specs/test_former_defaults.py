"""What version 5 of the template service rendered, later versions render with the defaults that the changelog tells.

The expected files are those of version 5, and are never written anew.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from generator import config, render, spec
from generator.template import load_template

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases" / "former"
MAKEFILE = "e2e/Makefile"


def former_defaults() -> str:
    """Return the lines of a config that the changelog tells to write."""
    told = re.search(r"`(defaults: \{service: [^`]*\})`", (ROOT / "CHANGELOG.md").read_text("utf-8"))
    assert told is not None
    return f"{told[1]}\n"


def rendered(folder: Path, settings: str) -> dict[str, str]:
    read = spec.parse_spec((folder / "scaffold.yaml").read_text("utf-8"), "scaffold.yaml")
    template = load_template(read.template, None, "scaffold.yaml")
    behaviour = template.behaviour
    faults = behaviour.all_faults("units/one")
    values = spec.values(read, config.parse_config(settings), template.schema, faults, nullable=behaviour.nullable)
    tree = render.render(template, values, "scaffold.yaml", "units/one").tree
    return {f"root{path}" if path.startswith("/") else path: text for path, text in tree.items()}


def without_comments(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]


@pytest.mark.parametrize("folder", sorted(CASES.iterdir()), ids=lambda one: one.name)
def test_the_defaults_of_the_changelog_keep_what_version_5_rendered(folder: Path) -> None:
    tree = rendered(folder, former_defaults())
    expected = folder / "expected"
    files = (one for one in expected.rglob("*") if one.is_file())
    former = {one.relative_to(expected).as_posix(): one.read_bytes().decode("utf-8") for one in files}
    assert without_comments(tree.pop(MAKEFILE)) == without_comments(former.pop(MAKEFILE))
    assert tree == former


@pytest.mark.parametrize("name", sorted(yaml.safe_load(former_defaults())["defaults"]["service"]))
def test_each_of_the_defaults_is_needed(name: str) -> None:
    defaults = yaml.safe_load(former_defaults())["defaults"]["service"]
    fewer = yaml.safe_dump({"defaults": {"service": {key: one for key, one in defaults.items() if key != name}}})
    assert any(rendered(one, fewer) != rendered(one, former_defaults()) for one in CASES.iterdir())
