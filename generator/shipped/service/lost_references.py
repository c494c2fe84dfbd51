"""References of the user's objects to objects of the unit that a change of the spec renames, moves or labels anew.

An adopted file often has objects that are not of the unit, such as an Ingress or an autoscaler. A merge keeps what they
refer to as it is; nothing has that name, or those labels, from then on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ...errors import Invalid
from ...merge import list_fields
from ...unfit import Unfit, UnitTexts
from ...yaml import get
from .object_changes import UnitSides, are_alike, object_sides
from .object_references import FieldValue, LabelSelection, NameReference, label_selections, name_references, with_value
from .unit_objects import UnitObject
from .workload_class import WORKLOADS

_NAME, _NAMESPACE = ("metadata", "name"), ("metadata", "namespace")


@dataclass(frozen=True)
class _Lost:
    """A field of an object that refers to nothing from now on, why, and the value that would be right, if any."""

    holder: UnitObject
    field: FieldValue
    wanted: str | None
    reason: str


def unfit_references(values: Mapping[str, Any], texts: UnitTexts) -> Sequence[Unfit]:
    """Return the user's references to objects of the unit, and the namespace, that the change makes dead."""
    with suppress(Invalid):  # which the merge reports
        if sides := object_sides(values, texts):
            found = {(id(one.field.node), one.field.steps): one for one in _lost(sides)}
            return [*_unfit_namespace(sides, texts), *(_unfit(one, sides, texts) for one in found.values())]
    return []


def _lost(sides: UnitSides) -> Iterator[_Lost]:
    generated = {_key(holder, one) for holder in sides.theirs for one in _fields(holder)}
    for holder in sides.merged:
        for reference in name_references(holder):
            yield from (one for one in _lost_name(reference, sides) if _key(holder, one.field) not in generated)
        for selection in label_selections(holder):
            yield from (one for one in _lost_pods(selection, sides) if _key(holder, one.field) not in generated)


def _key(holder: UnitObject, field: FieldValue) -> tuple[object, ...]:
    return holder.sort, holder.name, field.steps, field.text


def _fields(holder: UnitObject) -> Iterator[FieldValue]:
    for one in name_references(holder):
        yield from (each for each in (one.field, one.namespace, one.port) if each)
    for selection in label_selections(holder):
        yield from selection.labels
    yield from _own_namespace(holder)


def _own_namespace(holder: UnitObject) -> Iterator[FieldValue]:
    if node := get(holder.node, *_NAMESPACE):
        yield FieldValue(_NAMESPACE, node)


def _lost_name(one: NameReference, sides: UnitSides) -> Iterator[_Lost]:
    def meant(side: Iterable[UnitObject]) -> list[UnitObject]:
        space = one.namespace.text if one.namespace else one.holder.namespace
        named = (each for each in side if (each.sort, each.name) == (one.sort, one.name))
        return [each for each in named if are_alike(each.namespace, space)]

    before, new = meant(sides.ours), sides.now(one.sort)
    if not before or new is None:
        return
    after = meant(sides.merged)
    if one.port:
        yield from _lost_port(one.holder, one.port, before, after or [new], sides)
    if after:
        return
    what = f"it refers to the {one.sort} {one.name}"
    if new.name != one.name:
        yield _Lost(one.holder, one.field, f"{new.name}{one.rest}", f"{what}, which has another name from now on")
    yield from _lost_namespace(one, new, what)


def _lost_pods(one: LabelSelection, sides: UnitSides) -> Iterator[_Lost]:
    def labels(each: UnitObject) -> dict[str, str]:
        return each.pod_labels if one.sort == "Pod" else each.labels if each.sort == one.sort else {}

    def selected(side: Iterable[UnitObject]) -> list[UnitObject]:
        wanted = {each.steps[-1]: each.text for each in one.labels}.items()
        space = one.namespace.text if one.namespace else one.holder.namespace
        found = (each for each in side if wanted <= labels(each).items())
        return [each for each in found if one.is_wide or are_alike(each.namespace, space)]

    sorts = [each.sort for each in WORKLOADS] if one.sort == "Pod" else [one.sort]
    before, new = selected(sides.ours), next((found for each in sorts if (found := sides.now(each))), None)
    if not before or new is None:
        return
    after = selected(sides.merged)
    for port in one.ports:
        yield from _lost_port(one.holder, port, before, after or [new], sides)
    if after:
        return
    of_pods = one.sort == "Pod"
    what = f"it selects the {'pods of the ' if of_pods else ''}{before[0].shown}"
    now = labels(new)
    for each in one.labels:
        if now.get(each.steps[-1]) != each.text:
            told = f"{what}, which {'have' if of_pods else 'has'} another label from now on"
            yield _Lost(one.holder, each, now.get(each.steps[-1]), told)
    if not one.is_wide:
        yield from _lost_namespace(one, new, what)


