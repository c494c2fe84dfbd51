"""Valid objects with one random edit by hand, judged by the API server's own validation and by the rules.

``python -m tests.rules.broken_objects --count 20000 --seed 1`` prints how many objects the server refuses and the rules
report, and an example of each type of disagreement. ``--folder`` takes the objects of YAML files below a folder instead
of made ones. What the rules call refused and the server takes is a fault of the rules; what they miss is a limit.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from generator import rules

from ..objects.atomic import tables
from ..objects.kinds import KINDS
from ..objects.make import Object
from ..support import apiserver

# The rules whose errors say that the server refuses an object; K8S007 also reports probes that it takes.
JUDGED = {"K8S005", "K8S006", "K8S007"}
TAKEN = " on the port "
# Refused by pkg/registry/core/service/storage/alloc.go of Kubernetes 1.35, which the oracle does not link.
ALLOCATED = "ipFamilyPolicy"
_MOST = 60_000  # bytes of a file whose objects are taken
Step = str | int
Pool = dict[tuple[str, ...], list[Any]]


@dataclass(frozen=True)
class Judged:
    """An edited object, the server's errors, and what the rules found: ids, and messages of the judged rules."""

    text: str
    errors: tuple[str, ...]
    ids: frozenset[str]
    said: tuple[str, ...]


def made(count: int, dice: random.Random) -> list[Object]:
    """Return valid objects of all types: random ones, and the rich ones of the merge's tests with each edit."""
    makers = [make for often, make in KINDS.values() for _ in range(often)]
    found = [dice.choice(makers)(dice) for _ in range(count)]
    for table in tables():
        found += [table.base, *(table.made(name) for name in table.edits)]
    return valid(found)


def read(folder: Path) -> list[Object]:
    """Return the valid objects of the YAML files below a folder."""
    found: list[Object] = []
    for path in sorted(folder.rglob("*.y*ml")):
        try:
            if path.is_file() and path.stat().st_size < _MOST:
                documents = list(yaml.safe_load_all(path.read_text("utf-8")))
                found += json.loads(json.dumps([x for x in documents if isinstance(x, dict) and "kind" in x]))
        except (yaml.YAMLError, UnicodeDecodeError, TypeError, ValueError):
            continue
    return valid(found)


def valid(objects: list[Object]) -> list[Object]:
    """Return the objects that the server takes."""
    return [one for one in objects if not apiserver.faults(json.dumps(one))]


