"""The tables and reference pages of the documents: ``python -m tests.docs.tables --write`` makes them from the code.

A page has ``<!-- table: NAME -->`` above a table and ``<!-- end -->`` below it; what is between is made here.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from generator.rules import Rule, all_rules

from ..precision import judge
from . import man_pages, reference

DOCS = Path(__file__).resolve().parents[2] / "docs"
_TABLE = re.compile(r"(<!-- table: ([a-z -]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
_OF_WORKFLOWS = ("KD", "WF")


def rows(*cells: tuple[str, ...]) -> str:
    """Return a table of Markdown: the first row is its head."""
    head, *rest = cells
    lines = [head, tuple("---" for _ in head), *rest]
    return "".join(f"| {' | '.join(one.replace('|', chr(92) + '|') for one in line)} |\n" for line in lines)


def every_rule() -> str:
    return rows(("id", "severity", "what it finds"), *((one.id, one.severity, one.summary) for one in all_rules()))


def workflow_rules() -> str:
    """Return the rules of workflows, Makefiles and kind with what they explain."""
    chosen = (one for one in all_rules() if one.id.startswith(_OF_WORKFLOWS))
    return rows(("id", "severity", "what it finds, and why"), *((one.id, one.severity, _told(one)) for one in chosen))


def _told(rule: Rule) -> str:
    return f"**{rule.summary}**. {rule.explanation}"


def judged() -> str:
    """Return how many findings of each rule in repositories of other people are true."""
    return rows(*judge.table())


TABLES: dict[str, Callable[[], str]] = {"rules": every_rule, "workflow rules": workflow_rules, "judged": judged}


def pages() -> Iterator[tuple[Path, str, str]]:
    """Yield the pages that are made, or have tables that are: path, text, and the text as it has to be."""
    for path in sorted(DOCS.rglob("*.md")):
        text = path.read_text("utf-8")
        made = _TABLE.sub(lambda found: f"{found[1]}{TABLES[found[2]]()}{found[4]}", text)
        if _TABLE.search(text):
            yield path, text, made
    for name, page in reference.PAGES.items():
        path = DOCS / "user" / name
        yield path, path.read_text("utf-8") if path.is_file() else "", page()
    made_pages = man_pages.man_pages()
    for name in sorted({*made_pages, *(one.name for one in man_pages.FOLDER.glob("*.1"))}):
        path = man_pages.FOLDER / name
        yield path, path.read_text("utf-8") if path.is_file() else "", made_pages.get(name, "")


def main(arguments: list[str]) -> int:
    """Write the tables with ``--write``, else tell which pages are behind; return the exit code."""
    behind = [(path, made) for path, text, made in pages() if text != made]
    for path, made in behind:
        if "--write" in arguments and not made:
            path.unlink()  # of a command that is gone
        elif "--write" in arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(made, "utf-8")
        print(f"{'updated' if '--write' in arguments else 'behind'} {path.relative_to(DOCS.parent)}")
    return int(bool(behind) and "--write" not in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