def _lost_namespace(one: NameReference | LabelSelection, new: UnitObject, what: str) -> Iterator[_Lost]:
    space = one.namespace.text if one.namespace else one.holder.namespace
    if are_alike(space, new.namespace):
        return
    wanted = None if one.namespace is None and _is_kept(one.holder) else new.namespace
    for field in [one.namespace] if one.namespace else _own_namespace(one.holder):
        are = "are" if isinstance(one, LabelSelection) and one.sort == "Pod" else "is"
        yield _Lost(one.holder, field, wanted, f"{what}, which {are} in another namespace from now on")


def _is_kept(one: UnitObject) -> bool:
    """Tell whether another namespace would be another object, without the data or the pods of this one."""
    return one.sort == "PersistentVolumeClaim" or bool(one.pod_labels)


def _lost_port(
    holder: UnitObject,
    port: FieldValue,
    before: Sequence[UnitObject],
    after: Sequence[UnitObject],
    sides: UnitSides,
) -> Iterator[_Lost]:
    """Yield the field with the name of a port that none has any more."""
    if not any(port.text in one.port_names for one in before) or any(port.text in one.port_names for one in after):
        return
    new = sides.new_port_names(before[0].sort)
    told = f"it refers to the port {port.text} of the {before[0].shown}, which has another name from now on"
    yield _Lost(holder, port, next(iter(new)) if len(new) == 1 else None, told)


def _unfit(one: _Lost, sides: UnitSides, texts: UnitTexts) -> Unfit:
    path, here = one.holder.path, _on_disk(one, sides)
    return Unfit(
        path,
        _full_name(texts.ours[path], path, here),
        here.node.line,
        base=None,
        ours=here.text,
        theirs=one.wanted,
        reason=one.reason,
        kept=f"{one.holder.shown}: kept {here.text}, but {one.reason}",
        fitting=lambda text: one.wanted and with_value(text, one.holder, one.field, one.wanted),
    )


def _on_disk(one: _Lost, sides: UnitSides) -> FieldValue:
    """Return the field as it is on disk, where a generated object may have its old name."""
    alike = [each for each in sides.ours if (each.path, each.sort) == (one.holder.path, one.holder.sort)]
    for each in sorted(alike, key=lambda each: (each.name, each.namespace) != (one.holder.name, one.holder.namespace)):
        node = one.field.within(each.node)
        if node is not None and node.text == one.field.text:
            return FieldValue(one.field.steps, node)
    return one.field


def _full_name(text: str, path: str, field: FieldValue) -> str:
    """Return the name of a field in a text as conflicts have it, with its document."""
    found = (one for one in list_fields(text, text, path) if one.line <= field.node.line <= one.last)
    return next((one.field for one in found if one.steps == field.steps), ".".join(field.steps))


def _unfit_namespace(sides: UnitSides, texts: UnitTexts) -> Iterator[Unfit]:
    """Yield the name of the unit's Namespace if the user's objects are in the one that nothing makes any more."""
    old, new = sides.renamed("Namespace")
    if old is None or new is None or any((one.sort, one.name) == ("Namespace", old.name) for one in sides.merged):
        return
    here = next((one for one in sides.ours if (one.sort, one.name) == ("Namespace", old.name)), None)
    there = next((one for one in sides.merged if (one.sort, one.name) == ("Namespace", new.name)), None)
    left = sorted((one for one in sides.merged if one.namespace == old.name), key=lambda one: not _is_kept(one))
    if not left or here is None or there is None:
        return
    names = [FieldValue(_NAME, node) for one in (here, there) if (node := get(one.node, *_NAME))]
    which = f"{left[0].shown} is" if len(left) == 1 else f"{left[0].shown} and {len(left) - 1} more are"
    reason = f"{which} in {old.name}, which nothing here makes from now on"
    yield Unfit(
        here.path,
        _full_name(texts.ours[here.path], here.path, names[0]),
        names[0].node.line,
        base=old.name,
        ours=old.name,
        theirs=new.name,
        reason=reason,
        kept=f"took {new.name}, but {reason}",
        is_merged=True,
        fitting=lambda text: with_value(text, there, names[1], old.name),
    )
