"""What people and bots have changed by hand, as (file, path, value), to be looked up in what is there later."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from . import yamltext
from .yamltext import BOM, Node

Path = tuple[str, ...]
ABSENT = ("absent",)


@lru_cache(maxsize=2048)
def data_of(text: str) -> Any:
    """Return a text as data to compare: maps, named lists as maps, other lists, and scalars with their types."""
    documents = yamltext.read(text.removeprefix(BOM))
    return _data(documents[0]) if documents else ABSENT


def _data(node: Node) -> Any:
    if node.sort == "map":
        return {key.text: _data(one) for key, one in node.pairs}
    if node.sort == "list":
        items = [_data(one) for one in node.items]
        names = [name_of(one) for one in node.items]
        return dict(zip(names, items, strict=True)) if all(names) and len(set(names)) == len(names) else items
    return yamltext.leaf(node.text, node.style, node.tag)


@lru_cache(maxsize=2048)
def _comments(text: str) -> Counter[str]:
    return Counter(comment for _, comment in yamltext.comments(text.removeprefix(BOM)))


def name_of(item: Node) -> str:
    """Return what an item is told apart by: its name, or its action without the ref. Empty where it has neither."""
    texts = {key.text: one.text for key, one in item.pairs}
    known = ((key, texts[key].partition("@")[0]) for key in ("name", "id", "uses") if key in texts)
    return next((f"[{key}={text}]" for key, text in known), "")


def differences(before: Any, after: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield path and new value of everything that differs, as deep down as can be; ABSENT for what is gone."""
    if before == after:
        return
    if isinstance(after, dict) and after:
        below = before if isinstance(before, dict) else {}
        for key in dict.fromkeys([*below, *after]):
            yield from differences(below.get(key, ABSENT), after.get(key, ABSENT), (*path, key))
    elif isinstance(after, list) and isinstance(before, list):
        for one in before:
            if one not in after:
                yield (*path, f"without {one}"), one
        for one in after:
            if one not in before:
                yield (*path, f"with {one}"), one
    else:
        yield path, after


def holds(data: Any, path: Path, value: Any) -> bool:
    """Tell whether there is a value at a path of data."""
    for step in path:
        if step.startswith(("with ", "without ")) and isinstance(data, list):
            return (value in data) == step.startswith("with ")
        if not isinstance(data, dict) or step not in data:
            return bool(value == ABSENT) or step.startswith("without ")
        data = data[step]
    return bool(data == value)


def related(one: Path, other: Path) -> bool:
    """Tell whether one path is at or above the other; an item without a name may be any."""
    return all(mine == yours or "" in {mine, yours} for mine, yours in zip(one, other, strict=False))


def _undone(one: Path, other: Path) -> bool:
    """Tell whether one path is about an item of a list, and the other about the same item coming or going."""
    swap = {"with": "without", "without": "with"}
    sides = [(path[:-1], *path[-1].partition(" ")[::2]) for path in (one, other) if path]
    return len(sides) == 2 and sides[0] == (sides[1][0], swap.get(sides[1][1]), sides[1][2])


def field_of(path: Path) -> str:
    """Return a path as conflicts name it, as far as it names fields."""
    out = ""
    for step in path:
        if step.startswith(("with ", "without ")):
            break
        out += step if step.startswith("[") or not out else f".{step}"
    return out


def words(name: str) -> list[str]:
    """Return the parts of a field, however its name is written."""
    return re.findall(r"[\w/-]+", name)


def covers(name: str, path: Path) -> bool:
    """Tell whether a conflict at a field is about a path: at it, above or below."""
    mine, yours = words(name), words(field_of(path))
    return mine[: len(yours)] == yours[: len(mine)]


def comment_paths(text: str) -> list[tuple[str, Path]]:
    """Return every comment with the path of the node that it stands by: on its line, else the next one below."""
    text = text.removeprefix(BOM).replace("\r\n", "\n")
    documents = yamltext.read(text)
    places = sorted(_places(documents[0], ())) if documents else []
    out = []
    for at, comment in yamltext.comments(text):
        start, end = yamltext.line_start(text, at), yamltext.line_end(text, at)
        beside = [path for begin, path in places if start <= begin < end]
        below = [path for begin, path in places if begin >= end]
        out.append((comment, beside[-1] if beside else below[0] if below else ()))
    return out


def _places(node: Node, path: Path) -> Iterator[tuple[int, Path]]:
    for key, one in node.pairs:
        yield key.start, (*path, key.text)
        yield from _places(one, (*path, key.text))
    for one in node.items:
        yield one.start, (*path, name_of(one))
        yield from _places(one, (*path, name_of(one)))


def scalars(text: str) -> list[tuple[Path, tuple[int, int]]]:
    """Return path and span of every scalar below keys and named items."""
    documents = yamltext.read(text)
    out: list[tuple[Path, tuple[int, int]]] = []

    def below(node: Node, path: Path) -> None:
        if node.sort == "scalar":
            out.append((path, (node.start, node.end)))
        for key, one in node.pairs:
            below(one, (*path, key.text))
        for one in node.items:
            below(one, (*path, name_of(one)))

    for root in documents:
        below(root, ())
    return out


