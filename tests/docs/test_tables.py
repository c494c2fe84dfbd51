"""Tables in the documents are those that follow from the code, and every rule is in one."""

from __future__ import annotations

from generator import rules

from . import tables


def test_tables_are_as_the_code_has_them() -> None:
    behind = [path.name for path, text, made in tables.pages() if text != made]
    assert not behind, "run python -m tests.docs.tables --write"


def test_every_table_is_in_a_page() -> None:
    text = "".join(text for _, text, _ in tables.pages())
    assert [name for name in tables.TABLES if f"<!-- table: {name} -->" not in text] == []


def test_every_rule_is_documented() -> None:
    text = "".join(text for _, text, _ in tables.pages())
    assert [one.id for one in rules.all_rules() if f"| {one.id} | {one.severity} | {one.summary} |" not in text] == []
