"""What we call refused against what Debian's amtool refuses, over every case of the rules, merged as Helm does."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from generator import config, rules
from generator.alertmanager.value import Value, truth
from generator.rules.alertmanager import am_refused_names, am_refused_values
from generator.rules.alertmanager.configured import configurations

from ..support.real import tool

REFUSED = [
    one
    for module in (am_refused_names, am_refused_values)
    for one in vars(module).values()
    if isinstance(one, rules.Rule)
]
CASES = Path(__file__).parents[1] / "cases" / "rules"
DEBIAN = "0.25"


def plain(value: Value) -> Any:
    """Return a value as data that JSON can hold, and YAML reads as Alertmanager should."""
    if value.shape == "map":
        return {key: plain(one) for key, one in value.pairs.items()}
    if value.shape == "list":
        return [plain(one) for one in value.items]
    if value.is_null:
        return None
    if value.tag == "bool":
        return truth(value) if truth(value) is not None else value.text
    if value.tag == "int":
        return int(value.text)
    return value.text


def refused(file: rules.File, scope: rules.Scope) -> list[str]:
    ids = {one.id for one in REFUSED}
    found = [one for one in rules.check([file], scope) if one.severity == "error"]
    return [f"{one.line} {one.rule} {one.message}" for one in found if one.rule in ids or "refuses" in one.message]


def cases() -> list[Path]:
    # Without those for another version than Debian's, and those that something else has yet to fill in.
    others = ("tag: v", ".Values", "${", "ENC[", "targetPath", "parameters:")
    found = [one for one in sorted(CASES.glob("AM[0-9]*/*.yaml")) if "no-yaml" not in one.name]
    return [one for one in found if not any(word in one.read_text("utf-8") for word in others)]


@pytest.mark.parametrize("case", cases(), ids=lambda one: f"{one.parent.name}/{one.stem}")
def test_amtool_refuses_what_we_do(case: Path, tmp_path: Path) -> None:
    amtool = tool("amtool")
    text = case.read_text("utf-8")
    read = rules.recognise(case.name, text, named=True)
    assert read.file is not None
    scope = rules.Scope((read.file,), config.Config({"alertmanager": DEBIAN, "operator": "none"}))
    (source,) = configurations(read.file, scope)
    path = tmp_path / "alertmanager.yml"
    path.write_text(text if read.file.family == "alertmanager" else json.dumps(plain(source.config)), "utf-8")
    done = subprocess.run([amtool, "check-config", str(path)], capture_output=True, text=True, timeout=30, check=False)
    ours = refused(read.file, scope)
    assert bool(ours) == (done.returncode != 0), f"{ours}\n{done.stdout}{done.stderr}"
