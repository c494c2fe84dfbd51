"""The table of docs/alertmanager-rules.md: what follows from the rules, beside what others find, which was tried.

``python -m tests.alertmanager.rules_page`` brings it up to date; a new rule's last two columns are "not tried".
"""

from __future__ import annotations

import re
from pathlib import Path

from generator import rules

PAGE = Path(__file__).parents[2] / "docs/alertmanager-rules.md"
ROW = re.compile(r"^\| (AM\d+) \|.*\n", re.MULTILINE)


def updated(page: str) -> str:
    """Return the page with a row for every rule."""
    tried = {row[1]: row[0].rstrip("\n").strip("|").split("|")[3:] for row in ROW.finditer(page)}
    lines = []
    for one in rules.all_rules():
        if one.id.startswith("AM"):
            others = [cell.strip() for cell in tried.get(one.id, ["not tried", "not tried"])]
            lines.append(f"| {' | '.join([one.id, one.severity, one.summary, *others])} |\n")
    found = list(ROW.finditer(page))
    return page[: found[0].start()] + "".join(lines) + page[found[-1].end() :]


if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text("utf-8")), "utf-8")
