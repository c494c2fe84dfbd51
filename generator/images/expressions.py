"""Regular expressions for tags: validity as RE2, matches, and looseness."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .. import regex

MAX_LENGTH = 1000
_PREFIX = re.compile(r"\^(?:v|(?:[A-Za-z0-9_-]|\\\.)*(?:[_-]|\\\.))\Z")
_ESCAPE = re.compile(r"\\(?:Q.*?(?:\\E|\Z)|[pPx]\{[^}]*\}|.)", re.DOTALL)
_OPENING = re.compile(r"\((?:\?(?:P?<[^>]*>|[a-zA-Z-]*[:)]))?")
_REPEAT = re.compile(r"(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\})\??")
_DIGITS = re.compile(  # a digit, and how often it is repeated
    r"(?:\[\[:digit:\]\]|\[[0-9](?:-[0-9]|[0-9])*\]|\\d|[0-9])"
    r"(?:\{(?P<least>[0-9]{1,3})(?P<open>,(?P<most>[0-9]{0,3}))?\}|(?P<sign>[+*?]))?\??"
)
_Alternatives = list[list[tuple[bool, bool]]]  # of a group: for each atom, whether it is bound to start and end
TIGHTER = r"anchor it with ^ and $, and write \. for a dot"
# Sample tags: an expression that matches all of them matches everything.
_PROBES = ("a", "0", "Z", "_", "x-1", "1.2.3", "v2", "master-0a1b2c3", "20240101-120000", "feature_9.z")


def expression_fault(pattern: str, *, old: bool = False) -> str:
    """Return why a pattern is not valid RE2, or ``""``. ``old`` selects the syntax of Flux v1's version of Go."""
    return regex.fault(pattern, limit=MAX_LENGTH, old=old)


def takes_all(pattern: str) -> bool:
    """Return whether a valid expression matches every tag."""
    return all(regex.search(pattern, one) for one in _PROBES)


def _groups(pattern: str) -> dict[str, int]:
    """Return the groups of a valid expression: name to number."""
    compiled = regex.compiled(pattern)
    return dict(compiled.groupindex) if compiled is not None else {}


def captured(pattern: str, name: str) -> str:
    """Return the source of a group by name or number, ``""`` if it does not exist."""
    names = _groups(pattern)
    wanted = int(name) if name.isdecimal() and len(name) < 9 else names.get(name, -1)
    opened: list[tuple[int, int]] = []
    count = 0
    for index, char in _syntax(pattern):
        if char == "(":
            plain = pattern[index + 1 : index + 2] != "?" or bool(re.match(r"\(\?P?<", pattern[index:]))
            count += plain
            opened.append((count if plain else 0, index))
        elif char == ")" and opened:
            number, start = opened.pop()
            if number == wanted:
                return re.sub(r"\A\((?:\?P?<[^>]*>)?", "", pattern[start:index])
    return ""


def named_groups(pattern: str) -> tuple[str, ...]:
    """Return the names of the groups of a valid expression, in their order."""
    return tuple(sorted(_groups(pattern), key=_groups(pattern).__getitem__))


def without_names(pattern: str) -> str:
    """Return an expression with plain groups instead of named ones."""
    opened = {index for index, char in _syntax(pattern) if char == "("}
    return re.sub(r"\((?:\?P?<[^>=!]*>)?", lambda found: "(" if found.start() in opened else found[0], pattern)


def digit_counts(source: str) -> tuple[int, int] | None:
    """Return how many digits an expression takes at least and at most, None if it takes any other text.

    Without a limit the most is ``MAX_LENGTH``. Groups count as other text.
    """
    counts = [_digits_of(one) for one in source.split("|")]
    known = [one for one in counts if one is not None]
    if len(known) < len(counts):
        return None
    return min(least for least, _ in known), max(most for _, most in known)


def _digits_of(source: str) -> tuple[int, int] | None:
    """Return what ``digit_counts`` does, for a single alternative."""
    at, least, most = 0, 0, 0
    while at < len(source):
        found = _DIGITS.match(source, at)
        if not found:
            return None
        at = found.end()
        low = int(found["least"]) if found["least"] else int(found["sign"] not in {"*", "?"})
        unbounded = found["sign"] in {"+", "*"} or bool(found["open"] and not found["most"])
        least, most = least + low, most + (MAX_LENGTH if unbounded else int(found["most"] or found["least"] or 1))
    return least, most


@dataclass
class _Group:
    """An open group: whether it is the wanted one, has it, and has alternatives."""

    is_wanted: bool
    has_wanted: bool = False
    is_choice: bool = False


