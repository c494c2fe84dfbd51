"""The routes that an alert may end at of which only some labels are known, such as those that its rule sets.

Series add labels to an alert. A route whose matchers need one of these may take the alert, or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .routing_tree import Route


def possible_ends(root: Route, labels: Mapping[str, str]) -> tuple[tuple[Route, ...], ...]:
    """Return every route that an alert may end at, each with its parents, outermost first.

    ``labels`` are those that are known, with ``""`` for one that is missing. Any other may be there.
    """
    return tuple(_ends((root,), labels))


def _ends(path: tuple[Route, ...], labels: Mapping[str, str]) -> Iterator[tuple[Route, ...]]:
    is_taken = False
    for child in path[-1].routes:
        takes = _takes(child, labels)
        if takes is False:
            continue
        yield from _ends((*path, child), labels)
        is_taken = is_taken or takes is True
        if takes and not child.goes_on:
            return
    if not is_taken:
        yield path


def _takes(route: Route, labels: Mapping[str, str]) -> bool | None:
    """Return whether a route matches, None if that is not known."""
    known = [one for one in route.matchers if one.name in labels]
    if not all(one.holds(labels) for one in known):
        return False
    return True if len(known) == len(route.matchers) else None
