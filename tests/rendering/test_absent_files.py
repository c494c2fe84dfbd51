"""Files that a shipped template says it does not make are not rendered: they would have rendered to nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from generator import config, spec
from generator.render import render_files
from generator.template import load_template

CASES = Path(__file__).parents[1] / "cases" / "render"
WORKLOADS = ("service", "worker", "cronjob", "statefulset")


def cases() -> list[str]:
    texts = {one.parent.name: one.read_text("utf-8") for one in CASES.glob("*/scaffold.yaml")}
    return sorted(name for name, text in texts.items() if any(f"template: {one}\n" in text for one in WORKLOADS))


@pytest.mark.parametrize("name", cases())
def test_what_is_not_rendered_is_empty(name: str) -> None:
    path = CASES / name / "scaffold.yaml"
    read = spec.parse_spec(path.read_text("utf-8"), "scaffold.yaml")
    given = path.with_name("config.yaml")
    settings = config.parse_config(given.read_text("utf-8") if given.exists() else "")
    template = load_template(read.template, None, "scaffold.yaml")
    behaviour = template.behaviour
    faults = behaviour.all_faults("services/shop")
    values = spec.values(read, settings, template.schema, faults, nullable=behaviour.nullable)
    assert template.sources.keys() & behaviour.absent(values), "some files are not made"
    whole = render_files(replace(template, is_own=True), values, "services/shop")
    assert render_files(template, values, "services/shop") == whole