def with_value(text: str, name: str, field_name: str, value: str | None) -> str | None:
    """Return the text of a file with a plain value at a field of a conflict, or None if that is no one place."""
    found = scalars(text) if name.endswith(".yaml") else []
    places = [span for path, span in found if words(field_of(path)) == words(field_name)]
    if len(places) != 1 or not value or not re.fullmatch(r"[\w./-]+", value) or "\n" in text[slice(*places[0])]:
        return None
    start, end = places[0]
    return text[:start] + value + text[end:]


@dataclass
class Log:
    """Values by file and path, comments with the paths that they stand by, and where comments were touched."""

    values: dict[str, dict[Path, Any]] = field(default_factory=dict)
    comments: dict[str, dict[str, Path]] = field(default_factory=dict)
    touched: dict[str, set[Path]] = field(default_factory=dict)
    lines: dict[str, set[str]] = field(default_factory=dict)  # of what is no YAML
    kept: dict[str, set[str]] = field(default_factory=dict)  # fields that were settled for ours
    count: int = 0

    def note(self, name: str, before: str, after: str) -> None:
        """Note an edit of a file by hand."""
        self.count += 1
        if not name.endswith(".yaml"):
            mine = self.lines.setdefault(name, set())
            mine &= set(after.split("\n"))
            mine |= set(after.split("\n")) - set(before.split("\n"))
            return
        values = self.values.setdefault(name, {})
        for path, value in differences(data_of(before), data_of(after)):
            for old in [one for one in values if related(one, path) or _undone(one, path)]:
                del values[old]
            values[path] = value
        there, then = comment_paths(after), comment_paths(before)
        comments = self.comments.setdefault(name, {})
        new = Counter(text for text, _ in there) - Counter(text for text, _ in then)
        comments.update({text: path for text, path in there if text in new})
        gone = Counter(text for text, _ in then) - Counter(text for text, _ in there)
        for text in [one for one in comments if one in gone]:
            del comments[text]
        touched = self.touched.setdefault(name, set())
        touched |= {path for text, path in there if text in new} | {path for text, path in then if text in gone}

    def forget(self, name: str, field_name: str = "") -> None:
        """Forget what was settled for the other side, or the whole file."""
        if not field_name:
            for part in (self.values, self.comments, self.touched, self.lines, self.kept):
                part.pop(name, None)  # type: ignore[attr-defined]
            return
        values, comments = self.values.get(name, {}), self.comments.get(name, {})
        for path in [one for one in values if covers(field_name, one)]:
            del values[path]
        for text in [text for text, path in comments.items() if covers(field_name, path)]:
            del comments[text]

    def agree(self, name: str, base: str | None) -> None:
        """Forget what is no edit any more: what is generated too, and what is missing where nothing is generated.

        A later change of the template reaches the former, and where there is no base nothing tells of a deletion.
        """
        if not name.endswith(".yaml"):
            self.lines.get(name, set()).difference_update(() if base is None else base.split("\n"))
            return
        values = self.values.get(name, {})
        data = None if base is None else data_of(base)
        for path, value in list(values.items()):
            gone = value == ABSENT or (path[-1:] or ("",))[0].startswith("without ")
            if gone if base is None else holds(data, path, value):
                del values[path]

    def lost(self, name: str, text: str | None) -> list[str]:
        """Return what was noted of a file and is not in its text."""
        if text is None:
            noted = [*self.values.get(name, ()), *self.comments.get(name, ()), *self.lines.get(name, ())]
            return [f"{name} is gone"] if noted else []
        if not name.endswith(".yaml"):
            return [f"{name}: {one}" for one in self.lines.get(name, set()) - set(text.split("\n"))]
        if not (name in self.values or name in self.comments):
            return []
        data = data_of(text)
        found = [f"{name}: {one}: {v}" for one, v in self.values.get(name, {}).items() if not holds(data, one, v)]
        there = _comments(text)
        return found + [f"{name}: {one} {there[one]} times" for one in self.comments.get(name, {}) if there[one] != 1]

    def elsewhere(self, name: str, text: str) -> list[str]:
        """Return the comments that stand by something else than where they were written, though that is still there."""
        noted = {one: path for one, path in self.comments.get(name, {}).items() if path}
        if not noted:
            return []
        data, there = data_of(text), dict(comment_paths(text))
        return [
            f"{name}: {one} is at {field_of(there[one])}, not at {field_of(path)}"
            for one, path in noted.items()
            if one in there and there[one] != path and not holds(data, path, ABSENT)
        ]

    def unexplained(self, name: str, generated: str, text: str) -> list[str]:
        """Return what differs from what is generated, and was never changed by hand."""
        kept = self.kept.get(name, set())
        if "" in kept:
            return []
        if not name.endswith(".yaml"):
            extra = set(text.split("\n")) - set(generated.split("\n")) - self.lines.get(name, set())
            return [f"{name}: {one}" for one in extra]
        noted = self.values.get(name, {})
        found = [
            f"{name}: {path}: {value}"
            for path, value in differences(data_of(generated), data_of(text))
            if not any(related(path, one) for one in noted) and not any(covers(one, path) for one in kept)
        ]
        missing = Counter(one for one, _ in comment_paths(generated)) - Counter(one for one, _ in comment_paths(text))
        near = [*noted, *self.touched.get(name, ())]
        return found + [
            f"{name}: the comment {text} is not there"
            for text, path in comment_paths(generated)
            if text in missing and not any(related(path, one) for one in near)
            if not any(covers(one, path) for one in kept)
        ]