def places(value: Any, above: tuple[Step, ...] = ()) -> Iterator[tuple[tuple[Step, ...], Any]]:
    """Yield the paths and values below a value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in pairs:
        yield (*above, key), one
        yield from places(one, (*above, key))


def names(path: tuple[Step, ...], top: Object) -> tuple[str, ...]:
    """Return where a field is in objects of its type: keys only."""
    return (top["kind"], *(one if isinstance(one, str) else "[]" for one in path))


def pool_of(objects: list[Object]) -> Pool:
    """Return the values that objects have, by the path of the map around the field."""
    found: Pool = {}
    for top in objects:
        for path, value in places(top):
            if isinstance(path[-1], str) and path[0] not in {"apiVersion", "kind", "metadata", "status"}:
                found.setdefault(names(path[:-1], top), []).append((path[-1], value))
    return found


def edited(base: Object, pool: Pool, dice: random.Random) -> Object:
    """Return an object with one edit: a field or item removed, repeated, renamed, changed, or one of another object."""
    top = copy.deepcopy(base)
    every = [(path, value) for path, value in places(top) if path[0] not in {"apiVersion", "kind", "metadata"}]
    if not every:
        return top
    path, value = dice.choice(every)
    around = top
    for step in path[:-1]:
        around = around[step]
    choice = dice.random()
    if isinstance(value, list) and value and choice < 0.5:
        again = copy.deepcopy(dice.choice(value))
        if isinstance(again, dict) and again and dice.random() < 0.5:
            _change(again, dice)
        value.append(again)
    elif choice < 0.25:
        del around[path[-1]]  # type: ignore[arg-type]
    elif choice < 0.6 and isinstance(value, dict) and (others := pool.get(names(path, top))):
        key, other = dice.choice(others)
        value[key] = copy.deepcopy(other)
    elif not isinstance(value, dict | list):
        around[path[-1]] = _changed(value, every, dice)  # type: ignore[index]
    return top


def _change(item: Object, dice: random.Random) -> None:
    key = dice.choice(list(item))
    item[key] = _changed(item[key], [], dice)


def _changed(value: Any, every: list[tuple[tuple[Step, ...], Any]], dice: random.Random) -> Any:
    same = [one for _, one in every if type(one) is type(value) and one != value]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return dice.choice((0, 1, value + 1, value * 10, *same[:5]))
    if isinstance(value, str) and (found := re.fullmatch(r"([0-9]+)([a-zA-Z]*)", value)):
        return f"{int(found[1]) * dice.choice((2, 10))}{found[2]}"
    return dice.choice((f"{value}x", *same)) if isinstance(value, str) else value


def judge(top: Object) -> Judged | None:
    """Return what the server and the rules say of an object; None if the server does not know it, or fails."""
    text = json.dumps(top)
    try:
        told = apiserver.api_server().ask(text)
    except apiserver.OracleError:  # the server's own code panics on some objects
        return None
    file = rules.recognise("object.json", text, named=True).file
    if file is None or any(one.verdict == "unknown" for one in told):
        return None
    found = [one for one in rules.check([file], rules.Scope((file,))) if one.severity == "error"]
    said = tuple(
        one.message for one in found if one.rule in JUDGED and TAKEN not in one.message and ALLOCATED not in one.message
    )
    errors = tuple(fault for one in told for fault in one.errors) or _errors_of_pod(top)
    return Judged(text, errors, frozenset(one.rule for one in found), said)


def _errors_of_pod(top: Object) -> tuple[str, ...]:
    """Return the errors of the pods of a StatefulSet, of which the server checks only some when it is created."""
    if top["kind"] != "StatefulSet":
        return ()
    template = copy.deepcopy(top["spec"]["template"])
    claims = [one["metadata"]["name"] for one in top["spec"].get("volumeClaimTemplates") or ()]
    volumes = [{"name": one, "persistentVolumeClaim": {"claimName": one}} for one in claims]
    kept = [one for one in template["spec"].get("volumes") or () if one["name"] not in claims]
    template["spec"]["volumes"] = [*kept, *volumes]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-0"}, "spec": template["spec"]}
    return tuple(apiserver.faults(json.dumps(pod)))


def sort_of(error: str) -> str:
    """Return an error without what differs from one object to the next."""
    return re.sub(r"\[[^]]*\]|\"[^\"]*\"|[0-9]+", "_", error)[:150]


def run(objects: list[Object], count: int, dice: random.Random) -> tuple[Counter[str], dict[str, Judged]]:
    """Return how often the server and the rules agreed, and an example of each disagreement by its type."""
    numbers: Counter[str] = Counter()
    examples: dict[str, Judged] = {}
    pool = pool_of(objects)
    for _ in range(count):
        one = judge(edited(dice.choice(objects), pool, dice))
        if one is None:
            continue
        own = bool(one.said)
        other = bool(one.ids - JUDGED)
        numbers["judged"] += 1
        numbers["refused"] += bool(one.errors)
        if one.errors:
            numbers["refused, found by these rules" if own else "refused, found by others" if other else "missed"] += 1
            if not own and not other:
                for error in one.errors:
                    numbers[f"missed: {sort_of(error)}"] += 1
                    examples.setdefault(f"missed: {sort_of(error)}", one)
        elif own:
            numbers["untrue"] += 1
            examples.setdefault(f"untrue: {sort_of(one.said[0])}", one)
    return numbers, examples


def main() -> None:
    """Run it, and print the numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--examples", type=int, default=5)
    parser.add_argument("--about", default="", help="only examples whose type has this text")
    chosen = parser.parse_args()
    dice = random.Random(chosen.seed)  # noqa: S311
    objects = read(chosen.folder) if chosen.folder else made(300, dice)
    print(f"{len(objects)} valid objects")
    numbers, examples = run(objects, chosen.count, dice)
    for name, number in numbers.most_common(40):
        print(f"{number:7} {name}")
    untrue = [(name, one) for name, one in examples.items() if name.startswith("untrue")]
    examples = {name: one for name, one in examples.items() if chosen.about in name}
    for name, one in [*untrue, *((n, x) for n, x in examples.items() if n.startswith("missed"))][: chosen.examples]:
        print(f"\n{name}\n  {one.said}\n  {one.errors}\n  {one.text[:1500]}")


if __name__ == "__main__":
    main()
