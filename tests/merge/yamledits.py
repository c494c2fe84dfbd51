"""One edit of a YAML file, and a judge of how faithfully somebody made it.

An edit is chosen by a seed, made on data, and judged by the text alone: the data with the order of keys, every comment
once and in its place, no line touched but those that the edit is about, line ends, byte order mark, document markers
and the end of the file.
"""

from __future__ import annotations

import copy
import random
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from ..support import yamltext
from ..support.yamltext import BOM, Node, UnusableError, column, line_end, line_start

SORTS = (
    "replace a value",
    "replace a value with a comment behind it",
    "add a key",
    "add a nested block",
    "append an item",
    "delete a key",
    "delete an item",
    "insert into a flow collection",
)
AWKWARD: tuple[Any, ...] = (
    *(
        "",
        " led",
        "trailed ",
        "no",
        "~",
        "null",
        "0777",
        "1_0",
        "0x1f",
        "12:30",
        "2030-02-03",
        "1.",
        "-",
        "- a",
        "a: b",
    ),
    *("#b", "a #b", "a # b", "*a", "&a", "!a", "@a", "%a", "`a", "[a", "{a}", "a]", "a, b", "it's", 'a "b"', "|", ">-"),
    *("Zürich 🚀", "one\ntwo\n", "one\n\n  two", "\ttab", "a\\n", "yes", "1e5", True, False, None, 0, -7, 10**12),
)


@dataclass(frozen=True)
class Spot:
    """A node with where it is: document, indexes of pairs or items on the way, the node around it, and its key."""

    doc: int
    path: tuple[int, ...]
    node: Node
    owner: Node | None = None
    key: Node | None = None
    flow: bool = False
    shared: bool = False

    @property
    def start(self) -> int:
        """Where the node begins, with its key."""
        return self.key.start if self.key else self.node.start


@dataclass(frozen=True)
class Edit:
    """An edit: at a spot put ``value`` (under ``key`` if that is given), or delete what is there."""

    sort: str
    spot: Spot
    value: Any = None
    key: str = ""

    @property
    def refused(self) -> bool:
        """Whether it would land in a node that is aliased elsewhere, which no merge may do unasked."""
        return self.spot.shared


@dataclass(frozen=True)
class Verdict:
    """What a judge found: nothing, for a perfect edit; ``wrong`` if the data is not what it has to be."""

    faults: tuple[str, ...] = ()
    wrong: bool = False


def spots(documents: list[Node]) -> Iterator[Spot]:
    """Yield every node that a path of plain keys leads to."""
    aliased = {one.text for root in documents for one in yamltext.walk(root) if one.sort == "alias"}

    def below(at: Spot) -> Iterator[Spot]:
        yield at
        node, flow = at.node, at.flow or at.node.flow
        shared = at.shared or node.anchor in aliased
        parts = node.pairs or [(None, one) for one in node.items]
        for number, (key, one) in enumerate(parts):
            if key is None or _is_name(key):
                yield from below(Spot(at.doc, (*at.path, number), one, node, key, flow, shared))

    for number, root in enumerate(documents):
        yield from below(Spot(number, (), root))


def _is_name(key: Node) -> bool:
    return key.sort == "scalar" and key.plainly and key.text != "<<" and yamltext.leaf(key.text, key.style)[0] == "str"


def _value(dice: random.Random) -> Any:
    lot = dice.random()
    return (
        f"new-{dice.randrange(10**6)}" if lot < 0.5 else dice.randrange(10**5) if lot < 0.75 else dice.choice(AWKWARD)
    )


