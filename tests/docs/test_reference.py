"""The reference pages have every command and key; that they are up to date is in ``test_tables``."""

from __future__ import annotations

import re
from pathlib import Path

from jinja2 import Environment

from generator import assets, template
from generator.encode import Encoders

from . import reference

PLAIN = {"_folder", "_environment"}  # only a value: the folder that the plain cookiecutter command makes
ROOT = Path(__file__).resolve().parents[2]


def test_the_pages_have_every_command_and_key() -> None:
    commands, specs = (reference.PAGES[one]() for one in reference.PAGES)
    assert "| `--changed-since REF` |" in commands
    assert "## new-service" in commands
    assert "| `resources.limits.cpu` |" in specs
    assert "| `sidecars[].image` |" in specs


def test_the_page_on_templates_has_every_filter_and_setting() -> None:
    ours = set(Environment(extensions=[Encoders]).filters) - set(Environment().filters)  # noqa: S701
    keys = {key for name in assets.template_names() for key in template.load_template(name, None, "").settings}
    text = Path(ROOT, "docs/user/templates.md").read_text("utf-8")
    missing = [
        one
        for one in sorted(ours | {key for key in keys if key.startswith("_")} - PLAIN)
        if not re.search(rf"`{one}[`(]", text)
    ]
    assert missing == []
    filters = re.findall(r"`(\w+)[`(]", "".join(re.findall(r"^\| filter \|.*?\n\n", text, re.MULTILINE | re.DOTALL)))
    assert ours <= set(filters)
