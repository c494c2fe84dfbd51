"""Random plausible specs of the template ``service``: what scaffold refuses, and what Kubernetes refuses of the rest.

``python -m tests.shipped.random_specs --count 2000 --seed 1`` prints the numbers, the messages of refused specs, and
for each sort of fault in generated files how often it came and the smallest spec. ``--only SEED`` repeats one spec.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.errors import Invalid
from generator.report import problem_text
from generator.yaml import dump

from ..made_specs.building import BuiltUnit, built_unit
from ..made_specs.drawn_specs import drawn_spec
from ..made_specs.judging import Build, kustomized, unit_faults
from ..objects.shrink import smaller
from ..support.apiserver import PROGRAMS

_VARIABLE = re.compile(
    r"'[^']*'|\"[^\"]*\"|[^ ]*[0-9/][^ ]*|[a-z]+(?:-[a-z]+)+|`[^`]*`|\[[^\]]*\]| (?:at|in) [a-z.]*/.*$"
)


@dataclass
class Tally:
    """What came of specs: how many were refused, by message, the objects, and the seeds by sort of fault.

    ``objects`` are those in the files, ``built`` those that kustomize made of overlays.
    """

    specs: int = 0
    objects: int = 0
    built: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    refused_specs: int = 0
    faults: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    crashes: dict[str, str] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """The share of specs that were refused."""
        return self.refused_specs / max(self.specs, 1)


def sort_of(fault: str) -> str:
    """Return what a fault is about, without the values."""
    return _VARIABLE.sub("…", fault.splitlines()[0])[:160]


def tallied(tally: Tally, seed: str, *, builds: bool) -> None:
    """Judge the spec of a seed, and add what came of it."""
    tally.specs += 1
    try:
        unit = built_unit(drawn_spec(seed))
    except Invalid as error:
        tally.refused_specs += 1
        tally.refused.update({sort_of(f"{one.message}") for one in error.problems})
        return
    made = _builds(unit, wanted=builds)
    tally.objects += len(unit.objects())
    tally.built += sum(len(one.objects) for one in made if "/overlays/" in one.where)
    for fault in unit_faults(unit, made):
        tally.faults.setdefault(sort_of(fault), []).append((seed, fault))


def _builds(unit: BuiltUnit, *, wanted: bool) -> list[Build]:
    return list(kustomized(unit)) if wanted else []


def smallest(data: dict[str, Any], sort: str, *, builds: bool) -> dict[str, Any]:
    """Return the smallest spec found with the same sort of fault."""

    def holds(sides: tuple[Mapping[str, Any], ...]) -> bool:
        try:
            unit = built_unit(sides[2])
        except (Invalid, KeyError):
            return False
        return any(sort_of(one) == sort for one in unit_faults(unit, _builds(unit, wanted=builds)))

    found = smaller(({}, {}, data), holds)
    return found[2] if found else data


def _print(tally: Tally, *, builds: bool, shrinks: bool) -> None:
    print(f"{tally.specs} specs, {tally.refused_specs} refused ({tally.share:.0%})")
    print(f"{tally.objects} objects in files and {tally.built} in overlays, judged by {', '.join(PROGRAMS)}")
    for message, count in tally.refused.most_common():
        print(f"{count:6} refused: {message}")
    for sort, found in sorted(tally.faults.items(), key=lambda one: -len(one[1])):
        seed, fault = found[0]
        print(f"{len(found):6} {sort}\n       {fault}\n       seed {seed}")
        if shrinks:
            text = dump(smallest(drawn_spec(seed), sort, builds=builds and sort.startswith(("kustomize", "overlay"))))
            print("".join(f"         {line}\n" for line in text.splitlines()))


def main() -> int:
    """Run the command line, and return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--only", help="the seed of one spec, which is printed")
    parser.add_argument("--no-builds", action="store_true", help="do not run kustomize")
    parser.add_argument("--no-shrink", action="store_true", help="print whole specs' seeds only")
    options = parser.parse_args()
    builds = not options.no_builds
    tally = Tally()
    if options.only:
        print(dump(drawn_spec(options.only)))
        try:
            unit = built_unit(drawn_spec(options.only))
            print(*unit_faults(unit, _builds(unit, wanted=builds)), sep="\n")
        except Invalid as error:
            print(*(problem_text(one) for one in error.problems), sep="\n")
        return 0
    for number in range(options.count):
        tallied(tally, f"{options.seed}/{number}", builds=builds)
    _print(tally, builds=builds, shrinks=not options.no_shrink)
    return int(bool(tally.faults))


if __name__ == "__main__":
    raise SystemExit(main())