def choose(text: str, seed: str) -> list[Edit]:
    """Return one edit of every sort that a text (without byte order mark) has a place for."""
    found = list(spots(yamltext.read(text)))
    blocks = [one for one in found if one.node.sort in {"map", "list"} and not (one.flow or one.node.flow)]
    scalars = [one for one in found if one.node.sort == "scalar" and one.owner and one.node.plainly]
    behind = [one for one in scalars if one.node.style not in {"|", ">"} and _has_comment_behind(text, one.node)]
    maps = [one for one in blocks if one.node.sort == "map"]
    lists = [one for one in blocks if one.node.sort == "list" and all(i.sort == "map" for i in one.node.items)]
    flows = [one for one in found if one.node.flow and one.node.plainly]
    inner = [one for one in found if one.owner and len(one.owner.pairs or one.owner.items) > 1 and _is_clean(one)]
    nested = {"on-call": True, "name": "x", "items": ["a", "b"], "deeper": {"k": 1}}
    makers: dict[str, tuple[list[Spot], Callable[[random.Random], dict[str, Any]]]] = {
        SORTS[0]: (scalars, lambda dice: {"value": _value(dice)}),
        SORTS[1]: (behind, lambda dice: {"value": _value(dice)}),
        SORTS[2]: (maps, lambda dice: {"key": "addedKey", "value": _value(dice)}),
        SORTS[3]: (maps, lambda dice: {"key": "addedBlock", "value": nested}),
        SORTS[4]: (lists, lambda dice: {"value": {"name": "added", "count": 7}}),
        SORTS[5]: ([one for one in inner if one.key], lambda dice: {}),
        SORTS[6]: ([one for one in inner if not one.key and _own_line(text, one)], lambda dice: {}),
        SORTS[7]: (flows, lambda dice: {"key": "addedKey", "value": _value(dice)}),
    }
    edits = []
    for sort, (places, make) in makers.items():
        dice = random.Random(f"{seed} {sort}")  # noqa: S311
        if places:
            spot = dice.choice(places)
            given = make(dice)
            if spot.node.sort == "list":
                given.pop("key", None)
            shared = spot.shared or (sort in {*SORTS[2:5], SORTS[7]} and _is_aliased(found, spot.node))
            edits.append(Edit(sort, Spot(**{**vars(spot), "shared": shared}), **given))
    return edits


def _is_aliased(found: list[Spot], node: Node) -> bool:
    return bool(node.anchor) and any(one.node.sort == "alias" and one.node.text == node.anchor for one in found)


def _is_clean(spot: Spot) -> bool:
    """Tell whether a node can go: nothing in it is anchored, it has no tag, and so the map or list around it."""
    assert spot.owner
    return not any(one.anchor or one.sort == "alias" for one in yamltext.walk(spot.node)) and spot.owner.plainly


def _has_comment_behind(text: str, node: Node) -> bool:
    rest = text[node.end : line_end(text, node.end)]
    return "\n" not in text[node.start : node.end] and re.match(r"[ \t]+#", rest) is not None


def _own_line(text: str, spot: Spot) -> bool:
    dash = _dash(text, spot.node.start) if not spot.flow and spot.owner and not spot.owner.flow else -1
    return dash < 0 or not text[line_start(text, dash) : dash].strip()


def _dash(text: str, start: int) -> int:
    """Return where the ``-`` stands that begins the item at an offset."""
    tokens = yaml.scan(text, Loader=yaml.CLoader)
    dashes = [one.start_mark.index for one in tokens if isinstance(one, yaml.BlockEntryToken)]
    return dashes[bisect_left(dashes, start) - 1]


def make(documents: list[Node], edit: Edit) -> list[Node]:
    """Return documents as they are after an edit."""
    edited = copy.deepcopy(documents)
    owner, last, node = edited[edit.spot.doc], -1, edited[edit.spot.doc]
    for step in edit.spot.path:
        owner, last = node, step
        node = node.pairs[step][1] if node.sort == "map" else node.items[step]
    if edit.sort in SORTS[:2]:
        new = yamltext.made(edit.value)
        if owner.sort == "map":
            owner.pairs[last] = (owner.pairs[last][0], new)
        else:
            owner.items[last] = new
    elif edit.sort in SORTS[5:7]:
        del (owner.pairs if owner.sort == "map" else owner.items)[last]
    elif edit.key:
        node.pairs.append((yamltext.made(edit.key), yamltext.made(edit.value)))
    else:
        node.items.append(yamltext.made(edit.value))
    return edited


