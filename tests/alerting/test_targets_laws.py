"""A law of adoption: values in an object become what they become as a file, at the indentation of the object.

The oracle is the file itself, adopted alone; the object is written by indenting it, or with its base64.
"""

from __future__ import annotations

import base64
import json
import os
import re
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from generator import config, spec
from generator.errors import Invalid
from generator.merge import merge
from generator.shipped.alerting import adopt
from generator.shipped.alerting.values_text import file_text
from generator.template import load_template
from generator.yaml import dump

from .test_adopt import CASES
from .test_adopt_laws import text_of
from .test_adopt_shared import values_file

EXAMPLES = int(os.environ.get("SCAFFOLD_EXAMPLES", "60")) // 3
PATH = "values.yaml"
APPLICATION = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: a   # kept\nspec:\n"
SOURCE = "chart: CHART\nrepoURL: https://charts.example.org\nhelm:\n"
# The text before values, and their indentation.
AROUND = {
    "release": (
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata:\n  name: a   # kept\nspec:\n  chart:\n"
        "    spec:\n      chart: CHART\n  values:\n",
        4,
    ),
    "object": (f"{APPLICATION}  source:\n    {SOURCE.replace(chr(10), chr(10) + '    ')}  valuesObject:\n", 8),
    "text": (f"{APPLICATION}  source:\n    {SOURCE.replace(chr(10), chr(10) + '    ')}  values: |\n", 8),
    "sources": (
        f"{APPLICATION}  sources:\n    - repoURL: https://git.example.org\n      path: a\n    - "
        f"{SOURCE.replace(chr(10), chr(10) + '      ')}  valuesObject:\n",
        10,
    ),
}
AFTER = "  project: default   # kept\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: other   # kept\n"


def adopted(text: str) -> str | tuple[int, ...]:
    """Return a file after adoption; 0 for a conflict, and the number of problems if it is refused."""
    try:
        data: dict[str, Any] = {"template": "alerting", "name": "x"}
        data |= adopt.surroundings(text, PATH, data)
        read = spec.parse_spec(dump(data), "scaffold.yaml")
        values = spec.values(read, config.parse_config(""), load_template("alerting", None, "s").schema)
        part = adopt.file_part(PATH, text, values, read.data)
        theirs = file_text(values)
        if part is None:
            fit = adopt.fit(text, values, read.data, PATH)
            merged = merge(fit.base if fit else "", text, fit.theirs if fit else theirs, PATH)
            return (0,) if merged.conflicts else merged.text
        assert part.fit is not None
        fit = part.fit()
        merged = merge(fit.base if fit else "", part.text, fit.theirs if fit else part.around(theirs), PATH)
        return (0,) if merged.conflicts else part.put(merged.text)
    except Invalid as error:
        return (len(error.problems),)


def embedded(text: str, how: str) -> str:
    """Return an object with values."""
    before, indent = AROUND[how]
    # An umbrella chart has another name than the chart below one of its keys.
    is_own = re.search(r"^[\"']?alertmanager[\"']?:", text, re.MULTILINE)
    before = before.replace("CHART", "kube-prometheus-stack" if is_own else "platform")
    lines = "".join(f"{' ' * indent}{line}\n" if line.strip() else f"{line}\n" for line in text.splitlines())
    return before + lines + AFTER


def check(text: str, how: str) -> None:
    alone, inside = adopted(text), adopted(embedded(text, how))
    if isinstance(alone, tuple):
        assert inside == alone
    else:
        assert inside == embedded(alone, how)


@pytest.mark.parametrize("how", AROUND)
@pytest.mark.parametrize(
    "folder",
    [one for one in sorted(CASES.iterdir()) if "without-alertmanager" not in one.name],
    ids=lambda one: one.name,
)
def test_values_of_a_case(folder: Path, how: str) -> None:
    text = (folder / "values.yaml").read_text("utf-8")
    if "alertmanager" in text:
        check(text, how)


OBJECT = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a   # kept\ndata:\n  alertmanager.yaml: {}   # kept\n"
OWN_FILES = sorted(CASES.parent.glob("targets/plain-*/values.yaml"))
# How an editor, or a shell, may leave the text.
ENDS = {
    "as it is": lambda text: text,
    "without a last line end": lambda text: text.rstrip("\n"),
    "with blank lines": lambda text: f"\n{text}\n\n",
    "with tabs after it": lambda text: f"{text}# \t\n",
    "of another alphabet": lambda text: text.replace("May", "мая 🔥"),
    "as JSON": lambda text: json.dumps(yaml.safe_load(text)),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("file", OWN_FILES, ids=lambda one: one.parent.name)
def test_a_file_in_base64(file: Path, end: str) -> None:
    raw = file.read_bytes().decode()
    text = ENDS[end](raw.replace("\r\n", "\n"))
    text = text.replace("\n", "\r\n") if "\r" in raw else text
    alone = adopted(text)

    def encoded(inner: str) -> str:
        return OBJECT.format(base64.b64encode(inner.encode()).decode())

    assert adopted(encoded(text)) == (alone if isinstance(alone, tuple) else encoded(alone))
    assert not isinstance(alone, tuple)


@pytest.mark.parametrize("how", AROUND)
@pytest.mark.parametrize("seed", range(EXAMPLES))
def test_any_values(seed: int, how: str) -> None:
    draw = Random(seed)  # noqa: S311 - a case by its number
    text = text_of(draw) if seed % 2 else values_file(draw)
    if not text.startswith("{"):
        check(text, how)
