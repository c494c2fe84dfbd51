"""The pages about Alertmanager say what the rules and the command say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from generator import rules
from generator.rules.alertmanager import am_refused_names, am_refused_values

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


@pytest.mark.parametrize("name", ["critical", "warning", "tree", "resources"])
def test_the_page_about_routes_shows_what_is_printed(name: str) -> None:
    assert (ROOT / "tests" / "cases" / "route" / f"{name}.txt").read_text("utf-8") in ROUTE
