"""Services of other people as specs that were written by hand: they generate what these people deploy.

Each case of ``tests/cases/services`` has the spec, ``source.txt`` (the archive of the repository, then its files, or a
folder with a kustomization) and ``differences.txt``: what the generated objects have besides (+) and lack (-), and the
fields with another value (~), below the reason for it. Objects are compared as the API server would store them. With
``UPDATE_CASES=1`` the differences are written, new ones without a reason.
"""

from __future__ import annotations

import json
import os
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from ..conftest import Repo
from ..support import corpus
from ..support.apiserver import ApiServer
from .test_real_services import built

CASES = sorted((Path(__file__).parents[1] / "cases/services").iterdir())
# The fields that identify the items of lists, as the API has them; other lists are compared by position.
KEYS = (("mountPath",), ("containerPort", "protocol"), ("port", "protocol"), ("name",))
NO_REASON = "# reason missing"

Objects = dict[str, dict[str, Any]]


def source_objects(case: Path, folder: Path) -> list[Any]:
    """Return the objects that a case is about, or skip the test where the repository's archive is not there."""
    archive, *files = (case / "source.txt").read_text("utf-8").splitlines()
    root = corpus.trees()
    if root is None or not (root / f"{archive}.tar.gz").is_file():
        pytest.skip(f"the repository {archive} is not here: set SCAFFOLD_TREES to a folder with archives")
    wanted = tuple(f"{archive}/{one}" for one in files)
    with tarfile.open(root / f"{archive}.tar.gz") as tar:
        tar.extractall(folder, [one for one in tar if one.isfile() and one.name.startswith(wanted)], filter="data")
    if files[0].endswith("/"):
        found = built(folder / wanted[0])
        assert found is not None
        return found
    texts = [(folder / name).read_text("utf-8") for name in wanted]
    return [one for text in texts for one in yaml.load_all(text, Loader=yaml.CSafeLoader) if one is not None]


def as_stored(server: ApiServer, objects: Sequence[Any]) -> Objects:
    """Return objects as the API server stores them, by type and name; custom resources as they are."""
    found: Objects = {}
    kept = server.stored("---\n".join(yaml.safe_dump(one) for one in objects))
    for given, other in zip(objects, kept, strict=True):
        one = {key: value for key, value in (other or given).items() if key != "status"}
        one["metadata"] = {key: value for key, value in one["metadata"].items() if value is not None}
        found[f"{one['kind']} {one['metadata']['name']}"] = one
    return found


def pairs(real: Objects, made: Objects) -> dict[str, str]:
    """Return which generated object is which real one: that of its name, or the only one left of its type."""
    found = {name: name for name in real if name in made}
    alone = [[one for one in side if one not in found] for side in (real, made)]
    for name in alone[0]:
        sort = name.split()[0]
        same = [[one for one in side if one.split()[0] == sort] for side in alone]
        if len(same[0]) == len(same[1]) == 1:
            found[name] = same[1][0]
    return found


def keyed(one: Sequence[Any], other: Sequence[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the items of two lists by what identifies them."""
    for names in KEYS:
        sides = [_by_key(items, names) for items in (one, other)]
        if all(len(side) == len(items) for side, items in zip(sides, (one, other), strict=True)):
            return sides[0], sides[1]
    return {str(number): item for number, item in enumerate(one)}, {
        str(number): item for number, item in enumerate(other)
    }


def _by_key(items: Sequence[Any], names: Sequence[str]) -> dict[str, Any]:
    """Return the items that have all fields of a key, by these."""
    known = [item for item in items if isinstance(item, dict) and all(name in item for name in names)]
    return {"/".join(str(item[name]) for name in names): item for item in known}


def fields(real: Any, made: Any, path: str) -> Iterator[str]:
    """Yield the differences of two values: the paths of fields that one side alone has, or that have another value."""
    if isinstance(real, dict) and isinstance(made, dict):
        yield from entries(real, made, (path if path.endswith(" ") else f"{path}.", ""))
    elif path.endswith("policyTypes"):  # a set
        yield from fields(dict.fromkeys(real), dict.fromkeys(made), path)
    elif isinstance(real, list) and isinstance(made, list):
        yield from entries(*keyed(real, made), (f"{path}[", "]"))
    elif real != made or type(real) is not type(made):
        yield f"~ {path} = {json.dumps(made, ensure_ascii=False)}"


def entries(real: Mapping[str, Any], made: Mapping[str, Any], around: tuple[str, str]) -> Iterator[str]:
    """Yield the differences of two maps, or of lists by their keys; ``around`` is what stands around a key."""
    for key in sorted(real.keys() | made.keys()):
        path = f"{around[0]}{key}{around[1]}"
        if key not in made:
            yield f"- {path}"
        elif key not in real:
            yield f"+ {path}"
        else:
            yield from fields(real[key], made[key], path)


def differences(real: Objects, made: Objects) -> list[str]:
    """Return the differences of the real and the generated objects of a service, in order."""
    same = pairs(real, made)
    found = [f"- {name}" for name in real if name not in same]
    found += [f"+ {name}" for name in made if name not in same.values()]
    return sorted(found) + [line for one, other in same.items() for line in fields(real[one], made[other], f"{one}: ")]


def reasons(path: Path) -> dict[str, str]:
    """Return the listed differences of a case, each with its reason: the comment above it."""
    found: dict[str, str] = {}
    reason = NO_REASON
    for line in path.read_text("utf-8").splitlines() if path.is_file() else ():
        if line.startswith("#"):
            reason = line
        elif line:
            found[line] = reason
    return found


def write_differences(path: Path, found: Sequence[str]) -> None:
    """Write the differences of a case, by the reasons that are known."""
    known = reasons(path)
    groups: dict[str, list[str]] = {reason: [] for reason in known.values()}
    for line in found:
        groups.setdefault(known.get(line, NO_REASON), []).append(line)
    path.write_text("\n".join("\n".join([reason, *lines, ""]) for reason, lines in groups.items() if lines), "utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda one: one.name)
def test_a_spec_generates_what_is_deployed(case: Path, empty: Repo, server: ApiServer, tmp_path: Path) -> None:
    real = source_objects(case, tmp_path / "real")
    unit = f"services/{case.name}"
    empty.write(f"{unit}/scaffold.yaml", (case / "scaffold.yaml").read_text("utf-8"))
    empty.ok("regenerate", unit)
    made = built(empty.root / unit / "deploy")
    assert made is not None
    assert [one for told in server.ask("---\n".join(yaml.safe_dump(one) for one in made)) for one in told.errors] == []
    found = differences(as_stored(server, real), as_stored(server, made))
    listed = case / "differences.txt"
    if os.environ.get("UPDATE_CASES"):
        write_differences(listed, found)
    assert sorted(found) == sorted(reasons(listed))
    assert NO_REASON not in reasons(listed).values()