# --- The judge --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Window:
    """What an edit may touch: text between two offsets, of which the comments in ``free`` may go, and no other."""

    start: int
    end: int
    free: tuple[int, int] = (0, 0)
    inserts: int | None = None  # for an insertion: how many lines may be new, and no other line may change
    column: int = 0


def judge(text: str, edit: Edit, result: str) -> Verdict:
    """Return what is wrong with a text after an edit. Positions are those of ``text`` with line feeds, without BOM."""
    faults = []
    if result.startswith(BOM) != text.startswith(BOM):
        faults.append("byte order mark")
    crlf = "\r\n" in text and text.count("\r\n") == text.count("\n")
    if crlf and result.count("\r\n") != result.count("\n"):
        faults.append("line ends")
    before, after = (one.removeprefix(BOM).replace("\r\n", "\n" if crlf else "\r\n") for one in (text, result))
    documents = yamltext.read(before)
    try:
        right = tuple(map(yamltext.meaning, make(documents, edit))) == yamltext.meanings(after)
    except UnusableError:
        right = False
    if not right:
        return Verdict((*faults, "data"), wrong=True)
    if before.endswith("\n") != after.endswith("\n"):
        faults.append("end of the file")
    if yamltext.marks(before) != yamltext.marks(after):
        faults.append("document markers")
    window = _window(before, edit)
    return Verdict((*faults, *_comment_faults(before, after, window), *_line_faults(before, after, window)))


def _comment_faults(before: str, after: str, window: Window) -> Iterator[str]:
    there = [text for _, text in yamltext.comments(after)]
    mine = yamltext.comments(before)
    low, high = window.free
    needed = [text for at, text in mine if not low <= at < high]
    if any(there.count(text) < needed.count(text) for text in needed):
        yield "a comment is lost"
    elif any(there.count(text) > [one for _, one in mine].count(text) for text in there):
        yield "a comment is duplicated"
    else:
        rest = iter(there)
        if not all(text in rest for text in needed):
            yield "a comment is moved"


def _line_faults(before: str, after: str, window: Window) -> Iterator[str]:
    if window.inserts is None:
        around = before[: window.start], before[window.end :]
        if not (after.startswith(around[0]) and after.endswith(around[1])) or len(after) < sum(map(len, around)):
            yield "other lines"
        return
    if not before.endswith("\n"):  # the line that was the last one gets a line break
        before, after = f"{before}\n", f"{after}\n"
    size = len(after) - len(before)
    places = _line_starts(before, window.start, window.end)
    fitting = [at for at in places if size > 0 and after[:at] == before[:at] and after[at + size :] == before[at:]]
    if not fitting:
        yield "other lines"
        return
    new = after[fitting[0] : fitting[0] + size]
    if new.count("\n") > window.inserts:
        yield "more lines than needed"
    if not any(_within(before[window.start : at], window.column) for at in fitting):
        yield "below a comment of an outer block"


def _within(text: str, column_: int) -> bool:
    """Tell whether all comments of some lines are indented at least as deep as what is inserted behind them."""
    lines = text.split("\n")
    return all(len(one) - len(one.lstrip()) >= column_ for one in lines if one.lstrip().startswith("#"))


def _line_starts(text: str, low: int, high: int) -> list[int]:
    return [low, *(low + found.end() for found in re.finditer("\n", text[low:high]))]


def _window(text: str, edit: Edit) -> Window:
    node = edit.spot.node
    if edit.sort in SORTS[:2]:
        wide = node.end
        if node.style in {"|", ">"}:
            wide += len(re.match(r"[ \t\r\n]*", text[node.end :]).group())  # type: ignore[union-attr]
            wide = max(node.end, line_start(text, wide))
        return Window(node.start, wide)
    if edit.sort in SORTS[5:7]:
        return _window_of_deletion(text, edit.spot)
    if node.flow:
        parts = [one for _, one in node.pairs] or node.items
        if not parts:  # what is put there may stand in lines below
            start = len(text[: node.start].rstrip(" "))
            return Window(start, line_end(text, node.end))
        return Window(parts[-1].end if parts else node.start + 1, node.end - 1)
    return _window_of_insertion(text, edit)


