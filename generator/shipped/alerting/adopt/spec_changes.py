"""Bring the routes that changed in a spec into a file that was adopted before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .adopted_routes import is_watchdogs, put_routes, sends_watchdog_to
from .change import Adoption, maps
from .placement import same_route

_MATCHERS = frozenset({"match", "match_re", "matchers"})
_Route = Mapping[str, Any]


@dataclass(frozen=True)
class SpecChange:
    """What changed in a spec: the generated routes before and now, and the names of the new receivers.

    A route with other matchers, or another receiver, is a new one; ``gone`` are those that are no longer generated.
    The first route is Watchdog's, and is neither.
    """

    before: Sequence[_Route]
    now: Sequence[_Route]
    new: Sequence[_Route]
    gone: Sequence[_Route]
    receivers: frozenset[str]

    @property
    def watchdog(self) -> tuple[_Route, _Route] | None:
        """Watchdog's route before and now, if its receiver changed."""
        if not self.before or self.before[0].get("receiver") == self.now[0].get("receiver"):
            return None
        return self.before[0], self.now[0]

    @property
    def is_empty(self) -> bool:
        """Whether a plain merge does all of it."""
        return not (self.new or self.gone or self.receivers or self.watchdog)

    def remaining(self, listed: Sequence[Any], *, going_on: Sequence[_Route]) -> list[_Route]:
        """Return the routes for a merge that leaves alone what ``apply`` changes: no new ones, and those that are gone.

        ``listed`` are the file's. Those ``going_on`` have the ``continue`` that they had before.
        """
        first, *rest = self.now
        out = [self.watchdog[0] if self.watchdog else first]
        out += [one for one in rest if one not in self.new]
        for number, one in enumerate(out[1:], 1):
            if one in going_on:
                placed = next((other for other in self.before if same_route(one, other)), one)
                out[number] = {**one, **{key: placed[key] for key in ("continue",) if key in placed}}
        for number, one in enumerate(self.before):
            if one in self.gone and any(same_route(one, other) for other in listed):
                out.insert(number, one)
        return out

    def apply(self, change: Adoption, receivers: list[dict[str, Any]], heartbeat: str) -> None:
        """Change the routes of a file: remove those that are gone, change Watchdog's, and put the new ones."""
        route = change.want["config"]["route"]
        listed = route.get("routes")
        if isinstance(listed, list):
            kept = [one for one in listed if not any(same_route(one, other) for other in self.gone)]
            listed[:] = kept
        if self.watchdog:
            self._change_watchdog(change, heartbeat)
        put_routes(change, [dict(one) for one in self.new], receivers)
        if not sends_watchdog_to(change, heartbeat, reached=False) and sends_watchdog_to(
            change, heartbeat, reached=False, before=True
        ):
            self._put_watchdog_first(change)

    def _change_watchdog(self, change: Adoption, heartbeat: str) -> None:
        old, new = self.watchdog or ({}, {})
        for one in maps(change.want["config"]["route"].get("routes")):
            if is_watchdogs(one) and one.get("receiver") == old.get("receiver"):
                for key in old:
                    if key not in new and key not in _MATCHERS and one.get(key) == old[key]:
                        del one[key]
                one |= {key: to for key, to in new.items() if key not in _MATCHERS and old.get(key) != to}
                break
        if not sends_watchdog_to(change, heartbeat):
            self._put_watchdog_first(change)

    def _put_watchdog_first(self, change: Adoption) -> None:
        route = change.want["config"]["route"]
        at = ("config", "route", "routes")
        route["routes"] = [dict(self.now[0]), *(route.get("routes") or [])]
        change.added = {
            (*at, one[3] + 1, *one[4:]) if one[:3] == at and len(one) > 3 else one for one in change.added
        } | {(*at, 0)}