def takes_part(pattern: str, name: str) -> bool:
    """Return whether a group of a valid expression, by name or number, has a text in every match.

    It has none where it is, alone or in another group, one of several alternatives or repeated 0 times:
    ``v(?P<n>[0-9]+)?``, ``main-((?P<n>[0-9]+)|edge)``.
    """
    wanted = int(name) if name.isdecimal() and len(name) < 9 else _groups(pattern).get(name, -1)
    opened = [_Group(is_wanted=False)]
    skip, count = 0, 0
    has_it = False  # whether the atom before this place has the group
    for index, piece in expression_tokens(pattern):
        if index < skip:
            continue
        if repeat := _REPEAT.match(pattern, index):
            skip = repeat.end()
            if has_it and (repeat[0][0] in "*?" or repeat[0].startswith("{0")):
                return False
            continue
        if piece == r"\Q\E":
            continue
        if opening := _OPENING.match(pattern, index):
            skip = opening.end()
            if not opening[0].endswith(")"):  # else it only sets flags: a repetition is for the atom before it
                has_it = False
                is_plain = opening[0] == "(" or opening[0].endswith(">")
                count += is_plain
                opened.append(_Group(is_plain and count == wanted))
        elif piece == ")" and len(opened) > 1:
            group = opened.pop()
            if group.has_wanted and group.is_choice:
                return False
            has_it = group.is_wanted or group.has_wanted
            opened[-1].has_wanted |= has_it
        else:
            has_it = False
            opened[-1].is_choice |= piece == "|"
    return opened[0].has_wanted and not opened[0].is_choice


def around_group(pattern: str, name: str) -> tuple[str, str]:
    """Return the sources before and after a named group of a valid expression."""
    before, opening, rest = pattern.partition(f"(?P<{name}>")
    if not opening:
        before, _, rest = pattern.partition(f"(?<{name}>")
    return before, rest.removeprefix(captured(pattern, name)).removeprefix(")")


def is_anchored(pattern: str) -> tuple[bool, bool]:
    """Return whether an expression is anchored to the start and to the end of a tag, in all alternatives.

    An anchor that may be missing, such as ``^?``, does not count. ``.*`` and ``.+`` reach the end as if they had one.
    """
    opened: list[_Alternatives] = [[[]]]
    skip = last = 0
    for index, piece in expression_tokens(pattern):
        atoms = opened[-1][-1]
        if index < skip:
            continue
        if repeat := _REPEAT.match(pattern, index):
            skip = repeat.end()
            if pattern[last:index] == "." and repeat[0][0] in "*+":
                atoms[-1:] = [(True, True)]
            elif repeat[0][0] in "*?" or repeat[0].startswith("{0"):
                atoms[-1:] = [(False, False)]
        elif opening := _OPENING.match(pattern, index):
            skip = opening.end()
            if not opening[0].endswith(")"):  # else it only sets flags
                opened.append([[]])
        elif piece == ")" and len(opened) > 1:
            sides = _sides(opened.pop())
            opened[-1][-1].append(sides)
        elif piece == "|":
            opened[-1].append([])
        elif piece != r"\Q\E":
            atoms.append((piece in {"^", r"\A"}, piece in {"$", r"\z"}))
        last = index
    return _sides(opened[0])


def _sides(alternatives: _Alternatives) -> tuple[bool, bool]:
    starts = all(atoms and atoms[0][0] for atoms in alternatives)
    return starts, all(atoms and atoms[-1][1] for atoms in alternatives)


def looseness(pattern: str) -> str:
    """Return why a valid expression matches more tags than it seems to, or ``""``.

    A prefix without anchored end is allowed if it ends in a separator, or is the v of versions: ``^v``, ``^release-``.
    """
    starts, ends = is_anchored(pattern)
    ends = ends or _PREFIX.match(pattern) is not None
    loose = []
    if not (starts and ends):
        side = "end" if starts else "start" if ends else "start or end"
        loose.append(f"is not anchored to the {side} of the tag")
    if has_bare_dot(pattern):
        loose.append("has a dot that matches any character")
    return f"{' and '.join(loose)}, so it matches more tags than it seems to" if loose else ""


def has_bare_dot(pattern: str) -> bool:
    """Return whether a dot seems literal but matches any character: ``1.2``, not ``.*``."""
    return any(
        char == "." and pattern[index + 1 : index + 2] not in {"*", "+", "?", "{"} for index, char in _syntax(pattern)
    )


def _syntax(pattern: str) -> Iterator[tuple[int, str]]:
    """Yield place and character of syntax that is neither escaped, quoted nor in a class."""
    return ((index, token) for index, token in expression_tokens(pattern) if len(token) == 1)


def expression_tokens(pattern: str) -> Iterator[tuple[int, str]]:
    """Yield place and text of classes, escapes, texts between ``\\Q`` and ``\\E``, and single characters."""
    index = 0
    while index < len(pattern):
        end = index + 1
        if pattern[index] == "[":
            end = _class_end(pattern, index) + 1
        elif escape := _ESCAPE.match(pattern, index):
            end = escape.end()
        yield index, pattern[index:end]
        index = end


def _class_end(pattern: str, start: int) -> int:
    """Return the end of the class that opens at ``start``."""
    index = start + 1
    if pattern[index : index + 1] == "^":
        index += 1
    if pattern[index : index + 1] == "]":
        index += 1
    while index < len(pattern) and pattern[index] != "]":
        if pattern[index] == "\\":
            index += 1
        elif pattern.startswith("[:", index):
            index = max(pattern.find(":]", index), index) + 1
        index += 1
    return index
