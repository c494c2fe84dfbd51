"""Marks of a tool that moves the tag of a container which the automation of the spec moves from now on, too.

An adoption leaves marks that it cannot take over, with ``automation: none``, and a merge keeps them: they are the
user's. Once the spec has an automation, two tools would move one tag.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from ...errors import Invalid
from ...images.backends import backend_of
from ...unfit import Texts, Unfit, UnitTexts
from ...yaml import pairs_at
from .containers import automated_workload
from .derived import workload_place
from .foreign_tags import automated_parts
from .workload_class import WorkloadClass, workload_class

if TYPE_CHECKING:  # only needed where an automation is new
    from ...rules.readers.objects import Object


@dataclass(frozen=True)
class _TagMark:
    """What tells a tool to move the tag of a container: where, and as it is written."""

    automation: str
    container: str
    annotation: str
    field: str
    line: int
    text: str


def unfit_tools(values: Mapping[str, Any], texts: UnitTexts) -> Sequence[Unfit]:
    """Return the marks of other tools in the workload that stay although the automation of a spec is new."""
    path = workload_place(values)
    moved = dict(_newly_moved(values, texts)) if path in texts.ours and path in texts.merged else {}
    found: dict[str, Unfit] = {}
    with suppress(Invalid):  # which the merge reports
        for one in _marks(texts.merged, path, values) if moved else ():
            automation = moved.get(one.container, one.automation)
            mine = next((each for each in _marks(texts.ours, path, values) if _is_same(each, one)), None)
            if one.automation != automation and mine is not None:
                was = next((each for each in _marks(texts.base, path, values) if _is_same(each, one)), None)
                found.setdefault(one.field, _unfit(path, mine, was.text if was else None, automation, values))
    return list(found.values())


def _newly_moved(values: Mapping[str, Any], texts: UnitTexts) -> Iterator[tuple[str, str]]:
    """Yield the containers that an automation moves which the unit did not have before, with its name."""
    for here, _ in automated_parts(values):
        automation = str(here["automation"])
        backend = backend_of(automation)
        if not backend.moves_tags:
            continue
        workload = automated_workload(here)
        added = backend.additions(workload)
        signs = {
            *(f"{key}:" for key, _ in added.annotations),
            *(f"kind: {one.data['kind']}" for one in added.objects),
            *(one.partition(":")[0] for one in added.image_comments.values()),
        }
        is_now, was_before = (
            any(sign in one for one in side.values() for sign in signs) for side in (texts.theirs, texts.base)
        )
        if is_now and not was_before:
            yield from ((one.name, automation) for one in workload.containers if one.policy is not None)


def _is_same(one: _TagMark, other: _TagMark) -> bool:
    return (one.automation, one.container, one.field) == (other.automation, other.container, other.field)


def _marks(texts: Texts, path: str, values: Mapping[str, Any]) -> Sequence[_TagMark]:
    """Return the marks of all tools at the containers of the workload. Raises Invalid."""
    from ...rules import recognise  # noqa: PLC0415
    from ...rules.readers.objects import objects  # noqa: PLC0415

    file = recognise(path, texts.get(path, ""), texts.__contains__).file
    name, sort = str(values["name"]), workload_class(values)
    return [mark for one in (objects(file) if file else ()) if one.name == name for mark in _marks_of(one, sort)]


def _marks_of(one: Object, sort: WorkloadClass) -> Iterator[_TagMark]:
    from ...rules.readers.objects import containers  # noqa: PLC0415
    from .inference.tag_automation import tag_tools  # noqa: PLC0415

    lines = one.file.text.split("\n")
    for each in containers(one) if one.sort == sort.sort else ():
        for tool in tag_tools(one, each):
            line = tool.source.line
            if tool.annotation:
                yield from _annotations(one, each.name, tool.automation, tool.annotation)
            elif each.image is not None:
                field = sort.image_field(each.name)
                shown = f"{each.image.text} {lines[line - 1][lines[line - 1].index('#') :]}".rstrip()
                yield _TagMark(tool.automation, each.name, "", field, line, shown)


def _annotations(one: Object, container: str, automation: str, key: str) -> Iterator[_TagMark]:
    """Yield the annotations, or labels, of a workload with a key."""
    for part in ("annotations", "labels"):
        for name, value in pairs_at(one.node, "metadata", part):
            if name.text == key:
                yield _TagMark(automation, container, key, f'metadata.{part}["{key}"]', name.line, value.text)


def _unfit(path: str, mark: _TagMark, base: str | None, automation: str, values: Mapping[str, Any]) -> Unfit:
    sign = mark.annotation or "the marker $imagepolicy"
    reason = f"{mark.automation} moves the tag of {mark.container} by {sign}, and {automation} moves it from now on"
    hint = "to stay with that, set automation back in the spec"
    theirs = None if mark.annotation else mark.text.partition(" #")[0]
    return Unfit(
        path,
        mark.field,
        mark.line,
        base=base,
        ours=mark.text,
        theirs=theirs,
        reason=f"{reason}; {hint}",
        kept=f"kept {sign}, but {reason}",
        document=f"{workload_class(values).sort}/{values['name']}",
        removed=mark.field if mark.annotation else "",
        fitting=None if mark.annotation else partial(_unmarked, path=path, mark=mark, values=values),
    )


def _unmarked(text: str, path: str, mark: _TagMark, values: Mapping[str, Any]) -> str:
    """Return the text of a workload without a marker at an image."""
    lines = text.split("\n")
    for one in _marks({path: text}, path, values):
        if _is_same(one, mark):
            line = lines[one.line - 1]
            comment = next(at for at, sign in enumerate(line) if sign == "#" and line[at - 1] in " \t")
            lines[one.line - 1] = line[:comment].rstrip(" \t") + ("\r" if line.endswith("\r") else "")
    return "\n".join(lines)
