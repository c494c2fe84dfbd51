"""The alerts that a change of a configuration routes to other receivers.

Both routing trees are walked together, and the possible values of labels are split wherever a matcher takes some of
them: every combination of decisions is visited once, so that no difference is missed between the values that
``label_classes`` knows. Receivers that send nothing count as nobody. A route that is muted, or active, at other times
counts too; time intervals are compared by name. Inhibit rules are not compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from .label_classes import LabelClasses, Masks, label_classes
from .matchers import Matcher
from .model import Context
from .routing_tree import Route

MAX_STEPS = 1_000_000  # decisions about a route
MAX_EXAMPLES = 200  # of one difference
_Conditions = Sequence[tuple[str, int]]  # labels, with the values that matchers take, as bits
WATCHDOG = Matcher("alertname", "=", "Watchdog")
WATCHDOG_ALERT: Mapping[str, str] = {"alertname": "Watchdog", "severity": "none"}  # as the chart's rules have it


class TooManyLabelsError(Exception):
    """There are more combinations of matchers than can be compared."""


@dataclass(frozen=True)
class RoutedAlerts:
    """Alerts whose receivers are compared: their labels, and the routes that they end at before and after."""

    masks: Masks
    before: tuple[Route, ...]
    after: tuple[Route, ...]


@dataclass(frozen=True)
class Reroute:
    """An example of alerts that reach other receivers: as few labels as possible, and its receivers that send.

    ``quieter`` are the receivers that get it at fewer times than before. ``left`` are the routes by which it reached
    those that lose it. ``watchdog`` says whether only Watchdog has these labels. ``values`` are for each of the labels
    all values in the configurations with which all of this is the same. ``more``: it is so for others that are not
    named, such as more texts that an expression matches.
    """

    labels: Mapping[str, str]
    before: tuple[str, ...]
    after: tuple[str, ...]
    quieter: tuple[str, ...]
    left: tuple[Route, ...]
    watchdog: bool
    values: Mapping[str, Sequence[str]]
    more: bool = False

    @property
    def lost(self) -> tuple[str, ...]:
        """The receivers that lose it, or get it at fewer times."""
        return (*(one for one in self.before if one not in self.after), *self.quieter)

    @property
    def gained(self) -> tuple[str, ...]:
        """The receivers that did not get it before."""
        return tuple(one for one in self.after if one not in self.before)


def classes_of(roots: Iterable[Route | None]) -> LabelClasses:
    """Return the classes of the labels of all matchers of routing trees, and of Watchdog."""
    every = [one for root in roots if root for path in root.walk() for one in path[-1].matchers]
    return label_classes([*every, WATCHDOG])


def outcomes(
    before: Route | None,
    after: Route | None,
    classes: LabelClasses,
    within: Sequence[Matcher] = (),
    steps: int = MAX_STEPS,
) -> Iterator[RoutedAlerts]:
    """Yield all distinguishable outcomes of routing alerts, of those that match ``within``, by two trees.

    Raises TooManyLabelsError after a number of steps.
    """
    walks = [None if root is None else RouteWalk(root, classes, steps) for root in (before, after)]
    for masks in classes.within(within):
        for split, first in walks[0].ends(masks) if walks[0] else [(masks, ())]:
            for whole, second in walks[1].ends(split) if walks[1] else [(split, ())]:
                yield RoutedAlerts(whole, first, second)


def reroutes(before: Context, after: Context) -> tuple[Reroute, ...]:
    """Return the differences between two configurations, each with minimal examples.

    Raises TooManyLabelsError if they cannot be compared.
    """
    return compared(before, after)[0]


def compared(before: Context, after: Context) -> tuple[tuple[Reroute, ...], Sequence[Matcher]]:
    """Return the differences between two configurations, and matchers with which some of them may be missed.

    Raises TooManyLabelsError if they cannot be compared.
    """
    classes = classes_of([before.root, after.root])
    found: dict[tuple[object, ...], list[tuple[Masks, Reroute]]] = {}
    places = _changed(before, after)
    for one in (each for within in places for each in outcomes(before.root, after.root, classes, within)):
        made = _compared(one, before, after, classes)
        if made.lost or made.gained:
            key = (frozenset(made.lost), frozenset(made.gained), made.quieter) if not made.watchdog else ()
            box = {name: one.masks[name] for name in made.labels}
            _keep_minimal(found.setdefault(key, []), box, made)
    return tuple(one for several in found.values() for _, one in several), classes.unsampled if places else ()


def _changed(before: Context, after: Context) -> list[Sequence[Matcher]]:
    """Return matchers so that all other alerts are routed alike: those of the routes below the root that changed.

    Without matchers they are all alerts.
    """
    roots = before.root, after.root
    if roots[0] is None or roots[1] is None or not _is_same_root(before, after):
        return [()]
    was, now = ({_shape(one): one for one in root.routes} for root in roots if root)
    if len(was) < len(roots[0].routes) or len(now) < len(roots[1].routes):  # some are duplicated
        return [()]
    if [one for one in was if one in now] != [one for one in now if one in was]:  # they are in another order
        return [()]
    changed = [route for one, other in ((was, now), (now, was)) for shape, route in one.items() if shape not in other]
    return list(dict.fromkeys(route.matchers for route in changed))


def _shape(route: Route) -> tuple[object, ...]:
    """Return all of a route that decides who gets an alert when."""
    below = tuple(map(_shape, route.routes))
    return route.matchers, route.receiver, route.goes_on, frozenset(route.mute), frozenset(route.active), below


def _is_same_root(before: Context, after: Context) -> bool:
    ends = [(one.root.receiver, one.root.mute, one.root.active) for one in (before, after) if one.root]
    return ends[0] == ends[1] and all(
        before.sends(name) == after.sends(name) for name in {*before.by_name, *after.by_name}
    )


def _compared(one: RoutedAlerts, before: Context, after: Context, classes: LabelClasses) -> Reroute:
    had = [route for route in one.before if before.sends(route.receiver)]
    has = [route for route in one.after if after.sends(route.receiver)]
    names, now = (tuple(dict.fromkeys(route.receiver for route in routes)) for routes in (had, has))
    gone = [route for route in had if not any(_covers(each, route) for each in has)]
    labels = classes.example(one.masks)
    return Reroute(
        labels,
        names,
        now,
        tuple(dict.fromkeys(route.receiver for route in gone if route.receiver in now)),
        tuple(gone),
        classes.is_only(one.masks, WATCHDOG.name, WATCHDOG.value),
        {name: classes.named(name, one.masks[name]) for name in labels},
        any(one.masks[name] & classes.sampled[name] for name in labels),
    )


def _covers(one: Route, other: Route) -> bool:
    """Return whether a route notifies the receiver of another one whenever that does."""
    if one.receiver != other.receiver or not set(one.mute) <= set(other.mute):
        return False
    return not one.active or (bool(other.active) and set(other.active) <= set(one.active))


def _keep_minimal(kept: list[tuple[Masks, Reroute]], box: Masks, one: Reroute) -> None:
    """Add an example unless a known one has only labels of it, with all of its values; remove those that it replaces.

    ``box`` are the values of its labels. What is neither added nor within the words for another one is ``more`` of it.
    """
    for number, (known, other) in enumerate(kept):
        if _is_within(box, known):
            if box and not known:
                kept[number] = known, replace(other, more=True)
            return
    if len(kept) >= MAX_EXAMPLES:
        kept[-1] = kept[-1][0], replace(kept[-1][1], more=True)
        return
    inside = [pair for pair in kept if _is_within(pair[0], box)]
    kept[:] = [pair for pair in kept if pair not in inside]
    kept.append((box, replace(one, more=one.more or (bool(inside) and not box))))


def _is_within(box: Masks, other: Masks) -> bool:
    return all(name in box and not box[name] & ~mask for name, mask in other.items())


def _decided(conditions: _Conditions, masks: Masks) -> Iterator[tuple[bool, Masks]]:
    """Yield whether all conditions hold, with the values of labels for which that is so."""
    for name, takes in conditions:
        possible = masks[name]
        taken = possible & takes
        if taken != possible:
            yield False, {**masks, name: possible & ~takes}
        if not taken:
            return
        if taken != possible:
            masks = {**masks, name: taken}
    yield True, masks


@dataclass(frozen=True, slots=True)
class _Level:
    """A place in a tree: the next child of a route, whether an earlier one took the alert, and the level above."""

    route: Route
    child: int
    taken: bool
    above: _Level | None


class RouteWalk:
    """All ways of alerts through a routing tree, for the values of ``classes``; at most ``steps`` routes are tried."""

    def __init__(self, root: Route, classes: LabelClasses, steps: int = MAX_STEPS) -> None:
        self.root, self.steps = root, steps
        self.conditions = {
            id(path[-1]): tuple((one.name, classes.taken[one]) for one in path[-1].matchers) for path in root.walk()
        }

    def ends(self, masks: Masks) -> Iterator[tuple[Masks, tuple[Route, ...]]]:
        """Yield the routes that alerts which match the root end at, with the values of labels for which that is so.

        Raises TooManyLabelsError.
        """
        stack: list[tuple[Masks, _Level | None, tuple[Route, ...]]] = [(masks, _Level(self.root, 0, False, None), ())]
        while stack:
            here, level, ends = stack.pop()
            if level is None:
                yield here, ends
                continue
            number = self._next(level, here)
            if number == len(level.route.routes):
                stack.append((here, _left(level), ends if level.taken else (*ends, level.route)))
                continue
            child = level.route.routes[number]
            inside = _Level(child, 0, False, _Level(level.route, number, level.taken, level.above))
            further = _Level(level.route, number + 1, level.taken, level.above)
            choices = [
                (split, inside if holds else further, ends)
                for holds, split in _decided(self.conditions[id(child)], here)
            ]
            stack += reversed(choices)

    def _next(self, level: _Level, masks: Masks) -> int:
        """Return the number of the next child that can match."""
        children, number = level.route.routes, level.child
        while number < len(children):
            if all(masks[name] & takes for name, takes in self.conditions[id(children[number])]):
                break
            number += 1
        self.steps -= number - level.child + 1
        if self.steps < 0:
            raise TooManyLabelsError
        return number


def _left(level: _Level) -> _Level | None:
    """Return the place after a route that took the alert."""
    above = level.above
    while above is not None:
        if level.route.goes_on:
            return _Level(above.route, above.child + 1, True, above.above)
        level, above = above, above.above
    return None
