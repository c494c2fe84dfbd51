"""Edits of a manifest's text: lines of annotations are removed, and comments are put at the end of values' lines.

Each function works on one text and its nodes, and returns edits, or why there is none. No other byte changes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from ..yaml import Node, comment_spans

# Comments that a program reads on the line where they are: markers, setters, linters, bots.
_DIRECTIVE = re.compile(
    r"#+\s*(?:\{|\$|kpt|renovate|yamllint|yaml-language-server|x-release|noqa|nolint|nosec|nosemgrep|semgrep|kics|"
    r"checkov|trivy|tfsec|kubesec|kube-linter|datree|scaffold:|pragma|dependabot|updatecli|cosign|sops|gitleaks|"
    r"prettier-ignore|trunk-ignore|cspell|codespell|spell-?checker|@schema|@param|@section|@skip)",
    re.IGNORECASE,
)
_COLON = re.compile(r"[ \t]*:(?:[ \t]+[&!][^\s,\[\]{}]*)*")  # with the anchor and the tag of the value
_REST = re.compile(r"(?P<gap>[ \t]*)(?P<comment>#[^\r\n]*)?(?P<break>\r?\n|\r?\Z)")


_IN_BLOCK_STYLE = "write it in block style on lines of its own, and run this command again"
_ELSEWHERE = "move that comment to a line where it is read too, and run this command again, or edit it by hand"


@dataclass
class LineEdits:
    """Edits that belong together; ``fault`` is why they cannot be made, ``""`` if they can, with its place and hint."""

    made: list[tuple[int, int, str]] = field(default_factory=list)
    gone: set[int] = field(default_factory=set)  # the identities of removed keys
    dropped: list[str] = field(default_factory=list)  # comments that go
    added: list[str] = field(default_factory=list)
    fault: str = ""
    hint: str = ""
    where: Node | None = None

    def refuse(self, where: Node, fault: str, hint: str = _IN_BLOCK_STYLE) -> None:
        """Record why the edits cannot be made; the first reason counts."""
        if not self.fault:
            self.fault, self.hint, self.where = fault, hint, where


def remove_annotations(
    text: str, holder: tuple[Node, Node], removed: Collection[int], about: re.Pattern[str]
) -> LineEdits:
    """Return the edits that remove annotations, with their key if none is left; ``holder`` is its pair.

    ``removed`` are the identities of keys. A comment goes with them if it is on the same line, if it is between
    removed lines, or if it is directly above one and matches ``about``.
    """
    found = LineEdits()
    key, notes = holder
    every = all(id(one) in removed for one, _ in notes.pairs)
    if notes.style == "flow":
        if not every:
            found.refuse(key, "its annotations are in flow style, with others among them")
            return found
        _remove_lines(text, key, notes, found)
        return found
    starts = [_line_start(text, one.start) for one, _ in notes.pairs]
    before_is_gone = every
    for number, (one, value) in enumerate(notes.pairs):
        if id(one) in removed:
            above = _line_end(text, notes.pairs[number - 1][1].end if number else key.end)
            _remove_above(text, above, starts[number], found, None if before_is_gone else about)
            _remove_lines(text, one, value, found)
        before_is_gone = id(one) in removed
    if every:
        _remove_key(text, key, found, about)
    return found


def _remove_lines(text: str, key: Node, value: Node, found: LineEdits) -> None:
    """Remove the lines of a pair, which have nothing else but comments."""
    start = _line_start(text, key.start)
    rest = _REST.match(text, max(value.end, key.end) if value.start != value.end else _behind_colon(text, key, value))
    if text[start : key.start].strip(" ") or rest is None:
        found.refuse(key, f"{key.text} shares its line with something else")
        return
    spans = comment_spans(text[key.end : rest.end()], _shifted(value, key.end))
    inner = [text[key.end + low : key.end + high] for low, high in spans]
    own_lines = [said for (low, _), said in zip(spans, inner, strict=True) if _is_alone(text, key.end + low)]
    if read := next(filter(_DIRECTIVE.match, own_lines), ""):
        found.refuse(key, f"{key.text} has the comment {read}, which another program may read there", _ELSEWHERE)
        return
    found.dropped += inner
    found.made.append((start, rest.end(), ""))
    found.gone.add(id(key))


def _behind_colon(text: str, key: Node, value: Node) -> int:
    """Return the place behind the colon of a key without a value."""
    colon = text.find(":", key.end)
    return max(value.end, colon + 1)


def _shifted(node: Node, by: int) -> list[Node]:
    """Return a scalar with its place relative to a part of the text; a flow collection counts as one node."""
    if node.start == node.end:
        return []
    return [Node("scalar", "str", "", 1, 1, node.start - by, node.end - by, node.style if not node.pairs else "")]


def _remove_above(text: str, low: int, high: int, found: LineEdits, about: re.Pattern[str] | None) -> None:
    """Remove the comment lines directly above a removed line; with ``about``, only those that match it.

    A comment that a program reads stays: it may be about the lines that follow.
    """
    at = high
    while at > low:
        line = text.rfind("\n", 0, at - 1) + 1
        said = text[line:at].strip()
        if _DIRECTIVE.match(said) and line >= low:
            at = line
            continue
        if line < low or not said.startswith("#") or (about is not None and not about.search(said)):
            return
        found.dropped.append(said)
        found.made.append((line, at, ""))
        at = line


def _remove_key(text: str, key: Node, found: LineEdits, about: re.Pattern[str]) -> None:
    """Remove the line of ``annotations:``; a comment on it that is about something else stays, on a line of its own."""
    start, colon = _line_start(text, key.start), _COLON.match(text, key.end)
    rest = _REST.match(text, colon.end()) if colon else None
    if text[start : key.start].strip(" ") or rest is None:
        found.refuse(key, "the key annotations shares its line with something else")
        return
    found.gone.add(id(key))
    comment = rest["comment"]
    if comment and not about.search(comment):
        found.made.append((key.start, rest.start("comment"), ""))
        return
    found.dropped += [comment.rstrip()] if comment else []
    _remove_above(text, text.rfind("\n", 0, max(start - 1, 0)) + 1, start, found, about)
    found.made.append((start, rest.end(), ""))


def mark_value(text: str, value: Node, comment: str) -> LineEdits:
    """Return the edits that put ``comment`` at the end of a scalar's line, as the line's only comment.

    Another comment moves to a line above, unless a program reads it where it is.
    """
    found = LineEdits(added=[comment])
    start = _line_start(text, value.start)
    rest = _REST.match(text, value.end)
    is_plain = value.shape == "scalar" and value.style not in {"|", ">"} and "\n" not in text[value.start : value.end]
    if not is_plain or rest is None or not re.search(r":[ \t]+\Z", text[start : value.start]):
        found.refuse(value, "the line of the image has more than a key and its value, so no marker can follow")
        return found
    old = rest["comment"]
    if old is None:
        found.made.append((value.end, value.end, f" {comment}"))
        return found
    old = old.rstrip()
    if _DIRECTIVE.match(old):
        message = f"the line of the image has the comment {old}, which another program may read there"
        found.refuse(value, message, _ELSEWHERE)
        return found
    indent = text[start : value.start][: len(text[start : value.start]) - len(text[start : value.start].lstrip(" "))]
    end = "\r\n" if rest["break"].startswith("\r") else "\n"
    found.made += [
        (start, start, f"{indent}{old}{end}"),
        (value.end, rest.start("comment") + len(old), f" {comment}"),
    ]
    return found


def joined_edits(parts: Sequence[LineEdits]) -> LineEdits:
    """Return several edits, each of which can be made, as one."""
    found = LineEdits()
    for one in parts:
        found.made += one.made
        found.gone |= one.gone
        found.dropped += one.dropped
        found.added += one.added
    return found


def _is_alone(text: str, at: int) -> bool:
    """Tell whether nothing is before a place on its line."""
    return not text[_line_start(text, at) : at].strip()


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _line_end(text: str, at: int) -> int:
    """Return the start of the line below."""
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1
