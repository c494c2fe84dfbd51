"""Images in several fields of a map: a name (``repository``, ``newName``) and a version (``tag``, ``digest``).

A name of one side with a version of the other is an image that neither side has, and that may not exist. The fields
are the values of Helm charts, and the ``images`` of a kustomization.
"""

from __future__ import annotations

from ..identity.itemkeys import EntryToken
from ..outcome import Side
from ..syntax.elements import YamlEntry
from ..syntax.parts import NOT_A_PAIR, is_same_base_name
from ..walk.context import Walk
from ..walk.writer import Place
from .alternatives import settle_set
from .collection import MergedEntries

_NAMES = ("registry", "repository", "image", "newName")
_VERSIONS = ("tag", "newTag", "digest")
_BASE_NAMES = ("newName", "repository", "image", "name")  # those with the last part of the name, the first one counts

_Fields = dict[str, str]


def choose_split_images(walk: Walk, where: Place, merge: MergedEntries) -> dict[EntryToken, Side]:
    """Return the side for the fields of an image of which each side changed another one; the conflict is recorded."""
    tokens: list[EntryToken] = [("str", one) for one in (*_NAMES, *_VERSIONS)]
    tokens = [one for one in tokens if one in merge.ours or one in merge.theirs or one in merge.base]
    if len(tokens) < 2 or not merge.has_base:
        return {}
    base, ours, theirs = (_scalars(side) for side in (merge.base, merge.ours, merge.theirs))
    if base is None or ours is None or theirs is None or _fit(base, ours, theirs):
        return {}
    side = settle_set(walk, where, merge, tokens, NOT_A_PAIR)
    return dict.fromkeys(tokens, side)


def _scalars(entries: dict[EntryToken, YamlEntry]) -> _Fields | None:
    """Return the fields of an image, None if one is not a scalar."""
    found: _Fields = {}
    for name in {*_NAMES, *_VERSIONS, *_BASE_NAMES}:
        entry = entries.get(("str", name))
        if entry is not None and entry.value.shape != "scalar":
            return None
        if entry is not None:
            found[name] = entry.value.text
    return found


def _fit(base: _Fields, ours: _Fields, theirs: _Fields) -> bool:
    """Return whether the merged fields are those of one side, or the version of one in another registry."""
    mine, new = (
        {one for one in (*_NAMES, *_VERSIONS) if side.get(one) != base.get(one) and ours.get(one) != theirs.get(one)}
        for side in (ours, theirs)
    )
    if not mine or not new or new <= mine:
        return True
    for mover, names, versions in ((ours, mine, new), (theirs, new, mine)):
        if names.isdisjoint(_VERSIONS) and versions.isdisjoint(_NAMES):
            return is_same_base_name(_base_name(base), _base_name(mover))
    return False


def _base_name(fields: _Fields) -> str:
    return next((fields[one] for one in _BASE_NAMES if fields.get(one)), "")