def _window_of_insertion(text: str, edit: Edit) -> Window:
    node = edit.spot.node
    start = line_end(text, node.end - 1) if node.end else 0
    match = re.match(r"(?:[ \t\r]*(?:#[^\n]*)?(?:\n|\Z))*", text[start:])
    end = start + match.end() if match else start
    last = node
    while last.pairs or last.items:
        last = last.pairs[-1][1] if last.pairs else last.items[-1]
    if not text.endswith("\n"):
        if last.style in {"|", ">"} and end == len(text):  # "|" must become "|-" for what follows
            return Window(last.start, len(text))
        end += 1
        start += 1 if start == len(text) else 0
    value = {edit.key: edit.value} if edit.key else [edit.value]
    lines = yamltext.dump([yamltext.made(value)]).count("\n")
    if isinstance(edit.value, str):
        lines = 1 + edit.value.count("\n")
    return Window(start, end, inserts=lines, column=column(text, node.start))


def _window_of_deletion(text: str, spot: Spot) -> Window:
    node, owner = spot.node, spot.owner
    assert owner
    if owner.flow:
        return Window(owner.start + 1, owner.end - 1, (spot.start, line_end(text, node.end)))
    start = spot.start if spot.key else _dash(text, node.start)
    depth = column(text, start)
    end = line_end(text, max(node.end, spot.key.end if spot.key else 0) - 1)
    last = end
    for line in text[end:].splitlines(keepends=True):  # comments that are deeper than the node, and blank lines
        bare = line.strip()
        if bare and not (bare.startswith("#") and len(line) - len(line.lstrip(" ")) > depth):
            break
        end += len(line)
        last = end if bare else last
    head = line_start(text, start)
    free = (start, last)
    if text[head:start].strip():  # the first key behind a dash: the next one takes its place
        following = re.compile(r"(?:[ \t\r]*(?:#[^\n]*)?\n)*").match(text, end)
        assert following
        return Window(start, line_end(text, following.end()), free)
    if end == len(text) and not text.endswith("\n"):
        head = max(head - 1, 0)
    return Window(head, end, free)


def asks_first(text: str, edit: Edit) -> bool:
    """Tell whether the merge has to ask before an edit, since comments of ours would go that the template never wrote.

    A deletion takes those in the node, behind it, and the lines of comment right above it. An item of a list is another
    one when what it is known by changes; whether a value is that, only the merge knows. What a comment says beside an
    item that is a value, it says of that value.
    """
    plain = text.removeprefix(BOM).replace("\r\n", "\n")
    comments = [at for at, _ in yamltext.comments(plain)]
    if edit.sort in SORTS[5:7]:
        low, high = _window(plain, edit).free
        above = plain[: line_start(plain, low)].split("\n")[-2:-1]
        if any(low <= at < high for at in comments) or any(one.lstrip()[:1] == "#" for one in above):
            return True
    owner = edit.spot.owner
    if owner is not None and owner.sort == "list" and edit.sort in SORTS[:2]:
        return any(edit.spot.start <= at < line_end(plain, edit.spot.node.end) for at in comments)
    if edit.sort not in (*SORTS[:2], SORTS[5]) or owner is None or not _is_item(plain, edit.spot):
        return False
    return any(owner.start <= at < line_end(plain, owner.end) for at in comments)


def _is_item(text: str, spot: Spot) -> bool:
    """Tell whether the map around a value is an item of a list."""
    node = yamltext.read(text)[spot.doc]
    for step in spot.path[:-2]:
        node = node.pairs[step][1] if node.sort == "map" else node.items[step]
    return len(spot.path) > 1 and node.sort == "list"
