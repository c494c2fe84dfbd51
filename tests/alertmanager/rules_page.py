"""The tables of rules for Alertmanager in the docs: what follows from the rules, and what others find of it.

``python -m tests.alertmanager.rules_page`` brings them up to date; what was not tried of a new rule is "not tried".
"""

from __future__ import annotations

import re
from pathlib import Path

from generator import rules

DOCS = Path(__file__).parents[2] / "docs" / "user"
PAGES = ("alertmanager-rules.md", "validate.md")
ROW = re.compile(r"^\| (AM\d+) \| (?:error|warning|info) \|.*\n", re.MULTILINE)


def updated(page: str) -> str:
    """Return the page with a row for every rule."""
    tried = {row[1]: row[0].rstrip("\n").strip("|").split("|")[3:] for row in ROW.finditer(page)}
    missing = ["not tried"] * max(map(len, tried.values()))
    lines = []
    for one in rules.all_rules():
        if re.match(r"AM\d", one.id):
            others = [cell.strip() for cell in tried.get(one.id, missing)]
            lines.append(f"| {' | '.join([one.id, one.severity, one.summary, *others])} |\n")
    found = list(ROW.finditer(page))
    return page[: found[0].start()] + "".join(lines) + page[found[-1].end() :]


if __name__ == "__main__":
    for name in PAGES:
        (DOCS / name).write_text(updated((DOCS / name).read_text("utf-8")), "utf-8")
