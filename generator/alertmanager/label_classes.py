"""Values of labels that stand for all others: of the values that the same matchers take, one.

Alerts differ in their routes only if a matcher takes a label of one and not of the other. Exact for ``=`` and ``!=``,
and for regular expressions that are alternatives of plain text; for any others the values are samples, also of
those that an expression just does not match.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..images.samples import matching_texts
from . import anchored
from .label_edges import edge_characters, edge_texts
from .matchers import Matcher

_MISSES = ("other", "0", "A-9", "~")  # of almost every expression, at least one is not taken
_EXACT = frozenset({"=", "!="})
_MAX_FILLERS = 24
_MAX_SAMPLES = 600  # of one label

Masks = Mapping[str, int]  # the possible values of each label, as bits


@dataclass(frozen=True)
class LabelClasses:
    """For each label its values, the absent one first, and for each matcher those that it takes, as bits.

    ``alike`` are, for a label and a value, the other plain values in expressions that the same matchers take.
    ``sampled`` are for each label the values, as bits, that stand for others that are not known. ``unsampled`` are
    matchers with an expression of which no value is known that it matches, or none that it does not match.
    """

    values: Mapping[str, Sequence[str]]
    taken: Mapping[Matcher, int]
    alike: Mapping[str, Mapping[str, Sequence[str]]]
    sampled: Mapping[str, int]
    unsampled: Sequence[Matcher]

    @property
    def everything(self) -> Masks:
        """All values of all labels."""
        return {name: (1 << len(several)) - 1 for name, several in self.values.items()}

    def within(self, matchers: Iterable[Matcher]) -> Iterator[Masks]:
        """Yield the values of labels that matchers take together; nothing if there are none."""
        masks = dict(self.everything)
        for one in matchers:
            masks[one.name] &= self.taken[one]
        if all(masks.values()):
            yield masks

    def example(self, masks: Masks) -> dict[str, str]:
        """Return labels with the first possible value of each: as few as possible."""
        first = {name: self.values[name][(mask & -mask).bit_length() - 1] for name, mask in masks.items()}
        return {name: value for name, value in sorted(first.items()) if value}

    def named(self, name: str, mask: int) -> tuple[str, ...]:
        """Return the values of a label that are possible, with those that are alike."""
        several = [value for bit, value in enumerate(self.values[name]) if mask >> bit & 1]
        return tuple(text for one in several for text in (one, *self.alike.get(name, {}).get(one, ())))

    def is_only(self, masks: Masks, name: str, value: str) -> bool:
        """Return whether a label can only have one value."""
        several = self.values.get(name, ())
        return value in several and masks.get(name) == 1 << list(several).index(value)


def label_classes(matchers: Iterable[Matcher]) -> LabelClasses:
    """Return the classes of the values of all labels that matchers name."""
    by_name: dict[str, dict[Matcher, None]] = {}
    for one in matchers:
        by_name.setdefault(one.name, {})[one] = None
    values: dict[str, Sequence[str]] = {}
    taken: dict[Matcher, int] = {}
    alike: dict[str, dict[str, list[str]]] = {}
    sampled: dict[str, int] = {}
    unsampled: list[Matcher] = []
    for name, same in by_name.items():
        exact = {one.value for one in same if one.op in _EXACT}
        patterns = [one for one in same if one.op not in _EXACT]
        words = {word for one in patterns for word in anchored.words(one.value) or ()}
        first: dict[tuple[str | None, tuple[bool, ...]], str] = {}
        for text in dict.fromkeys(_candidates(list(same))):
            key = (text if text in exact else None, tuple(one.takes(text) for one in patterns))
            known = first.setdefault(key, text)
            if known != text and text in words:
                alike.setdefault(name, {}).setdefault(known, []).append(text)
        bits = {text: 1 << bit for bit, text in enumerate(first.values())}
        values[name] = list(bits)
        everything = (1 << len(bits)) - 1
        for one in same:
            if one.op in _EXACT:
                taken[one] = bits[one.value] if one.op == "=" else everything & ~bits[one.value]
        for number, one in enumerate(patterns):
            taken[one] = sum(bits[text] for (_, vector), text in first.items() if vector[number])
        sampled[name] = sum(bit for text, bit in bits.items() if text not in exact and text not in words)
        unsampled += [one for one in patterns if _is_unsampled(one.value, taken[one], everything)]
    return LabelClasses(values, taken, alike, sampled, unsampled)


def _is_unsampled(pattern: str, taken: int, everything: int) -> bool:
    """Return whether a matcher takes all known values or none, and that may be because too few are known."""
    return taken in {0, everything} and not (anchored.pattern_fault(pattern) or anchored.is_everything(pattern))


def _candidates(matchers: Sequence[Matcher]) -> Iterator[str]:
    yield ""
    yield from (one.value for one in matchers if one.op in _EXACT)
    patterns = list(dict.fromkeys(one.value for one in matchers if one.op in {"=~", "!~"}))
    for one in patterns:
        yield from sorted(anchored.words(one) or ())
    yield _MISSES[0]
    open_ended = [one for one in patterns if anchored.words(one) is None and not anchored.pattern_fault(one)]
    samples = list(dict.fromkeys(text for one in open_ended for text in matching_texts(one)))
    plain = [one.value for one in matchers if one.op in _EXACT]
    fillers = list(dict.fromkeys([*samples, *plain]))[:_MAX_FILLERS]
    fillers += [one for one in edge_characters(open_ended) if one not in fillers]
    mixed = [text for one in open_ended for text in matching_texts(one, fillers)]
    yield from list(dict.fromkeys([*samples, *mixed]))[:_MAX_SAMPLES]
    yield from _MISSES[1:]
    telling = [one for one in open_ended if not (anchored.is_everything(one) or anchored.is_anything(one))]
    yield from edge_texts(telling, len(patterns))
