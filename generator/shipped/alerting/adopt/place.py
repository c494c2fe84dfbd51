"""Find the place of Alertmanager's configuration in a file: in Helm values, in an object, or the whole file.

Any other file is refused: no program would read the values in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ....alertmanager.chart_layouts import ChartLayout, layout_of
from ....alertmanager.chart_values import (
    CHARTS,
    ValuesChart,
    chart_of_values,
    is_around_alertmanager,
    not_of_chart,
)
from ....alertmanager.embedded import (
    ObjectPart,
    is_go_template,
    object_parts,
    overriding,
    unread_values,
)
from ....alertmanager.value import Value, read_value
from ....errors import Invalid, invalid
from ....yaml import GO_MAPS, Node, expand, get, parse, text_at
from .object_reading import is_on_one_line, parts_as_written, values_in_part, written_name
from .unclear_chart import section_with_configuration, umbrella_of, unclear_chart

_SUPPORTED = (
    "name Helm values of a supported chart, a HelmRelease or Application with them, a Secret with alertmanager.yaml, "
    "or Alertmanager's own file: docs/user/alerting.md has the list"
)
_MAX_NAMED = 5  # objects named in a message
_ENCRYPTED = {"SealedSecret", "ExternalSecret"}


@dataclass(frozen=True)
class ConfigPlace:
    """A place of a configuration: the layout around it, the umbrella chart's key, and the object that has it.

    ``object`` is kind and name, ``root`` the object, ``part`` the place in it; without an object, the file has values,
    or the configuration itself. ``certain``: the file or the spec says which chart it is.
    """

    layout: ChartLayout
    umbrella: str = ""
    object: str = ""
    root: Node | None = None
    part: ObjectPart | None = None
    certain: bool = True

    @property
    def whole(self) -> Node | None:
        """The object with its aliases expanded."""
        return None if self.root is None else expand(self.root, "", GO_MAPS)

    @property
    def settings(self) -> dict[str, Any]:
        """The keys of a spec for a file with this place."""
        named = {"chart": self.layout.name} if self.layout != layout_of("") else {}
        found = {"object": self.object, "umbrella": self.umbrella}
        return named | {key: one for key, one in found.items() if one}


def find_place(text: str, path: str, values: Mapping[str, Any]) -> ConfigPlace:
    """Return the place of the configuration in a file.

    ``values`` are those of a spec, of which ``chart`` and ``object`` choose; both may be missing. Raises Invalid if
    there is no place for a configuration in the file, or more than one.
    """
    if "\r" in text and "\n" not in text:
        hint = "convert it, such as with tr '\\r' '\\n'"
        raise invalid(path, "ends its lines with carriage returns alone", hint, line=1, column=1)
    documents = [one for one in parse(text, path) if one.shape != "scalar" or one.tag != "null"]
    objects = [one for one in documents if text_at(one, "kind") and text_at(one, "apiVersion")]
    encrypted = next((one for one in documents if get(one, "sops") is not None), None)
    if encrypted is not None:
        message = "is encrypted with SOPS: a change would make its signature invalid"
        raise invalid(
            path, message, "adopt the file before it is encrypted", line=encrypted.line, column=encrypted.column
        )
    if objects:
        return _in_objects(objects, path, values)
    if len(documents) > 1:
        message = f"has {len(documents)} documents, but Helm and Alertmanager read one"
        raise invalid(path, message, "put the others into files of their own", line=documents[1].line, column=1)
    root = read_value(documents[0], helm=True, path=path) if documents else Value("map", "map")
    named, umbrella = str(values.get("chart") or ""), str(values.get("umbrella") or "")
    found = _chosen(chart_of_values(root), root, path, named, umbrella)
    certain = found.certain or bool(named) or not root.pairs
    return ConfigPlace(layout_of(found.name), found.umbrella, certain=certain)


def _chosen(found: ValuesChart, root: Value, path: str, named: str, umbrella: str) -> ValuesChart:
    """Return the chart of values, which may be named. Raises Invalid if it is neither known nor named."""
    if named == "alertmanager" and is_around_alertmanager(root):
        return ValuesChart(named, "alertmanager", certain=True)
    if named and found.certain and found.name != named:
        message = f"{_what(found.name)}, not {_what(named)}"
        raise invalid(
            path,
            f"has {message}",
            f"use --chart {found.name} of scaffold alerting, or chart: {found.name} in the spec",
            line=1,
            column=1,
        )
    if named and not found.certain:
        if fault := _contradicted(root, named, path):
            raise fault
        return ValuesChart(named, umbrella or umbrella_of(found, root, named))
    if not found.name:
        if section := section_with_configuration(root):
            raise unclear_chart(root, section, path)
        what = ", ".join(list(root.pairs)[:_MAX_NAMED]) if root.shape == "map" else f"a {root.shape}"
        message = f"has no configuration of Alertmanager, and is not known to be values of a chart with one: {what}"
        raise invalid(
            path,
            message,
            "if it is, name the chart with --chart of scaffold alerting; else " + _SUPPORTED,
            line=root.line,
            column=root.column,
        )
    return found


def _contradicted(root: Value, named: str, path: str) -> Invalid | None:
    """Return why a file cannot be what the user says that it is: no program would read what is written."""
    found = not_of_chart(root, named)
    layout, section = layout_of(named), section_with_configuration(root)
    if not found and section and layout.merges and not layout.section:
        found = ".".join((*section, "config"))
    if not found:
        return None
    message = f"has {found}, which {_what(named)} {'do' if layout_of(named).merges else 'does'} not have"
    hint = "name the file of this chart, or a new one"
    return invalid(path, message, hint, line=root.line, column=root.column)


def _what(chart: str) -> str:
    layout = layout_of(chart)
    return f"values of the chart {chart}" if layout.merges else "Alertmanager's own configuration"


def _in_objects(objects: Sequence[Node], path: str, values: Mapping[str, Any]) -> ConfigPlace:
    named, wanted = str(values.get("chart") or ""), str(values.get("object") or "")
    others: list[Invalid] = []
    chosen = [one for one in objects if wanted in ("", written_name(one, path))]
    known = [one for root in chosen for one in _places(root, objects, path, named, others)]
    if others and not known:
        raise others[0]
    having = [one for one in known if _has_configuration(one, path)]
    found = having if len(having) == 1 else known
    if len(found) == 1:
        _refuse_template(found[0], path)
        _refuse_unreadable(found[0], path)
        return found[0]
    names = [f"{written_name(one, path)} in line {one.line}" for one in objects]
    if found:
        names = [f"{one.object} in line {one.root.line}" for one in found if one.root is not None]
        message = f"has several places for a configuration: {', '.join(names[:_MAX_NAMED])}"
        hint = f"choose one with --object of scaffold alerting, such as --object {found[0].object}"
        if len({one.object for one in found}) < len(found):
            hint = "put them into objects of different names"
        raise invalid(path, message, hint, line=found[0].root.line if found[0].root else 1, column=1)
    more = f" and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
    lack = "place for Alertmanager's configuration" if chosen else wanted
    message = f"has {', '.join(names[:_MAX_NAMED])}{more}, but no {lack}"
    hint = _why_not(chosen, objects)
    raise invalid(path, message, hint, line=objects[0].line, column=objects[0].column)


def _why_not(chosen: Sequence[Node], objects: Sequence[Node]) -> str:
    """Return a hint for a file whose objects have no place for a configuration; ``chosen``: those that are meant."""
    for one in chosen:
        if text_at(one, "kind") in _ENCRYPTED:
            return "adopt the file that the Secret is made from"
        if get(one, "helmCharts") is not None:
            return "move valuesInline to a file, name it with valuesFile, and adopt that"
        if unread := unread_values(one):
            return f"its values come from {unread}: name the file with these values"
        if any(each.node is not None and not (each.chart or each.is_config) for each in object_parts(one, objects)):
            name = "name it with --chart of scaffold alerting"
            return f"its chart is not known: if that has Alertmanager's configuration, {name}"
    return _SUPPORTED if chosen else "correct object in the spec, or name another with --object of scaffold alerting"


def _places(root: Node, objects: Sequence[Node], path: str, named: str, others: list[Invalid]) -> Iterator[ConfigPlace]:
    """Yield the places in an object for the configuration; of a file in several places, the one that counts.

    Values of another chart than the named one are added to ``others`` as errors.
    """
    parts, name = list(parts_as_written(root, objects, path)), written_name(root, path)
    if text_at(root, "kind") == "Secret" and any(one.where[0] == "stringData" for one in parts):
        parts = [one for one in parts if one.where[0] == "stringData"]
    for part in parts:
        if part.is_config:
            chart = "kube-prometheus" if text_at(root, "kind") == "Secret" else "none"
            if named in ("", chart):
                yield ConfigPlace(layout_of(chart), "", name, root, part)
            else:
                hint = f"use --chart {chart} of scaffold alerting, or chart: {chart} in the spec"
                message = f"{name} has a configuration for {chart}, not {named}"
                others.append(invalid(path, message, hint, line=root.line, column=root.column))
            continue
        inside = values_in_part(root, part, path)
        found = chart_of_values(inside)
        if part.chart and part.chart not in CHARTS and not found.umbrella:
            continue  # another chart
        if part.chart in CHARTS:
            is_old = found.name == "prometheus-17" and part.chart == "prometheus"
            found = ValuesChart(found.name if is_old else CHARTS[part.chart], "", certain=True)
        elif part.node is None or not (found.certain or named):
            continue
        place = (root.line, root.column) if part.node is None else (part.node.line, part.node.column)
        if named and found.certain and found.name != named:
            message = f"{name} has {_what(found.name)}, not {_what(named)}"
            hint = f"use --chart {found.name} of scaffold alerting, or chart: {found.name} in the spec"
            others.append(invalid(path, message, hint, line=place[0], column=place[1]))
            continue
        if not found.certain and (fault := _contradicted(inside, named, path)):
            others.append(fault)
            continue
        chosen = found if found.certain else ValuesChart(named, umbrella_of(found, inside, named))
        if part.node is None and unread_values(root):
            continue
        yield ConfigPlace(layout_of(chosen.name), chosen.umbrella, name, root, part)


def _has_configuration(place: ConfigPlace, path: str) -> bool:
    if place.root is None or place.part is None or place.part.node is None:
        return False
    if place.part.is_config:
        return True
    keys = ((place.umbrella,) if place.umbrella else ()) + place.layout.section
    below = place.layout.config if not place.layout.section else ()
    return values_in_part(place.root, place.part, path).get(*keys, *below) is not None


def _refuse_template(place: ConfigPlace, path: str) -> None:
    """Refuse an ApplicationSet that changes what it has: parameters are texts like others, but not code."""
    root = place.root
    if root is None:
        return
    if is_go_template(root):
        message = "has spec.goTemplate: true, so that Argo CD would run the {{ }} of Alertmanager's texts"
        hint = "put the values into a file of their own that valueFiles names, and adopt that"
        raise invalid(path, f"{place.object} {message}", hint, line=root.line, column=root.column)
    if name := overriding(root):
        message = f"{place.object} has {name}, which may override these values"
        raise invalid(path, message, "remove helm there, or adopt what it has", line=root.line, column=root.column)


def _refuse_unreadable(place: ConfigPlace, path: str) -> None:
    """Refuse a text that cannot be changed in place: not a literal block, or base64 of no text or on several lines."""
    part = place.part
    if part is None or part.node is None or not part.is_text:
        return
    node, name, key = part.node, ".".join(map(str, part.where)), part.where[-1]
    if part.is_encoded and part.text is None:
        message, hint = f"{name} is not valid base64 of a text", f"write its text below stringData, as {key}: |"
    elif part.is_encoded and not (node.style == "|" or is_on_one_line(node)):
        message = f"{name} is not on one line"
        hint = "write its base64 on one line, without an anchor or a tag"
    elif not part.is_encoded and node.style != "|":
        message, hint = f"{name} is not a literal block", f"write it as {key}: | with the text below"
    else:
        return
    raise invalid(path, message, hint, line=node.line, column=node.column)
