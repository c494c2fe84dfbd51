"""Read Alertmanager's section of a file, and the parts of it that merge keys share."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ....alertmanager.chart_layouts import STACK, ChartLayout
from ....alertmanager.chart_settings import rendered_text
from ....alertmanager.decoding import OPERATOR
from ....alertmanager.value import Value, plain_data, read_value, shifted
from ....errors import Invalid, invalid
from ....yaml import GO_MAPS, Node, expand, is_merge_key, parse
from ....yaml.block_writer import PlainText
from .place import ConfigPlace, find_place

Where = tuple[str | int, ...]
# Keys whose values Alertmanager reads as text, and adoption compares.
_NAMED = frozenset({"name", "receiver", "match", "match_re", "group_by"})


@dataclass(frozen=True)
class MergeKey:
    """A merge key (``<<``) of a map: its place, and the keys whose value comes from the map alone.

    ``overridden`` are other keys of the map. ``text`` marks a configuration that is text.
    """

    line: int
    column: int
    own: frozenset[str]
    overridden: frozenset[str] = frozenset()
    text: bool = False


class SharedMap(dict[str, Any]):
    """A map with keys from a merge key, which cannot change here because other maps may share them."""

    def __init__(self, data: Mapping[str, Any], key: MergeKey, where: Where) -> None:
        super().__init__(data)
        self.shared = {name: copy.deepcopy(one) for name, one in data.items() if name not in key.own}
        self.key, self.where = key, where


class NameNotText(str):
    """A name that the file writes as another type, as the text that Alertmanager reads: 911, on."""

    __slots__ = ("source",)

    def __new__(cls, value: Value) -> NameNotText:
        """Return the text of a scalar that is not text."""
        made = super().__new__(cls, value.text)
        made.source = PlainText(value.source)
        return made

    source: PlainText

    def __deepcopy__(self, _: Any) -> NameNotText:
        return self


@dataclass(frozen=True)
class ValuesDocument:
    """A document that is a map: its value with aliases and merge keys expanded, and its merge keys by path."""

    value: Value
    merge_keys: Mapping[Where, MergeKey]

    def data(self, value: Value, where: Where) -> Any:
        """Return the data of a value at a path of this document.

        Names are text, whatever their type; keys are as they are written, to find them there.
        """
        if value.shape == "list":
            return [self.data(one, (*where, number)) for number, one in enumerate(value.items)]
        if value.shape != "map":
            is_name = value.tag not in {"str", "null"} and not _NAMED.isdisjoint(where[-2:])
            return NameNotText(value) if is_name else plain_data(value)
        keys = {key: one.key_source or key for key, one in value.pairs.items()}
        found = {keys[key]: self.data(one, (*where, keys[key])) for key, one in value.pairs.items()}
        key = self.merge_keys.get(where)
        return SharedMap(found, key, where) if key is not None else found


@dataclass(frozen=True)
class AlertmanagerPart:
    """Alertmanager's section; ``text`` is the configuration if it is text that Helm renders."""

    value: Value
    document: ValuesDocument
    where: Where
    text: Value | None
    layout: ChartLayout

    @property
    def config(self) -> Value | None:
        """The configuration, or None."""
        return self.value.get(*self.layout.config)

    def data(self) -> dict[str, Any]:
        """Return the part's data; empty if it is not a map."""
        found = self.document.data(self.value, self.where)
        return found if isinstance(found, dict) else {}

    @property
    def tpl(self) -> bool:
        """Whether Helm renders the configuration."""
        return self.value.truth_of("tplConfig")


def document_of(text: str, path: str, *, helm: bool, line: int = 0) -> ValuesDocument | None:
    """Parse a text that is a map, None for anything else. Raises Invalid if it is not valid YAML, or too large.

    ``helm`` says whether Helm reads it; ``line`` is the line of the file before the text.
    """
    documents = parse(text, path)
    if len(documents) != 1 or documents[0].shape != "map":
        return None
    return _document(documents[0], path, helm=helm, line=line)


def _document(node: Node, path: str, *, helm: bool, line: int = 0) -> ValuesDocument:
    root = expand(node, path, GO_MAPS if helm else OPERATOR)
    keys = dict(_merge_keys(node, root, (), line, text=not helm))
    return ValuesDocument(read_value(root, helm=helm, path=path, reader=OPERATOR), keys)


def document_at(text: str, path: str, place: ConfigPlace) -> tuple[ValuesDocument | None, Where]:
    """Return the document of a file's values, or of its configuration, and the path of these in it."""
    if place.root is None or place.part is None:
        return document_of(text, path, helm=place.layout.merges), ()
    if not place.part.is_text:
        return _document(place.root, path, helm=True), place.part.where
    inner = place.part.text
    if inner is None:
        return None, ()
    inside = place.part.inside(text)
    try:
        documents = [one for one in parse(inner, path) if one.shape != "scalar" or one.tag != "null"]
        found = document_of(inner, path, helm=place.layout.merges)
        if documents and found is None:
            name = ".".join(map(str, place.part.where))
            raise invalid(path, f"{name} is not one map", "write one document with keys", line=1, column=1)
    except Invalid as error:
        lead = "is base64 of a text that in its line {line} " if place.part.is_encoded else ""
        moved = [
            replace(one, line=inside(one.line, 1)[0], message=lead.format(line=one.line) + one.message)
            for one in error.problems
        ]
        raise Invalid(moved) from error
    if found is None:
        return None, ()
    keys = {where: replace(one, line=inside(one.line, 1)[0]) for where, one in found.merge_keys.items()}
    return ValuesDocument(shifted(found.value, inside), keys), ()


