"""Services that other people wrote, from whole repositories: each becomes a unit, and deploys the same objects.

The objects are compared by a parser that is not ours, and by kubectl, which builds the kustomizations.
"""

from __future__ import annotations

import re
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.errors import Invalid

from ..conftest import Repo
from ..support import corpus
from ..support.real import tool
from .written import adopt_folder, differences, objects_below

PER_TREE = 9
LARGEST = 60_000
LEAST = 40
# Why a folder is no service that can be adopted; anything else is a failure.
REASONS = re.compile(
    r"has no selector|has no Deployment|is a patch of|is one of \d+ Deployments|is defined \d+ times|is a template"
    r"|Helm chart|no tag that says|not clear which|changes the names|has no containers|has apiVersion"
)


@dataclass(frozen=True)
class Service:
    """A folder of a repository with one Deployment: its YAML files by name."""

    place: str
    files: dict[str, str]

    @property
    def folder(self) -> str:
        return "services/" + re.sub(r"[^a-z0-9]+", "-", self.place.lower()).strip("-")


def services(archive: Path) -> Iterator[Service]:
    """Yield the folders of an archive with one Deployment, no two with the same name and image."""
    folders: dict[str, dict[str, str]] = {}
    with tarfile.open(archive) as tar:
        for one in tar:
            folder, _, name = one.name.rpartition("/")
            data = tar.extractfile(one) if name.endswith((".yaml", ".yml")) and one.size < LARGEST else None
            if data is not None:
                folders.setdefault(folder, {})[name] = data.read().decode("utf-8", "replace")
    seen: set[tuple[str, str]] = set()
    for folder, files in sorted(folders.items()):
        whole = "\n".join(files.values())
        key = ("".join(re.findall(r"^  name: .*", whole, re.MULTILINE)), "".join(re.findall(r"image: .*", whole)))
        if len(re.findall(r"^kind: Deployment\s*$", whole, re.MULTILINE)) == 1 and key not in seen:
            seen.add(key)
            yield Service(folder, files)


def built(folder: Path) -> list[Any] | None:
    """Return the objects that kubectl builds from a folder with a kustomization; None if it cannot."""
    if not any((folder / name).is_file() for name in ("kustomization.yaml", "kustomization.yml")):
        return None
    done = subprocess.run([tool("kubectl"), "kustomize", str(folder)], capture_output=True, timeout=60)
    return list(yaml.load_all(done.stdout, Loader=yaml.CSafeLoader)) if done.returncode == 0 else None


def adopted(repo: Repo, one: Service) -> bool:
    """Adopt a service as a user would, who says what a refusal asks for. Return whether it was."""
    asked: dict[str, str] = {}
    while True:
        try:
            adopt_folder(repo.root, one.folder, **asked)
        except Invalid as error:
            told = error.problems[0]
            choice = re.search(r"--container: ([a-z0-9-]+)", told.hint)
            wanted = {"tag": "1.0.0"} if "--tag TAG" in told.hint else {"container": choice[1]} if choice else {}
            if wanted.keys() <= asked.keys():
                assert REASONS.search(told.message), f"{one.place}: {told}"
                return False
            asked |= wanted
        else:
            return True


def test_services_of_other_people(empty: Repo) -> None:
    root = corpus.trees()
    if root is None:
        pytest.skip("no repositories of other people: set SCAFFOLD_TREES to a folder with their archives")
    found = [one for archive in sorted(root.glob("*.tar.gz")) for one in list(services(archive))[:PER_TREE]]
    for one in found:
        for name, text in one.files.items():
            empty.write(f"{one.folder}/{name}", text)
    written = empty.snapshot()
    units = [empty.root / one.folder for one in found if adopted(empty, one)]
    print(f"{len(units)} of {len(found)} adopted")
    assert len(units) >= LEAST
    settled = empty.snapshot()
    assert {path: settled[path] for path in written} == written
    names = {f"{one.relative_to(empty.root)}/scaffold.{end}" for one in units for end in ("yaml", "lock")}
    assert settled.keys() - written.keys() == names
    assert empty.ok("diff").err == ""
    empty.ok("regenerate")
    assert empty.snapshot() == settled
    objects = {one: objects_below(one) for one in units}
    before = {one: built(one) for one in units}
    for one in units:
        path = f"{one.relative_to(empty.root)}/scaffold.yaml"
        text = empty.read(path)
        if "\nreplicas: null\n" not in text:
            text = re.sub(r"^replicas: .*\n", "", text, flags=re.MULTILINE)
            empty.write(path, f"{text}replicas: 7\n")
    empty.ok("regenerate")
    for one in units:
        changed = "\nreplicas: 7\n" in (one / "scaffold.yaml").read_text("utf-8")
        wanted = [".spec.replicas"] if changed else []
        pairs = zip(objects[one], objects_below(one), strict=True)
        assert [each for old, new in pairs for each in differences(old, new)] == wanted, one
        if (was := before[one]) is not None:
            now = built(one)
            assert now is not None
            rest = [each for pair in zip(was, now, strict=True) for each in differences(*pair)]
            assert not rest or rest == wanted, one  # a kustomization may set the replicas itself
