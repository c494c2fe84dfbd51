"""Say why a filter pattern can match no path, branch or tag, whatever the repository has.

The grammar is that of "Filter pattern cheat sheet" in GitHub's workflow syntax: ``*``, ``**``, ``?``, ``+``, ``[]``, a
leading ``!``, and ``\\`` before one of these. Paths are those that git lists: relative to the root, with ``/`` between
names. Names of branches and tags are those that git takes (git-check-ref-format).
"""

from __future__ import annotations

import re

Fault = tuple[str, str]  # what is wrong, as the rest of a sentence, and what to do

_BRACES = re.compile(r"\{[^{},]*,[^{}]*\}")
_NO_ESCAPE = re.compile(r"\\(?![\[\]!+?*\\])")
_ESCAPED_STAR = re.compile(r"\\[*?\\]")
_NO_REF = re.compile(r"[\s~^:]|\.\.|//|@\{")
_MAIN = frozenset(("main", "master", "develop"))


def dead_path(pattern: str) -> Fault | None:
    """Return why a pattern of ``paths`` or ``paths-ignore`` matches no path; None if it may match one."""
    sign, text = ("!", pattern[1:]) if pattern.startswith("!") else ("", pattern)
    if fault := _of_both(text):
        return fault
    if text.startswith("/"):
        return "paths do not start with /", f"write {sign}{text.lstrip('/') or '**'}"
    parts = text.split("/")
    if parts[0] == "." and len(parts) > 1:
        return "paths do not start with ./", f"write {sign}{text[2:].lstrip('/') or '**'}"
    if "." in parts or ".." in parts:
        return "paths have no . or .. as a part", "write the path from the root of the repository"
    if text.endswith("/"):
        return "it names a folder, and only files change", f"write {sign}{text}**"
    if "" in parts:
        return "paths have no //", f"write {sign}{re.sub('/+', '/', text)}"
    if "\\" in text and (_NO_ESCAPE.search(text) or _ESCAPED_STAR.search(text)):
        return "a backslash does not separate folders, but makes the next character literal", "write / instead"
    if text.startswith("^") or text.endswith("$") or "|" in text:
        return "patterns are no regular expressions", "write a pattern with * and **"
    if "," in text and "[" not in text and any("/" in one or "*" in one for one in text.split(",")[1:]):
        return "a comma does not separate patterns", "write one item of the list for each of them"
    return None


def dead_ref(pattern: str, sort: str) -> Fault | None:
    """Return why a pattern for branches or tags matches no name; None if it may match one.

    ``sort`` is ``branches`` or ``tags``.
    """
    text = pattern.removeprefix("!")
    if fault := _of_both(text):
        return fault
    prefix = {"branches": "refs/heads/", "tags": "refs/tags/"}[sort]
    if text.startswith(prefix):
        return f"names are compared without {prefix}", f"write {text.removeprefix(prefix)}"
    if text.startswith("/") or text.endswith("/"):
        return "names do not start or end with /", f"write {text.strip('/')}, or with ** what may follow"
    if found := _NO_REF.search(text):
        return f"names have no {found.group()!r}", "correct the name"
    if "\\" in text and _NO_ESCAPE.search(text):
        return "patterns are no regular expressions", "write a pattern with *, + and [0-9]"
    if "," in text and _MAIN & set(text.split(",")):
        return "a comma does not separate patterns", "write one item of the list for each of them"
    return None


def _of_both(text: str) -> Fault | None:
    if "\n" in text.strip():
        return "it has a line break", "write one item of the list for each pattern"
    if text != text.strip():
        place = "starts" if text[:1].isspace() else "ends"
        return f"it {place} with a blank, which is a part of it", "remove the blank, and quotes around it"
    if "${{" in text:
        return "expressions are not evaluated in filters", "write the name itself"
    if len(text) > 1 and text[0] in "'\"" and text[0] == text[-1]:
        return "its inner quotes are a part of it", "remove them"
    if _BRACES.search(text):
        return "braces do not separate alternatives", "write one item of the list for each of them"
    return None
