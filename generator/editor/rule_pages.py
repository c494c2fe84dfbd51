"""Pages about rules and keys, as Markdown. Text of a repository is escaped."""

from __future__ import annotations

import json
import re

from ..errors import Problem
from ..rules import Rule, all_rules
from ..rules.settle import NEVER
from ..value_types import DescribedKey

_SIGNS = re.compile(r"([\\`*_{}\[\]()#+!|<>~&@:-])")
_LONGEST = 2_000  # characters of a description


def rule_by_id(name: str) -> Rule | None:
    """Return the rule with an id."""
    return next((one for one in all_rules() if one.id == name), None)


def page_address(name: str) -> str:
    """Return the address of what a rule is based on, ``""`` if there is none on the web."""
    found = rule_by_id(name)
    return found.source if found and found.source.startswith("https://") else ""


def rule_page(rule: Rule) -> str:
    """Return a rule explained, with a bad and a good example."""
    source = f"[Source]({rule.source})\n" if rule.source.startswith("https://") else ""
    how = f"Suppress it: `# scaffold: ignore[{rule.id}] reason`\n" if rule.id not in NEVER else ""
    head = (
        f"**{rule.id}** ({rule.severity}): {escaped_markdown(rule.summary)}\n\n{escaped_markdown(rule.explanation)}\n"
    )
    parts = (head, f"Bad:\n\n{_fenced(rule.bad)}", f"Good:\n\n{_fenced(rule.good)}", source, how)
    return "\n".join(one for one in parts if one)


def problem_page(problem: Problem) -> str:
    """Return a finding in a file: its message and hint."""
    hint = f"\n\n{escaped_markdown(problem.hint)}" if problem.hint else ""
    return f"{escaped_markdown(problem.message)}{hint}"


def key_page(key: DescribedKey) -> str:
    """Return a key of a spec explained: types, description and default."""
    types = f": {' or '.join(sorted(key.types))}" if key.types else ""
    lines = [f"**{escaped_markdown(key.name)}**{types}"]
    lines += [escaped_markdown(key.about[:_LONGEST])] if key.about else []
    lines += [f"Default: {_code(json.dumps(key.default, ensure_ascii=False))}"] if key.default is not None else []
    return "\n\n".join(lines)


def escaped_markdown(text: str) -> str:
    """Return text that Markdown shows as it is, on one line."""
    return _SIGNS.sub(r"\\\1", " ".join(text.split()))


def _fenced(text: str) -> str:
    ticks = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{ticks}yaml\n{text.rstrip()}\n{ticks}\n"


def _code(text: str) -> str:
    ticks = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{ticks} {text[:_LONGEST]} {ticks}" if "`" in text else f"{ticks}{text[:_LONGEST]}{ticks}"
