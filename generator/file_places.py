"""Where the rendered files of a unit are: at their usual paths, or where its spec places them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .render import Rendered

SEPARATOR = "---\n"  # between YAML documents


def relocated(rendered: Rendered, paths: Mapping[str, str]) -> Rendered:
    """Return the rendered files with those of ``paths`` moved, by their usual paths.

    Files with the same path become documents of one file, in the order of their usual paths; its origin is that of the
    first. The behaviour of a template checks what it places (``Behaviour.places``).
    """
    if not paths:
        return rendered
    joined: dict[str, list[str]] = {}
    for usual in sorted(rendered.tree):
        joined.setdefault(paths.get(usual, usual), []).append(usual)
    tree = {place: joined_text([rendered.tree[one] for one in made]) for place, made in joined.items()}
    origins = {place: rendered.origins[made[0]] for place, made in joined.items()}
    modes = {place: rendered.modes[made[0]] for place, made in joined.items()}
    parts = {place: tuple(rendered.origins[one] for one in made) for place, made in joined.items()}
    return Rendered(tree, origins, modes, parts)


def joined_text(texts: Sequence[str]) -> str:
    """Return texts as the documents of one file."""
    return SEPARATOR.join(one if one.endswith("\n") else f"{one}\n" for one in texts)