def _merge_keys(node: Node, read: Node, where: Where, line: int, *, text: bool) -> Iterator[tuple[Where, MergeKey]]:
    """Yield the merge keys of maps at or below a node, not following aliases; ``read`` is the node expanded."""
    merge = next((key for key, _ in node.pairs if is_merge_key(key)), None)
    if merge is not None:
        effective = {id(key) for key, _ in read.pairs}
        own = frozenset(key.text for key, _ in node.pairs if id(key) in effective)
        overridden = frozenset(key.text for key, _ in node.pairs if key is not merge) - own
        yield where, MergeKey(merge.line + line, merge.column, own, overridden, text)
    for key, one in node.pairs:
        if (pair := read.pair(key.text)) is not None and pair[0] is key:
            yield from _merge_keys(one, pair[1], (*where, key.text), line, text=text)
    for number, (one, its) in enumerate(zip(node.items, read.items, strict=False)):
        yield from _merge_keys(one, its, (*where, number), line, text=text)


def surroundings(text: str, path: str, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the settings that a spec needs for a file: ``chart``, ``object``, ``umbrella``, ``tpl_config``, and so on.

    ``values`` are those of the spec so far. Raises Invalid if the file has no place for a configuration, or if
    generated values would not be read, because the configuration is text.
    """
    place = find_place(text, path, values or {})
    part = part_at(text, path, place)
    out = place.settings
    if part is not None and part.tpl:
        out["string_config" if part.text else "tpl_config"] = True
    return out


def part_at(text: str, path: str, place: ConfigPlace) -> AlertmanagerPart | None:
    """Return Alertmanager's section at a place of a file; None if the file has none yet.

    Raises Invalid for a section that cannot be changed: one that comes from a merge key, or whose configuration is
    text that is not valid YAML.
    """
    document, above = document_at(text, path, place)
    if document is None:
        return None
    value, where = document.value, tuple[str | int, ...]()
    for name in (*above, *((place.umbrella,) if place.umbrella else ()), *place.layout.section):
        if isinstance(name, int):
            value, where = value.items[name], (*where, name)
            continue
        if name not in value.pairs:
            return None
        key = document.merge_keys.get(where)
        if key is not None and name not in key.own:
            raise Invalid(shared_problem(path, (*where, name), key))
        value, where = value.pairs[name], (*where, name)
    is_stack = place.layout.name == STACK
    part = AlertmanagerPart(value, document, where, rendered_text(value) if is_stack else None, place.layout)
    _refuse_text(part, path)
    return part


def configuration_in(text: str, path: str, values: Mapping[str, Any]) -> Value | None:
    """Return the configuration in a file, None if it has none. Raises Invalid if it cannot be read.

    ``values`` are those of a spec.
    """
    part = part_at(text, path, find_place(text, path, values))
    if part is None or part.text is None:
        return part.config if part is not None else None
    inner = document_of(part.text.text, path, helm=False, line=part.text.line)
    return inner.value if inner is not None else None


def shared_problem(path: str, where: Where, key: MergeKey) -> Any:
    """Return the problem of a value that must change, but that a merge key sets."""
    name, last = ".".join(str(one) for one in where), where[-1]
    above = ".".join(map(str, where[:-1])) or "the top"
    if last in key.overridden:
        message = f"{name} must change, but this merge key after it overrides it"
        hint = f"put the merge key before {last}, and run this again"
    else:
        message = f"{name} must change, but comes from this merge key, whose content other places may share"
        hint = f"write out {last} below {above}, after the merge key, and run this again"
    if key.text:
        hint = "write out what the merge key stands for in its place, and run this again"
    return invalid(path, message, hint, line=key.line, column=key.column).problems[0]


def _refuse_text(part: AlertmanagerPart, path: str) -> None:
    """Refuse a configuration that is text but not valid YAML, such as a template with actions outside of values."""
    found = part.text
    if found is not None:
        try:
            if document_of(found.text, path, helm=False) is not None:
                return
            message = "alertmanager.stringConfig is not a map"
        except Invalid as error:
            first = error.problems[0]
            message = f"alertmanager.stringConfig cannot be parsed: in its line {first.line} it {first.message}"
        hint = "put actions of Helm into quotes, or move it to alertmanager.config as a map"
        raise invalid(path, message, hint, line=found.line, column=found.column)
    config = part.config
    if config is not None and config.shape == "scalar" and config.tag == "str" and config.text.strip():
        message = f"{part.layout.config_name} is text, which the chart uses unchanged: scaffold cannot edit it"
        other = ", or move it to stringConfig with tplConfig: true" if part.layout.name == STACK else ""
        hint = f"write it as a map, without the |{other}; then run this again"
        raise invalid(path, message, hint, line=config.line, column=config.column)


def refuse_shared_changes(want: Any, path: str) -> None:
    """Raise Invalid with all keys from merge keys that are wanted to differ."""
    problems = [
        shared_problem(path, (*one.where, name), one.key)
        for one in _merged_maps(want)
        for name, was in one.shared.items()
        if name not in one or one[name] != was
    ]
    if problems:
        raise Invalid(sorted(set(problems)))


def with_names_as_written(data: Any) -> Any:
    """Return data with names as the file has them."""
    if isinstance(data, dict):
        return {key: with_names_as_written(one) for key, one in data.items()}
    if isinstance(data, list):
        return [with_names_as_written(one) for one in data]
    return data.source if isinstance(data, NameNotText) else data


def _merged_maps(data: Any) -> Iterator[SharedMap]:
    """Yield the maps with merge keys, outer ones first; keys removed from one are skipped."""
    if isinstance(data, SharedMap):
        yield data
    for one in list(data.values()) if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from _merged_maps(one)
