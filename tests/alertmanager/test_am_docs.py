"""The pages about Alertmanager say what the rules and the command say."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest

from generator import rules
from generator.rules.alertmanager import am_refused_names, am_refused_values

from ..conftest import Repo
from ..support.real import tool
from . import rules_page

REFUSED = [
    one
    for module in (am_refused_names, am_refused_values)
    for one in vars(module).values()
    if isinstance(one, rules.Rule)
]
ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "user" / "alertmanager-rules.md").read_text("utf-8")
ROUTE = (ROOT / "docs" / "user" / "route.md").read_text("utf-8")
SERVICES = (ROOT / "docs" / "user" / "services.md").read_text("utf-8")


def table() -> dict[str, list[str]]:
    rows = [line.strip("|").split("|") for line in PAGE.splitlines() if re.match(r"\| AM\d+ ", line)]
    return {row[0].strip(): [cell.strip() for cell in row[1:]] for row in rows}


@pytest.mark.parametrize("name", rules_page.PAGES)
def test_the_table_follows_from_the_rules(name: str) -> None:
    page = (rules_page.DOCS / name).read_text("utf-8")
    assert rules_page.updated(page) == page


def test_amtool_refuses_what_the_table_says() -> None:
    """tests/alertmanager/test_am_oracle.py holds this for every case; here that the table says the same."""
    refused = {one.id for one in REFUSED}
    assert {name for name, row in table().items() if row[2] == "yes"} == refused - {"AM004", "AM014"}


def examples() -> list[tuple[str, str]]:
    """Return the commands of the page about routes with what it shows of their output."""
    blocks = re.findall(r"^```\n\$ scaffold ([^\n]*)\n(.*?)^```$", ROUTE, re.DOTALL | re.MULTILINE)
    assert len(blocks) >= 7
    return blocks


def watched(here: Repo) -> None:
    """Make the service of the page about services, and an alerting unit that pages for what is critical."""
    (example,) = re.findall(r"^## What watches it\n.*?^```yaml\n(.*?)^```$", SERVICES, re.DOTALL | re.MULTILINE)[:1]
    here.ok("init")
    here.ok("alerting", *shlex.split("--receiver slack --receiver pagerduty --severity critical=pagerduty"))
    here.write("services/shop/scaffold.yaml", example)
    here.ok("regenerate")


@pytest.mark.parametrize(("command", "shown"), examples(), ids=lambda one: one.split("\n")[0][-40:])
def test_the_page_about_routes_shows_what_is_printed(command: str, shown: str, tmp_path: Path) -> None:
    here = Repo(tmp_path)
    here.write("values.yaml", (ROOT / "tests" / "cases" / "route" / "values.yaml").read_text("utf-8"))
    (expectations,) = re.findall(r"^```yaml\n(- name: .*?)^```$", ROUTE, re.DOTALL | re.MULTILINE)
    here.write("expectations.yaml", expectations)
    here.write("teams/shop.yaml", (ROOT / "tests" / "cases" / "route" / "teams" / "shop.yaml").read_text("utf-8"))
    if "services/shop" in command:
        watched(here)
    path = os.environ["PATH"]
    if "--preview" in command:
        path = f"{Path(tool('prometheus-alertmanager')).parent}{os.pathsep}{path}"
    done = here.run(*shlex.split(command), PATH=path)
    assert (done.out, done.code) == (shown, int("--expect-file" in command)), done.err
