"""What the API server says of custom resources by the current CRDs of other projects.

``tests/oracles/crds/go.mod`` pins the versions; ``make oracles`` copies the CRDs to ``tests/oracles/bin/crds.yaml``.
"""

from __future__ import annotations

import atexit
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from .apiserver import PROGRAM, ApiServer

CRDS = Path(__file__).parents[1] / "oracles" / "bin" / "crds.yaml"
ABSENT = "the CRDs of other projects are not here: make oracles (needs Go 1.26.3 or newer)"

Resource = Mapping[str, Any]


class _Loader(yaml.CSafeLoader):
    """Reads a plain ``=`` as text, as Go does."""


_Loader.add_constructor("tag:yaml.org,2002:value", yaml.CSafeLoader.construct_yaml_str)


def definitions_without(names: Collection[str]) -> str:
    """Return the text of all CRDs but some, by their names: to read and compile the largest takes seconds."""
    every = CRDS.read_text("utf-8").split("\n---\n")
    return "\n---\n".join(one for one in every if not any(f"\n  name: {name}\n" in one for name in names))


@cache
def definitions() -> dict[tuple[str, str], dict[str, Any]]:
    """Return the schema of each served version, by apiVersion and kind."""
    found = {}
    for one in yaml.load_all(CRDS.read_text("utf-8"), Loader=_Loader):
        if one is not None:
            spec = one["spec"]
            for version in spec["versions"]:
                if version["served"]:
                    key = f"{spec['group']}/{version['name']}", spec["names"]["kind"]
                    found[key] = version["schema"]["openAPIV3Schema"]
    return found


def custom_resources(text: str) -> Iterator[dict[str, Any]]:
    """Yield the objects of a YAML text that are of a group which the CRDs define."""
    groups = {api.partition("/")[0] for api, _ in definitions()}
    for one in yaml.safe_load_all(text):
        if isinstance(one, dict) and str(one.get("apiVersion")).partition("/")[0] in groups:
            yield one


def custom_verdicts(objects: Iterable[Resource]) -> list[list[str]]:
    """Return for each object why it is refused when it is created; an empty list where it is accepted.

    An object whose version or kind no CRD defines is refused too.
    """
    asked = [json.dumps(one) for one in objects]
    told = _server().ask("\n---\n".join(asked)) if asked else []
    assert len(told) == len(asked)
    return [
        [*one.errors, *([f"no CRD defines {one.api_version} {one.object_kind}"] if one.verdict == "unknown" else [])]
        for one in told
    ]


def custom_faults(objects: Iterable[Resource]) -> list[str]:
    """Return why objects are refused, with their kinds and names; nothing where all are accepted."""
    every = list(objects)
    return [
        f"{one.get('kind')} {one['metadata'].get('name')}: {fault}"
        for one, faults in zip(every, custom_verdicts(every), strict=True)
        for fault in faults
    ]


@cache
def _server() -> ApiServer:
    made = ApiServer(PROGRAM, crds=[CRDS])
    atexit.register(made.close)
    return made
