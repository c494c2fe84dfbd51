"""Fields of an object that do not fit together, by the table that the merge has of them (``generator.fits``).

Objects that Kubernetes does not read as they are written are left out: patches, fields that a kustomization patches,
and values with placeholders.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ...fits.consistent import Misfit, is_judged_sort, misfits
from ...fits.paths import AbsentItem, FieldPath
from ...fits.relations import short
from ...schema_words import show
from ...yaml import Node, get, items_at, key_of, text_at, walk_nodes
from ...yaml.meaning import value_of
from ..readers.kustomize_patches import PatchText, patches_of, replaced_keys
from ..readers.objects import Object, is_patch, objects
from ..rule import File, Scope
from ..schema_findings import has_placeholder

# Keys on the way to nearly every field, which say nothing of what a patch changes.
_FRAME = frozenset({"containers", "initContainers", "jobTemplate", "metadata", "name", "spec", "template"})
# Only read with a feature gate that is off by default: ContainerStopSignals (Kubernetes 1.35).
_GATED = frozenset({"stopSignal"})
_ANY_ITEM = AbsentItem((), "")
# Relations of two fields, which come after those of the conditions.
_OF_TWO = frozenset({"above", "not below", "differ", "outside"})


@dataclass(frozen=True)
class UnfitFields:
    """A violated constraint of an object: where it is reported, and what a finding says of the object."""

    one: Object
    misfit: Misfit
    place: Node
    said: str

    @property
    def message(self) -> str:
        """The message of a finding."""
        return f"{self.one.shown} {self.said}"

    @property
    def remedy(self) -> str:
        """What to do about it."""
        there = [path for path in self.misfit.fields if path not in self.misfit.lacks]
        names = list(dict.fromkeys(short(_plain(path)) for path in there))
        lacks = list(dict.fromkeys(short(_plain(path)) for path in self.misfit.lacks))
        match self.misfit.relation:
            case "above" | "not below" | "sum above" | "ratio above":
                return "lower the one or raise the other"
            case "differ":
                return "write the same in both"
            case "outside":
                return "write a part of the other"
        if self.misfit.state:
            return f"add {' or '.join(lacks)}" if lacks and not names else ""
        if lacks:
            return f"add {' and '.join(lacks)}{f', or remove {names[0]}' if names else ''}"
        return "change or remove one of them" if len(names) > 1 else ""


def unfit_fields(file: File, scope: Scope) -> tuple[UnfitFields, ...]:
    """Return the violated constraints of the objects of a file, read once for all rules."""
    known: tuple[UnfitFields, ...] | None = file.memo.get("unfit_fields")
    if known is None:
        judged = [one for one in objects(file) if is_judged_sort(one.api, one.sort)]
        if judged and is_patch(file, scope):
            judged = []
        known = file.memo["unfit_fields"] = tuple(
            found for one in judged for found in _of_one_cause(list(_of_object(one, scope)))
        )
    return known


def _of_one_cause(found: list[UnfitFields]) -> Iterator[UnfitFields]:
    """Yield misfits of an object without those that follow from others: a repeated item has its name and port twice, a
    volume without a name of its own is missed where it is mounted, and one place has one finding of what it needs.
    """
    items: set[FieldPath] = set()
    is_unnamed = any("volumes" in one.misfit.fields[0] for one in found if one.misfit.relation == "twice")
    volumes = items_at(found[0].one.pod, "spec", "volumes") if found else ()
    is_unnamed = is_unnamed or not all(text_at(each, "name") for each in volumes)
    at_place: dict[int, list[UnfitFields]] = {}
    for one in sorted(found, key=lambda x: x.place.start):
        if one.misfit.relation == "twice":
            item = one.misfit.fields[-1][:-1]
            if item not in items:
                items.add(item)
                yield one
        elif one.misfit.relation == "missing":
            if not (is_unnamed and _is_of_volumes(one.misfit)):
                yield one
        else:
            at_place.setdefault(one.place.start, []).append(one)
    for several in at_place.values():
        yield replace(several[0], said=", and ".join(dict.fromkeys(one.said for one in several)))


def _is_of_volumes(misfit: Misfit) -> bool:
    return any("volumes" in path and isinstance(path[-1], AbsentItem) for path in misfit.fields)


def changed_keys_of(one: Object, scope: Scope) -> frozenset[str]:
    """Return the keys that patches and replacements of an object have, with those of their paths."""
    patched = frozenset(key for patch in patches_of(one, scope) for key in _keys(patch))
    return patched.union(replaced_keys(one, scope))


def _keys(patch: PatchText) -> Iterator[str]:
    yield from (key for key, _ in patch.keys)
    for operation in patch.content.items:
        yield from text_at(operation, "path").split("/")


def _of_object(one: Object, scope: Scope) -> Iterator[UnfitFields]:
    found = misfits([value_of(one.node, bare=True)])
    changed = changed_keys_of(one, scope) if found else frozenset()
    claims = items_at(one.node, "spec", "volumeClaimTemplates") if found else ()
    claimed = frozenset(text_at(each, "metadata", "name") for each in claims)
    unknown: dict[FieldPath, bool] = {}
    for misfit in _together(found):
        if misfit.relation == "unselected" or _is_ignored(one, misfit, claimed):
            continue  # K8S001 reports the former
        is_unknown = False
        for path in misfit.fields:
            around = path if not isinstance(path[-1], AbsentItem) else (*path[:-1], _ANY_ITEM)
            if around not in unknown:
                unknown[around] = _is_unknown(one.node, path)
            is_unknown = is_unknown or unknown[around]
        if changed.isdisjoint(_involved(misfit)) and not is_unknown:
            yield UnfitFields(one, misfit, _place(one.node, misfit), _said(one.node, misfit))


def _together(found: Sequence[Misfit]) -> Iterable[Misfit]:
    """Return misfits with those as one that say what the same fields need: both keys of a Secret for TLS."""
    merged: dict[object, Misfit] = {}
    for number, one in enumerate(found):
        there = tuple(path for path in one.fields if path not in one.lacks)
        is_need = bool(one.lacks and there) and not one.relation and not one.state
        key = there if is_need else number
        before = merged.get(key)
        fields = one.fields if before is None else (*before.fields, *(x for x in one.fields if x not in before.fields))
        merged[key] = one if before is None else replace(before, fields=fields, lacks=(*before.lacks, *one.lacks))
    return merged.values()


def _is_ignored(one: Object, misfit: Misfit, claimed: frozenset[str]) -> bool:
    """Return whether the cluster does not read the fields: a volume of a StatefulSet that has a claim with its name,
    which replaces it, and fields that no cluster reads by default.
    """
    steps = {step for path in misfit.fields for step in path if isinstance(step, str)}
    if steps & _GATED or any(_is_old_backend(one.node, path) for path in misfit.fields):
        return True
    places = {path[: path.index("volumes") + 2] for path in misfit.fields if claimed and "volumes" in path[:-1]}
    return any(text_at(get(one.node, *_plain(place)), "name") in claimed for place in places)


def _is_old_backend(root: Node, path: FieldPath) -> bool:
    """Return whether a field is the Service of a backend in the form of an old version, of which SCH001 tells."""
    return path[-1:] == ("service",) and get(root, *_plain(path[:-1]), "serviceName") is not None


def _involved(misfit: Misfit) -> set[str]:
    """Return the keys of the fields, without those that nearly every patch has."""
    return {step for path in misfit.fields for step in path if isinstance(step, str)} - _FRAME


def _is_unknown(root: Node, path: FieldPath) -> bool:
    """Return whether a value is only known after something is replaced; of an absent item any of its list."""
    steps = _plain(path)
    node = get(root, *steps)
    if node is None:
        around = get(root, *steps[:-1])
        if around is None or around.shape == "scalar":
            return around is not None and has_placeholder(around.text)
        return any(has_placeholder(key.text) for key, _ in around.pairs)
    inside = walk_nodes(node) if len(steps) < len(path) else [node]
    return any(one.shape == "scalar" and has_placeholder(one.text) for one in inside)


def _plain(path: FieldPath) -> tuple[str | int, ...]:
    return tuple(step for step in path if not isinstance(step, AbsentItem))


def _place(root: Node, misfit: Misfit) -> Node:
    """Return where to report it: the second of two, the first field of another relation, or else the last field."""
    there = [path for path in misfit.fields if path not in misfit.lacks and not isinstance(path[-1], AbsentItem)]
    if misfit.relation in _OF_TWO:
        there = there[-2:]
    elif misfit.relation == "twice":
        there = there[len(there) // 2 :]
    elif not misfit.relation:
        there.reverse()
    for path in [*there, *misfit.fields]:
        steps = _plain(path)
        while steps:
            node = get(root, *steps[:-1])
            found = key_of(node, steps[-1]) if isinstance(steps[-1], str) else get(node, steps[-1])
            if found is not None:
                return found
            steps = steps[:-1]
    return root


def _said(root: Node, misfit: Misfit) -> str:
    """Return what a finding says of the object, after its name."""
    if misfit.state:
        return misfit.state
    names = [_shown(root, path) for path in misfit.fields if path not in misfit.lacks]
    first, second = (*(names[-2:] if misfit.relation in _OF_TWO else names), "", "")[:2]
    match misfit.relation:
        case "above":
            return f"has {first}, which is more than {second}"
        case "not below":
            return f"has {first}, which is not less than {second}"
        case "differ":
            return f"has {first} and {second}, which have to be the same"
        case "twice":
            where = short(_plain(misfit.fields[0]))
            return f"has {show(misfit.word)} twice in {where}"
        case "missing" | "used":
            return f"has {first}, but no such name"
        case "sum above":
            return f"has {first}, which is less than that of its containers together"
        case "outside":
            return f"has {first}, which is not a part of {second}"
        case "ratio above":
            return f"has {first}, which is less than its maximum divided by its minimum"
    absent = " and ".join(dict.fromkeys(short(path) for path in misfit.lacks))
    there = " and ".join(names)
    if not there:
        return f"has no {absent.replace(' and ', ' and no ')}"
    if absent:
        return f"has {there}, which needs {absent}"
    return f"has {there}, which do not go together" if len(names) > 1 else f"has {there}, which is not allowed here"


def _shown(root: Node, path: FieldPath) -> str:
    """Return a field with its value, if it is a scalar."""
    node = get(root, *_plain(path))
    name = short(_plain(path))
    return f"{name}: {show(node.text)}" if node is not None and node.shape == "scalar" and node.text else name
