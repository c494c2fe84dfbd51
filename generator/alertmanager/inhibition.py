"""Inhibit rules: which alerts silence which others.

https://prometheus.io/docs/alerting/latest/configuration/#inhibition-related-settings, and inhibit/inhibit.go of
Alertmanager: labels in ``equal`` that are missing count as empty, and an alert that matches both sides of a rule is
not silenced by one that also matches both sides, so no alert silences itself.

From 0.30 to 0.34.0 a rule remembers a single alert for each combination of the values of ``equal``: the one whose end
is the latest, which is the one that Prometheus sent last. An alert that matches both sides is itself one of them.
Whether it is silenced then depends on the order in which alerts arrive.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from . import logic
from .details import filled_later
from .matchers import Matcher
from .routing_tree import conditions, texts_of
from .value import Value
from .versions import Version

_LAST_ONE_COUNTS = ((0, 30), (0, 34, 1))  # since, and before


@dataclass(frozen=True)
class Inhibition:
    """An inhibit rule."""

    value: Value
    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...]

    def is_unknown(self, labels: Mapping[str, str]) -> bool:
        """Return whether it may apply to an alert, but something else has yet to fill in a part of it."""
        unknown = {
            key for key, one in self.value.pairs.items() if any(filled_later(each.text) for each in one.scalars())
        }
        return bool(unknown) and (any(key.startswith("target") for key in unknown) or _all_hold(self.target, labels))

    def sources(self, labels: Mapping[str, str]) -> tuple[Matcher, ...] | None:
        """Return the matchers of alerts that silence one with these labels, or None if none can.

        Of an alert that matches both sides, those that match the target side do not: see ``is_two_sided``.
        """
        if not _all_hold(self.target, labels):
            return None
        same = tuple(Matcher(name, "=", labels.get(name, "")) for name in dict.fromkeys(self.equal))
        known = set(self.source)
        wanted = (*self.source, *(one for one in same if one not in known))
        if logic.contradiction(wanted):
            return None
        return None if self.is_two_sided(labels) and logic.implies(wanted, self.target) else wanted

    def is_two_sided(self, labels: Mapping[str, str]) -> bool:
        """Return whether an alert matches both sides."""
        return _all_hold(self.target, labels) and _all_hold(self.source, labels)

    def silencers(self, labels: Mapping[str, str], firing: Iterable[Mapping[str, str]]) -> list[Mapping[str, str]]:
        """Return the firing alerts that silence one with these labels."""
        if not _all_hold(self.target, labels):
            return []
        both = _all_hold(self.source, labels)
        return [
            one
            for one in firing
            if _all_hold(self.source, one)
            and all(one.get(name, "") == labels.get(name, "") for name in self.equal)
            and not (both and _all_hold(self.target, one))
        ]


@dataclass(frozen=True)
class Silenced:
    """A rule by which a firing alert silences another one, certainly or not.

    ``order``: the order in which they arrive decides. ``unknown``: the rule has a placeholder that something else fills
    in, and there is no alert.
    """

    rule: Inhibition
    alert: Mapping[str, str]
    result: Literal["yes", "order", "unknown"]


def last_one_counts(alertmanager: Version) -> bool:
    """Return whether this version remembers only the last of the alerts with equal labels."""
    since, before = _LAST_ONE_COUNTS
    return since <= alertmanager < before


def silenced_by(
    rules: Sequence[Inhibition],
    labels: Mapping[str, str],
    firing: Sequence[Mapping[str, str]],
    alertmanager: Version,
) -> Silenced | None:
    """Return the first rule that certainly silences an alert while others fire, else the first that may, else None."""
    possible: Silenced | None = None
    for rule in rules:
        if rule.is_unknown(labels):
            possible = possible or Silenced(rule, {}, "unknown")
            continue
        found = rule.silencers(labels, firing)
        if not found:
            continue
        if not (last_one_counts(alertmanager) and rule.is_two_sided(labels)):
            return Silenced(rule, found[0], "yes")
        possible = possible or Silenced(rule, found[0], "order")
    return possible


def inhibitions(config: Value, *, utf8: bool = True) -> tuple[Inhibition, ...]:
    """Return a configuration's inhibit rules."""
    return tuple(
        Inhibition(
            one,
            conditions(one, "source_match", "source_match_re", "source_matchers", utf8=utf8),
            conditions(one, "target_match", "target_match_re", "target_matchers", utf8=utf8),
            texts_of(one, "equal"),
        )
        for one in config.list_of("inhibit_rules")
        if one.shape == "map"
    )


def _all_hold(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    return all(one.holds(labels) for one in matchers)
